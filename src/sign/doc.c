/* What a PDF file is made of, for `inspect`: revisions, fields, signatures, certification. Says
 * what stands there and what two readers make of it, nothing about trust. What cannot be read of a
 * part becomes a warning, so that a damaged file can still be looked at.
 * clause: ISO32000-1#7.5 file structure, #12.7.3 fields */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/gaps.h"
#include "pdf/permissions.h"
#include "pdf/second.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { POOL_MAX = 64 << 20, WARNINGS_MAX = 1000 };

DEFINE_AUTO(pades_doc, pades_doc_free)

pades_status doc_keep(pades_doc *doc, char *text, const char **ret, pades_error **e)
{
    if (!text || !MEM_GROW(doc->texts, doc->texts_n, doc->texts_cap)) {
        mem_free(text);
        return fail_memory(e);
    }
    doc->texts[doc->texts_n++] = text;
    *ret = text;
    return PADES_OK;
}

pades_status doc_keep_escaped(pades_doc *doc, span text, const char **ret, pades_error **e)
{
    return doc_keep(doc, escape_text(text, 0), ret, e);
}

pades_status doc_warn(pades_doc *doc, pades_error **e, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    if (doc->warnings_n >= WARNINGS_MAX) {
        doc->warnings_more++;
        return PADES_OK;
    }
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (!MEM_GROW(doc->warnings, doc->warnings_n, doc->warnings_cap)) {
        return fail_memory(e);
    }
    TRY(doc_keep_escaped(doc, span_str(line), &doc->warnings[doc->warnings_n], e));
    doc->warnings_n++;
    return PADES_OK;
}

pades_status doc_excuse(pades_doc *doc, pades_status status, const char *what, pades_error **e)
{
    AUTO(pades_error) *error = e ? TAKE(*e) : NULL;
    if (status == PADES_OK) {
        return PADES_OK;
    }
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    return doc_warn(doc, e, "%s: %s", what, error ? pades_error_message(error) : "unreadable");
}

static pades_status read_version(pades_doc *doc, pdf_file *f, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *o = pdf_dict_get(pdf_file_trailer(f), "Root");
    pdf_file_version(f, &doc->info.version_major, &doc->info.version_minor);
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_resolve(f, o, pool, &o, NULL, e));
    TRY(pdf_file_resolve(f, pdf_dict_get(o, "Version"), pool, &o, NULL, e));
    if (pdf_is(o, PDF_NAME) && o->u.text.n == 3 && o->u.text.p[1] == '.') {
        int major = o->u.text.p[0] - '0';
        int minor = o->u.text.p[2] - '0';
        if (major * 10 + minor > doc->info.version_major * 10 + doc->info.version_minor) {
            doc->info.version_major = major;
            doc->info.version_minor = minor;
        }
    }
    return PADES_OK;
}

static pades_status read_form(pades_doc *doc, pdf_file *f, pades_error **e)
{
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    TRY(doc_excuse(doc, pdf_fields_read(f, &fields, e), "the form cannot be read", e));
    TRY(doc_read_fields(doc, f, &fields, e));
    return doc_read_signatures(doc, f, &fields, e);
}

static pades_status read_permissions(pades_doc *doc, pdf_file *f, pades_error **e)
{
    pdf_permissions p = {false, 0, false};
    TRY(doc_excuse(doc, pdf_permissions_read(f, &p, e), "the permissions cannot be read", e));
    doc->info.certification = p.certification;
    doc->facts.usage_rights = p.usage_rights;
    if (p.usage_rights) {
        TRY(doc_warn(doc, e, "the document has usage rights, which a change would break"));
    }
    return PADES_OK;
}

static pades_status ask_second(pades_doc *doc, pdf_file *f, pades_error **e)
{
    pdf_second_result result = PDF_SECOND_AGREES;
    pades_status status = pdf_second_check(f, NULL, 0, &result, e);
    doc->info.second_reader = status == PADES_OK && result == PDF_SECOND_AGREES;
    if (status != PADES_OK) {
        return doc_excuse(doc, status, "second reader", e);
    }
    if (result == PDF_SECOND_NOT_ASKED_ENTRIES) {
        return doc_warn(doc, e, "the second reader was not asked: %" PRIu64 " entries are too many",
                        doc->info.entries);
    }
    if (result == PDF_SECOND_NOT_ASKED_SOURCE) {
        return doc_warn(doc, e, "the second reader was not asked: the file is too large to copy");
    }
    return PADES_OK;
}

static pades_status check_gaps(pades_doc *doc, const pdf_file *f, pades_error **e)
{
    char line[256];
    const pdf_gaps gaps = pdf_gaps_find(f);
    if (gaps.count == 0) {
        return PADES_OK;
    }
    pdf_gaps_tell(&gaps, line, sizeof line);
    return doc_warn(doc, e, "%s", line);
}

/* Without a catalog there is nothing to look for, and a large one is not read again and again. */
static pades_status read_parts(pades_doc *doc, pdf_file *f, pades_error **e)
{
    pades_status status = read_version(doc, f, e);
    if (status != PADES_OK) {
        return doc_excuse(doc, status, "the catalog cannot be read", e);
    }
    TRY(read_form(doc, f, e));
    TRY(doc_excuse(doc, doc_read_facts(doc, f, e), "the catalog cannot be read", e));
    TRY(doc_read_claims(doc, f, e));
    return ask_second(doc, f, e);
}

static pades_status read_all(pades_doc *doc, pdf_file *f, pades_error **e)
{
    int64_t size = 0;
    doc->info.size = pdf_file_size(f);
    doc->info.entries = pdf_file_entries(f);
    pdf_file_version(f, &doc->facts.header_major, &doc->facts.header_minor);
    if (pdf_get_int(pdf_dict_get(pdf_file_trailer(f), "Size"), &size) && size > 0 &&
        size <= UINT32_MAX) {
        doc->info.size_entry = (uint32_t)size;
    }
    TRY(doc_read_revisions(doc, f, e));
    TRY(check_gaps(doc, f, e));
    TRY(read_permissions(doc, f, e));
    TRY(doc_read_encryption(doc, f, e));
    if (doc->info.encrypted && doc->encryption.opened == PADES_OPENED_NOT) {
        pdf_file_version(f, &doc->info.version_major, &doc->info.version_minor);
    } else {
        TRY(read_parts(doc, f, e));
    }
    TRY(doc_read_changes(doc, f, e));
    if (doc->warnings_more > 0) {
        doc->warnings_n--; /* makes room */
        TRY(doc_warn(doc, e, "%zu more warnings", doc->warnings_more + 1));
    }
    doc->info.revisions = doc->revisions_n;
    doc->info.fields = doc->fields_n;
    return PADES_OK;
}

pades_status pades_doc_open(pades_ctx *ctx, pades_source *source, pades_doc **ret_doc,
                            pades_error **ret_error)
{
    AUTO(pdf_file) *f = NULL;
    AUTO(pades_doc) *doc = NULL;
    /* A part's failure may become a warning, for which the error must be there to be read. */
    AUTO(pades_error) *unwanted = NULL;
    pades_error **e = ret_error ? ret_error : &unwanted;
    if (!ctx || !source || !ret_doc) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "a context, a source and a place for the document are needed");
    }
    ctx_freeze(ctx);
    TRY(pdf_mending(source, pdf_file_open(ctx, source, &f, e), e));
    pdf_file_tell(f);
    doc = mem_alloc(sizeof *doc);
    if (!doc) {
        return fail_memory(e);
    }
    TRY(read_all(doc, f, e));
    doc->file = TAKE(f);
    *ret_doc = TAKE(doc);
    return PADES_OK;
}

void pades_doc_free(pades_doc *doc)
{
    if (!doc) {
        return;
    }
    for (size_t i = 0; i < doc->texts_n; i++) {
        mem_free(doc->texts[i]);
    }
    mem_free(doc->texts);
    mem_free(doc->warnings);
    mem_free(doc->revisions);
    mem_free(doc->changes);
    mem_free(doc->sections);
    mem_free(doc->fields);
    mem_free(doc->seeds);
    mem_free(doc->signatures);
    mem_free(doc->attributes);
    mem_free(doc->certificates);
    mem_free(doc->references);
    if (doc->store) {
        pdf_dss_free(doc->store);
        mem_free(doc->store);
    }
    pdf_file_free(doc->file);
    mem_free(doc);
}

const pades_doc_info *pades_doc_get_info(const pades_doc *doc)
{
    return &doc->info;
}

const pades_signature_info *pades_doc_get_signature(const pades_doc *doc, size_t index)
{
    return index < doc->signatures_n ? &doc->signatures[index].pub : NULL;
}

const char *pades_doc_get_warning(const pades_doc *doc, size_t index)
{
    return index < doc->warnings_n ? doc->warnings[index] : NULL;
}
