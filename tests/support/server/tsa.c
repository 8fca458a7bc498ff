/* See tsa.h. */
#include "server/tsa.h"

#include "common/auto.h"

#include <microhttpd.h>
#include <string.h>

#define REPLY_TYPE "application/timestamp-reply"
#define QUERY_TYPE "application/timestamp-query"

void tsa_refuse(int failure, const char *text, struct reply *reply)
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
        tsa_refuse(FAIL_BAD_DATA_FORMAT, "the request is not a TimeStampReq of version 1", reply);
    } else if (!imprint_good(query)) {
        tsa_refuse(FAIL_BAD_ALG, "the imprint must be SHA-256, SHA-384 or SHA-512", reply);
    } else if (!policy_good(query)) {
        tsa_refuse(FAIL_UNACCEPTED_POLICY, "the policy asked for is not served here", reply);
    } else if (TS_REQ_get_ext_count(query) > 0) {
        tsa_refuse(FAIL_UNACCEPTED_EXTENSION, "no extension is served here", reply);
    } else {
        return false;
    }
    return true;
}

void tsa_by_plan(const struct token_plan *plan, const struct request *request, struct reply *reply)
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
