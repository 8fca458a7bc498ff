/* What kind of key a SubjectPublicKeyInfo holds (RFC 3279, 5480, 8410), by its identifiers and
 * sizes. Whether the key is a good one is OpenSSL's judgement when it is used. */
#include "pki/cert_impl.h"

#include "base/fail.h"
#include "base/mem.h"

typedef struct named_key {
    const char *oid;
    const char *text;
    key_kind kind;
    unsigned bits;
} named_key;

static const named_key CURVES[] = {
    {"1.2.840.10045.3.1.7", "EC P-256", KEY_EC_P256, 256},
    {"1.3.132.0.34", "EC P-384", KEY_EC_P384, 384},
    {"1.3.132.0.35", "EC P-521", KEY_EC_P521, 521},
    {"1.3.132.0.10", "EC secp256k1", KEY_OTHER, 256},
    {"1.3.36.3.3.2.8.1.1.7", "EC brainpoolP256r1", KEY_OTHER, 256},
    {"1.3.36.3.3.2.8.1.1.11", "EC brainpoolP384r1", KEY_OTHER, 384},
    {"1.3.36.3.3.2.8.1.1.13", "EC brainpoolP512r1", KEY_OTHER, 512},
    {"1.2.250.1.223.101.256.1", "EC FRP256v1", KEY_OTHER, 256},
};
static const named_key OTHERS[] = {
    {"1.3.101.110", "X25519", KEY_OTHER, 253},
    {"1.3.101.111", "X448", KEY_OTHER, 448},
    {"1.3.101.112", "Ed25519", KEY_ED25519, 256},
    {"1.3.101.113", "Ed448", KEY_OTHER, 456},
    {"1.2.840.10040.4.1", "DSA", KEY_OTHER, 0},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44", KEY_OTHER, 0},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65", KEY_OTHER, 0},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87", KEY_OTHER, 0},
};

static const named_key *find_key(const named_key *keys, size_t n, span oid)
{
    for (size_t i = 0; i < n; i++) {
        if (der_oid_is(oid, keys[i].oid)) {
            return &keys[i];
        }
    }
    return NULL;
}

static unsigned magnitude_bits(span number)
{
    while (number.n > 0 && number.p[0] == 0) {
        number = span_part(number, 1, number.n);
    }
    if (number.n == 0) {
        return 0;
    }
    unsigned top = 0;
    for (unsigned c = number.p[0]; c; c >>= 1) {
        top++;
    }
    return (unsigned)(number.n - 1) * 8 + top;
}

/* Bits of the modulus of an RSAPublicKey in a BIT STRING; 0 when malformed. */
static unsigned rsa_bits(span bit_string)
{
    der_tlv key;
    der_tlv modulus;
    reader outer = reader_of(span_part(bit_string, 1, bit_string.n));
    if (!der_expect(&outer, DER_SEQUENCE, &key)) {
        return 0;
    }
    reader r = reader_of(key.content);
    return der_expect(&r, DER_INTEGER, &modulus) ? magnitude_bits(modulus.content) : 0;
}

bool spki_split(span spki, spki_parts *ret)
{
    reader outer = reader_of(spki);
    der_tlv seq;
    der_tlv alg;
    der_tlv oid;
    der_tlv key;
    if (!der_expect(&outer, DER_SEQUENCE, &seq)) {
        return false;
    }
    reader r = reader_of(seq.content);
    if (!der_expect(&r, DER_SEQUENCE, &alg) || !der_expect(&r, DER_BIT_STRING, &key)) {
        return false;
    }
    ret->params = reader_of(alg.content);
    if (!der_expect(&ret->params, DER_OID, &oid)) {
        return false;
    }
    ret->algorithm = oid.content;
    ret->key = key.content;
    ret->rest = reader_left(&outer) > 0 ? span_part(spki, outer.pos, spki.n)
                                        : span_part(seq.content, r.pos, seq.content.n);
    return true;
}

static void describe_rsa(const spki_parts *s, const char *name, key_kind *kind, unsigned *bits,
                         buf *text)
{
    *bits = rsa_bits(s->key);
    *kind = *bits ? KEY_RSA : KEY_OTHER;
    buf_addf(text, "%s %u", name, *bits);
}

static void describe_named(const named_key *k, key_kind *kind, unsigned *bits, buf *text)
{
    *kind = k->kind;
    *bits = k->bits;
    buf_add_str(text, k->text);
}

static void describe_ec(spki_parts *s, key_kind *kind, unsigned *bits, buf *text)
{
    der_tlv curve;
    char dotted[128];
    const named_key *known = NULL;
    *kind = KEY_OTHER;
    *bits = 0;
    if (!der_optional(&s->params, DER_OID, &curve)) {
        buf_add_str(text, "EC with explicit parameters"); /* clause: RFC5480#2.1.1 not allowed */
        return;
    }
    known = find_key(CURVES, ARRAY_LEN(CURVES), curve.content);
    if (known) {
        describe_named(known, kind, bits, text);
    } else {
        buf_addf(text, "EC %s", der_oid_text(curve.content, dotted, sizeof dotted) ? dotted : "?");
    }
}

static void describe(spki_parts *s, key_kind *kind, unsigned *bits, buf *text)
{
    char dotted[128];
    const named_key *known = find_key(OTHERS, ARRAY_LEN(OTHERS), s->algorithm);
    if (known) {
        describe_named(known, kind, bits, text);
    } else if (der_oid_is(s->algorithm, "1.2.840.113549.1.1.1")) {
        describe_rsa(s, "RSA", kind, bits, text);
    } else if (der_oid_is(s->algorithm, "1.2.840.113549.1.1.10")) {
        describe_rsa(s, "RSASSA-PSS", kind, bits, text);
        *kind = KEY_OTHER; /* confined to PSS with parameters of its own: refused by name */
    } else if (der_oid_is(s->algorithm, "1.2.840.10045.2.1")) {
        describe_ec(s, kind, bits, text);
    } else {
        buf_add_str(text, der_oid_text(s->algorithm, dotted, sizeof dotted) ? dotted : "unknown");
    }
}

pades_status key_describe(span spki, key_kind *ret_kind, unsigned *ret_bits, char **ret_text,
                          pades_error **e)
{
    spki_parts s;
    key_kind kind = KEY_OTHER;
    unsigned bits = 0;
    AUTO_VAL(buf) text = BUF(512);
    if (!spki_split(spki, &s)) {
        return fail(e, PADES_CERT_INVALID, "the public key of the certificate is malformed");
    }
    describe(&s, &kind, &bits, &text);
    char *taken = buf_take_text(&text);
    if (!taken) {
        return fail_memory(e);
    }
    *ret_kind = kind;
    *ret_bits = bits;
    *ret_text = taken;
    return PADES_OK;
}
