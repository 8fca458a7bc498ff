"""Certification, locks, existing fields and fields in the hierarchy: chains of seals on forms, each output
accepted by everybody, each earlier seal with its permissions kept; and what pades must refuse.

A step is (name of the output, options of `pades sign`, level of modification that pyHanko may see in the
seals before it). A change by somebody else (filling a field) is a step too.
"""
import os

import sealmaker
import validators

WAY = ("seal-p256", [], "sha256")
TEXT = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (%s) /F 4 /Rect [50 %d 200 %d] /P 3 0 R /DA (/Helv 0 Tf 0 g) %s >>"
SIG = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /F 4 /Rect [50 %d 200 %d] /P 3 0 R %s >>"


def form(kind="table", fields=None, more=None, catalog=b"", page=b"", annots=None, version=b"1.7", keys=b""):
    """A form: fields {object number: dictionary}, the topmost ones in /Fields and all widgets in /Annots."""
    objects = dict(fields or {})
    top = [n for n, body in objects.items() if b"/Parent" not in body]
    seen = [n for n, body in objects.items() if b"/Widget" in body] if annots is None else annots
    objects.update(more or {})
    refs = [b" ".join(b"%d 0 R" % n for n in numbers) for numbers in (top, seen)]
    return sealmaker.base(kind, version, more=objects, page=page + b" /Annots [" + refs[1] + b"]",
                          catalog=catalog + b" /AcroForm << /Fields [" + refs[0] + b"] /DR << >> " + keys + b" >>")


def text(name, at, more=b""):
    return TEXT % (name, at, at + 20, more)


def sig(name, at, more=b""):
    return SIG % (name, at, at + 20, more)


LOCK = b"/Lock << /Type /SigFieldLock /Action %s >>"


def cases():
    """(name, document, steps); a step is (sign, options) or (fill, name, value)."""
    plain = form(fields={5: text(b"a", 100), 6: text(b"b", 200)})
    group = form("stream", fields={5: b"<< /T (Form) /Kids [6 0 R 7 0 R] >>", 6: sig(b"Seal[0]", 100, b"/Parent 5 0 R"),
                                   7: text(b"Name[0]", 200, b"/Parent 5 0 R")})
    apart = form(fields={5: b"<< /FT /Sig /T <FEFF00C5006200E5> /Kids [6 0 R] >>",
                         6: b"<< /Type /Annot /Subtype /Widget /Parent 5 0 R /Rect [50 300 200 340] /P 3 0 R >>",
                         7: sig(b"Other", 500)})
    locking = form(fields={5: text(b"a", 100), 6: text(b"b", 200),
                           7: sig(b"Seal", 300, LOCK % b"/Include /Fields [(a)]"), 8: sig(b"Last", 400)})
    locked_all = form(fields={5: text(b"a", 100), 6: text(b"b", 200), 7: sig(b"Seal", 300, LOCK % b"/Exclude /Fields [(Last)]"),
                              8: sig(b"Last", 400)})
    lock_p = form(fields={5: text(b"a", 100), 6: text(b"b", 200), 7: sig(b"Seal", 300, LOCK % b"/Include /Fields [(a)] /P 2"),
                          8: sig(b"Last", 400)}, version=b"2.0")
    rights = form(fields={5: text(b"a", 100)}, more={6: b"<< /UR3 7 0 R >>", 7: b"<< /Type /Sig >>"},
                  catalog=b"/Perms 6 0 R")
    return [
        ("certify1", plain, [("sign", "--certify", "1")]),
        ("certify2", plain, [("sign", "--certify", "2"), ("sign",), ("fill", "a", "x"), ("sign",)]),
        ("certify3", plain, [("sign", "--certify", "3"), ("sign", "--field", "New")]),
        ("certify-lock", plain, [("sign", "--certify", "2", "--lock", "include:a"), ("fill", "b", "x"), ("sign",)]),
        ("lock-exclude", plain, [("sign", "--lock", "exclude:b,Last"), ("fill", "b", "x"),
                                 ("sign", "--field", "Last")]),
        ("lock-all", plain, [("sign", "--lock", "all")]),
        ("hierarchy", group, [("sign", "--field", "Form.Seal[0]"), ("fill", "Form.Name[0]", "x"), ("sign",)]),
        ("new-below", group, [("sign", "--field", "Form.Seal[1]")]),
        ("new-parents", plain, [("sign", "--field", "Contract.Seals.Company"), ("sign",)]),
        ("apart", apart, [("sign", "--field", "\u00c5b\u00e5", "--certify", "2"), ("sign", "--field", "Other"), ("sign",)]),
        ("locking", locking, [("sign", "--field", "Seal"), ("fill", "b", "x"), ("sign", "--field", "Last")]),
        ("locked-all", locked_all, [("sign", "--field", "Seal"), ("sign", "--field", "Last")]),
        ("lock-p", lock_p, [("sign", "--field", "Seal"), ("sign", "--field", "Last"), ("sign",)]),
        ("usage-rights", rights, [("sign", "--drop-usage-rights", "--certify", "2"), ("sign",)]),
    ]


def refused():
    """(name, document, steps before, options that must be refused)"""
    by_name = {name: document for name, document, _ in cases()}
    return [
        ("certified-1", by_name["certify1"], [("sign", "--certify", "1")], []),
        ("certified-late", by_name["certify1"], [("sign",)], ["--certify", "2"]),
        ("certified-twice", by_name["certify1"], [("sign", "--certify", "3")], ["--certify", "3"]),
        ("locked", by_name["locked-all"], [("sign", "--lock", "all", "--field", "Last")], ["--field", "Seal"]),
        ("locked-but", by_name["locked-all"], [("sign", "--lock", "exclude:a", "--field", "Last")], ["--field", "Seal"]),
        ("late-below", by_name["hierarchy"], [("sign",)], ["--field", "Form.Seal[1]"]),
        ("late-parents", by_name["certify1"], [("sign",)], ["--field", "Contract.Seals.Company"]),
        ("signed", by_name["locking"], [("sign", "--field", "Seal")], ["--field", "Seal"]),
        ("not-a-signature", by_name["locking"], [], ["--field", "a"]),
        ("usage-rights", by_name["usage-rights"], [], []),
    ]


def fill(source, out, name, value):
    """Somebody else fills a text field, incrementally."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    with open(source, "rb") as f:
        writer = IncrementalPdfFileWriter(f, strict=False)
        fields = writer.root["/AcroForm"]["/Fields"]
        for part in name.split("."):
            field = next(x.get_object() for x in fields if x.get_object().get("/T") == part)
            fields = field.get("/Kids", [])
        field["/V"] = generic.pdf_string(value)
        writer.update_container(field)
        with open(out, "wb") as to:
            writer.write(to)


class Chain:
    """One document and what was done to it so far."""

    def __init__(self, bench, name, document):
        self.bench, self.name, self.seals, self.n = bench, name, [], 0
        self.original = self.before = self.path = os.path.join(bench.work, f"rights-{name}.pdf")
        with open(self.path, "wb") as f:
            f.write(document)

    def sign(self, *options):
        """pades sign with these options: its finished process, and the output."""
        out = self.next()
        command = self.bench.command(self.path, out, WAY, "b", None)
        return self.bench.env.run(*command[:2], *options, *command[2:]), out

    def next(self):
        self.n += 1
        return os.path.join(self.bench.work, f"rights-{self.name}-{self.n}.pdf")

    def step(self, kind, *arguments):
        """False when it failed (and was counted)."""
        if kind == "fill":
            out = self.next()
            fill(self.path, out, *arguments)
            self.path = out
            return True
        run, out = self.sign(*arguments)
        ok = run.returncode == 0 and os.path.exists(out)
        self.bench.count(ok, f"{os.path.basename(out)}: pades sign: exit {run.returncode} {run.stderr[-400:]}")
        if ok:
            self.seals.append("b")
            self.before, self.path = self.path, out
        return ok

    def sealed(self):
        return validators.Sealed(self.path, self.before, self.original, "b", list(self.seals))


def permissions(_env, sealed):
    """Every seal's DocMDP and FieldMDP are kept, as pyHanko's comparison of revisions sees it."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    with open(sealed.path, "rb") as f:
        reader = PdfFileReader(f, strict=False)
        for signature in reader.embedded_regular_signatures:
            signature.compute_integrity_info()
            info = signature.summarise_integrity_info()
            if not info["docmdp_ok"]:
                return f"{signature.field_name}: {info['diff_result']}"
    return ""


def pdfsig(env, sealed):
    """As validators.pdfsig, but empty fields may be there. poppler looks for the value of a field whose widget
    is its kid in the widget, and finds none."""
    out = env.run("pdfsig", "-nocert", sealed.path).stdout
    valid = out.count("Signature Validation: Signature is Valid.")
    wanted = len(sealed.seals) - ("rights-apart" in sealed.name)
    return "" if valid == wanted and (not valid or "Total document signed" in out) else f"{valid} of {wanted} valid: {out[-400:]}"


EACH = [check for check in validators.EACH if check[0] in ("bytes", "qpdf", "openssl-cms")]
EACH += [("pdfsig", pdfsig), ("permissions", permissions)]


def judge(bench):
    done = []
    for name, document, steps in cases():
        chain = Chain(bench, name, document)
        for step in steps:
            if not chain.step(*step):
                break
            if step[0] == "sign":
                done.append(chain.sealed())
    for sealed in done:
        for label, function in EACH:
            wrong = function(bench.env, sealed)
            bench.count(not wrong, f"{sealed.name}: {label}: {wrong}")
    for path, wrong in validators.dss(bench.env, done).items():
        bench.count(not wrong, f"{os.path.basename(path)}: dss: {wrong}")
    for name, document, steps, options in refused():
        chain = Chain(bench, "no-" + name, document)
        for step in steps:
            chain.step(*step)
        run, out = chain.sign(*options)
        bench.count(run.returncode == 65 and not os.path.exists(out), f"{name}: exit {run.returncode}: {run.stderr[-300:]}")
