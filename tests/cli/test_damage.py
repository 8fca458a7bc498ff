"""Damage from outside: gaps in the first revision, and what can be done about them."""

import os
import re
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import badpdf  # noqa: E402
import encpdf  # noqa: E402


class Gaps(harness.Case):
    LINE = r"object number 4 and 5 more below /Size are in no cross-reference section"

    def setUp(self):
        super().setUp()
        self.write("gaps.pdf", badpdf.write(size=10))
        self.settle()

    def test_refused_with_the_number_and_what_mends_it(self):
        for way in (["gaps.pdf"], ["--in-place", "gaps.pdf"], ["--dry-run", "gaps.pdf"]):
            self.fails(self.sign(*way), 65, self.LINE, "pades repair IN OUT.*--allow-gaps")
        error = self.sign("--json", "gaps.pdf").object["error"]
        self.assertEqual(error["status"], "DOC_DAMAGED")
        self.untouched()

    def test_allowed_with_a_warning(self):
        run = self.succeeds(self.sign("--allow-gaps", "gaps.pdf", "out.pdf"))
        self.assertRegex(run.err, "pades: warning: " + self.LINE)
        self.is_sealed("out.pdf", "gaps.pdf")
        warnings = self.succeeds(self.sign("--json", "--allow-gaps", "gaps.pdf", "two.pdf")).object["warnings"]
        self.assertRegex(warnings[0], self.LINE)

    def test_a_signed_file_is_only_warned_about(self):
        self.succeeds(self.sign("--allow-gaps", "gaps.pdf", "one.pdf"))
        run = self.succeeds(self.sign("one.pdf", "two.pdf"))
        self.assertRegex(run.err, "pades: warning: " + self.LINE)
        self.is_sealed("two.pdf", "one.pdf")

    def test_inspect_warns(self):
        self.assertRegex(self.inspect("gaps.pdf")["warnings"][0], self.LINE)
        self.assertEqual(self.inspect("in.pdf")["warnings"], [])

    def test_gaps_of_a_later_revision_are_none(self):
        self.write("later.pdf", badpdf.update(badpdf.write(), {9: b"null"}))
        self.assertEqual(self.succeeds(self.sign("--json", "later.pdf")).object["warnings"], [])


class Repair(harness.Case):
    """Every way a file is damaged, mended and then sealed; what is refused leaves nothing."""

    MENDED = {
        "bytes-before-header.pdf": ("5 bytes stand before the header", None),
        "xref-shifted.pdf": ("header of an object was expected here", "reconstruct"),
        "xref-beyond.pdf": ("beyond the end of the file", "reconstruct"),
        "xref-letters.pdf": ("not of the form that is 20 bytes long", None),
        "startxref-zero.pdf": ("no cross-reference section", "reconstruct"),
        "prev-loop.pdf": ("comes back to one of them", "loop detected"),
        "size-too-small.pdf": ("object 3 is in use", "number of objects"),
        "no-endobj.pdf": ("'endobj' was expected here, object 1, byte 68", "expected endobj"),
        "junk-behind-eof.pdf": ("behind the last %%EOF", "startxref"),
        "catalog-two-pages.pdf": ("key twice", "duplicated key /Pages"),
        "page-two-annots.pdf": ("key twice", "duplicated key /Annots"),
        "trailer-two-roots.pdf": ("same key twice", "duplicated key /Root"),
    }

    def repair(self, *args, **kwargs):
        return self.pades("repair", *args, **kwargs)

    def damaged(self, name):
        self.write("bad.pdf", dict((c[0], c[4]) for c in badpdf.CASES)[name]())
        self.settle()

    def test_mended_and_then_sealed(self):
        for name, (damage, change) in self.MENDED.items():
            with self.subTest(name):
                self.damaged(name)
                told = self.succeeds(self.repair("--json", "--force", "bad.pdf", "out.pdf")).object
                self.assertIn(damage, told["damage"])
                if change:
                    self.assertIn(change, " ".join(told["changes"]))
                self.assertEqual(told["version"]["after"], "1.7")
                self.assertGreaterEqual(told["objects"]["after"], 3)
                self.assertEqual(told["size"]["after"], len(self.read("out.pdf")))
                check = subprocess.run(["qpdf", "--check", self.path("out.pdf")], capture_output=True, check=False)
                self.assertEqual(check.returncode, 0, check)
                self.succeeds(self.sign("--force", "out.pdf", "sealed.pdf"))
                self.is_sealed("sealed.pdf", "out.pdf")
                self.untouched("out.pdf", "sealed.pdf")

    def test_gaps_are_closed(self):
        self.write("bad.pdf", badpdf.write(size=10))
        told = self.succeeds(self.repair("--json", "bad.pdf", "out.pdf")).object
        self.assertEqual(told["gaps_closed"], 6)
        self.assertIsNone(told["damage"])
        self.assertIn("6 object numbers", told["changes"][0])
        self.assertEqual(self.inspect("out.pdf")["warnings"], [])
        self.succeeds(self.sign("out.pdf"))

    def test_tells_people_and_prints_the_path(self):
        self.damaged("no-endobj.pdf")
        run = self.succeeds(self.repair("bad.pdf", "out.pdf"))
        self.assertEqual(run.out, "out.pdf\n")
        self.assertIn("pades: damage: 'endobj' was expected here, object 1, byte 68\n", run.err)
        self.assertIn("pades: mended: expected endobj (at byte 64)\n", run.err)
        self.assertIn("PDF 1.7, now 1.7; 3 objects, now 3;", run.err)
        self.assertEqual(self.succeeds(self.repair("--quiet", "bad.pdf", "two.pdf")).err, "")
        self.assertEqual(self.succeeds(self.repair("in.pdf", "three.pdf")).err.count("none was found"), 1)

    def test_streams(self):
        self.damaged("no-endobj.pdf")
        run = subprocess.run([harness.PADES, "repair", "-", "-"], input=self.read("bad.pdf"), cwd=self.dir,
                             env=self.env, capture_output=True, check=False)
        self.assertEqual(run.returncode, 0, run)
        self.assertTrue(run.stdout.startswith(b"%PDF-1.7"))

    def test_never_in_place_and_never_over_another(self):
        self.damaged("no-endobj.pdf")
        self.fails(self.repair("bad.pdf", "in.pdf"), 73, "'in.pdf' exists", "--force")
        self.fails(self.repair("--force", "bad.pdf", "bad.pdf"), 73, "is an input", "never repaired in place")
        self.fails(self.repair("bad.pdf"), 64, ".")
        self.fails(self.repair("bad.pdf", "nowhere/out.pdf"), 73, "nowhere")
        self.fails(self.repair("missing.pdf", "out.pdf"), 66, "missing.pdf")
        self.untouched()

    def test_too_little_left(self):
        for name in ("truncated-half.pdf", "root-missing.pdf", "no-pages.pdf", "not-pdf.pdf", "empty.pdf",
                     "header-other-id.pdf", "startxref-overflow.pdf"):
            with self.subTest(name):
                self.damaged(name)
                self.fails(self.repair("bad.pdf", "out.pdf"), 65, ".", "again")
                self.untouched()

    def test_a_signed_file_is_never_rewritten(self):
        self.succeeds(self.sign("in.pdf", "signed.pdf"))
        data = self.read("signed.pdf")
        escaped = data.replace(b"/ByteRange ", b"/Byte#52ange ").replace(b"/Type/Sig/", b"/Type/#53ig/")
        packed = badpdf.with_xref_stream({k: badpdf.PLAIN[k] for k in (2, 3)} | {
            4: badpdf.objstm([(1, badpdf.PLAIN[1]), (6, b"<</Type/Sig/ByteRange [0 1 2 3]>>")])},
            {1: (4, 0), 6: (4, 1)})
        for name, bytes_ in {
            "sound": data,
            "cut": data[:-200],
            "no table at all": data.replace(b"xref", b"xxxx"),
            "escaped names": escaped[:-100],
            "in an object stream, table cut": packed[:-60],
            "in a string": badpdf.write({**badpdf.PLAIN, 4: b"(/ByteRange)"}),
            "timestamp": badpdf.write({**badpdf.PLAIN, 4: b"<</Type /DocTimeStamp /V (x)>>"}, size=9),
        }.items():
            with self.subTest(name):
                self.write("bad.pdf", bytes_)
                self.settle()
                self.fails(self.repair("bad.pdf", "out.pdf"), 65, "the file is signed",
                           "never rewritten|without breaking its signatures")
                self.assertEqual(self.repair("--json", "bad.pdf", "out.pdf").object["error"]["status"],
                                 "DOC_NOT_PERMITTED")
                self.untouched()

    def encrypted(self, user, *options, source="in.pdf"):
        subprocess.run(["qpdf", "--allow-weak-crypto", *options[1:], "--encrypt", user, "owner", *options[0].split(),
                        "--", source, "enc.pdf"], cwd=self.dir, check=True, stderr=subprocess.DEVNULL)
        return self.read("enc.pdf")

    def opens(self, name, password, same="in.pdf"):
        """qpdf reads it, it is encrypted, and its page says what it said."""
        told = subprocess.run(["qpdf", "--show-encryption", f"--password={password}", name], cwd=self.dir,
                              capture_output=True, text=True, check=False)
        self.assertEqual(told.returncode, 0, told)
        self.assertRegex(told.stdout, r"R = \d")
        check = subprocess.run(["qpdf", "--check", f"--password={password}", name], cwd=self.dir,
                               capture_output=True, check=False)
        self.assertEqual(check.returncode, 0, check)
        texts = [subprocess.run(["pdftotext", *given, path, "-"], cwd=self.dir, capture_output=True, check=True).stdout
                 for given, path in (([], same), (["-opw", password, "-upw", password], name))]
        self.assertEqual(texts[0], texts[1])
        return re.search(r"P = (-?\d+)", told.stdout).group(1)

    def test_encrypted_files_stay_so(self):
        """Cut before the table's place, without object streams; every password opens what it opened."""
        for kind in ("40", "128 --use-aes=n", "128 --use-aes=y --modify=none", "128 --use-aes=y --cleartext-metadata",
                     "256", "256 --force-R5"):
            for user in ("", "secret"):
                data = self.encrypted(user, kind, "--object-streams=disable")
                for name, bad in {"sound": data, "no startxref": data.replace(b"startxref", b"startxxxx"),
                                  "no endobj": data.replace(b"endobj", b"endxbj", 1)}.items():
                    with self.subTest(kind=kind, user=user, name=name):
                        self.write("bad.pdf", bad)
                        given = self.password(user)
                        told = self.succeeds(self.repair("--force", "--json", *given, "bad.pdf", "out.pdf")).object
                        self.assertEqual(told["damage"] is None, name == "sound", told)
                        rights = [self.opens("out.pdf", password) for password in (user, "owner")]
                        self.assertEqual(rights, [self.opens("enc.pdf", user)] * 2)
                        self.assertEqual(self.inspect_with(given, "out.pdf")["opened_by"], "user")
                        self.assertEqual(self.inspect_with(self.password("owner"), "out.pdf")["opened_by"], "owner")

    def password(self, text):
        self.write("password", text + "\n", 0o600)
        return ["--password-file", "password"] if text else []

    def inspect_with(self, given, name):
        return self.succeeds(self.pades("inspect", "--json", *given, name)).object["encryption"]

    def test_encrypted_object_streams_are_looked_into(self):
        data = self.encrypted("secret", "256", "--object-streams=generate")
        for name, bad in {"sound": data, "junk": data + b"junk" * 90, "no endobj": data.replace(b"endobj", b"endxbj", 1),
                          "no startxref": data[: data.rindex(b"startxref")],
                          "shifted": data[:9] + b"%moved\n" + data[9:]}.items():
            for password in ("secret", "owner"):
                with self.subTest(name, password=password):
                    self.write("bad.pdf", bad)
                    run = self.repair("--force", *self.password(password), "bad.pdf", "out.pdf")
                    if name in ("no startxref", "shifted") and run.code:  # qpdf 11 finds no trailer then
                        self.fails(run, 65, "unable to find trailer dictionary|too damaged to be repaired", "get the file again")
                        continue
                    self.succeeds(run)
                    self.opens("out.pdf", "secret")
        signed = badpdf.write({**badpdf.PLAIN, 1: b"<</Type/Catalog/Pages 2 0 R/Old 4 0 R>>",
                               4: b"<</Type/Sig/Reason(x)>>"})
        self.write("seen.pdf", signed)
        at = data.index(b"/ObjStm")
        at = data.index(b"stream", at) + 40
        self.write("bad.pdf", data[:at] + bytes(16) + data[at + 16 :])
        self.fails(self.repair(*self.password("secret"), "bad.pdf", "x.pdf"), 65, "cannot be looked into", "qpdf IN OUT")
        for kind in ("128 --use-aes=n", "128 --use-aes=y", "256"):
            with self.subTest(kind):
                packed = self.encrypted("", kind, "--object-streams=generate", source="seen.pdf")
                self.assertNotIn(b"/Sig", packed)
                for bad in (packed, packed[: packed.rindex(b"startxref")]):
                    self.write("bad.pdf", bad)
                    self.settle()
                    self.fails(self.repair("bad.pdf", "none.pdf"), 65, "the file is signed \\('/Type /Sig'")
                    self.untouched()

    def test_encrypted_and_not_repaired(self):
        data = self.encrypted("secret", "256", "--object-streams=disable")
        for bad in (data, data.replace(b"startxref", b"startxxxx")):
            self.write("bad.pdf", bad)
            self.settle()
            self.fails(self.repair("bad.pdf", "out.pdf"), 65, "needs a password", "--password-fd")
            self.untouched("password")
            self.fails(self.repair(*self.password("wrong"), "bad.pdf", "out.pdf"), 65, "wrong password")
            self.untouched("password")
        packed = self.encrypted("", "256", "--object-streams=generate")
        self.write("bad.pdf", packed.replace(b"startxref", b"startxxxx").replace(b"/Encrypt", b"/Encrypx"))
        self.settle()
        self.fails(self.repair("bad.pdf", "out.pdf"), 65, ".")
        self.write("bad.pdf", packed.replace(b"startxref", b"startxxxx").replace(b"/Standard", b"/Standart"))
        self.settle()
        self.fails(self.repair("bad.pdf", "out.pdf"), 65, "what opens its object streams is lost", "qpdf IN OUT")
        self.untouched()
        for name in ("cf-strings-only", "cf-streams-only", "cf-mixed"):
            with self.subTest(name):
                self.write("bad.pdf", next(d for d, told in (encpdf.make(name, seed) for seed in range(9))
                                           if b"/ObjStm" not in d))
                self.settle()
                self.fails(self.repair("bad.pdf", "out.pdf"), 65, "in another way", "qpdf IN OUT")
                self.untouched()

    def test_every_refusal_that_names_an_object_says_where_it_stands(self):
        plain = badpdf.PLAIN
        cases = {
            "no /Pages": badpdf.write({**plain, 1: b"<</Type/Catalog>>"}),
            "a loop": badpdf.write({**plain, 2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"}),
            "neither": badpdf.write({**plain, 3: b"(x)"}),
            "annotations": badpdf.write({**plain, 3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots(x)>>"}),
            "keys": badpdf.write({**plain, 1: b"<</Type/Catalog/Pages 2 0 R/Pages 2 0 R>>"}),
            "encryption": badpdf.write({**plain, 4: b"<</Filter/Standard/V 4/R 4/CF(x)/O()/U()/P 0>>"},
                                       trailer=b"/Encrypt 4 0 R"),
            "packed": badpdf.with_xref_stream({k: plain[k] for k in (2, 3)} | {4: badpdf.objstm([(1, b"<</Type/Catalog>>")])},
                                              {1: (4, 0)}),
        }
        for name, data in cases.items():
            with self.subTest(name):
                self.write("bad.pdf", data)
                error = self.sign("--json", "bad.pdf", "out.pdf").object["error"]
                self.assertEqual(error["exit"], 65, error)
                stands = b"%d 0 obj" % (4 if name == "packed" else error["object"])
                self.assertGreater(error["object"], 0, error)
                self.assertEqual(data[error["offset"] :][: len(stands)], stands, error)

    def test_in_signing_the_hint_knows_whether_it_can_be_mended(self):
        self.damaged("no-endobj.pdf")
        run = self.fails(self.sign("bad.pdf"), 65, r"'endobj' was expected here \(object 1, byte 68\)",
                         "pades repair IN OUT")
        error = self.sign("--json", "bad.pdf").object["error"]
        self.assertEqual((error["object"], error["offset"]), (1, 68), run)
        self.succeeds(self.sign("in.pdf", "signed.pdf"))
        data = self.read("signed.pdf")
        self.write("bad.pdf", data[:-7] + b"junk %%EOF\njunk")
        for command in (self.sign("bad.pdf"), self.pades("inspect", "bad.pdf")):
            self.fails(command, 65, ".", "the file is signed, and cannot be mended without breaking")


if __name__ == "__main__":
    harness.main()
