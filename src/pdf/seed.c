/* Reads /SV of a signature field. Every list is bounded, every dictionary has each key once, and
 * nothing is guessed: an entry of another kind is damage, since what it asks for cannot be known.
 * Says nothing about whether it can be satisfied, and follows no URL.
 * clause: ISO32000-1#12.7.4.5 seed value and certificate seed value dictionaries */
#include "pdf/seed.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/pool.h"
#include "pdf/text.h"

enum { LIST_MAX = 256, TEXT_MAX = 64 << 10 };
static const char clause[] = "ISO32000-1#12.7.4.5";

/* One dictionary being read, and its name in messages. */
typedef struct seeding {
    const pdf_seed_from *from;
    const pdf_obj *dict;
    pdf_ref ref; /* of the object that it stands in, for messages */
    const char *what;
    pades_error **e;
} seeding;

static pades_status wrong(const seeding *s, const char *key)
{
    return pdf_damaged(s->e, s->ref.id, 0, clause, "/%s of the %s is not what it has to be", key,
                       s->what);
}

/* NULL when absent or null. */
static pades_status resolve(const seeding *s, const pdf_obj *o, const pdf_obj **ret,
                            pdf_ref *ret_ref)
{
    pdf_ref ref = {0, 0};
    const pdf_obj *found = NULL;
    TRY(pdf_file_resolve(s->from->f, o, s->from->pool, &found, &ref, s->e));
    if (ref.id && s->from->touch) {
        TRY(s->from->touch(s->from->user, ref, s->e));
    }
    *ret = pdf_is(found, PDF_NULL) ? NULL : found;
    if (ret_ref && ref.id) {
        *ret_ref = ref;
    }
    return PADES_OK;
}

static pades_status get(const seeding *s, const char *key, const pdf_obj **ret)
{
    return resolve(s, pdf_dict_get(s->dict, key), ret, NULL);
}

/* A dictionary inside this one; `ret->dict` is NULL when it is not there. */
static pades_status open_dict(const seeding *s, const char *key, const char *what, seeding *ret)
{
    seeding inner = {s->from, NULL, s->ref, what, s->e};
    TRY(resolve(s, pdf_dict_get(s->dict, key), &inner.dict, &inner.ref));
    if (inner.dict && !pdf_is(inner.dict, PDF_DICT)) {
        return wrong(s, key);
    }
    if (inner.dict && inner.dict->u.dict.dup_keys) {
        return pdf_damaged(s->e, inner.ref.id, 0, "ISO32000-1#7.3.7", "the %s has a key twice",
                           what);
    }
    *ret = inner;
    return PADES_OK;
}

static pades_status utf8(const seeding *s, span text, const char *key, span *ret)
{
    AUTO_VAL(buf) out = BUF(TEXT_MAX);
    pdf_text_utf8(&out, text);
    if (out.over) {
        return wrong(s, key);
    }
    TRY(buf_check(&out, "seed value", s->e));
    *ret = pdf_pool_copy(s->from->pool, out.n ? buf_span(&out) : span_of("", 0));
    return ret->p ? PADES_OK : pdf_pool_fail(s->from->pool, s->e);
}

typedef enum text_kind {
    NAME_ONLY,
    NAME_OR_STRING, /* what some producers write for a name */
    BYTES,
    TEXT /* as UTF-8 */
} text_kind;

/* The characters of a name or string of this kind. */
static pades_status take_text(const seeding *s, const pdf_obj *o, text_kind kind, const char *key,
                              span *ret)
{
    bool name = pdf_is(o, PDF_NAME) && (kind == NAME_ONLY || kind == NAME_OR_STRING);
    bool string = pdf_is(o, PDF_STRING) && kind != NAME_ONLY;
    if (!name && !string) {
        return wrong(s, key);
    }
    if (kind == TEXT) {
        return utf8(s, o->u.text, key, ret);
    }
    *ret = o->u.text.n ? o->u.text : span_of("", 0);
    return PADES_OK;
}

static pades_status read_text(const seeding *s, const char *key, text_kind kind, span *ret)
{
    const pdf_obj *o = NULL;
    TRY(get(s, key, &o));
    return o ? take_text(s, o, kind, key, ret) : PADES_OK;
}

/* An array of texts; a single one that stands there without its brackets counts as one. */
static pades_status read_list(const seeding *s, const char *key, text_kind kind, pdf_seed_list *ret)
{
    const pdf_obj *o = NULL;
    TRY(get(s, key, &o));
    if (!o) {
        return PADES_OK;
    }
    size_t n = pdf_is(o, PDF_ARRAY) ? o->u.array.n : 1;
    if (n > LIST_MAX) {
        return fail(s->e, PADES_LIMIT, "/%s of the %s has more than %d entries", key, s->what,
                    LIST_MAX);
    }
    pdf_seed_list list = {true, pdf_pool_take(s->from->pool, (n + 1) * sizeof(span)), n};
    if (!list.items) {
        return pdf_pool_fail(s->from->pool, s->e);
    }
    for (size_t i = 0; i < n; i++) {
        const pdf_obj *item = o;
        if (pdf_is(o, PDF_ARRAY)) {
            TRY(resolve(s, o->u.array.items[i], &item, NULL));
        }
        TRY(take_text(s, item, kind, key, &list.items[i]));
    }
    *ret = list;
    return PADES_OK;
}

/* `*ret` stays as it is without the key. */
static pades_status read_int(const seeding *s, const char *key, int64_t low, int64_t high,
                             int64_t *ret)
{
    const pdf_obj *o = NULL;
    int64_t value = 0;
    TRY(get(s, key, &o));
    if (!o) {
        return PADES_OK;
    }
    bool whole = pdf_is(o, PDF_REAL) && o->u.real >= 0 && o->u.real <= 1e9;
    if (whole) { /* /V 1.0 is written by some */
        value = (int64_t)o->u.real;
        whole = !((double)value < o->u.real);
    }
    if ((!whole && !pdf_get_int(o, &value)) || value < low || value > high) {
        return wrong(s, key);
    }
    *ret = value;
    return PADES_OK;
}

static pades_status read_flags(const seeding *s, unsigned *ret)
{
    int64_t flags = 0;
    TRY(read_int(s, "Ff", INT32_MIN, UINT32_MAX, &flags));
    *ret = (unsigned)((uint64_t)flags & UINT32_MAX);
    return PADES_OK;
}

static pades_status read_bool(const seeding *s, const char *key, int *ret)
{
    const pdf_obj *o = NULL;
    TRY(get(s, key, &o));
    if (o && !pdf_is(o, PDF_BOOL)) {
        return wrong(s, key);
    }
    *ret = o ? o->u.boolean : -1;
    return PADES_OK;
}

static pades_status read_name(const seeding *s, const pdf_obj *o, pdf_seed_name *ret)
{
    if (!pdf_is(o, PDF_DICT) || o->u.dict.dup_keys || o->u.dict.n > LIST_MAX) {
        return wrong(s, "SubjectDN");
    }
    size_t n = o->u.dict.n;
    ret->attributes = pdf_pool_take(s->from->pool, (n + 1) * sizeof *ret->attributes);
    if (!ret->attributes) {
        return pdf_pool_fail(s->from->pool, s->e);
    }
    for (size_t i = 0; i < n; i++) {
        pdf_seed_attribute *a = &ret->attributes[ret->n++];
        const pdf_obj *value = NULL;
        a->name = o->u.dict.pairs[i].key;
        TRY(resolve(s, o->u.dict.pairs[i].value, &value, NULL));
        TRY(take_text(s, value, TEXT, "SubjectDN", &a->value));
    }
    return PADES_OK;
}

/* An array of dictionaries, or one alone. */
static pades_status read_names(const seeding *s, pdf_seed_cert *ret)
{
    const pdf_obj *o = NULL;
    TRY(get(s, "SubjectDN", &o));
    size_t n = pdf_is(o, PDF_ARRAY) ? o->u.array.n : o ? 1 : 0;
    if (n > LIST_MAX) {
        return fail(s->e, PADES_LIMIT, "/SubjectDN of the %s has more than %d entries", s->what,
                    LIST_MAX);
    }
    ret->names = pdf_pool_take(s->from->pool, (n + 1) * sizeof *ret->names);
    if (!ret->names) {
        return pdf_pool_fail(s->from->pool, s->e);
    }
    for (size_t i = 0; i < n; i++) {
        const pdf_obj *item = o;
        if (pdf_is(o, PDF_ARRAY)) {
            TRY(resolve(s, o->u.array.items[i], &item, NULL));
        }
        TRY(read_name(s, item, &ret->names[ret->names_n++]));
    }
    return PADES_OK;
}

static pades_status read_cert(const seeding *outer, pdf_seed_cert *ret)
{
    seeding s;
    TRY(open_dict(outer, "Cert", "certificate seed value", &s));
    if (!s.dict) {
        return PADES_OK;
    }
    ret->given = true;
    TRY(read_flags(&s, &ret->required));
    TRY(read_list(&s, "Subject", BYTES, &ret->subjects));
    TRY(read_list(&s, "Issuer", BYTES, &ret->issuers));
    TRY(read_list(&s, "OID", BYTES, &ret->policies));
    TRY(read_list(&s, "KeyUsage", NAME_OR_STRING, &ret->key_usages));
    TRY(read_names(&s, ret));
    TRY(read_text(&s, "URL", BYTES, &ret->url));
    TRY(read_text(&s, "URLType", NAME_OR_STRING, &ret->url_type));
    return read_text(&s, "SignaturePolicyOID", BYTES, &ret->signature_policy);
}

static pades_status read_timestamp(const seeding *outer, pdf_seed *ret)
{
    seeding s;
    int64_t flags = 0;
    TRY(open_dict(outer, "TimeStamp", "time-stamp seed value", &s));
    if (!s.dict) {
        return PADES_OK;
    }
    TRY(read_int(&s, "Ff", 0, UINT32_MAX, &flags));
    ret->timestamp_required = (flags & 1) != 0;
    return read_text(&s, "URL", BYTES, &ret->timestamp_url);
}

/* clause: ISO32000-1#12.7.4.5 /MDP /P: 0 an ordinary signature, 1 to 3 a certification */
static pades_status read_certification(const seeding *outer, pdf_seed *ret)
{
    seeding s;
    int64_t p = -1;
    TRY(open_dict(outer, "MDP", "seed value of the certification", &s));
    if (!s.dict) {
        return PADES_OK;
    }
    TRY(read_int(&s, "P", 0, 3, &p));
    if (p < 0) {
        return wrong(&s, "P");
    }
    ret->certification = (int)p;
    return PADES_OK;
}

/* A name, and in files of some producers the boolean of that name. */
static pades_status read_lock(const seeding *s, pdf_seed *ret)
{
    const pdf_obj *o = NULL;
    TRY(get(s, "LockDocument", &o));
    if (pdf_is(o, PDF_BOOL)) {
        ret->lock_document = span_str(o->u.boolean ? "true" : "false");
        return PADES_OK;
    }
    if (o && !pdf_is_name(o, "true") && !pdf_is_name(o, "false") && !pdf_is_name(o, "auto")) {
        return wrong(s, "LockDocument");
    }
    ret->lock_document = o ? o->u.text : span_of(NULL, 0);
    return PADES_OK;
}

static pades_status read_all(const seeding *s, pdf_seed *ret)
{
    TRY(read_flags(s, &ret->required));
    TRY(read_text(s, "Filter", NAME_ONLY, &ret->filter));
    TRY(read_list(s, "SubFilter", NAME_ONLY, &ret->sub_filters));
    TRY(read_list(s, "DigestMethod", NAME_OR_STRING, &ret->digests));
    TRY(read_int(s, "V", 0, INT32_MAX, &ret->version));
    TRY(read_list(s, "Reasons", TEXT, &ret->reasons));
    TRY(read_list(s, "LegalAttestation", TEXT, &ret->attestations));
    TRY(read_bool(s, "AddRevInfo", &ret->rev_info));
    TRY(read_text(s, "AppearanceFilter", TEXT, &ret->appearance));
    TRY(read_lock(s, ret));
    TRY(read_certification(s, ret));
    TRY(read_timestamp(s, ret));
    return read_cert(s, &ret->cert);
}

pades_status pdf_seed_read(const pdf_seed_from *from, const pdf_obj *field, pdf_seed *ret,
                           pades_error **e)
{
    pdf_seed seed = {.certification = -1, .rev_info = -1};
    const seeding holder = {from, field, {0, 0}, "signature field", e};
    seeding s;
    int64_t permits = 0;
    TRY(open_dict(&holder, "Lock", "lock", &s));
    if (s.dict) {
        TRY(read_int(&s, "P", 1, 3, &permits));
    }
    seed.lock_permits = (int)permits;
    TRY(open_dict(&holder, "SV", "seed value", &s));
    if (s.dict) {
        seed.given = true;
        TRY(read_all(&s, &seed));
    }
    *ret = seed;
    return PADES_OK;
}
