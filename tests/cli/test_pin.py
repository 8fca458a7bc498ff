"""Where the PIN comes from, that it is used once, and that it is left nowhere."""

import os
import re
import subprocess
import time

import harness
import terminal


class Sources(harness.Case):
    def test_descriptor(self):
        read_end, write_end = os.pipe()
        os.write(write_end, b"1234\nwhat follows is not ours\n")
        run = self.sign("--pin-fd", str(read_end), "in.pdf", pin=None, pass_fds=[read_end])
        self.succeeds(run)
        os.close(write_end)
        self.assertEqual(os.read(read_end, 100), b"what follows is not ours\n")
        os.close(read_end)

    def test_standard_input_as_descriptor(self):
        for text in (b"1234\n", b"1234", b"1234\r\n"):
            self.succeeds(self.sign("--pin-fd", "0", "--force", "in.pdf", pin=None, stdin=text))

    def test_descriptor_that_is_not_there(self):
        self.fails(self.sign("--pin-fd", "9", "in.pdf", pin=None), 64, "--pin-fd 9 is not open")
        self.fails(self.sign("--pin-fd", "1", "in.pdf", pin=None), 64, "--pin-fd 1 is an output")
        self.fails(self.sign("--pin-fd", "0", "in.pdf", pin=None, stdin=b""), 77, "empty")
        self.fails(self.sign("--pin-fd", "0", "in.pdf", pin=None, stdin=b"1" * 300), 77, "too long")
        self.untouched()

    def test_file_that_others_can_read(self):
        for mode in (0o640, 0o604, 0o620, 0o602, 0o644):
            os.chmod(self.path("pin"), mode)
            self.fails(
                self.faulty("in.pdf"), 77, "others than its owner may read or write 'pin'", "chmod 600 'pin'"
            )
        self.assertEqual(self.calls("C_Login"), [])
        self.untouched()

    def test_file_that_is_not_there_or_empty(self):
        self.fails(self.sign("in.pdf", pin="none"), 77, "cannot read 'none'")
        self.write("pin", "\n", 0o600)
        self.fails(self.sign("in.pdf"), 77, "empty")

    def test_environment(self):
        self.succeeds(self.sign("--pin-env", "SECRET", "in.pdf", pin=None, env={"SECRET": "1234"}))
        self.fails(
            self.sign("--pin-env", "SECRET", "in.pdf", "x.pdf", pin=None), 77, "has no 'SECRET'", "--pin-env"
        )

    def credential(self, *args, folder="creds", **kwargs):
        env = {"CREDENTIALS_DIRECTORY": folder and self.path(folder)}
        return self.faulty("--pin-credential", "seal-pin", "--force", *args, "in.pdf", pin=None, env=env, **kwargs)

    def test_credential_of_the_service(self):
        os.mkdir(self.path("creds"), 0o700)
        self.write("creds/seal-pin", "1234\n", 0o400)
        self.succeeds(self.credential())
        self.write("conf", "pin-credential = seal-pin\n", 0o600)
        self.succeeds(self.faulty("--config", "conf", "--force", "in.pdf", pin=None,
                                  env={"CREDENTIALS_DIRECTORY": self.path("creds")}))
        if os.geteuid() == 0:  # the mask of the access list that systemd sets looks like this
            os.chmod(self.path("creds/seal-pin"), 0o440)
            self.succeeds(self.credential())

    def test_credential_that_others_can_read(self):
        os.mkdir(self.path("creds"), 0o700)
        for mode in (0o404, 0o402, 0o420, 0o444, 0o460):
            self.write("creds/seal-pin", "1234\n", mode)
            self.fails(self.credential(), 77, "others than its owner may read or write the credential 'seal-pin'",
                       "systemd")
        if os.geteuid() == 0:
            for owner, group in ((65534, 65534), (0, 65534)):
                self.write("creds/seal-pin", "1234\n", 0o440)
                os.chown(self.path("creds/seal-pin"), owner, group)
                self.fails(self.credential(), 77, "others than its owner")
        self.assertEqual(self.calls("C_Login"), [])

    def test_credential_that_is_not_there(self):
        os.mkdir(self.path("creds"), 0o700)
        self.fails(self.credential(), 77, "cannot read the credential 'seal-pin': No such file", "LoadCredential=")
        self.fails(self.credential(folder="none"), 77, "cannot read the credential 'seal-pin'", "LoadCredential=")
        self.fails(self.credential(folder=None), 77, "CREDENTIALS_DIRECTORY is not set", "--pin-file")
        self.write("secret", "1234\n", 0o400)
        os.symlink(self.path("secret"), self.path("creds/seal-pin"))
        self.fails(self.credential(), 77, "cannot read the credential")
        os.unlink(self.path("creds/seal-pin"))
        os.mkfifo(self.path("creds/seal-pin"), 0o400)
        self.fails(self.credential(), 77, "others than its owner")
        for name in ("../pin", "/etc/passwd", "a/b", ".", ".."):
            self.fails(self.sign("--pin-credential", name, "in.pdf", pin=None,
                                 env={"CREDENTIALS_DIRECTORY": self.path("creds")}), 64, "a name, not a path")
        self.fails(self.sign("--pin-credential", "x", "in.pdf"), 64, "one of --pin-fd")
        self.assertEqual(self.calls("C_Login"), [])

    def test_one_source_only(self):
        self.fails(self.sign("--pin-env", "SECRET", "in.pdf", env={"SECRET": "1234"}), 64, "one of --pin-fd")

    def test_no_source(self):
        self.fails(
            self.faulty("in.pdf", pin=None),
            77,
            "wants its PIN",
            "^give --pin-file, --pin-fd, --pin-env or --pin-credential, or run it in a terminal$",
        )
        self.assertEqual(self.calls("C_Login"), [])
        run = self.sign("--json", "in.pdf", pin=None)
        self.assertEqual(run.object["error"]["status"], "PIN_REQUIRED")

    def test_pin_source_of_the_uri(self):
        def uri(source):
            return f"pkcs11:token=seal;object=seal-p256?pin-source={source}"
        for source in (f"file:{self.path('pin')}", f"file://{self.path('pin')}", f"file://localhost{self.path('pin')}",
                       self.path("pin"), self.path("pin").replace("/pin", "%2Fpin")):
            self.succeeds(self.faulty("--force", "in.pdf", key=uri(source), pin=None))
        self.write("wrong", "0000\n", 0o600)
        self.succeeds(self.faulty("--force", "in.pdf", key=uri(self.path("wrong"))))  # --pin-file wins
        for source in ("|/bin/echo%201234", "|echo", "https://pin.example/", "pin", "file:pin", "file://else/pin", "data:,1234", ""):
            self.fails(self.faulty("in.pdf", "x.pdf", key=uri(source), pin=None), 64, "must name a file|makes no sense")
        self.fails(self.faulty("in.pdf", "x.pdf", key=uri("/none"), pin=None), 77, "the PIN in '/none' cannot be read: No such file")
        for mode in (0o640, 0o604, 0o602):
            os.chmod(self.path("pin"), mode)
            self.fails(self.faulty("in.pdf", "x.pdf", key=uri(self.path("pin")), pin=None), 77, "others than its owner")
        for text, message in (("", "empty"), ("\n", "empty"), ("1" * 1100, "too long")):
            self.write("pin", text, 0o600)
            self.fails(self.faulty("in.pdf", "x.pdf", key=uri(self.path("pin")), pin=None), 77, message)
        before = self.calls("C_Login")
        self.assertEqual(set(before), {"CKR_OK"})
        self.fails(self.faulty("in.pdf", "x.pdf", key=uri(self.path("wrong")), pin=None), 77, "the PIN is wrong")
        self.fresh_token()
        self.fails(self.faulty("in.pdf", "x.pdf", key=uri(self.path("wrong")), pin=None), 77, "this PIN was refused")
        self.faults("flags +CKF_USER_PIN_FINAL_TRY")
        self.fails(self.faulty("in.pdf", "x.pdf", key=uri(self.path("pin")), pin=None), 77, "one try is left", "--pin-last-try")
        self.assertEqual(len(self.calls("C_Login")), len(before) + 1)

    def test_pin_source_as_a_word_of_the_uri(self):
        """Where it is no source, a person types the PIN: no folder for refused PINs, no word about one."""
        args = ["--refused-pins", self.path("memory"), "--force", "in.pdf"]
        for uri in ("pkcs11:token=seal;object=pin-source=seal-p256", "pkcs11:token=pin-source=seal",
                    "pkcs11:token=seal;object=seal-p256?x-pin-source=/etc/pin",
                    "pkcs11:token=seal;object=seal-p256?module-name=%26pin-source=%2Fetc%2Fpin"):
            with self.subTest(uri):
                self.fails(self.faulty(*args, key=uri, pin=None), 77, "wants its PIN|fits|module")
                self.assertFalse(os.path.exists(self.path("memory")))
        uri = f"pkcs11:token=seal;object=seal-p256?pin-source={self.path('pin')}"
        self.succeeds(self.faulty(*args, key=uri, pin=None))
        self.assertTrue(os.path.isdir(self.path("memory")))

    def test_there_is_no_pin_option(self):
        self.fails(self.sign("--pin", "1234", "in.pdf", pin=None), 64, "no option '--pin'")
        self.fails(self.sign("in.pdf", key="pkcs11:token=seal?pin-value=1234", pin=None), 64, "pin-value")


class Attempts(harness.Case):
    def setUp(self):
        super().setUp()
        self.write("wrong", "0000\n", 0o600)
        self.settle()

    def tries(self, n):
        self.faults(f"tries {n} {self.path('counter')}")

    def test_wrong_pin_is_sent_once(self):
        run = self.fails(self.faulty("in.pdf", pin="wrong"), 77, "the PIN is wrong", ".")
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
        self.assertNotIn("0000", run.err)
        self.untouched()

    def test_wrong_pin_in_json(self):
        error = self.faulty("--json", "in.pdf", pin="wrong").object["error"]
        self.assertEqual(
            (error["status"], error["exit"], error["native"]), ("PIN_INCORRECT", 77, "CKR_PIN_INCORRECT")
        )

    def test_no_try_is_spent_on_a_document_that_cannot_be_sealed(self):
        self.tries(3)
        self.write("cut.pdf", self.read("in.pdf")[:-600])
        self.write("none.pdf", b"no PDF\n")
        for name, message in (("cut.pdf", "truncated"), ("none.pdf", "PDF")):
            for pin in ("wrong", "pin"):
                self.fails(self.faulty(name, pin=pin), 65, message)
        self.write("out.pdf", b"there")
        self.fails(self.faulty("in.pdf", "out.pdf", pin="wrong"), 73, "exists")
        os.mkdir(self.path("out"))
        run = self.faulty("--output-dir", "out", "cut.pdf", "none.pdf", pin="wrong")
        self.assertEqual(run.code, 65, run)
        run = self.faulty("--output-dir", "out", "--reason", "x", "--commitment", "1.2.3", "in.pdf", "cut.pdf", pin="wrong")
        self.assertEqual(run.code, 64, run)
        self.assertEqual(self.calls("C_Login"), [])
        self.assertFalse(os.path.exists(self.path("counter")))

    def test_locked(self):
        self.tries(1)
        self.fails(self.faulty("--pin-last-try", "in.pdf", pin="wrong"), 77, "locked", "PUK")
        self.fails(self.faulty("--pin-last-try", "in.pdf"), 77, "locked", "PUK")
        self.assertEqual(len(self.calls("C_Login")), 1)
        self.untouched()

    def test_last_try_is_not_spent(self):
        for flag, message in (("FINAL_TRY", "one try is left"), ("COUNT_LOW", "few tries are left")):
            self.faults(f"flags +CKF_USER_PIN_{flag}")
            self.fails(self.faulty("in.pdf"), 77, message, "--pin-last-try")
            self.assertEqual(self.faulty("--json", "in.pdf").object["error"]["status"], "PIN_LAST_TRY")
        self.assertEqual(self.calls("C_Login"), [])
        self.untouched()
        self.succeeds(self.faulty("--pin-last-try", "in.pdf"))
        self.assertEqual(self.calls("C_Login"), ["CKR_OK"])

    def state(self):
        """What is remembered: the files in the folder of refused PINs."""
        folder = self.path("home", "state", "pades", "refused-pins")
        return [name for name in os.listdir(folder) if name != "lock"] if os.path.isdir(folder) else []

    def test_refused_pin_is_remembered(self):
        self.fails(self.faulty("in.pdf", pin="wrong"), 77, "the PIN is wrong")
        self.fresh_token()  # it tells of no wrong PIN any more
        for args in (["--pin-file", "wrong"], ["--pin-last-try", "--pin-file", "wrong"]):
            self.fails(self.faulty(*args, "in.pdf", pin=None), 77, "this PIN was refused by token 'seal' on 20", "type it once")
        self.fails(self.faulty("--pin-env", "S", "in.pdf", pin=None, env={"S": "0000"}), 77, "was refused by token")
        self.fails(self.faulty("--pin-fd", "0", "in.pdf", pin=None, stdin=b"0000\n"), 77, "was refused by token")
        run = self.faulty("--json", "in.pdf", pin="wrong")
        self.assertEqual((run.code, run.object["error"]["status"]), (77, "PIN_INCORRECT"))
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
        self.assertEqual(len(self.state()), 1)
        self.untouched()
        self.succeeds(self.faulty("in.pdf"))
        self.assertEqual(self.state(), [])
        self.fails(self.faulty("in.pdf", "x.pdf", pin="wrong"), 77, "the PIN is wrong")

    def test_refused_pin_in_a_folder_that_is_named(self):
        args = ["--refused-pins", self.path("memory"), "in.pdf"]
        self.fails(self.faulty(*args, pin="wrong"), 77, "the PIN is wrong")
        self.assertEqual(self.state(), [])
        self.fresh_token()
        self.fails(self.faulty(*args, pin="wrong"), 77, "this PIN was refused")
        self.fails(self.faulty("--refused-pins", "none", "in.pdf", pin="wrong"), 77, "the PIN is wrong")
        self.assertEqual(self.state(), [])

    def test_folder_that_cannot_be_made(self):
        self.write("file", "")
        run = self.succeeds(self.faulty("--refused-pins", self.path("file", "x"), "in.pdf"))
        self.assertRegex(run.err, "warning: a PIN that is refused cannot be remembered in '.*/file/x': Not a directory")
        self.assertEqual(self.succeeds(self.faulty("--refused-pins", "none", "--force", "in.pdf")).err, "")
        self.assertEqual(self.succeeds(self.faulty("--force", "in.pdf")).err, "")
        self.assertEqual(self.state(), [])

    def test_folder_that_is_not_safe(self):
        """It is not used, and that is said: the next run would send the refused PIN again."""
        os.mkdir(self.path("open"))
        os.chmod(self.path("open"), 0o777)
        os.mkdir(self.path("mine"), 0o700)
        os.symlink("mine", self.path("link"))
        for name, why in (("open", "others than its owner"), ("link", "it is a link"), ("in.pdf", "it is no folder")):
            with self.subTest(name):
                run = self.succeeds(self.faulty("--refused-pins", self.path(name), "--force", "in.pdf"))
                self.assertRegex(run.err, f"warning: a PIN that is refused cannot be remembered in '.*/{name}': {why}[^(]*"
                                          " \\(--refused-pins DIR names a folder, none needs none\\)\n")
        self.assertEqual(os.listdir(self.path("open")) + os.listdir(self.path("mine")), [])

    def test_folder_with_a_link_for_its_lock(self):
        """The library does not use it: one judge, so the warning comes as well."""
        os.mkdir(self.path("memory"), 0o700)
        os.symlink(self.path("elsewhere"), self.path("memory", "lock"))
        run = self.succeeds(self.faulty("--refused-pins", self.path("memory"), "in.pdf"))
        self.assertRegex(run.err, "warning: a PIN that is refused cannot be remembered in '.*/memory': Too many levels")
        self.assertEqual(os.listdir(self.path("memory")), ["lock"])

    def marks(self):
        folder = self.path("home", "state", "pades", "refused-pins")
        return {name: os.path.getsize(os.path.join(folder, name)) for name in self.state()}

    def killed_between_pin_and_answer(self):
        self.faults("hang C_Login")
        before = self.marks()
        process = subprocess.Popen([harness.PADES, "sign", *self.token_args(module=harness.FAULT), "--force", "in.pdf"],
                                   cwd=self.dir, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            if self.marks() != before:
                break
            time.sleep(0.01)
        self.assertEqual(len(self.state()), 1)
        process.kill()
        process.wait()
        self.faults()
        time.sleep(0.5)  # the module's process, which hangs in the call, ends too

    def test_killed_between_pin_and_answer(self):
        """Once: a server goes on. Twice: a person looks at it first."""
        self.killed_between_pin_and_answer()
        self.succeeds(self.faulty("--force", "in.pdf"))
        self.assertEqual(self.state(), [])
        self.killed_between_pin_and_answer()
        self.killed_between_pin_and_answer()
        before = self.calls("C_Login")
        self.fails(self.faulty("--force", "in.pdf"), 77, "their answers were not seen", "--pin-last-try")
        self.assertEqual(self.calls("C_Login"), before)
        self.succeeds(self.faulty("--pin-last-try", "--force", "in.pdf"))
        self.assertEqual(self.state(), [])

    def test_key_that_wants_the_pin_for_each_signature(self):
        self.faults("always")
        self.succeeds(self.faulty("in.pdf"))
        self.assertEqual(self.calls("C_Sign"), ["CKR_OK"])

    def test_keeping_the_pin_for_a_batch(self):
        self.faults("always")
        os.mkdir(self.path("out"))
        for name in ("a.pdf", "b.pdf"):
            self.write(name, self.read("in.pdf"))
        run = self.faulty(
            "--output-dir", "out", "--pin-env", "S", "a.pdf", "b.pdf", pin=None, env={"S": "1234"}
        )
        self.assertEqual(run.code, 77, run)
        self.assertIn("--pin-for-batch", run.err)
        run = self.faulty(
            "--output-dir",
            "out",
            "--force",
            "--pin-for-batch",
            "--pin-env",
            "S",
            "a.pdf",
            "b.pdf",
            pin=None,
            env={"S": "1234"},
        )
        self.succeeds(run)

    def test_reader_with_a_pad(self):
        self.write("pad", "1234")
        self.faults(f"pinpad {self.path('pad')}")
        run = self.succeeds(self.faulty("in.pdf", pin=None))
        self.assertRegex(run.err, "type the PIN of 'seal' on the reader")
        self.write("pad", "cancel")
        self.fails(self.faulty("in.pdf", "x.pdf", pin=None), 77, "cancelled")


class Left(harness.Case):
    """What a run leaves of a PIN in argv, environment, memory files and logs while it works."""

    def start(self, *args, env=None):
        self.faults("delay C_Sign 3000")
        return subprocess.Popen(
            [harness.PADES, "sign", *self.token_args(pin=None, module=harness.FAULT), *args, "in.pdf"],
            cwd=self.dir,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def wait_for_sign(self, process):
        """Until the token signs: after the login, before the end."""
        for _ in range(500):
            if "C_SignInit" in (
                self.read("p11.log").decode() if os.path.exists(self.path("p11.log")) else ""
            ):
                return
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        self.fail("the token was never asked to sign")

    def test_environment_is_emptied_and_memory_closed(self):
        process = self.start("--pin-env", "SECRET", env={"SECRET": "1234"})
        self.wait_for_sign(process)
        if os.geteuid() == 0:
            with open(f"/proc/{process.pid}/environ", "rb") as f:
                self.assertNotIn(b"1234", f.read().replace(b"\0", b"\n").split(b"SECRET=")[-1][:5])
        else:
            with self.assertRaises(PermissionError):
                open(f"/proc/{process.pid}/mem", "rb").close()
        with open(f"/proc/{process.pid}/limits", encoding="utf-8") as f:
            self.assertRegex(f.read(), r"Max core file size\s+0\s+0")
        with open(f"/proc/{process.pid}/cmdline", "rb") as f:
            self.assertNotIn(b"1234", f.read())
        self.assertEqual(os.stat(f"/proc/{process.pid}/stat").st_uid, 0)
        self.assertEqual(process.wait(20), 0)
        process.communicate()

    def test_no_copy_of_ours_stays_in_memory(self):
        """A PIN no other text contains, looked for in all of the process's writable memory while the token
        signs. The copy of the module below is its own; everything of ours was wiped after the login."""
        if os.geteuid() != 0 or "detect_leaks" in os.environ.get("ASAN_OPTIONS", ""):
            self.skipTest("reading the memory of another process needs root")
        subprocess.run(
            [
                "pkcs11-tool",
                "--module",
                harness.SOFTHSM,
                "--token-label",
                "seal",
                "--login",
                "--pin",
                "1234",
                "--change-pin",
                "--new-pin",
                "Zq7-only-here",
            ],
            env=self.env,
            check=True,
            capture_output=True,
        )
        self.write("pin", "Zq7-only-here\n", 0o600)
        process = self.start("--pin-file", "pin")
        self.wait_for_sign(process)
        time.sleep(0.2)
        self.assertEqual(self.places(process.pid, b"Zq7-only-here"), [])
        self.assertEqual(process.wait(20), 0)
        process.communicate()

    def places(self, pid, text):
        found = []
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+\s*(.*)", line)
                if match and match.group(3) not in ("[vvar]", "[vdso]"):
                    start, end = int(match.group(1), 16), int(match.group(2), 16)
                    if end - start < 1 << 28:
                        memory.seek(start)
                        found += [line] * (text in memory.read(end - start))
        return found

    def test_nothing_in_verbose_output(self):
        run = self.succeeds(self.faulty("--verbose", "in.pdf"))
        self.assertNotIn("1234", run.err.replace("NTRFI-1234567-8", ""))


class Terminal(terminal.OnTerminal):
    """The prompt, on a terminal of its own."""

    def start(self, *args, shell=None):
        command = [harness.PADES, "sign", "--pinentry", "none", *self.token_args(pin=None, module=harness.FAULT), *args]
        return self.on_terminal(command, shell)

    def test_prompt_tells_what_for_and_does_not_echo(self):
        pid, master = self.start("in.pdf")
        seen = self.read_until(master, b"PIN to log in to sign: ")
        for text in (
            b"document:",
            b"in.pdf",
            b"certificate:",
            b"Demo Company Oy Invoicing seal P-256",
            b"token:",
            b"seal",
        ):
            self.assertIn(text, seen)
        os.write(master, b"1234\n")
        code, rest = self.end(pid, master)
        self.assertEqual(code, 0, rest)
        self.assertNotIn(b"1234", rest)
        self.is_sealed("in-signed.pdf")

    def test_wrong_pin_is_not_asked_again(self):
        pid, master = self.start("in.pdf")
        self.read_until(master, b"sign: ")
        os.write(master, b"0000\n")
        code, rest = self.end(pid, master)
        self.assertEqual(code, 77)
        self.assertIn(b"the PIN is wrong", rest)
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])
        pid, master = self.start("in.pdf")
        seen = self.read_until(master, b"sign: ")
        self.assertIn(b"a wrong PIN was given since the last right one", seen)
        os.write(master, b"1234\n")
        self.assertEqual(self.end(pid, master)[0], 0)

    def test_interrupt_restores_the_terminal(self):
        pid, master = self.start("in.pdf", shell='"$0" "$@"; echo "END=$?"; stty -a | grep -ow -e "-*echo"')
        self.read_until(master, b"sign: ")
        os.write(master, b"\x03")
        self.assertRegex(self.end(pid, master)[1], rb"END=130\s+echo\s")
        self.assertEqual(self.calls("C_Login"), [])
        self.untouched()

    def test_stop_and_go_on(self):
        """^Z restores the echo before it stops; fg asks again."""
        pid, master = self.start(
            "in.pdf", shell='"$0" "$@"; stty -a | grep -ow -e "-*echo"; fg >/dev/null; echo "END=$?"'
        )
        self.read_until(master, b"sign: ")
        os.write(master, b"\x1a")
        seen = self.read_until(master, b"sign: ")
        self.assertRegex(seen, rb"\s(?<!-)echo\s")
        os.write(master, b"1234\n")
        code, seen = self.end(pid, master)
        self.assertIn(b"END=0", seen)
        self.assertNotIn(b"1234", seen)

    def test_end_of_input_and_empty_line(self):
        for key in (b"\x04", b"\n"):
            pid, master = self.start("in.pdf")
            self.read_until(master, b"sign: ")
            os.write(master, key)
            self.assertEqual(self.end(pid, master)[0], 77)
        self.assertEqual(self.calls("C_Login"), [])

    def test_line_that_is_too_long_costs_no_try(self):
        pid, master = self.start("in.pdf")
        self.read_until(master, b"sign: ")
        os.write(master, b"1" * 400 + b"\n")
        self.assertEqual(self.end(pid, master)[0], 77)
        self.assertEqual(self.calls("C_Login"), [])

    def test_last_try_needs_its_flag(self):
        self.faults("flags +CKF_USER_PIN_FINAL_TRY")
        pid, master = self.start("in.pdf")
        code, seen = self.end(pid, master)
        self.assertEqual(code, 77)
        self.assertIn(b"--pin-last-try", seen)
        self.assertNotIn(b"sign: ", seen)
        pid, master = self.start("--pin-last-try", "in.pdf")
        self.assertIn(b"LAST TRY", self.read_until(master, b"sign: "))
        os.write(master, b"1234\n")
        self.assertEqual(self.end(pid, master)[0], 0)

    def test_document_that_cannot_be_signed_asks_for_no_pin(self):
        self.write("bad.pdf", "not a PDF")
        pid, master = self.start("bad.pdf")
        code, seen = self.end(pid, master)
        self.assertEqual(code, 65)
        self.assertNotIn(b"PIN to", seen)

    def test_the_whole_chain_is_judged_before_the_prompt(self):
        with open(harness.TRUST, "rb") as f:
            self.write("root.pem", f.read())
        self.write("seed.json", '{"cert": {"issuer": "root.pem", "required": "issuer"}}')
        self.succeeds(self.pades("fields", "add", "--field", "Seal", "--seed", "seed.json", "in.pdf", "field.pdf"))
        chain = os.path.join(harness.PKI, "seal-p256.chain.pem")
        pid, master = self.start("--cert", chain, "--field", "Seal", "field.pdf", "out.pdf")
        self.read_until(master, b"PIN to")
        os.write(master, b"1234\n")
        code, seen = self.end(pid, master)
        self.assertEqual(code, 0, seen)
        self.is_sealed("out.pdf", "field.pdf")

    def test_colour_only_on_a_terminal_and_without_no_color(self):
        self.write("bad.pdf", "not a PDF")
        pid, master = self.start("bad.pdf")
        self.assertIn(b"\x1b[31mpades: ", self.end(pid, master)[1])
        self.env["NO_COLOR"] = "1"
        pid, master = self.start("bad.pdf")
        self.assertNotIn(b"\x1b", self.end(pid, master)[1])
        self.assertNotIn("\x1b", self.sign("bad.pdf").err)

    def test_path_of_the_output_is_escaped_on_a_terminal_only(self):
        name = "a\x1b[2J\u202eb.pdf"
        self.write(name, self.read("in.pdf"))
        pid, master = self.start("--pin-file", "pin", name)
        code, seen = self.end(pid, master)
        self.assertEqual((code, seen), (0, b"a\\x1b[2J\\u{202e}b-signed.pdf\r\n"))
        run = self.succeeds(self.sign("--force", name))
        self.assertEqual(run.out, "a\x1b[2J\u202eb-signed.pdf\n")

    def test_progress_of_a_big_file(self):
        """A file over 100 MB tells how far it is; a small one, or no terminal, says nothing."""
        subprocess.run(
            ["qpdf", "--compress-streams=n", "--add-attachment", self.big(), "--", "in.pdf", "big.pdf"],
            cwd=self.dir,
            check=True,
        )
        pid, master = self.start("--pin-file", "pin", "big.pdf")
        code, seen = self.end(pid, master)
        self.assertEqual(code, 0, seen[-2000:])
        self.assertRegex(seen, rb"\r *\d+ % of 1\d\d MB")
        self.assertNotIn("%", self.succeeds(self.sign("--force", "big.pdf")).err)

    def big(self):
        path = self.path("noise")
        with open(path, "wb") as f:
            f.write(os.urandom(105_000_000))
        return path


if __name__ == "__main__":
    harness.main()
