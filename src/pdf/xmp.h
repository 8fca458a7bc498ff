/* What an XMP packet says of its file: the standards that it claims to keep. Owner: xmp.c. */
#ifndef PDF_XMP_H
#define PDF_XMP_H

#include "base/buf.h"

/* Claims, none of them checked. */
typedef struct pdf_claims {
    int pdfa_part;         /* PDF/A-1 to -4; 0: none; the lowest, when there are several */
    char pdfa_conformance; /* 'A', 'B', 'U', 'E', 'F'; 0: none */
    int pdfua_part;        /* PDF/UA-1, -2; 0: none */
    bool pdfx;             /* some PDF/X */
    bool invoice;          /* Factur-X, ZUGFeRD: an invoice in XML is attached */
} pdf_claims;

/* Adds what `packet` claims to *ret. UTF-8, UTF-16 and UTF-32; anything else claims nothing. */
pades_status xmp_claims(span packet, pdf_claims *ret, pades_error **e) MUST_USE;

#endif
