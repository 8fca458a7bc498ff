/* Writes a seed value dictionary, its entries in the order of the standard's table.
 * clause: ISO32000-1#12.7.4.5 seed value and certificate seed value dictionaries */
#include "pdf/seed.h"

#include "pdf/incr.h"

#include <inttypes.h>

typedef enum seed_kind { AS_NAME, AS_BYTES, AS_TEXT } seed_kind;

/* Bytes that stay what they are, in hexadecimal; ASCII reads better as it is. */
static void add_bytes(buf *out, span bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = bytes.p[i];
        if (c < 0x20 || c >= 0x7F || strchr("()\\", c)) {
            buf_add_byte(out, '<');
            buf_add_hex(out, bytes, true);
            buf_add_byte(out, '>');
            return;
        }
    }
    buf_add_byte(out, '(');
    buf_add_span(out, bytes);
    buf_add_byte(out, ')');
}

static pades_status add_value(buf *out, span value, seed_kind kind, pades_error **e)
{
    if (kind == AS_TEXT) {
        return pdf_write_text(out, value, e);
    }
    if (kind == AS_NAME) {
        pdf_write_name(out, value);
    } else {
        add_bytes(out, value);
    }
    return PADES_OK;
}

static pades_status add_one(buf *out, const char *key, span value, seed_kind kind, pades_error **e)
{
    if (!value.p) {
        return PADES_OK;
    }
    pdf_write_name(out, span_str(key));
    return add_value(out, value, kind, e);
}

static pades_status add_list(buf *out, const char *key, const pdf_seed_list *list, seed_kind kind,
                             pades_error **e)
{
    if (!list->given) {
        return PADES_OK;
    }
    pdf_write_name(out, span_str(key));
    buf_add_byte(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        TRY(add_value(out, list->items[i], kind, e));
    }
    buf_add_byte(out, ']');
    return PADES_OK;
}

static pades_status add_names(buf *out, const pdf_seed_cert *cert, pades_error **e)
{
    if (cert->names_n == 0) {
        return PADES_OK;
    }
    buf_add_str(out, "/SubjectDN[");
    for (size_t i = 0; i < cert->names_n; i++) {
        buf_add_str(out, "<<");
        for (size_t k = 0; k < cert->names[i].n; k++) {
            pdf_write_name(out, cert->names[i].attributes[k].name);
            TRY(pdf_write_text(out, cert->names[i].attributes[k].value, e));
        }
        buf_add_str(out, ">>");
    }
    buf_add_byte(out, ']');
    return PADES_OK;
}

static pades_status add_cert(buf *out, const pdf_seed_cert *cert, pades_error **e)
{
    if (!cert->given) {
        return PADES_OK;
    }
    buf_addf(out, "/Cert<</Type/SVCert/Ff %u", cert->required);
    TRY(add_list(out, "Subject", &cert->subjects, AS_BYTES, e));
    TRY(add_names(out, cert, e));
    TRY(add_list(out, "KeyUsage", &cert->key_usages, AS_BYTES, e));
    TRY(add_list(out, "Issuer", &cert->issuers, AS_BYTES, e));
    TRY(add_list(out, "OID", &cert->policies, AS_BYTES, e));
    TRY(add_one(out, "URL", cert->url, AS_BYTES, e));
    TRY(add_one(out, "URLType", cert->url_type, AS_NAME, e));
    TRY(add_one(out, "SignaturePolicyOID", cert->signature_policy, AS_BYTES, e));
    buf_add_str(out, ">>");
    return PADES_OK;
}

static pades_status add_timestamp(buf *out, const pdf_seed *seed, pades_error **e)
{
    if (!seed->timestamp_url.p && !seed->timestamp_required) {
        return PADES_OK;
    }
    buf_add_str(out, "/TimeStamp<<");
    TRY(add_one(out, "URL", seed->timestamp_url, AS_BYTES, e));
    buf_addf(out, "/Ff %d>>", seed->timestamp_required);
    return PADES_OK;
}

pades_status pdf_seed_write(buf *out, const pdf_seed *seed, pades_error **e)
{
    buf_addf(out, "<</Type/SV/Ff %u", seed->required);
    TRY(add_one(out, "Filter", seed->filter, AS_NAME, e));
    TRY(add_list(out, "SubFilter", &seed->sub_filters, AS_NAME, e));
    /* "names" in the tables of the standard; pyHanko understands strings alone, and both are read
     */
    TRY(add_list(out, "DigestMethod", &seed->digests, AS_NAME, e));
    if (seed->version) {
        buf_addf(out, "/V %" PRId64, seed->version);
    }
    TRY(add_cert(out, &seed->cert, e));
    TRY(add_list(out, "Reasons", &seed->reasons, AS_TEXT, e));
    if (seed->certification >= 0) {
        buf_addf(out, "/MDP<</P %d>>", seed->certification);
    }
    TRY(add_timestamp(out, seed, e));
    TRY(add_list(out, "LegalAttestation", &seed->attestations, AS_TEXT, e));
    if (seed->rev_info >= 0) {
        buf_addf(out, "/AddRevInfo %s", seed->rev_info ? "true" : "false");
    }
    TRY(add_one(out, "LockDocument", seed->lock_document, AS_NAME, e));
    TRY(add_one(out, "AppearanceFilter", seed->appearance, AS_TEXT, e));
    buf_add_str(out, ">>");
    return PADES_OK;
}
