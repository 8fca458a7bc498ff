"""What the token manager does with every kind of token: a PIN checked, changed and unblocked, a key tested, what
comes and goes. Mixed into a bench.Case; self.uri names the token whose PIN it is. After every run the token's own count
of refused PINs and PUKs is held against what was typed (bench.Case.pades)."""

import json
import select
import subprocess

import harness
from bench import cell

TAKES_PUK = "app opensc-pkcs11 { pkcs11 { user_pin_unblock_style = set_pin_in_unlogged_session; } }\n"


class Commands:
    """Those of the token manager, with the secrets in files."""

    uri = "pkcs11:"
    new, puk, wrong_puk = "246802", "12345678", "87654321"

    def setUp(self):
        super().setUp()
        for name in ("new", "puk", "wrong_puk"):
            self.write(name, getattr(self, name) + "\n", 0o600)
        self.settle()

    def manage(self, name, *args, **kwargs):
        return self.token_command(name, "--key", self.uri, *args, **kwargs)

    def verify(self, pin="pin", *args):
        return self.manage("pin-verify", "--pin-file", pin, *args)

    def change(self, pin="pin", new="new", *args):
        return self.manage("pin-change", "--pin-file", pin, "--new-pin-file", new, *args)

    def unblock(self, puk="puk", new="new", *args):
        return self.manage("pin-unblock", "--yes", "--puk-file", puk, "--new-pin-file", new, *args, typed=1)

    def watching(self):
        process = subprocess.Popen(
            [harness.PADES, "token", "watch", "--json", "--module", self.module, "--key", self.uri],
            cwd=self.dir,
            env=self.env,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def event(self, process):
        """The next about this token."""
        while True:
            self.assertTrue(select.select([process.stdout], [], [], 15)[0], "no event in time")
            event = json.loads(process.stdout.readline())
            if event["token"] and event["token"]["label"] == self.label:
                return event


class Software(Commands):
    """For tokens behind the fault module."""

    ways = ()  # of unblocking

    @cell("verify")
    def test_verify(self):
        self.assertIn("PIN verified", self.succeeds(self.verify()).out)
        self.fails(self.verify("wrong"), 77, "says the PIN is wrong")
        self.assertEqual(self.spent(), 1)
        self.succeeds(self.verify("pin", "--pin-last-try"))

    @cell("change")
    def test_change(self):
        self.assertIn("the PIN has been changed", self.succeeds(self.change()).out)
        self.seals(pin="new")
        self.fails(self.change("wrong", "pin"), 77, "says the PIN is wrong")
        self.succeeds(self.change("new", "pin", "--pin-last-try"))
        self.seals()
        self.assertEqual(self.spent(), 1)

    @cell("key-test")
    def test_key(self):
        told = self.succeeds(self.pades("token", "key-test", "--json", *self.token_args())).object
        self.assertTrue(told["verified"])
        self.fails(self.pades("token", "key-test", *self.token_args(pin="wrong")), 77, "PIN is wrong")
        self.assertEqual(self.spent(), 1)


class Unblocking:
    """A security officer's PIN, by C_InitPIN."""

    @cell("unblock")
    def test_unblock(self):
        self.fails(self.unblock("wrong_puk", "new", *self.ways), 77, "the PUK is wrong")
        self.assertIn("unlocked and changed", self.succeeds(self.unblock("puk", "new", "--pin-last-try", *self.ways)).out)
        self.seals(pin="new")


class Going:
    """As the fault module has it."""

    @cell("watch")
    def test_pulled_and_put_back(self):
        process = self.watching()
        self.assertEqual(self.event(process)["event"], "present")
        self.faults("absent")
        self.assertEqual(self.event(process)["event"], "removed")
        self.faults()
        self.assertEqual(self.event(process)["event"], "inserted")


class Cards(Commands):
    """For bench.CardCase."""

    def puks(self):
        return self.reader.tries("puk")

    @cell("verify")
    def test_verify(self):
        told = self.succeeds(self.verify("pin", "--json")).object
        self.assertEqual((told["pin_state"], told["token"]["label"]), ("ok", self.label))
        self.fails(self.verify("wrong"), 77, "says the PIN is wrong")
        self.assertEqual(self.tries(), self.most_tries - 1)
        self.succeeds(self.verify("pin", "--pin-last-try"))
        self.assertEqual((self.tries(), self.spent()), (self.most_tries, 1))

    @cell("change")
    def test_change(self):
        self.assertIn("the PIN has been changed", self.succeeds(self.change()).out)
        self.seals(pin="new")
        self.fails(self.change("wrong", "pin"), 77, "says the PIN is wrong")
        self.assertEqual((self.tries(), self.spent()), (self.most_tries - 1, 1))
        self.succeeds(self.change("new", "pin", "--pin-last-try"))
        self.seals()
        self.assertEqual((self.tries(), self.puks()), (self.most_tries, 3))

    @cell("change")
    def test_a_new_pin_that_will_not_do(self):
        self.write("short", "12\n", 0o600)
        run = self.manage("pin-change", "--json", "--pin-file", "pin", "--new-pin-file", "short")
        self.assertEqual(run.code, 77, run)
        self.assertEqual(self.spent(), 0)
        self.seals()

    def lock(self):
        self.set_tries(0)
        self.fails(self.verify("pin", "--pin-last-try"), 77, "locked", "pin-unblock")

    def unblocks(self, *args):
        self.lock()
        run = self.fails(self.unblock("wrong_puk", "new", *args), 77, "the PUK is wrong")
        self.assertNotIn(self.wrong_puk, run.err)
        self.assertEqual((self.tries(), self.puks(), self.spent()), (0, 2, 1))
        self.assertIn("unlocked and changed", self.succeeds(self.unblock("puk", "new", *args)).out)
        self.assertEqual((self.tries(), self.puks(), self.spent()), (self.most_tries, 3, 1))
        self.seals(pin="new")

    @cell("unblock")
    def test_unblock(self):
        self.unblocks()

    @cell("unblock")
    def test_a_puk_of_another_length(self):
        """Where C_SetPIN takes both, nothing says that it was the new PIN's fault; no try is spent on both."""
        self.lock()
        self.write("odd", "1234\n", 0o600)
        run = self.unblock("odd", "new")
        self.assertEqual(run.code, 77, run)
        self.assertNotIn("take the new PIN", run.err)
        self.assertEqual(self.tries(), 0)
        self.assertLessEqual(self.spent(), 1)

    @cell("unblock")
    def test_nobody_said_yes(self):
        self.lock()
        run = self.manage("pin-unblock", "--puk-file", "puk", "--new-pin-file", "new")
        self.assertNotEqual(run.code, 0, run)
        self.assertEqual((self.tries(), self.puks(), self.spent()), (0, 3, 0))

    @cell("unblock")
    def test_a_locked_puk(self):
        self.lock()
        self.reader.card.pins["puk"]["tries"] = 0
        self.fails(self.unblock(), 77, "locked")
        self.assertEqual((self.spent(), self.tries()), (0, 0))

    @cell("key-test")
    def test_key(self):
        told = self.succeeds(self.pades("token", "key-test", "--json", *self.token_args())).object
        self.assertTrue(told["verified"])
        self.assertEqual(self.reader.card.signatures, 1)
        self.fails(self.pades("token", "key-test", *self.token_args(pin="wrong")), 77, "PIN is wrong")
        self.assertEqual(self.spent(), 1)

    @cell("watch")
    def test_pulled_and_put_back(self):
        process = self.watching()
        self.assertEqual(self.event(process)["event"], "present")
        self.reader.eject()
        self.assertEqual(self.event(process)["event"], "removed")
        self.reader.insert()
        event = self.event(process)
        self.assertEqual((event["event"], event["token"]["label"]), ("inserted", self.label))


class OpenSc:
    """OpenSC takes a PUK only when it is set up to."""

    def takes_puk(self):
        self.env["OPENSC_CONF"] = self.write("opensc.conf", TAKES_PUK)
        self.settle()

    @cell("unblock")
    def test_unblock(self):
        self.takes_puk()
        self.unblocks()

    @cell("unblock")
    def test_as_it_comes(self):
        """The PUK is taken for the PIN, which is locked: nothing is lost, and the user is told what helps."""
        self.lock()
        self.fails(self.unblock(), 77, "stays locked|took no PUK", "user_pin_unblock_style|pkcs15-tool")
        self.assertEqual((self.spent(), self.puks(), self.tries()), (0, 3, 0))

    @cell("unblock")
    def test_a_pin_that_is_not_locked(self):
        self.fails(self.unblock(), 77, "is not locked: nothing was tried", "pin-change")
        self.assertEqual((self.spent(), self.tries()), (0, self.most_tries))

    @cell("change")
    def test_change_where_a_puk_is_taken(self):
        """C_SetPIN of OpenSC would take the old PIN for a PUK there, but for the login before it."""
        self.takes_puk()
        self.succeeds(self.change())
        self.fails(self.change("wrong", "pin"), 77, "says the PIN is wrong")
        self.assertEqual(self.puks(), 3)
        self.seals("--pin-last-try", pin="new")
