/* Objects as text: a dictionary again with a few keys changed and everything else byte for byte,
 * text strings and names. Numbers are never written anew, so nothing is rounded or reformatted.
 * clause: ISO32000-1#7.3 objects, ISO32000-1#7.9.2.2 text strings */
#include "pdf/incr.h"

#include "base/escape.h"
#include "base/fail.h"
#include "pdf/crypt_impl.h"

static bool is_delimiter(uint8_t c)
{
    return c != 0 && strchr("()<>[]{}/%", c) != NULL;
}

typedef struct value_copy {
    buf *out;
    const uint8_t *from; /* what is not written yet */
} value_copy;

static pades_status copy_string(void *user, pdf_obj *string, pades_error **e)
{
    value_copy *copy = user;
    (void)e;
    if (!string->u.string.encrypted) {
        return PADES_OK;
    }
    buf_add(copy->out, copy->from, (size_t)(string->raw.p - copy->from));
    buf_add_byte(copy->out, '<');
    buf_add_hex(copy->out, string->u.text, true);
    buf_add_byte(copy->out, '>');
    copy->from = string->raw.p + string->raw.n;
    return PADES_OK;
}

void pdf_write_value(buf *out, const pdf_obj *o)
{
    pdf_obj top = *o; /* a string is visited, not looked into */
    value_copy copy = {out, o->raw.p};
    pades_status status = o->kind == PDF_STRING ? copy_string(&copy, &top, NULL)
                                                : crypt_each_string(o, copy_string, &copy, NULL);
    (void)status; /* copying does not fail but in `out` */
    buf_add(out, copy.from, (size_t)(o->raw.p + o->raw.n - copy.from));
}

static void add_key(buf *out, span key_raw, const uint8_t *first)
{
    buf_add_span(out, key_raw);
    if (first && !is_delimiter(*first)) {
        buf_add_byte(out, ' ');
    }
}

static void add_pair(buf *out, span key_raw, span value)
{
    add_key(out, key_raw, value.n > 0 ? value.p : NULL);
    buf_add_span(out, value);
}

static const pdf_change *find_change(const pdf_change *set, size_t n, span key)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(key, set[i].key)) {
            return &set[i];
        }
    }
    return NULL;
}

static bool has_key(const pdf_obj *dict, const char *key)
{
    for (size_t i = 0; i < dict->u.dict.n; i++) {
        if (span_is(dict->u.dict.pairs[i].key, key)) {
            return true;
        }
    }
    return false;
}

static void add_old_pairs(buf *out, const pdf_obj *dict, const pdf_change *set, size_t n)
{
    for (size_t i = 0; i < dict->u.dict.n; i++) {
        const pdf_pair *pair = &dict->u.dict.pairs[i];
        const pdf_change *change = find_change(set, n, pair->key);
        if (!change) {
            add_key(out, pair->key_raw, pair->value->raw.p);
            pdf_write_value(out, pair->value);
        } else if (change->value.p) {
            add_pair(out, pair->key_raw, change->value);
        }
    }
}

void pdf_write_dict(buf *out, const pdf_obj *dict, const pdf_change *set, size_t n)
{
    bool old = pdf_is(dict, PDF_DICT);
    buf_add_str(out, "<<");
    if (old) {
        add_old_pairs(out, dict, set, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (set[i].value.p && !(old && has_key(dict, set[i].key))) {
            pdf_write_name(out, span_str(set[i].key));
            add_pair(out, span_of("", 0), set[i].value);
        }
    }
    buf_add_str(out, ">>");
}

void pdf_write_name(buf *out, span name)
{
    buf_add_byte(out, '/');
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        if (c > 0x20 && c < 0x7F && c != '#' && !is_delimiter(c)) {
            buf_add_byte(out, c);
        } else {
            buf_addf(out, "#%02X", c);
        }
    }
}

static bool is_plain(span text)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c >= 0x7F || (c < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
            return false;
        }
    }
    return true;
}

static void add_literal(buf *out, span text)
{
    buf_add_byte(out, '(');
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c == '(' || c == ')' || c == '\\') {
            buf_add_byte(out, '\\');
            buf_add_byte(out, c);
        } else if (c == '\n' || c == '\r' || c == '\t') {
            buf_add_str(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        } else {
            buf_add_byte(out, c);
        }
    }
    buf_add_byte(out, ')');
}

static void add_utf16(buf *out, span utf8)
{
    reader r = reader_of(utf8);
    buf_add_str(out, "<FEFF");
    while (reader_left(&r) > 0) {
        uint32_t c = (uint32_t)utf8_next(&r);
        if (c >= 0x10000) {
            buf_addf(out, "%04X", 0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        buf_addf(out, "%04X", c);
    }
    buf_add_byte(out, '>');
}

pades_status pdf_write_text(buf *out, span utf8, pades_error **e)
{
    if (!utf8_valid(utf8)) {
        return fail(e, PADES_INVALID_ARGUMENT, "the text is not valid UTF-8");
    }
    if (is_plain(utf8)) {
        add_literal(out, utf8);
    } else {
        add_utf16(out, utf8);
    }
    return PADES_OK;
}
