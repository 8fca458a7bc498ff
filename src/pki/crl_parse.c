/* CertificateList (RFC 5280 5.1) read strictly, without its entries: their length is enough to find
 * what follows. */
#include "pki/crl_impl.h"

/* clause: RFC5280#5.1.2.1 v2 (1) when it is there; without it, v1 */
static bool read_version(reader *r, crl_head *h)
{
    der_tlv t;
    uint64_t version = 0;
    h->v1 = !der_optional(r, DER_INTEGER, &t);
    return h->v1 ? !r->failed : der_small_uint(t.content, &version) && version == 1;
}

static bool read_updates(reader *r, crl_head *h)
{
    int tag = 0;
    if (!cert_time(r, &h->this_update)) {
        return false;
    }
    tag = reader_peek(r);
    return (tag != DER_UTCTIME && tag != DER_GENERALIZEDTIME) || cert_time(r, &h->next_update);
}

/* Extensions there are in v2 only. */
static bool read_extensions(reader *r, crl_head *h)
{
    der_tlv t;
    der_tlv seq;
    if (der_optional(r, DER_CONTEXT(0), &t)) {
        reader in = reader_of(t.content);
        if (h->v1 || !der_expect(&in, DER_SEQUENCE, &seq) || reader_left(&in) != 0) {
            return false;
        }
        h->exts = seq.content;
    }
    return !r->failed && reader_left(r) == 0;
}

static bool read_tbs(crl_head *h)
{
    reader outer = reader_of(h->parts.tbs.s);
    der_tlv t;
    if (!der_expect(&outer, DER_SEQUENCE, &t)) {
        return false;
    }
    reader r = reader_of(t.content);
    /* clause: RFC5280#5.1.1.2 the algorithm inside is the one outside */
    if (!read_version(&r, h) || !der_expect(&r, DER_SEQUENCE, &t) ||
        !span_eq(t.whole, h->parts.algorithm) || !der_expect(&r, DER_SEQUENCE, &t)) {
        return false;
    }
    h->issuer = t.whole;
    if (!read_updates(&r, h)) {
        return false;
    }
    if (der_optional(&r, DER_SEQUENCE, &t)) {
        h->entries = t.content;
    }
    return !r.failed && read_extensions(&r, h);
}

bool crl_parse(view der, crl_head *ret)
{
    crl_head h = {.v1 = false};
    if (!signed_split(der.s, &h.parts) || h.parts.rest.n != 0 || !read_tbs(&h)) {
        return false;
    }
    h.parts.tbs.home = der.home;
    *ret = h;
    return true;
}
