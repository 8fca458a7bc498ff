"""Law 7: from whatever source it comes, the PIN is nowhere but in the call that needs it. While the token
signs, after the login, it is neither in the arguments, nor in the environment, nor in any memory of the
process; afterwards in no file but its own. One attempt; no core file.
"""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import unittest

import laws
from laws import harness

DISTINCT = "Pq7-distinctive-PIN"


class Pin(laws.Law):
    def setUp(self):
        super().setUp()
        self.write("pin", DISTINCT + "\n", 0o600)

    def _copy_token(self):
        """A token of its own, whose PIN is no part of any other text."""
        os.makedirs(self.path("hsm", "tokens"))
        self.write("hsm/softhsm2.conf", f"directories.tokendir = {self.path('hsm', 'tokens')}\nobjectstore.backend = file\n"
                                        "log.level = ERROR\nslots.removable = false\n")
        if not os.path.isdir(Pin.store):
            env = {**os.environ, "SOFTHSM2_CONF": self.path("hsm", "softhsm2.conf")}
            subprocess.run([os.path.join(harness.SUPPORT, "pades-p11load"), "--module", harness.SOFTHSM, "--label", "seal",
                            "--pin", DISTINCT, harness.PKI, "seal-p256", "seal-rsa3072"], env=env, check=True)
            shutil.copytree(self.path("hsm", "tokens"), Pin.store)
        else:
            shutil.copytree(Pin.store, self.path("hsm", "tokens"), dirs_exist_ok=True)

    @classmethod
    def setUpClass(cls):
        Pin.store = os.path.join(laws.folder_for(cls, 8 << 20), "tokens")

    def sources(self):
        """Arguments, environment and what else starts the program for each source of a PIN."""
        read_end, write_end = os.pipe()
        os.write(write_end, DISTINCT.encode() + b"\n")
        os.close(write_end)
        self.addCleanup(os.close, read_end)
        yield "file", ["--pin-file", "pin"], {}, {}
        yield "environment", ["--pin-env", "SEAL_PIN"], {"SEAL_PIN": DISTINCT}, {}
        yield "descriptor", ["--pin-fd", str(read_end)], {}, {"pass_fds": [read_end]}

    @staticmethod
    def of(pid, name):
        with open(f"/proc/{pid}/{name}", "rb") as f:
            return f.read()

    def places(self, pid, text):
        """Where in the writable memory of the process the text stands."""
        found = []
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in self.of(pid, "maps").decode().splitlines():
                part = re.match(r"(\w+)-(\w+) .w\S+ \S+ \S+ \S+\s*(.*)", line)
                if part and part.group(3) not in ("[vvar]", "[vdso]"):
                    start, end = int(part.group(1), 16), int(part.group(2), 16)
                    found += [f"{part.group(3) or 'no name'} +{at:#x}" for at in self.search(memory, start, end, text)]
        return found

    @staticmethod
    def search(memory, start, end, text):
        memory.seek(start)
        data = b""
        while len(data) < end - start:
            part = memory.read(min(end - start - len(data), 1 << 24))
            if not part:
                break
            data += part
        return [match.start() for match in re.finditer(re.escape(text), data)]

    def nowhere(self, pid):
        self.assertNotIn(DISTINCT.encode(), self.of(pid, "cmdline"))
        self.assertNotIn(DISTINCT.encode(), self.of(pid, "environ"))
        if not laws.SANITIZED:
            self.assertEqual(self.places(pid, DISTINCT.encode()), [])

    def in_no_file(self, *texts):
        for folder, _, names in os.walk(self.dir):
            for name in names:
                if os.path.join(folder, name) != self.path("pin"):
                    self.assertNotIn(DISTINCT.encode(), laws.read_file(os.path.join(folder, name)), name)
        for text in texts:
            self.assertNotIn(DISTINCT.encode(), text)

    @unittest.skipUnless(laws.ROOT, "SKIPPED: only root reads the memory of a process that is not dumpable")
    def test_every_source(self):
        for name, args, env, more in self.sources():
            for key in (laws.P256, laws.RSA):
                if name == "descriptor" and key == laws.RSA:
                    continue
                with self.subTest(source=name, key=key):
                    self.write("p11.log", "")
                    process = self.stopped_in("C_Sign", "--verbose", "--audit", "audit.log", "--force", "in.pdf", "out.pdf", *args,
                                              key=key, pin=None, env=env, **more)
                    self.nowhere(process.pid)
                    self.let_go()
                    out, errors = process.communicate(timeout=20)
                    self.assertEqual(process.returncode, 0, errors)
                    self.in_no_file(out, errors)
                    self.assertIn("C_Login", self.log_text())
                    self.assertIn(b'file="in.pdf"', self.read("audit.log"))

    @unittest.skipUnless(laws.ROOT and not laws.SANITIZED, "SKIPPED: only root, and not with a sanitizer")
    def test_the_search_finds_one_that_is_there(self):
        """While the token is asked to log in, the PIN must be found: else the other tests prove nothing."""
        process = self.stopped_in("C_Login", "in.pdf", "out.pdf")
        places = self.places(process.pid, DISTINCT.encode())
        self.assertGreater(len(places), 0)
        laws.told(f"during C_Login: {places}")
        self.let_go()
        self.assertEqual(process.wait(20), 0)

    def test_after_a_refused_login(self):
        """A wrong PIN is sent once, and told nowhere."""
        self.write("pin", DISTINCT + "-wrong\n", 0o600)
        run = self.faulty("--verbose", "--json", "in.pdf", "out.pdf")
        self.assertEqual(run.code, 77, run)
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
        self.in_no_file(run.raw, run.err.encode())

    @unittest.skipUnless(laws.ROOT, "SKIPPED: only root reads the memory of a process that is not dumpable")
    def test_typed_at_a_terminal(self):
        self.faults("hang C_Sign")
        args = [harness.PADES, "sign", "--pinentry", "none", *self.token_args(pin=None, module=harness.FAULT), "in.pdf", "out.pdf"]
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(args[0], args, self.env)
        self.addCleanup(os.close, master)
        seen = b""
        while b"PIN to" not in seen or not seen.endswith(b": "):
            self.assertTrue(select.select([master], [], [], 20)[0], seen)
            seen += os.read(master, 4096)
        os.write(master, DISTINCT.encode() + b"\n")
        self.wait_for(lambda: "C_SignInit" in self.log_text())
        time.sleep(0.2)

        try:
            self.nowhere(pid)
        finally:
            self.let_go()
            status = self.ended(pid, master)
        self.assertEqual(status[0], 0, status)
        self.assertNotIn(DISTINCT.encode(), seen + status[1])
        self.in_no_file()

    @unittest.skipUnless(laws.ROOT, "SKIPPED: only root reads the memory of a process that is not dumpable")
    def test_through_a_pinentry(self):
        """Also of what was read ahead and decoded nothing is left."""
        shutil.copy(os.path.join(os.path.dirname(harness.__file__), "pinentry_peer.py"), self.path("peer"))
        os.chmod(self.path("peer"), 0o755)
        encoded = "".join(f"%{ord(c):02X}" for c in DISTINCT)
        for answer in (["D " + DISTINCT, "OK"], ["# before", "D " + encoded[:30], "D " + encoded[30:], "OK"]):
            self.write("script", json.dumps({"GETPIN": answer}))
            self.write("p11.log", "")
            process = self.stopped_in("C_Sign", "--force", "in.pdf", "out.pdf", "--pinentry", self.path("peer"), pin=None,
                                      env={"PEER_SCRIPT": self.path("script"), "PEER_LOG": self.path("peer.log")})
            self.nowhere(process.pid)
            if not laws.SANITIZED:
                self.assertEqual(self.places(process.pid, encoded.encode()), [])
                self.assertEqual(self.places(process.pid, encoded[:30].encode()), [])
            os.unlink(self.path("script"))
            self.let_go()
            out, errors = process.communicate(timeout=20)
            self.assertEqual(process.returncode, 0, errors)
            self.in_no_file(out, errors)

    @staticmethod
    def ended(pid, master):
        seen = b""
        try:
            while select.select([master], [], [], 20)[0]:
                part = os.read(master, 4096)
                if not part:
                    break
                seen += part
        except OSError:
            pass
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen

    def test_one_attempt(self):
        """Whatever is asked for, for many files too; and then not at all, since the token has seen a wrong one."""
        self.write("pin", "0000\n", 0o600)
        os.mkdir(self.path("out"))
        for name in ("a.pdf", "b.pdf", "c.pdf"):
            shutil.copy(self.path("in.pdf"), self.path(name))
        for args in (["in.pdf", "out.pdf"], ["--in-place", "in.pdf"], ["--output-dir", "out", "a.pdf", "b.pdf", "c.pdf"],
                     ["--level", "b", "--pss", "in.pdf", "out.pdf"]):
            with self.subTest(args=args):
                self.new_token()  # a token that saw a wrong PIN is not tried again unattended
                shutil.rmtree(self.path("home", "state"), ignore_errors=True)
                self.write("p11.log", "")
                run = self.faulty(*args, key=laws.RSA if "--pss" in args else None)
                self.assertEqual(run.code, 77, run)
                self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
                self.assertEqual(self.faulty(*args).code, 77)
                self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
                self.new_token()  # and one that looks as if it had not is not either
                run = self.faulty(*args, key=laws.RSA if "--pss" in args else None)
                self.assertEqual(run.code, 77, run)
                self.assertIn("this PIN was refused by token", run.err)
                self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
        self.assertEqual(os.listdir(self.path("out")), [])

    def test_processes_at_one_time_send_it_once(self):
        self.write("pin", "0000\n", 0o600)
        self.faults("delay C_Login 300")
        processes = [self.start_sign("in.pdf", f"out{i}.pdf", module=harness.FAULT) for i in range(4)]
        for process in processes:
            out, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 77, errors)
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])

    @unittest.skipUnless(laws.ROOT and not laws.SANITIZED, "SKIPPED: only root, and not with a sanitizer")
    def test_what_is_remembered_is_no_pin(self):
        """Neither in the file, nor in the memory of a process that has made or compared its slow hash."""
        self.write("pin", DISTINCT + "-wrong\n", 0o600)
        self.assertEqual(self.faulty("in.pdf", "out.pdf").code, 77)
        self.in_no_file()
        self.assertEqual(self.faulty("in.pdf", "out.pdf").code, 77)
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
        self.new_token()
        self.write("pin", DISTINCT + "\n", 0o600)
        process = self.stopped_in("C_Sign", "in.pdf", "out.pdf")  # compared on the way
        self.nowhere(process.pid)
        self.let_go()
        self.assertEqual(process.wait(20), 0)
        self.in_no_file()

    def test_no_core_and_not_dumpable(self):
        process = self.stopped_in("C_Sign", "in.pdf", "out.pdf")
        self.assertRegex(self.of(process.pid, "limits").decode(), r"Max core file size +0 +0 ")
        # the files of a process that is not dumpable belong to root, whoever runs it
        self.assertEqual(os.stat(f"/proc/{process.pid}/stat").st_uid, 0)
        if not laws.ROOT:
            with self.assertRaises(PermissionError):
                self.of(process.pid, "environ")
        process.send_signal(signal.SIGSEGV)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if os.WIFSIGNALED(status):
            self.assertFalse(os.WCOREDUMP(status))
        self.assertNotEqual(process.returncode, 0)
        self.let_go()
        time.sleep(0.5)  # the module's process ends too
        self.assertFalse([n for n in os.listdir(self.dir) if "core" in n])
        self.assertFalse(os.path.exists(self.path("out.pdf")))

    @unittest.skipUnless(laws.ROOT, "SKIPPED: only root becomes another user")
    def test_another_process_of_the_same_user_cannot_look(self):
        self.open_to(laws.NOBODY)
        user = {"user": laws.NOBODY, "group": laws.NOBODY, "extra_groups": []}
        reach = subprocess.run([harness.PADES, "--version"], **user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               check=False) if os.access(harness.PADES, os.X_OK) else None
        if reach is None or reach.returncode != 0:
            self.skipTest("SKIPPED: other users cannot reach the program")
        self.write("p11.log", "", 0o666)
        process = self.stopped_in("C_Sign", "in.pdf", "out.pdf", **user)
        for name in ("environ", "mem", "maps", "auxv"):
            done = subprocess.run(["head", "-c1", f"/proc/{process.pid}/{name}"], **user, capture_output=True, check=False)
            self.assertIn(b"denied", done.stderr, name)


if __name__ == "__main__":
    laws.main()
