"""Damage from outside: gaps in the first revision, and what can be done about them."""

import os
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


if __name__ == "__main__":
    harness.main()
