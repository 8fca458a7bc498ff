"""The real parts around a token, started for one test and stopped after it: pcscd with a reader (with a PIN pad or
without) and a virtual card in it, p11-kit's server, NSS softokn, a TPM.

To be used inside p11ns.sh: the places of pcscd and of p11-kit's modules are those of the namespace. Each part says what
it `needs`, pairs of a file and the Debian package that brings it; `module` is the path of its PKCS#11 module and
`env` what the program needs in its environment.
"""

import contextlib
import glob
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time

import vcard
import vpcd

LIB = "/usr/lib/*-linux-gnu/"
PCSCD = "/usr/sbin/pcscd"
VPCD = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
OPENSC = LIB + "pkcs11/opensc-pkcs11.so"
YKCS11 = LIB + "libykcs11.so.[0-9]"
CLIENT = LIB + "pkcs11/p11-kit-client.so"
SOFTOKN = LIB + "libsoftokn3.so"
SOFTOKN_OLD = LIB + "nss/libsoftokn3.so"
TPM2 = LIB + "pkcs11/libtpm2_pkcs11.so"
MODULES = "/usr/share/p11-kit/modules"

READER_NEEDS = [(PCSCD, "pcscd"), (VPCD, "vsmartcard-vpcd"), ("/usr/bin/opensc-tool", "opensc")]
OPENSC_NEEDS = [(OPENSC, "opensc-pkcs11")]


def find(pattern):
    found = sorted(glob.glob(pattern))
    return found[0] if found else None


def missing(needs):
    """The packages whose files are not there."""
    return sorted({package for pattern, package in needs if not any(map(find, pattern.split("|")))})


def wait_until(test, seconds=5, what="it"):
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen in {seconds} s")
        time.sleep(0.02)


def listens(path):
    """Told by the kernel: a socket that is there may not be connected to yet, and to try would be a client."""
    with open("/proc/net/unix", encoding="utf-8", errors="replace") as f:
        rows = [line.split() for line in f]
    return any(row[3] == "00010000" and row[-1] == path for row in rows[1:])


def is_free(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(n):
    """The first of n free ports in a row."""
    while True:
        first = random.randrange(20000, 32000)
        if all(is_free(first + i) for i in range(n)):
            return first


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


class Reader:
    """pcscd with one reader, a folder for what both write, and the virtual card of `folder`.

    keypad: the reader has a PIN pad (the driver's path); then type() says what the user does.
    """

    def __init__(self, run, folder, name="Virtual PCD", keypad=None, inserted=True):
        self.run, self.name, self.keypad = run, name, keypad
        self.card = vcard.load(folder)
        self.inserted = inserted
        os.makedirs(os.path.join(run, "readers"), exist_ok=True)
        self.start()

    def start(self):
        for attempt in range(4):
            self._launch()
            try:
                wait_until(lambda: os.path.exists("/run/pcscd/pcscd.comm"), 5, "the start of pcscd")
                wait_until(lambda: self.present() == self.inserted, 5, "the card")
                return
            except TimeoutError:
                self.stop()
                if attempt == 3:
                    raise

    def _launch(self):
        port = free_ports(2)  # vpcd listens on two: it has two slots
        if self.keypad:
            device, driver, channel = os.path.join(self.run, "keypad"), self.keypad, 1
            self.port = port
            self.type("1234")
        else:
            device, driver, channel = f"/dev/null:0x{port:X}", VPCD, port
        with open(os.path.join(self.run, "readers", "reader"), "w", encoding="ascii") as f:
            f.write(f'FRIENDLYNAME "{self.name}"\nDEVICENAME {device}\nLIBPATH {driver}\nCHANNELID 0x{channel:X}\n')
        command = [PCSCD, "-f", "-c", os.path.join(self.run, "readers")]
        if "--disable-polkit" in subprocess.run([PCSCD, "--help"], capture_output=True, text=True, check=False).stdout:
            command.append("--disable-polkit")
        with open(os.path.join(self.run, "pcscd.log"), "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.link = vpcd.Link(self.card, port, self.inserted)
        self.link.start()

    def stop(self):
        self.link.stop()
        end(self.process)
        for name in ("pcscd.comm", "pcscd.pid"):
            if os.path.exists(os.path.join("/run/pcscd", name)):
                os.unlink(os.path.join("/run/pcscd", name))

    def type(self, pin, *more):
        """What the user types on the pad: the PIN, and lines such as "press cancel", "wait 500", "new 4321"."""
        text = "\n".join([f"port {self.port}", f"pin {pin}", *more]) + "\n"
        with open(os.path.join(self.run, "keypad.new"), "w", encoding="ascii") as f:
            f.write(text)
        os.replace(os.path.join(self.run, "keypad.new"), os.path.join(self.run, "keypad"))

    def present(self):
        told = subprocess.run(["opensc-tool", "-l"], capture_output=True, text=True, check=False).stdout
        return bool(re.search(r"^\s*\d+\s+Yes\s", told, re.M))

    def wait_present(self, wanted=True):
        """Until the reader tells programs so."""
        wait_until(lambda: self.present() == wanted, 15, "the card " + ("in" if wanted else "out"))

    def eject(self):
        self.link.eject()
        self.wait_present(False)

    def insert(self):
        self.link.insert()
        self.wait_present(True)

    def tries(self, name):
        return self.card.pins[name]["tries"]


class Remote:
    """A token behind p11-kit's server: p11-kit-client.so in the program, and for each program that uses it a process
    of p11-kit-remote, which can be stopped and killed."""

    needs = [(CLIENT, "p11-kit-modules"), ("/usr/bin/p11-kit", "p11-kit")]

    def __init__(self, run, provider, uri, env):
        run = os.path.join(run, "remote")
        os.makedirs(run, 0o700)
        command = ["p11-kit", "server", "--foreground", "--provider", provider, "--name", run + "/socket", uri]
        self.process = subprocess.Popen(
            command,
            env={**env, "XDG_RUNTIME_DIR": run},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: listens(run + "/socket"), 5, "the start of p11-kit server")
        self.module, self.env = find(CLIENT), {"P11_KIT_SERVER_ADDRESS": f"unix:path={run}/socket"}

    def children(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            return [int(pid) for pid in f.read().split()]

    def signal(self, number):
        """To each process that holds the token for a program."""
        for pid in self.children():
            with contextlib.suppress(ProcessLookupError):  # it ends with its program
                os.kill(pid, number)

    def stop(self):
        self.signal(signal.SIGKILL)
        end(self.process)


class Nss:
    """softokn, which takes its arguments from p11-kit's configuration."""

    needs = [(SOFTOKN + "|" + SOFTOKN_OLD, "libnss3"), ("/usr/bin/pk12util", "libnss3-tools")]

    @staticmethod
    def make(folder, bundles, password):
        """A database with the PIN 1234 and the keys of PKCS#12 files."""
        os.makedirs(folder + "/db")
        with open(folder + "/pin", "w", encoding="ascii") as f:
            f.write("1234\n")
        where = ["-d", f"sql:{folder}/db"]
        commands = [["certutil", "-N", *where, "-f", folder + "/pin"]]
        commands += [["pk12util", "-i", one, *where, "-k", folder + "/pin", "-W", password] for one in bundles]
        for command in commands:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def __init__(self, folder, module=None):
        self.module, self.env = find(SOFTOKN) or find(SOFTOKN_OLD), {}
        wanted = f"configdir='sql:{folder}/db' certPrefix='' keyPrefix='' secmod='secmod.db' flags="
        configure("nss", module or self.module, "x-init-reserved: " + wanted)

    def stop(self):
        os.unlink(os.path.join(MODULES, "nss.module"))


def configure(name, path, *lines):
    """A module that p11-kit is configured for, in this namespace."""
    with open(os.path.join(MODULES, name + ".module"), "w", encoding="utf-8") as f:
        f.write("\n".join([f"module: {path}", *lines]) + "\n")


class Tpm:
    """swtpm with tpm2-pkcs11: token "tpm", PIN 1234; keys k1 (RSA-2048) and k2 (P-256, which wants the PIN each time).
    The module needs the resource manager, and that a D-Bus, both of which are private."""

    needs = [
        ("/usr/bin/swtpm", "swtpm"),
        ("/usr/bin/swtpm_setup", "swtpm-tools"),
        (TPM2, "libtpm2-pkcs11-1"),
        ("/usr/bin/tpm2_ptool", "libtpm2-pkcs11-tools"),
        ("/usr/sbin/tpm2-abrmd", "tpm2-abrmd"),
        (LIB + "libtss2-tcti-tabrmd.so.0", "libtss2-tcti-tabrmd0"),
        ("/usr/bin/dbus-daemon", "dbus-daemon"),
    ]

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        for name in ("state", "store"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        if not os.listdir(folder + "/state"):
            self._quiet("swtpm_setup", "--tpm2", "--tpmstate", folder + "/state", "--overwrite")
        self._bus()
        self._tpm()
        self.module = find(TPM2)
        connection = "tabrmd:bus_type=session"
        self.env = {
            "DBUS_SESSION_BUS_ADDRESS": self.bus,
            "TPM2_PKCS11_STORE": folder + "/store",
            "TPM2_PKCS11_TCTI": connection,
            "TPM2TOOLS_TCTI": connection,
            "TSS2_LOG": "all+NONE",
        }

    def _quiet(self, *command, env=None):
        env = {**os.environ, **(env or {})}
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True)

    def _launch(self, *command, **kwargs):
        kwargs.setdefault("stdout", subprocess.DEVNULL)
        self.processes.append(
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kwargs)
        )
        return self.processes[-1]

    def _bus(self):
        bus = self._launch(
            "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1", stdout=subprocess.PIPE
        )
        self.bus = bus.stdout.readline().decode().strip()

    def _tpm(self):
        port = free_ports(2)
        address = ",bindaddr=127.0.0.1"
        self.swtpm = self._launch(
            *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}/state"),
            *("--server", f"type=tcp,port={port}{address}", "--ctrl", f"type=tcp,port={port + 1}{address}"),
            *("--flags", "not-need-init,startup-clear"),
        )
        wait_until(lambda: not is_free(port), 5, "the start of swtpm")
        self._launch(
            *("/usr/sbin/tpm2-abrmd", "--session", "--allow-root", f"--tcti=swtpm:host=127.0.0.1,port={port}"),
            env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.bus},
        )
        wait_until(self._managed, 5, "the start of tpm2-abrmd")

    def _managed(self):
        told = subprocess.run(
            ["dbus-send", f"--bus={self.bus}", "--print-reply", "--dest=org.freedesktop.DBus", "/"]
            + ["org.freedesktop.DBus.NameHasOwner", "string:com.intel.tss2.Tabrmd"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return "boolean true" in told

    def fill(self):
        """The token and its keys, in a new TPM."""
        same = ["--label=tpm", "--userpin=1234"]
        for command in (
            ["init"],
            ["addtoken", "--pid=1", "--sopin=12345678", *same],
            ["addkey", "--algorithm=rsa2048", "--key-label=k1", *same],
            ["addkey", "--algorithm=ecc256", "--key-label=k2", "--attr-always-authenticate", *same],
        ):
            self._quiet("tpm2_ptool", *command, env=self.env)

    def certify(self, key, certificate):
        wanted = ["--label=tpm", "--key-label=" + key, certificate]
        self._quiet("tpm2_ptool", "addcert", *wanted, env=self.env)

    def stop(self):
        for process in reversed(self.processes):
            end(process)
            if process.stdout:
                process.stdout.close()
        self.processes = []


def copy(folder, target):
    shutil.copytree(folder, target)
    return target
