"""What the scripts of this folder share beside the harness of ../cli: runs that are measured or
stopped, generated files, and a quick judgement of what was sealed.
"""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "cli"), os.path.join(os.path.dirname(HERE), "gen")]
import badpdf  # noqa: E402, F401  (found through the line above)
import bigpdf  # noqa: E402
import harness  # noqa: E402

BIN = os.environ["PADES_LAWS_BIN"]
SANITIZED = os.environ.get("PADES_LAWS_SANITIZED", "") not in ("", "0", "OFF")
COUNTED = os.environ.get("PADES_LAWS_SANITIZED", "").endswith("ON")  # for coverage: counters are written at each end
ROOT = os.geteuid() == 0
NOBODY = 65534
RSA = "pkcs11:token=seal;object=seal-rsa3072"
P256 = "pkcs11:token=seal;object=seal-p256"


def roomy_folder(need):
    """A folder for large files: in memory where there is plenty, else where temporary files are; None
    where there is no room."""
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(re.search(r"MemAvailable:\s*(\d+)", f.read()).group(1)) << 10
    for folder, room in (("/dev/shm", 2 * need), (tempfile.gettempdir(), need)):
        try:
            free = os.statvfs(folder)
        except OSError:
            continue
        enough = free.f_bavail * free.f_frsize >= room and os.access(folder, os.W_OK)
        if enough and (folder != "/dev/shm" or memory >= 2 * room):
            return folder
    return None


def sealed(path, original):
    """Whether path is original and one complete seal over everything: /ByteRange covers the file but
    for /Contents, and the digest of those bytes stands in the CMS as message-digest."""
    with open(path, "rb") as f:
        data = f.read()
    if not data.startswith(original) or not data.endswith(b"%%EOF\n") or len(data) == len(original):
        return False
    ranges = re.findall(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) ?\]", data[len(original):])
    if not ranges:
        return False
    a, b, c, d = map(int, ranges[-1])
    if a != 0 or c + d != len(data) or not len(original) < b < c or data[b:b + 1] + data[c - 1:c] != b"<>":
        return False
    digest = hashlib.sha256(memoryview(data)[:b])
    digest.update(memoryview(data)[c:])
    return b"\x04\x20" + digest.digest() in bytes.fromhex(data[b + 1:c - 1].decode("ascii"))


def read_file(path):
    with open(path, "rb") as f:
        return f.read()


def heavy(path, size):
    bigpdf.heavy(path, size)
    return path


class Law(harness.Case):
    """Adds to the harness: the program in the background, measured, or with a preloaded library."""

    key = P256

    def setUp(self):
        super().setUp()
        if SANITIZED:  # a preloaded library would otherwise have to come after the sanitizer's
            options = self.env.get("ASAN_OPTIONS", "")
            self.env["ASAN_OPTIONS"] = options + (":" if options else "") + "verify_asan_link_order=0"

    def new_token(self):
        """SoftHSM rewrites files of its own without care for being killed: that is not what is tested."""
        shutil.rmtree(self.path("hsm"))
        self._copy_token()

    def wait_for(self, what, seconds=20, process=None):
        """The first true value of what(); fails when none comes, or the process ends first."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            value = what()
            if value:
                return value
            if process is not None and process.poll() is not None:
                self.fail(f"it ended with {process.returncode} first: {process.stderr.read()}")
            time.sleep(0.001)
        return self.fail("what was waited for did not come")

    def start(self, *args, env=None, **kwargs):
        """The program in the background, killed at the end of the test if it still runs."""
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen([harness.PADES, *args], cwd=self.dir, env={**self.env, **(env or {})},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **kwargs)

        def end():
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()
        self.addCleanup(end)
        return process

    def start_sign(self, *args, module=None, key=None, pin="pin", **kwargs):
        return self.start("sign", *self.token_args(key, pin, module), *args, **kwargs)

    def stopped_in(self, call, *args, **kwargs):
        """The program while the module's function `call` does not return; let_go() lets it."""
        self.faults(f"hang {call}")
        process = self.start_sign(*args, module=harness.FAULT, **kwargs)
        before = {"C_Sign": "C_SignInit", "C_Login": "C_OpenSession"}[call]
        self.wait_for(lambda: before in self.log_text(), process=process)
        time.sleep(0.2)  # from the log line of the call before into the one that hangs
        return process

    def let_go(self, *lines):
        self.faults(*lines)

    def log_text(self):
        try:
            return self.read("p11.log").decode()
        except FileNotFoundError:
            return ""

    def measured(self, *args, code=0):
        """{"peak_kib", "ms", "read", "written", "stderr"} of one run of the program."""
        report = self.path("report")
        done = subprocess.run([os.path.join(BIN, "law-measure"), report, harness.PADES, *args], cwd=self.dir,
                              env=self.env, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        codes = code if isinstance(code, tuple) else (code,)
        self.assertIn(done.returncode, codes, done.stderr)
        with open(report, encoding="ascii") as f:
            result = json.load(f)
        os.unlink(report)
        return {**result, "code": done.returncode, "stderr": done.stderr}

    def sign_measured(self, source, *args, key=None, out=None, code=0):
        """The same of sealing source; the output is removed."""
        out = out or self.path("measured.pdf")
        result = self.measured("sign", *self.token_args(key), *args, source, out, code=code)
        if os.path.exists(out):
            result["size"] = os.path.getsize(out)
            os.unlink(out)
        return result

    def open_to(self, uid):
        """Gives everything of the test to another user; the folder too."""
        for folder, folders, names in os.walk(self.dir):
            for name in folders + names:
                os.chown(os.path.join(folder, name), uid, uid, follow_symlinks=False)
        os.chown(self.dir, uid, uid)

    def assert_sealed(self, name, original):
        self.assertTrue(sealed(self.path(name), original), f"{name} is no complete seal")


class Documents(Law):
    """The document alone in a folder, so that everything else in it is a leftover."""

    size = None

    def setUp(self):
        super().setUp()
        self.docs = self.path("docs")
        os.mkdir(self.docs)
        self.doc, self.out = os.path.join(self.docs, "doc.pdf"), os.path.join(self.docs, "out.pdf")
        if self.size:
            heavy(self.doc, self.size)
        else:
            shutil.copy(self.path("in.pdf"), self.doc)
        self.original = read_file(self.doc)

    def check_input(self):
        self.assertEqual(read_file(self.doc), self.original, "the input is not what it was")

    def check_output(self):
        """Whether there is one; it must be complete then. Removed."""
        if not os.path.exists(self.out):
            return False
        self.assertTrue(sealed(self.out, self.original), "an output that is not complete")
        os.unlink(self.out)
        return True

    def check_in_place(self):
        """As any command finds it: whether it is sealed. Made the original again, and nothing beside it."""
        run = self.pades("inspect", "--json", self.doc)
        self.assertEqual(run.code, 0, run)
        self.assertEqual(os.listdir(self.docs), ["doc.pdf"], "something is left over")
        if os.path.getsize(self.doc) == len(self.original):
            self.check_input()
            self.assertEqual(run.object["signatures"], [])
            return False
        self.assertTrue(sealed(self.doc, self.original), "neither the original nor a complete seal")
        self.assertEqual(len(run.object["signatures"]), 1)
        os.truncate(self.doc, len(self.original))
        return True

    def clear(self):
        """A run that is not killed leaves the input, its output and nothing else."""
        self.succeeds(self.sign(self.doc, self.out))
        self.assertEqual(sorted(os.listdir(self.docs)), ["doc.pdf", "out.pdf"])
        self.is_sealed(self.out, self.doc)
        self.assertTrue(self.check_output())
        self.check_input()

    def journal(self):
        return os.path.join(self.docs, ".doc.pdf.pades-undo")


@unittest.skipIf(SANITIZED, "SKIPPED: a sanitizer's memory says nothing about ours")
class MemoryLaw(Law):
    """Peaks beside that of the small invoice."""

    key = RSA
    room = 512 << 20

    @classmethod
    def setUpClass(cls):
        cls.folder = folder_for(cls, cls.room)

    def setUp(self):
        super().setUp()
        self.small = self.sign_measured("in.pdf")["peak_kib"]

    def peak(self, what, path, allowed_mib, code=0):
        """Sealing path takes at most so much more than sealing the invoice."""
        result = self.sign_measured(path, out=os.path.join(self.folder, "out.pdf"), code=code)
        more = (result["peak_kib"] - self.small) / 1024
        told(f"{what}: {result['peak_kib'] / 1024:.1f} MiB, {more:+.1f} to the invoice's "
             f"{self.small / 1024:.1f}; {os.path.getsize(path)} bytes, exit {result['code']}, {result['ms']} ms")
        self.assertLessEqual(more, allowed_mib, what)
        return result

    def many(self, count, kind):
        path = os.path.join(self.folder, f"{count}-{kind}.pdf")
        bigpdf.many(path, count, kind)
        self.addCleanup(os.unlink, path)
        return path


def told(text):
    """A line for the log of the tests."""
    print("   " + text, file=sys.stderr, flush=True)


def folder_for(case, need):
    """A private folder with room for `need` bytes, removed with the test; skips loudly without."""
    place = roomy_folder(need)
    if place is None:
        case.skipTest(f"SKIPPED: no folder has {need >> 20} MiB free")
    folder = tempfile.mkdtemp(prefix="pades-laws-", dir=place)
    case.addClassCleanup(shutil.rmtree, folder)
    return folder


def main():
    harness.main()
