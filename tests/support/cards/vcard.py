"""Virtual smart cards that OpenSC and ykcs11 take for real ones.

    piv         NIST SP 800-73: keys 9A 9C 9D 9E; 9C wants the PIN before every signature
    esteid2018  the Estonian identity card of 2018: PIN1 to authenticate, PIN2 to sign, P-384

A card is a folder: card.json (profile, PINs, counters: written at every change, so a locked PIN stays locked), and
for each key NAME.key (unencrypted PKCS#8) and NAME.der (its certificate). make() makes one with a test CA of its own.
The card answers APDUs; vpcd.py brings them from the reader.
"""

import glob
import hashlib
import json
import os
import struct
import subprocess

from keys import Key, der, der_integer, elements, tlv

OK, NOT_FOUND, NOT_ALLOWED, NO_SUCH_KEY, NO_SUCH_COMMAND = 0x9000, 0x6A82, 0x6982, 0x6A88, 0x6D00
BLOCKED, BAD_DATA, BAD_LENGTH, BAD_OFFSET, TRIES = 0x6983, 0x6A80, 0x6700, 0x6B00, 0x63C0


def word(status):
    return struct.pack(">H", status)


def split(apdu):
    """(command data, expected length) of a short or an extended APDU."""
    body, data, expected = apdu[4:], b"", 256
    if len(body) == 1:
        expected = body[0] or 256
    elif len(body) > 1 and body[0]:
        data = body[1 : 1 + body[0]]
        if len(body) == 2 + body[0]:
            expected = body[-1] or 256
    elif len(body) > 2:
        n = body[1] << 8 | body[2]
        if len(body) == 3:
            expected = n or 65536
        else:
            data = body[3 : 3 + n]
    return data, expected


class Card:
    """What all profiles share: PINs and their counters, command chaining, answers of more than 256 bytes."""

    padding = b"\xff"

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "card.json"), encoding="utf-8") as f:
            self.conf = json.load(f)
        self.pins = self.conf["pins"]
        self.keys, self.certs = {}, {}
        for path in glob.glob(os.path.join(folder, "*.key")):
            name = os.path.basename(path)[:-4]
            self.keys[name] = Key(path)
            with open(path[:-4] + ".der", "rb") as f:
                self.certs[name] = f.read()
        self.atr = bytes.fromhex(self.conf["atr"])
        self.refused = 0  # PINs and PUKs that were wrong, whatever the counters say by now
        self.accepted = 0
        self.signatures = 0
        self.reset()

    def reset(self):
        self.verified, self.fresh = set(), False
        self.chain = self.rest = self.file = b""
        self.key, self.folder_id, self.expected = None, "3f00", 256

    def save(self):
        path = os.path.join(self.folder, "card.json")
        with open(path + ".new", "w", encoding="utf-8") as f:
            json.dump(self.conf, f, indent=1)
        os.replace(path + ".new", path)

    # -- PINs

    def check(self, name, value):
        """The status word of comparing a padded PIN; the counter is kept."""
        pin = self.pins[name]
        self.verified.discard(name)
        self.fresh = False
        if pin["tries"] == 0:
            return BLOCKED
        if value.rstrip(self.padding) != pin["value"].encode():
            self.refused += 1
            pin["tries"] -= 1
            self.save()
            return TRIES | pin["tries"]
        self.accepted += 1
        pin["tries"] = pin["max"]
        self.save()
        self.verified.add(name)
        self.fresh = True
        return OK

    def set_pin(self, name, value):
        pin, new = self.pins[name], value.rstrip(self.padding)
        if not (pin["min"] <= len(new) <= pin["len"] and new.isdigit()):
            return BAD_DATA
        pin["value"], pin["tries"] = new.decode(), pin["max"]
        self.save()
        return OK

    def replace(self, judge, name, data):
        """CHANGE REFERENCE DATA and RESET RETRY COUNTER: the PIN or PUK that permits it, then the new PIN."""
        half = len(data) // 2
        status = self.check(judge, data[:half])
        return word(self.set_pin(name, data[half:]) if status == OK else status)

    def state(self, name):
        if name in self.verified:
            return word(OK)
        tries = self.pins[name]["tries"]
        return word(TRIES | tries if tries else BLOCKED)

    # -- commands

    def answer(self, data):
        """As much as was asked for; GET RESPONSE brings the rest."""
        self.rest = data[self.expected :]
        if self.rest:
            return data[: self.expected] + bytes([0x61, len(self.rest) if len(self.rest) < 256 else 0])
        return data + word(OK)

    def apdu(self, apdu):
        data, expected = split(apdu)
        self.expected = min(expected, 256)
        if apdu[1] == 0xC0:
            return self.answer(self.rest)
        self.chain += data
        if apdu[0] & 0x10:
            return word(OK)
        data, self.chain = self.chain, b""
        return self.command(apdu[1], apdu[2], apdu[3], data, expected)


class Piv(Card):
    OBJECTS = {"5fc105": "9a", "5fc10a": "9c", "5fc10b": "9d", "5fc101": "9e"}
    FASCN = bytes.fromhex("d4e739da739ced39ce739d836858210842108421c84210c3eb")

    def command(self, ins, p1, p2, data, expected):
        if ins == 0xA4:
            return self.select(data)
        if ins == 0xCB and data[:1] == b"\x5c":
            return self.get(data[2 : 2 + data[1]].hex())
        if ins == 0x20:
            return self.verify(p2, data)
        if ins == 0x24:
            name = {0x80: "pin", 0x81: "puk"}[p2]
            return self.replace(name, name, data)
        if ins == 0x2C:
            return self.replace("puk", "pin", data)
        if ins == 0x87:
            return self.authenticate(f"{p2:02x}", data)
        if ins == 0xFD:
            return b"\x04\x03\x05" + word(OK)  # the version of a YubiKey
        if ins == 0xF8:
            return b"\x00\x0f\x42\x40" + word(OK)  # its serial number
        return word(NO_SUCH_COMMAND)

    def select(self, name):
        if not bytes.fromhex("a000000308000010000100").startswith(name):
            return word(NOT_FOUND)
        self.verified.clear()
        return self.answer(bytes.fromhex("61114f0600001000010079074f05a000000308"))

    def get(self, tag):
        if tag == "7e":
            return self.answer(bytes.fromhex("7e124f0ba0000003080000100001005f2f024000"))
        if tag == "5fc102":
            guid = hashlib.sha256(self.conf["serial"].encode()).digest()[:16]
            chuid = der(0x30, self.FASCN) + der(0x34, guid) + der(0x35, b"20501231") + b"\x3e\x00\xfe\x00"
            return self.answer(der(0x53, chuid))
        name = self.OBJECTS.get(tag)
        if name not in self.certs:
            return word(NOT_FOUND)
        return self.answer(der(0x53, der(0x70, self.certs[name]) + bytes.fromhex("710100fe00")))

    def verify(self, reference, data):
        if reference not in (0x00, 0x80):
            return word(NO_SUCH_KEY)
        if not data:
            return self.state("pin")
        return word(self.check("pin", data) if len(data) == 8 else BAD_DATA)

    def authenticate(self, slot, data):
        key, fresh, self.fresh = self.keys.get(slot), self.fresh, False
        if not key:
            return word(NO_SUCH_KEY)
        if (slot == "9c" and not fresh) or (slot in ("9a", "9d") and "pin" not in self.verified):
            return word(NOT_ALLOWED)
        challenge = dict(elements(tlv(data)[1])).get(0x81)
        if challenge is None:
            return word(BAD_DATA)
        if key.kind == "rsa" and len(challenge) != key.size:
            return word(BAD_LENGTH)
        if key.kind == "rsa":
            signature = key.rsa(challenge)
        else:
            r, s = key.ecdsa(challenge)
            signature = der(0x30, der_integer(r) + der_integer(s))
        self.signatures += 1
        return self.answer(der("7c", der("82", signature)))


class EstEid(Card):
    PINS = {0x01: "pin1", 0x85: "pin2", 0x02: "puk"}
    COUNTERS = {1: "pin1", 5: "pin2", 2: "puk"}
    KEYS = {0x81: "auth", 0x9F: "sign"}

    def command(self, ins, p1, p2, data, expected):
        if ins == 0xA4:
            return self.select(p1, p2, data)
        if ins == 0xB0:
            return self.read(p1 << 8 | p2, expected)
        if ins == 0xCB:
            return self.counter(data[6] if len(data) > 6 else 0)
        if ins in (0x20, 0x24, 0x2C):
            return self.pin(ins, p1, p2, data)
        if ins == 0x22:
            self.key = self.KEYS.get(dict(elements(data)).get(0x84, b"\0")[0])
            return word(OK if self.key else NO_SUCH_KEY)
        if (ins == 0x2A and (p1, p2) == (0x9E, 0x9A)) or ins == 0x88:
            return self.sign(self.key or "auth", data)
        return word(NO_SUCH_COMMAND)

    def select(self, how, wanted, data):
        if how == 0x04:
            self.verified.clear()
            return word(OK if data.hex().startswith("a00000007701080007") else NOT_FOUND)
        if how in (0x00, 0x01):
            self.folder_id = "3f00" + data.hex()
            return word(OK)
        files = {
            "3f00d003": der(0x04, self.conf["serial"].encode()),
            "3f00adf13401": self.certs["auth"],
            "3f00adf2341f": self.certs["sign"],
        }
        path = self.folder_id + data.hex() if how == 0x02 else data.hex()  # OpenSC 0.26 gives whole paths
        if path not in files:
            return word(NOT_FOUND)
        self.file = files[path]
        if wanted == 0x0C:
            return word(OK)
        size = b"\x80\x02" + struct.pack(">H", len(self.file))
        return self.answer(der(0x62, size + b"\x82\x01\x01\x83\x02" + bytes.fromhex(path[-4:])))

    def read(self, offset, expected):
        if offset > len(self.file):
            return word(BAD_OFFSET)
        return self.answer(self.file[offset : offset + expected])

    def counter(self, number):
        pin = self.pins.get(self.COUNTERS.get(number))
        if not pin:
            return word(NO_SUCH_KEY)
        found = bytes([0x9A, 1, pin["max"], 0x9B, 1, pin["tries"]])
        found += bytes.fromhex("a1108c06f300007343009c06f30000734300")
        return der(0x70, der("bf81%02x" % number, der(0xA0, found))) + word(OK)

    def pin(self, ins, p1, p2, data):
        name = self.PINS.get(p2)
        if not name:
            return word(NO_SUCH_KEY)
        if ins == 0x20:
            return word(self.check(name, data)) if data else self.state(name)
        if ins == 0x24:
            return self.replace(name, name, data)
        if p1 != 0x02:
            return self.replace("puk", name, data)
        return word(self.set_pin(name, data) if "puk" in self.verified else NOT_ALLOWED)

    def sign(self, name, digest):
        need = "pin2" if name == "sign" else "pin1"
        if need not in self.verified:
            return word(NOT_ALLOWED)
        if name == "sign":
            self.verified.discard(need)  # one VERIFY, one signature
        key = self.keys[name]
        r, s = key.ecdsa(digest[-key.size :])
        self.signatures += 1
        return self.answer(r.to_bytes(key.size, "big") + s.to_bytes(key.size, "big"))


PROFILES = {"piv": Piv, "esteid2018": EstEid}


def load(folder):
    with open(os.path.join(folder, "card.json"), encoding="utf-8") as f:
        return PROFILES[json.load(f)["profile"]](folder)


# -- making cards

# Of a YubiKey 4: with it OpenSC 0.23 offers ECDSA too.
YUBIKEY_ATR = "3BF81300008131FE15597562696B657934D4"
ESTEID_ATR = "3BDB960080B1FE451F830012233F536549440F9000F1"
RSA = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
EC256 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
EC384 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
KEYS = {
    "piv": {
        "9a": ("digitalSignature", EC256),
        "9c": ("nonRepudiation", RSA),
        "9d": ("keyEncipherment", RSA),
        "9e": ("digitalSignature", EC384),
    },
    "esteid2018": {"auth": ("digitalSignature", EC384), "sign": ("nonRepudiation", EC384)},
}
HOLDER = "MEIKÄLÄINEN MATTI 123456789"


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def issue(folder, name, usage, algorithm, holder, public=None):
    """A key NAME.key and its certificate NAME.der, by the CA of the folder; public: the certificate is of this
    public key (DER), whose private half is elsewhere."""
    openssl(folder, "genpkey", *algorithm, "-out", name + ".key")
    subject = f"/C=FI/serialNumber=123456789/GN=MATTI/SN=MEIKÄLÄINEN/CN={holder}"
    openssl(folder, "req", "-new", "-utf8", "-key", name + ".key", "-subj", subject, "-out", "request")
    with open(os.path.join(folder, "extensions"), "w", encoding="ascii") as f:
        f.write(f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,{usage}\n")
        f.write("subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    options = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-set_serial", "0x" + os.urandom(8).hex(), "-days", "1825"]
    options += ["-extfile", "extensions", "-outform", "DER", "-out", name + ".der"]
    if public:
        openssl(folder, "pkey", "-pubin", "-inform", "DER", "-in", public, "-out", "public.pem")
        options += ["-force_pubkey", "public.pem"]
    openssl(folder, "x509", "-req", "-in", "request", *options)


def pin(value, tries, least, most):
    return {"value": value, "tries": tries, "max": tries, "min": least, "len": most}


def make(profile, folder, tries=3, holder=HOLDER):
    """A new card in folder, with the certificate of its CA as ca.pem."""
    os.makedirs(folder, exist_ok=True)
    authority = ["-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/C=FI/O=Test/CN=Test CA", "-days", "3650"]
    openssl(folder, "req", "-x509", "-utf8", "-newkey", "rsa:2048", "-nodes", *authority)
    for name, (usage, algorithm) in KEYS[profile].items():
        issue(folder, name, usage, algorithm, holder)
    for name in ("request", "extensions"):
        os.unlink(os.path.join(folder, name))
    if profile == "piv":
        atr, pins = YUBIKEY_ATR, {"pin": pin("123456", tries, 6, 8), "puk": pin("12345678", tries, 8, 8)}
    else:
        atr, pins = ESTEID_ATR, {"pin1": pin("1234", tries, 4, 12), "pin2": pin("123456", tries, 5, 12)}
        pins["puk"] = pin("12345678", tries, 8, 12)
    with open(os.path.join(folder, "card.json"), "w", encoding="utf-8") as f:
        json.dump({"profile": profile, "atr": atr, "serial": "AS0000001", "pins": pins}, f, indent=1)
