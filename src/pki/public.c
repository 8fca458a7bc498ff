/* A public key straight from its SubjectPublicKeyInfo. OpenSSL's decoders find out what kind of key
 * they have before them by trying, which takes ten times as long. What it is not sure of is left to
 * them. Clause: RFC 3279 2.3.1, RFC 5480 2.2. */
#include "pki/cert_impl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

DEFINE_AUTO(BIGNUM, BN_free)
DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
DEFINE_AUTO(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
DEFINE_AUTO(OSSL_PARAM, OSSL_PARAM_free)

static EVP_PKEY *make(const char *type, OSSL_PARAM_BLD *parts)
{
    AUTO(OSSL_PARAM) *params = OSSL_PARAM_BLD_to_param(parts);
    AUTO(EVP_PKEY_CTX) *ctx = params ? EVP_PKEY_CTX_new_from_name(NULL, type, NULL) : NULL;
    EVP_PKEY *key = NULL;
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        return NULL;
    }
    return key;
}

/* clause: RFC3279#2.3.1 both are positive */
static BIGNUM *number(reader *r)
{
    der_tlv t;
    if (!der_expect(r, DER_INTEGER, &t) || t.content.n == 0 || (t.content.p[0] & 0x80) != 0) {
        return NULL;
    }
    return BN_bin2bn(t.content.p, (int)t.content.n, NULL);
}

static EVP_PKEY *rsa_key(spki_parts *s, span bits)
{
    der_tlv seq;
    der_tlv null;
    reader outer = reader_of(bits);
    (void)der_optional(&s->params, DER_NULL, &null);
    if (s->params.failed || reader_left(&s->params) != 0 ||
        !der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return NULL;
    }
    reader r = reader_of(seq.content);
    AUTO(BIGNUM) *n = number(&r);
    AUTO(BIGNUM) *e = number(&r);
    AUTO(OSSL_PARAM_BLD) *parts = OSSL_PARAM_BLD_new();
    if (!n || !e || reader_left(&r) != 0 || !parts ||
        OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, e) != 1) {
        return NULL;
    }
    return make("RSA", parts);
}

static EVP_PKEY *ec_key(spki_parts *s, span bits, const char *group)
{
    der_tlv curve;
    AUTO(OSSL_PARAM_BLD) *parts = OSSL_PARAM_BLD_new();
    if (!parts || !der_expect(&s->params, DER_OID, &curve) || reader_left(&s->params) != 0 ||
        OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, bits.p, bits.n) != 1) {
        return NULL;
    }
    return make("EC", parts);
}

EVP_PKEY *spki_key(span spki, key_kind kind)
{
    spki_parts s;
    if (!spki_split(spki, &s) || s.rest.n > 0 || s.key.n < 2 || s.key.p[0] != 0) {
        return NULL; /* something behind it, or unused bits */
    }
    span bits = span_part(s.key, 1, s.key.n);
    switch (kind) {
    case KEY_RSA:
        return rsa_key(&s, bits);
    case KEY_EC_P256:
        return ec_key(&s, bits, "P-256");
    case KEY_EC_P384:
        return ec_key(&s, bits, "P-384");
    case KEY_EC_P521:
        return ec_key(&s, bits, "P-521");
    case KEY_ED25519:
    case KEY_OTHER:
        break;
    }
    return NULL;
}
