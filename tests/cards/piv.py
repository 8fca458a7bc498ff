"""A PIV card, as OpenSC and as ykcs11 show it: the signature key (9C) wants the PIN for every signature, the one for
authentication (9A) once, the card's own (9E) never."""

import bench
import faults
from bench import cell


class Piv(bench.Basics, faults.AllFaults):
    card = "piv"
    most_tries = 3
    sign_ins = 0x87
    key = "pkcs11:id=%02"

    @cell("sign-rsa", "always")
    def test_rsa(self):
        self.seals()
        self.seals("--digest", "sha512")

    @cell("sign-pss")
    def test_pss(self):
        self.seals("--pss")

    @cell("sign-ecdsa")
    def test_ecdsa(self):
        self.seals(key="pkcs11:id=%01")

    @cell("always")
    def test_each_signature_has_its_pin(self):
        """From a descriptor: a line for each signature; the login's PIN does not serve for them all."""
        args = self.batch(2)
        run = self.sign("--pin-fd", "0", *args, pin=None, stdin=b"123456\n" * 2, typed=2)
        self.assertEqual(run.code, 77, run)
        self.assertEqual(len(self.outputs()), 1)
        self.succeeds(self.sign("--force", "--pin-fd", "0", *args, pin=None, stdin=b"123456\n" * 3, typed=3))

    @cell("always")
    def test_a_wrong_pin_for_the_second_signature(self):
        args = self.batch(3)
        lines = b"123456\n123456\n654321\n123456\n"
        run = self.sign("--pin-fd", "0", *args, pin=None, stdin=lines, typed=4)
        self.assertEqual(run.code, 77, run)
        self.assertEqual(self.spent(), 1)
