"""Timestamps: what a bad authority does, row by row. A failure never gives a silent level b: it fails,
or the next --tsa is asked."""

import os
import socket
import threading
import time

import harness


class Tsa(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.services = harness.Services()
        cls.addClassCleanup(cls.services.stop)

    def stamp(self, *args, fault="", trust=True, timeout="5", **kwargs):
        more = ["--trust", harness.TRUST] if trust else []
        return self.sign(
            "--tsa", self.services.tsa(fault), "--timeout", timeout, *more, *args, "in.pdf", **kwargs
        )

    def refused(self, fault, message, hint=".", code=69, **kwargs):
        with self.subTest(fault):
            self.fails(self.stamp(fault=fault, **kwargs), code, message, hint)
            self.untouched()

    def stamped(self, fault="", more=(), **kwargs):
        run = self.succeeds(self.stamp("--json", "--force", *more, fault=fault, **kwargs))
        self.assertEqual(run.object["level"], "B-T")
        self.assertEqual(len(run.object["timestamps"]), 1)
        self.is_sealed("in-signed.pdf", level="t")
        return run


class Good(Tsa):
    def test_level_t(self):
        before = len(self.services.requests())
        told = self.stamped().object
        self.assertEqual(len(self.services.requests()) - before, 1)
        stamp = told["timestamps"][0]
        self.assertRegex(stamp["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIn("Demonstration Time-Stamping Unit 1", stamp["tsa"])
        self.assertEqual(told["warnings"], [])

    def test_level_b_asks_nobody(self):
        before = len(self.services.requests())
        self.assertEqual(self.succeeds(self.stamp("--level", "b", "--json")).object["level"], "B-B")
        self.assertEqual(len(self.services.requests()), before)

    def test_kinds_of_good_answers(self):
        for fault in ("rsa", "granted-mods", "fraction", "redirect?to=/tsa"):
            with self.subTest(fault):
                self.stamped(fault)

    def test_imprint_is_sha256_whatever_the_digest(self):
        for key in ("seal-p384", "seal-p521"):  # the byte rules look at the imprint
            with self.subTest(key):
                self.stamped(key=f"pkcs11:token=seal;object={key}")
        run = self.stamped(key="pkcs11:token=seal;object=seal-rsa3072", more=["--digest", "sha512"])
        self.assertEqual(run.object["digest"], "sha512")

    def test_policy(self):
        self.fails(self.stamp("--tsa-policy", "1.2.3.4.5"), 69, ".", ".")
        self.fails(self.stamp("--tsa-policy", "x"), 64, ".")
        self.untouched()

    def test_audit_line_names_the_tsa(self):
        self.succeeds(self.stamp("--audit", "log"))
        self.assertIn(f'tsa="{self.services.tsa()}"', self.read("log").decode())

    def test_without_anchors_there_is_a_warning(self):
        run = self.stamped(trust=False)
        self.assertRegex(run.object["warnings"][0], "no --trust|not checked against an anchor")
        self.assertIn("pades: warning: ", run.err)

    def test_clock_off_by_more_than_five_minutes_warns(self):
        for offset in (400, -400):
            run = self.stamped(f"clock?offset={offset}")
            self.assertRegex(run.object["warnings"][0], "differ by more than five minutes")
        self.assertEqual(self.stamped("clock?offset=200").object["warnings"], [])

    def test_next_authority_is_asked(self):
        run = self.succeeds(
            self.sign(
                "--json",
                "--tsa",
                "http://127.0.0.1:1/",
                "--tsa",
                self.services.tsa("html"),
                "--tsa",
                self.services.tsa(),
                "--trust",
                harness.TRUST,
                "in.pdf",
            )
        )
        self.assertEqual(
            (run.object["level"], run.object["timestamps"][0]["url"]), ("B-T", self.services.tsa())
        )
        self.is_sealed("in-signed.pdf", level="t")

    def test_batch(self):
        os.mkdir(self.path("out"))
        for name in "ab":
            self.write(f"{name}.pdf", self.read("in.pdf"))
        run = self.sign(
            "--json",
            "--output-dir",
            "out",
            "--tsa",
            self.services.tsa(),
            "--trust",
            harness.TRUST,
            "a.pdf",
            "b.pdf",
        )
        self.assertEqual([o["level"] for o in self.succeeds(run).objects], ["B-T", "B-T"])

    def big_batch(self, *names, fault="big?bytes=30000", more=()):
        """Requests, signatures and the objects of a batch at an authority whose tokens are large."""
        if not os.path.isdir(self.path("out")):
            os.mkdir(self.path("out"))
        for name in names:
            if not os.path.exists(self.path(name)):
                self.write(name, self.read("in.pdf"))
        before, signed = len(self.services.requests()), len(self.calls("C_Sign"))
        run = self.faulty("--json", "--force", "--output-dir", "out", "--tsa", self.services.tsa(fault), "--trust",
                          harness.TRUST, *more, *names)
        return (len(self.services.requests()) - before, len(self.calls("C_Sign")) - signed, run.objects)

    def test_first_of_a_batch_tells_the_others_how_large_tokens_are(self):
        names = [f"{i}.pdf" for i in range(5)]
        asked, signed, told = self.big_batch(*names)
        self.assertEqual([o.get("level") for o in told], ["B-T"] * 5)
        self.assertEqual((asked, signed), (6, 6))  # the first may need two
        for name in names:
            self.is_sealed(f"out/{name[:-4]}-signed.pdf", name, level="t")
        asked, signed, told = self.big_batch(*names)  # known from the run before
        self.assertEqual((asked, signed, len(told)), (5, 5, 5))

    def test_next_of_a_batch_tells_when_the_first_is_a_bad_file(self):
        for bad in ("0.pdf", "1.pdf"):
            self.write(bad, "not a PDF")
        asked, signed, told = self.big_batch(*[f"{i}.pdf" for i in range(5)])
        self.assertEqual([o.get("level") for o in told], [None, None, "B-T", "B-T", "B-T"])
        self.assertEqual((asked, signed), (4, 4))

    def test_batch_goes_on_when_the_first_learns_nothing(self):
        asked, signed, told = self.big_batch(*[f"{i}.pdf" for i in range(5)], fault="none")
        self.assertEqual([o["error"]["status"] for o in told], ["SERVICE_FAILED"] * 5)
        self.assertEqual((asked, signed), (5, 5))

    def test_key_that_is_gone_while_others_wait(self):
        self.faults("fail C_Sign CKR_DEVICE_REMOVED 100 0")
        asked, signed, told = self.big_batch(*[f"{i}.pdf" for i in range(5)])
        self.assertEqual([o["error"]["status"] for o in told], ["TOKEN_REMOVED"] * 5)
        self.assertEqual((asked, signed), (0, 1))

    def test_size_learned_is_kept_in_the_cache_of_the_user(self):
        self.stamped()
        self.assertTrue(os.listdir(os.path.join(self.home, ".cache", "pades")))
        first = os.path.getsize(self.path("in-signed.pdf"))
        self.stamped()
        self.assertLess(os.path.getsize(self.path("in-signed.pdf")), first)


class Bad(Tsa):
    def test_down(self):
        self.fails(self.sign("--tsa", "http://127.0.0.1:1/", "in.pdf"), 69, "cannot connect", ".")
        self.fails(self.sign("--tsa", "http://nowhere.invalid/", "in.pdf"), 69, "nowhere.invalid", ".")
        self.untouched()

    def test_https_where_there_is_no_tls(self):
        run = self.sign("--tsa", self.services.tsa().replace("http:", "https:"), "in.pdf")
        self.fails(run, 69, r"the TLS handshake with '127\.0\.0\.1' port \d+ failed: .*SSL", "no TLS.*http://")
        self.untouched()

    def test_slow(self):
        self.refused("slow?ms=4000", "within the time allowed", "more time|--timeout", timeout="1")
        self.refused("hang", "within the time allowed", timeout="1")
        self.refused("drip?ms=1000", "within the time allowed", timeout="1")

    def test_html_instead_of_a_token(self):
        self.refused("html", "web page", "proxy|login page")
        self.refused("wrong-type", "text/plain")

    def test_wrong_nonce(self):
        self.refused("wrong-nonce", "nonce")

    def test_wrong_imprint(self):
        self.refused("wrong-imprint", "imprint")

    def test_rejected(self):
        self.refused("rejected", r"rejection, timeNotAvailable.*no time for you today")

    def test_signer_without_the_usage(self):
        self.refused("no-eku", "not for time-stamping", "--tsa")

    def test_signer_that_does_not_chain(self):
        self.refused("stranger", "trust anchor", "trust")
        self.stamped("stranger", trust=False)

    def test_expired_signer_and_missing_certificate(self):
        self.refused("expired", "not valid")
        self.refused("no-cert", "certificate of its signer is missing")

    def test_large_answer(self):
        self.refused("huge", "larger than the 1048576 bytes")

    def test_broken_answers(self):
        for fault in ("cut", "short", "trailing", "empty"):
            self.refused(fault, "cut off|not a timestamp response")

    def test_redirects(self):
        self.refused("redirect-file", "file:///etc/passwd', which is refused")
        self.refused("redirect-loop", "circle")

    def test_status_codes(self):
        self.refused("500", "HTTP status 500")
        self.refused("none", "HTTP status 404", "path of the URL")
        self.refused("429?retry=7", "too many requests", "7 seconds", code=75)
        self.refused("503", "not available now", "later", code=75)
        self.refused("503?retry=7", "not available now", "7 seconds", code=75)

    def test_asked_again_when_that_may_help(self):
        for fault, requests in (("500+first=2", 3), ("cut+first=1", 2), ("429=1+first=1", 2), ("503=1+first=1", 2)):
            with self.subTest(fault):
                before = len(self.services.requests())
                self.assertEqual(self.stamped(fault).object["warnings"], [])
                self.assertEqual(len(self.services.requests()) - before, requests)

    def test_asked_three_times_at_most(self):
        for fault in ("500", "cut", "429=1"):
            with self.subTest(fault):
                before = len(self.services.requests())
                self.refused(fault, ".", code=75 if fault == "429=1" else 69)
                self.assertEqual(len(self.services.requests()) - before, 3)

    def test_next_authority_when_the_first_wants_a_long_pause(self):
        before = len(self.services.requests())
        other = harness.Services()
        self.addCleanup(other.stop)
        began = time.monotonic()
        run = self.stamped("429=20", more=["--tsa", other.tsa()])
        self.assertEqual(run.object["timestamps"][0]["url"], other.tsa())
        self.assertRegex(run.object["warnings"][0], "too many requests")
        self.assertEqual(len(self.services.requests()) - before, 1)
        self.assertLess(time.monotonic() - began, 5)

    def test_pause_holds_for_a_batch(self):
        os.mkdir(self.path("out"))
        names = [f"{name}.pdf" for name in "abcd"]
        for name in names:
            self.write(name, self.read("in.pdf"))
        before = len(self.services.requests())
        run = self.sign(
            "--json", "--output-dir", "out", "--tsa", self.services.tsa("429=30"), "--trust", harness.TRUST,
            "--timeout", "5", "--tsa-rate", "2/1", *names,
        )
        self.assertEqual([o["error"]["status"] for o in run.objects], ["TRY_LATER"] * 4)
        self.assertEqual(len(self.services.requests()) - before, 1)

    def test_rate(self):
        os.mkdir(self.path("out"))
        names = [f"{name}.pdf" for name in "abcdef"]
        for name in names:
            self.write(name, self.read("in.pdf"))
        began = time.monotonic()
        run = self.sign(
            "--json", "--output-dir", "out", "--tsa", self.services.tsa(), "--trust", harness.TRUST,
            "--tsa-rate", "3/1", *names,
        )
        self.assertEqual([o["level"] for o in self.succeeds(run).objects], ["B-T"] * 6)
        self.assertGreater(time.monotonic() - began, 5 / 3)
        for bad in ("3", "3/", "/1", "0/1", "1/0", "-1/1", "1/1/1", "1/ 1", "99999999999/1", "1/99999"):
            with self.subTest(bad):
                self.fails(self.stamp("--tsa-rate", bad), 64, "N/SECONDS|a rate is 1 to 86400")
        self.fails(self.stamp("--tsa-rate", "1/1", "--tsa-rate", "2/1"), 64, "more --tsa-rate than --tsa")

    def test_credentials_over_plain_http(self):
        self.write("pass", "secret\n", 0o600)
        self.settle()
        before = len(self.services.requests())
        run = self.stamp("--tsa-user", "demo", "--tsa-pass-file", "pass", fault="auth")
        self.fails(run, 69, "credentials are not sent over plain http", "https")
        self.assertEqual(len(self.services.requests()), before)
        self.untouched()

    def test_bearer_token(self):
        self.write("token", "token.of-demo\n", 0o600)
        self.settle()
        args = ("--tsa-bearer-file", "token")
        self.fails(self.stamp(*args, fault="bearer"), 69, "credentials are not sent over plain http", "--insecure-auth")
        self.untouched()
        run = self.stamped("bearer", more=[*args, "--insecure-auth"])
        self.assertRegex(run.object["warnings"][0], "sent over plain http")
        self.assertNotIn("token.of-demo", run.out + run.err)
        run = self.fails(self.stamp(*args, "--insecure-auth", "--verbose", "--force", fault="500"), 69, "HTTP status 500")
        self.assertNotIn("token.of-demo", run.out + run.err)
        self.fails(self.stamp("--insecure-auth", "--force", fault="bearer"), 69, "HTTP status 401", "token")
        self.write("pass", "secret\n", 0o600)
        run = self.stamped("auth", more=["--insecure-auth", "--tsa-user", "demo", "--tsa-pass-file", "pass"])
        self.assertRegex(run.object["warnings"][0], "sent over plain http")

    def test_bearer_tokens_that_do_not_fit(self):
        for name, text in (("empty", ""), ("space", "a b\n"), ("control", "a\x1b\n"), ("long", "x" * 8193)):
            self.write(name, text, 0o600)
        self.write("token", "token.of-demo\n", 0o600)
        self.settle()
        insecure = ("--insecure-auth", "--tsa-bearer-file")
        self.fails(self.stamp(*insecure, "empty"), 78, "no token in 'empty'")
        self.fails(self.stamp(*insecure, "long"), 78, "longer than 8192 bytes")
        for name in ("space", "control"):
            self.fails(self.stamp(*insecure, name), 64, "neither spaces nor control characters")
        self.fails(
            self.stamp(*insecure, "token", "--tsa-user", "demo", "--tsa-pass-file", "token"), 64, "exclude each other"
        )
        self.fails(self.stamp(*insecure, "none"), 78, "none")
        os.chmod(self.path("token"), 0o644)
        self.fails(self.stamp(*insecure, "token"), 78, "may read", "chmod 600")

    def test_authority_whose_certificate_expires_soon(self):
        run = self.stamped("clock?offset=%d" % (3 * 365 * 86400 - 20 * 86400))
        self.assertTrue(any("expires soon" in w for w in run.object["warnings"]), run.object["warnings"])

    def test_credentials_in_the_url(self):
        run = self.fails(
            self.sign("--tsa", "https://demo:hunter2@tsa.example/", "in.pdf"),
            64,
            "must not hold a user name",
            "--tsa-user",
        )
        self.assertNotIn("hunter2", run.err)
        run = self.fails(
            self.sign("--proxy", "http://demo:hunter2@proxy.example/", "in.pdf"), 64, "--proxy must not hold"
        )
        self.assertNotIn("hunter2", run.err)

    def test_credentials_that_do_not_fit(self):
        self.write("pass", "secret\n", 0o600)
        self.settle()
        self.fails(self.stamp("--tsa-user", "demo"), 64, "--tsa-user and --tsa-pass-file belong together")
        self.fails(self.stamp("--tsa-cert", "x"), 64, "--tsa-cert and --tsa-key belong together")
        self.fails(
            self.stamp("--tsa-user", "a", "--tsa-user", "b", "--tsa-pass-file", "pass"),
            64,
            "more --tsa-user than --tsa",
        )
        os.chmod(self.path("pass"), 0o644)
        self.fails(self.stamp("--tsa-user", "demo", "--tsa-pass-file", "pass"), 78, "may read", "chmod 600")
        self.untouched("pass")

    def test_addresses_that_are_none(self):
        for url in ("ftp://tsa.example/", "file:///etc/passwd", "tsa.example", "http://", ""):
            with self.subTest(url):
                self.fails(self.sign("--tsa", url, "in.pdf"), 64, ".")

    def test_all_fail_never_level_b(self):
        run = self.sign("--json", "--tsa", "http://127.0.0.1:1/", "--tsa", self.services.tsa("500"), "in.pdf")
        self.assertEqual(run.code, 69, run)
        self.assertEqual(run.object["error"]["status"], "SERVICE_FAILED")
        self.untouched()

    def test_anchors_that_are_none(self):
        self.fails(self.sign("--trust", "in.pdf", "in.pdf"), 78, "'in.pdf': no certificate", ".")
        self.fails(self.sign("--trust", "none.pem", "in.pdf"), 66, "none.pem")
        self.untouched()

    def test_proxy_of_the_environment_is_not_read(self):
        asked = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            try:
                connection, _ = listener.accept()
                asked.append(1)
                connection.close()
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        run = self.stamp("--json", env={"http_proxy": proxy, "ALL_PROXY": proxy})
        self.assertEqual(self.succeeds(run).object["level"], "B-T")
        self.assertEqual(asked, [])
        self.fails(self.stamp("--proxy", proxy, "--force"), 69, ".")
        self.assertEqual(asked, [1])


if __name__ == "__main__":
    harness.main()
