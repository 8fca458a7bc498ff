/* keyUsage, extended key usage and basic constraints (RFC 5280 4.2.1.3, .12, .9), and which of them
 * allow signing documents. A malformed one of these makes the whole certificate unusable: it cannot
 * be known what it forbids. */
#include "pki/cert_impl.h"

static const char *const EKU_TSA = "1.3.6.1.5.5.7.3.8";
/* Usages that do not confine a certificate to something else than documents. */
static const char *const EKU_SIGNS[] = {
    "1.3.6.1.5.5.7.3.36",     /* clause: RFC9336#3.1 id-kp-documentSigning */
    "1.3.6.1.5.5.7.3.4",      /* emailProtection */
    "1.3.6.1.5.5.7.3.3",      /* codeSigning */
    "2.5.29.37.0",            /* anyExtendedKeyUsage */
    "1.2.840.113583.1.1.5",   /* Adobe authentic documents */
    "1.3.6.1.4.1.311.10.3.12" /* Microsoft document signing */
};

static bool read_key_usage(span exts, cert_usage *u)
{
    cert_ext ext;
    der_tlv bits;
    if (!cert_ext_find(exts, "2.5.29.15", &ext)) {
        return false;
    }
    u->has_ku = ext.present;
    if (!ext.present) {
        return true;
    }
    reader r = reader_of(ext.value);
    if (!der_expect(&r, DER_BIT_STRING, &bits) || reader_left(&r) != 0 || bits.content.n < 1 ||
        bits.content.p[0] > 7) {
        return false;
    }
    unsigned first = bits.content.n > 1 ? bits.content.p[1] : 0;
    u->digital_signature = (first & 0x80U) != 0;
    u->non_repudiation = (first & 0x40U) != 0;
    for (unsigned i = 0; i < 9 && i / 8 + 1 < bits.content.n; i++) {
        unsigned octet = bits.content.p[i / 8 + 1];
        u->key_usage |= (octet >> (7 - i % 8) & 1U) << i;
    }
    return true;
}

static bool eku_signs(span oid)
{
    for (size_t i = 0; i < ARRAY_LEN(EKU_SIGNS); i++) {
        if (der_oid_is(oid, EKU_SIGNS[i])) {
            return true;
        }
    }
    return false;
}

static bool read_extended(span exts, cert_usage *u)
{
    cert_ext ext;
    der_tlv seq;
    der_tlv oid;
    if (!cert_ext_find(exts, "2.5.29.37", &ext)) {
        return false;
    }
    u->has_eku = ext.present;
    if (!ext.present) {
        return true;
    }
    reader outer = reader_of(ext.value);
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(seq.content);
    size_t n = 0;
    bool tsa = false;
    for (; reader_left(&r) > 0; n++) {
        if (!der_expect(&r, DER_OID, &oid)) {
            return false;
        }
        tsa = tsa || der_oid_is(oid.content, EKU_TSA);
        u->eku_signs = u->eku_signs || eku_signs(oid.content);
    }
    /* clause: RFC3161#2.3 only one instance, which must be critical */
    u->eku_tsa_only = tsa && n == 1 && ext.critical;
    return n > 0;
}

static bool read_constraints(span exts, cert_usage *u)
{
    cert_ext ext;
    der_tlv seq;
    der_tlv flag;
    if (!cert_ext_find(exts, "2.5.29.19", &ext)) {
        return false;
    }
    if (!ext.present) {
        return true;
    }
    reader outer = reader_of(ext.value);
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(seq.content);
    if (der_optional(&r, DER_BOOLEAN, &flag)) {
        u->ca = flag.content.n != 1 || flag.content.p[0] != 0;
    }
    return true;
}

bool usage_read(span exts, cert_usage *ret)
{
    cert_usage u = {0};
    if (!read_key_usage(exts, &u) || !read_extended(exts, &u) || !read_constraints(exts, &u)) {
        return false;
    }
    *ret = u;
    return true;
}

int pades_cert_has_non_repudiation(const pades_cert *cert)
{
    return cert->d->usage.has_ku && cert->d->usage.non_repudiation;
}

unsigned cert_key_usage(const pades_cert *cert)
{
    return cert->d->usage.key_usage;
}

int pades_cert_may_sign(const pades_cert *cert)
{
    const cert_usage *u = &cert->d->usage;
    bool key = !u->has_ku || u->digital_signature || u->non_repudiation;
    return key && (!u->has_eku || u->eku_signs);
}

int pades_cert_is_ca(const pades_cert *cert)
{
    return cert->d->usage.ca;
}

bool cert_is_tsa_only(const pades_cert *cert)
{
    return cert->d->usage.eku_tsa_only;
}
