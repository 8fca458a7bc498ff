"""A revision that changes nothing, behind a file that pades has just sealed: what a validator says of it that
it did not say before, it says of the file and not of a change."""
import re


def _startxref(data):
    return int(data[data.rindex(b"startxref") + 9:].split()[0])


def _without(text, *keys):
    for key in keys:
        text = re.sub(rb"/" + key + rb"(?:\s*\[[^\]]*\]|\s*\d+(?: 0 R)?|\s*/\w+|\s*<<[^<>]*>>)", b"", text, count=1)
    return text


def append(data):
    """data and a revision without an object; None where its last section is not as pades writes it."""
    at, out = _startxref(data), bytearray(data)
    if data[at:at + 4] == b"xref":
        inside = data[data.rindex(b"trailer"):data.rindex(b"startxref")]
        inside = inside[inside.index(b"<<") + 2:inside.rindex(b">>")]
        body = b"xref\n0 0\ntrailer\n<<%s/Prev %d>>\n" % (_without(inside, b"Prev"), at)
    else:
        head = data[at:data.index(b"stream", at)]
        inside = _without(head[head.index(b"<<") + 2:head.rindex(b">>")], b"Prev", b"Type", b"W", b"Index", b"Filter",
                          b"DecodeParms", b"Length", b"Size")
        size = int(re.search(rb"/Size\s*(\d+)", head).group(1))
        row = b"\x01" + len(out).to_bytes(8, "big") + b"\0\0"
        body = b"%d 0 obj\n<</Type/XRef/W[1 8 2]/Index[%d 1]/Size %d/Length %d%s/Prev %d>>\nstream\n%s\nendstream\nendobj\n" % (
            size, size, size + 1, len(row), inside, at, row)
    return bytes(out + body + b"startxref\n%d\n%%%%EOF\n" % len(data))
