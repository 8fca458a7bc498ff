/* What a seal became; filled by finish, read by getters. */
#ifndef SIGN_RESULT_H
#define SIGN_RESULT_H

#include "base/buf.h"
#include "pki/cert.h"
#include "tsa/tsp.h"
#include <pades/sign.h>

/* A timestamp that was made, and the texts of its `info`. */
typedef struct result_stamp {
    pades_timestamp_info info;
    char *tsa, *url, *serial;
} result_stamp;

struct pades_result {
    char *field;
    pades_level level;
    bool partial; /* less than was asked for */
    bool pkcs7;   /* the signature is of no PAdES kind */
    pades_digest digest;
    uint64_t byte_range[4];
    pades_cert *cert;
    pades_level_info *signatures; /* their fields are owned */
    size_t signatures_n, signatures_cap;
    result_stamp *stamps;
    size_t stamps_n, stamps_cap;
    char **warnings;
    size_t warnings_n, warnings_cap;
    char *input_digest;
};

pades_status result_new(pades_result **ret, pades_error **e) MUST_USE;
/* Adds a timestamp, and its warnings. */
pades_status result_add_stamp(pades_result *r, const tsp_verified *verified, const pades_tsa *tsa,
                              pades_error **e) MUST_USE;
/* A signature of the file that was raised, and the level it has now. */
pades_status result_add_signature(pades_result *r, const char *field, bool is_timestamp,
                                  bool is_pkcs7, pades_level level, pades_error **e) MUST_USE;
/* Adds the NUL-separated lines of `lines`, but those that are there already. */
pades_status result_add_warnings(pades_result *r, const buf *lines, pades_error **e) MUST_USE;
DEFINE_AUTO(pades_result, pades_result_free)

#endif
