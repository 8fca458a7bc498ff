/* See second_quick.h. Asking qpdf for the keys of a dictionary makes it read every object that the
 * dictionary refers to, since those that are null do not count; so our keys are looked up, taken
 * out, and the dictionary must then be empty. Names that hold a NUL, streams and what is nested
 * deep are left to the full comparison. */
#include "pdf/second_quick.h"

enum { HANDLES_MAX = 4096, DEPTH_MAX = 32, KEY_MAX = 128 };

static bool same_value(second_quick *s, const pdf_obj *ours, qpdf_oh oh, unsigned depth);

static bool same_text(span ours, const char *theirs, size_t n)
{
    return theirs && span_eq(ours, span_of(theirs, n));
}

static bool same_name(const second_quick *s, span ours, qpdf_oh oh)
{
    const char *text = s->q->oh_get_name(s->data, oh);
    size_t n = s->q->get_last_string_length(s->data);
    return text && n > 0 && same_text(ours, text + 1, n - 1);
}

static bool same_string(const second_quick *s, span ours, qpdf_oh oh)
{
    size_t n = 0;
    const char *text = s->q->oh_get_binary_string_value(s->data, oh, &n);
    return same_text(ours, text, n);
}

/* A handle that was made just now. */
static bool same_element(second_quick *s, const pdf_obj *ours, qpdf_oh oh, unsigned depth)
{
    if (++s->handles > HANDLES_MAX || depth > DEPTH_MAX) {
        return false;
    }
    uint32_t id = (uint32_t)s->q->oh_get_object_id(s->data, oh); /* 0: direct */
    if (ours->kind == PDF_REFERENCE) {
        return id == ours->u.ref.id && id != 0 &&
               (uint32_t)s->q->oh_get_generation(s->data, oh) == ours->u.ref.gen;
    }
    return id == 0 && same_value(s, ours, oh, depth);
}

static bool same_array(second_quick *s, const pdf_obj *ours, qpdf_oh oh, unsigned depth)
{
    int n = s->q->oh_get_array_n_items(s->data, oh);
    bool same = n >= 0 && (size_t)n == ours->u.array.n;
    for (int i = 0; same && i < n; i++) {
        same = same_element(s, ours->u.array.items[i], s->q->oh_get_array_item(s->data, oh, i),
                            depth + 1);
    }
    return same;
}

/* "/key" for qpdf; false when it cannot be said so. */
static bool spell_key(span key, char out[KEY_MAX])
{
    if (key.n + 2 > KEY_MAX || (key.n > 0 && memchr(key.p, 0, key.n))) {
        return false;
    }
    out[0] = '/';
    if (key.n > 0) {
        memcpy(out + 1, key.p, key.n);
    }
    out[key.n + 1] = '\0';
    return true;
}

static bool same_dict(second_quick *s, const pdf_obj *ours, qpdf_oh oh, unsigned depth)
{
    bool same = !ours->u.dict.dup_keys;
    for (size_t i = 0; same && i < ours->u.dict.n; i++) {
        char key[KEY_MAX];
        const pdf_pair *pair = &ours->u.dict.pairs[i];
        same = spell_key(pair->key, key) &&
               same_element(s, pair->value, s->q->oh_get_key(s->data, oh, key), depth + 1);
        if (same) {
            s->q->oh_remove_key(s->data, oh, key);
        }
    }
    if (same) {
        s->q->oh_begin_dict_key_iter(s->data, oh);
        same = !s->q->oh_dict_more_keys(s->data);
    }
    return same;
}

static bool same_value(second_quick *s, const pdf_obj *ours, qpdf_oh oh, unsigned depth)
{
    switch ((int)s->q->oh_get_type_code(s->data, oh)) {
    case ot_null:
        return ours->kind == PDF_NULL;
    case ot_boolean:
        return ours->kind == PDF_BOOL && ours->u.boolean == s->q->oh_get_bool_value(s->data, oh);
    case ot_integer:
        return ours->kind == PDF_INT && ours->u.integer == s->q->oh_get_int_value(s->data, oh);
    case ot_real: {
        const char *text = s->q->oh_get_real_value(s->data, oh);
        return ours->kind == PDF_REAL &&
               same_text(ours->raw, text, s->q->get_last_string_length(s->data));
    }
    case ot_string:
        return ours->kind == PDF_STRING && same_string(s, ours->u.text, oh);
    case ot_name:
        return ours->kind == PDF_NAME && same_name(s, ours->u.text, oh);
    case ot_array:
        return ours->kind == PDF_ARRAY && same_array(s, ours, oh, depth);
    case ot_dictionary:
        return ours->kind == PDF_DICT && same_dict(s, ours, oh, depth);
    default:
        return false;
    }
}

bool second_quick_same(second_quick *s, const pdf_obj *ours, qpdf_oh oh)
{
    s->handles++;
    return same_value(s, ours, oh, 0);
}
