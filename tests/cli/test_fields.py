"""pades fields add: fields for others to sign, what they ask for, and where they are refused."""

import json
import os
import subprocess
import sys

import forms
import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import badpdf  # noqa: E402


class Fields(harness.Case):
    def add(self, *args, field="Seal", **kwargs):
        return self.pades("fields", "add", "--field", field, *args, **kwargs)

    def seeded(self, text, *args):
        """Adds with these seed values: an object, or the text of the file."""
        self.write("seed.json", text if isinstance(text, str) else json.dumps(text))
        self.settle()
        return self.add("--force", "--seed", "seed.json", *args, "in.pdf", "out.pdf")

    def checked(self, name, source="in.pdf", password=""):
        self.assertTrue(self.read(name).startswith(self.read(source)), "not append-only")
        check = subprocess.run(
            ["qpdf", "--check", f"--password={password}", self.path(name)], capture_output=True, check=False
        )
        self.assertEqual(check.returncode, 0, check)

    def field(self, name):
        return self.inspect(name)["fields"][-1]

    def sealed_by(self, field, *args):
        return self.sign("--json", "--force", "--field", field, *args, "out.pdf", "sealed.pdf")


class Adding(Fields):
    def test_added_shown_and_sealed(self):
        run = self.succeeds(
            self.add("--rect", "1,10,20.5,100,30", "--tooltip", "H\u00e4r", "in.pdf", "out.pdf", field="Contract.Buyer")
        )
        self.assertEqual((run.out, run.err), ("out.pdf\n", ""))
        self.checked("out.pdf")
        told = self.field("out.pdf")
        self.assertEqual((told["name"], told["type"], told["signed"]), ("Contract.Buyer", "Sig", False))
        self.assertEqual((told["page"], told["visible"], told["lock"]), (1, True, None))
        self.assertIn(b"/Rect[10 20.5 110 50.5]", self.read("out.pdf"))
        shown = subprocess.run(["pdfsig", self.path("out.pdf")], capture_output=True, text=True, check=False).stdout
        self.assertNotIn("Signature is Valid", shown)
        self.assertEqual(self.succeeds(self.sealed_by("Contract.Buyer")).object["field"], "Contract.Buyer")
        self.is_sealed("sealed.pdf", "out.pdf")
        self.assertEqual(len(self.inspect("sealed.pdf")["fields"]), len(self.inspect("out.pdf")["fields"]))

    def test_as_json_and_named_by_itself(self):
        told = self.succeeds(self.add("--json", "in.pdf")).object
        self.assertEqual(
            told, {"schema": 1, "file": "in.pdf", "output": "in-fields.pdf", "field": "Seal", "warnings": []}
        )
        self.checked("in-fields.pdf")
        self.assertFalse(self.field("in-fields.pdf")["visible"])

    def test_a_lock_takes_hold(self):
        self.write("form.pdf", forms.form())
        self.succeeds(self.add("--lock", "include:name,paid", "form.pdf", "out.pdf", field="Second"))
        self.checked("out.pdf", "form.pdf")
        lock = self.field("out.pdf")["lock"]
        self.assertEqual((lock["action"], lock["fields"]), ("Include", ["name", "paid"]))
        self.succeeds(self.sealed_by("Second"))
        self.fails(self.sign("--fill", "name=x", "sealed.pdf", "two.pdf"), 65, "'name'")
        self.succeeds(self.sign("--fill", "country=fi", "sealed.pdf", "two.pdf"))
        self.fails(self.add("--lock", "some", "in.pdf"), 64, "--lock 'some' says nothing that is known")

    def test_in_place(self):
        before = self.read("in.pdf")
        self.assertEqual(self.succeeds(self.add("--in-place", "in.pdf")).out, "in.pdf\n")
        self.assertTrue(self.read("in.pdf").startswith(before))
        self.assertEqual(self.field("in.pdf")["name"], "Seal")
        self.settle()
        self.fails(self.add("--in-place", "in.pdf", "out.pdf", field="B"), 64, "--in-place and an output contradict")
        self.fails(self.add("--in-place", "in.pdf"), 65, "'Seal'", "another name")
        self.untouched()

    def test_streams(self):
        run = subprocess.run(
            [harness.PADES, "fields", "add", "--field", "Seal", "-", "-"],
            input=self.read("in.pdf"), cwd=self.dir, env=self.env, capture_output=True, check=False,
        )
        self.assertEqual(run.returncode, 0, run)
        self.write("out.pdf", run.stdout)
        self.checked("out.pdf")

    def test_after_a_signature(self):
        self.succeeds(self.sign("in.pdf", "signed.pdf"))
        self.succeeds(self.add("signed.pdf", "out.pdf"))
        self.assertTrue(self.read("out.pdf").startswith(self.read("signed.pdf")))
        told = subprocess.run(["pdfsig", "-nocert", self.path("out.pdf")], capture_output=True, text=True, check=False)
        self.assertIn("Signature is Valid.", told.stdout)
        self.succeeds(self.sealed_by("Seal"))
        self.is_sealed("sealed.pdf", "out.pdf")

    def test_encrypted(self):
        for kind in (["128", "--use-aes=y"], ["256"]):
            with self.subTest(kind):
                subprocess.run(
                    ["qpdf", "--allow-weak-crypto", "--encrypt", "user", "owner", *kind, "--", "in.pdf", "enc.pdf"],
                    cwd=self.dir, check=True, stderr=subprocess.DEVNULL,
                )
                given = ["--password-file", self.write("password", "user\n", 0o600)]
                self.settle()
                self.fails(self.add("enc.pdf", "out.pdf"), 65, "password", "--password-file")
                self.fails(self.add("--password-fd", "0", "enc.pdf", "out.pdf", stdin=b"x\n"), 65, "wrong password")
                self.untouched()
                self.succeeds(self.add("--force", *given, "--tooltip", "Sign me", "enc.pdf", "out.pdf"))
                self.checked("out.pdf", "enc.pdf", "user")
                self.assertNotIn(b"Sign me", self.read("out.pdf"))
                shown = subprocess.run(
                    ["qpdf", "--password=user", "--json", self.path("out.pdf")], capture_output=True, check=False
                )
                self.assertIn(b"Sign me", shown.stdout)
                self.succeeds(self.sealed_by("Seal", *given))
                os.remove(self.path("out.pdf"))


class Seeds(Fields):
    EVERY = {
        "filter": "Adobe.PPKLite",
        "subFilter": ["ETSI.CAdES.detached", "adbe.pkcs7.detached"],
        "digestMethod": ["SHA384", "SHA512"],
        "v": 2,
        "reasons": "I agree",
        "mdp": 2,
        "legalAttestation": ["none"],
        "addRevInfo": False,
        "lockDocument": "auto",
        "appearanceFilter": "plain",
        "timeStamp": {"required": True, "url": "http://tsa.example/"},
        "cert": {
            "issuer": "ca.pem",
            "oid": ["1.2.3"],
            "keyUsage": ["1X", "X1"],
            "subjectDN": [{"CN": "Seal", "O": "Acme"}, {"CN": "Other"}],
            "url": "http://ca.example/",
            "urlType": "Browser",
            "required": ["issuer", "subjectDN"],
        },
        "required": ["digestMethod", "reasons"],
    }

    def test_every_member_reaches_the_field(self):
        with open(harness.TRUST, "rb") as f:
            self.write("ca.pem", f.read())
        self.succeeds(self.seeded(self.EVERY))
        self.checked("out.pdf")
        told = [(s["name"], s["value"], s["required"]) for s in self.field("out.pdf")["seed_values"]]
        issuers = [s for s in told if s[0] == "Cert Issuer"]
        self.assertTrue(issuers and all(s[2] and "CN=" in s[1] for s in issuers), told)
        self.assertEqual(
            [s for s in told if s not in issuers],
            [
                ("Filter", "Adobe.PPKLite", False),
                ("SubFilter", "ETSI.CAdES.detached", False),
                ("SubFilter", "adbe.pkcs7.detached", False),
                ("DigestMethod", "SHA384", True),
                ("DigestMethod", "SHA512", True),
                ("V", "2", False),
                ("Reasons", "I agree", True),
                ("MDP", "2", True),
                ("LegalAttestation", "none", False),
                ("AddRevInfo", "false", False),
                ("LockDocument", "auto", False),
                ("AppearanceFilter", "plain", False),
                ("TimeStamp", "http://tsa.example/", True),
                ("Cert SubjectDN", "CN=Seal, O=Acme", True),
                ("Cert SubjectDN", "CN=Other", True),
                ("Cert KeyUsage", "1X", False),
                ("Cert KeyUsage", "X1", False),
                ("Cert OID", "1.2.3", False),
                ("Cert URL", "http://ca.example/", False),
                ("Cert URLType", "Browser", False),
            ],
        )

    def test_digests_are_strings_and_names_are_read_too(self):
        self.succeeds(self.seeded({"digestMethod": ["SHA384", "SHA512"], "required": "digestMethod"}))
        self.assertIn(b"/DigestMethod[/SHA384/SHA512]", self.read("out.pdf"))
        data = self.read("out.pdf").replace(b"[(SHA384)(SHA512)]", b"[/SHA384 /SHA512 ]")
        for text in (self.read("out.pdf"), data):
            self.write("out.pdf", text)
            self.assertEqual(self.succeeds(self.sealed_by("Seal")).object["digest"], "sha384")

    def test_they_take_hold(self):
        self.succeeds(self.seeded({"digestMethod": "SHA384", "reasons": ["I agree"], "required": "reasons"}))
        run = self.sign("--field", "Seal", "out.pdf", "sealed.pdf")
        self.fails(run, 65, "'I agree'", "--reason")
        told = self.succeeds(self.sealed_by("Seal", "--reason", "I agree")).object
        self.assertEqual((told["digest"], told["warnings"]), ("sha384", []))
        self.is_sealed("sealed.pdf", "out.pdf")

    def test_certificates_lie_beside_the_file(self):
        os.mkdir(self.path("seeds"))
        with open(f"{harness.PKI}/seal-p256.pem", "rb") as f:
            self.write("seeds/seal.pem", f.read())
        self.write("seeds/one.json", json.dumps({"cert": {"subject": ["seal.pem"], "required": ["subject"]}}))
        self.succeeds(self.add("--seed", "seeds/one.json", "in.pdf", "out.pdf"))
        self.succeeds(self.sealed_by("Seal"))
        with open(f"{harness.PKI}/seal-p384.pem", "rb") as f:
            self.write("seeds/seal.pem", f.read())
        self.succeeds(self.add("--force", "--seed", "seeds/one.json", "in.pdf", "out.pdf"))
        run = self.sign("--force", "--field", "Seal", "out.pdf", "sealed.pdf")
        self.fails(run, 65, "one of the certificates that it names itself", "another key")

    def test_a_dry_run_judges_the_whole_chain(self):
        """The root is no issuer of the certificate itself, but of what issued it."""
        with open(harness.TRUST, "rb") as f:
            self.write("root.pem", f.read())
        chain = ("--cert", os.path.join(harness.PKI, "seal-p256.chain.pem"))
        self.succeeds(self.seeded({"cert": {"issuer": "root.pem", "required": "issuer"}}))
        told = self.succeeds(self.sealed_by("Seal", *chain, "--dry-run")).object
        self.assertEqual((told["output"], told["field"], told["warnings"]), (None, "Seal", []))
        self.succeeds(self.sealed_by("Seal", *chain))
        with open(os.path.join(harness.PKI, "seal-p256.pem"), "rb") as f:
            self.write("root.pem", f.read())
        self.succeeds(self.seeded({"cert": {"issuer": "root.pem", "required": "issuer"}}))
        run = self.sign("--dry-run", "--field", "Seal", *chain, "out.pdf", "other.pdf")
        self.fails(run, 65, "issued below one of those", "another key")

    def test_bad_files(self):
        self.write("empty.pem", "nothing")
        for text, message in (
            ("{", "'seed.json' is not a JSON object: line 1: "),
            ("[]", "'seed.json' is not a JSON object: it is no object"),
            ('{"v":1,"v":2}', "'seed.json' is not a JSON object: line 1: duplicate"),
            ("[" * 100000, "'seed.json' is not a JSON object: line 1: "),
            (json.dumps({"reasons": "a\0b"}), "'seed.json' is not a JSON object: line 1: "),
            ({"colour": "red"}, "'seed.json': 'colour' is no member that is known"),
            ({"SubFilter": "x"}, "'SubFilter' is no member"),
            ({"a\x1b[0m": 1}, r"'a\\x1b\[0m' is no member"),
            ({"cert": {"colour": 1}}, "'cert.colour' is no member"),
            ({"cert": "x"}, "'cert' must be an object"),
            ({"cert": {"required": ["urlType"]}}, "'cert.required' must name members"),
            ({"cert": {"subject": "empty.pem"}}, "'cert.subject' names a file without a certificate"),
            ({"cert": {"subject": [1]}}, "'cert.subject' must name files"),
            ({"cert": {"subjectDN": "CN=x"}}, "'cert.subjectDN' must be objects"),
            ({"cert": {"subjectDN": {"CN": "x\nO=y"}}}, "'cert.subjectDN' must have attributes"),
            ({"cert": {"subjectDN": {}}}, "subject of a seed value.*: Cert SubjectDN"),
            ({"cert": {"oid": "1.x"}}, "not of the kind .*: Cert OID"),
            ({"timeStamp": {"required": True}}, "'timeStamp' must be an object with a member url"),
            ({"timeStamp": {"url": 1}}, "'timeStamp' takes a text url"),
            ({"timeStamp": {"url": "x", "port": 1}}, "'timeStamp' takes a text url"),
            ({"reasons": []}, "'reasons' is an empty list"),
            ({"reasons": [["a"]]}, "'reasons' must be a text"),
            ({"reasons": None}, "'reasons' must be a text"),
            ({"mdp": "2"}, "'mdp' must be a whole number"),
            ({"mdp": 4}, "MDP"),
            ({"v": 1.5}, "'v' must be a whole number"),
            ({"addRevInfo": "auto"}, "'addRevInfo' must be true or false"),
            ({"lockDocument": "yes"}, "'lockDocument' must be true, false or \"auto\""),
            ({"required": ["reason"]}, "'required' must name members"),
        ):
            with self.subTest(message):
                self.fails(self.seeded(text), 64, message)
                self.untouched()
        self.fails(self.add("--seed", "none.json", "in.pdf"), 66, "none.json")
        self.fails(self.seeded({"cert": {"issuer": "none.pem"}}), 66, "none.pem")
        self.fails(self.add("--seed", "-", "-", "-", stdin=b"{}"), 64, "both the document and the seed values")


class Refusals(Fields):
    def refused(self, code, message, hint, *args, **kwargs):
        self.settle()
        self.fails(self.add(*args, **kwargs), code, message, hint)
        self.untouched()

    def test_usage(self):
        self.fails(self.pades("fields", "add", "in.pdf"), 64, "--field NAME says how")
        self.fails(self.pades("fields", "in.pdf"), 64, "no command 'fields in.pdf'")
        self.refused(64, "too many operands: 'c'", None, "a", "b", "c")
        for rect in ("1", "1,2,3,4", "1,2,3,4,5,6", "0,1,1,1,1", "-1,1,1,1,1", "1.5,1,1,1,1", "1,1,1,0,1", "1,1,1,1,-1",
                     "1,nan,1,1,1", "1,1e3,1,1,1", "1,.5,1,1,1", "1,1.,1,1,1", "1,,1,1,1", "1,0x1,1,1,1", "1, 1,1,1,1",
                     "1,1,1,1,1,", "1234567890,1,1,1,1", "1,-,1,1,1"):
            with self.subTest(rect):
                self.refused(64, "--rect must be PAGE,X,Y,W,H", "a page from 1", f"--rect={rect}", "in.pdf")
        self.refused(64, "no page 99", None, "--rect", "99,1,1,1,1", "in.pdf")
        for name in ("", ".", "a.", "a..b"):
            with self.subTest(name):
                self.refused(64, ".", None, "in.pdf", field=name)

    def test_files(self):
        self.write("there.pdf", "x")
        self.refused(73, "'there.pdf' exists", "--force", "in.pdf", "there.pdf")
        self.refused(73, "the output 'in.pdf' is an input", "--in-place", "--force", "in.pdf", "in.pdf")
        self.refused(73, "nowhere", None, "in.pdf", "nowhere/out.pdf")
        self.refused(66, "missing.pdf", None, "missing.pdf")
        self.succeeds(self.add("--force", "in.pdf", "there.pdf"))
        self.checked("there.pdf")

    def test_names_that_are_there(self):
        self.write("form.pdf", forms.form())
        self.refused(65, "'Seal'", "another name", "form.pdf")
        self.refused(65, "'name'", None, "form.pdf", field="name")
        self.refused(65, ".", None, "form.pdf", field="name.below")

    def test_what_signatures_forbid(self):
        self.write("one.pdf", badpdf.certified(1))
        self.refused(65, "certifies the document and permits no changes", None, "one.pdf", "out.pdf", field="New")
        self.write("two.pdf", badpdf.certified(2))
        self.refused(65, "P=2|permits", None, "--rect", "1,1,1,9,9", "two.pdf", "out.pdf", field="New")
        self.succeeds(self.add("two.pdf", "out.pdf", field="New"))

    def test_damage_and_gaps(self):
        damaged = dict((case[0], case[4]) for case in badpdf.CASES)
        for name in ("no-endobj.pdf", "xref-shifted.pdf", "truncated-half.pdf", "not-pdf.pdf", "prev-loop.pdf"):
            with self.subTest(name):
                self.write("bad.pdf", damaged[name]())
                self.refused(65, ".", None, "bad.pdf", "out.pdf")
                self.refused(65, ".", None, "--in-place", "bad.pdf")
        self.write("gaps.pdf", badpdf.write(size=10))
        self.refused(65, "object", "--allow-gaps", "gaps.pdf", "out.pdf")
        told = self.succeeds(self.add("--json", "--allow-gaps", "gaps.pdf", "out.pdf")).object
        self.assertEqual(len(told["warnings"]), 1)
        run = self.succeeds(self.add("--quiet", "--allow-gaps", "gaps.pdf", "quiet.pdf"))
        self.assertEqual((run.out, run.err), ("quiet.pdf\n", ""))

    def test_errors_are_json_too(self):
        self.write("form.pdf", forms.form())
        error = self.add("--json", "form.pdf", "out.pdf").object["error"]
        self.assertEqual((error["status"], error["exit"]), ("FIELD_EXISTS", 65))


if __name__ == "__main__":
    harness.main()
