/* Each allocation of ours fails in turn while signatures and a document timestamp that are there
 * are checked, and a timestamp and a store are laid out over them: lack of memory is told as that,
 * never as a broken signature, and never passes. */
#include "unit.h"
#undef assert_fails /* made.h has a function of that name, which also looks at the message */

#include "pdf/builder.h"
#include "pdf/failing.h"
#include "pdf/seal.h"
#include "pki/made.h"
#include "sign/existing.h"
#include "sign/layers.h"

#include <pades/pades.h>

typedef struct bench {
    pades_ctx *ctx;
    made root, leaf, tsa;
    pades_tsa *authority;
    buf file;
} bench;

static int64_t clock_of_test(void *user)
{
    (void)user;
    return MADE_NOW;
}

static pades_status key_signs(void *user, const pades_sign_request *request, void *signature,
                              size_t capacity, size_t *ret_n)
{
    const bench *b = user;
    buf fresh = made_signature(&b->leaf, request->scheme, request->digest,
                               span_of(request->tbs, request->tbs_n));
    assert_true(fresh.n <= capacity);
    memcpy(signature, fresh.p, fresh.n);
    *ret_n = fresh.n;
    buf_free(&fresh);
    return PADES_OK;
}

static void add_signature(bench *b)
{
    pades_error *e = NULL;
    size_t n = 0;
    AUTO(pades_source) *source = NULL;
    pades_sink *sink = NULL;
    pades_signer *signer = NULL;
    pades_sign_opts *opts = NULL;
    const pades_cert *chain[] = {b->leaf.cert, b->root.cert};
    assert_ok(pades_signer_new_callback(b->ctx, chain, 2, key_signs, b, &signer, &e), e);
    assert_ok(pades_sign_opts_new(&opts, &e), e);
    assert_ok(pades_source_new_memory(b->file.p, b->file.n, &source, &e), e);
    assert_ok(pades_sink_new_memory(&sink, &e), e);
    assert_ok(pades_sign(b->ctx, source, sink, signer, opts, NULL, &e), e);
    const void *p = pades_sink_bytes(sink, &n);
    buf_clear(&b->file);
    buf_add(&b->file, p, n);
    pades_sink_free(sink);
    pades_sign_opts_free(opts);
    pades_signer_free(signer);
}

/* A document timestamp of an authority of the test. */
static void add_timestamp(bench *b)
{
    pades_error *e = NULL;
    uint8_t imprint[DIGEST_MAX];
    AUTO(pades_source) *source = NULL;
    AUTO(pdf_file) *f = NULL;
    AUTO(digest) *d = NULL;
    AUTO_VAL(pdf_seal) seal = {.warnings = BUF(0)};
    const pdf_seal_plan plan = {.doc_timestamp = true, .contents_bytes = 8192};
    AUTO_VAL(buf) copy = BUF(1 << 24);
    buf_add_span(&copy, buf_span(&b->file));
    assert_ok(pades_source_new_memory(copy.p, copy.n, &source, &e), e);
    assert_ok(pdf_file_open(b->ctx, source, &f, &e), e);
    assert_ok(pdf_seal_build(f, &plan, &seal, &e), e);
    span added = buf_span(&seal.revision);
    assert_ok(digest_new(PADES_DIGEST_SHA256, &d, &e), e);
    assert_ok(digest_update(d, buf_span(&copy), &e), e);
    assert_ok(digest_update(d, span_part(added, 0, seal.hole), &e), e);
    assert_ok(digest_update(d, span_part(added, seal.hole + seal.hole_n, added.n), &e), e);
    assert_ok(digest_final(d, imprint, &e), e);
    const made_token token = {.signer = &b->tsa,
                              .imprint_digest = PADES_DIGEST_SHA256,
                              .imprint = span_of(imprint, 32),
                              .time = MADE_TIME,
                              .policy = "1.2.3"};
    buf der = made_token_der(&token);
    assert_ok(pdf_seal_fill(&seal, buf_span(&der), &e), e);
    buf_add_span(&b->file, added);
    buf_free(&der);
    assert_true(buf_ok(&b->file));
}

static bench make_bench(void)
{
    bench b = {.file = BUF(1 << 24)};
    pades_error *e = NULL;
    builder document;
    b.root = made_root("Root");
    const made_spec spec = {.cn = "Seal", .ext = {{"keyUsage", "critical,nonRepudiation"}}};
    b.leaf = made_cert(&spec, &b.root);
    b.tsa = made_tsa("Unit", &b.root);
    assert_ok(pades_ctx_new(&b.ctx, &e), e);
    assert_ok(pades_ctx_set_clock(b.ctx, clock_of_test, NULL, &e), e);
    assert_ok(pades_tsa_new("http://tsa.example/", &b.authority, &e), e);
    const builder_plan plan = {.kind = BUILD_TABLE, .version = "1.7"};
    builder_document(&document, &plan);
    buf_add_span(&b.file, buf_span(&document.out));
    builder_free(&document);
    return b;
}

static void free_bench(bench *b)
{
    pades_tsa_free(b->authority);
    pades_ctx_free(b->ctx);
    made_free(&b->leaf);
    made_free(&b->tsa);
    made_free(&b->root);
    buf_free(&b->file);
}

static pades_status try_all(const bench *b, existing *all, pades_error **e)
{
    AUTO(pades_source) *source = NULL;
    AUTO(layers) *l = NULL;
    AUTO(digest) *at_end = NULL;
    pdf_file *f = NULL;
    const pades_tsa *tsas[] = {b->authority};
    TRY(pades_source_new_memory(b->file.p, b->file.n, &source, e));
    TRY(layers_new(b->ctx, source, NULL, PADES_DIGEST_SHA256, NULL, &l, e));
    TRY(layers_open(l, &f, e));
    TRY(existing_read(f, NULL, 0, all, e));
    TRY(layers_check_stamp(l, tsas, 1, e));
    TRY(layers_check_dss(l, e));
    TRY(existing_pass(b->ctx, source, NULL, all, PADES_DIGEST_SHA256, NULL, &at_end, e));
    TRY(existing_check(b->ctx, all, e));
    return layers_hashed(l, at_end, e);
}

static void lasting_lack_of_memory_is_told_as_that(void **state)
{
    (void)state;
    bool reached = true;
    size_t failed = 0;
    bench b = make_bench();
    add_signature(&b);
    add_timestamp(&b);
    for (long n = -1; reached; n++) {
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(existing) all = {.warnings = BUF(0)};
        calls = 0;
        fail_at = n;
        pades_status status = try_all(&b, &all, &e);
        reached = n < 0 || calls > n;
        fail_at = -1;
        if (status != PADES_OK && status != PADES_NO_MEMORY) {
            fail_msg("allocation %ld: %s: %s", n, pades_status_name(status),
                     e ? pades_error_message(e) : "");
        }
        if (status == PADES_OK) {
            assert_int_equal(all.n, 2);
            assert_int_equal(all.items[0].best_time, MADE_NOW);
            assert_true(all.items[1].is_timestamp && all.items[1].own_time == MADE_NOW);
        }
        assert_true(n >= 0 || status == PADES_OK);
        failed += status != PADES_OK;
    }
    assert_true(failed > 300);
    free_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lasting_lack_of_memory_is_told_as_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
