"""A small PDF reader of its own for the tests: it shares no line with the library it checks.

Reads cross-reference tables, cross-reference streams, object streams, hybrid files and the /Prev chain
of any prefix of a file, keeps where each token stands and how each number was written, and looks
entries up where they are, so that a file of millions of objects costs little. Not a repairer: what a
strict reader would refuse raises PdfError. (ISO 32000-2, 7.2 to 7.5)
"""
import re
import zlib

MAX_DEPTH = 200
MAX_SECTIONS = 2000
WS = b"\0\t\n\f\r "
_SKIP = re.compile(rb"(?:[\0\t\n\f\r ]+|%[^\r\n]*)*")
_BLANK = re.compile(rb"[\0\t\n\f\r ]*")
_NUMBER = re.compile(rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?=[\0\t\n\f\r ()<>\[\]{}/%]|$)")
_UINT = re.compile(rb"\d+(?=[\0\t\n\f\r ()<>\[\]{}/%]|$)")
_REF_END = re.compile(rb"R(?=[\0\t\n\f\r ()<>\[\]{}/%]|$)")
_REGULAR = re.compile(rb"[^\0\t\n\f\r ()<>\[\]{}/%]*")
_HEX = re.compile(rb"<[0-9A-Fa-f\0\t\n\f\r ]*>")
_OBJ = re.compile(rb"(\d+)[\0\t\n\f\r ]+(\d+)[\0\t\n\f\r ]+obj(?=[\0\t\n\f\r ()<>\[\]{}/%]|$)")
_ENTRIES = re.compile(rb"(?:\d{10} \d{5} [nf](?: \n| \r|\r\n))*")
_ENTRY_LOOSE = re.compile(rb"[ \t]*(\d{1,20})[ \t]+(\d{1,10})[ \t]+([nf])[ \t]*(?:\r\n|\r|\n)?")
_SUBSECTION = re.compile(rb"[\0\t\n\f\r ]*(\d+)[ \t]+(\d+)[ \t]*(?:\r\n|\r|\n)")
_STREAM = re.compile(rb"stream(\r\n|\n)")


class PdfError(Exception):
    """The file is not what a strict reader accepts."""


class Value:
    """What every value knows: where it stands (start is its first byte, end the one after its last)."""

    start = end = 0

    def canon(self):
        raise NotImplementedError


class Name(Value):
    def __init__(self, data):
        self.data = data

    def canon(self):
        return ("name", self.data)


class Num(Value):
    def __init__(self, raw):
        self.raw = raw

    @property
    def is_int(self):
        return b"." not in self.raw

    @property
    def value(self):
        return int(self.raw) if self.is_int else float(self.raw)

    def canon(self):
        return ("num", self.raw)


class Str(Value):
    def __init__(self, data, is_hex):
        self.data = data
        self.is_hex = is_hex

    def canon(self):
        return ("str", self.data)


class Word(Value):
    def __init__(self, data):
        self.data = data

    def canon(self):
        return ("word", self.data)


class Ref(Value):
    def __init__(self, num, gen):
        self.num = num
        self.gen = gen

    @property
    def key(self):
        return (self.num, self.gen)

    def canon(self):
        return ("ref", self.num, self.gen)


class Array(Value):
    def __init__(self):
        self.items = []

    def canon(self):
        return ("array", tuple(item.canon() for item in self.items))


class Dict(Value):
    def __init__(self):
        self.pairs = []

    def get(self, key):
        found = None
        for name, value in self.pairs:
            if name.data == key:
                found = value
        if isinstance(found, Word) and found.data == b"null":
            return None
        return found

    def keys(self):
        return [name.data for name, _ in self.pairs]

    def canon(self):
        return ("dict", tuple(sorted((n.data, v.canon()) for n, v in self.pairs)))


class Stream(Value):
    """A dictionary and the bytes behind it, still filtered."""

    def __init__(self, dictionary, data_start, data_end):
        self.dict = dictionary
        self.data_start = data_start
        self.data_end = data_end

    def canon(self):
        return ("stream", self.dict.canon(), self.data_start)


class Obj:
    """An indirect object: num, gen, value and its bytes; container is its object stream's number."""

    def __init__(self, num, gen, value, start, end, container=None):
        self.num, self.gen, self.value = num, gen, value
        self.start, self.end, self.container = start, end, container


class Parser:
    """Values of a buffer up to `end`."""

    def __init__(self, buf, end):
        self.buf = buf
        self.end = end

    def skip(self, pos):
        return _SKIP.match(self.buf, pos, self.end).end()

    def byte(self, pos):
        return self.buf[pos] if pos < self.end else -1

    def value(self, pos, depth=0):
        """The value at or after pos."""
        if depth > MAX_DEPTH:
            raise PdfError(f"nesting deeper than {MAX_DEPTH} at {pos}")
        pos = self.skip(pos)
        c = self.byte(pos)
        if c == 0x3C and self.byte(pos + 1) == 0x3C:
            return self._dict(pos, depth)
        for char, method in ((0x5B, self._array), (0x2F, self._name), (0x28, self._literal), (0x3C, self._hex)):
            if c == char:
                return method(pos, depth)
        return self._number_or_word(pos)

    def _span(self, value, start, end):
        value.start, value.end = start, end
        return value

    def _number_or_word(self, pos):
        m = _NUMBER.match(self.buf, pos, self.end)
        if m:
            ref = self._ref(pos)
            return ref or self._span(Num(m.group()), pos, m.end())
        m = _REGULAR.match(self.buf, pos, self.end)
        if m.group() in (b"true", b"false", b"null"):
            return self._span(Word(m.group()), pos, m.end())
        raise PdfError(f"no value at {pos}: {bytes(self.buf[pos:min(pos + 20, self.end)])!r}")

    def _ref(self, pos):
        first = _UINT.match(self.buf, pos, self.end)
        if not first:
            return None
        second = _UINT.match(self.buf, self.skip(first.end()), self.end)
        if not second:
            return None
        last = _REF_END.match(self.buf, self.skip(second.end()), self.end)
        if not last:
            return None
        return self._span(Ref(int(first.group()), int(second.group())), pos, last.end())

    def _name(self, pos, _depth):
        m = _REGULAR.match(self.buf, pos + 1, self.end)
        data = re.sub(rb"#([0-9A-Fa-f]{2})", lambda h: bytes([int(h.group(1), 16)]), m.group())
        return self._span(Name(data), pos, m.end())

    def _hex(self, pos, _depth):
        m = _HEX.match(self.buf, pos, self.end)
        if not m:
            raise PdfError(f"bad hexadecimal string at {pos}")
        digits = m.group()[1:-1].translate(None, WS)
        if len(digits) % 2:
            digits += b"0"
        return self._span(Str(bytes.fromhex(digits.decode()), True), pos, m.end())

    def _literal(self, start, _depth):
        out, pos, level = bytearray(), start + 1, 1
        while True:
            c = self.byte(pos)
            if c < 0:
                raise PdfError(f"string without end at {start}")
            if c == 0x5C:
                pos = self._escape(pos + 1, out)
                continue
            level += (c == 0x28) - (c == 0x29)
            pos += 1
            if level == 0:
                return self._span(Str(bytes(out), False), start, pos)
            if c == 0x0D:
                pos += self.byte(pos) == 0x0A
                c = 0x0A
            out.append(c)

    def _escape(self, pos, out):
        c = self.byte(pos)
        if c == 0x0D:
            return pos + 1 + (self.byte(pos + 1) == 0x0A)
        if c == 0x0A:
            return pos + 1
        if 0x30 <= c <= 0x37:
            m = re.compile(rb"[0-7]{1,3}").match(self.buf, pos, self.end)
            out.append(int(m.group(), 8) & 0xFF)
            return m.end()
        if c >= 0:
            out.append({0x6E: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12}.get(c, c))
        return pos + 1

    def _array(self, start, depth):
        out, pos = Array(), start + 1
        while True:
            pos = self.skip(pos)
            if self.byte(pos) == 0x5D:
                return self._span(out, start, pos + 1)
            item = self.value(pos, depth + 1)
            out.items.append(item)
            pos = item.end

    def _dict(self, start, depth):
        out, pos = Dict(), start + 2
        while True:
            pos = self.skip(pos)
            if self.byte(pos) == 0x3E and self.byte(pos + 1) == 0x3E:
                return self._span(out, start, pos + 2)
            if self.byte(pos) != 0x2F:
                raise PdfError(f"dictionary key expected at {pos}")
            key = self._name(pos, depth)
            item = self.value(key.end, depth + 1)
            out.pairs.append((key, item))
            pos = item.end


class Section:
    """One cross-reference section. kind is "table" or "stream"; hidden is a hybrid file's stream."""

    def __init__(self, kind, offset, trailer, end):
        self.kind, self.offset, self.trailer, self.end = kind, offset, trailer, end
        self.hidden = None
        self.num = self.gen = None

    def entry(self, num):
        for first, count, read in self.parts:
            if first <= num < first + count:
                return read(num - first)
        return None

    def entries(self):
        for first, count, read in self.parts:
            for i in range(count):
                yield (first + i, *read(i))

    def highest(self):
        return max((first + count - 1 for first, count, _ in self.parts if count), default=-1)


class Doc:
    """The document that the first `end` bytes of buf are."""

    def __init__(self, buf, end=None):
        self.buf = buf
        self.end = len(buf) if end is None else end
        self.parser = Parser(buf, self.end)
        self.cache = {}
        self.objstms = {}
        self.startxref = self._find_startxref()
        self.sections = self._walk(self.startxref)
        self.trailer = self.sections[0].trailer

    # -- cross-reference sections

    def _find_startxref(self):
        at = self.buf.rfind(b"startxref", max(0, self.end - 4096), self.end)
        if at < 0:
            raise PdfError("no startxref")
        m = _UINT.match(self.buf, self.parser.skip(at + 9), self.end)
        if not m:
            raise PdfError("startxref without a number")
        return int(m.group())

    def _walk(self, offset):
        sections, seen = [], set()
        while offset is not None:
            if offset in seen or len(sections) >= MAX_SECTIONS:
                raise PdfError("the /Prev chain loops")
            seen.add(offset)
            section = self._section(offset)
            sections.append(section)
            prev = section.trailer.get(b"Prev")
            if prev is not None and not (isinstance(prev, Num) and prev.is_int):
                raise PdfError("/Prev is no direct integer")
            offset = None if prev is None else prev.value
        return sections

    def _section(self, offset):
        if not 0 <= offset < self.end:
            raise PdfError(f"cross-reference section at {offset}, outside the file")
        if self.buf[offset:offset + 4] != b"xref":
            return self._xref_stream(offset)
        section = self._xref_table(offset)
        hidden = section.trailer.get(b"XRefStm")
        if isinstance(hidden, Num):
            section.hidden = self._xref_stream(hidden.value)
        return section

    def _xref_table(self, offset):
        pos, parts, strict = offset + 4, [], True
        ranges = []
        while True:
            m = _SUBSECTION.match(self.buf, pos, self.end)
            if not m:
                break
            first, count = int(m.group(1)), int(m.group(2))
            pos, reader, exact = self._table_part(m.end(), count)
            strict = strict and exact
            ranges.append((first, count))
            parts.append((first, count, reader))
        pos = self.parser.skip(pos)
        if self.buf[pos:pos + 7] != b"trailer":
            raise PdfError(f"no trailer behind the table at {offset}")
        trailer = self.parser.value(pos + 7)
        if not isinstance(trailer, Dict):
            raise PdfError("the trailer is no dictionary")
        section = Section("table", offset, trailer, trailer.end)
        section.parts, section.strict, section.ranges = parts, strict, ranges
        return section

    def _table_part(self, pos, count):
        end = pos + 20 * count
        if end <= self.end and self._all_exact(pos, end):
            return end, lambda i: self._exact_entry(pos + 20 * i), True
        rows = []
        for _ in range(count):
            m = _ENTRY_LOOSE.match(self.buf, pos, self.end)
            if not m:
                raise PdfError(f"bad cross-reference entry at {pos}")
            rows.append((m.group(3).decode(), int(m.group(1)), int(m.group(2))))
            pos = m.end()
        return pos, rows.__getitem__, False

    def _all_exact(self, pos, end):
        step = 20 * 4096
        return all(_ENTRIES.fullmatch(self.buf, at, min(at + step, end)) for at in range(pos, end, step))

    def _exact_entry(self, at):
        row = self.buf[at:at + 20]
        return chr(row[17]), int(row[:10]), int(row[11:16])

    def _xref_stream(self, offset):
        obj = self.object_at(offset, resolve_length=False)
        if not isinstance(obj.value, Stream):
            raise PdfError(f"no cross-reference section at {offset}")
        d = obj.value.dict
        widths = [w.value for w in self._list(d.get(b"W"))]
        size = d.get(b"Size")
        if len(widths) != 3 or not isinstance(size, Num):
            raise PdfError("cross-reference stream without /W or /Size")
        index = d.get(b"Index")
        numbers = [0, size.value] if index is None else [i.value for i in self._list(index)]
        data = self.decode(obj.value)
        section = Section("stream", offset, d, obj.end)
        section.num, section.gen, section.strict = obj.num, obj.gen, True
        section.ranges = list(zip(numbers[::2], numbers[1::2]))
        section.parts, base, row = [], 0, sum(widths)
        for first, count in section.ranges:
            if base + row * count > len(data):
                raise PdfError("cross-reference stream shorter than its /Index")
            section.parts.append((first, count, self._row_reader(data, base, widths)))
            base += row * count
        section.slack = len(data) - base
        return section

    @staticmethod
    def _row_reader(data, base, widths):
        w0, w1, w2 = widths
        row = w0 + w1 + w2

        def read(i):
            at = base + row * i
            kind = int.from_bytes(data[at:at + w0], "big") if w0 else 1
            a = int.from_bytes(data[at + w0:at + w0 + w1], "big")
            b = int.from_bytes(data[at + w0 + w1:at + row], "big")
            return {0: "f", 1: "n", 2: "c"}.get(kind, "?"), a, b
        return read

    def entry(self, num):
        """("n", offset, gen), ("c", object stream, index), ("f", next, gen) or None."""
        for section in self.sections:
            found = section.entry(num)
            if section.hidden and (found is None or found[0] == "f"):
                found = section.hidden.entry(num) or found
            if found is not None:
                return found
        return None

    def highest(self):
        every = self.sections + [s.hidden for s in self.sections if s.hidden]
        return max(s.highest() for s in every)

    def size(self):
        size = self.trailer.get(b"Size")
        if not (isinstance(size, Num) and size.is_int):
            raise PdfError("trailer without /Size")
        return size.value

    # -- objects

    def _list(self, value):
        value = self.resolve(value)
        if not isinstance(value, Array):
            raise PdfError("array expected")
        return value.items

    def object_at(self, offset, resolve_length=True):
        """The object whose header stands at offset, or behind white space there."""
        m = _OBJ.match(self.buf, _BLANK.match(self.buf, offset, self.end).end(), self.end)
        if not m:
            raise PdfError(f"no object at {offset}")
        value = self.parser.value(m.end())
        pos = self.parser.skip(value.end)
        if isinstance(value, Dict):
            s = _STREAM.match(self.buf, pos, self.end)
            if s:
                value, pos = self._stream(value, s.end(), resolve_length)
        if self.buf[pos:pos + 6] != b"endobj":
            raise PdfError(f"object at {offset} without endobj")
        return Obj(int(m.group(1)), int(m.group(2)), value, offset, pos + 6)

    def _stream(self, dictionary, start, resolve_length):
        length = dictionary.get(b"Length")
        if isinstance(length, Ref) and resolve_length:
            length = self.resolve(length)
        if not (isinstance(length, Num) and length.is_int):
            raise PdfError(f"stream at {start} without a usable /Length")
        end = start + length.value
        pos = self.parser.skip(end)
        if length.value < 0 or self.buf[pos:pos + 9] != b"endstream":
            raise PdfError(f"stream at {start}: /Length is wrong")
        stream = Stream(dictionary, start, end)
        stream.start, stream.end = dictionary.start, pos + 9
        return stream, self.parser.skip(pos + 9)

    def object(self, num, gen=0):
        """The object num gen as this document has it, or None."""
        if num not in self.cache:
            self.cache[num] = self._load(num)
        obj = self.cache[num]
        return obj if obj is not None and obj.gen == gen else None

    def _load(self, num):
        entry = self.entry(num)
        if entry is None or entry[0] not in "nc":
            return None
        if entry[0] == "c":
            return self._compressed(num, entry[1], entry[2])
        obj = self.object_at(entry[1])
        if (obj.num, obj.gen) != (num, entry[2]):
            raise PdfError(f"entry of object {num} leads to {obj.num} {obj.gen} obj")
        return obj

    def _compressed(self, num, container, index):
        if container not in self.objstms:
            self.objstms[container] = self._objstm(container)
        numbers, offsets, first, data = self.objstms[container]
        if index >= len(numbers) or numbers[index] != num:
            raise PdfError(f"object {num} is not at {index} of object stream {container}")
        value = Parser(data, len(data)).value(first + offsets[index])
        return Obj(num, 0, value, 0, 0, container)

    def _objstm(self, container):
        entry = self.entry(container)
        if entry is None or entry[0] != "n":
            raise PdfError(f"object stream {container} is missing")
        stream = self.object(container, entry[2]).value
        if not isinstance(stream, Stream):
            raise PdfError(f"object stream {container} is no stream")
        data = self.decode(stream)
        count, first = (self.resolve(stream.dict.get(k)).value for k in (b"N", b"First"))
        head = [int(w) for w in data[:first].split()]
        return head[0:2 * count:2], head[1:2 * count:2], first, data

    def resolve(self, value):
        """What a value is behind its references; None for null and for what is missing."""
        for _ in range(MAX_DEPTH):
            if not isinstance(value, Ref):
                return None if isinstance(value, Word) and value.data == b"null" else value
            obj = self.object(value.num, value.gen)
            value = obj.value if obj else None
        raise PdfError("references lead in a circle")

    def get(self, dictionary, *path):
        """The resolved value at a path of keys, or None."""
        value = self.resolve(dictionary)
        for key in path:
            if isinstance(value, Stream):
                value = value.dict
            if not isinstance(value, Dict):
                return None
            value = self.resolve(value.get(key))
        return value

    def decode(self, stream):
        """The bytes of a stream without filter or with FlateDecode and a predictor."""
        data = self.buf[stream.data_start:stream.data_end]
        filters = self.resolve(stream.dict.get(b"Filter"))
        names = [] if filters is None else filters.items if isinstance(filters, Array) else [filters]
        parms = self.resolve(stream.dict.get(b"DecodeParms"))
        each = parms.items if isinstance(parms, Array) else [parms] * len(names)
        for name, parm in zip(names, each):
            if self.resolve(name).data != b"FlateDecode":
                raise PdfError("unknown filter")
            try:
                data = zlib.decompressobj().decompress(data)
            except zlib.error as error:
                raise PdfError(f"damaged stream: {error}") from error
            data = self._unpredict(data, self.resolve(parm))
        return data

    def _unpredict(self, data, parm):
        predictor = self.get(parm, b"Predictor") if parm else None
        if predictor is None or predictor.value == 1:
            return data
        if predictor.value < 10:
            raise PdfError("TIFF predictor")
        columns = self.get(parm, b"Columns")
        width = columns.value if columns else 1
        prior, out = bytes(width), bytearray()
        for at in range(0, len(data), width + 1):
            row = _unfilter(data[at], data[at + 1:at + 1 + width], prior)
            out += row
            prior = row.ljust(width, b"\0")
        return bytes(out)


def _unfilter(kind, row, up):
    if kind == 0:
        return row
    if kind == 2:
        return bytes((a + b) & 0xFF for a, b in zip(row, up))
    out = bytearray()
    for i, byte in enumerate(row):
        left = out[i - 1] if i else 0
        corner = up[i - 1] if i else 0
        guess = {1: left, 3: (left + up[i]) // 2}.get(kind)
        if guess is None:
            p = left + up[i] - corner
            guess = min((left, up[i], corner), key=lambda v: abs(p - v))
        out.append((byte + guess) & 0xFF)
    return bytes(out)


def references(value, depth=0):
    """Every (num, gen) that a value names directly."""
    if depth > MAX_DEPTH:
        raise PdfError("nesting too deep")
    if isinstance(value, Ref):
        yield value.key
    elif isinstance(value, Array):
        for item in value.items:
            yield from references(item, depth + 1)
    elif isinstance(value, Dict):
        for _, item in value.pairs:
            yield from references(item, depth + 1)
    elif isinstance(value, Stream):
        yield from references(value.dict, depth + 1)
