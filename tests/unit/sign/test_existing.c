/* Signatures that a document has: digests by taps whatever the chunks, what is broken, and when
 * something is proved to have existed. */
#include "unit.h"
#undef assert_fails /* made.h has a function of that name, which also looks at the message */

#include "pdf/builder.h"
#include "pki/made.h"
#include "sign/existing.h"
#include "sign/opts.h"

#include <pades/pades.h>

typedef struct bench {
    pades_ctx *ctx;
    made root, leaf;
    pades_signer *signer;
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

/* One more signature on what there is. */
static void sign(bench *b, pades_digest alg)
{
    pades_error *e = NULL;
    size_t n = 0;
    AUTO(pades_source) *source = NULL;
    pades_sink *sink = NULL;
    pades_sign_opts *opts = NULL;
    assert_ok(pades_sign_opts_new(&opts, &e), e);
    pades_sign_opts_set_digest(opts, alg);
    assert_ok(pades_source_new_memory(b->file.p, b->file.n, &source, &e), e);
    assert_ok(pades_sink_new_memory(&sink, &e), e);
    assert_ok(pades_sign(b->ctx, source, sink, b->signer, opts, NULL, &e), e);
    const void *p = pades_sink_bytes(sink, &n);
    buf_clear(&b->file);
    buf_add(&b->file, p, n);
    assert_true(buf_ok(&b->file));
    pades_sink_free(sink);
    pades_sign_opts_free(opts);
}

static pades_ctx *new_context(uint64_t chunk)
{
    pades_error *e = NULL;
    pades_ctx *ctx = NULL;
    assert_ok(pades_ctx_new(&ctx, &e), e);
    assert_ok(pades_ctx_set_clock(ctx, clock_of_test, NULL, &e), e);
    if (chunk) {
        assert_ok(pades_ctx_set_limit(ctx, PADES_LIMIT_CHUNK_BYTES, chunk, &e), e);
    }
    return ctx;
}

static bench make_bench(void)
{
    bench b = {.file = BUF(1 << 24)};
    builder document;
    b.root = made_root("Root");
    const made_spec spec = {.key = "P-256",
                            .cn = "Seal",
                            .from = MADE_NOW - 86400,
                            .to = MADE_NOW + 400 * 86400LL,
                            .ext = {{"keyUsage", "critical,nonRepudiation"}}};
    b.leaf = made_cert(&spec, &b.root);
    b.ctx = new_context(0);
    const builder_plan plan = {.kind = BUILD_TABLE, .version = "1.7"};
    builder_document(&document, &plan);
    buf_add_span(&b.file, buf_span(&document.out));
    builder_free(&document);
    return b;
}

static void start_signer(bench *b)
{
    pades_error *e = NULL;
    const pades_cert *chain[] = {b->leaf.cert, b->root.cert};
    assert_ok(pades_signer_new_callback(b->ctx, chain, 2, key_signs, b, &b->signer, &e), e);
}

static void free_bench(bench *b)
{
    pades_signer_free(b->signer);
    pades_ctx_free(b->ctx);
    made_free(&b->leaf);
    made_free(&b->root);
    buf_free(&b->file);
}

/* All of it, of these bytes. */
static pades_status judge(pades_ctx *ctx, span bytes, existing *all, digest **at_end,
                          pades_error **e)
{
    AUTO(pades_source) *source = NULL;
    AUTO(pdf_file) *f = NULL;
    TRY(pades_source_new_memory(bytes.p, bytes.n, &source, e));
    TRY(pdf_file_open(ctx, source, &f, e));
    TRY(existing_read(f, NULL, 0, all, e));
    TRY(existing_pass(ctx, source, NULL, all, PADES_DIGEST_SHA256, NULL, at_end, e));
    return existing_check(ctx, all, e);
}

/* clause: ISO32000-1#12.8.1 what /ByteRange covers, RFC5652#5.6 message digests */
static void existing_digests_do_not_depend_on_chunks(void **state)
{
    (void)state;
    static const uint64_t chunks[] = {0, 4096, 5003, 7919, 8192};
    bench b = make_bench();
    start_signer(&b);
    sign(&b, PADES_DIGEST_SHA256);
    sign(&b, PADES_DIGEST_SHA512);
    sign(&b, PADES_DIGEST_SHA384);
    for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
        pades_error *e = NULL;
        uint8_t hash[DIGEST_MAX], whole[DIGEST_MAX];
        AUTO(digest) *at_end = NULL;
        AUTO_VAL(existing) all = {.warnings = BUF(0)};
        pades_ctx *ctx = new_context(chunks[i]);
        assert_ok(judge(ctx, buf_span(&b.file), &all, &at_end, &e), e);
        assert_int_equal(all.n, 3);
        for (size_t k = 0; k < all.n; k++) {
            assert_int_equal(all.items[k].best_time, 0);
            assert_true(k == 0 || all.items[k].range[1] > all.items[k - 1].range[2]);
        }
        assert_ok(digest_final(at_end, hash, &e), e);
        assert_ok(digest_once(PADES_DIGEST_SHA256, buf_span(&b.file), whole, &e), e);
        assert_memory_equal(hash, whole, 32);
        pades_ctx_free(ctx);
    }
    free_bench(&b);
}

/* Where the last signature's CMS stands: certificates in it that nobody signed are not covered. */
static void find_hole(const bench *b, uint64_t range[4])
{
    AUTO(digest) *at_end = NULL;
    AUTO_VAL(existing) all = {.warnings = BUF(0)};
    assert_int_equal(judge(b->ctx, buf_span(&b->file), &all, &at_end, NULL), PADES_OK);
    memcpy(range, all.items[all.n - 1].range, sizeof all.items[0].range);
}

/* Whatever byte is changed that a signature covers: never accepted, and nothing ends badly.
 * clause: RFC5652#5.4 */
static void existing_notices_every_changed_byte(void **state)
{
    (void)state;
    uint64_t range[4];
    size_t broken = 0, other = 0;
    bench b = make_bench();
    start_signer(&b);
    sign(&b, PADES_DIGEST_SHA256);
    sign(&b, PADES_DIGEST_SHA256);
    find_hole(&b, range);
    for (size_t at = 0; at < b.file.n; at += 13) {
        AUTO(digest) *at_end = NULL;
        AUTO_VAL(existing) all = {.warnings = BUF(0)};
        uint8_t kept = b.file.p[at];
        b.file.p[at] ^= kept >= '0' && kept <= '9' ? 3 : 1;
        pades_status status = judge(b.ctx, buf_span(&b.file), &all, &at_end, NULL);
        if (status == PADES_OK && all.n == 2 && (at < range[1] || at >= range[2])) {
            fail_msg("byte %zu ('%c')", at, kept);
        }
        broken += status == PADES_DOC_SIGNATURE_BROKEN;
        other += status != PADES_OK && status != PADES_DOC_SIGNATURE_BROKEN;
        b.file.p[at] = kept;
    }
    assert_true(broken > 100);
    assert_true(other > 0);
    free_bench(&b);
}

static existing_signature placed(bool is_timestamp, uint64_t hole, uint64_t end)
{
    return (existing_signature){.is_timestamp = is_timestamp,
                                .range = {0, hole, hole + 10, end - hole - 10}};
}

/* A document timestamp proves what lies before its hole, and nothing else. */
static void existing_is_covered_by_later_timestamps(void **state)
{
    (void)state;
    existing_signature items[] = {placed(false, 100, 200), placed(true, 250, 300),
                                  placed(false, 350, 400), placed(true, 450, 500)};
    existing all = {.items = items, .n = ARRAY_LEN(items)};
    assert_ptr_equal(existing_cover(&all, &items[0]), &items[1]);
    assert_ptr_equal(existing_cover(&all, &items[1]), &items[3]);
    assert_ptr_equal(existing_cover(&all, &items[2]), &items[3]);
    assert_null(existing_cover(&all, &items[3]));
    items[1].is_unusable = true;
    assert_ptr_equal(existing_cover(&all, &items[0]), &items[3]);
    items[0].range[3] += 100; /* reaches beyond its hole */
    items[1].is_unusable = false;
    assert_ptr_equal(existing_cover(&all, &items[0]), &items[3]);
}

static pades_status judge_within(const bench *b, uint64_t limit, uint64_t *ret_bytes)
{
    pades_error *e = NULL;
    AUTO(digest) *at_end = NULL;
    AUTO_VAL(existing) all = {.warnings = BUF(0)};
    pades_ctx *ctx = new_context(0);
    assert_ok(pades_ctx_set_limit(ctx, PADES_LIMIT_STREAM_BYTES, limit, &e), e);
    pades_status status = judge(ctx, buf_span(&b->file), &all, &at_end, NULL);
    for (size_t i = 0; i < all.n; i++) {
        *ret_bytes += all.items[i].contents.n;
    }
    pades_ctx_free(ctx);
    return status;
}

/* What all hold together is bounded, whatever each has. */
static void existing_contents_are_bounded_together(void **state)
{
    (void)state;
    uint64_t bytes = 0, unused = 0;
    bench b = make_bench();
    start_signer(&b);
    sign(&b, PADES_DIGEST_SHA256);
    sign(&b, PADES_DIGEST_SHA256);
    assert_int_equal(judge_within(&b, 1 << 20, &bytes), PADES_OK);
    assert_int_equal(judge_within(&b, bytes, &unused), PADES_OK);
    assert_int_equal(judge_within(&b, bytes - 1, &unused), PADES_LIMIT);
    free_bench(&b);
}

/* Nothing is sorted where there is nothing. */
static void existing_may_be_none(void **state)
{
    (void)state;
    bench b = make_bench();
    AUTO(digest) *at_end = NULL;
    AUTO_VAL(existing) all = {.warnings = BUF(0)};
    assert_int_equal(judge(b.ctx, buf_span(&b.file), &all, &at_end, NULL), PADES_OK);
    assert_int_equal(all.n, 0);
    free_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(existing_digests_do_not_depend_on_chunks),
        cmocka_unit_test(existing_notices_every_changed_byte),
        cmocka_unit_test(existing_is_covered_by_later_timestamps),
        cmocka_unit_test(existing_contents_are_bounded_together),
        cmocka_unit_test(existing_may_be_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
