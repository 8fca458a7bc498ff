"""tpm2-pkcs11 over a software TPM."""

import os
import signal

import bench
import manage
import parts
import software
from bench import cell


class Tpm(manage.Software, manage.Unblocking, bench.Basics, software.Counter, software.Together, software.Software):
    """A TPM: k1 is RSA, k2 on P-256 wants the PIN for every signature."""

    token = "tpm2-pkcs11"
    label = "tpm"
    uri = "pkcs11:token=tpm"
    ways = ("--style", "init-pin")
    key = "pkcs11:token=tpm;object=k1"

    def start(self):
        self.tpm = parts.Tpm(self.world("tpm"))
        self.addCleanup(self.tpm.stop)
        self.env.update(self.tpm.env)
        self.over(self.tpm.module)

    @cell("sign-rsa", "sign-pss")
    def test_rsa(self):
        self.seals()
        self.seals("--pss")

    @cell("sign-ecdsa", "always")
    def test_always_authenticate(self):
        for _ in range(2):
            self.seals(key="pkcs11:token=tpm;object=k2")

    @cell("lock")
    def test_the_tpm_itself_locks(self):
        """It shows no counter beforehand: after a few wrong PINs it takes none, the right one neither."""
        for _ in range(6):
            run = self.fails(self.sign("in.pdf", pin="wrong"), 77, "the PIN is wrong|is locked")
            if "is locked" in run.err:
                break
        self.fails(self.sign("in.pdf"), 77, "is locked", ".")
        self.assertNotIn("CKR_OK", self.calls("C_Login"))
        self.untouched()

    @cell("pull")
    def test_gone(self):
        os.kill(self.tpm.swtpm.pid, signal.SIGKILL)
        run = self.sign("in.pdf")
        self.assertEqual(run.code, 77, run)
        self.untouched()


if __name__ == "__main__":
    bench.main(parts.Tpm.needs)
