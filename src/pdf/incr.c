/* The incremental writer: the objects of one new revision and its xref section, of the kind the
 * newest section has, behind the untouched input. Promises that new ids are above everything the
 * file knows and that nothing carried over names one of them; knows nothing of signatures.
 * clause: ISO32000-1#7.5.6 incremental updates, ISO32000-1#7.5.8.4 hybrid files */
#include "pdf/incr_impl.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt_impl.h"
#include "pdf/damage.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ID_LIMIT = 8388607, /* Acrobat's, ISO 32000-1 Annex C */
    ID_ROOM = 64,       /* ids left above the gap */
    GAP = 4096,         /* a power of two */
    GAP_TRIES = 16,
    GAP_LEAST = 32, /* below that, an id can be guessed */
    GEN_LIMIT = 65535,
    REVISION_MAX = 512 << 20,
    REF_DEPTH = 10000 /* far above what the parser lets in */
};
static const uint64_t table_offset_limit = 9999999999u;

static pades_status start_on_own_line(pdf_incr *w, pades_error **e)
{
    uint8_t last = '\n';
    if (w->base > 0) {
        TRY(source_read(pdf_file_source(w->file), SOURCE_STRUCTURE, w->base - 1, &last, 1, e));
    }
    if (last != '\n' && last != '\r') {
        buf_add_byte(&w->out, '\n');
    }
    return PADES_OK;
}

/* How far the first id may lie behind the last one. A file made in advance cannot know it, so a
 * reference to an object that does not exist yet does not catch one of ours. Readers take a number
 * above a third of the file's bytes for damage (qpdf 12 does, without a word): a quarter is kept,
 * or all of the third where that leaves next to nothing.
 */
static uint32_t widest_gap(const pdf_incr *w, uint32_t free_from)
{
    uint64_t room = 0;
    for (unsigned part = 4; part >= 3 && room < GAP_LEAST; part--) {
        uint64_t sane = w->base / part;
        room = sane > free_from + (uint64_t)ID_ROOM ? sane - free_from - ID_ROOM : 0;
    }
    room = room < GAP ? room : GAP;
    return free_from < ID_LIMIT - ID_ROOM - GAP ? (uint32_t)room : 0;
}

/* A file as dense as that has its first id foretold by /Size, which must then be what its objects
 * make it: no number may be set aside for ours.
 */
static pades_status check_foretold(const pdf_incr *w, uint32_t widest, pades_error **e)
{
    uint32_t size = pdf_file_largest_size(w->file);
    if (widest >= GAP_LEAST || size <= pdf_file_highest_id(w->file) + 1) {
        return PADES_OK;
    }
    return pdf_damaged(
        e, 0, 0, "ISO32000-1#7.5.5",
        "/Size of a trailer leaves out numbers, which tells those of new objects: %" PRIu32
        " above the highest",
        size - pdf_file_highest_id(w->file) - 1);
}

static bool meets_dangling(const pdf_incr *w, uint32_t from, uint32_t to)
{
    bool found = false;
    for (uint32_t id = from; !found && id < to; id++) {
        found = pdf_file_is_dangling(w->file, id);
    }
    return found;
}

/* Behind the missing objects that were referred to so far, since a reference to what comes later is
 * not carried over; but never so far that the first number could be foretold.
 */
static uint32_t behind_dangling(const pdf_incr *w, uint32_t free_from, uint32_t *widest)
{
    uint32_t highest = pdf_file_highest_dangling(w->file, free_from + *widest / 2);
    if (highest < free_from) {
        return free_from;
    }
    *widest -= highest + 1 - free_from;
    return highest + 1;
}

static pades_status choose_first_id(pdf_incr *w, pades_error **e)
{
    uint32_t highest = pdf_file_highest_id(w->file);
    uint32_t free_from = pdf_file_largest_size(w->file);
    if (highest >= ID_LIMIT || free_from >= ID_LIMIT - ID_ROOM) {
        fail(e, PADES_DOC_UNSUPPORTED, "no object number is left below %d", ID_LIMIT);
        error_hint(e, "the file's /Size or object numbers are too large; rewrite it first");
        return PADES_DOC_UNSUPPORTED;
    }
    free_from = free_from > highest ? free_from : highest + 1;
    free_from = free_from > 0 ? free_from : 1;
    uint32_t widest = widest_gap(w, free_from);
    TRY(check_foretold(w, widest, e));
    free_from = behind_dangling(w, free_from, &widest);
    for (int i = 0; i < GAP_TRIES; i++) {
        uint32_t gap = 0;
        if (widest > 0) {
            TRY(random_bytes(&gap, sizeof gap, e));
            gap %= widest;
        }
        w->next_id = w->first_id = free_from + gap;
        if (!meets_dangling(w, w->first_id, w->first_id + ID_ROOM)) {
            break; /* else what begins to be written tells */
        }
    }
    return PADES_OK;
}

pades_status pdf_incr_new(pdf_file *f, pdf_incr **ret, pades_error **e)
{
    AUTO(pdf_incr) *w = mem_alloc(sizeof *w);
    if (!w) {
        return fail_memory(e);
    }
    w->file = f;
    w->out = BUF(REVISION_MAX);
    w->base = pdf_file_size(f);
    TRY(start_on_own_line(w, e));
    TRY(choose_first_id(w, e));
    *ret = TAKE(w);
    return PADES_OK;
}

void pdf_incr_free(pdf_incr *w)
{
    if (w) {
        buf_free(&w->out);
        spool_free(w->front);
        mem_free(w->entries);
        pades_error_free(w->error);
        mem_free(w);
    }
}

pades_status pdf_incr_new_ref(pdf_incr *w, pdf_ref *ret, pades_error **e)
{
    if (w->next_id > ID_LIMIT) {
        return fail(e, PADES_DOC_UNSUPPORTED, "no object number is left below %d", ID_LIMIT);
    }
    *ret = (pdf_ref){w->next_id++, 0};
    return PADES_OK;
}

pades_status pdf_incr_begin_object(pdf_incr *w, pdf_ref ref, pades_error **e)
{
    if (ref.id == 0 || ref.id >= w->next_id || ref.gen > GEN_LIMIT) {
        return pdf_damaged(e, ref.id, 0, "ISO32000-1#7.5.6",
                           "object %" PRIu32 " %" PRIu32 " cannot be written again", ref.id,
                           ref.gen);
    }
    if (ref.id == pdf_crypt_object(w->file)) { /* its strings are not encrypted, ours would be */
        return pdf_damaged(e, ref.id, 0, "ISO32000-1#7.6.1",
                           "the encryption dictionary has another part to play in the file");
    }
    if (!MEM_GROW(w->entries, w->n, w->cap)) {
        return fail_memory(e);
    }
    w->entries[w->n++] = (incr_entry){ref.id, ref.gen, w->base + pdf_incr_tell(w)};
    buf_addf(&w->out, "%" PRIu32 " %" PRIu32 " obj\n", ref.id, ref.gen);
    w->ref = ref;
    w->body = w->out.n;
    return PADES_OK;
}

buf *pdf_incr_out(pdf_incr *w)
{
    return &w->out;
}

/* The strings of what was written of the object so far. */
static pades_status encrypt_body(pdf_incr *w, pades_error **e)
{
    if (!pdf_crypt_get_info(w->file) || !buf_ok(&w->out)) {
        return PADES_OK;
    }
    AUTO_VAL(buf) sealed = BUF(w->out.max);
    TRY(crypt_write_object(w->file, w->ref, span_part(buf_span(&w->out), w->body, w->out.n),
                           &sealed, e));
    TRY(buf_check(&sealed, "object", e));
    buf_truncate(&w->out, w->body);
    buf_add_span(&w->out, buf_span(&sealed));
    return PADES_OK;
}

static void end_plain(pdf_incr *w)
{
    buf_add_str(&w->out, "\nendobj\n");
}

void pdf_incr_end_object(pdf_incr *w)
{
    if (w->status == PADES_OK) {
        w->status = encrypt_body(w, &w->error);
    }
    end_plain(w);
}

pades_status pdf_incr_add_stream(pdf_incr *w, pdf_ref ref, span dict, span data, pades_error **e)
{
    AUTO_VAL(buf) sealed = BUF(REVISION_MAX);
    TRY(crypt_write_data(w->file, ref, data, &sealed, e));
    TRY(buf_check(&sealed, "stream", e));
    TRY(pdf_incr_begin_object(w, ref, e));
    buf_add_span(&w->out, span_part(dict, 0, dict.n - 2));
    buf_addf(&w->out, "/Length %zu>>", sealed.n);
    TRY(encrypt_body(w, e));
    buf_add_str(&w->out, "\nstream\n");
    buf_add_span(&w->out, buf_span(&sealed));
    buf_add_str(&w->out, "\nendstream");
    end_plain(w);
    return PADES_OK;
}

uint64_t pdf_incr_tell(const pdf_incr *w)
{
    return (w->front ? spool_size(w->front) : 0) + w->out.n;
}

spool *pdf_incr_take_front(pdf_incr *w)
{
    return TAKE(w->front);
}

uint64_t pdf_incr_base(const pdf_incr *w)
{
    return w->base;
}

static pades_status fail_dangling(uint32_t id, pades_error **e)
{
    return pdf_damaged(e, id, 0, "ISO32000-1#7.3.10",
                       "a reference to object %" PRIu32
                       ", which does not exist and whose place a new object would take",
                       id);
}

static pades_status check_refs(const pdf_incr *w, const pdf_obj *o, unsigned depth, pades_error **e)
{
    if (depth > REF_DEPTH) {
        return fail(e, PADES_LIMIT, "an object is nested deeper than %d", REF_DEPTH);
    }
    if (pdf_is(o, PDF_REFERENCE) && o->u.ref.id >= w->first_id) {
        return fail_dangling(o->u.ref.id, e);
    }
    for (size_t i = 0; pdf_is(o, PDF_ARRAY) && i < o->u.array.n; i++) {
        TRY(check_refs(w, o->u.array.items[i], depth + 1, e));
    }
    for (size_t i = 0; pdf_is(o, PDF_DICT) && i < o->u.dict.n; i++) {
        TRY(check_refs(w, o->u.dict.pairs[i].value, depth + 1, e));
    }
    return PADES_OK;
}

pades_status pdf_incr_check_refs(pdf_incr *w, const pdf_obj *o, pades_error **e)
{
    return check_refs(w, o, 0, e);
}

static int by_id(const void *a, const void *b)
{
    const incr_entry *x = a;
    const incr_entry *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static pades_status sort_entries(pdf_incr *w, pades_error **e)
{
    if (w->n > 1) {
        qsort(w->entries, w->n, sizeof *w->entries, by_id);
    }
    for (size_t i = 1; i < w->n; i++) {
        if (w->entries[i].id == w->entries[i - 1].id) {
            return pdf_damaged(e, w->entries[i].id, 0, "ISO32000-1#7.3.10",
                               "one object has two parts to play in the file");
        }
    }
    return PADES_OK;
}

/* Number of entries of the subsection that starts at entry `at`. */
static size_t run_at(const pdf_incr *w, size_t at)
{
    size_t n = 1;
    while (at + n < w->n && w->entries[at + n].id == w->entries[at].id + n) {
        n++;
    }
    return n;
}

/* First half as it is, second half fresh; both fresh and alike when there was none. None of an
 * encrypted document: its key was made without one.
 * clause: ISO32000-1#14.4 file identifiers, #7.6.3.3 the key is made of the first half */
static pades_status write_id(pdf_incr *w, buf *out, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    TRY(pdf_pool_new(1 << 20, &pool, e));
    const pdf_obj *old = NULL;
    const pdf_obj *value = pdf_dict_get(pdf_file_trailer(w->file), "ID");
    TRY(pdf_file_resolve(w->file, value, pool, &old, NULL, e));
    uint8_t fresh[16];
    if (pdf_crypt_get_info(w->file) && pdf_is(old, PDF_NULL)) {
        return PADES_OK;
    }
    TRY(random_bytes(fresh, sizeof fresh, e));
    const pdf_obj *first = NULL;
    TRY(pdf_file_resolve(w->file, pdf_array_get(old, 0), pool, &first, NULL, e));
    buf_add_byte(out, '[');
    if (pdf_is(first, PDF_STRING)) {
        buf_add_span(out, first->raw);
    } else {
        buf_add_byte(out, '<');
        buf_add_hex(out, span_of(fresh, sizeof fresh), true);
        buf_add_byte(out, '>');
    }
    buf_add_byte(out, '<');
    buf_add_hex(out, span_of(fresh, sizeof fresh), true);
    buf_add_str(out, ">]");
    return PADES_OK;
}

/* The parts of a trailer that are new in every revision. */
typedef struct incr_trailer {
    buf size, prev, id, type, w, index, length;
} incr_trailer;

static void incr_trailer_free(incr_trailer *t)
{
    buf *parts[] = {&t->size, &t->prev, &t->id, &t->type, &t->w, &t->index, &t->length};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_free(parts[i]);
    }
}

/* The newest trailer again. Keys of xref streams are replaced, or dropped when their value is
 * empty: a table's trailer has none of them, and /XRefStm is never repeated because a reader
 * would take the objects of its section for newer than ours.
 * clause: ISO32000-2#7.5.8.4 a new section never repeats /XRefStm */
static pades_status write_trailer(pdf_incr *w, const incr_trailer *t, pades_error **e)
{
    const pdf_change set[] = {
        {"Type", buf_span(&t->type)},
        {"Size", buf_span(&t->size)},
        {"Prev", buf_span(&t->prev)},
        {"ID", t->id.n ? buf_span(&t->id) : (span){NULL, 0}},
        {"W", buf_span(&t->w)},
        {"Index", buf_span(&t->index)},
        {"Length", buf_span(&t->length)},
        {"XRefStm", {NULL, 0}},
        {"Filter", {NULL, 0}},
        {"DecodeParms", {NULL, 0}},
        {"F", {NULL, 0}},
        {"FFilter", {NULL, 0}},
        {"FDecodeParms", {NULL, 0}},
        {"DL", {NULL, 0}},
    };
    const buf *parts[] = {&t->size, &t->prev, &t->id, &t->type, &t->w, &t->index, &t->length};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        TRY(buf_check(parts[i], "trailer", e));
    }
    pdf_write_dict(&w->out, pdf_file_trailer(w->file), set, ARRAY_LEN(set));
    return PADES_OK;
}

static pades_status common_parts(pdf_incr *w, incr_trailer *t, pades_error **e)
{
    buf_addf(&t->size, "%" PRIu32, w->next_id);
    buf_addf(&t->prev, "%" PRIu64, pdf_file_startxref(w->file));
    return write_id(w, &t->id, e);
}

/* clause: ISO32000-1#7.5.4 entries of exactly 20 bytes */
static void write_table(pdf_incr *w)
{
    buf_add_str(&w->out, "xref\n");
    for (size_t at = 0; at < w->n;) {
        size_t n = run_at(w, at);
        buf_addf(&w->out, "%" PRIu32 " %zu\n", w->entries[at].id, n);
        for (size_t i = at; i < at + n; i++) {
            buf_addf(&w->out, "%010" PRIu64 " %05" PRIu32 " n \n", w->entries[i].offset,
                     w->entries[i].gen);
        }
        at += n;
    }
    buf_add_str(&w->out, "trailer\n");
}

static pades_status finish_table(pdf_incr *w, incr_trailer *t, pades_error **e)
{
    if (w->base + pdf_incr_tell(w) > table_offset_limit) {
        fail(e, PADES_DOC_UNSUPPORTED, "the file is too large for its cross-reference table");
        error_clause(e, "ISO32000-1#7.5.4");
        error_hint(e, "offsets in such a table end at 10 GB; rewrite it with a "
                      "cross-reference stream");
        return PADES_DOC_UNSUPPORTED;
    }
    TRY(common_parts(w, t, e));
    write_table(w);
    TRY(write_trailer(w, t, e));
    buf_add_byte(&w->out, '\n');
    return PADES_OK;
}

static unsigned octets_of(uint64_t value)
{
    unsigned n = 1;
    while (n < 8 && value >> (8 * n)) {
        n++;
    }
    return n;
}

static void add_be(buf *out, uint64_t value, unsigned octets)
{
    while (octets-- > 0) {
        buf_add_byte(out, (uint8_t)(value >> (8 * octets)));
    }
}

static void write_rows(const pdf_incr *w, unsigned octets, buf *index, buf *rows)
{
    buf_add_byte(index, '[');
    for (size_t at = 0; at < w->n;) {
        size_t n = run_at(w, at);
        buf_addf(index, "%s%" PRIu32 " %zu", at ? " " : "", w->entries[at].id, n);
        for (size_t i = at; i < at + n; i++) {
            buf_add_byte(rows, 1);
            add_be(rows, w->entries[i].offset, octets);
            add_be(rows, w->entries[i].gen, 2);
        }
        at += n;
    }
    buf_add_byte(index, ']');
}

/* Not compressed: a handful of rows would not gain by it.
 * clause: ISO32000-1#7.5.8 a cross-reference stream, which lists itself too */
static pades_status finish_stream(pdf_incr *w, incr_trailer *t, pades_error **e)
{
    AUTO_VAL(buf) rows = BUF(REVISION_MAX);
    unsigned octets = octets_of(w->base + pdf_incr_tell(w));
    TRY(common_parts(w, t, e));
    buf_add_str(&t->type, "/XRef");
    buf_addf(&t->w, "[1 %u 2]", octets);
    write_rows(w, octets, &t->index, &rows);
    TRY(buf_check(&rows, "cross-reference stream", e));
    buf_addf(&t->length, "%zu", rows.n);
    TRY(write_trailer(w, t, e));
    buf_add_str(&w->out, "\nstream\n");
    buf_add_span(&w->out, buf_span(&rows));
    buf_add_str(&w->out, "\nendstream");
    end_plain(w); /* clause: ISO32000-1#7.5.8.2 neither its strings nor its data are encrypted */
    return PADES_OK;
}

/* What an object of the revision met with. */
static pades_status take_failure(pdf_incr *w, pades_error **e)
{
    if (w->status != PADES_OK && e) {
        pades_error_free(*e);
        *e = TAKE(w->error);
    }
    return w->status;
}

pades_status pdf_incr_finish(pdf_incr *w, pades_error **e)
{
    AUTO_VAL(incr_trailer)
    t = {BUF(32), BUF(32), BUF(1 << 20), BUF(32), BUF(32), BUF(1 << 20), BUF(32)};
    bool stream = pdf_file_section(w->file, 0)->kind == PDF_SECTION_STREAM;
    TRY(take_failure(w, e));
    for (uint32_t id = w->first_id; id < w->next_id; id++) { /* in anything that was read */
        if (pdf_file_is_dangling(w->file, id)) {
            return fail_dangling(id, e);
        }
    }
    TRY(pdf_incr_check_refs(w, pdf_file_trailer(w->file), e));
    uint64_t place = w->base + pdf_incr_tell(w);
    if (stream) {
        pdf_ref own;
        TRY(pdf_incr_new_ref(w, &own, e));
        TRY(pdf_incr_begin_object(w, own, e));
    }
    TRY(sort_entries(w, e));
    TRY(stream ? finish_stream(w, &t, e) : finish_table(w, &t, e));
    buf_addf(&w->out, "startxref\n%" PRIu64 "\n%%%%EOF\n", place);
    TRY(buf_check(&w->out, "revision", e));
    return w->front ? spool_end(w->front, e) : PADES_OK;
}
