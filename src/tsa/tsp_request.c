/* TimeStampReq (RFC 3161 2.4.1): imprint, policy where one is wanted, a nonce of 127 unpredictable
 * bits, certReq TRUE. */
#include "tsa/tsp_impl.h"

#include "base/fail.h"

enum { REQUEST_MAX = 4096 };

typedef struct digest_oid {
    pades_digest alg;
    const char *oid;
} digest_oid;

static const digest_oid DIGESTS[] = {
    {PADES_DIGEST_SHA256, "2.16.840.1.101.3.4.2.1"},
    {PADES_DIGEST_SHA384, "2.16.840.1.101.3.4.2.2"},
    {PADES_DIGEST_SHA512, "2.16.840.1.101.3.4.2.3"},
};

const char *tsp_oid_of_digest(pades_digest alg)
{
    for (size_t i = 0; i < ARRAY_LEN(DIGESTS); i++) {
        if (DIGESTS[i].alg == alg) {
            return DIGESTS[i].oid;
        }
    }
    return NULL;
}

pades_digest tsp_digest_of_oid(const char *oid)
{
    for (size_t i = 0; i < ARRAY_LEN(DIGESTS); i++) {
        if (strcmp(DIGESTS[i].oid, oid) == 0) {
            return DIGESTS[i].alg;
        }
    }
    return PADES_DIGEST_DEFAULT;
}

pades_status tsp_request_make_of(pades_digest alg, const uint8_t *imprint, const char *policy,
                                 tsp_request *ret, pades_error **e)
{
    tsp_request r = {.digest = alg, .policy = policy, .has_nonce = true};
    if (!tsp_oid_of_digest(alg)) {
        return fail(e, PADES_INVALID_ARGUMENT, "a timestamp request without digest algorithm");
    }
    if (policy && !der_oid_valid(policy)) {
        return fail(e, PADES_INVALID_ARGUMENT, "the timestamp policy is not an object identifier");
    }
    memcpy(r.imprint, imprint, pades_digest_size(alg));
    TRY(random_bytes(r.nonce, sizeof r.nonce, e));
    /* Positive and always of one length: some servers drop leading zeros when they send it back. */
    r.nonce[0] = (uint8_t)((r.nonce[0] & 0x3fU) | 0x40U);
    *ret = r;
    return PADES_OK;
}

pades_status tsp_request_make(pades_digest alg, span stamped, const char *policy, tsp_request *ret,
                              pades_error **e)
{
    uint8_t imprint[DIGEST_MAX] = {0};
    if (tsp_oid_of_digest(alg)) { /* else refused below */
        TRY(digest_once(alg, stamped, imprint, e));
    }
    return tsp_request_make_of(alg, imprint, policy, ret, e);
}

/* The digest's parameters are NULL here: older servers compare with that form, all accept it. */
static void add_imprint(buf *out, const tsp_request *r)
{
    AUTO_VAL(buf) alg = BUF(64);
    AUTO_VAL(buf) content = BUF(256);
    der_add_oid(&alg, tsp_oid_of_digest(r->digest));
    der_add_null(&alg);
    der_add(&content, DER_SEQUENCE, buf_span(&alg));
    der_add(&content, DER_OCTET_STRING, span_of(r->imprint, pades_digest_size(r->digest)));
    der_add(out, DER_SEQUENCE, buf_span(&content));
    out->failed = out->failed || alg.failed || content.failed;
}

pades_status tsp_request_encode(const tsp_request *r, buf *out, pades_error **e)
{
    AUTO_VAL(buf) content = BUF(REQUEST_MAX);
    der_add_uint(&content, 1);
    add_imprint(&content, r);
    if (r->policy) {
        der_add_oid(&content, r->policy);
    }
    if (r->has_nonce) {
        der_add_uint_bytes(&content, span_of(r->nonce, sizeof r->nonce));
    }
    der_add_bool(&content,
                 true); /* clause: RFC3161#2.4.1 certReq: the certificate comes with the token */
    TRY(buf_check(&content, "timestamp request", e));
    der_add(out, DER_SEQUENCE, buf_span(&content));
    return buf_check(out, "timestamp request", e);
}
