"""Files that keep a standard: they keep it after one invisible seal, and after three.

judge(bench) makes the files of gen/pdfa.py in several layouts, seals each three times and asks veraPDF,
in one JVM, about all of them: the same profiles, and nothing found, each time. What a reader shows of
the metadata stays, an attached invoice stays byte for byte, and no judge of signatures calls the later
seals a change of what the earlier ones signed.
"""
import json
import os
import subprocess

import claims
import pdfa
import validators

KEY, CERTIFY = "seal-p256", ["--certify", "2"]
PROFILES = {"1b": ["PDF/A-1b"], "1b17": ["PDF/A-1b"], "2b": ["PDF/A-2b"], "2b14": ["PDF/A-2b"], "2u": ["PDF/A-2u"],
            "3b": ["PDF/A-3b"], "4": ["PDF/A-4"], "ua1": ["PDF/UA-1"], "2a-ua1": ["PDF/A-2a", "PDF/UA-1"],
            "facturx": ["PDF/A-3b"]}
CERTIFIED = 1  # the layout whose first seal certifies, but of PDF/A-1, which knows none
LAYOUTS = [{}, {"form": "direct", "annots": "link"}, {"form": "indirect", "annots": "empty", "stream": True},
           {"form": "direct", "annots": "empty"}]


def documents():
    """(name, kind, how) of every file."""
    for kind in pdfa.KINDS:
        for i, how in enumerate(LAYOUTS):
            if not (how.get("stream") and kind.startswith("1b")):
                yield f"{kind}-{i}", kind, how
    yield "1b17-utf16", "1b17", {"encoding": "utf-16-be"}
    yield "ua1-pages", "ua1", {"pages": 60, "stream": True}


def seal_all(bench, folder):
    """{name: paths of the file and of what came of it, as far as it was sealed}"""
    out = {}
    for n, (name, kind, how) in enumerate(documents()):
        paths = [os.path.join(folder, f"{name}.0.pdf")]
        with open(paths[0], "wb") as f:
            f.write(pdfa.make(kind, **how))
        for i in range(3):
            certifies = i == 0 and name.endswith(f"-{CERTIFIED}") and not kind.startswith("1b")
            way = (KEY, CERTIFY if certifies else [], "sha256")
            path = bench.seal(paths[-1], os.path.join(folder, f"{name}.{i + 1}.pdf"), way, "btbt"[n % 2 + i], f"Seal{i}")
            if not path:
                break
            paths.append(path)
        out[name] = paths
    return out


def verapdf(env, paths):
    """{path: {profile: what is wrong}}; nothing is found where a file is missing."""
    jar = os.path.join(env.cache, "verapdf", "jars", "*")
    run = subprocess.run(["java", "-Xmx1g", f"-Duser.home={env.work}", "-cp", jar,
                          "org.verapdf.apps.GreenfieldCliWrapper", "--format", "json", "--maxfailuresdisplayed", "1",
                          *paths], capture_output=True, text=True, env=env.variables, timeout=600, check=False)
    out = {}
    for job in json.loads(run.stdout or "{}").get("report", {}).get("jobs", []):
        results = job.get("validationResult") or []
        out[job["itemDetails"]["name"]] = {r["profileName"].split()[0]: _found(r) for r in results}
    return out


def _found(result):
    rules = [f"{r['specification']} {r['clause']}: {r['description']}" for r in result["details"]["ruleSummaries"]]
    return "" if result["compliant"] and not rules else "; ".join(rules) or "not compliant"


def judge(bench):
    folder = os.path.join(bench.work, "conform")
    os.makedirs(folder)
    files = seal_all(bench, folder)
    found = verapdf(bench.env, [path for paths in files.values() for path in paths])
    for name, paths in files.items():
        wanted = dict.fromkeys(PROFILES[name.rpartition("-")[0]], "")
        for path in paths:
            bench.count(found.get(path) == wanted, f"{os.path.basename(path)}: verapdf: {found.get(path)}")
        _untouched(bench, name, paths)
    _signatures(bench, files)
    _control(bench, files["ua1-0"][0])


def _untouched(bench, name, paths):
    """The metadata as a reader shows it, and the XML of an invoice as another program takes it out."""
    shown = [bench.env.run("pdfinfo", "-meta", path).stdout for path in paths]
    bench.count(shown[0] and len(set(shown)) == 1, f"{name}: the metadata changed")
    if not name.startswith("facturx"):
        return
    wanted = claims.invoice_xml(pdfa.TITLE.split()[1], pdfa.LINES, 24)
    for path in paths:
        out = path + ".xml"
        bench.env.run("pdfdetach", "-save", "1", "-o", out, path)
        with open(out, "rb") as f:
            bench.count(f.read() == wanted, f"{os.path.basename(path)}: the invoice is not what it was")


def _signatures(bench, files):
    last = []
    for n, (name, _, how) in enumerate(documents()):
        paths = files[name]
        seals = list("btbt"[n % 2:n % 2 + 3])
        sealed = [validators.Sealed(paths[i], paths[i - 1], paths[0], seals[i - 1], seals[:i],
                                    tidy=True)
                  for i in range(1, len(paths))]
        for one in sealed:
            wrong = validators.bytes_checker(bench.env, one)
            bench.count(not wrong, f"{one.name}: bytes: {wrong}")
        # pyHanko reads metadata in UTF-8 only: it would judge the input, not the seals.
        last += [(one, {"pyhanko"} if how.get("encoding") else set()) for one in sealed[2:]]
    bench.judge(last)


def _control(bench, path):
    """veraPDF must notice what a seal without care would do."""
    with open(path, "rb") as f:
        data = f.read()
    broken = os.path.join(bench.work, "conform", "control.pdf")
    with open(broken, "wb") as f:
        f.write(data.replace(b"/DisplayDocTitle true", b"/DisplayDocTitle null"))
    found = verapdf(bench.env, [broken]).get(broken)
    bench.count(found and found.get("PDF/UA-1"), f"verapdf accepts a file that breaks a rule: {found}")
