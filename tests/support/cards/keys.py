"""What a card does with its private keys: a small DER reader and writer, RSA and ECDSA on P-256 and P-384.

For the virtual cards of the tests alone: nothing here runs in constant time.
"""

import base64
import re
import secrets


def tlv(data, at=0):
    """(tag, value, where the next one begins)"""
    tag, n = data[at], data[at + 1]
    at += 2
    if n & 0x80:
        k = n & 0x7F
        n = int.from_bytes(data[at : at + k], "big")
        at += k
    return tag, data[at : at + n], at + n


def elements(data):
    """[(tag, value)] of what follows one another in data."""
    found, at = [], 0
    while at < len(data):
        tag, value, at = tlv(data, at)
        found.append((tag, value))
    return found


def length(n):
    if n < 0x80:
        return bytes([n])
    return bytes([0x81, n]) if n < 0x100 else bytes([0x82, n >> 8, n & 0xFF])


def der(tag, value):
    """tag: a number, or the hexadecimal digits of a tag of several bytes."""
    first = bytes.fromhex(tag) if isinstance(tag, str) else bytes([tag])
    return first + length(len(value)) + value


def der_integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


class Curve:
    """y^2 = x^3 - 3x + b modulo p, with the generator (x, y) of order n."""

    def __init__(self, p, n, x, y):
        self.p, self.n, self.generator, self.size = p, n, (x, y), (n.bit_length() + 7) // 8

    def add(self, a, b):
        if a is None or b is None:
            return a or b
        p = self.p
        if a[0] == b[0]:
            if (a[1] + b[1]) % p == 0:
                return None
            m = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p) % p
        else:
            m = (b[1] - a[1]) * pow(b[0] - a[0], -1, p) % p
        x = (m * m - a[0] - b[0]) % p
        return x, (m * (a[0] - x) - a[1]) % p

    def multiply(self, k, point):
        total = None
        while k:
            if k & 1:
                total = self.add(total, point)
            point = self.add(point, point)
            k >>= 1
        return total


P256 = Curve(
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
P384 = Curve(
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
    0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
)
RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")
PRIME256V1 = bytes.fromhex("2a8648ce3d030107")


class Key:
    """A private key from an unencrypted PKCS#8 file in PEM."""

    def __init__(self, path):
        with open(path, encoding="ascii") as f:
            body = re.search(r"-----BEGIN PRIVATE KEY-----(.*?)-----END", f.read(), re.S).group(1)
        parts = elements(tlv(base64.b64decode(body))[1])
        algorithm, inner = elements(parts[1][1]), elements(tlv(parts[2][1])[1])
        if algorithm[0][1] == RSA_ENCRYPTION:
            numbers = [int.from_bytes(value, "big") for _, value in inner]
            self.kind, self.numbers = "rsa", numbers[4:9]
            self.size = (numbers[1].bit_length() + 7) // 8
        else:
            self.kind, self.d = "ec", int.from_bytes(inner[1][1], "big")
            self.curve = P256 if algorithm[1][1] == PRIME256V1 else P384
            self.size = self.curve.size

    def rsa(self, block):
        p, q, dp, dq, inverse = self.numbers
        message = int.from_bytes(block, "big")
        a, b = pow(message, dp, p), pow(message, dq, q)
        return (b + (a - b) * inverse % p * q).to_bytes(self.size, "big")

    def ecdsa(self, digest):
        """(r, s)"""
        n, z = self.curve.n, int.from_bytes(digest[: self.size], "big")
        while True:
            k = secrets.randbelow(n - 1) + 1
            r = self.curve.multiply(k, self.curve.generator)[0] % n
            s = pow(k, -1, n) * (z + r * self.d) % n
            if r and s:
                return r, s
