/* The signatures of a document as `inspect` shows them: what the dictionary says, what /ByteRange
 * covers, and who the CMS names as its signer. Nothing is verified.
 * clause: ISO32000-1#12.8.1 signature dictionary, EN319142-1#5.3 */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "cms/cms.h"
#include "pdf/text.h"

enum { POOL_MAX = 64 << 20, TEXT_MAX = 64 << 10 };

typedef struct reading {
    pades_doc *doc;
    pdf_file *f;
    pdf_pool *pool;
    const pdf_signature *s;
    pades_signature_info *info;
} reading;

static pades_status get(const reading *r, const char *key, const pdf_obj **ret, pades_error **e)
{
    return pdf_file_resolve(r->f, pdf_dict_get(r->s->dict, key), r->pool, ret, NULL, e);
}

static pades_status read_name(const reading *r, const char *key, const char **ret, pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(get(r, key, &o, e));
    return pdf_is(o, PDF_NAME) ? doc_keep_escaped(r->doc, o->u.text, ret, e) : PADES_OK;
}

static pades_status read_text(const reading *r, const char *key, const char **ret, pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO_VAL(buf) text = BUF(TEXT_MAX);
    TRY(get(r, key, &o, e));
    if (!pdf_is(o, PDF_STRING)) {
        return PADES_OK;
    }
    pdf_text_utf8(&text, span_part(o->u.text, 0, TEXT_MAX / 4));
    TRY(buf_check(&text, "text", e));
    return doc_keep_escaped(r->doc, buf_span(&text), ret, e);
}

static pades_status read_time(const reading *r, pades_error **e)
{
    const pdf_obj *o = NULL;
    int64_t seconds = 0;
    char text[TIME_TEXT];
    TRY(get(r, "M", &o, e));
    if (!pdf_is(o, PDF_STRING) || !time_parse_pdf(o->u.text, &seconds)) {
        return PADES_OK;
    }
    time_rfc3339(seconds, text);
    return doc_keep(r->doc, mem_strdup(text), &r->info->time, e);
}

static pades_status read_texts(const reading *r, pades_error **e)
{
    const char *type = NULL;
    TRY(read_name(r, "Type", &type, e));
    TRY(read_name(r, "SubFilter", &r->info->sub_filter, e));
    TRY(read_name(r, "Filter", &r->info->filter, e));
    TRY(read_text(r, "Name", &r->info->name, e));
    TRY(read_text(r, "Reason", &r->info->reason, e));
    TRY(read_text(r, "Location", &r->info->location, e));
    const char *sub = r->info->sub_filter;
    bool stamp =
        (type && strcmp(type, "DocTimeStamp") == 0) || (sub && strcmp(sub, "ETSI.RFC3161") == 0);
    r->info->type = stamp ? "doctimestamp" : "signature";
    return read_time(r, e);
}

/* A revision's end may leave out the end of its %%EOF line. */
static void read_coverage(const reading *r)
{
    const pdf_signature *s = r->s;
    memcpy(r->info->byte_range, s->byte_range, sizeof s->byte_range);
    r->info->byte_range_ok = s->byte_range_ok;
    r->info->contents_n = s->contents.n;
    if (!s->byte_range_ok) {
        return;
    }
    uint64_t reach = s->byte_range[2] + s->byte_range[3];
    r->info->covers_file = reach == pdf_file_size(r->f);
    for (size_t i = 0; i < r->doc->revisions_n; i++) {
        const doc_revision *revision = &r->doc->revisions[i];
        bool here = revision->bare_end && reach >= revision->bare_end && reach <= revision->pub.end;
        r->info->covers_revision = r->info->covers_revision || here;
    }
}

static pades_status read_signer(const reading *r, pades_error **e)
{
    cms_signed_data cms;
    AUTO(pades_cert) *cert = NULL;
    TRY(cms_parse(buf_span(&r->s->contents), &cms, e));
    pades_status status = cms_find_signer(&cms, NULL, 0, &cert, e);
    cms_signed_data_free(&cms);
    TRY(status);
    if (!cert) {
        return PADES_OK;
    }
    TRY(doc_keep(r->doc, mem_strdup(pades_cert_subject(cert)), &r->info->signer, e));
    return doc_keep(r->doc, mem_strdup(pades_cert_serial(cert)), &r->info->signer_serial, e);
}

static pades_status read_found(const reading *r, pades_error **e)
{
    TRY(read_texts(r, e));
    read_coverage(r);
    return doc_excuse(r->doc, read_signer(r, e), "a signature's CMS cannot be read", e);
}

static pades_status read_signature(pades_doc *doc, pdf_file *f, const pdf_field *field,
                                   pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(pdf_signature) s = {.contents = BUF(0)};
    if (!MEM_GROW(doc->signatures, doc->signatures_n, doc->signatures_cap)) {
        return fail_memory(e);
    }
    pades_signature_info *info = &doc->signatures[doc->signatures_n++];
    *info = (pades_signature_info){.type = "signature"};
    TRY(doc_keep_escaped(doc, span_str(field->name), &info->field, e));
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    pades_status status = pdf_signature_read(f, field, pool, &s, e);
    if (status != PADES_OK) {
        return doc_excuse(doc, status, "a signature cannot be read", e);
    }
    const reading r = {doc, f, pool, &s, info};
    return read_found(&r, e);
}

pades_status doc_read_signatures(pades_doc *doc, pdf_file *f, const pdf_fields *fields,
                                 pades_error **e)
{
    for (size_t i = 0; i < fields->n; i++) {
        const pdf_field *field = &fields->items[i];
        if (field->has_value && strcmp(field->type, "Sig") == 0) {
            TRY(read_signature(doc, f, field, e));
        }
    }
    return PADES_OK;
}
