"""A reader with a PIN pad, and the card of two PINs in it: the program never sees the PIN."""

import os

import bench
import faults
import harness
import parts
from bench import cell

NEEDS = [
    *parts.READER_NEEDS,
    *parts.OPENSC_NEEDS,
    (os.path.join(harness.SUPPORT, "ifdvpinpad.so"), "libpcsclite-dev (before the build)"),
]


class Pad(
    bench.Basics,
    faults.Pulled,
    faults.Together,
    faults.Another,
    faults.Mute,
    faults.WaitedFor,
    bench.Crashes,
    bench.CardCase,
):
    token = "two-pins-pad"
    card = "esteid2018"
    reader = "Virtual Pinpad"
    keypad = os.path.join(harness.SUPPORT, "ifdvpinpad.so")
    most_tries = 3
    sign_ins = 0x2A
    module_file = parts.OPENSC
    label = "MEIKÄLÄINEN MATTI 12... (PIN2)"
    pin_name = "pin2"
    test_refused_pin_is_not_sent_again = None
    test_mute_within_a_batch = None  # who types has five minutes, whatever --timeout says

    def moments(self):
        return [None]

    def start(self):
        super().start()
        self.reader.type(self.pin)

    def sign(self, *args, pin=None, **kwargs):
        """The PIN is what is typed on the pad; a run may cost the one try that its user typed wrongly."""
        if pin == "wrong":
            self.reader.type(self.wrong)
        kwargs.setdefault("typed", 1)
        return super().sign(*args, pin=None, **kwargs)

    def start_signing(self, *args, **kwargs):
        return super().start_signing(*args, pin=None, **kwargs)

    @cell("sign-ecdsa", "always", "pad")
    def test_signs(self):
        run = self.succeeds(self.sign("in.pdf"))
        self.assertRegex(run.err, r"type the PIN of 'MEIKÄLÄINEN MATTI 12... \(PIN2\)' on the reader")
        self.is_sealed("in-signed.pdf")

    @cell("pad")
    def test_the_list_tells(self):
        told = self.succeeds(self.token_command("list", "--json")).object
        self.assertEqual([token["pin_pad"] for token in told["tokens"]], [True, True])

    @cell("pad")
    def test_cancelled_and_not_typed_in_time(self):
        for press in ("cancel", "timeout"):
            with self.subTest(press):
                self.reader.type(self.pin, "press " + press)
                self.fails(self.sign("in.pdf"), 77, "cancelled")
                self.assertEqual((self.spent(), self.tries()), (0, 3))
        self.untouched()

    @cell("pad")
    def test_taking_time(self):
        self.reader.type(self.pin, "wait 1500")
        self.seals()

    @cell("pad")
    def test_too_short(self):
        self.reader.type(self.pin, "press short")
        self.fails(self.sign("in.pdf"), 77, "PIN")
        self.assertEqual(self.tries(), 3)
        self.untouched()

    @cell("pad", "last-try")
    def test_last_try_is_the_users(self):
        """Who types on the pad sees what is left, and decides."""
        self.set_tries(1)
        run = self.succeeds(self.sign("in.pdf"))
        self.assertRegex(run.err, "one try is left|last try")

    @cell("lock")
    def test_lock(self):
        self.set_tries(1)
        self.fails(self.sign("in.pdf", pin="wrong"), 77, "locked.*last try", "PUK")
        self.reader.type(self.pin)
        self.fails(self.sign("in.pdf"), 77, "locked", "PUK")
        self.assertEqual((self.spent(), self.tries()), (1, 0))
        self.untouched()

    @cell("pad")
    def test_a_pin_from_the_host_is_not_used(self):
        """--pin-file with a reader that has a pad: the pad asks, the file's PIN is not sent."""
        self.write("wrong", self.wrong + "\n", 0o600)
        run = super().sign("in.pdf", pin="wrong")
        self.succeeds(run)
        self.assertEqual(self.spent(), 0)

    @cell("pin-counter")
    def test_a_wrong_pin_is_typed_once(self):
        args = self.batch()
        for wanted, extra in enumerate((["in.pdf"], args), 1):
            self.set_tries(3)
            self.assertEqual(self.sign(*extra, pin="wrong").code, 77)
            self.assertEqual((self.spent(), self.tries()), (wanted, 2))


if __name__ == "__main__":
    bench.main(NEEDS)
