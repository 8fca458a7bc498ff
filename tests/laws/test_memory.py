"""Law 3: what a process needs at its peak does not grow with the bytes of the file, nor with the
objects of a table; for the rows of a cross-reference stream it grows by the packed row at most.
"""
import os

import laws
from laws import badpdf, harness

MIB = 1 << 20
KIB_IN_MIB = 1 << 10


class Memory(laws.MemoryLaw):
    def test_200_megabytes(self):
        result = self.peak("200 MB", laws.heavy(os.path.join(self.folder, "heavy.pdf"), 200 * MIB), 3)
        self.assertLessEqual(result["peak_kib"], 24 * KIB_IN_MIB)

    def test_200000_objects(self):
        for kind, allowed in (("table", 1), ("stream", 5), ("objstm", 5)):
            with self.subTest(kind=kind):
                self.peak(f"200,000 objects, {kind}", self.many(200_000, kind), allowed)

    def bomb(self, name, make):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(make())
        return path

    def test_bombs_of_20_million_rows(self):
        cases = {case[0]: case[4] for case in badpdf.CASES}
        for name in ("bomb-xref-free.pdf", "bomb-xref-used.pdf"):
            with self.subTest(name=name):
                path = self.bomb(name, cases[name])
                self.assertLess(os.path.getsize(path), 180_000)
                result = self.peak(name, path, 8, code=(0, 65))
                self.assertLess(result["ms"], 5000)

    def test_rows_just_below_the_limit(self):
        """20 million rows of three bytes: accepted or refused, in no more than the rows themselves."""
        path = self.bomb("narrow.pdf", lambda: badpdf.with_xref_stream(
            badpdf.PLAIN, widths=(1, 2, 0), rows={0: (0, 0, 0)}, data=bytes(3 * 20_000_000)))
        result = self.peak("20 million rows of 3 bytes", path, 64, code=(0, 65))
        self.assertLess(result["ms"], 10000)

    def test_a_bomb_is_inspected_in_little_memory(self):
        cases = {case[0]: case[4] for case in badpdf.CASES}
        path = self.bomb("bomb-xref-free.pdf", cases["bomb-xref-free.pdf"])
        result = self.measured("inspect", path, code=(0, 65))
        self.assertLessEqual((result["peak_kib"] - self.small) / KIB_IN_MIB, 8)

    def inspected(self, name, path):
        """An answer within 10 seconds and 256 MiB."""
        result = self.measured("inspect", "--json", path)
        laws.told(f"inspect, {name}: {result['ms']} ms, {result['peak_kib']} KiB")
        self.assertLess(result["ms"], 10000)
        self.assertLess(result["peak_kib"], 256 * KIB_IN_MIB)

    def test_many_objects_are_inspected(self):
        self.inspected("2,000,000 objects", self.many(2_000_000, "table"))

    def test_many_revisions_are_inspected(self):
        """Each writes the catalog again and adds six annotations."""
        more = b"".join(b"/K%d (%s)" % (i, b"x" * 20) for i in range(40))
        out, prev, num = bytearray(badpdf.write()), badpdf.startxref(badpdf.write()), 4
        for i in range(9990):
            bodies = {1: b"<< /Type /Catalog /Pages 2 0 R /R%d 1 %s >>" % (i % 3, more)}
            bodies.update({num + k: b"<< /Type /Annot /Subtype /Text >>" for k in range(6)})
            num += 6
            offsets = {}
            for n, body in bodies.items():
                offsets[n] = len(out)
                out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
            at = len(out)
            out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % (n, o) for n, o in sorted(offsets.items()))
            out += b"trailer\n<< /Size %d /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (num, prev, at)
            prev = at
        self.inspected("9,991 revisions", self.bomb("revisions.pdf", lambda: bytes(out)))

    def test_many_signatures_are_inspected(self):
        """One field for each, all with the same value, which is no CMS."""
        last = 30000
        bodies = {1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>"
                     % b" ".join(b"%d 0 R" % i for i in range(4, last)), 2: badpdf.PLAIN[2], 3: badpdf.PLAIN[3],
                  last: b"<< /Type /Sig /SubFilter /B /Contents <3000> /ByteRange [0 1 2 3] >>"}
        for i in range(4, last):
            bodies[i] = b"<< /T (f%d) /FT /Sig /V %d 0 R /SV << /Reasons [(a) (b)] >> >>" % (i, last)
        self.inspected("30,000 signatures", self.bomb("signatures.pdf", lambda: badpdf.write(bodies)))

    def test_answers_of_any_size(self):
        """100 MB from the authority: refused after the cap."""
        services = harness.Services()
        self.addCleanup(services.stop)
        args = ["--trust", harness.TRUST, "--tsa"]
        good = self.sign_measured("in.pdf", *args, services.tsa())["peak_kib"]
        bad = self.sign_measured("in.pdf", *args, services.tsa("huge"), code=69)["peak_kib"]
        laws.told(f"level t: {good} KiB; with an answer of 100 MB: {bad} KiB")
        self.assertLessEqual(bad - good, 3 * KIB_IN_MIB)


if __name__ == "__main__":
    laws.main()
