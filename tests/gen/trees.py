"""Page trees, annotations, forms and headers of every shape that is sound, or nearly so.

CASES: {name: (bytes, None)} of what is sealed, {name: (bytes, reason)} of what is refused, as regular expression.
Object 1 is the catalog, 2 the root of the pages; the first page is 3 unless the name tells otherwise.
"""
from badpdf import PLAIN, objects, objstm, with_xref_stream, write

CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = b"<< /Type /Pages /Kids [%s] /Count %d %s >>"
PAGE = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 100 100] /Resources << >> %s >>"
ID = b"/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
LINK = b"<< /Type /Annot /Subtype /Link /Rect [1.50 1 9 9] /Border [0 0 0] /F 4 >>"
FIELD = b"<< /FT /Tx /T (text) /Type /Annot /Subtype /Widget /Rect [10 10 20 20] /F 4 /P 3 0 R >>"
HEAD = b"%%PDF-%s\n%%\xe2\xe3\xcf\xd3\n"
NO_DICTIONARY = r"a node of the page tree is no indirect dictionary"
TOO_DEEP = r"the page tree loops or is nested too deep"
NEITHER = r"a node of the page tree is neither page nor list of pages"
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.0")
CASES = {}


def add(name, bodies, reason=None, trailer=ID, **how):
    CASES[name] = (write(bodies, trailer=trailer, **how), reason)


def refs(first, count):
    return b" ".join(b"%d 0 R" % n for n in range(first, first + count))


def chain(nodes):
    """One page below so many nodes."""
    bodies = {1: CATALOG % b""}
    for n in range(2, nodes + 2):
        bodies[n] = PAGES % (b"%d 0 R" % (n + 1), 1, b"/Parent %d 0 R" % (n - 1) if n > 2 else b"")
    bodies[nodes + 2] = PAGE % (nodes + 1, b"")
    return bodies


def flat(count):
    return objects([CATALOG % b"", PAGES % (refs(3, count), count, b"")] + [PAGE % (2, b"")] * count)


def empty_before(count):
    """So many nodes without a page, then one: object 3."""
    bodies = {1: CATALOG % b"", 2: PAGES % (refs(4, count) + b" 3 0 R", 1, b""), 3: PAGE % (2, b"")}
    bodies.update((n, PAGES % (b"", 0, b"/Parent 2 0 R")) for n in range(4, 4 + count))
    return bodies


def wide():
    """Fifty nodes with ten pages each."""
    bodies = {1: CATALOG % b"", 2: PAGES % (refs(4, 50), 500, b"")}
    page = 54
    for node in range(4, 54):
        first = [b"3 0 R"] if node == 4 else [b"%d 0 R" % page]
        rest = refs(page + 1, 9)
        bodies[node] = PAGES % (b" ".join([*first, rest]), 10, b"/Parent 2 0 R")
        bodies[3 if node == 4 else page] = PAGE % (node, b"")
        bodies.update((n, PAGE % (node, b"")) for n in range(page + 1, page + 10))
        page += 10
    bodies.setdefault(54, b"null")
    return dict(sorted(bodies.items()))


def inherited():
    """All that a page may inherit, from two nodes."""
    return objects([
        CATALOG % b"", PAGES % (b"4 0 R", 1, b"/MediaBox [-10.50 -20 300 400] /Resources << /ProcSet [/PDF] >>"),
        b"<< /Type /Page /Parent 4 0 R >>",
        PAGES % (b"3 0 R", 1, b"/Parent 2 0 R /CropBox [200 300 7.250 8] /Rotate 90")])


def trees():
    add("tree-flat", flat(300))
    add("tree-wide", wide())
    add("tree-deep", chain(99))
    add("tree-too-deep", chain(100), TOO_DEEP)
    add("tree-much-too-deep", chain(5000), TOO_DEEP)
    add("tree-inherited", inherited())
    add("tree-empty-nodes", empty_before(300))
    add("tree-empty-nodes-limit", empty_before(9998))
    add("tree-empty-nodes-beyond", empty_before(9999), "no page among the first 10000 nodes")
    add("tree-shared-page", {**PLAIN, 2: PAGES % (b"3 0 R 3 0 R", 2, b"")})
    add("tree-shared-node", objects([CATALOG % b"", PAGES % (b"4 0 R 4 0 R", 2, b""), PAGE % (4, b""),
                                     PAGES % (b"3 0 R", 1, b"/Parent 2 0 R")]))
    add("tree-loop", {**PLAIN, 2: PAGES % (b"2 0 R", 1, b"")}, TOO_DEEP)
    add("tree-kids-indirect", {**PLAIN, 2: b"<< /Type /Pages /Kids 4 0 R /Count 1 >>", 4: b"[3 0 R]"})
    no_type = PLAIN[3].replace(b"/Type /Page ", b"")
    add("tree-page-no-type", {**PLAIN, 3: no_type})
    add("tree-node-no-type", {**PLAIN, 2: PLAIN[2].replace(b"/Type /Pages ", b"")})
    add("tree-page-of-other-type", {**PLAIN, 3: PLAIN[3].replace(b"/Type /Page", b"/Type /Pages")}, NEITHER)
    add("tree-node-of-other-type", {**PLAIN, 2: PLAIN[2].replace(b"/Type /Pages", b"/Type /Page")}, NEITHER)
    for count in (b"0", b"7", b"-1", b"99999999999", b"(one)"):
        name = count.decode().strip("()")
        add("tree-count-" + name, {**PLAIN, 2: PLAIN[2].replace(b"/Count 1", b"/Count " + count)})
    add("tree-kid-null", {**PLAIN, 2: PAGES % (b"null 3 0 R", 1, b"")}, NO_DICTIONARY)
    add("tree-kid-null-object", {**PLAIN, 2: PAGES % (b"4 0 R 3 0 R", 1, b""), 4: b"null"}, NO_DICTIONARY)
    add("tree-kid-null-behind", {**PLAIN, 2: PAGES % (b"3 0 R null", 1, b"")}, NO_DICTIONARY)
    add("tree-kid-null-object-behind", {**PLAIN, 2: PAGES % (b"3 0 R 4 0 R", 1, b""), 4: b"null"})
    add("tree-kid-direct-behind", {**PLAIN, 2: PAGES % (b"3 0 R << /Type /Page >>", 2, b"")}, NO_DICTIONARY)
    add("tree-kid-direct", {**PLAIN, 2: PAGES % (b"<< /Type /Page >> 3 0 R", 2, b"")}, NO_DICTIONARY)
    add("tree-kid-number", {**PLAIN, 2: PAGES % (b"3 3 0 R", 1, b"")}, NO_DICTIONARY)
    add("tree-kids-dictionary", {**PLAIN, 2: b"<< /Type /Pages /Kids << /A 3 0 R >> /Count 1 >>"}, NEITHER)


def annots():
    """Objects 4 and 5: a link, an array."""
    page = {**PLAIN, 4: LINK}
    add("annots-direct", {**page, 3: PAGE % (2, b"/Annots [4 0 R]")})
    add("annots-direct-empty", {**page, 3: PAGE % (2, b"/Annots []")})
    add("annots-indirect", {**page, 3: PAGE % (2, b"/Annots 5 0 R"), 5: b"[4 0 R]"})
    add("annots-indirect-empty", {**page, 3: PAGE % (2, b"/Annots 5 0 R"), 5: b"[]"})
    add("annots-null", {**page, 3: PAGE % (2, b"/Annots null")})
    add("annots-one", {**page, 3: PAGE % (2, b"/Annots 4 0 R")}, "/Annots of the first page is not an array")


def form(fields, more=b""):
    return b"<< /Fields %s /DA (/Helv 0 Tf 0 g) %s >>" % (fields, more)


def forms():
    """Object 4 is a text field, 5 its form, 6 the array of its fields."""
    page = {**PLAIN, 3: PAGE % (2, b"/Annots [4 0 R]"), 4: FIELD}

    def catalog(entry):
        return CATALOG % (b"/AcroForm " + entry)
    add("form-missing", PLAIN)
    add("form-null", {**PLAIN, 1: catalog(b"null")})
    add("form-direct", {**page, 1: catalog(form(b"[4 0 R]"))})
    add("form-indirect", {**page, 1: catalog(b"5 0 R"), 5: form(b"[4 0 R]")})
    add("form-direct-fields-indirect", {**page, 1: catalog(form(b"6 0 R")), 6: b"[4 0 R]"})
    add("form-indirect-fields-indirect", {**page, 1: catalog(b"5 0 R"), 5: form(b"6 0 R"), 6: b"[4 0 R]"})
    add("form-no-fields", {**PLAIN, 1: catalog(b"<< >>")})
    add("form-array", {**page, 1: catalog(b"[4 0 R]")}, "/AcroForm is not a dictionary")
    add("form-fields-dictionary", {**page, 1: catalog(form(b"4 0 R"))}, "/Fields of the form is not an array")
    packed = {1: catalog(b"5 0 R"), 2: PLAIN[2], 3: page[3], 4: FIELD, 5: form(b"6 0 R"), 6: b"[4 0 R]"}
    for name, inside in (("form-packed", (5,)), ("form-packed-fields", (5, 6)), ("form-packed-all", tuple(packed))):
        rest = {n: body for n, body in packed.items() if n not in inside}
        rest[7] = objstm([(n, packed[n]) for n in inside])
        CASES[name] = (with_xref_stream(rest, {n: (7, i) for i, n in enumerate(inside)}, extra=ID), None)


def headers():
    for version in VERSIONS:
        add("header-" + version, PLAIN, head=HEAD % version.encode())
    add("header-1.4-catalog-1.6", {**PLAIN, 1: CATALOG % b"/Version /1.6"}, head=HEAD % b"1.4")
    add("header-1.4-catalog-2.0", {**PLAIN, 1: CATALOG % b"/Version /2.0"}, head=HEAD % b"1.4")


trees()
annots()
forms()
headers()
