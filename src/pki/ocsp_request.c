/* OCSPRequest (RFC 6960 4.1): one CertID, unsigned, a nonce where one is wanted; and the address
 * that carries it in a GET (RFC 5019 5). */
#include "pki/ocsp_impl.h"

enum { REQUEST_MAX = 1U << 18 };

/* clause: RFC8954#2.1 the nonce is an OCTET STRING inside extnValue */
static void add_nonce(buf *out, const uint8_t nonce[OCSP_NONCE])
{
    AUTO_VAL(buf) value = BUF(64);
    AUTO_VAL(buf) ext = BUF(128);
    AUTO_VAL(buf) list = BUF(128);
    AUTO_VAL(buf) exts = BUF(128);
    der_add(&value, DER_OCTET_STRING, span_of(nonce, OCSP_NONCE));
    der_add_oid(&ext, OID_OCSP_NONCE);
    der_add(&ext, DER_OCTET_STRING, buf_span(&value));
    der_add(&list, DER_SEQUENCE, buf_span(&ext));
    der_add(&exts, DER_SEQUENCE, buf_span(&list));
    der_add(out, DER_CONTEXT(2), buf_span(&exts));
    out->failed = out->failed || value.failed || ext.failed || list.failed || exts.failed;
}

static void wrap(buf *out, const buf *content)
{
    der_add(out, DER_SEQUENCE, buf_span(content));
    out->failed = out->failed || content->failed;
}

pades_status ocsp_request(const pades_cert *cert, const pades_cert *issuer,
                          const uint8_t nonce[OCSP_NONCE], buf *out, pades_error **e)
{
    AUTO_VAL(buf) id = BUF(REQUEST_MAX);
    AUTO_VAL(buf) one = BUF(REQUEST_MAX);
    AUTO_VAL(buf) tbs = BUF(REQUEST_MAX);
    AUTO_VAL(buf) request = BUF(REQUEST_MAX);
    ocsp_add_id(&id, cert, issuer);
    wrap(&one, &id);
    wrap(&tbs, &one);
    if (nonce) {
        add_nonce(&tbs, nonce);
    }
    wrap(&request, &tbs);
    wrap(out, &request);
    return buf_check(out, "OCSP request", e);
}

/* clause: RFC6960#A.1 GET {url}/{url-encoding of base-64 encoding of the DER encoding} */
static void add_base64_in_url(buf *out, span data)
{
    AUTO_VAL(buf) text = BUF(SIZE_MAX / 4);
    buf_add_base64(&text, data);
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c == '+' || c == '/' || c == '=') {
            buf_addf(out, "%%%02X", (unsigned)c);
        } else {
            buf_add_byte(out, c);
        }
    }
    out->failed = out->failed || text.failed;
}

pades_status ocsp_get_url(span url, span request, buf *out, pades_error **e)
{
    buf_add_span(out, url);
    if (url.n > 0 && url.p[url.n - 1] != '/') {
        buf_add_byte(out, '/');
    }
    add_base64_in_url(out, request);
    return buf_check(out, "OCSP address", e);
}
