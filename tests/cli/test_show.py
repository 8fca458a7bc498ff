"""pades inspect, pades token list, pades token certs; and hostile text in all they print."""

import os
import re
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import badpdf  # noqa: E402  (found through the line above)


class Inspect(harness.Case):
    def test_unsigned(self):
        told = self.inspect("in.pdf")
        self.assertEqual(told["size"], os.path.getsize(self.path("in.pdf")))
        self.assertEqual(
            (len(told["revisions"]), told["signatures"], told["encrypted"], told["certification"]),
            (1, [], False, None),
        )
        self.assertEqual(told["revisions"][0]["end"], told["size"])
        self.assertIn(told["revisions"][0]["xref"], ("table", "stream", "hybrid"))
        self.assertIs(told["second_reader"], True)
        self.untouched()

    def test_signed(self):
        self.succeeds(
            self.sign("--name", "N", "--reason", "R", "--location", "L", "--utc", "in.pdf", "out.pdf")
        )
        told = self.inspect("out.pdf")
        self.assertEqual(
            [r["end"] for r in told["revisions"]],
            [os.path.getsize(self.path(n)) for n in ("in.pdf", "out.pdf")],
        )
        one = told["signatures"][0]
        self.assertEqual(
            (one["type"], one["filter"], one["sub_filter"]),
            ("signature", "Adobe.PPKLite", "ETSI.CAdES.detached"),
        )
        self.assertEqual((one["name"], one["reason"], one["location"]), ("N", "R", "L"))
        self.assertRegex(one["signing_time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)$")
        self.assertEqual((one["byte_range_ok"], one["coverage"]), (True, "ENTIRE_FILE"))
        self.assertIn("P-256", one["signer"]["subject"])
        self.assertEqual(
            [(f["name"], f["type"], f["signed"]) for f in told["fields"]], [("Signature1", "Sig", True)]
        )
        text = self.succeeds(self.pades("inspect", "out.pdf")).out
        for words in ("revision 2", "signature 'Signature1'", "the whole file", "ETSI.CAdES.detached"):
            self.assertIn(words, text)

    def test_revisions(self):
        """What a seal added, in JSON and for people."""
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        first, second = self.inspect("out.pdf")["revisions"]
        self.assertEqual((first["changes"], first["replaced"], first["freed"]), ([], 0, 0))
        self.assertEqual(first["changes_more"], first["added"])
        self.assertEqual(second["sections"][0]["offset"], second["startxref"])
        self.assertIn("AcroForm added", second["catalog"])
        kinds = {(c["change"], c["kind"]) for c in second["changes"]}
        for one in (("added", "signature"), ("added", "signature field"), ("replaced", "catalog")):
            self.assertIn(one, kinds)
        self.assertEqual(len(second["changes"]), second["added"] + second["replaced"])
        text = self.succeeds(self.pades("inspect", "out.pdf")).out
        self.assertRegex(text, r"(?m)^    added .*signature field \d+")
        self.assertRegex(text, r"(?m)^    catalog .*AcroForm added")

    def test_what_the_catalog_has(self):
        """Linearized or not any more, attachments, the DSS; qpdf makes the files."""
        self.write("note.txt", "a note")
        for command in (["--linearize", "in.pdf", "lin.pdf"], ["in.pdf", "--add-attachment", "note.txt", "--", "att.pdf"]):
            subprocess.run(["qpdf", *command], cwd=self.dir, check=True)
        told = self.inspect("lin.pdf")
        self.assertEqual((told["linearized"], told["revisions"][0]["linearized"]), ("yes", True))
        self.assertEqual(len(told["revisions"][0]["sections"]), 2)
        self.succeeds(self.sign("lin.pdf", "out.pdf"))
        told = self.inspect("out.pdf")
        self.assertEqual((told["linearized"], len(told["revisions"])), ("updated since", 2))
        self.assertEqual(self.inspect("att.pdf")["embedded_files"], 1)
        plain = self.inspect("in.pdf")
        self.assertEqual((plain["embedded_files"], plain["linearized"], plain["dss"], plain["xfa"]), (0, None, None, False))
        self.assertIn("    linearized   updated since\n", self.succeeds(self.pades("inspect", "out.pdf")).out)

    def test_claims(self):
        """What XMP says is a claim; entities and document types say nothing and cost nothing."""
        xmp = (
            b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            b'<r:Description r:about="" xmlns:a="http://www.aiim.org/pdfa/ns/id/" a:part="3" a:conformance="B"/>'
            b'<r:Description r:about="" xmlns:f="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"'
            b' f:DocumentFileName="factur-x.xml"/></r:RDF></x:xmpmeta>'
        )
        bomb = b'<!DOCTYPE x [<!ENTITY a "3"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
        catalog = b"<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R >>"
        for text, claims in (
            (xmp, ["PDF/A-3B", "Factur-X or ZUGFeRD"]),
            (bomb + xmp.replace(b'a:part="3"', b'a:part="&a;"').replace(b"factur-x.xml", b"&b;"), None),
        ):
            stream = badpdf.stream(b"/Type /Metadata /Subtype /XML", text)
            self.write("xmp.pdf", badpdf.write({**badpdf.PLAIN, 1: catalog, 4: stream}))
            told = self.inspect("xmp.pdf")["claims"]
            if claims is None:
                self.assertNotIn("PDF/A-3B", told)
            else:
                self.assertEqual(told, claims)
                out = self.succeeds(self.pades("inspect", "xmp.pdf")).out
                self.assertIn("    claims       PDF/A-3B\n", out)
        self.assertEqual(self.inspect("in.pdf")["claims"], [])

    def test_fields(self):
        """A widget, its page, a lock and seed values."""
        lock = b"/Lock << /Type /SigFieldLock /Action /Include /Fields [(a) (b)] >>"
        seed = b"/SV << /Type /SV /Ff 2 /SubFilter [/ETSI.CAdES.detached] /Reasons [(why)] >>"
        bodies = {
            1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
            2: b"<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>",
            3: badpdf.PLAIN[3],
            4: b"<< /T (a) /FT /Sig /Subtype /Widget /Rect [1 1 9 9] " + lock + seed + b" >>",
            5: badpdf.PLAIN[3][:-2] + b"/Annots [4 0 R] >>",
        }
        self.write("form.pdf", badpdf.write(bodies))
        one = self.inspect("form.pdf")["fields"][0]
        self.assertEqual((one["widget"], one["visible"], one["page"], one["signed"]), ("merged", True, 2, False))
        self.assertEqual(one["lock"], {"action": "Include", "fields": ["a", "b"], "fields_count": 2, "p": None})
        self.assertEqual(
            [(s["name"], s["value"], s["required"]) for s in one["seed_values"]],
            [("SubFilter", "ETSI.CAdES.detached", True), ("Reasons", "why", False)],
        )
        text = self.succeeds(self.pades("inspect", "form.pdf")).out
        for line in ("widget       merged, visible, on page 2", "locks        Include: a, b",
                     "requires     SubFilter: ETSI.CAdES.detached", "asks for     Reasons: why"):
            self.assertIn("    " + line + "\n", text)

    def test_what_our_own_seals_bind(self):
        self.succeeds(self.sign("--certify", "2", "in.pdf", "1.pdf"))
        self.succeeds(self.sign("--lock", "exclude:A", "1.pdf", "2.pdf"))
        told = self.inspect("2.pdf")
        self.assertEqual(
            [[(r["method"], r["action"], r["fields"], r["p"]) for r in s["references"]] for s in told["signatures"]],
            [[("DocMDP", None, [], 2)], [("FieldMDP", "Exclude", ["A"], None)]],
        )
        self.assertEqual(told["certification"], 2)
        self.assertEqual((told["fields"][1]["lock"]["action"], told["fields"][1]["lock"]["fields"]), ("Exclude", ["A"]))

    def test_byte_range_that_lies(self):
        """A byte of /ByteRange changed by hand: told, not believed."""
        self.succeeds(self.sign("in.pdf", "out.pdf"))
        data = self.read("out.pdf")
        match = re.search(rb"/ByteRange\s*\[0 (\d+) ", data)
        at = match.end(1) - 1
        self.write("out.pdf", data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :])
        one = self.inspect("out.pdf")["signatures"][0]
        self.assertEqual((one["byte_range_ok"], one["coverage"]), (False, "PARTIAL"))

    def test_certified_and_encrypted(self):
        self.write("certified.pdf", badpdf.certified(2))
        self.assertEqual(self.inspect("certified.pdf")["certification"], 2)
        subprocess.run(
            ["qpdf", "--encrypt", "", "owner", "256", "--", "in.pdf", "enc.pdf"], cwd=self.dir, check=True
        )
        told = self.inspect("enc.pdf")
        self.assertIs(told["encrypted"], True)
        self.assertEqual(told["encryption"]["opened_by"], "user")

    def test_standard_input(self):
        told = self.succeeds(self.pades("inspect", "--json", "-", stdin=self.read("in.pdf"))).object
        self.assertEqual((told["file"], told["size"]), ("-", os.path.getsize(self.path("in.pdf"))))

    def test_bad(self):
        self.write("bad.pdf", "not a PDF")
        self.fails(self.pades("inspect", "bad.pdf"), 65, "not a PDF", ".")
        self.fails(self.pades("inspect", "none.pdf"), 66, "none.pdf")
        self.fails(self.pades("inspect", "hsm"), 66, "hsm")
        error = self.pades("inspect", "--json", "bad.pdf").object
        self.assertEqual((error["file"], error["error"]["status"]), ("bad.pdf", "DOC_NOT_PDF"))


class Tokens(harness.Case):
    def tokens(self, *args, **kwargs):
        return self.succeeds(self.pades("token", "list", "--json", *args, **kwargs)).object

    def certs(self, *args, module=harness.SOFTHSM):
        return self.succeeds(self.pades("token", "certs", "--json", "--module", module, *args)).object[
            "certs"
        ]

    def test_list(self):
        told = self.tokens("--module", harness.SOFTHSM)
        self.assertEqual(len(told["tokens"]), 1)
        one = told["tokens"][0]
        self.assertEqual(
            (one["label"], one["pin_state"], one["pin_pad"], one["login_required"]),
            ("seal", "ok", False, True),
        )
        self.assertIn("token=seal", one["uri"])
        text = self.succeeds(self.pades("token", "list", "--module", harness.SOFTHSM)).out
        self.assertRegex(text, r"(?s)^seal\n.*serial.*PIN +ok")

    def test_states(self):
        for flag, state in (("COUNT_LOW", "count-low"), ("FINAL_TRY", "final-try"), ("LOCKED", "locked")):
            self.faults(f"flags +CKF_USER_PIN_{flag}")
            self.assertEqual(self.tokens("--module", harness.FAULT)["tokens"][0]["pin_state"], state)
        self.faults("flags +CKF_PROTECTED_AUTHENTICATION_PATH")
        self.assertIs(self.tokens("--module", harness.FAULT)["tokens"][0]["pin_pad"], True)

    def test_no_token_and_no_module(self):
        self.faults("absent")
        run = self.succeeds(self.pades("token", "list", "--module", harness.FAULT))
        self.assertRegex(run.out, r"\Areader 'SoftHSM slot ID \S+': no card\n(reader .*: no card\n)?\Z")
        self.assertIn("no token is seen", run.err)
        self.fails(self.pades("token", "list", "--module", "/none.so"), 77, "'/none.so' cannot be used", ".")

    def test_certs(self):
        told = {c["label"]: c for c in self.certs()}
        one = told["seal-p256"]
        self.assertEqual(
            (one["usable"], one["why_not"], one["key_type"], one["non_repudiation"]),
            (True, None, "EC P-256", True),
        )
        self.assertEqual(one["claims"], {"qualified": True, "qscd": True, "type": "eseal"})
        self.assertIn(one["days_left"], (1094, 1095))
        self.assertEqual(one["token"]["label"], "seal")
        for name, why in (
            ("expired", "expired"),
            ("not-yet-valid", "valid from"),
            ("no-signing-usage", "usage"),
            ("ca-as-signer", "certification authority"),
            ("ed25519", "EdDSA"),
        ):
            self.assertIs(told[name]["usable"], False)
            self.assertRegex(told[name]["why_not"], why)
        self.assertLess(told["expired"]["days_left"], 0)
        text = self.succeeds(self.pades("token", "certs", "--module", harness.SOFTHSM)).out
        self.assertRegex(text, r"claims +qualified, key in a qualified device, for seals \(not checked\)")
        self.assertRegex(text, r"can sign +yes")
        self.assertEqual(self.calls("C_Login"), [])

    def test_each_uri_selects_its_key(self):
        for name in ("seal-p256", "seal-p384"):
            uri = next(c["uri"] for c in self.certs() if c["label"] == name)
            run = self.sign("--json", "--force", "in.pdf", key=uri)
            self.assertEqual(
                self.succeeds(run).object["signer"]["serial"],
                next(c["serial"] for c in self.certs() if c["label"] == name),
            )

    def test_narrowing(self):
        serial = next(c["serial"] for c in self.certs() if c["label"] == "seal-p384")
        self.assertEqual([c["label"] for c in self.certs("--cert-serial", serial)], ["seal-p384"])
        self.assertEqual([c["label"] for c in self.certs("--cert-subject", "seal P-256")], ["seal-p256"])
        self.fails(self.pades("token", "certs", "--key", "key.pem"), 64, "pkcs11: URI")
        self.fails(self.pades("token", "certs", "--key", "pkcs11:nonsense"), 64, ".")

    def test_noise_of_modules_is_kept_away(self):
        """A module that writes to descriptor 2 is heard with --verbose only."""
        source = self.write(
            "noisy.c",
            "#include <p11-kit/pkcs11.h>\n#include <dlfcn.h>\n#include <unistd.h>\n"
            'CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR l)\n{\n    write(2, "NOISE\\n", 6);\n'
            '    void *so = dlopen("' + harness.SOFTHSM + '", RTLD_NOW);\n'
            '    return ((CK_C_GetFunctionList)dlsym(so, "C_GetFunctionList"))(l);\n}\n',
        )
        flags = subprocess.run(
            ["pkg-config", "--cflags", "p11-kit-1"], capture_output=True, text=True, check=True
        ).stdout.split()
        subprocess.run(
            ["cc", "-w", "-shared", "-fPIC", *flags, "-o", "noisy.so", source, "-ldl"],
            cwd=self.dir,
            check=True,
        )
        module = self.path("noisy.so")
        for command in (
            ["token", "list"],
            ["token", "certs"],
            ["sign", "--key", self.key, "--pin-file", "pin", "--force", "in.pdf"],
        ):
            self.assertNotIn("NOISE", self.succeeds(self.pades(*command, "--module", module)).err)
            self.assertIn("NOISE", self.succeeds(self.pades(*command, "--verbose", "--module", module)).err)


class Hostile(harness.Case):
    """A CN that sets the title of a terminal, rings, and turns the direction of text."""

    key = "pkcs11:token=seal;object=hostile-cn"

    def harmless(self, run):
        for stream in (run.err, run.out):
            self.assertIsNone(
                re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", stream), run
            )
        return run

    def test_certificate(self):
        self.assertIn(
            "\\u{202e}",
            self.harmless(self.succeeds(self.pades("token", "certs", "--module", harness.SOFTHSM))).out,
        )
        told = self.harmless(self.succeeds(self.sign("--json", "in.pdf"))).object
        self.assertIn("\\x1b]0\\;owned", told["signer"]["subject"])
        self.harmless(self.succeeds(self.pades("inspect", "in-signed.pdf")))
        self.harmless(self.succeeds(self.sign("--audit", "log", "--verbose", "--force", "in.pdf")))
        self.assertNotIn("\x1b", self.read("log").decode())
        self.faults("badsig")
        self.harmless(self.faulty("in.pdf", "x.pdf"))

    def test_token_label(self):
        self.faults("label \x1b]0;owned\x07seal")
        self.harmless(self.succeeds(self.pades("token", "list", "--module", harness.FAULT)))
        self.write("pin", "0000\n", 0o600)
        run = self.harmless(self.faulty("in.pdf", key="pkcs11:object=hostile-cn"))
        self.assertEqual(run.code, 77)

    def test_file_names(self):
        name = "a\x1b[2J\u202egnp.pdf"
        self.harmless(self.fails(self.sign(name), 66, r"a\\x1b\[2J\\u\{202e\}gnp"))
        self.write(name, "not a PDF")
        self.harmless(self.fails(self.sign(name), 65, "not a PDF"))
        run = self.sign("--json", name)
        self.assertEqual(self.harmless(run).object["file"], name)

    def test_texts_of_a_signature(self):
        self.succeeds(
            self.sign("--reason", "x\x1b]0;owned\x07\u202ey", "--field", "F\u202e", "in.pdf", "out.pdf")
        )
        self.harmless(self.succeeds(self.pades("inspect", "out.pdf")))
        self.harmless(self.succeeds(self.pades("inspect", "--json", "out.pdf")))

    def test_answer_of_a_tsa(self):
        self.harmless(self.fails(self.sign("--tsa", "http://h\x1b[2J\u202e/", "in.pdf"), 64, "."))

    def test_format_strings(self):
        run = self.fails(self.sign("%s%n%n.pdf"), 66, "%s%n%n.pdf")
        self.assertNotIn("null", run.err)
        self.fails(self.pades("%n%s"), 64, "%n%s")


if __name__ == "__main__":
    harness.main()
