/* The setters of a field to be made. Seed values are kept as they will be read from the document;
 * the first bad one is remembered.
 * clause: ISO32000-1#12.7.4.5 seed value dictionary */
#include "sign/field_spec.h"

#include "base/der.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

enum { POOL_MAX = 16 << 20, TEXT_MAX = 4096, VALUE_MAX = 1 << 20, ITEMS_MAX = 256, KEY_MAX = 32 };

typedef enum seed_value_kind {
    LIST_OF_NAMES, /* ASCII */
    LIST_OF_TEXTS,
    LIST_OF_DER,
    LIST_OF_OIDS,
    LIST_OF_SUBJECTS,
    ONE_NAME,
    ONE_TEXT,
    ONE_NUMBER,
    ONE_BOOL,
    ONE_LOCK
} seed_value_kind;

static const struct seed_key {
    const char *name;
    seed_value_kind kind;
    size_t at; /* in pdf_seed */
    unsigned bit;
    bool of_cert;
} keys[] = {
    {"Filter", ONE_NAME, offsetof(pdf_seed, filter), PDF_SEED_FILTER, false},
    {"SubFilter", LIST_OF_NAMES, offsetof(pdf_seed, sub_filters), PDF_SEED_SUB_FILTER, false},
    {"DigestMethod", LIST_OF_NAMES, offsetof(pdf_seed, digests), PDF_SEED_DIGEST, false},
    {"V", ONE_NUMBER, offsetof(pdf_seed, version), PDF_SEED_VERSION, false},
    {"Reasons", LIST_OF_TEXTS, offsetof(pdf_seed, reasons), PDF_SEED_REASONS, false},
    {"MDP", ONE_NUMBER, offsetof(pdf_seed, certification), 0, false},
    {"LegalAttestation", LIST_OF_TEXTS, offsetof(pdf_seed, attestations), PDF_SEED_ATTESTATION,
     false},
    {"AddRevInfo", ONE_BOOL, offsetof(pdf_seed, rev_info), PDF_SEED_REV_INFO, false},
    {"LockDocument", ONE_LOCK, offsetof(pdf_seed, lock_document), PDF_SEED_LOCK_DOCUMENT, false},
    {"AppearanceFilter", ONE_TEXT, offsetof(pdf_seed, appearance), PDF_SEED_APPEARANCE, false},
    {"TimeStamp", ONE_NAME, offsetof(pdf_seed, timestamp_url), 0, false},
    {"Cert Subject", LIST_OF_DER, offsetof(pdf_seed, cert.subjects), PDF_SEED_CERT_SUBJECT, true},
    {"Cert Issuer", LIST_OF_DER, offsetof(pdf_seed, cert.issuers), PDF_SEED_CERT_ISSUER, true},
    {"Cert OID", LIST_OF_OIDS, offsetof(pdf_seed, cert.policies), PDF_SEED_CERT_POLICY, true},
    {"Cert KeyUsage", LIST_OF_NAMES, offsetof(pdf_seed, cert.key_usages), PDF_SEED_CERT_KEY_USAGE,
     true},
    {"Cert SubjectDN", LIST_OF_SUBJECTS, offsetof(pdf_seed, cert.names), PDF_SEED_CERT_SUBJECT_DN,
     true},
    {"Cert URL", ONE_NAME, offsetof(pdf_seed, cert.url), PDF_SEED_CERT_URL, true},
    {"Cert URLType", ONE_NAME, offsetof(pdf_seed, cert.url_type), 0, true},
};

pades_status pades_field_spec_new(const char *name, pades_field_spec **ret_spec,
                                  pades_error **ret_error)
{
    pades_field_spec *spec = mem_alloc(sizeof *spec);
    if (!spec) {
        return fail_memory(ret_error);
    }
    *spec = (pades_field_spec){.seed = {.certification = -1, .rev_info = -1}};
    spec->name = mem_strdup(name);
    pades_status status =
        spec->name ? pdf_pool_new(POOL_MAX, &spec->pool, ret_error) : fail_memory(ret_error);
    if (status != PADES_OK) {
        pades_field_spec_free(spec);
        return status;
    }
    *ret_spec = spec;
    return PADES_OK;
}

void pades_field_spec_free(pades_field_spec *spec)
{
    if (spec) {
        mem_free(spec->name);
        mem_free(spec->tooltip);
        pdf_lock_free(&spec->lock);
        pdf_pool_free(spec->pool);
        mem_free(spec);
    }
}

static void mark_bad(pades_field_spec *spec, const char *what)
{
    spec->bad = spec->bad ? spec->bad : what;
}

/* Which seed value the next complaint is about. */
static void set_about(pades_field_spec *spec, const struct seed_key *key)
{
    spec->about = spec->bad ? spec->about : key ? key->name : NULL;
}

static bool is_sane(double value)
{
    return value >= -1e6 && value <= 1e6; /* false for what is no number */
}

void pades_field_spec_set_place(pades_field_spec *spec, unsigned page, double x, double y,
                                double width, double height)
{
    bool ok = page > 0 && is_sane(x) && is_sane(y) && is_sane(width) && is_sane(height);
    if (!ok || !(width > 0) || !(height > 0)) {
        mark_bad(spec, "a place is a page from 1, a corner, and a width and height above 0");
        return;
    }
    spec->shown = true;
    spec->page = page;
    spec->x = x;
    spec->y = y;
    spec->w = width;
    spec->h = height;
}

void pades_field_spec_set_tooltip(pades_field_spec *spec, const char *text)
{
    if (strlen(text) > TEXT_MAX || !utf8_valid(span_str(text))) {
        mark_bad(spec, "the tooltip is too long or not UTF-8");
        return;
    }
    mem_free(spec->tooltip);
    spec->tooltip = mem_strdup(text);
    spec->no_memory = spec->no_memory || !spec->tooltip;
}

void pades_field_spec_set_lock(pades_field_spec *spec, pades_lock_action action,
                               const char *const *names, size_t n)
{
    pdf_lock lock;
    if (action < PADES_LOCK_NONE || action > PADES_LOCK_EXCLUDE) {
        mark_bad(spec, "the lock is none of none, all, include, exclude");
        return;
    }
    pades_status status = pdf_lock_make((pdf_lock_action)action, names, n, &lock, NULL);
    if (status != PADES_OK) {
        spec->no_memory = spec->no_memory || status == PADES_NO_MEMORY;
        mark_bad(spec, "the lock names no fields, or one that is empty or not UTF-8");
        return;
    }
    pdf_lock_free(&spec->lock);
    spec->lock = lock;
}

void pades_field_spec_set_allow_gaps(pades_field_spec *spec, int on)
{
    spec->allow_gaps = on != 0;
}

static const struct seed_key *find_key(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static void *slot_of(pades_field_spec *spec, const struct seed_key *key)
{
    return (uint8_t *)&spec->seed + key->at;
}

static bool is_ascii(span value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < 0x21 || value.p[i] > 0x7E) {
            return false;
        }
    }
    return value.n > 0;
}

static bool is_oid(span value)
{
    char text[KEY_MAX * 8];
    if (value.n >= sizeof text || !is_ascii(value)) {
        return false;
    }
    memcpy(text, value.p, value.n);
    text[value.n] = 0;
    return der_oid_valid(text);
}

/* A certificate in outline: one SEQUENCE and nothing behind it. */
static bool is_der(span value)
{
    der_tlv whole;
    reader r = reader_of(value);
    return der_expect(&r, DER_SEQUENCE, &whole) && reader_left(&r) == 0;
}

static void add_item(pades_field_spec *spec, pdf_seed_list *list, span value)
{
    span *items = pdf_pool_take(spec->pool, (list->n + 1) * sizeof *items);
    if (!items || list->n == ITEMS_MAX) {
        spec->no_memory = spec->no_memory || !items;
        mark_bad(spec, "a seed value has too many entries");
        return;
    }
    if (list->n > 0) {
        memcpy(items, list->items, list->n * sizeof *items);
    }
    items[list->n] = value;
    *list = (pdf_seed_list){true, items, list->n + 1};
}

/* "CN=Name" of one line. */
static bool add_attribute(pdf_seed_name *name, span line)
{
    size_t equals = span_find(line, span_str("="), 0);
    span key = span_part(line, 0, equals);
    if (equals == SIZE_MAX || !is_ascii(key) || equals + 1 >= line.n || name->n == ITEMS_MAX) {
        return false;
    }
    name->attributes[name->n++] = (pdf_seed_attribute){key, span_part(line, equals + 1, line.n)};
    return true;
}

static bool parse_subject(pdf_seed_name *name, span text)
{
    bool ok = text.n > 0;
    for (size_t at = 0; ok && at < text.n;) {
        size_t end = span_find(text, span_str("\n"), at);
        end = end == SIZE_MAX ? text.n : end;
        ok = end == at || add_attribute(name, span_part(text, at, end - at));
        at = end + 1;
    }
    return ok && name->n > 0;
}

static void add_subject(pades_field_spec *spec, span text)
{
    pdf_seed_cert *cert = &spec->seed.cert;
    pdf_seed_name *names = pdf_pool_take(spec->pool, (cert->names_n + 1) * sizeof *names);
    pdf_seed_attribute *attributes = pdf_pool_take(spec->pool, ITEMS_MAX * sizeof *attributes);
    if (!names || !attributes) {
        spec->no_memory = true;
        return;
    }
    if (cert->names_n > 0) {
        memcpy(names, cert->names, cert->names_n * sizeof *names);
    }
    names[cert->names_n].attributes = attributes;
    if (cert->names_n == ITEMS_MAX || !parse_subject(&names[cert->names_n], text)) {
        mark_bad(spec, "a subject of a seed value is not of lines NAME=VALUE");
        return;
    }
    cert->names = names;
    cert->names_n++;
}

static void set_number(pades_field_spec *spec, const struct seed_key *key, span value)
{
    bool mdp = key->at == offsetof(pdf_seed, certification);
    if (value.n != 1 || value.p[0] < (mdp ? '0' : '1') || value.p[0] > '3') {
        mark_bad(spec, "MDP of the seed values is 0 to 3, V is 1 to 3");
    } else if (mdp) {
        spec->seed.certification = value.p[0] - '0';
    } else {
        spec->seed.version = value.p[0] - '0';
    }
}

static bool fits(const struct seed_key *key, span value)
{
    switch (key->kind) {
    case LIST_OF_NAMES:
    case ONE_NAME:
        return is_ascii(value);
    case LIST_OF_OIDS:
        return is_oid(value);
    case LIST_OF_DER:
        return is_der(value);
    case LIST_OF_TEXTS:
    case LIST_OF_SUBJECTS:
    case ONE_TEXT:
        return utf8_valid(value);
    case ONE_LOCK:
        return span_is(value, "true") || span_is(value, "false") || span_is(value, "auto");
    case ONE_BOOL:
        return span_is(value, "true") || span_is(value, "false");
    case ONE_NUMBER:
        break;
    }
    return true;
}

static void put(pades_field_spec *spec, const struct seed_key *key, span value)
{
    switch (key->kind) {
    case LIST_OF_NAMES:
    case LIST_OF_TEXTS:
    case LIST_OF_DER:
    case LIST_OF_OIDS:
        add_item(spec, slot_of(spec, key), value);
        break;
    case LIST_OF_SUBJECTS:
        add_subject(spec, value);
        break;
    case ONE_NAME:
    case ONE_TEXT:
    case ONE_LOCK:
        *(span *)slot_of(spec, key) = value;
        break;
    case ONE_BOOL:
        spec->seed.rev_info = span_is(value, "true");
        break;
    case ONE_NUMBER:
        set_number(spec, key, value);
        break;
    }
    spec->seed.given = true;
    spec->seed.cert.given = spec->seed.cert.given || key->of_cert;
}

void pades_field_spec_add_seed(pades_field_spec *spec, const char *key, const void *value, size_t n)
{
    const struct seed_key *found = find_key(key);
    span given = span_of(value, n);
    set_about(spec, found);
    if (!found || n > VALUE_MAX || !fits(found, given)) {
        mark_bad(spec, !found ? "there is no seed value of that name"
                              : "a seed value is not of the kind that its name asks for");
        return;
    }
    span copy = pdf_pool_copy(spec->pool, n > 0 ? given : span_of("", 1));
    if (!copy.p) {
        spec->no_memory = true;
        return;
    }
    put(spec, found, span_of(copy.p, n));
    set_about(spec, NULL);
}

void pades_field_spec_require_seed(pades_field_spec *spec, const char *key)
{
    const struct seed_key *found = find_key(key);
    set_about(spec, found);
    if (!found || (found->bit == 0 && strcmp(key, "TimeStamp") != 0 && strcmp(key, "MDP") != 0)) {
        mark_bad(spec, "there is no seed value of that name that could be required");
    } else if (found->at == offsetof(pdf_seed, timestamp_url)) {
        spec->seed.timestamp_required = true;
    } else if (found->of_cert) {
        spec->seed.cert.required |= found->bit;
        spec->seed.cert.given = true;
    } else {
        spec->seed.required |= found->bit;
    }
    spec->seed.given = spec->seed.given || found;
    set_about(spec, NULL);
}
