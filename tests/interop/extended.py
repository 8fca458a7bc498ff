"""`pades timestamp` and `pades extend` on what others made, judged by others: a document timestamp alone; level t by
one; signatures of pyHanko and NSS that are no PAdES (adbe.pkcs7.detached), and those of PDFBox and iText
(javamakers.py), raised to t, lt, lta and lta again; several signatures of several makers in one file. (Files of
level b and t of pyHanko and EU DSS: decades.py.)

    judge(bench)    bench as run.py has it: counts
"""
import json
import os
import re
import subprocess

import adobe_ltv
import foreign
import javamakers

LEVELS = ("t", "lt", "lta")


def _run(bench, command, source, out, *options):
    """out, made by that command of pades from source and append-only, or None: counted."""
    name = os.path.basename(out)
    run = bench.env.run(bench.args.pades, command, "--json", "--tsa", bench.base_url + "/tsa", "--trust", bench.env.root,
                        "--allow-host", "127.0.0.1", *options, source, out)
    ok = run.returncode == 0 and os.path.exists(out)
    bench.count(ok, f"{name}: pades {command}: exit {run.returncode} {run.stderr[-400:]}")
    if not ok:
        return None, None
    with open(source, "rb") as f, open(out, "rb") as g:
        before, after = f.read(), g.read()
    told = json.loads(run.stdout)
    if _nothing(told):
        bench.count(after == before, f"{name}: changed, though nothing had to be added")
    else:
        bench.count(after.startswith(before) and len(after) > len(before), f"{name}: not append-only")
    return out, told


def _nothing(told):
    return any(warning.startswith("nothing had to be added") for warning in told["warnings"])


def _sound(bench, source, out):
    """qpdf finds nothing; pdfsig finds every signature as good as before."""
    name = os.path.basename(out)
    check = bench.env.run("qpdf", "--check", out)
    bench.count(check.returncode == 0, f"{name}: qpdf: {check.stderr[-300:]}")
    valid = [bench.env.run("pdfsig", "-nocert", path).stdout.count("Signature is Valid.") for path in (source, out)]
    bench.count(valid[0] == valid[1] > 0, f"{name}: pdfsig: {valid[0]} valid before, {valid[1]} after")


def _by_pyhanko(path, root, issuing):
    """[what pyHanko has against a signature or timestamp of a file]"""
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko_certvalidator import ValidationContext

    wrong = []
    with open(path, "rb") as f:
        reader = PdfFileReader(f, strict=False)
        for found in reader.embedded_signatures:
            context = ValidationContext(trust_roots=[load_cert_from_pemder(root)], allow_fetching=False,
                                        other_certs=[load_cert_from_pemder(issuing)])
            stamp = found.sig_object_type == "/DocTimeStamp"
            status = validate_pdf_timestamp(found, context) if stamp else validate_pdf_signature(found, context, context)
            if not (status.intact and status.valid and status.trusted):
                wrong.append(f"{found.field_name}: {status.summary()}")
            elif not stamp and not status.bottom_line:
                wrong.append(f"{found.field_name}: {status.summary()} {status.modification_level}")
        last = reader.embedded_signatures[-1]
        wanted = "ENTIRE_REVISION" if path.endswith("-lt.pdf") else "ENTIRE_FILE"  # the store stands behind it
        if last.sig_object_type == "/DocTimeStamp" and last.evaluate_signature_coverage().name != wanted:
            wrong.append(f"{last.field_name} covers {last.evaluate_signature_coverage().name}")
    return wrong


def _dss(bench, files):
    """{path: [signature of EU DSS's report]}"""
    home = os.path.join(bench.env.cache, "dss")
    run = subprocess.run(["java", "-Xmx1g", "-cp", f"{home}/classes:{home}/jars/*", "DssValidate", bench.env.root],
                         capture_output=True, text=True, input="".join(path + "\n" for path in files),
                         env=bench.env.variables, timeout=300 + 5 * len(files), check=False)
    reports = (json.loads(line) for line in run.stdout.splitlines() if line.startswith("{"))
    return {report["file"]: report.get("signatures", []) for report in reports}


def _word(level):
    return re.sub("^B_", "PAdES_BASELINE_", level.replace("-", "_"))


def _judge_all(bench, made):
    """made: [(path, levels as pades tells them, what pyHanko had against it before)]"""
    told = _dss(bench, [path for path, levels, _ in made if levels])
    for path, levels, before in made:
        name = os.path.basename(path)
        try:
            wrong = _by_pyhanko(path, bench.env.root, bench.env.issuing)
        except Exception as error:  # a validator that falls over does not accept
            wrong = [f"{type(error).__name__}: {error}"]
        bench.count(wrong == before, f"{name}: pyhanko: {wrong}, before: {before}")
        if levels:
            found = told.get(path, [])
            good = all(s["indication"] == "TOTAL_PASSED" and not s["changes"] for s in found)
            words = [_word(level) for level in levels]
            bench.count(good and sorted(s["level"].replace("-", "_") for s in found) == sorted(words),
                        f"{name}: dss: not {words}: {json.dumps(found)[:600]}")


def _stamped(bench, invoice):
    """Timestamps alone, once and twice, and level t by one."""
    once, _ = _run(bench, "timestamp", invoice, os.path.join(bench.work, "stamped.pdf"))
    twice, _ = _run(bench, "timestamp", once, os.path.join(bench.work, "stamped-twice.pdf"), "--digest", "sha512") \
        if once else (None, None)
    yield from ((path, [], []) for path in (once, twice) if path)
    sealed = bench.seal(invoice, "stamped-b.pdf", ("seal-p256", [], "sha256"), "b", None)
    out, _ = _run(bench, "timestamp", sealed, os.path.join(bench.work, "stamped-t.pdf")) if sealed else (None, None)
    if out:
        _sound(bench, sealed, out)
        yield out, ["B-T"], []


def _sources(bench, invoice):
    """(name, path, the least level of its signatures) of what others made."""
    adbe = foreign._addsig(bench, invoice, "ext-adbe.pdf", "One")
    yield "adbe", adbe, "b"
    if adbe:
        yield "two", foreign._addsig(bench, adbe, "ext-two.pdf", "Two", "--use-pades", "--timestamp-url",
                                     bench.base_url + "/tsa", key="seal-p256"), "b"
    yield "pss", foreign._addsig(bench, invoice, "ext-pss.pdf", "Pss", "--use-pades", "--prefer-pss"), "b"
    yield "nss", foreign._by_pdfsig(bench, invoice), "b"
    yield from javamakers.made(bench, invoice)


def _by_adobe(bench, path):
    lacking = adobe_ltv.missing(adobe_ltv.judge(path, [bench.env.root]))
    bench.count(not lacking, f"{os.path.basename(path)}: adobe: {[(i.subject, i.what, i.detail) for i in lacking]}")


def _raise(bench, name, source, has):
    """source raised to each level, and renewed, with the levels told: counted."""
    for level in LEVELS:
        out, told = _run(bench, "extend", source, os.path.join(bench.work, f"ext-{name}-{level}.pdf"), "--level", level)
        if not out:
            continue
        levels = [s["level"] for s in told["signatures"] if s["type"] == "signature"]
        bench.count(levels and all(word.endswith("-" + level.upper()) for word in levels), f"{name}: {levels}")
        bench.count((level == has) == _nothing(told), f"{name}: {level}: {told['warnings']}")
        yield out, levels
        if level == "lta":
            again, told = _run(bench, "extend", out, os.path.join(bench.work, f"ext-{name}-again.pdf"), "--level", level)
            if again:
                yield again, levels


def _raised(bench, invoice):
    for name, source, has in _sources(bench, invoice):
        if not source:
            continue
        before = _by_pyhanko(source, bench.env.root, bench.env.issuing)
        bench.count(bool(before) == (name in javamakers.OBJECTED), f"{name}: pyhanko before: {before}")
        for out, levels in _raise(bench, name, source, has):
            _sound(bench, source, out)
            if not out.endswith("-t.pdf"):
                _by_adobe(bench, out)
            yield out, levels, before


def judge(bench):
    invoice = os.path.join(bench.work, "invoice.pdf")
    if not os.path.exists(invoice):
        subprocess.run([bench.program("pades-mkinvoice"), invoice], check=True)
    _judge_all(bench, [*_stamped(bench, invoice), *_raised(bench, invoice)])
    javamakers.refused(bench)
