"""pades token show, export, certs --expiring, pin-verify, pin-change, pin-unblock, key-test, watch: what they
print, the exit codes, and that no operation spends more tries than the user typed."""

import os
import re
import select
import shutil
import signal
import subprocess
import time
import unittest
import urllib.parse

import harness
import terminal


class TokenCase(harness.Case):
    """Tokens behind the module that injects faults, with counters of both secrets."""

    token = "pkcs11:token=seal"

    def setUp(self):
        super().setUp()
        self.write("new", "654321\n", 0o600)
        self.write("puk", "12345678\n", 0o600)
        self.write("wrong", "000000\n", 0o600)
        self.behave()

    def behave(self, *lines):
        """The faults, with counters that stay."""
        self.faults(f"tries 3 {self.path('tries')}", f"puks 3 {self.path('puks')}", *lines)

    def left(self, counter="tries"):
        try:
            return int(self.read(counter))
        except FileNotFoundError:
            return 3

    def lock(self):
        self.write("tries", "0\n")

    def command(self, name, *args, module=harness.FAULT, key=None):
        return ["token", name, "--module", module, "--key", key or self.token, *args]

    def token_run(self, name, *args, module=harness.FAULT, key=None, **kwargs):
        return self.pades(*self.command(name, *args, module=module, key=key), **kwargs)

    def verify(self, *args, pin="pin", **kwargs):
        return self.token_run("pin-verify", "--pin-file", pin, *args, **kwargs)

    def change(self, *args, pin="pin", new="new", **kwargs):
        return self.token_run("pin-change", "--pin-file", pin, "--new-pin-file", new, *args, **kwargs)

    def unblock(self, *args, puk="puk", new="pin", yes=("--yes",), **kwargs):
        return self.token_run("pin-unblock", "--puk-file", puk, "--new-pin-file", new, *yes, *args, **kwargs)

    def sent(self):
        return [name for call in ("C_Login", "C_SetPIN", "C_InitPIN") for name in [call] * len(self.calls(call))]


class Verify(TokenCase):
    def test_right(self):
        run = self.succeeds(self.verify())
        self.assertEqual(run.out, "PIN verified: 'seal'\n")
        self.assertEqual(self.calls("C_Login"), ["CKR_OK"])
        self.assertEqual(self.calls("C_Logout"), ["CKR_OK"])
        told = self.succeeds(self.verify("--json")).object
        self.assertEqual((told["done"], told["pin_state"], told["token"]["label"]), ("pin-verify", "ok", "seal"))

    def test_wrong_until_it_is_locked(self):
        self.fails(self.verify(pin="wrong"), 77, "says the PIN is wrong; few tries are left before it is locked")
        self.assertEqual(self.left(), 2)
        self.fails(self.verify(pin="wrong"), 77, "nobody is asked: the PIN was not used", "--pin-last-try")
        self.assertEqual(self.left(), 2)
        self.fails(self.verify("--pin-last-try", pin="wrong"), 77, "this PIN was refused by token 'seal' on", "type it once")
        self.assertEqual(self.left(), 2, "what was refused is not sent again")
        self.write("wrong", "1111\n", 0o600)
        self.fails(self.verify("--pin-last-try", pin="wrong"), 77, "one try is left before it is locked")
        self.write("wrong", "2222\n", 0o600)
        self.fails(self.verify("--pin-last-try", pin="wrong"), 77, "is locked: the PIN was wrong and that was the last try",
                   "pades token pin-unblock")
        self.assertEqual(self.left(), 0)
        before = len(self.sent())
        run = self.verify("--pin-last-try", "--json")
        self.assertEqual((run.code, run.object["error"]["status"]), (77, "PIN_LOCKED"))
        self.assertEqual(len(self.sent()), before, "a locked PIN is not tried")

    def test_every_source(self):
        self.succeeds(self.token_run("pin-verify", "--pin-env", "P", env={"P": "1234"}))
        with open(self.path("pin"), "rb") as f:
            self.succeeds(self.token_run("pin-verify", "--pin-fd", str(f.fileno()), pass_fds=[f.fileno()]))
        self.fails(self.token_run("pin-verify"), 77, "the PIN is needed, and there is nobody to ask", "--pin-fd")
        os.chmod(self.path("pin"), 0o644)
        self.fails(self.verify(), 77, "may read or write", "chmod 600")
        self.assertEqual(self.calls("C_Login"), ["CKR_OK", "CKR_OK"])

    def test_pin_source_of_the_uri(self):
        key = f"pkcs11:token=seal?pin-source=file:{self.path('pin')}"
        self.succeeds(self.token_run("pin-verify", key=key))
        self.write("fresh", "4321\n", 0o600)
        self.succeeds(self.token_run("pin-change", "--new-pin-file", "fresh", key=key))
        self.fails(self.token_run("pin-verify", key=key), 77, "the PIN is wrong")
        self.succeeds(self.verify("--pin-last-try", pin="fresh", key=key))  # --pin-file wins
        self.assertEqual(self.calls("C_Login"), ["CKR_OK", "CKR_OK", "CKR_PIN_INCORRECT", "CKR_OK"])

    def test_which_token(self):
        self.fails(self.verify(key="pkcs11:token=none"), 77, "no token fits 'pkcs11:token=none'", "'seal'")
        self.behave("twice")
        run = self.fails(self.verify(), 77, "2 tokens fit: say which", "slot-id=")
        uri = re.search(r"(pkcs11:\S*slot-id=\S+?)(;|$)", run.err, re.M).group(1)
        self.succeeds(self.verify(key=uri.split("?")[0]))
        self.behave("absent")
        self.fails(self.verify(), 77, "no token is present: reader 'SoftHSM slot ID .*' is empty", "put the token in its reader")
        self.behave("fail C_GetTokenInfo CKR_DEVICE_ERROR")
        self.fails(self.verify(), 77, "what is in reader '.*' does not answer", "another driver may be in the way")
        self.behave("fail C_GetTokenInfo CKR_TOKEN_NOT_RECOGNIZED")
        self.fails(self.verify(), 77, "is not recognized")
        self.fails(self.verify(key="key.pem"), 64, "must be a pkcs11: URI")
        self.assertEqual(self.calls("C_Login"), ["CKR_OK"])

    def test_pad(self):
        self.write("pad", "1234\n")
        self.behave("flags +CKF_PROTECTED_AUTHENTICATION_PATH", f"pinpad {self.path('pad')}")
        run = self.succeeds(self.token_run("pin-verify"))
        self.assertIn("type the PIN of 'seal' on the reader (to check the PIN)", run.err)
        self.write("pad", "cancel\n")
        self.fails(self.token_run("pin-verify"), 77, "cancelled, or nobody answered in time")
        self.assertEqual(self.left(), 3)

    def test_pulled_out(self):
        self.behave("fail C_Login CKR_DEVICE_REMOVED")
        self.fails(self.verify(), 77, "was removed, or stopped answering", "put the token back")
        self.assertEqual(self.calls("C_Login"), ["CKR_DEVICE_REMOVED"])


class Change(TokenCase):
    def test_there_and_back(self):
        run = self.succeeds(self.change())
        self.assertEqual(run.out, "the PIN has been changed: 'seal'\n")
        self.fails(self.verify(), 77, "says the PIN is wrong")
        self.succeeds(self.verify("--pin-last-try", pin="new"))
        told = self.succeeds(self.change("--json", pin="new", new="pin")).object
        self.assertEqual((told["done"], told["pin_state"]), ("pin-change", "ok"))
        self.succeeds(self.verify())

    def test_both_from_one_descriptor(self):
        read_end, write_end = os.pipe()
        os.write(write_end, b"1234\n654321\n")
        os.close(write_end)
        fd = str(read_end)
        self.succeeds(self.token_run("pin-change", "--pin-fd", fd, "--new-pin-fd", fd, pass_fds=[read_end]))
        os.close(read_end)
        self.succeeds(self.verify(pin="new"))

    def test_wrong_pin_costs_one_try_and_changes_nothing(self):
        self.fails(self.change(pin="wrong"), 77, "says the PIN is wrong")
        self.assertEqual((self.left(), self.sent()), (2, ["C_Login"]))
        self.succeeds(self.verify("--pin-last-try"))

    def test_new_pin_that_will_not_do(self):
        self.write("short", "1\n", 0o600)
        run = self.change("--json", new="short")
        self.assertEqual((run.code, run.object["error"]["status"]), (77, "PIN_INVALID"))
        self.assertEqual(run.object["error"]["native"], "CKR_PIN_LEN_RANGE")
        self.assertIn("does not take the new PIN: its length\nhint: the PIN is as it was", run.err)
        self.assertEqual(self.left(), 3)
        self.succeeds(self.verify())

    def test_needs_both_before_anything_is_sent(self):
        self.fails(self.token_run("pin-change", "--pin-file", "pin"), 77, "a new PIN is needed", "--new-pin-file")
        self.write("nothing", "", 0o600)
        self.fails(self.change(new="nothing"), 77, "the new PIN is not there: its source is empty")
        self.fails(self.change("--new-pin-fd", "0"), 64, "give one of --new-pin-fd and --new-pin-file")
        self.fails(self.token_run("pin-change", "--pin-file", "pin", "--new-pin-fd", "1"), 64, "--new-pin-fd 1")
        self.assertEqual(self.sent(), [])

    def test_pad(self):
        self.write("pad", "1234\n654321\n")
        self.behave("flags +CKF_PROTECTED_AUTHENTICATION_PATH", f"pinpad {self.path('pad')}")
        run = self.succeeds(self.token_run("pin-change"))
        self.assertIn("type on the reader what it asks for: the PIN of 'seal' as it is, then the new one", run.err)
        self.assertEqual(self.sent(), ["C_SetPIN"])
        self.behave()
        self.succeeds(self.verify(pin="new"))


class Unblock(TokenCase):
    def setUp(self):
        super().setUp()
        self.lock()

    def test_unblocks(self):
        self.fails(self.verify(), 77, "is locked", "pin-unblock")
        run = self.succeeds(self.unblock(new="new"))
        self.assertEqual(run.out, "the PIN has been unlocked and changed: 'seal'\n")
        self.assertEqual((self.left(), self.left("puks")), (3, 3))
        self.succeeds(self.verify(pin="new"))
        self.lock()
        told = self.succeeds(self.unblock("--json")).object
        self.assertEqual((told["done"], told["pin_state"]), ("pin-unblock", "ok"))

    def test_wrong_puk_costs_one_try(self):
        self.fails(self.unblock(puk="wrong"), 77, "says the PUK is wrong", "too many wrong PUKs lock the token for good")
        self.assertEqual((self.left(), self.left("puks"), self.sent()), (0, 2, ["C_Login"]))
        # the token of this module tells that a wrong PUK was given
        self.fails(self.unblock(), 77, "for the PUK of token 'seal', and nobody is asked", "--pin-last-try")
        self.assertEqual(self.left("puks"), 2)
        self.succeeds(self.unblock("--pin-last-try"))

    def test_has_to_be_confirmed(self):
        self.fails(self.unblock(yes=()), 77, "has to be confirmed, and there is no terminal: nothing was tried", "--yes")
        self.assertEqual(self.sent(), [])

    def test_unknown_module_is_refused_until_the_way_is_named(self):
        self.behave("maker Somebody", "library Something")
        run = self.fails(self.unblock(), 77, r"not known how the module of token 'seal' \(Somebody, Something", "--style")
        self.assertIn("init-pin", run.err)
        self.assertEqual(self.sent(), [])
        self.succeeds(self.unblock("--style", "init-pin"))
        self.fails(self.unblock("--style", "guess"), 64, "--style must be one of")

    def test_the_ways(self):
        for way, unblocks in (("set-pin", "set-pin"), ("set-pin-context", "context"), ("puk-prefix", "prefix")):
            self.lock()
            self.behave("maker Somebody", f"unblock {unblocks}")
            self.succeeds(self.unblock("--style", way))
            self.assertEqual((self.left(), self.left("puks")), (3, 3))

    def test_opensc_as_it_comes_takes_no_puk(self):
        self.behave("maker OpenSC Project")
        self.fails(self.unblock(), 77, "stays locked: its module took no PUK this way", "user_pin_unblock_style")
        self.assertEqual((self.left("puks"), self.sent()), (3, ["C_SetPIN"]))
        self.write("tries", "3\n")
        self.fails(self.unblock(), 77, "is not locked: nothing was tried", "pin-change")
        self.assertEqual((self.left(), self.sent()), (3, ["C_SetPIN"]))

    def test_locked_puk(self):
        self.behave("flags +CKF_SO_PIN_LOCKED")
        self.fails(self.unblock(), 77, "the PUK of token 'seal' is locked: its PIN cannot be unblocked", "issued")
        self.assertEqual(self.sent(), [])

    def test_pad(self):
        self.write("pad", "12345678\n1234\n")
        self.behave("flags +CKF_PROTECTED_AUTHENTICATION_PATH", f"pinpad {self.path('pad')}")
        run = self.succeeds(self.token_run("pin-unblock", "--yes"))
        self.assertIn("the PUK of 'seal'", run.err)
        self.assertIn("type the new PIN of 'seal' on the reader", run.err)


class Terminal(TokenCase, terminal.OnTerminal):
    """The questions, on a terminal of their own."""

    surroundings = {"TERM": "dumb"}

    def start(self, name, *args):
        return self.on_terminal([harness.PADES, *self.command(name, "--pinentry", "none", *args)])

    def talk(self, name, args, *answers):
        """(exit code, everything seen) after answers to (question, line)."""
        pid, master = self.start(name, *args)
        seen = b""
        for question, line in answers:
            part = self.read_until(master, re.escape(question))
            self.assertIn(question, part, seen)
            seen += part
            os.write(master, line + b"\n")
        code, rest = self.end(pid, master)
        return code, seen + rest

    def test_verify(self):
        code, seen = self.talk("pin-verify", [], (b"pades: PIN to check the PIN: ", b"1234"))
        self.assertEqual(code, 0, seen)
        self.assertIn(b"PIN verified: 'seal'", seen)
        self.assertNotIn(b"1234", seen)

    def test_change_is_typed_twice(self):
        code, seen = self.talk("pin-change", [], (b"pades: PIN to change the PIN: ", b"1234"),
                               (b"pades: new PIN to change the PIN: ", b"654321"),
                               (b"pades: new PIN to change the PIN, again: ", b"654321"))
        self.assertEqual(code, 0, seen)
        self.assertRegex(seen, rb"length: +4 to 255 characters, as the token tells")
        self.assertNotIn(b"654321", seen)
        self.succeeds(self.verify(pin="new"))

    def test_change_not_alike(self):
        code, seen = self.talk("pin-change", [], (b"PIN to change the PIN: ", b"1234"),
                               (b"new PIN to change the PIN: ", b"654321"), (b"again: ", b"654322"))
        self.assertEqual(code, 77, seen)
        self.assertIn(b"typed twice and not alike; nothing was changed", seen)
        self.assertEqual(self.sent(), [])

    def test_unblock_says_what_is_at_stake(self):
        self.lock()
        code, seen = self.talk("pin-unblock", [], (b"Type 'yes' to go on: ", b"yes"),
                               (b"pades: PUK to unblock the PIN: ", b"12345678"),
                               (b"new PIN to unblock the PIN: ", b"4321"), (b"again: ", b"4321"))
        self.assertEqual(code, 0, seen)
        self.assertIn(b"the PIN can never be unblocked again: its keys are lost", seen)
        self.assertRegex(seen, rb"attention: +too many wrong PUKs lock the token for good")
        self.assertIn(b"the PIN has been unlocked and changed", seen)
        self.assertNotIn(b"12345678", seen)

    def test_unblock_not_confirmed(self):
        self.lock()
        for answer in (b"y", b"no", b"YES", b""):
            code, seen = self.talk("pin-unblock", [], (b"Type 'yes' to go on: ", answer))
            self.assertEqual(code, 77, seen)
            self.assertIn(b"not confirmed: nothing was tried", seen)
        self.assertEqual(self.sent(), [])

    def test_last_try_needs_its_flag(self):
        self.write("tries", "1\n")
        code, seen = self.talk("pin-verify", [])
        self.assertEqual(code, 77)
        self.assertIn(b"--pin-last-try", seen)
        code, seen = self.talk("pin-verify", ["--pin-last-try"], (b"check the PIN: ", b"1234"))
        self.assertEqual(code, 0, seen)
        self.assertIn(b"LAST TRY", seen)


class Tries(TokenCase):
    """No operation ever spends more tries than the user typed: every command with every wrong secret, under
    every fault, counted by the token."""

    faults_of_modules = (
        (),
        ("twice",),
        ("always",),
        ("flags -CKF_LOGIN_REQUIRED",),
        ("flags +CKF_USER_PIN_TO_BE_CHANGED",),
        ("maker OpenSC Project",),
        ("maker OpenSC Project", "unblock set-pin"),
        ("maker Yubico", "unblock prefix"),
        ("fail C_Sign CKR_USER_NOT_LOGGED_IN",),
        ("fail C_Sign CKR_GENERAL_ERROR",),
        ("after C_Login CKR_GENERAL_ERROR",),
        ("after C_SetPIN CKR_DEVICE_ERROR",),
        ("fail C_SetPIN CKR_SESSION_HANDLE_INVALID",),
        ("fail C_InitPIN CKR_FUNCTION_FAILED",),
    )

    def both(self):
        return 2 * 3 - self.left() - self.left("puks")

    def spent(self, run):
        """Tries of both secrets that a run has cost."""
        self.write("tries", "3\n")
        self.write("puks", "3\n")
        run()
        return self.both()

    def test_wrong_secrets(self):
        key = "pkcs11:token=seal;object=seal-p256"
        for faults in self.faults_of_modules:
            self.behave(*faults)
            uri = self.token + self.slot(faults)
            for name, run in {
                "verify": lambda: self.verify("--pin-last-try", pin="wrong", key=uri),
                "change": lambda: self.change("--pin-last-try", pin="wrong", key=uri),
                "unblock": lambda: self.unblock("--pin-last-try", "--style", "init-pin", puk="wrong", key=uri),
                "set-pin": lambda: self.unblock("--pin-last-try", "--style", "set-pin", puk="wrong", key=uri),
                "prefix": lambda: self.unblock("--pin-last-try", "--style", "puk-prefix", puk="wrong", key=uri),
                "key-test": lambda: self.token_run("key-test", "--pin-last-try", "--pin-file", "wrong", key=key + self.slot(faults)),
            }.items():
                with self.subTest(command=name, faults=faults):
                    self.assertLessEqual(self.spent(run), 1)

    def slot(self, faults):
        """With every slot there twice, the first one."""
        if "twice" not in faults:
            return ""
        told = self.succeeds(self.pades("token", "list", "--json", "--module", harness.FAULT)).object
        return f";slot-id={told['tokens'][0]['slot']}"

    def test_right_secrets_cost_nothing(self):
        self.assertEqual(self.spent(lambda: self.succeeds(self.verify())), 0)
        self.assertEqual(self.spent(lambda: self.succeeds(self.change())), 0)
        self.assertEqual(self.spent(lambda: self.succeeds(self.unblock())), 0)

    def test_nothing_but_pin_commands_logs_in(self):
        for args in (["list"], ["certs"], ["show", "--cert-subject", "seal P-256"], ["export", "--cert-subject", "seal P-256"]):
            self.succeeds(self.pades("token", *args, "--module", harness.FAULT))
        self.assertEqual(self.sent(), [])

    def test_no_secret_in_what_is_told(self):
        self.write("wrong", "Zq7-secret\n", 0o600)
        for run in (self.verify("--verbose", pin="wrong"), self.change("--verbose", "--pin-last-try", pin="wrong"),
                    self.unblock("--verbose", puk="wrong"), self.change("--verbose", "--pin-last-try", new="wrong")):
            self.assertNotIn("Zq7", run.out + run.err)


class InThisProcess(TokenCase):
    """--no-isolate: the same without a process of the modules' own."""

    def test_each(self):
        own = "--no-isolate"
        self.succeeds(self.verify(own))
        self.succeeds(self.change(own))
        self.fails(self.verify(own, pin="wrong"), 77, "says the PIN is wrong")
        self.assertEqual(self.left(), 2)
        self.lock()
        self.succeeds(self.unblock(own))
        key = "pkcs11:token=seal;object=seal-p256"
        self.succeeds(self.token_run("key-test", own, "--pin-file", "pin", key=key))
        self.succeeds(self.token_run("show", own, key=key))
        self.succeeds(self.pades("token", "watch", own, "--module", harness.FAULT, "--timeout", "1"))


class Pinentry(TokenCase):
    """Who asks by a pinentry: each secret has its own words, the new PIN is asked for twice."""

    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(harness.HERE, "pinentry_peer.py"), self.path("peer"))
        os.chmod(self.path("peer"), 0o755)
        self.env.update(PEER_LOG=self.path("peer.log"), PEER_SCRIPT=self.path("script"))
        self.write("script", "{}")

    def heard(self, word):
        lines = self.read("peer.log").split(b"\n")
        return [urllib.parse.unquote(line.partition(b" ")[2].decode()) for line in lines if line.split(b" ")[0] == word]

    def test_change(self):
        self.succeeds(self.token_run("pin-change", "--pinentry", self.path("peer")))
        self.assertEqual(self.heard(b"SETPROMPT"), ["PIN:", "New PIN:", "New PIN:"])
        self.assertRegex(self.heard(b"SETDESC")[2], r"pades: new PIN to change the PIN, again\n")
        self.assertEqual(self.sent(), ["C_Login", "C_SetPIN"])

    def test_unblock(self):
        self.lock()
        run = self.token_run("pin-unblock", "--yes", "--new-pin-file", "new", "--pinentry", self.path("peer"))
        self.fails(run, 77, "says the PUK is wrong")
        self.assertEqual(self.heard(b"SETPROMPT"), ["PUK:"])
        self.assertEqual(self.heard(b"SETERROR"), ["too many wrong PUKs lock the token for good"])
        self.assertEqual((self.left("puks"), self.sent()), (2, ["C_Login"]))


class Certificates(TokenCase):
    key = "pkcs11:token=seal;object=seal-p256"

    def test_expiring(self):
        run = self.pades("token", "certs", "--module", harness.SOFTHSM, "--expiring", "60", "--json")
        self.assertEqual(run.code, 1, run)
        self.assertEqual(sorted(c["label"] for c in run.object["certs"]), ["expired", "soon"])
        run = self.pades("token", "certs", "--module", harness.SOFTHSM, "--expiring", "0", "--json")
        self.assertEqual([c["label"] for c in run.object["certs"]], ["expired"])
        run = self.succeeds(self.pades("token", "certs", "--module", harness.SOFTHSM, "--expiring", "60", "--key", self.key))
        self.assertEqual(run.out + run.err, "")
        run = self.pades("token", "certs", "--module", harness.SOFTHSM, "--expiring", "36500")
        self.assertEqual(run.code, 1)
        self.fails(self.pades("token", "certs", "--expiring", "-1"), 64, "--expiring must be a whole number")

    def test_show(self):
        told = self.succeeds(self.token_run("show", "--json", key=self.key)).object
        self.assertEqual(
            (told["key_bits"], told["signature_algorithm"], told["always_authenticate"], told["key_usage"]),
            (256, "ecdsa-with-SHA256", None, ["nonRepudiation"]),
        )
        self.assertEqual(told["policies"], ["0.4.0.194112.1.3"])
        for name, end in (("ocsp_urls", "/ocsp"), ("issuer_urls", "issuing.cer"), ("crl_urls", "issuing.crl")):
            self.assertTrue(told[name][0].endswith(end), told[name])
        self.assertIn("CKM_ECDSA", told["mechanisms"])
        self.assertEqual(len(told["chain"]), 2)
        self.assertEqual(told["token"]["label"], "seal")
        text = self.succeeds(self.token_run("show", key=self.key)).out
        for line in ("key size     256 bits", "key usage    nonRepudiation", "policy       0.4.0.194112.1.3",
                     f"fingerprint  {told['fingerprint']}", "PIN each time not known without a login"):
            self.assertIn(line, text)
        self.behave("mechs CKM_ECDSA 0x80001234")
        told = self.succeeds(self.token_run("show", "--json", key=self.key)).object
        self.assertEqual(told["mechanisms"], ["CKM_ECDSA", "CKM_0x80001234"])

    def test_which_certificate(self):
        run = self.fails(self.token_run("show"), 77, r"\d+ certificates fit", r"one of\n  pkcs11:")
        for uri in re.findall(r"^  (pkcs11:\S+)", run.err, re.M):
            self.succeeds(self.token_run("show", key=uri.split("?")[0]))
        self.fails(self.token_run("show", key="pkcs11:token=seal;object=none"), 77, "no certificate is seen that fits")
        self.fails(self.token_run("export", key="x.pem"), 64, "must be a pkcs11: URI")

    def subject(self, data):
        done = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=data, capture_output=True, check=True)
        return done.stdout.decode().strip().split("=")[1].replace(":", "").lower()

    def test_export_is_the_certificate(self):
        """Line lengths as RFC 7468, 2 wants them; clause: RFC7468#2"""
        fingerprint = self.succeeds(self.token_run("show", "--json", key=self.key)).object["fingerprint"]
        pem = self.succeeds(self.token_run("export", key=self.key)).raw
        self.assertEqual(self.subject(pem), fingerprint)
        again = subprocess.run(["openssl", "x509"], input=pem, capture_output=True, check=True).stdout
        self.assertEqual(pem, again)
        der = self.succeeds(self.token_run("export", "--der", "-", key=self.key)).raw
        again = subprocess.run(["openssl", "x509", "-outform", "DER"], input=pem, capture_output=True, check=True).stdout
        self.assertEqual(der, again)
        chain = self.succeeds(self.token_run("export", "--chain", key=self.key)).out
        self.assertEqual(chain.count("BEGIN CERTIFICATE"), 2)
        self.assertTrue(chain.startswith(pem.decode()))
        self.fails(self.token_run("export", "--chain", "--der", key=self.key), 64, "--der holds one certificate")

    def test_export_into_a_file(self):
        self.settle()
        run = self.succeeds(self.token_run("export", "out.pem", key=self.key))
        self.assertEqual(run.out, "out.pem\n")
        first = self.read("out.pem")
        self.write("out.pem", "mine")
        self.fails(self.token_run("export", "out.pem", key=self.key), 73, "'out.pem' exists")
        self.assertEqual(self.read("out.pem"), b"mine")
        told = self.succeeds(self.token_run("export", "--force", "--json", "out.pem", key=self.key)).object
        self.assertEqual((told["output"], self.read("out.pem")), ("out.pem", first))
        self.fails(self.token_run("export", "none/out.pem", key=self.key), 73, "cannot write 'none/out.pem'")
        self.fails(self.token_run("export", "a", "b", key=self.key), 64, "too many operands")
        self.write("conf", "reason = no\n", 0o600)
        self.settle()
        for out, force, told in (("home", ("--force",), "'home' is not a file"), ("conf", (), "'conf' exists")):
            self.fails(self.token_run("export", *force, out, key="pkcs11:token=none"), 73, told)
        run = self.token_run("export", "--force", "--config", "conf", "conf", key=self.key)
        self.fails(run, 64, "the output 'conf' is the file of --config too", "another file")
        self.untouched()
        run = self.token_run("export", "--json", key=self.key)
        self.assertEqual((run.code, run.object["error"]["status"]), (64, "USAGE"))
        self.untouched("out.pem")


class KeyTest(TokenCase):
    def run_test(self, *args, key="seal-p256", pin="pin", **kwargs):
        return self.token_run("key-test", "--pin-file", pin, *args, key=f"pkcs11:token=seal;object={key}", **kwargs)

    def test_tells_mechanism_and_time(self):
        for key, args, scheme, mechanism in (
            ("seal-p256", [], "ECDSA", "CKM_ECDSA"),
            ("seal-p384", [], "ECDSA", "CKM_ECDSA"),
            ("seal-rsa3072", [], "RSA PKCS#1 v1.5", "CKM_RSA_PKCS"),
            ("seal-rsa3072", ["--pss", "--digest", "sha512"], "RSA-PSS", "CKM_RSA_PKCS_PSS"),
        ):
            told = self.succeeds(self.run_test("--json", *args, key=key)).object
            self.assertEqual((told["scheme"], told["mechanism"], told["verified"]), (scheme, mechanism, True))
            self.assertGreater(told["microseconds"], 0)
        self.behave("delay C_Sign 300")
        run = self.succeeds(self.run_test())
        self.assertRegex(run.out, r"the key works: '.*seal P-256'\n.*ECDSA with sha256, CKM_ECDSA\n +took +3\d\d\.\d ms")

    def test_token_that_signs_wrongly(self):
        for fault in ("badsig", "shortsig"):
            self.behave(fault)
            self.assertEqual(self.run_test().code, 77)
        self.behave("badsig")
        self.fails(self.run_test(), 77, "does not verify with its certificate", "belong to this key")

    def test_wrong_pin_and_no_key(self):
        self.fails(self.run_test(pin="wrong"), 77, "says the PIN is wrong")
        self.assertEqual(self.left(), 2)
        self.fails(self.run_test("--pin-last-try", key="no-signing-usage"), 77, "usage")
        self.assertEqual(self.calls("C_Sign"), [])

    def test_key_in_a_file(self):
        path = os.path.join(harness.PKI, "seal-p256.p12")
        if not os.path.exists(path):
            self.skipTest("the PKI has no .p12 of this key")
        told = self.pades("token", "key-test", "--json", "--key", path, "--pin-file", "pin")
        if told.code == 0:
            self.assertIsNone(told.object["mechanism"])


class Watch(TokenCase):
    def start(self, *args):
        process = subprocess.Popen(
            [harness.PADES, "token", "watch", "--module", harness.FAULT, *args],
            cwd=self.dir, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def line(self, process, seconds=10):
        self.assertTrue(select.select([process.stdout], [], [], seconds)[0], "no line in time")
        return harness.json.loads(process.stdout.readline())

    def test_comes_and_goes(self):
        process = self.start("--json", "--count", "2")
        event = self.line(process)
        self.assertEqual((event["schema"], event["event"], event["token"]["label"]), (1, "present", "seal"))
        self.behave("absent")
        event = self.line(process)
        self.assertEqual((event["event"], event["token"]["label"]), ("removed", "seal"))
        self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.behave()
        event = self.line(process)
        self.assertEqual(event["event"], "inserted")
        self.assertIn("token=seal", event["token"]["uri"])
        self.assertEqual(process.wait(10), 0)
        self.assertEqual(self.calls("C_OpenSession"), [])

    def test_until_a_signal_or_the_time(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            process = self.start("--json")
            self.line(process)
            process.send_signal(number)
            self.assertEqual(process.wait(10), code)
        start = time.time()
        run = self.succeeds(self.pades("token", "watch", "--module", harness.FAULT, "--timeout", "1"))
        self.assertRegex(run.out, r"\A\S+Z present: 'seal' in 'SoftHSM slot ID \S+'\n\Z")
        self.assertLess(time.time() - start, 5)

    def test_time_of_the_configuration_is_that_of_requests(self):
        self.write("pades.conf", "timeout = 1\n", 0o600)
        process = self.start("--json", "--config", "pades.conf")
        self.line(process)
        time.sleep(2)
        self.assertIsNone(process.poll())

    def test_module_that_ends(self):
        process = self.start("--json")
        self.line(process)
        self.behave("crash C_GetSlotInfo")
        self.assertEqual(process.wait(20), 77)
        err = process.stderr.read().decode()
        self.assertIn("nothing can be watched any more", err)

    def test_hostile_labels(self):
        self.behave("label \x1b]0;x\x07")
        run = self.succeeds(self.pades("token", "watch", "--module", harness.FAULT, "--timeout", "1"))
        self.assertNotIn("\x1b", run.out)


class Lists(TokenCase):
    def listed(self, *args):
        return self.succeeds(self.pades("token", "list", "--json", "--module", harness.FAULT, *args)).object

    def test_both_pins_library_and_lengths(self):
        self.behave("flags +CKF_SO_PIN_FINAL_TRY +CKF_USER_PIN_LOCKED")
        one = self.listed()["tokens"][0]
        self.assertEqual((one["pin_state"], one["so_pin_state"]), ("locked", "final-try"))
        self.assertEqual(one["pin_length"], {"min": 4, "max": 255})
        self.assertIn("SoftHSM", one["library"])
        text = self.succeeds(self.pades("token", "list", "--module", harness.FAULT)).out
        self.assertRegex(text, r"PIN +locked\n +SO PIN +final-try")

    def test_readers(self):
        self.assertEqual([r["state"] for r in self.listed()["readers"]], ["token", "not-set-up"])
        for fault, state, text in (
            ("absent", "empty", "no card"),
            ("fail C_GetTokenInfo CKR_TOKEN_NOT_RECOGNIZED", "not-recognised", "card not recognised"),
            ("fail C_GetTokenInfo CKR_DEVICE_ERROR", "silent", "is another driver in the way"),
        ):
            self.behave(fault)
            self.assertEqual({r["state"] for r in self.listed()["readers"]}, {state})
            run = self.succeeds(self.pades("token", "list", "--module", harness.FAULT))
            self.assertRegex(run.out, rf"(?m)^reader 'SoftHSM slot .*': .*{text}")

    def test_module_missing_or_of_another_architecture(self):
        self.fails(self.verify(module="/none.so"), 77, "there is no such file")
        header = bytearray(open(harness.PADES, "rb").read(64))
        header[16:20] = (3).to_bytes(2, "little") + (8).to_bytes(2, "little")
        self.write("mips.so", bytes(header), 0o755)
        run = self.verify(module=self.path("mips.so"))
        self.assertEqual(run.code, 77)


if __name__ == "__main__":
    harness.main()
