"""Files that must be refused, or that two readers read in two ways, or that want to eat the machine.

write_all(dir) makes each and a manifest.json: file, exit (the codes of the command line that are right
for `pades sign`; 0 is among them where sealing is right too, and then the output must be sound), class,
why. Classes: input, xref, disagree, bomb, encrypted, permission, harmless.
"""
import json
import os
import shutil
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import sealmaker  # noqa: E402  (found through the line above)

CASES = []
REFUSED = [65]
EITHER = [0, 65]


def case(name, kind, why, codes=None):
    """A function that gives the file's bytes."""
    def add(function):
        CASES.append((name, kind, why, codes or REFUSED, function))
        return function
    return add


def objects(bodies, start=1):
    """{id: body} from a list."""
    return dict(enumerate(bodies, start))


PLAIN = objects([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                 b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Resources << >> >>"])


def write(bodies=None, head=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", trailer=b"", size=None, moved=None, rows=None,
          tail=None, root=b"/Root 1 0 R", keep=None):
    """A file with one table. moved: {id: offset change}; rows(list of entry lines) may change them."""
    out, offsets = bytearray(keep or head), {}
    bodies = bodies if bodies is not None else PLAIN
    for num, body in bodies.items():
        offsets[num] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (num, body)
    at = len(out)
    last = max(bodies)
    lines = [b"0000000000 65535 f \n"]
    for num in range(1, last + 1):
        if num in offsets:
            lines.append(b"%010d 00000 n \n" % (offsets[num] + (moved or {}).get(num, 0)))
        else:
            lines.append(b"0000000000 00000 f \n")
    if rows:
        lines = rows(lines)
    out += b"xref\n0 %d\n" % (last + 1) + b"".join(lines)
    out += b"trailer\n<< /Size %d %s %s >>\n" % (size or last + 1, root, trailer)
    out += tail(at) if tail else b"startxref\n%d\n%%%%EOF\n" % at
    return bytes(out)


def update(data, bodies, trailer=b"", prev=None, size=None, tail=None, entries=None):
    """data and one more revision with a table."""
    out, offsets = bytearray(data), {}
    for num, body in bodies.items():
        offsets[num] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (num, body)
    offsets.update(entries or {})
    at = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % (n, offsets[n]) for n in sorted(offsets))
    prev = startxref(data) if prev is None else prev
    out += b"trailer\n<< /Size %d /Root 1 0 R /Prev %d %s >>\n" % (size or max([*offsets, 3]) + 1, prev, trailer)
    return bytes(out + (tail(at) if tail else b"startxref\n%d\n%%%%EOF\n" % at))


def startxref(data):
    return int(data[data.rindex(b"startxref") + 9:].split()[0])


def flate(data):
    return zlib.compress(data, 9)


def stream(d, data):
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (d, len(data), data)


def with_xref_stream(bodies, packed=None, rows=None, extra=b"", widths=(1, 4, 2), data=None):
    """A file that ends in a cross-reference stream; packed: {id: (container, index)}."""
    out, entries = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {0: (0, 0, 65535)}
    for num, body in bodies.items():
        entries[num] = (1, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (num, body)
    entries.update({n: (2, *place) for n, place in (packed or {}).items()})
    num, at = max(entries) + 1, len(out)
    entries[num] = (1, at, 0)
    entries.update(rows or {})
    table = b"".join(b"".join(v.to_bytes(w, "big") for v, w in zip(entries.get(n, (0, 0, 0)), widths))
                     for n in range(num + 1))
    table += data or b""
    size = num + 1 + (len(data) // sum(widths) if data else 0)
    d = b"/Type /XRef /Size %d /Root 1 0 R /W [%d %d %d] /Filter /FlateDecode %s" % (size, *widths, extra)
    out += b"%d 0 obj\n%s\nendobj\n" % (num, stream(d, flate(table)))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % at)


def objstm(members, extra=b"", filtered=True):
    head, body = b"", b""
    for num, text in members:
        head += b"%d %d " % (num, len(body))
        body += text + b" "
    data = head + body
    d = b"/Type /ObjStm /N %d /First %d %s" % (len(members), len(head), extra)
    return stream(d + b" /Filter /FlateDecode", flate(data)) if filtered else stream(d, data)


# -- not a sound PDF at all

case("not-pdf.pdf", "input", "plain text")(lambda: b"Dear Sir,\nplease find attached nothing.\n" * 40)
case("zip.pdf", "input", "another format")(lambda: b"PK\x03\x04" + bytes(500))
case("empty.pdf", "input", "no bytes")(lambda: b"")
case("header-only.pdf", "input", "a header and nothing else")(lambda: b"%PDF-1.7\n")
case("one-byte.pdf", "input", "one byte")(lambda: b"%")
case("zeros.pdf", "input", "only zeros")(lambda: bytes(4096))
case("truncated-half.pdf", "input", "cut in the middle")(lambda: write()[:150])
case("truncated-xref.pdf", "input", "cut inside the table")(lambda: write()[:write().index(b"00000 n") + 30])
case("truncated-startxref.pdf", "input", "cut before startxref")(lambda: write()[:write().index(b"startxref")])
case("bytes-before-header.pdf", "input", "bytes before %PDF shift every offset")(lambda: b"junk\n" + write())
case("bytes-before-header-fitting.pdf", "input", "bytes before %PDF, offsets counted from the file's start")(
    lambda: write(head=b"\n\n%PDF-1.7\n"))
case("no-header.pdf", "input", "no %PDF at all")(lambda: write(head=b"%!PS\n"))

# -- the cross-reference table

case("size-too-small.pdf", "xref", "/Size says fewer than the table has")(lambda: write(size=2))
case("size-too-large.pdf", "xref", "/Size says more than the table has")(lambda: write(size=1000))
case("size-missing.pdf", "xref", "no /Size")(lambda: write().replace(b"/Size 4", b""))
case("size-huge.pdf", "xref", "/Size near 2^31")(lambda: write(size=2147483647))
case("size-beyond.pdf", "xref", "/Size above 2^32")(lambda: write(size=99999999999))
case("size-real.pdf", "xref", "/Size is no integer")(lambda: write().replace(b"/Size 4", b"/Size 4.5"))
case("size-negative.pdf", "xref", "/Size is negative")(lambda: write().replace(b"/Size 4", b"/Size -4"))
case("xref-shifted.pdf", "xref", "every offset is one too high")(lambda: write(moved={1: 1, 2: 1, 3: 1}))
case("xref-short-entries.pdf", "xref", "entries of 19 bytes", EITHER)(
    lambda: write(rows=lambda rows: [r.replace(b" \n", b"\n") for r in rows]))
case("xref-letters.pdf", "xref", "letters where digits belong")(
    lambda: write(rows=lambda rows: [rows[0], b"00000000xx 00000 n \n", *rows[2:]]))
case("xref-beyond.pdf", "xref", "an entry points behind the file's end")(lambda: write(moved={1: 1 << 20}))
case("xref-count.pdf", "xref", "the subsection says more entries than there are")(
    lambda: write().replace(b"xref\n0 4\n", b"xref\n0 9\n"))
case("xref-count-huge.pdf", "xref", "the subsection says 4 thousand million entries")(
    lambda: write().replace(b"xref\n0 4\n", b"xref\n0 4294967295\n"))
case("xref-overflow.pdf", "xref", "first + count overflows")(
    lambda: write().replace(b"xref\n0 4\n", b"xref\n18446744073709551615 4\n"))
case("xref-no-trailer.pdf", "xref", "no trailer")(lambda: write().replace(b"trailer", b"trailed"))
case("root-missing.pdf", "xref", "no /Root")(lambda: write(root=b""))
case("root-free.pdf", "xref", "/Root is a free object")(lambda: write(root=b"/Root 9 0 R", size=10))
case("root-no-catalog.pdf", "xref", "/Root is an array")(lambda: write({**PLAIN, 1: b"[1 2 3]"}))
case("root-direct.pdf", "xref", "/Root is a direct dictionary")(
    lambda: write(root=b"/Root << /Type /Catalog /Pages 2 0 R >>"))
case("pages-missing.pdf", "xref", "the catalog has no /Pages")(lambda: write({**PLAIN, 1: b"<< /Type /Catalog >>"}))
case("no-pages.pdf", "xref", "a page tree without a page: no place for a field")(
    lambda: write({**PLAIN, 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}))
case("startxref-zero.pdf", "xref", "startxref 0")(lambda: write(tail=lambda at: b"startxref\n0\n%%EOF\n"))
case("startxref-beyond.pdf", "xref", "startxref behind the end")(
    lambda: write(tail=lambda at: b"startxref\n99999999\n%%EOF\n"))
case("startxref-negative.pdf", "xref", "startxref is negative")(
    lambda: write(tail=lambda at: b"startxref\n-20\n%%EOF\n"))
case("startxref-overflow.pdf", "xref", "startxref above 2^64")(
    lambda: write(tail=lambda at: b"startxref\n%d\n%%%%EOF\n" % (at + (1 << 64))))
case("prev-self.pdf", "xref", "/Prev leads to itself")(lambda: _prev_to_itself())
case("prev-loop.pdf", "xref", "two sections lead to each other")(lambda: _prev_ring())
case("prev-beyond.pdf", "xref", "/Prev behind the end")(lambda: write(trailer=b"/Prev 99999999"))
case("prev-negative.pdf", "xref", "/Prev is negative")(lambda: write(trailer=b"/Prev -1"))
case("prev-object.pdf", "xref", "/Prev leads to an object that is no section")(lambda: write(trailer=b"/Prev 15"))
case("prev-reference.pdf", "xref", "/Prev is a reference")(
    lambda: write({**PLAIN, 4: b"15"}, trailer=b"/Prev 4 0 R"))
case("xref-stream-short.pdf", "xref", "rows missing in a cross-reference stream")(
    lambda: with_xref_stream(PLAIN, extra=b"/Index [0 500]"))
case("xref-stream-widths.pdf", "xref", "/W of huge fields")(
    lambda: with_xref_stream(PLAIN).replace(b"/W [1 4 2]", b"/W [1 4 2000000000]"))
case("xref-stream-negative.pdf", "xref", "/W with a negative field")(
    lambda: with_xref_stream(PLAIN).replace(b"/W [1 4 2]", b"/W [1 -4 2]"))
case("xref-stream-index.pdf", "xref", "/Index of odd length")(
    lambda: with_xref_stream(PLAIN, extra=b"/Index [0 5 7]"))
case("xref-stream-damaged.pdf", "xref", "the compressed rows are damaged")(lambda: _damaged_rows())
case("xrefstm-loop.pdf", "xref", "/XRefStm leads to its own table")(lambda: _xrefstm_to_itself())


def _prev_to_itself():
    data = write(trailer=b"/Prev 0000000000")
    return data.replace(b"/Prev 0000000000", b"/Prev %010d" % startxref(data))


def _prev_ring():
    first = write(trailer=b"/Prev 0000000000")
    second = update(first, {4: b"null"})
    return second.replace(b"/Prev 0000000000", b"/Prev %010d" % startxref(second))


def _xrefstm_to_itself():
    data = write(trailer=b"/XRefStm 0000000000")
    return data.replace(b"/XRefStm 0000000000", b"/XRefStm %010d" % startxref(data))


def _damaged_rows():
    data = bytearray(with_xref_stream(PLAIN))
    at = data.rindex(b"stream\n", 0, data.rindex(b"endstream")) + 9
    data[at:at + 6] = b"\xff" * 6
    return bytes(data)


# -- two readers, two documents

case("trailer-two-roots.pdf", "disagree", "/Root twice in the trailer")(
    lambda: write({**PLAIN, 4: b"<< /Type /Catalog /Pages 2 0 R /Lang (x) >>"}, trailer=b"/Root 4 0 R"))
case("trailer-two-roots-escaped.pdf", "disagree", "/Root twice, once written /R#6fot")(
    lambda: write({**PLAIN, 4: b"<< /Type /Catalog /Pages 2 0 R /Lang (x) >>"}, trailer=b"/R#6fot 4 0 R"))
case("catalog-two-pages.pdf", "disagree", "/Pages twice in the catalog")(lambda: write({
    **PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /Pages 4 0 R >>",
    4: b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
    5: b"<< /Type /Page /Parent 4 0 R /MediaBox [0 0 9 9] /Resources << >> >>"}))
case("page-two-annots.pdf", "disagree", "/Annots twice in the page")(lambda: write({
    **PLAIN, 3: PLAIN[3][:-2] + b"/Annots [] /Annots [4 0 R] >>",
    4: b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"}))
case("form-two-fields.pdf", "disagree", "/Fields twice in the form")(lambda: write({
    **PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] /Fields [4 0 R] >> >>",
    4: b"<< /FT /Tx /T (a) >>"}))
case("header-other-id.pdf", "disagree", "the catalog's entry leads to an object of another number")(
    lambda: write().replace(b"\n1 0 obj", b"\n7 0 obj"))
case("header-other-generation.pdf", "disagree", "the page's header has another generation than its entry")(
    lambda: write().replace(b"\n3 0 obj", b"\n3 1 obj"))
case("catalog-twice.pdf", "disagree", "two objects 1: the table means the first, one who rebuilds the last", EITHER)(
    lambda: _catalog_twice())
case("hidden-section.pdf", "disagree", "a later revision that startxref does not name", EITHER)(
    lambda: update(write(), {1: b"<< /Type /Catalog /Pages 2 0 R /Lang (hidden) >>"},
                   tail=lambda at: b"startxref\n%d\n%%%%EOF\n" % startxref(write())))
case("startxref-twice.pdf", "disagree", "two startxref lines before one %%EOF", EITHER)(
    lambda: _two_startxref())
case("eof-then-xref.pdf", "disagree", "a whole second file behind the first one's %%EOF", EITHER)(
    lambda: write() + write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /Lang (2) >>"}))
case("junk-behind-eof.pdf", "disagree", "2 KiB of junk behind %%EOF", EITHER)(lambda: write() + b"junk " * 410)
case("offset-on-space.pdf", "disagree", "entries lead to the line end before the object", EITHER)(
    lambda: write(moved={1: -1, 2: -1, 3: -1}))
case("hybrid-two-catalogs.pdf", "disagree", "a hybrid file whose views have different catalogs")(
    lambda: _hybrid())
case("hybrid-hidden-page.pdf", "disagree", "a hybrid file whose hidden page tree differs")(
    lambda: _hybrid(2, b"<< /Type /Pages /Kids [] /Count 0 >>"))
case("hybrid-later-page.pdf", "disagree", "a later revision that changes the page only in its hidden section")(
    lambda: _hybrid_later(3, PLAIN[3].replace(b"/Parent", b"/Contents 4 0 R /Parent")))
case("hybrid-later-contents.pdf", "disagree", "the same with what the page shows, which no seal touches")(
    lambda: _hybrid_later(4, stream(b"", b"0 0 9 9 re f")))
case("hybrid-two-roots.pdf", "disagree", "the hidden section names another root than the trailer")(
    lambda: _hybrid(1, PLAIN[1], b"/Root 2 0 R"))
case("objstm-other-number.pdf", "disagree", "the object stream has another number at that index")(
    lambda: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {4: objstm([(9, PLAIN[1])])}, {1: (4, 0)}))
case("objstm-twice.pdf", "disagree", "the object stream has the catalog twice", EITHER)(
    lambda: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {
        4: objstm([(1, PLAIN[1]), (1, b"<< /Type /Catalog /Pages 2 0 R /Lang (2) >>")])}, {1: (4, 0)}))
case("objstm-beyond.pdf", "disagree", "an index behind the object stream's last")(
    lambda: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {4: objstm([(1, PLAIN[1])])}, {1: (4, 5)}))
case("objstm-in-itself.pdf", "disagree", "an object stream that is said to be inside itself")(
    lambda: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {4: objstm([(1, PLAIN[1])])},
                             {1: (4, 0)}, rows={4: (2, 4, 0)}))
case("stream-length-lies.pdf", "disagree", "/Length of the appearance ends before endstream", EITHER)(
    lambda: write({**PLAIN, 4: b"<< /Length 3 >>\nstream\nabcdefgh\nendstream"}))
case("catalog-is-stream.pdf", "disagree", "the catalog is a stream")(
    lambda: write({**PLAIN, 1: stream(b"/Type /Catalog /Pages 2 0 R", b"x")}))
case("root-other-generation.pdf", "disagree", "/Root names a generation that is not there")(
    lambda: write(root=b"/Root 1 1 R"))
case("catalog-no-type.pdf", "disagree", "a catalog without /Type", EITHER)(
    lambda: write({**PLAIN, 1: b"<< /Pages 2 0 R >>"}))
case("catalog-reference-chain.pdf", "disagree", "/Root is a reference to a reference", EITHER)(
    lambda: write({**PLAIN, 4: b"1 0 R"}, root=b"/Root 4 0 R"))
case("reference-loop.pdf", "disagree", "an object that is a reference to itself")(
    lambda: write({**PLAIN, 4: b"4 0 R"}, root=b"/Root 4 0 R"))
case("no-endobj.pdf", "disagree", "the catalog has no endobj", EITHER)(
    lambda: write().replace(b"/Pages 2 0 R >>\nendobj", b"/Pages 2 0 R >>\n      "))
case("two-trailers.pdf", "disagree", "a second trailer behind the first", EITHER)(
    lambda: write(tail=lambda at: b"trailer\n<< /Size 4 /Root 2 0 R >>\nstartxref\n%d\n%%%%EOF\n" % at))
case("tail-in-comment.pdf", "disagree", "a startxref in a comment behind the real one", EITHER)(
    lambda: write(tail=lambda at: b"startxref\n%d\n%%%%EOF\n%% startxref 15 %%%%EOF\n" % at))


def _catalog_twice():
    extra = b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Lang (second) >>\nendobj\n"
    data = write()
    at = startxref(data)
    return data[:at] + extra + data[at:].replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + len(extra)))


def _two_startxref():
    first = write()
    return update(first, {1: b"<< /Type /Catalog /Pages 2 0 R /Lang (2) >>"},
                  tail=lambda at: b"startxref\n%d\nstartxref\n%d\n%%%%EOF\n" % (at, startxref(first)))


def _hybrid(num=1, body=b"<< /Type /Catalog /Pages 2 0 R /Lang (hidden) >>", root=b"/Root 1 0 R"):
    """Object num stands in the table and, differently, in the stream that /XRefStm names."""
    data = write({**PLAIN, 4: b"null"})
    cut = startxref(data)
    out = bytearray(data[:cut])
    place = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (num, body)
    at = len(out)
    rows = b"".join((b"\x01" + o.to_bytes(4, "big") + bytes(2)) for o in (place, at))
    d = b"/Type /XRef /Size 6 /W [1 4 2] /Index [%d 1 5 1] %s" % (num, root)
    out += b"5 0 obj\n%s\nendobj\n" % stream(d, rows)
    table = len(out)
    rest = data[cut:data.rindex(b"startxref")]
    out += rest.replace(b"/Size 5", b"/Size 6 /XRefStm %d" % at)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def _hybrid_later(num, body):
    """A later revision whose table has nothing, and whose hidden section has object num anew."""
    first = write({**PLAIN, 3: PLAIN[3].replace(b"/Parent", b"/Contents 4 0 R /Parent")
                   if num == 4 else PLAIN[3], 4: stream(b"", b"")})
    out = bytearray(first)
    place = len(out)
    out += b"%d 0 obj\n%s\nendobj\n" % (num, body)
    at = len(out)
    rows = b"".join((b"\x01" + o.to_bytes(4, "big") + bytes(2)) for o in (place, at))
    out += b"5 0 obj\n%s\nendobj\n" % stream(b"/Type /XRef /Size 6 /W [1 4 2] /Index [%d 1 5 1] /Root 1 0 R" % num, rows)
    table = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 6 /Root 1 0 R /Prev %d /XRefStm %d >>\n" % (
        startxref(first), at)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


# -- sound, though they do not look it

case("comments.pdf", "harmless", "%%EOF, startxref and endobj in comments and strings", [0])(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog % %%EOF startxref 0 endobj\n /Pages 2 0 R /Lang (%%EOF endobj) >>"}))
case("eof-line-in-stream.pdf", "harmless", "a stream that holds a whole trailer", [0])(
    lambda: write({**PLAIN, 4: stream(b"", b"\nxref\n0 1\ntrailer\n<< /Root 9 0 R >>\nstartxref\n0\n%%EOF\n")}))
case("ten-revisions.pdf", "harmless", "ten honest revisions", [0])(lambda: _revisions(10))
case("version-2.pdf", "harmless", "PDF 2.0", [0])(lambda: write(head=b"%PDF-2.0\n"))
case("version-9.pdf", "harmless", "a version that does not exist", EITHER)(lambda: write(head=b"%PDF-9.9\n"))


def _revisions(count):
    data = write()
    for _ in range(count):
        data = update(data, {3: PLAIN[3]})
    return data


# -- bombs: refused or sealed, but in little memory and time

case("bomb-xref-free.pdf", "bomb", "20 million free entries in about 175 KB", EITHER)(
    lambda: with_xref_stream(PLAIN, widths=(1, 4, 4), data=bytes(9 * 20_000_000)))
case("bomb-xref-used.pdf", "bomb", "20 million entries in use in less than 100 KB", EITHER)(
    lambda: with_xref_stream(PLAIN, widths=(1, 2, 1), rows={0: (0, 0, 255)}, data=b"\x01\0\x0f\0" * 20_000_000))
case("bomb-xref-predictor.pdf", "bomb", "rows behind a predictor of 2^31 columns")(
    lambda: with_xref_stream(PLAIN, extra=b"/DecodeParms << /Predictor 12 /Columns 2147483647 >>"))
case("bomb-xref-twice-packed.pdf", "bomb", "rows packed twice: a thousand times a thousand")(lambda: _twice_packed())
case("bomb-prev-chain.pdf", "bomb", "20,000 sections of one entry", EITHER)(lambda: _long_chain(20000))
case("bomb-array-depth.pdf", "bomb", "an array 200,000 deep in the catalog")(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /X " + b"[" * 200000 + b"]" * 200000 + b" >>"}))
case("bomb-dict-depth.pdf", "bomb", "dictionaries 100,000 deep in the trailer")(
    lambda: write(trailer=b"/X " + b"<</X " * 100000 + b"1" + b">>" * 100000))
case("bomb-open-arrays.pdf", "bomb", "a million opening brackets and no closing one")(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /X " + b"[" * 1000000}))
case("bomb-objstm.pdf", "bomb", "the catalog in an object stream of 1 GB in 1 MB")(lambda: _objstm_bomb(1 << 30))
case("bomb-objstm-count.pdf", "bomb", "an object stream that says it has 2^31 objects")(
    lambda: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {
        4: objstm([(1, PLAIN[1])]).replace(b"/N 1", b"/N 2147483647")}, {1: (4, 0)}))
case("bomb-objstm-first.pdf", "bomb", "an object stream whose /First is far outside")(
    lambda: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {
        4: objstm([(1, PLAIN[1])]).replace(b"/First ", b"/First 99999999")}, {1: (4, 0)}))
case("bomb-kids.pdf", "bomb", "a million kids, all the same page", EITHER)(
    lambda: write({**PLAIN, 2: b"<< /Type /Pages /Kids [" + b"3 0 R " * 1000000 + b"] /Count 1000000 >>"}))
case("bomb-kids-loop.pdf", "bomb", "a page tree whose first kid is itself")(
    lambda: write({**PLAIN, 2: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}))
case("bomb-kids-depth.pdf", "bomb", "a page tree 100,000 deep", EITHER)(lambda: _deep_tree(100000))
case("bomb-parent-loop.pdf", "bomb", "a page whose parents go round", EITHER)(
    lambda: write({**PLAIN, 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 2 0 R >>"}))
case("bomb-fields.pdf", "bomb", "a million fields, all the same", EITHER)(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [" + b"4 0 R " * 1000000 +
                   b"] >> >>", 4: b"<< /FT /Tx /T (a) >>"}))
case("bomb-fields-loop.pdf", "bomb", "fields whose kids go round", EITHER)(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
                   4: b"<< /FT /Tx /T (a) /Kids [4 0 R 4 0 R] >>"}))
case("bomb-annots.pdf", "bomb", "a million annotations in the first page", EITHER)(
    lambda: write({**PLAIN, 3: PLAIN[3][:-2] + b"/Annots [" + b"4 0 R " * 1000000 + b"] >>",
                   4: b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"}))
case("bomb-name.pdf", "bomb", "a name of 10 MB in the catalog", EITHER)(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /" + b"A" * 10_000_000 + b" 1 >>"}))
case("bomb-string.pdf", "bomb", "a string of 40 MB in the catalog", EITHER)(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /Lang (" + b"a" * 40_000_000 + b") >>"}))
case("bomb-open-string.pdf", "bomb", "a string without an end, 10 MB long")(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /Lang (" + b"(" * 10_000_000}))
case("bomb-comment.pdf", "bomb", "a comment of 10 MB in the catalog", EITHER)(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog %" + b"x" * 10_000_000 + b"\n /Pages 2 0 R >>"}))
case("bomb-length-loop.pdf", "bomb", "an object stream whose /Length is inside it")(lambda: _length_loop())
case("bomb-extends-loop.pdf", "bomb", "object streams that extend each other", EITHER)(
    lambda: with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {
        4: objstm([(1, PLAIN[1])], b"/Extends 5 0 R"), 5: objstm([(6, b"null")], b"/Extends 4 0 R")},
        {1: (4, 0), 6: (5, 0)}))
case("bomb-digits.pdf", "bomb", "a number of 100,000 digits in the catalog", EITHER)(
    lambda: write({**PLAIN, 1: b"<< /Type /Catalog /Pages 2 0 R /X " + b"9" * 100000 + b" >>"}))
case("bomb-spaces.pdf", "bomb", "20 MB of spaces in the trailer", EITHER)(lambda: write(trailer=b" " * 20_000_000))
case("bomb-subsections.pdf", "bomb", "200,000 subsections of no entry", EITHER)(
    lambda: write().replace(b"trailer", b"0 0\n" * 200000 + b"trailer"))


def _twice_packed():
    data = with_xref_stream(PLAIN, widths=(1, 4, 4), data=bytes(9 * 20_000_000))
    at = data.rindex(b"stream\n", 0, data.rindex(b"endstream")) + 7
    head, body = data[:at], data[at:data.rindex(b"\nendstream")]
    packed = flate(body)
    head = head.replace(b"/Filter /FlateDecode", b"/Filter [/FlateDecode /FlateDecode]")
    head = head.replace(b"/Length %d" % len(body), b"/Length %d" % len(packed))
    return head + packed + data[data.rindex(b"\nendstream"):]


def _long_chain(count):
    data, prev = bytearray(write()), startxref(write())
    for _ in range(count):
        at = len(data)
        data += b"xref\n3 1\n%010d 00000 n \ntrailer\n<< /Size 4 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
            write().index(b"3 0 obj"), prev, at)
        prev = at
    return bytes(data)


def _objstm_bomb(size):
    packer = zlib.compressobj(9)
    head = b"1 0 "
    parts = [packer.compress(head + PLAIN[1])]
    parts += [packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)]
    data = b"".join(parts) + packer.flush()
    return with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {
        4: stream(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", data)}, {1: (4, 0)})


def _deep_tree(depth):
    bodies = {1: PLAIN[1]}
    for n in range(2, depth + 2):
        parent = b"/Parent %d 0 R" % (n - 1) if n > 2 else b""
        bodies[n] = b"<< /Type /Pages /Kids [%d 0 R] /Count 1 %s >>" % (n + 1, parent)
    bodies[depth + 2] = PLAIN[3].replace(b"/Parent 2", b"/Parent %d" % (depth + 1))
    return write(bodies)


def _length_loop():
    body = objstm([(1, PLAIN[1]), (5, b"60")])
    body = body.replace(b"/Length %d" % (len(body) - body.index(b"stream\n") - 17), b"/Length 5 0 R")
    return with_xref_stream({k: PLAIN[k] for k in (2, 3)} | {4: body}, {1: (4, 0), 5: (4, 1)})


# -- permissions


def certified(level):
    base = sealmaker.base()
    reference = (b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams "
                 b"/P %d /V /1.2 >> >>] /Type /Sig " % level)

    def bend(body, field):
        body[field + 1] = body[field + 1].replace(b"/Type /Sig ", reference, 1)
        body[1] = body[1][:-2] + b"/Perms << /DocMDP %d 0 R >> >>" % (field + 1)
    return sealmaker.seal(base, prev=startxref(base), size=5, objects=bend)


case("certified-1.pdf", "permission", "certified, no changes allowed (DocMDP P=1)")(lambda: certified(1))
case("certified-2.pdf", "permission", "certified, signing allowed (DocMDP P=2)", [0])(lambda: certified(2))
case("certified-3.pdf", "permission", "certified, signing allowed (DocMDP P=3)", [0])(lambda: certified(3))


def encrypted(path, good, options):
    """The same page, encrypted by qpdf; False when qpdf is not at hand."""
    if not shutil.which("qpdf"):
        return False
    subprocess.run(["qpdf", "--allow-weak-crypto", "--static-id", *options, "--", good, path], check=True,
                   stderr=subprocess.DEVNULL)
    return True


ENCRYPTED = {
    "encrypted-rc4-40.pdf": ([0], ["--encrypt", "", "owner", "40"]),
    "encrypted-rc4-128.pdf": ([0], ["--encrypt", "", "owner", "128", "--use-aes=n"]),
    "encrypted-aes-128.pdf": ([0], ["--encrypt", "", "owner", "128", "--use-aes=y"]),
    "encrypted-aes-256.pdf": ([0], ["--encrypt", "", "owner", "256"]),
    "encrypted-user-password.pdf": (REFUSED, ["--encrypt", "user", "owner", "256"]),
    "encrypted-no-changes.pdf": (REFUSED, ["--encrypt", "", "owner", "256", "--modify=none"]),
}


def write_all(directory, only=None):
    """Makes every file and manifest.json in directory; only: the classes wanted."""
    os.makedirs(directory, exist_ok=True)
    manifest = []
    for name, kind, why, codes, function in CASES:
        if only and kind not in only:
            continue
        with open(os.path.join(directory, name), "wb") as f:
            f.write(function())
        manifest.append({"file": name, "exit": codes, "class": kind, "why": why})
    if not only or "encrypted" in only:
        good = os.path.join(directory, "comments.pdf")
        with open(good, "wb") as f:
            f.write(write())
        for name, (codes, options) in ENCRYPTED.items():
            if encrypted(os.path.join(directory, name), good, options):
                manifest.append({"file": name, "exit": codes, "class": "encrypted",
                                 "why": "encrypted: " + " ".join(options[3:])})
        with open(good, "wb") as f:
            f.write(next(c[4] for c in CASES if c[0] == "comments.pdf")())
    with open(os.path.join(directory, "manifest.json"), "w", encoding="utf-8") as f:
        json.dump(manifest, f, indent=1)
    return manifest
