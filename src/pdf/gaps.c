/* Gaps in the first revision's cross-reference information. Acrobat takes a file that has any for
 * damaged and rebuilds it in memory when it opens it; the bytes that a signature covers are then no
 * longer those it looks at, and it calls the signature broken. Later revisions may leave numbers
 * out. A linearized file has two sections that are one revision, a hybrid one a table and what
 * /XRefStm hides behind it.
 * clause: ISO32000-1#7.5.4 a file that was never updated has one subsection that begins at 0 */
#include "pdf/gaps.h"

#include "pdf/damage.h"
#include "pdf/fields.h"
#include "pdf/section.h"

#include <inttypes.h>
#include <stdio.h>

/* The newest section of the oldest revision: of two that stand in the file against their order in
 * the chain, as linearizing puts them, both belong to it. */
static size_t first_revision(const pdf_file *f)
{
    size_t i = f->sections_n - 1;
    while (i > 0 && f->sections[i].pub.is_hidden) {
        i--;
    }
    size_t newer = i;
    while (newer > 0 && f->sections[newer - 1].pub.is_hidden) {
        newer--;
    }
    bool linearized = newer > 0 && f->sections[newer - 1].pub.offset < f->sections[i].pub.offset;
    return linearized ? newer - 1 : i;
}

/* The first range of a section that begins behind `id`; NULL when there is none. */
static const xref_range *range_behind(const pdf_file *f, size_t section, uint32_t id)
{
    const xref_section *s = &f->sections[section];
    const xref_range *r = f->ranges + s->ranges_at;
    size_t low = 0, high = s->ranges_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r[middle].first <= id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < s->ranges_n ? &r[low] : NULL;
}

/* One above the run of ids from `id` on that some section has; `id` itself when none does. */
static uint32_t end_of_run(const pdf_file *f, size_t from, uint32_t id)
{
    uint32_t end = id;
    for (size_t i = from; i < f->sections_n; i++) {
        const xref_range *r = section_find(f, i, id);
        if (r && r->first + r->count > end) {
            end = r->first + r->count;
        }
    }
    return end;
}

/* The next id that some section has, at most `size`. */
static uint32_t end_of_gap(const pdf_file *f, size_t from, uint32_t id, uint32_t size)
{
    uint32_t end = size;
    for (size_t i = from; i < f->sections_n; i++) {
        const xref_range *r = range_behind(f, i, id);
        if (r && r->first < end) {
            end = r->first;
        }
    }
    return end;
}

pdf_gaps pdf_gaps_find(const pdf_file *f)
{
    pdf_gaps gaps = {0, 0};
    size_t from = first_revision(f);
    uint32_t size = 0;
    for (size_t i = from; i < f->sections_n; i++) {
        size = f->sections[i].pub.size > size ? f->sections[i].pub.size : size;
    }
    for (uint32_t id = 0; id < size;) {
        uint32_t end = end_of_run(f, from, id);
        if (end > id) {
            id = end;
            continue;
        }
        end = end_of_gap(f, from, id, size);
        gaps.first = gaps.count == 0 ? id : gaps.first;
        gaps.count += end - id;
        id = end;
    }
    return gaps;
}

void pdf_gaps_tell(const pdf_gaps *gaps, char *line, size_t n)
{
    char more[48] = "";
    if (gaps->count > 1) {
        snprintf(more, sizeof more, " and %" PRIu64 " more", gaps->count - 1);
    }
    snprintf(line, n,
             "object number %" PRIu32 "%s below /Size %s in no cross-reference section of the "
             "first revision: Acrobat repairs such a file when it opens it and then calls its "
             "signatures broken",
             gaps->first, more, gaps->count > 1 ? "are" : "is");
}

/* A signature field with a value. */
static pades_status is_signed(pdf_file *f, bool *ret, pades_error **e)
{
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    TRY(pdf_fields_read(f, &fields, e));
    *ret = false;
    for (size_t i = 0; i < fields.n && !*ret; i++) {
        *ret = fields.items[i].has_value && strcmp(fields.items[i].type, "Sig") == 0;
    }
    return PADES_OK;
}

pades_status pdf_gaps_check(pdf_file *f, const pdf_gaps *gaps, bool allow, bool *ret_warn,
                            pades_error **e)
{
    char line[256];
    bool late = false;
    if (gaps->count > 0 && !allow) {
        TRY(is_signed(f, &late, e));
    }
    if (gaps->count > 0 && !allow && !late) {
        pdf_gaps_tell(gaps, line, sizeof line);
        (void)fail(e, PADES_DOC_DAMAGED, "%s", line);
        (void)error_clause(e, "ISO32000-1#7.5.4");
        (void)error_place(e, gaps->first, (int64_t)pdf_file_section(f, f->sections_n - 1)->offset);
        (void)error_hint(e, "close the gaps with `pades repair IN OUT` before it is signed, or "
                            "seal it as it is with --allow-gaps");
        return PADES_DOC_DAMAGED;
    }
    *ret_warn = gaps->count > 0;
    return PADES_OK;
}
