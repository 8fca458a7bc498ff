/* What `inspect` prints for people. Every text of the library is escaped already. */
#include "inspect.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_optional(const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        printf("    %-12s %s\n", name, value);
    }
}

static void print_lock(const char *name, const char *method, const pades_lock_info *lock)
{
    printf("    %-12s %s%s%s", name, method, lock->action != NULL && method[0] != '\0' ? " " : "",
           lock->action != NULL ? lock->action : "");
    if (lock->p != 0) {
        printf(" P %d", lock->p);
    }
    for (size_t i = 0; i < lock->fields_listed; i++) {
        printf("%s%s", i > 0 ? ", " : ": ", lock->fields[i]);
    }
    if (lock->fields_n > lock->fields_listed) {
        printf(" and %zu more", lock->fields_n - lock->fields_listed);
    }
    printf("\n");
}

/* "signed attributes    content-type, message-digest": those of one sort. */
static void print_attributes(const pades_doc *doc, size_t i, const char *name, bool is_signed)
{
    const pades_attribute_info *attribute;
    size_t n = 0;
    for (size_t k = 0; (attribute = pades_doc_get_attribute(doc, i, k)) != NULL; k++) {
        if ((attribute->is_signed != 0) == is_signed) {
            printf(n++ > 0 ? ", " : "    %-12s ", name);
            printf("%s", attribute->name != NULL ? attribute->name : attribute->oid);
        }
    }
    if (n > 0) {
        printf("\n");
    }
}

static void print_cms(const pades_doc *doc, size_t i, const pades_signature_info *s)
{
    const pades_certificate_info *cert;
    if (s->cms_n > 0) {
        printf("    %-12s %s, %zu bytes%s\n", "CMS", s->cms_encoding, s->cms_n,
               s->padding_is_zero != 0 ? "" : ", and what pads it is not all zero");
    }
    if (s->digest != NULL && s->signature_algorithm != NULL) {
        printf("    %-12s %s, %s\n", "algorithms", s->digest, s->signature_algorithm);
    }
    print_attributes(doc, i, "signed attr.", true);
    print_attributes(doc, i, "unsigned a.", false);
    print_optional("signing-time", s->cms_time);
    for (size_t k = 0; (cert = pades_doc_get_certificate(doc, i, k)) != NULL; k++) {
        print_optional("certificate", cert->subject);
    }
    print_optional("stamped", s->timestamp_time);
    print_optional("stamped by", s->timestamp_authority);
}

static const char *covers(const pades_signature_info *s)
{
    return s->byte_range_ok == 0     ? "nothing for certain"
           : s->covers_file != 0     ? "the whole file"
           : s->covers_revision != 0 ? "its whole revision"
                                     : "less than its revision";
}

static void print_signature(const pades_doc *doc, size_t i, const pades_signature_info *s)
{
    const pades_reference_info *reference;
    printf("%s '%s'\n", strcmp(s->type, "doctimestamp") == 0 ? "document timestamp" : "signature",
           s->field);
    print_optional("signer", s->signer);
    print_optional("serial", s->signer_serial);
    print_optional("name", s->name);
    print_optional("reason", s->reason);
    print_optional("location", s->location);
    print_optional("time", s->time);
    print_optional("filter", s->filter);
    print_optional("sub filter", s->sub_filter);
    printf("    %-12s [%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "]%s\n", "byte range",
           s->byte_range[0], s->byte_range[1], s->byte_range[2], s->byte_range[3],
           s->byte_range_ok != 0 ? "" : ", which does not fit its /Contents");
    printf("    %-12s %s\n", "covers", covers(s));
    printf("    %-12s %zu bytes\n", "contents", s->contents_n);
    for (size_t k = 0; (reference = pades_doc_get_reference(doc, i, k)) != NULL; k++) {
        print_lock("transform", reference->method != NULL ? reference->method : "none",
                   &reference->lock);
    }
    print_cms(doc, i, s);
}

/* A comma and a word for what is there. */
static void say(int there, const char *word, size_t *n)
{
    if (there != 0) {
        printf("%s%s", *n > 0 ? ", " : "", word);
        ++*n;
    }
}

static void print_contains(const pades_facts_info *facts)
{
    size_t n = 0;
    if (facts->tagged + facts->collection + facts->xfa + facts->needs_rendering +
            facts->need_appearances + facts->javascript + facts->additional_actions +
            facts->usage_rights ==
        0) {
        return;
    }
    printf("    %-12s ", "has");
    say(facts->tagged, "tags", &n);
    say(facts->collection, "a collection", &n);
    say(facts->xfa, "XFA", &n);
    say(facts->needs_rendering, "NeedsRendering", &n);
    say(facts->need_appearances, "NeedAppearances", &n);
    say(facts->javascript, "JavaScript", &n);
    say(facts->additional_actions, "additional actions", &n);
    say(facts->usage_rights, "usage rights", &n);
    printf("\n");
}

static void print_claims(const pades_doc *doc)
{
    const char *claim;
    for (size_t i = 0; (claim = pades_doc_get_claim(doc, i)) != NULL; i++) {
        printf("    %-12s %s\n", "claims", claim);
    }
}

static void print_facts(const pades_doc *doc)
{
    const pades_facts_info *facts = pades_doc_get_facts(doc);
    printf("    %-12s %d.%d%s%s\n", "header", facts->header_major, facts->header_minor,
           facts->catalog_version != NULL ? ", catalog " : "",
           facts->catalog_version != NULL ? facts->catalog_version : "");
    print_optional("linearized", facts->linearized);
    print_optional("extensions", facts->extensions);
    print_claims(doc);
    print_contains(facts);
    print_optional("on opening", facts->open_action);
    if (facts->embedded_files > 0 || facts->associated_files > 0) {
        printf("    %-12s %zu embedded%s, %zu associated\n", "files", facts->embedded_files,
               facts->embedded_files_more != 0 ? " or more" : "", facts->associated_files);
    }
    if (facts->dss != 0) {
        printf("    %-12s %zu certificates, %zu OCSP responses, %zu CRLs, %zu VRI entries\n", "DSS",
               facts->dss_certificates, facts->dss_ocsps, facts->dss_crls, facts->dss_vris);
    }
}

static void print_document(const char *file, const pades_doc_info *info)
{
    printf("%s\n", show(file).text);
    printf("    %-12s PDF %d.%d, %" PRIu64 " bytes, %" PRIu64 " xref entries\n", "document",
           info->version_major, info->version_minor, info->size, info->entries);
    if (info->certification != 0) {
        printf("    %-12s P %d\n", "certified", info->certification);
    }
    printf("    %-12s %s\n", "readers",
           info->second_reader != 0 ? "two, which agree"
                                    : "one (the second was not asked or differs)");
}

/* "added        signature field 101, signature 102": the listed ones of one sort. */
static void print_changes(const pades_doc *doc, size_t revision, const char *sort, uint64_t all)
{
    const pades_change_info *change;
    uint64_t n = 0;
    for (size_t i = 0; (change = pades_doc_get_change(doc, revision, i)) != NULL; i++) {
        if (strcmp(change->change, sort) == 0) {
            printf(n > 0 ? ", " : "    %-12s ", sort);
            printf("%s%s%" PRIu32, change->kind != NULL ? change->kind : "",
                   change->kind != NULL ? " " : "", change->object);
            n++;
        }
    }
    if (n > 0 && all > n) {
        printf(" and %" PRIu64 " more", all - n);
    }
    if (n > 0) {
        printf("\n");
    }
}

static void print_counts(const pades_doc *doc, size_t i, const pades_revision_info *r)
{
    if (r->counted == 0) {
        printf("    %-12s not counted\n", "objects");
        return;
    }
    printf("    %-12s %" PRIu64 " added, %" PRIu64 " replaced, %" PRIu64 " freed\n", "objects",
           r->added, r->replaced, r->freed);
    print_changes(doc, i, "added", r->added);
    print_changes(doc, i, "replaced", r->replaced);
    print_changes(doc, i, "freed", r->freed);
    print_optional("catalog", r->catalog);
}

static void print_sections(const pades_doc *doc, size_t revision, size_t *at)
{
    const pades_section_info *s;
    while ((s = pades_doc_get_section(doc, *at)) != NULL && s->revision == revision) {
        printf("    %-12s %s at %" PRIu64 ", %" PRIu64 " entries%s\n", "xref",
               inspect_xref_name(s->kind), s->offset, s->entries,
               s->hidden != 0 ? ", hidden behind the table" : "");
        ++*at;
    }
}

static void print_revisions(const pades_doc *doc)
{
    const pades_revision_info *r;
    size_t section = 0;
    for (size_t i = 0; (r = pades_doc_get_revision(doc, i)) != NULL; i++) {
        printf("revision %zu\n    %-12s %" PRIu64 "%s\n", i + 1, "ends at", r->end,
               r->linearized != 0 ? ", linearized" : "");
        print_sections(doc, i, &section);
        print_counts(doc, i, r);
    }
}

static void print_field_details(const pades_doc *doc, size_t i, const pades_field_info *field)
{
    const pades_seed_info *seed;
    if (field->detailed == 0) {
        return;
    }
    printf("    %-12s %s%s", "widget", field->widget, field->visible != 0 ? ", visible" : "");
    if (field->page != 0) {
        printf(", on page %zu", field->page);
    }
    printf("%s\n", field->visible == 0 && strcmp(field->widget, "none") != 0 ? ", invisible" : "");
    if (field->has_lock != 0) {
        print_lock("locks", "", &field->lock);
    }
    for (size_t k = 0; (seed = pades_doc_get_seed(doc, i, k)) != NULL; k++) {
        printf("    %-12s %s: %s\n", seed->required != 0 ? "requires" : "asks for", seed->name,
               seed->value);
    }
    if (field->seeds_more != 0) {
        printf("    %-12s more, which was not looked at\n", "asks for");
    }
}

static void print_fields(const pades_doc *doc)
{
    const pades_field_info *field;
    for (size_t i = 0; (field = pades_doc_get_field(doc, i)) != NULL; i++) {
        printf("field '%s'\n    %-12s %s%s\n    %-12s %" PRIu32 "\n", field->name, "type",
               field->type[0] == '\0' ? "none" : field->type,
               field->is_signed != 0 ? ", signed" : "", "object", field->object);
        print_field_details(doc, i, field);
    }
}

void inspect_text(struct app *app, const char *file, const pades_doc *doc, const struct ltvs *ltvs)
{
    const pades_signature_info *s;
    const char *warning;
    print_document(file, pades_doc_get_info(doc));
    print_facts(doc); /* still of the document's own block */
    inspect_text_encryption(pades_doc_get_encryption(doc));
    print_revisions(doc);
    print_fields(doc);
    size_t n = 0;
    for (; (s = pades_doc_get_signature(doc, n)) != NULL; n++) {
        print_signature(doc, n, s);
        inspect_text_ltv(ltvs, n);
    }
    if (pades_doc_get_info(doc)->signatures > n) {
        printf("%zu more signatures\n", pades_doc_get_info(doc)->signatures - n);
    }
    for (size_t i = 0; (warning = pades_doc_get_warning(doc, i)) != NULL; i++) {
        report_warning(app, file, warning);
    }
}
