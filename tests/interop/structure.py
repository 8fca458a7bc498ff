"""Questions about a document that pades_bytes.py asks: its revisions and fields, whether it is signed or
tagged, and which standards it claims. Only the standard library and pdfread.
"""
import xml.etree.ElementTree as xml

from pdfread import Array, Dict, Doc, Name, Num, PdfError, Ref, Stream, Word


class Revision:
    """One update: `old` is the document before it, `new` the document that ends with it."""

    def __init__(self, buf, start, end):
        self.buf, self.start, self.end = buf, start, end
        self.old, self.new = Doc(buf, start), Doc(buf, end)
        self.section = self.new.sections[0]
        self.ids = {}
        for num, kind, a, b in self.section.entries():
            self.ids[num] = (kind, a, b)

    def written(self):
        """Ids of the objects this update writes, but for a cross-reference stream."""
        return [n for n, (kind, _, _) in self.ids.items() if kind in "nc" and n != self.section.num]

    def is_new(self, num):
        entry = self.old.entry(num)
        return entry is None or entry[0] not in "nc"


def split_revisions(buf, input_size):
    """(start, end) of each update behind input_size, oldest first; of the last one when None."""
    doc = Doc(buf)
    ends, out = len(buf), []
    for section in doc.sections:
        if input_size is not None and section.offset < input_size:
            break
        if len(doc.sections) == 1:
            raise PdfError("only one revision: nothing was appended")
        start = input_size if input_size is not None and prior_offset(section) < input_size \
            else prior_end(buf, section)
        out.append((start, ends))
        ends = start
        if input_size is None:
            break
    return out[::-1]


def prior_offset(section):
    prev = section.trailer.get(b"Prev")
    return prev.value if isinstance(prev, Num) and prev.is_int else -1


def prior_end(buf, section):
    """Where the revision before ends: behind the %%EOF before the first object of this one."""
    offsets = [a for _, kind, a, _ in section.entries() if kind == "n"] + [section.offset]
    at = buf.rfind(b"%%EOF", 0, min(o for o in offsets if o > prior_offset(section)))
    if at < 0:
        raise PdfError("no %%EOF before the update")
    end = at + 5
    if buf[end:end + 2] == b"\r\n":
        return end + 2
    return end + (buf[end:end + 1] in (b"\r", b"\n"))


def fields_of(doc, limit=100000):
    """(ref key, dictionary, parent key, depth) of every field of a document."""
    roots = doc.get(doc.trailer, b"Root", b"AcroForm", b"Fields")
    todo = [(item, None, 0) for item in roots.items] if isinstance(roots, Array) else []
    seen, out = set(), []
    while todo and len(out) < limit:
        item, parent, depth = todo.pop()
        value = doc.resolve(item)
        key = item.key if isinstance(item, Ref) else id(item)
        if not isinstance(value, Dict) or key in seen or depth > 50:
            continue
        seen.add(key)
        out.append((key, value, parent, depth))
        kids = doc.get(value, b"Kids")
        if isinstance(kids, Array):
            todo += [(kid, key, depth + 1) for kid in kids.items]
    return out


def is_signature(doc, field):
    kind = doc.get(field, b"FT")
    return isinstance(kind, Name) and kind.data == b"Sig"


def is_signed(doc):
    return any(is_signature(doc, f) and f.get(b"V") for _, f, *_ in fields_of(doc))


def is_tagged(doc):
    catalog = doc.get(doc.trailer, b"Root")
    marked = doc.get(catalog, b"MarkInfo", b"Marked") if catalog.get(b"MarkInfo") else None
    return catalog.get(b"StructTreeRoot") is not None or isinstance(marked, Word) and marked.data == b"true"


def is_bound(doc):
    """Whether the file claims a standard that is bound to its version: PDF/A-1, PDF/X."""
    info = doc.resolve(doc.trailer.get(b"Info"))
    if isinstance(info, Dict) and info.get(b"GTS_PDFXVersion") is not None:
        return True
    packet = doc.get(doc.trailer, b"Root", b"Metadata")
    if not isinstance(packet, Stream):
        return False
    try:
        tree = xml.fromstring(bytes(doc.decode(packet)))
    except (xml.ParseError, ValueError):
        return False
    said = [(key, text) for e in tree.iter() for key, text in [(e.tag, e.text), *e.attrib.items()]]
    return any(key.startswith("{http://www.npes.org/pdfx/ns/id/}") or
               key == "{http://www.aiim.org/pdfa/ns/id/}part" and (text or "").strip() == "1" for key, text in said)


def crop_box(doc, page):
    """The page's own or inherited one, of sorted numbers; None when there is none of four numbers."""
    for key in (b"CropBox", b"MediaBox"):
        node, box, left = page, None, 50
        while isinstance(node, Dict) and box is None and left:
            box, node, left = doc.get(node, key), doc.get(node, b"Parent") if node.get(b"Parent") else None, left - 1
        if isinstance(box, Array) and len(box.items) == 4:
            n = [i.value for i in map(doc.resolve, box.items) if isinstance(i, Num)]
            return [min(n[0], n[2]), min(n[1], n[3]), max(n[0], n[2]), max(n[1], n[3])] if len(n) == 4 else None
    return None
