/* Reads the demands of signatures, and judges deeds by them. Where the standard leaves it open, the
 * stricter reading counts: a field's /Lock holds although its signature repeats it in no FieldMDP.
 * A lock of all fields, or of all but some, is of those to come too: other readers take it so. */
#include "pdf/demands.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/pool.h"

#include <stdio.h>

enum { POOL_MAX = 64 << 20, SHOWN = 100, NAMES_MAX_BYTES = 32 << 20, PARSED_MAX = 128 << 20 };
static const char docmdp[] = "ISO32000-1#12.8.2.2", fieldmdp[] = "ISO32000-1#12.8.2.4";

/* The reading of one signature. */
typedef struct demanding {
    const pdf_lock_from *from; /* with a pool of its own */
    pdf_demand *ret;
    pades_error **e;
} demanding;

static pades_status resolve(const demanding *d, const pdf_obj *o, const pdf_obj **ret)
{
    pdf_ref ref = {0, 0};
    const pdf_lock_from *from = d->from;
    TRY(pdf_file_resolve(from->f, o, from->pool, ret, &ref, d->e));
    return ref.id && from->touch ? from->touch(from->user, ref, d->e) : PADES_OK;
}

static pades_status get(const demanding *d, const pdf_obj *dict, const char *key,
                        const pdf_obj **ret)
{
    if (pdf_is(dict, PDF_DICT) && dict->u.dict.dup_keys) {
        return pdf_damaged(d->e, 0, 0, "ISO32000-1#7.3.7",
                           "the dictionary in which '/%s' is looked up has a key twice", key);
    }
    return resolve(d, pdf_dict_get(dict, key), ret);
}

static pades_status read_docmdp(const demanding *d, const pdf_obj *params)
{
    const pdf_obj *p = NULL;
    int64_t level = 2; /* the default of /P */
    TRY(get(d, params, "P", &p));
    if (p->kind != PDF_NULL && (!pdf_get_int(p, &level) || level < 1 || level > 3)) {
        return pdf_damaged(d->e, 0, 0, docmdp, "the certification's /P is none of 1, 2, 3");
    }
    if (d->ret->certification == 0 || level < d->ret->certification) {
        d->ret->certification = (int)level;
    }
    return PADES_OK;
}

static pades_status read_transform(const demanding *d, const pdf_obj *reference)
{
    const pdf_obj *method = NULL;
    const pdf_obj *params = NULL;
    TRY(get(d, reference, "TransformMethod", &method));
    TRY(get(d, reference, "TransformParams", &params));
    if (pdf_is_name(method, "DocMDP")) {
        return read_docmdp(d, params);
    }
    if (!pdf_is_name(method, "FieldMDP")) {
        return PADES_OK;
    }
    if (d->ret->mdp.action != PDF_LOCK_NONE) {
        return pdf_damaged(d->e, 0, 0, fieldmdp, "a signature has two FieldMDP transforms");
    }
    TRY(pdf_lock_read(d->from, params, &d->ret->mdp, d->e));
    return d->ret->mdp.action != PDF_LOCK_NONE
               ? PADES_OK
               : pdf_damaged(d->e, 0, 0, fieldmdp, "a FieldMDP transform has no parameters");
}

static pades_status read_references(const demanding *d, const pdf_obj *value)
{
    const pdf_obj *list = NULL;
    TRY(get(d, value, "Reference", &list));
    for (size_t i = 0; pdf_array_get(list, i); i++) {
        const pdf_obj *reference = NULL;
        TRY(resolve(d, pdf_array_get(list, i), &reference));
        TRY(read_transform(d, reference));
    }
    return PADES_OK;
}

static pades_status read_kind(const demanding *d, const pdf_obj *value)
{
    const pdf_obj *type = NULL;
    const pdf_obj *sub = NULL;
    TRY(get(d, value, "Type", &type));
    TRY(get(d, value, "SubFilter", &sub));
    d->ret->is_timestamp = pdf_is_name(type, "DocTimeStamp") || pdf_is_name(sub, "ETSI.RFC3161");
    return PADES_OK;
}

static pades_status read_value(const demanding *d, const char *name, const pdf_obj *link)
{
    const pdf_obj *value = NULL;
    d->ret->field = mem_strdup(name);
    if (!d->ret->field) {
        return fail_memory(d->e);
    }
    TRY(resolve(d, link, &value));
    TRY(read_kind(d, value));
    return read_references(d, value);
}

static pades_status read_demand(const demanding *d, const pdf_field *field)
{
    const pdf_obj *own = NULL;
    const pdf_obj *lock = NULL;
    const pdf_obj link = {.kind = PDF_REFERENCE, .u.ref = field->value};
    if (field->ref.id == 0) {
        return pdf_damaged(d->e, 0, 0, "ISO32000-1#12.7.3.1",
                           "a signed field stands inside another object");
    }
    TRY(pdf_file_load(d->from->f, field->ref, d->from->pool, &own, NULL, d->e));
    TRY(read_value(d, field->name, field->value.id ? &link : pdf_dict_get(own, "V")));
    TRY(get(d, own, "Lock", &lock));
    return pdf_lock_read(d->from, lock, &d->ret->lock, d->e);
}

/* Many signatures may lead to one lock, or one value: each is read, but not without end. */
static pades_status check_bounds(pdf_demands *demands, const pdf_demand *d, const pdf_pool *pool,
                                 pades_error **e)
{
    demands->names += d->mdp.bytes + d->lock.bytes;
    demands->parsed += pdf_pool_taken(pool);
    if (demands->names > NAMES_MAX_BYTES) {
        return fail(e, PADES_LIMIT, "the names in the signatures' locks have more than %d bytes",
                    NAMES_MAX_BYTES);
    }
    return demands->parsed <= PARSED_MAX
               ? PADES_OK
               : fail(e, PADES_LIMIT, "the document's signatures take more than %d bytes to read",
                      PARSED_MAX);
}

static const char perms_name[] = "/Perms /DocMDP";

/* Of `field`, or of what /Perms names when it is NULL. */
static pades_status add_demand(const pdf_lock_from *from, const pdf_field *field,
                               const pdf_obj *link, pdf_demands *demands, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    if (!MEM_GROW(demands->items, demands->n, demands->cap)) {
        return fail_memory(e);
    }
    pdf_demand *demand = &demands->items[demands->n++];
    *demand = (pdf_demand){.field = NULL};
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    const pdf_lock_from own = {from->f, pool, from->touch, from->user};
    const demanding d = {&own, demand, e};
    TRY(field ? read_demand(&d, field) : read_value(&d, perms_name, link));
    return check_bounds(demands, demand, pool, e);
}

static bool is_value(const pdf_fields *fields, pdf_ref ref)
{
    for (size_t i = 0; i < fields->n; i++) {
        if (fields->items[i].value.id == ref.id && strcmp(fields->items[i].type, "Sig") == 0) {
            return true;
        }
    }
    return false;
}

/* A certification holds although its field was taken out of the form.
 * clause: ISO32000-1#12.8.4 /DocMDP of /Perms is a reference to the signature */
static pades_status add_certification(const pdf_lock_from *from, const pdf_fields *fields,
                                      pdf_demands *demands, pades_error **e)
{
    static const char *const path[] = {"Root", "Perms"};
    AUTO(pdf_pool) *pool = NULL;
    pdf_ref ref = {0, 0};
    const pdf_obj *o = pdf_file_trailer(from->f);
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    for (size_t i = 0; i < ARRAY_LEN(path); i++) {
        TRY(pdf_file_resolve(from->f, pdf_dict_get(o, path[i]), pool, &o, NULL, e));
    }
    const pdf_obj *link = pdf_dict_get(o, "DocMDP");
    TRY(pdf_file_resolve(from->f, link, pool, &o, &ref, e));
    return !pdf_is(o, PDF_DICT) || (ref.id && is_value(fields, ref))
               ? PADES_OK
               : add_demand(from, NULL, link, demands, e);
}

pades_status pdf_demands_read(const pdf_lock_from *from, const pdf_fields *fields, pdf_demands *ret,
                              pades_error **e)
{
    AUTO_VAL(pdf_demands) demands = {.items = NULL};
    for (size_t i = 0; i < fields->n; i++) {
        if (fields->items[i].has_value && strcmp(fields->items[i].type, "Sig") == 0) {
            TRY(add_demand(from, &fields->items[i], NULL, &demands, e));
        }
    }
    TRY(add_certification(from, fields, &demands, e));
    *ret = demands;
    demands = (pdf_demands){.items = NULL};
    return PADES_OK;
}

void pdf_demands_free(pdf_demands *demands)
{
    for (size_t i = 0; i < demands->n; i++) {
        mem_free(demands->items[i].field);
        pdf_lock_free(&demands->items[i].mdp);
        pdf_lock_free(&demands->items[i].lock);
    }
    mem_free(demands->items);
    *demands = (pdf_demands){.items = NULL};
}

/* `what` has one %s, for the field of the signature that forbids. */
static pades_status forbid(const pdf_demand *by, const char *what, const char *clause,
                           const char *hint, pades_error **e)
{
    AUTO(mem_text) *field = escape_text(span_str(by->field), SHOWN);
    if (!field) {
        return fail_memory(e);
    }
    fail(e, PADES_DOC_NOT_PERMITTED, "the signature in '%s' %s", field, what);
    error_clause(e, clause);
    error_hint(e, "%s", hint);
    return PADES_DOC_NOT_PERMITTED;
}

static int stricter(int a, int b)
{
    return a == 0 ? b : b == 0 || a < b ? a : b;
}

static pades_status check_level(const pdf_demand *d, pdf_deed deed, pades_error **e)
{
    int by_lock = stricter(d->mdp.permits, d->lock.permits);
    int level = stricter(d->certification, by_lock);
    if (level == 1) {
        return forbid(d,
                      d->certification == 1 ? "certifies the document and permits no changes "
                                              "(DocMDP /P 1)"
                                            : "locks the document and permits no changes "
                                              "(/P 1 of its lock)",
                      docmdp,
                      deed == PDF_DEED_PRESERVE
                          ? "viewers take even a timestamp for a change; what shall last is "
                            "certified with /P 2"
                          : "its signer allowed no further signatures (DocMDP)",
                      e);
    }
    if (level > 0 && deed == PDF_DEED_ADD_SHOWN) {
        return forbid(d, "permits no new field that is seen", docmdp,
                      "sign without a visible appearance, or an empty field of the document", e);
    }
    if (level == 2 && deed == PDF_DEED_ANNOTATE) {
        return forbid(d, "permits no change of annotations (/P 2)", docmdp,
                      "only forms may be filled in and signed", e);
    }
    return PADES_OK;
}

static pades_status check_lock(const pdf_demand *d, const pdf_lock *lock, const char *what,
                               pdf_deed deed, const char *name, pades_error **e)
{
    static const char *const scopes[] = {"", "all fields", "it by name", "all fields but some"};
    char text[512];
    if (deed == PDF_DEED_ANNOTATE || deed == PDF_DEED_PRESERVE || !pdf_lock_covers(lock, name)) {
        return PADES_OK;
    }
    AUTO(mem_text) *field = escape_text(span_str(name), SHOWN);
    if (!field) {
        return fail_memory(e);
    }
    snprintf(text, sizeof text, "locks the field '%s' (%s: %s)", field, what, scopes[lock->action]);
    return forbid(d, text, fieldmdp, "choose a field that no signature locks", e);
}

pades_status pdf_demands_allow(const pdf_demands *demands, pdf_deed deed, const char *name,
                               pades_error **e)
{
    for (size_t i = 0; i < demands->n; i++) {
        const pdf_demand *d = &demands->items[i];
        TRY(check_level(d, deed, e));
        TRY(check_lock(d, &d->mdp, "FieldMDP", deed, name, e));
        TRY(check_lock(d, &d->lock, "/Lock of its field", deed, name, e));
    }
    return PADES_OK;
}

pades_status pdf_demands_allow_certification(const pdf_demands *demands, pades_error **e)
{
    for (size_t i = 0; i < demands->n; i++) {
        if (!demands->items[i].is_timestamp) {
            return forbid(&demands->items[i],
                          "is there already, and a certification has to be the first one", docmdp,
                          "sign without --certify", e);
        }
    }
    return PADES_OK;
}

pades_status pdf_demands_allow_nesting(const pdf_demands *demands, pades_error **e)
{
    return demands->n == 0 ? PADES_OK
                           : forbid(&demands->items[0],
                                    "would be called broken by a new field below others", docmdp,
                                    "choose a name without a full stop, or an empty field of the "
                                    "document",
                                    e);
}

pades_status pdf_demands_allow_dropping(const pdf_demands *demands, pades_error **e)
{
    return demands->n == 0
               ? PADES_OK
               : forbid(&demands->items[0], "covers the usage rights, which cannot go any more",
                        "ISO32000-1#12.8.2.3",
                        "usage rights can be dropped before anything is "
                        "signed only",
                        e);
}
