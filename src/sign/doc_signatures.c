/* The signatures of a document as `inspect` shows them: what the dictionary says, what /ByteRange
 * covers, and who the CMS names as its signer. Nothing is verified.
 * clause: ISO32000-1#12.8.1 signature dictionary, EN319142-1#5.3 */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "pdf/text.h"

enum { POOL_MAX = 64 << 20, TEXT_MAX = 64 << 10, SIGNATURES_MAX = 10000 };

typedef struct reading {
    doc_reading at;
    const pdf_signature *s;
    doc_signature *kept;
    pades_signature_info *info; /* of kept */
} reading;

static pades_status read_text(const reading *r, const char *key, const char **ret, pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO_VAL(buf) text = BUF(TEXT_MAX);
    TRY(doc_get(&r->at, r->s->dict, key, &o, e));
    if (!pdf_is(o, PDF_STRING)) {
        return PADES_OK;
    }
    pdf_text_utf8(&text, span_part(o->u.text, 0, TEXT_MAX / 4));
    TRY(buf_check(&text, "text", e));
    return doc_keep_escaped(r->at.doc, buf_span(&text), ret, e);
}

static pades_status read_time(const reading *r, pades_error **e)
{
    const pdf_obj *o = NULL;
    int64_t seconds = 0;
    char text[TIME_TEXT];
    TRY(doc_get(&r->at, r->s->dict, "M", &o, e));
    if (!pdf_is(o, PDF_STRING) || !time_parse_pdf(o->u.text, &seconds)) {
        return PADES_OK;
    }
    time_rfc3339(seconds, text);
    return doc_keep(r->at.doc, mem_strdup(text), &r->info->time, e);
}

static pades_status read_texts(const reading *r, pades_error **e)
{
    const char *type = NULL;
    TRY(doc_get_name(&r->at, r->s->dict, "Type", &type, e));
    TRY(doc_get_name(&r->at, r->s->dict, "SubFilter", &r->info->sub_filter, e));
    TRY(doc_get_name(&r->at, r->s->dict, "Filter", &r->info->filter, e));
    TRY(read_text(r, "Name", &r->info->name, e));
    TRY(read_text(r, "Reason", &r->info->reason, e));
    TRY(read_text(r, "Location", &r->info->location, e));
    const char *sub = r->info->sub_filter;
    bool stamp =
        (type && strcmp(type, "DocTimeStamp") == 0) || (sub && strcmp(sub, "ETSI.RFC3161") == 0);
    r->info->type = stamp ? "doctimestamp" : "signature";
    return read_time(r, e);
}

/* The two ranges, wherever they lie, as long as they are in the file. */
static uint64_t count_signed(const uint64_t range[4], uint64_t size)
{
    bool inside = range[0] <= size && range[1] <= size - range[0] && range[2] <= size &&
                  range[3] <= size - range[2];
    return inside ? range[1] + range[3] : 0;
}

static uint64_t revision_end(const pades_doc *doc, uint64_t reach)
{
    for (size_t i = 0; i < doc->revisions_n; i++) {
        if (doc->revisions[i].pub.end >= reach) {
            return doc->revisions[i].pub.end;
        }
    }
    return reach;
}

/* A revision's end may leave out the end of its %%EOF line. */
static void read_coverage(const reading *r)
{
    const pdf_signature *s = r->s;
    const pades_doc *doc = r->at.doc;
    memcpy(r->info->byte_range, s->byte_range, sizeof s->byte_range);
    r->info->byte_range_ok = s->byte_range_ok;
    r->info->contents_n = s->contents.n;
    r->info->signed_bytes = count_signed(s->byte_range, pdf_file_size(r->at.f));
    if (r->info->signed_bytes == 0) {
        return;
    }
    uint64_t reach = s->byte_range[2] + s->byte_range[3];
    r->info->revision_end = revision_end(doc, reach);
    if (!s->byte_range_ok) {
        return;
    }
    r->info->covers_file = reach == pdf_file_size(r->at.f);
    for (size_t i = 0; i < doc->revisions_n; i++) {
        const doc_revision *revision = &doc->revisions[i];
        bool here = revision->bare_end && reach >= revision->bare_end && reach <= revision->pub.end;
        r->info->covers_revision = r->info->covers_revision || here;
    }
}

static pades_status read_found(const reading *r, pades_error **e)
{
    pades_doc *doc = r->at.doc;
    TRY(read_texts(r, e));
    read_coverage(r);
    TRY(doc_excuse(doc, doc_read_references(&r->at, r->s->dict, r->kept, e),
                   "a signature's transforms cannot be read", e));
    return doc_excuse(doc, doc_read_cms(doc, r->kept, buf_span(&r->s->contents), e),
                      "a signature's CMS cannot be read", e);
}

static pades_status read_signature(pades_doc *doc, pdf_file *f, const pdf_field *field,
                                   pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(pdf_signature) s = {.contents = BUF(0)};
    if (!MEM_GROW(doc->signatures, doc->signatures_n, doc->signatures_cap)) {
        return fail_memory(e);
    }
    doc_signature *kept = &doc->signatures[doc->signatures_n++];
    pades_signature_info *info = &kept->pub;
    *kept = (doc_signature){.pub = {.type = "signature"}, .field = *field};
    kept->field.name = NULL;
    TRY(doc_keep_escaped(doc, span_str(field->name), &info->field, e));
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    pades_status status = pdf_signature_read(f, field, pool, &s, e);
    if (status != PADES_OK) {
        return doc_excuse(doc, status, "a signature cannot be read", e);
    }
    const reading r = {{doc, f, pool}, &s, kept, info};
    return read_found(&r, e);
}

pades_status doc_read_signatures(pades_doc *doc, pdf_file *f, const pdf_fields *fields,
                                 pades_error **e)
{
    for (size_t i = 0; i < fields->n; i++) {
        const pdf_field *field = &fields->items[i];
        bool is_signed = field->has_value && strcmp(field->type, "Sig") == 0;
        if (is_signed && doc->signatures_n < SIGNATURES_MAX) {
            TRY(read_signature(doc, f, field, e));
        }
    }
    return PADES_OK;
}
