#include "sign/doc_bench.h"

static int64_t clock_of_test(void *user)
{
    (void)user;
    return MADE_NOW;
}

static pades_status key_signs(void *user, const pades_sign_request *request, void *signature,
                              size_t capacity, size_t *ret_n)
{
    bench *b = user;
    AUTO_VAL(buf)
    fresh = made_signature(&b->leaf, request->scheme, request->digest,
                           span_of(request->tbs, request->tbs_n));
    assert_true(fresh.n <= capacity);
    memcpy(signature, fresh.p, fresh.n);
    *ret_n = fresh.n;
    return PADES_OK;
}

int set_up(void **state)
{
    static bench b;
    b = (bench){0};
    b.leaf = made_cert(
        &(made_spec){.cn = "Seal \x1b]0;", .ext = {{"keyUsage", "critical,nonRepudiation"}}}, NULL);
    assert_int_equal(pades_ctx_new(&b.ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_clock(b.ctx, clock_of_test, NULL, NULL), PADES_OK);
    *state = &b;
    return 0;
}

int tear_down(void **state)
{
    bench *b = *state;
    pades_doc_free(b->doc);
    pades_source_free(b->source);
    pades_ctx_free(b->ctx);
    builder_free(&b->pdf);
    made_free(&b->leaf);
    return 0;
}

const pades_doc_info *look(bench *b)
{
    pades_error *e = NULL;
    pades_doc_free(b->doc);
    pades_source_free(b->source);
    b->doc = NULL;
    b->source = NULL;
    assert_ok(pades_source_new_memory(b->pdf.out.p, b->pdf.out.n, &b->source, &e), e);
    assert_ok(pades_doc_open(b->ctx, b->source, &b->doc, &e), e);
    return pades_doc_get_info(b->doc);
}

void build(bench *b, const builder_plan *plan)
{
    builder_free(&b->pdf);
    builder_document(&b->pdf, plan);
    assert_true(buf_ok(&b->pdf.out));
}

void seal(bench *b, const char *reason)
{
    AUTO(pades_error) *e = NULL;
    pades_source *source = NULL;
    pades_sink *sink = NULL;
    pades_signer *signer = NULL;
    pades_sign_opts *opts = NULL;
    size_t n = 0;
    const pades_cert *chain[] = {b->leaf.cert};
    assert_ok(pades_source_new_memory(b->pdf.out.p, b->pdf.out.n, &source, &e), e);
    assert_ok(pades_sink_new_memory(&sink, &e), e);
    assert_ok(pades_signer_new_callback(b->ctx, chain, 1, key_signs, b, &signer, &e), e);
    assert_ok(pades_sign_opts_new(&opts, &e), e);
    pades_sign_opts_set_reason(opts, reason);
    pades_sign_opts_set_name(opts, "\xe2\x80\xae"
                                   "eman");
    assert_ok(pades_sign(b->ctx, source, sink, signer, opts, NULL, &e), e);
    const void *out = pades_sink_bytes(sink, &n);
    buf whole = BUF(1 << 24);
    buf_add(&whole, out, n);
    buf_free(&b->pdf.out);
    b->pdf.out = whole;
    pades_sign_opts_free(opts);
    pades_signer_free(signer);
    pades_sink_free(sink);
    pades_source_free(source);
}

bool warned(const bench *b, const char *part)
{
    const char *line = NULL;
    for (size_t i = 0; (line = pades_doc_get_warning(b->doc, i)) != NULL; i++) {
        if (strstr(line, part)) {
            return true;
        }
    }
    return false;
}
