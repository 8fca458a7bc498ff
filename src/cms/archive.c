/* RevocationInfoArchival, the value of adbe-revocationInfoArchival: written and taken apart.
 *     SEQUENCE { crl [0] EXPLICIT SEQUENCE OF CRL OPTIONAL,
 *                ocsp [1] EXPLICIT SEQUENCE OF OCSPResponse OPTIONAL, ... }
 * clause: ISO32000-1#12.8.3.3.2 */
#include "cms/cms.h"

#include "base/fail.h"

enum { ARCHIVE_MAX = 64 << 20, CRL_TAG = DER_CONTEXT(0), OCSP_TAG = DER_CONTEXT(1) };

static void add_list(buf *out, uint8_t tag, const span *items, size_t n)
{
    AUTO_VAL(buf) content = BUF(ARCHIVE_MAX);
    AUTO_VAL(buf) list = BUF(ARCHIVE_MAX);
    for (size_t i = 0; i < n; i++) {
        buf_add_span(&content, items[i]);
    }
    der_add(&list, DER_SEQUENCE, buf_span(&content));
    if (n > 0) {
        der_add(out, tag, buf_span(&list));
    }
    out->failed = out->failed || content.failed || list.failed;
}

pades_status cms_archive_write(const span *crls, size_t crls_n, const span *ocsps, size_t ocsps_n,
                               buf *out, pades_error **e)
{
    AUTO_VAL(buf) parts = BUF(ARCHIVE_MAX);
    add_list(&parts, CRL_TAG, crls, crls_n);
    add_list(&parts, OCSP_TAG, ocsps, ocsps_n);
    TRY(buf_check(&parts, "revocation information", e));
    der_add(out, DER_SEQUENCE, buf_span(&parts));
    return buf_check(out, "revocation information", e);
}

pades_status cms_archive_each(span archive, cms_archive_fn fn, void *user, pades_error **e)
{
    reader all = reader_of(archive);
    der_tlv whole, part, list, one;
    if (archive.n == 0 || !der_expect(&all, DER_SEQUENCE, &whole)) {
        return PADES_OK;
    }
    reader parts = reader_of(whole.content);
    while (reader_left(&parts) > 0 && der_next(&parts, &part)) {
        reader in = reader_of(part.content);
        bool known = part.tag == CRL_TAG || part.tag == OCSP_TAG;
        if (!known || !der_expect(&in, DER_SEQUENCE, &list)) {
            continue;
        }
        reader items = reader_of(list.content);
        while (reader_left(&items) > 0 && der_next(&items, &one)) {
            TRY(fn(user, part.tag == CRL_TAG, one.whole, e));
        }
    }
    return PADES_OK;
}
