"""Files that want to eat the machine: `sign`, `inspect` and `repair` answer each within 256 MiB, with exit code
0 or 65 and one clear line, and what is refused leaves nothing behind. Ten seconds are what an answer may take on
an idle machine: more is told, and a minute is a hang. Every file of tests/gen/bombs.py and the bombs of badpdf;
those that are large only where PADES_LARGE_BOMBS is set.
"""
import os

import laws
from laws import badpdf

import bombs  # found through the path that laws sets

SECONDS, HANG, MEBIBYTES = 10, 60, 256


def all_bombs():
    large = os.environ.get("PADES_LARGE_BOMBS")
    yield from ((name, why, make) for name, why, is_large, make in bombs.BOMBS if large or not is_large)
    yield from ((name, why, make) for name, kind, why, _, make in badpdf.CASES if kind == "bomb")


class Bombs(laws.Law):
    @classmethod
    def setUpClass(cls):
        cls.folder = laws.folder_for(cls, 512 << 20)

    def commands(self, path, out):
        return (("sign", *self.token_args(), path, out), ("inspect", path), ("repair", path, out))

    def answer(self, name, path, out, command):
        for attempt in range(2):  # another process may have had the machine
            result = self.measured(*command, code=(0, 65))
            made = os.path.exists(out)
            if made:
                os.unlink(out)
            if result["ms"] <= SECONDS * 1000:
                break
        self.assertEqual(made, result["code"] == 0 and command[0] != "inspect", name)
        if result["code"] == 65:
            said = result["stderr"].decode().splitlines()
            self.assertTrue(said and said[0].startswith("pades: ") and len(said[0]) < 1000, said[:3])
            self.assertLessEqual(len(said), 2, said[:5])
        if not laws.SANITIZED:
            if result["ms"] > SECONDS * 1000:
                laws.told(f"{name}: {command[0]} took {result['ms']} ms")
            self.assertLessEqual(result["ms"], HANG * 1000, name)
            self.assertLessEqual(result["peak_kib"] >> 10, MEBIBYTES, name)
        return result

    def test_each_is_answered(self):
        worst = {"ms": 0, "peak_kib": 0}
        for name, why, make in all_bombs():
            path, out = os.path.join(self.folder, name), os.path.join(self.folder, "out.pdf")
            with open(path, "wb") as f:
                f.write(make())
            size = os.path.getsize(path)
            for command in self.commands(path, out):
                with self.subTest(file=name, command=command[0], why=why):
                    result = self.answer(name, path, out, command)
                    worst = {key: max(worst[key], result[key]) for key in worst}
            self.assertEqual(os.path.getsize(path), size)
            os.unlink(path)
            self.assertEqual(os.listdir(self.folder), [], name)
        laws.told(f"worst: {worst['ms']} ms, {worst['peak_kib'] >> 10} MiB")


if __name__ == "__main__":
    laws.main()
