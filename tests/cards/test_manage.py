"""The token manager on cards."""

import os

import bench
import harness
import manage
import parts

OPENSC_NEEDS = [*parts.READER_NEEDS, *parts.OPENSC_NEEDS]
YKCS11_NEEDS = [*parts.READER_NEEDS, (parts.YKCS11, "ykcs11")]


class TwoPins(manage.OpenSc, manage.Cards, bench.CardCase):
    token = "two-pins"
    card = "esteid2018"
    most_tries = 3
    module_file = parts.OPENSC
    label = "MEIKÄLÄINEN MATTI 12... (PIN2)"
    uri = "pkcs11:token=MEIK%C3%84L%C3%84INEN%20MATTI%2012...%20%28PIN2%29"
    pin_name = "pin2"

    @bench.cell("change")
    def test_the_other_pin_is_left_alone(self):
        self.succeeds(self.change())
        pins = self.reader.card.pins
        self.assertEqual((pins["pin1"]["value"], pins["pin2"]["value"]), ("1234", self.new))
        self.fails(self.token_command("pin-verify", "--pin-file", "new"), 77, "2 tokens fit", "PIN1.*PIN2")


class PivOpenSc(manage.OpenSc, manage.Cards, bench.CardCase):
    token = "piv-opensc"
    card = "piv"
    most_tries = 3
    key = "pkcs11:id=%02"
    module_file = parts.OPENSC
    label = "MEIKÄLÄINEN MATTI 123456789"


class PivYkcs11(manage.Cards, bench.CardCase):
    """YKCS11 takes a PUK by the word before it."""

    token = "piv-ykcs11"
    card = "piv"
    most_tries = 3
    key = "pkcs11:id=%02"
    reader = "Yubico YubiKey CCID"
    module_file = parts.YKCS11
    label = "YubiKey PIV #0"


class Pad(bench.CardCase):
    """Everything is typed on the reader."""

    token = "two-pins-pad"
    card = "esteid2018"
    reader = "Virtual Pinpad"
    keypad = os.path.join(harness.SUPPORT, "ifdvpinpad.so")
    most_tries = 3
    module_file = parts.OPENSC
    label = TwoPins.label
    uri = TwoPins.uri
    pin_name = "pin2"
    new = manage.Commands.new

    def manage(self, name, *args, typed=1, **kwargs):
        return self.token_command(name, "--key", self.uri, *args, typed=typed, **kwargs)

    @bench.cell("verify", "pad")
    def test_verify(self):
        self.reader.type(self.pin)
        run = self.succeeds(self.manage("pin-verify"))
        self.assertRegex(run.err, r"type the PIN of '.*PIN2\)' on the reader \(to check the PIN\)")
        self.reader.type(self.wrong)
        self.fails(self.manage("pin-verify"), 77, "says the PIN is wrong")
        self.assertEqual((self.tries(), self.spent()), (2, 1))

    @bench.cell("change", "pad")
    def test_change(self):
        self.reader.type(self.pin, "new " + self.new)
        run = self.succeeds(self.manage("pin-change"))
        self.assertIn("type on the reader what it asks for", run.err)
        self.assertEqual(self.reader.card.pins["pin2"]["value"], self.new)
        self.reader.type(self.new, "new " + self.pin, "press mismatch")
        self.assertEqual(self.manage("pin-change").code, 77)
        self.assertEqual((self.reader.card.pins["pin2"]["value"], self.spent()), (self.new, 0))
        self.reader.type(self.wrong, "new " + self.pin)
        self.fails(self.manage("pin-change"), 77, "says the PIN is wrong")
        self.assertEqual((self.reader.card.pins["pin2"]["value"], self.spent()), (self.new, 1))

    @bench.cell("unblock", "pad")
    def test_unblock(self):
        self.env["OPENSC_CONF"] = self.write("opensc.conf", manage.TAKES_PUK)
        self.set_tries(0)
        self.reader.type("87654321", "new " + self.new)
        self.fails(self.manage("pin-unblock", "--yes"), 77, "the PUK is wrong|took no PUK")
        self.assertEqual((self.reader.tries("puk"), self.tries(), self.spent()), (2, 0, 1))
        self.reader.type("12345678", "new " + self.new)
        self.succeeds(self.manage("pin-unblock", "--yes"))
        self.assertEqual((self.reader.card.pins["pin2"]["value"], self.tries(), self.spent()), (self.new, 3, 1))

    @bench.cell("key-test", "pad")
    def test_key(self):
        self.reader.type(self.pin)
        run = self.succeeds(self.pades("token", "key-test", *self.token_args(pin=None), typed=1))
        self.assertIn("the key works", run.out)


if __name__ == "__main__":
    bench.main([*OPENSC_NEEDS, *YKCS11_NEEDS, (Pad.keypad, "libpcsclite-dev (before the build)")])
