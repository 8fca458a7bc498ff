"""Law 11: a certificate whose common name sets the title of a terminal and turns the direction of text,
a token, a file and a document that try the same: nothing of it reaches a terminal, a log or JSON raw.
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys

import laws
from laws import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import badpdf  # noqa: E402  (found through the line above)

HOSTILE = "pkcs11:token=seal;object=hostile-cn"
BAD_NAME = "x\x1b]0;owned\x07\u202egnp\x9b2J\r.pdf"
# Control characters but the line end, C1, and what turns or hides text.
RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# On a terminal the program itself ends lines with CR LF and may colour: those sequences alone.
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


class HostileText(laws.Law):
    key = HOSTILE

    def clean(self, data, what):
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        found = RAW.search(text)
        self.assertIsNone(found, f"{what}: {text[max(0, found.start() - 60):found.end() + 20]!r}" if found else "")
        return text

    def clean_run(self, run, code=0):
        self.assertEqual(run.code, code, run)
        self.clean(run.raw, "standard output")
        self.clean(run.err, "standard error")
        return run

    def test_certificate_everywhere(self):
        """It is there, escaped, wherever the program speaks of it."""
        seen = 0
        for args in (["--verbose"], ["--json"], ["--verbose", "--json", "--audit", "audit.log"], ["--dry-run"],
                     ["--dry-run", "--json"]):
            run = self.clean_run(self.sign(*args, "--force", "in.pdf", "out.pdf"))
            seen += "owned" in run.out + run.err
        self.clean(self.read("audit.log"), "the audit line")
        for command in (["token", "list"], ["token", "certs"]):
            for args in ([], ["--json"], ["--verbose"]):
                run = self.clean_run(self.pades(*command, *args, "--module", harness.SOFTHSM))
                seen += "owned" in run.out + run.err
        for args in ([], ["--json"]):
            run = self.clean_run(self.pades("inspect", *args, "out.pdf"))
            seen += "owned" in run.out
        self.assertGreater(seen, 6)

    def test_several_keys_to_choose_from(self):
        run = self.clean_run(self.sign("in.pdf", "out.pdf", key="pkcs11:token=seal"), 77)
        self.assertIn("owned", run.err)

    def test_failures(self):
        for fault in ("badsig", "shortsig", "fail C_Sign CKR_DEVICE_REMOVED", "fail C_Login CKR_PIN_LOCKED",
                      "fail C_SignInit CKR_KEY_FUNCTION_NOT_PERMITTED"):
            self.faults(fault)
            self.clean_run(self.faulty("--verbose", "in.pdf", "out.pdf"), 77)
            self.clean_run(self.faulty("--json", "in.pdf", "out.pdf"), 77)

    def test_token(self):
        text = "\x1b]0;owned\x07\u202eseal\x9b"
        self.faults(f"label {text}", f"model {text}", f"serial {text}")
        for args in ([], ["--json"]):
            self.clean_run(self.pades("token", "list", *args, "--module", harness.FAULT))
            self.clean_run(self.pades("token", "certs", *args, "--module", harness.FAULT))
        self.clean_run(self.faulty("--verbose", "in.pdf", "out.pdf", key="pkcs11:object=hostile-cn"))
        self.write("pin", "0000\n", 0o600)
        self.clean_run(self.faulty("in.pdf", "out2.pdf", key="pkcs11:object=hostile-cn"), 77)

    def test_file_names(self):
        shutil.copy(self.path("in.pdf"), self.path(BAD_NAME))
        self.assertEqual(self.clean_run(self.sign("--verbose", "--json", "--audit", "audit.log", BAD_NAME)).object["file"], BAD_NAME)
        self.clean(self.read("audit.log"), "the audit line")
        self.assertEqual(self.read("audit.log").count(b"\n"), 1)
        self.clean_run(self.sign(BAD_NAME, BAD_NAME + "2", env={"TMPDIR": "/none"}, pin=None), 77)
        run = self.sign(BAD_NAME)
        self.assertEqual(run.code, 73)
        self.clean(run.err, "standard error")
        self.write("bad\x1b[2J.pdf", "no PDF")
        for args in (["inspect"], ["inspect", "--json"]):
            self.clean_run(self.pades(*args, "bad\x1b[2J.pdf"), 65)
        for option in ("--pin-file", "--trust", "--config", "--module", "--audit", "--output-dir", "--tsa", "--field", "--level"):
            run = self.sign(option, f"/none/{BAD_NAME}", "in.pdf", "out3.pdf", pin=None)
            self.assertNotEqual(run.code, 0, run)
            self.clean(run.err, option)

    def test_document(self):
        """Texts of a signature and names of fields, made by somebody who means harm."""
        text = "x\x1b]0;owned\x07\u202ey\n\x9b2J"
        self.clean_run(self.sign("--reason", text, "--location", text, "--contact", text, "--name", text,
                                 "--field", "F\u202e\x1b]0;owned\x07", "--json", "in.pdf", "out.pdf"))
        for args in ([], ["--json"], ["--verbose"]):
            run = self.clean_run(self.pades("inspect", *args, "out.pdf"))
            self.assertIn("owned", run.out)

    def test_every_text_of_a_document(self):
        """Whatever inspect shows of a file, written by hand: names, strings, keys, certificates asked for."""
        name, text = b"/owned#1b#5d0;#07#e2#80#ae#9b2J#0a", b"<FEFF006F0077006E00650064001B0007202E009B000A>"
        url = b"(owned\\033]0;\\007\\233\\012)"
        lock = b"<< /Action %s /Fields [%s %s] /P 2 >>" % (name, text, name)
        seeds = (b"<< /Ff 0 /Filter %s /SubFilter [%s] /DigestMethod [/SHA256] /Reasons [%s %s] /LegalAttestation [%s]"
                 b" /AppearanceFilter %s /TimeStamp << /URL %s >> /Cert << /URL %s /URLType %s /KeyUsage [(01X)]"
                 b" /SubjectDN [<< /CN %s >>] >> >>" % (name, name, text, url, text, text, url, url, name, text))
        base = badpdf.write({**badpdf.PLAIN, 9: b"<< /Fields [4 0 R 5 0 R] >>"})
        catalog = (b"<< /Type /Catalog /Pages 2 0 R /AcroForm 9 0 R /Version %s %s 1 /OpenAction << /S %s >>"
                   b" /Extensions << %s << /BaseVersion %s /ExtensionLevel 3 >> >> >>" % (name, name, name, name, name))
        value = (b"<< /Type %s /Filter %s /SubFilter %s /Name %s /Reason %s /Location %s /M %s /Contents <3000>"
                 b" /ByteRange [0 1 2 3] /Reference [<< /TransformMethod %s /TransformParams %s >>] >>"
                 % (name, name, name, text, text, text, url, name, lock))
        data = badpdf.update(base, {
            1: catalog, 4: b"<< /T %s /FT /Sig /V 6 0 R /Lock %s >>" % (text, lock),
            5: b"<< /T %s /FT /Sig /SV %s /Lock %s >>" % (url, seeds, lock), 6: value, 7: b"<< /Type %s >>" % name,
        }, size=10)
        self.write("hostile.pdf", data)
        for args in ([], ["--json"], ["--verbose"]):
            run = self.clean_run(self.pades("inspect", *args, "hostile.pdf"))
            self.assertGreater(run.out.count("owned"), 20)
        self.clean_run(self.pades("inspect", "--extract", "parts", "hostile.pdf"))
        for found in os.listdir(self.path("parts")):
            self.clean(found.encode(), "the name of a file")
            if found.endswith(".txt"):
                self.clean(self.read("parts/" + found), found)

    def test_error_of_the_authority(self):
        """What a server writes into its answer or address is no better."""
        services = harness.Services()
        self.addCleanup(services.stop)
        for fault in ("rejected", "html", "redirect?to=http%3A%2F%2F127.0.0.1%2F%1B%5D0%3Bowned%07%E2%80%AE&code=302",
                      "redirect-file", "503?retry=%1B%5D0%3Bowned%07"):
            run = self.sign("--verbose", "--tsa", services.tsa(fault), "--trust", harness.TRUST, "in.pdf", "out.pdf")
            self.assertIn(run.code, (69, 75), run)
            self.clean(run.err, fault)

    def test_prompt(self):
        """A terminal that asks for the PIN shows the certificate and the token, and obeys neither."""
        self.faults("label \x1b]0;owned\x07\u202eseal")
        shutil.copy(self.path("in.pdf"), self.path(BAD_NAME))
        args = [harness.PADES, "sign", "--pinentry", "none", *self.token_args("pkcs11:object=hostile-cn", None, harness.FAULT), BAD_NAME, "out.pdf"]
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(args[0], args, self.env)
        self.addCleanup(os.close, master)
        seen = b""
        while not seen.endswith(b"sign: "):
            self.assertTrue(select.select([master], [], [], 20)[0], seen)
            seen += os.read(master, 4096)
        os.write(master, b"1234\n")
        try:
            while select.select([master], [], [], 20)[0]:
                part = os.read(master, 4096)
                if not part:
                    break
                seen += part
        except OSError:
            pass
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, seen)
        self.assertIn(b"owned", seen)
        self.clean(COLOUR.sub("", seen.decode("utf-8").replace("\r\n", "\n")), "the terminal")

    def test_other_programs_read_it(self):
        """What is hostile in the certificate stays in the certificate: the seal is valid all the same."""
        self.clean_run(self.sign("in.pdf", "out.pdf"))
        told = subprocess.run(["pdfsig", "-nocert", self.path("out.pdf")], capture_output=True, check=False).stdout
        self.assertIn(b"Signature is Valid.", told)


if __name__ == "__main__":
    laws.main()
