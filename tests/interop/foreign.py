"""Signatures of other programs, taken apart with `pades inspect --extract` and checked with the very openssl
commands that its verify.txt gives: pyHanko (adbe and PAdES, with timestamp, several, a document timestamp) and
pdfsig (NSS).

    judge(bench)    bench as run.py has it: counts
"""
import json
import os
import re
import shutil
import subprocess


def _pyhanko(bench, *args):
    program = os.path.join(bench.env.cache, "venv", "bin", "pyhanko")
    return bench.env.run(program, *args)


def _key(bench, name="seal-rsa3072"):
    pki = bench.pki
    return ["pemder", "--key", f"{pki}/{name}.key", "--cert", f"{pki}/{name}.pem", "--chain", bench.env.issuing,
            "--no-pass"]


def _addsig(bench, source, name, field, *options, key="seal-rsa3072"):
    out = os.path.join(bench.work, name)
    run = _pyhanko(bench, "sign", "addsig", "--field", field, *options, *_key(bench, key), source, out)
    bench.count(run.returncode == 0, f"{name}: pyhanko: {run.stderr[-400:]}")
    return out if run.returncode == 0 else None


def _by_pyhanko(bench, invoice):
    """[(path, commands wanted)] of what pyHanko signed."""
    tsa = ["--timestamp-url", bench.base_url + "/tsa"]
    one = _addsig(bench, invoice, "py-adbe.pdf", "One")
    yield one, 2
    if one:
        two = _addsig(bench, one, "py-two.pdf", "Two", "--use-pades", *tsa, key="seal-p256")
        yield two, 5
        if two:
            out = os.path.join(bench.work, "py-stamp.pdf")
            run = _pyhanko(bench, "sign", "timestamp", *tsa, "--trust", bench.env.root, two, out)
            bench.count(run.returncode == 0, f"pyhanko timestamp: {run.stderr[-400:]}")
            yield (out if run.returncode == 0 else None), 6
    yield _addsig(bench, invoice, "py-visible.pdf", "1/10,10,100,60/Seen", "--prefer-pss"), 2
    lta = _addsig(bench, invoice, "py-lta.pdf", "Lta", "--use-pades-lta", "--with-validation-info", *tsa, "--trust",
                  bench.env.root)
    if lta:
        _check_lta(bench, lta)
    yield lta, 4


def _check_lta(bench, path):
    """What inspect says of a DSS and a document timestamp."""
    run = bench.env.run(bench.args.pades, "inspect", "--json", path)
    told = json.loads(run.stdout)
    dss = told["dss"] or {}
    bench.count(dss.get("certificates", 0) >= 3 and dss["ocsps"] + dss["crls"] >= 1, f"the DSS of py-lta.pdf: {dss}")
    kinds = {(c["change"], c["kind"]) for r in told["revisions"] for c in r["changes"]}
    for kind in ("signature", "DSS", "document timestamp"):
        bench.count(("added", kind) in kinds, f"py-lta.pdf: no revision adds a {kind}: {kinds}")


def _by_pdfsig(bench, invoice):
    """A signature that NSS made."""
    out = os.path.join(bench.work, "pdfsig.pdf")
    if os.path.exists(out) or not shutil.which("certutil"):
        return out if os.path.exists(out) else None
    nss, p12 = os.path.join(bench.work, "nss"), os.path.join(bench.work, "nss.p12")
    os.makedirs(nss)
    pki = bench.pki
    for command in (
            ["openssl", "pkcs12", "-export", "-inkey", f"{pki}/seal-rsa3072.key", "-in", f"{pki}/seal-rsa3072.pem",
             "-certfile", bench.env.issuing, "-name", "seal", "-passout", "pass:x", "-out", p12],
            ["certutil", "-N", "-d", nss, "--empty-password"],
            ["certutil", "-A", "-d", nss, "-n", "root", "-t", "CT,C,C", "-i", bench.env.root],
            ["pk12util", "-i", p12, "-d", nss, "-W", "x"]):
        run = bench.env.run(*command)
        if run.returncode != 0:
            bench.count(False, f"{command[0]}: {run.stderr[-300:]}")
            return None
    run = bench.env.run("pdfsig", "-nssdir", nss, "-add-signature", "-nick", "seal", "-digest", "SHA256", invoice, out)
    bench.count(os.path.exists(out), f"pdfsig -add-signature: {run.stdout[-200:]} {run.stderr[-300:]}")
    return out if os.path.exists(out) else None


def _commands(bench, folder):
    with open(os.path.join(folder, "verify.txt"), encoding="utf-8") as f:
        text = f.read().replace("\\\n", " ")
    return [re.sub(r"\b(TSA)?ROOT\.pem", bench.env.root, line) for line in re.findall(r"(?m)^ +(openssl .*)$", text)]


def _check(bench, path, wanted):
    name = os.path.basename(path)
    folder = path + ".parts"
    run = bench.env.run(bench.args.pades, "inspect", "--json", "--extract", folder, path)
    bench.count(run.returncode == 0, f"{name}: pades inspect: {run.stderr[-300:]}")
    if run.returncode != 0:
        return
    commands = _commands(bench, folder)
    bench.count(len(commands) == wanted, f"{name}: {len(commands)} commands, not {wanted}")
    for command in commands:
        run = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
        good = run.returncode == 0 and re.search("Verification(:| successful)", run.stdout + run.stderr)
        bench.count(good, f"{name}: {command}: {run.stderr[-300:]}")


def judge(bench):
    invoice = os.path.join(bench.work, "invoice.pdf")
    if not os.path.exists(invoice):
        subprocess.run([bench.program("pades-mkinvoice"), invoice], check=True)
    files = list(_by_pyhanko(bench, invoice))
    files.append((_by_pdfsig(bench, invoice), 2))
    for path, wanted in files:
        if path:
            _check(bench, path, wanted)
