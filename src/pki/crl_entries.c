/* The entries of a list, one after the other in one pass, nothing kept: a list of a hundred
 * megabytes takes no memory here. Every one of them is read to its end, since a single critical
 * extension that is not known makes the list unusable for all certificates (RFC 5280 5.3). */
#include "pki/crl_impl.h"

typedef struct entry {
    span serial;
    der_tlv date;
    span exts;
} entry;

/* 2.5.29.x as its three octets: comparing text for millions of entries would take long. */
static bool is_ce(span id, uint8_t last)
{
    return id.n == 3 && id.p[0] == 0x55 && id.p[1] == 0x1d && id.p[2] == last;
}
enum { CE_REASON = 21, CE_CERTIFICATE_ISSUER = 29 };

static bool read_entry(reader *r, bool v1, entry *ret)
{
    der_tlv seq;
    der_tlv t;
    if (!der_expect(r, DER_SEQUENCE, &seq)) {
        return false;
    }
    reader in = reader_of(seq.content);
    if (!der_expect(&in, DER_INTEGER, &t)) {
        return false;
    }
    ret->serial = t.content;
    if (!der_next(&in, &ret->date) ||
        (ret->date.tag != DER_UTCTIME && ret->date.tag != DER_GENERALIZEDTIME)) {
        return false;
    }
    ret->exts = span_of(NULL, 0);
    if (reader_left(&in) > 0) {
        if (v1 || !der_expect(&in, DER_SEQUENCE, &t)) {
            return false;
        }
        ret->exts = t.content;
    }
    return reader_left(&in) == 0;
}

static pades_status malformed(pades_error **e)
{
    return rev_wrong(e, CRL_WHAT, "RFC5280#5.1.2.6", "one of its entries is malformed");
}

/* CRLReason in an extension. */
static bool read_reason(span value, int *ret)
{
    reader r = reader_of(value);
    der_tlv t;
    return der_expect(&r, DER_ENUMERATED, &t) && reader_left(&r) == 0 && rev_reason(t.content, ret);
}

static pades_status not_known(span id, pades_error **e)
{
    char dotted[128];
    if (is_ce(id, CE_CERTIFICATE_ISSUER)) {
        return rev_wrong(e, CRL_WHAT, "RFC5280#5.3.3",
                         "it is an indirect list: an entry names another issuer");
    }
    return rev_wrong(e, CRL_WHAT, "RFC5280#5.3",
                     "an entry has a critical extension that is not known here (%s)",
                     der_oid_text(id, dotted, sizeof dotted) ? dotted : "?");
}

static pades_status read_extensions(span exts, int *ret_reason, pades_error **e)
{
    reader r = reader_of(exts);
    while (reader_left(&r) > 0) {
        cert_ext ext;
        if (!cert_ext_next(&r, &ext)) {
            return malformed(e);
        }
        if (is_ce(ext.id, CE_REASON)) {
            if (*ret_reason >= 0 || !read_reason(ext.value, ret_reason)) {
                return malformed(e);
            }
        } else if (ext.critical || is_ce(ext.id, CE_CERTIFICATE_ISSUER)) {
            return not_known(ext.id, e);
        }
    }
    return PADES_OK;
}

/* The certificate is listed. Twice: the earlier time counts. Taken off again (removeFromCRL) it is
 * not revoked, unless another entry says that it is. */
static pades_status note(const entry *in, int reason, crl_entry *ret, pades_error **e)
{
    enum { REMOVE_FROM_CRL = 8 };
    int64_t when = 0;
    reader r = reader_of(in->date.whole);
    if (!cert_time(&r, &when)) {
        return malformed(e);
    }
    if (reason != REMOVE_FROM_CRL && (!ret->listed || when < ret->revoked_at)) {
        *ret = (crl_entry){true, when, reason};
    }
    return PADES_OK;
}

/* What lies behind in a large list is given back. */
static size_t drop_behind(const crl_head *h, size_t from, size_t to)
{
    if (to - from < VIEW_STEP) {
        return from;
    }
    view_drop((view){h->entries, h->parts.tbs.home}, from, to);
    return to;
}

pades_status crl_scan(const crl_head *h, span serial, crl_entry *ret, pades_error **e)
{
    reader r = reader_of(h->entries);
    crl_entry found = {false, 0, -1};
    size_t dropped = 0;
    while (reader_left(&r) > 0) {
        entry in;
        dropped = drop_behind(h, dropped, r.pos);
        int reason = -1;
        if (!read_entry(&r, h->v1, &in)) {
            return malformed(e);
        }
        if (in.exts.n > 0) {
            TRY(read_extensions(in.exts, &reason, e));
        }
        if (span_eq(in.serial, serial)) {
            TRY(note(&in, reason, &found, e));
        }
    }
    view_drop((view){h->entries, h->parts.tbs.home}, dropped, r.pos);
    *ret = found;
    return PADES_OK;
}
