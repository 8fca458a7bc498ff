/* Reads an RFC 3161 request and answers it by a plan made from the request's wishes; a request that
 * is not one gets a refusal that says why. The unit is that of the PKI asked for, SHA-256/384/512
 * imprints, nonce, certReq, policy. The wishes (wish.h), besides those of faults.c:
 *
 *   rsa, expired, no-eku, stranger            another signer's certificate
 *   wrong-nonce, wrong-imprint, sha1-ess, granted-mods, fraction
 *   no-cert, leaf-only, one-issuer           the certificates in the token
 *   clock=SECONDS   big=BYTES                 genTime moved, token with that much padding
 *   rejected=BIT                              PKIStatus rejection
 *
 * The numbers may also be arguments of the query: offset, bytes, fail. */
#include "common/auto.h"
#include "server/routes.h"
#include "server/token.h"
#include "server/wish.h"

#include <microhttpd.h>
#include <string.h>

#define REPLY_TYPE "application/timestamp-reply"
#define QUERY_TYPE "application/timestamp-query"
#define BIG_DEFAULT 65536L
#define BIG_LIMIT (64L * 1024 * 1024)

static void refuse(int failure, const char *text, struct reply *reply)
{
    unsigned char *der = NULL;
    int size = token_refusal(failure, text, &der);
    reply_der(reply, REPLY_TYPE, der, size);
}

static TS_REQ *parse_request(const struct request *request)
{
    const unsigned char *p = request->body;
    AUTO(TS_REQ) *query = p == NULL ? NULL : d2i_TS_REQ(NULL, &p, (long)request->body_size);
    bool whole = query != NULL && p == request->body + request->body_size;
    return whole ? TAKE(query) : NULL;
}

static bool imprint_good(TS_REQ *query)
{
    TS_MSG_IMPRINT *imprint = TS_REQ_get_msg_imprint(query);
    const ASN1_OBJECT *oid = NULL;
    X509_ALGOR_get0(&oid, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    int nid = OBJ_obj2nid(oid);
    if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512) {
        return false;
    }
    int size = ASN1_STRING_length(TS_MSG_IMPRINT_get_msg(imprint));
    return size == EVP_MD_get_size(EVP_get_digestbynid(nid));
}

static bool policy_good(TS_REQ *query)
{
    char text[128] = TSA_POLICY;
    ASN1_OBJECT *asked = TS_REQ_get_policy_id(query);
    if (asked != NULL) {
        OBJ_obj2txt(text, sizeof text, asked, 1);
    }
    return strcmp(text, TSA_POLICY) == 0 || strcmp(text, TSA_OTHER_POLICY) == 0;
}

/* clause: RFC3161#2.4.2 what the TSA cannot serve is refused with the bit that says why */
static bool refused(TS_REQ *query, struct reply *reply)
{
    if (query == NULL || TS_REQ_get_version(query) != 1) {
        refuse(FAIL_BAD_DATA_FORMAT, "the request is not a TimeStampReq of version 1", reply);
    } else if (!imprint_good(query)) {
        refuse(FAIL_BAD_ALG, "the imprint must be SHA-256, SHA-384 or SHA-512", reply);
    } else if (!policy_good(query)) {
        refuse(FAIL_UNACCEPTED_POLICY, "the policy asked for is not served here", reply);
    } else if (TS_REQ_get_ext_count(query) > 0) {
        refuse(FAIL_UNACCEPTED_EXTENSION, "no extension is served here", reply);
    } else {
        return false;
    }
    return true;
}

static void by_plan(const struct token_plan *plan, const struct request *request,
                    struct reply *reply)
{
    const char *type = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (strcmp(request->method, "POST") != 0) {
        reply_text(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "POST a request\n");
        return;
    }
    if (type == NULL || strcmp(type, QUERY_TYPE) != 0) {
        reply_text(reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "not " QUERY_TYPE "\n");
        return;
    }
    AUTO(TS_REQ) *query = parse_request(request);
    if (refused(query, reply)) {
        return;
    }
    unsigned char *der = NULL;
    int size = token_response(plan, query, &der);
    reply_der(reply, REPLY_TYPE, der, size);
}

static const struct identity *unit(const struct store *store, const struct request *request)
{
    static const struct {
        const char *fault;
        const char *name;
    } others[] = {{"rsa", "tsa-rsa"},
                  {"expired", "tsa-expired"},
                  {"no-eku", "tsa-noeku"},
                  {"stranger", "tsa-stranger"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (wish_has(request, others[i].fault)) {
            return store_named(store, others[i].name);
        }
    }
    if (request->family[0] == '\0') {
        return store_named(store, "tsa");
    }
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%s-tsa", request->family);
    return store_current(store, "tsa", prefix, NULL, request->now);
}

static struct token_plan plan_of(const struct store *store, const struct request *request)
{
    struct token_plan plan = {.signer = unit(store, request), .now = request->now};
    plan.wrong_nonce = wish_has(request, "wrong-nonce");
    plan.wrong_imprint = wish_has(request, "wrong-imprint");
    plan.no_cert = wish_has(request, "no-cert");
    plan.leaf_only = wish_has(request, "leaf-only");
    plan.one_issuer = wish_has(request, "one-issuer");
    plan.ess_v1 = wish_has(request, "sha1-ess");
    plan.status = wish_has(request, "granted-mods") ? STATUS_GRANTED_WITH_MODS : STATUS_GRANTED;
    plan.fraction = wish_has(request, "fraction");
    if (wish_has(request, "clock")) {
        plan.now += wish_number(request, "clock", "offset", 0);
    }
    if (wish_has(request, "big")) {
        long bytes = wish_number(request, "big", "bytes", BIG_DEFAULT);
        plan.pad = bytes > 0 && bytes <= BIG_LIMIT ? (size_t)bytes : BIG_LIMIT;
    }
    return plan;
}

static void refuse_time(const struct request *request, struct reply *reply)
{
    long bit = wish_number(request, "rejected", "fail", FAIL_TIME_NOT_AVAILABLE);
    bool sane = bit >= 0 && bit < 32;
    refuse(sane ? (int)bit : FAIL_SYSTEM_FAILURE, "no time for you today", reply);
}

void tsa_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    if (wish_has(request, "rejected")) {
        refuse_time(request, reply);
        return;
    }
    struct token_plan plan = plan_of(store, request);
    if (plan.signer == NULL) {
        reply_text(reply, MHD_HTTP_NOT_FOUND, "no such unit: pades-mkpki --rsa makes it\n");
        return;
    }
    by_plan(&plan, request, reply);
}
