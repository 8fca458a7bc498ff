/* See token.h. The parts are OpenSSL's; they are put together here and not by
 * TS_RESP_create_response because that refuses, rightly, to make most of the wrong tokens. */
#include "server/token.h"

#include "common/auto.h"
#include "common/seal.h"

#include <openssl/ess.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>
#include <sys/time.h>

#define SERIAL_BITS 63
#define ACCURACY_SECONDS 1

static bool set_policy(TS_TST_INFO *info, TS_REQ *request)
{
    ASN1_OBJECT *asked = TS_REQ_get_policy_id(request);
    AUTO(ASN1_OBJECT) *own = OBJ_txt2obj(TSA_POLICY, 1);
    return TS_TST_INFO_set_policy_id(info, asked != NULL ? asked : own) == 1;
}

static bool set_imprint(TS_TST_INFO *info, TS_REQ *request, bool wrong)
{
    AUTO(TS_MSG_IMPRINT) *copy = TS_MSG_IMPRINT_dup(TS_REQ_get_msg_imprint(request));
    if (copy == NULL) {
        return false;
    }
    if (wrong) {
        ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(copy);
        unsigned char bytes[EVP_MAX_MD_SIZE];
        int size = ASN1_STRING_length(digest);
        memcpy(bytes, ASN1_STRING_get0_data(digest), (size_t)size);
        bytes[0] ^= 1;
        ASN1_OCTET_STRING_set(digest, bytes, size);
    }
    return TS_TST_INFO_set_msg_imprint(info, copy) == 1;
}

static bool set_serial(TS_TST_INFO *info)
{
    AUTO(BIGNUM) *number = BN_new();
    if (BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1) {
        return false;
    }
    AUTO(ASN1_INTEGER) *serial = BN_to_ASN1_INTEGER(number, NULL);
    return TS_TST_INFO_set_serial(info, serial) == 1;
}

static bool set_time(TS_TST_INFO *info, const struct token_plan *plan)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    AUTO(ASN1_GENERALIZEDTIME) *when = ASN1_GENERALIZEDTIME_set(NULL, plan->now);
    if (when == NULL) {
        return false;
    }
    if (plan->fraction) {
        /* clause: RFC3161#2.4.2 a fraction has no trailing zeros: the last digit is made odd */
        char text[32];
        long ms = now.tv_usec / 1000L;
        int n = snprintf(text, sizeof text, "%.14s.%03ldZ",
                         (const char *)ASN1_STRING_get0_data(when), ms | 1L);
        ASN1_STRING_set(when, text, n);
    }
    return TS_TST_INFO_set_time(info, when) == 1;
}

static bool set_accuracy(TS_TST_INFO *info)
{
    AUTO(TS_ACCURACY) *accuracy = TS_ACCURACY_new();
    AUTO(ASN1_INTEGER) *seconds = ASN1_INTEGER_new();
    return accuracy != NULL && ASN1_INTEGER_set(seconds, ACCURACY_SECONDS) == 1 &&
           TS_ACCURACY_set_seconds(accuracy, seconds) == 1 &&
           TS_TST_INFO_set_accuracy(info, accuracy) == 1;
}

static bool set_nonce(TS_TST_INFO *info, TS_REQ *request, bool wrong)
{
    const ASN1_INTEGER *asked = TS_REQ_get_nonce(request);
    if (asked == NULL) {
        return true;
    }
    AUTO(BIGNUM) *number = ASN1_INTEGER_to_BN(asked, NULL);
    if (number == NULL || (wrong && BN_add_word(number, 1) != 1)) {
        return false;
    }
    AUTO(ASN1_INTEGER) *nonce = BN_to_ASN1_INTEGER(number, NULL);
    return TS_TST_INFO_set_nonce(info, nonce) == 1;
}

static bool set_tsa_name(TS_TST_INFO *info, const struct identity *signer)
{
    AUTO(GENERAL_NAME) *name = GENERAL_NAME_new();
    if (name == NULL) {
        return false;
    }
    name->type = GEN_DIRNAME;
    name->d.directoryName = X509_NAME_dup(X509_get_subject_name(signer->cert));
    return name->d.directoryName != NULL && TS_TST_INFO_set_tsa(info, name) == 1;
}

static TS_TST_INFO *make_info(const struct token_plan *plan, TS_REQ *request)
{
    AUTO(TS_TST_INFO) *info = TS_TST_INFO_new();
    bool good = info != NULL && TS_TST_INFO_set_version(info, 1) == 1 &&
                set_policy(info, request) && set_imprint(info, request, plan->wrong_imprint) &&
                set_serial(info) && set_time(info, plan) && set_accuracy(info) &&
                set_nonce(info, request, plan->wrong_nonce) && set_tsa_name(info, plan->signer);
    return good ? TAKE(info) : NULL;
}

/* clause: RFC5816#2.2.1 signing-certificate-v2 names the TSA's certificate */
static ASN1_STRING *ess_value(X509 *cert, bool v1)
{
    unsigned char *der = NULL;
    int size = -1;
    if (v1) {
        ESS_SIGNING_CERT *ess = OSSL_ESS_signing_cert_new_init(cert, NULL, 1);
        size = i2d_ESS_SIGNING_CERT(ess, &der);
        ESS_SIGNING_CERT_free(ess);
    } else {
        ESS_SIGNING_CERT_V2 *ess = OSSL_ESS_signing_cert_v2_new_init(EVP_sha256(), cert, NULL, 1);
        size = i2d_ESS_SIGNING_CERT_V2(ess, &der);
        ESS_SIGNING_CERT_V2_free(ess);
    }
    ASN1_STRING *value = size > 0 ? ASN1_STRING_new() : NULL;
    if (value != NULL) {
        ASN1_STRING_set0(value, der, size);
    }
    return value;
}

/* The signing time too: else OpenSSL puts in that of the system, whatever the clock here says. */
static bool add_attributes(PKCS7_SIGNER_INFO *signer, const struct token_plan *plan)
{
    int nid =
        plan->ess_v1 ? NID_id_smime_aa_signingCertificate : NID_id_smime_aa_signingCertificateV2;
    ASN1_STRING *ess = ess_value(plan->signer->cert, plan->ess_v1);
    ASN1_TIME *when = ASN1_TIME_set(NULL, plan->now);
    return ess != NULL && when != NULL &&
           PKCS7_add_signed_attribute(signer, NID_pkcs9_contentType, V_ASN1_OBJECT,
                                      OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1 &&
           PKCS7_add_signed_attribute(signer, NID_pkcs9_signingTime, when->type, when) == 1 &&
           PKCS7_add_signed_attribute(signer, nid, V_ASN1_SEQUENCE, ess) == 1;
}

/* A certificate of about that size which has nothing to do with anything. */
static X509 *padding_cert(const struct identity *signer, size_t bytes)
{
    AUTO(X509) *cert = X509_new();
    AUTO(ASN1_OCTET_STRING) *filling = ASN1_OCTET_STRING_new();
    AUTO(char) *data = malloc(bytes);
    if (cert == NULL || filling == NULL || data == NULL ||
        RAND_bytes((unsigned char *)data, (int)bytes) != 1 ||
        ASN1_OCTET_STRING_set(filling, (unsigned char *)data, (int)bytes) != 1) {
        return NULL;
    }
    AUTO(X509_EXTENSION) *extension =
        X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, filling);
    X509_NAME *name = X509_get_subject_name(cert);
    bool good = extension != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
                X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
                                           (const unsigned char *)"padding", -1, -1, 0) == 1 &&
                X509_set_issuer_name(cert, name) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(cert), 0) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(cert), 86400) != NULL &&
                X509_set_pubkey(cert, signer->key) == 1 && X509_add_ext(cert, extension, -1) == 1 &&
                X509_sign(cert, signer->key, EVP_sha256()) > 0;
    return good ? TAKE(cert) : NULL;
}

/* The issuers that go with a token, one after the other; NULL when there are no more. A root only
 * when it is the unit's own issuer. */
static const struct identity *next_issuer(const struct token_plan *plan,
                                          const struct identity *after)
{
    const struct identity *issuer = after->issuer;
    bool first = after == plan->signer;
    bool wanted = !plan->leaf_only && (first || !plan->one_issuer);
    bool root = issuer != NULL && issuer->issuer == NULL;
    return issuer == NULL || !wanted || (root && !first) ? NULL : issuer;
}

static bool add_certs(PKCS7 *token, const struct token_plan *plan)
{
    bool good = PKCS7_add_certificate(token, plan->signer->cert) == 1;
    for (const struct identity *i = next_issuer(plan, plan->signer); good && i != NULL;
         i = next_issuer(plan, i)) {
        good = PKCS7_add_certificate(token, i->cert) == 1;
    }
    if (good && plan->pad > 0) {
        AUTO(X509) *padding = padding_cert(plan->signer, plan->pad);
        good = padding != NULL && PKCS7_add_certificate(token, padding) == 1;
    }
    return good;
}

static bool set_content(PKCS7 *token)
{
    AUTO(PKCS7) *content = PKCS7_new();
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    if (content == NULL || octets == NULL) {
        ASN1_OCTET_STRING_free(octets);
        return false;
    }
    content->type = OBJ_nid2obj(NID_id_smime_ct_TSTInfo);
    content->d.other = ASN1_TYPE_new();
    ASN1_TYPE_set(content->d.other, V_ASN1_OCTET_STRING, octets);
    bool good = PKCS7_set_content(token, content) == 1;
    if (good) {
        content = NULL;
    }
    return good;
}

static PKCS7 *sign_info(const struct token_plan *plan, TS_TST_INFO *info, bool with_certs)
{
    const struct identity *by = plan->signer;
    AUTO(PKCS7) *token = PKCS7_new();
    if (token == NULL || PKCS7_set_type(token, NID_pkcs7_signed) != 1 ||
        /* clause: RFC5652#5.1 version 3 for content that is not id-data */
        ASN1_INTEGER_set(token->d.sign->version, 3) != 1 ||
        (with_certs && !add_certs(token, plan))) {
        return NULL;
    }
    PKCS7_SIGNER_INFO *signer = PKCS7_add_signature(token, by->cert, by->key, seal_digest(by->key));
    if (signer == NULL || !add_attributes(signer, plan) || !set_content(token)) {
        return NULL;
    }
    AUTO(BIO) *bio = PKCS7_dataInit(token, NULL);
    if (bio == NULL || i2d_TS_TST_INFO_bio(bio, info) != 1 || PKCS7_dataFinal(token, bio) != 1) {
        return NULL;
    }
    return TAKE(token);
}

static bool add_cms_issuers(CMS_ContentInfo *cms, const struct token_plan *plan, unsigned flags)
{
    bool good = true;
    for (const struct identity *i = next_issuer(plan, plan->signer);
         good && i != NULL && (flags & CMS_NOCERTS) == 0; i = next_issuer(plan, i)) {
        good = CMS_add1_cert(cms, i->cert) == 1;
    }
    return good;
}

/* OpenSSL's PKCS7 knows no PSS: its CMS makes the same structure. */
static bool sign_cms(CMS_ContentInfo *cms, const struct token_plan *plan, BIO *content,
                     unsigned flags)
{
    const struct identity *by = plan->signer;
    AUTO(ASN1_TIME) *when = ASN1_TIME_set(NULL, plan->now);
    CMS_SignerInfo *signer = CMS_add1_signer(cms, by->cert, by->key, EVP_sha256(),
                                             flags | CMS_KEY_PARAM | CMS_CADES | CMS_NOSMIMECAP);
    EVP_PKEY_CTX *ctx = signer == NULL ? NULL : CMS_SignerInfo_get0_pkey_ctx(signer);
    return ctx != NULL && when != NULL &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
           /* else it would be put in with the time of the system */
           CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, when->type, when, -1) == 1 &&
           add_cms_issuers(cms, plan, flags) &&
           CMS_final(cms, content, NULL, flags | CMS_BINARY) == 1;
}

static PKCS7 *sign_info_pss(const struct token_plan *plan, TS_TST_INFO *info, bool with_certs)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL | (with_certs ? 0U : CMS_NOCERTS);
    AUTO(BIO) *content = BIO_new(BIO_s_mem());
    AUTO(CMS_ContentInfo) *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    bool good = content != NULL && cms != NULL && i2d_TS_TST_INFO_bio(content, info) == 1 &&
                CMS_set_detached(cms, 0) == 1 &&
                CMS_set1_eContentType(cms, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1 &&
                sign_cms(cms, plan, content, with_certs ? 0U : CMS_NOCERTS);
    unsigned char *der = NULL;
    int size = good ? i2d_CMS_ContentInfo(cms, &der) : -1;
    const unsigned char *p = der;
    PKCS7 *token = size > 0 ? d2i_PKCS7(NULL, &p, size) : NULL;
    OPENSSL_free(der);
    return token;
}

int token_response(const struct token_plan *plan, TS_REQ *request, unsigned char **ret_der)
{
    AUTO(TS_TST_INFO) *info = make_info(plan, request);
    AUTO(TS_RESP) *response = TS_RESP_new();
    AUTO(TS_STATUS_INFO) *status = TS_STATUS_INFO_new();
    bool with_certs = TS_REQ_get_cert_req(request) && !plan->no_cert;
    bool pss = seal_pss(plan->signer->cert);
    AUTO(PKCS7) *token = info == NULL ? NULL
                         : pss        ? sign_info_pss(plan, info, with_certs)
                                      : sign_info(plan, info, with_certs);
    if (token == NULL || response == NULL || status == NULL ||
        TS_STATUS_INFO_set_status(status, plan->status) != 1 ||
        TS_RESP_set_status_info(response, status) != 1) {
        return -1;
    }
    TS_RESP_set_tst_info(response, TAKE(token), TAKE(info));
    return i2d_TS_RESP(response, ret_der);
}

int token_refusal(int failure, const char *text, unsigned char **ret_der)
{
    char description[512];
    int n = snprintf(description, sizeof description,
                     "[response]\nstatus = SEQUENCE:status\n"
                     "[status]\nstatus = INTEGER:%d\ntext = SEQUENCE:text\n"
                     "failure = FORMAT:BITLIST,BITSTRING:%d\n"
                     "[text]\nline = FORMAT:UTF8,UTF8String:%s\n",
                     STATUS_REJECTION, failure, text);
    AUTO(BIO) *bio = BIO_new_mem_buf(description, n);
    AUTO(CONF) *conf = NCONF_new(NULL);
    if (bio == NULL || conf == NULL || NCONF_load_bio(conf, bio, NULL) != 1) {
        return -1;
    }
    ASN1_TYPE *value = ASN1_generate_nconf("SEQUENCE:response", conf);
    int size = value == NULL ? -1 : i2d_ASN1_TYPE(value, ret_der);
    ASN1_TYPE_free(value);
    return size;
}
