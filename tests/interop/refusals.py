"""Bad files given to `pades sign`: each must end with one of its right exit codes, in bounded time and
memory, with its line and nothing left behind; where sealing is right, the output must keep the rules.
"""
import hashlib
import os
import subprocess
import sys

import pades_bytes

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "gen"))
import badpdf  # noqa: E402

SECONDS = 60
MEBIBYTES = 300


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).digest()


def measured(command, variables):
    """(exit code or None when it took too long, what it said on stderr, peak MiB)"""
    helper = [sys.executable, "-I", os.path.join(HERE, "peak.py"), str(SECONDS), *command]
    run = subprocess.run(helper, capture_output=True, env=variables, check=True)
    code, peak = run.stdout.split()
    return None if code == b"late" else int(code), run.stderr.decode("utf-8", "replace"), int(peak) >> 10


def wrong_with(bench, folder, case):
    """What is wrong with how pades takes one bad file, or ""."""
    path, out = os.path.join(folder, case["file"]), os.path.join(folder, "sealed-" + case["file"])
    before = digest(path)
    command = bench.command(path, out, ("seal-p256", [], "sha256"), "b", "Extra")
    code, said, peak = measured(command, bench.env.variables)
    if code is None:
        return f"not done after {SECONDS} s"
    if code not in case["exit"]:
        return f"exit {code}, not {case['exit']}: {said[:200]}"
    if peak > MEBIBYTES:
        return f"{peak} MiB"
    if digest(path) != before:
        return "the input was changed"
    if code == 0 and case["class"] == "encrypted":  # the checker of bytes cannot decrypt; encrypted.py judges
        run = bench.env.run("qpdf", "--check", out)
        return run.stderr[-300:] if run.returncode else ""
    if code == 0:
        broken = pades_bytes.check(out, path, "b").broken
        return "; ".join(f"{rule}: {message}" for rule, message in broken)
    if os.path.exists(out):
        return "an output was left"
    first = said.splitlines()[0] if said else ""
    return "" if first.startswith("pades: ") else f"no line of its own: {said[:200]}"


def judge(bench):
    folder = os.path.join(bench.work, "bad")
    for case in badpdf.write_all(folder):
        wrong = wrong_with(bench, folder, case)
        bench.count(not wrong, f"{case['file']} ({case['why']}): {wrong}")
        for name in (case["file"], "sealed-" + case["file"]):
            if os.path.exists(os.path.join(folder, name)):
                os.unlink(os.path.join(folder, name))
    left = [name for name in os.listdir(folder) if name != "manifest.json"]
    bench.count(not left, f"left behind: {left}")
