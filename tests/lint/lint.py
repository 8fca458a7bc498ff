#!/usr/bin/env python3
"""Structural checks of the tree, each a sub-command that exits 0 or prints what is wrong.

    lint.py rooms|goto|sizes|words|clauses ROOT
    lint.py exports ROOT LIBRARY NM
    lint.py headers ROOT CC CXX
    lint.py map ROOT
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# docs/architecture.md has the same table; what a room may include beside itself.
ROOMS = {
    "base": set(),
    "net": {"base"},
    "pdf": {"base"},
    "pki": {"base", "net"},
    "cms": {"base", "pki"},
    "tsa": {"base", "net", "pki", "cms"},
    "token": {"base"},
    "signer": {"base", "net", "pki", "token"},
    "sign": {"base", "net", "pdf", "pki", "cms", "tsa", "token", "signer"},
}
# Third-party headers and the places that own them (path prefixes).
OWNERS = {
    r"qpdf/": ["src/pdf/second", "src/pdf/qpdf"],
    r"curl/": ["src/net/"],
    r"p11-kit/": ["src/token/"],
    r"zlib\.h": ["src/pdf/flate"],
    r"jansson\.h": ["cli/json"],
    r"ini\.h": ["cli/config"],
    r"openssl/": ["src/base/digest", "src/base/secret", "src/pki/", "src/cms/", "src/tsa/", "src/signer/", "src/pdf/crypt"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
FUNCTION_MAX, FILE_MAX = 60, 800


def sources(root, *dirs):
    for d in dirs:
        for path in sorted((root / d).rglob("*.[ch]")):
            yield path, path.relative_to(root).as_posix()


def rooms(root):
    bad = []
    for path, name in sources(root, "src"):
        room = name.split("/")[1]
        if room not in ROOMS:
            bad.append(f"{name}: a room that the table does not have")
            continue
        for kind, inc in INCLUDE.findall(path.read_text()):
            other = inc.split("/")[0]
            if other in ROOMS and "/" in inc and other != room and other not in ROOMS[room]:
                bad.append(f"{name}: {room} may not include {inc}")
    for path, name in sources(root, "cli", "examples"):
        for kind, inc in INCLUDE.findall(path.read_text()):
            if inc.split("/")[0] in ROOMS and "/" in inc:
                bad.append(f"{name}: only the public API, not {inc}")
    for path, name in sources(root, "src", "cli", "include", "examples"):
        for kind, inc in INCLUDE.findall(path.read_text()):
            for pattern, owners in OWNERS.items():
                if re.match(pattern, inc) and not any(name.startswith(o) for o in owners):
                    bad.append(f"{name}: {inc} belongs to {', '.join(owners)}")
    return bad


def strip(text):
    """Without comments and literals, lines kept."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def goto(root):
    bad = []
    for path, name in sources(root, "src", "cli", "include", "examples", "tests"):
        for n, line in enumerate(strip(path.read_text()).splitlines(), 1):
            if re.search(r"\bgoto\b", line):
                bad.append(f"{name}:{n}: goto")
    return bad


def functions(text):
    start = None
    for n, line in enumerate(text.splitlines(), 1):
        if line.startswith("{"):
            start = n
        elif line.startswith("}") and start:
            yield start, n - start - 1
            start = None


def sizes(root):
    bad, lengths = [], []
    for path, name in sources(root, "src", "cli", "include", "examples", "tests"):
        text = path.read_text()
        lines = text.count("\n")
        if lines > FILE_MAX:
            bad.append(f"{name}: {lines} lines")
        for start, n in functions(text):
            if name.startswith(("src/", "cli/")):
                lengths.append(n)
            if n > FUNCTION_MAX and not name.startswith("tests/"):
                bad.append(f"{name}:{start}: a function of {n} lines")
        for n, line in enumerate(text.splitlines(), 1):
            if len(line) > 120:
                bad.append(f"{name}:{n}: {len(line)} columns")
    lengths.sort()
    median = lengths[len(lengths) // 2]
    print(f"{len(lengths)} functions, median {median} lines, longest {lengths[-1]}")
    if median > 12:
        bad.append(f"median function length {median} lines")
    return bad


def words(root):
    bad = []
    for path, name in sources(root, "src", "cli", "include", "examples"):
        text = path.read_text()
        for n, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented", line):
                bad.append(f"{name}:{n}: {line.strip()}")
        if name.startswith("src/") and re.search(r"(?<![>.\w])(getenv|setlocale|exit|printf|abort)\s*\(", strip(text)):
            bad.append(f"{name}: environment, locale, stdout, exit or abort in the library")
    return bad


def declared(root):
    names = set()
    for path, _ in sources(root, "include"):
        names |= set(re.findall(r"PADES_API[^;]*?\b(pades_\w+)\s*\(", strip(path.read_text())))
    return names


def exports(root, library, nm):
    out = subprocess.run([nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    seen = {re.sub(r"@.*", "", line.split()[2]) for line in out.splitlines() if line.split()[1] in "TDBRVW"}
    want = declared(root)
    return [f"exported but in no public header: {n}" for n in sorted(seen - want)] + \
           [f"in a public header but not exported: {n}" for n in sorted(want - seen)]


def map_names(root):
    listed = set(re.findall(r"\b(pades_\w+);", (root / "src/libpades.map").read_text()))
    want = declared(root)
    return [f"in src/libpades.map only: {n}" for n in sorted(listed - want)] + \
           [f"not in src/libpades.map: {n}" for n in sorted(want - listed)]


def headers(root, cc, cxx):
    bad = []
    with tempfile.TemporaryDirectory() as tmp:
        for path, name in sources(root, "include"):
            inc = name[len("include/"):]
            for compiler, std, ext in ((cc, "c99", "c"), (cxx, "c++17", "cpp")):
                unit = pathlib.Path(tmp) / f"one.{ext}"
                unit.write_text(f"#include <{inc}>\n#include <{inc}>\nint main(void) {{ return 0; }}\n")
                run = subprocess.run([compiler, f"-std={std}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                                      f"-I{root}/include", str(unit)], capture_output=True, text=True)
                if run.returncode:
                    bad.append(f"{name} as {std}: {run.stderr.strip()}")
    return bad


def clauses(root):
    """A clause tag in code needs a test that names it, and docs/conformance.md is what the tags give."""
    tag = re.compile(r"clause:\s*([A-Z0-9][\w.-]*#[\w.()-]+)")
    code, tests = {}, set()
    for path, name in sources(root, "src"):
        for m in tag.finditer(path.read_text()):
            code.setdefault(m.group(1), set()).add(name)
    for path in sorted((root / "tests").rglob("*")):
        if path.is_file() and path.suffix in (".c", ".h", ".py", ".sh"):
            tests |= set(re.findall(r"\b([A-Z][A-Z0-9-]*\d[\w.-]*#[\w.()-]+)", path.read_text(errors="replace")))
    return [f"{c}: in {', '.join(sorted(where))} but in no test" for c, where in sorted(code.items()) if c not in tests]


def main():
    command, root, rest = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
    checks = {"rooms": rooms, "goto": goto, "sizes": sizes, "words": words, "clauses": clauses, "exports": exports,
              "map": map_names, "headers": headers}
    bad = checks[command](root, *rest)
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
