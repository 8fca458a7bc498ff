/* What a field's seed values ask for, held against the options and the signer's certificate. What
 * is required and not met refuses; a wish that is not met is a warning. No URL is ever followed. */
#ifndef SIGN_SEED_CHECK_H
#define SIGN_SEED_CHECK_H

#include "pdf/seed.h"
#include "sign/session.h"

/* How the signature would be made; what the user left open is filled in from the seed values. */
typedef struct seed_offer {
    const char *sub_filter;
    int certification; /* 0: none */
    bool locks_document;
    bool certification_open; /* the user said nothing of it */
} seed_offer;

typedef struct seed_judge {
    pades_session *session;
    const pdf_seed *seed;
    buf *warnings; /* NUL-separated lines */
    pades_error **e;
} seed_judge;

/* For pdf_seal_plan.ask; `user` is the session. */
pades_status seed_ask(void *user, const pdf_seed *seed, pdf_seal_plan *plan, buf *warnings,
                      pades_error **e) MUST_USE;
/* May change session->digest and offer->certification. A session that has no certificate yet is
 * judged by its options alone. */
pades_status seed_check(const seed_judge *j, seed_offer *offer) MUST_USE;

/* For seed_check.c and seed_cert.c: a constraint that is not met, with what would meet it. */
pades_status seed_unmet(const seed_judge *j, bool required, const char *hint, const char *fmt, ...)
    PRINTF(4, 5) MUST_USE;
/* "'a', 'b'", escaped, a few of them. */
void seed_names(buf *out, const pdf_seed_list *list);
/* The certificate's part. */
pades_status seed_check_cert(const seed_judge *j) MUST_USE;

#endif
