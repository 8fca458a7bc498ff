"""Tokens that are no cards, through the fault module: without faults it only writes down the calls, and refused PINs
are counted there."""

import time

import bench
import harness
from bench import cell


class Software(bench.Crashes, bench.Case):
    """Through the fault module over self.below."""

    pin, wrong = "1234", "0000"
    faulty_module = None  # it is self.module

    def over(self, module):
        self.below = module
        self.env["P11FAULT_MODULE"] = module
        self.module = harness.FAULT


class Counter:
    """As faults.Counter, for tokens that do not count themselves: refused logins are."""

    @cell("pin-counter")
    def test_one_wrong_pin_is_sent_once(self):
        args = self.batch()
        for n, extra in enumerate((["in.pdf"], ["--pin-for-batch", *args], args), 1):
            run = self.sign(*extra, pin="wrong")
            self.assertEqual(run.code, 77, run)
            self.assertRegex(run.err, "the PIN is wrong|few tries are left|is locked")
            self.assertTrue(1 <= self.spent() <= n, run)
        self.assertEqual(self.outputs(), [])

    @cell("pin-counter")
    def test_what_asks_for_no_pin_sends_none(self):
        for words in (["list"], ["certs"]):
            self.succeeds(self.token_command(*words))
        self.succeeds(self.sign("--dry-run", "in.pdf", pin="wrong"))
        self.fails(self.sign("in.pdf", pin=None), 77, "wants its PIN")
        self.assertEqual(self.calls("C_Login"), [])


class Together:
    @cell("slow")
    def test_slow_token(self):
        self.faults("delay C_Sign 1200", "delay C_FindObjects 20")
        self.seals()

    @cell("another-program")
    def test_logged_out_before_the_signature(self):
        self.faults("fail C_Sign CKR_USER_NOT_LOGGED_IN")
        self.fails(self.sign("in.pdf"), 77, "has logged out by itself", "another program")
        self.assertEqual(self.spent(), 0)
        self.untouched()

    @cell("hang")
    def test_hangs(self):
        for call in ("C_Login", "C_Sign"):
            with self.subTest(call):
                self.faults("hang " + call)
                # a PIN whose answer was not seen holds the next one back, unless that is allowed
                self.fails(self.sign("--pin-last-try", "--timeout", "1", "in.pdf"), 77, "no answer in 1 second", ".")
                self.untouched()
        self.faults()
        self.seals("--pin-last-try")

    @cell("two-processes")
    def test_two_processes(self):
        self.faults("delay C_Sign 300")
        running = [self.start_signing("in.pdf", f"{i}.pdf") for i in range(2)]
        for i, process in enumerate(running):
            out, err = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0, err)
            self.is_sealed(f"{i}.pdf")
        self.assertEqual(self.spent(), 0)


class Tries:
    """A counter in the fault module, for a token that has none."""

    @cell("last-try")
    def test_last_try(self):
        self.faults(f"tries 1 {self.path('counter')}")
        for pin in ("wrong", "pin"):
            self.fails(self.sign("in.pdf", pin=pin), 77, "one try is left", "--pin-last-try")
        self.assertEqual(self.calls("C_Login"), [])
        self.seals("--pin-last-try")

    @cell("lock")
    def test_lock(self):
        self.faults(f"tries 1 {self.path('counter')}")
        self.fails(self.sign("--pin-last-try", "in.pdf", pin="wrong"), 77, "locked", "PUK")
        self.fails(self.sign("--pin-last-try", "in.pdf"), 77, "locked", "PUK")
        self.assertEqual(len(self.calls("C_Login")), 1)
        self.untouched()

    @cell("pad")
    def test_pad(self):
        self.write("pad", self.pin)
        self.settle()
        self.faults(f"pinpad {self.path('pad')}")
        self.seals(pin=None)
        self.write("pad", "cancel")
        self.fails(self.sign("in.pdf", pin=None), 77, "cancelled")


class WaitedFor:
    """Not there yet, and pulled for a moment, as the fault module has it."""

    @cell("wait")
    def test_not_there_yet(self):
        self.faults("absent")
        process = self.start_signing("--wait", "20", "in.pdf")
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.faults()
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, err)
        self.is_sealed("in-signed.pdf")

    @cell("wait")
    def test_pulled_for_a_moment(self):
        self.faults("fail C_Sign CKR_DEVICE_REMOVED 1")
        self.seals("--wait", "10")
        self.assertEqual(self.spent(), 0)

    @cell("wait")
    def test_pulled_for_good(self):
        self.faults("fail C_Sign CKR_DEVICE_REMOVED")
        self.fails(self.sign("--wait", "1", "in.pdf"), 77, "removed", "put the token back")
        self.untouched()
