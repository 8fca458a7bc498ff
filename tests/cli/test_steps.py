"""pades prepare and pades finish, with signatures that openssl makes."""

import base64
import hashlib
import os
import resource
import stat
import subprocess

import forms
import harness


class Der:
    """The little DER that a stored session is made of."""

    def __init__(self, rest):
        self.rest = rest

    def take(self):
        tag, n, at = self.rest[0], self.rest[1], 2
        if n & 0x80:
            at += n & 0x7F
            n = int.from_bytes(self.rest[2:at], "big")
        content, self.rest = self.rest[at : at + n], self.rest[at + n :]
        return tag, content

    @staticmethod
    def element(tag, content):
        n = len(content)
        size = n.to_bytes((n.bit_length() + 7) // 8, "big")
        return bytes([tag]) + (bytes([n]) if n < 0x80 else bytes([0x80 | len(size)]) + size) + content


def few_bytes():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


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

    def redirected(self, *args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        return subprocess.run(
            [harness.PADES, *args],
            cwd=self.dir,
            env=self.env,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )

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

    def test_warnings_are_told_before_the_signature_is_made(self):
        self.write("in.pdf", forms.form("<</DigestMethod[/SHA1]>>"))
        told = self.succeeds(self.prepare("--field", "Seal", "--json")).object["warnings"]
        self.assertEqual(len(told), 1)
        self.assertIn("the field asks for one of the digests 'SHA1'", told[0])
        run = self.succeeds(self.prepare("--field", "Seal", "--force"))
        self.assertIn("pades: warning: " + told[0], run.err)
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        self.assertEqual(self.succeeds(self.finish("--json")).object["warnings"], told)
        self.write("in.pdf", forms.form())
        self.assertEqual(self.succeeds(self.prepare("--json", "--force")).object["warnings"], [])

    def test_in_place_takes_no_output(self):
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        self.settle()
        self.fails(self.finish("out.pdf", "--in-place"), 64, "--in-place and an output contradict.*'out.pdf'")
        self.untouched()

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
        self.fails(self.finish(), 64, "the level the session was prepared for needs a time-stamping authority")
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

    def forge(self, **changes):
        """The state with some of its parts replaced and the checksum made anew; each change is a
        function of the parts (level, hole, hole_n, revision, field, warnings) and gives the new one."""
        parts, rest = [], Der(self.read("good")[:-32]).take()[1]
        der = Der(rest)
        while der.rest:
            parts.append(der.take())
        names = {"level": 1, "hole": 6, "hole_n": 7, "revision": 11, "field": 12, "warnings": 14}
        old = {name: parts[at][1] for name, at in names.items()}
        for name, change in changes.items():
            tag = parts[names[name]][0]
            value = change(old)
            if tag == 2:
                value = value.to_bytes(value.bit_length() // 8 + 1, "big")
            parts[names[name]] = (tag, value)
        whole = Der.element(0x30, b"".join(Der.element(*part) for part in parts))
        self.write("state", whole + hashlib.sha256(whole).digest(), 0o600)
        self.settle()

    def test_state_that_is_forged(self):
        """Its checksum is against accidents: what a forger can change must not make a broken file that is
        told as sealed, a lie on the terminal or a control character there."""
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        os.rename(self.path("state"), self.path("good"))

        def number(octets):
            return int.from_bytes(octets, "big")

        def cut(old):
            return number(old["hole"]), number(old["hole"]) + number(old["hole_n"])

        def longer(old):
            start, _ = cut(old)
            return old["revision"][: start + 1] + b"0" * 200 + old["revision"][start + 1 :]

        def moved(old):
            start, end = cut(old)
            rest = old["revision"][:start] + old["revision"][end:]
            return rest[:20] + old["revision"][start:end] + rest[20:]

        for changes in (
            {"revision": longer, "hole_n": lambda old: number(old["hole_n"]) + 200},
            {"revision": moved, "hole": lambda old: 20},
            {"field": lambda old: b"Another"},
            {"field": lambda old: b"\x1b]0;x\x07"},
        ):
            self.forge(**changes)
            self.fails(self.finish(), 65, "damaged", "prepare")
            self.untouched()
        self.forge(warnings=lambda old: b"\x1b]0;x\x07\xe2\x80\xae all is well\0")
        run = self.succeeds(self.finish())
        self.assertIn("warning: \\x1b]0;x\\x07\\u{202e} all is well", run.err)
        self.forge()
        self.succeeds(self.finish("again.pdf"))

    def test_level_b_is_never_silent(self):
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        run = self.succeeds(self.finish("--tsa", "http://127.0.0.1:9/", "--json"))
        self.assertEqual(run.object["level"], "B-B")
        self.assertIn("prepared for level b", run.object["warnings"][0])

    def test_room_up_to_the_limit(self):
        self.succeeds(self.prepare("--reserve", "9000000"))
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        self.succeeds(self.finish())

    def test_outputs_and_the_input(self):
        """--force replaces an older state, never the document; an output is not ignored."""
        os.link(self.path("in.pdf"), self.path("other-name.pdf"))
        self.settle()
        cert = os.path.join(harness.PKI, "seal-p256.pem")
        for name in ("in.pdf", "other-name.pdf"):
            for option in ("--tbs", "--hash"):
                run = self.pades("prepare", "--force", "--cert", cert, "--state", "s", option, name, "in.pdf")
                self.fails(run, 73, f"'{name}' is the input")
            run = self.pades("prepare", "--force", "--cert", cert, "--state", name, "in.pdf")
            self.fails(run, 73, f"'{name}' is the input")
        self.untouched()
        os.unlink(self.path("other-name.pdf"))
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        self.settle()
        self.fails(self.finish("--in-place", "out.pdf"), 64, "'out.pdf'")
        self.untouched()
        os.mkdir(self.path("folder"))
        config = self.write("conf", f"output-dir = {self.path('folder')}\n", 0o600)
        self.succeeds(self.finish("--config", config, "out.pdf"))
        self.assertEqual(os.listdir(self.path("folder")), [])

    def test_force_spares_what_is_read(self):
        """By whatever name: standard input and output, certificates, passwords, configuration."""
        with open(os.path.join(harness.PKI, "seal-p256.pem"), "rb") as f:
            self.write("c.pem", f.read())
        self.write("password", "secret\n", 0o600)
        self.write("conf", "reason = no\n", 0o600)
        self.write("s", "precious")
        os.symlink("c.pem", self.path("link"))
        self.settle()
        args = ("prepare", "--force", "--cert", "c.pem", "--config", "conf")
        for option in ("state", "tbs", "hash"):
            rest = () if option == "state" else ("--state", "other")
            for name, way, told in (
                ("c.pem", (), "the file of --cert"),
                ("link", (), "the file of --cert"),
                ("password", ("--password-file", "password"), "the file of --password-file"),
                ("conf", (), "the file of --config"),
            ):
                with self.subTest(option=option, name=name):
                    run = self.pades(*args, *way, *rest, "--" + option, name, "in.pdf")
                    self.fails(run, 64, f"the output '{name}' is {told} too", "another file")
                    self.untouched()
        with open(self.path("in.pdf"), "rb") as document:
            done = self.redirected(*args, "--state", "in.pdf", "-", stdin=document)
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertIn(b"the output 'in.pdf' is standard input too", done.stderr)
        self.untouched()
        with open(self.path("s"), "ab") as out:
            done = self.redirected(*args, "--state", "s", "--tbs", "-", "in.pdf", stdout=out)
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertIn(b"the output 's' is standard output too", done.stderr)
        self.untouched()
        os.makedirs(self.path("home", ".config", "pades"))
        usual = self.write("home/.config/pades/pades.conf", "reason = no\n", 0o600)
        run = self.pades("prepare", "--force", "--cert", "c.pem", "--state", usual, "in.pdf")
        self.fails(run, 64, "is a configuration file", "another file")
        self.assertEqual(self.read("home/.config/pades/pades.conf"), b"reason = no\n")

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

    def test_all_files_or_none(self):
        """The state, which comes last, cannot be written: nothing is left of the others."""
        cert = os.path.join(harness.PKI, "seal-rsa3072.chain.pem")
        args = ("prepare", "--cert", cert, "--tbs", "tbs", "--hash", "hash")
        for force in ((), ("--force",)):
            run = self.pades(*args, *force, "--state", "none/state", "in.pdf")
            self.fails(run, 73, "cannot write 'none/state': No such file")
            self.untouched()
            run = self.pades(*args, *force, "--state", "state", "in.pdf", preexec_fn=few_bytes)
            self.fails(run, 73, "cannot write 'state': File too large")
            self.untouched()
            self.write("tbs", "precious")
            self.settle()
            if not force:
                self.fails(self.pades(*args, "--state", "state", "in.pdf"), 73, "'tbs' exists", "--force")
                self.untouched()
            os.unlink(self.path("tbs"))
            self.settle()

    NARROW = ("", "link", "flags", "link flags")

    def test_filesystems_that_can_less(self):
        """New files need renames that never replace or hard links, old ones neither."""
        for lacking in self.NARROW:
            with self.subTest(lacking):
                run = self.prepare(env=self.preloaded("narrowfs.so", NARROWFS=lacking))
                if lacking == "link flags":
                    self.fails(run, 73, "cannot write 'tbs': Operation not permitted")
                    self.untouched()
                    self.succeeds(self.prepare())
                else:
                    self.succeeds(run)
                for name in ("state", "tbs", "hash"):
                    self.write(name, "precious")
                self.succeeds(self.prepare("--force", env=self.preloaded("narrowfs.so", NARROWFS=lacking)))
                self.assertEqual(harness.digest(self.path("tbs")), self.read("hash").hex())
                self.untouched("state", "tbs", "hash")
                for name in ("state", "tbs", "hash"):
                    os.unlink(self.path(name))

    def test_each_call_that_fails(self):
        """Whichever link, rename or sync it is: all or none, also of what goes to standard output."""
        args = ("prepare", "--force", "--cert", os.path.join(harness.PKI, "seal-rsa3072.chain.pem"))
        args += ("--hash", "hash", "--state", "state", "--tbs", "-", "in.pdf")
        for lacking in self.NARROW[:3]:
            refused, done, at = 0, 0, 0
            while done < 3:
                at += 1
                self.write("hash", "precious")  # of three files one is old, one new, one printed
                if os.path.exists(self.path("state")):
                    os.unlink(self.path("state"))
                self.settle()
                run = self.pades(*args, env=self.preloaded("narrowfs.so", NARROWFS=lacking, NARROWFS_FAIL=str(at)))
                if run.code == 0:
                    done += 1
                    self.assertEqual(hashlib.sha256(run.raw).hexdigest(), self.read("hash").hex())
                    self.untouched("hash", "state")
                else:
                    refused += 1
                    self.fails(run, 73, "cannot write '(hash|state)': Input/output error")
                    self.untouched()
            self.assertGreaterEqual(refused, 6, lacking)

    def test_old_files_that_cannot_come_back(self):
        """From some call on all fail: what old file is not in its place has the name that is told."""
        args = ("prepare", "--force", "--cert", os.path.join(harness.PKI, "seal-p256.pem"), "--state", "state", "in.pdf")
        for lacking in ("", "link"):
            left, at, code = 0, 0, 73
            while code == 73:
                at += 1
                self.write("state", "precious")
                self.settle()
                run = self.pades(*args, env=self.preloaded("narrowfs.so", NARROWFS=lacking, NARROWFS_FAIL=f"{at}+"))
                code = run.code
                olds = [name for name in os.listdir(self.dir) if name.startswith(".pades-")]
                if olds:
                    left += 1
                    self.fails(run, 73, "Input/output error", f"the old 'state' is now '{olds[0]}', in the same folder")
                    self.assertEqual(([self.read(name) for name in olds]), [b"precious"])
                    os.unlink(self.path(olds[0]))
                    self.untouched("state")
                elif code == 73:
                    self.untouched()
            self.assertGreaterEqual(left, 1)
            self.succeeds(run)

    def test_names_as_long_as_can_be(self):
        names = {option: option[0] * 255 for option in ("state", "tbs", "hash")}
        args = [word for option, name in names.items() for word in ("--" + option, name)]
        for force in ((), ("--force",)):
            run = self.pades("prepare", *force, "--cert", os.path.join(harness.PKI, "seal-p256.pem"), *args, "in.pdf")
            self.succeeds(run)
            self.untouched(*names.values())
        run = self.pades("prepare", "--cert", os.path.join(harness.PKI, "seal-p256.pem"), "--state", "s" * 256, "in.pdf")
        self.fails(run, 73, "File name too long")
        self.untouched(*names.values())

    def test_old_files_come_back(self):
        """The last is no file: that is seen before any is written, and the old ones are what is there."""
        for name in ("tbs", "hash"):
            self.write(name, "precious " + name)
        os.mkdir(self.path("state"))
        self.settle()
        self.fails(self.prepare("--force"), 73, "'state' is not a file")
        self.untouched()
        self.assertEqual(os.listdir(self.path("state")), [])
        os.unlink(self.path("hash"))
        self.settle()
        self.fails(self.prepare("--force"), 73, "'state' is not a file")
        self.untouched()
        os.rmdir(self.path("state"))
        self.succeeds(self.prepare("--force"))
        self.assertEqual(harness.digest(self.path("tbs")), self.read("hash").hex())
        self.untouched("tbs", "hash", "state")

    def test_force_replaces_files_only(self):
        """Not a pipe, a device or a folder, nor what stands for one."""
        os.mkfifo(self.path("pipe"))
        os.symlink("/dev/null", self.path("null"))
        os.symlink("home", self.path("folder"))
        for name in ("pipe", "null", "folder"):
            with self.subTest(name):
                self.settle()
                self.fails(self.pades("prepare", "--force", "--cert", os.path.join(harness.PKI, "seal-p256.pem"),
                                      "--tbs", "tbs", "--state", name, "in.pdf"), 73, f"'{name}' is not a file")
                self.untouched()
                self.assertEqual(os.path.islink(self.path(name)), name != "pipe")
        self.write("old", "precious")
        os.symlink("old", self.path("tbs"))
        os.symlink("nothing", self.path("hash"))
        self.succeeds(self.prepare("--force"))
        self.assertEqual(self.read("old"), b"precious")
        self.assertEqual(harness.digest(self.path("tbs")), self.read("hash").hex())

    def test_one_file_for_two_outputs(self):
        cert = os.path.join(harness.PKI, "seal-p256.pem")
        os.mkdir(self.path("folder"))
        os.symlink("folder", self.path("way"))
        self.write("old", "precious")
        os.link(self.path("old"), self.path("hard"))
        os.symlink("old", self.path("soft"))
        self.settle()
        for one, other in (
            ("q", "q"),
            ("q", "./q"),
            ("q", os.path.join(self.dir, "q")),
            ("folder/q", "way/q"),
            ("old", "hard"),
            ("old", "soft"),
            ("-", "-"),
        ):
            for force in ((), ("--force",)):
                for a, b in (("tbs", "state"), ("hash", "state"), ("tbs", "hash")):
                    rest = () if b == "state" else ("--state", "s")
                    with self.subTest(one=one, other=other, a=a, b=b):
                        args = ("prepare", *force, "--cert", cert, "--" + a, one, "--" + b, other, *rest)
                        self.fails(self.pades(*args, "in.pdf"), 64, f"--{a} and --{b} name one file", "its own")
                        self.untouched()

    def test_standard_output(self):
        cert = os.path.join(harness.PKI, "seal-rsa3072.chain.pem")
        for option, other in {"tbs": "hash", "hash": "tbs", "state": "tbs"}.items():
            for name in {"state", "tbs", "hash"} & set(os.listdir(self.dir)):
                os.unlink(self.path(name))
            self.settle()
            args = ["prepare", "--cert", cert, "--" + option, "-", "--" + other, other]
            args += [] if option == "state" else ["--state", "state"]
            run = self.succeeds(self.pades(*args, "in.pdf"))
            self.untouched("state", other)
            self.write(option, run.raw)
            if option != "state":
                self.assertEqual(harness.digest(self.path("tbs")), self.read("hash").hex())
            self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
            self.succeeds(self.finish("--force"))
            self.is_sealed("in-signed.pdf")
            run = self.pades(*args, "--json", "--force", "in.pdf")
            self.assertEqual((run.code, run.object["error"]["status"]), (64, "USAGE"), run)
            self.assertIn(f"--json and --{option} cannot share standard output", run.err)
        self.assertFalse(os.path.exists(self.path("-")))

    def test_state_from_standard_input(self):
        self.succeeds(self.prepare())
        self.openssl("dgst", "-sha256", "-sign", self.key(), "-out", "sig", "tbs")
        self.settle()
        args = ("finish", "--state", "-", "--signature")
        run = self.pades(*args, "-", "in.pdf", stdin=self.read("state"))
        self.fails(run, 64, "both the state and the signature")
        run = self.pades(*args, "sig", "-", stdin=self.read("state"))
        self.fails(run, 64, "both the state and the document")
        self.untouched()
        self.succeeds(self.pades(*args, "sig", "in.pdf", stdin=self.read("state")))
        self.is_sealed("in-signed.pdf")

    def test_standard_output_that_is_full(self):
        """What goes there goes last: the files are taken back, and old ones put back."""
        cert = os.path.join(harness.PKI, "seal-rsa3072.chain.pem")
        for old in ((), ("hash",), ("hash", "state")):
            for name in old:
                self.write(name, "precious")
            self.settle()
            args = ("prepare", "--force", "--cert", cert, "--state", "state", "--tbs", "-", "--hash", "hash", "in.pdf")
            with open("/dev/full", "wb") as full:
                done = self.redirected(*args, stdout=full)
            self.assertEqual(done.returncode, 73)
            self.assertIn(b"cannot write to standard output", done.stderr)
            self.untouched()

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
