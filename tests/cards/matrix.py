#!/usr/bin/env python3
"""docs/tokens.md: tokens by operations, each cell a test of this folder that runs.

    matrix.py --write | --check     from the tests' marks and the notes below; --check: the page is not stale
    matrix.py --results FILE        every cell was run and passed (77: some were not run, for want of a package)
"""

import importlib
import json
import os
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "tokens.md"

TOKENS = {
    "softhsm2": ("SoftHSM2", "SoftHSM2, through the fault module"),
    "piv-opensc": ("PIV, OpenSC", "a PIV card (9A P-256, 9C RSA-2048 with the PIN for each signature) through OpenSC"),
    "piv-ykcs11": ("PIV, ykcs11", "the same card as a YubiKey, through ykcs11"),
    "two-pins": ("two PINs", "an identity card with PIN1 and PIN2 (P-384), of three and of five tries, through OpenSC"),
    "two-pins-pad": ("two PINs, pad", "the same card in a reader with a PIN pad, through OpenSC"),
    "p11-kit-remote": ("p11-kit remote", "SoftHSM2 in another process, behind p11-kit's server"),
    "nss": ("NSS", "NSS softokn, by p11-kit's configuration"),
    "tpm2-pkcs11": ("TPM 2", "tpm2-pkcs11 over swtpm (k1 RSA-2048; k2 P-256 with the PIN for each signature)"),
}
OPERATIONS = {
    "list": "`token list`",
    "certs": "`token certs`",
    "verify": "`token pin-verify`",
    "change": "`token pin-change`",
    "unblock": "`token pin-unblock`",
    "key-test": "`token key-test`",
    "watch": "`token watch`",
    "sign-rsa": "sign, RSA PKCS#1 v1.5",
    "sign-pss": "sign, RSA-PSS",
    "sign-ecdsa": "sign, ECDSA",
    "always": "a key that wants the PIN for each signature",
    "batch": "many files, one login",
    "sessions": "the same, three sessions asked for",
    "two-processes": "two programs at once",
    "wrong-pin": "a wrong PIN",
    "refused": "the same wrong PIN again, in another run",
    "last-try": "few tries left, the last one",
    "lock": "locked",
    "pin-counter": "no try lost that the user did not type",
    "pad": "PIN on the reader",
    "pull": "pulled: before, at login, in mid-signature, between files",
    "reinsert": "put back",
    "wait": "put back while the program waits (`--wait`)",
    "another-program": "another program logs it out before the signature",
    "slow": "a slow token",
    "hang": "a token that does not answer",
    "crash": "a module that crashes",
}
NO_COUNTER = "the token does not count tries, or does not tell"
NO_PAD = "the reader of this row has no pad; see the row that has"
NOT_OUT = "a software token is not pulled"
NOTES = {
    "no RSA key on this card": [("two-pins", "sign-rsa"), ("two-pins", "sign-pss"), ("two-pins-pad", "sign-rsa"),
                                ("two-pins-pad", "sign-pss")],
    "the module has no such attribute": [("nss", "always")],
    NO_COUNTER: [("nss", "last-try"), ("nss", "lock"), ("tpm2-pkcs11", "last-try")],
    NO_PAD: [(token, "pad") for token in ("piv-opensc", "piv-ykcs11", "two-pins", "nss", "tpm2-pkcs11")],
    NOT_OUT: [("nss", "pull"), ("nss", "reinsert"), ("nss", "wait"), ("nss", "watch"), ("tpm2-pkcs11", "watch")],
    "who types on the pad types anew": [("two-pins-pad", "refused")],
    "NSS has no PUK": [("nss", "unblock")],
    "the same card and reader service as in the row without a pad": [("two-pins-pad", "watch")],
    "a TPM that is gone comes back with the machine": [("tpm2-pkcs11", "reinsert"), ("tpm2-pkcs11", "wait")],
}


def cells():
    """{(token, operation): [tests]} from the marks, without running anything."""
    with tempfile.TemporaryDirectory() as world:
        os.makedirs(os.path.join(world, "hsm"))
        with open(os.path.join(world, "hsm", "env"), "w", encoding="ascii") as f:
            f.write("P11_MODULE=none\n")
        os.environ.update(PADES="none", PADES_WORLD=world, PADES_SUPPORT="none")
        sys.path.insert(0, str(HERE))
        names = sorted(path.stem for path in HERE.glob("test_*.py"))
        suites = [unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name)) for name in names]
    found = {}
    for test in flat(suites):
        for operation in getattr(getattr(type(test), test._testMethodName), "cells", ()):
            found.setdefault((test.token, operation), []).append(test.id())
    return found


def flat(tests):
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def notes():
    """{(token, operation): number}"""
    return {place: n for n, places in enumerate(NOTES.values(), 1) for place in places}


def what_is_wrong(found):
    """Every place has tests or a note, never both, never neither."""
    known, noted = {(t, o) for t in TOKENS for o in OPERATIONS}, set(notes())
    said = sorted((set(found) | noted) - known)
    bad = [f"a cell that the page does not have: {place}" for place in said]
    bad += [f"a cell with tests and with a note: {place}" for place in sorted(set(found) & noted)]
    return bad + [f"neither tests nor a note: {place}" for place in sorted(known - set(found) - noted)]


def render(found):
    noted = notes()

    def show(token, operation):
        if (token, operation) in found:
            return str(len(found[token, operation]))
        return f"-[^{noted[token, operation]}]" if (token, operation) in noted else "?"

    lines = [
        "# Tokens and operations",
        "",
        "Written by `tests/cards/matrix.py --write` from the tests of `tests/cards`; `ctest -L cards` runs them. A number: so many",
        "tests prove the cell, with the real program and the real module. `-`: the token cannot do it, the note says why.",
        "",
        "| | " + " | ".join(head for head, _ in TOKENS.values()) + " |",
        "|---|" + "---|" * len(TOKENS),
    ]
    for operation, told in OPERATIONS.items():
        lines.append(f"| {told} | " + " | ".join(show(token, operation) for token in TOKENS) + " |")
    lines += ["", "| token | what it is |", "|---|---|"]
    lines += [f"| {head} | {text} |" for head, text in TOKENS.values()]
    lines.append("")
    lines += [f"[^{n}]: {text}" for n, text in enumerate(NOTES, 1)]
    return "\n".join(lines) + "\n"


def judge(path, found):
    """What the run left of every cell: (bad, not run)."""
    outcomes = {}
    told = pathlib.Path(path).read_text(encoding="utf-8") if os.path.exists(path) else ""  # no test ran at all
    for line in told.splitlines():
        one = json.loads(line)
        outcomes.setdefault((one["token"], one["operation"]), {})[one["test"]] = one["result"]  # the last counts
    results = {place: list(outcomes.get(place, {}).values()) for place in found}
    bad = [place for place, told in results.items() if "fail" in told]
    missing = [place for place, told in results.items() if place not in bad and told.count("pass") < len(found[place])]
    return bad, missing


def main(args):
    found = cells()
    bad = what_is_wrong(found)
    if args == ["--write"]:
        PAGE.write_text(render(found), encoding="utf-8")
    elif args == ["--check"] and not bad and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != render(found)):
        bad.append("docs/tokens.md is stale: tests/cards/matrix.py --write")
    elif args[0] == "--results":
        failed, missing = judge(args[1], found)
        bad += [f"failed: {place}" for place in failed]
        if missing and not bad:
            print("not run:", *(f"{token}/{operation}" for token, operation in missing))
            sys.exit(1 if os.environ.get("PADES_CARDS_REQUIRED") == "1" else 77)
    print("\n".join(bad))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
