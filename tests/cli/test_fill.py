"""--fill, and the seed values of an existing field."""

import unittest

import forms
import harness


class Fill(harness.Case):
    def setUp(self):
        super().setUp()
        self.write("form.pdf", forms.form())

    def test_fields_are_filled_and_sealed_in_one_revision(self):
        run = self.succeeds(
            self.sign("--fill", "name=\u00c5se (1=1)", "--fill", "paid=Yes", "--fill", "country=Sweden", "form.pdf")
        )
        self.assertEqual(run.err, "")
        old, new = self.read("form.pdf"), self.read("form-signed.pdf")
        self.assertEqual(new[: len(old)], old)
        self.assertEqual(self.inspect("form-signed.pdf")["signatures"][0]["coverage"], "ENTIRE_FILE")
        new = new[len(old) :]
        self.assertEqual(new.count(b"%%EOF"), 1)
        self.assertIn("\u00c5se (1=1)".encode("utf-16-be").hex().upper().encode(), new)
        for part in (b"/V/Yes", b"/AS/Yes", b"/V(se)", b"(\\305se \\(1=1\\)) Tj", b"(Sweden) Tj"):
            self.assertIn(part, new)

    def test_in_two_steps(self):
        pem = self.path("signer.pem")
        with open(pem, "wb") as f:
            f.write(self.chain())
        self.succeeds(
            self.pades("prepare", "--cert", pem, "--state", "state", "--fill", "name=two", "form.pdf")
        )
        self.assertIn(b"(two) Tj", self.read("state"))

    def chain(self):
        with open(f"{harness.PKI}/seal-p256.pem", "rb") as f:
            return f.read()

    def test_what_a_field_cannot_hold(self):
        for fill, code, message in (
            ("none=x", 64, "the form has no field 'none'"),
            ("name=" + 21 * "x", 64, "'name' takes 20 characters, the value has 21"),
            ("name=\u4e2d", 64, r"'name' has a font \('Helv'\) that cannot show the character '\u4e2d' \(U\+4E2D\)"),
            ("paid=yes", 64, "'paid' has no state 'yes'"),
            ("country=no", 64, "'country' has no option 'no'"),
            ("Seal=x", 64, "'Seal' is a signature field"),
            ("name", 64, "--fill needs NAME=VALUE, not 'name'"),
            ("=x", 64, "--fill needs NAME=VALUE"),
        ):
            self.fails(self.sign("--fill", fill, "form.pdf"), code, message)
        self.write("form.pdf", forms.form(flags=1))
        self.fails(self.sign("--fill", "name=x", "form.pdf"), 65, "'name' is read-only")
        self.untouched("form.pdf")

    def test_a_lock_holds(self):
        self.succeeds(self.sign("--lock", "include:name", "form.pdf", "one.pdf"))
        self.fails(self.sign("--fill", "name=x", "one.pdf", "two.pdf"), 65, "'name'")
        self.succeeds(self.sign("--fill", "country=fi", "one.pdf", "two.pdf"))


class Seeds(harness.Case):
    def signs(self, seed, *args):
        self.write("form.pdf", forms.form(seed))
        return self.sign("--force", "--json", "--field", "Seal", *args, "form.pdf", "out.pdf")

    def refused(self, seed, message, hint, *args):
        self.write("form.pdf", forms.form(seed))
        run = self.sign("--force", "--field", "Seal", *args, "form.pdf", "out.pdf")
        self.fails(run, 65, message, hint)

    def test_what_is_asked_for_is_done(self):
        told = self.succeeds(self.signs("<</Ff 64/DigestMethod[/SHA1/SHA384]>>")).object
        self.assertEqual((told["field"], told["digest"], told["warnings"]), ("Seal", "sha384", []))
        told = self.succeeds(self.signs("<</Ff 8/Reasons[(I agree)]>>", "--reason", "I agree")).object
        self.assertEqual(told["warnings"], [])
        told = self.succeeds(self.signs("<</MDP<</P 2>>>>")).object
        self.assertIn("certified with P=2", told["warnings"][0])
        self.assertEqual(self.inspect("out.pdf")["certification"], 2)

    def test_what_cannot_be_done_is_refused_by_name(self):
        self.refused("<</Ff 64/DigestMethod[/SHA384]>>", "'SHA384' .*sha256", "--digest", "--digest", "sha256")
        self.refused("<</Ff 8/Reasons[(a)(b)]>>", r"one of the reasons 'a', 'b' \(/Reasons\)", "--reason")
        self.refused("<</Ff 8/Reasons[(.)]>>", "no reason", "leave out --reason", "--reason", "x")
        self.refused("<</MDP<</P 1>>>>", "P=1 .*not with P=2", "--certify 1", "--certify", "2")
        self.refused("<</MDP<</P 0>>>>", "an approval signature", "leave out --certify", "--certify", "2")
        self.refused("<</Ff 2/SubFilter[/adbe.pkcs7.detached]>>", "'adbe.pkcs7.detached'", "author")
        self.refused("<</TimeStamp<</URL(http://tsa.example/)/Ff 1>>>>", "a timestamp", "'http://tsa.example/'")
        self.refused("<</Cert<</Ff 8/SubjectDN[<</CN(Nobody)>>]>>>>", "'CN=Nobody'", "another key")
        self.refused("<</Ff(x)>>", "/Ff of the seed value", None)

    def test_wishes_are_warnings(self):
        told = self.succeeds(self.signs("<</DigestMethod[/SHA1]/Cert<</SubjectDN[<</CN(Nobody)>>]>>>>")).object
        self.assertEqual(len(told["warnings"]), 2)
        self.assertRegex(told["warnings"][0], "the field asks for one of the digests 'SHA1'")

    def test_a_new_field_is_asked_nothing(self):
        self.write("form.pdf", forms.form("<</Ff 8/Reasons[(a)]>>"))
        self.succeeds(self.sign("--field", "Other", "form.pdf", "out.pdf"))


if __name__ == "__main__":
    unittest.main()
