"""Filled forms and fields with seed values, judged from outside: what a field asks of its signature is kept as
every validator sees it, or refused by the name of what is asked; what `--fill` wrote is read by other programs,
in the value and in the appearance, and the seals before it stay valid where they permit it.
"""
import json
import os
import re

import rights
import sealmaker
import validators

BOX = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
WIDGET = b"<< /Type /Annot /Subtype /Widget /F 4 /P 3 0 R /Rect [50 %d 200 %d] %s >>"
KEYS = b"/DR << /Font << /Helv 13 0 R >> >> /DA (/Helv 10 Tf 0 g)"


def widget(at, more):
    return WIDGET % (at, at + 20, more)


def document(kind="table", seed=b""):
    """Fields 'name', 'paid', 'country', 'size' (two radio buttons), and the empty signature field 'Seal'."""
    fields = {5: widget(700, b"/FT /Tx /T (name)"),
              6: widget(660, b"/FT /Btn /T (paid) /AS /Off /AP << /N << /Yes 14 0 R /Off 14 0 R >> >>"),
              7: widget(620, b"/FT /Ch /Ff 131072 /T (country) /Opt [[(fi) (Finland)] [(se) (Sweden)]]"),
              8: b"<< /FT /Btn /Ff 49152 /T (size) /Kids [9 0 R 10 0 R] /Opt [(small) (large)] >>",
              9: widget(580, b"/Parent 8 0 R /AS /Off /AP << /N << /0 14 0 R /Off 14 0 R >> >>"),
              10: widget(540, b"/Parent 8 0 R /AS /Off /AP << /N << /1 14 0 R /Off 14 0 R >> >>"),
              11: widget(500, b"/FT /Sig /T (Seal) " + (b"/SV " + seed if seed else b"")),
              12: widget(460, b"/FT /Sig /T (Last)")}
    return sealmaker.base(kind, b"1.7", more={**fields, 13: FONT, 14: BOX},
                          page=b" /Annots [5 0 R 6 0 R 7 0 R 9 0 R 10 0 R 11 0 R 12 0 R]",
                          catalog=b" /AcroForm << /Fields [5 0 R 6 0 R 7 0 R 8 0 R 11 0 R 12 0 R] %s >>" % KEYS)


# (name, seed values, options): kept.
KEPT = [
    ("filter", b"<< /Ff 1 /Filter /Adobe.PPKLite >>", []),
    ("subfilter", b"<< /Ff 2 /SubFilter [/ETSI.CAdES.detached /adbe.pkcs7.detached] >>", []),
    ("digest", b"<< /Ff 64 /DigestMethod [(SHA512) (SHA256)] >>", []),
    ("reason", b"<< /Ff 8 /Reasons [(I agree) (I wrote this)] >>", ["--reason", "I agree"]),
    ("without-reason", b"<< /Ff 8 /Reasons [(.)] >>", []),
    ("approval", b"<< /MDP << /P 0 >> >>", []),
    ("certification", b"<< /MDP << /P 2 >> >>", []),
    ("subject", b"<< /Cert << /Ff 8 /SubjectDN [<< /C (FI) >>] >> >>", []),
    ("usage", b"<< /Cert << /Ff 32 /KeyUsage [(X1) (1X)] >> >>", []),
    ("wishes", b"<< /DigestMethod [(SHA1)] /Reasons [(x)] /SubFilter [/adbe.pkcs7.sha1] >>", []),
]
# (name, seed values, options, what the refusal names)
REFUSED = [
    ("filter", b"<< /Ff 1 /Filter /Entrust.PPKEF >>", [], r"/Filter"),
    ("subfilter", b"<< /Ff 2 /SubFilter [/adbe.pkcs7.detached] >>", [], r"/SubFilter"),
    ("digest", b"<< /Ff 64 /DigestMethod [(SHA1)] >>", [], r"/DigestMethod"),
    ("reason", b"<< /Ff 8 /Reasons [(I agree)] >>", ["--reason", "no"], r"/Reasons"),
    ("approval", b"<< /MDP << /P 0 >> >>", ["--certify", "2"], r"/MDP"),
    ("certification", b"<< /MDP << /P 1 >> >>", ["--certify", "2"], r"P=1"),
    ("timestamp", b"<< /TimeStamp << /URL (http://tsa.example/) /Ff 1 >> >>", [], r"/TimeStamp"),
    ("subject", b"<< /Cert << /Ff 8 /SubjectDN [<< /CN (Nobody) >>] >> >>", [], r"/SubjectDN"),
    ("usage", b"<< /Cert << /Ff 32 /KeyUsage [(00)] >> >>", [], r"/KeyUsage"),
    ("policy", b"<< /Cert << /Ff 4 /OID [(1.2.3.4)] >> >>", [], r"/OID"),
]
FILLS = ["--fill", "name=Gr\u00fc\u00dfe (1)", "--fill", "paid=Yes", "--fill", "country=Sweden"]
VALUES = {"name": "Gr\u00fc\u00dfe (1)", "paid": "/Yes", "country": "se"}
# The widgets of radio buttons are objects of their own, and pyHanko calls new states of theirs unexplained: with a seal
# before it that chain is not shown to it. EU DSS and pdfsig judge it.
RADIO = ["--fill", "size=large"]
SHOWN = ["Gr\u00fc\u00dfe (1)", "Sweden"]


def by_pyhanko(path):
    """{name: value} of the filled fields, and the states of the widgets."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    with open(path, "rb") as f:
        fields = PdfFileReader(f, strict=False).root["/AcroForm"]["/Fields"]
        found = {str(field["/T"]): str(field["/V"]) for field in map(lambda x: x.get_object(), fields)
                 if "/V" in field and field.get("/FT") != "/Sig"}
        size = next(x.get_object() for x in fields if x.get_object()["/T"] == "size")
        return found, [str(kid.get_object()["/AS"]) for kid in size["/Kids"]]


def by_qpdf(env, path):
    told = json.loads(env.run("qpdf", "--json=2", "--json-key=acroform", path).stdout)
    return {f["fullname"]: f["value"].removeprefix("u:") for f in told["acroform"]["fields"]
            if isinstance(f["value"], str) and f["fieldtype"] != "/Sig"}


def wrong_values(env, path, radio):
    wanted = {**VALUES, **({"size": "/1"} if radio else {})}
    found, states = by_pyhanko(path)
    seen = by_qpdf(env, path)
    text = env.run("pdftotext", "-enc", "UTF-8", path, "-").stdout
    missing = [part for part in SHOWN if part not in text]
    if found != wanted or states != ["/Off", "/1" if radio else "/Off"] or missing or wanted != {
            k: seen.get(k) for k in wanted}:
        return f"pyHanko {found} {states}, qpdf {seen}, not shown {missing}"
    return ""


def fill_chains(bench):
    """(chain, whether it has the radio button): filled with the first seal, after an approval, after a certification
    that permits it and after a lock of something else."""
    for kind in ("table", "stream"):
        for name, before in (("first", []), ("approved", [()]), ("certified", [("--certify", "2")]),
                             ("locked", [("--lock", "include:none")])):
            for radio in (False, True):
                chain = rights.Chain(bench, f"fill-{kind}-{name}{'-radio' * radio}", document(kind))
                steps = [("sign", "--field", "Seal", *step) for step in before]
                if all(chain.step(*step) for step in [*steps, ("sign", "--field", "Last", *FILLS, *RADIO * radio)]):
                    yield chain, radio


def judge(bench):
    done, unseen = [], set()
    for chain, radio in fill_chains(bench):
        wrong = wrong_values(bench.env, chain.path, radio)
        bench.count(not wrong, f"{os.path.basename(chain.path)}: values: {wrong}")
        done.append(chain.sealed())
        if radio and len(chain.seals) > 1:
            unseen.add(chain.path)
    for name, seed, options in KEPT:
        chain = rights.Chain(bench, "seed-" + name, document(seed=seed))
        if chain.step("sign", "--field", "Seal", *options):
            done.append(chain.sealed())
    checks = [check for check in rights.EACH if check[0] != "bytes"] + [("pyhanko", validators.pyhanko)]
    for sealed in done:
        for label, function in checks:
            if sealed.path in unseen and label in ("permissions", "pyhanko"):
                continue
            wrong = function(bench.env, sealed)
            bench.count(not wrong, f"{sealed.name}: {label}: {wrong}")
    for path, wrong in validators.dss(bench.env, done).items():
        bench.count(not wrong, f"{os.path.basename(path)}: dss: {wrong}")
    for name, seed, options, named in REFUSED:
        chain = rights.Chain(bench, "seed-no-" + name, document(seed=seed))
        run, out = chain.sign("--field", "Seal", *options)
        ok = run.returncode == 65 and not os.path.exists(out) and re.search(named, run.stderr)
        bench.count(ok, f"seed {name}: exit {run.returncode}: {run.stderr[-300:]}")
    locked(bench)


def locked(bench):
    """What a seal locks is not filled."""
    chain = rights.Chain(bench, "fill-locked", document())
    if chain.step("sign", "--field", "Seal", "--lock", "include:name"):
        run, out = chain.sign("--field", "Last", *FILLS, *RADIO)
        bench.count(run.returncode == 65 and not os.path.exists(out) and "name" in run.stderr,
                    f"locked: exit {run.returncode}: {run.stderr[-300:]}")
