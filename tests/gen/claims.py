"""What a conforming file carries beside its pages: XMP metadata, an output intent's profile, and the
XML of an invoice. All text is our own; the names in it belong to the formats.
"""
import struct

FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
DATE = "2026-03-02T09:00:00Z"

_SCHEMA = """<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>%s</pdfaSchema:schema>
<pdfaSchema:namespaceURI>%s</pdfaSchema:namespaceURI><pdfaSchema:prefix>%s</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>%s</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:name>%s</pdfaProperty:name>
<pdfaProperty:valueType>%s</pdfaProperty:valueType><pdfaProperty:category>%s</pdfaProperty:category>
<pdfaProperty:description>%s</pdfaProperty:description></rdf:li>"""


def _extension(schema, uri, prefix, properties):
    return _SCHEMA % (schema, uri, prefix, "".join(_PROPERTY % p for p in properties))


def _pdfa(part, conformance):
    more = "<pdfaid:rev>2020</pdfaid:rev>" if part == 4 else f"<pdfaid:conformance>{conformance}</pdfaid:conformance>"
    return ('<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
            f"<pdfaid:part>{part}</pdfaid:part>{more}</rdf:Description>")


def _pdfua(in_pdfa):
    out = ('<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
           "<pdfuaid:part>1</pdfuaid:part></rdf:Description>")
    if in_pdfa:
        out += _extension("PDF/UA identification", "http://www.aiim.org/pdfua/ns/id/", "pdfuaid",
                          [("part", "Integer", "internal", "part of ISO 14289 that is kept")])
    return out


def _facturx():
    names = ["DocumentType", "DocumentFileName", "Version", "ConformanceLevel"]
    values = ["INVOICE", "factur-x.xml", "1.0", "EN 16931"]
    body = "".join(f"<fx:{n}>{v}</fx:{n}>" for n, v in zip(names, values))
    return f'<rdf:Description rdf:about="" xmlns:fx="{FX}">{body}</rdf:Description>' + _extension(
        "Factur-X", FX, "fx", [(n, "Text", "external", f"{n} of the invoice that is attached") for n in names])


def xmp(title, part=None, conformance="B", ua=False, facturx=False, info=True, encoding="utf-8"):
    """The packet. info: what stands in the information dictionary is repeated."""
    parts = [_pdfa(part, conformance)] if part else []
    parts += [_pdfua(bool(part))] if ua else []
    parts += [_facturx()] if facturx else []
    parts.append('<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>'
                 f'<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description>')
    if info:
        parts.append('<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
                     ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
                     f"<xmp:CreateDate>{DATE}</xmp:CreateDate><xmp:ModifyDate>{DATE}</xmp:ModifyDate>"
                     "<pdf:Producer>generator</pdf:Producer></rdf:Description>")
    body = "\n".join(parts)
    text = (f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
            f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n{body}\n</rdf:RDF>\n</x:xmpmeta>\n'
            f'{(" " * 79 + chr(10)) * 4}<?xpacket end="w"?>')
    return ("" if encoding == "utf-8" else "\ufeff").encode(encoding) + text.encode(encoding)


# -- a colour profile: the primaries and the white of sRGB, one gamma for all

def _fixed(value):
    return struct.pack(">i", round(value * 65536))


def icc():
    """An ICC profile of version 2, RGB for a display, matrix and one curve."""
    def text(kind, data):
        return kind + bytes(4) + data

    def xyz(*values):
        return text(b"XYZ ", b"".join(_fixed(v) for v in values))

    name = b"RGB of the generator\0"
    curve = text(b"curv", struct.pack(">IH", 1, round(2.2 * 256)))
    tags = {
        b"desc": text(b"desc", struct.pack(">I", len(name)) + name + bytes(8) + bytes(3) + bytes(67)),
        b"cprt": text(b"text", b"No copyright\0"), b"wtpt": xyz(0.9505, 1.0, 1.0891),
        b"rXYZ": xyz(0.4361, 0.2225, 0.0139), b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.1431, 0.0606, 0.7141), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s6H4s4s4s4sQI", at + len(body), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ",
                       2026, 3, 2, 9, 0, 0, b"acsp", bytes(4), bytes(4), bytes(4), 0, 0)
    head += _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


# -- the invoice as XML

def invoice_xml(number, lines, rate):
    """A Cross Industry Invoice of the lines [(text, pieces, price in cents)]."""
    def amount(cents):
        return f"{cents // 100}.{cents % 100:02d}"

    net = sum(n * price for _, n, price in lines)
    tax = net * rate // 100
    items = "".join(
        "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>"
        f"<ram:LineID>{i}</ram:LineID></ram:AssociatedDocumentLineDocument><ram:SpecifiedTradeProduct>"
        f"<ram:Name>{text}</ram:Name></ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement>"
        f"<ram:NetPriceProductTradePrice><ram:ChargeAmount>{amount(price)}</ram:ChargeAmount>"
        "</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement><ram:SpecifiedLineTradeDelivery>"
        f'<ram:BilledQuantity unitCode="C62">{pieces}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>'
        "<ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>"
        f"<ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent>"
        "</ram:ApplicableTradeTax><ram:SpecifiedTradeSettlementLineMonetarySummation>"
        f"<ram:LineTotalAmount>{amount(pieces * price)}</ram:LineTotalAmount>"
        "</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>"
        "</ram:IncludedSupplyChainTradeLineItem>\n" for i, (text, pieces, price) in enumerate(lines, 1))
    base = "urn:un:unece:uncefact:"
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<rsm:CrossIndustryInvoice xmlns:rsm="{base}data:standard:'
            f'CrossIndustryInvoice:100" xmlns:ram="{base}data:standard:ReusableAggregateBusinessInformationEntity:100"'
            f' xmlns:udt="{base}data:standard:UnqualifiedDataType:100">\n<rsm:ExchangedDocumentContext>'
            "<ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID>"
            "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>\n<rsm:ExchangedDocument>"
            f"<ram:ID>{number}</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>"
            '<udt:DateTimeString format="102">20260302</udt:DateTimeString></ram:IssueDateTime>'
            f"</rsm:ExchangedDocument>\n<rsm:SupplyChainTradeTransaction>\n{items}<ram:ApplicableHeaderTradeAgreement>"
            "<ram:SellerTradeParty><ram:Name>Esimerkkipaja Oy, Jyv\u00e4skyl\u00e4</ram:Name></ram:SellerTradeParty>"
            "<ram:BuyerTradeParty><ram:Name>Caf\u00e9 M\u00fcller</ram:Name></ram:BuyerTradeParty>"
            "</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery/>"
            "<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>"
            "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
            f"<ram:TaxBasisTotalAmount>{amount(net)}</ram:TaxBasisTotalAmount>"
            f'<ram:TaxTotalAmount currencyID="EUR">{amount(tax)}</ram:TaxTotalAmount>'
            f"<ram:GrandTotalAmount>{amount(net + tax)}</ram:GrandTotalAmount>"
            f"<ram:DuePayableAmount>{amount(net + tax)}</ram:DuePayableAmount>"
            "</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>"
            "</rsm:SupplyChainTradeTransaction>\n</rsm:CrossIndustryInvoice>\n").encode("utf-8")
