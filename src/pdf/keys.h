/* The keys of an encrypted document whose tables are lost: from the encryption dictionary and the
 * /ID as they stand somewhere in the bytes. Good for looking into what is packed, no more. */
#ifndef PDF_KEYS_H
#define PDF_KEYS_H

#include "pdf/survey.h"

typedef struct pdf_keys {
    buf text; /* a document of nothing but that */
    pades_source *source;
    pdf_file *file; /* NULL: no keys were found */
} pdf_keys;

/* `found`: of a survey of `source`, whose password is used. ret->file stays NULL when there is too
 * little left, or the password does not fit. */
pades_status pdf_keys_guess(pades_ctx *ctx, pades_source *source, const pdf_survey *found,
                            pdf_keys *ret, pades_error **e) MUST_USE;
void pdf_keys_free(pdf_keys *keys);

#endif
