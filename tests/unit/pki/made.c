#include "base/der.h"
#include "pki/made.h"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum { DAY = 86400 };

static EVP_PKEY *make_key(const char *kind)
{
    EVP_PKEY *key = NULL;
    if (!kind || kind[0] == 'P' || kind[0] == 's') {
        key = EVP_EC_gen(kind ? kind : "P-256");
    } else if (strncmp(kind, "RSA:", 4) == 0) {
        key = EVP_RSA_gen((unsigned)strtoul(kind + 4, NULL, 10));
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    }
    assert_non_null(key);
    return key;
}

static void set_names(X509 *x, const made_spec *spec, const made *issuer)
{
    X509_NAME *subject = spec->subject ? spec->subject : X509_NAME_new();
    if (!spec->subject) {
        const unsigned char *cn = (const unsigned char *)(spec->cn ? spec->cn : "Test");
        assert_int_equal(X509_NAME_add_entry_by_txt(subject, "C", MBSTRING_ASC,
                                                    (const unsigned char *)"NO", 2, -1, 0),
                         1);
        assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, cn, -1, -1, 0),
                         1);
    }
    assert_int_equal(X509_set_subject_name(x, subject), 1);
    assert_int_equal(X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer->x) : subject),
                     1);
    X509_NAME_free(subject);
}

static void set_times(X509 *x, const made_spec *spec)
{
    int64_t from = spec->from ? spec->from : MADE_NOW - DAY;
    int64_t to = spec->to ? spec->to : MADE_NOW + 365 * (int64_t)DAY;
    assert_non_null(ASN1_TIME_adj(X509_getm_notBefore(x), (time_t)from, 0, 0));
    assert_non_null(ASN1_TIME_adj(X509_getm_notAfter(x), (time_t)to, 0, 0));
}

static void set_serial(X509 *x, span wanted)
{
    unsigned char octets[16];
    assert_int_equal(RAND_bytes(octets, sizeof octets), 1);
    octets[0] = (unsigned char)((octets[0] & 0x7f) | 0x80); /* needs a leading zero in DER */
    BIGNUM *n = wanted.n ? BN_bin2bn(wanted.p, (int)wanted.n, NULL)
                         : BN_bin2bn(octets, sizeof octets, NULL);
    assert_non_null(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)));
    BN_free(n);
}

static void set_extensions(X509 *x, const made_spec *spec, const made *issuer)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer ? issuer->x : x, x, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    for (size_t i = 0; i < ARRAY_LEN(spec->ext) && spec->ext[i].name; i++) {
        X509_EXTENSION *ext = X509V3_EXT_nconf(NULL, &ctx, spec->ext[i].name, spec->ext[i].value);
        assert_non_null(ext);
        assert_int_equal(X509_add_ext(x, ext, -1), 1);
        X509_EXTENSION_free(ext);
    }
}

static pades_cert *as_cert(X509 *x)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    pades_cert *cert = NULL;
    assert_true(n > 0);
    assert_int_equal(pades_cert_new_der(der, (size_t)n, &cert, NULL), PADES_OK);
    OPENSSL_free(der);
    return cert;
}

made made_cert(const made_spec *spec, const made *issuer)
{
    made m = {make_key(spec->key), X509_new(), NULL};
    EVP_PKEY *signing = issuer ? issuer->key : m.key;
    bool own_md = spec->no_md || EVP_PKEY_is_a(signing, "ED25519");
    assert_int_equal(X509_set_version(m.x, X509_VERSION_3), 1);
    set_serial(m.x, spec->serial);
    set_names(m.x, spec, issuer);
    set_times(m.x, spec);
    assert_int_equal(X509_set_pubkey(m.x, m.key), 1);
    set_extensions(m.x, spec, issuer);
    assert_true(X509_sign(m.x, signing,
                          own_md       ? NULL
                          : spec->sha1 ? EVP_sha1()
                                       : EVP_sha256()) > 0);
    m.cert = spec->raw ? NULL : as_cert(m.x);
    return m;
}

void made_free(made *m)
{
    pades_cert_free(m->cert);
    X509_free(m->x);
    EVP_PKEY_free(m->key);
    *m = (made){NULL, NULL, NULL};
}

made made_root(const char *cn)
{
    return made_cert(&(made_spec){.cn = cn,
                                  .ext = {{"basicConstraints", "critical,CA:TRUE"},
                                          {"keyUsage", "critical,keyCertSign,cRLSign"}}},
                     NULL);
}

made made_tsa(const char *cn, const made *issuer)
{
    return made_cert(&(made_spec){.cn = cn,
                                  .ext = {{"keyUsage", "critical,digitalSignature"},
                                          {"extendedKeyUsage", "critical,timeStamping"}}},
                     issuer);
}

static const EVP_MD *md_of(pades_digest digest)
{
    return digest == PADES_DIGEST_SHA512   ? EVP_sha512()
           : digest == PADES_DIGEST_SHA384 ? EVP_sha384()
                                           : EVP_sha256();
}

buf made_signature(const made *m, pades_scheme scheme, pades_digest digest, span tbs)
{
    buf out = BUF(8192);
    EVP_PKEY_CTX *pc = NULL;
    EVP_MD_CTX *mc = EVP_MD_CTX_new();
    size_t n = 8192;
    assert_int_equal(EVP_DigestSignInit(mc, &pc, md_of(digest), NULL, m->key), 1);
    if (scheme == PADES_SCHEME_RSA_PSS) {
        assert_true(EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, RSA_PSS_SALTLEN_DIGEST) > 0);
    }
    uint8_t *room = buf_extend(&out, n);
    assert_int_equal(EVP_DigestSign(mc, room, &n, tbs.p, tbs.n), 1);
    buf_truncate(&out, n);
    EVP_MD_CTX_free(mc);
    return out;
}

static const char *digest_oid(pades_digest digest)
{
    return digest == PADES_DIGEST_SHA512   ? "2.16.840.1.101.3.4.2.3"
           : digest == PADES_DIGEST_SHA384 ? "2.16.840.1.101.3.4.2.2"
                                           : "2.16.840.1.101.3.4.2.1";
}

static void add_imprint(buf *out, const made_token *spec)
{
    buf oid = BUF(64);
    buf content = BUF(256);
    der_add_oid(&oid, digest_oid(spec->imprint_digest));
    der_add_null(&oid);
    der_add(&content, DER_SEQUENCE, buf_span(&oid));
    der_add(&content, DER_OCTET_STRING, spec->imprint);
    der_add(out, DER_SEQUENCE, buf_span(&content));
    buf_free(&oid);
    buf_free(&content);
}

static buf tst_info(const made_token *spec)
{
    buf content = BUF(4096);
    buf out = BUF(4096);
    der_add_uint(&content, 1);
    der_add_oid(&content, spec->policy ? spec->policy : "1.3.6.1.4.1.99999.1");
    add_imprint(&content, spec);
    der_add_uint(&content, 0x8001);
    der_add(&content, DER_GENERALIZEDTIME, span_str(spec->time ? spec->time : MADE_TIME));
    buf_add_span(&content, spec->tail);
    if (spec->nonce.n && !spec->tail.n) {
        der_add_uint_bytes(&content, spec->nonce);
    }
    der_add(&out, DER_SEQUENCE, buf_span(&content));
    assert_true(buf_ok(&out));
    buf_free(&content);
    return out;
}

static buf cms_der(CMS_ContentInfo *cms)
{
    unsigned char *der = NULL;
    int n = i2d_CMS_ContentInfo(cms, &der);
    buf out = BUF(1U << 20);
    assert_true(n > 0);
    buf_add(&out, der, (size_t)n);
    OPENSSL_free(der);
    return out;
}

buf made_token_der(const made_token *spec)
{
    buf info = tst_info(spec);
    const EVP_MD *md = EVP_get_digestbyname(spec->md ? spec->md : "SHA256");
    unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | spec->cms_flags;
    unsigned signer_flags = flags | (spec->no_ess ? 0U : CMS_CADES);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    ASN1_OBJECT *type =
        OBJ_txt2obj(spec->econtent ? spec->econtent : "1.2.840.113549.1.9.16.1.4", 1);
    BIO *in = BIO_new_mem_buf(info.p, (int)info.n);
    assert_non_null(cms);
    assert_int_equal(CMS_set1_eContentType(cms, type), 1);
    assert_non_null(CMS_add1_signer(cms, spec->signer->x, spec->signer->key, md, signer_flags));
    if (spec->second) {
        assert_non_null(CMS_add1_signer(cms, spec->second->x, spec->second->key, md, signer_flags));
    }
    if (spec->extra) {
        assert_int_equal(CMS_add1_cert(cms, spec->extra->x), 1);
    }
    assert_int_equal(CMS_final(cms, in, NULL, flags & ~(unsigned)CMS_PARTIAL), 1);
    buf out = cms_der(cms);
    BIO_free(in);
    ASN1_OBJECT_free(type);
    CMS_ContentInfo_free(cms);
    buf_free(&info);
    return out;
}

static bool chain_says(const pades_error *e, const char *part)
{
    for (; e; e = pades_error_cause(e)) {
        if (strstr(pades_error_message(e), part)) {
            return true;
        }
    }
    return false;
}

void assert_fails(pades_status got, pades_status want, pades_error **e, const char *part)
{
    if (got != want || !*e || !chain_says(*e, part)) {
        fail_msg("status %s, wanted %s; '%s' does not say '%s'", pades_status_name(got),
                 pades_status_name(want), pades_error_message(*e), part);
    }
    assert_int_equal(pades_error_status(*e), want);
    pades_error_free(*e);
    *e = NULL;
}
