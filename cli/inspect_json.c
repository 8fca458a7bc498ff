/* The JSON of `inspect`: members are only ever added. Lists are bounded by the library, and each
 * says by a number beside it when there is more. */
#include "inspect.h"

#include <stdio.h>

static const char *coverage(const pades_signature_info *s)
{
    if (s->byte_range_ok == 0) {
        return "PARTIAL";
    }
    return s->covers_file != 0       ? "ENTIRE_FILE"
           : s->covers_revision != 0 ? "ENTIRE_REVISION"
                                     : "PARTIAL";
}

static void add_sections(js *object, const pades_doc *doc, size_t revision, size_t *at)
{
    const pades_section_info *one;
    js *list = js_list_in(object, "sections");
    while ((one = pades_doc_get_section(doc, *at)) != NULL && one->revision == revision) {
        js *section = js_push_object(list);
        js_text(section, "xref", inspect_xref_name(one->kind));
        js_number(section, "offset", (int64_t)one->offset);
        js_number(section, "entries", (int64_t)one->entries);
        js_bool(section, "hidden", one->hidden != 0);
        ++*at;
    }
}

static void add_changes(js *object, const pades_doc *doc, size_t i, const pades_revision_info *r)
{
    const pades_change_info *change;
    js *list = js_list_in(object, "changes");
    for (size_t k = 0; (change = pades_doc_get_change(doc, i, k)) != NULL; k++) {
        js *one = js_push_object(list);
        js_number(one, "object", change->object);
        js_text(one, "change", change->change);
        js_text(one, "kind", change->kind);
    }
    js_number(object, "changes_more", (int64_t)(r->added + r->replaced + r->freed - r->changes));
}

static void add_counts(js *one, const pades_revision_info *r)
{
    static const char *const names[] = {"added", "replaced", "freed"};
    const uint64_t counts[] = {r->added, r->replaced, r->freed};
    for (size_t i = 0; i < 3; i++) {
        if (r->counted != 0) {
            js_number(one, names[i], (int64_t)counts[i]);
        } else {
            js_null(one, names[i]);
        }
    }
}

static void add_revisions(js *object, const pades_doc *doc)
{
    const pades_revision_info *r;
    size_t section = 0;
    js *list = js_list_in(object, "revisions");
    for (size_t i = 0; (r = pades_doc_get_revision(doc, i)) != NULL; i++) {
        js *one = js_push_object(list);
        js_number(one, "end", (int64_t)r->end);
        js_number(one, "startxref", (int64_t)r->startxref);
        js_text(one, "xref", inspect_xref_name(r->kind));
        js_number(one, "entries", (int64_t)r->entries);
        js_bool(one, "linearized", r->linearized != 0);
        add_sections(one, doc, i, &section);
        add_counts(one, r);
        js_text(one, "catalog", r->catalog);
        add_changes(one, doc, i, r);
    }
}

static void add_lock(js *object, const pades_lock_info *lock)
{
    js_text(object, "action", lock->action);
    js *fields = js_list_in(object, "fields");
    for (size_t i = 0; i < lock->fields_listed; i++) {
        js_push_text(fields, lock->fields[i]);
    }
    js_number(object, "fields_count", (int64_t)lock->fields_n);
    if (lock->p != 0) {
        js_number(object, "p", lock->p);
    } else {
        js_null(object, "p");
    }
}

static void add_seeds(js *one, const pades_doc *doc, size_t i, const pades_field_info *field)
{
    const pades_seed_info *seed;
    js *list = js_list_in(one, "seed_values");
    for (size_t k = 0; (seed = pades_doc_get_seed(doc, i, k)) != NULL; k++) {
        js *object = js_push_object(list);
        js_text(object, "name", seed->name);
        js_text(object, "value", seed->value);
        js_bool(object, "required", seed->required != 0);
    }
    if (field->seeds_more != 0) {
        js_bool(one, "seed_values_more", true);
    }
}

/* What is said of signature fields only. */
static void add_field_details(js *one, const pades_doc *doc, size_t i,
                              const pades_field_info *field)
{
    if (field->detailed == 0) {
        return;
    }
    js_text(one, "widget", field->widget);
    js_bool(one, "visible", field->visible != 0);
    if (field->page != 0) {
        js_number(one, "page", (int64_t)field->page);
    } else {
        js_null(one, "page");
    }
    if (field->has_lock != 0) {
        add_lock(js_object_in(one, "lock"), &field->lock);
    } else {
        js_null(one, "lock");
    }
    add_seeds(one, doc, i, field);
}

static void add_fields(js *object, const pades_doc *doc)
{
    const pades_field_info *field;
    js *list = js_list_in(object, "fields");
    for (size_t i = 0; (field = pades_doc_get_field(doc, i)) != NULL; i++) {
        js *one = js_push_object(list);
        js_text(one, "name", field->name);
        js_text(one, "type", field->type);
        js_number(one, "object", field->object);
        js_bool(one, "signed", field->is_signed != 0);
        add_field_details(one, doc, i, field);
    }
}

static void add_attributes(js *cms, const pades_doc *doc, size_t i)
{
    const pades_attribute_info *attribute;
    js *lists[2] = {js_list_in(cms, "unsigned_attributes"), js_list_in(cms, "signed_attributes")};
    for (size_t k = 0; (attribute = pades_doc_get_attribute(doc, i, k)) != NULL; k++) {
        js_push_text(lists[attribute->is_signed != 0],
                     attribute->name != NULL ? attribute->name : attribute->oid);
    }
}

static void add_certificates(js *cms, const pades_doc *doc, size_t i)
{
    const pades_certificate_info *cert;
    js *list = js_list_in(cms, "certificates");
    for (size_t k = 0; (cert = pades_doc_get_certificate(doc, i, k)) != NULL; k++) {
        js *one = js_push_object(list);
        js_text(one, "subject", cert->subject);
        js_text(one, "issuer", cert->issuer);
        js_text(one, "serial", cert->serial);
    }
}

static void add_timestamp(js *one, const pades_signature_info *s)
{
    if (s->timestamp == 0) {
        js_null(one, "timestamp");
        return;
    }
    js *stamp = js_object_in(one, "timestamp");
    js_text(stamp, "time", s->timestamp_time);
    js_text(stamp, "digest", s->timestamp_digest);
    js_text(stamp, "policy", s->timestamp_policy);
    js_text(stamp, "serial", s->timestamp_serial);
    js_text(stamp, "tsa", s->timestamp_authority);
}

static void add_cms(js *one, const pades_doc *doc, size_t i, const pades_signature_info *s)
{
    js *cms = js_object_in(one, "cms");
    js_number(cms, "bytes", (int64_t)s->cms_n);
    js_text(cms, "encoding", s->cms_encoding);
    js_bool(cms, "padding_is_zero", s->padding_is_zero != 0);
    js_number(cms, "signers", (int64_t)s->signers);
    js_text(cms, "digest", s->digest);
    js_text(cms, "signature_algorithm", s->signature_algorithm);
    js_text(cms, "signing_time", s->cms_time);
    add_attributes(cms, doc, i);
    add_certificates(cms, doc, i);
    add_timestamp(cms, s);
}

static void add_references(js *one, const pades_doc *doc, size_t i)
{
    const pades_reference_info *reference;
    js *list = js_list_in(one, "references");
    for (size_t k = 0; (reference = pades_doc_get_reference(doc, i, k)) != NULL; k++) {
        js *object = js_push_object(list);
        js_text(object, "method", reference->method);
        add_lock(object, &reference->lock);
    }
}

static void add_signature(js *one, const pades_doc *doc, size_t i, const pades_signature_info *s)
{
    js_text(one, "field", s->field);
    js_text(one, "type", s->type);
    js_text(one, "filter", s->filter);
    js_text(one, "sub_filter", s->sub_filter);
    js_text(one, "name", s->name);
    js_text(one, "reason", s->reason);
    js_text(one, "location", s->location);
    js_text(one, "signing_time", s->time);
    js *range = js_list_in(one, "byte_range");
    for (size_t k = 0; k < 4; k++) {
        js_push_number(range, (int64_t)s->byte_range[k]);
    }
    js_bool(one, "byte_range_ok", s->byte_range_ok != 0);
    js_text(one, "coverage", coverage(s));
    js_number(one, "contents_bytes", (int64_t)s->contents_n);
    js *signer = js_object_in(one, "signer");
    js_text(signer, "subject", s->signer);
    js_text(signer, "serial", s->signer_serial);
    js_number(one, "signed_bytes", (int64_t)s->signed_bytes);
    js_number(one, "revision_end", (int64_t)s->revision_end);
    add_references(one, doc, i);
    add_cms(one, doc, i, s);
}

static void add_signatures(js *object, const pades_doc *doc, const struct ltvs *ltvs)
{
    const pades_signature_info *s;
    js *list = js_list_in(object, "signatures");
    size_t i = 0;
    for (; (s = pades_doc_get_signature(doc, i)) != NULL; i++) {
        js *one = js_push_object(list);
        add_signature(one, doc, i, s);
        inspect_json_ltv(one, ltvs, i);
    }
    js_number(object, "signatures_more", (int64_t)(pades_doc_get_info(doc)->signatures - i));
}

static void add_dss(js *object, const pades_facts_info *facts)
{
    if (facts->dss == 0) {
        js_null(object, "dss");
        return;
    }
    js *dss = js_object_in(object, "dss");
    js_number(dss, "certificates", (int64_t)facts->dss_certificates);
    js_number(dss, "ocsps", (int64_t)facts->dss_ocsps);
    js_number(dss, "crls", (int64_t)facts->dss_crls);
    js_number(dss, "vris", (int64_t)facts->dss_vris);
}

static void add_claims(js *object, const pades_doc *doc)
{
    const char *claim;
    js *list = js_list_in(object, "claims");
    for (size_t i = 0; (claim = pades_doc_get_claim(doc, i)) != NULL; i++) {
        js_push_text(list, claim);
    }
}

static void add_facts(js *object, const pades_doc *doc)
{
    char version[32];
    const pades_facts_info *facts = pades_doc_get_facts(doc);
    snprintf(version, sizeof version, "%d.%d", facts->header_major, facts->header_minor);
    js_text(object, "header_version", version);
    js_text(object, "catalog_version", facts->catalog_version);
    js_text(object, "linearized", facts->linearized);
    js_text(object, "extensions", facts->extensions);
    js_bool(object, "tagged", facts->tagged != 0);
    js_bool(object, "collection", facts->collection != 0);
    js_number(object, "embedded_files", (int64_t)facts->embedded_files);
    js_bool(object, "embedded_files_more", facts->embedded_files_more != 0);
    js_number(object, "associated_files", (int64_t)facts->associated_files);
    js_bool(object, "xfa", facts->xfa != 0);
    js_bool(object, "needs_rendering", facts->needs_rendering != 0);
    js_bool(object, "need_appearances", facts->need_appearances != 0);
    js_number(object, "sig_flags", facts->sig_flags);
    js_bool(object, "javascript", facts->javascript != 0);
    js_text(object, "open_action", facts->open_action);
    js_bool(object, "additional_actions", facts->additional_actions != 0);
    js_bool(object, "usage_rights", facts->usage_rights != 0);
    add_dss(object, facts);
    add_claims(object, doc);
}

js *inspect_json(const char *file, const pades_doc *doc, const struct ltvs *ltvs)
{
    char version[32];
    const char *warning;
    const pades_doc_info *info = pades_doc_get_info(doc);
    js *object = js_start();
    snprintf(version, sizeof version, "%d.%d", info->version_major, info->version_minor);
    js_text(object, "file", file);
    js_text(object, "version", version);
    js_number(object, "size", (int64_t)info->size);
    js_number(object, "entries", (int64_t)info->entries);
    js_bool(object, "encrypted", info->encrypted != 0);
    inspect_json_encryption(object, pades_doc_get_encryption(doc));
    if (info->certification == 0) {
        js_null(object, "certification");
    } else {
        js_number(object, "certification", info->certification);
    }
    js_bool(object, "second_reader", info->second_reader != 0);
    add_facts(object, doc);
    add_revisions(object, doc);
    add_fields(object, doc);
    add_signatures(object, doc, ltvs);
    js *warnings = js_list_in(object, "warnings");
    for (size_t i = 0; (warning = pades_doc_get_warning(doc, i)) != NULL; i++) {
        js_push_text(warnings, warning);
    }
    return object;
}

void inspect_json_extracted(js *object, const struct extraction *x)
{
    if (x->n == 0) {
        return;
    }
    js *extracted = js_object_in(object, "extracted");
    js_text(extracted, "directory", x->path);
    js *files = js_list_in(extracted, "files");
    for (size_t i = 0; i < x->n; i++) {
        js_push_text(files, x->names[i]);
    }
}
