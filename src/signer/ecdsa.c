/* ECDSA signatures: PKCS#11 gives r||s, each as long as the group order; CMS wants the DER
 * ECDSA-Sig-Value. clause: RFC3279#2.2.3 */
#include "signer/signer.h"

#include "base/der.h"
#include "base/fail.h"

static size_t order_octets(const pades_cert *cert)
{
    key_kind kind = cert_key_kind(cert);
    return kind == KEY_EC_P256 ? 32 : kind == KEY_EC_P384 ? 48 : kind == KEY_EC_P521 ? 66 : 0;
}

static bool is_sig_value(span signature)
{
    reader r = reader_of(signature);
    der_tlv whole, one;
    if (!der_expect(&r, DER_SEQUENCE, &whole) || reader_left(&r) > 0) {
        return false;
    }
    reader in = reader_of(whole.content);
    return der_expect(&in, DER_INTEGER, &one) && one.content.n > 0 &&
           der_expect(&in, DER_INTEGER, &one) && one.content.n > 0 && reader_left(&in) == 0;
}

pades_status ecdsa_to_der(const pades_cert *cert, span signature, buf *ret, pades_error **e)
{
    size_t n = order_octets(cert);
    if (n > 0 && signature.n == 2 * n) {
        AUTO_VAL(buf) numbers = BUF(256);
        der_add_uint_bytes(&numbers, span_part(signature, 0, n));
        der_add_uint_bytes(&numbers, span_part(signature, n, n));
        TRY(buf_check(&numbers, "an ECDSA signature", e));
        der_add(ret, DER_SEQUENCE, buf_span(&numbers));
    } else if (is_sig_value(signature)) {
        buf_add_span(ret, signature);
    } else {
        return fail(e, PADES_SIGNATURE_WRONG,
                    "the token's ECDSA signature has %zu octets; the certificate's curve wants %zu",
                    signature.n, 2 * n);
    }
    return buf_check(ret, "an ECDSA signature", e);
}
