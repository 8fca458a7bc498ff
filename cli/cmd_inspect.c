/* pades inspect: what a file is made of, as far as signatures go. It believes nothing and trusts
 * nothing; what it prints of a signature is what the file says of itself. */
#include "files.h"
#include "plan.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const char *xref_name(pades_xref_kind kind)
{
    switch (kind) {
    case PADES_XREF_TABLE:
        return "table";
    case PADES_XREF_STREAM:
        return "stream";
    case PADES_XREF_HYBRID:
        return "hybrid";
    }
    return "unknown";
}

static const char *coverage(const pades_signature_info *s)
{
    if (s->byte_range_ok == 0) {
        return "PARTIAL";
    }
    return s->covers_file != 0       ? "ENTIRE_FILE"
           : s->covers_revision != 0 ? "ENTIRE_REVISION"
                                     : "PARTIAL";
}

static void add_revisions(js *object, const pades_doc *doc)
{
    const pades_revision_info *r;
    js *list = js_list_in(object, "revisions");
    for (size_t i = 0; (r = pades_doc_get_revision(doc, i)) != NULL; i++) {
        js *one = js_push_object(list);
        js_number(one, "end", (int64_t)r->end);
        js_number(one, "startxref", (int64_t)r->startxref);
        js_text(one, "xref", xref_name(r->kind));
        js_number(one, "entries", (int64_t)r->entries);
    }
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
    }
}

static void add_signature(js *one, const pades_signature_info *s)
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
    for (size_t i = 0; i < 4; i++) {
        js_push_number(range, (int64_t)s->byte_range[i]);
    }
    js_bool(one, "byte_range_ok", s->byte_range_ok != 0);
    js_text(one, "coverage", coverage(s));
    js_number(one, "contents_bytes", (int64_t)s->contents_n);
    js *signer = js_object_in(one, "signer");
    js_text(signer, "subject", s->signer);
    js_text(signer, "serial", s->signer_serial);
}

static void add_signatures(js *object, const pades_doc *doc)
{
    const pades_signature_info *s;
    js *list = js_list_in(object, "signatures");
    for (size_t i = 0; (s = pades_doc_get_signature(doc, i)) != NULL; i++) {
        add_signature(js_push_object(list), s);
    }
}

static int tell_json(const char *file, const pades_doc *doc, struct failure *f)
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
    if (info->certification == 0) {
        js_null(object, "certification");
    } else {
        js_number(object, "certification", info->certification);
    }
    js_bool(object, "second_reader", info->second_reader != 0);
    add_revisions(object, doc);
    add_fields(object, doc);
    add_signatures(object, doc);
    js *warnings = js_list_in(object, "warnings");
    for (size_t i = 0; (warning = pades_doc_get_warning(doc, i)) != NULL; i++) {
        js_push_text(warnings, warning);
    }
    return report_json(object, f);
}

static void print_optional(const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        printf("    %-12s %s\n", name, value);
    }
}

static void print_signature(const pades_signature_info *s)
{
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
    printf("    %-12s %s\n", "covers",
           s->byte_range_ok == 0     ? "nothing for certain"
           : s->covers_file != 0     ? "the whole file"
           : s->covers_revision != 0 ? "its whole revision"
                                     : "less than its revision");
    printf("    %-12s %zu bytes\n", "contents", s->contents_n);
}

static void print_document(const char *file, const pades_doc_info *info)
{
    printf("%s\n", show(file).text);
    printf("    %-12s PDF %d.%d, %" PRIu64 " bytes, %" PRIu64 " xref entries\n", "document",
           info->version_major, info->version_minor, info->size, info->entries);
    if (info->encrypted != 0) {
        printf("    %-12s yes\n", "encrypted");
    }
    if (info->certification != 0) {
        printf("    %-12s P %d\n", "certified", info->certification);
    }
    printf("    %-12s %s\n", "readers",
           info->second_reader != 0 ? "two, which agree"
                                    : "one (the second was not asked or differs)");
}

static void tell_text(struct app *app, const char *file, const pades_doc *doc)
{
    const pades_revision_info *r;
    const pades_field_info *field;
    const pades_signature_info *s;
    const char *warning;
    print_document(file, pades_doc_get_info(doc));
    for (size_t i = 0; (r = pades_doc_get_revision(doc, i)) != NULL; i++) {
        printf("revision %zu\n    %-12s %" PRIu64 "\n    %-12s %s at %" PRIu64 ", %" PRIu64
               " entries\n",
               i + 1, "ends at", r->end, "xref", xref_name(r->kind), r->startxref, r->entries);
    }
    for (size_t i = 0; (field = pades_doc_get_field(doc, i)) != NULL; i++) {
        printf("field '%s'\n    %-12s %s%s\n    %-12s %" PRIu32 "\n", field->name, "type",
               field->type[0] == '\0' ? "none" : field->type,
               field->is_signed != 0 ? ", signed" : "", "object", field->object);
    }
    for (size_t i = 0; (s = pades_doc_get_signature(doc, i)) != NULL; i++) {
        print_signature(s);
    }
    for (size_t i = 0; (warning = pades_doc_get_warning(doc, i)) != NULL; i++) {
        report_warning(app, file, warning);
    }
}

static int inspect(struct app *app, const char *file, int fd, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_doc_free) pades_doc *doc = NULL;
    pades_status status = fd >= 0 ? pades_source_new_fd(fd, &source, &error)
                                  : pades_source_new_file(file, &source, &error);
    TRY(call(f, status, &error));
    TRY(call(f, pades_doc_open(app->ctx, source, &doc, &error), &error));
    int exit_code = EXIT_DONE;
    if (app->json) {
        exit_code = tell_json(file, doc, f);
    } else {
        tell_text(app, file, doc);
        exit_code = report_end(f);
    }
    pades_doc_free(doc); /* before its source */
    doc = NULL;
    return exit_code;
}

static int inspect_operand(struct app *app, const char *file, struct failure *f)
{
    int fd = -1;
    TRY(app_make_context(app, f));
    if (strcmp(file, "-") != 0) {
        TRY(recover_input(app, file, f));
        return inspect(app, file, fd, f);
    }
    TRY(file_spool_stdin(&fd, f));
    int exit_code = inspect(app, file, fd, f);
    if (fd > STDERR_FILENO) {
        close(fd);
    }
    return exit_code;
}

int cmd_inspect(struct app *app)
{
    struct failure f;
    const char *file = app->operands[0];
    return inspect_operand(app, file, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, file, &f);
}
