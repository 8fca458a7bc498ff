#!/usr/bin/env python3
"""Invoices that keep a standard: PDF/A-1b, 2b, 2u, 3b and 4, PDF/UA-1, and Factur-X.

    pdfa.py KIND OUT.pdf [--stream] [--form none|direct|indirect] [--annots none|empty|link] [--pages N]

The fonts are embedded (DejaVu Sans, cut down), the colours have a profile of our own, text is mapped to
Unicode, and the tagged ones have a structure tree. --stream: a cross-reference stream and object streams,
which all but PDF/A-1 know. --form: a form with a text field and a check box. --annots: /Annots of the
first page, an object of its own when empty. veraPDF finds nothing in any of them (tests/interop/conform.py).
"""
import argparse
import hashlib
import random
import subprocess
import sys

import claims
from pdfwrite import File, N, R, Raw, Stm, Style
from truetype import Subset

# name: (part, conformance, PDF/UA, PDF version)
KINDS = {"1b": (1, "B", False, "1.4"), "1b17": (1, "B", False, "1.7"), "2b": (2, "B", False, "1.7"),
         "2b14": (2, "B", False, "1.4"), "2u": (2, "U", False, "1.7"), "3b": (3, "B", False, "1.7"),
         "4": (4, None, False, "2.0"), "ua1": (None, None, True, "1.7"), "2a-ua1": (2, "A", True, "1.7"),
         "facturx": (3, "B", False, "1.7")}
TITLE = "Invoice 2026-00317"
LINES = [("Planing of oak boards", 12, 1450), ("Caf\u00e9 table, \u00d8 80 cm", 3, 28900),
         ("Delivery, Jyv\u00e4skyl\u00e4 \u2013 M\u00fcnchen", 1, 13500), ("Waxing and polish", 4, 2250)]
ALL_TEXT = "".join(chr(c) for c in range(32, 127)) + "\u00e4\u00f6\u00fc\u00e9\u00d8\u20ac\u2013\u2022"
FLAGS_NONSYMBOLIC = 32


def encoded(text):
    return text.encode("cp1252")


def money(cents):
    return f"{cents // 100}.{cents % 100:02d} \u20ac"


class Canvas:
    """One page's content: text and lines, each a piece of the structure or an artifact."""

    def __init__(self, tagged):
        self.tagged, self.out, self.marks = tagged, bytearray(b"0 g 0 G\n"), 0

    def _mark(self, tag):
        if not self.tagged:
            return None
        if tag is None:
            self.out += b"/Artifact BMC\n"
            return None
        mark, self.marks = self.marks, self.marks + 1
        self.out += b"/%s <</MCID %d>> BDC\n" % (tag.encode(), mark)
        return mark

    def _end(self):
        self.out += b"EMC\n" if self.tagged else b""

    def text(self, tag, x, y, size, text):
        """The number of the mark, or None."""
        mark = self._mark(tag)
        data = encoded(text).replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        self.out += b"BT /F1 %g Tf %g %g Td (%s) Tj ET\n" % (size, x, y, data)
        self._end()
        return mark

    def line(self, y):
        self._mark(None)
        self.out += b"q 0.05 0.45 0.5 RG 1 w 56 %g m 540 %g l S Q\n" % (y, y)
        self._end()


class Document:
    def __init__(self, kind, stream=False, form="none", annots="none", pages=2, encoding="utf-8"):
        self.part, self.conformance, self.ua, self.version = KINDS[kind]
        self.kind, self.stream, self.pages_n, self.encoding = kind, stream, pages, encoding
        self.form_kind, self.annots_kind = form, annots
        if stream and self.part == 1:
            raise ValueError("PDF/A-1 knows no cross-reference streams")
        self.tagged = self.ua or self.conformance == "A"
        self.objects, self.parents = {}, []
        self._build()

    def add(self, value):
        self.objects[len(self.objects) + 1] = value
        return R((len(self.objects), 0))

    # -- the parts

    def _build(self):
        self.catalog = {"Type": N("Catalog")}
        self.root = self.add(self.catalog)
        self._font()
        if self.tagged:
            self._structure()
        self._pages()
        if self.form_kind != "none":
            self._form()
        self._claims()
        if self.kind == "facturx":
            self._attach()
        if self.tagged:
            self._parent_tree()

    def _font(self):
        path = subprocess.run(["fc-match", "-f", "%{file}", "DejaVu Sans"], check=True, capture_output=True,
                              text=True).stdout
        font = Subset(path, ALL_TEXT)
        self.metrics = font
        data = self.add(Stm({"Length1": len(font.data)}, font.data, flate=True))
        descriptor = self.add({
            "Type": N("FontDescriptor"), "FontName": N("PADESA+DejaVuSans"), "Flags": FLAGS_NONSYMBOLIC,
            "FontBBox": font.box, "ItalicAngle": 0, "Ascent": font.ascent, "Descent": font.descent,
            "CapHeight": 729, "StemV": 90, "FontFile2": data})
        widths = []
        for code in range(32, 256):
            char = bytes([code]).decode("cp1252", "replace")
            widths.append(font.width(char) if char in font.glyph else 0)
        self.font = self.add({
            "Type": N("Font"), "Subtype": N("TrueType"), "BaseFont": N("PADESA+DejaVuSans"), "FirstChar": 32,
            "LastChar": 255, "Widths": widths, "Encoding": N("WinAnsiEncoding"), "FontDescriptor": descriptor,
            "ToUnicode": self.add(Stm({}, self._to_unicode(), flate=True))})

    @staticmethod
    def _to_unicode():
        pairs = "".join(f"<{encoded(c)[0]:02x}> <{ord(c):04x}>\n" for c in sorted(ALL_TEXT, key=encoded)[:100])
        more = "".join(f"<{encoded(c)[0]:02x}> <{ord(c):04x}>\n" for c in sorted(ALL_TEXT, key=encoded)[100:])
        count = len(ALL_TEXT) - 100
        return ("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n/CIDSystemInfo <</Registry (Adobe)"
                " /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
                f"1 begincodespacerange <00> <ff> endcodespacerange\n100 beginbfchar\n{pairs}endbfchar\n"
                f"{count} beginbfchar\n{more}endbfchar\nendcmap CMapName currentdict /CMap defineresource pop end end"
                ).encode()

    # -- structure

    def _structure(self):
        self.tree = {"Type": N("StructTreeRoot")}
        self.tree_ref = self.add(self.tree)
        self.top = {"Type": N("StructElem"), "S": N("Document"), "P": self.tree_ref, "K": []}
        self.top_ref = self.add(self.top)
        self.tree["K"] = [self.top_ref]
        self.catalog.update({"StructTreeRoot": self.tree_ref, "MarkInfo": {"Marked": True}})

    def _element(self, parent, kind, kids=None, **more):
        """A structure element below parent = (dictionary, reference); (dictionary, reference) of it."""
        element = {"Type": N("StructElem"), "S": N(kind), "P": parent[1], "K": kids if kids is not None else [], **more}
        ref = self.add(element)
        parent[0]["K"].append(ref)
        return element, ref

    def _leaf(self, parent, kind, page, mark, **more):
        if mark is not None:
            _, ref = self._element(parent, kind, [mark], Pg=page, **more)
            self.marked.append(ref)

    def _parent_tree(self):
        self.tree["ParentTree"] = self.add({"Nums": [i for pair in enumerate(self.parents) for i in pair]})
        self.tree["ParentTreeNextKey"] = len(self.parents)

    # -- pages

    def _pages(self):
        node = {"Type": N("Pages"), "Count": self.pages_n, "MediaBox": [0, 0, Raw(b"595.28"), Raw(b"841.890")]}
        self.tree_node = self.add(node)
        self.catalog["Pages"] = self.tree_node
        node["Kids"] = self.page_refs = [self._page(i) for i in range(self.pages_n)]

    def _page(self, index):
        page = {"Type": N("Page"), "Parent": self.tree_node, "Resources": {"Font": {"F1": self.font}}}
        ref = self.add(page)
        self.marked, canvas = [], Canvas(self.tagged)
        self._draw(canvas, index, ref)
        page["Contents"] = self.add(Stm({}, bytes(canvas.out), flate=True))
        if self.tagged:
            page["StructParents"] = len(self.parents)
            self.parents.append(self.add(list(self.marked)))
        if index == 0:
            self._annots(page, ref)
            page["CropBox"] = [Raw(b"10.5"), 12, Raw(b"590.0"), 835]
        return ref

    def _draw(self, canvas, index, ref):
        top = (self.top, self.top_ref) if self.tagged else None
        if index:
            self._leaf(top, "P", ref, canvas.text("P", 56, 760, 11, f"Terms of delivery, page {index + 1}"))
            canvas.line(750)
            return
        self._leaf(top, "H1", ref, canvas.text("H1", 56, 760, 20, TITLE))
        self._leaf(top, "P", ref, canvas.text("P", 56, 735, 10, "Esimerkkipaja Oy \u2022 Caf\u00e9 M\u00fcller"))
        canvas.line(722)
        self._table(canvas, ref, top)
        net = sum(n * price for _, n, price in LINES)
        self._leaf(top, "P", ref, canvas.text("P", 56, 560, 12, f"To pay: {money(net * 124 // 100)}"))

    def _table(self, canvas, ref, top):
        table = self._element(top, "Table") if self.tagged else None
        rows = [("Service", "Pieces", "Price")] + [(t, str(n), money(p)) for t, n, p in LINES]
        for at, row in enumerate(rows):
            tr = self._element(table, "TR") if self.tagged else None
            kind = "TD" if at else "TH"
            more = {} if at else {"A": {"O": N("Table"), "Scope": N("Column")}}
            for x, cell in zip((56, 380, 460), row):
                self._leaf(tr, kind, ref, canvas.text(kind, x, 700 - 22 * at, 10, cell), **more)

    # -- annotations and the form

    def _annots(self, page, ref):
        if self.annots_kind == "empty":
            page["Annots"] = self.add([])
        elif self.annots_kind == "link":
            link = {"Type": N("Annot"), "Subtype": N("Link"), "Rect": [56, 730, Raw(b"200.50"), 745], "F": 4,
                    "Border": [0, 0, 0], "Contents": b"Where we are", "P": ref,
                    "A": {"S": N("URI"), "URI": b"https://example.com/"}}
            link_ref = self.add(link)
            page["Annots"] = [link_ref]
            self._tag_annotation(page, ref, link, link_ref, "Link")

    def _tag_annotation(self, page, page_ref, annot, ref, kind):
        if not self.tagged:
            return
        page["Tabs"] = N("S")
        annot["StructParent"] = len(self.parents)
        _, element = self._element((self.top, self.top_ref), kind,
                                   [{"Type": N("OBJR"), "Obj": ref, "Pg": page_ref}])
        self.parents.append(element)

    def _look(self, width, height, content):
        return self.add(Stm({"Type": N("XObject"), "Subtype": N("Form"), "BBox": [0, 0, width, height],
                             "Resources": {"Font": {"F1": self.font}}}, content, flate=True))

    def _form(self):
        text = {"FT": N("Tx"), "T": b"Reference", "V": b"PO 4711", "DA": b"/F1 10 Tf 0 g"}
        box = {"FT": N("Btn"), "T": b"Paid", "V": N("Off"), "AS": N("Off")}
        looks = [self._look(160, 18, b"/Tx BMC q BT /F1 10 Tf 0 g 2 5 Td (PO 4711) Tj ET Q EMC"),
                 {"Off": self._look(14, 14, b"0 G 0.5 0.5 13 13 re S"),
                  "Yes": self._look(14, 14, b"0 G 0.5 0.5 13 13 re S 3 3 m 11 11 l S")}]
        page_ref = self.page_refs[-1]
        page, fields = self.objects[page_ref[0]], []
        annots = page.setdefault("Annots", [])
        annots = self.objects[annots[0]] if isinstance(annots, R) else annots
        for i, (field, look) in enumerate(zip((text, box), looks)):
            field.update({"Type": N("Annot"), "Subtype": N("Widget"), "F": 4, "P": page_ref, "AP": {"N": look},
                          "TU": field["T"], "Rect": [56, 500 - 40 * i, 216 - 146 * i, 518 - 40 * i - 4 * i]})
            fields.append(self.add(field))
            annots.append(fields[-1])
            self._tag_annotation(page, page_ref, field, fields[-1], "Form")
        form = {"Fields": fields, "DR": {"Font": {"F1": self.font}}, "DA": b"/F1 10 Tf 0 g"}
        self.catalog["AcroForm"] = form if self.form_kind == "direct" else self.add(form)

    # -- what the file says of itself

    def _claims(self):
        self.info = None
        if self.part != 4:
            date = b"D:20260302090000Z"
            self.info = self.add({"Title": TITLE.encode(), "Producer": b"generator", "CreationDate": date,
                                  "ModDate": date})
        packet = claims.xmp(TITLE, self.part, self.conformance, self.ua, self.kind == "facturx", self.info is not None,
                            self.encoding)
        self.catalog["Metadata"] = self.add(Stm({"Type": N("Metadata"), "Subtype": N("XML")}, packet))
        self.catalog["Lang"] = b"en-GB"
        if self.ua:
            self.catalog["ViewerPreferences"] = {"DisplayDocTitle": True}
        if self.part:
            profile = self.add(Stm({"N": 3}, claims.icc(), flate=True))
            self.catalog["OutputIntents"] = [self.add({
                "Type": N("OutputIntent"), "S": N("GTS_PDFA1"), "OutputConditionIdentifier": b"RGB of the generator",
                "Info": b"RGB of the generator", "DestOutputProfile": profile})]

    def _attach(self):
        xml = claims.invoice_xml(TITLE.split()[1], LINES, 24)
        params = {"ModDate": b"D:20260302090000Z", "Size": len(xml), "CheckSum": hashlib.md5(xml).digest()}
        file = self.add(Stm({"Type": N("EmbeddedFile"), "Subtype": N("text/xml"), "Params": params}, xml, flate=True))
        spec = self.add({"Type": N("Filespec"), "F": b"factur-x.xml", "UF": b"factur-x.xml", "Desc": b"The invoice",
                         "AFRelationship": N("Alternative"), "EF": {"F": file, "UF": file}})
        self.catalog["AF"] = [spec]
        self.catalog["Names"] = {"EmbeddedFiles": {"Names": [b"factur-x.xml", spec]}}

    # -- bytes

    def write(self):
        style = Style(random.Random(4711))
        out = File(style, self.version)
        name = hashlib.md5(repr((self.kind, self.stream, self.form_kind, self.annots_kind)).encode()).digest()
        top = {"Root": self.root, "ID": [name, name]}
        if self.info:
            top["Info"] = self.info
        packed = {n: v for n, v in self.objects.items() if self.stream and not isinstance(v, Stm)}
        rows = {0: ("f", 0, 65535)}
        rows.update({n: out.put(n, v) for n, v in self.objects.items() if n not in packed})
        size = len(self.objects) + 1
        if not self.stream:
            out.finish(out.table(rows, {"Size": size, **top}))
            return bytes(out.out)
        rows.update(out.put_objstm(size, list(packed.items())))
        out.finish(out.xref_stream(size + 1, rows, {"Size": size + 2, **top}))
        return bytes(out.out)


def make(kind, **how):
    return Document(kind, **how).write()


def main():
    parser = argparse.ArgumentParser(description="an invoice that keeps a standard")
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("out")
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--form", choices=["none", "direct", "indirect"], default="none")
    parser.add_argument("--annots", choices=["none", "empty", "link"], default="none")
    parser.add_argument("--pages", type=int, default=2)
    args = parser.parse_args()
    with open(args.out, "wb") as f:
        f.write(make(args.kind, stream=args.stream, form=args.form, annots=args.annots, pages=args.pages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
