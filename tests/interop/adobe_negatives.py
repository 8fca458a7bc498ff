"""Files that miss exactly one of Adobe's conditions each, and what adobe_ltv.py says of them.

    judge(bench)    bench as run.py has it, its server with the PKI p384: counts

The positive is a timestamped signature of pyHanko, with nothing but the signer's and the unit's certificates in
it, and behind it one revision with a DSS of exactly what is needed. Each negative is the same with one thing
left out, or replaced by something that does not do.
"""
import os
import subprocess
import urllib.request

import adobe_ltv

SEAL, UNIT, TIME_CA, SEAL_CA, POLICY = ("Demo Company Oy Decades seal p384", "Decades Time-Stamping Unit 1 p384",
                                        "Decades Time CA p384", "Decades Seal CA p384", "Decades Policy CA p384")
TIME_RESPONDER = "Decades Time Responder 1 p384"


class Maker:
    """Evidence about the PKI p384, as DER, fresh from the server."""

    def __init__(self, bench):
        self.bench, self.base, self.pki = bench, bench.base_url, bench.pki

    def cert(self, name):
        with open(os.path.join(self.pki, name + ".der"), "rb") as f:
            return f.read()

    def answer(self, name, issuer, path):
        request = os.path.join(self.bench.work, "ocsp.request")
        subprocess.run(["openssl", "ocsp", "-issuer", f"{self.pki}/{issuer}.pem", "-cert", f"{self.pki}/{name}.pem",
                        "-reqout", request, "-no_nonce"], check=True, capture_output=True)
        with open(request, "rb") as f:
            asked = urllib.request.Request(self.base + path, f.read(), {"Content-Type": "application/ocsp-request"})
        with urllib.request.urlopen(asked, timeout=20) as reply:
            return reply.read()

    def crl(self, path):
        with urllib.request.urlopen(self.base + path, timeout=20) as reply:
            return reply.read()

    def parts(self):
        """{name: (array of the DSS, DER)} of what makes the base LTV enabled."""
        return {
            "cert seal CA": ("/Certs", self.cert("p384-issuing")),
            "cert policy CA": ("/Certs", self.cert("p384-policy")),
            "cert time CA": ("/Certs", self.cert("p384-tsa-ca")),
            "ocsp seal": ("/OCSPs", self.answer("p384-seal", "p384-issuing", "/ocsp")),
            "ocsp policy": ("/OCSPs", self.answer("p384-policy", "p384-root", "/ocsp-direct")),
            "ocsp unit": ("/OCSPs", self.answer("p384-tsa", "p384-tsa-ca", "/ocsp")),
            "crl policy": ("/CRLs", self.crl("/crl/p384-policy.crl")),
            "crl time CA": ("/CRLs", self.crl("/crl/p384-tsa-ca.crl")),
        }


def negatives(maker):
    """(name, part of the base that goes, the DER in its place or None, what is then missing)"""
    seal = ("p384-seal", "p384-issuing")
    yield "no issuer of the seal", "cert seal CA", None, [f"chain {SEAL}"]
    yield "no issuer of both CAs", "cert policy CA", None, [f"chain {SEAL_CA}", f"chain {TIME_CA}"]
    yield "no issuer of the unit", "cert time CA", None, [f"chain {UNIT}"]
    yield "no status of the seal", "ocsp seal", None, [f"status {SEAL}"]
    yield "no status of the policy CA", "ocsp policy", None, [f"status {POLICY}"]
    # The list, which is there for the responder, has the unit's status too.
    yield "no status of the unit", "ocsp unit, crl time CA", None, [f"status {UNIT}"]
    yield "no status of both CAs", "crl policy", None, [f"status {SEAL_CA}", f"status {TIME_CA}"]
    yield "no status of the responder", "crl time CA", None, [f"status {TIME_RESPONDER}"]
    for fault in ("no-cert", "other-cert", "stranger", "noeku", "wrong-signature", "revoked=864000", "onhold=864000",
                  "unknown", "stale"):
        yield f"answer: {fault}", "ocsp seal", maker.answer(*seal, f"/fault/{fault}/ocsp"), [f"status {SEAL}"]
    for fault in ("stranger", "wrong-signature", "other-issuer", "stale"):
        yield (f"list: {fault}", "crl policy", maker.crl(f"/fault/{fault}/crl/p384-policy.crl"),
               [f"status {SEAL_CA}", f"status {TIME_CA}"])


def with_dss(source, out, parts):
    """One revision more: a catalog with this DSS."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    with open(source, "rb") as f:
        writer = IncrementalPdfFileWriter(f)
        store = generic.DictionaryObject({generic.NameObject(name): generic.ArrayObject()
                                          for name in ("/Certs", "/OCSPs", "/CRLs")})
        for name, der in parts:
            store[name].append(writer.add_object(generic.StreamObject(stream_data=der)))
        writer.root["/DSS"] = writer.add_object(store)
        writer.update_root()
        with open(out, "wb") as target:
            writer.write(target)


def _base(bench):
    """A timestamped signature with two certificates in it: the signer's and the unit's."""
    invoice, out = os.path.join(bench.work, "invoice.pdf"), os.path.join(bench.work, "adobe-base.pdf")
    if not os.path.exists(invoice):
        subprocess.run([bench.program("pades-mkinvoice"), invoice], check=True)
    run = bench.env.run(os.path.join(bench.env.cache, "venv", "bin", "pyhanko"), "sign", "addsig", "--field", "Seal",
                        "--use-pades", "--timestamp-url", bench.base_url + "/fault/leaf-only/p384/tsa", "pemder", "--key",
                        f"{bench.pki}/p384-seal.key", "--cert", f"{bench.pki}/p384-seal.pem", "--no-pass", invoice, out)
    bench.count(run.returncode == 0, f"adobe: the base: {run.stderr[-300:]}")
    return out if run.returncode == 0 else None


def _missing(path, anchor):
    return sorted({item.what for item in adobe_ltv.missing(adobe_ltv.judge(path, [anchor]))})


def _tampered(path, out):
    with open(path, "rb") as f:
        data = bytearray(f.read())
    data[data.index(b"\n", 8) + 2] ^= 1  # in the comment behind the header
    with open(out, "wb") as f:
        f.write(data)


def judge(bench):
    maker, base = Maker(bench), _base(bench)
    if base is None:
        return
    root, stranger = (os.path.join(bench.pki, name) for name in ("p384-root.pem", "stranger-root.pem"))
    parts, good, bad = maker.parts(), base.replace("base", "good"), base.replace("base", "bad")
    with_dss(base, good, parts.values())
    bench.count(not _missing(good, root), f"adobe: the positive misses {_missing(good, root)}")
    bench.count(f"chain {POLICY}" in _missing(good, stranger), "adobe: a root that is not trusted")
    _tampered(good, bad)
    bench.count("signature" in _missing(bad, root), "adobe: a changed byte")
    for name, replaced, der, wanted in negatives(maker):
        gone = replaced.split(", ")
        rest = [part for key, part in parts.items() if key not in gone] + ([(parts[gone[0]][0], der)] if der else [])
        with_dss(base, bad, rest)
        found = _missing(bad, root)
        bench.count(found == sorted(wanted), f"adobe: {name}: missing {found}, not {wanted}")
