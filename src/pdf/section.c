/* What tables and streams have in common: ranges without overlap, bounds, and the trailer. */
#include "pdf/section.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/lexer.h"
#include "pdf/sort.h"

enum { LARGEST_RANGES = 1 << 18, TAIL_BYTES = 256, LARGEST_GAP = 16384 };

pades_status section_add_range(pdf_file *f, xref_section *s, uint64_t first, uint64_t count,
                               uint64_t at, pades_error **e)
{
    uint64_t limit = ctx_limit(f->ctx, PADES_LIMIT_XREF_ENTRIES);
    if (first > MAX_OBJECT_ID || count > MAX_OBJECT_ID + 1 - first) {
        return pdf_damaged(e, 0, s->pub.offset, "ISO32000-1#7.5.4",
                           "a cross-reference section counts objects that cannot exist");
    }
    if (count > limit - (f->entries < limit ? f->entries : limit)) {
        (void)fail(e, PADES_LIMIT, "more than %llu cross-reference entries",
                   (unsigned long long)limit);
        return pdf_place(e, PADES_LIMIT, 0, s->pub.offset);
    }
    if (count == 0) {
        return PADES_OK;
    }
    if (f->ranges_n == LARGEST_RANGES) {
        (void)fail(e, PADES_LIMIT, "more than %d cross-reference subsections", LARGEST_RANGES);
        return pdf_place(e, PADES_LIMIT, 0, s->pub.offset);
    }
    if (!MEM_GROW(f->ranges, f->ranges_n, f->ranges_cap)) {
        return fail_memory(e);
    }
    f->ranges[f->ranges_n++] = (xref_range){(uint32_t)first, (uint32_t)count, at};
    s->ranges_n++;
    s->pub.entries += count;
    f->entries += count;
    return PADES_OK;
}

/* The integer value of a key, which must be direct: the table that would resolve a reference is
 * being read. */
static bool direct_int(const pdf_obj *dict, const char *key, int64_t low, int64_t high,
                       int64_t *ret)
{
    return pdf_get_int(pdf_dict_get(dict, key), ret) && *ret >= low && *ret <= high;
}

pades_status section_take_trailer(pdf_file *f, xref_section *s, const pdf_obj *trailer,
                                  pades_error **e)
{
    int64_t size = 0;
    if (trailer->u.dict.dup_keys) {
        return pdf_damaged(e, 0, s->pub.offset, "ISO32000-1#7.3.7",
                           "a trailer gives the same key twice");
    }
    if (!direct_int(trailer, "Size", 0, INT32_MAX, &size)) {
        return pdf_damaged(e, 0, s->pub.offset, "ISO32000-1#7.5.5",
                           "a trailer without a usable /Size");
    }
    s->pub.trailer = trailer;
    s->pub.size = (uint32_t)size;
    f->largest_size = s->pub.size > f->largest_size ? s->pub.size : f->largest_size;
    return PADES_OK;
}

static bool range_before(const void *user, size_t a, size_t b)
{
    const xref_range *r = user;
    return r[a].first < r[b].first;
}

static void range_swap(void *user, size_t a, size_t b)
{
    xref_range *r = user;
    xref_range t = r[a];
    r[a] = r[b];
    r[b] = t;
}

static bool is_sorted(const xref_range *r, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (r[i].first < r[i - 1].first) {
            return false;
        }
    }
    return true;
}

static pades_status sort_ranges(pdf_file *f, xref_section *s, xref_bounds *bounds, pades_error **e)
{
    xref_range *r = f->ranges + s->ranges_at;
    size_t n = s->ranges_n;
    if (n == 0) {
        return PADES_OK;
    }
    if (!is_sorted(r, n)) {
        pdf_sort(r, n, range_before, range_swap);
    }
    for (size_t i = 1; i < n; i++) {
        if (r[i].first < r[i - 1].first + r[i - 1].count) {
            return pdf_damaged(e, r[i].first, s->pub.offset, "ISO32000-1#7.5.4",
                               "a cross-reference section lists object %u twice", r[i].first);
        }
    }
    bounds->low = r[0].first;
    bounds->high = r[n - 1].first + r[n - 1].count;
    return PADES_OK;
}

/* The first byte from `at` on that is not white space. Linearizing programs leave room of some
 * hundred blanks behind a cross-reference stream. */
static pades_status skip_white(pdf_file *f, uint64_t *at, pades_error **e)
{
    uint8_t room[TAIL_BYTES];
    size_t n = sizeof room, white = n;
    for (int i = 0; i < LARGEST_GAP / TAIL_BYTES && white == sizeof room; i++) {
        TRY(window_read_some(&f->window, *at, room, sizeof room, &n, e));
        white = 0;
        while (white < n && pdf_is_white(room[white])) {
            white++;
        }
        *at += white;
    }
    return PADES_OK;
}

/* A table begins with the word itself, a stream with the number of its object; before that, white
 * space is nothing to any reader (where a linearizing program left room, offsets lead into it). */
static pades_status tell_kind(pdf_file *f, uint64_t at, bool hidden, pdf_section_kind *ret,
                              pades_error **e)
{
    uint8_t start[5];
    size_t n = 0;
    TRY(window_read_some(&f->window, at, start, sizeof start, &n, e));
    if (n == 5 && memcmp(start, "xref", 4) == 0 && pdf_is_white(start[4]) && !hidden) {
        *ret = PDF_SECTION_TABLE;
        return PADES_OK;
    }
    uint64_t first = at;
    if (n > 0 && pdf_is_white(start[0])) {
        TRY(skip_white(f, &first, e));
        TRY(window_read_some(&f->window, first, start, 1, &n, e));
    }
    if (n > 0 && pdf_is_digit(start[0])) {
        *ret = PDF_SECTION_STREAM;
        return PADES_OK;
    }
    if (n == 0) {
        return pdf_damaged(e, 0, at, "ISO32000-1#7.5.5",
                           "a cross-reference section is said to be beyond the end of the file");
    }
    return pdf_damaged(e, 0, at, "ISO32000-1#7.5.5", "no cross-reference section stands here");
}

pades_status section_read(pdf_file *f, uint64_t at, bool hidden, pades_error **e)
{
    pdf_section_kind kind = PDF_SECTION_TABLE;
    TRY(tell_kind(f, at, hidden, &kind, e));
    if (!MEM_GROW(f->sections, f->sections_n, f->sections_cap) ||
        !MEM_GROW(f->bounds, f->sections_n, f->bounds_cap)) {
        return fail_memory(e);
    }
    xref_section *s = &f->sections[f->sections_n];
    xref_bounds *bounds = &f->bounds[f->sections_n++];
    *s = (xref_section){.pub = {.kind = kind, .offset = at, .is_hidden = hidden},
                        .ranges_at = f->ranges_n};
    *bounds = (xref_bounds){.offset = at};
    TRY(kind == PDF_SECTION_TABLE ? section_read_table(f, s, e) : section_read_stream(f, s, e));
    TRY(sort_ranges(f, s, bounds, e));
    if (bounds->high > 0 && bounds->high - 1 > f->highest_id) {
        f->highest_id = bounds->high - 1;
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.5 startxref, an offset and %%EOF, each on its line */
static bool parse_tail(span text, uint64_t *ret_names, size_t *ret_end)
{
    pdf_lexer lx = {text, 0, false};
    pdf_token word = pdf_lex(&lx);
    pdf_token number = word.kind == TOKEN_WORD ? pdf_lex(&lx) : word;
    if (!span_is(word.raw, "startxref") || number.kind != TOKEN_INT || !number.digits_only) {
        return false;
    }
    size_t at = lx.pos;
    while (at < text.n && pdf_is_white(text.p[at])) {
        at++;
    }
    if (!span_is(span_part(text, at, 5), "%%EOF")) {
        return false;
    }
    at += 5;
    at += at < text.n && text.p[at] == '\r';
    at += at < text.n && text.p[at] == '\n';
    *ret_names = (uint64_t)number.integer;
    *ret_end = at;
    return true;
}

pades_status section_read_tail(pdf_file *f, uint64_t at, bool *ret_found, uint64_t *ret_names,
                               uint64_t *ret_end, pades_error **e)
{
    uint8_t room[TAIL_BYTES];
    size_t n = 0, end = 0;
    TRY(skip_white(f, &at, e));
    TRY(window_read_some(&f->window, at, room, sizeof room, &n, e));
    *ret_found = parse_tail(span_of(room, n), ret_names, &end);
    *ret_end = at + end;
    return PADES_OK;
}

const xref_range *section_find(const pdf_file *f, size_t section, uint32_t id)
{
    const xref_section *s = &f->sections[section];
    const xref_range *r = f->ranges + s->ranges_at;
    size_t low = 0, high = s->ranges_n;
    while (low < high) { /* the first range that starts behind id */
        size_t middle = low + (high - low) / 2;
        if (r[middle].first <= id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 && id - r[low - 1].first < r[low - 1].count ? &r[low - 1] : NULL;
}
