"""Levels lt and lta from the start: what a verifier will need is in the file, or there is no file. The
signer's status is asked for before its key is used, and in a batch nobody is asked twice."""

import contextlib
import http.server
import os
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import harness


class World:
    """A PKI whose certificates name the services that run here, a token with its keys."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="pades-levels-")
        self.pki, self.hsm = os.path.join(self.dir, "pki"), os.path.join(self.dir, "hsm")
        self.log = os.path.join(self.dir, "log")
        support = harness.SUPPORT
        subprocess.run([os.path.join(support, "pades-mkpki"), self.pki, "--base-url", "auto"], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([os.path.join(harness.SOURCE, "tests", "support", "softhsm.sh"), self.hsm, self.pki, "--keys",
                        "seal-p256 revoked"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "PADES_P11LOAD": os.path.join(support, "pades-p11load")})
        with open(os.path.join(self.pki, "base-url"), encoding="utf-8") as f:
            self.base = f.read().strip()
        self.start()

    def start(self):
        self.process = subprocess.Popen([os.path.join(harness.SUPPORT, "pades-testd"), "--pki", self.pki, "--log",
                                         self.log])
        port = self.base.rsplit(":", 1)[1]
        for _ in range(500):
            if subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], check=False,
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def requests(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as f:
            return f.read().splitlines()

    def clear(self):
        self.stop()
        shutil.rmtree(self.dir)


@contextlib.contextmanager
def second_time(base, fault):
    """An authority that gives one good timestamp, then none."""

    class Handler(http.server.BaseHTTPRequestHandler):
        asked = 0

        def do_POST(self):  # pylint: disable=invalid-name
            Handler.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            url = base + "/tsa" + ("/" + fault if Handler.asked > 1 else "")
            try:
                with urllib.request.urlopen(urllib.request.Request(
                        url, body, {"Content-Type": self.headers["Content-Type"]}), timeout=20) as got:
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

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
        server.shutdown()


@contextlib.contextmanager
def openssl_tsa(pki, unit, policy="1.3.6.1.4.1.99999.2.7"):
    """An authority of another maker: `openssl ts` answers, a few lines of HTTP are around it."""

    folder = tempfile.mkdtemp(prefix="pades-openssl-tsa-")
    config = os.path.join(folder, "tsa.cnf")
    with open(os.path.join(folder, "serial"), "w", encoding="ascii") as f:
        f.write("0B5E01\n")
    with open(config, "w", encoding="ascii") as f:
        f.write(f"""[tsa]
default_tsa = unit
[unit]
serial = {folder}/serial
signer_cert = {pki}/{unit}.pem
signer_key = {pki}/{unit}.key
certs = {pki}/{unit}.chain.pem
signer_digest = sha384
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
""")

    class Handler(http.server.BaseHTTPRequestHandler):
        asked = 0
        lock = threading.Lock()  # it counts its serial numbers in a file

        def do_POST(self):  # pylint: disable=invalid-name
            with Handler.lock:
                Handler.asked += 1
                query, reply = os.path.join(folder, "query"), os.path.join(folder, "reply")
                with open(query, "wb") as f:
                    f.write(self.rfile.read(int(self.headers["Content-Length"])))
                done = subprocess.run(["openssl", "ts", "-reply", "-config", config, "-queryfile", query, "-out", reply],
                                      capture_output=True, check=False)
                body = b""
                if os.path.exists(reply):
                    with open(reply, "rb") as f:
                        body = f.read()
                    os.unlink(reply)
            self.send_response(200 if body else 500)
            self.send_header("Content-Type", "application/timestamp-reply" if body else "text/plain")
            body = body or done.stderr
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", Handler
        server.shutdown()
    shutil.rmtree(folder)


class Levels(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = World()
        cls.addClassCleanup(cls.world.clear)

    def setUp(self):
        super().setUp()
        shutil.rmtree(self.path("hsm"))
        shutil.copytree(self.world.hsm, self.path("hsm"))
        text = re.sub(r"directories.tokendir = .*", f"directories.tokendir = {self.path('hsm', 'tokens')}",
                      self.read("hsm/softhsm2.conf").decode())
        self.write("hsm/softhsm2.conf", text)
        self.asked = len(self.world.requests())

    def raise_to(self, level, *args, trust=True, allow=True, tsa=None, **kwargs):
        more = ["--trust", os.path.join(self.world.pki, "root.pem")] if trust else []
        more += ["--allow-host", "127.0.0.1"] if allow else []
        return self.sign("--level", level, "--tsa", tsa or self.world.base + "/tsa", *more, *args, timeout=120, **kwargs)

    def seen(self, path):
        """How often a path below the services was asked for since setUp."""
        lines = self.world.requests()[self.asked:]
        return sum(1 for line in lines if line.split()[1].split("?")[0].rstrip("/") == path
                   or line.split()[1].startswith(path + "/"))

    def facts(self, name):
        return self.inspect(name)["facts"] if "facts" in self.inspect(name) else self.inspect(name)


class AnotherMaker(Levels):
    """Two makers' authorities side by side."""

    unit = "tsa-rsa"

    def serials(self, told):
        return [stamp["serial"].upper().lstrip("0") for stamp in told["timestamps"]]

    def judged(self, name, pairs):
        """Both readers of tokens that are not ours find them good."""
        data = self.read(name)
        ranges = [tuple(map(int, r)) for r in re.findall(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) ?\]", data)]
        self.assertEqual(len(ranges), pairs)
        told = subprocess.run(["pdfsig", "-nocert", self.path(name)], capture_output=True, text=True, check=False).stdout
        self.assertIn("Signature is Valid.", told)
        for _, a, b, c in ranges[1:]:
            token = bytes.fromhex(data[a + 1 : b - 1].decode())
            self.write("token", token[: 4 + int.from_bytes(token[2:4], "big")])
            self.write("covered", data[:a] + data[b : b + c])
            done = subprocess.run(
                ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "covered", "-CAfile",
                 os.path.join(self.world.pki, "root.pem"), "-untrusted", os.path.join(self.world.pki, "issuing.pem")],
                cwd=self.dir, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_level(self):
        for level, stamps, fields in (("t", 1, 1), ("lt", 1, 1), ("lta", 2, 2)):
            with self.subTest(level=level), openssl_tsa(self.world.pki, self.unit) as (url, there):
                before = self.seen("/tsa")
                told = self.succeeds(self.raise_to(level, "--json", "in.pdf", level + ".pdf", tsa=url)).object
                self.assertEqual((told["level"], told["warnings"]), ("B-" + level.upper(), []))
                self.assertEqual((there.asked, self.seen("/tsa")), (stamps, before))
                self.assertEqual(self.serials(told), [f"B5E{n:02X}" for n in range(2, 2 + stamps)])
                self.assertEqual({stamp["url"] for stamp in told["timestamps"]}, {url})
                self.judged(level + ".pdf", fields)

    def test_the_first_that_answers(self):
        """In the order that was given, in both directions; a refusal and a broken one alike."""
        good = self.world.base + "/tsa"
        with openssl_tsa(self.world.pki, self.unit) as (url, there):
            for n, (first, second, wanted) in enumerate(((good, url, good), (url, good, url), (good + "/500", url, url),
                                                         (good + "/hang", url, url), (url + "?", good, url))):
                with self.subTest(n=n):
                    run = self.raise_to("t", "--tsa", second, "--timeout", "2", "--json", "in.pdf", f"{n}.pdf", tsa=first)
                    told = self.succeeds(run).object
                    self.assertEqual(told["timestamps"][0]["url"].rstrip("?"), wanted)
            asked = there.asked
            self.assertEqual(asked, 4)
        with openssl_tsa(self.world.pki, "no-such-unit") as (url, there):
            told = self.succeeds(self.raise_to("lta", "--tsa", good, "--json", "in.pdf", "x.pdf", tsa=url)).object
            self.assertEqual({stamp["url"] for stamp in told["timestamps"]}, {good})
            self.assertGreaterEqual(there.asked, 1)

    def test_what_it_refuses(self):
        """A policy that it does not know: its own answer says so, and the next one is asked."""
        with openssl_tsa(self.world.pki, self.unit) as (url, there):
            run = self.raise_to("t", "--tsa-policy", "1.3.6.1.4.1.99999.2.8", "in.pdf", "out.pdf", tsa=url)
            self.fails(run, 69, "polic|refuse|reject")
            self.assertGreaterEqual(there.asked, 1)
            self.assertFalse(os.path.exists(self.path("out.pdf")))
            run = self.raise_to("t", "--tsa-policy", "1.3.6.1.4.1.99999.2.7", "--json", "in.pdf", "out.pdf", tsa=url)
            self.assertEqual(self.succeeds(run).object["level"], "B-T")

    def test_extend_by_the_other(self):
        """What one stamped is raised and renewed with the other's, and back."""
        self.succeeds(self.raise_to("t", "in.pdf", "t.pdf"))
        extend = ["extend", "--level", "lta", "--trust", os.path.join(self.world.pki, "root.pem"), "--allow-host",
                  "127.0.0.1", "--json"]
        with openssl_tsa(self.world.pki, self.unit) as (url, there):
            for n, (tsa, source, output) in enumerate(((url, "t.pdf", "1.pdf"), (self.world.base + "/tsa", "1.pdf", "2.pdf"),
                                                       (url, "2.pdf", "3.pdf"))):
                told = self.succeeds(self.pades(*extend, "--tsa", tsa, source, output)).object
                self.assertEqual((told["level"], told["warnings"]), ("B-LTA", []), n)
            self.assertEqual(there.asked, 2)
        self.judged("3.pdf", 4)


class Good(Levels):
    def test_lt(self):
        told = self.succeeds(self.raise_to("lt", "--json", "in.pdf", "out.pdf")).object
        self.assertEqual((told["level"], len(told["timestamps"]), told["warnings"]), ("B-LT", 1, []))
        self.assertEqual(self.seen("/tsa"), 1)
        self.is_lasting("out.pdf", stamps=0)

    def test_lta(self):
        told = self.succeeds(self.raise_to("lta", "--json", "in.pdf", "out.pdf")).object
        self.assertEqual((told["level"], len(told["timestamps"]), told["warnings"]), ("B-LTA", 2, []))
        self.assertEqual(self.seen("/tsa"), 2)
        self.is_lasting("out.pdf", stamps=1)

    def test_a_responder_of_ones_own(self):
        own = self.world.base.replace("127.0.0.1", "localhost") + "/at/1/ocsp"
        told = self.succeeds(self.raise_to("lt", "--json", "--ocsp-url", own, "in.pdf", "out.pdf")).object
        self.assertEqual(told["level"], "B-LT")
        self.assertGreaterEqual(self.seen("/at/1/ocsp"), 1)
        self.assertEqual(self.seen("/ocsp"), 0)
        self.is_lasting("out.pdf", stamps=0)
        for bad in ("ftp://127.0.0.1/", "ocsp", "http://u:p@127.0.0.1/"):
            self.fails(self.raise_to("lt", "--force", "--ocsp-url", bad, "in.pdf", "bad.pdf"), 64, "OCSP responder")
        os.mkdir(self.path("folder"))
        for run in (self.raise_to("lt", "--offline", "folder", "--ocsp-url", own, "in.pdf", "bad.pdf"),
                    self.pades("extend", "--level", "lt", "--trust", os.path.join(self.world.pki, "root.pem"),
                               "--offline", "folder", "--ocsp-url", own, "out.pdf", "bad.pdf")):
            self.fails(run, 64, "nobody is asked offline", "one of --offline and --ocsp-url")

    def openssl_index(self):
        """The status of the certificates as `openssl ca` keeps it."""
        lines = []
        for name in ("seal-p256", "revoked", "tsa", "ocsp"):
            text = subprocess.run(["openssl", "x509", "-in", os.path.join(self.world.pki, name + ".pem"), "-noout", "-serial"],
                                  capture_output=True, text=True, check=True).stdout
            gone = ("R", "250101000000Z,keyCompromise") if name == "revoked" else ("V", "")
            lines.append("\t".join((gone[0], "491231235959Z", gone[1], text.strip().split("=")[1], "unknown", "/CN=" + name)))
        return self.write("index", "\n".join(lines) + "\n")

    def test_the_responder_of_openssl(self):
        """A server that is not ours."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        name = lambda part: os.path.join(self.world.pki, part)  # noqa: E731
        server = subprocess.Popen(["openssl", "ocsp", "-port", str(port), "-index", self.openssl_index(), "-CA",
                                   name("issuing.pem"), "-rkey", name("ocsp.key"), "-rsigner", name("ocsp.pem"),
                                   "-ndays", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(lambda: (server.kill(), server.communicate()))
        while "waiting" not in server.stdout.readline():  # a connection without a request would stop it
            self.assertIsNone(server.poll())
        url = f"http://127.0.0.1:{port}/"
        told = self.succeeds(self.raise_to("lt", "--json", "--ocsp-url", url, "in.pdf", "out.pdf")).object
        self.assertEqual(told["level"], "B-LT")
        self.assertEqual(self.seen("/ocsp") + self.seen("/crl/issuing.crl"), 0)
        self.is_lasting("out.pdf", stamps=0)
        run = self.raise_to("lt", "--ocsp-url", url, "in.pdf", "no.pdf", key="pkcs11:token=seal;object=revoked")
        self.fails(run, 77, "revoked")

    def test_an_authority_that_sends_its_own_certificate_alone(self):
        """Its issuer is fetched from where the certificate says; without that address there is no way."""
        self.settle()
        for level in ("t", "lta"):
            told = self.succeeds(self.raise_to(level, "--json", "in.pdf", level + ".pdf",
                                               tsa=self.world.base + "/tsa/leaf-only")).object
            self.assertEqual((told["level"], told["warnings"]), ("B-" + level.upper(), []))
            self.assertGreaterEqual(self.seen("/ca"), 1)
        self.is_lasting("lta.pdf", stamps=1)
        run = self.raise_to("t", "in.pdf", "no.pdf", allow=False, tsa=self.world.base + "/tsa/leaf-only",
                            env={"HOME": self.path("hsm")})
        self.fails(run, 69, "does not lead to a trust anchor.*is refused", "--allow-host")
        self.untouched("t.pdf", "lta.pdf")

    def test_the_issuer_of_an_authority_comes_from_the_folder(self):
        """--offline asks nobody but the authority itself."""
        os.mkdir(self.path("folder"))
        alone = {"tsa": self.world.base + "/tsa/leaf-only", "env": {"HOME": self.path("hsm")}}
        run = self.raise_to("t", "--offline", "folder", "in.pdf", "no.pdf", **alone)
        self.fails(run, 69, "does not lead to a trust anchor")
        shutil.copy(os.path.join(self.world.pki, "issuing.pem"), self.path("folder"))
        told = self.succeeds(self.raise_to("t", "--json", "--offline", "folder", "in.pdf", "t.pdf", **alone)).object
        self.assertEqual(told["level"], "B-T")
        self.assertEqual(self.seen("/ca"), 0)

    def test_a_second_seal_keeps_the_first(self):
        self.succeeds(self.raise_to("lta", "in.pdf", "one.pdf"))
        self.succeeds(self.raise_to("lta", "one.pdf", "two.pdf"))
        self.assertTrue(self.read("two.pdf").startswith(self.read("one.pdf")))
        self.is_lasting("two.pdf", stamps=2)

    def test_in_place(self):
        before = self.read("in.pdf")
        self.succeeds(self.raise_to("lta", "--in-place", "in.pdf"))
        self.assertTrue(self.read("in.pdf").startswith(before))
        self.is_lasting("in.pdf", stamps=1)

    def test_in_two_steps(self):
        self.succeeds(self.pades("prepare", "--cert", os.path.join(self.world.pki, "seal-p256.chain.pem"), "--level", "lt",
                                 "--tsa", self.world.base + "/tsa", "--trust", os.path.join(self.world.pki, "root.pem"),
                                 "--allow-host", "127.0.0.1", "--state", "state", "--tbs", "tbs", "in.pdf"))
        subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.path.join(self.world.pki, "seal-p256.key"), "-out",
                        self.path("signature"), self.path("tbs")], check=True)
        told = self.succeeds(self.pades("finish", "--json", "--state", "state", "--signature", "signature", "--tsa",
                                        self.world.base + "/tsa", "--trust", os.path.join(self.world.pki, "root.pem"),
                                        "--allow-host", "127.0.0.1", "in.pdf", "out.pdf")).object
        self.assertEqual(told["level"], "B-LT")
        self.is_lasting("out.pdf", stamps=0)

    def is_lasting(self, name, stamps):
        checked = subprocess.run(["qpdf", "--check", self.path(name)], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        told = subprocess.run(["pdfsig", "-nocert", self.path(name)], capture_output=True, text=True, check=False).stdout
        self.assertIn("Signature is Valid.", told)
        seen = self.inspect(name)
        kinds = [s["type"] for s in seen["signatures"]]
        self.assertEqual(kinds.count("doctimestamp"), stamps, seen["signatures"])
        told = self.succeeds(self.pades("inspect", "--ltv", "--json", name)).object
        for one in told["signatures"][:1]:
            self.assertTrue(one["ltv"]["enabled"], one["ltv"])
            roles = [c["role"] for c in one["ltv"]["conditions"]]
            self.assertEqual((roles[0], roles.count("timestamp")), ("signer", 1))
            self.assertIn("root", [c["status"] for c in one["ltv"]["conditions"]])


class Inspected(Levels):
    def conditions(self, name):
        told = self.succeeds(self.pades("inspect", "--ltv", "--json", name)).object
        return told["signatures"][0]["ltv"]

    def test_what_is_missing_is_told(self):
        self.succeeds(self.sign("in.pdf", "b.pdf"))
        ltv = self.conditions("b.pdf")
        self.assertFalse(ltv["enabled"])
        self.assertEqual([(c["role"], c["status"], c["met"]) for c in ltv["conditions"]][0], ("signer", None, False))
        text = self.succeeds(self.pades("inspect", "--ltv", "b.pdf")).out
        self.assertRegex(text, r"LTV +no\n +missing +signer '.*': no OCSP answer and no CRL")
        self.assertNotIn("LTV", self.succeeds(self.pades("inspect", "b.pdf")).out)
        self.assertNotIn("ltv", self.inspect("b.pdf")["signatures"][0])

    def test_by_lists(self):
        self.succeeds(self.raise_to("lt", "--prefer", "crl", "in.pdf", "out.pdf"))
        ltv = self.conditions("out.pdf")
        self.assertTrue(ltv["enabled"], ltv)
        self.assertEqual({c["status"] for c in ltv["conditions"]}, {"CRL", "root"})
        self.assertEqual(self.seen("/ocsp"), 0)


class Adobe(Levels):
    """--sub-filter adbe: what is known of the signer's status is signed with it."""

    def adbe(self, *args, level=None, **kwargs):
        more = ["--level", level, "--tsa", self.world.base + "/tsa"] if level else []
        return self.sign("--sub-filter", "adbe", "--trust", os.path.join(self.world.pki, "root.pem"), "--allow-host",
                         "127.0.0.1", *more, *args, timeout=120, **kwargs)

    def test_the_attribute(self):
        told = self.succeeds(self.adbe("--json", "in.pdf", "out.pdf")).object
        self.assertEqual(told["level"], "PKCS7-B")
        self.assertRegex(told["warnings"][0], "gathered at 20..-.*, before the signature")
        seen = self.succeeds(self.pades("inspect", "--json", "--ltv", "out.pdf")).object["signatures"][0]
        self.assertEqual(seen["sub_filter"], "adbe.pkcs7.detached")
        self.assertTrue(seen["ltv"]["enabled"], seen["ltv"])
        text = subprocess.run(["pdfsig", "-nocert", self.path("out.pdf")], capture_output=True, text=True, check=False)
        self.assertIn("Signature is Valid.", text.stdout)
        self.succeeds(self.pades("inspect", "--extract", "parts", "out.pdf"))
        done = subprocess.run("openssl cms -verify -inform DER -in parts/*.cms -content parts/*.bin -binary -CAfile "
                              f"{self.world.pki}/root.pem -purpose any -out /dev/null", shell=True, cwd=self.dir,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_with_levels(self):
        for level, name in (("t", "PKCS7-T"), ("lt", "PKCS7-LT"), ("lta", "PKCS7-LTA")):
            told = self.succeeds(self.adbe("--json", "in.pdf", level + ".pdf", level=level)).object
            self.assertEqual(told["level"], name)

    def test_in_two_steps(self):
        trust = ["--trust", os.path.join(self.world.pki, "root.pem"), "--allow-host", "127.0.0.1"]
        self.succeeds(self.pades("prepare", "--cert", os.path.join(self.world.pki, "seal-p256.chain.pem"), "--sub-filter",
                                 "adbe", *trust, "--state", "state", "--tbs", "tbs", "in.pdf"))
        subprocess.run(["openssl", "dgst", "-sha256", "-sign", os.path.join(self.world.pki, "seal-p256.key"), "-out",
                        self.path("signature"), self.path("tbs")], check=True)
        told = self.succeeds(self.pades("finish", "--json", "--state", "state", "--signature", "signature", "in.pdf",
                                        "out.pdf")).object
        self.assertEqual(told["level"], "PKCS7-B")
        self.assertTrue(self.succeeds(self.pades("inspect", "--json", "--ltv", "out.pdf")).object["signatures"][0]["ltv"]
                        ["enabled"])

    def test_refused(self):
        self.fails(self.sign("--sub-filter", "adbe", "in.pdf"), 64, "needs trust anchors", "--trust")
        self.fails(self.adbe("in.pdf", key="pkcs11:token=seal;object=revoked"), 77, "revoked")
        self.untouched()


class Batch(Levels):
    def test_nobody_is_asked_twice(self):
        names = [f"f{i:02}.pdf" for i in range(20)]
        for name in names:
            shutil.copy(self.path("in.pdf"), self.path(name))
        os.mkdir(self.path("out"))
        run = self.succeeds(self.raise_to("lt", "--json", "--output-dir", "out", *names))
        self.assertEqual([o["level"] for o in run.objects], ["B-LT"] * 20)
        self.assertEqual([o["file"] for o in run.objects], names)
        self.assertEqual(self.seen("/tsa"), 20)
        lines = [line for line in self.world.requests()[self.asked:] if "/tsa" not in line]
        # before the key is used, and after the timestamps; whoever else is asked about is asked about once
        self.assertLessEqual(sum("/ocsp" in line for line in lines), 3, lines)
        self.assertLessEqual(sum("/crl" in line for line in lines), 2, lines)
        self.assertLessEqual(sum("/ca/" in line for line in lines), 2, lines)

    def test_several_sessions(self):
        names = [f"s{i}.pdf" for i in range(8)]
        for name in names:
            shutil.copy(self.path("in.pdf"), self.path(name))
        for level, tokens in (("t", 1), ("lt", 1), ("lta", 2)):
            os.mkdir(self.path(level))
            self.asked = len(self.world.requests())
            run = self.succeeds(self.raise_to(level, "--sessions", "4", "--json", "--output-dir", level, *names))
            self.assertEqual(self.seen("/tsa"), tokens * len(names))
            self.assertEqual([o["level"] for o in run.objects], ["B-" + level.upper()] * len(names))
            self.assertEqual(len(os.listdir(self.path(level))), len(names))
            for name in os.listdir(self.path(level)) if level == "t" else ():
                self.is_sealed(os.path.join(level, name), level="t")

    def test_large_tokens_are_learned_of_by_one_file(self):
        names = [f"b{i}.pdf" for i in range(5)]
        for name in names:
            shutil.copy(self.path("in.pdf"), self.path(name))
        os.mkdir(self.path("out"))
        run = self.succeeds(self.raise_to("lta", "--json", "--output-dir", "out", *names,
                                          tsa=self.world.base + "/tsa/big?bytes=30000"))
        self.assertEqual([o["level"] for o in run.objects], ["B-LTA"] * 5)
        self.assertEqual(self.seen("/tsa"), 11)  # two timestamps a file, and a second try of the first one

    def test_few_files_may_be_open(self):
        """Smaller groups, not failures: each is whole."""
        names = [f"f{i:02}.pdf" for i in range(12)]
        for name in names:
            shutil.copy(self.path("in.pdf"), self.path(name))
        for limit in (64, 40, 28):
            with self.subTest(limit=limit):
                os.mkdir(self.path(f"out{limit}"))
                run = self.raise_to("lt", "--json", "--output-dir", f"out{limit}", *names,
                                    preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
                self.succeeds(run)
                self.assertEqual([o["level"] for o in run.objects], ["B-LT"] * 12)
                self.assertEqual(sorted(os.listdir(self.path(f"out{limit}"))), [n[:-4] + "-signed.pdf" for n in names])

    def test_a_bad_file_stops_no_other(self):
        shutil.copy(self.path("in.pdf"), self.path("a.pdf"))
        self.write("b.pdf", self.read("in.pdf")[:-400])
        shutil.copy(self.path("in.pdf"), self.path("c.pdf"))
        os.mkdir(self.path("out"))
        run = self.raise_to("lta", "--json", "--output-dir", "out", "a.pdf", "b.pdf", "c.pdf")
        self.assertEqual(run.code, 65, run)
        self.assertEqual([o.get("level") for o in run.objects], ["B-LTA", None, "B-LTA"])
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["a-signed.pdf", "c-signed.pdf"])


class Refused(Levels):
    def test_a_revoked_signer_before_its_key_is_used(self):
        run = self.raise_to("lt", "in.pdf", key="pkcs11:token=seal;object=revoked", module=harness.FAULT)
        self.fails(run, 77, "revoked")
        self.assertEqual(self.calls("C_Sign"), [])
        self.assertEqual(self.seen("/tsa"), 0)
        self.untouched()

    def test_a_revoked_signer_before_its_pin_is_used(self):
        """A wrong PIN, which would cost a try, is never sent."""
        self.write("pin", "9999\n", 0o600)
        shutil.copy(self.path("in.pdf"), self.path("too.pdf"))
        os.mkdir(self.path("out"))
        self.settle()
        revoked = {"key": "pkcs11:token=seal;object=revoked", "module": harness.FAULT}
        self.fails(self.raise_to("lt", "in.pdf", **revoked), 77, "revoked")
        self.fails(self.raise_to("lta", "--output-dir", "out", "in.pdf", "too.pdf", **revoked), 77, "revoked")
        self.fails(self.sign("--sub-filter", "adbe", "--trust", os.path.join(self.world.pki, "root.pem"), "--allow-host",
                             "127.0.0.1", "in.pdf", **revoked), 77, "revoked")
        self.assertEqual(self.calls("C_Login"), [])
        self.fails(self.raise_to("lt", "in.pdf"), 77, "PIN")
        self.untouched()

    def test_a_revoked_signer_with_allow_partial_too(self):
        run = self.raise_to("lt", "--allow-partial", "in.pdf", key="pkcs11:token=seal;object=revoked")
        self.fails(run, 77, "revoked")
        self.untouched()

    def test_no_anchors(self):
        self.fails(self.raise_to("lt", "in.pdf", trust=False), 64, "trust anchors", "--trust")
        self.untouched()

    def test_addresses_of_this_machine(self):
        """Certificates name loopback, which the guard refuses unless told otherwise."""
        run = self.raise_to("lt", "in.pdf", allow=False)
        self.fails(run, 69, "is refused", "--allow-host")
        self.assertEqual(self.seen("/ocsp"), 0)
        self.untouched()

    def test_a_certification_without_changes(self):
        self.fails(self.raise_to("lt", "--certify", "1", "in.pdf"), 64, "permits no changes", "certify with 2")
        self.untouched()

    def test_nothing_offline(self):
        os.mkdir(self.path("empty"))
        self.settle()
        run = self.raise_to("lt", "--offline", "empty", "in.pdf", allow=False)
        self.fails(run, 69, "Demo Company")
        self.assertEqual(self.seen("/ocsp") + self.seen("/crl") + self.seen("/ca"), 0)
        self.untouched()

    def test_partly(self):
        os.mkdir(self.path("empty"))
        run = self.raise_to("lta", "--offline", "empty", "--allow-partial", "--json", "in.pdf", "out.pdf", allow=False)
        self.assertEqual(run.code, 4, run)
        self.assertEqual(run.object["level"], "B-T")
        told = [w for w in run.object["warnings"] if "level lt is not reached" in w]
        self.assertEqual(len(told), 1, run)
        for each in ("Invoicing seal P-256' (serial", "the folder holds no OCSP answer and no CRL", "Seal CA' (serial"):
            self.assertIn(each, told[0])
        self.is_sealed("out.pdf", level="t")

    def test_partly_with_an_authority_that_is_wrong_the_second_time(self):
        for fault in ("wrong-imprint", "500"):
            with second_time(self.world.base, fault) as tsa:
                self.fails(self.raise_to("lta", "in.pdf", tsa=tsa), 69, "no timestamp from")
            self.untouched()
            with second_time(self.world.base, fault) as tsa:
                run = self.raise_to("lta", "--allow-partial", "--json", "in.pdf", fault + ".pdf", tsa=tsa)
            self.assertEqual((run.code, run.object["level"]), (4, "B-LT"), run)
            self.assertRegex(run.object["warnings"][0], "level lta is not reached, but lt: no timestamp from 'http.*': .")
            os.remove(self.path(fault + ".pdf"))


if __name__ == "__main__":
    harness.main()
