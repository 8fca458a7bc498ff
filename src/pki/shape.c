/* Would OpenSSL read this certificate? Its own decoders of the parts say so, put together as those
 * of X509 are, but for the public key: what kind of key that is it finds out by trying one decoder
 * after the other, whose answer d2i_X509() does not ask for. Clause: RFC 5280 4.1. */
#include "pki/cert_impl.h"

#include <openssl/asn1t.h>

typedef struct bare_key {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *key;
} bare_key;

typedef struct bare_tbs {
    ASN1_INTEGER *version, *serial;
    X509_ALGOR *algorithm;
    X509_NAME *issuer, *subject;
    X509_VAL *validity;
    bare_key *key;
    ASN1_BIT_STRING *issuer_id, *subject_id;
    STACK_OF(X509_EXTENSION) * extensions;
} bare_tbs;

typedef struct bare_cert {
    bare_tbs *tbs;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *signature;
} bare_cert;

/* clang-format off */
ASN1_SEQUENCE(bare_key) = {
    ASN1_SIMPLE(bare_key, algorithm, X509_ALGOR),
    ASN1_SIMPLE(bare_key, key, ASN1_BIT_STRING)
} static_ASN1_SEQUENCE_END(bare_key)

ASN1_SEQUENCE(bare_tbs) = {
    ASN1_EXP_OPT(bare_tbs, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(bare_tbs, serial, ASN1_INTEGER),
    ASN1_SIMPLE(bare_tbs, algorithm, X509_ALGOR),
    ASN1_SIMPLE(bare_tbs, issuer, X509_NAME),
    ASN1_SIMPLE(bare_tbs, validity, X509_VAL),
    ASN1_SIMPLE(bare_tbs, subject, X509_NAME),
    ASN1_SIMPLE(bare_tbs, key, bare_key),
    ASN1_IMP_OPT(bare_tbs, issuer_id, ASN1_BIT_STRING, 1),
    ASN1_IMP_OPT(bare_tbs, subject_id, ASN1_BIT_STRING, 2),
    ASN1_EXP_SEQUENCE_OF_OPT(bare_tbs, extensions, X509_EXTENSION, 3)
} static_ASN1_SEQUENCE_END(bare_tbs)

ASN1_SEQUENCE(bare_cert) = {
    ASN1_SIMPLE(bare_cert, tbs, bare_tbs),
    ASN1_SIMPLE(bare_cert, algorithm, X509_ALGOR),
    ASN1_SIMPLE(bare_cert, signature, ASN1_BIT_STRING)
} static_ASN1_SEQUENCE_END(bare_cert)
    /* clang-format on */

    bool cert_shape_is_known(span der)
{
    const unsigned char *p = der.p;
    ASN1_VALUE *read = ASN1_item_d2i(NULL, &p, (long)der.n, ASN1_ITEM_rptr(bare_cert));
    ASN1_item_free(read, ASN1_ITEM_rptr(bare_cert));
    return read && p == der.p + der.n;
}
