"""A minimal DER walker and the CMS and RFC 3161 structures that a PAdES signature is made of.

Judges encodings (DER) and structure, not trust; the arithmetic of the signature is left to openssl.
Raises DerError where the bytes cannot be walked at all. (ITU-T X.690; RFC 5652; RFC 5035; RFC 3161)
"""
import hashlib

OID_DATA = "1.2.840.113549.1.7.1"
OID_SIGNED_DATA = "1.2.840.113549.1.7.2"
OID_TST_INFO = "1.2.840.113549.1.9.16.1.4"
OID_PSS = "1.2.840.113549.1.1.10"
OID_MGF1 = "1.2.840.113549.1.1.8"
HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
SIGNATURES = {
    "1.2.840.113549.1.1.1": None,
    OID_PSS: None,
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}


class DerError(Exception):
    """Not DER, or not the structure expected."""


class Node:
    """One element: tag byte, and where its header, content and end are in buf."""

    def __init__(self, buf, start, limit, depth=0):
        if depth > 64:
            raise DerError("nested too deep")
        if start + 2 > limit:
            raise DerError(f"truncated at {start}")
        self.buf, self.start, self.depth = buf, start, depth
        self.tag = buf[start]
        if self.tag & 0x1F == 0x1F:
            raise DerError("high tag number")
        self.content = self._length(start + 1, limit)
        if self.end > limit:
            raise DerError(f"element at {start} is longer than what holds it")

    def _length(self, pos, limit):
        first = self.buf[pos]
        if first < 0x80:
            self.end = pos + 1 + first
            return pos + 1
        count = first & 0x7F
        if count == 0 or count > 4 or pos + 1 + count > limit:
            raise DerError("indefinite or oversized length")
        length = int.from_bytes(self.buf[pos + 1:pos + 1 + count], "big")
        if length < 0x80 or length >> (8 * (count - 1)) == 0:
            raise DerError("length not minimal")
        self.end = pos + 1 + count + length
        return pos + 1 + count

    @property
    def constructed(self):
        return bool(self.tag & 0x20)

    @property
    def raw(self):
        return self.buf[self.start:self.end]

    @property
    def body(self):
        return self.buf[self.content:self.end]

    def kids(self):
        out, pos = [], self.content
        while pos < self.end:
            out.append(Node(self.buf, pos, self.end, self.depth + 1))
            pos = out[-1].end
        return out

    def expect(self, tag, what):
        if self.tag != tag:
            raise DerError(f"{what}: tag {self.tag:#x}, not {tag:#x}")
        return self

    def oid(self):
        self.expect(6, "object identifier")
        parts, value = [], 0
        for byte in self.body:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                parts.append(value)
                value = 0
        first = min(parts[0] // 40, 2)
        return ".".join(map(str, [first, parts[0] - 40 * first] + parts[1:]))

    def integer(self):
        return int.from_bytes(self.expect(2, "integer").body, "big", signed=True)


def check_der(node, skip=()):
    """Raises DerError where node, but for the nodes that start in skip, is not DER."""
    if node.start in skip:
        return
    body = node.body
    if node.tag == 2 and (not body or len(body) > 1 and body[0] in (0, 0xFF)
                          and (body[0] >> 7) == (body[1] >> 7)):
        raise DerError("integer not minimal")
    if node.tag == 1 and body not in (b"\0", b"\xff"):
        raise DerError("boolean not DER")
    if node.tag in (0x23, 0x24, 0x2C, 0x33, 0x36):
        raise DerError("constructed string")
    if node.constructed:
        for kid in node.kids():
            check_der(kid, skip)
        if node.tag == 0x31:
            check_sorted(node, "SET OF")


def check_sorted(node, what):
    encodings = [bytes(k.raw) for k in node.kids()]
    if encodings != sorted(encodings):
        raise DerError(f"{what} not sorted")


class Algorithm:
    def __init__(self, node):
        kids = node.expect(0x30, "algorithm").kids()
        self.oid = kids[0].oid()
        self.params = kids[1] if len(kids) > 1 else None


class Attribute:
    def __init__(self, node):
        kids = node.expect(0x30, "attribute").kids()
        if len(kids) != 2:
            raise DerError("attribute without exactly a type and values")
        self.oid = kids[0].oid()
        self.values = kids[1].expect(0x31, "attribute values").kids()
        self.raw = bytes(node.raw)


class Certificate:
    def __init__(self, node):
        self.raw = bytes(node.raw)
        fields = node.expect(0x30, "certificate").kids()[0].kids()
        if fields[0].tag == 0xA0:
            fields = fields[1:]
        self.serial = bytes(fields[0].expect(2, "serial").body)
        self.issuer = bytes(fields[2].raw)
        self.key_id = self._key_id(fields)

    @staticmethod
    def _key_id(fields):
        for field in fields:
            if field.tag != 0xA3:
                continue
            for extension in field.kids()[0].kids():
                kids = extension.kids()
                if kids[0].oid() == "2.5.29.14":
                    return bytes(Node(kids[-1].body, 0, len(kids[-1].body)).body)
        return None


class SignerInfo:
    def __init__(self, node):
        kids = node.expect(0x30, "SignerInfo").kids()
        self.version = kids[0].integer()
        self.sid = kids[1]
        self.digest = Algorithm(kids[2])
        rest = kids[3:]
        self.signed = self.unsigned = None
        if rest[0].tag == 0xA0:
            self.signed = rest.pop(0)
        self.signature_algorithm = Algorithm(rest[0])
        self.signature = bytes(rest[1].expect(4, "signature").body)
        if len(rest) > 2:
            self.unsigned = rest[2].expect(0xA1, "unsigned attributes")
        self.signed_attrs = [Attribute(k) for k in self.signed.kids()] if self.signed else []
        self.unsigned_attrs = [Attribute(k) for k in self.unsigned.kids()] if self.unsigned else []

    def identifies(self, cert):
        if self.sid.tag == 0x80:
            return cert.key_id == bytes(self.sid.body)
        issuer, serial = self.sid.kids()
        return (bytes(issuer.raw), bytes(serial.body)) == (cert.issuer, cert.serial)

    def attrs(self, oid, unsigned=False):
        return [a for a in (self.unsigned_attrs if unsigned else self.signed_attrs) if a.oid == oid]


class SignedData:
    """A ContentInfo that holds SignedData; end is where its bytes end in buf."""

    def __init__(self, buf):
        self.node = Node(buf, 0, len(buf))
        self.end = self.node.end
        kind, wrapped = self.node.expect(0x30, "ContentInfo").kids()
        if kind.oid() != OID_SIGNED_DATA:
            raise DerError("not SignedData")
        kids = wrapped.expect(0xA0, "content").kids()[0].expect(0x30, "SignedData").kids()
        self.version = kids[0].integer()
        self.digests = [Algorithm(k).oid for k in kids[1].expect(0x31, "digestAlgorithms").kids()]
        encap = kids[2].expect(0x30, "encapContentInfo").kids()
        self.content_type = encap[0].oid()
        self.content = encap[1] if len(encap) > 1 else None
        self.cert_set = next((k for k in kids[3:] if k.tag == 0xA0), None)
        nodes = self.cert_set.kids() if self.cert_set else []
        self.certs = [Certificate(k) for k in nodes if k.tag == 0x30]
        self.signers = [SignerInfo(k) for k in kids[-1].expect(0x31, "signerInfos").kids()]

    def check_der(self):
        """DER throughout, but for what others encoded: certificates and unsigned values."""
        skip = {self.cert_set.start} if self.cert_set else set()
        for signer in self.signers:
            for attr in signer.unsigned_attrs:
                skip.update(v.start for v in attr.values)
            if signer.unsigned:
                check_sorted(signer.unsigned, "unsigned attributes")
        check_der(self.node, skip)
        if self.cert_set:
            check_sorted(self.cert_set, "certificates")


def timestamp_imprint(value):
    """(hash name or None, imprint) of a timestamp token."""
    token = SignedData(bytes(value.raw))
    if token.content_type != OID_TST_INFO or token.content is None:
        raise DerError("timestamp token without TSTInfo")
    octets = token.content.kids()[0].expect(4, "eContent")
    info = Node(bytes(octets.body), 0, len(octets.body)).expect(0x30, "TSTInfo").kids()
    algorithm, digest = info[2].kids()
    return HASHES.get(Algorithm(algorithm).oid), bytes(digest.body)


def ess_cert_v2(value):
    """(explicit hash OID or None, hash, issuerSerial node or None) of the first ESSCertIDv2."""
    first = value.expect(0x30, "SigningCertificateV2").kids()[0].kids()[0].kids()
    explicit = None
    if first[0].tag == 0x30:
        explicit = Algorithm(first.pop(0)).oid
    digest = bytes(first[0].expect(4, "certHash").body)
    return explicit, digest, first[1] if len(first) > 1 else None


def pss_params(algorithm):
    """(hash OID, MGF hash OID, salt length); None where the SHA-1 default stands."""
    found = {0: None, 1: None, 2: 20}
    for kid in (algorithm.params.kids() if algorithm.params else []):
        inner = kid.kids()[0]
        if kid.tag == 0xA0:
            found[0] = Algorithm(inner).oid
        elif kid.tag == 0xA1:
            mgf = Algorithm(inner)
            found[1] = Algorithm(mgf.params).oid if mgf.oid == OID_MGF1 and mgf.params else None
        elif kid.tag == 0xA2:
            found[2] = inner.integer()
    return found[0], found[1], found[2]


def digest(name, data):
    return hashlib.new(name, data).digest()
