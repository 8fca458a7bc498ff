/* AlgorithmIdentifiers of digests and signatures, written and read. RSASSA-PSS is known here with
 * one set of parameters for each digest: MGF1 with the same digest and a salt of its length; a
 * signature with others is of an unknown scheme. Clause: RFC 4055 3, RFC 5754, RFC 4056. */
#include "cms/algs.h"

#include "cms/oids.h"

enum { ALG_MAX = 256 };

void alg_add_digest(buf *out, pades_digest digest)
{
    AUTO_VAL(buf) oid = BUF(ALG_MAX);
    der_add_oid(&oid, oid_of_digest(digest));
    der_add(out, DER_SEQUENCE, buf_span(&oid));
    out->failed = out->failed || oid.failed;
}

/* With NULL: the form of the default values in RFC 4055 and of every other implementation. */
static void add_digest_null(buf *out, pades_digest digest)
{
    AUTO_VAL(buf) alg = BUF(ALG_MAX);
    der_add_oid(&alg, oid_of_digest(digest));
    der_add_null(&alg);
    der_add(out, DER_SEQUENCE, buf_span(&alg));
    out->failed = out->failed || alg.failed;
}

static void add_mgf1(buf *out, pades_digest digest)
{
    AUTO_VAL(buf) alg = BUF(ALG_MAX);
    der_add_oid(&alg, OID_MGF1);
    add_digest_null(&alg, digest);
    der_add(out, DER_SEQUENCE, buf_span(&alg));
    out->failed = out->failed || alg.failed;
}

/* clause: RFC4055#3.1 RSASSA-PSS-params; trailerField has its default and is absent */
static void add_pss_params(buf *out, pades_digest digest)
{
    AUTO_VAL(buf) hash = BUF(ALG_MAX);
    AUTO_VAL(buf) mgf = BUF(ALG_MAX);
    AUTO_VAL(buf) salt = BUF(ALG_MAX);
    AUTO_VAL(buf) params = BUF(ALG_MAX);
    add_digest_null(&hash, digest);
    add_mgf1(&mgf, digest);
    der_add_uint(&salt, pades_digest_size(digest));
    der_add(&params, DER_CONTEXT(0), buf_span(&hash));
    der_add(&params, DER_CONTEXT(1), buf_span(&mgf));
    der_add(&params, DER_CONTEXT(2), buf_span(&salt));
    der_add(out, DER_SEQUENCE, buf_span(&params));
    out->failed = out->failed || hash.failed || mgf.failed || salt.failed || params.failed;
}

/* For PKCS#1 v1.5 the identifier is rsaEncryption: RFC 5754 3.2 makes every receiver support it,
 * the sha*WithRSAEncryption ones only "should", and OpenSSL and Acrobat write it. */
void alg_add_signature(buf *out, pades_scheme scheme, pades_digest digest)
{
    AUTO_VAL(buf) alg = BUF(ALG_MAX);
    switch (scheme) {
    case PADES_SCHEME_RSA_PKCS1:
        der_add_oid(&alg, OID_RSA);
        der_add_null(&alg);
        break;
    case PADES_SCHEME_RSA_PSS:
        der_add_oid(&alg, OID_RSA_PSS);
        add_pss_params(&alg, digest);
        break;
    case PADES_SCHEME_ECDSA:
        der_add_oid(&alg, oid_of_ecdsa(digest)); /* clause: RFC5758#3.2 parameters absent */
        break;
    default:
        alg.failed = true;
        break;
    }
    der_add(out, DER_SEQUENCE, buf_span(&alg));
    out->failed = out->failed || alg.failed;
}

bool alg_read(span content, char oid[64], span *ret_params)
{
    reader r = reader_of(content);
    der_tlv id;
    if (!der_expect(&r, DER_OID, &id) || !der_oid_text(id.content, oid, 64)) {
        return false;
    }
    *ret_params = span_part(content, r.pos, content.n);
    return true;
}

static bool null_or_absent(span params)
{
    static const uint8_t null[] = {DER_NULL, 0};
    return params.n == 0 || span_eq(params, span_of(null, sizeof null));
}

/* One explicitly tagged AlgorithmIdentifier: OID and parameters. */
static bool read_tagged(reader *r, int tag, char oid[64], span *params)
{
    der_tlv t;
    der_tlv alg;
    if (!der_expect(r, tag, &t)) {
        return false;
    }
    reader in = reader_of(t.content);
    return der_expect(&in, DER_SEQUENCE, &alg) && reader_left(&in) == 0 &&
           alg_read(alg.content, oid, params);
}

static bool is_digest(const char *oid, span params, pades_digest digest)
{
    return null_or_absent(params) && digest != PADES_DIGEST_DEFAULT && digest_of_oid(oid) == digest;
}

static bool mgf_fits(reader *r, pades_digest digest)
{
    char oid[64];
    span params;
    der_tlv alg;
    if (!read_tagged(r, DER_CONTEXT(1), oid, &params) || strcmp(oid, OID_MGF1) != 0) {
        return false;
    }
    reader in = reader_of(params);
    return der_expect(&in, DER_SEQUENCE, &alg) && reader_left(&in) == 0 &&
           alg_read(alg.content, oid, &params) && is_digest(oid, params, digest);
}

static bool read_salt(reader *r, uint64_t *ret)
{
    der_tlv t;
    der_tlv number;
    if (!der_expect(r, DER_CONTEXT(2), &t)) {
        return false;
    }
    reader in = reader_of(t.content);
    return der_expect(&in, DER_INTEGER, &number) && reader_left(&in) == 0 &&
           der_small_uint(number.content, ret);
}

static bool trailer_fits(reader *r)
{
    der_tlv t;
    static const uint8_t one[] = {DER_INTEGER, 1, 1};
    if (reader_left(r) == 0) {
        return true;
    }
    return der_expect(r, DER_CONTEXT(3), &t) && span_eq(t.content, span_of(one, sizeof one)) &&
           reader_left(r) == 0;
}

bool alg_pss_salt(span params, pades_digest digest, uint64_t *ret)
{
    reader outer = reader_of(params);
    der_tlv seq;
    char oid[64];
    span inner;
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(seq.content);
    return read_tagged(&r, DER_CONTEXT(0), oid, &inner) && is_digest(oid, inner, digest) &&
           mgf_fits(&r, digest) && read_salt(&r, ret) && trailer_fits(&r);
}

pades_scheme alg_scheme(const char *oid, span params, pades_digest digest)
{
    pades_digest own = PADES_DIGEST_DEFAULT;
    uint64_t salt = 0;
    if (digest == PADES_DIGEST_DEFAULT) {
        return (pades_scheme)0;
    }
    if (strcmp(oid, OID_RSA_PSS) == 0) {
        bool fits = alg_pss_salt(params, digest, &salt) && salt == pades_digest_size(digest);
        return fits ? PADES_SCHEME_RSA_PSS : (pades_scheme)0;
    }
    if (strcmp(oid, OID_RSA) == 0) {
        return null_or_absent(params) ? PADES_SCHEME_RSA_PKCS1 : (pades_scheme)0;
    }
    pades_scheme scheme = scheme_of_oid(oid, &own);
    return own == digest && null_or_absent(params) ? scheme : (pades_scheme)0;
}
