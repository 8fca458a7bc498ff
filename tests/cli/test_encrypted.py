"""Encrypted documents: what opens them, what they permit, and that every value says the same to qpdf
before and after, in whatever object it now stands.
"""

import json
import os
import re
import subprocess
import sys
import unittest

from harness import PKI, SOURCE, Case

sys.path.insert(0, os.path.join(SOURCE, "tests", "gen"))
import encpdf  # noqa: E402

REASON = "Rechnung geprüft (1)"
GROWS = ("/AcroForm", "/Annots", "/Fields", "/SigFlags", "/Extensions", "/Version", "/Tabs")


def qpdf(*args, **kwargs):
    return subprocess.run(["qpdf", *args], capture_output=True, check=False, **kwargs)


def same(before, after, changes):
    """Whether after says what before said, but for what a seal adds."""
    if isinstance(before, dict) and isinstance(after, dict):
        return all(k in after and same(v, after[k], changes or k in GROWS) for k, v in before.items()) and all(
            k in before or changes or k in GROWS for k in after
        )
    if isinstance(before, list) and isinstance(after, list) and len(after) > len(before):
        return before == after[: len(before)] and all(isinstance(i, str) and i.endswith(" R") for i in after)
    return before == after or changes and str(before).isdigit()


class Encrypted(Case):
    def encrypt(self, *options, name="enc.pdf", source="in.pdf"):
        done = qpdf("--allow-weak-crypto", *options, "--", self.path(source), self.path(name))
        self.assertEqual(done.returncode, 0, done.stderr)

    def objects(self, name, password):
        done = qpdf("--json=2", f"--password={password}", self.path(name))
        self.assertIn(done.returncode, (0, 3), done.stderr)
        # qpdf spells numbers as the file does, "+1." too: all of them become texts
        text = re.sub(rb'(?m)^(\s*(?:"(?:[^"\\]|\\.)*": )?)([-+.0-9]+)(,?)$', rb'\1"\2"\3', done.stdout)
        found = json.loads(text.decode("utf-8", "replace"))["qpdf"][1]  # it tells the password, in any bytes
        return {key: value.get("value", value.get("stream", {}).get("dict")) for key, value in found.items()}

    def check(self, name, password, warned=False):
        done = qpdf("--check", f"--password={password}", self.path(name))
        self.assertIn(done.returncode, (0, 3) if warned else (0,), done.stdout + done.stderr)

    def password(self, text, name="password"):
        self.write(name, text + "\n", 0o600)
        return ["--password-file", name]

    def seal_twice(self, name, password, kind):
        given = self.password(password) if password else []
        self.succeeds(self.sign("--force", "--reason", REASON, *given, name, "one.pdf"))
        self.succeeds(self.sign("--force", "--reason", "plain", *given, "one.pdf", "two.pdf"))
        self.assertTrue(self.read("two.pdf").startswith(self.read(name)), kind)
        self.check("two.pdf", password, warned="no-id" in kind)
        before, after = self.objects(name, password), self.objects("two.pdf", password)
        for key, value in before.items():
            kind_of = value.get("/Type") if isinstance(value, dict) else None
            if key != "trailer" and kind_of not in ("/XRef", "/ObjStm"):
                self.assertTrue(same(value, after[key], isinstance(value, list)), f"{kind} {key}: {value} {after[key]}")
        self.judge_new(before, after, kind)

    def judge_new(self, before, after, kind):
        fresh = [v for k, v in after.items() if k not in before and isinstance(v, dict)]
        seals = [v for v in fresh if v.get("/Type") == "/Sig"]
        self.assertEqual(sorted(s["/Reason"] for s in seals), sorted(["u:" + REASON, "u:plain"]), kind)
        self.assertTrue(all(s["/M"].startswith("u:D:") for s in seals), kind)
        self.assertEqual({v["/T"][2:11] for v in fresh if v.get("/FT") == "/Sig"}, {"Signature"}, kind)
        old, new = before["trailer"]["value"] if "value" in before["trailer"] else before["trailer"], after["trailer"]
        self.assertEqual(old.get("/Encrypt"), new.get("/Encrypt"), kind)
        self.assertEqual(old.get("/ID", [None])[0], new.get("/ID", [None])[0], kind)

    # clause: ISO32000-1#7.6.2, #7.6.3.3, ISO32000-2#7.6.4.3.3
    def test_qpdf_reads_what_was_added(self):
        for kind in (["40"], ["128", "--use-aes=n"], ["128", "--use-aes=y"], ["256"], ["256", "--force-R5"]):
            for streams in ("disable", "generate"):
                for password in ("", "user"):
                    with self.subTest(kind=kind, streams=streams, password=password):
                        self.encrypt("--object-streams=" + streams, "--encrypt", password, "owner", *kind)
                        self.seal_twice("enc.pdf", password, " ".join(kind))

    # clause: ISO32000-1#7.6.5, #7.4.10
    def test_qpdf_reads_what_was_added_to_crypt_filters(self):
        for name, case in encpdf.CASES.items():
            for seed in (3, 4, 9):
                with self.subTest(case=name, seed=seed):
                    self.write("gen.pdf", encpdf.make(name, seed)[0])
                    self.seal_twice("gen.pdf", case["user"].decode(), name)

    def test_owner(self):
        self.encrypt("--encrypt", "user", "owner", "256", "--modify=none")
        self.succeeds(self.sign(*self.password("owner"), "enc.pdf", "out.pdf"))
        self.check("out.pdf", "user")

    def test_owner_of_a_document_whose_user_password_cannot_be_typed(self):
        for name, v, r, bits, method in (("r2", 1, 2, 40, "V2"), ("r3", 2, 3, 128, "V2"), ("r4", 4, 4, 128, "AESV2")):
            for user in (b"a\0b", b"\0", b"user", b"u\xff\xfe", b"longer than thirty-two bytes \0 and more"):
                with self.subTest(name, user=user):
                    maker = encpdf.Maker(7, encpdf.case(v, r, bits, method, user=user, owner=b"owner"))
                    maker.document()
                    self.write("gen.pdf", maker.layout())
                    self.seal_twice("gen.pdf", "owner", name)
                    told = self.succeeds(self.pades("inspect", "--json", *self.password("owner"), "two.pdf")).object
                    self.assertEqual(told["encryption"]["opened_by"], "owner")
        self.write("nul", b"a\0b\n", 0o600)
        self.fails(self.sign("--password-file", "nul", "gen.pdf", "x.pdf"), 64, "no NUL", "the owner's password")

    # clause: ISO32000-2#7.6.4.3.3 SASLprep
    def test_passwords_are_normalized(self):
        """The document has the form that the rules want, the user types another."""
        components = self.succeeds(self.pades("--version", "--json")).object["components"]
        whole = next(c for c in components if c["name"] == "libidn")["running"] is not None
        for r in (5, 6):
            case = encpdf.case(5, r, 256, "AESV3", user="fix gr\u00fcn IX a".encode(), owner=b"owner")
            maker = encpdf.Maker(7, case)
            maker.document()
            self.write("gen.pdf", maker.layout())
            for typed, full in (
                ("fix gr\u00fcn IX a", False),
                ("fix\u00a0gr\u00fcn\u00ad IX a", False),
                ("\ufb01x gru\u0308n \u2168 \u00aa", True),
            ):
                with self.subTest(r=r, typed=typed):
                    run = self.sign("--force", *self.password(typed), "gen.pdf", "out.pdf")
                    if full and not whole:
                        self.fails(run, 65, "wrong password", "for want of libidn")
                    else:
                        self.succeeds(run)
                        self.check("out.pdf", "fix gr\u00fcn IX a")
            run = self.sign("--force", *self.password("gru\u0308n"), "gen.pdf", "out.pdf")
            self.fails(run, 65, "wrong password", "check the password")

    def test_wrong_and_missing(self):
        self.encrypt("--encrypt", "user", "owner", "256")
        before = self.listing()
        self.fails(self.sign("enc.pdf", "out.pdf"), 65, "needs a password", "--password-fd")
        self.fails(self.sign("--password-fd", "0", "enc.pdf", "out.pdf", stdin=b"wrong\n"), 65, "wrong password")
        run = self.sign("--json", "--password-fd", "0", "enc.pdf", "out.pdf", stdin=b"wrong\n")
        self.assertEqual((run.object["error"]["status"], run.object["error"]["exit"]), ("DOC_PASSWORD", 65))
        self.assertEqual(self.listing(), before)
        run = self.sign("--verbose", "--password-fd", "0", "enc.pdf", "out.pdf", stdin=b"user\nmore\n")
        self.assertNotIn("user\n", self.succeeds(run).err)

    def test_an_open_document_ignores_it(self):
        self.succeeds(self.sign(*self.password("any"), "in.pdf", "out.pdf"))

    def test_care(self):
        self.encrypt("--encrypt", "user", "owner", "256")
        self.write("open", "user\n", 0o644)
        self.fails(self.sign("--password-file", "open", "enc.pdf"), 66, "others than its owner", "chmod 600")
        self.fails(self.sign("--password-fd", "9", "enc.pdf"), 64, "--password-fd 9 is not open")
        self.fails(self.sign("--password-fd", "1", "enc.pdf"), 64, "--password-fd 1 is an output")
        self.fails(self.sign("--password-fd", "0", "enc.pdf", stdin=b""), 65, "empty")
        self.fails(self.sign("--password-fd", "0", "enc.pdf", stdin=b"1" * 300), 65, "longer")
        self.fails(
            self.sign("--password-fd", "0", "--pin-fd", "0", "enc.pdf", pin=None, stdin=b"1\n"), 64, "the same"
        )
        self.fails(
            self.sign("--password-fd", "0", "--password-file", "pin", "enc.pdf", stdin=b"1\n"), 64, "give one of"
        )
        self.fails(self.sign("--password", "user", "enc.pdf"), 64, "--password")

    # clause: ISO32000-1#7.6.3.2
    def test_permissions(self):
        for modify, bits in (("none", "bits 4 and 6"), ("form", "bits 4 and 6"), ("annotate", "bit 4 is")):
            with self.subTest(modify):
                self.encrypt("--encrypt", "", "owner", "256", "--modify=" + modify)
                self.fails(self.sign("enc.pdf"), 65, bits, "owner password")

    def test_an_existing_field_needs_less(self):
        self.encrypt("--encrypt", "", "owner", "256", "--modify=form", source=self.form())
        self.succeeds(self.sign("--field", "Seal", "enc.pdf", "out.pdf"))
        self.check("out.pdf", "")
        self.fails(self.sign("--field", "Other", "enc.pdf", "no.pdf"), 65, "bits 4 and 6")

    def form(self):
        """A document with an empty signature field, made by qpdf from a description."""
        objects = {
            "obj:1 0 R": {"/Type": "/Catalog", "/Pages": "2 0 R", "/AcroForm": {"/Fields": ["4 0 R"]}},
            "obj:2 0 R": {"/Type": "/Pages", "/Kids": ["3 0 R"], "/Count": 1, "/MediaBox": [0, 0, 9, 9]},
            "obj:3 0 R": {"/Type": "/Page", "/Parent": "2 0 R", "/Annots": ["4 0 R"]},
            "obj:4 0 R": {
                "/Type": "/Annot",
                "/Subtype": "/Widget",
                "/FT": "/Sig",
                "/T": "u:Seal",
                "/Rect": [0, 0, 0, 0],
                "/P": "3 0 R",
            },
        }
        header = {"jsonversion": 2, "pdfversion": "1.7", "pushedinheritedpageresources": False}
        header.update({"calledgetallpages": False, "maxobjectid": 4})
        values = {key: {"value": value} for key, value in objects.items()}
        values["trailer"] = {"value": {"/Root": "1 0 R", "/Size": 5}}
        self.write("form.json", json.dumps({"version": 2, "parameters": {}, "qpdf": [header, values]}))
        done = qpdf("--json-input", self.path("form.json"), self.path("form.pdf"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return "form.pdf"

    def test_inspect(self):
        self.encrypt("--encrypt", "user", "owner", "128", "--use-aes=y", "--cleartext-metadata", "--modify=form")
        closed = self.succeeds(self.pades("inspect", "--json", "enc.pdf")).object
        self.assertEqual((closed["encryption"]["opened_by"], closed["fields"]), (None, []))
        self.assertTrue(any("password" in w for w in closed["warnings"]))
        self.fails(self.pades("inspect", *self.password("wrong"), "enc.pdf"), 65, "wrong password")
        self.succeeds(self.sign(*self.password("owner"), "enc.pdf", "out.pdf"))
        told = self.succeeds(self.pades("inspect", "--json", *self.password("user"), "out.pdf")).object
        one = told["encryption"]
        self.assertEqual(
            (one["handler"], one["algorithm"], one["key_bits"], one["version"], one["revision"], one["opened_by"]),
            ("Standard", "AES-128", 128, 4, 4, "user"),
        )
        self.assertEqual((one["streams"], one["strings"], one["encrypt_metadata"]), ("AESV2", "AESV2", False))
        self.assertIn("fill-forms", one["permits"])
        self.assertNotIn("modify", one["permits"])
        self.assertEqual([s["field"] for s in told["signatures"]], ["Signature1"])
        text = self.succeeds(self.pades("inspect", "--password-fd", "0", "out.pdf", stdin=b"owner")).out
        self.assertRegex(text, r"AES-128 \(streams AESV2, strings AESV2, metadata in clear\)")
        self.assertRegex(text, r"opened +as owner")

    def test_two_steps(self):
        self.encrypt("--encrypt", "user", "owner", "256")
        ask = ["prepare", "--cert", os.path.join(PKI, "seal-rsa3072.chain.pem"), "--state", "state", "--tbs", "tbs"]
        self.fails(self.pades(*ask, "enc.pdf"), 65, "needs a password")
        self.succeeds(self.pades(*ask, *self.password("user"), "enc.pdf"))
        key = os.path.join(PKI, "seal-rsa3072.key")
        command = ["openssl", "dgst", "-sha256", "-sign", key, "-out", self.path("sig"), self.path("tbs")]
        subprocess.run(command, check=True, capture_output=True)
        end = ["finish", "--state", "state", "--signature", "sig"]
        self.fails(self.pades(*end, "enc.pdf", "out.pdf"), 65, "needs a password")  # the state holds no secret
        self.fails(self.pades(*end, *self.password("wrong"), "enc.pdf", "out.pdf"), 65, "wrong password")
        self.succeeds(self.pades(*end, *self.password("owner"), "enc.pdf", "out.pdf"))
        self.check("out.pdf", "user")

    def test_several_files(self):
        self.encrypt("--encrypt", "user", "owner", "256", name="a.pdf")
        self.encrypt("--encrypt", "other", "owner2", "128", "--use-aes=y", name="b.pdf")
        os.mkdir(self.path("sealed"))
        run = self.sign("--json", "--output-dir", "sealed", *self.password("user"), "a.pdf", "b.pdf", "in.pdf")
        self.assertEqual(run.code, 65)
        self.assertEqual([o.get("error", {}).get("status") for o in run.objects], [None, "DOC_PASSWORD", None])


if __name__ == "__main__":
    unittest.main()
