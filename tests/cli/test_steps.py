"""pades prepare and pades finish, with signatures that openssl makes."""

import base64
import os
import stat
import subprocess

import harness


class Steps(harness.Case):
    def prepare(self, *args, name="seal-rsa3072", **kwargs):
        return self.pades(
            "prepare",
            "--cert",
            os.path.join(harness.PKI, name + ".chain.pem"),
            "--state",
            "state",
            "--tbs",
            "tbs",
            "--hash",
            "hash",
            *args,
            "in.pdf",
            **kwargs,
        )

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.dir, check=True, capture_output=True)

    def key(self, name="seal-rsa3072"):
        return os.path.join(harness.PKI, name + ".key")

    def finish(self, *args, **kwargs):
        return self.pades("finish", "--state", "state", "--signature", "sig", "in.pdf", *args, **kwargs)

    def test_rsa_over_the_bytes(self):
        run = self.succeeds(self.prepare())
        self.assertEqual(run.out, "state\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("state")).st_mode), 0o600)
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        run = self.succeeds(self.finish())
        self.assertEqual(run.out, "in-signed.pdf\n")
        self.is_sealed("in-signed.pdf")

    def test_json(self):
        told = self.succeeds(self.prepare("--json", "--pss")).object
        self.assertEqual((told["schema"], told["file"], told["state"]), (1, "in.pdf", "state"))
        self.assertEqual((told["scheme"], told["digest"]), ("rsa-pss", "sha256"))
        self.assertEqual(told["hash"], self.read("hash").hex())
        self.assertEqual(told["hash"], harness.digest(self.path("tbs")))
        self.assertEqual(told["tbs_bytes"], os.path.getsize(self.path("tbs")))
        self.assertIn("CN=Demo Company Oy Invoicing seal", told["signer"]["subject"])
        self.openssl(
            "dgst",
            "-sha256",
            "-sign",
            self.key(),
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:digest",
            "-out",
            "sig",
            "tbs",
        )
        told = self.succeeds(self.finish("out.pdf", "--json")).object
        self.assertEqual((told["output"], told["level"], told["field"]), ("out.pdf", "B-B", "Signature1"))
        self.is_sealed("out.pdf")

    def test_ecdsa_over_the_digest(self):
        for name, digest in (("seal-p256", "sha256"), ("seal-p384", "sha384"), ("seal-p521", "sha512")):
            with self.subTest(name):
                told = self.succeeds(self.prepare("--force", "--json", name=name)).object
                self.assertEqual((told["scheme"], told["digest"]), ("ecdsa", digest))
                self.openssl("pkeyutl", "-sign", "-inkey", self.key(name), "-in", "hash", "-out", "sig")
                self.succeeds(self.finish("--force"))
                self.is_sealed("in-signed.pdf")

    def test_options_of_prepare_are_kept(self):
        self.succeeds(
            self.prepare("--field", "Two Steps", "--reason", "Reason", "--digest", "sha512", "--utc")
        )
        self.openssl("dgst", "-sha512", "-sign", self.key(), "-out", "sig", "tbs")
        self.succeeds(self.finish())
        told = self.inspect("in-signed.pdf")["signatures"][0]
        self.assertEqual((told["field"], told["reason"]), ("Two Steps", "Reason"))
        self.is_sealed("in-signed.pdf")

    def test_in_place_and_streams(self):
        self.write("copy.pdf", self.read("in.pdf"))
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        run = self.succeeds(
            self.pades(
                "finish", "--state", "state", "--signature", "-", "in.pdf", "-", stdin=self.read("sig")
            )
        )
        self.write("piped.pdf", run.raw)
        self.is_sealed("piped.pdf")
        self.succeeds(self.finish("--in-place"))
        self.is_sealed("in.pdf", "copy.pdf")

    def test_input_from_a_pipe(self):
        run = self.pades(
            "prepare",
            "--cert",
            os.path.join(harness.PKI, "seal-p256.chain.pem"),
            "--state",
            "state",
            "--hash",
            "hash",
            "-",
            stdin=self.read("in.pdf"),
        )
        self.succeeds(run)
        self.openssl("pkeyutl", "-sign", "-inkey", self.key("seal-p256"), "-in", "hash", "-out", "sig")
        self.succeeds(self.finish())
        self.is_sealed("in-signed.pdf")

    def test_timestamp(self):
        services = harness.Services()
        self.addCleanup(services.stop)
        self.succeeds(self.prepare("--level", "t", "--tsa", services.tsa()))
        self.assertEqual(services.requests(), [])
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        self.fails(self.finish(), 64, "level t but no TSA is given")
        run = self.succeeds(
            self.finish("--tsa", services.tsa(), "--trust", harness.TRUST, "--json", "--audit", "log")
        )
        self.assertEqual((run.object["level"], len(run.object["timestamps"])), ("B-T", 1))
        self.assertIn(services.tsa(), self.read("log").decode())
        self.is_sealed("in-signed.pdf", level="t")

    def test_wrong_signatures(self):
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key("seal-rsa2048"), "-out", "other", "tbs")
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "good", "tbs")
        good = self.read("good")
        flipped = good[:-1] + bytes([good[-1] ^ 1])
        for data in (b"", flipped, good[:-1], good + b"\0", self.read("other"), base64.b64encode(good)):
            self.write("sig", data)
            self.settle()
            self.fails(self.finish(), 77, "signature|sign", ".")
            self.untouched()

    def test_input_that_changed(self):
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        data = bytearray(self.read("in.pdf"))
        data[9] ^= 1
        self.write("in.pdf", bytes(data))
        self.settle()
        run = self.finish()
        self.assertIn(run.code, (65, 66), run)
        self.untouched()

    def test_state_that_is_damaged(self):
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        good = self.read("state")
        for data in (b"", b"x", good[:-1], good + b"\0", good[:40] + bytes([good[40] ^ 255]) + good[41:]):
            self.write("state", data, 0o600)
            self.settle()
            self.fails(self.finish(), 65, ".", "prepare")
            self.untouched()

    def test_outputs_that_exist(self):
        for name in ("state", "tbs", "hash"):
            self.write(name, "precious")
            self.settle()
            self.fails(self.prepare(), 73, f"'{name}' exists", "--force")
            self.untouched()
            os.unlink(self.path(name))
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        self.write("in-signed.pdf", "precious")
        self.fails(self.finish(), 73, "exists")
        self.fails(self.finish("in.pdf"), 73, "is an input")

    def test_what_is_needed(self):
        cert = os.path.join(harness.PKI, "seal-p256.pem")
        self.fails(self.pades("prepare", "--cert", cert, "in.pdf"), 64, "--state FILE is needed")
        self.fails(self.pades("prepare", "--state", "s", "in.pdf"), 64, "--cert FILE is needed")
        self.fails(self.pades("prepare", "--cert", "none", "--state", "s", "in.pdf"), 77, "'none'")
        self.fails(self.pades("finish", "--signature", "s", "in.pdf"), 64, "--state FILE is needed")
        self.fails(self.pades("finish", "--state", "s", "in.pdf"), 64, "--signature FILE is needed")
        self.fails(self.pades("finish", "--state", "s", "--signature", "x", "in.pdf"), 66, "'s'")
        self.fails(self.pades("finish", "--state", "s", "--signature", "-", "-"), 64, "both")
        self.untouched()

    def test_bad_documents_and_certificates(self):
        self.write("in.pdf", "not a PDF")
        self.settle()
        self.fails(self.prepare(), 65, "not a PDF")
        self.fails(self.prepare(name="expired"), 77, "expired")
        self.untouched()


if __name__ == "__main__":
    harness.main()
