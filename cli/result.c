/* See result.h. */
#include "result.h"

#include "text.h"

#include <string.h>

void result_add_cert(js *object, const pades_cert *cert)
{
    js_text(object, "subject", pades_cert_subject(cert));
    js_text(object, "issuer", pades_cert_issuer(cert));
    js_text(object, "serial", pades_cert_serial(cert));
    js_time(object, "not_after", pades_cert_not_after(cert));
}

static void add_range(js *object, const pades_result *result)
{
    uint64_t range[4] = {0};
    if (pades_result_field(result) == NULL) { /* nothing was signed */
        js_null(object, "byte_range");
        return;
    }
    js *list = js_list_in(object, "byte_range");
    pades_result_byte_range(result, range);
    for (size_t i = 0; i < 4; i++) {
        js_push_number(list, (int64_t)range[i]);
    }
}

static void add_signer(js *object, const pades_result *result)
{
    const pades_cert *cert = pades_result_cert(result);
    if (cert == NULL) {
        js_null(object, "signer");
    } else {
        result_add_cert(js_object_in(object, "signer"), cert);
    }
}

static void add_timestamps(js *object, const pades_result *result)
{
    const pades_timestamp_info *stamp;
    js *list = js_list_in(object, "timestamps");
    for (size_t i = 0; (stamp = pades_result_timestamp(result, i)) != NULL; i++) {
        js *one = js_push_object(list);
        js_time(one, "time", stamp->time);
        js_text(one, "tsa", stamp->tsa);
        js_text(one, "url", stamp->url);
        js_text(one, "serial", stamp->serial);
    }
}

/* Of a file that was raised. */
static void add_signatures(js *object, const pades_result *result)
{
    const pades_level_info *info = pades_result_signature(result, 0);
    js *list = info == NULL ? NULL : js_list_in(object, "signatures");
    for (size_t i = 0; (info = pades_result_signature(result, i)) != NULL; i++) {
        js *one = js_push_object(list);
        js_text(one, "field", info->field);
        js_text(one, "type", info->type);
        js_text(one, "level", info->level);
    }
}

void result_add_warnings(js *object, const pades_result *result)
{
    const char *warning;
    js *list = js_list_in(object, "warnings");
    for (size_t i = 0; (warning = pades_result_warning(result, i)) != NULL; i++) {
        js_push_text(list, warning);
    }
}

static int tell_json(const char *file, const char *output, const pades_result *result,
                     struct failure *f)
{
    js *object = js_start();
    js_text(object, "file", file);
    js_text(object, "output", output);
    if (output == NULL) {
        js_bool(object, "dry_run", true);
    }
    js_text(object, "field", pades_result_field(result));
    js_text(object, "level",
            pades_result_level(result) == 0 ? NULL : pades_result_level_name(result));
    js_text(object, "digest", pades_digest_name(pades_result_digest(result)));
    add_range(object, result);
    add_signer(object, result);
    add_timestamps(object, result);
    add_signatures(object, result);
    result_add_warnings(object, result);
    return report_json(object, f);
}

void result_warn(struct app *app, const char *file, const pades_result *result)
{
    const char *warning;
    for (size_t i = 0; (warning = pades_result_warning(result, i)) != NULL; i++) {
        report_warning(app, file, warning);
    }
}

int result_tell(struct app *app, const char *file, const char *output, const pades_result *result,
                struct failure *f)
{
    result_warn(app, file, result);
    if (app->json) {
        return tell_json(file, output, result, f);
    }
    if (output == NULL) {
        report_note(app, "pades: '%s' can be signed (dry run: nothing was signed)",
                    show(file).text);
    } else if (strcmp(output, "-") != 0 && !report_path(output)) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to standard output");
    }
    return EXIT_DONE;
}
