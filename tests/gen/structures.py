#!/usr/bin/env python3
"""At least 500 files of every structure that a seal can meet, and of the pairs of structures.

    structures.py [--seed S] --pki FOLDER DIR

FACTORS are what a file is made of; pairwise.cover() makes rows in which each two levels meet. What has to be
refused (REFUSED) would hide everything else in a row: each of its levels stands in rows of its own, beside every
level of the rest. manifest.json says for each file "expect": "sealed" or how the reason of the refusal begins,
and "options" (of the first seal), "field", "password" where pades needs them. Files with earlier signatures are
signed by pyHanko; linearized ones are made by qpdf. What a field asks of the signer's certificate speaks of those
that pades-mkpki made in FOLDER.
"""
import argparse
import json
import os
import random
import subprocess
import sys

import claims
import pairwise
import pdfcrypt
import pdfwrite
from pdfwrite import N, R, Raw, Stm

FACTORS = {
    "kind": ["table", "stream", "hybrid", "linear", "linear-stream"],
    "packed": ["none", "some", "all"],
    "version": ["1.0", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.0"],
    "updates": [0, 1, 3, 11],
    "tree": ["one", "flat", "wide", "deep", "inherited", "shared"],
    "nodes": ["right", "count", "null", "untyped", "twice"],
    "annots": ["none", "direct", "indirect", "empty"],
    "form": ["missing", "direct", "indirect"],
    "fields": ["direct", "indirect"],
    "eol": ["LF", "CRLF", "CR"],
    "binary": [True, False],
    "id": [True, False],
    "spacing": [0, 1, 2],
    "free": ["none", "listed", "dead"],
    "encryption": ["none", *pdfcrypt.KINDS],
    "password": ["empty", "user", "owner"],
    # "below": none is there, a new one is made below what is
    "empty": ["none", "merged", "separate", "kid", "inherited", "utf16", "below"],
    "lock": ["none", "all", "include", "exclude"],
    "seed": ["none", "filter", "subfilter", "digest", "wishes", "certificate", "mdp", "lockdocument", "reasons"],
    "signed": ["none", "approval", "twice", "certify2", "certify3"],
    "xfa": ["none", "static"],
    "files": ["none", "attached", "collection"],
    "appearances": [False, True],
    "metadata": ["none", "plain", "flate"],
    "claims": ["none", "pdfa", "tagged"],
    "extensions": ["none", "direct", "indirect", "esic"],
    # what the first seal does besides
    "certify": ["none", "2", "3"],
    "locking": ["none", "all", "include", "exclude"],
    "fill": [False, True],
    "drop": [False, True],
}
# What has to be refused: {factor: {level: how the reason begins}}.
REFUSED = {
    "damage": {
        "endobj": "DOC_DAMAGED", "length": "DOC_DAMAGED", "truncated": "DOC_DAMAGED", "tail": "DOC_DAMAGED",
        "size": "DOC_DAMAGED", "number": "DOC_DAMAGED", "offset": "DOC_DAMAGED", "startxref": "DOC_DAMAGED",
        "before": "DOC_DAMAGED", "keys": "DOC_DAMAGED"},
    "gap": {"one": "DOC_DAMAGED", "many": "DOC_DAMAGED"},
    "rights": {"certify1": "DOC_NOT_PERMITTED", "ur3": "DOC_NOT_PERMITTED", "password": "DOC_ENCRYPTED",
               "permissions": "DOC_NOT_PERMITTED"},
    "forms": {"dynamic": "DOC_UNSUPPORTED"},
    "wanted": dict.fromkeys((
        "subfilter", "digest", "subject", "name", "issuer", "usage", "mdp", "timestamp", "lockdocument",
        "reasons"), "DOC_NOT_PERMITTED: the field requires "),
    "handler": {
        "aesv4": "DOC_UNSUPPORTED: the document is encrypted with AES-GCM",
        "authcode": "DOC_UNSUPPORTED: the document is encrypted with an integrity code",
        "certificates": "DOC_UNSUPPORTED: the document is encrypted with certificates"},
    "pages": {"null": "DOC_DAMAGED", "loop": "DOC_DAMAGED", "neither": "DOC_DAMAGED", "missing": "DOC_DAMAGED"},
    # what cannot be done once somebody has signed
    "deed": {"nest": "DOC_NOT_PERMITTED", "certify": "DOC_NOT_PERMITTED", "drop": "DOC_NOT_PERMITTED"},
}
AT_LEAST = 500
EOLS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}
NEED_FIELD = ("lock", "seed")
SIGNED = ("approval", "twice", "certify2", "certify3")
REASON = b"I wrote this"
# Bits of /Ff of a seed value dictionary, and of the one of the certificate.
FILTER, SUB_FILTER, REASONS, DIGEST, LOCK_DOCUMENT = 1, 2, 8, 64, 128
SUBJECT, ISSUER, SUBJECT_DN, KEY_USAGE = 1, 2, 8, 32
# Seed values of which pyHanko reads a string.
SEED_STRINGS = ("digest", "wishes", "subfilter", "certificate", "reasons")


def late(version):
    return float(version) >= 1.5


def allowed(row):
    """The rules by which levels go together; a row may be incomplete."""
    def has(factor, *levels):
        return row.get(factor) in levels
    known = row.keys()
    rules = [
        has("packed", "some", "all") and has("kind", "table", "linear"),
        has("kind", "stream", "hybrid", "linear-stream") and "version" in known and not late(row["version"]),
        has("kind", "linear-stream") and has("packed", "none"),
        has("kind", "hybrid") and has("packed", "all"),
        # qpdf writes linearized files itself
        has("kind", "linear", "linear-stream") and (has("eol", "CRLF", "CR") or has("spacing", 1, 2) or has(
            "free", "listed", "dead") or has("version", "1.0") or has("binary", False)),
        # and mends their page trees
        has("kind", "linear", "linear-stream") and has("nodes", "count", "null", "untyped", "twice"),
        has("version", "2.0") and has("id", False),
        "encryption" in known and row["encryption"] != "none" and (
            has("id", False) or has("password", None) and "password" in known),
        has("encryption", "none") and has("password", "user", "owner"),
        # what follows of others: without an encryption there is no password, and what needs an empty field needs a form
        has("password", "user", "owner") and has("id", False),
        has("form", "missing") and any(f in known and row[f] != "none" for f in NEED_FIELD),
        has("packed", "some", "all") and "version" in known and not late(row["version"]),
        "encryption" in known and row["encryption"].startswith(("rc4-cf", "aes", "identity")) and has(
            "version", "1.0", "1.2", "1.3", "1.4"),
        has("form", "missing") and (has("fields", "indirect") or has("xfa", "static") or has("appearances", True)),
        has("form", "missing") and "empty" in known and row["empty"] != "none",
        has("empty", "none", "below") and any(f in known and row[f] != "none" for f in NEED_FIELD),
        # only the first signature certifies; usage rights and the hierarchy of fields stay what was signed
        has("signed", *SIGNED) and (has("certify", "2", "3") or has("seed", "mdp") or has("drop", True) or has(
            "empty", "below")),
        has("seed", "mdp") and has("certify", "3"),  # it asks for P=2
        # a field says itself what its signature locks
        "lock" in known and row["lock"] != "none" and "locking" in known and row["locking"] != "none",
        has("fill", True) and (has("form", "missing") or has("xfa", "static")),
        has("claims", "pdfa", "tagged") and has("metadata", "none"),
        # pyHanko knows neither /Identity, nor revision 5, nor metadata in the clear
        has("encryption", "identity", "aesv3-r5") and "signed" in known and row["signed"] != "none",
        has("encryption", "aesv2-nometa", "aesv3-nometa") and "signed" in known and row["signed"] != "none" and (
            has("metadata", "plain", "flate")),
        has("spacing", 2) and has("signed", *SIGNED),
        has("nodes", "untyped") and has("signed", *SIGNED),  # pyHanko signs no page without its /Type
    ]
    return not any(rules)


class Builder:
    """One file from one row."""

    def __init__(self, row, seed, pki):
        self.row, self.rng, self.pki = row, random.Random(seed), pki
        self.objects, self.next, self.hidden, self.free = {}, 1, set(), set()
        self.linear = row["kind"].startswith("linear")
        self.ident = bytes(self.rng.randrange(256) for _ in range(16))
        self.lock = None
        if row["encryption"] != "none":
            user = b"" if row["password"] == "empty" else b"user"
            self.lock = pdfcrypt.Lock(self.rng, row["encryption"], self.ident, user,
                                      permissions=self._permissions())

    def _permissions(self):
        return -3904 if self.row.get("rights") == "permissions" else -4

    def add(self, value):
        num = self.next
        self.next += 1
        self.objects[num] = value
        return R((num, 0))

    # -- content

    def document(self):
        self.catalog = {"Type": N("Catalog")}
        self.root = self.add(self.catalog)
        if self.row["free"] != "none":
            self.free |= {self.next, self.next + 2}
            self.next += 1
            self.add({"Note": N("between")})
            self.next += 1
        self.font = self.add({"Type": N("Font"), "Subtype": N("Type1"), "BaseFont": N("Helvetica")})
        self.resources = {"Font": {"F1": self.font}}
        self.pages = []
        self.catalog["Pages"] = self._tree()
        if self.row.get("pages") == "missing":
            del self.catalog["Pages"]
        if self.row["damage"] == "keys":
            self.catalog[Raw(b"/Pages")] = self.catalog["Pages"]
        if self.row["form"] != "missing":
            self._form()
        self._files()
        self._metadata()
        self._extensions()
        if self.row["drop"] or self.row.get("rights") == "ur3" or self.row.get("deed") == "drop":
            self.catalog["Perms"] = {"UR3": self.add(self._usage_rights())}

    @staticmethod
    def _usage_rights():
        reference = {"Type": N("SigRef"), "TransformMethod": N("UR3"), "TransformParams": {
            "Type": N("TransformParams"), "V": N("2.2"), "Form": [N("FillIn"), N("SubmitStandalone")]}}
        return {"Type": N("Sig"), "Filter": N("Adobe.PPKLite"), "SubFilter": N("adbe.pkcs7.detached"),
                "Contents": Raw(b"<30800000>"), "ByteRange": [0, 10, 20, 10], "Reference": [reference]}

    def _node(self, parent, **more):
        node = {"Type": N("Pages"), **more}
        if parent:
            node["Parent"] = parent
        return node, self.add(node)

    def _tree(self):
        kind = self.row["tree"]
        count = {"one": 1, "flat": 5, "wide": 60, "deep": 2, "inherited": 3, "shared": 3}[kind]
        top, ref = self._node(None, MediaBox=[0, 0, 300, Raw(b"400.0")])
        place, last = top, ref
        chain = [top]
        for _ in range(12 if kind == "deep" else 1 if kind == "inherited" else 0):
            below, below_ref = self._node(last)
            place["Kids"] = [below_ref]
            place, last = below, below_ref
            chain.append(below)
        if kind == "inherited":
            top["Resources"], top["Rotate"], place["CropBox"] = self.resources, 90, [0, 0, 200, 300]
        shared = self.add(self.resources) if kind == "shared" else None
        contents = self.add(Stm({}, b"BT /F1 20 Tf 40 200 Td (shared) Tj ET")) if kind == "shared" else None
        place["Kids"] = [self._page(last, kind, shared, contents) for _ in range(count)]
        self._malformed(place, ref, last)
        for node in chain:
            node["Count"] = 99 if self.row["nodes"] == "count" and node is chain[-1] else count
            if self.row["nodes"] == "untyped":
                del node["Type"]
        if kind == "shared":
            place["Kids"] = self.add(place["Kids"])
        return ref

    def _malformed(self, place, top, last):
        """What stands in the lowest /Kids beside the pages, or instead of them."""
        kids, nodes, pages = place["Kids"], self.row["nodes"], self.row.get("pages")
        if nodes == "null":
            kids.append(self.add(None))
        elif nodes == "twice":
            kids.append(kids[-1])
        elif nodes == "untyped":
            del self.objects[kids[-1][0]]["Type"]
        if pages == "null":
            kids.append(None)
        elif pages == "loop":
            kids.insert(0, top)
        elif pages == "neither":
            kids.insert(0, self.add({"Type": N("Pages"), "Parent": last, "Count": 0}))

    def _page(self, parent, kind, shared, contents):
        text = b"BT /F1 20 Tf 40 200 Td (page %d) Tj ET" % (len(self.pages) + 1)
        page = {"Type": N("Page"), "Parent": parent,
                "Contents": contents or self.add(Stm({}, text, flate=self.rng.randrange(2) > 0))}
        if kind != "inherited":
            page["Resources"] = shared or self.resources
        ref = self.add(page)
        self._annots(page, ref)
        self.pages.append(ref)
        return ref

    def _annots(self, page, ref):
        kind = self.row["annots"]
        if kind == "none" or len(self.pages) > 5:
            return
        links = [] if kind == "empty" else [self.add({"Type": N("Annot"), "Subtype": N("Link"), "P": ref, "F": 4,
                                                      "Rect": [10, 10, Raw(b"50.50"), 20], "Border": [0, 0, 0]})]
        self.hidden |= {link[0] for link in links}
        page["Annots"] = self.add(links) if kind == "indirect" else links

    def _widget(self, extra):
        page_ref = self.pages[0]
        widget = self.add({"Type": N("Annot"), "Subtype": N("Widget"), "Rect": [100, 100, 200, 120], "F": 4,
                           "P": page_ref, **extra})
        annots = self.objects[page_ref[0]].setdefault("Annots", [])
        (self.objects[annots[0]] if isinstance(annots, R) else annots).append(widget)
        return widget

    def _form(self):
        fields = [self._widget({"FT": N("Tx"), "T": b"text", "V": b"one"})]
        if self.row["empty"] == "below":
            fields.append(self._group())
        elif self.row["empty"] != "none":
            fields.append(self._empty())
        form = {"Fields": self.add(fields) if self.row["fields"] == "indirect" else fields,
                "DR": {"Font": {"Helv": self.font}}, "DA": b"/Helv 0 Tf 0 g"}
        if self.row["appearances"]:
            form["NeedAppearances"] = True
        if self.row["xfa"] == "static" or self.row.get("forms") == "dynamic":
            form["XFA"] = self._xfa(self.row.get("forms") == "dynamic")
        self.catalog["AcroForm"] = self.add(form) if self.row["form"] == "indirect" else form

    def _xfa(self, dynamic):
        render = b"required" if dynamic else b"forbidden"
        if dynamic:
            self.catalog["NeedsRendering"] = True
        xml = (b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><config xmlns="http://www.xfa.org/schema/xci/2.6/">'
               b"<acrobat><acrobat7><dynamicRender>%s</dynamicRender></acrobat7></acrobat></config></xdp:xdp>" % render)
        return self.add(Stm({}, xml))

    def _field_extras(self):
        out = {}
        lock = {"all": {"Action": N("All")}, "include": {"Action": N("Include"), "Fields": [b"text"]},
                "exclude": {"Action": N("Exclude"), "Fields": [b"text"]}}.get(self.row["lock"])
        if lock:
            out["Lock"] = self.add({"Type": N("SigFieldLock"), **lock})
        seed = self._wanted() if self.row.get("wanted", "none") != "none" else self._seed()
        if seed:
            out["SV"] = self.add({"Type": N("SV"), **seed})
        return out

    def _certificate(self, name):
        with open(os.path.join(self.pki, name + ".der"), "rb") as f:
            return f.read()

    def _seed(self):
        """What the seal meets, or what is only wished for."""
        kind = self.row["seed"]
        if kind == "certificate":
            return {"Cert": {"Type": N("SVCert"), "Ff": SUBJECT | SUBJECT_DN | ISSUER | KEY_USAGE,
                             "Subject": [self._certificate("seal-p384"), self._certificate("seal-p256")],
                             "SubjectDN": [{"C": b"FI", "O": b"Demo Company Oy"}],
                             "Issuer": [self._certificate("issuing")], "KeyUsage": [b"1", b"X1"]}}
        return {"filter": {"Filter": N("Adobe.PPKLite"), "Ff": FILTER},
                # pyHanko holds every signer to the first one: docs/corpus.md
                "subfilter": {"SubFilter": [N("ETSI.CAdES.detached"), N("adbe.pkcs7.detached")], "Ff": SUB_FILTER},
                "digest": {"DigestMethod": [b"SHA512", b"SHA256"], "Ff": DIGEST},
                "wishes": {"SubFilter": [N("adbe.pkcs7.sha1")], "Reasons": [REASON], "AddRevInfo": True,
                           "TimeStamp": {"URL": b"http://tsa.example/", "Ff": 0}},
                "mdp": {"MDP": {"P": 2}},
                "lockdocument": {"LockDocument": N("false"), "Ff": LOCK_DOCUMENT},
                "reasons": {"Reasons": [b"I read this", REASON], "Ff": REASONS}}.get(kind)

    def _wanted(self):
        """What the seal does not meet."""
        def cert(bits, **asked):
            return {"Cert": {"Ff": bits, **asked}}
        kind = self.row["wanted"]
        if kind in ("subject", "issuer"):
            other = [self._certificate("seal-p384")]
            return cert(SUBJECT, Subject=other) if kind == "subject" else cert(ISSUER, Issuer=other)
        return {"subfilter": {"SubFilter": [N("adbe.pkcs7.detached")], "Ff": SUB_FILTER},
                "digest": {"DigestMethod": [b"SHA1"], "Ff": DIGEST},
                "name": cert(SUBJECT_DN, SubjectDN=[{"CN": b"Somebody else"}]),
                "usage": cert(KEY_USAGE, KeyUsage=[b"1"]),
                "mdp": {"MDP": {"P": 0}},
                "timestamp": {"TimeStamp": {"URL": b"http://tsa.example/", "Ff": 1}},
                "lockdocument": {"LockDocument": N("true"), "Ff": LOCK_DOCUMENT},
                "reasons": {"Reasons": [b"I read this"], "Ff": REASONS}}[kind]

    def _group(self):
        """A field that has others below it, and none of them to be signed."""
        self.field, group = "Form.New", {"T": b"Form"}
        ref = self.add(group)
        group["Kids"] = [self._widget({"Parent": ref, "FT": N("Tx"), "T": b"note", "V": b"small"})]
        return ref

    def _empty(self):
        """The empty signature field, and its full name."""
        kind, extra = self.row["empty"], self._field_extras()
        self.field = {"kid": "Form.Seal[0]", "inherited": "Form.Seal", "utf16": "Segl \u00e6\u00f8\u00e5"}.get(kind, "Seal")
        if kind == "merged":
            return self._widget({"FT": N("Sig"), "T": b"Seal", **extra})
        if kind == "utf16":
            return self._widget({"FT": N("Sig"), "T": b"\xfe\xff" + self.field.encode("utf-16-be"), **extra})
        if kind == "separate":
            field = {"FT": N("Sig"), "T": b"Seal", **extra}
            ref = self.add(field)
            field["Kids"] = [self._widget({"Parent": ref})]
            return ref
        group = {"T": b"Form"}
        ref = self.add(group)
        if kind == "inherited":
            group["FT"] = N("Sig")
            group["Kids"] = [self._widget({"Parent": ref, "T": b"Seal", **extra})]
        else:
            group["Kids"] = [self._widget({"Parent": ref, "FT": N("Sig"), "T": b"Seal[0]", **extra})]
        return ref

    def _files(self):
        if self.row["files"] == "none":
            return
        stream = self.add(Stm({"Type": N("EmbeddedFile"), "Params": {"Size": 5}}, b"<xml>"))
        spec = self.add({"Type": N("Filespec"), "F": b"invoice.xml", "UF": b"invoice.xml", "EF": {"F": stream}})
        self.catalog["Names"] = {"EmbeddedFiles": {"Names": [b"invoice.xml", spec]}}
        if self.row["files"] == "collection":
            self.catalog["Collection"] = {"Type": N("Collection"), "View": N("D")}

    def _metadata(self):
        if self.row["metadata"] == "none":
            return
        xml = (b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
               b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta><?xpacket end="w"?>')
        if self.row["claims"] == "pdfa":
            xml = claims.xmp("a (title)", part=2)
            profile = self.add(Stm({"N": 3}, claims.icc(), flate=True))
            self.catalog["OutputIntents"] = [{
                "Type": N("OutputIntent"), "S": N("GTS_PDFA1"), "OutputConditionIdentifier": b"RGB of the generator",
                "Info": b"RGB of the generator", "DestOutputProfile": profile}]
        elif self.row["claims"] == "tagged":
            xml = claims.xmp("a (title)", ua=True)
            self._tagged()
        self.catalog["Metadata"] = self.add(Stm({"Type": N("Metadata"), "Subtype": N("XML")}, xml,
                                                flate=self.row["metadata"] == "flate"))

    def _tagged(self):
        tree = {"Type": N("StructTreeRoot")}
        ref = self.add(tree)
        tree["K"] = [self.add({"Type": N("StructElem"), "S": N("Document"), "P": ref, "K": []})]
        self.catalog.update({"StructTreeRoot": ref, "MarkInfo": {"Marked": True}, "Lang": b"en-GB",
                             "ViewerPreferences": {"DisplayDocTitle": True}})

    def _extensions(self):
        kind = self.row["extensions"]
        if kind == "none":
            return
        who = {"esic": {"ESIC": {"BaseVersion": N("1.7"), "ExtensionLevel": 2}}}.get(
            kind, {"ADBE": {"BaseVersion": N("1.7"), "ExtensionLevel": 3}})
        self.catalog["Extensions"] = self.add(who) if kind == "indirect" else who

    def _handler(self):
        """An encryption that is not known here; enough of it to be refused by its name."""
        def random_bytes(n):
            return bytes(self.rng.randrange(256) for _ in range(n))
        if self.row["handler"] == "aesv4":
            return {"Filter": N("Standard"), "V": 6, "R": 7, "Length": 256, "P": -4, "O": random_bytes(48),
                    "U": random_bytes(48), "OE": random_bytes(32), "UE": random_bytes(32), "Perms": random_bytes(16),
                    "CF": {"StdCF": {"CFM": N("AESV4"), "AuthEvent": N("DocOpen"), "Length": 32}},
                    "StmF": N("StdCF"), "StrF": N("StdCF")}
        return {"Filter": N("Adobe.PubSec"), "SubFilter": N("adbe.pkcs7.s5"), "V": 4, "Length": 128,
                "CF": {"DefaultCryptFilter": {"CFM": N("AESV2"), "Length": 128, "Recipients": [random_bytes(200)]}},
                "StmF": N("DefaultCryptFilter"), "StrF": N("DefaultCryptFilter")}

    # -- layout

    def layout(self):
        row = self.row
        self.kind = {"linear": "table", "linear-stream": "stream"}.get(row["kind"], row["kind"])
        style = pdfwrite.Style(self.rng, EOLS[row["eol"]], row["spacing"])
        self.file = pdfwrite.File(style, row["version"], row["binary"], self.lock)
        self.trailer = {"Root": self.root, "Info": self.add({"Producer": b"generator", "Title": b"a (title)"})}
        if row["id"] or self.lock:
            self.trailer["ID"] = [self.ident, self.ident]
        if self.lock:
            self.trailer["Encrypt"] = self.add(self.lock.dictionary())
            self.file.clear.add(self.trailer["Encrypt"][0])
        if row.get("handler") == "authcode":
            self.trailer["AuthCode"] = {"MACLocation": N("Standalone"), "ByteRange": [0, 10, 20, 10],
                                        "MAC": Raw(b"<3080>")}
        elif row.get("handler", "none") != "none":
            self.trailer["Encrypt"] = self.add(self._handler())
            self.file.clear.add(self.trailer["Encrypt"][0])
        if row.get("gap"):
            self.skipped = set(range(self.next, self.next + (1 if row["gap"] == "one" else 40)))
            self.next += len(self.skipped)
            self.add({"Note": N("behind")})
        self._revision(dict(self.objects))
        for _ in range(0 if self.linear else row["updates"]):
            self._update()

    def _update(self):
        if self.file.out[-1:] not in b"\r\n":
            self.file.out += b"\n"
        num = self.rng.choice(self.pages)[0]
        self.objects[num] = {**self.objects[num], "UserUnit": 1}
        note = self.add({"Note": b"added (later)"})
        self._revision({num: self.objects[num], note[0]: self.objects[note[0]]})

    def _packed(self, objects):
        """Ids for object streams."""
        if self.kind == "table" or self.row["packed"] == "none" or self.linear:
            return []
        keep = set(self.file.clear)
        if self.kind == "hybrid":
            return [n for n in objects if n in self.hidden or isinstance(objects[n], dict) and "Note" in objects[n]]
        if self.row["packed"] == "some":
            keep |= {self.root[0]}
            return [n for n in objects if n not in keep and not isinstance(objects[n], Stm) and n % 2]
        return [n for n in objects if n not in keep and not isinstance(objects[n], Stm)]

    def _number(self):
        self.next += 1
        return self.next - 1

    def _revision(self, objects):
        packed = sorted(self._packed(objects))
        rows = {n: self.file.put(n, value) for n, value in objects.items() if n not in packed}
        hidden = {}
        for at in range(0, len(packed), 20):
            hidden.update(self.file.put_objstm(self._number(), [(n, objects[n]) for n in packed[at:at + 20]]))
        first = self.file.prev is None
        {"table": self._table, "stream": self._stream, "hybrid": self._hybrid}[self.kind](rows, hidden, first)

    def _free_rows(self, rows, first):
        if not first:
            return rows
        last = getattr(self, "skipped", set())
        dead = sorted(n for n in range(self.next) if n not in rows and n not in last)
        if self.row["free"] == "dead":
            links = {n: 0 for n in dead}
        else:
            links = dict(zip(dead, dead[1:] + [0]))
        return {**rows, **{n: ("f", links[n], 65535 if n == 0 else 0) for n in dead}}

    def _top(self, **extra):
        top = {"Size": self.next, **self.trailer, **extra}
        if self.file.prev is not None:
            top["Prev"] = self.file.prev
        return top

    def _table(self, rows, _hidden, first):
        at = self.file.table(self._free_rows(rows, first), self._top())
        self.file.finish(at)

    def _stream(self, rows, hidden, first):
        num = self._number()
        rows = self._free_rows({**rows, **hidden, num: ("n", 0, 0)}, first)
        self.file.finish(self.file.xref_stream(num, rows, self._top()))

    def _hybrid(self, rows, hidden, first):
        extra = {}
        if hidden:
            num = self._number()
            extra["XRefStm"] = self.file.xref_stream(num, hidden, {"Size": self.next})
            if first:
                rows = {**rows, **{n: ("f", 0, 65535) for n in [*hidden, num]}}
        at = self.file.table(self._free_rows(rows, first), self._top(**extra))
        self.file.finish(at)


def linearized(data, row, folder):
    """The file as qpdf linearizes it."""
    source, out = (os.path.join(folder, name) for name in ("linear-in.tmp", "linear-out.tmp"))
    with open(source, "wb") as f:
        f.write(data)
    mode = "generate" if row["kind"] == "linear-stream" else "disable"
    # the same bytes each time; what is encrypted stays so, under its passwords
    locked = row["encryption"] != "none"
    same = ["--static-id", "--static-aes-iv", "--password=owner"] if locked else ["--deterministic-id"]
    subprocess.run(["qpdf", *same, "--linearize", f"--object-streams={mode}", source, out], check=True)
    with open(out, "rb") as f:
        data = f.read()
    os.unlink(source)
    os.unlink(out)
    return data


def damaged(data, kind):
    """One thing broken, in the way of its name."""
    at = data.rindex(b"startxref")
    if kind == "endobj":
        return data.replace(b"endobj", b"endobk", 1)
    if kind == "length":
        return data.replace(b"/Length ", b"/Length 9", 1)
    if kind == "truncated":
        return data[:at - 20]
    if kind == "tail":
        return data + b"appended by a mailer\n" * 3
    if kind == "size":
        place = data.rindex(b"/Size")
        end = place + 5 + len(data[place + 5:]) - len(data[place + 5:].lstrip(b" \t\f\r\n0123456789"))
        return data[:place] + b"/Size 2".ljust(end - place) + data[end:]
    if kind == "number":
        return data.replace(b"1 0 obj", b"8 0 obj", 1)
    if kind == "offset":
        place = data.index(b"endobj")
        return data[:place] + b"       " + data[place:]
    if kind == "startxref":
        return data[:at] + b"startxref\n17\n%%EOF\n"
    if kind == "before":
        return b"From: somebody\n" + data
    return data


class Signer:
    """pyHanko with a key of its own, for the signatures that are there before ours."""

    def __init__(self, folder):
        import datetime
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID
        from pyhanko.sign import signers
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([
            x509.NameAttribute(NameOID.COMMON_NAME, "Somebody who signed before")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(
            key.public_key()).serial_number(4711).not_valid_before(now - datetime.timedelta(1)).not_valid_after(
            now + datetime.timedelta(365)).add_extension(x509.KeyUsage(
                True, True, *[False] * 7), True).sign(key, hashes.SHA256())
        pem, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
        paths = [os.path.join(folder, name) for name in ("earlier-key.tmp", "earlier-cert.tmp")]
        for path, data in zip(paths, (key.private_bytes(encoding, pem, serialization.NoEncryption()),
                                      certificate.public_bytes(encoding))):
            with open(path, "wb") as f:
                f.write(data)
        self.signer = signers.SimpleSigner.load(*paths)
        for path in paths:
            os.unlink(path)

    def sign(self, data, name, password, certify=None):
        import io
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign import fields, signers
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            reader.decrypt(password.encode())
        writer = IncrementalPdfFileWriter.from_reader(reader)
        if reader.encrypted:
            writer.encrypt(password.encode())
        more = {"certify": True, "docmdp_permissions": fields.MDPPerm(certify)} if certify else {}
        meta = signers.PdfSignatureMetadata(field_name=name, md_algorithm="sha256",
                                            subfilter=fields.SigSeedSubFilter.PADES, **more)
        return signers.PdfSigner(meta, self.signer).sign_pdf(writer).getvalue()


# What is not in a row's plain half.
ABSENT = {factor: "none" for factor in REFUSED}
# Damage of these kinds strikes the catalog, if that stands by itself (a length: the stream of a page); elsewhere it
# may go unnoticed, and unharmed.
ELSEWHERE = {"endobj", "length", "number"}
IN_PLACE = ELSEWHERE | {"keys", "offset"}  # what would break an earlier signature too


def allowed_refusal(row):
    """The rules for rows with something that is refused."""
    def has(factor, *levels):
        return row.get(factor) in levels
    known = row.keys()
    damage, rights, wanted, handler, pages, deed = (row.get(factor, "none") for factor in (
        "damage", "rights", "wanted", "handler", "pages", "deed"))
    rules = [
        damage in ("length", "before") and ("encryption" in known and row["encryption"] != "none" or has(
            "password", "user", "owner")),
        damage in IN_PLACE and "signed" in known and row["signed"] != "none",
        damage == "keys" and has("kind", "linear", "linear-stream"),
        row.get("gap", "none") != "none" and has("kind", "linear", "linear-stream"),
        rights in ("password", "permissions") and (has("encryption", "none") or has("id", False)),
        rights == "permissions" and has("password", "user", "owner"),
        rights == "password" and has("password", "empty"),
        rights == "certify1" and "signed" in known and row["signed"] != "none",
        rights == "certify1" and not allowed({**row, "signed": "approval"}),
        rights == "ur3" and ("signed" in known and row["signed"] != "none" or has("drop", True)),
        has("forms", "dynamic") and (has("form", "missing") or "signed" in known and row["signed"] != "none"),
        wanted != "none" and (has("empty", "none", "below") or has("form", "missing") or "seed" in known and (
            row["seed"] != "none")),
        wanted == "mdp" and (has("signed", *SIGNED) or has("certify", "2", "3")),
        # qpdf and pyHanko know them no better, and mend or refuse such page trees
        handler != "none" and (has("signed", *SIGNED) or has("kind", "linear", "linear-stream") or has("id", False)),
        handler == "authcode" and has("encryption", "none"),
        handler in ("aesv4", "certificates") and ("encryption" in known and row["encryption"] != "none" or has(
            "password", "user", "owner")),
        # a seal in a field that is there changes no page, and does not look for one
        pages != "none" and (has("empty", "merged", "separate", "kid", "inherited", "utf16") or any(
            f in known and row[f] != "none" for f in NEED_FIELD)),
        pages != "none" and (has("signed", *SIGNED) or has("kind", "linear", "linear-stream") or has(
            "nodes", "count", "null", "untyped", "twice")),
        deed != "none" and (has("signed", "none") or not allowed({**row, "signed": row.get("signed", "approval")})),
        deed == "drop" and has("signed", "certify2", "certify3"),  # pyHanko writes a /Perms of its own
    ]
    return not any(rules) and allowed(row)


def judged_twice(row):
    """Whether every validator may judge both seals of a file: what of the row is known is in nobody's way."""
    known = {**{factor: "none" for factor in ("lock", "locking", "seed", "empty", "nodes", "packed")},
             "encryption": "aesv2" if row.get("password", "empty") != "empty" else "none", **row}
    # pyHanko does not walk such a page tree once a revision follows, be it one that changes nothing
    return allowed(row) and row.get("nodes") not in ("null", "twice") and not refuses_second(known) and not blind(known)


def rows(seed):
    """[row], the ones to be sealed first."""
    rng, out, refused = random.Random(seed), [], []
    for factor, levels in REFUSED.items():
        for level in levels:
            refused += [{**ABSENT, **row} for row in pairwise.beside(rng, FACTORS, allowed_refusal, (factor, level))]
    while not out or len(out) + len(refused) < AT_LEAST:
        seen = pairwise.cover(rng, FACTORS, judged_twice)[0]
        out += [{**ABSENT, **row} for row in seen + pairwise.cover(rng, FACTORS, allowed, seen)[0]]
    return out + refused


def expectation(row):
    """How the outcome may begin."""
    if row["gap"] != "none" and row["signed"] != "none":
        return ["sealed"]  # with a warning: the earlier signature suffers from it already
    for factor, levels in REFUSED.items():
        if row[factor] != "none":
            catalog_apart = row["packed"] == "none" and not row["kind"].startswith("linear")
            unnoticed = factor == "damage" and row[factor] in ELSEWHERE and not (
                catalog_apart and row[factor] != "length")
            return [levels[row[factor]]] + ["sealed"] * unnoticed
    return ["sealed"]


def refuses_second(row):
    """Whether the first seal locks the field of the second one."""
    return any(level in (row["lock"], row["locking"]) for level in ("all", "exclude"))


def blind(row):
    """Who cannot judge a file of this row, as a look at its own seals has shown."""
    out = {}
    if row["empty"] == "separate":
        out["pdfsig"] = "does not see a seal in a field apart from its widget"
    if row["nodes"] == "untyped":
        out["pyhanko"] = "does not walk a page tree whose nodes have no /Type (PdfReadError)"
    elif row["encryption"] == "aesv3-r5":
        out["pyhanko"] = "does not know revision 5"
    elif row["encryption"] != "none" and any(row[f] in ("include", "exclude") for f in ("lock", "locking")):
        out["pyhanko"] = "does not decrypt the names of a FieldMDP (TypeError)"
    elif row["encryption"] != "none" and row["seed"] in SEED_STRINGS:
        out["pyhanko"] = "does not decrypt what is below /SV (TypeError, AttributeError)"
    elif row["encryption"] != "none" and row["seed"] == "mdp" and row["packed"] != "none":
        # its own seals, which tell as much of other rows, cannot be made in such a field
        out["pyhanko"] = "compares what it decrypts with what stood in an object stream (DecryptedObjectProxy)"
    return out


def options(row):
    """What pades is told for the first seal."""
    out = ["--lock", row["locking"] if row["locking"] == "all" else row["locking"] + ":text"] if (
        row["locking"] != "none") else []
    out += ["--fill", "text=two"] if row["fill"] else []
    out += ["--reason", REASON.decode()] if row["seed"] == "reasons" else []
    out += ["--drop-usage-rights"] if row["drop"] or row["deed"] == "drop" else []
    certify = "2" if row["wanted"] == "mdp" or row["deed"] == "certify" else row["certify"]
    return out + (["--certify", certify] if certify != "none" else [])


def make(row, seed, signer, folder, pki):
    """(bytes, entry of the manifest)"""
    builder = Builder({**row, "gap": row["gap"] if row["gap"] != "none" else ""}, seed, pki)
    builder.document()
    builder.layout()
    data = bytes(builder.file.out)
    if builder.linear:
        data = linearized(data, row, folder)
    password = {"user": "user", "owner": "owner"}.get(row["password"], "") if row["encryption"] != "none" else ""
    signed = "certify1" if row["rights"] == "certify1" else row["signed"]
    for i in range({"none": 0, "twice": 2}.get(signed, 1)):
        certify = int(signed[-1]) if signed.startswith("certify") else None
        data = signer.sign(data, f"Earlier{i}", password, certify)
    if row["damage"] != "none":
        data = damaged(data, row["damage"])
    entry = {"expect": expectation(row), "row": row, "blind": blind(row), "options": options(row),
             "redraws": row["fill"] and row["pages"] != "neither"}
    if row["deed"] == "nest":
        entry["field"] = "Corpus.Deep"
    elif row["empty"] != "none":
        entry["field"] = builder.field
    if refuses_second(row):
        entry["second"] = "DOC_NOT_PERMITTED"
    if password and row["rights"] != "password":
        entry["password"] = password
    return data, entry


def write_all(folder, seed, pki):
    os.makedirs(folder, exist_ok=True)
    signer, manifest = Signer(folder), []
    for i, row in enumerate(rows(seed)):
        data, entry = make(row, seed * 10000 + i, signer, folder, pki)
        name = f"{i:04d}-{row['kind']}.pdf"
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
        manifest.append({"file": name, **entry})
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as f:
        json.dump(manifest, f, indent=1)
    return manifest


def main():
    parser = argparse.ArgumentParser(description="files of every structure and of their pairs")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pki", required=True, help="folder that pades-mkpki made")
    args = parser.parse_args()
    print(len(write_all(args.out, args.seed, args.pki)), "files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
