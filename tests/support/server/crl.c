/* /crl/issuing.crl, /crl/root.crl: complete RFC 5280 lists made from the index for every answer;
 * /ca/issuing.cer, /ca/root.cer: the certificates of the CAs, DER. */
#include "common/auto.h"
#include "common/index.h"
#include "server/routes.h"

#include <microhttpd.h>
#include <string.h>

#define VALID_SECONDS 86400L

static const struct identity *ca_of(const struct store *store, const char *path,
                                    const char *extension)
{
    static const enum who known[] = {WHO_ISSUING, WHO_ROOT, WHO_STRANGER_ROOT};
    const char *name = strrchr(path, '/') + 1;
    size_t length = strcspn(name, ".");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct identity *ca = &store->who[known[i]];
        if (strlen(ca->name) == length && strncmp(ca->name, name, length) == 0 &&
            strcmp(name + length, extension) == 0) {
            return ca;
        }
    }
    return NULL;
}

static bool add_entry(X509_CRL *crl, const struct index_row *row)
{
    AUTO(X509_REVOKED) *entry = X509_REVOKED_new();
    AUTO(ASN1_TIME) *when = ASN1_TIME_set(NULL, row->revoked_at);
    BIGNUM *number = NULL;
    BN_hex2bn(&number, row->serial);
    AUTO(ASN1_INTEGER) *serial = BN_to_ASN1_INTEGER(number, NULL);
    BN_free(number);
    ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
    bool good =
        entry != NULL && serial != NULL && reason != NULL &&
        X509_REVOKED_set_serialNumber(entry, serial) == 1 &&
        X509_REVOKED_set_revocationDate(entry, when) == 1 &&
        ASN1_ENUMERATED_set(reason, row->reason) == 1 &&
        /* clause: RFC5280#5.3.1 reason 0 should be left out */
        (row->reason == 0 || X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0) == 1);
    ASN1_ENUMERATED_free(reason);
    return good && X509_CRL_add0_revoked(crl, TAKE(entry)) == 1;
}

static bool add_entries(X509_CRL *crl, const struct store *store, const struct identity *ca)
{
    struct index *index = malloc(sizeof *index);
    bool good = index != NULL && index_load(store->dir, index);
    for (size_t i = 0; good && i < index->count; i++) {
        const struct index_row *row = &index->rows[i];
        if (row->revoked && strcmp(row->issuer, ca->name) == 0) {
            good = add_entry(crl, row);
        }
    }
    free(index);
    return good;
}

static bool add_extensions(X509_CRL *crl, const struct identity *ca, time_t now)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, ca->cert, NULL, NULL, crl, 0);
    AUTO(X509_EXTENSION) *aki =
        X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
    AUTO(ASN1_INTEGER) *number = ASN1_INTEGER_new();
    return aki != NULL && X509_CRL_add_ext(crl, aki, -1) == 1 &&
           ASN1_INTEGER_set_int64(number, now) == 1 &&
           X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1;
}

static X509_CRL *make_crl(const struct store *store, const struct identity *ca)
{
    time_t now = time(NULL);
    AUTO(X509_CRL) *crl = X509_CRL_new();
    AUTO(ASN1_TIME) *from = ASN1_TIME_set(NULL, now);
    AUTO(ASN1_TIME) *to = ASN1_TIME_set(NULL, now + VALID_SECONDS);
    const EVP_MD *digest = EVP_PKEY_get_bits(ca->key) == 384 ? EVP_sha384() : EVP_sha256();
    bool good = crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
                X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert)) == 1 &&
                X509_CRL_set1_lastUpdate(crl, from) == 1 &&
                X509_CRL_set1_nextUpdate(crl, to) == 1 && add_entries(crl, store, ca) &&
                X509_CRL_sort(crl) == 1 && add_extensions(crl, ca, now) &&
                X509_CRL_sign(crl, ca->key, digest) > 0;
    return good ? TAKE(crl) : NULL;
}

void crl_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    const struct identity *ca = ca_of(store, request->path, ".crl");
    if (ca == NULL) {
        reply_text(reply, MHD_HTTP_NOT_FOUND, "no such list\n");
        return;
    }
    AUTO(X509_CRL) *crl = make_crl(store, ca);
    unsigned char *der = NULL;
    int size = crl == NULL ? -1 : i2d_X509_CRL(crl, &der);
    reply_der(reply, "application/pkix-crl", der, size);
}

void ca_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    const struct identity *ca = ca_of(store, request->path, ".cer");
    if (ca == NULL) {
        reply_text(reply, MHD_HTTP_NOT_FOUND, "no such certificate\n");
        return;
    }
    unsigned char *der = NULL;
    int size = i2d_X509(ca->cert, &der);
    reply_der(reply, "application/pkix-cert", der, size);
}
