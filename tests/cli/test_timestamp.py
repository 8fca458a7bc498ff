"""Document timestamps: on anything, all or nothing, checked before they enter the file, and not where a
certification permits no changes."""

import os
import re
import shutil
import subprocess

import harness


class Stamping(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.services = harness.Services()
        cls.addClassCleanup(cls.services.stop)

    def stamp(self, *args, fault="", trust=True, **kwargs):
        more = ["--trust", harness.TRUST] if trust else []
        return self.pades("timestamp", "--tsa", self.services.tsa(fault), "--timeout", "5", *more, *args, **kwargs)

    def ranges(self, name):
        data = self.read(name)
        return data, [tuple(map(int, r)) for r in re.findall(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) ?\]", data)]

    def is_stamped(self, output, source="in.pdf", digest="sha256"):
        """Append-only, the newest range is everything but the hole, and openssl says that the token is of it."""
        data, ranges = self.ranges(output)
        self.assertTrue(data.startswith(self.read(source)), "not append-only")
        _, a, b, c = ranges[-1]
        self.assertEqual((b + c, data[a : a + 1] + data[b - 1 : b]), (len(data), b"<>"))
        token = bytes.fromhex(data[a + 1 : b - 1].decode())
        self.write("token", token[: 4 + int.from_bytes(token[2:4], "big")])
        self.write("covered", data[:a] + data[b:])
        done = subprocess.run(
            ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "covered", "-CAfile",
             os.path.join(harness.PKI, "root.pem"), "-untrusted", os.path.join(harness.PKI, "issuing.pem")],
            cwd=self.dir, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        text = subprocess.run(["openssl", "ts", "-reply", "-token_in", "-in", "token", "-token_out", "-text"],
                              cwd=self.dir, capture_output=True, text=True, check=True).stdout
        self.assertRegex(text, f"Hash Algorithm: {digest}")
        os.unlink(self.path("token"))
        os.unlink(self.path("covered"))
        checked = subprocess.run(["qpdf", "--check", self.path(output)], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


class Verbose(Stamping):
    def test_each_step(self):
        run = self.succeeds(self.stamp("--verbose", "in.pdf"))
        url = re.escape(self.services.tsa())
        steps = [
            r"'in\.pdf' is opened",
            r"the document is read: \d+ bytes, ",
            r"the second reader agrees: qpdf ",
            r"field '.*' gets a document timestamp, with room for \d+ bytes",
            rf"a timestamp came from '{url}': 20\S+Z, \d+ bytes, \d+ ms",
            r"the output is in place: \d+ bytes in all",
        ]
        at = 0
        for step in steps:
            found = re.compile("(?m)^pades: " + step).search(run.err, at)
            self.assertIsNotNone(found, (step, run.err))
            at = found.end()
        self.assertEqual(self.succeeds(self.stamp("--force", "in.pdf")).err, "")


class Many(Stamping):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("out"))
        for name in ("a", "b", "c"):
            shutil.copy(self.path("in.pdf"), self.path(f"{name}.pdf"))

    def lines(self):
        return self.read("audit").decode().splitlines()

    def test_a_folder(self):
        run = self.stamp("--output-dir", "out", "--audit", "audit", "--json", "a.pdf", "b.pdf", "c.pdf")
        told = self.succeeds(run).objects
        self.assertEqual([o["output"] for o in told], [f"out/{n}-timestamped.pdf" for n in "abc"])
        for name in "abc":
            self.is_stamped(f"out/{name}-timestamped.pdf")
        self.assertEqual(len(self.lines()), 3)
        for name, line in zip("abc", self.lines()):
            self.assertRegex(line, rf'^\S+ user=\S+ file="{name}\.pdf" sha256=[0-9a-f]{{64}} field="Timestamp1" '
                                   rf'serial=- tsa="{re.escape(self.services.tsa())}"$')
        self.assertIn(harness.digest(self.path("a.pdf")), self.lines()[0])

    def test_one_that_fails_does_not_stop_the_others(self):
        self.write("b.pdf", "no PDF")
        run = self.stamp("--output-dir", "out", "--audit", "audit", "--json", "a.pdf", "b.pdf", "gone.pdf", "c.pdf")
        self.assertEqual(run.code, 65, run)
        told = run.objects
        self.assertEqual([("error" in o, o["file"]) for o in told],
                         [(False, "a.pdf"), (True, "b.pdf"), (True, "gone.pdf"), (False, "c.pdf")])
        self.assertEqual(told[2]["error"]["exit"], 66)
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["a-timestamped.pdf", "c-timestamped.pdf"])
        self.assertEqual(len(self.lines()), 2)

    def test_in_place(self):
        self.succeeds(self.stamp("--in-place", "a.pdf", "b.pdf"))
        for name in ("a.pdf", "b.pdf"):
            self.is_stamped(name)

    def test_refused_before_anybody_is_asked(self):
        os.mkdir(self.path("more"))
        shutil.copy(self.path("a.pdf"), self.path("more", "a.pdf"))
        self.settle()
        before = len(self.services.requests())
        self.fails(self.stamp("a.pdf", "b.pdf", "c.pdf"), 64, "more than an input and an output", "--output-dir DIR")
        self.fails(self.stamp("--output-dir", "out", "a.pdf", "more/a.pdf"), 64, "would have the same output")
        self.fails(self.stamp("--output-dir", "nowhere", "a.pdf"), 73, "'nowhere' is not a folder")
        self.fails(self.stamp("--output-dir", "out", "--audit", "b.pdf", "a.pdf", "b.pdf"), 73, "is a document")
        self.fails(self.stamp("--output-dir", "out", "--audit", "none/a", "a.pdf"), 73, "cannot write the audit file")
        self.assertEqual(len(self.services.requests()), before)
        self.untouched()


class Good(Stamping):
    def test_an_unsigned_file(self):
        before = len(self.services.requests())
        run = self.succeeds(self.stamp("--json", "in.pdf"))
        self.assertEqual(len(self.services.requests()) - before, 1)
        told = run.object
        self.assertEqual((told["output"], told["field"], told["level"], told["signer"], told["digest"]),
                         ("in-timestamped.pdf", "Timestamp1", None, None, "sha256"))
        self.assertEqual((len(told["timestamps"]), told["warnings"]), (1, []))
        self.is_stamped("in-timestamped.pdf")
        self.assertEqual(tuple(told["byte_range"]), self.ranges("in-timestamped.pdf")[1][-1])
        seen = self.inspect("in-timestamped.pdf")["signatures"]
        self.assertEqual([(s["type"], s["sub_filter"]) for s in seen], [("doctimestamp", "ETSI.RFC3161")])
        self.untouched("in-timestamped.pdf")

    def test_a_signed_file_and_again(self):
        self.succeeds(self.sign("in.pdf", "a.pdf"))
        self.succeeds(self.stamp("a.pdf", "b.pdf"))
        self.is_stamped("b.pdf", "a.pdf")
        self.succeeds(self.stamp("b.pdf", "c.pdf"))
        self.is_stamped("c.pdf", "b.pdf")
        seen = self.inspect("c.pdf")["signatures"]
        self.assertEqual([s["field"] for s in seen], ["Signature1", "Timestamp1", "Timestamp2"])
        told = subprocess.run(["pdfsig", "-nocert", self.path("c.pdf")], capture_output=True, text=True, check=False)
        self.assertEqual(told.stdout.count("Signature is Valid."), 1)

    def test_digests(self):
        for name in ("sha384", "sha512"):
            self.succeeds(self.stamp("--force", "--digest", name, "in.pdf", "out.pdf"))
            self.is_stamped("out.pdf", digest=name)

    def test_in_place_and_streams(self):
        self.write("copy.pdf", self.read("in.pdf"))
        self.succeeds(self.stamp("--in-place", "copy.pdf"))
        self.is_stamped("copy.pdf")
        run = self.succeeds(self.stamp("-", "-", stdin=self.read("in.pdf")))
        self.write("out.pdf", run.raw)
        self.is_stamped("out.pdf")

    def test_an_encrypted_file(self):
        subprocess.run(["qpdf", "--encrypt", "user", "owner", "256", "--", self.path("in.pdf"), self.path("locked.pdf")],
                       check=True)
        self.write("password", "owner\n", 0o600)
        self.fails(self.stamp("locked.pdf", "no.pdf"), 65, "password")
        self.succeeds(self.stamp("--password-file", "password", "locked.pdf", "out.pdf"))
        data, ranges = self.ranges("out.pdf")
        self.assertEqual(sum(ranges[-1][2:]), len(data))
        done = subprocess.run(["qpdf", "--password=owner", "--check", self.path("out.pdf")], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.succeeds(self.stamp("--password-file", "password", "out.pdf", "twice.pdf"))

    def test_a_larger_token_than_any_before(self):
        """There is no room for it: asked once more, with room."""
        before = len(self.services.requests())
        self.succeeds(self.stamp("in.pdf", "out.pdf", fault="big?bytes=20000"))
        self.is_stamped("out.pdf")
        self.assertEqual(len(self.services.requests()) - before, 2)
        self.assertEqual(len(self.ranges("out.pdf")[1]), 1)

    def test_the_next_authority(self):
        run = self.succeeds(self.pades("timestamp", "--json", "--tsa", self.services.tsa("html"), "--tsa", self.services.tsa(),
                                       "--trust", harness.TRUST, "in.pdf"))
        self.assertEqual(run.object["timestamps"][0]["url"], self.services.tsa())
        self.assertRegex(run.object["warnings"][0], "no timestamp from")


class Refused(Stamping):
    def test_usage(self):
        self.fails(self.pades("timestamp", "in.pdf"), 64, "a document timestamp needs a time-stamping authority", "--tsa URL")
        self.fails(self.stamp("in.pdf", "in.pdf"), 73, "is an input", "--in-place")
        self.fails(self.stamp("--in-place", "--output-dir", ".", "in.pdf"), 64, "contradict")
        self.fails(self.stamp("--level", "t", "in.pdf"), 64, "no option '--level'")
        self.untouched()

    def test_bad_authorities(self):
        for fault, code in (("html", 69), ("rejected", 69), ("wrong-imprint", 69), ("wrong-nonce", 69),
                            ("stranger", 69), ("no-eku", 69), ("429", 75), ("slow?ms=7000", 69)):
            with self.subTest(fault):
                self.fails(self.stamp("in.pdf", fault=fault), code, ".", ".")
                self.untouched()

    def test_a_certification_without_changes(self):
        self.succeeds(self.sign("--certify", "1", "in.pdf", "a.pdf"))
        self.settle()
        before = len(self.services.requests())
        self.fails(self.stamp("a.pdf"), 65, "certifies the document and permits no changes", "certified with /P 2")
        self.assertEqual(len(self.services.requests()), before, "asked for nothing")
        self.untouched()
        self.succeeds(self.sign("--certify", "2", "--lock", "all", "in.pdf", "b.pdf"))
        self.succeeds(self.stamp("b.pdf", "c.pdf"))
        self.is_stamped("c.pdf", "b.pdf")

    def test_not_a_document(self):
        self.write("text.pdf", "no PDF at all\n")
        self.fails(self.stamp("text.pdf"), 65, ".", ".")
        self.fails(self.stamp("absent.pdf"), 66, ".")
        self.untouched("text.pdf")


if __name__ == "__main__":
    harness.main()
