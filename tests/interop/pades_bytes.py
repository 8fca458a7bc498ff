#!/usr/bin/env python3
"""Tests every byte rule that makes validators, Acrobat first, refuse a PAdES seal.

    pades_bytes.py OUT.pdf [--input IN.pdf] [--level b|t] [--json]
    pades_bytes.py --rules

With --input every revision that OUT has beyond IN is judged, without it the last one. One line a
broken rule, with its number; exit status 0 when none is broken, 1 when one is, 2 on wrong usage.
Only the standard library, and no line shared with the library it checks. Judges bytes and structure;
trust and the arithmetic of signatures are other validators' part.
"""
import argparse
import datetime
import hashlib
import json
import mmap
import re
import sys

import cmswalk as cms
from pdfread import Array, Dict, Doc, Name, Num, PdfError, Ref, Str, Stream, WS, Word, references
from rules import (A_CERT, A_CERT_V2, A_COMMITMENT, A_CONTENT_TYPE, A_DIGEST, A_POLICY, A_STAMP, A_TIME,
                   FORBIDDEN_SIGNED, FORBIDDEN_UNSIGNED, RULES, STREAM_KEYS)
from structure import Revision, crop_box, fields_of, is_bound, is_signature, is_signed, is_tagged, split_revisions

SKIP_WS = re.compile(rb"[\0\t\n\f\r ]*")


def number(value):
    return value.value if isinstance(value, Num) and value.is_int else None


class Checker:
    def __init__(self, buf, input_bytes=None, level=None):
        self.buf, self.input, self.level = buf, input_bytes, level
        self.broken, self.warnings = [], []
        self.signatures = 0

    def fail(self, rule, message):
        assert rule in RULES, rule
        if (rule, message) not in self.broken:
            self.broken.append((rule, message))

    def expect(self, ok, rule, message):
        if not ok:
            self.fail(rule, message)
        return bool(ok)

    # -- the whole file

    def run(self):
        try:
            self._run()
        except (PdfError, RecursionError) as error:
            self.fail("W.0", str(error) or "nested too deep")
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            self.fail("W.0", f"not the structure expected: {type(error).__name__}: {error}")

    def _run(self):
        if self.input is not None and not self._starts_with_input():
            self.fail("W.1", "the output does not start with the input, or ends with it")
            return
        if not re.compile(rb"%PDF-\d\.\d[\r\n\0\t\f ]").match(self.buf):
            self.fail("5.6.24", "no %PDF-n.n and end of line at byte 0")
        ranges = split_revisions(self.buf, len(self.input) if self.input is not None else None)
        if not ranges:
            self.fail("W.1", "no cross-reference section behind the input")
        for start, end in ranges:
            self._revision(Revision(self.buf, start, end), end == len(self.buf))
        self._all_ranges()
        self._first_revision()

    def _starts_with_input(self):
        size, step = len(self.input), 1 << 22
        return len(self.buf) > size and all(
            self.buf[at:min(at + step, size)] == self.input[at:at + step] for at in range(0, size, step))

    def _first_revision(self):
        """clause 5.6.9: not ours to mend, but worth a word."""
        section = Doc(self.buf).sections[-1]
        if section.kind == "table" and [r[0] for r in section.ranges] != [0]:
            self.warnings.append("the first revision's table has gaps: Acrobat may rebuild the file")

    def _all_ranges(self):
        """Rules for every signature of the file, older ones too."""
        doc = Doc(self.buf)
        for _, field, _, _ in fields_of(doc):
            if is_signature(doc, field) and isinstance(field.get(b"V"), Ref):
                self.signatures += 1
                value = doc.object(*field.get(b"V").key)
                self.byte_range(doc, value, None)

    def byte_range(self, doc, obj, revision_end):
        """The four numbers, or None. (rules 5.6.1; ISO 32000-2, 12.8.1)"""
        d = obj.value if obj else None
        if not isinstance(d, Dict) or obj.container is not None:
            self.fail("5.6.1d", "the signature is no uncompressed indirect dictionary")
            return None
        array, contents = d.get(b"ByteRange"), d.get(b"Contents")
        numbers = [number(i) for i in array.items] if isinstance(array, Array) else []
        if len(numbers) != 4 or None in numbers or numbers[0] != 0 or not (
                0 < numbers[1] < numbers[2] <= numbers[2] + numbers[3] <= len(self.buf)):
            self.fail("5.6.1a", f"/ByteRange {numbers}")
            return None
        _, a, b, c = numbers
        if not (isinstance(contents, Str) and contents.is_hex and (contents.start, contents.end) == (a, b)):
            self.fail("5.6.1b", f"the gap {a}..{b} is not the hex string /Contents")
            return None
        if revision_end is None:
            ok = self.buf[b + c - 6:b + c] == b"%%EOF\n" or self.buf[b + c - 5:b + c] == b"%%EOF" \
                or self.buf[b + c - 7:b + c] in (b"%%EOF\r\n",) or self.buf[b + c - 6:b + c] == b"%%EOF\r"
        else:
            ok = b + c == revision_end
        self.expect(ok, "5.6.1c", f"the ranges end at {b + c}")
        return numbers

    # -- one update

    def _revision(self, rev, last):
        self._ends(rev, last)
        self._section(rev)
        self._entries(rev)
        self._trailer(rev)
        pieces = self._pieces(rev)
        self._nothing_else(rev, pieces)
        self._rewritten(rev)
        new = self._new_signature(rev)
        if new:
            self._field(rev, *new)
            self._form(rev)
            self._signature(rev, new[1])

    def _ends(self, rev, last):
        tail = self.buf[rev.end - 7:rev.end]
        self.expect(tail[1:] == b"%%EOF\n" and tail[:1] in (b"\n", b"\r"), "5.6.5a",
                    f"{'the file' if last else 'a revision'} ends with {bytes(tail)!r}")
        before, after = self.buf[rev.start - 1:rev.start], self.buf[rev.start:rev.start + 1]
        if after == b"\r" or (before not in (b"\n", b"\r") and after != b"\n"):
            self.fail("5.6.5b", f"after {bytes(before)!r} the update starts with {bytes(after)!r}")

    def _section(self, rev):
        section, old = rev.section, rev.old.sections[0]
        self.expect(section.kind == old.kind, "5.6.6", f"a {section.kind} follows a {old.kind}")
        if section.kind == "table":
            repeated = STREAM_KEYS & set(section.trailer.keys())
            self.expect(not repeated, "5.6.7", f"the trailer has {sorted(repeated)}")
            self.expect(section.strict, "5.6.4", "the table has entries that are not 20 bytes")
        else:
            self.expect(section.trailer.get(b"XRefStm") is None, "5.6.7", "/XRefStm in a stream")
            own = rev.ids.get(section.num)
            self.expect(own == ("n", section.offset, 0), "5.6.8", f"its own entry is {own}")
            self.expect(section.slack == 0, "W.6", "bytes behind the last row of the section")
        at = -1
        for first, count in section.ranges:
            self.expect(first >= at and count > 0, "5.6.9", f"subsection {first} {count} after {at}")
            at = first + count
        for num, (kind, a, b) in rev.ids.items():
            if kind == "f":
                ok = num == 0 and b in (65535, 255) or (num == 0 and section.kind == "stream")
                self.expect(ok, "5.6.10", f"entry {num} is free, {a} {b}")
            elif num == 0:
                self.fail("5.6.10", "entry 0 is in use")

    def _entries(self, rev):
        limit = max(rev.old.size(), rev.old.highest() + 1)
        fresh = set()
        for num, (kind, a, b) in rev.ids.items():
            if kind not in "nc":
                continue
            if rev.is_new(num):
                fresh.add(num)
                self.expect(num >= limit, "W.2", f"new object {num}, but ids are free from {limit}")
            if kind == "n":
                self._entry(rev, num, a, b)
        for num in rev.written():
            if num not in fresh:
                old = rev.old.entry(num)
                before = rev.old.object(num, old[2] if old[0] == "n" else 0)
                planted = {n for n, _ in references(before.value)} & fresh if before else set()
                self.expect(not planted, "W.3", f"object {num} named {sorted(planted)} before they were")
        planted = {n for n, _ in references(rev.old.trailer)} & fresh
        self.expect(not planted, "W.3", f"the trailer named {sorted(planted)} before they were")

    def _entry(self, rev, num, offset, gen):
        old = rev.old.entry(num)
        wanted = old[2] if old and old[0] == "n" else 0
        head = b"%d %d obj" % (num, gen)
        ok = rev.start <= offset < rev.end and self.buf[offset:offset + len(head)] == head
        self.expect(ok and gen == wanted, "W.5", f"entry of {num} {gen} leads to {offset}")

    def _trailer(self, rev):
        new, old = rev.section.trailer, rev.old.trailer
        self.expect(number(new.get(b"Prev")) == rev.old.startxref, "W.4",
                    f"/Prev is not {rev.old.startxref}")
        highest = max(rev.new.highest(), rev.section.num or 0)
        self.expect(number(new.get(b"Size")) == max(rev.old.size(), highest + 1), "W.4",
                    f"/Size {number(new.get(b'Size'))}, highest id {highest}")
        for key in (b"Root", b"Info"):
            self.expect(self._same(new.get(key), old.get(key)), "W.4", f"/{key.decode()} changed")
        self.expect(self._same(new.get(b"Encrypt"), old.get(b"Encrypt")), "5.6.23", "/Encrypt changed")
        before, after = rev.old.resolve(old.get(b"ID")), rev.new.resolve(new.get(b"ID"))
        if isinstance(before, Array):
            kept = isinstance(after, Array) and len(after.items) == 2 \
                and self._same(after.items[0], before.items[0])
            self.expect(kept, "5.6.23", "/ID lost or its first half changed")
        linear = self._linearization(rev.old)
        self.expect(linear is None or linear not in rev.ids, "5.6.22", f"object {linear} was rewritten")

    @staticmethod
    def _same(a, b):
        return (a.canon() if a else None) == (b.canon() if b else None)

    def _linearization(self, doc):
        m = re.compile(rb"(\d+)\s+\d+\s+obj\b[^>]{0,400}/Linearized").search(self.buf, 0, min(1024, doc.end))
        return int(m.group(1)) if m else None

    def _pieces(self, rev):
        """(start, end) of all that the update's section accounts for."""
        pieces = [(rev.section.offset, rev.section.end)]
        for num, (kind, offset, _) in rev.ids.items():
            if kind == "n" and num != rev.section.num and rev.start <= offset < rev.end:
                obj = rev.new.object_at(offset)
                pieces.append((obj.start, obj.end))
                self._no_doubles(num, obj.value)
        self._no_doubles("trailer", rev.section.trailer)
        return sorted(pieces)

    def _no_doubles(self, where, value):
        if isinstance(value, Stream):
            value = value.dict
        if isinstance(value, Dict):
            keys = value.keys()
            self.expect(len(keys) == len(set(keys)), "W.7", f"a key twice in {where}")
            for _, item in value.pairs:
                self._no_doubles(where, item)
        elif isinstance(value, Array):
            for item in value.items:
                self._no_doubles(where, item)

    def _nothing_else(self, rev, pieces):
        at = rev.start
        for start, end in pieces:
            gap = self.buf[at:start] if at <= start else b"overlap"
            self.expect(not gap.strip(WS), "W.6", f"{bytes(gap[:24])!r} at {at}")
            at = max(at, end)
        tail = bytes(self.buf[at:rev.end])
        self.expect(re.fullmatch(rb"[\r\n]+startxref\r?\n%d\r?\n%%%%EOF\r?\n?\r?" % rev.section.offset, tail),
                    "W.6", f"behind the section stands {tail[:80]!r}")

    # -- what may change in rewritten objects

    def _rewritten(self, rev):
        roles = self._roles(rev)
        for num in rev.written():
            if rev.is_new(num):
                continue
            role = roles.get(num)
            if role is None:
                self.fail("5.6.13b", f"object {num} is rewritten")
                continue
            old, new = (doc.resolve(Ref(num, self._gen(rev.old, num))) for doc in (rev.old, rev.new))
            getattr(self, "_kept_" + role)(rev, f"{role} {num}", old, new)
        self._annots_kind(rev)

    @staticmethod
    def _gen(doc, num):
        entry = doc.entry(num)
        return entry[2] if entry[0] == "n" else 0

    def _roles(self, rev):
        doc, roles = rev.old, {}

        def role(value, name):
            if isinstance(value, Ref):
                roles[value.num] = name

        catalog = doc.resolve(doc.trailer.get(b"Root"))
        role(doc.trailer.get(b"Root"), "catalog")
        form = catalog.get(b"AcroForm")
        role(form, "form")
        if doc.resolve(form):
            role(doc.resolve(form).get(b"Fields"), "list")
        role(catalog.get(b"Extensions"), "extensions")
        role(catalog.get(b"Perms"), "perms")
        self._field_roles(rev, role)
        for page in self._touched_pages(rev):
            role(page, "page")
            role(doc.get(page).get(b"Annots") if doc.get(page) else None, "list")
        return roles

    def _field_roles(self, rev, role):
        """An empty field that got its signature with the widget below it, and what a new one goes below."""
        old = {key: f for key, f, *_ in fields_of(rev.old)}
        parents = {key: parent for key, _, parent, _ in fields_of(rev.new)}
        for key in self._signed_now(rev):
            if key in old:
                role(Ref(*key), "filled")
                kids = rev.old.get(old[key], b"Kids")
                for kid in kids.items if isinstance(kids, Array) else []:
                    role(kid, "widget")
                continue
            while key in parents and key not in old:
                key = parents[key]
            if key in old:
                role(Ref(*key), "group")
                role(old[key].get(b"Kids"), "list")

    @staticmethod
    def _signed_now(rev):
        """{key: (field, parent)} of signature fields with a value that they had not before."""
        old = {key: f for key, f, *_ in fields_of(rev.old)}
        new = {key: (f, parent) for key, f, parent, _ in fields_of(rev.new)}

        def kind(key):
            while key is not None and new[key][0].get(b"FT") is None:
                key = new[key][1]
            return key is not None and is_signature(rev.new, new[key][0])

        return {key: found for key, found in new.items() if rev.new.get(found[0], b"V") and kind(key)
                and not (key in old and rev.old.get(old[key], b"V"))}

    @staticmethod
    def _touched_pages(rev):
        """/P of the fields that are new: the pages that may gain an annotation."""
        before = {key for key, *_ in fields_of(rev.old)}
        pages = [f.get(b"P") for key, f, *_ in fields_of(rev.new) if key not in before]
        return [p for p in pages if isinstance(p, Ref)]

    def _kept(self, rev, where, old, new, free):
        """Every key of old but those of free is in new, written alike; new has no others."""
        if not (isinstance(old, Dict) and isinstance(new, Dict)):
            self.expect(self._same(old, new), "5.6.13a", f"{where} is not a dictionary any more")
            return
        for key in dict.fromkeys(old.keys() + new.keys()):
            if key in free:
                continue
            self.expect(self._same(old.get(key), new.get(key)), "5.6.13a",
                        f"{where}: /{key.decode('latin-1')} changed")

    def _kept_catalog(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"AcroForm", b"Extensions", b"Version", b"Perms"})
        for key, kept in ((b"AcroForm", self._kept_form), (b"Extensions", self._kept_extensions)):
            before, after = old.get(key), new.get(key)
            if isinstance(before, Ref):
                self.expect(self._same(before, after), "5.6.13a", f"{where}: /{key.decode()} moved")
            elif before is not None and after is not None:
                kept(rev, f"/{key.decode()}", before, rev.new.resolve(after))
            else:
                self.expect(before is None, "5.6.13a", f"{where}: /{key.decode()} dropped")

    def _kept_form(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"Fields", b"SigFlags", b"NeedAppearances"})
        before, after = old.get(b"Fields"), new.get(b"Fields")
        if isinstance(before, Ref):
            self.expect(self._same(before, after), "5.6.13a", f"{where}: /Fields moved")
        elif before is not None:
            self._kept_list(rev, "/Fields", before, rev.new.resolve(after))

    def _kept_list(self, rev, where, old, new):
        ok = isinstance(old, Array) and isinstance(new, Array) and len(new.items) >= len(old.items) and all(
            self._same(a, b) for a, b in zip(old.items, new.items))
        self.expect(ok, "5.6.13a", f"{where}: what was listed changed")

    def _kept_page(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"Annots", b"Tabs"})
        if isinstance(old.get(b"Annots"), Array) and isinstance(new.get(b"Annots"), Array):
            self._kept_list(rev, "/Annots", old.get(b"Annots"), new.get(b"Annots"))
        added = old.get(b"Tabs") is None and new.get(b"Tabs") is not None
        self.expect(self._same(old.get(b"Tabs"), new.get(b"Tabs")) or added and not is_signed(rev.old), "5.6.15g",
                    f"{where}: /Tabs changed")

    def _kept_filled(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"V", b"AP", b"F"})

    def _kept_widget(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"AP", b"F"})

    def _kept_group(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"Kids"})
        if isinstance(old.get(b"Kids"), Array):
            self._kept_list(rev, where, old.get(b"Kids"), new.get(b"Kids"))

    def _kept_perms(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"DocMDP", b"UR", b"UR3"})

    def _kept_extensions(self, rev, where, old, new):
        self._kept(rev, where, old, new, {b"ESIC"})

    def _annots_kind(self, rev):
        for page in self._touched_pages(rev):
            old, new = (doc.resolve(page) for doc in (rev.old, rev.new))
            before, after = (d.get(b"Annots") if isinstance(d, Dict) else None for d in (old, new))
            if before is not None and type(before) is not type(after) or (
                    isinstance(before, Ref) and not self._same(before, after)):
                self.fail("5.6.12", f"/Annots of page {page.num} was a {type(before).__name__}")

    # -- the new field and the form

    def _new_signature(self, rev):
        every = fields_of(rev.new)
        new = [(key, *found) for key, found in self._signed_now(rev).items()]
        if not self.expect(len(new) == 1, "W.8", f"{len(new)} new signature fields in one revision"):
            return None
        key, field, parent = new[0]
        name = rev.new.get(field, b"T")
        others = [rev.new.get(f, b"T") for k, f, p, _ in every if k != key and p == parent]
        taken = {n.data for n in others if isinstance(n, Str)}
        old = key in {key for key, *_ in fields_of(rev.old)}
        ok = isinstance(name, Str) and name.data and (old or b"." not in name.data) and name.data not in taken
        self.expect(ok, "W.8", "its name is missing, taken or has a full stop")
        return key, field, parent

    def _field(self, rev, key, field, parent):
        doc = rev.new
        own_parent = field.get(b"Parent")
        consistent = (own_parent.key if isinstance(own_parent, Ref) else None) == parent
        self.expect(consistent, "5.6.16", "/Parent and the /Kids or /Fields that lead here disagree")
        if key in {key for key, *_ in fields_of(rev.old)}:
            self._filled(doc, field)
            return
        self.expect(field.get(b"Kids") is None, "5.6.21", "the field has /Kids")
        subtype = doc.get(field, b"Subtype")
        self.expect(isinstance(subtype, Name) and subtype.data == b"Widget", "5.6.16", "no widget")
        self.expect(number(doc.get(field, b"F")) == 132, "5.6.15b", "/F is not 132")
        rect = doc.get(field, b"Rect")
        sides = [i.value for i in rect.items if isinstance(i, Num)] if isinstance(rect, Array) else []
        self.expect(len(sides) == 4 and sides[0] == sides[2] and sides[1] == sides[3], "5.6.15c",
                    f"/Rect {sides}")
        self._appearance(doc, doc.get(field, b"AP", b"N"))
        self._page(rev, key, field)
        self._tagged(rev, field, sides)
        self._one_page(rev, field)

    def _tagged(self, rev, field, sides):
        """What ISO 14289-1, 7.18 asks of an annotation that stands outside the structure."""
        doc, page = rev.new, rev.new.resolve(field.get(b"P"))
        if not is_tagged(doc) or not isinstance(page, Dict) or len(sides) != 4:
            return
        box = crop_box(doc, page)
        beyond = box is None or sides[0] <= box[0] or sides[0] >= box[2] or sides[1] <= box[1] or sides[1] >= box[3]
        self.expect(beyond and isinstance(doc.get(field, b"TU"), Str), "5.6.15e", f"/Rect {sides} inside {box}, or no /TU")
        before = rev.old.resolve(rev.old.resolve(field.get(b"P")).get(b"Annots"))
        tabs = doc.get(page, b"Tabs")
        if not (isinstance(before, Array) and before.items) and not is_signed(rev.old):
            self.expect(isinstance(tabs, Name), "5.6.15f", "the page has no /Tabs")

    def _one_page(self, rev, field):
        for _, other, *_ in fields_of(rev.old):
            rect, page = rev.old.get(other, b"Rect"), other.get(b"P")
            flat = isinstance(rect, Array) and len(rect.items) == 4 and all(isinstance(i, Num) for i in rect.items) and (
                rect.items[0].value == rect.items[2].value and rect.items[1].value == rect.items[3].value)
            signed = is_signature(rev.old, other) and other.get(b"V")
            if flat and signed and isinstance(page, Ref) and isinstance(field.get(b"P"), Ref):
                self.expect(page.key == field.get(b"P").key, "5.6.15h", f"page {field.get(b'P').num}, not {page.num}")

    def _filled(self, doc, field):
        """An empty field of the document: what it looks like is its own affair, but it has a look."""
        kids = doc.get(field, b"Kids")
        widget = doc.resolve(kids.items[0]) if isinstance(kids, Array) and kids.items else field
        if kids is not None or widget.get(b"Rect") is not None:
            flags = number(doc.get(widget, b"F"))
            self.expect(flags is not None and flags & 132 == 132, "5.6.15b", f"/F is {flags}")
            self.expect(isinstance(doc.get(widget, b"AP", b"N"), Stream), "5.6.15d", "/AP /N is no stream")

    def _appearance(self, doc, stream):
        if not self.expect(isinstance(stream, Stream), "5.6.15d", "/AP /N is no stream"):
            return
        box, subtype = doc.get(stream, b"BBox"), doc.get(stream, b"Subtype")
        ok = isinstance(subtype, Name) and subtype.data == b"Form" and isinstance(box, Array) \
            and len(box.items) == 4 and all(isinstance(i, Num) for i in box.items)
        self.expect(ok, "5.6.15d", "/AP /N is no form XObject with /BBox")
        self.expect(not doc.decode(stream).strip(WS), "5.6.15d", "/AP /N is not empty")

    def _page(self, rev, key, field):
        doc, ref = rev.new, field.get(b"P")
        page = doc.resolve(ref)
        if not self.expect(isinstance(ref, Ref) and isinstance(page, Dict), "5.6.16", "/P is no page"):
            return
        annots = doc.get(page, b"Annots")
        named = [i.key for i in annots.items if isinstance(i, Ref)] if isinstance(annots, Array) else []
        self.expect(key in named, "5.6.16", "its page does not name the widget")
        elsewhere = sum(self._names(doc, other, key) for other in self._pages(doc)
                        if other.key != ref.key)
        self.expect(named.count(key) + elsewhere <= 1, "5.6.21", "the widget is named more than once")
        self.expect(self._in_tree(doc, ref), "5.6.16", "/P is not in the page tree")

    @staticmethod
    def _names(doc, page, key):
        annots = doc.get(page, b"Annots")
        items = annots.items if isinstance(annots, Array) else []
        return sum(isinstance(i, Ref) and i.key == key for i in items)

    @staticmethod
    def _pages(doc, limit=5000):
        """Leaves of the page tree, as references; the first `limit` of them."""
        todo, out, seen = [doc.get(doc.trailer, b"Root").get(b"Pages")], [], set()
        while todo and len(seen) < limit:
            ref = todo.pop()
            if not isinstance(ref, Ref) or ref.key in seen:
                continue
            seen.add(ref.key)
            kids = doc.get(ref, b"Kids")
            if isinstance(kids, Array):
                todo += kids.items[::-1]
            else:
                out.append(ref)
        return out

    @staticmethod
    def _in_tree(doc, ref):
        root = doc.get(doc.trailer, b"Root").get(b"Pages")
        for _ in range(200):
            if isinstance(root, Ref) and ref.key == root.key:
                return True
            parent = doc.resolve(ref).get(b"Parent")
            kids = doc.get(parent, b"Kids")
            if not isinstance(parent, Ref) or not isinstance(kids, Array) or ref.key not in [
                    k.key for k in kids.items if isinstance(k, Ref)]:
                return False
            ref = parent
        return False

    def _form(self, rev):
        old, new = (doc.get(doc.trailer, b"Root", b"AcroForm") for doc in (rev.old, rev.new))
        flags = number(rev.new.get(new, b"SigFlags"))
        self.expect(flags is not None and flags & 3 == 3, "5.6.15a", f"/SigFlags {flags}")
        before, after = (doc.get(d, b"NeedAppearances") if d else None
                         for doc, d in ((rev.old, old), (rev.new, new)))
        signed = is_signed(rev.old)
        if not self._same(before, after):
            dropped = after is None or isinstance(after, Word) and after.data == b"false"
            self.expect(dropped and not signed, "5.6.14", "/NeedAppearances changed")
        self._extensions(rev)

    def _extensions(self, rev):
        old, new = (self._version(doc) for doc in (rev.old, rev.new))
        before, after = (doc.get(doc.trailer, b"Root", b"Extensions", b"ESIC")
                         for doc in (rev.old, rev.new))
        same = self._same(before, after) and old == new
        fixed = old >= (2, 0) or is_bound(rev.old)
        if fixed:
            self.expect(same, "5.6.20a", f"/ESIC or /Version in a file of {old} that is bound to it")
        elif is_signed(rev.old):
            self.expect(same, "5.6.20b", "/ESIC or /Version changed with a later signature")
        else:
            self.expect(old == new or old < new == (1, 7), "5.6.20c", f"version {old} became {new}")
            self.expect(after is not None, "5.6.20", "no /Extensions /ESIC")
        if after is not None and not self._same(before, after):
            self._esic(rev.new, after, new)

    def _esic(self, doc, entry, version):
        base, level = doc.get(entry, b"BaseVersion"), number(doc.get(entry, b"ExtensionLevel"))
        m = re.fullmatch(rb"(\d)\.(\d)", base.data) if isinstance(base, Name) else None
        ok = m and (int(m[1]), int(m[2])) <= version and level in (1, 2)
        self.expect(ok, "5.6.20", "/BaseVersion above the file's version, or a wrong /ExtensionLevel")

    def _version(self, doc):
        head = re.compile(rb"%PDF-(\d)\.(\d)").search(self.buf, 0, 1024)
        found = [head.groups()] if head else []
        name = doc.get(doc.trailer, b"Root", b"Version")
        if isinstance(name, Name) and re.fullmatch(rb"\d\.\d", name.data):
            found.append(tuple(name.data.split(b".")))
        return max(((int(a), int(b)) for a, b in found), default=(1, 0))

    # -- the signature dictionary and its CMS

    def _signature(self, rev, field):
        ref = field.get(b"V")
        obj = rev.new.object(*ref.key) if isinstance(ref, Ref) else None
        if obj is None or ref.num not in rev.ids:
            self.fail("5.6.1d", "/V is no indirect object of this revision")
            return
        numbers = self.byte_range(rev.new, obj, rev.end)
        if isinstance(obj.value, Dict):
            self._dictionary(rev.new, obj.value)
        if numbers is None:
            return
        array = obj.value.get(b"ByteRange")
        self._spelling(array)
        contents = self._hex(obj.value.get(b"Contents"))
        if contents is not None:
            self._cms(rev, obj.value, contents, numbers)

    def _spelling(self, array):
        text = bytes(self.buf[array.start:array.end])
        self.expect(re.fullmatch(rb"\[0 [1-9]\d* [1-9]\d* (?:0|[1-9]\d*)\]", text), "5.6.2",
                    f"written {text[:60]!r}")
        padding = SKIP_WS.match(self.buf, array.end).group()
        self.expect(not padding.strip(b" \n"), "5.6.2", f"padded with {bytes(padding)!r}")

    def _hex(self, contents):
        digits = bytes(self.buf[contents.start + 1:contents.end - 1])
        if not self.expect(len(digits) % 2 == 0 and not set(digits) & set(WS), "5.6.3a",
                           "white space or half a pair in /Contents"):
            return None
        return bytes.fromhex(digits.decode())

    def _dictionary(self, doc, d):
        for key, wanted, rule in ((b"Type", b"Sig", "6.1.12"), (b"SubFilter", b"ETSI.CAdES.detached", "5.1")):
            value = doc.get(d, key)
            self.expect(isinstance(value, Name) and value.data == wanted, rule,
                        f"/{key.decode()} is not /{wanted.decode()}")
        self.expect(isinstance(doc.get(d, b"Filter"), Name), "6.1.12", "no /Filter")
        self.expect(d.get(b"Cert") is None, "6.1.12", "/Cert is there")
        self._date(doc.get(d, b"M"))
        build = doc.get(d, b"Prop_Build")
        if build is not None:
            ok = isinstance(build, Dict) and all(
                isinstance(v, Dict) and isinstance(doc.get(v, b"Name"), Name)
                for v in (doc.resolve(item) for _, item in build.pairs))
            self.expect(ok, "5.6.17", "/Prop_Build is not of that shape")
        reference = doc.get(d, b"Reference")
        items = reference.items if isinstance(reference, Array) else []
        self.expect(all(doc.get(i, b"TransformMethod") for i in items), "5.5", "empty /Reference entry")

    def _date(self, value):
        text = value.data if isinstance(value, Str) else b""
        m = re.fullmatch(rb"D:(\d{14})(?:Z|[+-](\d\d)'(\d\d)')", text)
        ok = bool(m)
        if m:
            try:
                datetime.datetime.strptime(m[1].decode(), "%Y%m%d%H%M%S")
            except ValueError:
                ok = False
            ok = ok and (m[2] is None or int(m[2]) < 24 and int(m[3]) < 60)
        self.expect(ok, "5.6.11", f"/M {text!r}")

    def _cms(self, rev, dictionary, contents, numbers):
        try:
            signed = cms.SignedData(contents)
            tail = contents[signed.end:]
            self.expect(not tail.strip(b"\0"), "5.6.3b", "bytes behind the CMS are not zero")
            signed.check_der()
        except (cms.DerError, ValueError, IndexError) as error:
            self.fail("6.1.1", str(error))
            return
        self.expect(signed.content is None, "6.1.3", "there is encapsulated content")
        self.expect(signed.content_type == cms.OID_DATA, "6.1.3", f"its type is {signed.content_type}")
        if not self.expect(len(signed.signers) == 1, "6.1.2", f"{len(signed.signers)} SignerInfos"):
            return
        self._signer(rev, dictionary, signed, signed.signers[0], numbers)

    def _signer(self, rev, dictionary, signed, signer, numbers):
        cert = next((c for c in signed.certs if signer.identifies(c)), None)
        self.expect(cert is not None, "6.1.4", "no certificate for the SignerInfo")
        hash_name = self._algorithms(signed, signer)
        self._signed_attrs(signer)
        self._one(signer, A_CONTENT_TYPE, "6.1.5", lambda v: v.oid() == cms.OID_DATA)
        if hash_name:
            self._one(signer, A_DIGEST, "6.1.6",
                      lambda v: bytes(v.expect(4, "digest").body) == self._digest(hash_name, numbers))
        self._one(signer, A_CERT_V2, "6.1.7", lambda v: self._ess(v, cert))
        self.expect(not signer.attrs(A_CERT), "6.1.7", "signing-certificate beside v2")
        self.expect(not signer.attrs(A_TIME), "6.1.9", "signing-time is there")
        promises = signer.attrs(A_COMMITMENT) + signer.attrs(A_POLICY)
        self.expect(not (promises and dictionary.get(b"Reason")), "6.1.13", "/Reason is there too")
        self._timestamp(signer)

    def _digest(self, name, numbers):
        h, (_, a, b, c), step = hashlib.new(name), numbers, 1 << 22
        for start, end in ((0, a), (b, b + c)):
            for at in range(start, end, step):
                h.update(self.buf[at:min(at + step, end)])
        return h.digest()

    def _one(self, signer, oid, rule, good):
        found = signer.attrs(oid)
        try:
            ok = len(found) == 1 and good(found[0].values[0])
        except (cms.DerError, IndexError, ValueError):
            ok = False
        self.expect(ok, rule, f"attribute {oid}: {len(found)} of it, or the wrong value")

    def _ess(self, value, cert):
        explicit, digest, issuer_serial = cms.ess_cert_v2(value)
        self.expect(explicit is None or cms.HASHES.get(explicit) != "sha256", "6.1.8", "SHA-256 spelled out")
        name = cms.HASHES.get(explicit) if explicit else "sha256"
        if cert is None or name is None:
            return False
        if issuer_serial is not None:
            general, serial = issuer_serial.kids()
            name_node = general.kids()[0].kids()[0]
            if (bytes(name_node.raw), bytes(serial.body)) != (cert.issuer, cert.serial):
                return False
        return digest == cms.digest(name, cert.raw)

    def _algorithms(self, signed, signer):
        name = cms.HASHES.get(signer.digest.oid)
        known = signer.signature_algorithm.oid in cms.SIGNATURES
        implied = cms.SIGNATURES.get(signer.signature_algorithm.oid)
        ok = name and known and signed.digests == [signer.digest.oid] and implied in (None, name)
        self.expect(ok, "6.1.15", f"digest {name}, signature {signer.signature_algorithm.oid}")
        if signer.signature_algorithm.oid == cms.OID_PSS and name:
            h, mgf, salt = cms.pss_params(signer.signature_algorithm)
            self.expect((cms.HASHES.get(h), cms.HASHES.get(mgf), salt) ==
                        (name, name, hashlib.new(name).digest_size), "5.6.18", f"PSS with {h}, {mgf}, {salt}")
        return name

    def _signed_attrs(self, signer):
        raws = [a.raw for a in signer.signed_attrs]
        oids = [a.oid for a in signer.signed_attrs]
        ok = raws == sorted(raws) and len(set(oids)) == len(oids) and all(
            len(a.values) == 1 for a in signer.signed_attrs)
        self.expect(ok, "6.1.10", "unsorted, repeated, or with several values")
        for attrs, forbidden in ((signer.signed_attrs, FORBIDDEN_SIGNED),
                                 (signer.unsigned_attrs, FORBIDDEN_UNSIGNED)):
            for attr in attrs:
                self.expect(attr.oid not in forbidden, "6.1.11", forbidden.get(attr.oid, ""))

    def _timestamp(self, signer):
        stamps = [v for a in signer.attrs(A_STAMP, unsigned=True) for v in a.values]
        if self.level is not None:
            self.expect(len(stamps) == (self.level == "t"), "6.1.14", f"{len(stamps)} signature timestamps")
        for stamp in stamps:
            try:
                name, imprint = cms.timestamp_imprint(stamp)
                ok = name == "sha256" and imprint == cms.digest(name, signer.signature)
            except (cms.DerError, IndexError, ValueError) as error:
                ok = self.fail("5.6.19", str(error))
            self.expect(ok, "5.6.19", "imprint of something else, or of another hash")


def open_bytes(path):
    with open(path, "rb") as f:
        try:
            return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            return f.read()


def check(path, input_path=None, level=None):
    """A finished Checker of the file at path."""
    checker = Checker(open_bytes(path), open_bytes(input_path) if input_path else None, level)
    checker.run()
    return checker


def main():
    parser = argparse.ArgumentParser(description="byte rules of a PAdES seal")
    parser.add_argument("output", nargs="?")
    parser.add_argument("--input")
    parser.add_argument("--level", choices=["b", "t"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rules", action="store_true", help="list the rules")
    args = parser.parse_args()
    if args.rules:
        print("\n".join(f"{rule}: {text}" for rule, text in RULES.items()))
        return 0
    if not args.output:
        parser.error("no file named")
    result = check(args.output, args.input, args.level)
    if args.json:
        print(json.dumps({"file": args.output, "ok": not result.broken, "signatures": result.signatures,
                          "broken": [{"rule": r, "message": m} for r, m in result.broken],
                          "warnings": result.warnings}))
    else:
        for rule, message in result.broken:
            print(f"{args.output}: {rule}: {RULES[rule]}: {message}")
        for message in result.warnings:
            print(f"{args.output}: warning: {message}", file=sys.stderr)
    return 1 if result.broken else 0


if __name__ == "__main__":
    sys.exit(main())
