/* Certificate policies (RFC 5280 4.2.1.4) as the certificate lists them; qualifiers are passed
 * over. Nothing is said about whether the issuer may grant them. */
#include "pki/cert_impl.h"

bool cert_has_policy(const pades_cert *cert, span oid)
{
    cert_ext ext;
    der_tlv seq;
    der_tlv info;
    der_tlv id;
    char dotted[128];
    if (!cert_ext_find(cert->d->f.exts, "2.5.29.32", &ext) || !ext.present) {
        return false;
    }
    reader outer = reader_of(ext.value);
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(seq.content);
    while (reader_left(&r) > 0 && der_expect(&r, DER_SEQUENCE, &info)) {
        reader in = reader_of(info.content);
        if (der_expect(&in, DER_OID, &id) && der_oid_text(id.content, dotted, sizeof dotted) &&
            span_is(oid, dotted)) {
            return true;
        }
    }
    return false;
}
