/* The field that is signed, by its full name: an empty signature field of the document, or a place
 * for a new one anywhere in the hierarchy. Every object that was read on the way is shown to the
 * second reader. Promises that no name is given twice and that nothing signed is signed again.
 * clause: ISO32000-1#12.7.3.2 field names, #12.7.4.5 signature fields */
#include "pdf/sealing.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"

#include <inttypes.h>

enum { NAME_MAX_BYTES = 1024, SHOWN = 100, READ_MAX = 2000 };

static pades_status refuse(pades_status status, const char *what, span name, const char *hint,
                           pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(name, SHOWN);
    if (!shown) {
        return fail_memory(e);
    }
    fail(e, status, "the field '%s' %s", shown, what);
    error_clause(e, "ISO32000-1#12.7.3.2");
    error_hint(e, "%s", hint);
    return status;
}

static const char another[] = "choose another name, or none for the next free one";

static bool parts_are_full(span name)
{
    bool full = name.n > 0;
    for (size_t i = 0; i < name.n; i++) {
        bool stop = name.p[i] == '.';
        full = full && !(stop && (i == 0 || i + 1 == name.n || name.p[i + 1] == '.'));
    }
    return full;
}

static pades_status check_wanted(const char *name, pades_error **e)
{
    if (!parts_are_full(span_str(name)) || strlen(name) > NAME_MAX_BYTES) {
        fail(e, PADES_INVALID_ARGUMENT,
             "a field name has 1 to %d bytes, and something on both sides of a full stop",
             NAME_MAX_BYTES);
        error_clause(e, "ISO32000-1#12.7.3.2");
        return PADES_INVALID_ARGUMENT;
    }
    if (!utf8_valid(span_str(name))) {
        return fail(e, PADES_INVALID_ARGUMENT, "the field name is not valid UTF-8");
    }
    return PADES_OK;
}

static const char *default_prefix(const sealing *s)
{
    return s->plan->doc_timestamp ? "Timestamp" : "Signature";
}

/* N of "SignatureN"; 0 for any other name. */
static size_t default_number(span prefix, span name)
{
    span digits = span_part(name, prefix.n, name.n);
    size_t value = 0;
    if (!span_eq(span_part(name, 0, prefix.n), prefix) || digits.n == 0 || digits.n > 9 ||
        digits.p[0] == '0') {
        return 0;
    }
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9') {
            return 0;
        }
        value = value * 10 + (size_t)(digits.p[i] - '0');
    }
    return value;
}

static void mark_taken(span prefix, uint8_t *taken, size_t n, const pdf_fields *fields)
{
    for (size_t i = 0; i < fields->n; i++) {
        size_t number = default_number(prefix, span_str(fields->items[i].name));
        if (number > 0 && number <= n) {
            taken[number] = 1;
        }
    }
}

static pades_status choose_name(sealing *s, pades_error **e)
{
    AUTO_VAL(buf) name = BUF(64);
    const char *prefix = default_prefix(s);
    size_t number = 1;
    size_t n = s->tree.fields.n + s->tree.groups.n + 1;
    uint8_t *taken = mem_array(n + 2, 1);
    if (!taken) {
        return fail_memory(e);
    }
    mark_taken(span_str(prefix), taken, n, &s->tree.fields);
    mark_taken(span_str(prefix), taken, n, &s->tree.groups);
    while (taken[number]) {
        number++;
    }
    mem_free(taken);
    buf_addf(&name, "%s%zu", prefix, number);
    s->ret->field = buf_take_text(&name);
    s->target.rest = span_str(s->ret->field);
    return s->ret->field ? PADES_OK : fail_memory(e);
}

/* Fields of one name, and those above it. */
typedef struct name_search {
    span name;
    const pdf_field *found; /* of this very name */
    const pdf_field *above; /* of the longest name that it begins with, and a full stop */
    size_t found_n, above_n;
    bool found_group, above_group;
} name_search;

static bool is_above(span upper, span name)
{
    return upper.n > 0 && upper.n < name.n && name.p[upper.n] == '.' &&
           span_eq(span_part(name, 0, upper.n), upper);
}

static void search(name_search *n, const pdf_fields *fields, bool groups)
{
    for (size_t i = 0; i < fields->n; i++) {
        const pdf_field *field = &fields->items[i];
        span name = span_str(field->name);
        if (span_eq(name, n->name)) {
            n->found = field;
            n->found_group = n->found_group || groups;
            n->found_n++;
        }
        size_t longest = n->above ? strlen(n->above->name) : 0;
        if (is_above(name, n->name) && name.n >= longest) {
            n->above_n = name.n > longest ? 1 : n->above_n + 1;
            n->above = field;
            n->above_group = groups;
        }
    }
}

/* A dictionary that is an object of its own, with no key twice. */
static pades_status load(sealing *s, pdf_ref ref, sealing_part *ret, pades_error **e)
{
    sealing_part part = {NULL, ref};
    if (ref.id == 0) {
        return pdf_damaged(e, 0, 0, "ISO32000-1#12.7.3.1",
                           "a field stands inside another object and cannot be changed");
    }
    TRY(pdf_file_load(s->f, ref, s->pool, &part.o, NULL, e));
    TRY(sealing_touch(s, ref, e));
    if (!pdf_is(part.o, PDF_DICT) || part.o->u.dict.dup_keys) {
        return pdf_damaged(e, ref.id, 0, "ISO32000-1#7.3.7", "a field has a key twice");
    }
    *ret = part;
    return PADES_OK;
}

/* The widget of a field that is not its own: its one kid. */
static pades_status load_kid(sealing *s, const sealing_part *kids, pades_error **e)
{
    pdf_ref ref = {0, 0};
    if (!pdf_is(kids->o, PDF_ARRAY)) {
        return pdf_damaged(e, s->target.field.ref.id, 0, "ISO32000-1#12.7.3.1",
                           "/Kids of a field is not an array");
    }
    if (kids->o->u.array.n > 1) {
        return refuse(
            PADES_DOC_UNSUPPORTED, "has several widgets, of which a seal can have but one",
            span_str(s->ret->field),
            "a signature that is shown in several places is read differently by viewers", e);
    }
    if (kids->o->u.array.n == 0) {
        return PADES_OK;
    }
    if (!pdf_get_ref(kids->o->u.array.items[0], &ref)) {
        return pdf_damaged(e, s->target.field.ref.id, 0, "ISO32000-1#12.7.3.1",
                           "a widget stands inside its field and cannot be changed");
    }
    return load(s, ref, &s->target.widget, e);
}

static pades_status find_widget(sealing *s, pades_error **e)
{
    sealing_part kids;
    sealing_part subtype;
    sealing_target *target = &s->target;
    TRY(sealing_get(s, target->field.o, "Kids", &kids, e));
    if (kids.o) {
        return load_kid(s, &kids, e);
    }
    TRY(sealing_get(s, target->field.o, "Subtype", &subtype, e));
    if (pdf_is_name(subtype.o, "Widget") || pdf_dict_get(target->field.o, "Rect")) {
        target->widget = target->field;
    }
    return PADES_OK;
}

static pades_status take_existing(sealing *s, const name_search *n, pades_error **e)
{
    if (n->found_n > 1) {
        return refuse(PADES_DOC_UNSUPPORTED, "is there more than once", n->name,
                      "which one is meant cannot be told; choose another", e);
    }
    if (n->found_group) {
        return refuse(PADES_FIELD_EXISTS, "has fields below it and cannot be signed", n->name,
                      another, e);
    }
    if (strcmp(n->found->type, "Sig") != 0) {
        return refuse(PADES_FIELD_EXISTS, "is no signature field", n->name, another, e);
    }
    if (n->found->has_value) {
        return refuse(PADES_FIELD_EXISTS, "is signed already", n->name, another, e);
    }
    s->target.exists = true;
    TRY(load(s, n->found->ref, &s->target.field, e));
    return find_widget(s, e);
}

/* A field that is of no type and lists no kids yet may get some. */
static pades_status check_parent(sealing *s, const name_search *n, pades_error **e)
{
    sealing_part kids;
    span name = span_str(n->above->name);
    TRY(sealing_get(s, s->target.parent.o, "Kids", &kids, e));
    if (kids.o && !pdf_is(kids.o, PDF_ARRAY)) {
        return pdf_damaged(e, s->target.parent.ref.id, 0, "ISO32000-1#12.7.3.1",
                           "/Kids of a field is not an array");
    }
    bool empty = n->above->type[0] == '\0' && kids.o && kids.o->u.array.n == 0;
    if (!n->above_group && !empty) {
        return refuse(PADES_FIELD_EXISTS, "holds a value and can have no field below it", name,
                      "choose a name that does not begin with its name and a full stop", e);
    }
    return PADES_OK;
}

static pades_status take_new(sealing *s, const name_search *n, pades_error **e)
{
    s->target.rest = n->name;
    if (!n->above) {
        return PADES_OK;
    }
    span name = span_str(n->above->name);
    if (n->above_n > 1) {
        return refuse(PADES_DOC_UNSUPPORTED, "is there more than once", name,
                      "below which of them the new one belongs cannot be told", e);
    }
    TRY(load(s, n->above->ref, &s->target.parent, e));
    s->target.rest = span_part(n->name, name.n + 1, n->name.n);
    return check_parent(s, n, e);
}

static pades_status find_named(sealing *s, pades_error **e)
{
    TRY(check_wanted(s->plan->field, e));
    s->ret->field = mem_strdup(s->plan->field);
    if (!s->ret->field) {
        return fail_memory(e);
    }
    name_search n = {.name = span_str(s->ret->field)};
    search(&n, &s->tree.fields, false);
    search(&n, &s->tree.groups, true);
    return n.found ? take_existing(s, &n, e) : take_new(s, &n, e);
}

/* Everything of a form of usual size. Of a large one, which the second reader would keep whole,
 * what is signed; the target, and what it stands below, is touched when it is taken. */
static pades_status touch_read(sealing *s, pades_error **e)
{
    const pdf_fields *fields = &s->tree.fields;
    bool all = s->tree.read_n <= READ_MAX;
    for (size_t i = 0; all && i < s->tree.read_n; i++) {
        TRY(sealing_touch(s, s->tree.read[i], e));
    }
    for (size_t i = 0; !all && i < fields->n; i++) {
        const pdf_field *field = &fields->items[i];
        if (field->has_value && strcmp(field->type, "Sig") == 0 && field->ref.id) {
            TRY(sealing_touch(s, field->ref, e));
        }
    }
    if (!all) {
        sealing_warn(s,
                     "the form has more fields than the second reader is asked about: their names "
                     "are those that the strict reader found");
    }
    return PADES_OK;
}

pades_status target_read_fields(sealing *s, pades_error **e)
{
    s->target.rest = span_str("");
    TRY(pdf_field_tree_read(s->f, &s->tree, e));
    return touch_read(s, e);
}

pades_status target_find(sealing *s, pades_error **e)
{
    TRY(target_read_fields(s, e));
    return s->plan->field ? find_named(s, e) : choose_name(s, e);
}
