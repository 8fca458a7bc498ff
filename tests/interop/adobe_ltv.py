#!/usr/bin/env python3
"""Adobe's conditions for "LTV enabled", item by item, judged apart from every signature program: pyHanko lends
its PDF parser, asn1crypto the structures, cryptography the arithmetic; the rules stand here.

    adobe_ltv.py FILE ANCHOR.pem...      one line an item; exit 0: every signature is LTV enabled

No item may need a download. For each signature, its signature timestamps and each document timestamp but the
last (nothing in the file can be about what the last one needs after it):
    signature     its certificate is in the CMS, its value fits
    chain CERT    the issuer of CERT is in the file (CMS, token, DSS or OCSP answer), up to a trusted root
    status CERT   an OCSP answer or a CRL in the file (DSS, or adbe-revocationInfoArchival) about CERT, signed by
                  its issuer or by a responder whom the issuer authorised, fitting CERT's serial, not saying that
                  it was revoked by then, and no older than that it still held then; nothing for the root
    chain, status RESPONDER    the same of the responder's certificate; no status with id-pkix-ocsp-nocheck
A document timestamp at the end is told too, as "last": it does not count.
"""
import collections
import datetime
import hashlib
import sys

from asn1crypto import core, crl, ocsp, pem, tsp, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyhanko.pdf_utils.reader import PdfFileReader

Item = collections.namedtuple("Item", "subject what ok detail")
OCSP_SIGNING, NOCHECK = "ocsp_signing", "ocsp_no_check"
TIMESTAMP_TOKEN = "1.2.840.113549.1.9.16.2.14"
ADOBE_ARCHIVAL = "1.2.840.113583.1.1.8"
MAX_CHAIN = 8


class Lists(core.SequenceOf):
    _child_spec = crl.CertificateList


class Answers(core.SequenceOf):
    _child_spec = ocsp.OCSPResponse


class Archival(core.Sequence):
    """The adbe-revocationInfoArchival of Adobe's PDF reference, without its otherRevInfo."""
    _fields = [("crl", Lists, {"explicit": 0, "optional": True}), ("ocsp", Answers, {"explicit": 1, "optional": True}),
               ("other", core.Any, {"optional": True})]


class File:
    """Everything in the file that may serve as evidence."""

    def __init__(self, reader):
        self.certs, self.answers, self.lists = {}, [], []
        store = reader.root["/DSS"] if "/DSS" in reader.root else {}
        for name, add in (("/Certs", self._add_cert), ("/OCSPs", self._add_answer), ("/CRLs", self._add_list)):
            for i in range(len(store[name]) if name in store else 0):
                add(store[name][i].data)

    def _add_cert(self, der):
        self.certs[der] = x509.Certificate.load(der)

    def _add_answer(self, der):
        response = ocsp.OCSPResponse.load(der)
        if response["response_status"].native == "successful":
            basic = response["response_bytes"]["response"].parsed
            self.answers.append(basic)
            for cert in basic["certs"] or ():
                self._add_cert(cert.dump())

    def _add_list(self, der):
        self.lists.append(crl.CertificateList.load(der))

    def add_cms(self, signed):
        for choice in signed["certificates"] or ():
            if choice.name == "certificate":
                self._add_cert(choice.chosen.dump())
        for attribute in signed["signer_infos"][0]["signed_attrs"]:
            if attribute["type"].dotted == ADOBE_ARCHIVAL:
                self._add_archival(attribute["values"][0])

    def _add_archival(self, value):
        archival = Archival.load(value.dump())
        for one in archival["crl"] or ():
            self._add_list(one.dump())
        for one in archival["ocsp"] or ():
            self._add_answer(one.dump())

    def issuers(self, cert):
        return [c for c in self.certs.values() if c.subject == cert.issuer and _signed_by(cert, c)]


def _hash(name):
    return {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}[name]()


def _verify(public_key, algorithm, digest_name, signature, data):
    key = load_der_public_key(public_key.dump())
    kind = algorithm.signature_algo
    try:
        if kind == "rsassa_pss":
            salt = algorithm["parameters"]["salt_length"].native
            digest = _hash(algorithm["parameters"]["hash_algorithm"]["algorithm"].native)
            key.verify(signature, data, padding.PSS(padding.MGF1(digest), salt), digest)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), _hash(digest_name))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(_hash(digest_name)))
        else:
            key.verify(signature, data)
        return True
    except InvalidSignature:
        return False


def _signed(public_key, algorithm, signature, data):
    pss = algorithm["algorithm"].native == "rsassa_pss"
    return _verify(public_key, algorithm, None if pss else algorithm.hash_algo, signature, data)


def _signed_by(cert, issuer):
    try:
        return _signed(issuer.public_key, cert["signature_algorithm"], cert["signature_value"].native,
                       cert["tbs_certificate"].dump())
    except (KeyError, ValueError, TypeError):
        return False


def _name(cert):
    return cert.subject.native.get("common_name", "?")


def _nocheck(cert):
    return any(e["extn_id"].native == NOCHECK for e in cert["tbs_certificate"]["extensions"])


class Judge:
    def __init__(self, file, anchors):
        self.file, self.anchors = file, anchors
        self.items, self.seen = [], set()

    def tell(self, subject, what, ok, detail=""):
        self.items.append(Item(subject, what, bool(ok), detail))
        return bool(ok)

    def chain(self, subject, cert, at):
        """cert, its issuers and their statuses, up to a root."""
        for _ in range(MAX_CHAIN):
            if any(cert.dump() == anchor.dump() for anchor in self.anchors):
                return
            issuer = next((a for a in self.anchors if a.subject == cert.issuer and _signed_by(cert, a)), None)
            if issuer is None:
                issuer = next((c for c in self.file.issuers(cert) if c.dump() != cert.dump()), None)
            if not self.tell(subject, f"chain {_name(cert)}", issuer is not None, "no issuer in the file"):
                return
            self.status(subject, cert, issuer, at)
            cert = issuer
        self.tell(subject, f"chain {_name(cert)}", False, "too long")

    def status(self, subject, cert, issuer, at):
        if (cert.dump(), at) in self.seen:
            return
        self.seen.add((cert.dump(), at))
        reasons = []
        answer = self.from_answers(cert, issuer, at, reasons)
        found = answer or self.from_lists(cert, issuer, at, reasons)
        self.tell(subject, f"status {_name(cert)}", found, "; ".join(reasons) or "nothing about it in the file")
        if isinstance(answer, x509.Certificate) and answer.dump() != issuer.dump():
            self.tell(subject, f"chain {_name(answer)}", True)
            if not _nocheck(answer):
                self.status(subject, answer, issuer, at)

    # -- OCSP

    def from_answers(self, cert, issuer, at, reasons):
        """The certificate of who signed a good answer, or None."""
        for basic in self.file.answers:
            for single in basic["tbs_response_data"]["responses"]:
                if not _is_about(single["cert_id"], cert, issuer):
                    continue
                if not _still_good(single["cert_status"], at):
                    reasons.append("an answer says " + single["cert_status"].name)
                    continue
                if _stale(single["next_update"], at):
                    reasons.append("an answer was stale by then")
                    continue
                responder = self.responder(basic, issuer)
                if responder is not None:
                    return responder
                reasons.append("an answer of nobody who may give it, or without his certificate in the file")
        return None

    def responder(self, basic, issuer):
        for cert in [issuer, *self.file.certs.values()]:
            if cert.dump() != issuer.dump() and not _authorised(cert, issuer):
                continue
            if _is_responder(basic["tbs_response_data"]["responder_id"], cert) and _signed(
                    cert.public_key, basic["signature_algorithm"], basic["signature"].native,
                    basic["tbs_response_data"].dump()):
                return cert
        return None

    # -- CRL

    def from_lists(self, cert, issuer, at, reasons):
        for one in self.file.lists:
            tbs = one["tbs_cert_list"]
            if tbs["issuer"] != issuer.subject:
                continue
            if not _signed(issuer.public_key, one["signature_algorithm"], one["signature"].native, tbs.dump()):
                reasons.append("a list with another's signature")
                continue
            if _stale(tbs["next_update"], at):
                reasons.append("a list was stale by then")
                continue
            entry = next((e for e in tbs["revoked_certificates"] or () if
                          e["user_certificate"].native == cert.serial_number), None)
            if entry is None or entry["revocation_date"].native > at:
                return True
            reasons.append("a list says revoked")
        return False


def _is_about(cert_id, cert, issuer):
    digest = cert_id["hash_algorithm"]["algorithm"].native
    key = issuer.public_key["public_key"]
    return (cert_id["serial_number"].native == cert.serial_number
            and cert_id["issuer_name_hash"].native == hashlib.new(digest, issuer.subject.dump()).digest()
            and cert_id["issuer_key_hash"].native == hashlib.new(digest, bytes(key)).digest())


def _still_good(status, at):
    return status.name == "good" or (status.name == "revoked" and status.chosen["revocation_time"].native > at)


def _stale(next_update, at):
    return next_update.native is not None and next_update.native < at


def _authorised(cert, issuer):
    usage = cert.extended_key_usage_value
    return (cert.issuer == issuer.subject and usage is not None and OCSP_SIGNING in usage.native
            and _signed_by(cert, issuer))


def _is_responder(responder_id, cert):
    if responder_id.name == "by_name":
        return responder_id.chosen == cert.subject
    return responder_id.native == hashlib.sha1(bytes(cert.public_key["public_key"])).digest()


# -- what is judged

def _signer(signed, file):
    sid = signed["signer_infos"][0]["sid"]
    for cert in file.certs.values():
        if sid.name == "issuer_and_serial_number":
            if cert.serial_number == sid.chosen["serial_number"].native and cert.issuer == sid.chosen["issuer"]:
                return cert
        elif cert.key_identifier == sid.native:
            return cert
    return None


def _value_fits(signed, signer, content):
    """The signed attributes name the digest of the content, and the value is over them."""
    info = signed["signer_infos"][0]
    digest = info["digest_algorithm"]["algorithm"].native
    named = next((a["values"][0].native for a in info["signed_attrs"] if a["type"].native == "message_digest"), None)
    return named == hashlib.new(digest, content).digest() and _verify(
        signer.public_key, info["signature_algorithm"], digest, info["signature"].native,
        info["signed_attrs"].untag().dump())


def _info(signed):
    content = signed["encap_content_info"]["content"]
    return content.parsed if isinstance(content.parsed, tsp.TSTInfo) else tsp.TSTInfo.load(bytes(content))


def _time(signed):
    return _info(signed)["gen_time"].native


def _token(judge, subject, signed, imprinted):
    """A timestamp token over those bytes; its time."""
    content = signed["encap_content_info"]["content"]
    info = _info(signed)
    judge.file.add_cms(signed)
    signer = _signer(signed, judge.file)
    imprint = info["message_imprint"]
    fits = signer is not None and _value_fits(signed, signer, bytes(content)) and imprint["hashed_message"].native == \
        hashlib.new(imprint["hash_algorithm"]["algorithm"].native, imprinted).digest()
    at = info["gen_time"].native
    if judge.tell(subject, "signature", fits, "its imprint or value is wrong"):
        judge.chain(subject, signer, at)
    return at


def _stamps(signed):
    for attribute in signed["signer_infos"][0]["unsigned_attrs"] or ():
        if attribute["type"].dotted == TIMESTAMP_TOKEN:
            yield from (value["content"] for value in attribute["values"])


def _covered(data, byte_range):
    parts = [int(n) for n in byte_range]
    return data[parts[0]:parts[0] + parts[1]] + data[parts[2]:parts[2] + parts[3]]


def _judge_signature(judge, name, signed, content, later):
    """later: the times of the document timestamps behind it."""
    signer = _signer(signed, judge.file)
    fits = signer is not None and _value_fits(signed, signer, content)
    times = [_token(judge, f"{name}: timestamp {i + 1}", stamp, signed["signer_infos"][0]["signature"].native)
             for i, stamp in enumerate(_stamps(signed))]
    at = min(times + later, default=datetime.datetime.now(datetime.timezone.utc))
    if judge.tell(name, "signature", fits, "its certificate is missing, or its value is wrong"):
        judge.chain(name, signer, at)


def judge(path, anchors):
    """[Item] of every signature of the file; anchors: paths of PEM certificates."""
    with open(path, "rb") as f:
        data = f.read()
        reader = PdfFileReader(f, strict=False)
        file, trusted = File(reader), [_load(anchor) for anchor in anchors]
        found = [(s.field_name, s.sig_object_type, s.signed_data, s.sig_object["/ByteRange"])
                 for s in reader.embedded_signatures]
    for _, _, signed, _ in found:
        file.add_cms(signed)
        for stamp in _stamps(signed):
            file.add_cms(stamp)
    one = Judge(file, trusted)
    for i, (name, kind, signed, byte_range) in enumerate(found):
        content = _covered(data, byte_range)
        if kind == "/DocTimeStamp":
            _token(one, "last" if i == len(found) - 1 else f"document timestamp {name}", signed, content)
        else:
            later = [_time(signed) for _, kind, signed, _ in found[i:] if kind == "/DocTimeStamp"]
            _judge_signature(one, name, signed, content, later)
    return one.items


def missing(items):
    """The items that keep the file from being LTV enabled."""
    return [item for item in items if not item.ok and item.subject != "last"]


def _load(path):
    with open(path, "rb") as f:
        data = f.read()
    return x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data)


def main(argv):
    if len(argv) < 3:
        print(__doc__.splitlines()[3].strip(), file=sys.stderr)
        return 64
    items = judge(argv[1], argv[2:])
    for item in items:
        print(("ok      " if item.ok else "MISSING ") + f"{item.subject}: {item.what}"
              + ("" if item.ok else f" ({item.detail})"))
    return 0 if items and not missing(items) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
