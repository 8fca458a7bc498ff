"""The chain in the signature: from the key's file or token, from --cert, and with --aia from where the
certificates say; without it nobody is asked."""

import os
import subprocess

import harness
import test_levels


class Chain(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.world = test_levels.World()

    @classmethod
    def tearDownClass(cls):
        cls.world.clear()

    def setUp(self):
        super().setUp()
        self.leaf_alone("seal-p256")
        self.asked = len(self.world.requests())
        self.settle()

    def leaf_alone(self, name):
        with open(os.path.join(self.world.pki, name + ".key"), "rb") as key:
            with open(os.path.join(self.world.pki, name + ".pem"), "rb") as cert:
                self.write(name + ".pem", key.read() + cert.read(), 0o600)

    def seal(self, *args, key="seal-p256.pem", **kwargs):
        return self.pades("sign", "--json", "--force", "--key", key, *args, "in.pdf", **kwargs)

    def fetched(self):
        """Paths that were asked for since the last call."""
        paths = [line.split()[1] for line in self.world.requests()[self.asked:] if "/" in line]
        self.asked = len(self.world.requests())
        return paths

    def chain(self, name="in-signed.pdf"):
        """The certificates in the signature."""
        where = self.path("parts")
        self.succeeds(self.pades("inspect", "--extract", where, name))
        cms = [os.path.join(folder, n) for folder, _, names in os.walk(where) for n in names if n.endswith((".cms", ".p7s"))]
        told = subprocess.run(
            ["openssl", "pkcs7", "-inform", "DER", "-in", cms[0], "-print_certs", "-noout"],
            capture_output=True, text=True, check=True,
        ).stdout
        subprocess.run(["rm", "-r", where], check=True)
        return [line for line in told.splitlines() if line.startswith("subject=")]

    def test_nobody_is_asked_without_it(self):
        run = self.succeeds(self.seal("--allow-host", "127.0.0.1"))
        self.assertEqual(self.fetched(), [])
        self.assertEqual(len(self.chain()), 1)
        self.assertEqual(run.object["warnings"], [])

    def test_issuers_are_fetched(self):
        run = self.succeeds(self.seal("--aia", "--allow-host", "127.0.0.1"))
        self.assertEqual(run.object["warnings"], [])
        chain = self.chain()
        self.assertEqual(len(chain), 2)
        self.assertIn("Demonstration Qualified Seal CA", " ".join(chain))
        self.assertEqual(self.fetched(), ["/ca/issuing.cer", "/ca/root.cer"])
        self.is_sealed("in-signed.pdf")
        root = os.path.join(self.world.pki, "root.pem")
        self.succeeds(self.seal("--aia", "--allow-host", "127.0.0.1", "--trust", root))
        self.assertEqual(self.fetched(), ["/ca/issuing.cer"])

    def test_what_is_there_is_not_fetched(self):
        ca = ["--cert", os.path.join(self.world.pki, "issuing.pem"), "--trust", os.path.join(self.world.pki, "root.pem")]
        self.succeeds(self.seal("--aia", "--allow-host", "127.0.0.1", *ca))
        self.assertEqual(self.fetched(), [])
        self.assertEqual(len(self.chain()), 2)

    def test_what_cannot_be_had_is_a_warning(self):
        run = self.succeeds(self.seal("--aia"))
        self.assertRegex(run.object["warnings"][0], "^the chain of the signer ends below '.*Seal CA.*': .*is refused")
        self.assertEqual(self.fetched(), [])
        self.assertEqual(len(self.chain()), 1)
        self.is_sealed("in-signed.pdf")
        self.world.stop()
        try:
            run = self.succeeds(self.seal("--aia", "--allow-host", "127.0.0.1"))
        finally:
            self.world.start()
        self.assertRegex(run.object["warnings"][0], "ends below '.*': issuer '.*/ca/issuing.cer': ")
        self.asked = len(self.world.requests())

    def test_offline(self):
        run = self.succeeds(self.seal("--aia", "--allow-host", "127.0.0.1", "--offline", self.world.pki))
        self.assertEqual(self.fetched(), [])
        self.assertEqual(run.object["warnings"], [])

    def test_two_steps(self):
        cert = os.path.join(self.world.pki, "seal-p256.pem")
        self.succeeds(
            self.pades("prepare", "--aia", "--allow-host", "127.0.0.1", "--cert", cert, "--state", "state", "--tbs", "tbs", "in.pdf")
        )
        self.assertEqual(self.fetched(), ["/ca/issuing.cer", "/ca/root.cer"])
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", os.path.join(self.world.pki, "seal-p256.key"), self.path("tbs")],
            capture_output=True, check=True,
        ).stdout
        self.write("signature", signature)
        self.succeeds(self.pades("finish", "--state", "state", "--signature", "signature", "in.pdf"))
        self.assertEqual(len(self.chain()), 2)


if __name__ == "__main__":
    harness.main()
