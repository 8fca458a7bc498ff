/* What a seal does to the rights of a document: certification, locks, usage rights that go. Judges
 * first by what the signatures that are there demand; then writes /Perms, /Lock of a new field and
 * the signature's /Reference, whose dictionaries are direct and never empty, as viewers ask.
 * clause: ISO32000-1#12.8.1 signature reference dictionary, ISO32000-1#12.8.4 /Perms */
#include "pdf/sealing.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/claims.h"
#include "pdf/damage.h"
#include "pdf/permissions.h"

#include <inttypes.h>
#include <stdio.h>

static pades_status touch(void *user, pdf_ref ref, pades_error **e)
{
    return sealing_touch(user, ref, e);
}

static pdf_lock_from from_of(sealing *s)
{
    return (pdf_lock_from){s->f, s->pool, touch, s};
}

/* PDF/A-1 is PDF 1.4 and nothing else, PDF/X up to 3 too; certifications came with 1.5.
 * clause: ISO32000-1#12.8.4 /Perms is of PDF 1.5 */
static pades_status check_version(sealing *s, pades_error **e)
{
    int major = 0;
    int minor = 0;
    pdf_claims claims;
    TRY(pdf_claims_read(s->f, &claims, e));
    pdf_file_version(s->f, &major, &minor);
    bool old = claims.pdfx && major == 1 && minor < 5;
    if (claims.pdfa_part != 1 && !old) {
        return PADES_OK;
    }
    fail(e, PADES_DOC_NOT_PERMITTED, "the document claims %s, which knows no certification",
         old ? "PDF/X of a version before 1.5" : "PDF/A-1");
    error_clause(e, "ISO32000-1#12.8.4");
    error_hint(e, "sign without --certify, or make it PDF/A-2 or a later part first");
    return PADES_DOC_NOT_PERMITTED;
}

static pades_status check_first(sealing *s, int present, pades_error **e)
{
    TRY(pdf_demands_allow_certification(&s->demands, e));
    if (present) {
        fail(e, PADES_DOC_NOT_PERMITTED, "the document is certified already");
        error_hint(e, "sign without --certify");
        return PADES_DOC_NOT_PERMITTED;
    }
    return check_version(s, e);
}

/* The way out depends on who asked for it. */
static pades_status check_certification(sealing *s, int present, pades_error **e)
{
    pades_status status = check_first(s, present, e);
    if (status == PADES_DOC_NOT_PERMITTED && s->field_certifies) {
        error_hint(e, "the field asks for a certification (/MDP of its seed values): choose "
                      "another field");
    }
    return status;
}

static pades_status judge(sealing *s, pades_error **e)
{
    const pdf_seal_plan *plan = s->plan;
    pdf_permissions permissions;
    TRY(pdf_permissions_read(s->f, &permissions, e));
    bool shown = s->added && s->added->shown;
    pdf_deed deed = plan->doc_timestamp ? PDF_DEED_PRESERVE
                    : s->target.exists  ? PDF_DEED_SIGN
                    : shown             ? PDF_DEED_ADD_SHOWN
                                        : PDF_DEED_ADD_HIDDEN;
    TRY(pdf_demands_allow(&s->demands, deed, s->ret->field, e));
    if (!s->target.exists &&
        (s->target.parent.o || memchr(s->target.rest.p, '.', s->target.rest.n))) {
        TRY(pdf_demands_allow_nesting(&s->demands, e));
    }
    if (plan->certification) {
        TRY(check_certification(s, permissions.certification, e));
    }
    if (permissions.usage_rights && plan->drop_usage_rights) {
        TRY(pdf_demands_allow_dropping(&s->demands, e));
        permissions.usage_rights = false;
    }
    return pdf_permissions_allow_signature(&permissions, e);
}

static bool is_field(const sealing *s, const char *name)
{
    const pdf_fields *lists[] = {&s->tree.fields, &s->tree.groups};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (size_t k = 0; k < lists[i]->n; k++) {
            if (strcmp(lists[i]->items[k].name, name) == 0) {
                return true;
            }
        }
    }
    return strcmp(s->ret->field, name) == 0;
}

/* A name that is misspelt would lock nothing. */
static pades_status warn_of_names(sealing *s, pades_error **e)
{
    for (size_t i = 0; i < s->lock.n; i++) {
        char line[256];
        AUTO(mem_text) *shown = escape_text(span_str(s->lock.names[i]), 100);
        if (!shown) {
            return fail_memory(e);
        }
        if (!is_field(s, s->lock.names[i])) {
            snprintf(line, sizeof line, "the lock names '%s', which is no field of the form",
                     shown);
            sealing_warn(s, line);
        }
    }
    return PADES_OK;
}

/* The field's own lock, or the one that was asked for. */
static pades_status choose_lock(sealing *s, pades_error **e)
{
    sealing_part own = {NULL, {0, 0}};
    const pdf_lock_from from = from_of(s);
    if (s->target.exists) {
        TRY(sealing_get(s, s->target.field.o, "Lock", &own, e));
    }
    if (!own.o && s->plan->lock) {
        TRY(pdf_lock_copy(s->plan->lock, &s->lock, e));
        return warn_of_names(s, e);
    }
    if (own.o && s->plan->lock) {
        fail(e, PADES_INVALID_ARGUMENT, "the field says itself what its signature locks");
        error_hint(e, "sign it without --lock");
        return PADES_INVALID_ARGUMENT;
    }
    return pdf_lock_read(&from, own.o, &s->lock, e);
}

/* Revisions follow that readers count as changes, whatever ISO 32000-2 says of them.
 * clause: ISO32000-2#12.8.5.3 */
static pades_status check_goes_on(const sealing *s, pades_error **e)
{
    bool by_lock = s->lock.permits == 1;
    if (!s->plan->goes_on || (s->plan->certification != 1 && !by_lock)) {
        return PADES_OK;
    }
    fail(e, PADES_DOC_NOT_PERMITTED,
         "%s permits no changes (P=1), and what the levels lt and lta add to the document behind "
         "it is one for common readers",
         by_lock ? "the lock of the field" : "the certification");
    error_clause(e, "ISO32000-2#12.8.5.3");
    error_hint(e, by_lock ? "sign another field, or at level b or t"
                          : "certify with P=2, or at level b or t");
    return PADES_DOC_NOT_PERMITTED;
}

pades_status mdp_read(sealing *s, pades_error **e)
{
    const pdf_lock_from from = from_of(s);
    TRY(pdf_demands_read(&from, &s->tree.fields, &s->demands, e));
    TRY(judge(s, e));
    if (s->plan->doc_timestamp) {
        return PADES_OK;
    }
    TRY(choose_lock(s, e));
    return check_goes_on(s, e);
}

/* clause: ISO32000-1#12.7.4.5 /Lock is an indirect reference */
static pades_status write_lock(sealing *s, pades_error **e)
{
    if (s->target.exists || s->lock.action == PDF_LOCK_NONE) {
        return PADES_OK;
    }
    TRY(pdf_incr_new_ref(s->w, &s->own_lock, e));
    TRY(pdf_incr_begin_object(s->w, s->own_lock, e));
    buf *out = pdf_incr_out(s->w);
    buf_add_str(out, "<</Type/SigFieldLock");
    TRY(pdf_lock_write(out, &s->lock, e));
    buf_add_str(out, ">>");
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

/* True when nothing is left of /Perms but what is dropped. */
static bool only_usage_rights(const pdf_obj *perms)
{
    for (size_t i = 0; i < perms->u.dict.n; i++) {
        span key = perms->u.dict.pairs[i].key;
        if (!span_is(key, "UR") && !span_is(key, "UR3")) {
            return false;
        }
    }
    return true;
}

static pades_status write_perms(sealing *s, pades_error **e)
{
    char ref[32];
    sealing_part perms;
    const pdf_seal_plan *plan = s->plan;
    TRY(sealing_get(s, s->catalog.o, "Perms", &perms, e));
    if (perms.o && !pdf_is(perms.o, PDF_DICT)) {
        return pdf_damaged(e, s->catalog.ref.id, 0, "ISO32000-1#12.8.4",
                           "/Perms of the catalog is not a dictionary");
    }
    bool drop =
        plan->drop_usage_rights && (pdf_dict_get(perms.o, "UR") || pdf_dict_get(perms.o, "UR3"));
    snprintf(ref, sizeof ref, "%" PRIu32 " 0 R", s->signature.id);
    const pdf_change all[] = {{"UR", {NULL, 0}}, {"UR3", {NULL, 0}}, {"DocMDP", span_str(ref)}};
    const pdf_change *set = drop ? all : all + 2;
    size_t n = (drop ? 2U : 0U) + (plan->certification ? 1U : 0U);
    s->drop_perms = n == 2 && only_usage_rights(perms.o);
    if (n == 0 || s->drop_perms) {
        return PADES_OK;
    }
    if (perms.ref.id == 0) {
        TRY(sealing_check(s, &perms, e));
        pdf_write_dict(&s->new_perms, perms.o, set, n);
        return buf_check(&s->new_perms, "permissions", e);
    }
    TRY(sealing_begin_again(s, &perms, e));
    pdf_write_dict(pdf_incr_out(s->w), perms.o, set, n);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

pades_status mdp_write(sealing *s, pades_error **e)
{
    TRY(write_lock(s, e));
    return write_perms(s, e);
}

/* clause: ISO32000-1#12.8.2.2 DocMDP, ISO32000-1#12.8.2.4 FieldMDP with /Data */
pades_status mdp_add_reference(sealing *s, buf *out, pades_error **e)
{
    bool locks = s->lock.action != PDF_LOCK_NONE;
    if (!locks && !s->plan->certification) {
        return PADES_OK;
    }
    buf_add_str(out, "/Reference[");
    if (s->plan->certification) {
        buf_addf(out,
                 "<</Type/SigRef/TransformMethod/DocMDP/TransformParams"
                 "<</Type/TransformParams/P %d/V/1.2>>>>",
                 s->plan->certification);
    }
    if (locks) {
        buf_add_str(out, "<</Type/SigRef/TransformMethod/FieldMDP/TransformParams"
                         "<</Type/TransformParams");
        TRY(pdf_lock_write(out, &s->lock, e));
        buf_addf(out, "/V/1.2>>/Data %" PRIu32 " %" PRIu32 " R>>", s->catalog.ref.id,
                 s->catalog.ref.gen);
    }
    buf_add_byte(out, ']');
    return PADES_OK;
}
