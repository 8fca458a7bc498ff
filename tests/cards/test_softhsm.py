"""SoftHSM2; what it does not do by itself (counters, a pad, going away) the fault module does."""

import subprocess

import bench
import harness
import manage
import parts
import software
from bench import cell


class SoftHsm(
    manage.Software,
    manage.Unblocking,
    manage.Going,
    bench.Basics,
    software.Counter,
    software.Together,
    software.Tries,
    software.WaitedFor,
    software.Software,
):
    token = "softhsm2"
    label = "seal"
    uri = "pkcs11:token=seal"
    key = "pkcs11:token=seal;object=seal-p256"

    def start(self):
        self.over(harness.SOFTHSM)

    @cell("sign-ecdsa")
    def test_ecdsa(self):
        for name in ("seal-p256", "seal-p384", "seal-p521"):
            self.seals(key="pkcs11:token=seal;object=" + name)

    @cell("sign-rsa", "sign-pss")
    def test_rsa(self):
        for args in ([], ["--pss"], ["--pss", "--digest", "sha512"]):
            self.seals(*args, key="pkcs11:token=seal;object=seal-rsa3072")

    @cell("always")
    def test_always_authenticate(self):
        """SoftHSM2 enforces it by itself: the context login goes between C_SignInit and C_Sign."""
        subprocess.run(
            ["pkcs11-tool", "--module", harness.SOFTHSM, "--token-label", "seal", "--login", "--pin", "1234"]
            + ["--keypairgen", "--key-type", "EC:prime256v1", "--id", "99", "--label", "each"]
            + ["--always-auth", "--usage-sign"],
            env=self.env,
            check=True,
            capture_output=True,
        )
        self.certify("each", "99")
        for _ in range(2):
            self.seals(key="pkcs11:token=seal;object=each")

    def certify(self, name, number):
        tool = ["pkcs11-tool", "--module", harness.SOFTHSM, "--token-label", "seal"]
        folder = self.world("nss")
        wanted = ["--read-object", "--type", "pubkey", "--label", name, "-o", folder + "/public"]
        subprocess.run([*tool, *wanted], env=self.env, check=True, capture_output=True)
        parts.vcard.issue(folder, name, "nonRepudiation", parts.vcard.EC256, "Seal " + name, public="public")
        wanted = ["--login", "--pin", "1234", "--write-object", f"{folder}/{name}.der", "--type", "cert"]
        wanted += ["--id", number, "--label", name]
        subprocess.run([*tool, *wanted], env=self.env, check=True, capture_output=True)

    # What SoftHSM2 does not do by itself, the fault module does.

    @cell("pull")
    def test_pull(self):
        for call, logins in (("C_Login", 1), ("C_SignInit", 1), ("C_Sign", 1)):
            with self.subTest(call):
                self.write("p11.log", "")
                self.faults(f"fail {call} CKR_DEVICE_REMOVED")
                self.fails(self.sign("in.pdf"), 77, "removed", "put the token back")
                self.assertEqual(len(self.calls("C_Login")), logins)
                self.untouched()

    @cell("reinsert")
    def test_reinsert(self):
        self.faults("absent")
        self.fails(self.sign("in.pdf"), 77, "no token is present")
        self.faults()
        self.seals()


if __name__ == "__main__":
    bench.main([])
