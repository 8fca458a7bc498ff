"""pades doctor: each thing that can be wrong is really wrong here, and told with what to do; nothing that is
right is told to be wrong; no secret is in what it prints."""

import os
import shutil
import subprocess

import harness



class Doctor(harness.Placed):
    @classmethod
    def setUpClass(cls):
        cls.services = harness.Services()

    @classmethod
    def tearDownClass(cls):
        cls.services.stop()

    def setUp(self):
        super().setUp()
        self.configured("faulty", f"module: {harness.FAULT}")
        self.settle()

    def examine(self, *args, code=0, **kwargs):
        """{id: [check]} of --json. Nothing is changed, nobody logs in, every line that is not ok says what to do."""
        run = self.pades("doctor", "--json", *args, **kwargs)
        self.assertEqual(run.code, code, run)
        self.assertEqual(run.object["result"] == "fail", code == 1, run)
        self.assertEqual(self.calls("C_Login"), [])
        self.untouched()
        found = {}
        for check in run.object["checks"]:
            found.setdefault(check["id"], []).append(check)
        return found

    def told(self, found, name, result, what, todo=None):
        for check in found.get(name, []):
            if check["result"] == result and what in check["what"]:
                if todo is not None:
                    self.assertIsNotNone(check["do"], check)
                    self.assertRegex(check["do"], todo)
                return
        self.fail_with(found, f"no {name} that is {result}: {what}")

    def fail_with(self, found, message):
        lines = [f"{c['result']} {c['id']}: {c['what']} -> {c['do']}" for checks in found.values() for c in checks]
        self.fail(message + "\n" + "\n".join(lines))

    def test_what_works(self):
        found = self.examine("--trust", harness.TRUST)
        self.told(found, "service", "warn", "no reader service", "pcscd")
        self.told(found, "module", "ok", f"module 'faulty' ({harness.FAULT}) works")
        self.told(found, "token", "ok", "token 'seal'")
        self.told(found, "pin", "ok", "PIN of token 'seal': ok")
        self.told(found, "certificate", "ok", "seal P-256' on token 'seal' can sign, to ")
        self.told(found, "certificate", "warn", "seal expired' on token 'seal' ended on ")
        self.told(found, "certificate", "warn", "seal expiring soon' on token 'seal' ends on", "new one")
        self.told(found, "certificate", "warn", "seal not yet valid' on token 'seal' is valid from", "clock")
        self.told(found, "trust", "ok", "1 trust anchor in '")
        self.told(found, "clock", "ok", "the clock says 20")
        self.assertNotIn("tsa", found)
        self.assertNotIn("\x1b", str(found))

    def test_text(self):
        run = self.succeeds(self.pades("doctor"))
        self.assertRegex(run.out, "(?m)^warn no reader service.*\n     -> install pcscd")
        self.assertRegex(run.out, "(?m)^ok   token 'seal'")
        run = self.succeeds(self.pades("doctor", "--quiet"))
        self.assertEqual((run.out, run.err), ("", ""))
        self.faults("absent")
        run = self.pades("doctor", "--quiet")
        self.assertEqual(run.code, 1, run)
        self.assertRegex(run.out, "(?m)^fail no token is seen\n     -> ")
        self.assertNotRegex(run.out, "(?m)^(ok|warn)")

    def test_no_reader_service_and_no_token(self):
        self.faults("absent")
        found = self.examine(code=1)
        self.told(found, "service", "fail", "there is no /run/pcscd/pcscd.comm", "systemctl enable --now pcscd.socket")
        self.told(found, "token", "fail", "no token is seen", "put it in")
        self.assertNotIn("certificate", found)

    def listening(self, command):
        """Somebody at pcscd's socket: a few lines of Python."""
        self.write(
            "listen.py",
            "import os, socket, sys, time\n"
            "os.mkdir('/run/pcscd')\n"
            "s = socket.socket(socket.AF_UNIX)\n"
            "s.bind('/run/pcscd/pcscd.comm')\n"
            + ("" if command == "dead" else "s.listen()\n")
            + "print(flush=True)\n"
            + {
                "dead": "s.close()",
                "mute": "time.sleep(30)",
                "refuses": "while True: s.accept()[0].close()",
            }[command],
        )
        self.settle()
        return "mkfifo ready; python3 listen.py >ready & read x <ready; rm ready"

    def test_reader_service_that_is_ill(self):
        for command, what in (
            ("dead", "does not run"),
            ("mute", "runs and does not answer"),
            ("refuses", "is not for this user"),
        ):
            before = self.listening(command)
            found = self.examine(code=1 if command == "mute" else 0, before=before)
            self.told(found, "service", "fail" if command == "mute" else "warn", what, ".")
            self.assertEqual("module" in found, command != "mute")
        self.faults("absent")
        self.told(self.examine(code=1, before=self.listening("dead")), "service", "fail", "does not run", "systemctl")

    def test_reader_service_that_answers(self):
        pcscd = shutil.which("pcscd", path="/usr/sbin:/usr/bin:/sbin:/bin")
        if pcscd is None:
            self.skipTest("no pcscd")
        before = f"mkdir /run/pcscd; {pcscd} --foreground >/dev/null 2>&1 & until [ -S /run/pcscd/pcscd.comm ]; do sleep 0.05; done"
        found = self.examine(before=before)
        self.told(found, "service", "ok", "answers")

    def test_no_module_at_all(self):
        os.remove(self.path("modules", "faulty.module"))
        self.settle()
        found = self.examine(code=1, before="mount -t tmpfs none /usr/lib/x86_64-linux-gnu/pkcs11 2>/dev/null; :")
        self.told(found, "token", "fail", "no token is seen")

    def other_processor(self, path):
        with open(harness.SOFTHSM, "rb") as f:
            data = bytearray(f.read())
        data[18] = 0x28 if data[18] != 0x28 else 0x3E
        self.write(path, bytes(data), 0o755)
        self.settle()

    def test_modules_that_cannot_be_used(self):
        self.other_processor("other.so")
        self.configured("other", f"module: {self.path('other.so')}")
        self.configured("gone", "module: /none/gone.so", "critical: yes")
        self.settle()
        found = self.examine()
        self.told(found, "module", "warn", "module 'other' (", "processor")
        self.told(found, "module", "warn", "it is made for ", "processor")
        self.told(found, "module", "warn", "module 'gone' (/none/gone.so) cannot be used: there is no such file", "p11-kit")
        self.faults("fail C_Initialize CKR_DEVICE_ERROR")
        found = self.examine(code=1)
        self.told(found, "module", "fail", "it is made for ", "processor")
        self.told(found, "module", "fail", "it fails to initialize (CKR_DEVICE_ERROR)", "service")
        self.told(found, "token", "fail", "no token")

    def test_module_that_is_named(self):
        self.other_processor("other.so")
        found = self.examine("--module", self.path("other.so"), code=1)
        self.told(found, "module", "fail", "it is made for ", "processor")
        self.faults("fail C_GetSlotList CKR_DEVICE_ERROR")
        found = self.examine("--module", harness.FAULT, code=1)
        self.told(found, "module", "fail", "CKR_DEVICE_ERROR")
        self.faults()
        found = self.examine("--module", harness.FAULT)
        self.assertEqual(len(found["module"]), 1)

    def test_module_that_others_can_write(self):
        """A danger even where another module works."""
        os.mkdir(self.path("open"))
        shutil.copy(harness.FAULT, self.path("open", "faulty.so"))
        os.chmod(self.path("open"), 0o777)
        self.configured("writable", f"module: {self.path('open', 'faulty.so')}")
        self.settle()
        found = self.examine(code=1)
        self.told(found, "module", "fail", "others can write '", "chmod go-w")
        self.told(found, "token", "ok", "token 'seal'")

    def test_module_that_crashes(self):
        """It takes nobody along, and the others work."""
        self.configured("softhsm", f"module: {harness.SOFTHSM}")
        self.settle()
        for function in ("C_Initialize", "C_GetSlotList", "C_GetTokenInfo"):
            self.faults(f"crash {function}")
            found = self.examine(code=1)
            self.told(found, "module", "fail", "module 'faulty'", ".")
            self.told(found, "module", "fail", "crash")
            self.told(found, "module", "ok", "module 'softhsm'")
            self.told(found, "certificate", "ok", "seal P-256' on token 'seal' can sign")
        found = self.examine("--module", harness.FAULT, code=1)
        self.told(found, "module", "fail", "crash", ".")

    def test_module_that_hangs(self):
        self.configured("softhsm", f"module: {harness.SOFTHSM}")
        self.settle()
        self.faults("hang C_GetSlotList")
        found = self.examine("--timeout", "1", code=1)
        self.told(found, "module", "fail", "module 'faulty' cannot be used: it gave no answer in 1 seconds", ".")
        self.told(found, "certificate", "ok", "seal P-256' on token 'seal' can sign")

    def test_known_module_that_nobody_asked_for(self):
        self.known("libeToken.so", harness.FAULT)
        self.configured("faulty", f"module: {harness.SOFTHSM}")
        self.faults("fail C_Initialize CKR_DEVICE_ERROR")
        self.settle()
        found = self.examine()
        self.told(found, "module", "warn", "'/usr/local/lib/libeToken.so' of SafeNet Authentication Client cannot", ".")

    def removable(self):
        path = self.path("hsm", "softhsm2.conf")
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("slots.removable = false", "slots.removable = true")
        self.write("hsm/softhsm2.conf", text)

    def test_cards_in_readers(self):
        self.removable()
        self.told(self.examine(), "reader", "ok", "a card that is recognized")
        for fault, what in (
            ("CKR_TOKEN_NOT_RECOGNIZED", "a card that no module recognizes"),
            ("CKR_DEVICE_ERROR", "a card that does not answer"),
        ):
            self.faults(f"fail C_GetTokenInfo {fault}")
            found = self.examine(code=1)
            self.told(found, "reader", "fail", what, ".")

    def test_pins(self):
        for flag, result, what, todo in (
            ("COUNT_LOW", "warn", "wrong at least once", "care"),
            ("FINAL_TRY", "warn", "one try is left", "care"),
            ("LOCKED", "fail", "locked", "PUK"),
            ("TO_BE_CHANGED", "warn", "must be changed", "pin-change"),
        ):
            self.faults(f"flags +CKF_USER_PIN_{flag}")
            found = self.examine(code=1 if result == "fail" else 0)
            self.told(found, "pin", result, what, todo)

    def store(self, *keys):
        """A token with these keys alone."""
        shutil.rmtree(self.path("hsm", "tokens"))
        os.mkdir(self.path("hsm", "tokens"))
        loader = os.path.join(harness.SUPPORT, "pades-p11load")
        command = [loader, "--module", harness.SOFTHSM, "--label", "alone", harness.PKI, *keys]
        subprocess.run(command, env=self.env, check=True, capture_output=True)

    def test_certificates(self):
        self.store("expired")
        found = self.examine(code=1)
        self.told(found, "certificate", "fail", "seal expired' on token 'alone' ended on", "new one")
        self.told(found, "certificate", "fail", "no certificate can sign", "token certs")
        self.store("soon")
        self.told(self.examine(), "certificate", "warn", "expiring soon' on token 'alone' ends on", "new one")
        self.store("no-signing-usage")
        found = self.examine(code=1)
        self.told(found, "certificate", "ok", "does not sign: the usage")
        self.told(found, "certificate", "fail", "no certificate can sign", "token certs")
        self.store("seal-p256")
        self.faults("private-certs")
        self.told(self.examine(), "certificate", "warn", "no certificate is seen without a login", "login")

    def test_trust(self):
        self.write("none.pem", "nothing\n")
        os.mkdir(self.path("anchors"))
        for name in ("root", "expired"):
            shutil.copy(os.path.join(harness.PKI, f"{name}.pem"), self.path("anchors"))
        shutil.copy(os.path.join(harness.PKI, "soon.pem"), self.path("soon.pem"))
        self.settle()
        found = self.examine(
            *(arg for name in ("none.pem", "nowhere", "anchors", "soon.pem") for arg in ("--trust", name)), code=1
        )
        self.told(found, "trust", "fail", "none.pem", ".")
        self.told(found, "trust", "fail", "nowhere", ".")
        self.told(found, "trust", "warn", "2 trust anchors in 'anchors', of which 1 ended, as 'Demo", "successors")
        self.told(found, "trust", "warn", "of which 1 ends within 30 days", "successors")
        shutil.copy(os.path.join(harness.PKI, "expired.pem"), self.path("soon.pem"))
        self.settle()
        self.told(self.examine("--trust", "soon.pem", code=1), "trust", "fail", "of which 1 ended")

    def test_authorities(self):
        args = ("--trust", harness.TRUST, "--timeout", "5", "--tsa")
        found = self.examine(*args, self.services.tsa() + "?apikey=hunter2")
        self.told(found, "tsa", "ok", f"'{self.services.tsa()}' gave a timestamp in ")
        self.told(found, "tsa", "ok", "by 'Demonstration Time-Stamping Unit 1', valid to 20")
        self.told(found, "clock", "ok", "the clock agrees with that of")
        self.assertNotIn("hunter2", str(found))
        found = self.examine(*args, "http://127.0.0.1:1/", "--tsa", self.services.tsa(), code=1)
        self.told(found, "tsa", "fail", "no timestamp from 'http://127.0.0.1:1/'", ".")
        self.told(found, "tsa", "ok", "gave a timestamp")
        for fault in ("500", "wrong-imprint", "expired", "html"):
            found = self.examine(*args, self.services.tsa(fault), code=1)
            self.told(found, "tsa", "fail", "no timestamp from")
        found = self.examine("--tsa", self.services.tsa())
        self.told(found, "tsa", "warn", "was not checked against an anchor")

    def test_authorities_of_a_file_are_not_asked(self):
        self.write("conf", f"tsa = {self.services.tsa()}\n")
        self.settle()
        asked = len(self.services.requests())
        found = self.examine("--config", "conf")
        self.told(found, "tsa", "ok", "1 time-stamping authority configured, not asked")
        self.assertEqual(len(self.services.requests()), asked)

    def at(self, shift):
        return self.preloaded("clockshift.so", CLOCKSHIFT=shift)

    def test_clock(self):
        self.told(self.examine(code=1, env=self.at("-10y")), "clock", "fail", "this program was built on", "set-ntp")
        self.told(self.examine(code=1, env=self.at("30y")), "clock", "fail", "which cannot be", "set-ntp")
        args = ("--trust", harness.TRUST, "--tsa", self.services.tsa())
        self.told(self.examine(*args, code=1, env=self.at("600")), "clock", "fail", "seconds ahead of that of", "ntp")
        self.told(self.examine(*args, env=self.at("-60")), "clock", "warn", " seconds behind that of", "set-ntp")

    def test_no_secret(self):
        self.write("conf", f"pin-file = pin\ntsa = {self.services.tsa()}?key=hunter2\ntsa-user = demo\ntsa-pass-file = pin\n")
        self.settle()
        for args in (("--json",), ("--verbose",)):
            run = self.pades("doctor", *args, "--config", "conf", env={"PADES_PIN": "hunter2"})
            self.assertNotIn("hunter2", run.out + run.err)
            self.assertNotRegex(run.out, r"\b1234\b")
        run = self.pades("doctor", "--key", "pkcs11:token=seal?pin-value=hunter2")
        self.fails(run, 64, "pin-value", "take it out|PIN")
        self.assertNotIn("hunter2", run.out + run.err)


if __name__ == "__main__":
    harness.main()
