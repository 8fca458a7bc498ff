"""Other people's judgement of one sealed file: each function gives what is wrong, or "".

A Sealed is an output with the input it was made from; Env says where programs and anchors are. Run
with the Python of the interop cache, which has pyHanko; the rest are programs, and EU DSS in one JVM.
"""
import json
import os
import re
import subprocess

import cmswalk as cms
import pades_bytes
from pdfread import Doc, Ref

TIMEOUT = 300


class Env:
    """Anchors, and places of the programs."""

    def __init__(self, work, pki, cache):
        self.work, self.pki, self.cache = work, pki, cache
        self.root = os.path.join(pki, "root.pem")
        self.issuing = os.path.join(pki, "issuing.pem")
        self.variables = {**os.environ, "HOME": work, "LC_ALL": "C"}

    def run(self, *command, text=None):
        return subprocess.run(command, capture_output=True, text=True, errors="replace", env=self.variables,
                              timeout=TIMEOUT, input=text, check=False)


class Sealed:
    def __init__(self, path, source, original, level, seals, tidy=False, password=None):
        self.path, self.source, self.original = path, source, original  # source: the direct input
        self.level, self.seals = level, seals  # seals: levels of all seals, oldest first
        self.tidy = tidy  # no annotations of the original overlap
        self.password = password  # of an encrypted document, its user's; "": the empty one

    @property
    def name(self):
        return os.path.basename(self.path)


def bytes_checker(_env, sealed):
    result = pades_bytes.check(sealed.path, sealed.source, sealed.level)
    return "; ".join(f"{rule}: {message}" for rule, message in result.broken)


def qpdf(env, sealed):
    """`qpdf --check` is no worse than before: neither its status nor the number of its warnings."""
    given = [f"--password={sealed.password}"] if sealed.password else []
    before, after = (env.run("qpdf", "--check", *given, path) for path in (sealed.original, sealed.path))
    warnings = [len(re.findall("^WARNING", r.stderr, re.M)) for r in (before, after)]
    if after.returncode > before.returncode or warnings[1] > warnings[0]:
        return f"exit {before.returncode} -> {after.returncode}: {after.stderr[-300:]}"
    return ""


def pdfsig(env, sealed):
    given = ["-upw", sealed.password] if sealed.password else []
    out = env.run("pdfsig", "-nocert", *given, sealed.path).stdout
    valid = out.count("Signature Validation: Signature is Valid.")
    wanted = len(sealed.seals)
    if out.count("Signature #") != wanted or valid != wanted or "Total document signed" not in out:
        return f"{valid} of {wanted} valid: {out[-400:]}"
    return ""


def signatures(path):
    """(CMS, signed bytes) of each signature field with a value, in the order of their ranges."""
    with open(path, "rb") as f:
        data = f.read()
    if b"/Encrypt" in data:
        return _plain_signatures(data)
    doc, out = Doc(data), []
    for _, field, _, _ in pades_bytes.fields_of(doc):
        if pades_bytes.is_signature(doc, field) and isinstance(field.get(b"V"), Ref):
            value = doc.resolve(field.get(b"V"))
            _, a, b, c = (item.value for item in value.get(b"ByteRange").items)
            contents = value.get(b"Contents").data
            out.append((b + c, contents[:cms.SignedData(contents).end], data[:a] + data[b:b + c]))
    return [(blob, signed) for _, blob, signed in sorted(out)]


def _plain_signatures(data):
    """The same of a file whose object streams cannot be read: /Contents is never encrypted."""
    out = []
    for match in re.finditer(rb"/ByteRange ?\[0 (\d+) (\d+) (\d+)\]", data):
        a, b, c = map(int, match.groups())
        contents = bytes.fromhex(data[a + 1:b - 1].decode("ascii"))
        out.append((b + c, contents[:cms.SignedData(contents).end], data[:a] + data[b:b + c]))
    return [(blob, signed) for _, blob, signed in sorted(out)]


def _save(env, name, data):
    path = os.path.join(env.work, "openssl", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    return path


def openssl_cms(env, sealed):
    found = signatures(sealed.path)
    if len(found) != len(sealed.seals):
        return f"{len(found)} signatures of {len(sealed.seals)} found"
    for i, (blob, signed) in enumerate(found):
        der = _save(env, f"{sealed.name}.{i}.cms", blob)
        data = _save(env, f"{sealed.name}.{i}.data", signed)
        run = env.run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", der, "-content", data,
                      "-CAfile", env.root, "-certfile", env.issuing, "-purpose", "any", "-out", os.devnull)
        os.unlink(data)
        if run.returncode != 0:
            return f"signature {i}: {run.stderr[-300:]}"
    return ""


def openssl_ts(env, sealed):
    for i, ((blob, _), level) in enumerate(zip(signatures(sealed.path), sealed.seals)):
        signer = cms.SignedData(blob).signers[0]
        stamps = [v for a in signer.attrs(pades_bytes.A_STAMP, unsigned=True) for v in a.values]
        if len(stamps) != (level == "t"):
            return f"signature {i}: {len(stamps)} timestamps at level {level}"
        for stamp in stamps:
            token = _save(env, f"{sealed.name}.{i}.tst", bytes(stamp.raw))
            value = _save(env, f"{sealed.name}.{i}.sig", signer.signature)
            run = env.run("openssl", "ts", "-verify", "-in", token, "-token_in", "-data", value,
                          "-CAfile", env.root, "-untrusted", env.issuing)
            if run.returncode != 0:
                return f"signature {i}: {run.stdout[-200:]} {run.stderr[-300:]}"
    return ""


def pyhanko(env, sealed):
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    root, issuing = (load_cert_from_pemder(path) for path in (env.root, env.issuing))
    with open(sealed.path, "rb") as f:
        reader = PdfFileReader(f, strict=False)
        if sealed.password is not None:
            reader.decrypt(sealed.password)
        found = reader.embedded_regular_signatures
        if len(found) != len(sealed.seals):
            return f"{len(found)} signatures of {len(sealed.seals)} found"
        for i, (signature, level) in enumerate(zip(found, sealed.seals)):
            context = ValidationContext(trust_roots=[root], other_certs=[issuing], allow_fetching=False)
            status = validate_pdf_signature(signature, context, context)
            coverage = SignatureCoverageLevel.ENTIRE_FILE if signature is found[-1] \
                else SignatureCoverageLevel.ENTIRE_REVISION
            stamp = status.timestamp_validity
            stamp_ok = stamp is not None and stamp.valid and stamp.trusted if level == "t" else stamp is None
            if not (status.bottom_line and status.coverage == coverage and stamp_ok):
                return f"signature {i}: {status.summary()} {status.coverage} timestamp {stamp}"
    return ""


def _dss_line(sealed):
    return sealed.path + ("\t" + sealed.password if sealed.password else "") + "\n"


def dss(env, sealed_files):
    """{path: what is wrong} of all files, validated in one JVM."""
    home = os.path.join(env.cache, "dss")
    classes = f"{home}/classes:{home}/jars/*"
    run = subprocess.run(["java", "-Xmx1g", "-cp", classes, "DssValidate", env.root], capture_output=True, text=True,
                         input="".join(_dss_line(s) for s in sealed_files), env=env.variables,
                         timeout=TIMEOUT + 5 * len(sealed_files), check=False)
    reports = {}
    for line in run.stdout.splitlines():
        if line.startswith("{"):
            report = json.loads(line)
            reports[report["file"]] = report
    nothing = {"error": f"no answer: exit {run.returncode} {run.stderr[-300:]}"}
    return {s.path: _dss_verdict(reports.get(s.path, nothing), s) for s in sealed_files}


def _dss_verdict(report, sealed):
    if "error" in report:
        return report["error"]
    wanted = [f"PAdES_BASELINE_{level.upper()}" for level in sealed.seals]
    levels = [s["level"].replace("-", "_") for s in report["signatures"]]
    good = all(s["indication"] == "TOTAL_PASSED" and not s["changes"] for s in report["signatures"])
    good = good and not (sealed.tidy and any(s["overlaps"] for s in report["signatures"]))
    if sorted(levels) != sorted(wanted) or not good or report["valid"] != len(wanted):
        return json.dumps(report["signatures"])[:900]
    return ""


EACH = [("bytes", bytes_checker), ("qpdf", qpdf), ("pdfsig", pdfsig), ("openssl-cms", openssl_cms),
        ("openssl-ts", openssl_ts), ("pyhanko", pyhanko)]
