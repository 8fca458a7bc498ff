/* The signed field written: a new one with its widget and what is missing above it, or an empty one
 * of the document with its /V. Of what is there nothing is dropped or spelled anew.
 * clause: ISO32000-1#12.7.4.5 signature fields, #12.5.6.19 widgets, #12.7.3.1 /Parent and /Kids */
#include "pdf/sealing.h"

#include "pdf/appear.h"
#include "pdf/seed.h"

#include <inttypes.h>

/* Neither Hidden nor NoView, which PDF/A forbids; Locked as Acrobat leaves a field that it signed,
 * so that nobody moves or deletes it by accident.
 * clause: ISO19005-1#6.5.3 annotation flags */
enum { HIDDEN = 2, NO_VIEW = 32, PRINT = 4, PRINT_AND_LOCKED = 4 | 128, CHANGES_MAX = 3 };

static void add_ref(buf *out, const char *key, pdf_ref ref)
{
    buf_addf(out, "%s %" PRIu32 " %" PRIu32 " R", key, ref.id, ref.gen);
}

/* PDF/A demands an appearance even of what is not seen: an empty one of this box.
 * clause: ISO19005-1#6.5.3 appearance of annotations */
static pades_status write_look(sealing *s, span box, pdf_ref *ret, pades_error **e)
{
    AUTO_VAL(buf) dict = BUF(1024);
    TRY(pdf_incr_new_ref(s->w, ret, e));
    buf_add_str(&dict, "<</Type/XObject/Subtype/Form/BBox");
    buf_add_span(&dict, box);
    buf_add_str(&dict, ">>");
    TRY(buf_check(&dict, "appearance", e));
    return pdf_incr_add_stream(s->w, *ret, buf_span(&dict), span_of(NULL, 0), e);
}

static const char *usual(const sealing *s)
{
    return s->plan->doc_timestamp ? "Document timestamp" : "Digital signature";
}

static void add_box(buf *out, const pdf_new_field *added)
{
    bool shown = added && added->shown;
    buf_add_str(out, "[0 0 ");
    appear_number(out, shown ? added->size[0] : 0);
    buf_add_byte(out, ' ');
    appear_number(out, shown ? added->size[1] : 0);
    buf_add_byte(out, ']');
}

static void add_rectangle(const sealing *s, buf *out)
{
    const pdf_new_field *added = s->added;
    for (size_t i = 0; i < 4; i++) {
        buf_add_str(out, i ? " " : "");
        if (added && added->shown) {
            appear_number(out, added->corner[i % 2] + (i > 1 ? added->size[i % 2] : 0));
        } else {
            buf_add_span(out, s->corner[i % 2]);
        }
    }
}

/* clause: ISO32000-1#12.7.4.5 /SV is an indirect reference */
static pades_status write_seed(sealing *s, pades_error **e)
{
    if (!s->added || !s->added->seed) {
        return PADES_OK;
    }
    TRY(pdf_incr_new_ref(s->w, &s->own_seed, e));
    TRY(pdf_incr_begin_object(s->w, s->own_seed, e));
    TRY(pdf_seed_write(pdf_incr_out(s->w), s->added->seed, e));
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

/* Field and widget in one. */
static pades_status write_new_field(sealing *s, span name, pdf_ref parent, pades_error **e)
{
    pdf_ref look;
    AUTO_VAL(buf) box = BUF(256);
    const pdf_new_field *added = s->added;
    add_box(&box, added);
    TRY(buf_check(&box, "rectangle", e));
    TRY(write_look(s, buf_span(&box), &look, e));
    TRY(write_seed(s, e));
    TRY(pdf_incr_begin_object(s->w, s->field, e));
    buf *out = pdf_incr_out(s->w);
    buf_add_str(out, "<</Type/Annot/Subtype/Widget/FT/Sig/T");
    TRY(pdf_write_text(out, name, e));
    if (parent.id) {
        add_ref(out, "/Parent", parent);
    }
    if (s->own_lock.id) {
        add_ref(out, "/Lock", s->own_lock);
    }
    if (s->own_seed.id) {
        add_ref(out, "/SV", s->own_seed);
    }
    buf_add_str(out, "/TU");
    TRY(pdf_write_text(out, span_str(added && added->tooltip ? added->tooltip : usual(s)), e));
    buf_addf(out, "/F %d/Rect[", added && added->shown ? PRINT : PRINT_AND_LOCKED);
    add_rectangle(s, out);
    add_ref(out, "]/P", s->page.ref);
    if (!added) {
        add_ref(out, "/V", s->signature);
    }
    add_ref(out, "/AP<</N", look);
    buf_add_str(out, ">>>>");
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

/* A parent that was not there: nothing but a name and its one kid. */
static pades_status write_group(sealing *s, pdf_ref own, span name, pdf_ref parent, pdf_ref kid,
                                pades_error **e)
{
    TRY(pdf_incr_begin_object(s->w, own, e));
    buf *out = pdf_incr_out(s->w);
    buf_add_str(out, "<</T");
    TRY(pdf_write_text(out, name, e));
    if (parent.id) {
        add_ref(out, "/Parent", parent);
    }
    add_ref(out, "/Kids[", kid);
    buf_add_str(out, "]>>");
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

/* The part of a name before the next full stop, which is taken off `rest`. */
static span next_part(span *rest)
{
    const uint8_t *stop = memchr(rest->p, '.', rest->n);
    span part = span_part(*rest, 0, stop ? (size_t)(stop - rest->p) : rest->n);
    *rest = span_part(*rest, part.n + 1, rest->n);
    return part;
}

/* From the top down, so that the first reference is what the form or the parent gets. */
static pades_status write_new(sealing *s, pades_error **e)
{
    pdf_ref above = s->target.parent.ref;
    span rest = s->target.rest;
    TRY(pdf_incr_new_ref(s->w, &s->top, e));
    s->field = s->top;
    for (span part = next_part(&rest); rest.n > 0; part = next_part(&rest)) {
        pdf_ref own = s->field;
        TRY(pdf_incr_new_ref(s->w, &s->field, e));
        TRY(write_group(s, own, part, above, s->field, e));
        above = own;
    }
    const uint8_t *stop = memrchr(s->target.rest.p, '.', s->target.rest.n);
    size_t at = stop ? (size_t)(stop - s->target.rest.p) + 1 : 0;
    return write_new_field(s, span_part(s->target.rest, at, s->target.rest.n), above, e);
}

/* One more kid, in the array where it stands. */
static pades_status write_parent(sealing *s, pades_error **e)
{
    sealing_part kids;
    AUTO_VAL(buf) array = BUF(64 << 20);
    sealing_part *parent = &s->target.parent;
    TRY(sealing_get(s, parent->o, "Kids", &kids, e));
    if (kids.o && kids.ref.id) {
        TRY(sealing_begin_again(s, &kids, e));
        sealing_append(pdf_incr_out(s->w), kids.o, s->top);
        pdf_incr_end_object(s->w);
        return PADES_OK;
    }
    sealing_append(&array, kids.o, s->top);
    TRY(buf_check(&array, "kids", e));
    const pdf_change set = {"Kids", buf_span(&array)};
    TRY(sealing_begin_again(s, parent, e));
    pdf_write_dict(pdf_incr_out(s->w), parent->o, &set, 1);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

/* The widget covers some of its page, and is not hidden.
 * clause: ISO32000-1#12.5.3 flags Hidden and NoView */
static pades_status is_seen(sealing *s, bool *ret, pades_error **e)
{
    sealing_part rect;
    sealing_part part;
    int64_t flags = 0;
    double side[4] = {0};
    const pdf_obj *widget = s->target.widget.o;
    TRY(sealing_get(s, widget, "Rect", &rect, e));
    TRY(sealing_get(s, widget, "F", &part, e));
    for (size_t i = 0; i < 4; i++) {
        const pdf_obj *o = NULL;
        TRY(pdf_file_resolve(s->f, pdf_array_get(rect.o, i), s->pool, &o, NULL, e));
        side[i] = pdf_is(o, PDF_REAL) ? o->u.real : pdf_is(o, PDF_INT) ? (double)o->u.integer : 0;
    }
    bool flat =
        !(side[0] < side[2] || side[0] > side[2]) || !(side[1] < side[3] || side[1] > side[3]);
    (void)pdf_get_int(part.o, &flags);
    *ret = !flat && (flags & (HIDDEN | NO_VIEW)) == 0;
    return PADES_OK;
}

/* The key stays: taking it out would be a change nobody asked for.
 * clause: ISO32000-1#12.7.2 /NeedAppearances */
pades_status target_warn(sealing *s, pades_error **e)
{
    bool seen = false;
    sealing_part anew;
    TRY(sealing_get(s, s->form.o, "NeedAppearances", &anew, e));
    TRY(is_seen(s, &seen, e));
    if (seen && pdf_is(anew.o, PDF_BOOL) && anew.o->u.boolean) {
        sealing_warn(s,
                     "the form asks viewers to draw its fields anew (/NeedAppearances): they may "
                     "show the signed field empty");
    }
    return PADES_OK;
}

/* What of an existing field and widget changes, as text. */
typedef struct widget_changes {
    buf value, look, flags;
} widget_changes;

static void widget_changes_free(widget_changes *c)
{
    buf_free(&c->value);
    buf_free(&c->look);
    buf_free(&c->flags);
}

/* The widget's rectangle, with its own numbers; "[0 0 0 0]" when it is none. */
static pades_status find_box(sealing *s, buf *ret, pades_error **e)
{
    sealing_part rect;
    AUTO_VAL(buf) box = BUF(256);
    TRY(sealing_get(s, s->target.widget.o, "Rect", &rect, e));
    buf_add_byte(&box, '[');
    bool sound = pdf_is(rect.o, PDF_ARRAY) && rect.o->u.array.n == 4;
    for (size_t i = 0; sound && i < 4; i++) {
        const pdf_obj *side = NULL;
        TRY(pdf_file_resolve(s->f, rect.o->u.array.items[i], s->pool, &side, NULL, e));
        sound = (pdf_is(side, PDF_INT) || pdf_is(side, PDF_REAL)) && side->raw.n <= 32;
        buf_add_str(&box, i ? " " : "");
        buf_add_span(&box, side->raw);
    }
    buf_add_byte(&box, ']');
    if (sound && buf_ok(&box)) {
        buf_add_span(ret, buf_span(&box));
    } else {
        buf_add_str(ret, "[0 0 0 0]");
    }
    return buf_check(ret, "rectangle", e);
}

/* A look of the widget's own is kept; without one it gets an empty one. */
static pades_status change_look(sealing *s, buf *ret, pades_error **e)
{
    sealing_part look;
    sealing_part normal;
    AUTO_VAL(buf) box = BUF(256);
    pdf_ref made;
    TRY(sealing_get(s, s->target.widget.o, "AP", &look, e));
    TRY(sealing_get(s, look.o, "N", &normal, e));
    if (normal.o) {
        return PADES_OK;
    }
    TRY(find_box(s, &box, e));
    TRY(write_look(s, buf_span(&box), &made, e));
    add_ref(ret, "<</N", made);
    buf_add_str(ret, ">>");
    return PADES_OK;
}

static pades_status change_flags(sealing *s, buf *ret, pades_error **e)
{
    sealing_part part;
    int64_t flags = 0;
    TRY(sealing_get(s, s->target.widget.o, "F", &part, e));
    bool known = pdf_get_int(part.o, &flags) && flags >= 0 && flags <= INT32_MAX;
    flags = known ? flags : 0;
    if ((flags & PRINT_AND_LOCKED) != PRINT_AND_LOCKED) {
        buf_addf(ret, "%" PRId64, flags | PRINT_AND_LOCKED);
    }
    return PADES_OK;
}

static pades_status write_changed(sealing *s, const sealing_part *part, const widget_changes *c,
                                  bool value, bool widget, pades_error **e)
{
    pdf_change set[CHANGES_MAX];
    size_t n = 0;
    if (value) {
        set[n++] = (pdf_change){"V", buf_span(&c->value)};
    }
    if (widget && c->look.n > 0) {
        set[n++] = (pdf_change){"AP", buf_span(&c->look)};
    }
    if (widget && c->flags.n > 0) {
        set[n++] = (pdf_change){"F", buf_span(&c->flags)};
    }
    if (n == 0) {
        return PADES_OK;
    }
    TRY(sealing_begin_again(s, part, e));
    pdf_write_dict(pdf_incr_out(s->w), part->o, set, n);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

/* A widget of its own stays as it is when something is signed already: other readers take a change
 * of it for one of an annotation, and call what was signed before modified. */
static pades_status write_existing(sealing *s, pades_error **e)
{
    const sealing_target *t = &s->target;
    const bool merged = t->widget.ref.id == t->field.ref.id;
    const bool changes = t->widget.o && (merged || s->demands.n == 0);
    AUTO_VAL(widget_changes) c = {BUF(64), BUF(64), BUF(64)};
    s->field = t->field.ref;
    if (changes) {
        TRY(change_look(s, &c.look, e));
        TRY(change_flags(s, &c.flags, e));
    }
    buf_addf(&c.value, "%" PRIu32 " %" PRIu32 " R", s->signature.id, s->signature.gen);
    TRY(write_changed(s, &t->field, &c, true, merged, e));
    return merged || !changes ? PADES_OK : write_changed(s, &t->widget, &c, false, true, e);
}

pades_status target_write(sealing *s, pades_error **e)
{
    if (s->target.exists) {
        return write_existing(s, e);
    }
    TRY(write_new(s, e));
    return s->target.parent.o ? write_parent(s, e) : PADES_OK;
}
