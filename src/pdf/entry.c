/* Looking entries up where they stand, newest section first (ISO 32000-1 7.5.4, 7.5.8). */
#include "pdf/section.h"

#include "base/mem.h"
#include "pdf/damage.h"

enum { CHUNK_ENTRIES = 3200 };

static pades_status check_place(const pdf_file *f, uint32_t id, uint64_t at, const pdf_entry *entry,
                                pades_error **e)
{
    if (entry->kind == PDF_ENTRY_OFFSET && entry->offset >= f->window.size) {
        return pdf_damaged(e, id, at, "ISO32000-1#7.5.4",
                           "object %u is said to stand at byte %llu, beyond the end of the file",
                           id, (unsigned long long)entry->offset);
    }
    return PADES_OK;
}

static pades_status parse_entry(const pdf_file *f, uint32_t id, uint64_t at, const uint8_t *p,
                                pdf_entry *ret, pades_error **e)
{
    if (!section_parse_entry(p, ret)) {
        return pdf_damaged(e, id, at, "ISO32000-1#7.5.4",
                           "a cross-reference entry is not of the form that is 20 bytes long");
    }
    return check_place(f, id, at, ret, e);
}

static pades_status bad_row(const xref_section *s, uint32_t id, pades_error **e)
{
    return pdf_damaged(e, id, s->pub.offset, "ISO32000-1#7.5.8.3",
                       "a cross-reference stream describes object %u in a way that cannot be", id);
}

/* clause: ISO32000-1#7.5.8.3 types 0, 1 and 2; any other is a reference to null */
static pades_status parse_row(const pdf_file *f, const xref_section *s, uint32_t id, uint64_t row,
                              pdf_entry *ret, pades_error **e)
{
    size_t width = (size_t)s->width[0] + s->width[1] + s->width[2];
    reader r = reader_of(span_of(s->rows + row * width, width));
    uint64_t type = s->width[0] > 0 ? reader_be(&r, s->width[0]) : 1;
    uint64_t second = reader_be(&r, s->width[1]);
    uint64_t third = reader_be(&r, s->width[2]);
    ret->kind = type == 1 ? PDF_ENTRY_OFFSET : type == 2 ? PDF_ENTRY_IN_STREAM : PDF_ENTRY_FREE;
    ret->offset = second;
    ret->gen = (uint32_t)(third & UINT32_MAX);
    if ((type == 1 && third > MAX_GENERATION) ||
        (type == 2 && (second == 0 || second > MAX_OBJECT_ID || third > MAX_OBJECT_ID))) {
        return bad_row(s, id, e);
    }
    return check_place(f, id, s->pub.offset, ret, e);
}

pades_status section_entry(pdf_file *f, size_t section, const xref_range *range, uint32_t i,
                           pdf_entry *ret, pades_error **e)
{
    const xref_section *s = &f->sections[section];
    uint32_t id = range->first + i;
    ret->section = section;
    if (s->pub.kind == PDF_SECTION_STREAM) {
        return parse_row(f, s, id, range->at + i, ret, e);
    }
    uint8_t room[XREF_ENTRY_BYTES];
    uint64_t at = range->at + (uint64_t)i * XREF_ENTRY_BYTES;
    TRY(window_read(&f->window, at, room, sizeof room, e));
    return parse_entry(f, id, at, room, ret, e);
}

static bool covers(const xref_bounds *b, uint32_t id)
{
    return id >= b->low && id < b->high;
}

static pades_status look_in(pdf_file *f, size_t section, uint32_t id, pdf_entry *ret,
                            bool *ret_found, pades_error **e)
{
    const xref_range *range = covers(&f->bounds[section], id) ? section_find(f, section, id) : NULL;
    *ret_found = range != NULL;
    return range ? section_entry(f, section, range, id - range->first, ret, e) : PADES_OK;
}

/* clause: ISO32000-1#7.5.8.4 what a table hides as free may be in its hidden section */
static pades_status look_behind(pdf_file *f, size_t section, uint32_t id, pdf_entry *ret,
                                pades_error **e)
{
    bool found = false;
    size_t next = section + 1;
    if (ret->kind != PDF_ENTRY_FREE || f->sections[section].pub.is_hidden ||
        next == f->sections_n || !f->sections[next].pub.is_hidden) {
        return PADES_OK;
    }
    return look_in(f, next, id, ret, &found, e);
}

pades_status pdf_file_entry(pdf_file *f, uint32_t id, pdf_entry *ret, pades_error **e)
{
    pdf_entry entry = {0};
    bool found = false;
    for (size_t i = 0; i < f->sections_n && !found; i++) {
        if (!covers(&f->bounds[i], id)) {
            continue;
        }
        TRY(look_in(f, i, id, &entry, &found, e));
        if (found) {
            TRY(look_behind(f, i, id, &entry, e));
        }
    }
    *ret = entry;
    return PADES_OK;
}

/* Who is told of entries, and of which. */
typedef struct listener {
    pdf_entry_fn fn;
    void *user;
    bool free_too;
} listener;

static pades_status give(const listener *to, uint32_t id, const pdf_entry *entry, pades_error **e)
{
    bool wanted = to->free_too || entry->kind != PDF_ENTRY_FREE;
    return wanted ? to->fn(to->user, id, entry, e) : PADES_OK;
}

/* Entries of a table, from `i` on, `n` of them in `room`. */
static pades_status each_of_chunk(pdf_file *f, size_t section, const xref_range *r, uint32_t i,
                                  uint32_t n, uint8_t *room, const listener *to, pades_error **e)
{
    uint64_t at = r->at + (uint64_t)i * XREF_ENTRY_BYTES;
    TRY(window_read(&f->window, at, room, (size_t)n * XREF_ENTRY_BYTES, e));
    for (uint32_t k = 0; k < n; k++) {
        pdf_entry entry = {.section = section};
        uint64_t skip = (uint64_t)k * XREF_ENTRY_BYTES;
        TRY(parse_entry(f, r->first + i + k, at + skip, room + skip, &entry, e));
        TRY(give(to, r->first + i + k, &entry, e));
    }
    return PADES_OK;
}

static pades_status each_of_table(pdf_file *f, size_t section, uint8_t *room, const listener *to,
                                  pades_error **e)
{
    const xref_section *s = &f->sections[section];
    for (size_t k = 0; k < s->ranges_n; k++) {
        const xref_range *r = &f->ranges[s->ranges_at + k];
        for (uint32_t i = 0; i < r->count;) {
            uint32_t n = r->count - i < CHUNK_ENTRIES ? r->count - i : CHUNK_ENTRIES;
            TRY(each_of_chunk(f, section, r, i, n, room, to, e));
            i += n;
        }
    }
    return PADES_OK;
}

static pades_status each_of_stream(pdf_file *f, size_t section, const listener *to, pades_error **e)
{
    const xref_section *s = &f->sections[section];
    for (size_t k = 0; k < s->ranges_n; k++) {
        const xref_range *r = &f->ranges[s->ranges_at + k];
        for (uint32_t i = 0; i < r->count; i++) {
            pdf_entry entry = {0};
            TRY(section_entry(f, section, r, i, &entry, e));
            TRY(give(to, r->first + i, &entry, e));
        }
    }
    return PADES_OK;
}

static pades_status each(pdf_file *f, size_t section, const listener *to, pades_error **e)
{
    if (section >= f->sections_n) {
        return fail(e, PADES_INVALID_ARGUMENT, "there is no section %zu", section);
    }
    if (f->sections[section].pub.kind == PDF_SECTION_STREAM) {
        return each_of_stream(f, section, to, e);
    }
    uint8_t *room = mem_array(CHUNK_ENTRIES, XREF_ENTRY_BYTES);
    if (!room) {
        return fail_memory(e);
    }
    pades_status status = each_of_table(f, section, room, to, e);
    mem_free(room);
    return status;
}

pades_status pdf_file_each_entry(pdf_file *f, size_t section, pdf_entry_fn fn, void *user,
                                 pades_error **e)
{
    return each(f, section, &(listener){fn, user, false}, e);
}

pades_status pdf_file_each_entry_or_free(pdf_file *f, size_t section, pdf_entry_fn fn, void *user,
                                         pades_error **e)
{
    return each(f, section, &(listener){fn, user, true}, e);
}
