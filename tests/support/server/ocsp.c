/* RFC 6960 over HTTP, by POST and by GET. /ocsp answers for every CA that has a delegated
 * responder, /ocsp-direct for every CA with its own key. The status is read from the index for
 * every answer. An issuer that is not ours is "unauthorized", a serial never given out "unknown".
 * The wishes (wish.h), besides those of faults.c:
 *
 *   old=SECONDS  stale=SECONDS  future=SECONDS  no-next       thisUpdate and nextUpdate
 *   cutoff=DAYS             archiveCutoff
 *   good  revoked  onhold  unknown          whatever the index says
 *   other-cert              about the serial after the one asked for
 *   no-nonce  wrong-nonce   the nonce left out, or replayed
 *   stranger  expired  noeku  no-cert  by-key  sha1  wrong-signature     who signs, and how
 *   several                 answers about other certificates before the one asked for
 *   try-later  internal  sig-required  unauthorized  malformed          no answer at all */
#include "common/auto.h"
#include "common/index.h"
#include "common/seal.h"
#include "server/routes.h"
#include "server/wish.h"

#include <microhttpd.h>
#include <openssl/ocsp.h>
#include <string.h>

#define REPLY_TYPE "application/ocsp-response"
#define QUERY_TYPE "application/ocsp-request"
#define VALID_SECONDS 86400L
#define DAY_SECONDS 86400L
#define KEY_COMPROMISE 1
#define ON_HOLD 6

/* One answer in the making. */
struct answer {
    const struct store *store;
    const struct request *request;
    OCSP_REQUEST *query;
    OCSP_BASICRESP *basic;
    const struct identity *ca;
    struct index *index;
    bool direct;
};

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

struct status {
    int status;
    int reason;
    long revoked_at;
};

static struct status status_of(const struct request *request, const struct index_row *row)
{
    static const struct {
        const char *wish;
        int status;
        int reason;
    } forced[] = {{"good", V_OCSP_CERTSTATUS_GOOD, -1},
                  {"revoked", V_OCSP_CERTSTATUS_REVOKED, KEY_COMPROMISE},
                  {"onhold", V_OCSP_CERTSTATUS_REVOKED, ON_HOLD},
                  {"unknown", V_OCSP_CERTSTATUS_UNKNOWN, -1}};
    for (size_t i = 0; i < sizeof forced / sizeof forced[0]; i++) {
        if (wish_has(request, forced[i].wish)) {
            long ago = wish_number(request, forced[i].wish, NULL, DAY_SECONDS);
            return (struct status){forced[i].status, forced[i].reason, request->now - ago};
        }
    }
    if (row == NULL || row->unknown) {
        return (struct status){V_OCSP_CERTSTATUS_UNKNOWN, -1, 0};
    }
    if (row->revoked && row->revoked_at <= request->now) {
        return (struct status){V_OCSP_CERTSTATUS_REVOKED, row->reason, row->revoked_at};
    }
    return (struct status){V_OCSP_CERTSTATUS_GOOD, -1, 0};
}

static void times_of(const struct request *request, time_t *from, time_t *to)
{
    *from = request->now;
    *to = request->now + VALID_SECONDS;
    if (wish_has(request, "old")) {
        *from -= wish_number(request, "old", NULL, DAY_SECONDS / 2);
    }
    if (wish_has(request, "future")) {
        *from += wish_number(request, "future", NULL, 3600);
    }
    if (wish_has(request, "stale")) {
        *to = request->now - wish_number(request, "stale", NULL, DAY_SECONDS);
        *from = *to - VALID_SECONDS;
    }
}

/* clause: RFC6960#4.4.4 archiveCutoff */
static bool add_cutoff(OCSP_SINGLERESP *single, const struct request *request)
{
    if (!wish_has(request, "cutoff")) {
        return true;
    }
    time_t at = request->now - wish_number(request, "cutoff", "days", 3650) * DAY_SECONDS;
    AUTO(ASN1_GENERALIZEDTIME) *when = ASN1_GENERALIZEDTIME_set(NULL, at);
    return when != NULL &&
           OCSP_SINGLERESP_add1_ext_i2d(single, NID_id_pkix_OCSP_archiveCutoff, when, 0, 0) == 1;
}

static bool add_status(struct answer *a, OCSP_CERTID *id, const struct index_row *row)
{
    time_t this_update = 0, next_update = 0;
    times_of(a->request, &this_update, &next_update);
    struct status status = status_of(a->request, row);
    AUTO(ASN1_TIME) *from = ASN1_TIME_set(NULL, this_update);
    AUTO(ASN1_TIME) *to = wish_has(a->request, "no-next") ? NULL : ASN1_TIME_set(NULL, next_update);
    AUTO(ASN1_TIME) *revoked = ASN1_TIME_set(NULL, status.revoked_at);
    OCSP_SINGLERESP *single =
        OCSP_basic_add1_status(a->basic, id, status.status, status.reason, revoked, from, to);
    return single != NULL && add_cutoff(single, a->request);
}

/* The id with another serial. */
static OCSP_CERTID *other_id(OCSP_CERTID *id, unsigned long further)
{
    AUTO(OCSP_CERTID) *copy = OCSP_CERTID_dup(id);
    ASN1_INTEGER *serial = NULL;
    OCSP_id_get0_info(NULL, NULL, NULL, &serial, copy);
    AUTO(BIGNUM) *number = ASN1_INTEGER_to_BN(serial, NULL);
    bool good = number != NULL && BN_add_word(number, further) == 1 &&
                BN_to_ASN1_INTEGER(number, serial) != NULL;
    return good ? TAKE(copy) : NULL;
}

static bool add_one(struct answer *a, OCSP_CERTID *id)
{
    const struct index_row *row = issued_by(id, a->ca) ? row_of(id, a->ca, a->index) : NULL;
    if (wish_has(a->request, "several")) {
        AUTO(OCSP_CERTID) *before = other_id(id, 2);
        if (before == NULL || !add_status(a, before, NULL)) {
            return false;
        }
    }
    if (wish_has(a->request, "other-cert")) {
        AUTO(OCSP_CERTID) *other = other_id(id, 1);
        return other != NULL && add_status(a, other, row);
    }
    return add_status(a, id, row);
}

static bool add_nonce(struct answer *a)
{
    if (wish_has(a->request, "no-nonce")) {
        return true;
    }
    if (wish_has(a->request, "wrong-nonce")) {
        return OCSP_basic_add1_nonce(a->basic, NULL, -1) == 1;
    }
    return OCSP_copy_nonce(a->basic, a->query) > 0;
}

static bool add_all(struct answer *a)
{
    for (int i = 0; i < OCSP_request_onereq_count(a->query); i++) {
        if (!add_one(a, OCSP_onereq_get0_id(OCSP_request_onereq_get0(a->query, i)))) {
            return false;
        }
    }
    return add_nonce(a);
}

static const struct identity *responder_of(const struct answer *a, const struct identity *ca)
{
    return store_current(a->store, "ocsp", "", ca, a->request->now);
}

/* NULL: nothing that this authority can say anything about. */
static const struct identity *authority(const struct answer *a)
{
    OCSP_ONEREQ *first = OCSP_request_onereq_get0(a->query, 0);
    OCSP_CERTID *id = first == NULL ? NULL : OCSP_onereq_get0_id(first);
    for (size_t i = 0; id != NULL && i < a->store->count; i++) {
        const struct identity *ca = &a->store->who[i];
        if (strcmp(ca->kind, "ca") == 0 && issued_by(id, ca) &&
            (a->direct || responder_of(a, ca) != NULL)) {
            return ca;
        }
    }
    return NULL;
}

static const struct identity *signer_of(const struct answer *a)
{
    static const struct {
        const char *wish;
        const char *name;
    } others[] = {{"stranger", "ocsp-stranger"},
                  {"expired", "p384-ocsp-expired"},
                  {"noeku", "p384-ocsp-noeku"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (wish_has(a->request, others[i].wish)) {
            return store_named(a->store, others[i].name);
        }
    }
    return a->direct ? a->ca : responder_of(a, a->ca);
}

/* clause: RFC6960#4.2.2.2 a delegated responder sends its certificate, the CA needs none */
static bool sign(struct answer *a)
{
    const struct identity *signer = signer_of(a);
    bool bare = signer == a->ca || wish_has(a->request, "no-cert");
    unsigned long flags = OCSP_NOTIME | (bare ? OCSP_NOCERTS : 0UL) |
                          (wish_has(a->request, "by-key") ? OCSP_RESPID_KEY : 0UL);
    const EVP_MD *digest = wish_has(a->request, "sha1") ? EVP_sha1() : seal_digest(signer->key);
    AUTO(EVP_MD_CTX) *ctx = seal_begin(signer->key, digest, seal_pss(signer->cert));
    return ctx != NULL && OCSP_basic_sign_ctx(a->basic, signer->cert, ctx, NULL, flags) == 1;
}

static void damage(OCSP_BASICRESP *basic)
{
    union {
        const ASN1_OCTET_STRING *in;
        ASN1_OCTET_STRING *out;
    } view = {OCSP_resp_get0_signature(basic)};
    ASN1_STRING_get0_data(view.in);
    view.out->data[view.out->length / 2] ^= 1;
}

/* producedAt is thisUpdate's: OpenSSL would put in the time of the system. */
static bool set_produced(struct answer *a)
{
    time_t from = 0, to = 0;
    times_of(a->request, &from, &to);
    union {
        const ASN1_GENERALIZEDTIME *in;
        ASN1_GENERALIZEDTIME *out;
    } view = {OCSP_resp_get0_produced_at(a->basic)};
    return ASN1_GENERALIZEDTIME_set(view.out, from) != NULL;
}

static OCSP_RESPONSE *respond(struct answer *a)
{
    a->ca = authority(a);
    if (a->ca == NULL) {
        return OCSP_response_create(OCSP_RESPONSE_STATUS_UNAUTHORIZED, NULL);
    }
    AUTO(OCSP_BASICRESP) *basic = OCSP_BASICRESP_new();
    a->basic = basic;
    a->index = malloc(sizeof *a->index);
    bool good = basic != NULL && a->index != NULL && index_load(a->store->dir, a->index) &&
                set_produced(a) && add_all(a) && sign(a);
    free(a->index);
    if (good && wish_has(a->request, "wrong-signature")) {
        damage(basic);
    }
    return good ? OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
                : OCSP_response_create(OCSP_RESPONSE_STATUS_INTERNALERROR, NULL);
}

/* -1: none is wished. */
static int wished_failure(const struct request *request)
{
    static const struct {
        const char *wish;
        int status;
    } failures[] = {{"try-later", OCSP_RESPONSE_STATUS_TRYLATER},
                    {"internal", OCSP_RESPONSE_STATUS_INTERNALERROR},
                    {"sig-required", OCSP_RESPONSE_STATUS_SIGREQUIRED},
                    {"unauthorized", OCSP_RESPONSE_STATUS_UNAUTHORIZED},
                    {"malformed", OCSP_RESPONSE_STATUS_MALFORMEDREQUEST}};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        if (wish_has(request, failures[i].wish)) {
            return failures[i].status;
        }
    }
    return -1;
}

static OCSP_RESPONSE *response_to(struct answer *a)
{
    int failure = wished_failure(a->request);
    if (a->query == NULL) {
        failure = OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
    }
    return failure >= 0 ? OCSP_response_create(failure, NULL) : respond(a);
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
    struct answer a = {.store = store, .request = request, .query = query, .direct = direct};
    AUTO(OCSP_RESPONSE) *response = response_to(&a);
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
