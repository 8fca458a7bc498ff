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
