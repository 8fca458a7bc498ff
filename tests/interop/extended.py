"""`pades timestamp` and `pades extend` on what others made, judged by others: a document timestamp alone; level t by
one; signatures of pyHanko and NSS that are no PAdES (adbe.pkcs7.detached), raised to t, lt and lta; several
signatures of several makers in one file. (Files of level b and t of pyHanko and EU DSS: decades.py.)

    judge(bench)    bench as run.py has it: counts
"""
import json
import os
import re
import subprocess

import foreign

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
    bench.count(after.startswith(before) and len(after) > len(before), f"{name}: not append-only")
    return out, json.loads(run.stdout)


def _sound(bench, source, out):
    """qpdf finds nothing; pdfsig finds every signature as good as before."""
    name = os.path.basename(out)
    check = bench.env.run("qpdf", "--check", out)
    bench.count(check.returncode == 0, f"{name}: qpdf: {check.stderr[-300:]}")
    valid = [bench.env.run("pdfsig", "-nocert", path).stdout.count("Signature is Valid.") for path in (source, out)]
    bench.count(valid[0] == valid[1], f"{name}: pdfsig: {valid[0]} valid before, {valid[1]} after")


def _by_pyhanko(path, root, issuing):
    """What pyHanko has against the signatures and timestamps of a file, "" when nothing."""
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko_certvalidator import ValidationContext

    with open(path, "rb") as f:
        reader = PdfFileReader(f, strict=False)
        for found in reader.embedded_signatures:
            context = ValidationContext(trust_roots=[load_cert_from_pemder(root)], allow_fetching=False,
                                        other_certs=[load_cert_from_pemder(issuing)])
            stamp = found.sig_object_type == "/DocTimeStamp"
            status = validate_pdf_timestamp(found, context) if stamp else validate_pdf_signature(found, context, context)
            if not (status.intact and status.valid and status.trusted):
                return f"{found.field_name}: {status.summary()}"
            if not stamp and not status.bottom_line:
                return f"{found.field_name}: {status.summary()} {status.modification_level}"
        last = reader.embedded_signatures[-1]
        wanted = "ENTIRE_REVISION" if path.endswith("-lt.pdf") else "ENTIRE_FILE"  # the store stands behind it
        if last.sig_object_type == "/DocTimeStamp" and last.evaluate_signature_coverage().name != wanted:
            return f"{last.field_name} covers {last.evaluate_signature_coverage().name}"
    return ""


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
    """made: [(path, levels as pades tells them)]"""
    told = _dss(bench, [path for path, levels in made if levels])
    for path, levels in made:
        name = os.path.basename(path)
        try:
            wrong = _by_pyhanko(path, bench.env.root, bench.env.issuing)
        except Exception as error:  # a validator that falls over does not accept
            wrong = f"{type(error).__name__}: {error}"
        bench.count(not wrong, f"{name}: pyhanko: {wrong}")
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
    yield from ((path, []) for path in (once, twice) if path)
    sealed = bench.seal(invoice, "stamped-b.pdf", ("seal-p256", [], "sha256"), "b", None)
    out, _ = _run(bench, "timestamp", sealed, os.path.join(bench.work, "stamped-t.pdf")) if sealed else (None, None)
    if out:
        _sound(bench, sealed, out)
        yield out, ["B-T"]


def _sources(bench, invoice):
    """(name, path) of what others made."""
    adbe = foreign._addsig(bench, invoice, "ext-adbe.pdf", "One")
    yield "adbe", adbe
    if adbe:
        yield "two", foreign._addsig(bench, adbe, "ext-two.pdf", "Two", "--use-pades", "--timestamp-url",
                                     bench.base_url + "/tsa", key="seal-p256")
    yield "pss", foreign._addsig(bench, invoice, "ext-pss.pdf", "Pss", "--use-pades", "--prefer-pss")
    yield "nss", foreign._by_pdfsig(bench, invoice)


def _raised(bench, invoice):
    for name, source in _sources(bench, invoice):
        for level in LEVELS if source else ():
            out, told = _run(bench, "extend", source, os.path.join(bench.work, f"ext-{name}-{level}.pdf"), "--level", level)
            if not out:
                continue
            _sound(bench, source, out)
            levels = [s["level"] for s in told["signatures"] if s["type"] == "signature"]
            bench.count(all(word.endswith("-" + level.upper()) for word in levels), f"{name}: {levels}")
            yield out, levels
            if level == "lta":
                again, told = _run(bench, "extend", out, os.path.join(bench.work, f"ext-{name}-again.pdf"), "--level", level)
                if again:
                    yield again, levels


def judge(bench):
    invoice = os.path.join(bench.work, "invoice.pdf")
    if not os.path.exists(invoice):
        subprocess.run([bench.program("pades-mkinvoice"), invoice], check=True)
    _judge_all(bench, [*_stamped(bench, invoice), *_raised(bench, invoice)])
