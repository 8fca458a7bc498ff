/* RFC 6960 over HTTP, by POST and by GET. /ocsp answers for the issuing CA with a delegated
 * responder, /ocsp-direct for the issuing CA and the root with their own keys. The status is read
 * from the index for every answer. An issuer that is not ours is "unauthorized", a serial never
 * given out "unknown". */
#include "common/auto.h"
#include "common/index.h"
#include "server/routes.h"

#include <microhttpd.h>
#include <openssl/ocsp.h>
#include <string.h>

#define REPLY_TYPE "application/ocsp-response"
#define QUERY_TYPE "application/ocsp-request"
#define VALID_SECONDS 86400L

static unsigned char *decode_base64(const char *text, size_t *ret_size)
{
    size_t length = strlen(text);
    unsigned char *bytes = malloc(length + 4);
    int n = bytes == NULL || length > 65536
                ? -1
                : EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);
    size_t padding = (size_t)(length > 0 && text[length - 1] == '=') +
                     (size_t)(length > 1 && text[length - 2] == '=');
    if (n <= 0) {
        free(bytes);
        return NULL;
    }
    *ret_size = (size_t)n - padding;
    return bytes;
}

static OCSP_REQUEST *parse_whole(const unsigned char *bytes, size_t size)
{
    const unsigned char *p = bytes;
    AUTO(OCSP_REQUEST) *query = d2i_OCSP_REQUEST(NULL, &p, (long)size);
    bool whole = query != NULL && p == bytes + size;
    return whole ? TAKE(query) : NULL;
}

/* clause: RFC6960#A.1 GET {url}/{base64 of the DER} */
static OCSP_REQUEST *parse_query(const struct request *request)
{
    if (strcmp(request->method, "POST") == 0) {
        return request->body == NULL ? NULL : parse_whole(request->body, request->body_size);
    }
    const char *slash = strchr(request->path + 1, '/');
    size_t size = 0;
    unsigned char *bytes = slash == NULL ? NULL : decode_base64(slash + 1, &size);
    OCSP_REQUEST *query = bytes == NULL ? NULL : parse_whole(bytes, size);
    free(bytes);
    return query;
}

static bool issued_by(OCSP_CERTID *id, const struct identity *ca)
{
    ASN1_OBJECT *algorithm = NULL;
    ASN1_INTEGER *serial = NULL;
    OCSP_id_get0_info(NULL, &algorithm, NULL, &serial, id);
    const EVP_MD *digest = EVP_get_digestbyobj(algorithm);
    if (digest == NULL) {
        return false;
    }
    AUTO(OCSP_CERTID) *ours = OCSP_cert_id_new(digest, X509_get_subject_name(ca->cert),
                                               X509_get0_pubkey_bitstr(ca->cert), serial);
    return ours != NULL && OCSP_id_issuer_cmp(ours, id) == 0;
}

static const struct index_row *row_of(OCSP_CERTID *id, const struct identity *ca,
                                      const struct index *index)
{
    ASN1_INTEGER *serial = NULL;
    OCSP_id_get0_info(NULL, NULL, NULL, &serial, id);
    AUTO(BIGNUM) *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *hex = number == NULL ? NULL : BN_bn2hex(number);
    const struct index_row *row = hex == NULL ? NULL : index_find(index, ca->name, hex);
    OPENSSL_free(hex);
    return row;
}

static bool add_status(OCSP_BASICRESP *basic, OCSP_CERTID *id, const struct index_row *row)
{
    time_t now = time(NULL);
    AUTO(ASN1_TIME) *from = ASN1_TIME_set(NULL, now);
    AUTO(ASN1_TIME) *to = ASN1_TIME_set(NULL, now + VALID_SECONDS);
    AUTO(ASN1_TIME) *revoked = row == NULL ? NULL : ASN1_TIME_set(NULL, row->revoked_at);
    int status = V_OCSP_CERTSTATUS_UNKNOWN;
    if (row != NULL) {
        status = row->revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD;
    }
    int reason = row != NULL && row->revoked ? row->reason : OCSP_REVOKED_STATUS_NOSTATUS;
    return OCSP_basic_add1_status(basic, id, status, reason, revoked, from, to) != NULL;
}

/* NULL: nothing that this authority can say anything about. */
static const struct identity *authority(OCSP_REQUEST *query, const struct store *store, bool direct)
{
    OCSP_ONEREQ *first = OCSP_request_onereq_get0(query, 0);
    OCSP_CERTID *id = first == NULL ? NULL : OCSP_onereq_get0_id(first);
    if (id != NULL && issued_by(id, &store->who[WHO_ISSUING])) {
        return &store->who[WHO_ISSUING];
    }
    if (id != NULL && direct && issued_by(id, &store->who[WHO_ROOT])) {
        return &store->who[WHO_ROOT];
    }
    return NULL;
}

static bool add_all(OCSP_BASICRESP *basic, OCSP_REQUEST *query, const struct identity *ca,
                    const struct index *index)
{
    for (int i = 0; i < OCSP_request_onereq_count(query); i++) {
        OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(query, i));
        const struct index_row *row = issued_by(id, ca) ? row_of(id, ca, index) : NULL;
        if (!add_status(basic, id, row)) {
            return false;
        }
    }
    return OCSP_copy_nonce(basic, query) > 0;
}

static OCSP_RESPONSE *respond(const struct store *store, OCSP_REQUEST *query, bool direct)
{
    const struct identity *ca = authority(query, store, direct);
    if (ca == NULL) {
        return OCSP_response_create(OCSP_RESPONSE_STATUS_UNAUTHORIZED, NULL);
    }
    const struct identity *signer = direct ? ca : &store->who[WHO_OCSP];
    /* clause: RFC6960#4.2.2.2 a delegated responder sends its certificate, the CA needs none */
    unsigned long flags = direct ? OCSP_NOCERTS : 0UL;
    const EVP_MD *digest = EVP_PKEY_get_bits(signer->key) == 384 ? EVP_sha384() : EVP_sha256();
    AUTO(OCSP_BASICRESP) *basic = OCSP_BASICRESP_new();
    struct index *index = malloc(sizeof *index);
    bool good = basic != NULL && index != NULL && index_load(store->dir, index) &&
                add_all(basic, query, ca, index) &&
                OCSP_basic_sign(basic, signer->cert, signer->key, digest, NULL, flags) == 1;
    free(index);
    return good ? OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
                : OCSP_response_create(OCSP_RESPONSE_STATUS_INTERNALERROR, NULL);
}

static void answer(const struct store *store, const struct request *request, struct reply *reply,
                   bool direct)
{
    const char *type = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    bool post = strcmp(request->method, "POST") == 0;
    if (post && (type == NULL || strcmp(type, QUERY_TYPE) != 0)) {
        reply_text(reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "not " QUERY_TYPE "\n");
        return;
    }
    AUTO(OCSP_REQUEST) *query = parse_query(request);
    AUTO(OCSP_RESPONSE) *response =
        query == NULL ? OCSP_response_create(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, NULL)
                      : respond(store, query, direct);
    unsigned char *der = NULL;
    int size = response == NULL ? -1 : i2d_OCSP_RESPONSE(response, &der);
    reply_der(reply, REPLY_TYPE, der, size);
}

void ocsp_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    answer(store, request, reply, false);
}

void ocsp_direct_answer(const struct store *store, const struct request *request,
                        struct reply *reply)
{
    answer(store, request, reply, true);
}
