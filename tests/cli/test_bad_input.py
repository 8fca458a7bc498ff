"""Bad input, row by row: the line, the hint, the exit code; the input untouched, no output left, no
temporary file left. Documents; modules and tokens are in test_bad_token.py."""

import os
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import badpdf  # noqa: E402  (found through the line above)

MAKERS = {name: function for name, _, _, _, function in badpdf.CASES}


class Documents(harness.Case):
    def refused(self, name, message, hint, data=None, every_way=True):
        self.write("bad.pdf", MAKERS[name]() if data is None else data)
        self.settle()
        self.fails(self.sign("bad.pdf"), 65, message, hint)
        error = self.sign("--json", "bad.pdf").object["error"]
        self.assertEqual(error["exit"], 65)
        self.assertTrue(error["hint"])
        if every_way:
            self.fails(self.sign("--in-place", "bad.pdf"), 65, message, hint)
            self.fails(self.sign("-", stdin=self.read("bad.pdf")), 65, message, hint)
        self.untouched()

    def test_not_a_pdf(self):
        self.refused("not-pdf.pdf", "not a PDF file", "right file")
        self.refused("zip.pdf", "not a PDF file", "right file")

    def test_empty(self):
        self.refused("empty.pdf", "the file is empty", ".")

    def test_truncated(self):
        for name in (
            "truncated-half.pdf",
            "truncated-xref.pdf",
            "truncated-startxref.pdf",
            "header-only.pdf",
        ):
            with self.subTest(name):
                self.refused(name, "truncated", "its end is missing")
        self.refused(None, "truncated", "its end is missing", self.read("in.pdf")[:-2000])

    def test_damaged_xref(self):
        for name in (
            "xref-shifted.pdf",
            "xref-letters.pdf",
            "xref-beyond.pdf",
            "xref-count.pdf",
            "xref-overflow.pdf",
            "xref-no-trailer.pdf",
            "xref-stream-short.pdf",
            "xref-stream-damaged.pdf",
            "startxref-beyond.pdf",
        ):
            with self.subTest(name):
                self.refused(name, ".", "pades repair", every_way=name == "xref-shifted.pdf")

    def test_bytes_before_the_header(self):
        self.refused("bytes-before-header.pdf", "5 bytes stand before the header", "remove the first 5 bytes")

    def test_size_that_lies(self):
        self.refused("size-too-small.pdf", "/Size", "pades repair")
        self.refused("size-beyond.pdf", "/Size", "pades repair")
        self.refused("size-negative.pdf", "/Size", "pades repair")

    def test_prev_loops(self):
        for name in ("prev-self.pdf", "prev-loop.pdf", "xrefstm-loop.pdf"):
            with self.subTest(name):
                self.refused(name, "comes back to one of them", "pades repair")

    def test_encrypted(self):
        for bits in ("40", "128", "256"):
            subprocess.run(
                ["qpdf", "--allow-weak-crypto", "--encrypt", "user", "owner", bits, "--", "in.pdf", "enc.pdf"],
                cwd=self.dir,
                check=True,
                stderr=subprocess.DEVNULL,
            )
            with self.subTest(bits):
                self.refused(None, "needs a password", "--password-fd", self.read("enc.pdf"))

    def test_certified_without_changes(self):
        self.refused("certified-1.pdf", "certifies the document and permits no changes", "DocMDP")

    def test_certified_with_changes(self):
        for name in ("certified-2.pdf", "certified-3.pdf"):
            self.write(name, MAKERS[name]())
            self.succeeds(self.sign(name))

    def test_readers_that_would_differ(self):
        self.refused("catalog-two-pages.pdf", "key twice", ".")
        self.refused("trailer-two-roots.pdf", "same key twice", ".")

    def test_bombs(self):
        for name in ("bomb-xref-free.pdf", "bomb-array-depth.pdf", "bomb-objstm.pdf", "bomb-prev-chain.pdf"):
            with self.subTest(name):
                self.refused(name, "more than", ".", every_way=False)


if __name__ == "__main__":
    harness.main()
