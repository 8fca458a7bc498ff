#!/usr/bin/env python3
"""The generator judged: what it calls valid passes qpdf without a warning and can be read whole by the
tests' own reader, one seed gives one file, and the structures wanted do come up among a few hundred
seeds. Last line: "N passed, N failed".
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "interop"))
import badpdf  # noqa: E402
import bigpdf  # noqa: E402
import goodpdf  # noqa: E402
import pdfa  # noqa: E402
import pdfread  # noqa: E402

SEEDS = 150
WANTED = {
    "kind": {"table", "stream", "hybrid", "mixed", "linear"}, "eol": {"LF", "CRLF", "CR"},
    "version": {"1.4", "1.5", "1.6", "1.7", "2.0"}, "form": {"none", "direct", "indirect"},
    "fields": {"direct", "indirect"}, "annots": {"none", "direct", "indirect", "empty"},
    "spacing": {0, 1, 2, 3}, "final_eol": {True, False}, "binary_comment": {True, False},
    "tree_depth": {1, 2, 3, 5}, "updates": {0, 1, 2, 5}, "need_appearances": {True, False},
    "hidden": {True}, "extends": {True}, "object_streams": {True}, "dead_entries": {True}, "reused_ids": {True},
}


class Tally:
    passed = failed = 0

    def check(self, ok, what):
        self.passed += bool(ok)
        self.failed += not ok
        if not ok:
            print(f"not ok {what}")


def qpdf_says(path):
    run = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else f"{run.returncode} {run.stderr[-200:]}"


def read_whole(data):
    """What is wrong with reading every object, or nothing."""
    try:
        doc = pdfread.Doc(data)
        for num in range(1, doc.highest() + 1):
            entry = doc.entry(num)
            if entry and entry[0] in "nc" and not doc.object(num, entry[2] if entry[0] == "n" else 0):
                return f"object {num} cannot be read"
    except pdfread.PdfError as error:
        return str(error)
    return ""


def good_files(tally, folder):
    seen = collections.defaultdict(set)
    for seed in range(SEEDS):
        data, features = goodpdf.make(seed)
        path = os.path.join(folder, "good.pdf")
        with open(path, "wb") as f:
            f.write(data)
        wrong = qpdf_says(path) or read_whole(data)
        tally.check(not wrong and goodpdf.make(seed)[0] == data, f"seed {seed} {features}: {wrong or 'differs'}")
        for key, value in features.items():
            if key in WANTED:
                seen[key].add(value)
    for key, values in WANTED.items():
        tally.check(values <= seen[key], f"never drawn: {key} {values - seen[key]}")


def big_files(tally, folder):
    path = os.path.join(folder, "big.pdf")
    for kind in ("table", "stream", "objstm"):
        bigpdf.many(path, 20000, kind)
        tally.check(not qpdf_says(path), f"20,000 objects, {kind}")
        with open(path, "rb") as f:
            tally.check(pdfread.Doc(f.read()).highest() >= 20000, f"20,000 objects are there, {kind}")
    for kind, size in (("table", 100_000), ("table", 100_003), ("table", 3_000_000), ("stream", 3_000_000)):
        bigpdf.many(path, 1000, kind, size)
        tally.check(not qpdf_says(path) and os.path.getsize(path) == size, f"1,000 objects in {size} bytes, {kind}")
    bigpdf.heavy(path, 20 << 20)
    tally.check(not qpdf_says(path) and os.path.getsize(path) > 16 << 20, "20 MiB")


def conforming_files(tally, folder):
    """Sound as files; whether they conform is veraPDF's to say."""
    path = os.path.join(folder, "conforming.pdf")
    for kind in pdfa.KINDS:
        for how in ({}, {"form": "indirect", "annots": "link", "stream": not kind.startswith("1b")}):
            data = pdfa.make(kind, **how)
            with open(path, "wb") as f:
                f.write(data)
            wrong = qpdf_says(path) or read_whole(data)
            tally.check(not wrong and pdfa.make(kind, **how) == data, f"{kind} {how}: {wrong or 'differs'}")


def bad_files(tally, folder):
    manifest = badpdf.write_all(folder, {"input", "xref", "disagree", "permission", "harmless", "encrypted"})
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as f:
        tally.check(json.load(f) == manifest, "the manifest is what was made")
    for entry in manifest:
        path = os.path.join(folder, entry["file"])
        ok = os.path.exists(path) and entry["why"] and entry["exit"] and set(entry["exit"]) <= {0, 65}
        if entry["class"] == "harmless":
            ok = ok and not qpdf_says(path)
        tally.check(ok, entry["file"])
    names = [entry["file"] for entry in manifest]
    tally.check(len(names) == len(set(names)), "each name once")


def main():
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        good_files(tally, folder)
        conforming_files(tally, folder)
        big_files(tally, folder)
        bad_files(tally, os.path.join(folder, "bad"))
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
