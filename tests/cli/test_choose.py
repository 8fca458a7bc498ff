"""Which certificate signs: attestations are passed over, claims tell the others apart, and what tokens do with
CKA_ID and before a login changes nothing."""

import os
import re
import subprocess

import harness

SUBJECTS = {
    "esign": "0.4.0.1862.1.6.1",
    "eseal": "0.4.0.1862.1.6.2",
}


class Choose(harness.Case):
    """A token of its own for each test; certificates of its keys by issuers made here."""

    def setUp(self):
        super().setUp()
        subprocess.run(["rm", "-r", self.path("hsm", "tokens")], check=True)
        os.mkdir(self.path("hsm", "tokens"))
        self.tool("softhsm2-util", "--init-token", "--free", "--label", "seal", "--so-pin", "12345678", "--pin", "1234")

    def tool(self, *command):
        subprocess.run(command, env=self.env, cwd=self.dir, check=True, capture_output=True)

    def key(self, name, number):
        """An EC key on the token, and NAME.key beside it."""
        self.tool("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        self.tool(
            "softhsm2-util", "--import", f"{name}.key", "--token", "seal", "--pin", "1234", "--label", name, "--id", number
        )

    def issue(self, name, subject, issuer=None, kind=None, ca=False):
        """NAME.pem for NAME.key, or for the key NAME is called after ("a-2" is the key "a")."""
        key = name.split("-")[0] + ".key"
        lines = ["[req]", "distinguished_name=dn", "[dn]", "[x]", "subjectKeyIdentifier=hash"]
        lines += ["basicConstraints=critical,CA:true"] if ca else ["keyUsage=critical,nonRepudiation"]
        if kind:
            lines += ["qcStatements=ASN1:SEQUENCE:qc", "[qc]", "t=SEQUENCE:t", "[t]", "id=OID:0.4.0.1862.1.6"]
            lines += ["i=SEQUENCE:i", "[i]", f"k=OID:{SUBJECTS[kind]}"]
        self.write(f"{name}.cnf", "\n".join(lines) + "\n")
        self.tool(
            "openssl", "req", "-new", "-config", f"{name}.cnf", "-key", key, "-subj", subject, "-out", f"{name}.csr"
        )
        by = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"] if issuer else ["-signkey", key]
        self.tool(
            "openssl", "x509", "-req", "-in", f"{name}.csr", *by, "-days", "100", "-extfile", f"{name}.cnf",
            "-extensions", "x", "-set_serial", str(len(name) * 1000 + hash(name) % 1000), "-out", f"{name}.pem",
        )

    def put(self, name, number, label=None):
        self.tool("openssl", "x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der")
        self.tool(
            "pkcs11-tool", "--module", harness.SOFTHSM, "--token-label", "seal", "--login", "--pin", "1234",
            "--write-object", f"{name}.der", "--type", "cert", "--id", number, "--label", label or name,
        )

    def outside(self, name, subject="/CN=Outside CA"):
        """An authority whose key is not on the token."""
        self.tool("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        self.issue(name, subject, ca=True)

    def signer(self, *args):
        self.before = {}
        run = self.succeeds(
            self.pades("sign", "--json", "--force", "--module", harness.FAULT, "--pin-file", "pin", *args, "in.pdf")
        )
        return run.object["signer"]["subject"]

    def whys(self):
        told = self.succeeds(self.pades("token", "certs", "--json", "--module", harness.FAULT)).object
        return {c["label"]: c["why_not"] for c in told["certs"]}

    def test_attestation_under_a_key_of_the_token(self):
        self.outside("ca")
        self.key("a", "01")
        self.key("device", "09")
        self.issue("device", "/CN=Device 0815", ca=True)
        self.issue("a", "/CN=Real seal", issuer="ca")
        self.issue("a-2", "/CN=Key 01 of device 0815", issuer="device")
        self.put("device", "09")
        self.put("a-2", "01")
        self.put("a", "01")
        self.assertEqual(self.signer(), "CN=Real seal")
        self.assertEqual(self.whys()["a-2"], "it attests a key and is not for signing")

    def test_the_issuer_of_the_only_certificate_may_be_on_the_token(self):
        """An authority of one's own: it attests nothing."""
        self.key("a", "01")
        self.key("own", "09")
        self.issue("own", "/CN=Own CA", ca=True)
        self.issue("a", "/CN=Own seal", issuer="own")
        self.put("own", "09")
        self.put("a", "01")
        self.assertEqual(self.signer(), "CN=Own seal")

    def test_attestation_by_name(self):
        self.outside("ca")
        self.outside("yubico", "/CN=Yubico PIV Attestation")
        self.key("a", "01")
        self.issue("a", "/CN=Real seal", issuer="ca")
        self.issue("a-2", "/CN=YubiKey PIV Attestation 9c", issuer="yubico")
        self.put("a", "01")
        self.put("a-2", "01", "X.509 Certificate for PIV Attestation 9c")
        self.assertEqual(self.signer(), "CN=Real seal")

    def test_a_name_with_attestation_in_it(self):
        """Somebody whose business it is."""
        self.outside("ca", "/CN=Bureau of Attestation CA")
        self.key("a", "01")
        self.issue("a", "/CN=Attestation Office", issuer="ca")
        self.put("a", "01", "attestations")
        self.assertEqual(self.signer(), "CN=Attestation Office")

    def three(self):
        self.outside("ca")
        for number, (name, kind) in enumerate((("s", "eseal"), ("p", "esign"), ("n", None)), 1):
            self.key(name, f"0{number}")
            self.issue(name, f"/CN=Certificate {name}", issuer="ca", kind=kind)
            self.put(name, f"0{number}")

    def test_claims_tell_them_apart(self):
        self.three()
        run = self.pades("sign", "--module", harness.FAULT, "--pin-file", "pin", "in.pdf")
        self.fails(run, 77, "3 certificates could sign", "Certificate s, claims eseal, serial")
        self.assertRegex(run.err, "Certificate p, claims esign, serial")
        self.assertRegex(run.err, "Certificate n, claims neither eseal nor esign, serial")
        told = self.succeeds(self.pades("token", "certs", "--json", "--module", harness.FAULT)).object
        types = {c["label"]: c["claims"]["type"] for c in told["certs"]}
        self.assertEqual(types, {"s": "eseal", "p": "esign", "n": None})
        self.assertEqual(self.calls("C_Login"), [])

    def test_the_same_is_taken_whatever_the_token_hides(self):
        """noid, private-certs: the certificate that was named signs, with one login."""
        self.three()
        for fault in ("noid", "private-certs"):
            self.faults(fault)
            self.write("p11.log", "")
            for name in ("s", "p", "n"):
                self.assertEqual(self.signer("--cert-subject", f"Certificate {name}"), f"CN=Certificate {name}")
                self.is_sealed("in-signed.pdf")
            self.assertEqual(self.calls("C_Login"), ["CKR_OK"] * 3)

    def test_a_key_that_is_seen_after_a_login_only(self):
        """Nothing public tells of it: text and JSON say so, and promise no more."""
        for name, number in (("a", "01"), ("b", "02")):
            self.key(name, number)
            self.issue(name, f"/CN=Certificate {name}")
            self.put(name, number)
        self.tool(
            "pkcs11-tool", "--module", harness.SOFTHSM, "--token-label", "seal", "--login", "--pin", "1234",
            "--delete-object", "--type", "pubkey", "--id", "02",
        )
        told = self.succeeds(self.pades("token", "certs", "--json", "--module", harness.FAULT)).object
        self.assertEqual({c["label"]: c["key"] for c in told["certs"]}, {"a": "seen", "b": "after login"})
        text = self.succeeds(self.pades("token", "certs", "--module", harness.FAULT)).out
        found = re.findall(r"(?ms)^CN=Certificate (\w)$.*?^    can sign +(.*?)$", text)
        self.assertEqual(dict(found), {"a": "yes", "b": "after login"})
        self.assertEqual(self.calls("C_Login"), [])

    def test_two_slots_of_one_card(self):
        self.three()
        self.faults("twice")
        run = self.pades("sign", "--module", harness.FAULT, "--pin-file", "pin", "--cert-subject", "Certificate s", "in.pdf")
        self.fails(run, 77, "2 certificates could sign", "slot-id=")
        for uri in re.findall(r"^  (pkcs11:\S+)", run.err, re.M):
            self.assertEqual(self.signer("--key", uri), "CN=Certificate s")

    def test_certificates_beside_the_token(self):
        """None on it: one in a file is paired by its public key, and the file's chain is used."""
        self.outside("ca")
        self.key("a", "01")
        self.key("b", "02")
        self.issue("a", "/CN=Beside", issuer="ca")
        with open(self.path("a.pem"), encoding="utf-8") as a, open(self.path("ca.pem"), encoding="utf-8") as ca:
            self.write("chain.pem", a.read() + ca.read())
        self.assertEqual(self.signer("--cert", "chain.pem"), "CN=Beside")
        run = self.pades("sign", "--module", harness.FAULT, "--pin-file", "pin", "--cert", "ca.pem", "--force", "in.pdf")
        self.fails(run, 77, "certificate", ".")


if __name__ == "__main__":
    harness.main()
