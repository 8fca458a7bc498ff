/* Seed values as lines of text: what is asked for, of what kind, and whether it is required. Of
 * long lists the first items; URLs are shown and never opened. */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/seed.h"
#include "pki/cert.h"

#include <stdio.h>

enum { SEEDS_MAX = 2000, ITEMS_MAX = 16, ITEM_BYTES = 256, LINE_BYTES = 64 << 10 };

typedef struct seeding {
    pades_doc *doc;
    doc_field *field;
} seeding;

static pades_status add_line(const seeding *s, const char *name, char *text, bool required,
                             pades_error **e)
{
    pades_doc *doc = s->doc;
    const char *kept = NULL;
    TRY(doc_keep(doc, text, &kept, e));
    if (!MEM_GROW(doc->seeds, doc->seeds_n, doc->seeds_cap)) {
        return fail_memory(e);
    }
    doc->seeds[doc->seeds_n++] = (pades_seed_info){name, kept, required};
    s->field->pub.seeds++;
    return PADES_OK;
}

static pades_status add_text(const seeding *s, const char *name, span text, bool required,
                             pades_error **e)
{
    return text.p ? add_line(s, name, escape_text(text, 0), required, e) : PADES_OK;
}

static pades_status add_number(const seeding *s, const char *name, int64_t value, bool required,
                               pades_error **e)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return add_line(s, name, mem_strdup(text), required, e);
}

/* A line an item: joined, a comma inside one would make two of it. */
static pades_status add_list(const seeding *s, const char *name, const pdf_seed_list *list,
                             bool required, pades_error **e)
{
    size_t n = list->n < ITEMS_MAX ? list->n : ITEMS_MAX;
    for (size_t i = 0; i < n; i++) {
        TRY(add_line(s, name, escape_text(list->items[i], ITEM_BYTES), required, e));
    }
    s->field->pub.seeds_more = s->field->pub.seeds_more || list->n > n;
    return PADES_OK;
}

/* Certificates are told by their subjects. */
static pades_status add_certs(const seeding *s, const char *name, const pdf_seed_list *list,
                              bool required, pades_error **e)
{
    for (size_t i = 0; i < list->n && i < ITEMS_MAX; i++) {
        AUTO(pades_cert) *cert = NULL;
        pades_status status = pades_cert_new_der(list->items[i].p, list->items[i].n, &cert, e);
        const char *subject = status == PADES_OK ? pades_cert_subject(cert) : "unreadable";
        if (status == PADES_NO_MEMORY) {
            return status;
        }
        error_clear(e);
        TRY(add_line(s, name, mem_strdup(subject), required, e));
    }
    return PADES_OK;
}

static pades_status add_names(const seeding *s, const pdf_seed_cert *c, pades_error **e)
{
    for (size_t i = 0; i < c->names_n && i < ITEMS_MAX; i++) {
        AUTO_VAL(buf) out = BUF(LINE_BYTES);
        const pdf_seed_name *name = &c->names[i];
        for (size_t k = 0; k < name->n && k < ITEMS_MAX; k++) {
            AUTO(mem_text) *key = escape_text(name->attributes[k].name, 64);
            AUTO(mem_text) *value = escape_text(name->attributes[k].value, ITEM_BYTES);
            buf_addf(&out, "%s%s=%s", k > 0 ? ", " : "", key ? key : "", value ? value : "");
            out.failed = out.failed || !key || !value;
        }
        TRY(add_line(s, "Cert SubjectDN", buf_take_text(&out),
                     (c->required & PDF_SEED_CERT_SUBJECT_DN) != 0, e));
    }
    return PADES_OK;
}

static pades_status add_cert(const seeding *s, const pdf_seed_cert *c, pades_error **e)
{
    TRY(add_certs(s, "Cert Subject", &c->subjects, (c->required & PDF_SEED_CERT_SUBJECT) != 0, e));
    TRY(add_certs(s, "Cert Issuer", &c->issuers, (c->required & PDF_SEED_CERT_ISSUER) != 0, e));
    TRY(add_names(s, c, e));
    TRY(add_list(s, "Cert KeyUsage", &c->key_usages, (c->required & PDF_SEED_CERT_KEY_USAGE) != 0,
                 e));
    TRY(add_list(s, "Cert OID", &c->policies, (c->required & PDF_SEED_CERT_POLICY) != 0, e));
    TRY(add_text(s, "Cert URL", c->url, (c->required & PDF_SEED_CERT_URL) != 0, e));
    TRY(add_text(s, "Cert URLType", c->url_type, false, e));
    return add_text(s, "Cert SignaturePolicyOID", c->signature_policy, false, e);
}

static pades_status add_rest(const seeding *s, const pdf_seed *v, pades_error **e)
{
    TRY(add_list(s, "LegalAttestation", &v->attestations, (v->required & PDF_SEED_ATTESTATION) != 0,
                 e));
    if (v->rev_info >= 0) {
        TRY(add_line(s, "AddRevInfo", mem_strdup(v->rev_info ? "true" : "false"),
                     (v->required & PDF_SEED_REV_INFO) != 0, e));
    }
    TRY(add_text(s, "LockDocument", v->lock_document, (v->required & PDF_SEED_LOCK_DOCUMENT) != 0,
                 e));
    TRY(add_text(s, "AppearanceFilter", v->appearance, (v->required & PDF_SEED_APPEARANCE) != 0,
                 e));
    span url = v->timestamp_url;
    url = !url.p && v->timestamp_required ? span_str("any") : url;
    TRY(add_text(s, "TimeStamp", url, v->timestamp_required, e));
    return v->cert.given ? add_cert(s, &v->cert, e) : PADES_OK;
}

static pades_status add_all(const seeding *s, const pdf_seed *v, pades_error **e)
{
    TRY(add_text(s, "Filter", v->filter, (v->required & PDF_SEED_FILTER) != 0, e));
    TRY(add_list(s, "SubFilter", &v->sub_filters, (v->required & PDF_SEED_SUB_FILTER) != 0, e));
    TRY(add_list(s, "DigestMethod", &v->digests, (v->required & PDF_SEED_DIGEST) != 0, e));
    if (v->version != 0) {
        TRY(add_number(s, "V", v->version, (v->required & PDF_SEED_VERSION) != 0, e));
    }
    TRY(add_list(s, "Reasons", &v->reasons, (v->required & PDF_SEED_REASONS) != 0, e));
    if (v->certification >= 0) {
        TRY(add_number(s, "MDP", v->certification, true, e));
    }
    return add_rest(s, v, e);
}

pades_status doc_read_seed(const doc_reading *r, const pdf_obj *o, doc_field *field,
                           pades_error **e)
{
    pdf_seed v;
    const pdf_seed_from from = {.f = r->f, .pool = r->pool};
    const seeding s = {r->doc, field};
    field->first_seed = r->doc->seeds_n;
    if (r->doc->seeds_n >= SEEDS_MAX) {
        field->pub.seeds_more = pdf_dict_get(o, "SV") != NULL;
        return PADES_OK;
    }
    TRY(pdf_seed_read(&from, o, &v, e));
    return v.given ? add_all(&s, &v, e) : PADES_OK;
}
