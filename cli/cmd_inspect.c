/* pades inspect: what a file is made of, as far as signatures go. It believes nothing and trusts
 * nothing; what it prints of a signature is what the file says of itself. */
#include "files.h"
#include "inspect.h"
#include "password.h"
#include "plan.h"
#include "report.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

const char *inspect_xref_name(pades_xref_kind kind)
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

static int tell(struct app *app, const char *file, const struct ltvs *ltvs, struct extraction *x,
                struct failure *f)
{
    if (app->json) {
        js *object = inspect_json(file, x->doc, ltvs);
        inspect_json_extracted(object, x);
        return report_json(object, f);
    }
    inspect_text(app, file, x->doc, ltvs);
    for (size_t i = 0; i < x->n; i++) {
        printf(i == 0 ? "extracted into '%s'\n" : "", show(x->path).text);
        printf("    %s\n", x->names[i]);
    }
    return report_end(f);
}

/* The parts first: nothing is said of a document whose parts could not be written. */
static int extract_and_tell(struct app *app, const char *file, pades_doc *doc, struct failure *f)
{
    struct extraction x = {
        .path = setting_text(&app->settings, OPT_EXTRACT), .file = file, .doc = doc};
    struct ltvs ltvs = {.n = 0};
    int exit_code = EXIT_DONE;
    if (setting_on(&app->settings, OPT_LTV)) {
        exit_code = ltvs_make(&ltvs, doc, f);
    }
    if (exit_code == EXIT_DONE && setting_given(&app->settings, OPT_EXTRACT)) {
        exit_code = extraction_run(&x, f);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = tell(app, file, &ltvs, &x, f);
    }
    ltvs_clear(&ltvs);
    extraction_clear(&x);
    return exit_code;
}

static int inspect(struct app *app, const char *file, int fd, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_doc_free) pades_doc *doc = NULL;
    pades_status status = fd >= 0 ? pades_source_new_fd(fd, &source, &error)
                                  : pades_source_new_file(file, &source, &error);
    TRY(call(f, status, &error));
    TRY(call(f, password_give(app, source, &error), &error));
    TRY(call(f, pades_doc_open(app->ctx, source, &doc, &error), &error));
    int exit_code = extract_and_tell(app, file, doc, f);
    pades_doc_free(doc); /* before its source */
    doc = NULL;
    return exit_code;
}

static int inspect_operand(struct app *app, const char *file, struct failure *f)
{
    int fd = -1;
    TRY(password_read(app, f));
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
