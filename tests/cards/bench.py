"""What the scripts of this folder share: the command line's Case with a token of another kind, the count of PIN tries
that must hold after every run of the program, and the cells of docs/tokens.md.

A test that proves a cell of the matrix has @cell(OPERATION); its class says which token it is about. The outcome of
each goes, a JSON object a line, into PADES_CARDS_RESULTS. Where a package is missing, or name spaces are not
allowed, a script ends with 77 and says so: a failure with PADES_CARDS_REQUIRED=1, which CI has.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
BENCH = os.path.join(TESTS, "support", "cards")
sys.path[:0] = [BENCH, os.path.join(TESTS, "cli")]

import harness  # noqa: E402
import parts  # noqa: E402

INSIDE, SHARE, SHARES = "PADES_CARDS_INSIDE", "PADES_CARDS_SHARE", 2
SKIPPED = 77
TYPED = ("--pin-fd", "--pin-file", "--pin-env", "--puk-fd", "--puk-file")


def cell(*operations):
    """The test proves these operations of the matrix for the token of its class."""

    def mark(function):
        function.cells = operations
        return function

    return mark


class Case(harness.Case):
    token = None  # the row of the matrix
    needs = []
    key = "pkcs11:"
    pin, wrong = "123456", "654321"
    label = None  # of the token

    def setUp(self):
        super().setUp()
        self.run_dir = tempfile.mkdtemp(prefix="pades-bench-")
        self.addCleanup(shutil.rmtree, self.run_dir)
        self.write("pin", self.pin + "\n", 0o600)
        self.write("wrong", self.wrong + "\n", 0o600)
        self.start()
        self.settle()

    def start(self):
        """Starts the parts; sets self.module."""

    def world(self, name):
        """A copy of what was made once for all tests."""
        return parts.copy(os.path.join(os.environ["PADES_CARDS_WORLD"], name), os.path.join(self.run_dir, name))

    # -- the count of tries

    def spent(self):
        """How many wrong PINs the token has been given; overridden where the card itself counts. Here the log
        of the fault module tells."""
        return sum(self.calls("C_Login").count(name) for name in ("CKR_PIN_INCORRECT", "CKR_PIN_INVALID"))

    def pades(self, *args, typed=None, timeout=30, **kwargs):
        """Every run of the program: it may spend no more tries than the user typed PINs."""
        if typed is None:
            typed = sum(arg in TYPED for arg in args)
        before = self.spent()
        run = super().pades(*args, timeout=timeout, **kwargs)
        lost = self.spent() - before
        self.assertLessEqual(lost, typed, f"{lost} tries lost, {typed} PINs typed\n{run}")
        return run

    def listing(self):
        return {name: value for name, value in super().listing().items() if name != "./wrong"}

    def write_wrong(self):
        """Another wrong PIN each time: one that was refused is remembered, and not sent again."""
        self.wrong = str((int(self.wrong) + 1) % 10 ** len(self.wrong)).zfill(len(self.wrong))
        self.write("wrong", self.wrong + "\n", 0o600)

    def token_args(self, key=None, pin="pin", module=None):
        if pin == "wrong":
            self.write_wrong()
        path = module or self.module
        args = (["--module", path] if path else []) + ["--key", key or self.key]
        return args + (["--pin-file", pin] if pin else [])

    def token_command(self, *words, module=None, **kwargs):
        path = module or self.module
        return self.pades("token", *words, *(["--module", path] if path else []), **kwargs)

    # -- judging

    def is_sealed(self, output, source="in.pdf", level="b"):
        super().is_sealed(output, source, level)
        self.openssl_agrees(output)

    def openssl_agrees(self, output):
        data = self.read(output)
        a, n, b, m = map(int, re.findall(rb"/ByteRange ?\[ ?(\d+) +(\d+) +(\d+) +(\d+)", data)[-1])
        with tempfile.TemporaryDirectory() as folder:
            for name, content in (
                ("signed", data[a : a + n] + data[b : b + m]),
                ("cms", bytes.fromhex(data[a + n + 1 : b - 1].decode())),
            ):
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(content)
            told = subprocess.run(
                ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "cms", "-content", "signed"]
                + ["-noverify", "-out", os.devnull],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
        self.assertIn("successful", told.stderr)

    def seals(self, *args, out="in-signed.pdf", **kwargs):
        """Signs in.pdf, judges the output and removes it."""
        self.succeeds(self.sign(*args, "in.pdf", out, **kwargs))
        self.is_sealed(out)
        os.unlink(self.path(out))

    def batch(self, n=3):
        """n copies of the invoice; the arguments that sign them into a folder."""
        os.makedirs(self.path("out"), exist_ok=True)
        names = [f"{i}.pdf" for i in range(1, n + 1)]
        for name in names:
            shutil.copy(self.path("in.pdf"), self.path(name))
        self.settle()
        return ["--output-dir", "out", *names]

    def outputs(self):
        return sorted(os.listdir(self.path("out")))

    def start_signing(self, *args, **kwargs):
        return subprocess.Popen(
            [harness.PADES, "sign", *self.token_args(**kwargs), *args],
            cwd=self.dir,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    # -- results

    def run(self, result=None):
        known = result or self.defaultTestResult()
        bad, skipped, begun = len(known.failures) + len(known.errors), len(known.skipped), time.monotonic()
        super().run(known)
        function = getattr(type(self), self._testMethodName)
        path = os.environ.get("PADES_CARDS_RESULTS")
        if path and getattr(function, "cells", None):
            outcome = "fail" if len(known.failures) + len(known.errors) > bad else "pass"
            outcome = "skip" if len(known.skipped) > skipped else outcome
            line = {"token": self.token, "result": outcome, "test": self.id(), "seconds": time.monotonic() - begun}
            with open(path, "a", encoding="utf-8") as f:
                for operation in function.cells:
                    f.write(json.dumps({**line, "operation": operation}) + "\n")
        return known


class Basics:
    """What every token does."""

    @cell("list")
    def test_list(self):
        told = self.succeeds(self.token_command("list", "--json")).object
        self.assertIn(self.label, [token["label"] for token in told["tokens"]])
        self.assertEqual(told["failed_modules"], [])
        self.assertIn(self.label, self.succeeds(self.token_command("list")).out)

    @cell("certs")
    def test_certs(self):
        told = self.succeeds(self.token_command("certs", "--json", "--key", self.key)).object
        usable = [one for one in told["certs"] if one["usable"]]
        self.assertEqual([one["token"]["label"] for one in usable], [self.label], told)
        self.assertTrue(usable[0]["non_repudiation"])

    @cell("wrong-pin")
    def test_wrong_pin(self):
        run = self.fails(self.sign("in.pdf", pin="wrong"), 77, "the PIN is wrong", "tried once")
        self.assertEqual(self.spent(), 1)
        self.assertNotIn(self.wrong, run.err)
        self.untouched()

    @cell("refused")
    def test_refused_pin_is_not_sent_again(self):
        """Nor by the next run; another PIN is."""
        self.assertEqual(self.sign("in.pdf", pin="wrong").code, 77)
        shutil.copy(self.path("wrong"), self.path("same"))
        self.settle()
        self.fails(self.sign("--pin-last-try", "in.pdf", pin="same"), 77, "was refused by token .*: it was not sent again")
        self.assertEqual(self.spent(), 1)
        self.untouched()
        self.seals("--pin-last-try")

    @cell("batch")
    def test_batch(self):
        args = self.batch()
        self.succeeds(self.sign("--pin-for-batch", *args))
        self.assertEqual(self.outputs(), ["1-signed.pdf", "2-signed.pdf", "3-signed.pdf"])
        for name in self.outputs():
            self.is_sealed("out/" + name, source="in.pdf")

    @cell("sessions")
    def test_sessions(self):
        args = self.batch(6)
        self.succeeds(self.sign("--sessions", "3", "--pin-for-batch", *args))
        self.assertEqual(len(self.outputs()), 6)
        for name in self.outputs():
            self.is_sealed("out/" + name)


class Crashes:
    """The module crashes inside the program's call: with the fault module between."""

    @cell("crash")
    def test_module_that_crashes(self):
        for call in ("C_Login", "C_SignInit", "C_Sign"):
            with self.subTest(call):
                self.faults("crash " + call)
                # a PIN whose answer was not seen holds the next one back, unless that is allowed
                self.fails(self.sign("--pin-last-try", "in.pdf", module=self.faulty_module), 77, self.how_it_crashed, ".")
                self.untouched()
        self.faults()
        self.seals("--pin-last-try", module=self.faulty_module)

    how_it_crashed = "module failed while .*(crashed|ended its process)"  # sanitizers end it themselves


class CardCase(Case):
    """A virtual card, fresh for each test, in a reader of its own."""

    card = None
    reader = "Virtual PCD"
    keypad = None
    module_file = None
    pin_name = "pin"

    def start(self):
        self.module = parts.find(self.module_file)
        self.reader = parts.Reader(self.run_dir, self.make_card(), name=self.reader, keypad=self.keypad)
        self.addCleanup(self.reader.stop)
        self.link = self.reader.link
        self.env["P11FAULT_MODULE"], self.faulty_module = self.module, harness.FAULT

    def make_card(self):
        return self.world(self.card)

    def spent(self):
        return self.reader.card.refused if isinstance(self.reader, parts.Reader) else 0

    def tries(self):
        return self.reader.tries(self.pin_name)

    def set_tries(self, n):
        self.reader.card.pins[self.pin_name]["tries"] = n


def refuse(reason):
    print(f"SKIPPED: {reason}", file=sys.stderr)
    if os.environ.get("PADES_CARDS_REQUIRED") == "1":
        print("PADES_CARDS_REQUIRED=1: that is a failure here", file=sys.stderr)
        sys.exit(1)
    sys.exit(SKIPPED)


class Share(unittest.TestLoader):
    """Every SHARES-th test of a script: the tests wait more than they work, and each has its own name spaces."""

    def loadTestsFromModule(self, module, *args, **kwargs):
        which, of = map(int, os.environ.get(SHARE, "0/1").split("/"))
        return self.suiteClass(list(flat(super().loadTestsFromModule(module, *args, **kwargs)))[which::of])


def flat(tests):
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def main(needs):
    """Runs the tests of the calling script in name spaces of its own; those that are named, or all in two shares."""
    if os.environ.get(INSIDE) == "1":
        unittest.main(verbosity=2, testLoader=Share())
    wanting = parts.missing(needs)
    if wanting:
        refuse("not installed: " + " ".join(wanting) + " (cmake/packages.sh cards)")
    namespace = os.path.join(BENCH, "p11ns.sh")
    if subprocess.run([namespace, "true"], capture_output=True, check=False).returncode != 0:
        refuse("no name spaces: root or user name spaces are needed (unshare --mount --pid)")
    shares = SHARES if len(sys.argv) == 1 else 1
    running = []
    for i in range(shares):
        env = {**os.environ, INSIDE: "1", SHARE: f"{i}/{shares}"}
        command = [namespace, sys.executable, "-B", *sys.argv]
        running.append(subprocess.Popen(command, env=env, stderr=subprocess.PIPE if i else None, text=True))
    codes = []
    for process in running:
        told = process.communicate()[1]
        print(told or "", end="", file=sys.stderr)
        codes.append(process.returncode)
    sys.exit(next((code for code in codes if code), 0))
