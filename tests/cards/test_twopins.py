"""A national identity card with two PINs, which OpenSC shows as two tokens; the key that signs wants PIN2 each time."""

import json
import os

import bench
import faults
import parts

NEEDS = [*parts.READER_NEEDS, *parts.OPENSC_NEEDS]
PIN1, PIN2 = "MEIKÄLÄINEN MATTI 12... (PIN1)", "MEIKÄLÄINEN MATTI 12... (PIN2)"


class TwoPins(bench.Basics, faults.AllFaults, bench.Crashes, bench.CardCase):
    token = "two-pins"
    card = "esteid2018"
    most_tries = 3
    sign_ins = 0x2A
    module_file = parts.OPENSC
    label = PIN2
    pin_name = "pin2"

    @bench.cell("sign-ecdsa", "always")
    def test_signs(self):
        self.seals()
        self.assertEqual(self.reader.card.signatures, 1)

    @bench.cell("sign-ecdsa")
    def test_the_other_key(self):
        """PIN1 is another PIN: the key for authentication signs where it is named, with it and not with PIN2."""
        self.write("pin1", "1234\n", 0o600)
        self.settle()
        self.seals(key="pkcs11:id=%01", pin="pin1")
        self.fails(self.sign("in.pdf", pin="pin1"), 77, "PIN")
        self.assertEqual(self.reader.tries("pin1"), 3)


class FiveTries(faults.LastTries, bench.CardCase):
    """The same card with five tries, as Finnish cards have: four and three left are not few."""

    token = "two-pins"
    card = "esteid2018"
    most_tries = 5
    sign_ins = 0x2A
    module_file = parts.OPENSC
    label = PIN2
    pin_name = "pin2"

    def make_card(self):
        folder = super().make_card()
        path = os.path.join(folder, "card.json")
        with open(path, encoding="utf-8") as f:
            card = json.load(f)
        for pin in card["pins"].values():
            pin["tries"] = pin["max"] = 5
        with open(path, "w", encoding="utf-8") as f:
            json.dump(card, f)
        return folder

    @bench.cell("last-try")
    def test_four_and_three_left_are_not_few(self):
        for wrong in (1, 2):
            self.fails(self.sign("in.pdf", pin="wrong"), 77, "the PIN is wrong")
            self.assertEqual(self.tries(), 5 - wrong)
        self.seals()
        self.assertEqual(self.tries(), 5)

    @bench.cell("last-try", "lock")
    def test_down_to_nothing(self):
        """Unattended, three wrong PINs are sent and no more; who insists locks the card with the last."""
        for _ in range(4):
            self.assertEqual(self.sign("in.pdf", pin="wrong").code, 77)
        self.assertEqual((self.spent(), self.tries()), (3, 2))
        for left in (1, 0, 0):
            self.assertEqual(self.sign("--pin-last-try", "in.pdf", pin="wrong").code, 77)
            self.assertEqual(self.tries(), left)
        self.assertEqual(self.spent(), 5)
        self.untouched()


if __name__ == "__main__":
    bench.main(NEEDS)
