"""How bench/run measures: a private world (PKI, token, invoice) on memory, a folder on the main disk for
what is large, and contenders that take turns, so that a busy machine is unfair to all alike.
"""
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(SOURCE, "tests", "gen"))
import bigpdf  # noqa: E402, F401  (for run; found through the line above)

PIN = "1234"
PEER_RUNS = 3
TARGETS = ["pades-cli", "pades_static", "pades-mkpki", "pades-p11load", "pades-testd", "pades-mkinvoice", "p11fault",
           "bench-measure", "bench-bare", "bench-rawsign"]


def told(text):
    print(text, file=sys.stderr, flush=True)


def quietly(*command, **kwargs):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          **kwargs)
    if done.returncode != 0:
        raise SystemExit(f"bench: {command[0]} failed:\n{done.stdout}")
    return done.stdout


def build():
    """The folder of a release build with everything that is measured."""
    folder = os.path.join(SOURCE, "build", "bench")
    quietly("cmake", "--preset", "release", "-B", folder, cwd=SOURCE)
    quietly("cmake", "--build", folder, "-j", str(os.cpu_count()), "--target", *TARGETS, cwd=SOURCE)
    return folder


def install(folder):
    """The program as it is installed, so that its libraries are looked for where those of others are."""
    prefix = os.path.join(folder, "installed")
    quietly("cmake", "--install", folder, "--prefix", prefix)
    return os.path.join(prefix, "bin", "pades")


class World:
    """with World(build) as w: w.memory and w.disk are private folders, gone at the end."""

    def __init__(self, build_folder):
        self.pades = install(build_folder)
        self.bench = os.path.join(build_folder, "bench")
        self.support = os.path.join(build_folder, "tests", "support")
        self.peer = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                                 "pades-interop", "venv", "bin", "python")
        if not os.path.exists(self.peer):
            self.peer = None
            told("SKIPPED: the column of pyHanko, which tests/interop/setup.sh installs")
        cache = os.path.dirname(os.path.dirname(os.path.dirname(self.peer or "/-/-/-")))
        self.dss = [os.path.join(cache, "dss-sign"), os.path.join(cache, "dss", "classes"),
                    os.path.join(cache, "dss", "jars", "*")]
        if not os.path.exists(os.path.join(self.dss[0], "DssSign.class")):
            self.dss = None
            told("SKIPPED: EU DSS, which tests/interop/setup.sh installs")
        self.podofo = shutil.which("podofosign") if shutil.which("pdfsig") else None
        if not self.podofo:
            told("SKIPPED: PoDoFo, of the Debian package libpodofo-utils (judged by pdfsig, of poppler-utils)")

        self.pdfsign = os.environ.get("PADES_BENCH_PDFSIGN") if shutil.which("pdfsig") else None
        if not self.pdfsign:
            told("SKIPPED: pdfsign, which PADES_BENCH_PDFSIGN names once it is built (peer_pdfsign/main.go)")

    def __enter__(self):
        shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        if not shm:
            told("no /dev/shm: the token's store and the files of the batches are on disk")
        self.memory = tempfile.mkdtemp(prefix="pades-bench-", dir=shm)
        self.disk = tempfile.mkdtemp(prefix="pades-bench-", dir=os.environ.get("TMPDIR") or "/var/tmp")
        self._make_token()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.memory)
        shutil.rmtree(self.disk)

    def _make_token(self):
        pki, hsm = os.path.join(self.memory, "pki"), os.path.join(self.memory, "hsm")
        quietly(os.path.join(self.support, "pades-mkpki"), pki, "--base-url", "auto")
        quietly(os.path.join(SOURCE, "tests", "support", "softhsm.sh"), hsm, pki, "--keys",
                "seal-rsa3072 seal-p256",
                env={**os.environ, "PADES_P11LOAD": os.path.join(self.support, "pades-p11load")})
        with open(os.path.join(hsm, "env"), encoding="utf-8") as f:
            self.module = re.search(r"P11_MODULE=(\S+)", f.read()).group(1)
        self.pki = pki
        with open(os.path.join(pki, "base-url"), encoding="ascii") as f:
            self.base = f.read().strip()
        self.fault = os.path.join(self.support, "p11fault.so")
        self.pin = os.path.join(self.memory, "pin")
        with open(self.pin, "w", encoding="ascii", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(PIN + "\n")
        self.faults = os.path.join(self.memory, "faults")
        self.slow_down(50)
        self.invoice = os.path.join(self.memory, "invoice.pdf")
        quietly(os.path.join(self.support, "pades-mkinvoice"), self.invoice)
        self.env = {"PATH": os.environ["PATH"], "HOME": self.memory, "TMPDIR": self.disk,
                    "SOFTHSM2_CONF": os.path.join(hsm, "softhsm2.conf"), "P11FAULT_MODULE": self.module,
                    "P11FAULT_CONF": self.faults, "XDG_STATE_HOME": os.path.join(self.memory, "state")}

    def slow_down(self, ms):
        """How long a signature takes with the module `self.fault` from now on."""
        with open(self.faults, "w", encoding="ascii") as f:
            f.write(f"delay C_Sign {ms}\n")

    @contextlib.contextmanager
    def services(self):
        """TSA, OCSP responder, CRLs and issuers on loopback; gives the function that tells the requests so far."""
        log = os.path.join(self.memory, "requests")
        host, port = "127.0.0.1", int(self.base.rsplit(":", 1)[1])
        server = subprocess.Popen([os.path.join(self.support, "pades-testd"), "--pki", self.pki, "--log", log])
        try:
            for _ in range(500):
                with socket.socket() as s:
                    if s.connect_ex((host, port)) == 0:
                        break
                time.sleep(0.01)
            yield lambda: open(log, encoding="utf-8").read().splitlines() if os.path.exists(log) else []
        finally:
            server.terminate()
            server.wait()

    # -- what is run

    def lasting(self, level, *args, tsa="tsa", label="seal-rsa3072"):
        return self.sign("--level", level, "--tsa", f"{self.base}/{tsa}", "--trust",
                         os.path.join(self.pki, "root.pem"), "--allow-host", "127.0.0.1", *args, label=label)

    def sign(self, *args, label="seal-rsa3072", module=None):
        return [self.pades, "sign", "--quiet", "--module", module or self.module, "--key",
                f"pkcs11:token=seal;object={label}", "--pin-file", self.pin, *args]

    def bare(self, label="seal-rsa3072"):
        return [os.path.join(self.bench, "bench-bare"), self.module, self.pin, label]

    def raw(self, count, label="seal-rsa3072", module=None):
        return [os.path.join(self.bench, "bench-rawsign"), module or self.module, self.pin, label, str(count)]

    def pyhanko(self, files, label="seal-rsa3072", module=None, in_place=False, tsa=None):
        job = {"module": module or self.module, "label": label, "pin": PIN, "files": files, "in_place": in_place}
        if tsa:
            job["lasting"] = {"tsa": f"{self.base}/{tsa}", "trust": os.path.join(self.pki, "root.pem")}
        return [self.peer, "-B", os.path.join(HERE, "peer_pyhanko.py"), json.dumps(job)]

    def dss_sign(self, files, label, tsa):
        """Level lt by EU DSS, all files in one process; its key is in a file."""
        store, lines = os.path.join(self.memory, label + ".p12"), os.path.join(self.memory, "dss.lines")
        if not os.path.exists(store):
            quietly("openssl", "pkcs12", "-export", "-inkey", os.path.join(self.pki, label + ".key"), "-in",
                    os.path.join(self.pki, label + ".chain.pem"), "-name", label, "-out", store, "-passout",
                    "pass:demo")
        with open(lines, "w", encoding="utf-8") as f:
            f.writelines(f"{source}\t{target}\t\tLT\n" for source, target in files)
        return ["sh", "-c", 'exec java -cp "$1" DssSign "$2" demo "$3" "$4" <"$5"', "sh", ":".join(self.dss), store,
                f"{self.base}/{tsa}", os.path.join(self.pki, "root.pem"), lines]

    def podofosign(self, source, out, label):
        """It has no PKCS#11, and reserves too little for ECDSA by itself."""
        pem, key = (os.path.join(self.pki, label + end) for end in (".pem", ".key"))
        return [self.podofo, "-in", source, "-out", out, "-cert", pem, "-pkey", key, "-digest", "SHA256", "-sigsize",
                "8192"]

    def pdfsigned(self, files, folder, label):
        """All files by one process of digitorus/pdfsign."""
        cert, chain = (os.path.join(self.pki, label + end) for end in (".pem", ".chain.pem"))
        return [self.pdfsign, self.module, self.pin, label, cert, chain, folder, *files]

    def accepted(self, path):
        """Ends the benchmark unless pdfsig finds one signature, valid, over all of the file."""
        done = subprocess.run(["pdfsig", "-nocert", path], env={**self.env, "LC_ALL": "C"}, capture_output=True,
                              text=True, check=False)
        for line in ("Signature #1:", "Total document signed", "Signature Validation: Signature is Valid."):
            if line not in done.stdout or "Signature #2" in done.stdout:
                raise SystemExit(f"bench: pdfsig does not accept {os.path.basename(path)}:\n{done.stdout}")

    def measure(self, *command):
        """{"us", "cpu_us", "peak_kib"} of one run; a command that fails ends the benchmark."""
        report = os.path.join(self.memory, "report")
        done = subprocess.run([os.path.join(self.bench, "bench-measure"), report, *command], env=self.env,
                              cwd=self.memory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench: {command[0]} was not measured: {done.stderr}")
        with open(report, encoding="ascii") as f:
            result = json.load(f)
        if result["code"] != 0:
            raise SystemExit(f"bench: {' '.join(command[:2])} ended with {result['code']}:\n{done.stderr}")
        return result


def versions(world):
    first = lambda *command: quietly(*command).splitlines()[0]  # noqa: E731
    found = [f"pades {first(world.pades, '--version').split()[1]}", " ".join(first("openssl", "version").split()[:2]),
             first("qpdf", "--version"), "SoftHSM " + first("softhsm2-util", "--version")]
    if world.peer:
        found.append("pyHanko " + first(world.peer, "-c", "import pyhanko.version as v; print(v.__version__)"))
    if world.podofo:
        library = re.search(r"libpodofo\.so\.([\d.]+)", quietly("ldd", world.podofo))
        found.append("PoDoFo " + (library.group(1) if library else "of unknown version"))
    if world.pdfsign:
        found.append(first(world.pdfsign, "--version"))
    return ", ".join(found)


def take_turns(runs, contenders, warm=True):
    """{name: [result of contender() per run]}; each round runs every contender once, in an order that
    moves on, after one round that does not count. Peers, which are slow, take part in the first
    PEER_RUNS rounds that count."""
    names = list(contenders)
    results = {name: [] for name in names}
    first = 1 if warm else 0
    for turn in range(runs + first):
        for i in range(len(names)):
            name = names[(i + turn) % len(names)]
            if name.startswith("peer") and not first <= turn < first + PEER_RUNS:
                continue
            result = contenders[name]()
            if turn > 0 or not warm:
                results[name].append(result)
    return results


def median(results, key="us"):
    return statistics.median(r[key] for r in results)


def sizes(count, source, folder):
    """`count` copies of a file in folder/in, and an empty folder/out."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "out"))
    os.mkdir(os.path.join(folder, "in"))
    names = [os.path.join(folder, "in", f"{i:05d}.pdf") for i in range(count)]
    for name in names:
        shutil.copy(source, name)
    return names
