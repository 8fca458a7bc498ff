/* The interactive form of a document that is sealed: one more field, /SigFlags 3, and everything
 * else as it stands, in the object it stands in. Never drops or moves a key.
 * clause: ISO32000-1#12.7.2 interactive form dictionary, ISO32000-1#12.7.3.2 field names */
#include "pdf/sealing.h"

#include "base/ctx.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/text.h"

#include <inttypes.h>

enum { FIELD_POOL_MAX = 64 << 20, NAME_MAX_BYTES = 64 << 10, SIG_FLAGS = 3 };

static pades_status refuse_kind(const sealing_part *part, const char *what, pades_error **e)
{
    return pdf_damaged(e, part->ref.id, 0, "ISO32000-1#12.7.2", "%s", what);
}

/* A dynamic form draws its pages from XML, so a seal over the PDF would not cover what is shown. */
static pades_status refuse_dynamic(sealing *s, pades_error **e)
{
    sealing_part rendering;
    sealing_part xfa;
    TRY(sealing_get(s, s->catalog.o, "NeedsRendering", &rendering, e));
    TRY(sealing_get(s, s->form.o, "XFA", &xfa, e));
    bool dynamic = pdf_is(rendering.o, PDF_BOOL) && rendering.o->u.boolean;
    if (!dynamic && xfa.o && s->fields.o && s->fields.o->u.array.n > 0) {
        sealing_warn(s, "the form has an XFA part, which some viewers show instead of the pages");
        return PADES_OK;
    }
    if (dynamic || xfa.o) {
        fail(e, PADES_DOC_UNSUPPORTED, "the document is a dynamic XFA form");
        error_clause(e, "ISO32000-1#12.7.8");
        error_hint(e, "print it to a PDF without XFA first");
        return PADES_DOC_UNSUPPORTED;
    }
    return PADES_OK;
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
    return refuse_dynamic(s, e);
}

/* Names among the form's topmost fields: the wanted one, or which "SignatureN" are taken. */
typedef struct name_search {
    const char *wanted;
    bool found;
    uint8_t *taken; /* taken[N]: "SignatureN" exists, N up to n */
    size_t n;
} name_search;

static void name_search_free(name_search *search)
{
    mem_free(search->taken);
}

static size_t default_number(span name)
{
    span prefix = span_str("Signature");
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

static pades_status look_at_name(name_search *search, const pdf_obj *name, pades_error **e)
{
    AUTO_VAL(buf) text = BUF(NAME_MAX_BYTES);
    pdf_text_utf8(&text, name->u.text);
    TRY(buf_check(&text, "field name", e));
    if (search->wanted) {
        search->found = search->found || span_is(buf_span(&text), search->wanted);
        return PADES_OK;
    }
    size_t number = default_number(buf_span(&text));
    if (number > 0 && number <= search->n) {
        search->taken[number] = 1;
    }
    return PADES_OK;
}

static pades_status look_at_field(sealing *s, const pdf_obj *item, name_search *search,
                                  pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *field = NULL;
    const pdf_obj *name = NULL;
    TRY(pdf_pool_new(FIELD_POOL_MAX, &pool, e));
    TRY(pdf_file_resolve(s->f, item, pool, &field, NULL, e));
    TRY(pdf_file_resolve(s->f, pdf_dict_get(field, "T"), pool, &name, NULL, e));
    return pdf_is(name, PDF_STRING) ? look_at_name(search, name, e) : PADES_OK;
}

static pades_status look_at_fields(sealing *s, name_search *search, pades_error **e)
{
    size_t n = s->fields.o ? s->fields.o->u.array.n : 0;
    search->n = n + 1;
    search->taken = mem_array(n + 2, 1);
    if (!search->taken) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(look_at_field(s, s->fields.o->u.array.items[i], search, e));
    }
    return PADES_OK;
}

static pades_status check_wanted(const char *name, pades_error **e)
{
    if (!*name || strchr(name, '.') || strlen(name) > 1024) {
        fail(e, PADES_INVALID_ARGUMENT, "a field name has 1 to 1024 bytes and no full stop");
        error_clause(e, "ISO32000-1#12.7.3.2");
        return PADES_INVALID_ARGUMENT;
    }
    if (!utf8_valid(span_str(name))) {
        return fail(e, PADES_INVALID_ARGUMENT, "the field name is not valid UTF-8");
    }
    return PADES_OK;
}

static pades_status take_name(sealing *s, const name_search *search, pades_error **e)
{
    AUTO_VAL(buf) name = BUF(2048);
    size_t number = 1;
    while (!search->wanted && search->taken[number]) {
        number++;
    }
    if (search->wanted) {
        buf_add_str(&name, search->wanted);
    } else {
        buf_addf(&name, "Signature%zu", number);
    }
    s->ret->field = buf_take_text(&name);
    return s->ret->field ? PADES_OK : fail_memory(e);
}

pades_status acroform_choose_name(sealing *s, pades_error **e)
{
    AUTO_VAL(name_search) search = {s->plan->field, false, NULL, 0};
    if (search.wanted) {
        TRY(check_wanted(search.wanted, e));
    }
    TRY(look_at_fields(s, &search, e));
    if (search.found) {
        AUTO(mem_text) *shown = escape_text(span_str(search.wanted), 100);
        fail(e, PADES_FIELD_EXISTS, "the form has a field '%s' already", shown ? shown : "");
        error_hint(e, "choose another name, or none for the next free one");
        return PADES_FIELD_EXISTS;
    }
    return take_name(s, &search, e);
}

static bool has_sig_flags(sealing *s)
{
    int64_t flags = 0;
    return pdf_get_int(pdf_dict_get(s->form.o, "SigFlags"), &flags) &&
           (flags & SIG_FLAGS) == SIG_FLAGS;
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
        buf_addf(&number, "%" PRId64, known && flags >= 0 ? flags | SIG_FLAGS : SIG_FLAGS);
        set[n++] = (pdf_change){"SigFlags", buf_span(&number)};
    }
    pdf_write_dict(out, s->form.o, set, n);
}

static pades_status write_fields_object(sealing *s, pades_error **e)
{
    TRY(sealing_begin_again(s, &s->fields, e));
    sealing_append(pdf_incr_out(s->w), s->fields.o, s->field);
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
    if (s->fields.o && s->fields.ref.id) {
        TRY(write_fields_object(s, e));
        return has_sig_flags(s) ? PADES_OK : write_form_object(s, span_of(NULL, 0), e);
    }
    sealing_append(&fields, s->fields.o, s->field);
    TRY(buf_check(&fields, "form", e));
    return write_form_object(s, buf_span(&fields), e);
}
