/* Where a certificate says that its status and its issuer can be had, and whether it has a status
 * at all. What is malformed says nothing. Clause: RFC 5280 4.2.1.13, 4.2.2.1. */
#include "pki/cert_impl.h"

#include <strings.h>

#define AIA "1.3.6.1.5.5.7.1.1"
#define AIA_OCSP "1.3.6.1.5.5.7.48.1"
#define AIA_ISSUERS "1.3.6.1.5.5.7.48.2"

typedef struct url_list {
    span *to;
    size_t n;
} url_list;

static bool starts(span url, const char *scheme)
{
    size_t n = strlen(scheme);
    return url.n > n && strncasecmp((const char *)url.p, scheme, n) == 0;
}

static bool usable(span url)
{
    for (size_t i = 0; i < url.n; i++) {
        if (url.p[i] <= ' ' || url.p[i] >= 0x7f) {
            return false;
        }
    }
    return url.n <= CERT_URL_MAX && (starts(url, "http://") || starts(url, "https://"));
}

static void add(url_list *list, span url)
{
    for (size_t i = 0; i < list->n; i++) {
        if (span_eq(list->to[i], url)) {
            return;
        }
    }
    if (list->n < CERT_URLS && usable(url)) {
        list->to[list->n++] = url;
    }
}

span cert_ext_list(const pades_cert *cert, const char *oid)
{
    cert_ext ext;
    der_tlv seq;
    if (!cert_ext_find(cert->d->f.exts, oid, &ext) || !ext.present) {
        return span_of(NULL, 0);
    }
    reader r = reader_of(ext.value);
    bool sole = der_expect(&r, DER_SEQUENCE, &seq) && reader_left(&r) == 0;
    return sole ? seq.content : span_of(NULL, 0);
}

/* AccessDescription ::= SEQUENCE { accessMethod, accessLocation GeneralName } */
static size_t access_urls(const pades_cert *cert, const char *method, span ret[CERT_URLS])
{
    url_list list = {ret, 0};
    reader r = reader_of(cert_ext_list(cert, AIA));
    der_tlv description;
    while (reader_left(&r) > 0 && der_expect(&r, DER_SEQUENCE, &description)) {
        reader in = reader_of(description.content);
        der_tlv id;
        der_tlv name;
        if (der_expect(&in, DER_OID, &id) && der_oid_is(id.content, method) &&
            der_expect(&in, DER_CONTEXT_PRIMITIVE(6), &name)) {
            add(&list, name.content);
        }
    }
    return list.n;
}

size_t cert_ocsp_urls(const pades_cert *cert, span ret[CERT_URLS])
{
    return access_urls(cert, AIA_OCSP, ret);
}

size_t cert_issuer_urls(const pades_cert *cert, span ret[CERT_URLS])
{
    return access_urls(cert, AIA_ISSUERS, ret);
}

/* The addresses among the names of one DistributionPoint. */
static void point_urls(span point, url_list *list)
{
    reader r = reader_of(point);
    der_tlv t;
    if (!der_expect(&r, DER_CONTEXT(0), &t)) {
        return;
    }
    reader name = reader_of(t.content);
    if (!der_expect(&name, DER_CONTEXT(0), &t)) {
        return;
    }
    reader names = reader_of(t.content);
    while (reader_left(&names) > 0 && der_next(&names, &t)) {
        if (t.tag == DER_CONTEXT_PRIMITIVE(6)) {
            add(list, t.content);
        }
    }
}

size_t cert_crl_urls(const pades_cert *cert, span ret[CERT_URLS])
{
    url_list list = {ret, 0};
    reader r = reader_of(cert_ext_list(cert, "2.5.29.31"));
    der_tlv point;
    while (reader_left(&r) > 0 && der_expect(&r, DER_SEQUENCE, &point)) {
        point_urls(point.content, &list);
    }
    return list.n;
}

static bool has_extension(const pades_cert *cert, const char *oid)
{
    cert_ext ext;
    return cert_ext_find(cert->d->f.exts, oid, &ext) && ext.present;
}

bool cert_has_nocheck(const pades_cert *cert)
{
    return has_extension(cert, "1.3.6.1.5.5.7.48.1.5");
}

bool cert_is_short_term(const pades_cert *cert)
{
    /* clause: EN319412-1#5.2 validity assured, short term */
    return has_extension(cert, "0.4.0.194121.2.1") || has_extension(cert, "2.5.29.56");
}

bool cert_may_sign_ocsp(const pades_cert *cert)
{
    const cert_usage *u = &cert->d->usage;
    der_tlv oid;
    reader r = reader_of(cert_ext_list(cert, "2.5.29.37"));
    bool named = false;
    while (reader_left(&r) > 0 && der_expect(&r, DER_OID, &oid)) {
        named = named || der_oid_is(oid.content, "1.3.6.1.5.5.7.3.9");
    }
    return named && (!u->has_ku || u->digital_signature || u->non_repudiation);
}

bool cert_may_sign_crl(const pades_cert *cert)
{
    const cert_usage *u = &cert->d->usage;
    return !u->has_ku || (u->key_usage & 1U << 6) != 0;
}
