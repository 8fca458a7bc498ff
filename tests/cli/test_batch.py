"""pades sign: many files with one login, dry runs, audit lines."""

import os
import re
import socket
import stat
import subprocess

import harness


class Many(harness.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("out"))
        for name in ("a.pdf", "b.pdf", "c.pdf"):
            self.write(name, self.read("in.pdf"))
        self.settle()

    def test_all_sealed_with_one_login(self):
        run = self.succeeds(self.faulty("--output-dir", "out", "a.pdf", "b.pdf", "c.pdf"))
        self.assertEqual(run.out, "out/a-signed.pdf\nout/b-signed.pdf\nout/c-signed.pdf\n")
        for name in "abc":
            self.is_sealed(f"out/{name}-signed.pdf", f"{name}.pdf")
        self.assertEqual(self.calls("C_Login"), ["CKR_OK"])
        self.assertEqual(self.calls("C_Sign"), ["CKR_OK"] * 3)

    def test_a_failed_file_never_stops_the_others(self):
        self.write("bad.pdf", "not a PDF")
        run = self.sign("--json", "--output-dir", "out", "a.pdf", "bad.pdf", "none.pdf", "c.pdf")
        self.assertEqual(run.code, 65, run)
        self.assertEqual([o["file"] for o in run.objects], ["a.pdf", "bad.pdf", "none.pdf", "c.pdf"])
        self.assertEqual([o.get("error", {}).get("exit") for o in run.objects], [None, 65, 66, None])
        self.assertEqual(run.objects[1]["error"]["status"], "DOC_NOT_PDF")
        self.assertEqual(run.objects[2]["error"]["status"], "INPUT_NOT_FOUND")
        self.is_sealed("out/a-signed.pdf", "a.pdf")
        self.is_sealed("out/c-signed.pdf", "c.pdf")
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["a-signed.pdf", "c-signed.pdf"])

    def test_first_failure_decides(self):
        self.write("bad.pdf", "not a PDF")
        self.assertEqual(self.sign("--output-dir", "out", "none.pdf", "bad.pdf", "a.pdf").code, 66)
        self.write("out/c-signed.pdf", "precious")
        run = self.sign("--output-dir", "out", "c.pdf", "none.pdf")
        self.assertEqual(run.code, 73, run)
        self.assertEqual(self.read("out/c-signed.pdf"), b"precious")

    def test_one_base_name_twice(self):
        os.mkdir(self.path("d"))
        self.write("d/a.pdf", self.read("in.pdf"))
        self.settle()
        self.fails(
            self.faulty("--output-dir", "out", "b.pdf", "a.pdf", "d/a.pdf"),
            64,
            "same output 'out/a-signed.pdf'",
        )
        self.assertEqual(self.calls("C_Login"), [])
        self.untouched()

    def test_output_dir(self):
        self.fails(self.sign("--output-dir", "none", "a.pdf"), 73, "'none' is not a folder")
        self.assertEqual(self.succeeds(self.sign("--output-dir", "out", "a.pdf")).out, "out/a-signed.pdf\n")
        self.fails(self.sign("--output-dir", "out", "-", "a.pdf", stdin=b""), 64, "standard input")

    def test_an_output_never_replaces_another_input(self):
        self.write("a-signed.pdf", self.read("in.pdf"))
        self.settle()
        run = self.sign("--force", "--output-dir", ".", "a.pdf", "a-signed.pdf")
        self.assertEqual(run.code, 73, run)
        self.assertIn("is an input", run.err)
        self.untouched("a-signed-signed.pdf")

    def test_in_place(self):
        run = self.succeeds(self.sign("--in-place", "a.pdf", "b.pdf"))
        self.assertEqual(run.out, "a.pdf\nb.pdf\n")
        self.is_sealed("a.pdf")
        self.is_sealed("b.pdf")

    def test_key_that_is_gone_fails_all_the_rest(self):
        self.faults("fail C_Sign CKR_DEVICE_REMOVED 100 1")
        run = self.faulty("--json", "--output-dir", "out", "a.pdf", "b.pdf", "c.pdf")
        self.assertEqual(run.code, 77, run)
        self.assertEqual([o["file"] for o in run.objects], ["a.pdf", "b.pdf", "c.pdf"])
        told = [o.get("error", {}).get("status") for o in run.objects]
        self.assertEqual((told.count(None), told.count("TOKEN_REMOVED")), (1, 2), told)
        self.assertEqual(self.calls("C_Login"), ["CKR_OK"])

    def test_wrong_pin_is_tried_once_for_all(self):
        self.write("wrong", "0000\n", 0o600)
        run = self.faulty("--json", "--output-dir", "out", "a.pdf", "b.pdf", pin="wrong")
        self.assertEqual(run.code, 77, run)
        self.assertEqual([o["error"]["status"] for o in run.objects], ["PIN_INCORRECT"] * 2)
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
        self.assertEqual(run.err.count("pades: "), 1, run)
        self.untouched("wrong")

    def test_skip_signed(self):
        self.succeeds(self.sign("a.pdf", "s.pdf"))
        run = self.succeeds(self.sign("--skip-signed", "--json", "--output-dir", "out", "s.pdf", "b.pdf"))
        self.assertEqual(
            [(o["file"], o["output"], o.get("skipped")) for o in run.objects],
            [("s.pdf", None, "signed already"), ("b.pdf", "out/b-signed.pdf", None)],
        )
        self.assertEqual(os.listdir(self.path("out")), ["b-signed.pdf"])
        run = self.succeeds(self.faulty("--skip-signed", "s.pdf"))
        self.assertEqual((run.out, self.calls("C_Login")), ("", []))
        self.assertIn("'s.pdf' is signed already", run.err)

    def test_two_hundred(self):
        names = []
        for i in range(200):
            names.append(f"n{i}.pdf")
            os.link(self.path("a.pdf"), self.path(names[-1]))
        run = self.succeeds(self.sign("--output-dir", "out", *names))
        self.assertEqual(run.out.splitlines(), [f"out/n{i}-signed.pdf" for i in range(200)])
        self.is_sealed("out/n199-signed.pdf")


class Dry(harness.Case):
    def test_good(self):
        told = self.succeeds(self.faulty("--dry-run", "--json", "in.pdf", pin=None)).object
        self.assertEqual(
            (told["output"], told["dry_run"], told["field"], told["level"]), (None, True, "Signature1", "B-B")
        )
        self.assertIn("P-256", told["signer"]["subject"])
        self.assertEqual((self.calls("C_Login"), self.calls("C_Sign")), ([], []))
        run = self.succeeds(self.sign("--dry-run", "in.pdf", pin=None))
        self.assertEqual(run.out, "")
        self.assertIn("nothing was signed", run.err)
        self.untouched()

    def test_bad(self):
        self.write("bad.pdf", "not a PDF")
        self.write("out.pdf", "precious")
        self.settle()
        self.fails(self.sign("--dry-run", "bad.pdf", pin=None), 65, "not a PDF")
        self.fails(self.sign("--dry-run", "in.pdf", "out.pdf", pin=None), 73, "exists")
        self.fails(
            self.sign("--dry-run", "in.pdf", pin=None, key="pkcs11:token=seal"), 77, "certificates could sign, and none was chosen", "seal P-384"
        )
        self.fails(self.sign("--dry-run", "in.pdf", pin=None, key="pkcs11:token=none"), 77, "none")
        self.fails(
            self.sign("--dry-run", "--field", "a..b", "in.pdf", pin=None), 64, "field name .* behind a '.'"
        )
        self.untouched()

    def test_many(self):
        self.write("bad.pdf", "not a PDF")
        os.mkdir(self.path("out"))
        run = self.sign("--dry-run", "--json", "--output-dir", "out", "in.pdf", "bad.pdf", pin=None)
        self.assertEqual(run.code, 65, run)
        self.assertEqual([("error" in o) for o in run.objects], [False, True])
        self.assertEqual(os.listdir(self.path("out")), [])


class Audit(harness.Case):
    def test_line(self):
        self.succeeds(self.sign("--audit", "audit.log", "--reason", "secret", "in.pdf"))
        self.succeeds(self.sign("--audit", "audit.log", "--field", "Two", "in-signed.pdf"))
        lines = self.read("audit.log").decode().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("audit.log")).st_mode), 0o600)
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        serial = self.inspect("in-signed.pdf")["signatures"][0]["signer"]["serial"]
        self.assertRegex(
            lines[0],
            rf'^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ user="{user}" file="in\.pdf" '
            rf'sha256={harness.digest(self.path("in.pdf"))} field="Signature1" serial={serial} tsa=-$',
        )
        self.assertIn('file="in-signed.pdf"', lines[1])
        self.assertIn('field="Two"', lines[1])
        self.assertNotIn(harness.PIN + "\n", self.read("audit.log").decode())

    def test_the_audit_file_is_no_document(self):
        for args in (["in.pdf", "in.pdf"], ["new.pdf", "in.pdf", "new.pdf"], ["in.pdf", "--in-place", "in.pdf"]):
            self.fails(self.faulty("--audit", *args), 73, "audit file '.*' is a document")
            self.untouched()
        self.assertEqual(self.calls("C_Login"), [])

    def test_hostile_name(self):
        name = 'a"\n\x1b[2J\\b.pdf'
        os.rename(self.path("in.pdf"), self.path(name))
        self.succeeds(self.sign("--audit", "audit.log", name, "out.pdf"))
        line = self.read("audit.log").decode()
        self.assertEqual(line.count("\n"), 1)
        self.assertNotIn("\x1b", line)
        self.assertRegex(line, re.escape(r'file="a\"\\x0a\\x1b[2J\\b.pdf" sha256='))

    def test_nothing_is_signed_that_could_not_be_written_down(self):
        self.fails(self.faulty("--audit", "none/audit.log", "in.pdf"), 73, "audit file 'none/audit.log'")
        self.fails(self.faulty("--audit", "hsm", "in.pdf"), 73, "audit file")
        os.symlink("in.pdf", self.path("link"))
        self.fails(self.faulty("--audit", "link", "in.pdf"), 73, "audit file")
        self.assertEqual(self.calls("C_Login"), [])
        self.untouched("link")

    def test_syslog(self):
        """A /dev/log of our own, in a mount namespace: one line, no PIN."""
        os.mkdir(self.path("dev"))
        self.write("dev/null", "")
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(log.close)
        log.bind(self.path("dev", "log"))
        log.settimeout(5)
        script = 'mount --bind /dev/null dev/null && mount --rbind dev /dev && exec "$@"'
        command = [harness.PADES, "sign", *self.token_args(), "--audit", "syslog", "in.pdf"]
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, "sh", *command],
            cwd=self.dir,
            env=self.env,
            capture_output=True,
            text=True,
        )
        if done.returncode == 1 and "pades" not in done.stderr:
            self.skipTest("no mount namespaces here")
        self.assertEqual(done.returncode, 0, done.stderr)
        line = log.recv(65536).decode()
        self.assertRegex(
            line,
            r'pades\[\d+\]: \d{4}-.* file="in.pdf" sha256=[0-9a-f]{64} field="Signature1" serial=[0-9A-F]+ tsa=-',
        )
        with self.assertRaises(TimeoutError):
            log.settimeout(0.2)
            log.recv(65536)

    def test_failures_are_not_signatures(self):
        self.write("bad.pdf", "not a PDF")
        self.sign("--audit", "audit.log", "bad.pdf")
        self.assertEqual(self.read("audit.log"), b"")

    def test_full_device(self):
        run = self.sign("--audit", "/dev/full", "in.pdf")
        self.fails(run, 73, "audit file '/dev/full' is not a regular file")


if __name__ == "__main__":
    harness.main()
