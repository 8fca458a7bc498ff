/* The revision that a seal adds: a signature field, an empty one of the document or a new invisible
 * one on the first page, its dictionary with a hole for the CMS, and only those objects of the
 * document that must change. Promises that
 * /ByteRange covers everything but the hole; knows nothing of what goes into it.
 * clause: ISO32000-1#12.8.1 signature dictionary, EN319142-1#5.3, #6.3 */
#include "pdf/seal.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "pdf/crypt.h"
#include "pdf/damage.h"
#include "pdf/fill.h"
#include "pdf/gaps.h"
#include "pdf/permissions.h"
#include "pdf/seed.h"
#include "pdf/sealing.h"
#include "pdf/views.h"

#include <inttypes.h>

enum {
    POOL_MAX = 64 << 20,
    CONTENTS_MAX = 16 << 20,
    WARNINGS_LISTED = 32 << 10, /* the rest is for what a field asks for, and the end */
    RANGE_SLOT = 48             /* three numbers of 14 digits */
};
static const char range_key[] = "/ByteRange ", contents_key[] = "/Contents ";
static const char range_room[] = "[0 0 0 0]"; /* shorter than any that takes its place */

/* The number of the object that `dict` is, as far as it is one of those that were found; else 0. */
static uint32_t object_of(const sealing *s, const pdf_obj *dict)
{
    const sealing_part *const known[] = {&s->catalog, &s->form, &s->page, &s->target.field,
                                         &s->target.widget};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i]->o == dict) {
            return known[i]->ref.id;
        }
    }
    return 0;
}

/* What is read here decides what is written, or is what readers start from: a key that is there
 * twice is refused although it is not written again, and what stands in an object of its own is
 * shown to the second reader, also when it is null to us. */
pades_status sealing_get(sealing *s, const pdf_obj *dict, const char *key, sealing_part *ret,
                         pades_error **e)
{
    sealing_part part = {NULL, {0, 0}};
    if (pdf_is(dict, PDF_DICT) && dict->u.dict.dup_keys) {
        return pdf_damaged(e, object_of(s, dict), 0, "ISO32000-1#7.3.7",
                           "the dictionary in which '/%s' is looked up has a key twice", key);
    }
    TRY(pdf_file_resolve(s->f, pdf_dict_get(dict, key), s->pool, &part.o, &part.ref, e));
    if (part.ref.id) {
        TRY(sealing_touch(s, part.ref, e));
    }
    if (pdf_is(part.o, PDF_NULL)) {
        part = (sealing_part){NULL, {0, 0}};
    }
    *ret = part;
    return PADES_OK;
}

pades_status sealing_touch(sealing *s, pdf_ref ref, pades_error **e)
{
    pdf_seal *ret = s->ret;
    for (size_t i = 0; i < ret->touched_n && i < 64; i++) {
        if (ret->touched[i].id == ref.id) {
            return PADES_OK;
        }
    }
    if (!MEM_GROW(ret->touched, ret->touched_n, ret->touched_cap)) {
        return fail_memory(e);
    }
    ret->touched[ret->touched_n++] = ref;
    return PADES_OK;
}

pades_status sealing_check(sealing *s, const sealing_part *part, pades_error **e)
{
    if (pdf_is(part->o, PDF_DICT) && part->o->u.dict.dup_keys) {
        return pdf_damaged(e, part->ref.id, 0, "ISO32000-1#7.3.7",
                           "a dictionary that must be written again has a key twice");
    }
    return pdf_incr_check_refs(s->w, part->o, e);
}

/* A stream written again as a dictionary would lose its data. */
static pades_status refuse_stream(sealing *s, const sealing_part *part, pades_error **e)
{
    uint64_t data = 0;
    const pdf_obj *o = NULL;
    AUTO(pdf_pool) *pool = NULL;
    if (!pdf_is(part->o, PDF_DICT)) {
        return PADES_OK;
    }
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_load(s->f, part->ref, pool, &o, &data, e));
    if (data != 0) {
        return pdf_damaged(e, part->ref.id, data, "ISO32000-1#7.3.8",
                           "a stream stands where a dictionary must be");
    }
    return PADES_OK;
}

pades_status sealing_begin_again(sealing *s, const sealing_part *part, pades_error **e)
{
    TRY(sealing_touch(s, part->ref, e));
    TRY(sealing_check(s, part, e));
    TRY(refuse_stream(s, part, e));
    return pdf_incr_begin_object(s->w, part->ref, e);
}

/* A list too long to be read is no reason to fail: what is beyond it is counted. */
void sealing_warn(sealing *s, const char *line)
{
    if (s->ret->warnings.n + strlen(line) + 1 > WARNINGS_LISTED) {
        s->unsaid++;
        return;
    }
    buf_add(&s->ret->warnings, line, strlen(line) + 1);
}

static pades_status end_warnings(sealing *s, pades_error **e)
{
    buf *all = &s->ret->warnings;
    if (s->unsaid > 0) {
        buf_addf(all, "and %zu more warnings", s->unsaid);
        buf_add_byte(all, 0);
    }
    return buf_check(all, "warnings", e);
}

void sealing_append(buf *out, const pdf_obj *array, pdf_ref ref)
{
    if (array) {
        pdf_write_value(out, array);
        buf_truncate(out, out->n > 0 ? out->n - 1 : 0); /* its closing bracket */
    } else {
        buf_add_byte(out, '[');
    }
    buf_addf(out, "%s%" PRIu32 " %" PRIu32 " R]", array && array->u.array.n > 0 ? " " : "", ref.id,
             ref.gen);
}

static pades_status check_plan(const pdf_seal_plan *plan, pades_error **e)
{
    bool signs = plan->fills_n > 0 || plan->certification || plan->lock;
    if (plan->doc_timestamp && signs) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "a document timestamp neither certifies, nor locks, nor fills");
    }
    if (plan->certification < 0 || plan->certification > 3) {
        return fail(e, PADES_INVALID_ARGUMENT, "a certification's /P is 1, 2 or 3");
    }
    if (plan->contents_bytes == 0 || plan->contents_bytes > CONTENTS_MAX) {
        return fail(e, PADES_INVALID_ARGUMENT, "/Contents of %zu bytes: 1 to %d are possible",
                    plan->contents_bytes, CONTENTS_MAX);
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.5 /Root is an indirect reference to the catalog */
static pades_status read_root(sealing *s, pades_error **e)
{
    TRY(sealing_get(s, pdf_file_trailer(s->f), "Root", &s->catalog, e));
    if (!pdf_is(s->catalog.o, PDF_DICT) || s->catalog.ref.id == 0) {
        return pdf_damaged(e, s->catalog.ref.id, 0, "ISO32000-1#7.5.5",
                           "/Root leads to no catalog");
    }
    return sealing_touch(s, s->catalog.ref, e);
}

static pades_status touch_transform(sealing *s, const pdf_obj *link, pades_error **e)
{
    sealing_part reference;
    sealing_part part;
    TRY(pdf_file_resolve(s->f, link, s->pool, &reference.o, &reference.ref, e));
    if (reference.ref.id) {
        TRY(sealing_touch(s, reference.ref, e));
    }
    TRY(sealing_get(s, reference.o, "TransformMethod", &part, e));
    TRY(sealing_get(s, reference.o, "TransformParams", &part, e));
    return sealing_get(s, part.o, "P", &part, e);
}

/* What forbids a signature is read by both readers too. */
static pades_status touch_permissions(sealing *s, pades_error **e)
{
    sealing_part perms;
    sealing_part part;
    TRY(sealing_get(s, s->catalog.o, "Perms", &perms, e));
    TRY(sealing_get(s, perms.o, "UR", &part, e));
    TRY(sealing_get(s, perms.o, "UR3", &part, e));
    TRY(sealing_get(s, perms.o, "DocMDP", &part, e));
    TRY(sealing_get(s, part.o, "Reference", &part, e));
    for (size_t i = 0; pdf_array_get(part.o, i); i++) {
        TRY(touch_transform(s, pdf_array_get(part.o, i), e));
    }
    return PADES_OK;
}

pades_status sealing_read_catalog(sealing *s, pades_error **e)
{
    TRY(read_root(s, e));
    return touch_permissions(s, e);
}

static pades_status check_gaps(sealing *s, pades_error **e)
{
    char line[256];
    bool warn = false;
    const pdf_gaps gaps = pdf_gaps_find(s->f);
    TRY(pdf_gaps_check(s->f, &gaps, s->plan->allow_gaps, &warn, e));
    if (warn) {
        pdf_gaps_tell(&gaps, line, sizeof line);
        sealing_warn(s, line);
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.5.8.4 what hidden sections hold is not there for readers of PDF 1.4 */
static pades_status warn_of_views(sealing *s, pades_error **e)
{
    bool nothing = false;
    TRY(pdf_views_old_sees_nothing(s->f, &nothing, e));
    if (nothing) {
        sealing_warn(s, "a hybrid file whose catalog or pages only its hidden section has: readers "
                        "that know only tables show nothing of it");
    }
    return PADES_OK;
}

static pades_status touch(void *user, pdf_ref ref, pades_error **e)
{
    return sealing_touch(user, ref, e);
}

/* What the form's author asks of this signature. */
static pades_status ask_seed(sealing *s, pdf_seal_plan *plan, pades_error **e)
{
    pdf_seed seed;
    const pdf_seed_from from = {s->f, s->pool, touch, s};
    if (!s->target.exists || !plan->ask || plan->doc_timestamp) {
        return PADES_OK;
    }
    TRY(pdf_seed_read(&from, s->target.field.o, &seed, e));
    const int before = plan->certification;
    if (seed.given) {
        TRY(plan->ask(plan->ask_user, &seed, plan, &s->ret->warnings, e));
    }
    s->field_certifies = plan->certification != before;
    return PADES_OK;
}

static pades_status read_document(sealing *s, pdf_seal_plan *plan, pades_error **e)
{
    TRY(pdf_crypt_check(s->f, e));
    TRY(sealing_read_catalog(s, e));
    TRY(check_gaps(s, e));
    TRY(warn_of_views(s, e));
    TRY(acroform_read(s, e));
    TRY(target_find(s, e));
    TRY(pdf_crypt_allow_signature(s->f, !s->target.exists, e));
    TRY(ask_seed(s, plan, e));
    TRY(mdp_read(s, e));
    TRY(target_warn(s, e));
    TRY(s->target.exists ? PADES_OK : page_find_first(s, e));
    return fill_read(s, e);
}

pades_status sealing_write_catalog(sealing *s, pades_error **e)
{
    pdf_change set[5];
    size_t n = 0;
    if (s->new_form.n > 0) {
        set[n++] = (pdf_change){"AcroForm", buf_span(&s->new_form)};
    }
    if (s->new_extensions.n > 0) {
        set[n++] = (pdf_change){"Extensions", buf_span(&s->new_extensions)};
    }
    if (s->new_perms.n > 0 || s->drop_perms) {
        set[n++] = (pdf_change){"Perms", buf_span(&s->new_perms)};
    }
    if (s->new_dss.n > 0) {
        set[n++] = (pdf_change){"DSS", buf_span(&s->new_dss)};
    }
    if (s->raise_version) {
        set[n++] = (pdf_change){"Version", span_str("/1.7")};
    }
    if (n == 0) {
        return PADES_OK;
    }
    TRY(sealing_begin_again(s, &s->catalog, e));
    pdf_write_dict(pdf_incr_out(s->w), s->catalog.o, set, n);
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

static pades_status add_text(buf *out, const char *key, const char *text, pades_error **e)
{
    if (!text) {
        return PADES_OK;
    }
    buf_add_str(out, key);
    return pdf_write_text(out, span_str(text), e);
}

static pades_status add_texts(buf *out, const pdf_seal_plan *plan, pades_error **e)
{
    TRY(add_text(out, "/Name", plan->name, e));
    TRY(add_text(out, "/Reason", plan->reason, e));
    TRY(add_text(out, "/Location", plan->location, e));
    return add_text(out, "/ContactInfo", plan->contact, e);
}

/* The hole, and the place of the /ByteRange before it. */
static void add_hole(sealing *s, buf *out, size_t *ret_slot)
{
    buf_add_str(out, range_key);
    *ret_slot = out->n;
    buf_add_str(out, range_room);
    buf_add_fill(out, ' ', RANGE_SLOT - (sizeof range_room - 1));
    buf_add_str(out, contents_key);
    s->ret->hole = out->n;
    s->ret->hole_n = 2 * s->plan->contents_bytes + 2;
    buf_add_byte(out, '<');
    buf_add_fill(out, '0', 2 * s->plan->contents_bytes);
    buf_add_byte(out, '>');
}

/* No string stands before the hole, so that encrypting the others does not move it.
 * clause: EN319142-1#6.3 /Type /Sig, /Filter, /SubFilter, /ByteRange, /Contents, /M, no /Cert */
static pades_status add_signature(sealing *s, buf *out, size_t *ret_slot, pades_error **e)
{
    char time[TIME_TEXT];
    time_pdf(s->plan->time, s->plan->utc_offset, time);
    buf_add_str(out, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter");
    pdf_write_name(out, span_str(s->plan->sub_filter));
    add_hole(s, out, ret_slot);
    buf_addf(out, "/M(%s)", time);
    TRY(add_texts(out, s->plan, e));
    TRY(mdp_add_reference(s, out, e));
    buf_add_str(out, "/Prop_Build<</App<</Name/libpades>>>>>>");
    return PADES_OK;
}

/* Nothing that says who or when: the token does.
 * clause: EN319142-1#5.4.3 /Type /DocTimeStamp, /SubFilter /ETSI.RFC3161 */
static pades_status write_signature(sealing *s, size_t *ret_slot, pades_error **e)
{
    TRY(pdf_incr_begin_object(s->w, s->signature, e));
    buf *out = pdf_incr_out(s->w);
    if (s->plan->doc_timestamp) {
        buf_add_str(out, "<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161");
        add_hole(s, out, ret_slot);
        buf_add_str(out, ">>");
    } else {
        TRY(add_signature(s, out, ret_slot, e));
    }
    pdf_incr_end_object(s->w);
    return PADES_OK;
}

static pades_status write_objects(sealing *s, size_t *ret_slot, pades_error **e)
{
    TRY(pdf_incr_new_ref(s->w, &s->signature, e));
    TRY(mdp_write(s, e));
    TRY(target_write(s, e));
    TRY(acroform_write(s, e));
    TRY(s->target.exists ? PADES_OK : page_write(s, e));
    TRY(fill_write(s, e));
    TRY(extensions_write(s, e));
    TRY(sealing_write_catalog(s, e));
    return write_signature(s, ret_slot, e);
}

/* clause: ISO32000-1#12.8.1 /ByteRange: the whole file but the /Contents value */
static pades_status fill_byte_range(pdf_seal *ret, size_t slot, pades_error **e)
{
    AUTO_VAL(buf) text = BUF(128);
    uint64_t *range = ret->byte_range;
    range[0] = 0;
    range[1] = ret->base + ret->hole;
    range[2] = range[1] + ret->hole_n;
    range[3] = ret->base + ret->revision.n - range[2];
    buf_addf(&text, "[0 %" PRIu64 " %" PRIu64 " %" PRIu64 "]", range[1], range[2], range[3]);
    TRY(buf_check(&text, "byte range", e));
    if (text.n > RANGE_SLOT) {
        return fail(e, PADES_LIMIT, "the file is too large for its /ByteRange");
    }
    memcpy(ret->revision.p + slot, text.p, text.n);
    return PADES_OK;
}

bool pdf_seal_fits(const pdf_seal *s)
{
    AUTO_VAL(buf) before = BUF(256);
    const uint64_t *r = s->byte_range;
    buf_add_str(&before, range_key);
    size_t slot = before.n;
    buf_addf(&before, "[0 %" PRIu64 " %" PRIu64 " %" PRIu64 "]", r[1], r[2], r[3]);
    if (!buf_ok(&before) || before.n > slot + RANGE_SLOT) {
        return false;
    }
    buf_add_fill(&before, ' ', slot + RANGE_SLOT - before.n);
    buf_add_str(&before, contents_key);
    return buf_ok(&before) && s->hole >= before.n &&
           span_eq(span_part(buf_span(&s->revision), s->hole - before.n, before.n),
                   buf_span(&before));
}

pades_status sealing_finish(sealing *s, size_t slot, pades_error **e)
{
    pdf_seal *ret = s->ret;
    TRY(pdf_incr_finish(s->w, e));
    TRY(end_warnings(s, e));
    buf *out = pdf_incr_out(s->w);
    ret->base = pdf_incr_base(s->w);
    ret->revision = *out;
    ret->front = pdf_incr_take_front(s->w);
    *out = BUF(out->max);
    return s->added ? PADES_OK : fill_byte_range(ret, slot, e);
}

pades_status sealing_begin(sealing *s, pades_error **e)
{
    s->new_form = s->new_extensions = s->new_perms = s->new_dss = BUF(64 << 20);
    return pdf_pool_new(POOL_MAX, &s->pool, e);
}

void sealing_free(sealing *s)
{
    buf_free(&s->new_dss);
    buf_free(&s->new_form);
    buf_free(&s->new_extensions);
    buf_free(&s->new_perms);
    pdf_lock_free(&s->lock);
    pdf_demands_free(&s->demands);
    pdf_field_tree_free(&s->tree);
    pdf_incr_free(s->w);
    pdf_pool_free(s->pool);
}

static pades_status refuse_existing(const sealing *s, pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(span_str(s->ret->field), 100);
    if (!s->target.exists) {
        return PADES_OK;
    }
    (void)fail(e, PADES_FIELD_EXISTS, "the form has a field '%s' already", shown ? shown : "");
    error_hint(e, "choose another name");
    return PADES_FIELD_EXISTS;
}

pades_status pdf_seal_build(pdf_file *f, const pdf_seal_plan *plan, pdf_seal *ret, pades_error **e)
{
    size_t slot = 0;
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(SEALING_WARNINGS_MAX)};
    pdf_seal_plan own = *plan; /* what is asked for on the way may change it */
    AUTO_VAL(sealing) s = {.f = f, .plan = &own, .ret = &made};
    TRY(check_plan(plan, e));
    TRY(sealing_begin(&s, e));
    TRY(read_document(&s, &own, e));
    TRY(plan->doc_timestamp ? refuse_existing(&s, e) : PADES_OK);
    TRY(pdf_incr_new(f, &s.w, e));
    TRY(write_objects(&s, &slot, e));
    TRY(sealing_finish(&s, slot, e));
    *ret = made;
    made = (pdf_seal){.warnings = BUF(0)};
    return PADES_OK;
}

static pades_status write_added(sealing *s, pades_error **e)
{
    TRY(mdp_write(s, e));
    TRY(target_write(s, e));
    TRY(acroform_write(s, e));
    TRY(page_write(s, e));
    return sealing_write_catalog(s, e);
}

pades_status pdf_field_build(pdf_file *f, const pdf_new_field *field, pdf_seal *ret,
                             pades_error **e)
{
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(SEALING_WARNINGS_MAX)};
    pdf_seal_plan plan = {
        .field = field->name, .lock = field->lock, .allow_gaps = field->allow_gaps};
    AUTO_VAL(sealing) s = {.f = f, .plan = &plan, .ret = &made, .added = field};
    TRY(sealing_begin(&s, e));
    TRY(read_document(&s, &plan, e));
    TRY(refuse_existing(&s, e));
    TRY(pdf_incr_new(f, &s.w, e));
    TRY(write_added(&s, e));
    TRY(sealing_finish(&s, 0, e));
    *ret = made;
    made = (pdf_seal){.warnings = BUF(0)};
    return PADES_OK;
}

void pdf_seal_free(pdf_seal *s)
{
    if (s) {
        spool_free(s->front);
        buf_free(&s->revision);
        buf_free(&s->warnings);
        mem_free(s->field);
        mem_free(s->touched);
        *s = (pdf_seal){.hole = 0};
    }
}

size_t pdf_seal_room(size_t needed)
{
    return needed + needed / 8 + 1024;
}

pades_status pdf_seal_fill(pdf_seal *s, span cms, pades_error **e)
{
    static const char digits[] = "0123456789abcdef";
    size_t room = (s->hole_n - 2) / 2;
    if (cms.n > room) {
        fail(e, PADES_RESERVE_TOO_SMALL, "the signature has %zu bytes, %zu are reserved", cms.n,
             room);
        error_hint(e, "give it room with --reserve %zu", pdf_seal_room(cms.n));
        return PADES_RESERVE_TOO_SMALL;
    }
    uint8_t *at = s->revision.p + s->hole + 1;
    memset(at, '0', 2 * room);
    for (size_t i = 0; i < cms.n; i++) {
        *at++ = (uint8_t)digits[cms.p[i] >> 4];
        *at++ = (uint8_t)digits[cms.p[i] & 15];
    }
    return PADES_OK;
}
