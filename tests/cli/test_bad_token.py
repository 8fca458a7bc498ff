"""Bad modules, tokens, keys, PINs and certificates, row by row: the line, the hint, the exit code, how often
the PIN was sent; the input untouched, no output left, no temporary file left.
"""

import os
import shutil
import subprocess

import harness


class Tokens(harness.Case):
    def refused(self, run, message, hint, status=None, logins=0):
        self.fails(run, 77, message, hint)
        self.assertEqual(len(self.calls("C_Login")), logins)
        self.untouched()

    def status(self, *args, **kwargs):
        return self.sign("--json", *args, **kwargs).object["error"]["status"]

    def test_no_module(self):
        self.refused(
            self.sign("in.pdf", module="/none/module.so"), "'/none/module.so' cannot be used", "module file"
        )
        self.assertEqual(self.status("in.pdf", module="/none/module.so"), "MODULE_FAILED")

    def test_module_that_is_none(self):
        self.refused(self.sign("in.pdf", module=self.path("in.pdf")), "cannot be used", "module file")
        libc = next(
            line.split()[2]
            for line in subprocess.run(
                ["ldd", "/bin/sh"], capture_output=True, text=True, check=True
            ).stdout.splitlines()
            if "libc.so" in line
        )
        self.refused(self.sign("in.pdf", module=libc), "cannot be used", "module file")

    def test_module_of_the_wrong_architecture(self):
        """The real module with another machine in its ELF header: 64-bit for another processor, and 32-bit."""
        with open(harness.SOFTHSM, "rb") as f:
            data = bytearray(f.read())
        for change in ({18: 0x28 if data[18] != 0x28 else 0x3E}, {4: 1, 18: 3, 19: 0}):
            other = bytearray(data)
            for offset, value in change.items():
                other[offset] = value
            self.write("other.so", bytes(other), 0o755)
            self.settle()
            self.refused(
                self.sign("in.pdf", module=self.path("other.so")),
                "cannot be used: .*(bit|processor|architecture|machine)",
                ".",
            )

    def test_module_that_others_can_write(self):
        """The file, its folder, a folder above: each refused, whatever is in the module; the sticky bit helps."""
        os.makedirs(self.path("lib", "pkcs11"))
        module = shutil.copy(harness.SOFTHSM, self.path("lib", "pkcs11", "module.so"))
        link = self.path("link.so")
        os.symlink(module, link)
        for path, mode in ((module, 0o666), (os.path.dirname(module), 0o777), (self.path("lib"), 0o775)):
            before = os.stat(path).st_mode & 0o777
            os.chmod(path, mode)
            self.settle()
            for name in (module, link):
                run = self.sign("in.pdf", module=name)
                self.refused(run, f"others can write '{path}' .mode {mode:04o}.", f"chmod go-w '{path}'")
            uri = f"pkcs11:token=seal;object=seal-p256?module-path={module}"
            self.fails(self.pades("sign", "--key", uri, "--pin-file", "pin", "in.pdf"), 77, "others can write", "chmod")
            os.chmod(path, before)
        os.chmod(self.path("lib"), 0o1777)
        self.succeeds(self.sign("in.pdf", module=link))

    def test_module_that_fails(self):
        self.faults("fail C_Initialize CKR_GENERAL_ERROR")
        self.refused(self.faulty("in.pdf"), "fails to initialize", ".")

    def test_no_token(self):
        self.faults("absent")
        self.refused(self.faulty("in.pdf"), "no token is present", "reader|inserted")
        self.faults()
        self.refused(
            self.faulty("in.pdf", key="pkcs11:token=none"), "no token fits 'pkcs11:token=none'", "'seal'"
        )
        self.assertEqual(self.status("in.pdf", key="pkcs11:token=none"), "TOKEN_NOT_FOUND")

    def test_two_tokens(self):
        self.faults("twice")
        run = self.faulty("in.pdf")
        self.refused(run, "2 certificates could sign, and none was chosen", "slot-id=")

    def test_two_keys(self):
        run = self.faulty("in.pdf", key="pkcs11:token=seal")
        self.refused(run, "certificates could sign, and none was chosen", "seal P-256.*|seal P-384")
        for name in ("P-256", "P-384", "P-521", "expiring soon"):
            self.assertIn(name, run.err)
        self.assertEqual(self.status("in.pdf", key="pkcs11:token=seal"), "KEY_AMBIGUOUS")

    def test_wrong_pin(self):
        self.write("pin", "0000\n", 0o600)
        self.settle()
        self.refused(self.faulty("in.pdf"), "the PIN is wrong", "tried once", logins=1)

    def test_locked_pin(self):
        self.faults("flags +CKF_USER_PIN_LOCKED")
        self.refused(self.faulty("in.pdf"), "locked", "PUK")

    def test_last_try(self):
        self.faults("flags +CKF_USER_PIN_FINAL_TRY")
        self.refused(self.faulty("in.pdf"), "one try is left", "--pin-last-try")

    def test_no_certificate_for_the_key(self):
        """A token with a key and no certificate at all."""
        subprocess.run(
            [
                "pkcs11-tool",
                "--module",
                harness.SOFTHSM,
                "--token-label",
                "seal",
                "--login",
                "--pin",
                "1234",
                "--keypairgen",
                "--key-type",
                "EC:prime256v1",
                "--id",
                "77",
                "--label",
                "bare",
            ],
            env=self.env,
            check=True,
            capture_output=True,
        )
        run = self.sign("in.pdf", key="pkcs11:token=seal;object=bare;type=private")
        self.fails(run, 77, "certificate", "--cert|certificate")
        self.untouched()

    def test_certificate_of_another_key(self):
        self.faults("noid")
        self.succeeds(self.faulty("in.pdf"))

    def test_removed_in_mid_signature(self):
        for fault in ("fail C_Sign CKR_DEVICE_REMOVED", "after C_Sign CKR_DEVICE_REMOVED"):
            self.write("p11.log", "")
            self.faults(fault)
            self.refused(self.faulty("in.pdf"), "removed", "put the token back", logins=1)
        self.faults("fail C_Sign CKR_DEVICE_REMOVED")
        self.assertEqual(
            self.sign("--json", "in.pdf", module=harness.FAULT).object["error"]["native"],
            "CKR_DEVICE_REMOVED",
        )
        self.refused(self.faulty("--in-place", "in.pdf"), "removed", ".", logins=3)

    def test_token_that_signs_wrongly(self):
        for fault in ("badsig", "shortsig"):
            self.write("p11.log", "")
            self.faults(fault)
            self.fails(self.faulty("in.pdf"), 77, "sign", ".")
            self.untouched()

    def test_token_that_crashes_leaves_nothing(self):
        self.faults("crash C_Sign")
        self.assertNotEqual(self.faulty("in.pdf").code, 0)
        names = set(self.listing()) - set(self.before)
        self.assertNotIn("./in-signed.pdf", names)
        self.faults()
        self.succeeds(self.faulty("in.pdf"))
        self.assertEqual(set(self.listing()) - set(self.before), {"./in-signed.pdf"})

    def uris(self):
        """{label: URI} of every certificate."""
        told = self.succeeds(self.pades("token", "certs", "--json", "--module", harness.FAULT)).object
        return {cert["label"]: cert["uri"] for cert in told["certs"]}

    def test_certificates_that_must_not_sign(self):
        uris = self.uris()
        for name, status, message in (
            ("expired", "CERT_EXPIRED", "expired on"),
            ("not-yet-valid", "CERT_NOT_YET_VALID", "valid from"),
            ("no-signing-usage", "CERT_USAGE", "usage"),
            ("ca-as-signer", None, "certification authority"),
            ("ed25519", "ALGORITHM", "EdDSA"),
        ):
            with self.subTest(name):
                run = self.faulty("--json", "in.pdf", key=uris[name])
                self.assertEqual(run.code, 77, run)
                self.assertRegex(run.err, message)
                self.assertRegex(run.err, "(?m)^hint: ")
                if status:
                    self.assertEqual(run.object["error"]["status"], status, run)
                self.assertEqual(self.calls("C_Login"), [])
                self.untouched()

    def test_certificate_that_expires_soon(self):
        run = self.succeeds(self.sign("--json", "in.pdf", key="pkcs11:token=seal;object=soon"))
        self.assertRegex(run.object["warnings"][0], "expires in (29|30) days")
        self.assertRegex(run.err, "warning: .*expires in (29|30) days")


if __name__ == "__main__":
    harness.main()
