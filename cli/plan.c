/* See plan.h. */
#include "plan.h"

#include "files.h"
#include "process.h"
#include "password.h"
#include "report.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int no_memory(struct failure *f)
{
    return fail(f, PADES_NO_MEMORY, NULL, "no memory");
}

/* Keeps a failure with its job; the others go on. */
static void set_why(struct job *job, const struct failure *f)
{
    job->why = malloc(sizeof *job->why);
    if (job->why != NULL) {
        *job->why = *f;
    }
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* "dir/a.pdf" -> "dir/a-signed.pdf"; with a folder "folder/a-signed.pdf". */
static char *name_output(const char *in, const char *folder, const char *what)
{
    char *out = NULL;
    const char *start = folder == NULL ? in : base_of(in);
    bool is_pdf = text_ends(base_of(in), ".pdf") && strlen(base_of(in)) > 4;
    size_t stem = strlen(start) - (is_pdf ? 4 : 0);
    int n = asprintf(&out, "%s%s%.*s-%s%s", folder == NULL ? "" : folder, folder == NULL ? "" : "/",
                     (int)stem, start, what, is_pdf ? start + stem : ".pdf");
    return n < 0 ? NULL : out;
}

/* A configuration file may name one for commands that have several inputs. */
static const char *output_folder(const struct app *app)
{
    bool takes_it = (option_at(OPT_OUTPUT_DIR)->commands & app->command->bit) != 0;
    return takes_it ? setting_text(&app->settings, OPT_OUTPUT_DIR) : NULL;
}

/* Likewise: it says nothing to a command that never appends. */
static bool is_in_place(const struct app *app)
{
    return (option_at(OPT_IN_PLACE)->commands & app->command->bit) != 0 &&
           setting_on(&app->settings, OPT_IN_PLACE);
}

/* What the output's name says was done. */
static const char *word_of(const struct app *app)
{
    switch (app->command->bit) {
    case ON_FIELDS:
        return "fields";
    case ON_TIMESTAMP:
        return "timestamped";
    case ON_EXTEND:
        return "extended";
    default:
        return "signed";
    }
}

static int name_job(struct app *app, struct job *job, const char *in, const char *out,
                    struct failure *f)
{
    const char *folder = output_folder(app);
    const char *what = word_of(app);
    job->in = in;
    job->from_stdin = strcmp(in, "-") == 0;
    job->in_place = is_in_place(app);
    if (job->in_place || (job->from_stdin && out == NULL)) {
        job->out = strdup(in);
    } else {
        job->out = out == NULL ? name_output(in, folder, what) : strdup(out);
    }
    if (job->out == NULL) {
        return no_memory(f);
    }
    job->to_stdout = strcmp(job->out, "-") == 0;
    return EXIT_DONE;
}

static bool takes_output_operand(const struct app *app)
{
    return output_folder(app) == NULL && !is_in_place(app);
}

static int check_folder_option(struct app *app, struct failure *f)
{
    struct stat st;
    const char *folder = output_folder(app);
    if (folder == NULL) {
        return EXIT_DONE;
    }
    if (setting_on(&app->settings, OPT_IN_PLACE)) {
        return fail_usage(f, NULL, "--in-place and --output-dir contradict each other");
    }
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "'%s' is not a folder", show(folder).text);
    }
    return EXIT_DONE;
}

static int name_jobs(struct app *app, struct plan *p, struct failure *f)
{
    bool pair = takes_output_operand(app);
    if (pair && app->operands_n > 2) {
        return fail_usage(f, "several inputs need --output-dir DIR or --in-place",
                          "more than an input and an output: '%s'", show(app->operands[2]).text);
    }
    p->n = pair ? 1 : app->operands_n;
    app->inputs_n = p->n;
    p->jobs = calloc(p->n, sizeof *p->jobs);
    if (p->jobs == NULL) {
        return no_memory(f);
    }
    for (size_t i = 0; i < p->n; i++) {
        const char *out = pair && app->operands_n == 2 ? app->operands[1] : NULL;
        TRY(name_job(app, &p->jobs[i], app->operands[i], out, f));
    }
    return EXIT_DONE;
}

static int check_streams(struct app *app, const struct plan *p, struct failure *f)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct job *job = &p->jobs[i];
        if (job->from_stdin && (job->in_place || p->n > 1)) {
            return fail_usage(f, NULL,
                              "standard input goes with neither --in-place nor other inputs");
        }
        if (job->from_stdin && setting_given(&app->settings, OPT_PIN_FD) &&
            setting_number(&app->settings, OPT_PIN_FD) == STDIN_FILENO) {
            return fail_usage(f, NULL, "standard input cannot be both the document and the PIN");
        }
        if (job->to_stdout && app->json) {
            return fail_usage(f, "give an output file",
                              "--json and a document cannot share standard output");
        }
        if (job->to_stdout && !process_has_stdout()) {
            return fail(f, PADES_OUTPUT_FAILED, NULL, "standard output is closed");
        }
        if (job->to_stdout && isatty(STDOUT_FILENO) != 0 &&
            !setting_on(&app->settings, OPT_DRY_RUN)) {
            return fail_usage(f, "redirect it, or give an output file",
                              "the output would go to the terminal");
        }
    }
    return EXIT_DONE;
}

static int by_output(const void *a, const void *b)
{
    const struct job *const *left = a;
    const struct job *const *right = b;
    return strcmp((*left)->out, (*right)->out);
}

static int order(uintmax_t a, uintmax_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int by_inode(const void *a, const void *b)
{
    const struct job *const *left = a;
    const struct job *const *right = b;
    int by_device = order((*left)->dev, (*right)->dev);
    return by_device != 0 ? by_device : order((*left)->ino, (*right)->ino);
}

static const struct job **sorted(const struct plan *p, int (*compare)(const void *, const void *))
{
    const struct job **all = calloc(p->n, sizeof(const struct job *));
    for (size_t i = 0; all != NULL && i < p->n; i++) {
        all[i] = &p->jobs[i];
    }
    if (all != NULL) {
        qsort(all, p->n, sizeof(const struct job *), compare);
    }
    return all;
}

static void free_sorted(const struct job ***all)
{
    free(*all);
}
#define AUTO_SORTED __attribute__((cleanup(free_sorted))) const struct job **

static bool same_file(const struct job *a, const struct job *b)
{
    return a->ino != 0 && by_inode(&a, &b) == 0;
}

/* Two inputs that would end in one output: refused before the first signature. */
static int check_twins(const struct plan *p, struct failure *f)
{
    AUTO_SORTED named = sorted(p, by_output);
    AUTO_SORTED placed = sorted(p, by_inode);
    if (named == NULL || placed == NULL) {
        return no_memory(f);
    }
    for (size_t i = 1; i < p->n; i++) {
        if (strcmp(named[i - 1]->out, named[i]->out) == 0) {
            return fail_usage(
                f, "give them in two runs", "'%s' and '%s' would have the same output '%s'",
                show(named[i - 1]->in).text, show(named[i]->in).text, show(named[i]->out).text);
        }
        if (placed[i]->in_place && same_file(placed[i - 1], placed[i])) {
            return fail_usage(f, NULL, "'%s' and '%s' are the same file",
                              show(placed[i - 1]->in).text, show(placed[i]->in).text);
        }
    }
    return EXIT_DONE;
}

int recover_input(struct app *app, const char *path, struct failure *f)
{
    pades_error *error = NULL;
    int undone = 0;
    TRY(call(f, pades_recover_in_place(path, &undone, &error), &error));
    if (undone != 0) {
        report_note(app, "pades: took back an unfinished append to '%s'", show(path).text);
    }
    return EXIT_DONE;
}

static int look_at_input(struct app *app, struct plan *p, struct job *job, struct failure *f)
{
    struct stat st;
    if (job->from_stdin) {
        TRY(file_spool_stdin(&p->stdin_fd, f));
        return fstat(p->stdin_fd, &st) == 0
                   ? (job->dev = st.st_dev, job->ino = st.st_ino, EXIT_DONE)
                   : EXIT_DONE;
    }
    if (stat(job->in, &st) != 0) {
        int code = errno;
        pades_status status =
            code == ENOENT || code == ENOTDIR ? PADES_INPUT_NOT_FOUND : PADES_INPUT_UNREADABLE;
        return fail(f, status, NULL, "cannot read '%s': %s", show(job->in).text, strerror(code));
    }
    if (!S_ISREG(st.st_mode)) {
        return fail(f, PADES_INPUT_UNREADABLE, "a pipe is read as '-', from standard input",
                    "'%s' is not a regular file", show(job->in).text);
    }
    job->dev = st.st_dev;
    job->ino = st.st_ino;
    return recover_input(app, job->in, f);
}

static int check_place(const char *out, struct failure *f)
{
    char folder[4096];
    const char *slash = strrchr(out, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - out) + 1,
             slash == NULL ? "." : out);
    if (access(folder, W_OK | X_OK) != 0) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write into '%s': %s", show(folder).text,
                    strerror(errno));
    }
    return EXIT_DONE;
}

static int look_at_output(const struct app *app, const struct job *job,
                          const struct job *const *inputs, size_t n, struct failure *f)
{
    struct stat st;
    if (job->to_stdout) {
        return EXIT_DONE;
    }
    if (job->in_place) {
        return access(job->in, W_OK) == 0
                   ? EXIT_DONE
                   : fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to '%s': %s",
                          show(job->in).text, strerror(errno));
    }
    if (stat(job->out, &st) != 0) {
        return check_place(job->out, f);
    }
    struct job there = {.dev = st.st_dev, .ino = st.st_ino};
    const struct job *wanted = &there;
    if (bsearch(&wanted, inputs, n, sizeof(const struct job *), by_inode) != NULL) {
        return fail(f, PADES_OUTPUT_EXISTS,
                    app->command->bit == ON_REPAIR ? "a file is never repaired in place"
                                                   : "--in-place appends to the input itself",
                    "the output '%s' is an input", show(job->out).text);
    }
    if (!S_ISREG(st.st_mode)) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "'%s' is not a regular file",
                    show(job->out).text);
    }
    if (!setting_on(&app->settings, OPT_FORCE)) {
        return fail(f, PADES_OUTPUT_EXISTS, NULL, "'%s' exists", show(job->out).text);
    }
    return check_place(job->out, f);
}

static int check_outputs(const struct app *app, struct plan *p, struct failure *f)
{
    AUTO_SORTED inputs = sorted(p, by_inode);
    struct failure own;
    if (inputs == NULL) {
        return no_memory(f);
    }
    for (size_t i = 0; i < p->n; i++) {
        if (p->jobs[i].why == NULL &&
            look_at_output(app, &p->jobs[i], inputs, p->n, &own) != EXIT_DONE) {
            set_why(&p->jobs[i], &own);
        }
    }
    return EXIT_DONE;
}

int plan_make(struct app *app, struct plan *ret, struct failure *f)
{
    struct failure own;
    ret->stdin_fd = -1;
    ret->app = app;
    TRY(check_folder_option(app, f));
    TRY(name_jobs(app, ret, f));
    TRY(check_streams(app, ret, f));
    for (size_t i = 0; i < ret->n; i++) {
        if (look_at_input(app, ret, &ret->jobs[i], &own) != EXIT_DONE) {
            set_why(&ret->jobs[i], &own);
        }
    }
    TRY(check_twins(ret, f));
    return check_outputs(app, ret, f);
}

void plan_clear(struct plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->jobs[i].out);
        free(p->jobs[i].why);
    }
    if (p->stdin_fd > STDERR_FILENO) {
        close(p->stdin_fd);
    }
    free(p->jobs);
    *p = (struct plan){.stdin_fd = -1};
}

pades_status job_open_source(const struct plan *p, const struct job *job, pades_source **ret,
                             pades_error **e)
{
    AUTO(pades_source_free) pades_source *source = NULL;
    pades_status status = job->from_stdin ? pades_source_new_fd(p->stdin_fd, &source, e)
                                          : pades_source_new_file(job->in, &source, e);
    if (status == PADES_OK) {
        status = password_give(p->app, source, e);
    }
    if (status == PADES_OK) {
        *ret = source;
        source = NULL;
    }
    return status;
}

pades_status job_open_sink(const struct app *app, const struct job *job, pades_sink **ret,
                           pades_error **e)
{
    if (job->to_stdout) {
        return pades_sink_new_fd(STDOUT_FILENO, file_spool_dir(), ret, e);
    }
    if (job->in_place) {
        return pades_sink_new_in_place(job->in, ret, e);
    }
    unsigned flags = setting_on(&app->settings, OPT_FORCE) ? PADES_SINK_OVERWRITE : 0;
    return pades_sink_new_file(job->out, flags, ret, e);
}
