/* /crl/CA.crl: complete RFC 5280 lists made from the index for every answer, for every CA of it.
 * Certificates whose name ends in -delta are left to the delta list. The wishes (wish.h), besides
 * those of faults.c:
 *
 *   old=SECONDS  stale=SECONDS  future=SECONDS  no-next       thisUpdate and nextUpdate
 *   cutoff=DAYS             expiredCertsOnCRL
 *   entries=N  no-entries   N revoked serials that nobody has; none at all
 *   revoked  removed        all the CA gave out revoked; the revoked ones removeFromCRL
 *   delta                   deltaCRLIndicator; only the certificates left to it
 *   partition  wrong-partition  only-user  only-ca  only-attributes  some-reasons
 *                           issuingDistributionPoint: this address, another, ...
 *   indirect                indirectCRL, with the entries of p384-issuing too
 *   critical  version1      an unknown critical extension; no extensions at all
 *   stranger  other-issuer  another's signature below the CA's name; another CA's list
 *   sha1  wrong-signature   pem
 *
 * /ca/CA.cer: the certificate of a CA, DER (or pem, other: another one's); /ca/CA.p7c: certs-only,
 * together with those of the same subject and key. */
#include "common/auto.h"
#include "common/files.h"
#include "common/index.h"
#include "common/seal.h"
#include "server/routes.h"
#include "server/wish.h"

#include <microhttpd.h>
#include <openssl/pem.h>
#include <string.h>

#define VALID_SECONDS 86400L
#define DAY_SECONDS 86400L
#define REMOVE_FROM_CRL 8
#define ENTRIES_LIMIT 5000000L
#define INDIRECT_FOR "p384-issuing"
#define STRANGER "stranger-root"

/* One list in the making. */
struct list {
    const struct store *store;
    const struct request *request;
    const struct identity *ca;
    X509_CRL *crl;
};

static const struct identity *ca_of(const struct store *store, const char *path,
                                    const char *extension)
{
    const char *name = strrchr(path, '/') + 1;
    size_t length = strcspn(name, ".");
    for (size_t i = 0; i < store->count; i++) {
        const struct identity *ca = &store->who[i];
        if (strcmp(ca->kind, "ca") == 0 && strlen(ca->name) == length &&
            strncmp(ca->name, name, length) == 0 && strcmp(name + length, extension) == 0) {
            return ca;
        }
    }
    return NULL;
}

/* clause: RFC5280#5.3.1 reason 0 should be left out */
static bool add_reason(X509_REVOKED *entry, int reason)
{
    ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();
    bool good = value != NULL && ASN1_ENUMERATED_set(value, reason) == 1 &&
                (reason == 0 || X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0) == 1);
    ASN1_ENUMERATED_free(value);
    return good;
}

static bool add_certificate_issuer(X509_REVOKED *entry, const struct identity *ca)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    bool good = names != NULL && name != NULL;
    if (good) {
        name->type = GEN_DIRNAME;
        name->d.directoryName = X509_NAME_dup(X509_get_subject_name(ca->cert));
        good = sk_GENERAL_NAME_push(names, TAKE(name)) > 0 &&
               X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0) == 1;
    }
    GENERAL_NAME_free(name);
    GENERAL_NAMES_free(names);
    return good;
}

static bool add_entry(struct list *l, const BIGNUM *number, time_t at, int reason,
                      const struct identity *issuer)
{
    AUTO(X509_REVOKED) *entry = X509_REVOKED_new();
    AUTO(ASN1_TIME) *when = ASN1_TIME_set(NULL, at);
    AUTO(ASN1_INTEGER) *serial = BN_to_ASN1_INTEGER(number, NULL);
    bool good = entry != NULL && serial != NULL && when != NULL &&
                X509_REVOKED_set_serialNumber(entry, serial) == 1 &&
                X509_REVOKED_set_revocationDate(entry, when) == 1 && add_reason(entry, reason) &&
                (issuer == NULL || add_certificate_issuer(entry, issuer));
    return good && X509_CRL_add0_revoked(l->crl, TAKE(entry)) == 1;
}

static bool left_to_delta(const struct index_row *row)
{
    size_t n = strlen(row->name);
    return n > 6 && strcmp(row->name + n - 6, "-delta") == 0;
}

static bool listed(const struct list *l, const struct index_row *row)
{
    bool indirect = wish_has(l->request, "indirect") && strcmp(row->issuer, INDIRECT_FOR) == 0;
    bool revoked = row->revoked && row->revoked_at <= l->request->now;
    return (strcmp(row->issuer, l->ca->name) == 0 || indirect) &&
           (revoked || wish_has(l->request, "revoked")) &&
           left_to_delta(row) == wish_has(l->request, "delta");
}

static bool add_row(struct list *l, const struct index_row *row)
{
    BIGNUM *number = NULL;
    BN_hex2bn(&number, row->serial);
    bool own = strcmp(row->issuer, l->ca->name) == 0;
    int reason = wish_has(l->request, "removed") ? REMOVE_FROM_CRL : row->reason;
    long at = row->revoked ? row->revoked_at : (long)l->request->now - DAY_SECONDS;
    bool good = number != NULL &&
                add_entry(l, number, at, reason, own ? NULL : store_named(l->store, row->issuer));
    BN_free(number);
    return good;
}

/* Serials of 16 bytes that begin with 02: nobody has them. */
static bool add_strangers(struct list *l)
{
    long count = wish_number(l->request, "entries", NULL, 0);
    AUTO(BIGNUM) *number = BN_new();
    if (number == NULL || BN_set_bit(number, 121) != 1) {
        return false;
    }
    for (long i = 0; i < count && i < ENTRIES_LIMIT; i++) {
        if (BN_add_word(number, 97) != 1 ||
            !add_entry(l, number, l->request->now - DAY_SECONDS, 1, NULL)) {
            return false;
        }
    }
    return true;
}

static bool add_entries(struct list *l)
{
    if (wish_has(l->request, "no-entries")) {
        return true;
    }
    struct index *index = malloc(sizeof *index);
    bool good = index != NULL && index_load(l->store->dir, index) && add_strangers(l);
    for (size_t i = 0; good && i < index->count; i++) {
        if (listed(l, &index->rows[i])) {
            good = add_row(l, &index->rows[i]);
        }
    }
    free(index);
    return good;
}

static bool add_by_text(struct list *l, int nid, const char *text)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, l->ca->cert, NULL, NULL, l->crl, 0);
    AUTO(X509_EXTENSION) *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, text);
    return extension != NULL && X509_CRL_add_ext(l->crl, extension, -1) == 1;
}

static bool add_partition(struct list *l, const char *beside)
{
    AUTO(char) *path = path_join(l->store->dir, "base-url", "");
    AUTO(char) *base = file_read(path, NULL);
    char text[1024];
    snprintf(text, sizeof text, "critical,fullname:URI:%.*s/fault/partition%s%s",
             base == NULL ? 0 : (int)strcspn(base, "\n"), base == NULL ? "" : base,
             l->request->path, beside);
    return add_by_text(l, NID_issuing_distribution_point, text);
}

/* clause: RFC5280#5.2.5 issuingDistributionPoint */
static bool add_point(struct list *l)
{
    static const struct {
        const char *wish;
        const char *text;
    } points[] = {{"only-user", "critical,onlyuser:TRUE"},
                  {"only-ca", "critical,onlyCA:TRUE"},
                  {"only-attributes", "critical,onlyAA:TRUE"},
                  {"some-reasons", "critical,onlysomereasons:keyCompromise"},
                  {"indirect", "critical,indirectCRL:TRUE"}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        if (wish_has(l->request, points[i].wish)) {
            return add_by_text(l, NID_issuing_distribution_point, points[i].text);
        }
    }
    if (wish_has(l->request, "partition")) {
        return add_partition(l, "");
    }
    return !wish_has(l->request, "wrong-partition") || add_partition(l, ".other");
}

/* clause: RFC5280#5.2.4 deltaCRLIndicator: the number of the list of a day ago */
static bool add_delta(struct list *l)
{
    AUTO(ASN1_INTEGER) *number = ASN1_INTEGER_new();
    return !wish_has(l->request, "delta") ||
           (number != NULL && ASN1_INTEGER_set_int64(number, l->request->now - DAY_SECONDS) == 1 &&
            X509_CRL_add1_ext_i2d(l->crl, NID_delta_crl, number, 1, 0) == 1);
}

static bool add_raw(struct list *l, const char *oid, bool critical, ASN1_OCTET_STRING *value)
{
    AUTO(ASN1_OBJECT) *object = OBJ_txt2obj(oid, 1);
    AUTO(X509_EXTENSION) *extension =
        X509_EXTENSION_create_by_OBJ(NULL, object, critical ? 1 : 0, value);
    return extension != NULL && X509_CRL_add_ext(l->crl, extension, -1) == 1;
}

/* expiredCertsOnCRL of X.509: a GeneralizedTime */
static bool add_cutoff(struct list *l)
{
    if (!wish_has(l->request, "cutoff")) {
        return true;
    }
    long days = wish_number(l->request, "cutoff", "days", 3650);
    AUTO(ASN1_GENERALIZEDTIME) *when =
        ASN1_GENERALIZEDTIME_set(NULL, l->request->now - days * DAY_SECONDS);
    AUTO(ASN1_OCTET_STRING) *value = ASN1_OCTET_STRING_new();
    unsigned char *der = NULL;
    int size = when == NULL ? -1 : i2d_ASN1_GENERALIZEDTIME(when, &der);
    bool good = size > 0 && value != NULL && ASN1_OCTET_STRING_set(value, der, size) == 1 &&
                add_raw(l, "2.5.29.60", false, value);
    OPENSSL_free(der);
    return good;
}

static bool add_unknown(struct list *l)
{
    AUTO(ASN1_OCTET_STRING) *value = ASN1_OCTET_STRING_new();
    return !wish_has(l->request, "critical") ||
           (value != NULL && ASN1_OCTET_STRING_set(value, (const unsigned char *)"\005", 2) == 1 &&
            add_raw(l, "1.2.3.4.5.6.7.8", true, value));
}

static bool add_extensions(struct list *l)
{
    AUTO(ASN1_INTEGER) *number = ASN1_INTEGER_new();
    return wish_has(l->request, "version1") ||
           (X509_CRL_set_version(l->crl, X509_CRL_VERSION_2) == 1 &&
            add_by_text(l, NID_authority_key_identifier, "keyid:always") && number != NULL &&
            ASN1_INTEGER_set_int64(number, l->request->now) == 1 &&
            X509_CRL_add1_ext_i2d(l->crl, NID_crl_number, number, 0, 0) == 1 && add_point(l) &&
            add_delta(l) && add_cutoff(l) && add_unknown(l));
}

static bool set_times(struct list *l)
{
    const struct request *request = l->request;
    time_t this_update = request->now, next_update = request->now + VALID_SECONDS;
    if (wish_has(request, "old")) {
        this_update -= wish_number(request, "old", NULL, DAY_SECONDS / 2);
    }
    if (wish_has(request, "future")) {
        this_update += wish_number(request, "future", NULL, 3600);
    }
    if (wish_has(request, "stale")) {
        next_update = request->now - wish_number(request, "stale", NULL, DAY_SECONDS);
        this_update = next_update - VALID_SECONDS;
    }
    AUTO(ASN1_TIME) *from = ASN1_TIME_set(NULL, this_update);
    AUTO(ASN1_TIME) *to = ASN1_TIME_set(NULL, next_update);
    return from != NULL && to != NULL && X509_CRL_set1_lastUpdate(l->crl, from) == 1 &&
           (wish_has(request, "no-next") || X509_CRL_set1_nextUpdate(l->crl, to) == 1);
}

static bool sign(struct list *l)
{
    const struct identity *by =
        wish_has(l->request, "stranger") ? store_named(l->store, STRANGER) : l->ca;
    const EVP_MD *digest = wish_has(l->request, "sha1") ? EVP_sha1() : seal_digest(by->key);
    AUTO(EVP_MD_CTX) *ctx = seal_begin(by->key, digest, seal_pss(by->cert));
    return ctx != NULL && X509_CRL_sort(l->crl) == 1 && X509_CRL_sign_ctx(l->crl, ctx) > 0;
}

static X509_CRL *make_crl(const struct store *store, const struct request *request,
                          const struct identity *ca)
{
    AUTO(X509_CRL) *crl = X509_CRL_new();
    struct list l = {.store = store, .request = request, .ca = ca, .crl = crl};
    if (wish_has(request, "other-issuer")) {
        l.ca = store_named(store, STRANGER);
    }
    bool good = crl != NULL &&
                X509_CRL_set_issuer_name(crl, X509_get_subject_name(l.ca->cert)) == 1 &&
                set_times(&l) && add_entries(&l) && add_extensions(&l) && sign(&l);
    return good ? TAKE(crl) : NULL;
}

static void damage(unsigned char *der, int size)
{
    if (size > 0) {
        der[size - 8] ^= 1;
    }
}

static void reply_pem(struct reply *reply, const char *type, BIO *bio, int written)
{
    char *data = NULL;
    long size = written == 1 ? BIO_get_mem_data(bio, &data) : 0;
    unsigned char *copy = size > 0 ? OPENSSL_memdup(data, (size_t)size) : NULL;
    reply_der(reply, type, copy, copy == NULL ? -1 : (int)size);
}

void crl_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    static const char type[] = "application/pkix-crl";
    const struct identity *ca = ca_of(store, request->path, ".crl");
    if (ca == NULL) {
        reply_text(reply, MHD_HTTP_NOT_FOUND, "no such list\n");
        return;
    }
    AUTO(X509_CRL) *crl = make_crl(store, request, ca);
    if (crl != NULL && wish_has(request, "pem")) {
        AUTO(BIO) *bio = BIO_new(BIO_s_mem());
        reply_pem(reply, type, bio, PEM_write_bio_X509_CRL(bio, crl));
        return;
    }
    unsigned char *der = NULL;
    int size = crl == NULL ? -1 : i2d_X509_CRL(crl, &der);
    if (wish_has(request, "wrong-signature")) {
        damage(der, size);
    }
    reply_der(reply, type, der, size);
}

static bool same_ca(const struct identity *a, const struct identity *b)
{
    return strcmp(a->kind, "ca") == 0 && EVP_PKEY_eq(a->key, b->key) == 1 &&
           X509_NAME_cmp(X509_get_subject_name(a->cert), X509_get_subject_name(b->cert)) == 0;
}

/* clause: RFC5280#4.2.2.1 caIssuers may also be a certs-only CMS message */
static void bundle_answer(const struct store *store, const struct identity *ca, struct reply *reply)
{
    AUTO(PKCS7) *bundle = PKCS7_new();
    bool good = bundle != NULL && PKCS7_set_type(bundle, NID_pkcs7_signed) == 1 &&
                PKCS7_content_new(bundle, NID_pkcs7_data) == 1 &&
                PKCS7_set_detached(bundle, 1) == 1;
    for (size_t i = 0; good && i < store->count; i++) {
        if (same_ca(&store->who[i], ca)) {
            good = PKCS7_add_certificate(bundle, store->who[i].cert) == 1;
        }
    }
    unsigned char *der = NULL;
    int size = good ? i2d_PKCS7(bundle, &der) : -1;
    reply_der(reply, "application/pkcs7-mime", der, size);
}

void ca_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    static const char type[] = "application/pkix-cert";
    const struct identity *bundle = ca_of(store, request->path, ".p7c");
    const struct identity *ca = ca_of(store, request->path, ".cer");
    if (bundle != NULL) {
        bundle_answer(store, bundle, reply);
        return;
    }
    if (ca == NULL) {
        reply_text(reply, MHD_HTTP_NOT_FOUND, "no such certificate\n");
        return;
    }
    if (wish_has(request, "other")) {
        ca = store_named(store, STRANGER);
    }
    if (wish_has(request, "pem")) {
        AUTO(BIO) *bio = BIO_new(BIO_s_mem());
        reply_pem(reply, type, bio, PEM_write_bio_X509(bio, ca->cert));
        return;
    }
    unsigned char *der = NULL;
    int size = i2d_X509(ca->cert, &der);
    reply_der(reply, type, der, size);
}
