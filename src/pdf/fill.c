/* Fills fields: checks that they may be, has the value worked out for the kind of field, and writes
 * field, widgets and new appearances, everything else of them as it stands. Scripts of a form are
 * never run; that is said.
 * clause: ISO32000-1#12.7.3.1 field dictionaries */
#include "pdf/fill.h"

#include "base/fail.h"
#include "pdf/appear.h"
#include "pdf/damage.h"
#include "pdf/pool.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { READ_ONLY = 1, APPEND_ONLY = 2, LINE_BYTES = 1024, OBJECT_MAX = 64 << 20 };

pades_status fill_refuse(const fill_field *field, pades_status status, pades_error **e,
                         const char *fmt, ...)
{
    char what[LINE_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    (void)fail(e, status, "the field '%s' %s", field->shown, what);
    error_place(e, field->node.ref.id, -1);
    return status;
}

void fill_warn(sealing *s, fill_field *field, const char *what)
{
    char line[LINE_BYTES];
    size_t n = 0;
    while (n < FILL_CAUSES && field->warned[n]) {
        if (strcmp(field->warned[n++], what) == 0) {
            return;
        }
    }
    if (n < FILL_CAUSES) {
        field->warned[n] = what;
    }
    (void)snprintf(line, sizeof line, "the field '%s' %s", field->shown, what);
    sealing_warn(s, line);
}

pades_status fill_item(sealing *s, const pdf_obj *array, size_t i, sealing_part *ret,
                       pades_error **e)
{
    sealing_part part = {NULL, {0, 0}};
    TRY(pdf_file_resolve(s->f, pdf_array_get(array, i), s->pool, &part.o, &part.ref, e));
    if (part.ref.id) {
        TRY(sealing_touch(s, part.ref, e));
    }
    *ret = part;
    return PADES_OK;
}

bool fill_number(const pdf_obj *o, double *ret)
{
    bool is = pdf_is(o, PDF_INT) || pdf_is(o, PDF_REAL);
    if (is) {
        *ret = o->kind == PDF_INT ? (double)o->u.integer : o->u.real;
    }
    return is;
}

static pades_status check_twice(const pdf_seal_plan *plan, pades_error **e)
{
    for (size_t i = 1; i < plan->fills_n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(plan->fills[i].name, plan->fills[k].name) == 0) {
                return fail(e, PADES_INVALID_ARGUMENT, "a field is filled twice");
            }
        }
    }
    return PADES_OK;
}

static pades_status warn_of_scripts(sealing *s, fill_field *field, pades_error **e)
{
    sealing_part scripts;
    bool any = false;
    TRY(sealing_get(s, field->node.o, "AA", &scripts, e));
    any = scripts.o != NULL;
    for (size_t i = 0; i < field->widgets_n && !any; i++) {
        TRY(sealing_get(s, field->widgets[i].part.o, "AA", &scripts, e));
        any = scripts.o != NULL;
    }
    if (any) {
        fill_warn(s, field, "has scripts (to format, check or calculate), which are not run");
    }
    return PADES_OK;
}

static pades_status work_out(sealing *s, fill_field *field, pades_error **e)
{
    const pdf_obj *type = field->inherited.type;
    if (field->flags & READ_ONLY) {
        (void)fill_refuse(field, PADES_DOC_NOT_PERMITTED, e, "is read-only");
        error_clause(e, "ISO32000-1#12.7.3.1");
        return PADES_DOC_NOT_PERMITTED;
    }
    TRY(pdf_demands_allow(&s->demands, PDF_DEED_FILL, field->plan->name, e));
    TRY(warn_of_scripts(s, field, e));
    if (pdf_is_name(type, "Tx")) {
        return fill_text(s, field, e);
    }
    if (pdf_is_name(type, "Btn")) {
        return fill_button(s, field, e);
    }
    if (pdf_is_name(type, "Ch")) {
        return fill_choice(s, field, e);
    }
    if (pdf_is_name(type, "Sig")) {
        return fill_refuse(field, PADES_INVALID_ARGUMENT, e, "is a signature field");
    }
    return pdf_damaged(e, field->node.ref.id, 0, "ISO32000-1#12.7.3.1", "the field '%s' has no /FT",
                       field->shown);
}

/* Where a form has XFA, viewers that know it show the values of that, not those of the fields.
 * clause: ISO32000-1#12.7.8 XFA forms */
static pades_status refuse_xfa(sealing *s, pades_error **e)
{
    sealing_part xfa;
    TRY(sealing_get(s, s->form.o, "XFA", &xfa, e));
    if (!xfa.o) {
        return PADES_OK;
    }
    (void)fail(e, PADES_DOC_UNSUPPORTED,
               "the form has an XFA part with values of its own, so its fields cannot be filled");
    error_clause(e, "ISO32000-1#12.7.8");
    error_hint(e, "fill it with the program that its author used, then seal it without filling");
    return PADES_DOC_UNSUPPORTED;
}

pades_status fill_read(sealing *s, pades_error **e)
{
    sealing_part order;
    if (s->plan->fills_n == 0) {
        return PADES_OK;
    }
    TRY(check_twice(s->plan, e));
    TRY(refuse_xfa(s, e));
    TRY(fill_find(s, &s->filled, e));
    TRY(sealing_get(s, s->form.o, "CO", &order, e));
    if (pdf_is(order.o, PDF_ARRAY) && order.o->u.array.n > 0) {
        sealing_warn(s, "the form calculates fields by scripts, which are not run");
    }
    for (fill_field *field = s->filled; field; field = field->next) {
        TRY(work_out(s, field, e));
    }
    return PADES_OK;
}

/* A widget's form: turned with the widget, so that its text stands upright on the page.
 * clause: ISO32000-1#12.5.6.19 /MK /R, #12.5.5 appearance streams */
static void add_matrix(const fill_widget *w, buf *out)
{
    static const char *const turns[] = {NULL, "0 1 -1 0 ", "-1 0 0 -1 ", "0 -1 1 0 "};
    int turn = w->rotation / 90;
    if (turn == 0) {
        return;
    }
    buf_addf(out, "/Matrix[%s", turns[turn]);
    appear_number(out, turn == 1 ? w->h : turn == 2 ? w->w : 0);
    buf_add_byte(out, ' ');
    appear_number(out, turn == 1 ? 0 : turn == 2 ? w->h : w->w);
    buf_add_byte(out, ']');
}

static pades_status write_look(sealing *s, fill_widget *w, pades_error **e)
{
    if (!w->content.p) {
        return PADES_OK;
    }
    TRY(pdf_incr_check_refs(s->w, w->font, e));
    TRY(pdf_incr_new_ref(s->w, &w->look, e));
    AUTO_VAL(buf) dict = BUF(OBJECT_MAX);
    buf_add_str(&dict, "<</Type/XObject/Subtype/Form/BBox[0 0 ");
    appear_number(&dict, w->w);
    buf_add_byte(&dict, ' ');
    appear_number(&dict, w->h);
    buf_add_byte(&dict, ']');
    add_matrix(w, &dict);
    buf_add_str(&dict, "/Resources");
    buf_add_span(&dict, w->resources);
    buf_add_str(&dict, ">>");
    TRY(buf_check(&dict, "appearance", e));
    return pdf_incr_add_stream(s->w, w->look, buf_span(&dict), w->content, e);
}

/* What changes of one dictionary. */
typedef struct fill_changes {
    pdf_change set[6];
    size_t n;
    buf value, index, look, state;
} fill_changes;

static void fill_changes_free(fill_changes *c)
{
    buf_free(&c->value);
    buf_free(&c->index);
    buf_free(&c->look);
    buf_free(&c->state);
}

static pades_status change(fill_changes *c, const char *key, const buf *value, pades_error **e)
{
    TRY(buf_check(value, "field", e));
    c->set[c->n++] = (pdf_change){key, buf_span(value)};
    return PADES_OK;
}

static pades_status change_widget(sealing *s, const fill_widget *w, fill_changes *c,
                                  pades_error **e)
{
    sealing_part old;
    if (w->state.p) {
        pdf_write_name(&c->state, w->state);
        TRY(change(c, "AS", &c->state, e));
    }
    if (w->look.id == 0) {
        return PADES_OK;
    }
    AUTO_VAL(buf) ref = BUF(64);
    buf_addf(&ref, "%" PRIu32 " 0 R", w->look.id);
    TRY(buf_check(&ref, "field", e));
    const pdf_change normal = {"N", buf_span(&ref)};
    TRY(sealing_get(s, w->part.o, "AP", &old, e));
    TRY(sealing_check(s, &old, e));
    pdf_write_dict(&c->look, old.o, &normal, 1);
    return change(c, "AP", &c->look, e);
}

/* /I is for choices and must not contradict /V, which counts in any case; in a form that is signed
 * it stays, as nothing but the value may change there.
 * clause: ISO32000-1#12.7.4.4 choice fields */
static pades_status change_index(sealing *s, const fill_field *field, fill_changes *c,
                                 pades_error **e)
{
    int64_t flags = 0;
    pdf_get_int(pdf_dict_get(s->form.o, "SigFlags"), &flags);
    if (!field->has_index || (flags & APPEND_ONLY) || !pdf_dict_get(field->node.o, "I")) {
        return PADES_OK;
    }
    if (field->index == SIZE_MAX) { /* not one of the options */
        c->set[c->n++] = (pdf_change){"I", {NULL, 0}};
        return PADES_OK;
    }
    buf_addf(&c->index, "[%zu]", field->index);
    return change(c, "I", &c->index, e);
}

static pades_status change_field(sealing *s, const fill_field *field, fill_changes *c,
                                 pades_error **e)
{
    if (field->name_value.p) {
        pdf_write_name(&c->value, field->name_value);
    } else {
        span text = field->text_value.p ? field->text_value : span_str(field->plan->value);
        TRY(pdf_write_text(&c->value, text, e));
    }
    TRY(change(c, "V", &c->value, e));
    if (field->drop_rich && pdf_dict_get(field->node.o, "RV")) {
        c->set[c->n++] = (pdf_change){"RV", {NULL, 0}};
    }
    return change_index(s, field, c, e);
}

static pades_status write_changed(sealing *s, const sealing_part *part, const fill_field *field,
                                  const fill_widget *widget, pades_error **e)
{
    AUTO_VAL(fill_changes) c = {.value = BUF(OBJECT_MAX), .index = BUF(64)};
    c.look = BUF(OBJECT_MAX);
    c.state = BUF(OBJECT_MAX);
    TRY(sealing_begin_again(s, part, e));
    if (field) {
        TRY(change_field(s, field, &c, e));
    }
    if (widget) {
        TRY(change_widget(s, widget, &c, e));
    }
    pdf_write_dict(pdf_incr_out(s->w), part->o, c.set, c.n);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

static pades_status write_field(sealing *s, fill_field *field, pades_error **e)
{
    const fill_widget *own = NULL;
    for (size_t i = 0; i < field->widgets_n; i++) {
        TRY(write_look(s, &field->widgets[i], e));
        own = field->widgets[i].is_field ? &field->widgets[i] : own;
    }
    TRY(write_changed(s, &field->node, field, own, e));
    for (size_t i = 0; i < field->widgets_n; i++) {
        const fill_widget *w = &field->widgets[i];
        if (!w->is_field && (w->look.id || w->state.p)) {
            TRY(write_changed(s, &w->part, NULL, w, e));
        }
    }
    return PADES_OK;
}

pades_status fill_write(sealing *s, pades_error **e)
{
    for (fill_field *field = s->filled; field; field = field->next) {
        TRY(write_field(s, field, e));
    }
    return PADES_OK;
}
