"""Makes small PDF files with a seal that keeps every rule of pades_bytes.py, or breaks just one.

The signatures in them are random-looking bytes, not signatures: what is tested with these files is
the judge of bytes and structure. Every step can be bent by an argument of seal().
"""
import hashlib
import zlib

import cmswalk as cms

RSA_SHA256 = "1.2.840.113549.1.1.11"
SHA256 = "2.16.840.1.101.3.4.2.1"
SHA512 = "2.16.840.1.101.3.4.2.3"
ATTR = "1.2.840.113549.1.9."
SMIME = "1.2.840.113549.1.9.16.2."


# -- DER

def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def seq(*parts):
    return der(0x30, *parts)


def set_of(*parts):
    return der(0x31, *sorted(parts))


def integer(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    numbers = [int(n) for n in text.split(".")]
    out = b""
    for n in [numbers[0] * 40 + numbers[1]] + numbers[2:]:
        chunk = [n & 0x7F]
        while n > 0x7F:
            n >>= 7
            chunk.append(n & 0x7F | 0x80)
        out += bytes(chunk[::-1])
    return der(6, out)


def algorithm(name, *params):
    return seq(oid(name), *params)


def octets(data):
    return der(4, data)


def distinguished(name):
    return seq(der(0x31, seq(oid("2.5.4.3"), der(0x0C, name.encode()))))


def certificate(serial=4711, name="Seal of nobody"):
    validity = seq(der(0x17, b"260101000000Z"), der(0x17, b"360101000000Z"))
    key = seq(algorithm("1.2.840.113549.1.1.1", der(5)), der(3, b"\0" + seq(integer(1 << 2047), integer(3))))
    signed = seq(der(0xA0, integer(2)), integer(serial), algorithm(RSA_SHA256, der(5)),
                 distinguished("Authority of nobody"), validity, distinguished(name), key)
    return seq(signed, algorithm(RSA_SHA256, der(5)), der(3, b"\0" + bytes(256)))


def attribute(name, *values):
    return seq(oid(name), der(0x31, *values))


def ess(cert, explicit=None, digest=None, issuer_serial=None):
    parts = [octets(digest or hashlib.sha256(cert).digest())]
    if explicit:
        parts.insert(0, algorithm(explicit))
    return seq(seq(seq(*parts, *([issuer_serial] if issuer_serial else []))))


def timestamp(signature, digest="sha256", name=SHA256, imprint=None):
    info = seq(integer(1), oid("1.3.6.1.4.1.99999.1"),
               seq(algorithm(name), octets(imprint or hashlib.new(digest, signature).digest())),
               integer(99), der(0x18, b"20260101000000Z"))
    data = seq(integer(3), set_of(algorithm(SHA256)),
               seq(oid(cms.OID_TST_INFO), der(0xA0, octets(info))), der(0x31))
    return seq(oid(cms.OID_SIGNED_DATA), der(0xA0, data))


def pss(h=SHA256, mgf=SHA256, salt=32):
    return algorithm(cms.OID_PSS, seq(der(0xA0, algorithm(h)), der(0xA1, algorithm(cms.OID_MGF1, algorithm(mgf))),
                                      der(0xA2, integer(salt))))


def signed_data(digest, level="b", bend=None):
    """A SignedData over digest. bend(parts) may change any part before it is put together."""
    cert = certificate()
    p = {
        "content_type": oid(cms.OID_DATA), "content": b"", "certs": [cert], "digest_alg": algorithm(SHA256),
        "digests": None, "sig_alg": algorithm(RSA_SHA256, der(5)), "signature": bytes(range(256)), "cert": cert,
        "attrs": {
            ATTR + "3": [oid(cms.OID_DATA)],
            ATTR + "4": [octets(digest)],
            SMIME + "47": [ess(cert)],
        },
        "more_attrs": [], "sort": True, "unsigned": [], "copies": 1, "wrap": lambda b: b,
    }
    p["unsigned"] = [attribute(SMIME + "14", timestamp(p["signature"]))] if level == "t" else []
    if bend:
        bend(p)
    attrs = [attribute(name, *values) for name, values in p["attrs"].items()] + p["more_attrs"]
    attrs = sorted(attrs) if p["sort"] else sorted(attrs)[::-1]
    signer = seq(integer(1), seq(distinguished("Authority of nobody"), integer(4711)), p["digest_alg"],
                 der(0xA0, *attrs), p["sig_alg"], octets(p["signature"]),
                 *([der(0xA1, *sorted(p["unsigned"]))] if p["unsigned"] else []))
    data = seq(integer(1), set_of(*(p["digests"] or [p["digest_alg"]])), seq(p["content_type"], p["content"]),
               *([der(0xA0, *sorted(p["certs"]))] if p["certs"] else []), der(0x31, *[signer] * p["copies"]))
    return p["wrap"](seq(oid(cms.OID_SIGNED_DATA), der(0xA0, data)))


# -- PDF

def section_bytes(kind, rows, trailer, own=None, bend=None):
    """A cross-reference section. rows: {id: (type, a, b)}; trailer: {key: bytes}; own: the stream's id."""
    runs = []
    for num in sorted(rows):
        if runs and runs[-1][0] + runs[-1][1] == num:
            runs[-1][1] += 1
        else:
            runs.append([num, 1])
    if bend:
        runs = bend(runs)
    listed = [n for first, count in runs for n in range(first, first + count)]
    if kind == "table":
        out = b"xref\n"
        for first, count in runs:
            out += b"%d %d\n" % (first, count)
            out += b"".join(b"%010d %05d %s \n" % (rows[n][1], rows[n][2], rows[n][0].encode())
                            for n in range(first, first + count))
        return out + b"trailer\n" + dictionary(trailer) + b"\n"
    kinds = {"f": 0, "n": 1, "c": 2}
    data = zlib.compress(b"".join(bytes([kinds[rows[n][0]]]) + rows[n][1].to_bytes(4, "big")
                                  + rows[n][2].to_bytes(2, "big") for n in listed))
    d = {b"Type": b"/XRef", b"W": b"[1 4 2]", b"Index": b"[" + b" ".join(b"%d %d" % tuple(r) for r in runs) + b"]",
         b"Filter": b"/FlateDecode", b"Length": b"%d" % len(data), **trailer}
    return b"%d 0 obj\n" % own + dictionary(d) + b"\nstream\n" + data + b"\nendstream\nendobj\n"


def dictionary(d):
    return b"<< " + b" ".join(b"/" + k + b" " + v for k, v in d.items()) + b" >>"


def put(out, objects, offsets):
    for num, body in objects.items():
        offsets[num] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (num, body)


def base(kind="table", version=b"1.7", head=b"", catalog=b"", page=b"", more=None, trailer=None, end=b"\n",
         first=b"", free=()):
    """An unsigned file of one page; objects 1 catalog, 2 page tree, 3 page, 4 information."""
    out = bytearray(head + b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n")
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.890] /Resources << >> " + page + b" >>",
        4: b"<< /Producer (nothing) >>", **(more or {}),
    }
    if first:
        objects = {90: first, **objects}
    offsets = {}
    put(out, objects, offsets)
    rows = {0: ("f", 0, 65535), **{n: ("f", 0, 0) for n in free}, **{n: ("n", at, 0) for n, at in offsets.items()}}
    size = max(rows) + (2 if kind == "stream" else 1)
    if kind == "stream":
        rows[size - 1] = ("n", len(out), 0)
    top = {b"Size": b"%d" % size, b"Root": b"1 0 R", b"Info": b"4 0 R", b"ID": b"[<aa01> <aa01>]", **(trailer or {})}
    at = len(out)
    out += section_bytes(kind, rows, top, size - 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF" % at + end)


HOLE = 2 * 4096
ESIC = b"/Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 2 >> >>"
SIGNATURE = b"""<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20260102030405+01'00') \
/Prop_Build << /App << /Name /pades >> >> /ByteRange @RANGE@ /Contents @HOLE@ >>"""


def seal(data, kind="table", level="b", *, objects=None, rows=None, trailer=None, runs=None, section=None,
         glue=b"", tail=None, numbers=None, parts=None, contents=None, gap=0, name=b"Seal", first_id=None,
         catalog=b"", esic=ESIC, prev=None, size=None, late=None, rest=()):
    """data with one more revision. Each argument bends one step; without any the file keeps all rules."""
    start = first_id or size + gap
    field, value, look = start, start + 1, start + 2
    body = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" " + esic
           + b" /AcroForm << /Fields [%d 0 R] /SigFlags 3 >> >>" % field,
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.890] /Resources << >> /Annots [%d 0 R] >>" % field,
        field: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /F 132 /Rect [0 0 0 0] /P 3 0 R /V %d 0 R "
               b"/AP << /N %d 0 R >> >>" % (name, value, look),
        value: SIGNATURE,
        look: b"<< /Type /XObject /Subtype /Form /BBox [0 0 0 0] /Length 0 >>\nstream\n\nendstream",
    }
    if objects:
        objects(body, field)
    out, offsets = bytearray(data + glue), {}
    for num in body:
        body[num] = body[num].replace(b"@RANGE@", b"@" * 60).replace(b"@HOLE@", b"<" + b"0" * HOLE + b">")
    put(out, body, offsets)
    table = {n: ("n", at, 0) for n, at in offsets.items()}
    own = max(table) + 1
    at = len(out)
    if kind == "stream":
        table[own] = ("n", at, 0)
    if rows:
        rows(table, field)
    top = {b"Size": b"%d" % (max(offsets) + (2 if kind == "stream" else 1)), b"Prev": b"%d" % prev,
           b"Root": b"1 0 R", b"Info": b"4 0 R", b"ID": b"[<aa01> <bb02>]"}
    if trailer:
        trailer(top)
    text = section_bytes(kind, table, top, own, runs)
    out += section(text) if section else text
    out += tail(at) if tail else b"startxref\n%d\n%%%%EOF\n" % at
    if late:
        out = late(out)
    return fill(out, level, numbers, parts, contents)


def fill(out, level, numbers, parts, contents):
    """Writes /ByteRange, then the CMS over it, into the holes."""
    a = out.rfind(b"<" + b"0" * HOLE)
    b = out.index(b">", a) + 1
    four = (0, a, b, len(out) - b)
    if numbers:
        four = numbers(four)
    text = b"[%d %d %d %d]" % tuple(four) if not isinstance(four, bytes) else four
    slot = out.rfind(b"@" * 60)
    out[slot:slot + 60] = text.ljust(60)
    four = (0, a, b, len(out) - b)
    digest = hashlib.sha256(out[:a] + out[b:]).digest()
    digits = signed_data(digest, level, parts).hex().encode().ljust(HOLE, b"0")
    out[a + 1:b - 1] = contents(digits) if contents else digits
    return bytes(out)
