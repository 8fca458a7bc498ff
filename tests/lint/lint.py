#!/usr/bin/env python3
"""Structural checks of the tree, each a sub-command that exits 0 or prints what is wrong.

    lint.py rooms|goto|sizes|words|clauses|map|man|links|privacy ROOT
    lint.py exports ROOT LIBRARY NM
    lint.py headers ROOT CC CXX

What is generated (docs/man, docs/conformance.md) is checked by the scripts that write it.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Third-party headers and the places that own them (path prefixes).
OWNERS = {
    r"qpdf/": ["src/pdf/second", "src/pdf/qpdf"],
    r"curl/": ["src/net/"],
    r"p11-kit/": ["src/token/"],
    r"stringprep\.h": ["src/pdf/saslprep"],
    r"zlib\.h": ["src/pdf/flate"],
    r"jansson\.h": ["cli/json"],
    r"ini\.h": ["cli/config"],
    r"openssl/": ["src/base/digest", "src/base/secret", "src/base/slowhash", "src/pki/", "src/cms/", "src/tsa/", "src/signer/", "src/pdf/crypt"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
FUNCTION_MAX, FILE_MAX = 60, 800


def sources(root, *dirs):
    for d in dirs:
        for path in sorted((root / d).rglob("*.[ch]")):
            yield path, path.relative_to(root).as_posix()


def room_table(root):
    """What a room may include beside itself: the table of docs/architecture.md."""
    text = (root / "docs/architecture.md").read_text()
    rows = text[text.index("| room | may include |"):].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {row[0]: set(row[1].replace("-", "").split()) for row in cells}


def build_table(root):
    """The same as the build has it: pades_room(NAME ROOMS ... LIBS ...)."""
    table = {}
    for name, rest in re.findall(r"^pades_(?:room|program)\((\w+)([^)]*)\)", (root / "CMakeLists.txt").read_text(), re.M):
        table[name] = set(re.sub(r".*ROOMS|LIBS.*", "", rest).split()) if "ROOMS" in rest else set()
    return table


def rooms(root):
    table, bad = room_table(root), []
    if table != build_table(root):
        bad.append(f"docs/architecture.md and CMakeLists.txt differ: {table} and {build_table(root)}")
    for path, name in sources(root, "src"):
        room = name.split("/")[1]
        if room not in table:
            bad.append(f"{name}: a room that the table does not have")
            continue
        for kind, inc in INCLUDE.findall(path.read_text()):
            other = inc.split("/")[0]
            if other in table and "/" in inc and other != room and other not in table[room]:
                bad.append(f"{name}: {room} may not include {inc}")
    for path, name in sources(root, "cli", "examples"):
        for kind, inc in INCLUDE.findall(path.read_text()):
            if inc.split("/")[0] in table and "/" in inc:
                bad.append(f"{name}: only the public API, not {inc}")
    return bad + owners(root)


def owners(root):
    bad = []
    for path, name in sources(root, "src", "cli", "include", "examples"):
        for kind, inc in INCLUDE.findall(path.read_text()):
            for pattern, places in OWNERS.items():
                if re.match(pattern, inc) and not any(name.startswith(o) for o in places):
                    bad.append(f"{name}: {inc} belongs to {', '.join(places)}")
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
            if len(line) > 100:
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
    """A clause that code cites needs a test that cites it: a tag at the case that would fail."""
    sys.path.insert(0, str(root / "docs"))
    sys.dont_write_bytecode = True
    import mkconformance
    table = mkconformance.collect(root)
    return [f"{clause}: in {', '.join(sorted(row['code']))} but at no test"
            for clause, row in sorted(table.items()) if row["code"] and not row["tests"]]


def man(root):
    """Every exported function has a manual page of its name; every command has one."""
    pages = {p.stem for p in (root / "docs/man").glob("*.3")}
    pages |= {line.split()[0] for line in (root / "docs/man/aliases").read_text().splitlines()}
    listed = set(re.findall(r"\b(pades_\w+);", (root / "src/libpades.map").read_text()))
    commands = {re.sub(r"cmd_", "", p.stem) for p in (root / "cli").glob("cmd_*.c")}
    return [f"no manual page: {name}(3)" for name in sorted(listed - pages)] + \
           [f"no manual page: pades-{name}(1)" for name in sorted(commands)
            if not (root / f"cli/man/pades-{name}.1").exists()]


def tracked(root):
    """The files of the project: what git tracks, or what is there when this is no clone."""
    run = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True)
    names = run.stdout.decode(errors="replace").split("\0")[:-1] if run.returncode == 0 else []
    if not names:
        for folder, below, files in os.walk(root):
            below[:] = [d for d in below if d not in (".git", "build", "demo-out", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, f), root) for f in files]
    return sorted(names)


def links(root):
    """Relative links of the documents lead to files."""
    bad = []
    for name in tracked(root):
        if name.endswith(".md") and (root / name).exists():
            for link in re.findall(r"\]\(([^)#]+)", (root / name).read_text()):
                if not re.match(r"\w+:", link) and not (root / name).parent.joinpath(link).exists():
                    bad.append(f"{name}: {link} is not there")
    return bad


# Places of one machine, hosts of package registries, and papers and helpers that are no part of the project.
PRIVATE = [
    rb"(?<![\w.$}/-])/(?:work|root|home|mnt|Users)/(?=[\w.])",
    rb"/tmp/(?:work|bash)",
    rb"(?:pypi|pythonhosted|npmjs|crates|repo\d?\.maven|artifactory|nexus)[\w.-]*\.(?:org|io|com|net)\b",
    rb"(?i)\b(?:claude|anthropic|openai|chatgpt|copilot|language model|ai[- ]generated)\b",
    rb"\b(?:FIELD-NOTES|TOKENS\.md|ANCHORS\.md|DESIGN\.md|STYLE\.md|CLI\.md|BRIEF\.md)\b",
]


def privacy(root):
    bad, own = [], "tests/lint/lint.py"
    for name in tracked(root):
        path = root / name
        if name == own or not path.is_file() or path.is_symlink():
            continue
        data = path.read_bytes()
        for pattern in PRIVATE:
            for match in re.finditer(pattern, data):
                line = data.count(b"\n", 0, match.start()) + 1
                bad.append(f"{name}:{line}: {match.group(0).decode(errors='replace')}")
    return bad


def main():
    command, root, rest = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
    checks = {"rooms": rooms, "goto": goto, "sizes": sizes, "words": words, "clauses": clauses, "exports": exports,
              "map": map_names, "headers": headers, "man": man, "links": links, "privacy": privacy}
    bad = checks[command](root, *rest)
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
