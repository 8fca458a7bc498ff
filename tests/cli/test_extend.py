"""Raising what exists: each level on files of level b and t, again and again, offline; and what must not
come out when something is missing, revoked or broken."""

import os
import re
import shutil
import subprocess
import tempfile
import time

import harness


class World:
    """A PKI of its own, whose addresses are served, since certificates name them."""

    def __init__(self):
        self.pki = tempfile.mkdtemp(prefix="pades-extend-")
        subprocess.run([os.path.join(harness.SUPPORT, "pades-mkpki"), self.pki, "--base-url", "auto"], check=True)
        with open(os.path.join(self.pki, "port"), encoding="ascii") as f:
            self.port = f.read().strip()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = os.path.join(self.pki, "log")
        self.process = subprocess.Popen([os.path.join(harness.SUPPORT, "pades-testd"), "--pki", self.pki, "--port-file",
                                         os.path.join(self.pki, "up"), "--log", self.log])
        harness.wait_for_file(os.path.join(self.pki, "up"))

    def faults(self, *lines):
        with open(os.path.join(self.pki, "faults"), "w", encoding="ascii") as f:
            f.write("".join(line + "\n" for line in lines))

    def requests(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read().splitlines()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.pki)


class Extending(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = World()
        cls.addClassCleanup(cls.world.stop)

    def setUp(self):
        super().setUp()
        self.world.faults()
        self.root = self.pki("root.pem")
        self.before = self.listing()

    def pki(self, name):
        return os.path.join(self.world.pki, name)

    def made(self, name, *options, key="seal-p256", stamped=False):
        """in.pdf sealed with a key of the PKI, in a file of its own."""
        with open(self.pki(key + ".key"), "rb") as k, open(self.pki(key + ".chain.pem"), "rb") as c:
            self.write("key.pem", k.read() + c.read(), 0o600)
        tsa = ["--tsa", self.world.base + "/tsa", "--trust", self.root] if stamped else []
        self.succeeds(self.pades("sign", "--key", "key.pem", *tsa, *options, "in.pdf", name))
        os.unlink(self.path("key.pem"))
        self.settle()
        return name

    def extend(self, level, *args, tsa=True, trust=True, **kwargs):
        more = ["--tsa", self.world.base + "/tsa"] if tsa else []
        more += ["--trust", self.root] if trust else []
        return self.pades("extend", "--level", level, "--allow-host", f"127.0.0.1:{self.world.port}", "--timeout", "5", *more,
                          *args, **kwargs)

    def raised(self, level, source, output, *args, told=None, **kwargs):
        """The JSON object of a run that worked, its output append-only and sound."""
        run = self.succeeds(self.extend(level, "--json", *args, source, output, **kwargs))
        self.assertEqual(run.object["level"], told or "B-" + level.upper(), run)
        data, before = self.read(output), self.read(source)
        self.assertTrue(data.startswith(before), "not append-only")
        checked = subprocess.run(["qpdf", "--check", self.path(output)], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        valid = [subprocess.run(["pdfsig", "-nocert", self.path(name)], capture_output=True, text=True, check=False)
                 .stdout.count("Signature is Valid.") for name in (source, output)]
        self.assertEqual(valid[0], valid[1])
        return run.object

    def store(self, name):
        """(certificates, OCSP answers, CRLs) in the store."""
        dss = self.inspect(name)["dss"] or {"certificates": 0, "ocsps": 0, "crls": 0}
        return dss["certificates"], dss["ocsps"], dss["crls"]


class Good(Extending):
    def test_t(self):
        self.made("b.pdf")
        told = self.raised("t", "b.pdf", "t.pdf", trust=False)
        self.assertEqual([(s["field"], s["type"], s["level"]) for s in told["signatures"]],
                         [("Signature1", "signature", "B-T"), ("Timestamp1", "doctimestamp", None)])
        self.assertEqual((told["field"], len(told["timestamps"])), ("Timestamp1", 1))
        self.assertRegex(told["warnings"][0], "not checked against an anchor")

    def test_t_where_there_is_one_adds_nothing(self):
        self.made("t.pdf", stamped=True)
        before = len(self.world.requests())
        told = self.raised("t", "t.pdf", "same.pdf", tsa=False)
        self.assertEqual(len(self.world.requests()), before)
        self.assertEqual(self.read("same.pdf"), self.read("t.pdf"))
        self.assertEqual((told["field"], told["byte_range"], told["timestamps"]), (None, None, []))
        self.assertRegex(told["warnings"][0], "nothing had to be added")

    def test_lt_and_lta(self):
        for stamped, stamps in ((False, 1), (True, 0)):
            source = self.made("signed.pdf", "--force", stamped=stamped)
            told = self.raised("lt", source, "lt.pdf", "--force")
            self.assertEqual((len(told["timestamps"]), told["warnings"]), (stamps, []))
            certs, ocsps, crls = self.store("lt.pdf")
            self.assertGreaterEqual(certs, 4)  # signer, authority, issuer, responder
            self.assertGreaterEqual(ocsps, 2)  # signer and authority
            told = self.raised("lta", source, "lta.pdf", "--force")
            self.assertEqual(len(told["timestamps"]), stamps + 1)
            self.assertEqual(self.store("lta.pdf"), (certs, ocsps, crls))

    def test_lt_to_lta_and_lta_renewed(self):
        self.made("t.pdf", stamped=True)
        self.raised("lt", "t.pdf", "1.pdf")
        self.raised("lta", "1.pdf", "2.pdf", tsa=True)
        self.assertEqual(self.store("2.pdf"), self.store("1.pdf"), "what is there is not stored again")
        before = self.store("2.pdf")
        for n in (2, 3):
            self.raised("lta", f"{n}.pdf", f"{n + 1}.pdf")
        after = self.store("4.pdf")
        self.assertTrue(all(a >= b for a, b in zip(after, before)))
        fields = [s["field"] for s in self.inspect("4.pdf")["signatures"]]
        self.assertEqual(fields, ["Signature1", "Timestamp1", "Timestamp2", "Timestamp3"])

    def test_lt_twice_is_idle(self):
        self.made("t.pdf", stamped=True)
        self.raised("lt", "t.pdf", "lt.pdf")
        told = self.raised("lt", "lt.pdf", "again.pdf", tsa=False)
        self.assertEqual(self.read("again.pdf"), self.read("lt.pdf"))
        self.assertRegex(told["warnings"][0], "nothing had to be added")

    def test_in_place(self):
        self.made("t.pdf", stamped=True)
        before = self.read("t.pdf")
        self.succeeds(self.extend("lta", "--in-place", "t.pdf"))
        self.assertTrue(self.read("t.pdf").startswith(before) and len(self.read("t.pdf")) > len(before))
        self.assertEqual(set(self.listing()) - {"t.pdf"}, set(self.before) - {"t.pdf"})

    def test_several(self):
        """Each gets its own level: what one lacks is no reason for the others."""
        for name in ("a.pdf", "b.pdf"):
            self.made(name, stamped=True)
        self.made("revoked.pdf", key="revoked", stamped=True)
        self.made("lt.pdf", stamped=True)
        self.succeeds(self.extend("lt", "--in-place", "lt.pdf"))
        os.mkdir(self.path("out"))
        run = self.extend("lt", "--output-dir", "out", "--audit", "audit", "--json", "a.pdf", "revoked.pdf", "lt.pdf",
                          "b.pdf")
        self.assertNotIn(run.code, (0, 4), run)
        told = run.objects
        self.assertEqual([o.get("level") for o in told], ["B-LT", None, "B-LT", "B-LT"])
        self.assertEqual(told[1]["error"]["exit"], run.code)
        self.assertEqual(sorted(os.listdir(self.path("out"))),
                         ["a-extended.pdf", "b-extended.pdf", "lt-extended.pdf"])
        lines = self.read("audit").decode().splitlines()
        self.assertEqual([re.search(r'file="([^"]*)"', line).group(1) for line in lines], ["a.pdf", "lt.pdf", "b.pdf"])
        self.assertRegex(lines[1], r" field=- serial=- tsa=-$")

    def test_several_with_less(self):
        """One reaches less than was asked for: the exit code says so, the others are whole."""
        for name in ("a.pdf", "b.pdf"):
            self.made(name, stamped=True)
        os.mkdir(self.path("out"))
        self.world.faults("/tsa 500")
        run = self.extend("lta", "--allow-partial", "--output-dir", "out", "--json", "a.pdf", "b.pdf")
        self.assertEqual(run.code, 4, run)
        self.assertEqual([o["level"] for o in run.objects], ["B-LT", "B-LT"])

    def test_crls_first(self):
        self.made("t.pdf", stamped=True)
        self.raised("lt", "t.pdf", "lt.pdf", "--prefer", "crl")
        self.assertEqual(self.store("lt.pdf")[1], 0)
        self.assertGreaterEqual(self.store("lt.pdf")[2], 2)

    def test_vri(self):
        self.made("t.pdf", stamped=True)
        self.raised("lt", "t.pdf", "lt.pdf", "--vri")
        keys = re.findall(rb"/([0-9A-F]{40})<</Type/VRI", self.read("lt.pdf"))
        self.assertEqual(len(keys), 1)
        self.raised("lt", "t.pdf", "without.pdf")
        self.assertNotIn(b"/VRI", self.read("without.pdf"))

    def test_a_timestamped_file_without_signature(self):
        self.succeeds(self.pades("timestamp", "--tsa", self.world.base + "/tsa", "--trust", self.root, "in.pdf", "a.pdf"))
        told = self.raised("lta", "a.pdf", "b.pdf")
        self.assertEqual([s["type"] for s in told["signatures"]], ["doctimestamp"] * 2)

    def test_two_signatures(self):
        self.made("one.pdf")
        shutil.copy(self.path("in.pdf"), self.path("kept.pdf"))
        shutil.copy(self.path("one.pdf"), self.path("in.pdf"))
        self.made("two.pdf", key="seal-rsa3072", stamped=True)
        told = self.raised("lta", "two.pdf", "lta.pdf")
        self.assertEqual([s["level"] for s in told["signatures"]], ["B-LTA", "B-LTA", None, None])

    def test_an_encrypted_file(self):
        subprocess.run(["qpdf", "--encrypt", "user", "owner", "256", "--", self.path("in.pdf"), self.path("locked.pdf")],
                       check=True)
        shutil.move(self.path("locked.pdf"), self.path("in.pdf"))
        password = ["--password-file", "password"]
        self.write("password", "owner\n", 0o600)
        self.made("b.pdf", *password)
        self.succeeds(self.extend("lta", *password, "b.pdf", "lta.pdf"))
        done = subprocess.run(["qpdf", "--password=owner", "--check", self.path("lta.pdf")], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.succeeds(self.extend("lta", *password, "lta.pdf", "again.pdf"))

    def test_offline(self):
        """What one run stored makes a folder from which another does the same without asking."""
        self.made("t.pdf", stamped=True)
        self.raised("lt", "t.pdf", "lt.pdf")
        os.mkdir(self.path("folder"))
        for n, data in enumerate(stored_streams(self.read("lt.pdf")[len(self.read("t.pdf")):])):
            self.write(f"folder/{n}.bin", data)
        before = len(self.world.requests())
        self.raised("lt", "t.pdf", "offline.pdf", "--offline", "folder", tsa=False)
        self.assertEqual(len(self.world.requests()), before)
        os.mkdir(self.path("empty"))
        self.fails(self.extend("lt", "--offline", "empty", "t.pdf", "no.pdf", tsa=False), 69, "status", "folder")
        self.assertEqual(len(self.world.requests()), before)


def stored_streams(revision):
    """The data of the streams that qpdf would show, as a script without a reader finds it."""
    import zlib
    for match in re.finditer(rb"<<(/Filter/FlateDecode)?/Length (\d+)>>\nstream\n", revision):
        data = revision[match.end():match.end() + int(match.group(2))]
        yield zlib.decompress(data) if match.group(1) else data


def with_store(count):
    """A document whose security store lists its own catalog as a certificate, so many times."""
    objects = [b"<</Type/Catalog/Pages 2 0 R/DSS<</Certs 4 0 R>>>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", b"[" + b"1 0 R " * count + b"]"]
    out, entries = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for n, text in enumerate(objects, 1):
        entries += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (n, text)
    return out + b"xref\n0 5\n%strailer\n<</Size 5/Root 1 0 R/ID[<00><01>]>>\nstartxref\n%d\n%%%%EOF\n" % (entries, len(out))


class Refused(Extending):
    def test_usage(self):
        self.made("t.pdf", stamped=True)
        self.fails(self.pades("extend", "t.pdf"), 64, "--level LEVEL says")
        self.fails(self.extend("b", "t.pdf"), 64, "cannot be raised to level b", "t, lt or lta")
        self.fails(self.extend("lt", "t.pdf", trust=False), 64, "need trust anchors", "--trust")
        self.fails(self.extend("lta", "t.pdf", tsa=False), 64, "level lta needs a time-stamping authority", "--tsa")
        self.fails(self.extend("lt", "--prefer", "both", "t.pdf"), 64, "must be one of ocsp")
        self.untouched()

    def test_nothing_is_signed(self):
        self.fails(self.extend("lt", "in.pdf"), 65, "nothing in the document is signed", "pades timestamp")
        self.untouched()

    def test_no_status_to_be_had(self):
        self.made("t.pdf", stamped=True)
        self.world.faults("/ocsp 500", "/crl 500")
        self.fails(self.extend("lt", "t.pdf"), 69, "no usable answer.*Demonstration", ".")
        self.untouched()

    def test_partial(self):
        self.made("b.pdf")
        self.world.faults("/ocsp 500", "/crl 500")
        run = self.extend("lta", "--allow-partial", "--json", "b.pdf", "out.pdf")
        self.assertEqual(run.code, 4, run)
        self.assertEqual(run.object["level"], "B-T")
        self.assertRegex(" ".join(run.object["warnings"]), "not reached.*no usable answer")
        self.assertRegex(run.err, "only at level B-T")
        self.assertEqual([s["field"] for s in self.inspect("out.pdf")["signatures"]], ["Signature1", "Timestamp1"])

    def test_no_authority(self):
        self.made("t.pdf", stamped=True)
        args = ["--tsa", "http://127.0.0.1:1/", "t.pdf", "out.pdf"]
        self.fails(self.extend("lta", *args, tsa=False), 69, "no timestamp from", ".")
        self.untouched()
        run = self.extend("lta", "--allow-partial", "--json", *args, tsa=False)
        self.assertEqual((run.code, run.object["level"]), (4, "B-LT"), run)

    def test_a_revoked_signer(self):
        with open(self.pki("revoked.pem"), encoding="ascii") as f:
            self.assertIn("BEGIN CERTIFICATE", f.read())
        self.made("t.pdf", key="revoked", stamped=True)
        self.fails(self.extend("lt", "t.pdf"), 77, "revoked", ".")
        self.untouched()

    def revoke(self, name, state="revoked"):
        """In the authority's index, since ten seconds ago."""
        path = self.pki("index.txt")
        with open(path, encoding="ascii") as f:
            lines = f.read()
        when = int(time.time()) - 10 if state == "revoked" else 0
        with open(path, "w", encoding="ascii") as f:
            f.write(re.sub(rf"(?m)^({name} \S+ \S+ \S+) \S+ \d+ \d+$", rf"\1 {state} {when} 0", lines))

    def renewable(self):
        """lta.pdf, whose status answers are of an hour ago, and in force for long."""
        self.world.faults("/ocsp old=3600", "/crl old=3600")
        self.made("t.pdf", stamped=True)
        self.raised("lta", "t.pdf", "lta.pdf")
        self.raised("lta", "lta.pdf", "again.pdf")  # the newest there is will do
        os.unlink(self.path("again.pdf"))
        self.world.faults()
        self.settle()
        shutil.rmtree(self.home)
        os.mkdir(self.home)

    def test_the_last_timestamp_is_asked_for_anew(self):
        self.renewable()
        before = len(self.world.requests())
        stored = self.store("lta.pdf")
        told = self.raised("lta", "lta.pdf", "good.pdf")
        self.assertEqual(told["warnings"], [])
        self.assertGreater(sum("/ocsp" in line for line in self.world.requests()[before:]), 0)
        self.assertGreater(self.store("good.pdf")[1], stored[1], "the new answer is stored too")

    def test_the_unit_of_the_last_timestamp_is_revoked_meanwhile(self):
        """What the file says of it is in force still, and says good."""
        self.renewable()
        self.addCleanup(self.revoke, "tsa", "good")
        self.revoke("tsa")
        run = self.extend("lta", "lta.pdf", "out.pdf", tsa=True)
        self.fails(run, 77, "'lta.pdf'|revoked", ".")
        self.assertRegex(run.err, "TSA|Time|tsa")
        self.untouched()
        for more in (["--allow-partial"], ["--in-place"]):
            run = self.extend("lta", *more, "lta.pdf", *([] if more == ["--in-place"] else ["out.pdf"]))
            self.assertEqual(run.code, 77, run)
        self.untouched()

    def test_nobody_tells_of_the_last_timestamp(self):
        self.renewable()
        self.world.faults("/ocsp 500", "/crl 500")
        self.fails(self.extend("lta", "lta.pdf", "out.pdf"), 69, "status", ".")
        self.untouched()
        run = self.succeeds(self.extend("lta", "--allow-cached", "--json", "lta.pdf", "out.pdf"))
        self.assertTrue(any("at hand already (allowed)" in w for w in run.object["warnings"]), run)

    def test_a_changed_byte(self):
        self.made("t.pdf", stamped=True)
        data = bytearray(self.read("t.pdf"))
        at = data.index(b"\n", 8) + 2  # in the comment behind the header
        data[at] ^= 1
        self.write("bad.pdf", bytes(data))
        before = len(self.world.requests())
        for level in ("t", "lt", "lta"):
            run = self.extend(level, "--json", "bad.pdf")
            self.assertEqual((run.code, run.object["error"]["status"]), (65, "DOC_SIGNATURE_BROKEN"), run)
            self.assertRegex(run.err, "'Signature1' is broken: the document was changed")
        self.assertEqual(len(self.world.requests()), before, "nobody is asked about a broken one")
        self.untouched("bad.pdf")

    def test_a_broken_timestamp(self):
        self.made("b.pdf")
        self.raised("t", "b.pdf", "t.pdf")
        data = bytearray(self.read("t.pdf"))
        at = data.rindex(b"/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161") + 10
        data[at] ^= 1
        self.write("bad.pdf", bytes(data))
        self.fails(self.extend("lta", "bad.pdf"), 65, "document timestamp in 'Timestamp1' is broken", ".")

    def test_kinds_that_are_not_checked(self):
        # clause: ISO32000-1#12.8.3.3 adbe.pkcs7.sha1, adbe.x509.rsa_sha1
        self.made("b.pdf")
        data = self.read("b.pdf")
        for name, words in ((b"adbe.pkcs7.sha1", "rests on SHA-1"), (b"adbe.x509.rsa_sha1", "rests on SHA-1"),
                            (b"Own.Kind", "not known")):
            self.write("other.pdf", data.replace(b"/SubFilter/ETSI.CAdES.detached", b"/SubFilter/" + name.ljust(19), 1))
            self.fails(self.extend("t", "other.pdf"), 65, f"'Signature1' is of a kind that .*{words}", "cannot be checked")

    def test_contents_that_are_garbage(self):
        self.made("b.pdf")
        data = self.read("b.pdf")
        at = data.index(b"/Contents <") + len(b"/Contents <")
        self.write("bad.pdf", data[:at] + b"00112233" + data[at + 8:])
        self.fails(self.extend("t", "bad.pdf"), 65, "/Contents holds no CMS", ".")
        self.write("bad.pdf", data.replace(b"/ByteRange [0 ", b"/ByteRange [1 "))
        self.fails(self.extend("t", "bad.pdf"), 65, "its /ByteRange is not everything but its own /Contents", ".")

    def test_a_store_of_many_entries(self):
        """As many as are reasonable are looked at, all are kept; beyond that it is refused."""
        for count, code in ((12000, 0), (1000000, 65)):
            self.write("many.pdf", with_store(count))
            self.succeeds(self.pades("timestamp", "--force", "--tsa", self.world.base + "/tsa", "--trust", self.root, "many.pdf",
                                     "stamped.pdf"))
            run = self.extend("lt", "--force", "stamped.pdf", "out.pdf")
            self.assertEqual(run.code, code, run)
            if code == 0:
                self.assertRegex(run.err, "more than 10,000")
                self.assertIn(b"1 0 R " * count, self.read("out.pdf")[len(self.read("stamped.pdf")):])
            else:
                self.assertRegex(run.err, "objects need more than")

    def test_a_certification_without_changes(self):
        self.made("c.pdf", "--certify", "1", stamped=True)
        before = len(self.world.requests())
        for level in ("lt", "lta"):
            self.fails(self.extend(level, "c.pdf"), 65, "permits no changes", "certified with /P 2")
        self.assertEqual(len(self.world.requests()), before)
        self.untouched()
        self.made("c2.pdf", "--certify", "2", "--lock", "all", stamped=True)
        self.raised("lta", "c2.pdf", "lta.pdf")


if __name__ == "__main__":
    harness.main()
