"""Configuration files: where they are, who wins, what is refused, and `config show`."""

import json
import os
import subprocess

import harness


class Config(harness.Case):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.home, ".config", "pades")
        os.makedirs(self.folder)
        self.file = os.path.join(self.folder, "pades.conf")

    def config(self, text, mode=0o600, path=None):
        with open(path or self.file, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path or self.file, mode)

    def shown(self, *args, **kwargs):
        told = self.succeeds(self.pades("config", "show", "--json", *args, **kwargs)).object
        return {s["name"]: s for s in told["settings"]}

    def values(self, name, *args, **kwargs):
        return self.shown(*args, **kwargs).get(name, {}).get("values")

    def test_a_whole_run_from_the_file(self):
        self.config(
            f"module = {harness.SOFTHSM}\nkey = {self.key}\npin-file = {self.path('pin')}\nreason = From the file\n"
            "field = Sealed\ndigest = sha512\n"
        )
        self.succeeds(self.pades("sign", "in.pdf"))
        told = self.inspect("in-signed.pdf")["signatures"][0]
        self.assertEqual((told["reason"], told["field"]), ("From the file", "Sealed"))
        self.succeeds(self.pades("sign", "--reason", "Flag", "in.pdf", "out.pdf"))
        self.assertEqual(self.inspect("out.pdf")["signatures"][0]["reason"], "Flag")

    def test_where_it_is(self):
        self.config("reason = home\n")
        self.assertEqual(self.values("reason"), ["home"])
        xdg = self.path("xdg")
        os.makedirs(os.path.join(xdg, "pades"))
        self.config("reason = xdg\n", path=os.path.join(xdg, "pades", "pades.conf"))
        self.assertEqual(self.values("reason", env={"XDG_CONFIG_HOME": xdg}), ["xdg"])
        self.assertEqual(self.values("reason", env={"XDG_CONFIG_HOME": "relative"}), ["home"])
        other = self.path("other.conf")
        self.config("location = other\n", path=other)
        self.assertEqual(set(self.shown("--config", other)) & {"reason", "location"}, {"location"})
        self.assertIsNone(self.values("reason", env={"HOME": None}))

    def test_file_of_the_machine(self):
        """/etc/pades/pades.conf, in a mount namespace of its own: below the user's file, above the defaults; its
        profile above the user's plain lines."""
        self.config("reason = user\nlocation = user\n")
        self.write(
            "machine.conf", "reason = machine\ncontact = machine\n[profile p]\nlocation = machine profile\n"
        )
        script = 'mount -t tmpfs none /etc && mkdir /etc/pades && cp machine.conf /etc/pades/pades.conf && exec "$@"'
        command = ["unshare", "-rm", "sh", "-c", script, "sh", harness.PADES, "config", "show", "--json"]
        done = subprocess.run(
            [*command, "--profile", "p"], cwd=self.dir, env=self.env, capture_output=True, text=True
        )
        if done.returncode == 1 and "pades" not in done.stderr:
            self.skipTest("no mount namespaces here")
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = {
            s["name"]: (s["values"][0], s["origin"]["kind"]) for s in json.loads(done.stdout)["settings"]
        }
        self.assertEqual(shown["reason"], ("user", "file"))
        self.assertEqual(shown["contact"], ("machine", "file"))
        self.assertEqual(shown["location"], ("machine profile", "profile"))

    def test_origins(self):
        self.config("# comment\nreason = plain\nlocation = plain\n\n[profile p]\nlocation = profile\n")
        shown = self.shown("--profile", "p", "--contact", "flag")
        self.assertEqual(shown["reason"]["origin"], {"kind": "file", "file": self.file, "line": 2})
        self.assertEqual(shown["location"]["origin"], {"kind": "profile", "file": self.file, "line": 6})
        self.assertEqual(shown["contact"]["origin"], {"kind": "flag"})
        self.assertEqual(
            shown["timeout"], {"name": "timeout", "values": ["30"], "origin": {"kind": "default"}}
        )
        text = self.succeeds(self.pades("config", "show", "--profile", "p")).out
        self.assertIn(f"location = profile  (profile, {self.file}, line 6)\n", text)
        self.assertIn(f"# {self.file}: read\n", text)

    def test_lists(self):
        self.config("tsa = http://a/\ntsa = http://b/\n[profile p]\ntsa = http://c/\n")
        self.assertEqual(self.values("tsa"), ["http://a/", "http://b/"])
        self.assertEqual(self.values("tsa", "--profile", "p"), ["http://c/"])
        self.assertEqual(
            self.values("tsa", "--tsa", "http://d/", "--tsa", "http://e/"), ["http://d/", "http://e/"]
        )

    def test_flags_without_value(self):
        for word, on in (("yes", True), ("true", True), ("1", True), ("no", False), ("off", False)):
            self.config(f"json = {word}\n")
            run = self.succeeds(self.pades("token", "list", "--module", harness.SOFTHSM))
            self.assertEqual(run.out.startswith("{"), on, run)
        self.config("json = yes\n")
        self.assertFalse(
            self.succeeds(
                self.pades("token", "list", "--module", harness.SOFTHSM, "--json=no")
            ).out.startswith("{")
        )

    def test_long_values_and_uris(self):
        uri = "pkcs11:token=seal;object=" + "%20" * 300
        self.config(f"key = {uri}\n")
        self.assertEqual(self.values("key"), [uri])
        self.config("key = x" + "y" * 5000 + "\n")
        self.fails(self.pades("config", "show"), 78, "line 1: longer than")

    def refused(self, text, message, hint=None):
        self.config(text)
        self.fails(self.pades("config", "show"), 78, message, hint)

    def test_refused_lines(self):
        name = "pades.conf', line "
        self.refused(
            "reason = a\ncolour = red\n", name + "2: no setting 'colour'", "names of the long options"
        )
        self.refused("reason = a\nreason = b\n", name + "2: 'reason' is there twice")
        self.refused("\n\nlevel = x\n", name + "3: 'level' must be one of b|t")
        self.refused("visible = 1\n", name + "1: 'visible' is not supported yet")
        self.refused("timeout = never\n", name + "1: 'timeout' must be a whole number")
        self.refused("pss = perhaps\n", name + "1: 'pss' must be yes or no")
        self.refused("[server]\nreason = a\n", "line 2: no section 'server'", r"\[profile NAME\]")
        self.refused("no equals sign\n", "line 1: cannot be understood")
        self.refused("[profile x]\ncolour = red\n", name + "2: no setting 'colour'")
        self.refused("[profile x]\nlevel = x\n", name + "2: 'level' must be")

    def test_no_secrets(self):
        for line in ("pin = 1234", "pin-value = 1234", "password = hunter2"):
            self.config(line + "\n")
            run = self.fails(self.pades("config", "show"), 78, "no setting", "no secret belongs in this file")
            self.assertNotIn("1234", run.err)
            self.assertNotIn("hunter2", run.err)
        self.config("tsa = https://demo:hunter2@tsa.example/\n")
        self.assertNotIn(
            "hunter2",
            self.fails(self.pades("config", "show"), 78, "line 1: 'tsa' must not hold a user name").err,
        )
        self.config("key = pkcs11:token=a?pin-value=1234\n")
        run = self.fails(self.pades("config", "show"), 78, "line 1: 'key' must not hold a PIN")
        self.assertNotIn("1234", run.err + run.out)
        for name in ("config", "profile", "help", "pin-fd", "state", "dry-run"):
            self.refused(f"{name} = 1\n", f"no setting '{name}'")

    def test_profile_that_is_not_there(self):
        self.config("[profile p]\nreason = a\n")
        self.fails(
            self.pades("config", "show", "--profile", "q"), 78, "no settings for profile 'q'", "config show"
        )

    def test_file_that_others_can_write(self):
        for mode in (0o620, 0o602, 0o666):
            self.config("reason = a\n", mode)
            self.fails(self.pades("sign", "in.pdf"), 78, "can be written by others", "chmod go-w")
        self.config("reason = a\n", 0o644)
        self.assertEqual(self.values("reason"), ["a"])

    def test_folder_that_others_can_write(self):
        self.config("reason = a\n")
        os.chmod(self.folder, 0o777)
        self.fails(self.pades("sign", "in.pdf"), 78, "folder of .* can be written by others", "chmod go-w")
        os.chmod(self.folder, 0o1777)
        self.assertEqual(self.values("reason"), ["a"])

    def test_file_of_somebody_else(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to give a file away")
        self.config("reason = a\n")
        os.chown(self.file, 65534, 65534)
        self.fails(self.pades("sign", "in.pdf"), 78, "can be written by others")

    def test_file_that_cannot_be_read(self):
        self.fails(self.pades("sign", "--config", "none.conf", "in.pdf"), 78, "cannot read 'none.conf'")
        self.fails(self.pades("sign", "--config", ".", "in.pdf"), 78, "'.' is not a regular file")
        os.mkfifo(self.path("fifo"))
        self.fails(self.pades("sign", "--config", "fifo", "in.pdf"), 78, "'fifo' is not a regular file")

    def test_hostile_text(self):
        self.config("rea\x1b[2Json = a\n")
        self.assertNotIn(
            "\x1b", self.fails(self.pades("config", "show"), 78, r"no setting 'rea\\x1b\[2Json'").err
        )
        self.config("reason = a\u202eb\n")
        run = self.succeeds(self.pades("config", "show"))
        self.assertNotIn("\u202e", run.out)
        self.assertIn("\\u{202e}", run.out)

    def test_errors_are_json_when_asked(self):
        self.config("colour = red\n")
        error = self.pades("sign", "--json", "in.pdf").object["error"]
        self.assertEqual((error["status"], error["exit"]), ("CONFIG", 78))


if __name__ == "__main__":
    harness.main()
