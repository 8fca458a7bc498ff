/* Builds RFC 3161 responses: a good token, or one that is wrong in just the way planned. */
#ifndef PADES_SUPPORT_TOKEN_H
#define PADES_SUPPORT_TOKEN_H

#include "server/store.h"

#include <openssl/ts.h>
#include <stdbool.h>
#include <stddef.h>

/* clause: RFC3161#2.4.2 PKIStatus, PKIFailureInfo */
enum { STATUS_GRANTED = 0, STATUS_GRANTED_WITH_MODS = 1, STATUS_REJECTION = 2 };
enum {
    FAIL_BAD_ALG = 0,
    FAIL_BAD_REQUEST = 2,
    FAIL_BAD_DATA_FORMAT = 5,
    FAIL_TIME_NOT_AVAILABLE = 14,
    FAIL_UNACCEPTED_POLICY = 15,
    FAIL_UNACCEPTED_EXTENSION = 16,
    FAIL_SYSTEM_FAILURE = 25
};

struct token_plan {
    const struct identity *signer;
    int status;
    time_t now;
    bool fraction; /* genTime with milliseconds */
    bool wrong_nonce;
    bool wrong_imprint;
    bool no_cert;    /* although the request asked for it */
    bool leaf_only;  /* the unit's certificate alone, without its issuers' */
    bool one_issuer; /* and that of its issuer, although there are more up to the root */
    bool ess_v1;     /* signing-certificate (SHA-1) in place of signing-certificate-v2 */
    size_t pad;      /* bytes of an unrelated certificate in the token; 0: none */
};

/* The policy of this TSA, and another one that it accepts when asked for. */
#define TSA_POLICY "0.4.0.2023.1.1"
#define TSA_OTHER_POLICY "1.2.3.4.5.6.7"

/* DER of the TimeStampResp (OPENSSL_free it); the size, or -1. */
int token_response(const struct token_plan *plan, TS_REQ *request, unsigned char **ret_der);
int token_refusal(int failure, const char *text, unsigned char **ret_der);

#endif
