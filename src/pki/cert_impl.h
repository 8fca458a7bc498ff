/* Inside of a certificate; for the files of this room alone. The data is shared and counted, so a
 * copy costs one small allocation; it never changes once it was made. */
#ifndef PKI_CERT_IMPL_H
#define PKI_CERT_IMPL_H

#include "pki/cert.h"
#include "pki/fields.h"
#include <stdatomic.h>

enum { CERT_MAX = 256 * 1024, NAME_MAX_TEXT = 64 * 1024 };

typedef struct cert_usage {
    bool has_ku, digital_signature, non_repudiation;
    bool has_eku, eku_signs, eku_tsa_only;
    bool ca;
    unsigned key_usage; /* nine bits, digitalSignature the lowest */
} cert_usage;

typedef struct cert_qc {
    bool compliance, qscd;
    pades_qc_type type;
} cert_qc;

typedef struct cert_data {
    atomic_uint refs;
    _Atomic(X509 *) x;       /* NULL until it is asked for */
    _Atomic(EVP_PKEY *) key; /* likewise; of `x` it is the certificate's own */
    uint8_t *der;
    size_t n;
    cert_fields f;
    char *subject, *issuer, *common_name, *serial, *key_type;
    char fingerprint[65];
    key_kind kind;
    unsigned bits;
    cert_usage usage;
    cert_qc qc;
} cert_data;

struct pades_cert {
    cert_data *d;
};

/* names.c: RFC 4514 text, and the commonName (else organizationName, else everything). */
pades_status name_text(span name, char **ret, pades_error **e) MUST_USE;
pades_status name_common(span name, char **ret, pades_error **e) MUST_USE;
/* key.c: kind, size and text of a SubjectPublicKeyInfo. */
pades_status key_describe(span spki, key_kind *ret_kind, unsigned *ret_bits, char **ret_text,
                          pades_error **e) MUST_USE;
/* key.c: the parts of a SubjectPublicKeyInfo, which it points into. */
typedef struct spki_parts {
    span algorithm; /* OID content */
    reader params;
    span key;  /* content of the BIT STRING */
    span rest; /* what is behind that, or behind the whole */
} spki_parts;
bool spki_split(span spki, spki_parts *ret) MUST_USE;
/* shape.c: OpenSSL reads it as a certificate. */
bool cert_shape_is_known(span der) MUST_USE;
/* public.c: the key itself, the caller's; NULL when it is not RSA or on a curve of NIST's, or no
 * such key. */
EVP_PKEY *spki_key(span spki, key_kind kind);
/* usage.c: false when one of the extensions is malformed. */
bool usage_read(span exts, cert_usage *ret) MUST_USE;
/* qc.c: what is malformed claims nothing. */
cert_qc qc_read(span exts);
/* access.c: the content of the sole SEQUENCE in an extension; empty when there is none. */
span cert_ext_list(const pades_cert *cert, const char *oid);

#endif
