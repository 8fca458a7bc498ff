#!/usr/bin/env python3
"""Seals files with pades in many ways and asks everyone else what they think of them.

    run.py --pades PROGRAM --support DIR --cache DIR --work DIR [--files N]
           [--only accept|encrypted|conform|rights|forms|refuse|foreign|extended|decades]

Makes a PKI, a software token and a timestamp server on loopback, seals the sample invoice with every
algorithm and digest at levels b and t, seals it and generated files once, twice and three times, and
wants every output accepted by all of validators.py; then seals the conforming files of conform.py, gives
it the bad files of refusals.py, takes the signatures of other programs apart (foreign.py), raises those of
others (extended.py), and judges what is left of signatures after ten years (decades.py). Ends its server itself.
Last line: "N passed, N failed".
"""
import argparse
import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys
import time

import decades
import encrypted
import extended
import foreign
import forms
import pades_bytes
import refusals
import rights
import validators

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "gen"))
import conform  # noqa: E402
import goodpdf  # noqa: E402

# Key, further options; the digests each is used with.
KEYS = [("seal-rsa3072", []), ("seal-rsa3072", ["--pss"]), ("seal-p256", []), ("seal-p384", []), ("seal-p521", [])]
DIGESTS = {"seal-p384": ["sha384", "sha512"], "seal-p521": ["sha512"]}
ALL_DIGESTS = ["sha256", "sha384", "sha512"]
# Those who must notice when a covered byte is changed.
NOTICE = {"bytes", "pdfsig", "openssl-cms", "pyhanko", "dss"}


class Bench:
    """The token, the server and the files of one run."""

    def __init__(self, args):
        self.args = args
        self.work = os.path.abspath(args.work)
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)
        self.pki = os.path.join(self.work, "pki")
        self.env = validators.Env(self.work, self.pki, args.cache)
        self.passed = self.failed = 0
        self.server = None

    def program(self, name):
        return os.path.join(os.path.abspath(self.args.support), name)

    def start(self):
        rsa = ["--rsa"] if self.args.only == "decades" else []
        subprocess.run([self.program("pades-mkpki"), self.pki, "--base-url", "auto", *rsa], check=True)
        variables = {**os.environ, "PADES_P11LOAD": self.program("pades-p11load")}
        hsm = os.path.join(self.work, "hsm")
        subprocess.run([os.path.join(HERE, "..", "support", "softhsm.sh"), hsm, self.pki], check=True, env=variables,
                       stdout=subprocess.DEVNULL)
        shown = subprocess.run(["bash", "-c", '. "$1/env"; printf "%s\\n" "$SOFTHSM2_CONF" "$P11_MODULE"', "-", hsm],
                               check=True, capture_output=True, text=True).stdout.splitlines()
        self.env.variables["SOFTHSM2_CONF"], self.module = shown
        self.env.variables["XDG_STATE_HOME"] = os.path.join(self.work, "state")
        self.pin = os.path.join(self.work, "pin")
        with open(os.open(self.pin, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as f:
            f.write("1234\n")
        with open(os.path.join(self.pki, "base-url"), encoding="ascii") as f:
            self.base_url = f.read().strip()
        self._start_server()

    def _start_server(self):
        ready = os.path.join(self.work, "port")
        self.server = subprocess.Popen([self.program("pades-testd"), "--pki", self.pki, "--port-file", ready,
                                        "--log", os.path.join(self.work, "testd.log")])
        deadline = time.monotonic() + 20
        while not os.path.exists(ready):
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("pades-testd did not start")
            time.sleep(0.05)

    def stop(self):
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(10)

    def count(self, ok, what):
        self.passed += bool(ok)
        self.failed += not ok
        if not ok:
            print(f"FAIL {what}", flush=True)

    def command(self, source, out, way, level, field):
        """`pades sign` of source in a way: key, options, digest."""
        key, options, digest = way
        command = [self.args.pades, "sign", "--module", self.module, "--key", f"pkcs11:token=seal;object={key}",
                   "--pin-file", self.pin, "--level", level, "--digest", digest, *options,
                   *(["--field", field] if field else []), "--trust", self.env.root]
        if level == "t":
            command += ["--tsa", self.base_url + "/tsa"]
        return command + [source, out]

    def seal(self, source, name, way, level, field):
        """The path of source sealed, or None."""
        out = os.path.join(self.work, name)
        run = self.env.run(*self.command(source, out, way, level, field))
        ok = run.returncode == 0 and os.path.exists(out)
        self.count(ok, f"{name}: pades sign: exit {run.returncode} {run.stderr[-400:]}")
        return out if ok else None

    # -- what is sealed

    def ways(self):
        return [(key, options, digest) for key, options in KEYS for digest in DIGESTS.get(key, ALL_DIGESTS)]

    def inputs(self):
        """(path, unreadable for whom) of the invoice and generated files."""
        invoice = os.path.join(self.work, "invoice.pdf")
        subprocess.run([self.program("pades-mkinvoice"), invoice], check=True)
        out = [(invoice, set())]
        for seed in range(1, self.args.files + 1):
            data, features = goodpdf.make(seed)
            path = os.path.join(self.work, f"gen{seed:03d}-{features['kind']}.pdf")
            with open(path, "wb") as f:
                f.write(data)
            # pyHanko cannot read comments between tokens: it would judge the input, not the seal.
            out.append((path, {"pyhanko"} if features["spacing"] == 3 else set()))
        return out

    def seal_all(self):
        """[(Sealed, validators left out)]"""
        inputs, ways = self.inputs(), self.ways()
        out = []
        for way in ways:
            for level in "bt":
                name = f"invoice-{'-'.join([way[0], *way[1], way[2], level])}.pdf"
                path = self.seal(inputs[0][0], name, way, level, "Seal")
                if path:
                    out.append((validators.Sealed(path, inputs[0][0], inputs[0][0], level, [level]), set()))
        for i, (source, left_out) in enumerate(inputs):
            out += [(sealed, left_out) for sealed in self.chain(source, i, ways)]
        return out

    def chain(self, original, start, ways):
        """original sealed once, twice and three times, each time with another key and digest."""
        source, seals = original, []
        for n in range(3):
            level = "bt"[(start + n) % 2]
            name = os.path.basename(original).replace(".pdf", f"-seal{n + 1}.pdf")
            path = self.seal(source, name, ways[(3 * start + 5 * n) % len(ways)], level, f"Seal{n + 1}")
            if not path:
                return
            seals = seals + [level]
            yield validators.Sealed(path, source, original, level, seals)
            source = path

    # -- who judges

    def control(self, sealed):
        """The same file with one covered byte changed: whoever accepts that proves nothing elsewhere."""
        path = os.path.join(self.work, "tampered.pdf")
        with open(sealed.path, "rb") as f:
            data = f.read()
        at = data.index(b"\n", 8) + 2  # in the comment behind the header: the structure stays sound
        with open(path, "wb") as f:
            f.write(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        tampered = validators.Sealed(path, path, sealed.original, sealed.level, sealed.seals)
        for label, function in validators.EACH:
            if label in NOTICE:
                wrong = function(self.env, tampered) if label != "bytes" else self._digest_only(path)
                self.count(wrong, f"{label} accepts a changed byte")
        self.count(validators.dss(self.env, [tampered])[path], "dss accepts a changed byte")

    @staticmethod
    def _digest_only(path):
        return any(rule == "6.1.6" for rule, _ in pades_bytes.check(path).broken)

    def judge(self, sealed_files):
        def one(job):
            (label, function), (sealed, left_out) = job
            if label in left_out:
                return None
            try:
                wrong = function(self.env, sealed)
            except Exception as error:  # a validator that falls over does not accept
                wrong = f"{type(error).__name__}: {error}"
            return not wrong, f"{sealed.name}: {label}: {wrong}"

        jobs = [(check, item) for item in sealed_files for check in validators.EACH]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            dss = pool.submit(validators.dss, self.env, [s for s, _ in sealed_files])
            results = [r for r in pool.map(one, jobs) if r]
            for ok, what in results:
                self.count(ok, what)
            for path, wrong in dss.result().items():
                self.count(not wrong, f"{os.path.basename(path)}: dss: {wrong}")


def main():
    parser = argparse.ArgumentParser(description="ask other validators")
    parser.add_argument("--pades", required=True, type=os.path.abspath)
    parser.add_argument("--support", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--files", type=int, default=12, help="how many generated files")
    parser.add_argument("--only", choices=["accept", "encrypted", "conform", "rights", "forms", "refuse", "foreign", "extended",
                                           "decades"], help="one part of it")
    bench = Bench(parser.parse_args())
    try:
        bench.start()
        if bench.args.only in (None, "accept"):
            sealed = bench.seal_all()
            bench.judge(sealed)
            if sealed:
                bench.control(sealed[0][0])
        if bench.args.only in (None, "encrypted"):
            encrypted.judge(bench)
        if bench.args.only in (None, "conform"):
            conform.judge(bench)
        if bench.args.only in (None, "rights"):
            rights.judge(bench)
        if bench.args.only in (None, "forms"):
            forms.judge(bench)
        if bench.args.only in (None, "refuse"):
            refusals.judge(bench)
        if bench.args.only in (None, "foreign"):
            foreign.judge(bench)
        if bench.args.only in (None, "extended"):
            extended.judge(bench)
        if bench.args.only in (None, "decades"):
            decades.judge(bench)
    finally:
        bench.stop()
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 0 if bench.passed and not bench.failed else 1


if __name__ == "__main__":
    sys.exit(main())
