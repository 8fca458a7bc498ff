/* What judging OCSP answers and revocation lists has in common: times, extensions, reasons. */
#include "pki/rev_impl.h"

#include "base/mem.h"
#include "base/timefmt.h"
#include <stdarg.h>
#include <stdio.h>

void rev_info_free(rev_info *info)
{
    pades_cert_free(info->signer);
    *info = (rev_info){.reason = -1, .reaches_back = INT64_MAX};
}

const char *rev_reason_name(int reason)
{
    static const char *const names[] = {
        "unspecified",
        "key compromise",
        "CA compromise",
        "affiliation changed",
        "superseded",
        "cessation of operation",
        "on hold",
        NULL,
        "removed from the list",
        "privilege withdrawn",
        "AA compromise",
    };
    return reason >= 0 && (size_t)reason < ARRAY_LEN(names) ? names[reason] : NULL;
}

pades_status rev_wrong(pades_error **e, const char *what, const char *clause, const char *fmt, ...)
{
    char why[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    fail(e, PADES_SERVICE_FAILED, "%s is not acceptable: %s", what, why);
    error_clause(e, clause);
    return PADES_SERVICE_FAILED;
}

pades_status rev_check_times(int64_t this_update, int64_t next_update, int64_t now,
                             const char *what, const char *clause, pades_error **e)
{
    char when[TIME_TEXT];
    if (next_update != 0 && next_update < this_update) {
        return rev_wrong(e, what, clause, "its nextUpdate is before its thisUpdate");
    }
    if (now != 0 && this_update > now + REV_CLOCK_SLACK) {
        time_rfc3339(this_update, when);
        return rev_wrong(e, what, clause, "it is from the future (%s)", when);
    }
    if (now != 0 && next_update != 0 && next_update < now - REV_CLOCK_SLACK) {
        time_rfc3339(next_update, when);
        return rev_wrong(e, what, clause, "it is stale, a newer one was due at %s", when);
    }
    return PADES_OK;
}

static bool is_known(span id, const char *const *known, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (der_oid_is(id, known[i])) {
            return true;
        }
    }
    return false;
}

pades_status rev_check_extensions(span exts, const char *const *known, size_t n, const char *what,
                                  pades_error **e)
{
    reader r = reader_of(exts);
    char dotted[128];
    while (reader_left(&r) > 0) {
        cert_ext ext;
        if (!cert_ext_next(&r, &ext)) {
            return rev_wrong(e, what, "RFC5280#4.2", "its extensions are malformed");
        }
        if (ext.critical && !is_known(ext.id, known, n)) {
            bool text = der_oid_text(ext.id, dotted, sizeof dotted);
            return rev_wrong(e, what, "RFC5280#5.2",
                             "it has a critical extension that is not known here (%s)",
                             text ? dotted : "?");
        }
    }
    return PADES_OK;
}

bool rev_reason(span enumerated, int *ret)
{
    uint64_t value = 0;
    if (!der_small_uint(enumerated, &value) || value > 10 || value == 7) {
        return false;
    }
    *ret = (int)value;
    return true;
}

bool rev_time(span value, int64_t *ret)
{
    reader r = reader_of(value);
    der_tlv t;
    return der_expect(&r, DER_GENERALIZEDTIME, &t) && reader_left(&r) == 0 &&
           time_parse_asn1(t.content, true, ret);
}
