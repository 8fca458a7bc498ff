#!/usr/bin/env python3
"""Writes the manual pages of section 3 from the comments of the public headers, one page a header.

    mkman.py ROOT           write docs/man/*.3 and docs/man/aliases
    mkman.py ROOT --check   say which of them are not what the headers give; exit 1 if any

The headers are the only source: a page is never edited by hand. `aliases` has one line for each
function ("FUNCTION PAGE"), from which the installation makes the page of that name.
"""
import pathlib
import re
import sys
import textwrap

COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
FUNCTION = re.compile(r"\b(pades_\w+)\s*\([^*]")
SKIPPED = re.compile(r'^\s*(#|extern "C"|\}\s*$)')
RULES = """Functions that can fail return a pades_status, PADES_OK (0) when they worked. Where the last
parameter is a pades_error **, it gets the reason when it is not NULL; free it with
pades_error_free(3). Outputs are named ret_* and are untouched after a failure. Every function
that frees takes NULL. See pades_types(3) for the rules of the whole API."""


def comment_text(raw):
    """The words of a comment without its stars, paragraphs kept."""
    lines = [re.sub(r"^\s*\*?\s?", "", line).rstrip() for line in raw.strip().splitlines()]
    return "\n".join(lines).strip()


def items(text):
    """('text', words) and ('code', declaration) in order, and ('gap', '') for blank lines."""
    pending, depth = [], 0
    block = None
    for line in text.splitlines():
        if block is not None or (depth == 0 and not pending and line.lstrip().startswith("/*")):
            block = (block or []) + [line]
            if "*/" in line:
                yield "text", comment_text(COMMENT.search("\n".join(block)).group(1))
                block = None
            continue
        if not pending and not line.strip():
            yield "gap", ""
            continue
        if not pending and SKIPPED.match(line):
            continue
        pending.append(line)
        bare = COMMENT.sub("", line)
        depth += bare.count("{") - bare.count("}")
        if depth == 0 and bare.rstrip().endswith(";"):
            yield "code", "\n".join(pending)
            pending = []


def groups(text):
    """[(words, [declarations])]: a comment speaks of what follows it, up to the next one or a gap."""
    out = []
    for kind, value in items(text):
        if kind == "text":
            out.append((value, []))
        elif kind == "gap":
            out.append(("", []))
        elif not out:
            out.append(("", [value]))
        else:
            out[-1][1].append(value)
    return [group for group in out if group[0] or group[1]]


def shown(code):
    """A declaration as a program sees it, without our attributes, wrapped at 78 columns."""
    code = re.sub(r"PADES_(API|MUST_USE)\s+", "", code)
    if "{" in code:
        return code
    one = re.sub(r"(?<!,) ", "\0", re.sub(r"\s+", " ", code))
    indent = " " * (one.index("(") + 1) if "(" in one and one.index("(") < 50 else "    "
    lines = textwrap.wrap(one, 78, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace("\0", " ")


def roff(text):
    out = []
    for line in text.splitlines():
        line = line.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "")
        out.append("\\&" + line if line.startswith(".") else line)
    return "\n".join(out)


def words_of(text):
    return ".PP\n".join(roff(part) + "\n" for part in re.split(r"\n\s*\n", text) if part.strip())


def functions_of(text):
    codes = [re.sub(r"\s+", " ", COMMENT.sub("", value)) for kind, value in items(text) if kind == "code"]
    return [FUNCTION.search(code).group(1) for code in codes if code.startswith("PADES_API")]


def page(name, header, version):
    text = header.read_text()
    parts = groups(text)
    head, _ = parts.pop(0)
    title, _, more = head.partition("\n\n")
    summary, _, rest = re.sub(r"^libpades - ", "", title).partition(". ")
    names = functions_of(text) or [name]
    if name not in names:
        names.insert(0, name)
    out = [f'.\\" Written by docs/man/mkman.py from include/pades/{header.name}: change that.\n',
           f'.TH {name.upper()} 3 "" "libpades {version}" "libpades"\n.nh\n.ad l\n', ".SH NAME\n",
           roff(textwrap.fill(", ".join(names), 90)) + " \\- " + roff(" ".join(summary.split()).rstrip(".")) + "\n",
           ".SH SYNOPSIS\n", f".B #include <pades/{header.name}>\n.PP\n.B cc ... \\-lpades\n",
           ".SH DESCRIPTION\n", words_of((rest + "\n\n" + more).strip() or summary)]
    for words, code in parts:
        out.append(".PP\n")
        if code:
            out.append(".nf\n" + "\n".join(roff(shown(c)) for c in code) + "\n.fi\n")
        if words:
            out.append(".RS 4\n" + words_of(words) + ".RE\n")
    out.append(".SH RETURN VALUE\n" + words_of(RULES))
    out.append(".SH SEE ALSO\n" + roff("libpades(3), pades_types(3), pades_error(3), pades(1)") + "\n")
    return "".join(out), names


def overview(headers, version):
    out = ['.\\" Written by docs/man/mkman.py from the public headers: change those.\n',
           f'.TH LIBPADES 3 "" "libpades {version}" "libpades"\n.nh\n.ad l\n.SH NAME\n',
           "libpades \\- PAdES seals and signatures on PDF files with PKCS#11 tokens\n.SH SYNOPSIS\n",
           ".B #include <pades/pades.h>\n.PP\n.B cc ... $(pkg\\-config \\-\\-cflags \\-\\-libs libpades)\n",
           ".SH DESCRIPTION\nEach public header has its page:\n"]
    for name, header in headers:
        head = groups(header.read_text())[0][0]
        line = " ".join(re.sub(r"^libpades - ", "", head.partition("\n\n")[0]).split())
        out.append(f".TP\n.BR {roff(name)} (3)\n{roff(line)}\n")
    out.append(".SH RETURN VALUE\n" + words_of(RULES) + ".SH SEE ALSO\npades(1)\n")
    return "".join(out)


def generate(root):
    """{path below docs/man: content}"""
    version = re.search(r"project\(pades VERSION ([\d.]+)", (root / "CMakeLists.txt").read_text()).group(1)
    headers = [(f"pades_{h.stem}", h) for h in sorted((root / "include/pades").glob("*.h")) if h.stem != "pades"]
    files, aliases = {"libpades.3": overview(headers, version)}, []
    for name, header in headers:
        files[f"{name}.3"], names = page(name, header, version)
        aliases += [f"{alias} {name}" for alias in names if alias != name]
    files["aliases"] = "\n".join(sorted(aliases)) + "\n"
    return files


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    folder, files, bad = root / "docs/man", generate(root), []
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_text() != content:
            bad.append(name)
            if "--check" not in sys.argv:
                path.write_text(content)
    bad += [p.name for p in folder.glob("*.3") if p.name not in files]
    if "--check" in sys.argv:
        print("\n".join(f"docs/man/{name}: not what the headers give (build the target 'docs')" for name in bad))
        return 1 if bad else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
