"""What the scripts of this folder share: a folder of its own for each test with an invoice and a token,
the program run with an environment of its own, the services on loopback, and the words in which a
test says what must have happened.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PADES = os.environ["PADES"]
WORLD = os.environ["PADES_WORLD"]
SUPPORT = os.environ["PADES_SUPPORT"]
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
FAULT = os.path.join(SUPPORT, "p11fault.so")
PKI = os.path.join(WORLD, "pki")
TRUST = os.path.join(WORLD, "trust.pem")
PIN = "1234"


def real_module():
    with open(os.path.join(WORLD, "hsm", "env"), encoding="utf-8") as f:
        return re.search(r"P11_MODULE=(\S+)", f.read()).group(1)


SOFTHSM = real_module()


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def remove_folder(path):
    """A module's process whose program was killed ends a moment later, and may still write its log."""
    for _ in range(50):
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.exists(path):
            return
        time.sleep(0.1)
    shutil.rmtree(path)


def process_states():
    """(state, process group) of every process."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                    fields = f.read().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield fields[0], int(fields[2])


class Run:
    """One run of the program: code, out, err (text) and raw (bytes of standard output)."""

    def __init__(self, done):
        self.code, self.raw = done.returncode, done.stdout
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "strict")

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self):
        assert len(self.out.splitlines()) == 1, self.out
        return self.objects[0]

    def __str__(self):
        return f"exit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


def remove_folder(path):
    """The worker of a program that was killed may still be closing the token's store in it."""
    for _ in range(50):
        try:
            return shutil.rmtree(path)
        except OSError:
            time.sleep(0.1)
    return shutil.rmtree(path)


class Case(unittest.TestCase):
    """Each test works in self.dir, which holds in.pdf, the token's store and nothing else."""

    key = "pkcs11:token=seal;object=seal-p256"

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="pades-cli-")
        self.addCleanup(remove_folder, self.dir)
        self.home = self.path("home")
        os.mkdir(self.home)
        self._copy_token()
        shutil.copy(os.path.join(WORLD, "invoice.pdf"), self.path("in.pdf"))
        self.write("faults", "")
        self.env = {
            "HOME": self.home,
            "PATH": os.environ["PATH"],
            "SOFTHSM2_CONF": self.path("hsm", "softhsm2.conf"),
            "P11FAULT_MODULE": SOFTHSM,
            "P11FAULT_CONF": self.path("faults"),
            "P11FAULT_LOG": self.path("p11.log"),
            "TMPDIR": self.dir,
            "TZ": "Europe/Helsinki",
            "XDG_STATE_HOME": self.path("home", "state"),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "LLVM_PROFILE_FILE", "LD_PRELOAD"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.write("pin", PIN + "\n", 0o600)
        self.before = self.listing()

    def fresh_token(self):
        """SoftHSM writes its store when a session opens: a kill can break it, which is no fault of ours."""
        shutil.rmtree(self.path("hsm"))
        self._copy_token()

    def group_ends(self, process):
        """A program that was killed, started in a session of its own, and the module's process after it."""
        until = time.monotonic() + 10
        while any(state != "Z" and group == process.pid for state, group in process_states()):
            self.assertLess(time.monotonic(), until, "the module's process does not end")
            time.sleep(0.002)

    def _copy_token(self):
        os.mkdir(self.path("hsm"))
        shutil.copytree(os.path.join(WORLD, "hsm", "tokens"), self.path("hsm", "tokens"))
        with open(os.path.join(WORLD, "hsm", "softhsm2.conf"), encoding="utf-8") as f:
            text = re.sub(
                r"directories.tokendir = .*", f"directories.tokendir = {self.path('hsm', 'tokens')}", f.read()
            )
        self.write("hsm/softhsm2.conf", text)

    # -- files

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, data, mode=0o644):
        path = self.path(name)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def faults(self, *lines):
        self.write("faults", "".join(line + "\n" for line in lines))

    def calls(self, name):
        """The results of the module's calls of this name, in order."""
        try:
            text = self.read("p11.log").decode()
        except FileNotFoundError:
            return []
        return [line.split()[-1] for line in text.splitlines() if re.match(rf"\d+ {name}(\(|\s)", line)]

    def listing(self):
        """{name: digest} of everything a run could touch."""
        found = {}
        for folder, _, names in os.walk(self.dir):
            relative = os.path.relpath(folder, self.dir)
            if relative.split(os.sep)[0] in ("hsm", "home"):
                continue
            for name in names:
                if name not in ("p11.log", "faults", "counter"):
                    path = os.path.join(folder, name)
                    found[os.path.join(relative, name)] = digest(path) if os.path.isfile(path) else "special"
        return found

    # -- running

    def pades(self, *args, env=None, stdin=None, timeout=60, **kwargs):
        """env: changes to the environment, None removes a name."""
        surroundings = dict(self.env)
        for name, value in (env or {}).items():
            surroundings.pop(name, None)
            if value is not None:
                surroundings[name] = value
        kwargs.setdefault("start_new_session", True)
        if stdin is None:
            kwargs.setdefault("stdin", subprocess.DEVNULL)
        else:
            kwargs["input"] = stdin
        return Run(
            subprocess.run(
                [PADES, *args],
                cwd=self.dir,
                env=surroundings,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=timeout,
                check=False,
                **kwargs,
            )
        )

    def preloaded(self, name, **variables):
        """Changes to the environment for a program that one of the support libraries is loaded into."""
        preload = " ".join(filter(None, (self.env.get("LD_PRELOAD"), os.path.join(SUPPORT, name))))
        order = ":".join(filter(None, (self.env.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        return {**variables, "LD_PRELOAD": preload, "ASAN_OPTIONS": order}

    def token_args(self, key=None, pin="pin", module=None):
        args = ["--module", module or SOFTHSM, "--key", key or self.key]
        return args + (["--pin-file", pin] if pin else [])

    def sign(self, *args, key=None, pin="pin", module=None, **kwargs):
        return self.pades("sign", *self.token_args(key, pin, module), *args, **kwargs)

    def faulty(self, *args, **kwargs):
        """Signs through the module that injects the faults."""
        return self.sign(*args, module=FAULT, **kwargs)

    # -- judging

    def succeeds(self, run):
        self.assertEqual(run.code, 0, run)
        return run

    def fails(self, run, code, message, hint=None):
        """The exit code, "pades: message" and "hint: ..." (regular expressions) on standard error; hint
        False: none at all. Standard output stays empty."""
        self.assertEqual(run.code, code, run)
        told = re.findall(r"^pades: (?!warning: )(.*)$", run.err, re.M)
        self.assertTrue(told, run)
        self.assertRegex(told[-1], message)
        told = re.search(r"^hint: (.*)", run.err, re.M | re.S)
        if hint is False:
            self.assertIsNone(told, run)
        elif hint is not None:
            self.assertIsNotNone(told, run)
            self.assertRegex(told.group(1), hint)
        self.assertEqual(run.out, "", run)
        return run

    def untouched(self, *also):
        """No file came, went or changed since setUp, but those named."""
        now = {name: value for name, value in self.listing().items() if os.path.normpath(name) not in also}
        before = {name: value for name, value in self.before.items() if os.path.normpath(name) not in also}
        self.assertEqual(now, before)

    def settle(self):
        """What is there now is what must stay."""
        self.before = self.listing()

    def is_sealed(self, output, source="in.pdf", level="b"):
        """Append-only, every byte rule, and pdfsig finds the signature valid."""
        out, src = self.path(output), self.path(source)
        with open(src, "rb") as f:
            original = f.read()
        with open(out, "rb") as f:
            self.assertEqual(f.read(len(original)), original, "not append-only")
        rules = subprocess.run(
            [
                sys.executable,
                "-B",
                os.path.join(SOURCE, "tests", "interop", "pades_bytes.py"),
                out,
                "--input",
                src,
                "--level",
                level,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(rules.returncode, 0, rules.stdout + rules.stderr)
        told = subprocess.run(["pdfsig", "-nocert", out], capture_output=True, text=True, check=False).stdout
        self.assertIn("Signature is Valid.", told)
        self.assertNotIn("Signature has not yet been verified", told)

    def inspect(self, name):
        return self.succeeds(self.pades("inspect", "--json", name)).object


class Placed(Case):
    """Each run has p11-kit's folders, /usr/local/lib and /run to itself, in mount and process namespaces."""

    script = """
mount --bind "$MODULES" /usr/share/p11-kit/modules && mount -t tmpfs -o mode=755 none /usr/local/lib &&
mount -t tmpfs -o mode=755 none /run || exit 99
if [ -d /etc/pkcs11 ]; then mount -t tmpfs none /etc/pkcs11 || exit 99; fi
cp -r "$KNOWN"/. /usr/local/lib/
eval "$BEFORE"
"$@"
"""

    def setUp(self):
        super().setUp()
        for name in ("modules", "known"):
            os.mkdir(self.path(name))

    def configured(self, name, *lines):
        """A module file of p11-kit."""
        self.write(f"modules/{name}.module", "".join(line + "\n" for line in lines))

    def known(self, name, source=SOFTHSM):
        """A module in /usr/local/lib."""
        shutil.copy(source, self.path("known", name))

    def pades(self, *args, before=":", env=None, **kwargs):
        surroundings = dict(self.env)
        surroundings.update(MODULES=self.path("modules"), KNOWN=self.path("known"), BEFORE=before, **(env or {}))
        command = ["unshare", "-rmpf", "--kill-child", "--mount-proc", "sh", "-c", self.script, "sh", PADES, *args]
        run = Run(
            subprocess.run(command, cwd=self.dir, env=surroundings, capture_output=True, check=False, timeout=60)
        )
        if run.code == 99 or "unshare: " in run.err:
            self.skipTest("no namespaces here")
        return run


def wait_for_file(path):
    """Until it has something in it, for five seconds."""
    for _ in range(500):
        if os.path.exists(path) and os.path.getsize(path):
            return
        time.sleep(0.01)


class Services:
    """pades-testd on a free port of loopback, for as long as a class of tests runs."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="pades-tsa-")
        self.log = os.path.join(self.dir, "log")
        port_file = os.path.join(self.dir, "port")
        self.process = subprocess.Popen(
            [
                os.path.join(SUPPORT, "pades-testd"),
                "--pki",
                PKI,
                "--port",
                "0",
                "--port-file",
                port_file,
                "--log",
                self.log,
            ]
        )
        wait_for_file(port_file)
        with open(port_file, encoding="utf-8") as f:
            self.base = f"http://127.0.0.1:{f.read().strip()}"

    def tsa(self, fault=""):
        return self.base + "/tsa" + ("/" + fault if fault else "")

    def requests(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read().splitlines()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        shutil.rmtree(self.dir)


def main():
    unittest.main(verbosity=2)
