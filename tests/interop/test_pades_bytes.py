#!/usr/bin/env python3
"""The judge judged: every rule of pades_bytes.py has at least one file that breaks it and nothing else.

Good files of several kinds come first: a checker that says no to everything would fail there.
Last line: "N passed, N failed".
"""
import hashlib
import sys

import cmswalk as cms
import pades_bytes
import sealmaker as make
from sealmaker import ATTR, SHA512, SMIME, algorithm, attribute, base, der, ess, integer, octets, oid, pss, seq

CASES = []


def case(rules, title):
    """A function that gives (input, output, level); rules is what must be broken, None for a good file."""
    def add(function):
        wanted = set() if rules is None else {rules} if isinstance(rules, str) else set(rules)
        CASES.append((wanted, title, function))
        return function
    return add


def prev_of(data):
    return int(data[data.rindex(b"startxref") + 9:].split()[0])


def size_of(data):
    return int(data[data.rindex(b"/Size") + 5:].split()[0])


def sealed(data=None, **bends):
    data = base() if data is None else data
    bends.setdefault("prev", prev_of(data))
    bends.setdefault("size", size_of(data))
    level = bends.get("level", "b")
    return data, make.seal(data, **bends), level


def bad(rules, title, data=None, **bends):
    CASES.append(({rules} if isinstance(rules, str) else set(rules), title, lambda: sealed(data, **bends)))


def good(title, data=None, **bends):
    CASES.append((set(), title, lambda: sealed(data, **bends)))


def swap(old, new, where="sig"):
    """Replaces text in one new object: field, sig, look; or catalog, page."""
    def bend(body, field):
        num = {"field": field, "sig": field + 1, "look": field + 2, "catalog": 1, "page": 3}[where]
        assert old in body[num], (old, body[num])
        body[num] = body[num].replace(old, new)
    return bend


def part(**changes):
    return lambda p: p.update(changes)


def attrs(change):
    return lambda p: change(p["attrs"], p)


def parts_drop(name):
    return attrs(lambda a, p: a.pop(name))


# -- good files

good("table, level b")
good("table, level t", level="t")
good("stream, level t", base("stream"), kind="stream", level="t")
good("ids with a gap", gap=1234)
good("no end of line behind the input's %%EOF", base(end=b""), glue=b"\n")
good("CRLF behind the input's %%EOF", base(end=b"\r\n"))
good("Z in the date", objects=swap(b"+01'00'", b"Z"))
good("PSS", parts=part(sig_alg=pss()))
good("entry 0 listed", rows=lambda r, f: r.update({0: ("f", 0, 65535)}))
good("an input with a free entry of generation 0", base(free=(5, 6)))
good("PDF 1.4 raised to 1.7", base(version=b"1.4"), esic=make.ESIC + b"/Version /1.7")
good("PDF 2.0 without extension", base(version=b"2.0"), esic=b"")
good("issuer and serial in the ESS attribute", parts=attrs(lambda a, p: a.update({SMIME + "47": [ess(
    p["cert"], issuer_serial=seq(seq(der(0xA4, make.distinguished("Authority of nobody"))), integer(4711)))]})))


INDIRECT = base(page=b"/Annots 5 0 R", more={5: b"[6 0 R]", 6: b"<< /Subtype /Link /Rect [0 0 1.50 1] >>"})
DIRECT = base(page=b"/Annots [6 0 R]", more={6: b"<< /Subtype /Link /Rect [0 0 1.50 1] >>"})


def annots_in_place(body, field):
    del body[3]
    body[5] = b"[6 0 R %d 0 R]" % field


good("an indirect /Annots, changed in place", INDIRECT, objects=annots_in_place)
good("a direct /Annots", DIRECT, objects=swap(b"/Annots [", b"/Annots [6 0 R ", "page"))


def twice(second=None, **first):
    data, once, _ = sealed(**first)
    bends = {
        "esic": first.get("esic", make.ESIC), "name": b"Seal2", "prev": prev_of(once), "size": size_of(once),
        "objects": lambda body, field: refer(body, field, size_of(data)),
    }
    bends.update(second or {})
    return data, make.seal(once, **bends), "b"


def refer(body, field, earlier):
    """The second seal keeps what the first one put into the form and on the page."""
    for num in (1, 3):
        body[num] = body[num].replace(b"[%d 0 R]" % field, b"[%d 0 R %d 0 R]" % (earlier, field))


case(None, "two seals, both revisions judged")(twice)
case(None, "two seals, only the last revision judged")(lambda: (None,) + twice()[1:])
case("W.8", "the second seal takes the first one's name")(lambda: twice({"name": b"Seal"}))
case("5.6.14", "/NeedAppearances dropped though something is signed")(lambda: needs_dropped())


def needs_dropped():
    keep = swap(b"/SigFlags 3", b"/SigFlags 3 /NeedAppearances true", "catalog")
    return twice(objects=keep, data=base(catalog=b"/AcroForm << /Fields [] /NeedAppearances true >>"))


# -- /ByteRange and /Contents

bad("5.6.1a", "the second range is not ordered", numbers=lambda n: (0, n[2], n[1], n[3]))
bad("5.6.1a", "the first number is 1", numbers=lambda n: (1, n[1], n[2], n[3]))
bad("5.6.1a", "three numbers", numbers=lambda n: b"[0 %d %d]" % n[1:3])
bad("5.6.1a", "a range that leaves the file", numbers=lambda n: (0, n[1], n[2], n[3] + 1))
bad("5.6.1b", "the gap starts a byte early", numbers=lambda n: (0, n[1] - 1, n[2], n[3]))
bad("5.6.1b", "the gap ends a byte late", numbers=lambda n: (0, n[1], n[2] + 1, n[3] - 1))
bad({"5.6.1c", "6.1.6"}, "the end of the file is not covered", numbers=lambda n: (0, n[1], n[2], n[3] - 1))


@case("5.6.1d", "the signature dictionary is direct")
def direct_value():
    def bend(body, field):
        body[field] = body[field].replace(b"/V %d 0 R" % (field + 1), b"/V " + body.pop(field + 1))
    data, out, level = sealed(objects=bend)
    return data, out, level


bad("5.6.2", "leading zeros in /ByteRange", numbers=lambda n: b"[0 0%d %d %d]" % n[1:])
bad("5.6.2", "two spaces in /ByteRange", numbers=lambda n: b"[0  %d %d %d]" % n[1:])
bad("5.6.2", "/ByteRange padded with tabs", numbers=lambda n: (b"[0 %d %d %d]" % n[1:]).ljust(60, b"\t"))
bad("5.6.3a", "white space in /Contents", contents=lambda d: d[:-2] + b" 0")
bad("5.6.3b", "a byte in the padding", contents=lambda d: d[:-2] + b"01")

# -- the update as a whole

bad({"5.6.4"}, "entries of 19 bytes", section=lambda s: s.replace(b" n \n", b" n\n"))
bad("5.6.5a", "no line feed behind %%EOF", tail=lambda at: b"startxref\n%d\n%%%%EOF" % at)
bad("5.6.5a", "CRLF behind %%EOF", tail=lambda at: b"startxref\n%d\n%%%%EOF\r\n" % at)
bad("5.6.5b", "CRLF before the update", base(end=b""), glue=b"\r\n")
bad("5.6.5b", "nothing between %%EOF and the update", base(end=b""))
bad("5.6.6", "a table after a stream", base("stream"))
bad("5.6.6", "a stream after a table", kind="stream")
bad("5.6.7", "/Type /XRef in a table's trailer", trailer=lambda t: t.update({b"Type": b"/XRef"}))
bad("5.6.7", "/W in a table's trailer", trailer=lambda t: t.update({b"W": b"[1 2 1]"}))


@case("5.6.7", "/XRefStm repeated")
def repeated_xrefstm():
    hybrid = make.base()
    rows = {0: ("f", 0, 65535), 20: ("n", 0, 0)}
    at = hybrid.rindex(b"xref\n0 ")
    stream = make.section_bytes("stream", {**rows, 20: ("n", at, 0)}, {b"Size": b"21"}, 20)
    end = hybrid[at:].replace(b"/Size 5", b"/Size 21 /XRefStm %d" % at)
    end = end[:end.index(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % (at + len(stream))
    return sealed(hybrid[:at] + stream + end, trailer=lambda t: t.update({b"XRefStm": b"%d" % at}))


bad("5.6.8", "the stream does not list itself", base("stream"), kind="stream", rows=lambda r, f: r.pop(max(r)))
bad({"5.6.8", "W.5"}, "the stream lists itself elsewhere", base("stream"), kind="stream",
    rows=lambda r, f: r.update({max(r): ("n", 15, 0)}))
bad("5.6.9", "subsections in descending order", runs=lambda r: r[::-1])
bad("5.6.10", "entry 0 with generation 0", rows=lambda r, f: r.update({0: ("f", 0, 0)}))
bad("5.6.10", "an object nobody uses freed", base(more={5: b"null"}),
    rows=lambda r, f: r.update({5: ("f", 0, 1)}))

# -- dates, pages, forms

for date in (b"D:20260102030405+01'00", b"D:20260102030405", b"20260102030405Z", b"D:20260230030405Z",
             b"D:20260102030405+25'00'"):
    bad("5.6.11", f"/M {date.decode()}", objects=swap(b"D:20260102030405+01'00'", date))
bad("5.6.11", "no /M", objects=swap(b"/M (D:20260102030405+01'00')", b""))
bad("5.6.12", "an indirect /Annots made direct", INDIRECT, objects=swap(b"/Annots [", b"/Annots [6 0 R ", "page"))


@case("5.6.12", "a direct /Annots made indirect")
def annots_moved():
    def bend(body, field):
        body[3] = body[3].replace(b"[%d 0 R]" % field, b"%d 0 R" % (field + 3))
        body[field + 3] = b"[6 0 R %d 0 R]" % field
    return sealed(DIRECT, objects=bend)


bad("5.6.13a", "a number written anew", objects=swap(b"841.890", b"841.89", "page"))
bad("5.6.13a", "a key lost", base(catalog=b"/Lang (en)"))
bad("5.6.13a", "a key added", objects=swap(b"/Pages", b"/PageMode /UseNone /Pages", "catalog"))
bad("5.6.13a", "an annotation lost", DIRECT)
bad("5.6.13a", "/DR lost", base(catalog=b"/AcroForm << /Fields [] /DR << >> >>"))
bad("5.6.13b", "the information rewritten", objects=lambda b, f: b.update({4: b"<< /Producer (nothing) >>"}))
bad("5.6.14", "/NeedAppearances added", objects=swap(b"/SigFlags 3", b"/SigFlags 3 /NeedAppearances true", "catalog"))
good("/NeedAppearances dropped while nothing is signed",
     base(catalog=b"/AcroForm << /Fields [] /NeedAppearances true >>"))
bad("5.6.15a", "/SigFlags 1", objects=swap(b"/SigFlags 3", b"/SigFlags 1", "catalog"))
bad("5.6.15b", "/F 4", objects=swap(b"/F 132", b"/F 4", "field"))
bad("5.6.15b", "no /F", objects=swap(b"/F 132", b"", "field"))
bad("5.6.15c", "a rectangle with area", objects=swap(b"/Rect [0 0 0 0]", b"/Rect [0 0 9 9]", "field"))
bad("5.6.15d", "no /AP", objects=lambda b, f: (b.update({f: b[f][:b[f].index(b"/AP")] + b">>"}), b.pop(f + 2)))
bad("5.6.15d", "/AP without /BBox", objects=swap(b"/BBox [0 0 0 0]", b"", "look"))
bad("5.6.15d", "/AP that paints", objects=swap(b"/Length 0 >>\nstream\n", b"/Length 1 >>\nstream\nn", "look"))
TAGGED = {"catalog": b"/MarkInfo << /Marked true >>"}
CROPPED = base(page=b"/CropBox [10 20 500 700]", **TAGGED)


def tagged(body, field, tabs=b"/Tabs /S", page=b"/CropBox [10 20 500 700] ", corner=b"10 20", label=b"/TU (seal)"):
    body[3] = body[3].replace(b"/Annots", page + tabs + b" /Annots")
    body[field] = body[field].replace(b"/Rect [0 0 0 0]", b"/Rect [%s %s] %s" % (corner, corner, label))


good("a tagged file", CROPPED, objects=tagged, **TAGGED)
bad("5.6.15e", "a field inside the page of a tagged file", CROPPED, **TAGGED,
    objects=lambda b, f: tagged(b, f, corner=b"11 21"))
bad("5.6.15e", "a field without /TU in a tagged file", CROPPED, **TAGGED, objects=lambda b, f: tagged(b, f, label=b""))
bad("5.6.15f", "no /Tabs in a tagged file", CROPPED, **TAGGED, objects=lambda b, f: tagged(b, f, tabs=b""))
bad("5.6.15g", "/Tabs changed", base(page=b"/Tabs /R"), objects=swap(b"/Annots", b"/Tabs /S /Annots", "page"))
case("5.6.15g", "/Tabs added once signed")(lambda: twice({"objects": lambda b, f: (
    refer(b, f, size_of(base())), b.update({3: b[3].replace(b"/Annots", b"/Tabs /S /Annots")}))}))
TWO_PAGES = base(more={2: b"<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>",
                       5: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"})


def other_page(body, field):
    refer(body, field, size_of(TWO_PAGES))
    body.pop(3)
    body[5] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Annots [%d 0 R] >>" % field
    body[field] = body[field].replace(b"/P 3", b"/P 5")


case("5.6.15h", "the second field on another page")(lambda: twice({"objects": other_page}, data=TWO_PAGES))
bad("5.6.16", "the page does not name the widget", DIRECT,
    objects=lambda b, f: b.update({3: b[3].replace(b"[%d 0 R]" % f, b"[6 0 R]")}))
bad("5.6.16", "a /Parent that does not have it", objects=swap(b"/FT", b"/Parent 2 0 R /FT", "field"))
bad("5.6.16", "/P outside the page tree", base(more={
    7: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.890] /Resources << >> >>"}),
    objects=lambda b, f: b.update({7: b.pop(3), f: b[f].replace(b"/P 3", b"/P 7")}))
bad("5.6.17", "/Prop_Build of another shape", objects=swap(b"/App << /Name /pades >>", b"/App /pades"))
bad("5.6.21", "the widget named twice", objects=lambda b, f: b.update(
    {3: b[3].replace(b"[%d 0 R]" % f, b"[%d 0 R %d 0 R]" % (f, f))}))
bad("5.6.21", "a field with kids", objects=swap(b"/FT", b"/Kids [] /FT", "field"))

# -- versions, linearized, encryption, header

bad("5.6.20", "no /ESIC in 1.7", esic=b"")
bad("5.6.20", "no /ESIC in 1.4", base(version=b"1.4"), esic=b"")
bad("5.6.20", "/BaseVersion above the file's version", base(version=b"1.6"))
bad("5.6.20", "/ExtensionLevel 9", esic=b"/Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 9 >> >>")
bad("5.6.20a", "/ESIC in 2.0", base(version=b"2.0"))
bad("5.6.20c", "/Version raised too far", esic=make.ESIC + b"/Version /2.0")
bad("5.6.20c", "/Version raised from 1.4 to 1.6", base(version=b"1.4"),
    esic=make.ESIC.replace(b"1.7", b"1.6") + b"/Version /1.6")
PDFA = b"""<x xmlns:q="http://www.aiim.org/pdfa/ns/id/"><q:part>1</q:part></x>"""
PDFA = {"catalog": b"/Metadata 5 0 R", "more": {5: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(PDFA), PDFA)}}
PDFX = {"more": {4: b"<< /GTS_PDFXVersion (PDF/X-1a:2003) >>"}}
good("PDF/A-1 without extension", base(version=b"1.7", **PDFA), esic=b"", catalog=b"/Metadata 5 0 R")
bad("5.6.20a", "/ESIC in PDF/A-1", base(version=b"1.7", **PDFA), catalog=b"/Metadata 5 0 R")
bad("5.6.20a", "/Version in PDF/A-1", base(version=b"1.4", **PDFA), esic=b"/Version /1.7", catalog=b"/Metadata 5 0 R")
good("PDF/X without extension", base(version=b"1.3", **PDFX), esic=b"")
bad("5.6.20a", "/ESIC in PDF/X", base(version=b"1.4", **PDFX), esic=make.ESIC + b"/Version /1.7")
FOREIGN = base(version=b"1.4", catalog=b"/AcroForm << /Fields [5 0 R] /SigFlags 3 >>",
               more={5: b"<< /FT /Sig /T (other) /V << /Type /Sig >> >>"})
OTHER = swap(b"/Fields [", b"/Fields [5 0 R ", "catalog")
good("nothing but the field once something is signed", FOREIGN, objects=OTHER, esic=b"")
bad("5.6.20b", "/ESIC once something is signed", FOREIGN, objects=OTHER, esic=make.ESIC.replace(b"1.7", b"1.4"))
bad("5.6.20b", "/Version once something is signed", FOREIGN, objects=OTHER, esic=b"/Version /1.7")
LINEAR = b"<< /Linearized 1 /L 1 /H [1 1] /O 3 /E 1 /N 1 /T 1 >>"
good("a linearized input", base(first=LINEAR))
bad({"5.6.22", "5.6.13b"}, "the linearization dictionary rewritten", base(first=LINEAR),
    objects=lambda b, f: b.update({90: LINEAR}))
bad("5.6.23", "/ID changed", trailer=lambda t: t.update({b"ID": b"[<aa02> <bb02>]"}))
bad("5.6.23", "/ID lost", trailer=lambda t: t.pop(b"ID"))
bad("5.6.23", "/Encrypt added", trailer=lambda t: t.update({b"Encrypt": b"4 0 R"}))
bad("5.6.24", "a byte before the header", base(head=b" "))

# -- the CMS

bad("6.1.1", "no CMS at all", contents=lambda d: b"0" * len(d))
bad("6.1.1", "a length not minimal", parts=part(wrap=lambda b: b"\x30\x83\x00" + b[2:4] + b[4:]))
bad("6.1.1", "indefinite length", parts=part(wrap=lambda b: b"\x30\x80" + b[4:] + b"\0\0"))
bad("6.1.2", "two SignerInfos", parts=part(copies=2))
bad("6.1.2", "no SignerInfo", parts=part(copies=0))
bad("6.1.3", "encapsulated content", parts=part(content=der(0xA0, octets(b"x"))))
bad("6.1.3", "another content type", parts=part(content_type=oid(cms.OID_TST_INFO)))
bad({"6.1.4", "6.1.7"}, "no certificate", parts=part(certs=[]))
bad("6.1.5", "content-type says something else", parts=attrs(lambda a, p: a.update({ATTR + "3": [oid(cms.OID_TST_INFO)]})))
bad("6.1.5", "no content-type", parts=parts_drop(ATTR + "3"))
bad("6.1.6", "another digest", parts=attrs(lambda a, p: a.update({ATTR + "4": [octets(bytes(32))]})))
bad("6.1.6", "no message-digest", parts=parts_drop(ATTR + "4"))
bad("6.1.7", "no signing-certificate-v2", parts=parts_drop(SMIME + "47"))
bad("6.1.7", "the hash of another certificate",
    parts=attrs(lambda a, p: a.update({SMIME + "47": [ess(make.certificate(5))]})))
bad("6.1.7", "the serial of another certificate", parts=attrs(lambda a, p: a.update({SMIME + "47": [ess(
    p["cert"], issuer_serial=seq(seq(der(0xA4, make.distinguished("Authority of nobody"))), integer(4712)))]})))
bad("6.1.7", "signing-certificate too", parts=attrs(lambda a, p: a.update(
    {SMIME + "12": [seq(seq(seq(octets(hashlib.sha1(p["cert"]).digest()))))]})))
bad("6.1.8", "SHA-256 spelled out",
    parts=attrs(lambda a, p: a.update({SMIME + "47": [ess(p["cert"], explicit=make.SHA256)]})))
good("SHA-512 spelled out", parts=attrs(lambda a, p: a.update({SMIME + "47": [ess(
    p["cert"], explicit=SHA512, digest=hashlib.sha512(p["cert"]).digest())]})))
bad("6.1.9", "signing-time", parts=attrs(lambda a, p: a.update({ATTR + "5": [der(0x17, b"260101000000Z")]})))
bad("6.1.10", "attributes not sorted", parts=part(sort=False))
bad("6.1.10", "an attribute with two values",
    parts=attrs(lambda a, p: a.update({ATTR + "52": [seq(), seq(integer(1))]})))
bad("6.1.10", "an attribute twice", parts=lambda p: p["more_attrs"].extend(
    [attribute(ATTR + "52", seq()), attribute(ATTR + "52", seq(integer(1)))]))
bad("6.1.11", "content-identifier", parts=attrs(lambda a, p: a.update({SMIME + "7": [octets(b"1")]})))
bad("6.1.11", "a countersignature", parts=part(unsigned=[attribute(ATTR + "6", seq())]))
bad("6.1.11", "revocation-values", parts=part(unsigned=[attribute(SMIME + "24", seq())]))
bad("6.1.12", "no /Type", objects=swap(b"/Type /Sig", b""))
bad("6.1.12", "no /Filter", objects=swap(b"/Filter /Adobe.PPKLite", b""))
bad("6.1.12", "/Cert", objects=swap(b"/Type /Sig", b"/Type /Sig /Cert <00>"))
bad("6.1.13", "/Reason beside a commitment", objects=swap(b"/Type /Sig", b"/Type /Sig /Reason (r)"),
    parts=attrs(lambda a, p: a.update({SMIME + "16": [seq(oid("1.2.840.113549.1.9.16.6.1"))]})))
good("/Reason alone", objects=swap(b"/Type /Sig", b"/Type /Sig /Reason (r)"))
bad("6.1.14", "level t without a timestamp", level="t", parts=part(unsigned=[]))
bad("6.1.14", "level b with one", parts=lambda p: p.update(
    unsigned=[attribute(SMIME + "14", make.timestamp(p["signature"]))]))
bad("6.1.15", "the signature says another digest", parts=part(sig_alg=algorithm("1.2.840.113549.1.1.13", der(5))))
bad({"6.1.15"}, "SHA-1", parts=part(digest_alg=algorithm("1.3.14.3.2.26")))
bad("6.1.15", "digestAlgorithms without the one used", parts=part(digests=[algorithm(SHA512)]))
bad("5.1", "adbe.pkcs7.detached", objects=swap(b"ETSI.CAdES.detached", b"adbe.pkcs7.detached"))
bad("5.5", "an empty /Reference entry", objects=swap(b"/Type /Sig", b"/Type /Sig /Reference [<< >>]"))
bad("5.6.18", "PSS with the MGF's SHA-512", parts=part(sig_alg=pss(mgf=SHA512)))
bad("5.6.18", "PSS with a salt of 20", parts=part(sig_alg=pss(salt=20)))
bad("5.6.18", "PSS with the defaults of 1998", parts=part(sig_alg=algorithm(cms.OID_PSS, seq())))
bad("5.6.19", "a timestamp of something else", level="t", parts=lambda p: p.update(
    unsigned=[attribute(SMIME + "14", make.timestamp(b"else"))]))
bad("5.6.19", "a SHA-1 imprint", level="t", parts=lambda p: p.update(
    unsigned=[attribute(SMIME + "14", make.timestamp(p["signature"], "sha1", "1.3.14.3.2.26"))]))
bad("5.6.19", "a SHA-512 imprint, as some authorities answer with a broken token", level="t", parts=lambda p: p.update(
    unsigned=[attribute(SMIME + "14", make.timestamp(p["signature"], "sha512", SHA512))]))

# -- what a writer must not do


@case("W.0", "the section is not where startxref says")
def wrong_startxref():
    return sealed(tail=lambda at: b"startxref\n%d\n%%%%EOF\n" % (at + 1))


@case("W.1", "a byte of the input changed")
def changed_input():
    data, out, level = sealed()
    return data.replace(b"(nothing)", b"(Nothing)"), out, level


@case("6.1.6", "a covered byte changed afterwards")
def changed_output():
    data, out, level = sealed()
    return data.replace(b"(nothing)", b"(Nothing)"), out.replace(b"(nothing)", b"(Nothing)"), level


case("W.1", "nothing appended")(lambda: (base(), base(), "b"))
bad("W.2", "ids of free entries used again", base(free=(5, 6, 7)), first_id=5, trailer=lambda t: t.update({b"Size": b"8"}))
bad("W.2", "ids below a /Size that lies", base(trailer={b"Size": b"50"}), size=20,
    trailer=lambda t: t.update({b"Size": b"50"}))
bad("W.3", "a reference planted in the catalog", base(catalog=b"/Lang 5 0 R"), catalog=b"/Lang 5 0 R")
bad("W.3", "a reference planted in the trailer", base(trailer={b"Planted": b"5 0 R"}))
case("W.4", "/Prev passes over the revision before")(lambda: skipped_revision())


def skipped_revision():
    first, out, level = twice({"prev": prev_of(base())})
    once = sealed(first)[1]
    return once, out, level


bad("W.4", "/Size too small", trailer=lambda t: t.update({b"Size": b"7"}))
bad("W.4", "/Size too large", trailer=lambda t: t.update({b"Size": b"70"}))
bad("W.4", "/Info lost", trailer=lambda t: t.pop(b"Info"))
bad({"W.5", "W.6", "W.0"}, "an entry that leads to another object",
    rows=lambda r, f: r.update({f + 2: ("n", r[f][1], 0)}))
bad("W.6", "a comment in the update", glue=b"% hello\n")
bad("W.6", "an object that is not listed", glue=b"77 0 obj\nnull\nendobj\n")
bad("W.6", "text behind the section", tail=lambda at: b"%%x\nstartxref\n%d\n%%%%EOF\n" % at)
bad("W.7", "/Fields twice", objects=swap(b"/SigFlags 3", b"/SigFlags 3 /SigFlags 3", "catalog"))
bad("W.7", "/Root twice", section=lambda s: s.replace(b"/Root 1 0 R", b"/Root 1 0 R /Root 1 0 R"))
bad("W.8", "a full stop in the name", name=b"Se.al")
bad("W.8", "no name", objects=swap(b"/T (Seal)", b"", "field"))


def run_case(wanted, function):
    data, out, level = function()
    checker = pades_bytes.Checker(out, data, level)
    checker.run()
    return {rule for rule, _ in checker.broken}, checker.broken


def main():
    failed = 0
    for wanted, title, function in CASES:
        found, broken = run_case(wanted, function)
        if found != wanted:
            failed += 1
            print(f"not ok {title}: wanted {sorted(wanted)}, found {broken}")
    covered = set().union(*(wanted for wanted, _, _ in CASES))
    missing = sorted(set(pades_bytes.RULES) - covered)
    for rule in missing:
        print(f"not ok rule {rule} has no file that breaks it")
    print(f"{len(CASES) - failed + len(pades_bytes.RULES) - len(missing)} passed, {failed + len(missing)} failed")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
