"""Which modules are used: those p11-kit is configured for, one that fails never spoiling the others, and for
lists those of known software."""

import os
import shutil
import subprocess

import harness

class Modules(harness.Placed):
    def setUp(self):
        super().setUp()
        self.configured("faulty", f"module: {harness.FAULT}")

    def tokens(self, *args, **kwargs):
        return self.succeeds(self.pades("token", "list", "--json", *args, **kwargs)).object

    def failure(self, name, told):
        """Of a known module: it is no warning, since nobody asked for it."""
        self.assertNotIn(name, "\n".join(told["failed_modules"]))
        return next(m["failure"] for m in told["modules"] if m["name"] == name)

    def seal(self, *args, **kwargs):
        return self.pades("sign", "--force", "--key", self.key, "--pin-file", "pin", *args, "in.pdf", **kwargs)

    def test_modules_that_cannot_be_loaded(self):
        """Each is told once, one that is marked as critical too, and the others go on."""
        self.configured("gone", "module: /none/gone.so")
        self.configured("needed", "module: /none/needed.so", "critical: yes")
        self.configured("text", f"module: {self.path('in.pdf')}")
        self.configured("elsewhere", "module: none-in-the-folder.so")
        told = self.tokens()
        self.assertEqual([t["module"] for t in told["tokens"]], ["faulty"])
        self.assertEqual(
            sorted(told["failed_modules"]),
            [
                "elsewhere: there is no such file",
                "gone: there is no such file",
                "needed: there is no such file",
                "text: it is not a shared library",
            ],
        )
        run = self.succeeds(self.seal())
        self.assertNotIn("gone", run.err)
        self.is_sealed("in-signed.pdf")

    def test_module_that_cannot_be_initialized(self):
        for critical in ("no", "yes"):
            self.configured("faulty", f"module: {harness.FAULT}", f"critical: {critical}")
            self.configured("softhsm", f"module: {harness.SOFTHSM}")
            self.faults("fail C_Initialize CKR_DEVICE_ERROR")
            told = self.tokens()
            self.assertEqual([t["module"] for t in told["tokens"]], ["softhsm"])
            self.assertEqual(told["failed_modules"], ["faulty: it fails to initialize (CKR_DEVICE_ERROR)"])
            self.succeeds(self.seal())

    def test_library_that_is_missing(self):
        """A module whose own library is not there: the loader's words name it."""
        source = self.write("m.c", "extern int none(void); int C_GetFunctionList(void) { return none(); }")
        other = self.write("n.c", "int none(void) { return 1; }")
        lib, module = self.path("libnone.so.1"), self.path("module.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", lib, other], check=True)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", module, source, lib], check=True)
        os.remove(lib)
        self.configured("faulty", f"module: {module}")
        self.assertRegex("\n".join(self.tokens()["failed_modules"]), "^faulty: .*libnone.so.1: cannot open")
        self.fails(self.seal("--module", module), 77, "libnone.so.1: cannot open", "install the library")

    def test_module_that_others_can_write(self):
        os.mkdir(self.path("open"), 0o777)
        os.chmod(self.path("open"), 0o777)
        shutil.copy(harness.FAULT, self.path("open", "faulty.so"))
        self.configured("faulty", f"module: {self.path('open', 'faulty.so')}")
        told = self.tokens()
        self.assertEqual(told["tokens"], [])
        self.assertRegex(told["failed_modules"][0], "^faulty: others can write '.*/open' ")
        self.assertEqual(self.calls("C_Initialize"), [])

    def test_module_in_another_process(self):
        """p11-kit's own way: remote: in the module file."""
        self.configured("faulty", f"remote: |p11-kit remote {harness.FAULT}")
        told = self.tokens()
        self.assertEqual([(t["label"], t["module"]) for t in told["tokens"]], [("seal", "faulty")])
        self.assertEqual(told["failed_modules"], [])
        self.succeeds(self.seal())
        self.is_sealed("in-signed.pdf")

    def test_module_files_of_the_machine_go_first(self):
        """/etc/pkcs11/modules over the packages' folder, where one of them cannot be loaded."""
        self.configured("gone", "module: /none/gone.so", "critical: yes")
        before = "mount -t tmpfs none /etc; mkdir -p /etc/pkcs11/modules; echo module: /none/other.so >/etc/pkcs11/modules/gone.module"
        self.assertEqual(self.tokens(before=before)["failed_modules"], ["gone: there is no such file"])

    def test_known_modules(self):
        """Listed though p11-kit is not told of them; sign takes them by --module or by their URI alone."""
        os.remove(self.path("modules", "faulty.module"))
        self.known("libeToken.so")
        told = self.tokens()
        self.assertEqual([t["module"] for t in told["tokens"]], ["/usr/local/lib/libeToken.so"])
        self.assertIn("?module-path=%2Fusr%2Flocal%2Flib%2FlibeToken.so", told["tokens"][0]["uri"])
        certs = self.succeeds(self.pades("token", "certs", "--json")).object["certs"]
        self.assertTrue(certs)
        self.fails(self.seal(), 77, "no token")
        before = "mkdir /run/pcscd; touch /run/pcscd/pcscd.comm"
        self.fails(self.seal(before=before), 77, "no token", "/usr/local/lib/libeToken.so .SafeNet Auth.* is there")
        uri = next(c["uri"] for c in certs if c["label"] == "seal-p256")
        self.succeeds(self.pades("sign", "--key", uri, "--pin-file", "pin", "in.pdf"))
        told = self.tokens("--module", harness.FAULT)
        self.assertEqual([t["module"] for t in told["tokens"]], [harness.FAULT])

    def test_module_by_name(self):
        """RFC 7512: in letters of any case, without the affixes of the system; or as p11-kit calls it."""
        self.known("libeToken.so")
        for name, modules in (
            ("faulty", ["faulty"]),
            ("FAULTY", ["faulty"]),
            ("p11fault", ["faulty"]),
            ("etoken", ["/usr/local/lib/libeToken.so"]),
            ("libeToken", ["/usr/local/lib/libeToken.so"]),
            ("softhsm2", []),
            ("p11", []),
        ):
            told = self.tokens("--key", f"pkcs11:?module-name={name}")
            self.assertEqual([t["module"] for t in told["tokens"]], modules, name)

    def test_known_module_that_is_configured_too(self):
        """Once, and by p11-kit's name, also when it is reached by a link."""
        self.known("libykcs11.so.2", harness.FAULT)
        self.configured("faulty", "module: /usr/local/lib/libykcs11.so")
        before = "ln -s libykcs11.so.2 /usr/local/lib/libykcs11.so"
        self.assertEqual([t["module"] for t in self.tokens(before=before)["tokens"]], ["faulty"])
        self.faults("fail C_Initialize CKR_DEVICE_ERROR")
        self.assertEqual(
            self.tokens(before=before)["failed_modules"], ["faulty: it fails to initialize (CKR_DEVICE_ERROR)"]
        )

    def test_known_module_for_another_processor(self):
        """The next candidate of the product, else it is told."""
        with open(harness.SOFTHSM, "rb") as f:
            data = bytearray(f.read())
        data[18] = 0x28 if data[18] != 0x28 else 0x3E
        self.write("known/libeToken.so", bytes(data), 0o755)
        told = self.tokens()
        self.assertRegex(self.failure("/usr/local/lib/libeToken.so", told), "^it is made for ")
        self.known("libeTPkcs11.so")
        told = self.tokens()
        self.assertIsNone(self.failure("/usr/local/lib/libeTPkcs11.so", told))
        self.assertEqual([t["module"] for t in told["tokens"]], ["faulty"])
        self.assertEqual(
            [t["module"] for t in self.tokens("--key", "pkcs11:?module-name=etpkcs11")["tokens"]],
            ["/usr/local/lib/libeTPkcs11.so"],
        )

    def test_token_that_two_modules_see(self):
        """Told once, by the module that is configured; both slots of a card are told; and the only token is
        the one that a command means."""
        self.known("libeToken.so")
        told = self.tokens()
        self.assertEqual([t["module"] for t in told["tokens"]], ["faulty"])
        self.succeeds(self.pades("token", "pin-verify", "--pin-file", "pin"))
        self.faults("twice")
        self.assertEqual([t["module"] for t in self.tokens()["tokens"]], ["faulty", "faulty"])
        self.faults("label other")
        told = self.tokens("--key", "pkcs11:token=seal")
        self.assertEqual([t["module"] for t in told["tokens"]], ["/usr/local/lib/libeToken.so"])

    def test_known_module_that_is_not_roots_alone(self):
        self.known("libeToken.so")
        for before, why in (
            ("chmod 777 /usr/local/lib", "others can write '/usr/local/lib' .mode 0777."),
            ("chmod 666 /usr/local/lib/libeToken.so", "others can write '/usr/local/lib/libeToken.so' .mode 0666."),
        ):
            told = self.tokens(before=before)
            self.assertEqual([t["module"] for t in told["tokens"]], ["faulty"])
            self.assertRegex(self.failure("/usr/local/lib/libeToken.so", told), f"^{why}$")


if __name__ == "__main__":
    harness.main()
