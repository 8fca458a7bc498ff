/* How large a SignedData can get, added up from the same parts that build.c writes, before there is
 * a signature: what /Contents must hold. Never too small; a few octets too large where the scheme
 * is not known yet or an ECDSA signature happens to be short. */
#include "cms/cms.h"

#include "cms/oids.h"

enum { OID_CMS = 11, OID_ESS = 13, VERSION = 3, ALG_DIGEST = 13, INFINITE = 1 << 30 };

static size_t tlv(size_t n)
{
    return n >= INFINITE ? INFINITE : der_header_size(n) + n;
}

size_t cms_signature_bound(const pades_cert *cert)
{
    enum { P256 = 2 + 2 * (2 + 33), P384 = 2 + 2 * (2 + 49), P521 = 3 + 2 * (2 + 66) };
    switch (cert_key_kind(cert)) {
    case KEY_RSA:
        return (cert_key_bits(cert) + 7) / 8;
    case KEY_EC_P256:
        return P256; /* clause: RFC3279#2.2.3 two INTEGERs, each with a leading zero */
    case KEY_EC_P384:
        return P384;
    case KEY_EC_P521:
        return P521; /* 521 bits: the top octet never needs one */
    case KEY_ED25519:
        return 64;
    case KEY_OTHER:
        break;
    }
    return 4096;
}

static size_t attribute_size(size_t oid, size_t value)
{
    return tlv(oid + tlv(value));
}

static size_t cert_id_size(const pades_cert *cert, pades_digest digest)
{
    size_t alg = digest == PADES_DIGEST_SHA256 ? 0 : ALG_DIGEST;
    size_t names = tlv(tlv(cert_issuer_der(cert).n));
    size_t serial = tlv(cert_serial_der(cert).n);
    return tlv(alg + tlv(pades_digest_size(digest)) + tlv(names + serial));
}

static size_t oid_size(const char *dotted)
{
    AUTO_VAL(buf) oid = BUF(512);
    der_add_oid(&oid, dotted);
    return buf_ok(&oid) ? oid.n
                        : tlv(strlen(dotted)); /* an arc takes no more octets than digits and dot */
}

static size_t attrs_size(const pades_cert *cert, pades_digest digest, const char *commitment)
{
    size_t n = attribute_size(OID_CMS, OID_CMS);
    n += attribute_size(OID_CMS, tlv(pades_digest_size(digest)));
    n += attribute_size(OID_ESS, tlv(tlv(cert_id_size(cert, digest))));
    if (commitment) {
        n += attribute_size(OID_ESS, tlv(oid_size(commitment)));
    }
    return tlv(n);
}

/* The largest AlgorithmIdentifier the key can lead to. */
static size_t algorithm_size(const pades_cert *cert)
{
    enum { ECDSA = 2 + 10, PSS = 2 + OID_CMS + 2 + 17 + 30 + 5 };
    return cert_key_kind(cert) == KEY_RSA ? PSS : ECDSA;
}

static size_t signer_info_size(const pades_cert *cert, pades_digest digest, size_t timestamp_n,
                               const char *commitment)
{
    size_t n = VERSION + tlv(cert_issuer_der(cert).n + tlv(cert_serial_der(cert).n)) + ALG_DIGEST;
    n += attrs_size(cert, digest, commitment) + algorithm_size(cert) +
         tlv(cms_signature_bound(cert));
    if (timestamp_n > 0) {
        n += tlv(attribute_size(OID_ESS, timestamp_n));
    }
    return tlv(n);
}

static size_t certs_size(const pades_cert *const *certs, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++) {
            seen = seen || cert_same(certs[k], certs[i]);
        }
        total += seen ? 0 : cert_der(certs[i]).n;
    }
    return tlv(total);
}

size_t cms_size_bound(const pades_cert *const *certs, size_t n, pades_digest digest,
                      size_t timestamp_n, const char *commitment)
{
    if (n == 0 || timestamp_n >= INFINITE) {
        return 0;
    }
    pades_digest fitting = cert_fitting_digest(certs[0], digest);
    size_t data = VERSION + tlv(ALG_DIGEST) + tlv(OID_CMS) + certs_size(certs, n);
    data += tlv(signer_info_size(certs[0], fitting, timestamp_n, commitment));
    return tlv(OID_CMS + tlv(tlv(data)));
}
