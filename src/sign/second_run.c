/* The second reader beside the pass: it has its own descriptor or copy, and the strict reader is
 * not used while it runs. */
#include "sign/seed_check.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/second.h"

#include <signal.h>

enum { LOOK_RESERVE = 4096 };

struct second_run {
    pdf_file *file; /* owned */
    const pdf_seal *seal;
    pthread_t thread;
    bool threaded;
    pdf_second_result result;
    pades_status status;
    pades_error *error;
};

DEFINE_AUTO(pdf_fill, mem_free)

static void *second_main(void *arg)
{
    second_run *r = arg;
    r->status =
        pdf_second_check(r->file, r->seal->touched, r->seal->touched_n, &r->result, &r->error);
    (void)pdf_locate(r->file, r->status, &r->error);
    return NULL;
}

static bool second_start(second_run *r)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool ok = pthread_create(&r->thread, NULL, second_main, r) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

/* True when the input may be read by two threads at once, and its pass lasts longer than starting a
 * thread does. */
static bool may_run_beside(const pades_session *s)
{
    return (source_fd(s->source) >= 0 || source_memory(s->source).p) &&
           pades_source_size(s->source) >= ctx_limit(s->ctx, PADES_LIMIT_THREAD_BYTES);
}

static pades_status run_second(pades_session *s, pdf_file **file, second_run **beside,
                               pades_error **e)
{
    second_run *r = mem_alloc(sizeof *r);
    if (!r) {
        return fail_memory(e);
    }
    r->file = TAKE(*file);
    r->seal = &s->seal;
    r->threaded = beside && may_run_beside(s) && second_start(r);
    if (!r->threaded) {
        (void)second_main(r);
    }
    if (beside) {
        *beside = r;
        return PADES_OK;
    }
    return second_join(s, r, e);
}

/* What the fields are filled with, as the plan wants it; nothing is copied. */
static pades_status add_fills(const pades_session *s, pdf_seal_plan *plan, pdf_fill **ret,
                              pades_error **e)
{
    const pades_sign_opts *opts = s->opts;
    pdf_fill *fills = mem_array(opts->fills_n + 1, sizeof *fills);
    if (!fills) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < opts->fills_n; i++) {
        fills[i] = (pdf_fill){opts->fills[i].name, opts->fills[i].value};
    }
    plan->fills = fills;
    plan->fills_n = opts->fills_n;
    *ret = fills;
    return PADES_OK;
}

static pades_status lay_out(pades_session *s, size_t reserve, pdf_file **ret, pades_error **e)
{
    pdf_seal_plan plan = {.field = s->opts->field,
                          .sub_filter = opts_sub_filter(s->opts),
                          .time = s->time,
                          .utc_offset = s->opts->utc_offset,
                          .name = s->opts->name,
                          .reason = s->opts->reason,
                          .location = s->opts->location,
                          .contact = s->opts->contact,
                          .allow_gaps = s->opts->allow_gaps,
                          .certification = s->opts->certification,
                          .lock = s->opts->lock.action ? &s->opts->lock : NULL,
                          .drop_usage_rights = s->opts->drop_usage_rights,
                          .goes_on = s->level > PADES_LEVEL_T,
                          .ask = seed_ask,
                          .ask_user = s,
                          .contents_bytes = reserve};
    AUTO(pdf_file) *file = NULL;
    AUTO(pdf_fill) *fills = NULL;
    TRY(add_fills(s, &plan, &fills, e));
    TRY(pdf_mending(s->source, pdf_file_open(s->ctx, s->source, &file, e), e));
    pdf_file_tell(file);
    pades_status status = pdf_locate(file, pdf_seal_build(file, &plan, &s->seal, e), e);
    TRY(pdf_mending(s->source, status, e));
    *ret = TAKE(file);
    return PADES_OK;
}

pades_status session_layout(pades_session *s, size_t reserve, second_run **beside, pades_error **e)
{
    AUTO(pdf_file) *file = NULL;
    TRY(lay_out(s, reserve, &file, e));
    ctx_log(s->ctx, PADES_LOG_INFO, "field '%s' gets a signature, with room for %zu bytes",
            s->seal.field, reserve);
    return run_second(s, &file, beside, e);
}

pades_status session_look(pades_session *s, pades_error **e)
{
    AUTO(pdf_file) *file = NULL;
    return lay_out(s, LOOK_RESERVE, &file, e);
}

pades_status session_relayout(pades_session *s, size_t reserve, pades_error **e)
{
    pdf_seal_free(&s->seal);
    TRY(session_layout(s, reserve, NULL, e));
    return session_attributes(s, e);
}

const char *second_alone(pdf_second_result result)
{
    switch (result) {
    case PDF_SECOND_NOT_ASKED_ENTRIES:
        return "the document has more objects than the second reader is asked about: the strict "
               "reader stands alone";
    case PDF_SECOND_NOT_ASKED_SOURCE:
        return "the input is not a file and too big to copy: the strict reader stands alone";
    case PDF_SECOND_AGREES:
        break;
    }
    return NULL;
}

pades_status second_join(pades_session *s, second_run *run, pades_error **e)
{
    if (!run) {
        return PADES_OK;
    }
    if (run->threaded) {
        pthread_join(run->thread, NULL);
    }
    pades_status status = run->status;
    if (status == PADES_OK && second_alone(run->result)) {
        session_warn(s, second_alone(run->result));
    }
    if (e && !*e) {
        *e = TAKE(run->error);
    }
    pades_error_free(run->error);
    pdf_file_free(run->file);
    mem_free(run);
    return status;
}
