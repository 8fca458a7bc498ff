/* Encrypted documents, standard security handler: what opens them, what their strings and streams
 * say, and how new ones are written. A file that no password opened can still be looked at, but
 * none of its objects is given out. Owner: crypt*.c. */
#ifndef PDF_CRYPT_H
#define PDF_CRYPT_H

#include "pdf/file.h"

typedef enum pdf_crypt_access {
    PDF_CRYPT_LOCKED, /* no password fits, or it is of a kind that is refused */
    PDF_CRYPT_USER,
    PDF_CRYPT_OWNER
} pdf_crypt_access;

/* What the encryption dictionary says; 0 and NULL where it says nothing that can be understood. */
typedef struct pdf_crypt_info {
    span handler;              /* name: "Standard" */
    int64_t version, revision; /* /V, /R */
    unsigned key_bits;
    const char *streams, *strings; /* "RC4", "AESV2", "AESV3", "Identity" */
    uint32_t permissions;          /* /P */
    bool encrypt_metadata;
    pdf_crypt_access access;
} pdf_crypt_info;

/* NULL: the document is not encrypted. Lives as long as the file. */
const pdf_crypt_info *pdf_crypt_get_info(const pdf_file *f);
/* The number of the object that is the encryption dictionary; 0: there is none. */
uint32_t pdf_crypt_object(const pdf_file *f);
/* PADES_OK when the document is not encrypted or a password opened it; else why its objects cannot
 * be read: PADES_DOC_ENCRYPTED (a password is missing), PADES_DOC_PASSWORD (it is wrong),
 * PADES_DOC_UNSUPPORTED (named), PADES_DOC_DAMAGED. */
pades_status pdf_crypt_check(const pdf_file *f, pades_error **e) MUST_USE;
/* pdf_crypt_check(), and what /P allows to who opened it: to fill an existing signature field, or
 * to create one. PADES_DOC_NOT_PERMITTED names the bit. */
pades_status pdf_crypt_allow_signature(const pdf_file *f, bool creates_field,
                                       pades_error **e) MUST_USE;
/* Whether the same passwords open both, as far as what was written to check them tells. Both were
 * opened. */
bool pdf_crypt_same_passwords(const pdf_file *a, const pdf_file *b);
/* The bytes of a password that opens the document, the given one or the user's that it led to, with
 * a NUL behind them; NULL when none is needed. For the second reader. */
const char *pdf_crypt_password(const pdf_file *f);

#endif
