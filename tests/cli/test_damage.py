"""Damage from outside: gaps in the first revision, and what can be done about them."""

import os
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import badpdf  # noqa: E402  (found through the line above)


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

    def test_encrypted(self):
        for number, (user, bits) in enumerate((("", "128"), ("", "256"), ("secret", "256"))):
            subprocess.run(["qpdf", "--allow-weak-crypto", "--encrypt", user, "owner", bits, "--", "in.pdf",
                            "enc.pdf"], cwd=self.dir, check=True, stderr=subprocess.DEVNULL)
            for cut in (False, True):
                with self.subTest(number=number, cut=cut):
                    data = self.read("enc.pdf")
                    self.write("bad.pdf", data.replace(b"startxref", b"startxxxx") if cut else data)
                    self.settle()
                    self.fails(self.repair("bad.pdf", "out.pdf"), 65, "encrypted", ".")
                    self.untouched()

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
