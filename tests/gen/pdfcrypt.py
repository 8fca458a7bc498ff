"""Encrypts the generator's files: the standard security handler of ISO 32000-2, 7.6, revisions 2 to 6.

Written from the standard alone, so that what the library decrypts was not encrypted by the code that qpdf or
pyHanko have. A Lock makes /Encrypt and turns strings and streams of object (num, gen) into what stands in the
file. AES comes from the package `cryptography`, which the interoperability tests have; RC4 is here.
"""
import hashlib
import struct

from pdfwrite import N

PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
# name: (V, R, bits of the key, cipher); cipher "" has strings and streams in the clear (/Identity)
KINDS = {"rc4-40": (1, 2, 40, "rc4"), "rc4-128": (2, 3, 128, "rc4"), "rc4-cf": (4, 4, 128, "rc4"),
         "aesv2": (4, 4, 128, "aes"), "aesv2-nometa": (4, 4, 128, "aes"), "identity": (4, 4, 128, ""),
         "aesv3-r5": (5, 5, 256, "aes"), "aesv3-r6": (5, 6, 256, "aes"), "aesv3-nometa": (5, 6, 256, "aes")}


def rc4(key, data):
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) & 255
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + box[i]) & 255
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) & 255])
    return bytes(out)


def aes(key, iv, data, pad=False, mode="cbc"):
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    if pad:
        data += bytes([16 - len(data) % 16]) * (16 - len(data) % 16)
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv) if mode == "cbc" else modes.ECB()).encryptor()
    return cipher.update(data) + cipher.finalize()


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).digest()


def hash_2b(password, salt, extra, revision):
    """Algorithm 2.B of ISO 32000-2; revision 5 has its first step only."""
    k = hashlib.sha256(password + salt + extra).digest()
    if revision == 5:
        return k
    i, last = 0, 0
    while i < 64 or last > i - 32:
        e = aes(k[:16], k[16:32], (password + k + extra) * 64)
        k = hashlib.new(("sha256", "sha384", "sha512")[sum(e[:16]) % 3], e).digest()
        i, last = i + 1, e[-1]
    return k[:32]


class Lock:
    def __init__(self, rng, kind, ident, user=b"", owner=b"owner", permissions=-4):
        self.rng, self.kind = rng, kind
        self.v, self.r, self.bits, self.cipher = KINDS[kind]
        self.meta = "nometa" not in kind
        self.p = permissions & 0xFFFFFFFF
        self.entries = self._modern(user, owner) if self.r >= 5 else self._classic(user, owner, ident)

    # -- the dictionary

    def _classic(self, user, owner, ident):
        size = self.bits // 8
        key = md5((owner + PAD)[:32])
        for _ in range(50 if self.r >= 3 else 0):
            key = md5(key[:size])
        o = (user + PAD)[:32]
        for i in range(20 if self.r >= 3 else 1):
            o = rc4(bytes(b ^ i for b in key[:size]), o)
        data = (user + PAD)[:32] + o + struct.pack("<I", self.p) + ident
        key = md5(data + (b"\xff" * 4 if self.r >= 4 and not self.meta else b""))
        for _ in range(50 if self.r >= 3 else 0):
            key = md5(key[:size])
        self.key = key[:size]
        if self.r == 2:
            u = rc4(self.key, PAD)
        else:
            u = md5(PAD + ident)
            for i in range(20):
                u = rc4(bytes(b ^ i for b in self.key), u)
            u += bytes(16)
        return {"O": o, "U": u}

    def _bytes(self, n):
        return bytes(self.rng.randrange(256) for _ in range(n))

    def _modern(self, user, owner):
        self.key = self._bytes(32)
        salts = self._bytes(16)
        u = hash_2b(user, salts[:8], b"", self.r) + salts
        ue = aes(hash_2b(user, salts[8:], b"", self.r), bytes(16), self.key)
        salts = self._bytes(16)
        o = hash_2b(owner, salts[:8], u, self.r) + salts
        oe = aes(hash_2b(owner, salts[8:], u, self.r), bytes(16), self.key)
        perms = struct.pack("<II", self.p, 0xFFFFFFFF) + (b"T" if self.meta else b"F") + b"adb" + self._bytes(4)
        return {"O": o, "U": u, "OE": oe, "UE": ue, "Perms": aes(self.key, b"", perms, mode="ecb")}

    def dictionary(self):
        d = {"Filter": N("Standard"), "V": self.v, "R": self.r, "Length": self.bits,
             "P": self.p - (1 << 32) if self.p >> 31 else self.p, **self.entries}
        if self.v >= 4:
            method = {"rc4": "V2", "aes": "AESV2" if self.v == 4 else "AESV3", "": ""}[self.cipher]
            if method:
                d["CF"] = {"StdCF": {"CFM": N(method), "AuthEvent": N("DocOpen"), "Length": self.bits // 8}}
            else:
                d["CF"] = {}
            d["StmF"] = d["StrF"] = N("StdCF" if method else "Identity")
            if not self.meta:
                d["EncryptMetadata"] = False
        return d

    # -- what stands in the file

    def data(self, num, gen, data):
        """A string or a stream of an object."""
        if not self.cipher:
            return data
        key = self.key
        if self.v < 5:
            salt = struct.pack("<I", num)[:3] + struct.pack("<H", gen) + (b"sAlT" if self.cipher == "aes" else b"")
            key = md5(key + salt)[:min(16, len(key) + 5)]
        if self.cipher == "rc4":
            return rc4(key, data)
        iv = self._bytes(16)
        return iv + aes(key, iv, data, pad=True)

    def stream(self, num, gen, d, data):
        if d.get("Type") == "XRef" or d.get("Type") == "Metadata" and not self.meta:
            return data
        return self.data(num, gen, data)
