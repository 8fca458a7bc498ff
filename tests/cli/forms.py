"""A small form, put together by hand: text, check box, choice, and a signature field whose seed values the
caller gives."""


def form(seed=None, more="", flags=0):
    """One page; fields 'name', 'paid', 'country' and the empty signature field 'Seal'."""
    sv = f"/SV {seed}" if seed else ""
    widget = "/Type/Annot/Subtype/Widget/F 4/P 3 0 R"
    box = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>\nstream\n\nendstream"
    return pdf(
        [
            "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 400 600]>>",
            "<</Type/Page/Parent 2 0 R/Annots[6 0 R 7 0 R 8 0 R 9 0 R]>>",
            f"<</Fields[6 0 R 7 0 R 8 0 R 9 0 R]{more}/DA(/Helv 0 Tf 0 g)/DR<</Font<</Helv 5 0 R>>>>>>",
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            f"<<{widget}/FT/Tx/T(name)/Ff {flags}/MaxLen 20/Rect[20 550 200 570]>>",
            f"<<{widget}/FT/Btn/T(paid)/AS/Off/Rect[220 550 240 570]/AP<</N<</Yes 10 0 R/Off 10 0 R>>>>>>",
            f"<<{widget}/FT/Ch/Ff 131072/T(country)/Rect[20 500 200 520]/Opt[[(fi)(Finland)][(se)(Sweden)]]>>",
            f"<<{widget}/FT/Sig/T(Seal)/Rect[220 500 380 520]{sv}>>",
            f"<<{box}",
        ]
    )


def pdf(objects):
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body.encode("latin-1") + b"\nendobj\n"
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"trailer\n<</Size %d/Root 1 0 R/ID[<00><01>]>>\nstartxref\n%d\n%%%%EOF\n" % (size, at)
