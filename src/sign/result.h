/* What a seal became; filled by finish, read by getters. */
#ifndef SIGN_RESULT_H
#define SIGN_RESULT_H

#include "base/buf.h"
#include "pki/cert.h"
#include <pades/sign.h>

struct pades_result {
    char *field;
    pades_level level;
    pades_digest digest;
    uint64_t byte_range[4];
    pades_cert *cert;
    bool stamped;
    pades_timestamp_info timestamp;
    char *tsa, *url, *serial; /* what `timestamp` points to */
    char **warnings;
    size_t warnings_n, warnings_cap;
    char *input_digest;
};

pades_status result_new(pades_result **ret, pades_error **e) MUST_USE;
/* Adds the NUL-separated lines of `lines`. */
pades_status result_add_warnings(pades_result *r, const buf *lines, pades_error **e) MUST_USE;
DEFINE_AUTO(pades_result, pades_result_free)

#endif
