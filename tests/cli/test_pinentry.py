"""A pinentry asks for the PIN: the programs of Debian on a terminal of their own, and a peer that does
everything wrong that can be done wrong. Whatever it does, no PIN that was not given is sent, and the
program ends with one line."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.parse

import harness
import terminal

PEER = os.path.join(harness.HERE, "pinentry_peer.py")


class Peered(harness.Case):
    def setUp(self):
        super().setUp()
        shutil.copy(PEER, self.path("peer"))
        os.chmod(self.path("peer"), 0o755)
        self.env["PEER_LOG"] = self.path("peer.log")
        self.env["PEER_SCRIPT"] = self.path("script")
        self.script()

    def script(self, **answers):
        self.write("script", json.dumps(answers))
        self.write("peer.log", "")

    def ask(self, *args, **kwargs):
        return self.faulty("--pinentry", self.path("peer"), *args, pin=None, **kwargs)

    def heard(self, word):
        """What the peer was told by this command, decoded."""
        lines = [line for line in self.read("peer.log").split(b"\n") if line.split(b" ")[0] == word.encode()]
        return [urllib.parse.unquote_to_bytes(line.partition(b" ")[2]).decode() for line in lines]


class Protocol(Peered):
    def test_question_and_answer(self):
        self.succeeds(self.ask("in.pdf"))
        self.assertEqual(self.calls("C_Login"), ["CKR_OK"])
        about = self.heard("SETDESC")[0]
        for text in ("pades: PIN to log in to sign\n", "document: in.pdf\n", "token: seal\n", "serial: ",
                     "certificate: Demo Company Oy Invoicing seal P-256\n"):
            self.assertIn(text, about)
        self.assertEqual(self.heard("SETTITLE"), ["pades"])
        self.assertEqual(self.heard("SETPROMPT"), ["PIN:"])
        self.assertEqual(self.heard("SETERROR"), [])
        self.assertEqual(len(self.heard("GETPIN")), 1)
        self.assertEqual(len(self.heard("BYE")), 1)

    def test_never_its_cache(self):
        self.succeeds(self.ask("in.pdf"))
        log = self.read("peer.log")
        self.assertNotIn(b"SETKEYINFO", log)
        self.assertNotIn(b"cache", log)

    def test_it_gets_its_pipes_and_the_environment(self):
        read_end, write_end = os.pipe()
        self.succeeds(self.ask("in.pdf", pass_fds=[read_end, write_end]))
        os.close(read_end)
        os.close(write_end)
        self.assertRegex(self.read("peer.log"), rb"^# fds \[0, 1, 2\] home /\S+")

    def test_options_of_terminal_and_display(self):
        env = {"DISPLAY": ":99", "TERM": "xterm", "LC_ALL": "", "LC_CTYPE": "fi_FI.UTF-8", "LANG": "C"}
        self.succeeds(self.ask("in.pdf", env=env))
        self.assertEqual(self.heard("OPTION"), ["lc-ctype=fi_FI.UTF-8", "lc-messages=C", "display=:99"])

    def test_options_it_does_not_know(self):
        self.script(OPTION=["ERR 83886254 Unknown option <Pinentry>"], SETTIMEOUT=["ERR 536871187 Unknown command"])
        self.succeeds(self.ask("in.pdf", env={"LANG": "C"}))

    def test_encoded_answer_in_parts(self):
        self.script(GETPIN=["S hello", "# comment", "D %31", "D 2%333", "OK"])
        self.fails(self.ask("in.pdf"), 77, "the PIN is wrong")
        self.script(GETPIN=["D %31", "D 2%33", "D 4", "OK"])
        self.succeeds(self.ask("in.pdf"))

    def test_names_from_outside_stay_in_their_line(self):
        name = "a%0AGETPIN\nSETDESC x<b>\x1b[2J\u202ee.pdf"
        self.write(name, self.read("in.pdf"))
        self.succeeds(self.ask(name, "out.pdf"))
        about = self.heard("SETDESC")
        self.assertEqual(len(about), 1)
        self.assertIn("document: a%0AGETPIN\\x0aSETDESC x<b>\\x1b[2J\\u{202e}e.pdf\n", about[0])
        self.assertNotIn("<", about[0].splitlines()[0])

    def test_long_names_are_cut_to_the_line_of_the_protocol(self):
        name = "\u00e4%" * 60 + ".pdf"
        self.write(name, self.read("in.pdf"))
        self.succeeds(self.ask(name, "out.pdf"))
        self.assertLessEqual(max(map(len, self.read("peer.log").split(b"\n"))), 1000)
        self.assertIn("certificate: Demo", self.heard("SETDESC")[0])

    def test_state_of_the_pin(self):
        self.faults("flags +CKF_USER_PIN_COUNT_LOW")
        self.succeeds(self.ask("in.pdf"))
        self.assertEqual(self.heard("SETERROR"), ["a wrong PIN was given since the last right one"])
        self.faults("flags +CKF_USER_PIN_FINAL_TRY")
        self.script()
        self.fails(self.ask("in.pdf", "x.pdf"), 77, "one try is left", "--pin-last-try")
        self.assertEqual(self.read("peer.log"), b"")
        self.succeeds(self.ask("--pin-last-try", "in.pdf", "x.pdf"))
        self.assertEqual(self.heard("SETERROR"), ["LAST TRY: one more wrong PIN locks the token"])

    def test_wrong_pin_is_not_asked_again(self):
        self.script(GETPIN=["D 0000", "OK"])
        run = self.fails(self.ask("in.pdf"), 77, "the PIN is wrong")
        self.assertNotIn("0000", run.err)
        self.assertEqual(len(self.heard("GETPIN")), 1)
        self.assertEqual(self.calls("C_Login"), ["CKR_PIN_INCORRECT"])

    def test_each_signature(self):
        self.faults("always")
        self.succeeds(self.ask("in.pdf"))
        self.assertEqual(len(self.heard("GETPIN")), 2)
        self.assertIn("note: this key wants its PIN for every signature\n", self.heard("SETDESC")[1])

    def test_pad_needs_none(self):
        self.write("pad", "1234")
        self.faults(f"pinpad {self.path('pad')}")
        self.succeeds(self.ask("in.pdf"))
        self.assertEqual(self.read("peer.log"), b"")


class Refusals(Peered):
    """No PIN comes of it: nothing is sent to the token."""

    def no_pin(self, message, status="PIN_REQUIRED", **answers):
        with self.subTest(message=message, answers=str(answers)[:80]):
            self.script(**answers)
            run = self.fails(self.ask("in.pdf"), 77, message)
            self.assertEqual(len(run.err.splitlines()), 1 if status == "PIN_CANCELLED" else 2, run)
            self.assertEqual(self.calls("C_Login"), [])
            self.untouched("peer.log", "script")

    def setUp(self):
        super().setUp()
        self.settle()

    def test_cancelled_and_not_answered(self):
        self.no_pin("cancelled", "PIN_CANCELLED", GETPIN=["ERR 83886179 Operation cancelled <Pinentry>"])
        self.no_pin("cancelled", "PIN_CANCELLED", GETPIN=["ERR 83886278 Operation fully cancelled"])
        self.no_pin("in time", "PIN_CANCELLED", GETPIN=["ERR 83886142 Timeout <Pinentry>"])
        self.no_pin("no PIN was typed", "PIN_CANCELLED", GETPIN=["OK"])
        self.no_pin("no PIN was typed", "PIN_CANCELLED", GETPIN=["D ", "OK"])
        self.no_pin("too long", "PIN_CANCELLED", GETPIN=["D " + "1" * 256, "OK"])
        self.no_pin("too long", "PIN_CANCELLED", GETPIN=["D " + "1" * 200, "D " + "%31" * 56, "OK"])

    def test_an_error_of_its_own(self):
        self.no_pin("cannot ask for the PIN: Inappropriate ioctl <x>",
                    GETPIN=["ERR 83918950 Inappropriate ioctl <x>"])
        self.no_pin(r"cannot ask for the PIN: bad \\x1b", SETDESC=["ERR 1 bad \x1b[2J"])
        self.no_pin("cannot ask for the PIN: it refuses", GETPIN=["ERR"])

    def test_it_ends(self):
        for where in ("greeting", "SETDESC", "GETPIN"):
            self.no_pin("it ended without an answer", **{where: ["!exit"]})
        self.no_pin("it ended without an answer", GETPIN=["D 1234", "!exit"])
        self.no_pin("it ended without an answer", GETPIN=["!raw D 1234", "!exit"])

    def test_it_talks_nonsense(self):
        self.no_pin("does not speak the protocol", greeting=["Hello"])
        self.no_pin("does not speak the protocol", greeting=[""])
        self.no_pin("does not speak the protocol", GETPIN=["1234", "OK"])
        self.no_pin("does not speak the protocol", GETPIN=["D 1234", "INQUIRE QUALITY", "OK"])
        self.no_pin("does not speak the protocol", GETPIN=["D 1234", "OKAY"])
        self.no_pin("data that nobody asked for", SETDESC=["D 1234", "OK"])
        for text in ("%", "%3", "%3G", "%G3", "%%31"):
            self.no_pin("cannot be decoded", GETPIN=["D 12" + text, "OK"])

    def test_it_talks_too_much(self):
        self.no_pin("longer than the protocol allows", greeting=["OK " + "x" * 2000])
        self.no_pin("longer than the protocol allows", GETPIN=["!raw D " + "1" * 5000, "!hang"])
        self.no_pin("talks without an end", SETTITLE=["!flood"])
        self.no_pin("talks without an end", GETPIN=["!flood"])

    def test_it_answers_from_a_cache(self):
        self.no_pin("from a cache", GETPIN=["S PASSWORD_FROM_CACHE", "D 1234", "OK"])
        self.no_pin("from a cache", GETPIN=["D 1234", "S PASSWORD_FROM_CACHE", "OK"])

    def test_it_does_not_answer(self):
        start = time.monotonic()
        self.no_pin("it does not answer", SETDESC=["!hang"])
        self.assertLess(time.monotonic() - start, 25)

    def test_it_is_no_program(self):
        for program, message in ((self.path("none"), "there is no program"), (self.path("pin"), "there is no program"),
                                 ("no-such-pinentry", "there is no program 'no-such-pinentry'"),
                                 ("/bin/true", "it ended without an answer")):
            self.fails(self.faulty("--pinentry", program, "in.pdf", pin=None), 77, message, "--pinentry")
        self.write("text", "no program\n", 0o755)
        self.fails(self.faulty("--pinentry", self.path("text"), "in.pdf", pin=None), 77, "it ended without an answer")
        self.assertEqual(self.calls("C_Login"), [])

    def test_interrupt_ends_it_and_us(self):
        self.script(GETPIN=["!hang"])
        process = subprocess.Popen(
            [harness.PADES, "sign", *self.token_args(pin=None, module=harness.FAULT), "--pinentry", self.path("peer"),
             "in.pdf"], cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True)
        for _ in range(1000):
            if b"GETPIN" in self.read("peer.log"):
                break
            time.sleep(0.01)
        peer = int(re.search(rb"pid (\d+)", self.read("peer.log")).group(1))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 130, process.communicate())
        process.communicate()
        self.assertFalse(os.path.exists(f"/proc/{peer}"))
        self.assertEqual(self.calls("C_Login"), [])


class Choice(Peered):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        os.rename(self.path("peer"), self.path("bin", "pinentry"))
        self.env["PATH"] = self.path("bin") + ":" + self.env["PATH"]

    def test_found_where_there_is_a_display(self):
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            self.script()
            self.succeeds(self.faulty("--force", "in.pdf", pin=None, env={name: ":9"}))
            self.assertEqual(len(self.heard("GETPIN")), 1)
        self.script()
        self.fails(self.faulty("in.pdf", "x.pdf", pin=None), 77, "wants its PIN", "--pin-file")
        self.fails(self.faulty("--pinentry", "none", "in.pdf", "x.pdf", pin=None, env={"DISPLAY": ":9"}), 77,
                   "wants its PIN")
        self.assertEqual(self.read("peer.log"), b"")

    def test_one_that_cannot_ask_and_no_terminal(self):
        self.script(greeting=["!exit"])
        self.fails(self.faulty("in.pdf", pin=None, env={"DISPLAY": ":9"}), 77, "cannot ask for the PIN: it ended",
                   "--pinentry")

    def test_no_folder_that_is_relative(self):
        self.env["PATH"] = "bin::/nowhere"
        self.fails(self.faulty("in.pdf", pin=None, env={"DISPLAY": ":9"}), 77, "wants its PIN")

    def test_flag_and_file(self):
        """A program named by a flag wins over a PIN named by a file; of the same rank, the PIN is taken."""
        self.write("conf", f"pin-file = {self.path('pin')}\n", 0o600)
        args = ("--config", "conf", "--force", "in.pdf")
        self.succeeds(self.faulty("--pinentry", "pinentry", *args, pin=None))
        self.assertEqual(len(self.heard("GETPIN")), 1)
        self.script()
        self.succeeds(self.faulty(*args, pin=None))
        self.succeeds(self.faulty("--pinentry", "none", *args, pin=None))
        self.succeeds(self.faulty("--pinentry", "pinentry", "--force", "in.pdf"))
        self.write("conf", f"pin-file = {self.path('pin')}\npinentry = pinentry\n", 0o600)
        self.succeeds(self.faulty(*args, pin=None))
        self.assertEqual(self.read("peer.log"), b"")
        self.write("conf", "pinentry = pinentry\n", 0o600)
        self.succeeds(self.faulty(*args, pin=None))
        self.assertEqual(len(self.heard("GETPIN")), 1)


class OnTerminal(Peered, terminal.OnTerminal):
    """With a controlling terminal."""

    surroundings = {"TERM": "xterm", "LANG": "C.UTF-8"}

    def start(self, *args, shell=None):
        command = [harness.PADES, "sign", *self.token_args(pin=None, module=harness.FAULT), *args]
        return self.on_terminal(command, shell)

    def real(self, name):
        path = shutil.which(name)
        if path is None:
            self.skipTest(f"SKIPPED: no {name} on this machine (cmake/packages.sh check)")
        return path

    def typed(self, name, prompt, keys):
        pid, master = self.start("--pinentry", self.real(name), "in.pdf")
        seen = self.read_until(master, prompt)
        for text in (b"in.pdf", b"Demo Company Oy Invoicing", b"seal", b"PIN:"):
            self.assertIn(text, seen)
        time.sleep(0.1)
        os.write(master, keys)
        code, rest = self.end(pid, master)
        self.assertNotIn(b"1234", rest)
        return code, seen + rest

    def test_pinentry_tty(self):
        self.assertEqual(self.typed("pinentry-tty", rb"PIN:", b"1234\n")[0], 0)
        self.is_sealed("in-signed.pdf")

    def test_pinentry_tty_at_the_end_of_input(self):
        self.assertEqual(self.typed("pinentry-tty", rb"PIN:", b"\x04")[0], 77)
        self.assertEqual(self.calls("C_Login"), [])

    def test_pinentry_curses(self):
        self.assertEqual(self.typed("pinentry-curses", rb"(?s)PIN:.*Cancel", b"1234\r")[0], 0)
        self.is_sealed("in-signed.pdf")

    def test_pinentry_curses_cancelled(self):
        code, seen = self.typed("pinentry-curses", rb"(?s)PIN:.*Cancel", b"\t\t\r")
        self.assertEqual(code, 77, seen)
        self.assertIn(b"cancelled", seen)
        self.assertEqual(self.calls("C_Login"), [])

    def test_interrupt_leaves_the_terminal_in_order(self):
        for name in ("pinentry-tty", "pinentry-curses"):
            pid, master = self.start("--pinentry", self.real(name), "in.pdf",
                                     shell='"$0" "$@"; echo "END=$?"; stty -a | grep -ow -e "-*echo" -e "-*icanon"')
            self.read_until(master, rb"PIN:")
            time.sleep(0.2)
            os.write(master, b"\x03")
            self.assertRegex(self.end(pid, master)[1], rb"END=(130|77)[^0]+\sicanon\s[^0]*\secho\s", name)
        self.assertEqual(self.calls("C_Login"), [])

    def test_one_that_cannot_ask_gives_way_to_the_terminal(self):
        os.mkdir(self.path("bin"))
        os.rename(self.path("peer"), self.path("bin", "pinentry"))
        self.env["PATH"] = self.path("bin") + ":" + self.env["PATH"]
        for script in ({"greeting": ["!exit"]}, {"GETPIN": ["ERR 83918950 no"]}, {"SETDESC": ["nonsense"]}):
            self.script(**script)
            pid, master = self.start("--force", "in.pdf")
            seen = self.read_until(master, rb"PIN to log in to sign: ")
            self.assertIn(b"cannot ask for the PIN", seen)
            os.write(master, b"1234\n")
            self.assertEqual(self.end(pid, master)[0], 0)
        self.script(GETPIN=["ERR 83886179 cancelled"])
        pid, master = self.start("--force", "in.pdf")
        code, seen = self.end(pid, master)
        self.assertEqual(code, 77)
        self.assertNotIn(b"sign: ", seen)
        self.assertEqual(self.heard("OPTION")[:2], ["ttyname=/dev/tty", "ttytype=xterm"])


if __name__ == "__main__":
    harness.main()
