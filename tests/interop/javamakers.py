"""Files that PDFBox and iText sign (makers/*.java), for extended.py: adbe.pkcs7.detached and ETSI.CAdES.detached,
with and without a signature timestamp, certified, one maker's signature behind another's.

    made(bench, invoice)    [(name, path, level)], counted when a maker fails
    refused(bench)          what made() leaves that `pades extend` must not raise, and the reason it gives: counts
"""
import collections
import json
import os
import subprocess

# A file to make: by which program, key, level and KIND (as the programs have it); the name of the file that it
# signs, "" for the invoice.
File = collections.namedtuple("File", "name program key level kind source")
FILES = (
    File("pdfbox-b", "PdfboxSign", "seal-rsa3072", "b", "plain", ""),
    File("pdfbox-t", "PdfboxSign", "seal-rsa3072", "t", "certified", ""),
    File("pdfbox-p256-b", "PdfboxSign", "seal-p256", "b", "certified", ""),
    File("pdfbox-p256-t", "PdfboxSign", "seal-p256", "t", "plain", ""),
    File("itext-cades-b", "ItextSign", "seal-p256", "b", "cades", ""),
    File("itext-cades-t", "ItextSign", "seal-rsa3072", "t", "cades append", ""),
    File("itext-cms-b", "ItextSign", "seal-rsa3072", "b", "cms append", ""),
    File("itext-cms-t", "ItextSign", "seal-p256", "t", "cms", ""),
    File("itext-pss-b", "ItextSign", "seal-rsa3072", "b", "cades pss", ""),
    File("itext-on-pdfbox", "ItextSign", "seal-p256", "b", "cades append", "pdfbox-t"),
    File("pdfbox-on-itext", "PdfboxSign", "seal-p256", "b", "plain", "itext-cades-t"),
    File("itext-p1", "ItextSign", "seal-p256", "b", "cades p1", ""),
)
CERTIFIED_P1 = "itext-p1"
# In its update iText frees an object, which pyHanko holds against the signature before it, raised or not.
OBJECTED = ("itext-on-pdfbox",)


def _store(bench, key):
    """That key with its chain as a PKCS#12 file."""
    out = os.path.join(bench.work, f"makers-{key}.p12")
    subprocess.run(["openssl", "pkcs12", "-export", "-inkey", f"{bench.pki}/{key}.key", "-in",
                    f"{bench.pki}/{key}.pem", "-certfile", bench.env.issuing, "-passout", "pass:1234", "-out", out],
                   check=True)
    return out


def _path(bench, name):
    return os.path.join(bench.work, f"made-{name}.pdf")


def _make(bench, invoice, program, key, files):
    """Those files, all of that program and key, in one run of it."""
    home = os.path.join(bench.env.cache, "makers")
    jobs = "".join("\t".join((_path(bench, file.source) if file.source else invoice, _path(bench, file.name),
                              file.level, file.kind)) + "\n" for file in files)
    run = bench.env.run("java", "-Xmx512m", "-cp", f"{home}/classes:{home}/jars/*", program, _store(bench, key), "1234",
                        bench.base_url + "/tsa", text=jobs)
    told = run.stdout.splitlines() + [run.stderr[-400:]] * len(files)
    for file, error in zip(files, told):
        ok = error == "null" and os.path.exists(_path(bench, file.name))
        bench.count(ok, f"{file.name}: {program}: {error}")


def made(bench, invoice):
    for first in (True, False):  # what others sign must be there
        files = [file for file in FILES if first == (not file.source)]
        for way in dict.fromkeys((file.program, file.key) for file in files):
            _make(bench, invoice, *way, [file for file in files if (file.program, file.key) == way])
    return [(file.name, _path(bench, file.name), file.level) for file in FILES
            if file.name != CERTIFIED_P1 and os.path.exists(_path(bench, file.name))]


def _changed(bench, name):
    """That file with a covered byte changed."""
    path = _path(bench, name + "-changed")
    with open(_path(bench, name), "rb") as f:
        data = bytearray(f.read())
    data[data.index(b"\n", 8) + 2] ^= 1  # in the comment behind the header: the structure stays sound
    with open(path, "wb") as f:
        f.write(data)
    return path


def _refusal(bench, path, level, status, words):
    out = path.replace(".pdf", f"-{level}.pdf")
    run = bench.env.run(bench.args.pades, "extend", "--json", "--level", level, "--tsa", bench.base_url + "/tsa",
                        "--trust", bench.env.root, "--allow-host", "127.0.0.1", path, out)
    error = json.loads(run.stdout).get("error", {}) if run.stdout else {}
    good = run.returncode == 65 and error.get("status") == status and words in error.get("message", "") \
        and error.get("hint")
    bench.count(good and not os.path.exists(out),
                f"{os.path.basename(out)}: not {status}: exit {run.returncode} {run.stdout[-400:]} {run.stderr[-200:]}")


def refused(bench):
    for level in ("t", "lt", "lta"):
        _refusal(bench, _path(bench, CERTIFIED_P1), level, "DOC_NOT_PERMITTED",
                 "certifies the document and permits no changes")
        for name in ("pdfbox-t", "itext-cades-t", "itext-on-pdfbox"):
            _refusal(bench, _changed(bench, name), level, "DOC_SIGNATURE_BROKEN", "is broken: the document was changed")
