/* Finds the fields that are to be filled, by their full names, in one walk that goes down only
 * where a name leads; what is met on the way to one is shown to the second reader. Bounded in depth
 * and number, so loops end.
 * clause: ISO32000-1#12.7.3.1 field dictionaries, #12.7.3.2 fully qualified names */
#include "pdf/fill.h"

#include "base/ctx.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/pool.h"
#include "pdf/text.h"

#include <inttypes.h>

enum { NAME_MAX_BYTES = 64 << 10, SCRATCH_MAX = 64 << 20 };

typedef struct find_walk {
    sealing *s;
    fill_field **found; /* one a fill of the plan; NULL: not yet */
    fill_field **tail;
    uint64_t nodes, nodes_max;
    unsigned depth, depth_max;
} find_walk;

/* The name leads to a field of the plan; *ret_at: which one it is itself, or SIZE_MAX. */
static bool leads(const find_walk *w, span name, size_t *ret_at)
{
    bool yes = false;
    *ret_at = SIZE_MAX;
    for (size_t i = 0; i < w->s->plan->fills_n; i++) {
        span wanted = span_str(w->s->plan->fills[i].name);
        if (span_eq(wanted, name)) {
            *ret_at = i;
            yes = true;
        }
        yes = yes || (wanted.n > name.n && span_eq(span_part(wanted, 0, name.n), name) &&
                      wanted.p[name.n] == '.');
    }
    return yes;
}

/* A node's full name. One without /T has that of its parent and is a widget of it, or, with kids,
 * between it and the fields that it has below it. */
typedef struct find_name {
    buf full;
    bool named, has_kids;
} find_name;

static void find_name_free(find_name *n)
{
    buf_free(&n->full);
}

/* Nothing of the node is kept. */
static pades_status name_of(find_walk *w, const pdf_obj *link, span parent, find_name *ret,
                            pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *node = NULL;
    const pdf_obj *part = NULL;
    TRY(pdf_pool_new(SCRATCH_MAX, &pool, e));
    TRY(pdf_file_resolve(w->s->f, link, pool, &node, NULL, e));
    TRY(pdf_file_resolve(w->s->f, pdf_dict_get(node, "T"), pool, &part, NULL, e));
    ret->named = pdf_is(part, PDF_STRING);
    buf_add_span(&ret->full, parent);
    if (ret->named) {
        buf_add_str(&ret->full, parent.n > 0 ? "." : "");
        pdf_text_utf8(&ret->full, part->u.text);
    }
    ret->has_kids = pdf_is(node, PDF_DICT) && pdf_dict_get(node, "Kids") != NULL;
    return buf_check(&ret->full, "field name", e);
}

static pades_status take(find_walk *w, const pdf_obj *node, const char *key, const pdf_obj **slot,
                         pades_error **e)
{
    sealing_part part;
    TRY(sealing_get(w->s, node, key, &part, e));
    *slot = part.o ? part.o : *slot;
    return PADES_OK;
}

static pades_status inherit(find_walk *w, const pdf_obj *node, fill_inherited *in, pades_error **e)
{
    TRY(take(w, node, "FT", &in->type, e));
    TRY(take(w, node, "Ff", &in->flags, e));
    TRY(take(w, node, "MaxLen", &in->max_len, e));
    TRY(take(w, node, "DA", &in->da, e));
    return take(w, node, "Q", &in->quadding, e);
}

static pades_status add_widget(find_walk *w, fill_field *field, const sealing_part *part,
                               bool is_field, pades_error **e)
{
    (void)w;
    if (part->ref.id == 0) {
        return fill_refuse(field, PADES_DOC_UNSUPPORTED, e,
                           "has a widget that is no object of its own");
    }
    field->widgets[field->widgets_n++] = (fill_widget){.part = *part, .is_field = is_field};
    return PADES_OK;
}

/* Kids without a name are the field's widgets, if they have no kids themselves; a field without
 * kids is its own. */
static pades_status gather(find_walk *w, fill_field *field, const pdf_obj *kids, pades_error **e)
{
    sealing_part name;
    sealing_part below;
    sealing_part rect;
    size_t n = pdf_is(kids, PDF_ARRAY) ? kids->u.array.n : 0;
    if (n > w->nodes_max) {
        return fail(e, PADES_LIMIT, "a field with more than %" PRIu64 " widgets", w->nodes_max);
    }
    field->widgets = pdf_pool_take(w->s->pool, (n + 1) * sizeof *field->widgets);
    if (!field->widgets) {
        return pdf_pool_fail(w->s->pool, e);
    }
    for (size_t i = 0; i < n; i++) {
        sealing_part kid;
        TRY(fill_item(w->s, kids, i, &kid, e));
        TRY(sealing_get(w->s, kid.o, "T", &name, e));
        if (name.o) {
            return fill_refuse(field, PADES_INVALID_ARGUMENT, e,
                               "is a group of fields, not a field");
        }
        TRY(sealing_get(w->s, kid.o, "Kids", &below, e));
        if (below.o) {
            return fill_refuse(field, PADES_DOC_UNSUPPORTED, e,
                               "has something below it that is neither a field nor a widget");
        }
        if (pdf_is(kid.o, PDF_DICT)) {
            TRY(add_widget(w, field, &kid, false, e));
        }
    }
    TRY(sealing_get(w->s, field->node.o, "Rect", &rect, e));
    return n == 0 && rect.o ? add_widget(w, field, &field->node, true, e) : PADES_OK;
}

/* clause: ISO32000-1#12.7.3.2 fields of one full name are one field with one value */
static pades_status refuse_second(const fill_field *field, pades_error **e)
{
    (void)fill_refuse(field, PADES_DOC_UNSUPPORTED, e, "is there more than once");
    error_clause(e, "ISO32000-1#12.7.3.2");
    error_hint(e, "which one is meant cannot be told");
    return PADES_DOC_UNSUPPORTED;
}

static pades_status add_field(find_walk *w, size_t at, const sealing_part *node,
                              const fill_inherited *in, const pdf_obj *kids, pades_error **e)
{
    fill_field *field = pdf_pool_take(w->s->pool, sizeof *field);
    const pdf_fill *plan = &w->s->plan->fills[at];
    AUTO(mem_text) *shown = escape_text(span_str(plan->name), 100);
    span kept = pdf_pool_copy(w->s->pool, span_of(shown, shown ? strlen(shown) + 1 : 0));
    if (!shown) {
        return fail_memory(e);
    }
    if (!field || !kept.p) {
        return pdf_pool_fail(w->s->pool, e);
    }
    *field =
        (fill_field){.plan = plan, .shown = (const char *)kept.p, .node = *node, .inherited = *in};
    pdf_get_int(in->flags, &field->flags);
    if (node->ref.id == 0) {
        return fill_refuse(field, PADES_DOC_UNSUPPORTED, e, "is no object of its own");
    }
    if (w->found[at]) { /* listed twice is still one */
        return w->found[at]->node.ref.id == node->ref.id ? PADES_OK : refuse_second(field, e);
    }
    TRY(gather(w, field, kids, e));
    w->found[at] = field;
    *w->tail = field;
    w->tail = &field->next;
    return PADES_OK;
}

static pades_status enter(find_walk *w, const pdf_obj *link, span parent, fill_inherited in,
                          pades_error **e);

static pades_status visit(find_walk *w, const pdf_obj *array, size_t i, span name, size_t at,
                          fill_inherited in, pades_error **e)
{
    sealing_part node;
    sealing_part kids;
    TRY(fill_item(w->s, array, i, &node, e));
    TRY(sealing_get(w->s, node.o, "Kids", &kids, e));
    TRY(inherit(w, node.o, &in, e));
    if (at != SIZE_MAX) {
        return add_field(w, at, &node, &in, kids.o, e);
    }
    return pdf_is(kids.o, PDF_ARRAY) ? enter(w, kids.o, name, in, e) : PADES_OK;
}

/* Every node of an array that leads somewhere. */
static pades_status enter(find_walk *w, const pdf_obj *array, span parent, fill_inherited in,
                          pades_error **e)
{
    if (++w->depth > w->depth_max) {
        return fail(e, PADES_LIMIT, "the form's fields are nested deeper than %u", w->depth_max);
    }
    for (size_t i = 0; i < array->u.array.n; i++) {
        AUTO_VAL(find_name) name = {.full = BUF(NAME_MAX_BYTES)};
        size_t at = SIZE_MAX;
        if (++w->nodes > w->nodes_max) {
            return fail(e, PADES_LIMIT, "the form has more than %" PRIu64 " fields", w->nodes_max);
        }
        TRY(name_of(w, array->u.array.items[i], parent, &name, e));
        if (name.named ? leads(w, buf_span(&name.full), &at) : name.has_kids) {
            TRY(visit(w, array, i, buf_span(&name.full), at, in, e));
        }
    }
    w->depth--;
    return PADES_OK;
}

static pades_status not_found(const pdf_fill *fill, pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(span_str(fill->name), 100);
    (void)fail(e, PADES_INVALID_ARGUMENT, "the form has no field '%s'", shown ? shown : "");
    error_hint(e, "'pades inspect' lists the fields by their full names");
    return PADES_INVALID_ARGUMENT;
}

static pades_status find_all(find_walk *w, pades_error **e)
{
    fill_inherited in = {NULL, NULL, NULL, NULL, NULL};
    const pdf_seal_plan *plan = w->s->plan;
    TRY(take(w, w->s->form.o, "DA", &in.da, e));
    TRY(take(w, w->s->form.o, "Q", &in.quadding, e));
    if (w->s->fields.o) {
        TRY(enter(w, w->s->fields.o, span_of("", 0), in, e));
    }
    for (size_t i = 0; i < plan->fills_n; i++) {
        if (!w->found[i]) {
            return not_found(&plan->fills[i], e);
        }
    }
    return PADES_OK;
}

pades_status fill_find(sealing *s, fill_field **ret, pades_error **e)
{
    fill_field *first = NULL;
    find_walk w = {.s = s, .tail = &first};
    uint64_t depth = ctx_limit(pdf_file_ctx(s->f), PADES_LIMIT_DEPTH);
    w.depth_max = depth < 1000 ? (unsigned)depth : 1000;
    w.nodes_max = ctx_limit(pdf_file_ctx(s->f), PADES_LIMIT_FIELDS);
    w.found = pdf_pool_take(s->pool, s->plan->fills_n * sizeof *w.found + 1);
    if (!w.found) {
        return pdf_pool_fail(s->pool, e);
    }
    TRY(find_all(&w, e));
    *ret = first;
    return PADES_OK;
}
