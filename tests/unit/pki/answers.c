#include "pki/answers.h"

#include <openssl/ocsp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

buf from_hex(const char *hex)
{
    buf out = BUF(1U << 16);
    for (; hex[0] && hex[1]; hex += 2) {
        char pair[3] = {hex[0], hex[1], 0};
        buf_add_byte(&out, (uint8_t)strtoul(pair, NULL, 16));
    }
    return out;
}

static X509_EXTENSION *raw_ext(const answer_ext *ext)
{
    buf value = from_hex(ext->value + 4);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *id = OBJ_txt2obj(ext->name, 1);
    assert_int_equal(ASN1_OCTET_STRING_set(octets, value.p, (int)value.n), 1);
    X509_EXTENSION *x = X509_EXTENSION_create_by_OBJ(NULL, id, ext->critical, octets);
    ASN1_OBJECT_free(id);
    ASN1_OCTET_STRING_free(octets);
    buf_free(&value);
    assert_non_null(x);
    return x;
}

static X509_EXTENSION *made_ext_of(const answer_ext *ext)
{
    if (strncmp(ext->value, "hex:", 4) == 0) {
        return raw_ext(ext);
    }
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *x = X509V3_EXT_nconf(NULL, &ctx, ext->name, ext->value);
    assert_non_null(x);
    return x;
}

static EVP_MD_CTX *signing(const made *signer, const char *md, bool pss)
{
    EVP_PKEY_CTX *pc = NULL;
    EVP_MD_CTX *mc = EVP_MD_CTX_new();
    const EVP_MD *digest = md && !*md ? NULL : EVP_get_digestbyname(md ? md : "SHA256");
    assert_int_equal(EVP_DigestSignInit(mc, &pc, digest, NULL, signer->key), 1);
    if (pss) {
        assert_true(EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, RSA_PSS_SALTLEN_DIGEST) > 0);
    }
    return mc;
}

static int64_t or_else(int64_t time, int64_t otherwise)
{
    return time ? time : otherwise;
}

static ASN1_TIME *time_or_null(int64_t time)
{
    return time < 0 ? NULL : ASN1_TIME_set(NULL, (time_t)time);
}

static OCSP_SINGLERESP *add_single(OCSP_BASICRESP *basic, const ocsp_spec *spec, const made *about,
                                   int status, int64_t from)
{
    const EVP_MD *md = EVP_get_digestbyname(spec->id_md ? spec->id_md : "SHA1");
    OCSP_CERTID *id = OCSP_cert_to_id(md, about->x, spec->issuer->x);
    ASN1_TIME *revoked = time_or_null(or_else(spec->revoked_at, MADE_NOW - DAY_SECONDS));
    ASN1_TIME *first = time_or_null(from);
    ASN1_TIME *next = time_or_null(or_else(spec->to, MADE_NOW + DAY_SECONDS));
    OCSP_SINGLERESP *s =
        OCSP_basic_add1_status(basic, id, status, spec->reason, revoked, first, next);
    assert_non_null(s);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(revoked);
    ASN1_TIME_free(first);
    ASN1_TIME_free(next);
    return s;
}

static void add_extensions(OCSP_BASICRESP *basic, OCSP_SINGLERESP *s, const ocsp_spec *spec)
{
    if (spec->nonce) {
        uint8_t nonce[16];
        memcpy(nonce, spec->nonce, sizeof nonce);
        assert_int_equal(OCSP_basic_add1_nonce(basic, nonce, sizeof nonce), 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(spec->ext) && spec->ext[i].name; i++) {
        X509_EXTENSION *x = made_ext_of(&spec->ext[i]);
        assert_int_equal(OCSP_BASICRESP_add_ext(basic, x, -1), 1);
        X509_EXTENSION_free(x);
    }
    for (size_t i = 0; i < ARRAY_LEN(spec->single_ext) && spec->single_ext[i].name; i++) {
        X509_EXTENSION *x = made_ext_of(&spec->single_ext[i]);
        assert_int_equal(OCSP_SINGLERESP_add_ext(s, x, -1), 1);
        X509_EXTENSION_free(x);
    }
}

static void sign_basic(OCSP_BASICRESP *basic, const ocsp_spec *spec)
{
    const made *signer = spec->signer ? spec->signer : spec->issuer;
    STACK_OF(X509) *extra = sk_X509_new_null();
    EVP_MD_CTX *mc = signing(signer, spec->md, spec->pss);
    unsigned long flags = OCSP_NOTIME | (spec->no_certs ? (unsigned long)OCSP_NOCERTS : 0UL) |
                          (spec->by_key ? (unsigned long)OCSP_RESPID_KEY : 0UL);
    union {
        const ASN1_GENERALIZEDTIME *read;
        ASN1_GENERALIZEDTIME *write;
    } produced = {OCSP_resp_get0_produced_at(basic)}; /* there is no setter */
    assert_non_null(
        ASN1_GENERALIZEDTIME_set(produced.write, (time_t)or_else(spec->produced, MADE_NOW)));
    for (int i = 0; spec->extra && (i == 0 || i < spec->extra_n); i++) {
        sk_X509_push(extra, spec->extra->x);
    }
    assert_int_equal(OCSP_basic_sign_ctx(basic, signer->x, mc, extra, flags), 1);
    EVP_MD_CTX_free(mc);
    sk_X509_free(extra);
}

static buf response_der(int status, OCSP_BASICRESP *basic)
{
    buf out = BUF(1U << 20);
    unsigned char *der = NULL;
    OCSP_RESPONSE *response = OCSP_response_create(status, basic);
    int n = i2d_OCSP_RESPONSE(response, &der);
    assert_true(n > 0);
    buf_add(&out, der, (size_t)n);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    return out;
}

buf made_ocsp(const ocsp_spec *spec)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    if (spec->also) {
        add_single(basic, spec, spec->also, V_OCSP_CERTSTATUS_GOOD,
                   or_else(spec->also_from, MADE_NOW - HOUR));
    }
    OCSP_SINGLERESP *s =
        add_single(basic, spec, spec->about, spec->status, or_else(spec->from, MADE_NOW - HOUR));
    add_extensions(basic, s, spec);
    sign_basic(basic, spec);
    buf out = response_der(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    OCSP_BASICRESP_free(basic);
    return out;
}

buf made_ocsp_status(int status)
{
    return response_der(status, NULL);
}

static void add_entry(X509_CRL *crl, const crl_spec *spec, size_t i)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *when = time_or_null(or_else(spec->revoked_at[i], MADE_NOW - DAY_SECONDS));
    ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(spec->revoked[i]->x));
    assert_int_equal(X509_REVOKED_set_serialNumber(entry, serial), 1);
    assert_int_equal(X509_REVOKED_set_revocationDate(entry, when), 1);
    if (spec->reason[i]) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
        assert_int_equal(ASN1_ENUMERATED_set(reason, spec->reason[i] - 1), 1);
        assert_int_equal(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0), 1);
        ASN1_ENUMERATED_free(reason);
    }
    if (spec->entry_ext[i].name) {
        X509_EXTENSION *x = made_ext_of(&spec->entry_ext[i]);
        assert_int_equal(X509_REVOKED_add_ext(entry, x, -1), 1);
        X509_EXTENSION_free(x);
    }
    assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(when);
}

static void fill_crl(X509_CRL *crl, const crl_spec *spec)
{
    ASN1_TIME *from = time_or_null(or_else(spec->from, MADE_NOW - HOUR));
    ASN1_TIME *to = time_or_null(or_else(spec->to, MADE_NOW + DAY_SECONDS));
    assert_true(spec->v1 || X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1);
    assert_int_equal(X509_CRL_set_issuer_name(crl, X509_get_subject_name(spec->issuer->x)), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(crl, from), 1);
    assert_true(!to || X509_CRL_set1_nextUpdate(crl, to) == 1);
    for (size_t i = 0; i < ARRAY_LEN(spec->revoked) && spec->revoked[i]; i++) {
        add_entry(crl, spec, i);
    }
    for (size_t i = 0; i < ARRAY_LEN(spec->ext) && spec->ext[i].name; i++) {
        X509_EXTENSION *x = made_ext_of(&spec->ext[i]);
        assert_int_equal(X509_CRL_add_ext(crl, x, -1), 1);
        X509_EXTENSION_free(x);
    }
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
}

buf made_crl(const crl_spec *spec)
{
    buf out = BUF(1U << 20);
    unsigned char *der = NULL;
    X509_CRL *crl = X509_CRL_new();
    EVP_MD_CTX *mc = signing(spec->signer ? spec->signer : spec->issuer, spec->md, spec->pss);
    fill_crl(crl, spec);
    assert_true(X509_CRL_sign_ctx(crl, mc) > 0);
    int n = i2d_X509_CRL(crl, &der);
    assert_true(n > 0);
    buf_add(&out, der, (size_t)n);
    OPENSSL_free(der);
    EVP_MD_CTX_free(mc);
    X509_CRL_free(crl);
    return out;
}
