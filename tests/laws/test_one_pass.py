"""Law 2: the input is copied and hashed in one pass, at level b and at level t; what is read of its
structure is little. Counted by the source, by callbacks, and by the kernel for the whole process.
"""
import json
import os
import subprocess
import unittest

import laws
from laws import harness

MIB = 1 << 20


class OnePass(laws.Law):
    size = 64 * MIB
    structure = 0.01

    @classmethod
    def setUpClass(cls):
        cls.services = harness.Services()
        cls.addClassCleanup(cls.services.stop)
        cls.folder = laws.folder_for(cls, 3 * cls.size)
        cls.big = laws.heavy(os.path.join(cls.folder, "big.pdf"), cls.size)

    def count(self, kind, key, timestamped, source=None):
        out = os.path.join(self.folder, "out.pdf")
        more = [self.services.tsa(), harness.TRUST] if timestamped else []
        done = subprocess.run([os.path.join(laws.BIN, "law-count-reads"), harness.SOFTHSM, key, source or self.big, out, kind, *more],
                              env=self.env, input=harness.PIN.encode() + b"\n", capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        counts = json.loads(done.stdout)
        self.assertGreater(os.path.getsize(out), counts["size"])
        os.unlink(out)
        return counts

    def test_pass_is_the_size_exactly(self):
        for key, timestamped, kind in ((laws.RSA, False, "file"), (laws.P256, True, "file"),
                                       (laws.P256, False, "callbacks"), (laws.RSA, True, "callbacks"),
                                       ("-", True, "file"), ("-", True, "callbacks")):  # "-": a document timestamp
            with self.subTest(key=key, timestamped=timestamped, kind=kind):
                counts = self.count(kind, key, timestamped)
                laws.told(f"{kind}, level {'t' if timestamped else 'b'}: {counts}")
                self.assertEqual(counts["size"], os.path.getsize(self.big))
                self.assertEqual(counts["pass"], counts["size"])
                self.assertLessEqual(counts["structure"], self.structure * counts["size"])
                if kind == "callbacks":
                    self.assertEqual(counts["asked"], counts["pass"] + counts["structure"])
                    self.assertGreaterEqual(counts["in_order"], counts["size"])

    def test_what_is_raised_is_read_once(self):
        """The digests of the signatures that are there come out of the same pass."""
        sealed = [os.path.join(self.folder, f"sealed{n}.pdf") for n in (1, 2)]
        self.succeeds(self.sign(self.big, sealed[0]))
        self.succeeds(self.sign("--digest", "sha512", sealed[0], sealed[1]))
        os.unlink(sealed[0])
        for kind in ("file", "callbacks"):
            counts = self.count(kind, "+", True, sealed[1])
            laws.told(f"{kind}, raised to level t: {counts}")
            self.assertEqual(counts["pass"], os.path.getsize(sealed[1]))
            self.assertLessEqual(counts["structure"], self.structure * counts["size"])
        os.unlink(sealed[1])

    def process_reads(self, *more):
        result = self.sign_measured(self.big, *more, out=os.path.join(self.folder, "out.pdf"))
        if result["read"] is None:
            self.skipTest("SKIPPED: this kernel does not count what a process reads")
        laws.told(f"{more[:2] or 'level b'}: process read {result['read']}, wrote {result['written']} "
                  f"for {os.path.getsize(self.big)}")
        return result

    def test_the_process_reads_the_file_once(self):
        size = os.path.getsize(self.big)
        for more in ((), ("--tsa", self.services.tsa(), "--trust", harness.TRUST)):
            result = self.process_reads(*more)
            self.assertLess(result["read"], size * 1.02 + 2 * MIB)
            self.assertLess(result["written"], result["size"] + MIB)

    @unittest.skipIf(laws.COUNTED, "SKIPPED: the counters of coverage are written too")
    def test_in_place_writes_only_the_new_revision(self):
        size = os.path.getsize(self.big)
        result = self.measured("sign", *self.token_args(), "--in-place", self.big)
        added = os.path.getsize(self.big) - size
        os.truncate(self.big, size)
        if result["read"] is None:
            self.skipTest("SKIPPED: this kernel does not count what a process reads")
        self.assertLess(result["read"], size * 1.02 + 2 * MIB)
        self.assertLess(result["written"], added + 64 * 1024)


if __name__ == "__main__":
    laws.main()
