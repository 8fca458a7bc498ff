#!/usr/bin/env python3
"""Writes docs/conformance.md from the clause tags of code and tests.

    mkconformance.py ROOT           write docs/conformance.md
    mkconformance.py ROOT --check   say when it is not what the tags give; exit 1 then

A tag is `clause: DOCUMENT#SECTION what it says` in a comment. One comment may name several clauses
("clause: ISO32000-1#12.8.1 ..., #12.7.2 ..."). In tests the tag stands before or inside the case that
would fail if the clause were broken.
"""
import pathlib
import re
import sys

DOCUMENTS = {
    "EN319122-1": "ETSI EN 319 122-1, CAdES digital signatures, building blocks",
    "EN319142-1": "ETSI EN 319 142-1, PAdES digital signatures, building blocks and baseline",
    "EN319412-1": "ETSI EN 319 412-1, certificate profiles, common data structures",
    "EN319412-5": "ETSI EN 319 412-5, QCStatements",
    "ISO14289-1": "ISO 14289-1, PDF/UA-1",
    "ISO19005-1": "ISO 19005-1, PDF/A-1",
    "ISO32000-1": "ISO 32000-1, PDF 1.7",
    "ISO32000-2": "ISO 32000-2, PDF 2.0",
    "PKCS11-2.40": "OASIS PKCS #11 Cryptographic Token Interface 2.40",
    "SEC1": "SEC 1, elliptic curve cryptography",
    "RFC3161": "Time-Stamp Protocol",
    "RFC3279": "Algorithms and identifiers for X.509",
    "RFC3986": "Uniform Resource Identifier",
    "RFC4013": "SASLprep",
    "RFC4055": "RSA algorithms for X.509",
    "RFC4056": "RSASSA-PSS in CMS",
    "RFC4291": "IPv6 addressing",
    "RFC4514": "LDAP string representation of names",
    "RFC5035": "Enhanced Security Services, ESSCertIDv2",
    "RFC5280": "X.509 certificates and CRLs",
    "RFC5480": "Elliptic curve keys in X.509",
    "RFC5652": "Cryptographic Message Syntax",
    "RFC5758": "DSA and ECDSA algorithms for X.509",
    "RFC5816": "ESSCertIDv2 for RFC 3161",
    "RFC6960": "Online Certificate Status Protocol",
    "RFC7468": "Textual encodings (PEM)",
    "RFC7512": "PKCS #11 URI",
    "RFC7617": "Basic HTTP authentication",
    "RFC6750": "Bearer tokens",
    "RFC8017": "PKCS #1",
    "RFC8954": "OCSP nonce",
    "RFC9336": "Extended key usage for document signing",
}
TESTS = ("unit", "prop", "cli", "interop", "fuzz", "gen")
COMMENT = re.compile(r"/\*(.*?)\*/|(?:^|\s)#(?!include|define|if|endif|else)([^\n]*)", re.S)
CLAUSE = re.compile(r"((?:[A-Z][A-Za-z0-9.]*(?:-[\d.]+)?)?)#([A-Za-z0-9][\w.]*\w|\d)")
CASE = re.compile(r"^(?:static\s+)?(?:void\s+(\w+)\s*\(|def\s+(\w+)\s*\(|(\w+)\(\)\s*\{)", re.M)


def tags(text):
    """(position, clause, words) of every clause that a tag names."""
    for comment in COMMENT.finditer(text):
        body = comment.group(1) if comment.group(1) is not None else comment.group(2)
        _, found, body = body.partition("clause:")
        if not found:
            continue
        document, at = None, list(CLAUSE.finditer(body))
        for i, match in enumerate(at):
            document = match.group(1) or document
            if document is None:
                continue
            end = at[i + 1].start() if i + 1 < len(at) else len(body)
            words = re.sub(r"\s*\n\s*\*?\s*", " ", body[match.end():end])
            words = re.sub(r"[\s,;]*(clause:)?[\s,;]*$", "", words).strip(" ,;:")
            yield comment.start(), f"{document}#{match.group(2)}", words


def case_of(text, position):
    """The test case a tag belongs to: the one around it, or the next when it stands between two."""
    line = text.rfind("\n", 0, position) + 1
    inside = text[line:line + 1] in " \t"
    before = [m for m in CASE.finditer(text, 0, position)]
    after = CASE.search(text, position)
    match = before[-1] if inside and before else after
    return next(filter(None, match.groups())) if match else ""


def files_of(root, folder, *suffixes):
    for path in sorted((root / folder).rglob("*")):
        if path.is_file() and path.suffix in suffixes and not {"corpus", "__pycache__"} & set(path.relative_to(root).parts):
            yield path, path.relative_to(root).as_posix()


def collect(root):
    """clause -> words, code places and test places."""
    table = {}
    for path, name in files_of(root, "src", ".c", ".h"):
        for _, clause, words in tags(path.read_text()):
            row = table.setdefault(clause, {"words": [], "code": set(), "tests": set()})
            if words and words not in row["words"]:
                row["words"].append(words)
            row["code"].add(name[len("src/"):])
    for path, name in (pair for folder in TESTS for pair in files_of(root, f"tests/{folder}", ".c", ".py", ".sh")):
        text = path.read_text(errors="replace")
        for position, clause, _ in tags(text):
            row = table.setdefault(clause, {"words": [], "code": set(), "tests": set()})
            case = case_of(text, position)
            row["tests"].add(f"{name[len('tests/'):]}" + (f": {case}" if case else ""))
    return table


def number(clause):
    document, _, section = clause.partition("#")
    return document, [(int(p), "") if p.isdigit() else (10 ** 6, p) for p in section.split(".")]


def render(table):
    out = ["# Conformance", "",
           "Written by `docs/mkconformance.py` from the clause tags in code and tests (target `docs`); not edited by",
           "hand. The test `lint_clauses` refuses a clause in the code that no test names.", ""]
    document = None
    for clause in sorted(table, key=number):
        row = table[clause]
        name, _, section = clause.partition("#")
        if name != document:
            document = name
            out += ["", f"## {name}: {DOCUMENTS[name]}", "", "| clause | what | code | tests |", "|---|---|---|---|"]
        words = "; ".join(row["words"]).replace("|", "\\|")
        code = "<br>".join(sorted(row["code"]))
        tests = "<br>".join(sorted(row["tests"]))
        out.append(f"| {section} | {words} | {code} | {tests} |")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)) + "\n"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    table, path = collect(root), root / "docs/conformance.md"
    unknown = sorted({c.partition("#")[0] for c in table} - set(DOCUMENTS))
    if unknown:
        print(f"documents that docs/mkconformance.py does not name: {', '.join(unknown)}")
        return 1
    text = render(table)
    if path.exists() and path.read_text() == text:
        return 0
    if "--check" in sys.argv:
        print("docs/conformance.md is not what the tags give (build the target 'docs')")
        return 1
    path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
