/* The raw look of survey.h. Tokens are told apart by white space and delimiters alone, everywhere
 * but in the data of streams; strings and comments are looked at as if they were syntax. So a file
 * that only speaks of signatures may be taken for a signed one, but none is taken for unsigned
 * because its syntax is broken. Names are compared decoded.
 * clause: ISO32000-1#7.3.5 names, #7.3.8.1 streams */
#include "pdf/survey.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt_impl.h"
#include "pdf/decode.h"
#include "pdf/lexer.h"
#include "pdf/pool.h"
#include "pdf/state.h"

enum { CHUNK = 64 * 1024, OVERLAP = 16, DICT_MAX = 64 * 1024, TOKEN_BYTES = 48, TIMES = 4 };

/* Bytes of memory that qpdf 11.3 was seen to take for each, rounded up. */
enum {
    COST_INT = 280,
    COST_NAME = 370,
    COST_WORD = 280,
    COST_OPEN = 350,
    COST_STRING = 300,
    COST_REFERENCE = 240,
    COST_OBJECT = 500,
    COST_ROW = 100,
    COST_BYTE = 5,     /* of a long token */
    COST_DATA_BYTE = 2 /* of the longest stream */
};

static const char byte_range[] = "/ByteRange", end_word[] = "endstream";

typedef struct scanner {
    pdf_survey *ret;
    pdf_file *bare;         /* NULL: within a stream that was unpacked, streams in it are none */
    const pdf_file *keys;   /* NULL: what is encrypted is passed over */
    uint32_t int_values[2]; /* of the integers right before, the newer one last */
    pdf_ref object;         /* whose header was seen last */
    uint64_t pos;           /* of the byte at hand */
    uint64_t within;        /* of the stream that is unpacked */
    uint8_t text[TOKEN_BYTES];
    size_t n;           /* of the token so far; beyond TOKEN_BYTES it is only counted */
    unsigned ints;      /* integers right before, at most two */
    bool after_type;    /* the token before was /Type */
    bool closed;        /* '>>' stands right before */
    uint8_t before;     /* the byte before */
    uint64_t object_at; /* behind the last `obj` or `trailer` */
    uint64_t token_at;  /* where the token at hand begins */
    uint64_t data_at;   /* of the stream whose data is passed over; 0: none */
    uint64_t row;       /* bytes of a row when that is a cross-reference stream; else 0 */
    size_t match;       /* bytes of `endstream` seen */
    uint64_t longest;   /* data of a stream */
    uint64_t *inflated; /* over all streams, with what was read for it */
} scanner;

static void find_trace(scanner *s, const char *trace, uint64_t at)
{
    if (!s->ret->trace) {
        s->ret->trace = trace;
        s->ret->trace_at = s->bare ? at : s->within;
    }
}

/* The name at hand, its #xx decoded; false when it is longer than any that is looked for. */
static bool decode_name(const scanner *s, char ret[TOKEN_BYTES + 1])
{
    size_t n = 0;
    if (s->n > TOKEN_BYTES) {
        return false;
    }
    for (size_t i = 1; i < s->n; i++) {
        char hex[3] = {0};
        if (s->text[i] == '#' && i + 2 < s->n) {
            memcpy(hex, s->text + i + 1, 2);
        }
        bool coded = hex[0] && strspn(hex, "0123456789abcdefABCDEF") == 2;
        ret[n++] = (char)s->text[i];
        if (coded) {
            static const char digits[] = "0123456789abcdef";
            unsigned high = (unsigned)(strchr(digits, hex[0] | ' ') - digits);
            unsigned low = (unsigned)(strchr(digits, hex[1] | ' ') - digits);
            ret[n - 1] = (char)(high * 16 + low);
            i += 2;
        }
    }
    ret[n] = '\0';
    return true;
}

/* What stands in the file itself; a dictionary of the kind begins behind `obj` or `trailer`. */
static void see_encryption(scanner *s, const char *name)
{
    if (strcmp(name, "Encrypt") == 0) {
        s->ret->encrypted = true;
        s->ret->encrypt_at = s->bare ? s->object_at : s->ret->encrypt_at;
    } else if (strcmp(name, "Standard") == 0 && s->bare) {
        s->ret->handler_at = s->object_at;
        s->ret->handler = s->object;
    }
}

static void end_name(scanner *s)
{
    char name[TOKEN_BYTES + 1] = "";
    bool after_type = s->after_type;
    s->ret->cost += COST_NAME;
    s->after_type = false;
    if (!decode_name(s, name)) {
        return;
    }
    s->after_type = strcmp(name, "Type") == 0;
    see_encryption(s, name);
    if (strcmp(name, "ByteRange") == 0) {
        find_trace(s, byte_range, s->token_at);
    } else if (after_type && strcmp(name, "Sig") == 0) {
        find_trace(s, "/Type /Sig", s->token_at);
    } else if (after_type && strcmp(name, "DocTimeStamp") == 0) {
        find_trace(s, "/Type /DocTimeStamp", s->token_at);
    }
}

/* Two integers that were counted are part of something else. */
static void take_ints(scanner *s, uint64_t cost)
{
    s->ret->cost += cost;
    s->ret->cost -= (uint64_t)s->ints * COST_INT;
}

static void end_word_token(scanner *s, span word)
{
    if (s->ints == 2 && span_is(word, "obj")) {
        take_ints(s, COST_OBJECT);
        s->ret->objects++;
        s->object = (pdf_ref){s->int_values[0], s->int_values[1]};
        s->object_at = s->pos;
    } else if (s->ints == 2 && span_is(word, "R")) {
        take_ints(s, COST_REFERENCE);
    } else if (s->ints == 2 && (span_is(word, "n") || span_is(word, "f"))) {
        take_ints(s, COST_ROW);
    } else {
        s->object_at = span_is(word, "trailer") ? s->pos : s->object_at;
        s->ret->cost += COST_WORD;
    }
}

static bool is_int(span word)
{
    size_t i = word.n > 1 && (word.p[0] == '-' || word.p[0] == '+');
    while (i < word.n && pdf_is_digit(word.p[i])) {
        i++;
    }
    return word.n > 0 && i == word.n;
}

/* 0 when it is none that an object could have. */
static uint32_t int_value(span word)
{
    uint64_t value = 0;
    for (size_t i = 0; i < word.n && value <= UINT32_MAX; i++) {
        value = pdf_is_digit(word.p[i]) ? 10 * value + word.p[i] - '0' : 0;
    }
    return value <= UINT32_MAX ? (uint32_t)value : 0;
}

/* `text` is decoded data of a stream: looked at as objects. */
static void scan_unpacked(scanner *s, span text);

/* Bytes from `at` up to `endstream`, or to the end. */
static pades_status data_bytes(const scanner *s, uint64_t at, uint64_t *ret, pades_error **e)
{
    size_t n = CHUNK, found = SIZE_MAX, step = CHUNK - (sizeof end_word - 2);
    uint64_t from = at;
    AUTO(mem_text) *room = mem_alloc(CHUNK);
    if (!room) {
        return fail_memory(e);
    }
    while (n == CHUNK) {
        TRY(window_read_some(&s->bare->window, from, (uint8_t *)room, CHUNK, &n, e));
        found = span_find(span_of(room, n), span_str(end_word), 0);
        if (found != SIZE_MAX || n < CHUNK) {
            break;
        }
        from += step;
    }
    *ret = from - at + (found == SIZE_MAX ? n : found);
    return PADES_OK;
}

/* How the data of an object stream is encrypted, and where it ends: whole blocks. */
static pades_status read_encryption(const scanner *s, const pdf_obj *dict, decode_spec *spec,
                                    uint64_t *n, pades_error **e)
{
    if (!s->keys || !s->keys->crypt || s->row) {
        return PADES_OK;
    }
    spec->home = s->object;
    TRY(crypt_stream_method(s->keys, dict, span_of(NULL, 0), &spec->encrypted, e));
    if (spec->encrypted == CRYPT_NONE) {
        return PADES_OK;
    }
    TRY(data_bytes(s, s->data_at, n, e));
    *n -= spec->encrypted == CRYPT_RC4 ? 0 : *n % 16;
    if (spec->flate) {
        return PADES_OK;
    }
    (void)fail(e, PADES_DOC_UNSUPPORTED, "an object stream that is encrypted and not compressed");
    (void)error_place(e, s->object.id, (int64_t)s->data_at);
    return PADES_DOC_UNSUPPORTED;
}

/* Of what is damaged the others see no more; but of an encrypted stream nothing may have been seen.
 */
static pades_status excuse_damage(const scanner *s, const decode_spec *spec, pades_error **e)
{
    error_clear(e);
    if (spec->encrypted == CRYPT_NONE) {
        return PADES_OK;
    }
    (void)fail(e, PADES_DOC_DAMAGED, "an encrypted object stream cannot be looked into");
    (void)error_place(e, s->object.id, (int64_t)s->data_at);
    (void)error_hint(e, "with its password, `qpdf IN OUT` rewrites it");
    return PADES_DOC_DAMAGED;
}

/* What other readers inflate to find objects; anything wrong with the data but its size is theirs
 * to find. */
static pades_status unpack(scanner *s, const pdf_obj *dict, pades_error **e)
{
    decode_spec spec;
    uint64_t limit = ctx_limit(s->bare->ctx, PADES_LIMIT_STREAM_BYTES), total = 0, at = s->data_at;
    uint64_t before = *s->inflated;
    AUTO(decoder) *d = NULL;
    AUTO(mem_text) *room = mem_alloc(CHUNK);
    scanner inner = {.ret = s->ret, .within = at, .inflated = s->inflated};
    size_t n = CHUNK;
    uint64_t bytes = s->bare->window.size - at;
    if (!room) {
        return fail_memory(e);
    }
    TRY(decode_spec_read(s->bare, dict, true, NULL, &spec, e));
    TRY(read_encryption(s, dict, &spec, &bytes, e));
    if (!spec.flate) { /* goes on as syntax, or is counted at its end */
        s->data_at = s->row ? at : 0;
        return PADES_OK;
    }
    TRY(decoder_new(s->bare, &spec, at, bytes, &d, e));
    while (n == CHUNK) {
        pades_status status = decoder_read(d, (uint8_t *)room, CHUNK, &n, e);
        if (status == PADES_DOC_DAMAGED) {
            TRY(excuse_damage(s, &spec, e));
            n = 0;
        } else if (status != PADES_OK) {
            return status;
        }
        total += n;
        *s->inflated = before + total + decoder_consumed(d); /* which may give nothing */
        if (total > limit || *s->inflated > limit * TIMES) {
            (void)fail(e, PADES_LIMIT, "a stream of objects decodes to more than %llu bytes",
                       (unsigned long long)(total > limit ? limit : limit * TIMES));
            (void)error_place(e, 0, (int64_t)at);
            return PADES_LIMIT;
        }
        if (s->row) {
            s->ret->cost += n / s->row * COST_ROW;
        } else {
            scan_unpacked(&inner, span_of(room, n));
        }
    }
    s->row = 0;
    return PADES_OK;
}

static uint64_t row_bytes(const pdf_obj *dict)
{
    uint64_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        int64_t width = 0;
        bool known = pdf_get_int(pdf_array_get(pdf_dict_get(dict, "W"), i), &width);
        n += known && width > 0 && width < CHUNK ? (uint64_t)width : 0;
    }
    return n > 0 ? n : 1;
}

/* The dictionary before `stream`, when it is one that can be read. */
static pades_status look_at_stream(scanner *s, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO(mem_text) *text = NULL;
    pdf_obj *dict = NULL;
    size_t used = 0;
    uint64_t n = s->token_at - s->object_at;
    uint64_t from = s->object_at;
    s->object_at = 0; /* one stream an object */
    if (from == 0 || n > DICT_MAX) {
        return PADES_OK;
    }
    text = mem_alloc((size_t)n + 1);
    if (!text) {
        return fail_memory(e);
    }
    TRY(pdf_pool_new(4 << 20, &pool, e));
    TRY(window_read(&s->bare->window, from, text, (size_t)n, e));
    pades_status status =
        pdf_parse(pool, span_of(text, (size_t)n), pdf_depth_limit(s->bare->ctx), &dict, &used, e);
    if (status == PADES_NO_MEMORY) {
        return status;
    }
    if (status != PADES_OK) {
        error_clear(e);
        return PADES_OK;
    }
    const pdf_obj *type = pdf_dict_get(dict, "Type");
    s->row = pdf_is_name(type, "XRef") ? row_bytes(dict) : 0;
    s->ret->packed = s->ret->packed || pdf_is_name(type, "ObjStm");
    return s->row || pdf_is_name(type, "ObjStm") ? unpack(s, dict, e) : PADES_OK;
}

/* The data begins behind the end of the line of `stream`. */
static pades_status begin_data(scanner *s, pades_error **e)
{
    uint8_t eol[2] = {0, 0};
    size_t n = 0;
    TRY(window_read_some(&s->bare->window, s->pos, eol, sizeof eol, &n, e));
    s->data_at = s->pos + (eol[0] == '\r' && eol[1] == '\n' ? 2 : 1);
    s->match = 0;
    return look_at_stream(s, e);
}

static pades_status end_token(scanner *s, pades_error **e)
{
    span word = span_of(s->text, s->n < TOKEN_BYTES ? s->n : TOKEN_BYTES);
    bool closed = s->closed;
    s->ret->cost += s->n > TOKEN_BYTES ? s->n * COST_BYTE : 0;
    s->closed = false;
    if (word.p[0] == '/') {
        s->ints = 0;
        end_name(s);
    } else if (is_int(word)) {
        s->ret->cost += COST_INT;
        s->ints = s->ints < 2 ? s->ints + 1 : 2;
        s->int_values[0] = s->int_values[1];
        s->int_values[1] = int_value(word);
        s->after_type = false;
    } else {
        end_word_token(s, word);
        s->ints = 0;
        s->after_type = false;
    }
    s->n = 0;
    return s->bare && closed && span_is(word, "stream") ? begin_data(s, e) : PADES_OK;
}

static void see_delimiter(scanner *s, uint8_t c)
{
    s->ints = 0;
    s->after_type = false;
    s->closed = c == '>' && s->before == '>';
    s->ret->cost += c == '[' || c == '{' ? COST_OPEN
                    : c == '<'           ? COST_OPEN / 2
                    : c == '('           ? COST_STRING
                                         : 0;
}

static pades_status see(scanner *s, uint8_t c, pades_error **e)
{
    bool white = pdf_is_white(c), delimiter = !white && pdf_is_delimiter(c);
    if (s->n > 0 && (white || delimiter)) {
        TRY(end_token(s, e));
    }
    if (delimiter && c != '/') {
        see_delimiter(s, c);
    } else if (!white) {
        s->token_at = s->n == 0 ? s->pos : s->token_at;
        if (s->n < TOKEN_BYTES) {
            s->text[s->n] = c;
        }
        s->n++;
    }
    s->before = c;
    return PADES_OK;
}

/* The data of a stream is passed over up to `endstream`, whatever its /Length says. */
static void see_data(scanner *s, uint8_t c)
{
    if (c == (uint8_t)end_word[s->match]) {
        s->match++;
    } else {
        s->match = s->match == 7 && c == 'n' ? 2 : c == 'e'; /* "endstre|am", "endstre|nd..." */
    }
    if (s->match == sizeof end_word - 1) {
        uint64_t n = s->pos - s->data_at;
        s->longest = n > s->longest ? n : s->longest;
        s->ret->cost += s->row ? n / s->row * COST_ROW : 0;
        s->data_at = s->row = 0;
    }
}

static pades_status scan(scanner *s, span text, pades_error **e)
{
    for (size_t i = 0; i < text.n; i++, s->pos++) {
        if (s->data_at == 0) {
            TRY(see(s, text.p[i], e));
            continue;
        }
        if (s->match == 0) {
            const uint8_t *next = memchr(text.p + i, 'e', text.n - i);
            size_t skip = next ? (size_t)(next - text.p) - i : text.n - i;
            i += skip;
            s->pos += skip;
        }
        if (i == text.n) {
            return PADES_OK;
        }
        see_data(s, text.p[i]);
    }
    return PADES_OK;
}

static void scan_unpacked(scanner *s, span text)
{
    (void)scan(s, text, NULL); /* nothing is unpacked within, so nothing fails */
}

uint64_t pdf_survey_text(span text)
{
    pdf_survey found = {.trace = NULL};
    scanner s = {.ret = &found};
    scan_unpacked(&s, text);
    scan_unpacked(&s, span_str("\n"));
    return found.cost;
}

/* Calls for every chunk, which begins with the last bytes of the one before. */
typedef pades_status (*chunk_fn)(void *user, span chunk, size_t fresh, uint64_t at,
                                 pades_error **e);

static pades_status each_chunk(pades_source *source, chunk_fn fn, void *user, pades_error **e)
{
    uint64_t size = pades_source_size(source), at = 0;
    size_t kept = 0;
    AUTO(mem_text) *room = mem_alloc(CHUNK + OVERLAP);
    if (!room) {
        return fail_memory(e);
    }
    while (at < size) {
        size_t n = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
        TRY(source_read(source, SOURCE_STRUCTURE, at, room + kept, n, e));
        TRY(fn(user, span_of(room, kept + n), kept, at - kept, e));
        at += n;
        size_t keep = kept + n < OVERLAP ? kept + n : OVERLAP;
        memmove(room, room + kept + n - keep, keep);
        kept = keep;
    }
    return PADES_OK;
}

static pades_status survey_chunk(void *user, span chunk, size_t fresh, uint64_t at, pades_error **e)
{
    scanner *s = user;
    size_t found = s->ret->trace ? SIZE_MAX : span_find(chunk, span_str(byte_range), 0);
    if (found != SIZE_MAX) {
        find_trace(s, byte_range, at + found);
    }
    return scan(s, span_part(chunk, fresh, chunk.n), e);
}

/* Reads with the keys of another: its own stay as they are, since they are that one's. */
static pades_status scan_all(scanner *s, pades_source *source, pades_error **e)
{
    s->bare->crypt = s->keys ? s->keys->crypt : NULL;
    pades_status status = each_chunk(source, survey_chunk, s, e);
    s->bare->crypt = NULL;
    return status;
}

pades_status pdf_survey_run(pades_ctx *ctx, pades_source *source, const pdf_file *keys,
                            pdf_survey *ret, pades_error **e)
{
    pdf_survey found = {.trace = NULL};
    uint64_t inflated = 0;
    AUTO(pdf_file) *bare = NULL;
    TRY(pdf_file_open_bare(ctx, source, &bare, e));
    scanner s = {.ret = &found, .bare = bare, .keys = keys, .inflated = &inflated};
    TRY(scan_all(&s, source, e));
    if (s.data_at > 0 && s.pos - s.data_at > s.longest) {
        s.longest = s.pos - s.data_at;
    }
    found.cost += s.longest * COST_DATA_BYTE;
    *ret = found;
    return PADES_OK;
}

static pades_status find_in_chunk(void *user, span chunk, size_t fresh, uint64_t at,
                                  pades_error **e)
{
    (void)fresh, (void)at, (void)e;
    bool *found = user;
    *found = *found || span_find(chunk, span_str(byte_range), 0) != SIZE_MAX;
    return PADES_OK;
}

pades_status pdf_survey_is_signed(pades_source *source, bool *ret_found, pades_error **e)
{
    bool found = false;
    TRY(each_chunk(source, find_in_chunk, &found, e));
    *ret_found = found;
    return PADES_OK;
}
