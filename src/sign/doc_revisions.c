/* Revisions of a document: where each ends, the sections it is made of, and what follows the last.
 * clause: ISO32000-1#7.5.6 incremental updates, #F.3 linearized files have two sections in one */
#include "sign/doc_impl.h"

#include "base/fail.h"
#include "base/mem.h"

#include <inttypes.h>

/* The %%EOF line with its end. */
static pades_status line_end(pdf_file *f, uint64_t bare, uint64_t *ret, pades_error **e)
{
    uint8_t after[2] = {0, 0};
    uint64_t left = pdf_file_size(f) - bare;
    size_t n = left < 2 ? (size_t)left : 2;
    TRY(source_read(pdf_file_source(f), SOURCE_STRUCTURE, bare, after, n, e));
    *ret = bare;
    if (after[0] == '\r' || after[0] == '\n') {
        *ret += after[0] == '\r' && after[1] == '\n' ? 2 : 1;
    }
    return PADES_OK;
}

static pades_xref_kind kind_of(const pdf_section *section)
{
    return section->kind == PDF_SECTION_TABLE ? PADES_XREF_TABLE : PADES_XREF_STREAM;
}

static pades_status add_revision(pades_doc *doc, const pdf_section *section, size_t place,
                                 uint64_t end, pades_error **e)
{
    if (!MEM_GROW(doc->revisions, doc->revisions_n, doc->revisions_cap)) {
        return fail_memory(e);
    }
    doc->revisions[doc->revisions_n++] = (doc_revision){
        .pub = {.end = end, .startxref = section->offset, .kind = kind_of(section)},
        .bare_end = section->end,
        .newest = place,
        .oldest = place};
    return PADES_OK;
}

/* A section that stands before the one it continues: a linearized file, both are one revision. */
static void join_revision(pades_doc *doc, const pdf_section *section, size_t place, uint64_t end)
{
    doc_revision *last = &doc->revisions[doc->revisions_n - 1];
    last->pub.startxref = section->offset;
    last->pub.linearized = 1;
    last->newest = place;
    if (end > last->pub.end) {
        last->pub.end = end;
        last->bare_end = section->end;
    }
}

static pades_status add_section(pades_doc *doc, const pdf_section *section, pades_error **e)
{
    doc_revision *last = &doc->revisions[doc->revisions_n - 1];
    if (!MEM_GROW(doc->sections, doc->sections_n, doc->sections_cap)) {
        return fail_memory(e);
    }
    last->pub.entries += section->entries;
    last->pub.sections++;
    doc->sections[doc->sections_n++] = (pades_section_info){.revision = doc->revisions_n - 1,
                                                            .offset = section->offset,
                                                            .kind = kind_of(section),
                                                            .entries = section->entries,
                                                            .hidden = section->is_hidden};
    return PADES_OK;
}

/* The hidden section of a hybrid file, which stands at `place` + 1, belongs to its table. */
static pades_status add_hidden(pades_doc *doc, pdf_file *f, size_t place, pades_error **e)
{
    doc_revision *last = &doc->revisions[doc->revisions_n - 1];
    const pdf_section *next = pdf_file_section(f, place + 1);
    if (!next || !next->is_hidden) {
        return PADES_OK;
    }
    last->pub.kind = PADES_XREF_HYBRID;
    last->oldest = last->oldest > place + 1 ? last->oldest : place + 1;
    return add_section(doc, next, e);
}

static pades_status take_section(pades_doc *doc, pdf_file *f, size_t place, pades_error **e)
{
    const pdf_section *section = pdf_file_section(f, place);
    size_t n = doc->revisions_n;
    uint64_t end = 0;
    if (section->end) {
        TRY(line_end(f, section->end, &end, e));
    }
    if (n > 0 && section->offset < doc->revisions[n - 1].pub.startxref) {
        join_revision(doc, section, place, end);
    } else {
        TRY(add_revision(doc, section, place, end, e));
    }
    TRY(add_section(doc, section, e));
    return add_hidden(doc, f, place, e);
}

static pades_status check_tail(pades_doc *doc, pades_error **e)
{
    uint64_t end = doc->revisions_n ? doc->revisions[doc->revisions_n - 1].pub.end : 0;
    if (end == 0) {
        return doc_warn(doc, e, "the last revision has no %%%%EOF");
    }
    if (end < doc->info.size) {
        return doc_warn(doc, e, "%" PRIu64 " bytes follow the last revision", doc->info.size - end);
    }
    return PADES_OK;
}

pades_status doc_read_revisions(pades_doc *doc, pdf_file *f, pades_error **e)
{
    for (size_t i = pdf_file_sections(f); i-- > 0;) {
        if (!pdf_file_section(f, i)->is_hidden) {
            TRY(take_section(doc, f, i, e));
        }
    }
    doc->info.sections = doc->sections_n;
    return check_tail(doc, e);
}

const pades_revision_info *pades_doc_get_revision(const pades_doc *doc, size_t index)
{
    return index < doc->revisions_n ? &doc->revisions[index].pub : NULL;
}

const pades_section_info *pades_doc_get_section(const pades_doc *doc, size_t index)
{
    return index < doc->sections_n ? &doc->sections[index] : NULL;
}

const pades_change_info *pades_doc_get_change(const pades_doc *doc, size_t revision, size_t index)
{
    const doc_revision *r = revision < doc->revisions_n ? &doc->revisions[revision] : NULL;
    return r && index < r->pub.changes ? &doc->changes[r->first_change + index].pub : NULL;
}
