"""A TrueType font cut down to some characters, for files that must embed what they show.

Subset(path, text) keeps the glyph numbers, empties the glyphs that are not wanted, and writes a cmap of
Windows Unicode only; data is the font file, and the rest is what a font descriptor needs, in 1/1000 em.
"""
import struct

KEPT = ("head", "hhea", "maxp", "cvt ", "fpgm", "prep")


class Subset:
    def __init__(self, path, text):
        with open(path, "rb") as f:
            self.font = f.read()
        self.tables = {}
        for i in range(struct.unpack(">H", self.font[4:6])[0]):
            tag, _, at, n = struct.unpack(">4sIII", self.font[12 + 16 * i:28 + 16 * i])
            self.tables[tag.decode()] = self.font[at:at + n]
        head = self.tables["head"]
        self.em = struct.unpack(">H", head[18:20])[0]
        self.box = [self._scaled(n) for n in struct.unpack(">4h", head[36:44])]
        self.ascent, self.descent = (self._scaled(n) for n in struct.unpack(">2h", self.tables["hhea"][4:8]))
        self._read_offsets()
        unicode_map = self._unicode_map()
        self.glyph = {c: unicode_map[ord(c)] for c in sorted(set(text))}
        self.data = self._write()

    def _scaled(self, n):
        return round(n * 1000 / self.em)

    def width(self, char):
        return self._scaled(struct.unpack(">H", self._metric(self.glyph[char])[:2])[0])

    def _metric(self, glyph):
        """Advance width and left side bearing, four bytes."""
        longs = struct.unpack(">H", self.tables["hhea"][34:36])[0]
        hmtx = self.tables["hmtx"]
        if glyph < longs:
            return hmtx[4 * glyph:4 * glyph + 4]
        at = 4 * longs + 2 * (glyph - longs)
        return hmtx[4 * longs - 4:4 * longs - 2] + hmtx[at:at + 2]

    def _read_offsets(self):
        loca, count = self.tables["loca"], struct.unpack(">H", self.tables["maxp"][4:6])[0] + 1
        if struct.unpack(">h", self.tables["head"][50:52])[0]:
            self.offsets = struct.unpack(f">{count}I", loca[:4 * count])
        else:
            self.offsets = [2 * n for n in struct.unpack(f">{count}H", loca[:2 * count])]

    def _unicode_map(self):
        """{code point: glyph} of the font's own table of format 4."""
        cmap = self.tables["cmap"]
        for i in range(struct.unpack(">H", cmap[2:4])[0]):
            platform, encoding, at = struct.unpack(">HHI", cmap[4 + 8 * i:12 + 8 * i])
            if (platform, encoding) == (3, 1) and cmap[at:at + 2] == b"\0\4":
                return self._format_4(cmap[at:])
        raise ValueError("no cmap of format 4")

    @staticmethod
    def _format_4(t):
        n = struct.unpack(">H", t[6:8])[0] // 2
        ends, starts, deltas, ranges = (struct.unpack(f">{n}H", t[at:at + 2 * n])
                                        for at in (14, 16 + 2 * n, 16 + 4 * n, 16 + 6 * n))
        out = {}
        for i in range(n):
            for code in range(starts[i], min(ends[i], 0xFFFE) + 1):
                glyph = code
                if ranges[i]:
                    at = 16 + 6 * n + 2 * i + ranges[i] + 2 * (code - starts[i])
                    glyph = struct.unpack(">H", t[at:at + 2])[0]
                out[code] = (glyph + deltas[i]) & 0xFFFF
        return out

    def _outline(self, glyph):
        return self.tables["glyf"][self.offsets[glyph]:self.offsets[glyph + 1]]

    def _parts(self, glyph):
        """The glyphs that a composite one is made of."""
        data, at, more = self._outline(glyph), 10, True
        if len(data) < 10 or struct.unpack(">h", data[:2])[0] >= 0:
            return
        while more:
            flags, part = struct.unpack(">HH", data[at:at + 4])
            yield part
            at += 4 + (4 if flags & 1 else 2) + (2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0)
            more = flags & 0x20

    def _wanted(self):
        todo, wanted = [0, *self.glyph.values()], set()
        while todo:
            glyph = todo.pop()
            if glyph not in wanted:
                wanted.add(glyph)
                todo += self._parts(glyph)
        return wanted

    def _new_cmap(self):
        """One segment a character, and the one that ends them."""
        pairs = sorted((ord(c), g) for c, g in self.glyph.items()) + [(0xFFFF, 0)]
        n = len(pairs)
        power = 1 << (n.bit_length() - 1)
        codes = struct.pack(f">{n}H", *(c for c, _ in pairs))
        deltas = struct.pack(f">{n}H", *((g - c) & 0xFFFF for c, g in pairs))
        body = struct.pack(">4H", 2 * n, 2 * power, power.bit_length() - 1, 2 * (n - power)) \
            + codes + b"\0\0" + codes + deltas + bytes(2 * n)
        return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + struct.pack(">HHH", 4, len(body) + 6, 0) + body

    def _write(self):
        wanted = self._wanted()
        count = max(wanted) + 1
        glyf, loca, hmtx = b"", [0], b""
        for glyph in range(count):
            if glyph in wanted:
                outline = self._outline(glyph)
                glyf += outline + bytes(-len(outline) % 4)
            loca.append(len(glyf))
            hmtx += self._metric(glyph)
        new = {tag: self.tables[tag] for tag in KEPT if tag in self.tables}
        new["head"] = new["head"][:8] + bytes(4) + new["head"][12:50] + b"\0\1" + new["head"][52:]
        new["hhea"] = new["hhea"][:34] + struct.pack(">H", count)
        new["maxp"] = new["maxp"][:4] + struct.pack(">H", count) + new["maxp"][6:]
        new.update({"glyf": glyf, "loca": struct.pack(f">{count + 1}I", *loca), "hmtx": hmtx, "cmap": self._new_cmap(),
                    "post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 0, 0, 0, 0, 0)})
        return self._file(new)

    @staticmethod
    def _sum(data):
        data += bytes(-len(data) % 4)
        return sum(struct.unpack(f">{len(data) // 4}I", data)) & 0xFFFFFFFF

    def _file(self, tables):
        n = len(tables)
        power = 1 << (n.bit_length() - 1)
        head = struct.pack(">IHHHH", 0x10000, n, 16 * power, power.bit_length() - 1, 16 * (n - power))
        at, body = 12 + 16 * n, b""
        for tag in sorted(tables):
            data = tables[tag]
            head += struct.pack(">4sIII", tag.encode(), self._sum(data), at + len(body), len(data))
            body += data + bytes(-len(data) % 4)
        out = head + body
        where = at + sum(len(tables[t]) + -len(tables[t]) % 4 for t in sorted(tables) if t < "head") + 8
        return out[:where] + struct.pack(">I", (0xB1B0AFBA - self._sum(out)) & 0xFFFFFFFF) + out[where + 4:]
