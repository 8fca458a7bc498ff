/* CertID: names a certificate by hashes of its issuer and by its serial number. The hash finds the
 * certificate; that it is the right one rests on the signature of the answer over the answer and on
 * the issuer that was handed in, so SHA-1 does no harm here. Clause: RFC 6960 4.1.1. */
#include "pki/ocsp_impl.h"

#include "pki/ossl.h"
#include <openssl/evp.h>

typedef struct hash_row {
    const char *oid;
    const EVP_MD *(*md)(void);
} hash_row;

static const hash_row ROWS[] = {{"1.3.14.3.2.26", EVP_sha1},
                                {"2.16.840.1.101.3.4.2.1", EVP_sha256},
                                {"2.16.840.1.101.3.4.2.2", EVP_sha384},
                                {"2.16.840.1.101.3.4.2.3", EVP_sha512}};

typedef struct hash {
    uint8_t octets[EVP_MAX_MD_SIZE];
    unsigned n;
} hash;

static bool hash_of(const hash_row *row, span data, hash *ret)
{
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    return EVP_Digest(data.p, data.n, ret->octets, &ret->n, row->md(), NULL) == 1;
}

static bool hash_is(const hash_row *row, span data, span wanted)
{
    hash h;
    return hash_of(row, data, &h) && span_eq(wanted, span_of(h.octets, h.n));
}

/* The octets of subjectPublicKey, without tag, length and unused bits. */
static span key_octets(const pades_cert *cert)
{
    reader outer = reader_of(cert_spki(cert));
    der_tlv seq;
    der_tlv key;
    if (!der_expect(&outer, DER_SEQUENCE, &seq)) {
        return span_of(NULL, 0);
    }
    reader r = reader_of(seq.content);
    bool good = der_expect(&r, DER_SEQUENCE, &key) && der_expect(&r, DER_BIT_STRING, &key);
    return good ? span_part(key.content, 1, key.content.n) : span_of(NULL, 0);
}

static void add_hash(buf *out, span data)
{
    hash h;
    if (!hash_of(&ROWS[0], data, &h)) {
        out->failed = true;
        return;
    }
    der_add(out, DER_OCTET_STRING, span_of(h.octets, h.n));
}

void ocsp_add_id(buf *out, const pades_cert *cert, const pades_cert *issuer)
{
    AUTO_VAL(buf) alg = BUF(64);
    AUTO_VAL(buf) content = BUF(1U << 17);
    der_add_oid(&alg, ROWS[0].oid);
    der_add_null(&alg);
    der_add(&content, DER_SEQUENCE, buf_span(&alg));
    add_hash(&content, cert_issuer_der(cert));
    add_hash(&content, key_octets(issuer));
    der_add(&content, DER_INTEGER, cert_serial_der(cert));
    der_add(out, DER_SEQUENCE, buf_span(&content));
    out->failed = out->failed || alg.failed || content.failed;
}

static const hash_row *row_of(span alg)
{
    reader r = reader_of(alg);
    der_tlv oid;
    if (!der_expect(&r, DER_OID, &oid)) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (der_oid_is(oid.content, ROWS[i].oid)) {
            return &ROWS[i];
        }
    }
    return NULL;
}

bool ocsp_id_fits(span cert_id, const pades_cert *cert, const pades_cert *issuer)
{
    reader r = reader_of(cert_id);
    der_tlv alg;
    der_tlv name;
    der_tlv key;
    der_tlv serial;
    if (!der_expect(&r, DER_SEQUENCE, &alg) || !der_expect(&r, DER_OCTET_STRING, &name) ||
        !der_expect(&r, DER_OCTET_STRING, &key) || !der_expect(&r, DER_INTEGER, &serial) ||
        reader_left(&r) != 0 || !span_eq(serial.content, cert_serial_der(cert))) {
        return false;
    }
    const hash_row *row = row_of(alg.content);
    return row && hash_is(row, cert_issuer_der(cert), name.content) &&
           hash_is(row, key_octets(issuer), key.content);
}

bool ocsp_key_hash_fits(span wanted, const pades_cert *cert)
{
    return hash_is(&ROWS[0], key_octets(cert), wanted);
}
