"""One valid PDF file from one seed: what it holds and how it is laid out are drawn from the seed.

make(seed) gives (bytes, features). Features say what a test may want to choose by: kind of each
section, version, form, annotations, line ends, and so on. Every file passes `qpdf --check` without
a warning.
"""
import random

from pdfwrite import File, N, R, Raw, Stm, Style

KINDS = ["table", "table", "stream", "stream", "hybrid", "mixed", "linear"]
TEXT = [b"plain", b"(nested) brackets", b"a \\ backslash", b"%%EOF in a string", b"1 0 obj endobj startxref 0",
        b"\xfe\xff\x00\xe5\x00\xe4", b"back (to) (front)", b")(", b"xref trailer << /Root 9 0 R >>"]


class Maker:
    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.kind = rng.choice(KINDS)
        self.version = self._version()
        self.style = Style(rng, rng.choice([b"\n", b"\n", b"\r\n", b"\r"]), rng.choice([0, 0, 1, 2, 3]),
                           escapes=rng.randrange(3) == 0)
        self.objects, self.gens, self.next = {}, {}, 1
        self.free = set()
        self.features = {"seed": seed, "kind": self.kind, "version": self.version, "sections": [],
                         "eol": {b"\n": "LF", b"\r\n": "CRLF", b"\r": "CR"}[self.style.eol],
                         "spacing": self.style.spacing}

    def _version(self):
        if self.kind in ("stream", "mixed"):
            return self.rng.choice(["1.5", "1.6", "1.7", "1.7", "2.0"])
        return self.rng.choice(["1.4", "1.5", "1.6", "1.7", "1.7", "2.0"])

    def add(self, value):
        """A new object with the next number, now and then after a gap."""
        if self.rng.randrange(25) == 0:
            self.free.add(self.next)
            self.next += 1
        num = self.next
        self.next += 1
        self.objects[num] = value
        return R((num, 0))

    def chance(self, one_in):
        return self.rng.randrange(one_in) == 0

    def feature(self, name, value):
        self.features[name] = value
        return value

    # -- what is in it

    def document(self):
        rng = self.rng
        self.catalog = {"Type": N("Catalog")}
        root = self.add(self.catalog)
        self.font = self.add({"Type": N("Font"), "Subtype": N("Type1"), "BaseFont": N("Helvetica"),
                              "Encoding": N("WinAnsiEncoding")})
        self.pages = []
        count = self.feature("pages", rng.choice([1, 1, 2, 3, 8, 30]))
        depth = self.feature("tree_depth", rng.choice([1, 1, 2, 3, 5]))
        self.catalog["Pages"] = self._tree(count, depth, None)[0]
        self._form()
        self._catalog_extras()
        self.trailer = {"Root": root}
        if not self.chance(4):
            self.trailer["Info"] = self.add({"Producer": b"generator", "Title": rng.choice(TEXT),
                                             "CreationDate": b"D:20260102030405Z"})
        if not self.chance(4) or self.version == "2.0":
            self.trailer["ID"] = [bytes(rng.randrange(256) for _ in range(16))] * 2
        if self.chance(6):
            self.trailer["Custom#Key"] = [1, 2.5, N("x y")]

    def _tree(self, count, depth, parent):
        """(reference, pages) of a page tree node with count pages."""
        node = {"Type": N("Pages")}
        ref = self.add(node)
        if parent:
            node["Parent"] = parent
        else:
            node["MediaBox"] = [0, 0, 595.28, Raw(b"841.890")]
        kids, left = [], count
        while left:
            part = left if depth <= 1 or left == 1 else self.rng.randint(1, left)
            if depth > 1:
                kids.append(self._tree(part, depth - 1, ref)[0])
            else:
                kids += [self._page(ref) for _ in range(part)]
            left -= part
        if self.chance(4):
            node["Resources"] = {"Font": {"F1": self.font}}
        node["Kids"] = kids if not self.chance(6) else self.add(kids)
        node["Count"] = count
        return ref, count

    def _page(self, parent):
        text = b"BT /F1 12 Tf 72 720 Td (page %d) Tj ET" % (len(self.pages) + 1)
        if self.chance(5):
            text += b"\n% endstream? no. %%EOF\n"
        contents = self.add(Stm({}, text, flate=not self.chance(3)))
        page = {"Type": N("Page"), "Parent": parent, "Contents": contents if self.chance(2) else [contents],
                "Resources": {"Font": {"F1": self.font}, "ProcSet": [N("PDF"), N("Text")]}}
        if self.chance(3):
            page["Rotate"] = self.rng.choice([0, 90, 180, 270])
        if self.chance(4):
            page["MediaBox"] = [Raw(b"-0.0"), 0, Raw(b"+612"), Raw(b"00792.500")]
            page["CropBox"] = [10, 10, 600, 780]
        ref = self.add(page)
        self._annots(page, ref)
        self.pages.append(ref)
        return ref

    def _annots(self, page, ref):
        kind = self.rng.choice(["none", "none", "direct", "indirect", "empty"])
        if not self.pages:
            self.feature("annots", kind)
        if kind == "none":
            return
        links = [] if kind == "empty" else [
            self.add({"Type": N("Annot"), "Subtype": N("Link"), "Rect": [10, 10, Raw(b"50.50"), 20],
                      "Border": [0, 0, 0], "P": ref}) for _ in range(self.rng.randint(1, 3))]
        page["Annots"] = self.add(links) if kind == "indirect" else links

    def _form(self):
        kind = self.feature("form", self.rng.choice(["none", "none", "direct", "indirect"]))
        if kind == "none":
            return
        fields = [self._field(f"text{i}") for i in range(self.rng.randrange(4))]
        if self.chance(3):
            fields.append(self._group())
        indirect = self.feature("fields", "indirect" if self.chance(3) else "direct") == "indirect"
        form = {"Fields": self.add(fields) if indirect else fields}
        if self.chance(2):
            form["DR"] = {"Font": {"Helv": self.font}}
            form["DA"] = b"/Helv 0 Tf 0 g"
        if self.feature("need_appearances", self.chance(5)):
            form["NeedAppearances"] = True
        if self.chance(4):
            form["SigFlags"] = 0
        self.catalog["AcroForm"] = self.add(form) if kind == "indirect" else form

    def _widget(self, extra):
        page_ref = self.rng.choice(self.pages)
        widget = self.add({"Type": N("Annot"), "Subtype": N("Widget"), "Rect": [100, 100, 200, 120], "F": 4,
                           "P": page_ref, **extra})
        page = self.objects[page_ref[0]]
        annots = page.setdefault("Annots", [])
        (self.objects[annots[0]] if isinstance(annots, R) else annots).append(widget)
        return widget

    def _field(self, name):
        return self._widget({"FT": N("Tx"), "T": name.encode(), "V": self.rng.choice(TEXT)})

    def _group(self):
        group = {"T": b"group", "FT": N("Tx")}
        ref = self.add(group)
        group["Kids"] = [self._widget({"Parent": ref, "T": b"kid%d" % i}) for i in range(2)]
        return ref

    def _catalog_extras(self):
        if self.chance(3):
            xml = (b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
                   b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
                   b'<?xpacket end="w"?>')
            self.catalog["Metadata"] = self.add(Stm({"Type": N("Metadata"), "Subtype": N("XML")}, xml))
        if self.chance(4):
            self.catalog["Lang"] = b"nb-NO"
        if self.chance(5):
            self.catalog["ViewerPreferences"] = {"DisplayDocTitle": True}
        if self.chance(6):
            self.catalog["Names"] = {"Dests": {"Names": [b"a", [self.pages[0], N("Fit")]]}}
        if self.chance(6) and self.version not in ("2.0",):
            self.catalog["Extensions"] = {"ADBE": {"BaseVersion": N("1.7"), "ExtensionLevel": 3}} \
                if self.version == "1.7" else {}
        if self.chance(8):
            self.catalog["Odd Name #1()"] = [None, True, False, N(""), Raw(b"-.5"), Raw(b"+1."), b"", {}]

    # -- how it is laid out

    def layout(self):
        binary = self.feature("binary_comment", not self.chance(4))
        self.file = self.new_file(binary)
        updates = 0 if self.kind == "linear" else self.rng.choice([0, 0, 1, 2, 5])
        self.feature("updates", updates)
        kinds = self._section_kinds(updates + 1)
        self.final_eol = self.feature("final_eol", not self.chance(6))
        if self.kind == "linear":
            self._linear()
        else:
            self._revision(kinds[0], dict(self.objects), set(self.free), updates == 0)
            for i, kind in enumerate(kinds[1:]):
                self._update(kind, i == updates - 1)
        return bytes(self.file.out)

    def new_file(self, binary):
        return File(self.style, self.version, binary)

    def _section_kinds(self, count):
        if self.kind == "mixed":
            return ["table"] * max(1, count - 1) + ["stream"] * (count > 1)
        return [self.kind] * count

    def _update(self, kind, last):
        """Changes a page and the catalog, adds, frees and takes up again."""
        rng = self.rng
        self._line_of_its_own()
        changed = {}
        page = rng.choice(self.pages)[0]
        self.objects[page] = {**self.objects[page], "Rotate": rng.choice([0, 90])}
        changed[page] = self.objects[page]
        note = self.add({"Note": rng.choice(TEXT)})
        changed[note[0]] = self.objects[note[0]]
        reborn = [n for n in self.free if self.gens.get(n, 0) > 0]
        if reborn and kind == "table" and self.chance(2):
            num = reborn[0]
            self.free.discard(num)
            changed[num] = self.objects[num] = {"Reborn": True}
            self.features["reused_ids"] = True
        freed = set()
        if self.chance(2) and kind == "table":
            freed.add(note[0])
            changed.pop(note[0])
            self.objects.pop(note[0])
            self.gens[note[0]] = 1
            self.free |= freed
        self._revision(kind, changed, freed | (self.free & set(changed)), last)

    def _line_of_its_own(self):
        if self.file.out[-1:] not in b"\r\n":
            self.file.out += b"\n"

    def _revision(self, kind, objects, freed, last):
        self.features["sections"].append(kind)
        first = self.file.prev is None
        plain, packed = self._split(kind, objects)
        if first and self.chance(4):
            order = sorted(plain, reverse=True)
        else:
            order = sorted(plain)
        rows = {n: self.file.put(n, plain[n], self.gens.get(n, 0)) for n in order}
        hidden = self._pack(packed)
        if first or freed:
            rows.update(self._free_rows(freed if not first else self.free, first))
        {"table": self._end_table, "stream": self._end_stream, "hybrid": self._end_hybrid}[kind](rows, hidden, last)

    def _split(self, kind, objects):
        """Objects that stand by themselves, and those for object streams."""
        if kind == "table" or self.chance(4):
            return objects, {}
        ok = {n for n, v in objects.items() if not isinstance(v, Stm) and self.gens.get(n, 0) == 0}
        if kind == "hybrid":  # what old readers need stays in sight
            ok = {n for n in ok if isinstance(objects[n], dict) and objects[n].get("Subtype") == "Link"
                  or isinstance(objects[n], dict) and "Note" in objects[n]}
        return {n: v for n, v in objects.items() if n not in ok}, {n: objects[n] for n in sorted(ok)}

    def _pack(self, packed):
        rows, items, before = {}, list(packed.items()), None
        size = self.rng.choice([3, 10, 100])
        for at in range(0, len(items), size):
            num = self._number()
            extends = before if before and self.chance(2) else None
            if extends:
                self.features["extends"] = True
            rows.update(self.file.put_objstm(num, items[at:at + size], extends))
            before = num
        if rows:
            self.features["object_streams"] = True
        return rows

    def _number(self):
        self.next += 1
        return self.next - 1

    def _free_rows(self, freed, first):
        """The free list; sometimes as Acrobat leaves it, dead objects with generation 0."""
        nums = sorted(freed)
        if first and nums and self.chance(3):
            self.features["dead_entries"] = True
            return {0: ("f", 0, 65535), **{n: ("f", 0, 0) for n in nums}}
        chain = dict(zip([0] + nums, nums + [0]))
        return {n: ("f", nxt, 65535 if n == 0 else self.gens.get(n, 0)) for n, nxt in chain.items()}

    def _top(self, extra=None):
        top = {"Size": self.next, **self.trailer, **(extra or {})}
        if self.file.prev is not None:
            top["Prev"] = self.file.prev
        return top

    def _whole(self, rows):
        """In the first revision no number may be missing."""
        if self.file.prev is None:
            for num in range(self.next):
                rows.setdefault(num, ("f", 0, 65535 if num == 0 else 0))
        return rows

    def _end_table(self, rows, _hidden, last):
        at = self.file.table(self._whole(rows), self._top())
        self.file.finish(at, self.final_eol or not last)

    def _end_stream(self, rows, hidden, last):
        num = self._number()
        rows = {**rows, **hidden}
        if self.file.prev is None:
            rows = self._whole({**rows, num: ("n", 0, 0)})
        at = self.file.xref_stream(num, rows, self._top())
        self.file.finish(at, self.final_eol or not last)

    def _end_hybrid(self, rows, hidden, last):
        extra = {}
        if hidden:
            num = self._number()
            place = self.file.xref_stream(num, hidden, {"Size": self.next})
            extra["XRefStm"] = place
            if self.file.prev is None:
                rows.update({n: ("f", 0, 65535) for n in [*hidden, num]})
            self.features["hidden"] = True
        at = self.file.table(self._whole(rows), self._top(extra))
        self.file.finish(at, self.final_eol or not last)

    def _linear(self):
        """Two sections in the order of a linearized file: the one that startxref names comes first.
        /L is not the length, as after an update, so that readers take it for an ordinary file."""
        self.features["sections"] = ["table", "table"]
        rows = {}
        num = self._number()
        rows[num] = self.file.put(num, {"Linearized": 1, "L": 1, "H": [1, 1], "O": 1, "E": 1, "N": 1, "T": 1})
        numbers = sorted(self.objects)
        cut = numbers[len(numbers) // 2]
        first, rest = [n for n in numbers if n >= cut], [n for n in numbers if n < cut]
        place = len(self.file.out)
        for final in (False, True):  # the first time to learn how long the section is
            length = len(self.file.out)
            top = {"Size": self.next, **self.trailer, "Prev": Raw(b"%010d" % (self.second if final else 0))}
            state = self.rng.getstate()
            self.file.table({n: rows.get(n, ("f", 0, 0)) for n in range(cut, self.next)}, top)
            self.file.out += b"startxref" + self.style.eol + b"0" + self.style.eol + b"%%EOF" + self.style.eol
            if final:
                break
            self.rng.setstate(state)
            room = len(self.file.out) - length
            start = state
            for n in first + rest:
                rows[n] = self.file.put(n, self.objects[n])
            self.second = len(self.file.out)
            tail = dict(self.trailer)
            low = {n: rows.get(n, ("f", 0, 0)) for n in range(1, cut)}
            self.file.table({0: ("f", 0, 65535), **low}, {"Size": cut, **tail})
            whole = self.file.out
            self.file.out = bytearray(whole[:place])
            self.rng.setstate(start)
        assert len(self.file.out) == place + room
        self.file.out += whole[place + room:]
        self.file.finish(place, self.final_eol)


def make(seed):
    maker = Maker(seed)
    maker.document()
    return maker.layout(), maker.features
