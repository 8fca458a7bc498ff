"""Encrypted documents of every kind, sealed at level b with the user's password and at t with the owner's;
what everybody says of them who can be given a password. The checker of bytes cannot.
"""
import os
import subprocess
import sys

import validators

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gen"))
import encpdf  # noqa: E402

WAYS = [("seal-p256", [], "sha256"), ("seal-rsa3072", [], "sha384")]
MADE = [["40"], ["128", "--use-aes=n"], ["128", "--use-aes=y"], ["128", "--use-aes=y", "--cleartext-metadata"], ["256"],
        ["256", "--force-R5"]]
# What of these a validator cannot read, sealed or not: pyHanko has no RC4 of 96 bits, no revision 5, no file
# without /ID and no named filter on object streams; DSS (PDFBox) has one algorithm for strings and streams and
# overlooks /Crypt.
CANNOT = {"rc4-no-id": {"pyhanko"}, "cf-aes-no-id": {"pyhanko"}, "rc4-56": {"pyhanko"}, "rc4-56-full": {"pyhanko"},
          "aes-256-r5": {"pyhanko"}, "cf-mixed": {"dss"}, "cf-mixed-turned": {"dss"}, "cf-objstm-identity": {"dss"},
          "cf-objstm-other": {"pyhanko", "dss"}}
# One password: as a user may type it, and what SASLprep makes of it. pyHanko normalizes; qpdf takes what it gets.
SPELLINGS = ["\ufb01x gru\u0308n \u2168", "fix gr\u00fcn IX"]


def inputs(bench):
    """(path, user's password, owner's, for whom the input is unreadable)"""
    for name, case in encpdf.CASES.items():
        seed = next(seed for seed in range(11, 99) if encpdf.make(name, seed)[1]["spacing"] != 3)
        path = os.path.join(bench.work, f"enc-{name}.pdf")
        with open(path, "wb") as f:
            f.write(encpdf.make(name, seed)[0])
        yield path, case["user"].decode(), case["owner"].decode(), CANNOT.get(name, set())
    invoice = os.path.join(bench.work, "plain-invoice.pdf")
    subprocess.run([bench.program("pades-mkinvoice"), invoice], check=True)
    for options in MADE:
        for streams in ("disable", "generate"):
            path = os.path.join(bench.work, f"enc-invoice-{'-'.join(options).replace('--', '')}-{streams}.pdf")
            subprocess.run(["qpdf", "--allow-weak-crypto", f"--object-streams={streams}", "--encrypt", "user", "owner",
                            *options, "--", invoice, path], check=True, stderr=subprocess.DEVNULL)
            yield path, "user", "owner", {"pyhanko"} if "--force-R5" in options else set()


def seal(bench, source, name, level, password):
    out, given = os.path.join(bench.work, name), []
    if password:
        secret = os.path.join(bench.work, "document-password")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as f:
            f.write(password + "\n")
        given = ["--password-file", secret]
    key, options, digest = WAYS[level == "t"]
    command = bench.command(source, out, (key, options + given, digest), level, None)
    run = bench.env.run(*command)
    ok = run.returncode == 0 and os.path.exists(out)
    bench.count(ok, f"{name}: pades sign: exit {run.returncode} {run.stderr[-400:]}")
    return out if ok else None


def spelled(bench):
    """What pyHanko encrypted with either spelling, sealed with either."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    for made, user in enumerate(SPELLINGS):
        path = os.path.join(bench.work, f"enc-pyhanko-{made}.pdf")
        with open(os.path.join(bench.work, "plain-invoice.pdf"), "rb") as plain, open(path, "wb") as out:
            writer = copy_into_new_writer(PdfFileReader(plain))
            writer.encrypt(owner_pass="owner", user_pass=user, pdf_mac=False)
            writer.write(out)
        for typed, password in enumerate(SPELLINGS):
            out = seal(bench, path, f"enc-pyhanko-{made}-{typed}.pdf", "b", password)
            if out:
                yield validators.Sealed(out, path, path, "b", ["b"], password=SPELLINGS[1])


def judge(bench):
    sealed, left_out = [], {}
    for path, user, owner, unreadable in inputs(bench):
        source, seals = path, []
        for level, password in (("b", user), ("t", owner)):
            out = seal(bench, source, os.path.basename(path).replace(".pdf", f"-{level}.pdf"), level, password)
            if not out:
                break
            seals = seals + [level]
            sealed.append(validators.Sealed(out, source, path, level, seals, password=user))
            left_out[out] = unreadable
            source = out
    for one in spelled(bench):
        sealed.append(one)
        left_out[one.path] = set()
    for one in sealed:
        for label, function in validators.EACH:
            if label != "bytes" and label not in left_out[one.path]:
                try:
                    wrong = function(bench.env, one)
                except Exception as error:  # a validator that falls over does not accept
                    wrong = f"{type(error).__name__}: {error}"
                bench.count(not wrong, f"{one.name}: {label}: {wrong}")
    asked = [one for one in sealed if "dss" not in left_out[one.path]]
    for path, wrong in validators.dss(bench.env, asked).items():
        bench.count(not wrong, f"{os.path.basename(path)}: dss: {wrong}")
