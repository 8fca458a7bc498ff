/* Reads RSASSA-PSS-params strictly. A default that is written out is accepted, since many do. */
#include "pki/pss.h"

enum { SALT_MAX = 512, SALT_DEFAULT = 20 };

static bool read_digest(span alg, pades_digest *ret)
{
    static const struct {
        const char *oid;
        pades_digest digest;
    } rows[] = {{"2.16.840.1.101.3.4.2.1", PADES_DIGEST_SHA256},
                {"2.16.840.1.101.3.4.2.2", PADES_DIGEST_SHA384},
                {"2.16.840.1.101.3.4.2.3", PADES_DIGEST_SHA512}};
    reader r = reader_of(alg);
    der_tlv oid;
    der_tlv null;
    if (!der_expect(&r, DER_OID, &oid)) {
        return false;
    }
    (void)der_optional(&r, DER_NULL, &null);
    for (size_t i = 0; !r.failed && reader_left(&r) == 0 && i < ARRAY_LEN(rows); i++) {
        if (der_oid_is(oid.content, rows[i].oid)) {
            *ret = rows[i].digest;
            return true;
        }
    }
    return false;
}

/* The sole element of an explicit tag. */
static bool read_tagged(reader *r, int tag, int inner, der_tlv *ret)
{
    der_tlv t;
    if (!der_expect(r, tag, &t)) {
        return false;
    }
    reader in = reader_of(t.content);
    return der_expect(&in, inner, ret) && reader_left(&in) == 0;
}

static bool read_mgf(reader *r, pades_digest *ret)
{
    der_tlv alg;
    der_tlv oid;
    der_tlv hash;
    if (!read_tagged(r, DER_CONTEXT(1), DER_SEQUENCE, &alg)) {
        return false;
    }
    reader in = reader_of(alg.content);
    return der_expect(&in, DER_OID, &oid) && der_oid_is(oid.content, "1.2.840.113549.1.1.8") &&
           der_expect(&in, DER_SEQUENCE, &hash) && reader_left(&in) == 0 &&
           read_digest(hash.content, ret);
}

static bool read_small(reader *r, int tag, uint64_t if_absent, uint64_t *ret)
{
    der_tlv t;
    if (reader_peek(r) != tag) {
        *ret = if_absent;
        return true;
    }
    return read_tagged(r, tag, DER_INTEGER, &t) && der_small_uint(t.content, ret);
}

bool pss_read(span params, pss_params *ret)
{
    reader outer = reader_of(params);
    der_tlv t;
    pades_digest digest;
    pades_digest mgf;
    uint64_t salt = 0;
    uint64_t trailer = 0;
    if (!der_expect(&outer, DER_SEQUENCE, &t) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(t.content);
    if (!read_tagged(&r, DER_CONTEXT(0), DER_SEQUENCE, &t) || !read_digest(t.content, &digest) ||
        !read_mgf(&r, &mgf) || mgf != digest ||
        !read_small(&r, DER_CONTEXT(2), SALT_DEFAULT, &salt) || salt > SALT_MAX ||
        !read_small(&r, DER_CONTEXT(3), 1, &trailer) || trailer != 1 || reader_left(&r) != 0) {
        return false;
    }
    *ret = (pss_params){digest, (int)salt};
    return true;
}
