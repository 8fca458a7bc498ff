"""pades inspect --extract: the parts of each signature as files, which openssl then verifies by hand with
the very commands that verify.txt gives; all or nothing, and no name of the document's choosing."""

import os
import re
import resource
import subprocess
import sys
import time

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import badpdf  # noqa: E402  (found through the line above)


# A sanitizer sets terabytes of addresses aside.
SANITIZED = any(name in open(harness.PADES, "rb").read() for name in (b"__asan_init", b"__tsan_init"))

class Extract(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.services = harness.Services()
        cls.addClassCleanup(cls.services.stop)

    def extract(self, name, folder="parts", **kwargs):
        run = self.pades("inspect", "--json", "--extract", folder, name, **kwargs)
        told = self.succeeds(run).object
        self.assertEqual(sorted(told["extracted"]["files"]), sorted(os.listdir(self.path(folder))))
        return told

    def commands(self, folder):
        """The commands of verify.txt, each as one line, with roots put in."""
        text = self.read(os.path.join(folder, "verify.txt")).decode().replace("\\\n", " ")
        found = re.findall(r"(?m)^ +(openssl .*)$", text)
        return [re.sub(r"\b(TSA)?ROOT\.pem", harness.TRUST, line) for line in found]

    def runs(self, folder, command):
        return subprocess.run(
            ["sh", "-c", command], cwd=self.path(folder), capture_output=True, text=True, check=False
        )

    def verified_by_hand(self, folder, count):
        commands = self.commands(folder)
        self.assertEqual(len(commands), count, commands)
        for command in commands:
            done = self.runs(folder, command)
            self.assertEqual(done.returncode, 0, command + done.stderr)
            self.assertRegex(done.stdout + done.stderr, "Verification(:| successful)")
        return commands

    def test_one_seal(self):
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        one = self.extract("out.pdf")["signatures"][0]
        self.assertEqual(self.read("parts/01-Signature1.pdf"), self.read("out.pdf"))
        a, b, c, d = one["byte_range"]
        data = self.read("out.pdf")
        self.assertEqual(self.read("parts/01-Signature1.bin"), data[a : a + b] + data[c : c + d])
        hex_string = data[b + 1 : c - 1].decode()
        cms = self.read("parts/01-Signature1.cms")
        self.assertEqual(len(cms), one["cms"]["bytes"])
        self.assertEqual(bytes.fromhex(hex_string).rstrip(b"\0"), cms.rstrip(b"\0"))
        self.verified_by_hand("parts", 2)
        self.assertEqual(os.stat(self.path("parts", "01-Signature1.cms")).st_mode & 0o777, 0o600)

    def test_certificates_are_those_of_the_cms(self):
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        certs = self.extract("out.pdf")["signatures"][0]["cms"]["certificates"]
        self.assertGreaterEqual(len(certs), 2)
        for i, cert in enumerate(certs, 1):
            told = self.runs(
                "parts", f"openssl x509 -in 01-Signature1-cert-{i}.pem -noout -serial -fingerprint -sha256"
            )
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertIn(f"serial={cert['serial']}", told.stdout)
        want = self.runs("parts", f"openssl x509 -in {harness.PKI}/seal-p256.pem -outform DER | sha256sum").stdout
        have = [
            self.runs("parts", f"openssl x509 -in 01-Signature1-cert-{i}.pem -outform DER | sha256sum").stdout
            for i in range(1, len(certs) + 1)
        ]
        self.assertIn(want, have)

    def test_level_t_and_several_seals(self):
        self.succeeds(
            self.sign("--tsa", self.services.tsa(), "--trust", harness.TRUST, "--field", "One", "in.pdf", "1.pdf")
        )
        self.succeeds(self.sign("--field", "Two", "1.pdf", "2.pdf"))
        self.succeeds(
            self.sign("--tsa", self.services.tsa(), "--trust", harness.TRUST, "--field", "Three", "2.pdf", "3.pdf")
        )
        told = self.extract("3.pdf")
        for i, name in enumerate(("One", "Two", "Three"), 1):
            self.assertEqual(self.read(f"parts/0{i}-{name}.pdf"), self.read(f"{i}.pdf"))
        stamp = told["signatures"][0]["cms"]["timestamp"]
        self.assertIn("Demonstration Time-Stamping Unit 1", stamp["tsa"])
        self.assertRegex(stamp["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIsNone(told["signatures"][1]["cms"]["timestamp"])
        self.verified_by_hand("parts", 2 + 2 + 2 + 1 + 1)

    def test_openssl_notices_a_changed_byte(self):
        """What is extracted is what is in the file, so a forgery stays one."""
        self.succeeds(self.sign("--tsa", self.services.tsa(), "--trust", harness.TRUST, "in.pdf", "out.pdf"))
        data = bytearray(self.read("out.pdf"))
        data[1000] ^= 1
        self.write("out.pdf", bytes(data))
        self.extract("out.pdf")
        results = [self.runs("parts", c).returncode for c in self.commands("parts")]
        self.assertEqual([code != 0 for code in results], [True, True, False])  # the token stamps the signature

    def test_byte_range_that_lies(self):
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        data = self.read("out.pdf")
        at = data.index(b"/ByteRange")
        end = data.index(b"]", at)
        lie = b"/ByteRange[0 10 20 30"
        self.write("out.pdf", data[:at] + lie.ljust(end - at) + data[end:])
        told = self.extract("out.pdf")
        self.assertEqual(told["signatures"][0]["coverage"], "PARTIAL")
        self.assertEqual(len(self.read("parts/01-Signature1.bin")), 40)
        self.assertIn("does not fit its /Contents", self.read("parts/verify.txt").decode())

    def test_padding_that_is_not_zero(self):
        self.succeeds(self.sign("--reserve", "9000", "in.pdf", "out.pdf"))
        data = self.read("out.pdf")
        at = data.index(b"00>", re.search(rb"/Contents\s*<", data).end())
        self.write("out.pdf", data[:at] + b"41" + data[at + 2 :])
        one = self.extract("out.pdf")["signatures"][0]
        self.assertIs(one["cms"]["padding_is_zero"], False)
        self.assertIn("not all zero", self.read("parts/verify.txt").decode())
        self.assertEqual(len(self.read("parts/01-Signature1.cms")), one["cms"]["bytes"])
        self.verified_by_hand("parts", 2)

    def test_names_are_ours(self):
        """A field may be called anything: nothing outside the folder, no dot file, nothing for a shell."""
        for i, name in enumerate(("/etc/x", "a b;$(x)'\"", "\u202e\x1b]0;x\x07", "n" * 300, "-rf")):
            with self.subTest(name):
                self.succeeds(self.sign("--field", name, "--force", "in.pdf", "out.pdf"))
                self.extract("out.pdf", f"parts{i}")
                for found in os.listdir(self.path(f"parts{i}")):
                    self.assertRegex(found, r"^(verify\.txt|01-[A-Za-z0-9._-]{1,70})$")
                text = self.read(f"parts{i}/verify.txt").decode()
                self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
                self.verified_by_hand(f"parts{i}", 2)

    def test_names_with_dots(self):
        """Names that only another program makes, put in by hand."""
        self.succeeds(self.sign("--field", "AAAAAAA", "in.pdf", "out.pdf"))
        for i, name in enumerate((b"../../x", b".hidden", b"...../.")):
            self.write("evil.pdf", self.read("out.pdf").replace(b"(AAAAAAA)", b"(" + name + b")"))
            told = self.extract("evil.pdf", f"parts{i}")
            self.assertEqual(told["fields"][0]["name"], name.decode())
            self.assertIn("01-" + name.decode().replace("/", "_") + ".cms", told["extracted"]["files"])

    def test_folder(self):
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        os.mkdir(self.path("empty"))
        self.extract("out.pdf", "empty")
        self.fails(self.pades("inspect", "--extract", "empty", "out.pdf"), 73, "is not empty", "new or empty")
        self.fails(self.pades("inspect", "--extract", "in.pdf", "out.pdf"), 73, "cannot make or open the folder")
        self.fails(self.pades("inspect", "--extract", "none/x", "out.pdf"), 73, "cannot make or open the folder")
        self.assertFalse(os.path.exists(self.path("none")))

    def test_encrypted(self):
        """Contents are never encrypted, so the parts verify as they stand, and the facts come first."""
        subprocess.run(
            ["qpdf", "--encrypt", "", "owner", "256", "--", "in.pdf", "enc.pdf"], cwd=self.dir, check=True
        )
        self.succeeds(self.sign("enc.pdf", "out.pdf"))
        one = self.extract("out.pdf")["signatures"][0]
        self.assertEqual((one["coverage"], one["cms"]["encoding"]), ("ENTIRE_FILE", "DER"))
        self.assertEqual(self.read("parts/01-Signature1.pdf"), self.read("out.pdf"))
        self.verified_by_hand("parts", 2)
        text = self.succeeds(self.pades("inspect", "out.pdf")).out
        self.assertLess(text.index("    header "), text.index("\nencryption\n"))

    def other_kind(self, sub_filter, contents):
        """A signature of a kind of old, by hand, over a few bytes; its verify.txt."""
        bodies = {
            1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
            2: badpdf.PLAIN[2],
            3: badpdf.PLAIN[3],
            4: b"<< /T (a) /FT /Sig /V << /Type /Sig /SubFilter /%s /ByteRange [0 10 20 30] /Contents <%s> >> >>"
            % (sub_filter.encode(), contents.hex().encode()),
        }
        self.write("old.pdf", badpdf.write(bodies))
        folder = "old-" + sub_filter
        self.extract("old.pdf", folder)
        return folder, self.read(os.path.join(folder, "verify.txt")).decode()

    def test_old_kinds(self):
        """adbe.x509.rsa_sha1 has no CMS, adbe.pkcs7.sha1 has the digest inside it."""
        folder, text = self.other_kind("adbe.x509.rsa_sha1", b"\x04\x02ab")
        self.assertIn("no CMS but a bare RSA signature", text)
        self.assertEqual(self.commands(folder), [])
        subprocess.run(
            ["openssl", "cms", "-sign", "-binary", "-nodetach", "-noattr", "-signer", f"{harness.PKI}/seal-rsa3072.pem",
             "-inkey", f"{harness.PKI}/seal-rsa3072.key", "-outform", "DER", "-out", self.path("inside")],
            input=b"x" * 20, check=True, cwd=self.dir,
        )
        folder, text = self.other_kind("adbe.pkcs7.sha1", self.read("inside"))
        self.assertIn("holds the SHA-1 of the signed bytes", text)
        done = self.runs(folder, self.commands(folder)[0])
        self.assertEqual((done.returncode, "".join(done.stdout.split())), (0, (b"x" * 20).hex()), done.stderr)

    def test_nothing_signed(self):
        self.extract("in.pdf")
        self.assertEqual(os.listdir(self.path("parts")), ["verify.txt"])
        self.assertIn("neither a signature", self.read("parts/verify.txt").decode())

    def test_all_or_nothing(self):
        """A disk that takes no more: what was written is gone, a folder that was there is empty again."""
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        self.settle()

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000))

        run = self.pades("inspect", "--extract", "parts", "out.pdf", preexec_fn=limit)
        self.fails(run, 73, "cannot write '01-Signature1.pdf'")
        self.untouched()
        self.assertFalse(os.path.exists(self.path("parts")))
        os.mkdir(self.path("there"))
        self.fails(self.pades("inspect", "--extract", "there", "out.pdf", preexec_fn=limit), 73, "cannot write")
        self.assertEqual(os.listdir(self.path("there")), [])

    def test_a_signal_leaves_nothing(self):
        """Told to stop in the middle of a copy of 40 GiB of nothing."""
        size = 40 << 30
        bodies = {
            1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
            2: badpdf.PLAIN[2],
            3: badpdf.PLAIN[3],
            4: b"<< /T (a) /FT /Sig /V << /Type /Sig /ByteRange [0 10 20 %d] /Contents <3000> >> >>" % (size - 100),
        }
        data = badpdf.write(bodies)
        at = data.rindex(b"xref\n0 ")
        with open(self.path("big.pdf"), "wb") as f:
            f.write(data[:at])
            f.seek(size)
            f.write(b"\n" + data[at : data.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % (size + 1))
        process = subprocess.Popen(
            [harness.PADES, "inspect", "--extract", "parts", "big.pdf"],
            cwd=self.dir,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(1000):
            if os.path.exists(self.path("parts", "01-a.pdf")):
                break
            time.sleep(0.01)
        process.terminate()
        self.assertEqual(process.wait(20), 143)
        self.assertFalse(os.path.exists(self.path("parts")))

    def test_text(self):
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        text = self.succeeds(self.pades("inspect", "--extract", "parts", "out.pdf")).out
        self.assertIn("extracted into 'parts'\n    verify.txt\n    01-Signature1.pdf\n", text)

    def test_large(self):
        """A file of 600 MiB that is mostly nothing is copied as that, in little memory."""
        self.succeeds(self.sign("in.pdf", "small.pdf"))
        small = self.read("in.pdf")
        if b"\nxref\n" not in small:
            self.skipTest("SKIPPED: the invoice of this cairo has no cross-reference table")
        size = 600 << 20
        at = small.rindex(b"startxref")
        with open(self.path("big.pdf"), "wb") as f:
            head = small[: small.rindex(b"xref\n", 0, at)]
            table = small[len(head) : at]
            f.write(head + b"%")
            f.seek(size)
            f.write(b"\n" + table + b"startxref\n%d\n%%%%EOF\n" % (size + 1))
        self.succeeds(self.sign("big.pdf", "out.pdf", timeout=120))

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))

        self.extract("out.pdf", preexec_fn=None if SANITIZED else limit, timeout=120)
        found = os.stat(self.path("parts", "01-Signature1.pdf"))
        self.assertEqual(found.st_size, os.path.getsize(self.path("out.pdf")))
        self.assertLess(found.st_blocks * 512, 64 << 20)


if __name__ == "__main__":
    harness.main()
