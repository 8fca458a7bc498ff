"""Existing fields, certification, locks and usage rights, from outside."""

import os
import sys

import harness

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "interop"))
import rights  # noqa: E402  (found through the line above)

DOCUMENTS = {name: document for name, document, _ in rights.cases()}


class Rights(harness.Case):
    def sealed(self, name, *steps):
        """The document of this name with each of steps (lists of options) done to it: the last output."""
        self.write(f"{name}.pdf", DOCUMENTS[name])
        last = f"{name}.pdf"
        for i, options in enumerate(steps):
            self.succeeds(self.sign("--force", *options, last, f"{name}-{i}.pdf"))
            last = f"{name}-{i}.pdf"
        return last

    def refused(self, message, name, options, hint=None):
        self.settle()
        self.fails(self.sign(*options, name, "no.pdf"), 65, message, hint)
        self.fails(self.sign("--dry-run", *options, name, pin=None), 65, message, hint)
        self.untouched()

    def field(self, name, field):
        return next(f for f in self.inspect(name)["fields"] if f["name"] == field)

    def test_certification(self):
        for level in "123":
            out = self.sealed("certify1", ["--certify", level])
            self.assertEqual(self.inspect(out)["certification"], int(level))
            os.unlink(self.path(out))
        self.fails(self.sign("--certify", "4", "in.pdf"), 64, "'--certify 4'|--certify")

    def test_certification_comes_first_and_once(self):
        self.refused("'Signature1' is there already", self.sealed("certify1", []), ["--certify", "2"], "without --certify")
        self.refused("'Signature1' is there already", self.sealed("certify1", ["--certify", "3"]), ["--certify", "3"])

    def test_certified_without_changes(self):
        out = self.sealed("certify1", ["--certify", "1"])
        self.refused("'Signature1' certifies the document and permits no changes", out, [], "no further signatures")

    def test_lock(self):
        self.refused(
            r"'Last' locks the field 'Seal' \(FieldMDP: all fields but some\)",
            self.sealed("locked-all", ["--lock", "exclude:a", "--field", "Last"]),
            ["--field", "Seal"],
        )
        self.refused(r"'Last' locks the field 'Signature1'", "locked-all-0.pdf", [])
        self.sealed("lock-exclude", ["--lock", "exclude:b,Last"], ["--field", "Last"])

    def test_lock_of_the_field(self):
        out = self.sealed("locked-all", ["--field", "Seal"])
        self.refused("'Seal' locks the field 'Signature1'", out, [])
        self.succeeds(self.sign("--field", "Last", out, "two.pdf"))
        self.write("locked-all.pdf", DOCUMENTS["locked-all"])
        self.fails(self.sign("--field", "Seal", "--lock", "all", "locked-all.pdf"), 64, "says itself", "without --lock")

    def test_lock_of_nothing_known(self):
        for text in ("", "some", "include", "include:", "exclude:", "all:"):
            self.fails(self.sign("--lock", text, "in.pdf"), 64, "lock")
        run = self.succeeds(self.sign("--json", "--lock", "include:no.such", "in.pdf"))
        self.assertEqual(run.object["warnings"], ["the lock names 'no.such', which is no field of the form"])

    def test_existing_field(self):
        out = self.sealed("hierarchy", ["--field", "Form.Seal[0]"])
        self.assertTrue(self.field(out, "Form.Seal[0]")["signed"])
        self.is_sealed(out, "hierarchy.pdf")
        self.refused("'Form.Seal.0.' is signed already", out, ["--field", "Form.Seal[0]"])
        self.refused("'Form.Name.0.' is no signature field", out, ["--field", "Form.Name[0]"])
        self.refused("'Form' has fields below it", out, ["--field", "Form"])
        self.refused("'Form.Name.0.' holds a value", "hierarchy.pdf", ["--field", "Form.Name[0].x"])

    def test_new_field_in_the_hierarchy(self):
        out = self.sealed("new-below", ["--field", "Form.Seal[1]"])
        self.assertTrue(self.field(out, "Form.Seal[1]")["signed"])
        out = self.sealed("new-parents", ["--field", "Contract.Seals.Company"])
        self.assertTrue(self.field(out, "Contract.Seals.Company")["signed"])
        self.refused("'Contract.Seals.Company' would be called broken", out, ["--field", "Contract.Other"])

    def test_usage_rights(self):
        self.refused("usage rights", self.sealed("usage-rights"), [], "--drop-usage-rights")
        out = self.sealed("usage-rights", ["--drop-usage-rights"], [])
        self.assertEqual([w for w in self.inspect(out)["warnings"] if "usage" in w], [])

    def test_two_steps(self):
        """A stored session keeps all of it, and tells the field's full name."""
        cert = os.path.join(harness.PKI, "seal-p256.pem")
        key = os.path.join(harness.PKI, "seal-p256.key")
        steps = [("hierarchy", "Form.Seal[0]", ["--certify", "2"]), ("new-below", "Form.Seal[1]", ["--lock", "all"]),
                 ("new-parents", "\u00c5.b.c", []), ("apart", "\u00c5b\u00e5", []),
                 ("usage-rights", "a.b", ["--drop-usage-rights"])]
        for name, field, options in steps:
            self.write("two.pdf", DOCUMENTS[name])
            if name == "usage-rights":
                field = "b"
            self.succeeds(self.pades("prepare", "--cert", cert, "--field", field, *options, "--state", "state",
                                     "--tbs", "tbs", "--force", "two.pdf"))
            harness.subprocess.run(["openssl", "dgst", "-sha256", "-sign", key, "-out", self.path("sig"), self.path("tbs")],
                                   check=True)
            run = self.succeeds(self.pades("finish", "--state", "state", "--signature", "sig", "--json", "--force",
                                           "two.pdf", "out.pdf"))
            self.assertEqual(run.object["field"], field)
            self.assertTrue(self.field("out.pdf", field)["signed"])


if __name__ == "__main__":
    harness.main()
