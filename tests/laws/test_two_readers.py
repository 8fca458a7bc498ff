"""Law 5: a file that a strict and a lenient reader would read in two ways is not sealed, and the message
says what is wrong with it. Where both read the same, it may be sealed, and then all agree on the result.
"""
import os
import subprocess

import laws
from laws import badpdf

# What the refusal of a file says; those that are not here may be sealed as well.
SAYS = {
    "trailer-two-roots.pdf": "key twice",
    "trailer-two-roots-escaped.pdf": "key twice",
    "catalog-two-pages.pdf": "key twice",
    "page-two-annots.pdf": "key twice",
    "form-two-fields.pdf": "key twice",
    "header-other-id.pdf": "1 0 was expected here, not 7 0",
    "header-other-generation.pdf": "3 0 was expected here, not 3 1",
    "objstm-other-number.pdf": "object 1 is not where it should be",
    "objstm-beyond.pdf": "object 1 is not where it should be",
    "objstm-in-itself.pdf": "itself in an object stream",
    "catalog-is-stream.pdf": "stream",
    "root-other-generation.pdf": "/Root",
    "reference-loop.pdf": "references",
    "hybrid-two-catalogs.pdf": r"object 1 of a hybrid file: the tables have 'nothing', the hidden section '\(hidden\)'",
    "hybrid-hidden-page.pdf": "object 2 of a hybrid file: the tables have '1', the hidden section '0'",
    "hybrid-later-page.pdf": "object 3 of a hybrid file: the tables have 'nothing', the hidden section '4 0 R'",
    "hybrid-later-contents.pdf": "object 4 of a hybrid file: the tables have 'a stream at byte",
    "hybrid-two-roots.pdf": "/Root of the trailer of a hybrid file",
    "catalog-reference-chain.pdf": "one reader has .*, the other|unable to find /Root",
}
ANY = r"expected here|not where it should be|behind the last %%EOF|another object|stands here|one reader has"


class TwoReaders(laws.Law):
    @classmethod
    def setUpClass(cls):
        cls.folder = laws.folder_for(cls, 16 << 20)
        cls.manifest = badpdf.write_all(cls.folder, ["disagree"])

    def test_the_group_is_there(self):
        self.assertGreater(len(self.manifest), 20)

    def refused(self, path, run):
        """Exit 65 with its reason and what to do; nothing made, nothing changed."""
        self.fails(run, 65, SAYS.get(os.path.basename(path), ANY), ".")
        self.assertFalse(os.path.exists(self.path("out.pdf")))
        self.assertEqual(laws.read_file(path), self.content)

    def test_sealed_only_when_read_alike(self):
        statuses = {}
        for entry in self.manifest:
            name = entry["file"]
            with self.subTest(file=name, why=entry["why"]):
                path = os.path.join(self.folder, name)
                self.content = laws.read_file(path)
                run = self.sign(path, "out.pdf")
                self.assertIn(run.code, entry["exit"], run)
                if run.code == 0:
                    self.alike("out.pdf", path)
                    statuses[name] = "sealed"
                else:
                    self.refused(path, run)
                    statuses[name] = self.sign("--json", path, "out.pdf").object["error"]["status"]
                    self.assertIn(statuses[name], ("DOC_DAMAGED", "DOC_READERS_DISAGREE"))
            if os.path.exists(self.path("out.pdf")):
                os.unlink(self.path("out.pdf"))
        for name, status in sorted(statuses.items()):
            laws.told(f"{name}: {status}")
        self.assertIn("DOC_READERS_DISAGREE", statuses.values())

    @staticmethod
    def judged_by_qpdf(path):
        return subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode

    def alike(self, name, source):
        """A complete seal; qpdf finds no more to say of it than of the input, pdfsig finds it valid."""
        self.assert_sealed(name, self.content)
        self.assertLessEqual(self.judged_by_qpdf(self.path(name)), self.judged_by_qpdf(source))
        told = subprocess.run(["pdfsig", "-nocert", self.path(name)], capture_output=True, text=True, check=False).stdout
        self.assertIn("Signature is Valid.", told)

    def test_in_place_is_refused_as_well(self):
        for entry in self.manifest:
            if entry["exit"] == [65]:
                with self.subTest(file=entry["file"]):
                    path = os.path.join(self.folder, entry["file"])
                    self.content = laws.read_file(path)
                    self.refused(path, self.sign("--in-place", path))
                    self.assertEqual(os.listdir(self.folder).count(entry["file"]), 1)
                    self.assertFalse([n for n in os.listdir(self.folder) if "pades" in n])

    def test_above_the_limit_the_strict_reader_says_that_it_stands_alone(self):
        path = self.path("many.pdf")
        laws.bigpdf.many(path, 100_100)
        run = self.succeeds(self.sign("--json", path, "out.pdf"))
        self.assertTrue(any("reader" in warning for warning in run.object["warnings"]), run)
        self.assertFalse(self.succeeds(self.sign("--json", "in.pdf", "in-out.pdf")).object["warnings"])


if __name__ == "__main__":
    laws.main()
