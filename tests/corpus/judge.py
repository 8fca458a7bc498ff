"""One file through pades: inspected, sealed twice, and what everybody says of the results.

Judge.file(job) gives a record, a flat dictionary for the log. Its "outcome" is one of
  sealed    both seals are there and nobody finds anything wrong
  refused   pades does not seal it, "reason" says why
  fault     "faults" says what is wrong: a crash, a hang, too much memory, bytes that changed, a validator
            that is not content with what it was content with before, a refusal without its line
"""
import copy
import json
import os
import re
import subprocess
import sys
import time

import neutral
import outside
import peers

HERE = os.path.dirname(os.path.abspath(__file__))
PEAK = 256 << 10         # KiB
SECONDS = 10.0           # and one for each 10 MB
HANG = 60
NUMBERS_APART = 100
REFUSALS = {64, 65, 66}  # exit codes with which a document is refused


class Runner:
    """Programs of which time and memory are measured."""

    def __init__(self, work, env):
        self.work, self.env = work, env
        self.helper = subprocess.Popen([sys.executable, "-I", "-S", os.path.join(HERE, "launch.py")], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)

    def __call__(self, *argv):
        out, err = (os.path.join(self.work, name) for name in ("stdout", "stderr"))
        job = {"argv": argv, "seconds": HANG, "out": out, "err": err}
        self.helper.stdin.write(json.dumps(job) + "\n")
        self.helper.stdin.flush()
        answer = json.loads(self.helper.stdout.readline())
        for name, path in (("out", out), ("err", err)):
            with open(path, "rb") as f:
                answer[name] = f.read().decode("utf-8", "replace")
        return answer

    def close(self):
        self.helper.stdin.close()
        self.helper.wait(10)


def first_object(said):
    try:
        return json.loads(said["out"].splitlines()[0])
    except (IndexError, ValueError):
        return {}


def reason(error):
    """A refusal without what differs from file to file."""
    said = re.sub(r"'[^']*'", "'...'", error.get("message", ""))
    said = re.sub(r" \((object|byte)[^)]*\)$", "", said)
    return f"{error.get('status')}: " + re.sub(r"\d+", "N", said)


def too_much(said, size):
    """What is wrong with how a program ran, whatever it said."""
    code = said["code"]
    if code == "late":
        return "hang"
    if code < 0 or code in (70, 134, 139):
        return f"crash: exit {code}: {said['err'][-300:]}"
    if said["seconds"] > SECONDS + size / 1e7:
        return f"{said['seconds']} s"
    return f"{said['peak'] >> 10} MiB" if said["peak"] > PEAK else ""


def starts_with(path, beginning):
    """Whether one file is the beginning of the other, and shorter."""
    if os.path.getsize(path) <= os.path.getsize(beginning):
        return False
    with open(path, "rb") as a, open(beginning, "rb") as b:
        while True:
            chunk = b.read(1 << 20)
            if a.read(len(chunk)) != chunk:
                return False
            if not chunk:
                return True


class Judge:
    def __init__(self, args, work):
        self.args, self.work = args, work
        os.makedirs(work, exist_ok=True)
        self.env = outside.environment(os.path.join(work, "home"))
        self.run = Runner(work, self.env)
        self.eyes = outside.Eyes(self.env, os.path.join(args.pki, "root.pem"), os.path.join(args.pki, "issuing.pem"))
        self.peers, self.signer = [], peers.PyHanko(args.pki)

    def close(self):
        self.run.close()
        for peer in self.peers:
            peer.close()

    def path(self, name):
        return os.path.join(self.work, name)

    def password_args(self, job):
        if not job.get("password"):
            return []
        with open(os.open(self.path("password"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as f:
            f.write(job["password"])
        return ["--password-file", self.path("password")]

    def seal(self, record, n, source, job, options=()):
        """Seals source into out<n>.pdf; what pades said, and the faults of it go into record."""
        out, field = self.path(f"out{n}.pdf"), job.get("field", "Corpus-1") if n == 1 else "Corpus-2"
        if os.path.exists(out):
            os.unlink(out)
        said = self.run(self.args.pades, "sign", "--config", self.args.config, "--key", self.args.key, "--field", field,
                        "--json", *options, *self.password_args(job), source, out)
        record[f"seal{n}"] = {"code": said["code"], "s": said["seconds"], "mib": said["peak"] >> 10}
        self.note(record, f"seal {n}: ", too_much(said, os.path.getsize(source)))
        answer = first_object(said)
        if said["code"] == 0:
            self.note(record, f"seal {n}: ", "" if os.path.exists(out) else "no output")
            self.note(record, f"seal {n}: ", "" if starts_with(out, source) else "the input is not its beginning")
            return out, answer.get("warnings", [])
        self.note(record, f"seal {n}: ", "an output was left" if os.path.exists(out) else "")
        error = answer.get("error", {})
        if said["code"] not in REFUSALS or not error.get("message") or not said["err"].startswith("pades: "):
            self.note(record, f"seal {n}: ", f"exit {said['code']}: {said['err'][-300:]}")
        record.setdefault("reason", reason(error))
        record.setdefault("message", error.get("message"))
        record.setdefault("hint", error.get("hint"))
        return None, []

    @staticmethod
    def note(record, prefix, problem):
        if problem:
            record["faults"].append(prefix + problem)

    def file(self, job):
        path, password = job["path"], job.get("password", "")
        record = {key: value for key, value in job.items() if key not in ("path", "blind")}
        record.update({"size": os.path.getsize(path), "faults": []})
        begin = time.monotonic()
        before = self.eyes.first_look(path, password, not job.get("light"))
        before.blind.update(job.get("blind", {}))
        record.update({"qpdf": before.kind, "earlier": len(before.pyhanko) or sum(before.pdfsig.values()),
                       "forbidden": before.forbidden, "blind": before.blind, "qpdf_said": before.qpdf[2][-300:]})
        self.inspect(record, path, job)
        self.twice(record, path, job, before)
        record["peers"] = {} if job.get("alone") else {peer.name: peer.judge(self, path, password, before)
                                                       for peer in self.peers}
        record["outcome"] = "fault" if record["faults"] else "refused" if "reason" in record else "sealed"
        record["took"] = round(time.monotonic() - begin, 2)
        return record

    def inspect(self, record, path, job):
        said = self.run(self.args.pades, "inspect", "--config", self.args.config, "--json", *self.password_args(job), path)
        record["inspect"] = {"code": said["code"], "s": said["seconds"], "mib": said["peak"] >> 10}
        self.note(record, "inspect: ", too_much(said, os.path.getsize(path)))
        if said["code"] not in REFUSALS | {0}:
            self.note(record, "inspect: ", f"exit {said['code']}: {said['err'][-200:]}")

    def twice(self, record, path, job, before):
        once, record["warnings"] = self.seal(record, 1, path, job, job.get("options", ()))
        if not once:
            self.gap(record, path, job, before)
            return
        first = job.get("field", "Corpus-1")
        if job.get("redraws"):
            before = copy.copy(before)
            image = self.eyes.image(once, job.get("password", ""))
            self.note(record, "once: ", "render: page 1 is as before" if image and image == before.image else "")
            before.image = image
        if not job.get("light"):
            self.compare(record, "once", before, once, job, [first])
        again, _ = self.seal(record, 2, once, job)
        if again:
            self.compare(record, "twice", before, again, job, [first, "Corpus-2"])
            self.note(record, "seal 2: ", "not refused" if job.get("second") else "")
            return
        said = record.pop("reason")
        if not job.get("second") or not said.startswith(job["second"]):
            self.note(record, "seal 2: ", f"refused: {record['message']}")

    def gap(self, record, path, job, before):
        """A file refused for its gaps alone can be sealed when told so: counted apart."""
        if "--allow-gaps" not in (record.get("hint") or "") or "--allow-gaps" in job.get("options", ()):
            return
        refusal = record.pop("reason"), record.pop("message"), record.pop("hint")
        self.twice(record, path, {**job, "options": [*job.get("options", ()), "--allow-gaps"]}, before)
        record["gap"] = "refused" if "reason" in record else "sealed"
        record["gap_reason"] = record.get("reason")
        record["reason"], record["message"], record["hint"] = refusal

    def compare(self, record, which, before, path, job, new):
        after = self.eyes.look(path, job.get("password", ""), before.blind, not job.get("light"))
        for problem in outside.worse(before, after, new):
            why = self.control(problem, job, before, after, len(new))
            if why:
                record["blind"][problem.split(":")[0]] = why
            else:
                record["faults"].append(f"{which}: {problem}")

    def control(self, problem, job, before, after, times):
        """Why a complaint says nothing of our seal, or "": the validator has the same one without it."""
        if problem.startswith("render:") and before.kind != "clean":
            return "draws a damaged file by a repair of its own"
        if problem.startswith("render:"):
            again = [self.eyes.image(job["path"], job.get("password", "")) for _ in range(3)]
            return "does not draw the file twice alike" if set(again) != {before.image} else ""
        who = problem.split(":")[0]
        if who not in ("pyhanko", "pdfsig"):
            return ""
        if who == "pyhanko" and after.late:
            return after.blind["pyhanko"]
        if who == "pyhanko" and alike(self.unchanged(job, before, times), problem):
            return f"finds the same where nothing was changed: {problem}"[:200]
        for apart in (0, NUMBERS_APART):
            theirs = self.own_seals(who, job, before, times, apart)
            if theirs and alike(theirs, problem):
                return f"finds the same in seals of pyHanko: {problem}"[:200]
        return ""

    def unchanged(self, job, before, times):
        """What pyHanko says when, instead of the last seal, a revision without an object is appended."""
        source = self.path("out1.pdf") if times > 1 else job["path"]
        out = self.path("unchanged.pdf")
        try:
            with open(source, "rb") as f:
                data = neutral.append(f.read())
        except (ValueError, AttributeError):  # not as pades writes a section: nothing is learnt
            return ""
        with open(out, "wb") as f:
            f.write(data)
        sight = self.eyes.look(out, job.get("password", ""), ["pdfsig"], image=False)
        first = [job.get("field", "Corpus-1")] if times > 1 else []
        return outside.pyhanko_worse(before, sight, first, whole=False)

    def own_seals(self, who, job, before, times, apart):
        """What a validator says of the same file sealed by pyHanko as many times in the same fields, its new
        numbers straight behind the old ones or some way apart, where no reference to a missing object meets them."""
        source, names = job["path"], []
        for n in range(times):
            out, name = self.path(f"control{n}.pdf"), f"Corpus-{n + 1}" if n else job.get("field", "Corpus-1")
            if self.signer.attempt(source, out, job.get("password", ""), False, name, apart):
                return ""
            source, names = out, names + [name]
        sight = self.eyes.look(source, job.get("password", ""), before.blind, image=False)
        sight.image = before.image
        return "".join(p for p in outside.worse(before, sight, names) if p.startswith(who + ":"))


def alike(one, other):
    """Two complaints that differ in names of fields at most."""
    return re.sub(r"'[^']*':? ", "", one, count=1) == re.sub(r"'[^']*':? ", "", other, count=1)
