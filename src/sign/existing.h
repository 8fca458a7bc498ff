/* The signatures and document timestamps that an input has: read, and checked with the certificates
 * in them, over digests that are all taken in one pass. Nothing is believed of them here but that
 * their bytes fit; paths and statuses are for the evidence. Foreign ones and BER are read too. */
#ifndef SIGN_EXISTING_H
#define SIGN_EXISTING_H

#include "base/pass.h"
#include "cms/cms.h"
#include "pdf/fields.h"
#include "tsa/tsp.h"

typedef struct existing_signature {
    char *field; /* full name, UTF-8 */
    char *shown; /* escaped */
    bool is_timestamp;
    bool is_pkcs7; /* adbe.pkcs7.detached: levels are called PKCS7-... */
    uint64_t range[4];
    buf contents, der; /* /Contents with its padding; as DER where it is BER */
    cms_signed_data cms;
    tsp_token token;          /* of a document timestamp */
    pades_digest alg;         /* of the bytes covered */
    uint8_t hash[DIGEST_MAX]; /* of them, after the pass */
    pades_cert *signer;       /* of a document timestamp: the authority */
    int64_t signed_stamp;     /* genTime of a good signature timestamp in it; 0: none */
    pades_cert *authority;    /* who made that */
    int64_t own_time;         /* genTime of a document timestamp */
    bool is_unusable; /* a document timestamp whose signer is none for timestamps: it proves nothing
                       */
    int64_t
        best_time; /* when it is proved to have existed; of a document timestamp too; 0: unknown */
} existing_signature;

typedef struct existing {
    existing_signature *items; /* in the order of what they cover */
    size_t n, cap;
    buf warnings; /* NUL-separated lines */
} existing;

/* Every signature field with a value. PADES_DOC_SIGNATURE_BROKEN: /ByteRange is not the whole file
 * so far but /Contents, or /Contents holds no CMS; PADES_DOC_UNSUPPORTED: of a
 * kind that cannot be checked, by name. `more`: certificates that may be missing in them. */
pades_status existing_read(pdf_file *f, const pades_cert *const *more, size_t n, existing *ret,
                           pades_error **e) MUST_USE;
void existing_free(existing *all);

/* The one pass: copies to `sink` (NULL: not), digests what each covers, and gives the state at the
 * end in `alg`. */
pades_status existing_pass(pades_ctx *ctx, pades_source *source, pades_sink *sink, existing *all,
                           pades_digest alg, pades_control *control, digest **ret_at_end,
                           pades_error **e) MUST_USE;
/* After the pass: PADES_DOC_SIGNATURE_BROKEN names the first that does not fit. A signature
 * timestamp that is no good is a warning and counts as none. Sets the times. */
pades_status existing_check(pades_ctx *ctx, existing *all, pades_error **e) MUST_USE;

/* The earliest document timestamp after `s` that covers all of it; NULL: none. */
const existing_signature *existing_cover(const existing *all, const existing_signature *s);

#endif
