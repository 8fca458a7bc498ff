/* An empty signature field added in a revision of its own: the path of a seal without a signature.
 * The input is copied once, both readers agree, the sink commits all or nothing. */
#include "sign/field_spec.h"
#include "sign/session.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/pass.h"
#include "pdf/damage.h"
#include "pdf/second.h"

static pades_status check_spec(const pades_field_spec *spec, pades_error **e)
{
    if (spec->no_memory) {
        return fail_memory(e);
    }
    if (!spec->bad) {
        return PADES_OK;
    }
    return fail(e, PADES_INVALID_ARGUMENT, "%s%s%s", spec->bad, spec->about ? ": " : "",
                spec->about ? spec->about : "");
}

static pades_status lay_out(pdf_file *f, const pades_field_spec *spec, pdf_seal *ret,
                            pades_error **e)
{
    const pdf_new_field field = {.name = spec->name,
                                 .tooltip = spec->tooltip,
                                 .shown = spec->shown,
                                 .page = spec->shown ? spec->page : 1,
                                 .corner = {spec->x, spec->y},
                                 .size = {spec->w, spec->h},
                                 .lock = spec->lock.action ? &spec->lock : NULL,
                                 .seed = spec->seed.given ? &spec->seed : NULL,
                                 .allow_gaps = spec->allow_gaps};
    return pdf_field_build(f, &field, ret, e);
}

static pades_status copy(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                         pades_control *control, pades_error **e)
{
    AUTO(digest) *d = NULL;
    TRY(sink_begin(ctx, sink, source, e));
    if (sink_is_in_place(sink)) {
        return PADES_OK;
    }
    TRY(digest_new(PADES_DIGEST_SHA256, &d, e)); /* the pass always hashes */
    return pass_run(ctx, source, sink, d, control, e);
}

static pades_status write_out(pades_source *source, pades_sink *sink, const pdf_seal *made,
                              pades_control *control, pades_error **e)
{
    TRY(control_check(control, e));
    TRY(source_check_unchanged(source, e));
    TRY(sink_write(sink, buf_span(&made->revision), e));
    return sink_commit(sink, e);
}

static pades_status make_result(const pdf_seal *made, pdf_second_result second, pades_result **ret,
                                pades_error **e)
{
    AUTO(pades_result) *r = NULL;
    AUTO_VAL(buf) alone = BUF(1024);
    const char *line = second_alone(second);
    TRY(result_new(&r, e));
    r->field = mem_strdup(made->field);
    if (!r->field) {
        return fail_memory(e);
    }
    TRY(result_add_warnings(r, &made->warnings, e));
    if (line) {
        buf_add(&alone, line, strlen(line) + 1);
        TRY(buf_check(&alone, "warnings", e));
        TRY(result_add_warnings(r, &alone, e));
    }
    *ret = TAKE(r);
    return PADES_OK;
}

static pades_status add(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                        const pades_field_spec *spec, pades_control *control, pades_result **ret,
                        pades_error **e)
{
    AUTO(pdf_file) *f = NULL;
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(0)};
    pdf_second_result second = PDF_SECOND_AGREES;
    TRY(check_spec(spec, e));
    TRY(control_check(control, e));
    TRY(sink_check(sink, e));
    TRY(pdf_mending(source, pdf_file_open(ctx, source, &f, e), e));
    pdf_file_tell(f);
    TRY(pdf_mending(source, pdf_locate(f, lay_out(f, spec, &made, e), e), e));
    TRY(pdf_locate(f, pdf_second_check(f, made.touched, made.touched_n, &second, e), e));
    TRY(copy(ctx, source, sink, control, e));
    TRY(make_result(&made, second, ret, e));
    return write_out(source, sink, &made, control, e);
}

pades_status pades_field_add(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                             const pades_field_spec *spec, pades_control *control,
                             pades_result **ret_result, pades_error **ret_error)
{
    AUTO(pades_result) *result = NULL;
    ctx_freeze(ctx);
    pades_status status = add(ctx, source, sink, spec, control, &result, ret_error);
    if (status != PADES_OK) {
        sink_abort(sink);
        return status;
    }
    if (ret_result) {
        *ret_result = TAKE(result);
    }
    return PADES_OK;
}
