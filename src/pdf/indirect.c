/* Objects where they stand (ISO 32000-1 7.3.10, 7.3.8). The text is scanned token by token until
 * `endobj`, `stream` or `startxref`; any other word that is no value ends the attempt, so a missing
 * `endobj` is noticed at the next object's header and not at the end of the file. */
#include "pdf/indirect.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/lexer.h"
#include "pdf/pool.h"
#include "pdf/state.h"

enum { SCRATCH_KEPT = 64 * 1024, SMALL_WINDOW = 512 };

typedef enum scan_result { SCAN_DONE, SCAN_MORE, SCAN_BAD } scan_result;
typedef enum body_kind { BODY_OBJECT, BODY_TRAILER } body_kind;

/* Places count from the start of the scanned text. */
typedef struct body {
    uint64_t id, gen;
    size_t header, begin, end; /* of the object's header, and of its value */
    size_t word;               /* where the word behind the value stands */
    size_t after;              /* behind that word (and the EOL of `stream`) */
    bool is_stream;
    bool in_value; /* SCAN_MORE: the value has begun, and the scan goes on at `pos` */
    size_t pos;
    size_t one, two; /* where the last tokens before that stand */
    const char *why; /* SCAN_BAD */
    size_t bad_at;
} body;

static scan_result scan_bad(body *b, size_t at, const char *why)
{
    b->why = why;
    b->bad_at = at;
    return SCAN_BAD;
}

/* The next token, which must be of this kind. */
static scan_result expect(pdf_lexer *lx, pdf_token_kind kind, body *b, pdf_token *ret,
                          const char *why)
{
    *ret = pdf_lex(lx);
    if (ret->kind == TOKEN_MORE) {
        return SCAN_MORE;
    }
    return ret->kind == kind ? SCAN_DONE : scan_bad(b, ret->at, why);
}

static scan_result scan_header(pdf_lexer *lx, body *b)
{
    static const char why[] = "the header of an object was expected here";
    while (lx->pos < lx->s.n && pdf_is_white(lx->s.p[lx->pos])) {
        lx->pos++;
    }
    pdf_token id, gen, word;
    scan_result result = expect(lx, TOKEN_INT, b, &id, why);
    result = result == SCAN_DONE ? expect(lx, TOKEN_INT, b, &gen, why) : result;
    result = result == SCAN_DONE ? expect(lx, TOKEN_WORD, b, &word, why) : result;
    if (result != SCAN_DONE) {
        return result;
    }
    if (!id.digits_only || !gen.digits_only || !span_is(word.raw, "obj")) {
        return scan_bad(b, id.at, why);
    }
    b->header = id.at;
    b->id = (uint64_t)id.integer;
    b->gen = (uint64_t)gen.integer;
    return SCAN_DONE;
}

/* clause: ISO32000-1#7.3.8.1 `stream` is followed by CR LF or LF, not by CR alone */
static scan_result scan_stream_eol(pdf_lexer *lx, body *b)
{
    span rest = span_part(lx->s, lx->pos, 2);
    if (rest.n < 2 && lx->partial) {
        return SCAN_MORE;
    }
    size_t eol = rest.n > 0 && rest.p[0] == '\n'                         ? 1
                 : rest.n == 2 && rest.p[0] == '\r' && rest.p[1] == '\n' ? 2
                                                                         : 0;
    b->is_stream = true;
    b->after = lx->pos + eol;
    return eol ? SCAN_DONE : scan_bad(b, lx->pos, "'stream' is not followed by CR LF or LF");
}

static bool is_value_word(span word)
{
    return span_is(word, "R") || span_is(word, "true") || span_is(word, "false") ||
           span_is(word, "null");
}

/* What stands behind a trailer: `startxref`, or the next section where a program left that out in
 * the middle of a file. What stands at the end of the file is looked at apart. */
static scan_result end_trailer(body *b, const pdf_token *word, size_t before)
{
    if (span_is(word->raw, "obj")) {
        b->end = before;
        b->word = before;
    }
    return span_is(word->raw, "startxref") || span_is(word->raw, "xref") ||
                   span_is(word->raw, "obj")
               ? SCAN_DONE
               : scan_bad(b, word->at, "'startxref' was expected here");
}

/* What the word behind a value means. */
static scan_result end_value(pdf_lexer *lx, body_kind kind, const pdf_token *t, body *b)
{
    b->end = t->at;
    b->word = t->at;
    b->after = lx->pos;
    if (kind == BODY_OBJECT && span_is(t->raw, "stream")) {
        return scan_stream_eol(lx, b);
    }
    if (kind == BODY_TRAILER) {
        return end_trailer(b, t, b->two);
    }
    return span_is(t->raw, "endobj") ? SCAN_DONE : scan_bad(b, t->at, "'endobj' was expected here");
}

/* The value up to the word behind it. What was scanned in a shorter window is not scanned again. */
static scan_result scan_value(pdf_lexer *lx, body_kind kind, body *b)
{
    for (;;) {
        b->pos = lx->pos;
        pdf_token t = pdf_lex(lx);
        if (t.kind == TOKEN_WORD && !is_value_word(t.raw)) {
            return end_value(lx, kind, &t, b);
        }
        if (t.kind == TOKEN_MORE) {
            return SCAN_MORE;
        }
        if (t.kind == TOKEN_BAD || t.kind == TOKEN_END) {
            return scan_bad(b, t.at, t.kind == TOKEN_BAD ? t.why : "the file ends in an object");
        }
        b->two = b->one;
        b->one = t.at;
    }
}

/* Goes on where it stopped when *b is that of a shorter window of the same text. */
static scan_result scan(span text, bool partial, body_kind kind, body *b)
{
    pdf_lexer lx = {text, b->pos, partial};
    if (!b->in_value) {
        lx.pos = 0;
        scan_result result = kind == BODY_OBJECT ? scan_header(&lx, b) : SCAN_DONE;
        if (result != SCAN_DONE) {
            return result;
        }
        b->begin = lx.pos;
        b->in_value = true;
    }
    return scan_value(&lx, kind, b);
}

/* Makes the window from `at` n bytes long; the first `have` are there already. */
static pades_status fill_scratch(pdf_file *f, uint64_t at, size_t have, size_t n, pades_error **e)
{
    if (n > f->scratch_cap) {
        uint8_t *grown = mem_resize(f->scratch, n);
        if (!grown) {
            return fail_memory(e);
        }
        f->scratch = grown;
        f->scratch_cap = n;
    }
    return window_read(&f->window, at + have, f->scratch + have, n - have, e);
}

static void drop_large_scratch(pdf_file *f)
{
    if (f->scratch_cap > SCRATCH_KEPT) {
        mem_free(f->scratch);
        f->scratch = NULL;
        f->scratch_cap = 0;
    }
}

/* The first window ends with a block of the cache, so that a small object costs one read. */
static size_t first_window(uint64_t at)
{
    size_t n = WINDOW_BLOCK - (size_t)(at % WINDOW_BLOCK);
    return n < SMALL_WINDOW ? n + WINDOW_BLOCK : n;
}

static pades_status too_large(uint64_t limit, uint32_t id, uint64_t at, pades_error **e)
{
    (void)fail(e, PADES_LIMIT, "an object of more than %llu bytes", (unsigned long long)limit);
    return pdf_place(e, PADES_LIMIT, id, at);
}

/* Leaves the text in f->scratch. */
static pades_status read_body(pdf_file *f, uint64_t at, uint32_t id, body_kind kind, body *b,
                              pades_error **e)
{
    if (at >= f->window.size) {
        return pdf_damaged(e, id, at, "ISO32000-1#7.5.4", "an offset beyond the end of the file");
    }
    uint64_t limit = ctx_limit(f->ctx, PADES_LIMIT_OBJECT_BYTES), left = f->window.size - at;
    uint64_t n = first_window(at), have = 0;
    *b = (body){0};
    for (;;) {
        n = n < limit ? n : limit;
        n = n < left ? n : left;
        TRY(fill_scratch(f, at, (size_t)have, (size_t)n, e));
        scan_result result = scan(span_of(f->scratch, (size_t)n), n < left, kind, b);
        TRY(pdf_file_spend(f, result == SCAN_DONE ? b->after : n, e));
        if (result == SCAN_DONE) {
            return PADES_OK;
        }
        if (result == SCAN_BAD) {
            return pdf_damaged(e, id, at + b->bad_at, "ISO32000-1#7.3.10", "%s", b->why);
        }
        if (n == limit) {
            return too_large(limit, id, at, e);
        }
        have = n;
        n *= 2;
    }
}

/* Copies the value's text to the pool and parses all of it as one object. */
static pades_status parse_body(pdf_file *f, uint64_t at, uint32_t id, const body *b, pdf_pool *pool,
                               pdf_obj **ret, pades_error **e)
{
    span text = pdf_pool_copy(pool, span_of(f->scratch + b->begin, b->end - b->begin));
    drop_large_scratch(f);
    if (!text.p) {
        return pdf_pool_fail(pool, e);
    }
    pdf_obj *value = NULL;
    size_t used = 0;
    pades_status status = pdf_parse(pool, text, pdf_depth_limit(f->ctx), &value, &used, e);
    if (status != PADES_OK) {
        return pdf_place(e, status, id, at + b->begin);
    }
    pdf_lexer lx = {text, used, false};
    if (pdf_lex(&lx).kind != TOKEN_END) {
        return pdf_damaged(e, id, at + b->begin + used, "ISO32000-1#7.3.10",
                           "something stands behind an object's value");
    }
    *ret = value;
    return PADES_OK;
}

pades_status indirect_read(pdf_file *f, uint64_t at, uint32_t id, pdf_pool *pool, pdf_indirect *ret,
                           pades_error **e)
{
    body b;
    TRY(read_body(f, at, id, BODY_OBJECT, &b, e));
    if (b.id == 0 || b.id > MAX_OBJECT_ID || b.gen > MAX_GENERATION) {
        return pdf_damaged(e, id, at + b.header, "ISO32000-1#7.3.10",
                           "the header of an object that cannot exist");
    }
    pdf_obj *value = NULL;
    TRY(parse_body(f, at, id, &b, pool, &value, e));
    if (b.is_stream && value->kind != PDF_DICT) {
        return pdf_damaged(e, id, at + b.word, "ISO32000-1#7.3.8.1",
                           "a stream without a dictionary");
    }
    if (b.is_stream) {
        value->u.dict.home_id = (uint32_t)b.id;
        value->u.dict.home_gen = (uint16_t)b.gen;
    }
    *ret = (pdf_indirect){.ref = {(uint32_t)b.id, (uint32_t)b.gen},
                          .value = value,
                          .at = at + b.header,
                          .data = b.is_stream ? at + b.after : 0,
                          .end = at + b.after};
    return PADES_OK;
}

pades_status indirect_text(pdf_file *f, uint64_t at, uint32_t id, span *ret, bool *ret_stream,
                           pades_error **e)
{
    body b;
    TRY(read_body(f, at, id, BODY_OBJECT, &b, e));
    *ret = span_of(f->scratch + b.begin, b.end - b.begin);
    *ret_stream = b.is_stream;
    return PADES_OK;
}

pades_status indirect_read_trailer(pdf_file *f, uint64_t at, pdf_pool *pool, const pdf_obj **ret,
                                   uint64_t *ret_end, pades_error **e)
{
    body b;
    pdf_obj *value = NULL;
    TRY(read_body(f, at, 0, BODY_TRAILER, &b, e));
    TRY(parse_body(f, at, 0, &b, pool, &value, e));
    if (value->kind != PDF_DICT) {
        return pdf_damaged(e, 0, at, "ISO32000-1#7.5.5", "the trailer is not a dictionary");
    }
    *ret = value;
    *ret_end = at + b.word;
    return PADES_OK;
}
