/* Objects from tokens (ISO 32000-1 7.3). Recursion is counted against `max_depth`; items of open
 * arrays and dictionaries wait on two stacks, so that the pool holds each list once. */
#include "pdf/lexer.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/pool.h"
#include "pdf/sort.h"

enum { SORTED_FROM = 16, LARGEST_GENERATION = 65535 };

typedef struct parser {
    pdf_pool *pool;
    pdf_lexer lx;
    unsigned depth, max_depth;
    pdf_obj **items;
    size_t items_n, items_cap;
    pdf_pair *pairs;
    size_t pairs_n, pairs_cap;
    pades_error **e;
} parser;

static void parser_free(parser *p)
{
    mem_free(p->items);
    mem_free(p->pairs);
}

static pades_status bad(parser *p, size_t at, const char *why)
{
    return fail(p->e, PADES_DOC_DAMAGED, "%s, at byte %zu of the object", why, at);
}

static pades_status bad_token(parser *p, const pdf_token *t, const char *why)
{
    return bad(p, t->at, t->kind == TOKEN_BAD ? t->why : why);
}

static pades_status parse_value(parser *p, pdf_token t, pdf_obj **ret);

static pades_status new_node(parser *p, pdf_kind kind, size_t at, pdf_obj **ret)
{
    pdf_obj *o = pdf_pool_take(p->pool, sizeof *o);
    if (!o) {
        return pdf_pool_fail(p->pool, p->e);
    }
    o->kind = kind;
    o->raw = span_part(p->lx.s, at, p->lx.pos - at);
    *ret = o;
    return PADES_OK;
}

/* The value of a string or name token. */
static pades_status decode(parser *p, const pdf_token *t, span *ret)
{
    const char *why = NULL;
    bool ok = t->kind == TOKEN_NAME     ? pdf_decode_name(p->pool, t->raw, ret, &why)
              : t->kind == TOKEN_STRING ? pdf_decode_literal(p->pool, t->raw, ret, &why)
                                        : pdf_decode_hex(p->pool, t->raw, ret, &why);
    if (!ok && why) {
        return bad(p, t->at, why);
    }
    return ok ? PADES_OK : pdf_pool_fail(p->pool, p->e);
}

static pades_status parse_text(parser *p, const pdf_token *t, pdf_obj **ret)
{
    pdf_obj *o = NULL;
    TRY(new_node(p, t->kind == TOKEN_NAME ? PDF_NAME : PDF_STRING, t->at, &o));
    TRY(decode(p, t, &o->u.text));
    *ret = o;
    return PADES_OK;
}

/* Two integers and an R behind? Leaves the lexer after the R when so. */
static bool take_reference(parser *p, const pdf_token *first, pdf_ref *ret, bool *ret_ok)
{
    size_t back = p->lx.pos;
    pdf_token gen = {0}, word = {0};
    if (first->digits_only) {
        gen = pdf_lex(&p->lx);
    }
    if (gen.kind == TOKEN_INT && gen.digits_only) {
        word = pdf_lex(&p->lx);
    }
    if (word.kind != TOKEN_WORD || !span_is(word.raw, "R")) {
        p->lx.pos = back;
        return false;
    }
    *ret_ok = first->integer <= INT32_MAX && gen.integer <= LARGEST_GENERATION;
    if (*ret_ok) {
        *ret = (pdf_ref){(uint32_t)first->integer, (uint32_t)gen.integer};
    }
    return true;
}

static pades_status parse_number(parser *p, const pdf_token *t, pdf_obj **ret)
{
    pdf_ref ref = {0, 0};
    bool ok = true;
    bool is_ref = t->kind == TOKEN_INT && take_reference(p, t, &ref, &ok);
    if (!ok) {
        return bad(p, t->at, "a reference to an object that cannot exist");
    }
    pdf_obj *o = NULL;
    /* clause: ISO32000-1#7.3.10 object 0 does not exist: a reference to it is null */
    pdf_kind kind = !is_ref  ? (t->kind == TOKEN_INT ? PDF_INT : PDF_REAL)
                    : ref.id ? PDF_REFERENCE
                             : PDF_NULL;
    TRY(new_node(p, kind, t->at, &o));
    if (kind == PDF_INT) {
        o->u.integer = t->integer;
    } else if (kind == PDF_REAL) {
        o->u.real = t->real;
    } else if (kind == PDF_REFERENCE) {
        o->u.ref = ref;
        pdf_pool_note_ref(p->pool, ref.id);
    }
    *ret = o;
    return PADES_OK;
}

static pades_status parse_word(parser *p, const pdf_token *t, pdf_obj **ret)
{
    bool is_true = span_is(t->raw, "true");
    bool is_bool = is_true || span_is(t->raw, "false");
    if (!is_bool && !span_is(t->raw, "null")) {
        return bad(p, t->at, "an object was expected");
    }
    pdf_obj *o = NULL;
    TRY(new_node(p, is_bool ? PDF_BOOL : PDF_NULL, t->at, &o));
    if (is_bool) {
        o->u.boolean = is_true;
    }
    *ret = o;
    return PADES_OK;
}

static pades_status parse_array(parser *p, const pdf_token *open, pdf_obj **ret)
{
    size_t base = p->items_n;
    pdf_token t = pdf_lex(&p->lx);
    while (t.kind != TOKEN_ARRAY_CLOSE) {
        pdf_obj *item = NULL;
        TRY(parse_value(p, t, &item));
        if (!MEM_GROW(p->items, p->items_n, p->items_cap)) {
            return fail_memory(p->e);
        }
        p->items[p->items_n++] = item;
        t = pdf_lex(&p->lx);
    }
    pdf_obj *o = NULL;
    TRY(new_node(p, PDF_ARRAY, open->at, &o));
    size_t n = p->items_n - base;
    o->u.array.items = pdf_pool_take(p->pool, n * sizeof *p->items);
    if (!o->u.array.items) {
        return pdf_pool_fail(p->pool, p->e);
    }
    if (n > 0) {
        memcpy(o->u.array.items, p->items + base, n * sizeof *p->items);
    }
    o->u.array.n = n;
    p->items_n = base;
    *ret = o;
    return PADES_OK;
}

static pades_status parse_pair(parser *p, const pdf_token *key, pdf_pair *ret)
{
    if (key->kind != TOKEN_NAME) {
        return bad_token(p, key, "a key of a dictionary was expected");
    }
    TRY(decode(p, key, &ret->key));
    ret->key_raw = key->raw;
    return parse_value(p, pdf_lex(&p->lx), &ret->value);
}

typedef struct key_order {
    const pdf_pair *pairs;
    uint32_t *places;
} key_order;

static bool key_before(const void *user, size_t a, size_t b)
{
    const key_order *o = user;
    span x = o->pairs[o->places[a]].key, y = o->pairs[o->places[b]].key;
    size_t n = x.n < y.n ? x.n : y.n;
    int c = n > 0 ? memcmp(x.p, y.p, n) : 0;
    if (c == 0 && x.n == y.n) {
        return o->places[a] < o->places[b];
    }
    return c != 0 ? c < 0 : x.n < y.n;
}

static void key_swap(void *user, size_t a, size_t b)
{
    const key_order *o = user;
    uint32_t place = o->places[a];
    o->places[a] = o->places[b];
    o->places[b] = place;
}

static pades_status sort_keys(parser *p, pdf_obj *o)
{
    size_t n = o->u.dict.n;
    key_order order = {o->u.dict.pairs, pdf_pool_take(p->pool, n * sizeof(uint32_t))};
    if (!order.places) {
        return pdf_pool_fail(p->pool, p->e);
    }
    for (size_t i = 0; i < n; i++) {
        order.places[i] = (uint32_t)i;
    }
    pdf_sort(&order, n, key_before, key_swap);
    for (size_t i = 1; i < n; i++) {
        o->u.dict.dup_keys |=
            span_eq(order.pairs[order.places[i - 1]].key, order.pairs[order.places[i]].key);
    }
    o->u.dict.by_key = order.places;
    return PADES_OK;
}

static bool has_dup(const pdf_pair *pairs, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (span_eq(pairs[i].key, pairs[j].key)) {
                return true;
            }
        }
    }
    return false;
}

static pades_status finish_dict(parser *p, size_t base, pdf_obj *o)
{
    size_t n = p->pairs_n - base;
    o->u.dict.pairs = pdf_pool_take(p->pool, n * sizeof *p->pairs);
    if (!o->u.dict.pairs) {
        return pdf_pool_fail(p->pool, p->e);
    }
    if (n > 0) {
        memcpy(o->u.dict.pairs, p->pairs + base, n * sizeof *p->pairs);
    }
    o->u.dict.n = n;
    p->pairs_n = base;
    if (n > SORTED_FROM) {
        return sort_keys(p, o);
    }
    o->u.dict.dup_keys = has_dup(o->u.dict.pairs, n);
    return PADES_OK;
}

static pades_status parse_dict(parser *p, const pdf_token *open, pdf_obj **ret)
{
    size_t base = p->pairs_n;
    pdf_token t = pdf_lex(&p->lx);
    while (t.kind != TOKEN_DICT_CLOSE) {
        pdf_pair pair = {0};
        TRY(parse_pair(p, &t, &pair));
        if (!MEM_GROW(p->pairs, p->pairs_n, p->pairs_cap)) {
            return fail_memory(p->e);
        }
        p->pairs[p->pairs_n++] = pair;
        t = pdf_lex(&p->lx);
    }
    pdf_obj *o = NULL;
    TRY(new_node(p, PDF_DICT, open->at, &o));
    TRY(finish_dict(p, base, o));
    *ret = o;
    return PADES_OK;
}

static pades_status parse_container(parser *p, const pdf_token *t, pdf_obj **ret)
{
    if (p->depth >= p->max_depth) {
        return fail(p->e, PADES_LIMIT, "arrays and dictionaries are nested more than %u deep",
                    p->max_depth);
    }
    p->depth++;
    pades_status status =
        t->kind == TOKEN_ARRAY_OPEN ? parse_array(p, t, ret) : parse_dict(p, t, ret);
    p->depth--;
    return status;
}

static pades_status parse_value(parser *p, pdf_token t, pdf_obj **ret)
{
    switch (t.kind) {
    case TOKEN_INT:
    case TOKEN_REAL:
        return parse_number(p, &t, ret);
    case TOKEN_STRING:
    case TOKEN_HEX:
    case TOKEN_NAME:
        return parse_text(p, &t, ret);
    case TOKEN_ARRAY_OPEN:
    case TOKEN_DICT_OPEN:
        return parse_container(p, &t, ret);
    case TOKEN_WORD:
        return parse_word(p, &t, ret);
    case TOKEN_END:
    case TOKEN_MORE:
    case TOKEN_BAD:
    case TOKEN_ARRAY_CLOSE:
    case TOKEN_DICT_CLOSE:
        break;
    }
    return bad_token(p, &t, "an object was expected");
}

pades_status pdf_parse(pdf_pool *pool, span text, unsigned max_depth, pdf_obj **ret,
                       size_t *ret_used, pades_error **e)
{
    AUTO_VAL(parser) p = {.pool = pool, .lx = {text, 0, false}, .max_depth = max_depth, .e = e};
    pdf_obj *o = NULL;
    TRY(parse_value(&p, pdf_lex(&p.lx), &o));
    *ret = o;
    if (ret_used) {
        *ret_used = p.lx.pos;
    }
    return PADES_OK;
}
