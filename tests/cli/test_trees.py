"""Page trees, annotations, forms and headers of every shape: sealed, in the form that they had, or refused."""

import os
import re
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "gen"))
import trees  # noqa: E402  (found through the line above)


class Trees(harness.Case):
    # What qpdf --check finds fault with, before and after; nobody looks at what is behind the first page.
    STRANGE = ("tree-shared-page", "tree-shared-node", "tree-page-no-type", "tree-node-no-type",
               "tree-kid-null-object-behind")

    def complaints(self, name):
        """What qpdf --check says, without places."""
        run = subprocess.run(["qpdf", "--check", self.path(name)], capture_output=True, text=True, check=False)
        return [run.returncode, *(re.sub(r"\S*\.pdf( \([^)]*\))?|at offset \d+", "", line) for line in run.stderr.splitlines())]

    def try_one(self, name):
        data, reason = trees.CASES[name]
        self.write("doc.pdf", data)
        self.settle()
        if reason:
            self.fails(self.sign("--force", "doc.pdf", "out.pdf"), 65, reason)
            error = self.sign("--json", "--force", "doc.pdf", "out.pdf").object["error"]
            self.assertIn(error["status"], ("DOC_DAMAGED", "LIMIT"))
            if name.startswith("tree-") and error["status"] == "DOC_DAMAGED":
                self.assertGreater(error["object"], 0, "the object is not named")
            self.untouched("out.pdf")
            return None
        self.succeeds(self.sign("--force", "doc.pdf", "out.pdf"))
        self.is_sealed("out.pdf", "doc.pdf")
        wrong = self.complaints("out.pdf")
        if wrong != [0]:  # as it was
            self.assertIn(name, self.STRANGE, wrong)
            self.assertEqual(wrong, self.complaints("doc.pdf"))
        return self.read("out.pdf")[len(data):]

    def try_all(self, start):
        for name in trees.CASES:
            if name.startswith(start):
                with self.subTest(name):
                    self.try_one(name)

    def written(self, name):
        """{id: body} of the objects that the seal writes again or adds."""
        revision = self.try_one(name)
        return {int(n): body for n, body in re.findall(rb"(?s)(\d+) 0 obj\n(.*?)\nendobj\n", revision)}

    def widget(self, objects):
        found = [n for n, body in objects.items() if re.search(rb"/FT ?/Sig\b", body)]
        self.assertEqual(len(found), 1)
        return b"%d 0 R" % found[0]

    def test_trees(self):
        self.try_all("tree-")

    def test_refused_annots_and_forms(self):
        for name in ("annots-one", "form-array", "form-fields-dictionary"):
            with self.subTest(name):
                self.try_one(name)

    def test_headers(self):
        self.try_all("header-")
        self.assertEqual(sum(name.startswith("header-") for name in trees.CASES), 11)

    # clause: ISO32000-1#12.5.2 /Annots
    def test_annots_stay_as_they_were(self):
        for name, holds, before in (("direct", 3, b"4 0 R"), ("direct-empty", 3, b""), ("indirect", 5, b"4 0 R"),
                                    ("indirect-empty", 5, b""), ("null", 3, b"")):
            with self.subTest(name):
                objects = self.written("annots-" + name)
                array = (before + b" " + self.widget(objects)).strip()
                self.assertIn(holds, objects)
                self.assertNotIn(3 if holds == 5 else None, objects)
                kept = rb"(?s)^" if holds == 5 else rb"(?s)/Annots ?"
                self.assertRegex(objects[holds], kept + rb"\[ ?" + array + rb" ?\]")

    # clause: ISO32000-1#12.7.2 interactive form dictionary
    def test_forms_stay_as_they_were(self):
        """Where the form stands, and where its fields; both change, the rest of it stays."""
        for name, place, fields in (("direct", 1, 1), ("indirect", 5, 5), ("direct-fields-indirect", 1, 6),
                                    ("indirect-fields-indirect", 5, 6), ("packed", 5, 6), ("packed-fields", 5, 6),
                                    ("packed-all", 5, 6)):
            with self.subTest(name):
                objects = self.written("form-" + name)
                there = set(range(5, max(place, fields) + 1))  # what is free may be a new object's
                self.assertEqual(there & set(objects), {place, fields} - {1})
                kept = rb"(?s)^" if fields == 6 else rb"(?s)/Fields ?"
                self.assertRegex(objects[fields], kept + rb"\[ ?4 0 R " + self.widget(objects) + rb" ?\]")
                self.assertRegex(objects[place], rb"(?s)/DA ?\(/Helv 0 Tf 0 g\).*/SigFlags 3")
                if fields == 6:
                    self.assertRegex(objects[place], rb"/Fields 6 0 R")

    def test_forms_that_are_made(self):
        for name in ("form-missing", "form-null", "form-no-fields"):
            with self.subTest(name):
                objects = self.written(name)
                whole = b"\n".join(objects.values())
                self.assertRegex(whole, rb"/Fields ?\[ ?" + self.widget(objects) + rb" ?\]")
                self.assertRegex(objects[1], rb"/AcroForm ?(\d+ 0 R|<<)")

    def test_inherited_boxes(self):
        """The page is written again without a word of what it inherits."""
        objects = self.written("tree-inherited")
        self.assertNotRegex(objects[3], rb"MediaBox|CropBox|Resources|Rotate")
        # an invisible widget stands in the lower left corner of the crop box
        self.assertIn(b"/Rect[7.250 8 7.250 8]", objects[int(self.widget(objects).split()[0])])
        self.assertNotIn(4, objects)
        self.assertNotIn(2, objects)


if __name__ == "__main__":
    harness.main()
