"""The command line itself: usage errors, help, version, what a later version brings, and that man pages
and completions know every option."""

import os
import re
import shutil
import subprocess
import unittest

import harness

COMMANDS = [
    "sign",
    "prepare",
    "finish",
    "inspect",
    "repair",
    "timestamp",
    "extend",
    "fields add",
    "token list",
    "token certs",
    "doctor",
    "token show",
    "token export",
    "token pin-verify",
    "token pin-change",
    "token pin-unblock",
    "token key-test",
    "token watch",
    "config show",
]
PAGES = {
    "sign": "pades-sign.1",
    "prepare": "pades-prepare.1",
    "finish": "pades-finish.1",
    "inspect": "pades-inspect.1",
    "repair": "pades-repair.1",
    "timestamp": "pades-timestamp.1",
    "extend": "pades-extend.1",
    "fields add": "pades-fields.1",
    "token list": "pades-token.1",
    "token certs": "pades-token.1",
    "doctor": "pades-doctor.1",
    "token show": "pades-token.1",
    "token export": "pades-token.1",
    "token pin-verify": "pades-token.1",
    "token pin-change": "pades-token.1",
    "token pin-unblock": "pades-token.1",
    "token key-test": "pades-token.1",
    "token watch": "pades-token.1",
    "config show": "pades-config.1",
}
LATER = [
    "visible",
    "image",
    "text",
    "qr",
    "font",
    "look",
]
LATER_COMMANDS = [
    "verify",
    "trust",
    "serve",
]


class Usage(harness.Case):
    def test_help_of_a_group(self):
        for group in {command.split()[0] for command in COMMANDS if " " in command}:
            for option in ("--help", "-h"):
                out = self.succeeds(self.pades(group, option)).out
                self.assertIn(f"usage: pades {group} COMMAND", out)
                told = re.findall(r"(?m)^  (\w+ [\w-]+)  +\S", out)
                self.assertEqual(sorted(told), sorted(c for c in COMMANDS if c.startswith(group + " ")))
                self.assertNotIn("--version", out)

    def test_no_command(self):
        self.fails(self.pades(), 64, "no command given", "pades --help")

    def test_unknown_command(self):
        self.fails(self.pades("seal"), 64, "no command 'seal'", "pades --help")
        self.fails(self.pades("token", "eject"), 64, "no command 'token eject'", "pades --help")
        self.fails(self.pades("token"), 64, "'token' needs a command", "pades token --help")

    def test_commands_of_later_versions_are_refused_by_name(self):
        for name in LATER_COMMANDS:
            self.fails(self.pades(*name.split(), "in.pdf"), 64, f"^'{name}' is not supported yet$")

    def test_options_of_later_versions_are_refused_by_name(self):
        for name in LATER:
            self.fails(self.sign(f"--{name}", "1", "in.pdf"), 64, f"^--{name} is not supported yet$")
        self.untouched()

    def test_what_a_level_needs(self):
        for level in ("t", "lt", "lta"):
            self.fails(self.sign("--level", level, "in.pdf"), 64, f"level {level} needs a time-stamping authority", "--tsa")
        for level in ("lt", "lta"):
            run = self.sign("--level", level, "--tsa", "http://127.0.0.1:9/", "in.pdf")
            self.fails(run, 64, f"level {level} needs trust anchors", "--trust")
        self.fails(self.sign("--level", "ltv", "in.pdf"), 64, r"--level must be one of b\|t\|lt\|lta")
        self.untouched()

    def test_unknown_option(self):
        self.fails(self.sign("--colour", "in.pdf"), 64, "no option '--colour'", "pades sign --help")
        self.fails(self.pades("inspect", "--force", "in.pdf"), 64, "no option '--force' for this command")
        self.fails(self.pades("inspect", "-f", "in.pdf"), 64, "no option '-f'")
        self.fails(self.pades("token", "list", "--rea"), 64, "no option '--rea'", "pades token list --help")

    def test_an_option_is_hostile_text_too(self):
        run = self.fails(self.pades("sign", "--\x1b]0;x\x07", "in.pdf"), 64, r"no option '--\\x1b\]0;x\\x07'")
        self.assertNotIn("\x1b", run.err)

    def test_values(self):
        self.fails(self.pades("sign", "in.pdf", "--key"), 64, r"--key needs a value \(URI\)")
        self.fails(self.pades("sign", "in.pdf", "--key", "--force"), 64, "--key needs a value")
        self.fails(
            self.sign("--timeout", "0", "in.pdf"), 64, "--timeout must be a whole number from 1 to 3600"
        )
        self.fails(self.sign("--timeout", "2s", "in.pdf"), 64, "--timeout must be a whole number")
        self.fails(self.sign("--reserve", "-1", "in.pdf"), 64, "--reserve must be a whole number")
        self.fails(self.sign("--digest", "md5", "in.pdf"), 64, "--digest must be one of sha256")
        self.fails(self.sign("--level", "b|t", "in.pdf"), 64, "--level must be one of")
        self.fails(self.sign("--digest", "sha256|sha384", "in.pdf"), 64, "--digest must be one of")
        self.fails(self.sign("--pss=maybe", "in.pdf"), 64, "--pss must be yes or no")
        self.fails(self.sign("--reason", b"\xff", "in.pdf"), 64, "--reason must be UTF-8")
        self.untouched()

    def test_value_after_an_equals_sign_and_double_dash(self):
        os.rename(self.path("in.pdf"), self.path("-in.pdf"))
        self.succeeds(self.sign("--reason=a=b", "--", "-in.pdf", "out.pdf"))
        self.assertEqual(self.inspect("out.pdf")["signatures"][0]["reason"], "a=b")

    def test_level_t_without_a_tsa(self):
        self.fails(
            self.sign("--level", "t", "in.pdf"), 64, "level t needs a time-stamping authority", "--tsa URL"
        )

    def test_operands(self):
        self.fails(self.sign(), 64, "no input file")
        self.fails(self.pades("inspect", "a", "b"), 64, "too many operands: 'b'")
        self.fails(
            self.sign("a", "b", "c"),
            64,
            "more than an input and an output: 'c'",
            "--output-dir DIR or --in-place",
        )

    def test_usage_errors_are_json_too(self):
        run = self.pades("sign", "--json", "--nonsense")
        self.assertEqual(run.code, 64, run)
        self.assertEqual(
            run.object,
            {
                "schema": 1,
                "file": None,
                "error": {
                    "status": "USAGE",
                    "exit": 64,
                    "message": "no option '--nonsense'",
                    "hint": "'pades sign --help' lists its options",
                    "native": None,
                    "clause": None,
                },
            },
        )
        self.assertIn("pades: no option '--nonsense'\nhint: ", run.err)

    def test_help(self):
        run = self.succeeds(self.pades("--help"))
        for command in COMMANDS:
            self.assertRegex(run.out, rf"(?m)^  {command} ")
            text = self.succeeds(self.pades(*command.split(), "--help")).out
            self.assertIn(f"usage: pades {command} ", text)
            self.assertTrue(all(len(line) <= 120 for line in text.splitlines()), text)
        self.assertEqual(run.err, "")

    def test_version(self):
        self.assertRegex(self.succeeds(self.pades("--version")).out, r"^pades \d+\.\d+\.\d+\n")
        told = self.succeeds(self.pades("--version", "--json")).object
        self.assertEqual(told["schema"], 1)
        self.assertRegex(told["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual([c["name"] for c in told["components"]],
                         ["openssl", "zlib", "qpdf", "libcurl", "p11-kit", "libidn", "jansson", "inih"])
        for c in told["components"]:
            self.assertRegex(c["built"], r"^\d+[.\d]*\w*$|^none$", c)

    def test_standard_output_that_takes_no_more(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [harness.PADES, "--version"], stdout=full, stderr=subprocess.PIPE, check=False
            )
        self.assertEqual(done.returncode, 73)
        self.assertIn(b"cannot write to standard output", done.stderr)

    def test_document_to_a_standard_output_that_is_closed(self):
        command = ["sh", "-c", 'exec "$0" "$@" 1>&-', harness.PADES, "sign", *self.token_args(), "in.pdf", "-"]
        run = subprocess.run(command, cwd=self.dir, env=self.env, check=False, stderr=subprocess.PIPE)
        self.assertEqual(run.returncode, 73)
        self.assertIn(b"standard output is closed", run.stderr)

    def test_closed_standard_descriptors(self):
        """A document must never be opened as descriptor 1 or 2, where messages would go into it."""
        run = subprocess.run(
            [
                "sh",
                "-c",
                'exec "$0" "$@" 0<&- 1>&- 2>&-',
                harness.PADES,
                "sign",
                *self.token_args(),
                "--in-place",
                "in.pdf",
            ],
            cwd=self.dir,
            env=self.env,
            check=False,
        )
        self.assertIn(run.returncode, (0, 73))
        subprocess.run(["qpdf", "--check", self.path("in.pdf")], check=True, stdout=subprocess.DEVNULL)


class Documents(harness.Case):
    """Held against --help, which is made from the table of options."""

    def options(self, command):
        run = self.succeeds(self.pades(*command.split(), "--help"))
        return re.findall(r"^  --([a-z-]+)", run.out, re.M)

    def page(self, name):
        with open(os.path.join(harness.SOURCE, "cli", "man", name), encoding="utf-8") as f:
            return f.read()

    def test_every_option_is_in_its_man_page(self):
        for command in COMMANDS:
            text = self.page(PAGES[command])
            for name in self.options(command):
                self.assertRegex(text, rf"(?m)^\.It Fl -{name}( |$)", f"{name} in {PAGES[command]}")

    def test_man_pages_name_no_option_that_is_not_there(self):
        known = {name for command in COMMANDS for name in self.options(command)} | {"version", "name"}
        for name in sorted(set(PAGES.values()) | {"pades.1", "pades.conf.5"}):
            for option in re.findall(r"Fl -([a-z-]+)", self.page(name)):
                self.assertIn(option, known, name)

    def test_exit_codes_are_in_the_man_page(self):
        text = self.page("pades.1")
        for code in (0, 1, 64, 65, 66, 69, 70, 73, 75, 77, 78):
            self.assertRegex(text, rf"(?m)^\.It {code}$")

    def test_man_pages_are_clean(self):
        for name in sorted(set(PAGES.values()) | {"pades.1", "pades.conf.5"}):
            if shutil.which("mandoc"):
                done = subprocess.run(
                    ["mandoc", "-Tlint", "-W", "warning", os.path.join(harness.SOURCE, "cli", "man", name)],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual(done.stdout + done.stderr, "", name)

    def completions(self, name):
        path = os.path.join(harness.SOURCE, "cli", "completions", name)
        with open(path, encoding="utf-8") as f:
            return path, f.read()

    def bash_completes(self, path, words):
        script = f'. "{path}"; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _pades; '
        script += 'echo "${COMPREPLY[*]}"'
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.dir, capture_output=True, text=True, check=True
        )
        return done.stdout

    def test_bash_completes_every_option(self):
        path, _ = self.completions("pades.bash")
        for command in COMMANDS:
            words = ["pades", *command.split(), "--"]
            out = self.bash_completes(path, words)
            self.assertEqual(sorted(out.split()), sorted("--" + name for name in self.options(command)))

    def test_bash_completes_commands_and_values(self):
        path, _ = self.completions("pades.bash")

        def complete(*words):
            return self.bash_completes(path, words).split()

        self.assertEqual(complete("pades", "si"), ["sign"])
        self.assertEqual(complete("pades", "token", "l"), ["list"])
        self.assertEqual(complete("pades", "sign", "--digest", "sha3"), ["sha384"])
        self.assertEqual(complete("pades", "sign", "i"), ["in.pdf"])

    def test_zsh_completes_every_option(self):
        path, text = self.completions("_pades")
        for command in COMMANDS:
            block = re.search(rf"^    '{command}'\)\n(.*?);;", text, re.M | re.S).group(1)
            found = re.findall(r"^        '\*?--([a-z-]+)=?\[", block, re.M)
            self.assertEqual(sorted(found), sorted(self.options(command)), command)
        if shutil.which("zsh"):
            subprocess.run(["zsh", "-n", path], check=True)

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_fish_completes_every_option(self):
        path, _ = self.completions("pades.fish")
        for command in COMMANDS:
            out = subprocess.run(
                ["fish", "-c", f'source "{path}"; complete -C "pades {command} --"'],
                env=self.env,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            self.assertEqual(
                sorted(set(re.findall(r"^--([a-z-]+)", out, re.M))), sorted(self.options(command)), command
            )


if __name__ == "__main__":
    harness.main()
