"""pades sign: outputs, names, streams, in place, options, JSON."""

import contextlib
import os
import re
import resource
import stat
import subprocess
import time

import forms
import harness


class One(harness.Case):
    def test_default_name(self):
        run = self.succeeds(self.sign("in.pdf"))
        self.assertEqual(run.out, "in-signed.pdf\n")
        self.assertEqual(run.err, "")
        self.is_sealed("in-signed.pdf")
        self.untouched("in-signed.pdf")

    def test_default_name_keeps_folder_and_letters(self):
        os.mkdir(self.path("a.b"))
        for name, out in (
            ("a.b/X.PDF", "a.b/X-signed.PDF"),
            ("a.b/plain", "a.b/plain-signed.pdf"),
            ("a.b/.pdf", "a.b/.pdf-signed.pdf"),
        ):
            self.write(name, self.read("in.pdf"))
            self.assertEqual(self.succeeds(self.sign(name)).out, out + "\n")
            self.is_sealed(out, name)

    def test_named_output_takes_the_mode_of_the_input(self):
        os.chmod(self.path("in.pdf"), 0o640)
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out.pdf")).st_mode), 0o640)
        self.is_sealed("out.pdf")

    def test_unfinished_output_is_its_makers_alone(self):
        """0600 for as long as the token is at work, whatever the input's mode is."""
        self.faults("delay C_Sign 1500")
        os.chmod(self.path("in.pdf"), 0o664)
        process = subprocess.Popen([harness.PADES, "sign", *self.token_args(module=harness.FAULT), "in.pdf", "out.pdf"],
                                   cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        seen = []
        while process.poll() is None:
            for name in os.listdir(self.dir):
                with contextlib.suppress(FileNotFoundError):
                    if name.startswith(".pades"):
                        seen.append(stat.S_IMODE(os.stat(self.path(name)).st_mode))
            if seen and self.calls("C_SignInit") and not self.calls("C_Sign"):
                break  # not to race with the end
            time.sleep(0.01)
        self.assertEqual((process.wait(30), set(seen)), (0, {0o600}))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out.pdf")).st_mode), 0o664)
        self.is_sealed("out.pdf")

    def test_every_key_and_digest(self):
        for name, args, digest in (
            ("seal-rsa3072", [], "sha256"),
            ("seal-rsa3072", ["--pss"], "sha256"),
            ("seal-rsa3072", ["--pss", "--digest", "sha512"], "sha512"),
            ("seal-p256", [], "sha256"),
            ("seal-p384", [], "sha384"),
            ("seal-p521", [], "sha512"),
            ("seal-p521", ["--digest", "sha512"], "sha512"),
        ):
            with self.subTest(name=name, args=args):
                run = self.succeeds(
                    self.sign(
                        "--json",
                        "--force",
                        *args,
                        "in.pdf",
                        "out.pdf",
                        key=f"pkcs11:token=seal;object={name}",
                    )
                )
                self.assertEqual(run.object["digest"], digest)
                self.is_sealed("out.pdf")

    def test_json(self):
        told = self.succeeds(self.sign("--json", "in.pdf")).object
        self.assertEqual(
            list(told),
            [
                "schema",
                "file",
                "output",
                "field",
                "level",
                "digest",
                "byte_range",
                "signer",
                "timestamps",
                "warnings",
            ],
        )
        self.assertEqual((told["schema"], told["file"], told["output"]), (1, "in.pdf", "in-signed.pdf"))
        self.assertEqual((told["field"], told["level"], told["digest"]), ("Signature1", "B-B", "sha256"))
        size = os.path.getsize(self.path("in-signed.pdf"))
        zero, first, second, rest = told["byte_range"]
        self.assertEqual((zero, second + rest), (0, size))
        self.assertEqual(
            self.read("in-signed.pdf")[first : first + 1] + self.read("in-signed.pdf")[second - 1 : second],
            b"<>",
        )
        self.assertEqual(set(told["signer"]), {"subject", "issuer", "serial", "not_after"})
        self.assertIn("CN=Demo Company Oy Invoicing seal P-256", told["signer"]["subject"])
        self.assertRegex(told["signer"]["not_after"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((told["timestamps"], told["warnings"]), ([], []))

    def test_texts_and_field(self):
        self.succeeds(
            self.sign(
                "--name",
                "Yhtiö Oy",
                "--reason",
                "Lasku (1)",
                "--location",
                "Åbo",
                "--contact",
                "a@b.fi",
                "--field",
                "Sinetti",
                "in.pdf",
            )
        )
        told = self.inspect("in-signed.pdf")["signatures"][0]
        self.assertEqual(
            (told["field"], told["name"], told["reason"], told["location"]),
            ("Sinetti", "Yhtiö Oy", "Lasku (1)", "Åbo"),
        )
        self.is_sealed("in-signed.pdf")

    def test_commitment(self):
        self.succeeds(self.sign("--commitment", "1.2.840.113549.1.9.16.6.1", "in.pdf"))
        self.is_sealed("in-signed.pdf")
        self.fails(
            self.sign("--commitment", "1.2.840.113549.1.9.16.6.1", "--reason", "x", "--force", "in.pdf"),
            64,
            "reason",
        )
        self.fails(
            self.sign("--commitment", "x.y", "--force", "in.pdf"),
            64,
            "commitment is not an object identifier",
        )

    def test_local_time_and_utc(self):
        for args, pattern in (([], rb"/M\s*\(D:\d{14}\+0[23]'00'\)"), (["--utc"], rb"/M\s*\(D:\d{14}Z\)")):
            self.succeeds(self.sign("--force", *args, "in.pdf"))
            self.assertRegex(self.read("in-signed.pdf")[os.path.getsize(self.path("in.pdf")) :], pattern)
        told = self.inspect("in-signed.pdf")["signatures"][0]["signing_time"]
        self.assertLess(
            abs(time.time() - time.mktime(time.strptime(told[:19], "%Y-%m-%dT%H:%M:%S")) + time.timezone), 120
        )

    def test_field_that_exists_is_refused(self):
        self.succeeds(self.sign("in.pdf", "one.pdf"))
        self.settle()
        self.fails(self.sign("--field", "Signature1", "one.pdf"), 65, "Signature1", "--field")
        self.fails(self.sign("--field", "a..b", "in.pdf"), 64, "field name .* behind a '.'")
        self.untouched()

    # clause: ISO14289-1#7.18.3
    def test_a_page_that_may_get_no_tabs_is_warned_of(self):
        """Signed, tagged, without annotations and /Tabs: the seal's widget is the page's first."""
        for ua, tabs, told in (("<pdfuaid:part>1</pdfuaid:part>", "", 1), ("", "", 0),
                               ("<pdfuaid:part>1</pdfuaid:part>", "/Tabs/S", 0)):
            packet = ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
                      '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
                      f"{ua}</rdf:Description></rdf:RDF></x:xmpmeta>")
            self.write("ua.pdf", forms.pdf([
                "<</Type/Catalog/Pages 2 0 R/MarkInfo<</Marked true>>/StructTreeRoot 5 0 R/Metadata 6 0 R"
                "/AcroForm<</SigFlags 3/Fields[4 0 R]>>>>",
                "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 400 600]>>",
                f"<</Type/Page/Parent 2 0 R{tabs}>>",
                "<</FT/Sig/T(Old)/V<</Type/Sig/Filter/Adobe.PPKLite/Reason(x)>>>>",
                "<</Type/StructTreeRoot>>",
                f"<</Type/Metadata/Subtype/XML/Length {len(packet)}>>\nstream\n{packet}\nendstream"]))
            with self.subTest(ua=ua, tabs=tabs):
                warnings = self.succeeds(self.sign("--force", "--json", "ua.pdf", "out.pdf")).object["warnings"]
                self.assertEqual(sum("PDF/UA" in w and "/Tabs" in w for w in warnings), told, warnings)

    def test_second_and_third_signature(self):
        self.succeeds(self.sign("in.pdf", "1.pdf"))
        self.succeeds(self.sign("1.pdf", "2.pdf"))
        self.succeeds(self.sign("2.pdf", "3.pdf"))
        self.is_sealed("3.pdf", "2.pdf")
        told = self.inspect("3.pdf")["signatures"]
        self.assertEqual([s["field"] for s in told], ["Signature1", "Signature2", "Signature3"])
        self.assertEqual([s["coverage"] for s in told], ["ENTIRE_REVISION", "ENTIRE_REVISION", "ENTIRE_FILE"])
        text = subprocess.run(
            ["pdfsig", "-nocert", self.path("3.pdf")], capture_output=True, text=True, check=False
        ).stdout
        self.assertEqual(text.count("Signature is Valid."), 3)

    def test_reserve(self):
        self.succeeds(self.sign("--reserve", "20000", "in.pdf"))
        self.assertEqual(self.inspect("in-signed.pdf")["signatures"][0]["contents_bytes"], 20000)
        self.settle()
        run = self.sign("--reserve", "1024", "in.pdf", "out.pdf")
        self.fails(run, 64, r"the signature has \d+ bytes, 1024 are reserved", r"--reserve \d+$")
        self.untouched()
        needed = int(re.search(r"signature has (\d+) bytes", run.err).group(1))
        told = int(re.search(r"--reserve (\d+)", run.err).group(1))
        self.assertGreaterEqual(told, needed + 1024, "the next signature may be larger")
        self.succeeds(self.sign("--reserve", str(told), "in.pdf", "out.pdf"))

    def test_key_by_subject_and_serial(self):
        told = self.succeeds(
            self.sign("--cert-subject", "seal P-384", "--json", "in.pdf", key="pkcs11:token=seal")
        ).object
        self.assertIn("P-384", told["signer"]["subject"])
        again = self.sign(
            "--cert-serial",
            told["signer"]["serial"].lower(),
            "--json",
            "--force",
            "in.pdf",
            key="pkcs11:token=seal",
        )
        self.assertEqual(self.succeeds(again).object["signer"], told["signer"])
        self.fails(
            self.sign("--cert-subject", "nobody", "in.pdf", "out.pdf", key="pkcs11:token=seal"), 77, ".", "."
        )

    def test_chain_beside_the_token(self):
        self.succeeds(self.sign("--cert", os.path.join(harness.PKI, "seal-p256.chain.pem"), "in.pdf"))
        self.is_sealed("in-signed.pdf")
        self.fails(self.sign("--cert", "none.pem", "in.pdf", "x.pdf"), 77, "none.pem")
        self.fails(
            self.sign("--cert", "in.pdf", "in.pdf", "x.pdf"), 77, "no certificate that can be read", "."
        )

    def test_key_in_a_file(self):
        chain = os.path.join(harness.PKI, "seal-p256.chain.pem")
        with open(os.path.join(harness.PKI, "seal-p256.key"), "rb") as key, open(chain, "rb") as certs:
            self.write("key.pem", key.read() + certs.read(), 0o600)
        self.succeeds(self.pades("sign", "--key", "key.pem", "in.pdf"))
        self.is_sealed("in-signed.pdf")
        subprocess.run(
            ["openssl", "pkcs12", "-export", "-in", "key.pem", "-out", "key.p12", "-passout", "pass:word"],
            cwd=self.dir,
            check=True,
        )
        self.write("word", "word\n", 0o600)
        self.succeeds(self.pades("sign", "--key", "key.p12", "--pin-file", "word", "in.pdf", "p12.pdf"))
        self.is_sealed("p12.pdf")
        self.settle()
        self.fails(self.pades("sign", "--key", "key.p12", "--pin-file", "pin", "in.pdf", "x.pdf"), 77, ".")
        self.fails(self.pades("sign", "--key", "key.p12", "in.pdf", "x.pdf"), 77, ".", "--pin-fd")
        self.fails(self.pades("sign", "--key", "no.p12", "in.pdf", "x.pdf"), 77, "no.p12")
        self.untouched()

    def test_file_of_a_name_that_is_not_utf8(self):
        name = b"lasku\xff.pdf"
        os.rename(self.path("in.pdf"), self.path("x").encode()[:-1] + name)
        run = self.succeeds(self.sign(name))
        self.assertEqual(run.raw, b"lasku\xff-signed.pdf\n")
        told = self.succeeds(self.sign("--force", "--json", name)).object
        self.assertEqual(told["file"], "lasku\\xff.pdf")


class Outputs(harness.Case):
    def test_output_that_exists(self):
        self.write("in-signed.pdf", "precious")
        self.settle()
        self.fails(self.sign("in.pdf"), 73, "'in-signed.pdf' exists", "--force")
        self.untouched()
        self.succeeds(self.sign("--force", "in.pdf"))
        self.is_sealed("in-signed.pdf")

    def test_no_pin_is_used_for_an_output_that_cannot_be(self):
        self.write("out.pdf", "precious")
        self.fails(self.faulty("in.pdf", "out.pdf"), 73, "exists")
        self.assertEqual(self.calls("C_Login"), [])

    def test_output_is_the_input(self):
        os.link(self.path("in.pdf"), self.path("link.pdf"))
        os.symlink("in.pdf", self.path("sym.pdf"))
        self.settle()
        for out in ("in.pdf", "./in.pdf", "link.pdf", "sym.pdf"):
            self.fails(self.sign("in.pdf", out), 73, "is an input", "--in-place")
            self.fails(self.sign("--force", "in.pdf", out), 73, "is an input", "--in-place")
        self.untouched()

    def test_folder_that_is_not_there_or_not_writable(self):
        self.fails(self.sign("in.pdf", "none/out.pdf"), 73, "none")
        self.fails(self.sign("in.pdf", "/proc/out.pdf"), 73, ".")
        self.fails(self.sign("in.pdf", "hsm"), 73, "'hsm' is not a regular file")
        self.fails(self.sign("in.pdf", "in.pdf/x"), 73, ".")
        self.untouched()

    def test_input_that_cannot_be_read(self):
        self.fails(self.sign("none.pdf"), 66, "cannot read 'none.pdf': No such file")
        self.fails(self.sign("hsm"), 66, "'hsm' is not a regular file")
        os.mkfifo(self.path("pipe.pdf"))
        self.fails(self.sign("pipe.pdf"), 66, "'pipe.pdf' is not a regular file", "standard input")

    def test_in_place(self):
        self.write("copy.pdf", self.read("in.pdf"))
        inode = os.stat(self.path("in.pdf")).st_ino
        self.assertEqual(self.succeeds(self.sign("--in-place", "in.pdf")).out, "in.pdf\n")
        self.assertEqual(os.stat(self.path("in.pdf")).st_ino, inode)
        self.is_sealed("in.pdf", "copy.pdf")
        self.assertEqual(set(self.listing()), set(self.before) | {"./copy.pdf"})

    def test_in_place_contradictions(self):
        self.fails(self.sign("--in-place", "--output-dir", ".", "in.pdf"), 64, "contradict")
        self.fails(self.sign("--in-place", "-", stdin=b"x"), 64, "standard input")
        os.link(self.path("in.pdf"), self.path("link.pdf"))
        self.fails(self.sign("--in-place", "in.pdf", "link.pdf"), 64, "are the same file")
        self.fails(self.sign("--in-place", "in.pdf", "in.pdf"), 64, "same output")

    def test_standard_input_and_output(self):
        data = self.read("in.pdf")
        run = self.succeeds(self.sign("-", stdin=data))
        self.write("out.pdf", run.raw)
        self.is_sealed("out.pdf")
        run = self.succeeds(self.sign("-", "named.pdf", stdin=data))
        self.assertEqual(run.out, "named.pdf\n")
        self.is_sealed("named.pdf")
        run = self.succeeds(self.sign("in.pdf", "-"))
        self.write("out2.pdf", run.raw)
        self.is_sealed("out2.pdf")

    def test_standard_input_that_is_a_file(self):
        with open(self.path("in.pdf"), "rb") as f:
            done = subprocess.run(
                [harness.PADES, "sign", *self.token_args(), "-", "out.pdf"],
                cwd=self.dir,
                env=self.env,
                stdin=f,
                capture_output=True,
                check=False,
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.is_sealed("out.pdf")
        with open(self.path("in.pdf"), "rb") as f:
            done = subprocess.run(
                [harness.PADES, "sign", *self.token_args(), "--force", "-", "in.pdf"],
                cwd=self.dir,
                env=self.env,
                stdin=f,
                capture_output=True,
                check=False,
            )
        self.assertEqual(done.returncode, 73, done.stderr)

    def test_nothing_on_standard_output_when_it_fails(self):
        self.fails(self.sign("-", stdin=b"no PDF"), 65, "not a PDF file")
        run = self.sign("--json", "in.pdf", "-")
        self.assertEqual((run.code, run.object["error"]["status"]), (64, "USAGE"), run)
        self.fails(self.sign("-", "--pin-fd", "0", pin=None, stdin=b"x"), 64, "both the document and the PIN")
        self.untouched()

    def test_reader_that_goes_away(self):
        """A closed pipe is an output that failed, not a death by SIGPIPE."""
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run(
            [harness.PADES, "sign", *self.token_args(), "in.pdf", "-"],
            cwd=self.dir,
            env=self.env,
            stdout=write_end,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(write_end)
        self.assertEqual(done.returncode, 73, done.stderr)
        self.untouched()

    def test_full_disk(self):
        run = self.sign(
            "in.pdf", "out.pdf", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        )
        self.assertEqual(run.code, 73, run)
        self.untouched()


class Verbose(harness.Case):
    """--verbose tells each step, in order and in one line, and after an error what lies below it."""

    steps = [
        r"the document is read: \d+ bytes, PDF 1\.\d, 1 cross-reference sections, \d+ entries, objects up to \d+",
        r"PKCS#11 module '.*libsofthsm2.so', in a process of its own: 1 tokens that are meant",
        r"logged in to token 'seal'",
        r"the key of 'CN=Demo Company Oy .*', certificate [0-9A-F]+, is on token 'seal' \(serial \w+\), slot \d+; ",
        r"the document is read: ",
        r"field 'Signature1' gets a signature, with room for \d+ bytes",
        r"the second reader agrees: qpdf \d",
        r"token 'seal' is asked for CKM_ECDSA: C_Sign CKR_OK",
        r"a signature is made: ECDSA with sha256, \d+ bytes",
        r"the signature fits the certificate 'CN=Demo Company Oy ",
        r"the signed data is in its room: \d+ of \d+ bytes",
        r"the output is in place: (\d+) bytes in all",
    ]

    def told(self, run, steps):
        lines = run.err.splitlines()
        self.assertEqual(len(lines), len(steps), run)
        for line, step in zip(lines, steps):
            self.assertRegex(line, "^pades: " + step)
        self.assertNotRegex(run.err, rf"\b{harness.PIN}\b")

    def test_each_step(self):
        run = self.succeeds(self.sign("--verbose", "in.pdf"))
        self.assertEqual(run.out, "in-signed.pdf\n")
        self.told(run, self.steps)
        self.assertEqual(re.search(self.steps[-1], run.err).group(1), str(os.path.getsize(self.path("in-signed.pdf"))))
        self.assertEqual(self.succeeds(self.sign("--force", "in.pdf")).err, "")

    def test_timestamp(self):
        services = harness.Services()
        self.addCleanup(services.stop)
        run = self.succeeds(self.sign("--verbose", "--tsa", services.tsa(), "--trust", harness.TRUST, "in.pdf"))
        url = re.escape(services.tsa())
        self.assertRegex(run.err, rf"(?m)^pades: a timestamp came from '{url}': 20\S+Z, \d+ bytes, \d+ ms$")
        self.assertLess(run.err.index("the signature fits"), run.err.index("a timestamp came"))

    def test_several_files_are_told_apart(self):
        self.write("b.pdf", self.read("in.pdf"))
        os.mkdir(self.path("out"))
        run = self.succeeds(self.sign("--verbose", "--output-dir", "out", "in.pdf", "b.pdf"))
        self.assertEqual(sorted(re.findall(r"(?m)^pades: '(.*)' is opened$", run.err)), ["b.pdf", "in.pdf"])
        self.assertEqual(run.err.count("logged in to token"), 1)

    def test_what_the_module_said(self):
        self.faults("fail C_Sign CKR_DEVICE_ERROR")
        run = self.faulty("--verbose", "in.pdf")
        self.fails(run, 77, "CKR_DEVICE_ERROR while the document was signed")
        self.assertRegex(run.err, r"(?m)^pades: token 'seal' is asked for CKM_ECDSA: C_Sign CKR_DEVICE_ERROR$")
        self.assertRegex(run.err, r"(?m)^native: CKR_DEVICE_ERROR$")
        self.assertNotIn("native", self.faulty("in.pdf").err)
        self.untouched()

    def test_what_the_service_said(self):
        run = self.sign("--verbose", "--tsa", "http://127.0.0.1:9/", "--allow-host", "127.0.0.1:9", "in.pdf")
        self.fails(run, 69, "cannot connect")
        self.assertRegex(run.err, r"(?m)^native: curl 7 \(.*\)$")
        self.untouched()

    def test_two_steps(self):
        cert = os.path.join(harness.PKI, "seal-p256.chain.pem")
        run = self.succeeds(
            self.pades("prepare", "--verbose", "--cert", cert, "--state", "s", "--hash", "h", "in.pdf")
        )
        self.assertRegex(run.err, r"(?s)the document is read: .*with room for \d+ bytes\n.*second reader agrees")
        key = os.path.join(harness.PKI, "seal-p256.key")
        subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-inkey", key, "-in", "h", "-out", "sig"], cwd=self.dir, check=True
        )
        run = self.succeeds(self.pades("finish", "--verbose", "--state", "s", "--signature", "sig", "in.pdf"))
        self.assertRegex(run.err, r"(?s)the signature fits .*in its room: .*the output is in place: \d+ bytes in all")

    def test_a_key_in_a_file(self):
        names = [os.path.join(harness.PKI, "seal-p256" + end) for end in (".key", ".chain.pem")]
        self.write("key.pem", b"".join(self.read(name) for name in names), 0o600)
        run = self.succeeds(self.pades("sign", "--verbose", "--key", "key.pem", "in.pdf"))
        self.assertRegex(run.err, r"the key of 'CN=Demo.*', certificate [0-9A-F]+, is in 'key.pem'")
        self.assertRegex(run.err, r"a signature is made: ECDSA with sha256, \d+ bytes")


if __name__ == "__main__":
    harness.main()
