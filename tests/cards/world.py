#!/usr/bin/env python3
"""world.py DIR RESULTS: what the tests of this folder copy, made once: cards, an NSS database, a TPM with keys; and an
empty file for their results.

What lacks a package is left out: the tests that need it say so. Run inside p11ns.sh.
"""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support", "cards"))

import parts  # noqa: E402
import vcard  # noqa: E402


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)


def make_nss(folder):
    """Two keys, RSA and P-256, with certificates of a CA of their own."""
    os.makedirs(folder)
    subject = ["-subj", "/C=FI/O=Test/CN=Test CA", "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "3650"]
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject)
    for name, algorithm in (("rsa", vcard.RSA), ("p256", vcard.EC256)):
        vcard.issue(folder, name, "nonRepudiation", algorithm, "Seal " + name)
        openssl(folder, "x509", "-inform", "DER", "-in", name + ".der", "-out", name + ".pem")
        wanted = ["-inkey", name + ".key", "-in", name + ".pem", "-name", name, "-passout", "pass:x"]
        openssl(folder, "pkcs12", "-export", *wanted, "-out", name + ".p12")
    parts.Nss.make(folder, [os.path.join(folder, name + ".p12") for name in ("rsa", "p256")], "x")


def make_tpm(folder):
    """The keys k1 and k2 with their certificates; the request is signed by another key, the public key is the TPM's."""
    os.makedirs(folder)
    subject = ["-subj", "/C=FI/O=Test/CN=Test CA", "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "3650"]
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject)
    tpm = parts.Tpm(folder)
    try:
        tpm.fill()
        for name in ("k1", "k2"):
            wanted = ["--read-object", "--type", "pubkey", "--label", name, "-o", os.path.join(folder, name + ".pub")]
            subprocess.run(
                ["pkcs11-tool", "--module", tpm.module, "--token-label", "tpm", *wanted],
                env={**os.environ, **tpm.env},
                check=True,
                capture_output=True,
            )
            vcard.issue(folder, name, "nonRepudiation", vcard.EC256, "Seal " + name, public=name + ".pub")
            openssl(folder, "x509", "-inform", "DER", "-in", name + ".der", "-out", name + ".pem")
            tpm.certify(name, os.path.join(folder, name + ".pem"))
    finally:
        tpm.stop()


def make(folder, name, needs, maker):
    """Whole or not at all, so that what a package was missing for is made when it is there."""
    path = os.path.join(folder, name)
    if os.path.exists(path) or parts.missing(needs):
        return
    shutil.rmtree(path + ".new", ignore_errors=True)
    maker(path + ".new")
    os.rename(path + ".new", path)


def main(folder):
    os.makedirs(folder, exist_ok=True)
    make(folder, "piv", [], lambda path: vcard.make("piv", path))
    make(folder, "esteid2018", [], lambda path: vcard.make("esteid2018", path))
    make(folder, "nss", parts.Nss.needs, make_nss)
    make(folder, "tpm", parts.Tpm.needs, make_tpm)


if __name__ == "__main__":
    if os.environ.get("PADES_CARDS_INSIDE") != "1":
        namespace = os.path.join(os.path.dirname(parts.__file__), "p11ns.sh")
        if subprocess.run([namespace, "true"], capture_output=True, check=False).returncode != 0:
            print("no name spaces here: the tests will say so", file=sys.stderr)
            sys.exit(0)
        os.environ["PADES_CARDS_INSIDE"] = "1"
        os.execv(namespace, [namespace, sys.executable, "-B", *sys.argv])
    with open(sys.argv[2], "w", encoding="ascii"):
        pass
    main(os.path.abspath(sys.argv[1]))
