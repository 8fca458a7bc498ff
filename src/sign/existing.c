/* The structure: what each signature says it covers, and its CMS. Strict about the range, tolerant
 * about who wrote the CMS.
 * clause: ISO32000-1#12.8.1 /ByteRange, #12.8.3.3 the other kinds, EN319142-1#5.4.3 */
#include "sign/existing.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "sign/any_cms.h"
#include "tsa/tsp_impl.h"

#include <stdlib.h>

enum { POOL_MAX = 64 << 20, SIGNATURES_MAX = 1000, WARNINGS_MAX = 256 << 10, SHOWN = 100 };

static void signature_free(existing_signature *s)
{
    mem_free(s->field);
    mem_free(s->shown);
    buf_free(&s->contents);
    buf_free(&s->der);
    cms_signed_data_free(&s->cms);
    pades_cert_free(s->signer);
    pades_cert_free(s->authority);
}

void existing_free(existing *all)
{
    for (size_t i = 0; i < all->n; i++) {
        signature_free(&all->items[i]);
    }
    mem_free(all->items);
    buf_free(&all->warnings);
    *all = (existing){.warnings = BUF(0)};
}

static pades_status broken(const existing_signature *s, const char *why, pades_error **e)
{
    return fail(e, PADES_DOC_SIGNATURE_BROKEN, "the signature in '%s' is broken: %s", s->shown,
                why);
}

static pades_status unsupported(const existing_signature *s, const char *what, pades_error **e)
{
    (void)fail(e, PADES_DOC_UNSUPPORTED, "the signature in '%s' is %s", s->shown, what);
    error_hint(e, "it cannot be checked here, so nothing is built on it");
    return PADES_DOC_UNSUPPORTED;
}

/* The kind, by its names.
 * clause: ISO32000-1#12.8.3.3 */
static pades_status read_kind(pdf_file *f, const pdf_obj *dict, pdf_pool *pool,
                              existing_signature *s, pades_error **e)
{
    const pdf_obj *type = NULL;
    const pdf_obj *sub = NULL;
    TRY(pdf_file_resolve(f, pdf_dict_get(dict, "Type"), pool, &type, NULL, e));
    TRY(pdf_file_resolve(f, pdf_dict_get(dict, "SubFilter"), pool, &sub, NULL, e));
    s->is_timestamp = pdf_is_name(sub, "ETSI.RFC3161");
    s->is_pkcs7 = pdf_is_name(sub, "adbe.pkcs7.detached");
    if (s->is_timestamp || s->is_pkcs7 || pdf_is_name(sub, "ETSI.CAdES.detached")) {
        return pdf_is_name(type, "DocTimeStamp") && !s->is_timestamp
                   ? broken(s, "it says that it is a document timestamp, and that it is not", e)
                   : PADES_OK;
    }
    if (pdf_is_name(sub, "adbe.pkcs7.sha1") || pdf_is_name(sub, "adbe.x509.rsa_sha1")) {
        return unsupported(s, "of a kind that rests on SHA-1 (adbe.pkcs7.sha1, adbe.x509.rsa_sha1)",
                           e);
    }
    return unsupported(s, "of a kind that is not known (/SubFilter)", e);
}

static pades_status weak(const existing_signature *s, pades_error **e)
{
    (void)fail(e, PADES_DOC_UNSUPPORTED,
               "the signature in '%s' uses an algorithm that is not accepted (digest %s)", s->shown,
               s->is_timestamp ? "of its imprint" : s->cms.signer.digest_oid);
    error_hint(e, "what is built on it would not last: have the document signed again");
    return PADES_DOC_UNSUPPORTED;
}

/* A document timestamp: the token's imprint is of the bytes covered. */
static pades_status read_token(existing_signature *s, span der, pades_error **e)
{
    span token = span_part(der, 0, s->cms.used);
    if (strcmp(s->cms.content_oid, OID_TST_INFO) != 0 || !s->cms.content.p ||
        tsp_token_info(token, &s->cms, &s->token, e) != PADES_OK) {
        error_clear(e);
        return broken(s, "it holds no timestamp token", e);
    }
    s->alg = s->token.digest;
    return s->alg == PADES_DIGEST_DEFAULT ? weak(s, e) : PADES_OK;
}

static pades_status read_signer_info(existing_signature *s, const pades_cert *const *more, size_t n,
                                     pades_error **e)
{
    const cms_signer_info *si = &s->cms.signer;
    if (s->cms.signers != 1) {
        return broken(s, s->cms.signers ? "it has several signers" : "nobody signed it", e);
    }
    if (s->cms.content.p) {
        return broken(s, "its CMS holds content of its own", e);
    }
    if (si->signed_attrs.n == 0) {
        return unsupported(s, "one without signed attributes", e);
    }
    if (si->digest == PADES_DIGEST_DEFAULT || (!si->scheme && !si->odd_salt)) {
        return weak(s, e);
    }
    s->alg = si->digest;
    pades_status status = cms_find_signer(&s->cms, more, n, &s->signer, e);
    if (status == PADES_NO_MEMORY) {
        return status;
    }
    if (status != PADES_OK || !s->signer) {
        error_clear(e);
        (void)broken(s, "the certificate of its signer is not in it, or cannot be read", e);
        error_hint(e, "give the certificate with --cert FILE");
        return PADES_DOC_SIGNATURE_BROKEN;
    }
    return PADES_OK;
}

static pades_status read_cms(existing_signature *s, const pades_cert *const *more, size_t n,
                             pades_error **e)
{
    span contents = buf_span(&s->contents);
    s->der = BUF(contents.n);
    pades_status status = any_cms_parse(contents, &s->der, &s->cms, e);
    if (status == PADES_NO_MEMORY) {
        return status;
    }
    if (status != PADES_OK) {
        return fail_wrap(e, PADES_DOC_SIGNATURE_BROKEN,
                         "the signature in '%s' is broken: /Contents holds no CMS", s->shown);
    }
    span der = s->der.n > 0 ? buf_span(&s->der) : contents;
    return s->is_timestamp ? read_token(s, der, e) : read_signer_info(s, more, n, e);
}

static pades_status read_signature(pdf_file *f, const pdf_field *field, existing_signature *s,
                                   pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(pdf_signature) read = {.contents = BUF(0)};
    s->field = mem_strdup(field->name);
    s->shown = escape_text(span_str(field->name), SHOWN);
    if (!s->field || !s->shown) {
        return fail_memory(e);
    }
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_signature_read(f, field, pool, &read, e));
    TRY(read_kind(f, read.dict, pool, s, e));
    if (!read.byte_range_ok) {
        (void)broken(s, "its /ByteRange is not everything but its own /Contents", e);
        error_clause(e, "ISO32000-1#12.8.1");
        return PADES_DOC_SIGNATURE_BROKEN;
    }
    memcpy(s->range, read.byte_range, sizeof s->range);
    s->contents = read.contents;
    read.contents = BUF(0);
    return PADES_OK;
}

/* All are held at once, and a thousand fields may have one large value. */
static pades_status check_bytes(pdf_file *f, const existing_signature *s, uint64_t *bytes,
                                pades_error **e)
{
    *bytes += s->contents.n;
    return *bytes <= ctx_limit(pdf_file_ctx(f), PADES_LIMIT_STREAM_BYTES)
               ? PADES_OK
               : fail(e, PADES_LIMIT, "the /Contents of the document's signatures are too large");
}

static int by_reach(const void *a, const void *b)
{
    const existing_signature *left = a;
    const existing_signature *right = b;
    uint64_t l = left->range[2] + left->range[3];
    uint64_t r = right->range[2] + right->range[3];
    return l < r ? -1 : l > r;
}

pades_status existing_read(pdf_file *f, const pades_cert *const *more, size_t n, existing *ret,
                           pades_error **e)
{
    AUTO_VAL(existing) all = {.warnings = BUF(WARNINGS_MAX)};
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    uint64_t bytes = 0;
    TRY(pdf_fields_read(f, &fields, e));
    for (size_t i = 0; i < fields.n; i++) {
        const pdf_field *field = &fields.items[i];
        if (!field->has_value || strcmp(field->type, "Sig") != 0) {
            continue;
        }
        if (all.n == SIGNATURES_MAX) {
            return fail(e, PADES_LIMIT, "the document has more than %d signatures", SIGNATURES_MAX);
        }
        if (!MEM_GROW(all.items, all.n, all.cap)) {
            return fail_memory(e);
        }
        existing_signature *s = &all.items[all.n++];
        *s = (existing_signature){.contents = BUF(0), .der = BUF(0)};
        TRY(read_signature(f, field, s, e));
        TRY(check_bytes(f, s, &bytes, e));
        TRY(read_cms(s, more, n, e));
    }
    if (all.n > 1) {
        qsort(all.items, all.n, sizeof *all.items, by_reach);
    }
    *ret = all;
    all = (existing){.warnings = BUF(0)};
    return PADES_OK;
}
