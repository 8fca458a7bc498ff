/* RFC 3161: request, response, token, and the client that tries TSAs in order. */
#ifndef TSA_TSP_H
#define TSA_TSP_H

#include "base/control.h"
#include "base/digest.h"
#include "cms/cms.h"
#include "net/http.h"
#include <pades/tsa.h>

typedef struct tsp_request {
    pades_digest digest;
    uint8_t imprint[DIGEST_MAX];
    uint8_t nonce[16];
    const char *policy; /* dotted or NULL */
    bool has_nonce;
    const char *offline; /* folder with issuers that a token may lack; NULL: they are fetched */
} tsp_request;

/* Fills digest, imprint (of `stamped`, or what it is already: pades_digest_size(alg) octets) and an
 * unpredictable nonce. */
pades_status tsp_request_make_of(pades_digest alg, const uint8_t *imprint, const char *policy,
                                 tsp_request *ret, pades_error **e) MUST_USE;
pades_status tsp_request_make(pades_digest alg, span stamped, const char *policy, tsp_request *ret,
                              pades_error **e) MUST_USE;
pades_status tsp_request_encode(const tsp_request *r, buf *out,
                                pades_error **e) MUST_USE; /* certReq TRUE */

typedef struct tsp_token {
    span der;     /* TimeStampToken ContentInfo, inside the response's bytes */
    int64_t time; /* genTime */
    char policy[64];
    char serial[64]; /* hexadecimal */
    pades_digest digest;
    span imprint;
    span nonce; /* magnitude octets, empty when absent */
} tsp_token;
/* PKIStatus granted or grantedWithMods and a token, else the status string and failInfo in the
 * error. */
pades_status tsp_response_parse(span der, span *ret_token, pades_error **e) MUST_USE;
/* TSTInfo of a token: structure only. */
pades_status tsp_token_parse(span der, tsp_token *ret, pades_error **e) MUST_USE;

typedef struct tsp_verified {
    int64_t time;
    pades_cert *signer;
    char serial[64];
    buf warnings; /* NUL-separated: no anchors, clock off by more than five minutes ... */
} tsp_verified;
/* Everything RFC 3161 2.4.2 wants of a client: imprint, nonce, policy, one signer, message-digest,
 * signature, ESSCertID(V2) fits, sole critical timeStamping usage, validity at genTime, path to an
 * anchor (without anchors: a warning), for which issuers that are missing are fetched. */
pades_status tsp_token_verify(pades_ctx *ctx, span token, const tsp_request *request,
                              pades_control *control, tsp_verified *ret, pades_error **e) MUST_USE;
/* The same of a token that stands in a document, over octets of this imprint: no nonce, no policy,
 * no clock, and no path: that is for who gathers evidence. PADES_TIMESTAMP_INVALID with *ret_sound
 * true: what it says is signed and fits, but its signer was not one for timestamps. */
pades_status tsp_token_check(pades_ctx *ctx, span token, pades_digest alg, const uint8_t *imprint,
                             tsp_verified *ret, bool *ret_sound, pades_error **e) MUST_USE;
void tsp_verified_free(tsp_verified *v);

/* One request to each TSA in turn until one gives a good token; an error names every failure. */
pades_status tsa_stamp(pades_ctx *ctx, const pades_tsa *const *tsas, size_t n, pades_digest alg,
                       span stamped, pades_control *control, const char *offline, buf *ret_token,
                       tsp_verified *ret_verified, size_t *ret_index, pades_error **e) MUST_USE;
/* The same of bytes that were hashed already: pades_digest_size(alg) octets. */
pades_status tsa_stamp_imprint(pades_ctx *ctx, const pades_tsa *const *tsas, size_t n,
                               pades_digest alg, const uint8_t *imprint, pades_control *control,
                               const char *offline, buf *ret_token, tsp_verified *ret_verified,
                               size_t *ret_index, pades_error **e) MUST_USE;
/* Octets to reserve for a token of this TSA: twice what was learned, 16 KiB when nothing was. */
size_t tsa_expected_size(pades_ctx *ctx, const pades_tsa *tsa);

#endif
