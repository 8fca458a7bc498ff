"""Writes PDF files of many structures for the tests: the values, their spelling, and the sections.

A File is a list of revisions; each writes objects, frees others, and ends with a cross-reference
section of the kind asked for. How tokens are spelled (spaces, line ends, comments, escapes) is drawn
from the style's random source, so one seed always gives one file. Only valid spellings are drawn.
"""
import zlib


class N(str):
    """A name."""


class R(tuple):
    """A reference: R((number, generation))."""


class Raw(bytes):
    """Text that is written as it stands."""


class Stm:
    """A stream: dictionary and data; flate compresses it."""

    def __init__(self, d, data, flate=False):
        self.d, self.data, self.flate = d, data, flate


def balanced(data):
    """Whether the parentheses of a string may stand unescaped."""
    depth = 0
    for byte in data:
        depth += (byte == 40) - (byte == 41)
        if depth < 0:
            return False
    return depth == 0


class Style:
    """Spelling: line end, spacing (0 plain, 1 tight, 2 odd, 3 odd with comments), escapes."""

    def __init__(self, rng, eol=b"\n", spacing=0, escapes=False):
        self.rng, self.eol, self.spacing, self.escapes = rng, eol, spacing, escapes
        self.cipher = None   # what strings go through, while an object of an encrypted file is written

    def gap(self, needed):
        """What stands between two tokens; needed: at least one character."""
        if self.spacing == 0:
            return b" "
        if self.spacing == 1:
            return b" " if needed else b""
        pick = self.rng.randrange(12)
        if pick == 0 and self.spacing == 3:
            return b" % %%EOF startxref 0 endobj >>" + self.eol
        if pick < 3:
            return self.eol
        if pick < 5:
            return b"\t \f "
        return b" " if needed or pick < 9 else b""

    def name(self, text):
        if isinstance(text, Raw):
            return bytes(text)
        raw = text.encode("latin-1")
        out = b"".join(bytes([c]) if 33 <= c <= 126 and c not in b"#()<>[]{}/%" else b"#%02X" % c for c in raw)
        if self.escapes and self.rng.randrange(4) == 0 and out[:1].isalpha():
            out = b"#%02x" % out[0] + out[1:]
        return b"/" + out

    def string(self, data):
        data = self.cipher(data) if self.cipher else data
        if self.spacing > 1 and self.rng.randrange(3) == 0:
            text = data.hex().encode()
            return b"<" + text[:4] + b" \n" + text[4:] + b">" if len(text) > 4 else b"<" + text + b">"
        out = data.replace(b"\\", b"\\\\").replace(b"\r", b"\\r")
        if not balanced(out):
            out = out.replace(b"(", b"\\(").replace(b")", b"\\)")
        return b"(" + out + b")"

    def value(self, v):
        if isinstance(v, Raw):
            return bytes(v)
        if isinstance(v, N):
            return self.name(v)
        if isinstance(v, R):
            gap = self.gap(True)
            return b"%d%s%d%sR" % (v[0], gap, v[1], self.gap(True))
        if isinstance(v, bytes):
            return self.string(v)
        if isinstance(v, bool):
            return b"true" if v else b"false"
        if v is None:
            return b"null"
        if isinstance(v, (int, float)):
            return repr(v).encode()
        parts = self._list(v) if isinstance(v, list) else self._dict(v)
        return parts

    def _join(self, parts):
        out = bytearray()
        for part in parts:
            tight = not out or out[-1:] in b"<>[]()" or part[:1] in b"/<>[]("
            out += self.gap(not tight) + part
        return bytes(out)

    def _list(self, v):
        return b"[" + self._join([self.value(i) for i in v]) + self.gap(False) + b"]"

    def _dict(self, v):
        flat = [p for k, i in v.items() for p in (self.name(k), self.value(i))]
        return b"<<" + self._join(flat) + self.gap(False) + b">>"


def up_predictor(data, width):
    """PNG "up" rows, as /Predictor 12 wants them."""
    out, prior = bytearray(), bytes(width)
    for at in range(0, len(data), width):
        row = data[at:at + width]
        out += b"\x02" + bytes((a - b) & 0xFF for a, b in zip(row, prior))
        prior = row
    return bytes(out)


class File:
    def __init__(self, style, version="1.7", binary=True, lock=None):
        self.style, self.out = style, bytearray()
        self.lock = lock     # a pdfcrypt.Lock
        self.clear = set()   # ids whose strings stay as they are: /Encrypt
        self.rows = {}       # id: (type, a, b) as the newest section that has it says
        self.prev = None
        self.out += b"%PDF-" + version.encode() + style.eol
        if binary:
            self.out += b"%\xe2\xe3\xcf\xd3" + style.eol

    # -- objects

    def put(self, num, value, gen=0):
        """Writes an object here and returns its row."""
        eol = self.style.eol
        at = len(self.out)
        self.out += b"%d %d obj" % (num, gen) + eol
        if self.lock and num not in self.clear and not (isinstance(value, Stm) and value.d.get("Type") == "XRef"):
            self.style.cipher = lambda data: self.lock.data(num, gen, data)
        if isinstance(value, Stm):
            self._put_stream(value, num, gen)
        else:
            self.out += self.style.value(value)
        self.style.cipher = None
        self.out += eol + b"endobj" + eol
        return ("n", at, gen)

    def _put_stream(self, stm, num, gen):
        data, d = stm.data, dict(stm.d)
        if stm.flate:
            data = zlib.compress(data)
            d["Filter"] = N("FlateDecode")
        data, d = self.encoded(data, d)
        if self.lock:
            data = self.lock.stream(num, gen, d, data)
        d.setdefault("Length", len(data))
        first = b"\r\n" if self.style.eol == b"\r\n" else b"\n"
        self.out += self.style.value(d) + self.style.eol + b"stream" + first + data
        self.out += self.style.eol + b"endstream"

    def encoded(self, data, d):
        """The last step of a stream, for those who encrypt."""
        return data, d

    def put_objstm(self, num, members, extends=None):
        """Writes an object stream and returns the rows of it and its members."""
        head, body = b"", b""
        for member, value in members:
            head += b"%d %d " % (member, len(body))
            body += self.style.value(value) + b"\n"
        d = {"Type": N("ObjStm"), "N": len(members), "First": len(head)}
        if extends:
            d["Extends"] = R((extends, 0))
        rows = {num: self.put(num, Stm(d, head + body, flate=self.style.rng.randrange(4) > 0))}
        rows.update({member: ("c", num, i) for i, (member, _) in enumerate(members)})
        return rows

    # -- sections

    def runs(self, rows):
        out = []
        for num in sorted(rows):
            if out and out[-1][0] + out[-1][1] == num:
                out[-1][1] += 1
            else:
                out.append([num, 1])
        return out

    def table(self, rows, trailer):
        """A table and trailer; hidden rows ("c") have no place in one."""
        eol, at = self.style.eol, len(self.out)
        end = b" " + eol if len(eol) == 1 else eol
        self.out += b"xref" + eol
        for first, count in self.runs(rows):
            self.out += b"%d %d" % (first, count) + eol
            for num in range(first, first + count):
                kind, a, b = rows[num]
                self.out += b"%010d %05d %s" % (a, b, kind.encode()) + end
        self.out += b"trailer" + eol + self.style.value(trailer) + eol
        return at

    def xref_stream(self, num, rows, trailer):
        """A cross-reference stream that lists itself."""
        rng, at = self.style.rng, len(self.out)
        rows = {**rows, num: ("n", at, 0)}
        wide = max(2, (max(max(r[1] for r in rows.values()), at).bit_length() + 7) // 8 + rng.randrange(2))
        last = max(1, max((r[2].bit_length() + 7) // 8 for r in rows.values()))
        kinds = {"f": 0, "n": 1, "c": 2}
        data = b"".join(bytes([kinds[k]]) + a.to_bytes(wide, "big") + b.to_bytes(last, "big")
                        for k, a, b in (rows[n] for n in sorted(rows)))
        d = {"Type": N("XRef"), **trailer, "W": [1, wide, last]}
        runs = self.runs(rows)
        if runs != [[0, trailer["Size"]]] or rng.randrange(2):
            d["Index"] = [i for run in runs for i in run]
        pick = rng.randrange(3)
        if pick == 2:
            width = 1 + wide + last
            data = up_predictor(data, width)
            d["DecodeParms"] = {"Predictor": 12, "Columns": width}
        self.put(num, Stm(d, data, flate=pick > 0))
        return at

    def finish(self, at, final_eol=True):
        eol = self.style.eol
        self.out += b"startxref" + eol + b"%d" % at + eol + b"%%EOF" + (eol if final_eol else b"")
        self.prev = at
