"""What other programs see in a file, before a seal and after it: qpdf, pdfsig, pyHanko and pdftoppm.

look(path) gives a Sight; worse(before, after, new) gives what is wrong with after, where `new` names the
fields that were signed meanwhile. A validator that cannot read the file before the seal judges the file
and not the seal: it is named in Sight.blind and not asked afterwards.
"""
import collections
import contextlib
import hashlib
import logging
import os
import re
import resource
import signal
import subprocess

SECONDS = 60
PATIENCE = 20            # for pyHanko to judge one file
DRAWING = 4              # of the processor, for page 1 of a file
VALID = "Signature is Valid."
logging.disable(logging.CRITICAL)


class Late(Exception):
    """A validator in this process took too long."""


@contextlib.contextmanager
def deadline(seconds):
    def ring(_number, _frame):
        raise Late(f"not done after {seconds} s")
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Sight:
    """qpdf: (exit, warnings, stderr, stdout); pdfsig: counter of verdicts; pyhanko: {field: verdict};
    image: digest of page 1; blind: {validator: why}; forbidden: the right or password that is missing."""

    def __init__(self):
        self.qpdf, self.pdfsig, self.whole, self.pyhanko = (0, 0, "", ""), collections.Counter(), False, {}
        self.image, self.blind, self.forbidden, self.kind, self.late = None, {}, "", "clean", False


def run(env, *command, limit=None):
    try:
        return subprocess.run(command, capture_output=True, env=env, timeout=SECONDS, check=False,
                              stdin=subprocess.DEVNULL, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, b"", b"not done in time")


def kind(code):
    return {0: "clean", 3: "warnings"}.get(code, "errors")


def text(data):
    return data.decode("utf-8", "replace")


class Eyes:
    def __init__(self, env, root, issuing):
        from pyhanko.keys import load_cert_from_pemder
        self.env = env
        self.root, self.issuing = (load_cert_from_pemder(path) for path in (root, issuing))

    def look(self, path, password="", blind=(), image=True):
        sight = Sight()
        sight.qpdf = self.qpdf(path, password)
        if "pdfsig" not in blind:
            self.pdfsig(path, password, sight)
        if "pyhanko" not in blind:
            self.pyhanko(path, password, sight)
        if image and "pdftoppm" not in blind:
            sight.image = self.image(path, password)
        return sight

    def first_look(self, path, password="", image=True):
        """look(), and what forbids to seal it as others tell."""
        sight = self.look(path, password, image=image)
        if image and sight.image is None:
            sight.blind["pdftoppm"] = f"draws nothing within {DRAWING} s of the processor"
        code, _, said, shown = sight.qpdf
        sight.kind = kind(code)
        if code < 0:
            sight.blind["qpdf"] = f"ends with signal {-code}"
        if "invalid password" in said:
            sight.forbidden = "password"
        elif not sight.forbidden:
            sight.forbidden = self.permission(shown)
        return sight

    def qpdf(self, path, password):
        said = run(self.env, "qpdf", f"--password={password}", "--check", path)
        err = text(said.stderr)
        return said.returncode, len(re.findall("^WARNING", err, re.M)), err[-1500:].replace(path, "FILE"), text(said.stdout)

    @staticmethod
    def permission(shown):
        """What `qpdf --check` tells of the permissions: a new field wants bits 4 and 6 (ISO 32000-1, table 22)."""
        if "\nR = " not in shown or "Supplied password is owner password" in shown:
            return ""
        wanted = ("modify annotations", "modify other")
        return "permissions" if any(f"{what}: not allowed" in shown for what in wanted) else ""

    def pdfsig(self, path, password, sight):
        said = run(self.env, "pdfsig", "-nocert", "-no-ocsp", *given(password), path)
        out = text(said.stdout)
        if said.returncode not in (0, 1, 2) or "Couldn't" in text(said.stderr) and "Signature #" not in out:
            sight.blind["pdfsig"] = f"exit {said.returncode}: {text(said.stderr)[-200:]}"
        sight.pdfsig = collections.Counter(re.findall(r"- Signature Validation: (.*)", out))
        sight.whole = "Total document signed" in out

    def image(self, path, password):
        said = run(self.env, "pdftoppm", "-f", "1", "-l", "1", "-scale-to", "200", "-singlefile",
                   *given(password), path,
                   limit=lambda: resource.setrlimit(resource.RLIMIT_CPU, (DRAWING, DRAWING)))
        return hashlib.sha256(said.stdout).hexdigest() if said.returncode == 0 and said.stdout else None

    def pyhanko(self, path, password, sight):
        try:
            with deadline(PATIENCE), open(path, "rb") as f:
                self._pyhanko(f, password, sight)
        except Late as late:
            sight.blind["pyhanko"], sight.late = str(late), True
        except RecursionError:
            sight.blind["pyhanko"] = "RecursionError"
        except Exception as error:  # whatever a file makes of it
            sight.blind["pyhanko"] = f"{type(error).__name__}: {error}"[:300]

    def _pyhanko(self, f, password, sight):
        from pyhanko.pdf_utils.reader import PdfFileReader
        reader = PdfFileReader(f, strict=False)
        if reader.encrypted:
            reader.decrypt(password.encode())
        sight.forbidden = rights(reader)
        list(reader.root["/Pages"].items())
        for signature in reader.embedded_regular_signatures:
            sight.pyhanko[signature.field_name] = self.verdict(signature)

    def verdict(self, signature):
        """(intact, valid, coverage, docmdp, suspicious, bottom line), or why there is none."""
        from pyhanko.sign.validation import validate_pdf_signature
        from pyhanko_certvalidator import ValidationContext
        context = ValidationContext(trust_roots=[self.root], other_certs=[self.issuing], allow_fetching=False)
        try:
            status = validate_pdf_signature(signature, context, context)
        except Late:
            raise
        except Exception as error:
            return {"error": type(error).__name__}
        change = status.modification_level
        return {"intact": status.intact, "valid": status.valid, "coverage": status.coverage.name,
                "docmdp": status.docmdp_ok, "other": change is not None and change.name == "OTHER",
                "good": status.bottom_line}


def given(password):
    """For programs of poppler, whoever the password belongs to."""
    return ["-opw", password, "-upw", password] if password else []


def inside(value, *keys):
    """The value under keys, references followed, or {}."""
    for key in keys:
        value = value[key] if isinstance(value, dict) and key in value else {}
    return value


def rights(reader):
    """The right that a certification or usage rights take, or ""."""
    if "/UR3" in inside(reader.root, "/Perms") or "/UR" in inside(reader.root, "/Perms"):
        return "usage rights"
    references = inside(reader.root, "/Perms", "/DocMDP", "/Reference")
    for i in range(len(references)):
        if inside(references[i], "/TransformParams", "/P") == 1:
            return "certified, no changes allowed"
    return ""


# What stays of a verdict when a revision is added behind it.
LASTING = ("error", "intact", "valid", "docmdp", "other")


def worse(before, after, new):
    """[what is wrong with `after`, the same file with the seals `new`]"""
    return [problem for problem in (
        "" if "qpdf" in before.blind else _qpdf(before, after), "" if "pdfsig" in before.blind else _pdfsig(before, after, new),
        "" if "pyhanko" in before.blind else pyhanko_worse(before, after, new),
        "render: page 1 is not the same" if after.image != before.image else "") if problem]


def _qpdf(before, after):
    if after.qpdf[0] != before.qpdf[0] and after.qpdf[0] != 0 or after.qpdf[1] > before.qpdf[1]:
        return f"qpdf: {before.qpdf[:2]} -> {after.qpdf[:2]}: {after.qpdf[2][-300:]}"
    return ""


def _pdfsig(before, after, new):
    wanted = before.pdfsig + collections.Counter({VALID: len(new)})
    if after.pdfsig != wanted or not after.whole:
        return f"pdfsig: {dict(before.pdfsig)} -> {dict(after.pdfsig)} whole {after.whole} {after.blind.get('pdfsig', '')}"
    return ""


def pyhanko_worse(before, after, new, whole=True):
    """whole: whether the last of the seals covers the file."""
    if "pyhanko" in after.blind:
        return f"pyhanko: {after.blind['pyhanko']}"
    for name, was in before.pyhanko.items():
        now = after.pyhanko.get(name, {})
        if [was.get(k) for k in LASTING] != [now.get(k) for k in LASTING]:
            return f"pyhanko: earlier signature {name!r}: {was} -> {now}"
    for i, name in enumerate(new):
        verdict = after.pyhanko.get(name, {})
        coverage = "ENTIRE_FILE" if whole and i == len(new) - 1 else "ENTIRE_REVISION"
        if not verdict.get("good") or verdict.get("coverage") != coverage:
            return f"pyhanko: {name!r}: {verdict}"
    return ""


def environment(home):
    os.makedirs(home, exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": home, "XDG_STATE_HOME": os.path.join(home, "state"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
