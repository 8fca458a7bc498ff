/* Combo boxes and lists: the value is one of the options, by what is exported or by what is shown;
 * another text only where the field may be edited.
 * clause: ISO32000-1#12.7.4.4 choice fields */
#include "pdf/fill.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/pool.h"
#include "pdf/text.h"

enum {
    COMBO = 1 << 17,
    EDIT = 1 << 18,
    TEXT_MAX = 1 << 20,
    LINES_MAX = 16 << 20,
    LINES_SHOWN = 25000, /* more than any widget shows */
    OPTIONS_MAX = 100000
};
enum { SHOWN = 6, LIST_BYTES = 1024, NEAR = 3 /* lines from the top */ };

typedef struct choice_option {
    span exported, shown; /* UTF-8 */
} choice_option;

typedef struct choice {
    choice_option *options;
    size_t n;
    size_t chosen; /* SIZE_MAX: none of them */
} choice;

static pades_status utf8(sealing *s, const pdf_obj *o, span *ret, pades_error **e)
{
    AUTO_VAL(buf) text = BUF(TEXT_MAX);
    if (pdf_is(o, PDF_STRING)) {
        pdf_text_utf8(&text, o->u.text);
    }
    TRY(buf_check(&text, "option", e));
    *ret = pdf_pool_copy(s->pool, text.n ? buf_span(&text) : span_of("", 0));
    return ret->p ? PADES_OK : pdf_pool_fail(s->pool, e);
}

/* A text, or a pair of what is exported and what is shown. */
static pades_status read_option(sealing *s, const pdf_obj *list, size_t i, choice_option *ret,
                                pades_error **e)
{
    sealing_part option;
    sealing_part half;
    TRY(fill_item(s, list, i, &option, e));
    if (!pdf_is(option.o, PDF_ARRAY)) {
        TRY(utf8(s, option.o, &ret->exported, e));
        ret->shown = ret->exported;
        return PADES_OK;
    }
    TRY(fill_item(s, option.o, 0, &half, e));
    TRY(utf8(s, half.o, &ret->exported, e));
    TRY(fill_item(s, option.o, 1, &half, e));
    return utf8(s, half.o, &ret->shown, e);
}

static pades_status read_options(sealing *s, const fill_field *field, choice *ret, pades_error **e)
{
    sealing_part list;
    span value = span_str(field->plan->value);
    TRY(sealing_get(s, field->node.o, "Opt", &list, e));
    size_t n = pdf_is(list.o, PDF_ARRAY) ? list.o->u.array.n : 0;
    if (n > OPTIONS_MAX) {
        return fail(e, PADES_LIMIT, "a field with more than %d options", OPTIONS_MAX);
    }
    ret->options = pdf_pool_take(s->pool, (n + 1) * sizeof *ret->options);
    if (!ret->options) {
        return pdf_pool_fail(s->pool, e);
    }
    for (; ret->n < n; ret->n++) {
        TRY(read_option(s, list.o, ret->n, &ret->options[ret->n], e));
        if (ret->chosen == SIZE_MAX && span_eq(ret->options[ret->n].exported, value)) {
            ret->chosen = ret->n;
        }
    }
    for (size_t i = 0; i < n && ret->chosen == SIZE_MAX; i++) {
        ret->chosen = span_eq(ret->options[i].shown, value) ? i : SIZE_MAX;
    }
    return PADES_OK;
}

static pades_status no_option(const fill_field *field, const choice *c, pades_error **e)
{
    AUTO_VAL(buf) list = BUF(LIST_BYTES);
    AUTO(mem_text) *value = escape_text(span_str(field->plan->value), 60);
    for (size_t i = 0; i < c->n && i < SHOWN; i++) {
        AUTO(mem_text) *shown = escape_text(c->options[i].exported, 60);
        buf_addf(&list, "%s'%s'", i ? ", " : "", shown ? shown : "");
    }
    buf_add_str(&list, c->n > SHOWN ? ", ..." : "");
    buf_add_byte(&list, 0);
    (void)fill_refuse(field, PADES_INVALID_ARGUMENT, e, "has no option '%s'", value ? value : "");
    error_hint(e, "its options are %s", buf_ok(&list) ? (const char *)list.p : "others");
    error_clause(e, "ISO32000-1#12.7.4.4");
    return PADES_INVALID_ARGUMENT;
}

/* The options from the first that is shown on, which is moved so that the chosen one can be seen.
 */
static pades_status lines_of(sealing *s, const fill_field *field, const choice *c, buf *lines,
                             size_t *ret_chosen, pades_error **e)
{
    sealing_part top;
    int64_t first = 0;
    TRY(sealing_get(s, field->node.o, "TI", &top, e));
    bool sane = pdf_get_int(top.o, &first) && first >= 0 && (uint64_t)first <= c->chosen;
    size_t from = sane ? (size_t)first : 0;
    from = c->chosen - from >= NEAR ? c->chosen : from;
    for (size_t i = from; i < c->n && i - from < LINES_SHOWN; i++) {
        buf_add_str(lines, i > from ? "\n" : "");
        buf_add_span(lines, c->options[i].shown);
    }
    *ret_chosen = c->chosen - from;
    return buf_check(lines, "options", e);
}

static pades_status look_of_list(sealing *s, fill_field *field, const choice *c, pades_error **e)
{
    AUTO_VAL(buf) lines = BUF(LINES_MAX);
    fill_words words = {.list = true};
    TRY(lines_of(s, field, c, &lines, &words.chosen, e));
    words.text = buf_span(&lines);
    return fill_look(s, field, &words, e);
}

pades_status fill_choice(sealing *s, fill_field *field, pades_error **e)
{
    choice c = {NULL, 0, SIZE_MAX};
    bool edit = (field->flags & COMBO) && (field->flags & EDIT);
    TRY(read_options(s, field, &c, e));
    if (c.chosen == SIZE_MAX && !edit) {
        return no_option(field, &c, e);
    }
    if (strpbrk(field->plan->value, "\r\n")) {
        return fill_refuse(field, PADES_INVALID_ARGUMENT, e, "has one line only");
    }
    field->has_index = true;
    field->index = c.chosen;
    fill_words words = {.text = span_str(field->plan->value), .chosen = SIZE_MAX};
    if (c.chosen != SIZE_MAX) {
        field->text_value = c.options[c.chosen].exported;
        words.text = c.options[c.chosen].shown;
    }
    return (field->flags & COMBO) ? fill_look(s, field, &words, e) : look_of_list(s, field, &c, e);
}
