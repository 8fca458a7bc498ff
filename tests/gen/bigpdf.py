"""Large files, written as a stream of blocks so that making them takes little memory and time.

many(path, count, kind) has count objects that say little, under an ordinary page; kind is table,
stream or objstm. many(path, count, size=n) is of exactly n bytes, by a stream of zeros that nothing
refers to. heavy(path, size) is about size bytes of images. All pass `qpdf --check`.
"""
import random
import zlib

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PAGE = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << %s >> >>"]
BLOCK = 1 << 20
STEP = 50000


class Out:
    def __init__(self, f):
        self.f, self.at = f, 0

    def write(self, data):
        self.f.write(data)
        self.at += len(data)

    def put(self, num, body):
        at = self.at
        self.write(b"%d 0 obj\n%s\nendobj\n" % (num, body))
        return at


def _trailer(size, at):
    return (b"trailer\n<< /Size %d /Root 1 0 R /ID [<00112233445566778899aabbccddeeff> "
            b"<00112233445566778899aabbccddeeff>] >>\nstartxref\n%d\n%%%%EOF\n" % (size, at))


def _table_head(count):
    return b"xref\n0 %d\n0000000000 65535 f \n" % (count + 1)


def table(out, offsets):
    at = out.at
    out.write(_table_head(len(offsets)))
    for i in range(0, len(offsets), STEP):
        out.write(b"".join([b"%010d 00000 n \n" % o for o in offsets[i:i + STEP]]))
    out.write(_trailer(len(offsets) + 1, at))


def _rows(rows):
    packer = zlib.compressobj(6)
    data = [packer.compress(bytes(8))]
    for i in range(0, len(rows), STEP):
        data.append(packer.compress(b"".join(
            [b"%c%s%s" % (t, a.to_bytes(5, "big"), b.to_bytes(2, "big")) for t, a, b in rows[i:i + STEP]])))
    return b"".join(data) + packer.flush()


def xref_stream(out, rows, size=None):
    """rows: (type, a, b) of 1.. ; the stream is the number after them. A comment fills the file up to size."""
    num, at = len(rows) + 1, out.at
    rows.append((1, at, 0))
    data = _rows(rows)
    out.put(num, b"<< /Type /XRef /Size %d /Root 1 0 R /W [1 5 2] /Filter /FlateDecode /Length %d >>\nstream\n%s"
                 b"\nendstream" % (num + 1, len(data), data))
    end = b"startxref\n%d\n%%%%EOF\n" % at
    if size:
        out.write(b"%" + b" " * (size - out.at - len(end) - 2) + b"\n")
    out.write(end)


def _plain(out, first, count):
    """Objects first..first+count-1, and where each stands."""
    offsets = []
    for i in range(first, first + count, STEP):
        texts = [b"%d 0 obj\n[%d 0 R (entry)]\nendobj\n" % (n, n - 1)
                 for n in range(i, min(i + STEP, first + count))]
        at = out.at
        for text in texts:
            offsets.append(at)
            at += len(text)
        out.write(b"".join(texts))
    return offsets


def _packed(out, first, count, rows):
    """The same in object streams of 200; rows grows by members, then by the streams."""
    streams = []
    last = first + count
    for i in range(first, last, 200):
        nums = range(i, min(i + 200, last))
        bodies = [b"[%d 0 R (entry)] " % (n - 1) for n in nums]
        head, at = [], 0
        for n, body in zip(nums, bodies):
            head.append(b"%d %d " % (n, at))
            at += len(body)
        head = b"".join(head)
        streams.append((len(nums), len(head), zlib.compress(head + b"".join(bodies), 1)))
    for s, (n, _, _) in enumerate(streams):
        rows.extend((2, last + s, i) for i in range(n))
    for s, (n, first_at, data) in enumerate(streams):
        at = out.put(last + s, b"<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s"
                               b"\nendstream" % (n, first_at, len(data), data))
        rows.append((1, at, 0))


def _padding(out, num, behind, size):
    """Object num, a stream that leaves `behind` bytes of `size`; where it stands."""
    head, tail = b"%d 0 obj\n<< /Length %010d >>\nstream\n", b"\nendstream\nendobj\n"
    n = size - out.at - len(head % (num, 0)) - len(tail) - behind
    out.write(head % (num, n))
    for done in range(0, n, BLOCK):
        out.write(bytes(min(BLOCK, n - done)))
    out.write(tail)
    return out.at - n - len(head % (num, n)) - len(tail)


def _behind(kind, offsets, num, size):
    """Bytes that the cross-reference section will take; a comment fills what a stream leaves of them."""
    if kind == "stream":
        return len(_rows([(1, o, 0) for o in offsets])) + 1000
    for at in (size, size - 20 * num):  # the offset that is written takes as many digits
        n = len(_table_head(num) + _trailer(num + 1, at)) + 20 * num
        if len(b"%d" % (size - n)) == len(b"%d" % at):
            return n
    raise ValueError(f"no room for {num} objects in {size} bytes")


def many(path, count, kind="table", size=None):
    """A file of at least count objects."""
    with open(path, "wb") as f:
        out = Out(f)
        out.write(HEAD)
        offsets = [out.put(i + 1, body.replace(b"%s", b"")) for i, body in enumerate(PAGE)]
        rest = max(0, count - len(offsets) - (1 if size else 0))
        if kind == "objstm":
            rows = [(1, o, 0) for o in offsets]
            _packed(out, len(offsets) + 1, rest, rows)
            xref_stream(out, rows)
            return
        offsets += _plain(out, len(offsets) + 1, rest)
        if size:
            num = len(offsets) + 1
            offsets.append(_padding(out, num, _behind(kind, offsets, num, size), size))
        if kind == "stream":
            xref_stream(out, [(1, o, 0) for o in offsets], size)
        else:
            table(out, offsets)


def heavy(path, size, seed=1):
    """A file of about size bytes: images of 16 MiB that do not compress."""
    block = random.Random(seed).randbytes(BLOCK)
    with open(path, "wb") as f:
        out = Out(f)
        out.write(HEAD)
        side = 4096 if size >= 16 * BLOCK else max(1, int((size / 2) ** 0.5))
        images = max(1, size // (side * side))
        names = b" ".join(b"/I%d %d 0 R" % (i, 4 + i) for i in range(images))
        offsets = [out.put(i + 1, body.replace(b"%s", b"/XObject << " + names + b" >>"))
                   for i, body in enumerate(PAGE)]
        for i in range(images):
            offsets.append(out.at)
            out.write(b"%d 0 obj\n<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
                      b"/BitsPerComponent 8 /Length %d >>\nstream\n" % (4 + i, side, side, side * side))
            whole, part = divmod(side * side, BLOCK)
            for _ in range(whole):
                out.write(block)
            out.write(block[:part] + b"\nendstream\nendobj\n")
        table(out, offsets)
