/* The standards that a document claims to keep, in words: claims, none of them checked.
 * clause: ISO32000-1#14.3.2 metadata streams */
#include "sign/doc_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/claims.h"

#include <stdio.h>

enum { WORD = 32 };

static pades_status add_claim(pades_doc *doc, const char *word, pades_error **e)
{
    const char *kept = NULL;
    TRY(doc_keep(doc, mem_strdup(word), &kept, e));
    doc->claims[doc->claims_n++] = kept;
    return PADES_OK;
}

pades_status doc_read_claims(pades_doc *doc, pdf_file *f, pades_error **e)
{
    pdf_claims c;
    char word[WORD];
    TRY(pdf_claims_read(f, &c, e));
    if (c.pdfa_part > 0) {
        char conformance[2] = {c.pdfa_conformance, 0};
        snprintf(word, sizeof word, "PDF/A-%d%s", c.pdfa_part, conformance);
        TRY(add_claim(doc, word, e));
    }
    if (c.pdfua_part > 0) {
        snprintf(word, sizeof word, "PDF/UA-%d", c.pdfua_part);
        TRY(add_claim(doc, word, e));
    }
    if (c.pdfx) {
        TRY(add_claim(doc, "PDF/X", e));
    }
    return c.invoice ? add_claim(doc, "Factur-X or ZUGFeRD", e) : PADES_OK;
}

const char *pades_doc_get_claim(const pades_doc *doc, size_t index)
{
    return index < doc->claims_n ? doc->claims[index] : NULL;
}
