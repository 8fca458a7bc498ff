/* Errors about damaged files; see damage.h. */
#include "pdf/damage.h"

#include "pdf/survey.h"

#include <stdarg.h>
#include <stdio.h>

pades_status pdf_place(pades_error **e, pades_status status, uint32_t id, uint64_t at)
{
    (void)error_place(e, id, at <= INT64_MAX ? (int64_t)at : INT64_MAX);
    if (status == PADES_DOC_DAMAGED) {
        (void)error_hint(e, "`pades repair IN OUT` writes the file anew, before it is signed");
    }
    return status;
}

pades_status pdf_mending(pades_source *source, pades_status status, pades_error **e)
{
    bool is_signed = false;
    if (status == PADES_DOC_DAMAGED && e && *e &&
        pdf_survey_is_signed(source, &is_signed, NULL) == PADES_OK && is_signed) {
        (void)error_hint(e, "the file is signed, and cannot be mended without breaking its "
                            "signatures: get an undamaged copy");
    }
    return status;
}

/* The entry of the object, or of the stream that it is packed in. */
static bool find_entry(pdf_file *f, uint32_t id, pdf_entry *ret)
{
    if (pdf_file_entry(f, id, ret, NULL) != PADES_OK) {
        return false;
    }
    bool packed = ret->kind == PDF_ENTRY_IN_STREAM && ret->offset <= UINT32_MAX;
    if (packed && pdf_file_entry(f, (uint32_t)ret->offset, ret, NULL) != PADES_OK) {
        return false;
    }
    return ret->kind == PDF_ENTRY_OFFSET && ret->offset <= INT64_MAX;
}

pades_status pdf_locate(pdf_file *f, pades_status status, pades_error **e)
{
    pdf_entry entry;
    uint32_t id = status != PADES_OK && e && *e ? pades_error_object(*e) : 0;
    if (id > 0 && pades_error_offset(*e) <= 0 && find_entry(f, id, &entry)) {
        error_place(e, id, (int64_t)entry.offset);
    }
    return status;
}

pades_status pdf_damaged(pades_error **e, uint32_t id, uint64_t at, const char *clause,
                         const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)fail(e, PADES_DOC_DAMAGED, "%s", text);
    (void)error_clause(e, clause);
    return pdf_place(e, PADES_DOC_DAMAGED, id, at);
}

pades_status pdf_forgive(pades_status status, pades_error **why, pades_error **e)
{
    if (status == PADES_OK || status == PADES_DOC_DAMAGED || status == PADES_DOC_UNSUPPORTED ||
        status == PADES_LIMIT) {
        error_clear(why);
        return PADES_OK;
    }
    if (e) {
        *e = TAKE(*why);
    }
    return status;
}
