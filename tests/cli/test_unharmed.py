"""What a document carries besides its pages stays as it was, and what draws them otherwise is refused."""

import os
import subprocess
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "interop"))
import rights  # noqa: E402  (found through the line above)
import sealmaker  # noqa: E402

XML = b"<?xml version='1.0'?>\n<invoice>\x00\xff \r\n</invoice>\n"
FILE = b"<< /Type /EmbeddedFile /Subtype /text#2Fxml /Params << /Size %d >> /Length %d >>\nstream\n%s\nendstream"
SPEC = b"<< /Type /Filespec /F (invoice.xml) /UF (invoice.xml) /AFRelationship /Alternative /EF << /F 6 0 R /UF 6 0 R >> >>"


def carrying(kind, catalog=b""):
    more = {5: SPEC, 6: FILE % (len(XML), len(XML), XML), 7: b"<< /Names [(invoice.xml) 5 0 R] >>"}
    return sealmaker.base(kind, more=more, catalog=catalog + b" /Names << /EmbeddedFiles 7 0 R >> /AF [5 0 R]")


def xfa(config=b"", fields=b"[5 0 R]", catalog=b""):
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(config), config)
    return sealmaker.base(more={5: b"<< /T (a) /FT /Tx >>", 6: stream},
                          catalog=catalog + b" /AcroForm << /XFA [(config) 6 0 R] /Fields " + fields + b" >>")


class Unharmed(harness.Case):
    def attachment(self, name):
        return subprocess.run(["qpdf", "--show-attachment=invoice.xml", self.path(name)], capture_output=True, check=True).stdout

    def test_attachments_and_collections(self):
        collection = b"/Collection << /Type /Collection /View /D /D (invoice.xml) /Schema << /n << /N (n) /Subtype /F >> >> >>"
        for kind in ("table", "stream"):
            for catalog in (b"", collection):
                self.write("in.pdf", carrying(kind, catalog))
                self.assertEqual(self.attachment("in.pdf"), XML)
                self.succeeds(self.sign("--force", "--certify", "2", "in.pdf", "one.pdf"))
                self.succeeds(self.sign("--force", "one.pdf", "two.pdf"))
                self.is_sealed("one.pdf")
                self.is_sealed("two.pdf", "one.pdf")
                self.assertEqual(self.attachment("two.pdf"), XML)
                self.assertTrue(catalog[12:] in self.read("two.pdf")[len(self.read("in.pdf")):])
                subprocess.run(["qpdf", "--check", self.path("two.pdf")], check=True, capture_output=True)

    def test_xfa(self):
        for document in (
            xfa(b"<dynamicRender>required</dynamicRender>"),
            xfa(b"<x/>", fields=b"[]"),
            xfa(b"<x/>", catalog=b"/NeedsRendering true"),
        ):
            self.write("in.pdf", document)
            self.settle()
            self.fails(self.sign("in.pdf"), 65, "dynamic XFA form", "print it")
            self.untouched()
        self.write("in.pdf", xfa(b"<x/>"))
        run = self.succeeds(self.sign("--json", "in.pdf"))
        self.assertRegex(run.object["warnings"][0], "XFA part")

    def test_appearances_that_are_asked_for(self):
        self.write("in.pdf", rights.form(fields={5: rights.sig(b"Seal", 100)}, keys=b"/NeedAppearances true"))
        told = self.succeeds(self.sign("--json", "--field", "Seal", "in.pdf", "out.pdf")).object["warnings"]
        self.assertRegex(told[0], "NeedAppearances")
        self.is_sealed("out.pdf")
        self.assertEqual(self.succeeds(self.sign("--json", "in.pdf", "new.pdf")).object["warnings"], [])


if __name__ == "__main__":
    harness.main()
