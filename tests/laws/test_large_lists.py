"""Law 3: a revocation list of a hundred megabytes is never held in memory: not when it is fetched, not
when it is read, stored, read back, looked at or stored again. The list is real: of the PKI's authority,
signed with its key, served in place of the small one by a proxy on loopback.
"""
import contextlib
import datetime
import http.server
import os
import shutil
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

import laws
import test_levels
from laws import harness

MIB_IN_KIB = 1 << 10
SIZE = 100_000_000
PEAK = 40 * MIB_IN_KIB


def der(tag, content):
    """DER of one value; the header alone is made for content that is a number of octets."""
    n = content if isinstance(content, int) else len(content)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + (b"" if isinstance(content, int) else content)


def values(data):
    """The whole DER values in data, one after the other."""
    found, at = [], 0
    while at < len(data):
        n, start = data[at + 1], at + 2
        if n & 0x80:
            start += n & 0x7f
            n = int.from_bytes(data[at + 2:start], "big")
        found.append(data[at:start + n])
        at = start + n
    return found


def content(value):
    return value[2 + (value[1] & 0x7f if value[1] & 0x80 else 0):]


def entries(size):
    """revokedCertificates of about so many octets, with numbers as an authority gives them."""
    one = bytes.fromhex("300a0603551d1504030a0104")  # superseded
    tail = der(0x17, b"260101100000Z") + der(0x30, one)
    each = 4 + 16 + len(tail)
    count = size // each
    head = der(0x30, 2 + 16 + len(tail)) + der(0x02, 16) + b"\x41"
    random = os.urandom(15 * count)
    return b"".join(head + random[i:i + 15] + tail for i in range(0, 15 * count, 15))


def make_list(pki, path, size):
    """A complete list of the authority `issuing`; no certificate of the PKI is on it."""
    with open(os.path.join(pki, "issuing.der"), "rb") as f:
        certificate = content(f.read())
    fields = values(content(values(certificate)[0]))
    subject = fields[5]
    kind = subprocess.run(["openssl", "pkey", "-in", os.path.join(pki, "issuing.key"), "-noout", "-text"],
                          check=True, capture_output=True, text=True).stdout
    algorithm = bytes.fromhex("300a06082a8648ce3d040302" if "ASN1 OID" in kind else "300d06092a864886f70d01010b0500")
    now = datetime.datetime.now(datetime.timezone.utc)
    times = b"".join(der(0x17, (now + datetime.timedelta(minutes=m)).strftime("%y%m%d%H%M%SZ").encode())
                     for m in (-1, 600))
    revoked = entries(size)
    head = bytes.fromhex("020101") + algorithm + subject + times + der(0x30, len(revoked))
    tbs = der(0x30, len(head) + len(revoked)) + head
    with open(path + ".tbs", "wb") as f:
        f.write(tbs)
        f.write(revoked)
    subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.path.join(pki, "issuing.key"), "-out", path + ".sig",
                    path + ".tbs"], check=True)
    with open(path + ".sig", "rb") as f:
        tail = algorithm + der(0x03, b"\0" + f.read())
    with open(path, "wb") as f:
        f.write(der(0x30, len(tbs) + len(revoked) + len(tail)) + tbs + revoked + tail)
    os.unlink(path + ".tbs")


class Proxy:
    """Everybody's answers as they are, but for the list."""

    def __init__(self, path):
        proxy = self
        self.asked = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                if self.path.endswith("/crl/issuing.crl"):
                    proxy.asked += 1
                    self.send_response(200)
                    self.send_header("Content-Type", "application/pkix-crl")
                    self.send_header("Content-Length", str(os.path.getsize(path)))
                    self.end_headers()
                    with open(path, "rb") as f, contextlib.suppress(ConnectionError):  # who had no room for it
                        shutil.copyfileobj(f, self.wfile, 1 << 20)
                else:
                    self.pass_on(None)

            def do_POST(self):  # pylint: disable=invalid-name
                self.pass_on(self.rfile.read(int(self.headers["Content-Length"])))

            def pass_on(self, body):
                headers = {"Content-Type": self.headers["Content-Type"]} if body is not None else {}
                try:
                    with urllib.request.urlopen(urllib.request.Request(self.path, body, headers), timeout=20) as got:
                        code, kind, reply = got.status, got.headers["Content-Type"], got.read()
                except urllib.error.HTTPError as error:
                    code, kind, reply = error.code, "text/plain", b""
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@unittest.skipIf(laws.SANITIZED, "SKIPPED: a sanitizer's memory says nothing about ours")
class LargeLists(laws.Law, test_levels.Levels):
    key = laws.P256

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = laws.folder_for(cls, 10 * SIZE)
        cls.list = os.path.join(cls.folder, "issuing.crl")
        make_list(cls.world.pki, cls.list, SIZE)
        cls.proxy = Proxy(cls.list)
        cls.addClassCleanup(cls.proxy.stop)

    def setUp(self):
        super().setUp()
        self.env["TMPDIR"] = self.folder

    def services(self):
        return ["--tsa", self.world.base + "/tsa", "--trust", os.path.join(self.world.pki, "root.pem"),
                "--allow-host", "127.0.0.1", "--proxy", self.proxy.url, "--prefer", "crl"]

    def judged(self, what, result):
        laws.told(f"{what}: {result['peak_kib'] / 1024:.1f} MiB, {result['ms']} ms")
        self.assertLessEqual(result["peak_kib"], PEAK, what)
        self.assertEqual([name for name in os.listdir(self.folder) if not name.startswith("issuing")], [])

    def holds(self, name):
        """The list is in the file, whole, and the file is one."""
        path = self.path(name)
        self.assertGreater(os.path.getsize(path), SIZE // 3)
        self.assertEqual(subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode, 0)

    def test_all_the_way(self):
        out = self.path("out.pdf")
        result = self.measured("sign", *self.token_args(), *self.services(), "--level", "lt", "in.pdf", out)
        self.judged("sign --level lt", result)
        self.holds("out.pdf")
        self.judged("inspect --ltv", self.measured("inspect", "--ltv", out))
        told = self.pades("inspect", "--ltv", "--json", out).object
        self.assertTrue(all(c["met"] for s in told["signatures"] for c in s["ltv"]["conditions"]), told)
        self.judged("extend --level lta", self.measured("extend", *self.services(), "--level", "lta", out, "lta.pdf"))
        grown = os.path.getsize(self.path("lta.pdf")) - os.path.getsize(out)
        self.assertLess(grown, SIZE // 10, "the list that is there is stored once more")
        self.judged("extend again", self.measured("extend", *self.services(), "--level", "lta", "lta.pdf", "more.pdf"))

    def test_extend(self):
        self.succeeds(self.sign("in.pdf", "b.pdf"))
        self.judged("extend --level lt", self.measured("extend", *self.services(), "--level", "lt", "b.pdf", "lt.pdf"))
        self.holds("lt.pdf")

    def test_in_place(self):
        self.judged("sign --in-place", self.measured("sign", *self.token_args(), *self.services(), "--level", "lt",
                                                     "--in-place", "in.pdf"))
        self.holds("in.pdf")

    def test_a_folder(self):
        """The same without a network, but for the authority that stamps."""
        folder = self.path("offline")
        os.mkdir(folder)
        shutil.copy(self.list, folder)
        for name in ("issuing.der", "root.der"):
            shutil.copy(os.path.join(self.world.pki, name), folder)
        with urllib.request.urlopen(self.world.base + "/crl/root.crl") as got:
            self.write("offline/root.crl", got.read())
        args = [a for a in self.services() if a not in ("--prefer", "crl")]
        self.judged("sign --offline", self.measured("sign", *self.token_args(), *args, "--offline", folder,
                                                    "--allow-cached", "--level", "lt", "in.pdf", "out.pdf"))
        self.holds("out.pdf")

    def test_signed_revocation_data_have_no_room_for_it(self):
        self.settle()
        result = self.measured("sign", *self.token_args(), *self.services(), "--sub-filter", "adbe", "in.pdf", "out.pdf",
                               code=65)
        self.assertIn(b"too large to be signed", result["stderr"])
        self.judged("sign --sub-filter adbe", result)
        self.untouched()

    def test_a_full_disk(self):
        """No room for the list: one clear error, and nothing is left."""
        if os.geteuid() != 0:
            self.skipTest("SKIPPED: a small file system can be mounted by root only")
        small = self.path("small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", small], capture_output=True,
                          check=False).returncode != 0:
            self.skipTest("SKIPPED: nothing can be mounted here")
        self.addCleanup(subprocess.run, ["umount", small], check=True)
        self.settle()
        run = self.pades("sign", *self.token_args(), *self.services(), "--level", "lt", "in.pdf", "out.pdf",
                         env={"TMPDIR": small})
        self.fails(run, 73, "cannot write a temporary file in '.*small'", "make room there")
        self.untouched()
        self.assertEqual(os.listdir(small), [])

    def test_no_folder(self):
        run = self.pades("sign", *self.token_args(), *self.services(), "--level", "lt", "in.pdf", "out.pdf",
                         env={"TMPDIR": self.path("nowhere")})
        self.fails(run, 73, "cannot make a temporary file in '.*nowhere'", "TMPDIR")
        self.assertFalse(os.path.exists(self.path("out.pdf")))


if __name__ == "__main__":
    laws.main()
