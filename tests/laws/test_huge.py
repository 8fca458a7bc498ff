"""Files beyond 2 and 4 GiB, sealed in place: a stream of them is a hole, which takes no room on the disk."""
import hashlib
import os
import re
import subprocess

import laws
import bigpdf

GIB = 1 << 30
STEP = 8 << 20


def sparse(path, size, kind):
    """One page, and a stream that makes it more than `size` bytes; its section stands behind the hole."""
    with open(path, "wb") as f:
        out = bigpdf.Out(f)
        out.write(bigpdf.HEAD)
        offsets = [out.put(i + 1, body.replace(b"%s", b"")) for i, body in enumerate(bigpdf.PAGE)]
        offsets.append(out.at)
        out.write(b"4 0 obj\n<< /Length %d >>\nstream\n" % size)
        f.seek(size, os.SEEK_CUR)
        out.at += size
        out.write(b"\nendstream\nendobj\n")
        offsets.append(out.put(5, b"(behind the hole)"))
        if kind == "stream":
            bigpdf.xref_stream(out, [(1, o, 0) for o in offsets])
        else:
            bigpdf.table(out, offsets)
    return path


class Huge(laws.Law):
    def ranges(self, path, before):
        """The four numbers of /ByteRange, and the CMS; they cover everything else."""
        size = os.path.getsize(path)
        with open(path, "rb") as f:
            f.seek(before)
            tail = f.read()
        a, b, c, d = map(int, re.findall(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) ?\]", tail)[-1])
        self.assertEqual((a, c + d), (0, size))
        self.assertLess(before, b)
        self.assertEqual(tail[b - before:b - before + 1] + tail[c - before - 1:c - before], b"<>")
        return (a, b, c, d), bytes.fromhex(tail[b - before + 1:c - before - 1].decode("ascii"))

    def openssl_verifies(self, path, ranges, cms):
        """It is given the bytes of the ranges, which are digested here as well."""
        digest = hashlib.sha256()
        with open(path, "rb") as f, subprocess.Popen(
                ["openssl", "cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in",
                 self.write("cms.der", cms), "-content", "/dev/stdin", "-out", "/dev/null"], stdin=subprocess.PIPE,
                stderr=subprocess.PIPE) as process:
            for at, n in (ranges[:2], ranges[2:]):
                f.seek(at)
                while n > 0:
                    part = f.read(min(n, STEP))
                    digest.update(part)
                    process.stdin.write(part)
                    n -= len(part)
            process.stdin.close()
            told = process.stderr.read()
        self.assertEqual(process.returncode, 0, told)
        self.assertIn(b"\x04\x20" + digest.digest(), cms)

    def sealed_in_place(self, size, kind):
        path = sparse(os.path.join(self.folder, "huge.pdf"), size, kind)
        before = os.path.getsize(path)
        self.assertLess(os.stat(path).st_blocks * 512, 64 << 20, "no holes here")
        self.succeeds(self.sign("--in-place", path, timeout=250))
        self.assertLess(os.stat(path).st_blocks * 512, 64 << 20)
        self.openssl_verifies(path, *self.ranges(path, before))
        check = subprocess.run(["qpdf", "--show-object=trailer", path], capture_output=True, check=False)
        self.assertEqual((check.returncode, check.stderr), (0, b""))
        self.assertIn(b"/Prev", check.stdout)
        self.assertEqual(os.listdir(self.folder), ["huge.pdf"])
        found = self.succeeds(self.pades("inspect", "--json", path, timeout=250)).object
        self.assertEqual(len(found["signatures"]), 1)
        os.unlink(path)

    def test_beyond_two_and_four_gibibytes(self):
        self.folder = self.path("huge")
        os.mkdir(self.folder)
        for size in (2 * GIB + 1, 4 * GIB + 1):
            for kind in ("table", "stream"):
                with self.subTest(size=size, kind=kind):
                    self.sealed_in_place(size, kind)


if __name__ == "__main__":
    laws.main()
