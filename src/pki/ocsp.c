/* Is this OCSP answer about this certificate, by somebody who may say so, and of today? Clause: RFC
 * 6960 3.2, 4.2. */
#include "pki/ocsp_impl.h"

/* The nonce is looked for under its inner OCTET STRING. clause: RFC8954#2.1 */
static pades_status check_nonce(const ocsp_basic *b, const uint8_t *nonce, pades_error **e)
{
    cert_ext ext;
    der_tlv t;
    if (!cert_ext_find(b->exts, OID_OCSP_NONCE, &ext)) {
        return rev_wrong(e, OCSP_WHAT, "RFC5280#4.2", "its extensions are malformed");
    }
    if (!nonce || !ext.present) {
        return PADES_OK;
    }
    reader r = reader_of(ext.value);
    bool fits = der_expect(&r, DER_OCTET_STRING, &t) && reader_left(&r) == 0 &&
                span_eq(t.content, span_of(nonce, OCSP_NONCE));
    return fits ? PADES_OK
                : rev_wrong(e, OCSP_WHAT, "RFC6960#4.4.1",
                            "it answers another request: its nonce is not the one that was sent");
}

/* Of several about the same certificate the newest counts, and of two as new the worse. */
static bool is_better(const ocsp_single *a, const ocsp_single *than)
{
    static const int rank[] = {[REV_GOOD] = 0, [REV_UNKNOWN] = 1, [REV_REVOKED] = 2};
    return a->this_update > than->this_update ||
           (a->this_update == than->this_update && rank[a->state] > rank[than->state]);
}

static pades_status find_single(const ocsp_basic *b, const pades_cert *cert,
                                const pades_cert *issuer, ocsp_single *ret, pades_error **e)
{
    reader r = reader_of(b->singles);
    ocsp_single s;
    bool found = false;
    while (reader_left(&r) > 0) {
        if (!ocsp_next_single(&r, &s)) {
            return rev_wrong(e, OCSP_WHAT, "RFC6960#4.2.1", "a SingleResponse is malformed");
        }
        if (ocsp_id_fits(s.cert_id, cert, issuer) && (!found || is_better(&s, ret))) {
            *ret = s;
            found = true;
        }
    }
    return found
               ? PADES_OK
               : rev_wrong(e, OCSP_WHAT, "RFC6960#3.2", "it is about another certificate than '%s'",
                           pades_cert_common_name(cert));
}

static pades_status check_extensions(const ocsp_basic *b, const ocsp_single *s, pades_error **e)
{
    static const char *const of_response[] = {OID_OCSP_NONCE, OID_OCSP_EXTENDED_REVOKE};
    static const char *const of_single[] = {OID_OCSP_CUTOFF};
    TRY(rev_check_extensions(b->exts, of_response, ARRAY_LEN(of_response), OCSP_WHAT, e));
    return rev_check_extensions(s->exts, of_single, ARRAY_LEN(of_single), OCSP_WHAT, e);
}

/* clause: RFC6960#4.4.4 ArchiveCutoff ::= GeneralizedTime */
static pades_status read_cutoff(const ocsp_single *s, int64_t *ret, pades_error **e)
{
    cert_ext ext;
    *ret = INT64_MAX;
    if (!cert_ext_find(s->exts, OID_OCSP_CUTOFF, &ext) ||
        (ext.present && !rev_time(ext.value, ret))) {
        return rev_wrong(e, OCSP_WHAT, "RFC6960#4.4.4", "its archiveCutoff is malformed");
    }
    return PADES_OK;
}

static pades_status check_answer(const ocsp_basic *b, const ocsp_single *s, int64_t now,
                                 pades_error **e)
{
    TRY(check_extensions(b, s, e));
    TRY(rev_check_times(b->produced_at, 0, now, OCSP_WHAT, "RFC6960#4.2.2.1", e));
    return rev_check_times(s->this_update, s->next_update, now, OCSP_WHAT, "RFC6960#4.2.2.1", e);
}

pades_status ocsp_check(span der, const pades_cert *cert, const pades_cert *issuer,
                        const pades_cert *const *pool, size_t n, const uint8_t nonce[OCSP_NONCE],
                        int64_t now, rev_info *ret, pades_error **e)
{
    ocsp_basic b;
    ocsp_single s = {.reason = -1};
    int64_t cutoff = INT64_MAX;
    pades_cert *signer = NULL;
    TRY(ocsp_parse(der, &b, e));
    TRY(check_nonce(&b, nonce, e));
    TRY(find_single(&b, cert, issuer, &s, e));
    TRY(check_answer(&b, &s, now, e));
    TRY(read_cutoff(&s, &cutoff, e));
    TRY(ocsp_find_signer(&b, issuer, pool, n, &signer, e));
    *ret = (rev_info){.state = s.state,
                      .this_update = s.this_update,
                      .next_update = s.next_update,
                      .produced_at = b.produced_at,
                      .revoked_at = s.revoked_at,
                      .reason = s.reason,
                      .reaches_back = cutoff,
                      .signer = signer,
                      .nocheck = signer && cert_has_nocheck(signer)};
    return PADES_OK;
}

bool ocsp_times(span der, int64_t *ret_this, int64_t *ret_next)
{
    ocsp_basic b;
    ocsp_single s;
    int64_t first = INT64_MAX;
    int64_t next = INT64_MAX;
    if (ocsp_parse(der, &b, NULL) != PADES_OK) {
        return false;
    }
    reader r = reader_of(b.singles);
    while (reader_left(&r) > 0) {
        if (!ocsp_next_single(&r, &s)) {
            return false;
        }
        first = s.this_update < first ? s.this_update : first;
        next = s.next_update != 0 && s.next_update < next ? s.next_update : next;
    }
    *ret_this = first;
    *ret_next = next == INT64_MAX ? 0 : next;
    return first != INT64_MAX;
}
