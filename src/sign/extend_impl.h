/* A file while it is extended; shared by extend*.c only. */
#ifndef SIGN_EXTEND_IMPL_H
#define SIGN_EXTEND_IMPL_H

#include "pki/evidence.h"
#include "sign/existing.h"
#include "sign/stamp.h"

/* A document timestamp that was added. */
typedef struct extend_stamp {
    char *field;
    pades_cert *authority;
    buf token;
    int64_t time;  /* genTime */
    instant since; /* when it came */
} extend_stamp;

typedef struct extending {
    stamp_job j;
    pades_level wanted, reached;
    existing all;
    layers *l;
    evidence *ev; /* NULL below level lt */
    uint8_t input_hash[DIGEST_MAX];
    extend_stamp first; /* for signatures that had no timestamp; field NULL: none was needed */
    extend_stamp last;  /* over everything; field NULL: level lta was not reached */
    pades_result *r;
} extending;

/* Offers what is at hand and covers every certificate that the signatures and timestamps rest on.
 * *ret_whole false: something is missing and may be, which is in the warnings. */
pades_status extend_gather(extending *x, bool *ret_whole, pades_error **e) MUST_USE;
/* Adds `why` and its causes to the warnings of the result. */
pades_status extend_warn(extending *x, const char *what, const pades_error *why,
                         pades_error **e) MUST_USE;

#endif
