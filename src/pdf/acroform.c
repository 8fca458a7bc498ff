/* The interactive form of a document that is sealed: one more field, /SigFlags 3, and everything
 * else as it stands, in the object it stands in. Never drops or moves a key.
 * clause: ISO32000-1#12.7.2 interactive form dictionary */
#include "pdf/sealing.h"

#include "base/ctx.h"
#include "base/fail.h"
#include "pdf/damage.h"

#include <inttypes.h>

enum { SIGNATURES_EXIST = 1, SIG_FLAGS = 3 };

static pades_status refuse_kind(const sealing_part *part, const char *what, pades_error **e)
{
    return pdf_damaged(e, part->ref.id, 0, "ISO32000-1#12.7.2", "%s", what);
}

pades_status acroform_read(sealing *s, pades_error **e)
{
    TRY(sealing_get(s, s->catalog.o, "AcroForm", &s->form, e));
    if (s->form.o && !pdf_is(s->form.o, PDF_DICT)) {
        return refuse_kind(&s->form, "/AcroForm is not a dictionary", e);
    }
    TRY(sealing_get(s, s->form.o, "Fields", &s->fields, e));
    if (s->fields.o && !pdf_is(s->fields.o, PDF_ARRAY)) {
        return refuse_kind(&s->form, "/Fields of the form is not an array", e);
    }
    uint64_t limit = ctx_limit(pdf_file_ctx(s->f), PADES_LIMIT_FIELDS);
    if (s->fields.o && s->fields.o->u.array.n > limit) {
        return fail(e, PADES_LIMIT, "the form has more than %" PRIu64 " fields", limit);
    }
    return xfa_check(s, e);
}

/* A field that nobody signed yet does not make the file one to append to only. */
static int64_t wanted_flags(const sealing *s)
{
    return s->added ? SIGNATURES_EXIST : SIG_FLAGS;
}

static bool has_sig_flags(sealing *s)
{
    int64_t flags = 0;
    return pdf_get_int(pdf_dict_get(s->form.o, "SigFlags"), &flags) &&
           (flags & wanted_flags(s)) == wanted_flags(s);
}

/* The whole form dictionary, with `fields` for /Fields unless that array is its own object. */
static void add_form(buf *out, sealing *s, span fields)
{
    int64_t flags = 0;
    AUTO_VAL(buf) number = BUF(32);
    pdf_change set[2];
    size_t n = 0;
    if (fields.n > 0) {
        set[n++] = (pdf_change){"Fields", fields};
    }
    if (!has_sig_flags(s)) {
        bool known = pdf_get_int(pdf_dict_get(s->form.o, "SigFlags"), &flags);
        buf_addf(&number, "%" PRId64,
                 known && flags >= 0 ? flags | wanted_flags(s) : wanted_flags(s));
        set[n++] = (pdf_change){"SigFlags", buf_span(&number)};
    }
    pdf_write_dict(out, s->form.o, set, n);
    out->failed = out->failed || number.failed; /* else the form would say nothing of signatures */
}

static pades_status write_fields_object(sealing *s, pades_error **e)
{
    TRY(sealing_begin_again(s, &s->fields, e));
    sealing_append(pdf_incr_out(s->w), s->fields.o, s->top);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

static pades_status write_form_object(sealing *s, span fields, pades_error **e)
{
    if (s->form.ref.id) {
        TRY(sealing_begin_again(s, &s->form, e));
        add_form(pdf_incr_out(s->w), s, fields);
        pdf_incr_end_object(s->w);
        return PADES_OK;
    }
    if (s->form.o) { /* stands in the catalog and stays there */
        TRY(sealing_check(s, &s->form, e));
        add_form(&s->new_form, s, fields);
        return buf_check(&s->new_form, "form", e);
    }
    pdf_ref form;
    TRY(pdf_incr_new_ref(s->w, &form, e));
    TRY(pdf_incr_begin_object(s->w, form, e));
    add_form(pdf_incr_out(s->w), s, fields);
    pdf_incr_end_object(s->w);
    buf_addf(&s->new_form, "%" PRIu32 " 0 R", form.id);
    return buf_check(&s->new_form, "form", e);
}

pades_status acroform_write(sealing *s, pades_error **e)
{
    AUTO_VAL(buf) fields = BUF(64 << 20);
    if (s->target.exists || s->target.parent.o) {
        return has_sig_flags(s) ? PADES_OK : write_form_object(s, span_of(NULL, 0), e);
    }
    if (s->fields.o && s->fields.ref.id) {
        TRY(write_fields_object(s, e));
        return has_sig_flags(s) ? PADES_OK : write_form_object(s, span_of(NULL, 0), e);
    }
    sealing_append(&fields, s->fields.o, s->top);
    TRY(buf_check(&fields, "form", e));
    return write_form_object(s, buf_span(&fields), e);
}
