"""Files that want to eat the machine of whoever reads them, beyond those of badpdf: each is a name, what
it wants, whether it is large, and a function that gives its bytes.
"""
import badpdf
from badpdf import PLAIN, flate, objects, objstm, stream, update, with_xref_stream, write

BOMBS = []


def bomb(name, why, large=False):
    """A function that gives the bytes."""
    def add(function):
        BOMBS.append((f"bomb-{name}.pdf", why, large, function))
        return function
    return add


def make(path, function):
    with open(path, "wb") as f:
        f.write(function())


def catalog(extra):
    return b"<< /Type /Catalog /Pages 2 0 R " + extra + b" >>"


def with_catalog(extra, more=None):
    return write({**PLAIN, 1: catalog(extra), **objects(more or [], 4)})


def with_page(extra, more=None):
    return write({**PLAIN, 3: PLAIN[3][:-2] + extra + b" >>", **objects(more or [], 4)})


# -- references that go round

SELF = [b"4 0 R"]
RING = [b"5 0 R", b"4 0 R"]
for where in ("AcroForm", "Perms", "Version", "Extensions", "NeedsRendering", "Names", "Metadata", "OpenAction"):
    bomb(f"loop-{where.lower()}", f"/{where} of the catalog is a reference that goes round")(
        lambda where=where: with_catalog(b"/%s 4 0 R" % where.encode(), RING))
for where in ("Annots", "MediaBox", "CropBox", "Resources", "Rotate", "Tabs", "StructParents", "Contents"):
    bomb(f"loop-{where.lower()}", f"/{where} of the page is a reference to itself")(
        lambda where=where: with_page(b"/%s 4 0 R" % where.encode(), SELF))
bomb("loop-kids-array", "/Kids is a reference to itself")(
    lambda: write({**PLAIN, 2: b"<< /Type /Pages /Kids 4 0 R /Count 1 >>", 4: b"4 0 R"}))
bomb("loop-kids-two", "two nodes of the page tree that are each other's kids")(lambda: write({
    **PLAIN, 2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", 4: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}))
bomb("loop-fields-array", "/Fields is a reference to itself")(
    lambda: with_catalog(b"/AcroForm << /Fields 4 0 R >>", SELF))
bomb("loop-field-parents", "fields that are each other's parents and kids")(lambda: with_catalog(
    b"/AcroForm << /Fields [4 0 R] >>", [b"<< /T (a) /Kids [5 0 R] /Parent 5 0 R >>",
                                         b"<< /T (b) /FT /Sig /Kids [4 0 R] /Parent 4 0 R >>"]))
bomb("loop-field-values", "/T, /FT and /V of a field are references to themselves")(lambda: with_catalog(
    b"/AcroForm << /Fields [4 0 R] >>", [b"<< /T 5 0 R /FT 6 0 R /V 7 0 R >>", b"5 0 R", b"6 0 R", b"7 0 R"]))
bomb("loop-signature", "a signature whose values are references to itself")(lambda: with_catalog(
    b"/AcroForm << /Fields [4 0 R] >> /Perms << /DocMDP 5 0 R >>",
    [b"<< /T (a) /FT /Sig /V 5 0 R >>",
     b"<< /Type /Sig /Reference [5 0 R] /TransformParams 5 0 R /ByteRange 5 0 R /Contents 5 0 R /M 5 0 R >>"]))
bomb("loop-id", "/ID and its elements are references to themselves")(
    lambda: write({**PLAIN, 4: b"4 0 R"}, trailer=b"/ID 4 0 R"))
bomb("loop-id-elements", "the elements of /ID are references to themselves")(
    lambda: write({**PLAIN, 4: b"4 0 R"}, trailer=b"/ID [4 0 R 4 0 R]"))
bomb("loop-info", "/Info is a reference to itself")(lambda: write({**PLAIN, 4: b"4 0 R"}, trailer=b"/Info 4 0 R"))
bomb("loop-encrypt", "/Encrypt is a reference to itself")(
    lambda: write({**PLAIN, 4: b"4 0 R"}, trailer=b"/Encrypt 4 0 R"))
bomb("loop-length", "/Length of the catalog's object stream is in that stream's own length")(lambda: with_xref_stream(
    {k: PLAIN[k] for k in (2, 3)} | {4: objstm([(1, PLAIN[1])]).replace(b"/Length ", b"/Length 4 0 R /L ")},
    {1: (4, 0)}))
bomb("loop-filter", "/Filter of an object stream is an object in it")(lambda: with_xref_stream(
    {k: PLAIN[k] for k in (2, 3)} | {4: objstm([(1, PLAIN[1]), (5, b"/FlateDecode")], b"/Filter 5 0 R", False)},
    {1: (4, 0), 5: (4, 1)}))
bomb("chain-references", "a million references that lead to references")(lambda: write(
    {**PLAIN, 1: catalog(b"/AcroForm 4 0 R"), **{n: b"%d 0 R" % (n + 1) for n in range(4, 200000)}, 200000: b"<<>>"}))

# -- depth


@bomb("depth-pages", "a page tree 10,000 deep")
def deep_pages():
    return badpdf._deep_tree(10000)


@bomb("depth-fields", "fields 50,000 deep")
def deep_fields():
    fields = {n: b"<< /T (a) /Kids [%d 0 R] /Parent %d 0 R >>" % (n + 1, n - 1) for n in range(4, 50000)}
    return write({**PLAIN, 1: catalog(b"/AcroForm << /Fields [4 0 R] >>"), **fields, 50000: b"<< /FT /Tx /T (b) >>"})


bomb("depth-parens", "a string of a million nested brackets")(
    lambda: with_catalog(b"/Lang (" + b"(" * 1000000 + b")" * 1000000 + b")"))
bomb("depth-mixed", "arrays in dictionaries 60,000 deep in an object that nobody needs")(
    lambda: write({**PLAIN, 4: b"<</A[" * 60000 + b"]>>" * 60000}))
bomb("depth-page", "an array 5,000 deep in the page")(lambda: with_page(b"/X " + b"[" * 5000 + b"]" * 5000))

# -- streams that grow


def zeros(size, text=b""):
    import zlib
    packer = zlib.compressobj(9)
    parts = [packer.compress(text)]
    parts += [packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)]
    return b"".join(parts) + packer.flush()


def heavy_objstm(members, size, extra=b""):
    head, body = b"", b""
    for num, text in members:
        head += b"%d %d " % (num, len(body))
        body += text + b" "
    return stream(b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode %s" % (len(members), len(head), extra),
                  zeros(size, head + body))


bomb("inflate-limit", "the catalog in an object stream of 63 MiB")(lambda: with_xref_stream(
    {k: PLAIN[k] for k in (2, 3)} | {4: heavy_objstm([(1, PLAIN[1])], 63 << 20)}, {1: (4, 0)}))
bomb("inflate-form", "a form in an object stream of 1 GiB, the rest plain")(lambda: with_xref_stream(
    {1: catalog(b"/AcroForm 5 0 R"), 2: PLAIN[2], 3: PLAIN[3], 4: heavy_objstm([(5, b"<</Fields[]>>")], 1 << 30)},
    {5: (4, 0)}))
bomb("inflate-unused", "an object stream of 4 GiB that nobody needs")(lambda: with_xref_stream(
    {**PLAIN, 4: heavy_objstm([(5, b"null")], 4 << 30)}, {5: (4, 0)}))
bomb("inflate-contents", "page contents of 4 GiB")(lambda: with_page(
    b"/Contents 4 0 R", [stream(b"/Filter /FlateDecode", zeros(4 << 30))]))


@bomb("inflate-many", "a page tree 60 deep, each node in an object stream of 60 MiB of its own")
def many_inflated():
    bodies, packed = {1: PLAIN[1], 3: PLAIN[3]}, {}
    for i in range(60):
        node, kid = (2 if i == 0 else 100 + i), (3 if i == 59 else 101 + i)
        bodies[10 + i] = heavy_objstm([(node, b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % kid)], 60 << 20)
        packed[node] = (10 + i, 0)
    return with_xref_stream(bodies, packed)


@bomb("inflate-fields", "300 fields, each in an object stream of 20 MiB of its own")
def many_fields():
    bodies, packed = {2: PLAIN[2], 3: PLAIN[3]}, {}
    one = zeros(20 << 20, b"0000 0 <</T(a)/FT/Tx>> ")
    for i in range(300):
        data = zeros(20 << 20, b"%d 0 <</T(a)/FT/Tx>> " % (1000 + i)) if i < 2 else one
        bodies[10 + i] = stream(b"/Type /ObjStm /N 1 /First 7 /Filter /FlateDecode", data)
        packed[1000 + i] = (10 + i, 0)
    bodies[1] = catalog(b"/AcroForm << /Fields [%s] >>" % b" ".join(b"%d 0 R" % n for n in packed))
    return with_xref_stream(bodies, packed)


bomb("inflate-xref", "a cross-reference stream of 1 GiB behind the rows that count")(
    lambda: with_xref_stream(PLAIN, rows={}, extra=b"/Index [0 5]", data=bytes(7 << 20)))

# -- counts


@bomb("kids-different", "a million kids, a page each")
def different_kids():
    pages = {n: b"<< /Type /Page /Parent 2 0 R >>" for n in range(4, 1000004)}
    kids = b" ".join(b"%d 0 R" % n for n in pages)
    return write({1: PLAIN[1], 2: b"<< /Type /Pages /MediaBox [0 0 9 9] /Kids [" + kids + b"] /Count 1000000 >>",
                  3: b"null", **pages})


bomb("kids-null", "a million kids that are null, then a page")(lambda: write(
    {**PLAIN, 2: b"<< /Type /Pages /Kids [" + b"null " * 1000000 + b"3 0 R] /Count 1 >>"}))
bomb("kids-empty", "a million kids that are empty nodes")(lambda: write(
    {**PLAIN, 2: b"<< /Type /Pages /Kids [" + b"4 0 R " * 1000000 + b"3 0 R] /Count 1 >>",
     4: b"<< /Type /Pages /Kids [] /Count 0 >>"}))


@bomb("kids-doubled", "40 nodes of the page tree, each with the next one twice")
def doubled():
    nodes = {n: b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 1 >>" % (n + 1, n + 1) for n in range(4, 44)}
    return write({**PLAIN, 2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", **nodes,
                  44: b"<< /Type /Pages /Kids [] /Count 0 >>"})


@bomb("fields-doubled", "40 fields, each with the next one twice")
def doubled_fields():
    fields = {n: b"<< /T (a) /Kids [%d 0 R %d 0 R] >>" % (n + 1, n + 1) for n in range(4, 44)}
    return write({**PLAIN, 1: catalog(b"/AcroForm << /Fields [4 0 R] >>"), **fields, 44: b"<< /T (b) /FT /Tx >>"})


@bomb("fields-direct-doubled", "direct fields, each with the next one twice, 18 deep")
def direct_fields():
    field = b"<</T(a)/FT/Tx>>"
    for _ in range(18):
        field = b"<</T(a)/Kids[" + field * 2 + b"]>>"
    return with_catalog(b"/AcroForm << /Fields [" + field + b"] >>")


@bomb("fields-names", "90,000 fields of one name, each 60 bytes long")
def named_fields():
    return with_catalog(b"/AcroForm << /Fields [" + b" ".join(b"%d 0 R" % n for n in range(4, 90004)) + b"] >>",
                        [b"<< /FT /Tx /T (%s) >>" % (b"n" * 60)] * 90000)


@bomb("signatures", "20,000 signatures")
def signatures():
    body = b"<< /FT /Sig /T (%d) /V << /Type /Sig /Filter /X /SubFilter /Y /ByteRange [0 1 2 3] /Contents <00> >> >>"
    return with_catalog(b"/AcroForm << /SigFlags 3 /Fields [" + b" ".join(
        b"%d 0 R" % n for n in range(4, 20004)) + b"] >>", [body % n for n in range(20000)])


@bomb("annots-different", "a million annotations in an array of their own")
def different_annots():
    return with_page(b"/Annots 4 0 R", [b"[" + b" ".join(b"%d 0 R" % n for n in range(5, 1000005)) + b"]"])


bomb("array-ints-fewer", "an array of 2 million numbers in the catalog")(
    lambda: with_catalog(b"/X [" + b"1 " * 2000000 + b"]"))
bomb("objstm-ints", "the catalog beside 30 million numbers in one object stream")(lambda: with_xref_stream(
    {k: PLAIN[k] for k in (2, 3)} | {4: objstm([(1, PLAIN[1]), (5, b"[" + b"1 " * 30000000 + b"]")])},
    {1: (4, 0), 5: (4, 1)}))
bomb("objstm-dicts", "the catalog beside 5 million dictionaries in one object stream")(lambda: with_xref_stream(
    {k: PLAIN[k] for k in (2, 3)} | {4: objstm([(1, PLAIN[1]), (5, b"[" + b"<<>>" * 5000000 + b"]")])},
    {1: (4, 0), 5: (4, 1)}))
bomb("trailer-ints", "a million numbers in the trailer")(lambda: write(trailer=b"/X [" + b"1 " * 1000000 + b"]"))
bomb("objects-parsed", "50,000 objects of a hundred numbers each")(
    lambda: write({**PLAIN, **{n: b"[" + b"1 " * 100 + b"]" for n in range(4, 50000)}}))
bomb("array-ints", "an array of 7 million numbers in the catalog")(lambda: with_catalog(b"/X [" + b"1 " * 7000000 + b"]"))
bomb("array-arrays", "an array of 5 million arrays in the page")(lambda: with_page(b"/X [" + b"[]" * 5000000 + b"]"))
bomb("keys", "a catalog of a million keys")(
    lambda: with_catalog(b"".join(b"/K%d 1" % n for n in range(1000000))))
bomb("keys-twice", "a page with one key half a million times")(lambda: with_page(b"/K 1" * 500000))
bomb("keys-null", "a catalog of 200,000 keys whose values refer to nothing")(
    lambda: with_catalog(b"".join(b"/K%d 3 7 R" % n for n in range(200000))))


@bomb("revisions", "10,000 revisions with a table each")
def revisions():
    return badpdf._long_chain(9998)


@bomb("revisions-streams", "9,000 revisions with a cross-reference stream each")
def stream_revisions():
    data = bytearray(with_xref_stream(PLAIN))
    for _ in range(9000):
        prev, at = badpdf.startxref(data[-40:]), len(data)
        row = b"\x01" + at.to_bytes(4, "big") + b"\0\0"
        data += b"4 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
            stream(b"/Type /XRef /Size 5 /Root 1 0 R /W [1 4 2] /Index [4 1] /Prev %d" % prev, row), at)
    return bytes(data)


bomb("subsections-backwards", "200,000 subsections of one entry, from the last to the first")(
    lambda: write().replace(b"xref\n0 4\n", b"xref\n" + b"".join(
        b"%d 1\n0000000000 00000 f \n" % n for n in range(200004, 4, -1)) + b"0 4\n").replace(b"/Size 4", b"/Size 200005"))
bomb("index-pairs", "half a million pairs in /Index")(
    lambda: with_xref_stream(PLAIN, extra=b"/Index [" + b"0 0 " * 500000 + b"0 5]"))
bomb("index-huge", "/Index of 2^31 entries")(lambda: with_xref_stream(PLAIN, extra=b"/Index [0 2147483647]"))
bomb("gaps", "200,000 gaps below /Size 2^31")(
    lambda: write().replace(
        b"trailer", b"".join(b"%d 1\n0000000000 00000 f \n" % n for n in range(10, 400010, 2)) + b"trailer")
    .replace(b"/Size 4", b"/Size 2147483647"))

MANY_INTS = b"[" + b"1 " * 7000000 + b"]"
bomb("lock-ints", "a lock of 7 million numbers in six fields")(lambda: with_catalog(
    b"/AcroForm << /Fields [4 0 R 5 0 R 6 0 R 7 0 R 8 0 R 9 0 R] >>",
    [b"<< /T (a%d) /FT /Sig /Lock 10 0 R >>" % i for i in range(6)] + [b"<< /Action /Include /Fields %s >>" % MANY_INTS]))
bomb("value-ints", "a signature of 7 million numbers in six fields")(lambda: with_catalog(
    b"/AcroForm << /Fields [4 0 R 5 0 R 6 0 R 7 0 R 8 0 R 9 0 R] >>",
    [b"<< /T (a%d) /FT /Sig /V 10 0 R >>" % i for i in range(6)]
    + [b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> /Reference %s >>" % MANY_INTS]))

# -- size of one thing

bomb("string-15", "a string of 15 MB in the catalog")(lambda: with_catalog(b"/Lang (" + b"a" * 15_000_000 + b")"))
bomb("string-100", "a string of 100 MB in the catalog", True)(
    lambda: with_catalog(b"/Lang (" + b"a" * 100_000_000 + b")"))
bomb("string-100-unused", "a string of 100 MB in an object that nobody needs", True)(
    lambda: write({**PLAIN, 4: b"(" + b"a" * 100_000_000 + b")"}))
bomb("string-100-trailer", "a string of 100 MB in the trailer", True)(
    lambda: write(trailer=b"/X (" + b"a" * 100_000_000 + b")"))
bomb("hex-100", "a hexadecimal string of 100 MB in the page", True)(
    lambda: with_page(b"/X <" + b"41" * 50_000_000 + b">"))
bomb("name-100", "a name of 100 MB in the page", True)(lambda: with_page(b"/" + b"A" * 100_000_000 + b" 1"))
bomb("name-escaped", "a name of 5 million #41 in the catalog")(lambda: with_catalog(b"/" + b"#41" * 5_000_000 + b" 1"))
bomb("white-100", "100 MB of white space behind %%EOF", True)(lambda: write() + b"\n" * 100_000_000)
bomb("eof-lines", "3 million lines of %%EOF")(lambda: write() + b"%%EOF\n" * 3_000_000)
bomb("startxref-lines", "a million startxref without a number")(lambda: write() + b"startxref\n" * 1_000_000 + b"%%EOF\n")
bomb("junk-inside", "100 MB of zeros between two objects", True)(
    lambda: write(head=b"%PDF-1.7\n%" + bytes(100_000_000) + b"\n"))
bomb("obj-words", "3 million headers of objects in a row, and no table")(
    lambda: b"%PDF-1.7\n" + b"1 0 obj\n" * 3_000_000 + b"trailer<</Root 1 0 R>>startxref\n0\n%%EOF\n")

# -- names with NUL

bomb("nul-key", "/Pages and /Pages#00 in the catalog")(lambda: with_catalog(b"/Pages#00 4 0 R", [b"null"]))
bomb("nul-key-first", "/#00Pages in the catalog")(lambda: with_catalog(b"/#00Pages 3 0 R"))
bomb("nul-value", "/Type /Page#00s in the page")(lambda: with_page(b"/Sub /Page#00s"))
bomb("nul-form", "/AcroForm#00 beside no form")(lambda: with_catalog(b"/AcroForm#00 << /Fields [] >>"))
bomb("nul-raw", "a NUL byte in the middle of a name")(lambda: with_catalog(b"/Lang\0x (a)"))
bomb("nul-field", "field names with NUL")(lambda: with_catalog(
    b"/AcroForm << /Fields [4 0 R 5 0 R] >>", [b"<< /FT /Tx /T (Signature1\\000) >>", b"<< /FT /Tx /T (\\000) >>"]))

# -- edges of 32 and 64 bits

EDGES = [2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 15, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**64 + 15, 10**19,
         10**40]
for number in EDGES:
    bomb(f"startxref-{number:.0e}-{number % 1000}", f"startxref {number}")(
        lambda number=number: write(tail=lambda at: b"startxref\n%d\n%%%%EOF\n" % number))
    bomb(f"prev-{number:.0e}-{number % 1000}", f"/Prev {number}")(lambda number=number: write(trailer=b"/Prev %d" % number))
    bomb(f"length-{number:.0e}-{number % 1000}", f"/Length {number} of the catalog's object stream")(
        lambda number=number: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {
            4: objstm([(1, PLAIN[1])]).replace(b"/Length ", b"/Length %d /L " % number)}, {1: (4, 0)}))
    bomb(f"reference-{number:.0e}-{number % 1000}", f"references to object {number} and generation {number}")(
        lambda number=number: with_page(b"/X %d 0 R /Y 1 %d R" % (number, number)))
    bomb(f"counts-{number:.0e}-{number % 1000}", f"/N, /First and /Count {number}")(
        lambda number=number: with_xref_stream({2: PLAIN[2].replace(b"/Count 1", b"/Count %d" % number), 3: PLAIN[3]} | {
            4: objstm([(1, PLAIN[1])]).replace(b"/N 1", b"/N %d" % number)}, {1: (4, 0)}))
for number in (2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1):
    bomb(f"row-{number:.0e}-{number % 1000}", f"a row that says the page stands at byte {number}")(
        lambda number=number: with_xref_stream(PLAIN, widths=(1, 8, 2), rows={3: (1, number, 0)}))
    bomb(f"row-gen-{number:.0e}-{number % 1000}", f"a row with generation {number}")(
        lambda number=number: with_xref_stream(PLAIN, widths=(1, 4, 8), rows={3: (1, 20, number)}))
    bomb(f"row-stream-{number:.0e}-{number % 1000}", f"a row that says the page is in object stream {number}")(
        lambda number=number: with_xref_stream(PLAIN, widths=(1, 8, 8), rows={3: (2, number, number)}))
bomb("table-offset", "an entry of 9,999,999,999")(
    lambda: write(rows=lambda rows: [*rows[:3], b"9999999999 00000 n \n"]))
bomb("generation-65535", "a page of generation 65535")(lambda: write(
    {**PLAIN, 2: PLAIN[2].replace(b"3 0 R", b"3 65535 R")},
    rows=lambda rows: [*rows[:3], rows[3].replace(b" 00000 ", b" 65535 ")]).replace(b"\n3 0 obj", b"\n3 65535 obj"))
bomb("id-huge", "an object of number 2^31 - 2 in the table")(
    lambda: write().replace(b"trailer", b"2147483646 1\n0000000015 00000 n \ntrailer").replace(b"/Size 4", b"/Size 2147483647"))
bomb("update-ids", "an update of object 8388607")(lambda: update(write(), {8388607: b"null"}))
bomb("flate-empty", "streams packed from nothing")(lambda: with_xref_stream(
    {k: PLAIN[k] for k in (2, 3)} | {4: stream(b"/Type /ObjStm /N 0 /First 0 /Filter /FlateDecode", flate(b""))},
    {1: (4, 0)}))
