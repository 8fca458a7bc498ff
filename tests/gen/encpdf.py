"""Encrypted PDF files, written from the algorithms of ISO 32000-2 7.6 by code of its own: what qpdf
cannot make (crypt filters, Identity, mixed, short keys) and what it can.

make(case, seed) gives (bytes, features); CASES are the kinds. The document behind it is the one that
goodpdf draws from the same seed. AES comes from OpenSSL's library, the rest is here. Never used to
protect anything: its random numbers are drawn from the seed.
"""
import ctypes
import ctypes.util
import hashlib
import struct

import goodpdf
from pdfwrite import File, N, Stm

PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
CRYPTO = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
for _name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_cbc", "EVP_aes_256_cbc"):
    getattr(CRYPTO, _name).restype = ctypes.c_void_p


def aes(key, iv, data, encrypt=1):
    """CBC without padding."""
    ctx = ctypes.c_void_p(CRYPTO.EVP_CIPHER_CTX_new())
    kind = ctypes.c_void_p(CRYPTO.EVP_aes_128_cbc() if len(key) == 16 else CRYPTO.EVP_aes_256_cbc())
    out, n = ctypes.create_string_buffer(len(data) + 32), ctypes.c_int(0)
    ok = CRYPTO.EVP_CipherInit_ex(ctx, kind, None, key, iv, encrypt)
    CRYPTO.EVP_CIPHER_CTX_set_padding(ctx, 0)
    ok = ok and CRYPTO.EVP_CipherUpdate(ctx, out, ctypes.byref(n), data, len(data))
    CRYPTO.EVP_CIPHER_CTX_free(ctx)
    if not ok or n.value != len(data):
        raise RuntimeError("AES")
    return out.raw[:n.value]


def rc4(key, data):
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for c in data:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(c ^ s[(s[i] + s[j]) & 255])
    return bytes(out)


def md5(data):
    return hashlib.md5(data).digest()


def padded(password):
    return (password + PAD)[:32]


def changed(key, step):
    return bytes(k ^ step for k in key)


class Legacy:
    """/O, /U and the key of revisions 2 to 4."""

    def __init__(self, case, file_id, _rng):
        n = case["length"] // 8
        key = md5(padded(case["owner"] or case["user"]))
        for _ in range(50 if case["r"] >= 3 else 0):
            key = md5(key[:case.get("stretched", 16)])
        o = padded(case["user"])
        for step in range(20 if case["r"] >= 3 else 1):
            o = rc4(changed(key[:n], step), o)
        seed = padded(case["user"]) + o + struct.pack("<i", case["p"]) + file_id
        key = md5(seed + (b"\xff" * 4 if case["r"] >= 4 and not case["metadata"] else b""))
        for _ in range(50 if case["r"] >= 3 else 0):
            key = md5(key[:n])
        self.key = key[:n]
        u = PAD if case["r"] == 2 else md5(PAD + file_id)
        for step in range(20 if case["r"] >= 3 else 1):
            u = rc4(changed(self.key, step), u)
        self.entries = {"O": o, "U": u.ljust(32, b"\0")}


def hash_5(password, salt, user, revision):
    k = hashlib.sha256(password + salt + user).digest()
    rounds = 0
    while revision == 6:
        e = aes(k[:16], k[16:32], (password + k + user) * 64)
        k = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[int.from_bytes(e[:16], "big") % 3](e).digest()
        rounds += 1
        if rounds >= 64 and e[-1] <= rounds - 32:
            break
    return k[:32]


class Strong:
    """Those of revisions 5 and 6, with /OE, /UE and /Perms."""

    def __init__(self, case, _file_id, rng):
        draw = lambda n: bytes(rng.randrange(256) for _ in range(n))
        self.key = draw(32)
        zero, r = bytes(16), case["r"]
        check, wrap = draw(8), draw(8)
        u = hash_5(case["user"][:127], check, b"", r) + check + wrap
        ue = aes(hash_5(case["user"][:127], wrap, b"", r), zero, self.key)
        check, wrap = draw(8), draw(8)
        o = hash_5(case["owner"][:127], check, u, r) + check + wrap
        oe = aes(hash_5(case["owner"][:127], wrap, u, r), zero, self.key)
        perms = struct.pack("<i", case["p"]) + b"\xff" * 4 + (b"T" if case["metadata"] else b"F") + b"adb" + draw(4)
        self.entries = {"O": o, "U": u, "OE": oe, "UE": ue, "Perms": aes(self.key, zero, perms)}


class EncryptedFile(File):
    """Encrypts what is put, by the number it is put under."""

    def start(self, case, keys, own):
        self.case, self.key, self.own = case, keys.key, own

    def cipher(self, method, num, gen, data):
        if method == "Identity":
            return data
        key = self.key
        if method != "AESV3":
            salt = b"sAlT" if method == "AESV2" else b""
            key = md5(key + struct.pack("<I", num)[:3] + struct.pack("<H", gen) + salt)[:min(len(key) + 5, 16)]
        if method == "V2":
            return rc4(key, data)
        iv = bytes(self.style.rng.randrange(256) for _ in range(16))
        n = 16 - len(data) % 16
        return iv + aes(key, iv, data + bytes([n]) * n)

    def strings(self, v, num, gen):
        if type(v) is bytes:
            return self.cipher(self.case["strf"], num, gen, v)
        if type(v) is list:
            return [self.strings(i, num, gen) for i in v]
        if type(v) is dict:
            return {k: self.strings(i, num, gen) for k, i in v.items()}
        return v

    def put(self, num, value, gen=0):
        self.current = (num, gen)
        if num != self.own and not isinstance(value, Stm):
            value = self.strings(value, num, gen)
        return super().put(num, value, gen)

    def encoded(self, data, d):
        num, gen = self.current
        kind = d.get("Type")
        if kind == "XRef":
            return data, d
        method = self.case["stmf"]
        if kind == "Metadata" and not self.case["metadata"]:
            method, d = "Identity", {**d, "Filter": [N("Crypt")]}  # said twice: not every reader takes either
        elif kind == "ObjStm" and self.case.get("objstm"):
            name = self.case["objstm"]
            d = {**d, "Filter": [N("Crypt")] + ([d["Filter"]] if "Filter" in d else []),
                 "DecodeParms": [{"Type": N("CryptFilterDecodeParms"), "Name": N(name)}] + [None] * ("Filter" in d)}
            method = "Identity" if name == "Identity" else self.case["filters"][name]
        return self.cipher(method, num, gen, data), self.strings(d, num, gen)


class Maker(goodpdf.Maker):
    def __init__(self, seed, case):
        self.case = case
        super().__init__(seed)
        self.version = self.features["version"] = case["version"]
        if case.get("kind"):
            self.kind = self.features["kind"] = case["kind"]

    def document(self):
        super().document()
        self.own = self.add({})[0]
        if self.case["id"]:
            self.trailer["ID"] = [bytes(self.rng.randrange(256) for _ in range(16))] * 2
        else:
            self.trailer.pop("ID", None)
        first = self.trailer.get("ID", [b""])[0]
        keys = (Legacy if self.case["r"] < 5 else Strong)(self.case, first, self.rng)
        self.objects[self.own] = self._dictionary(keys)
        self.trailer["Encrypt"] = self.objects[self.own] if self.case.get("direct") else goodpdf.R((self.own, 0))
        self.keys = keys

    def _dictionary(self, keys):
        case, d = self.case, {"Filter": N("Standard"), "V": self.case["v"], "R": self.case["r"], "P": self.case["p"]}
        if case["v"] != 1:
            d["Length"] = case["length"]
        if case["v"] >= 4:
            length = {"V2": 16, "AESV2": 16, "AESV3": 32}
            d["CF"] = {name: {"Type": N("CryptFilter"), "CFM": N(method), "AuthEvent": N("DocOpen"),
                              "Length": length[method]} for name, method in case["filters"].items()}
            names = {method: name for name, method in case["filters"].items()}
            d["StmF"] = N(names.get(case["stmf"], "Identity"))
            d["StrF"] = N(names.get(case["strf"], "Identity"))
            if not case["metadata"]:
                d["EncryptMetadata"] = False
        return {**d, **keys.entries}

    def new_file(self, binary):
        file = EncryptedFile(self.style, self.version, binary)
        file.start(self.case, self.keys, self.own)
        return file

    def _split(self, kind, objects):
        plain, packed = super()._split(kind, objects)
        if self.own in packed:
            plain = {**plain, self.own: packed.pop(self.own)}
        return plain, packed


def case(v, r, length, method, **more):
    filters = {"StdCF": method} if v >= 4 else {}
    return {"v": v, "r": r, "length": length, "stmf": method, "strf": method, "filters": filters, "metadata": True,
            "user": b"", "owner": b"owner", "p": -4, "id": True,
            "version": {1: "1.4", 2: "1.4", 4: "1.6", 5: "1.7"}[v], **more}


# clause: ISO32000-1#7.6.2, #7.6.3.3, #7.6.3.4, #7.6.5, #7.4.10, ISO32000-2#7.6.4.3.3, #7.6.4.3.4
CASES = {
    "rc4-40": case(1, 2, 40, "V2"),
    "rc4-40-r3": case(1, 3, 40, "V2", user=b"user", stretched=5),  # as qpdf reads it
    "rc4-56": case(2, 3, 56, "V2", stretched=7),
    "rc4-56-full": case(2, 3, 56, "V2", user=b"user"),  # as the rules have it
    "rc4-128": case(2, 3, 128, "V2", user=b"user"),
    "rc4-no-id": case(2, 3, 128, "V2", id=False),
    "cf-rc4": case(4, 4, 128, "V2"),
    "cf-aes": case(4, 4, 128, "AESV2", user=b"user"),
    "cf-aes-direct": case(4, 4, 128, "AESV2", direct=True),
    "cf-aes-no-id": case(4, 4, 128, "AESV2", id=False),
    "cf-clear-metadata": case(4, 4, 128, "AESV2", metadata=False),
    "cf-strings-only": case(4, 4, 128, "AESV2", stmf="Identity"),
    "cf-streams-only": case(4, 4, 128, "AESV2", strf="Identity"),
    "cf-mixed": case(4, 4, 128, "AESV2", strf="V2", filters={"StdCF": "AESV2", "Old": "V2"}),
    "cf-mixed-turned": case(4, 4, 128, "V2", strf="AESV2", filters={"StdCF": "V2", "New": "AESV2"}),
    "cf-objstm-identity": case(4, 4, 128, "AESV2", objstm="Identity", kind="stream"),
    "cf-objstm-other": case(4, 4, 128, "AESV2", objstm="Old", kind="stream", filters={"StdCF": "AESV2", "Old": "V2"}),
    "aes-256-r5": case(5, 5, 256, "AESV3", user=b"user"),
    "aes-256": case(5, 6, 256, "AESV3", user=b"gr\xc3\xbc\xc3\x9fe"),
    "aes-256-empty": case(5, 6, 256, "AESV3", version="2.0"),
    "aes-256-clear-metadata": case(5, 6, 256, "AESV3", metadata=False),
    "aes-256-strings-only": case(5, 6, 256, "AESV3", stmf="Identity"),
}


def make(name, seed):
    maker = Maker(seed, CASES[name])
    maker.document()
    return maker.layout(), {"case": name, **maker.features}
