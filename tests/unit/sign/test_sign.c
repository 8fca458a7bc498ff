/* The path of a seal: append only, one pass, a signature another library accepts, the stored
 * session, batches; and what must not come out when something is wrong. */
#include "unit.h"
#undef assert_fails /* made.h has a function of that name, which also looks at the message */

#include "base/mem.h"
#include "pdf/builder.h"
#include "pki/made.h"
#include "sign/opts.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <pades/pades.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct bench {
    pades_ctx *ctx;
    made root, leaf;
    pades_signer *signer;
    pades_sign_opts *opts;
    builder pdf;
    int calls;           /* of the key */
    bool spoil;          /* the key flips a bit */
    pades_status refuse; /* the key says this */
} bench;

static int64_t clock_of_test(void *user)
{
    (void)user;
    return MADE_NOW;
}

static pades_status key_signs(void *user, const pades_sign_request *request, void *signature,
                              size_t capacity, size_t *ret_n)
{
    bench *b = user;
    b->calls++;
    if (b->refuse) {
        return b->refuse;
    }
    buf fresh = made_signature(&b->leaf, request->scheme, request->digest,
                               span_of(request->tbs, request->tbs_n));
    assert_true(fresh.n <= capacity);
    memcpy(signature, fresh.p, fresh.n);
    ((uint8_t *)signature)[fresh.n - 1] ^= b->spoil ? 1 : 0;
    *ret_n = fresh.n;
    buf_free(&fresh);
    return PADES_OK;
}

static bench make_bench_of(const char *key, builder_kind kind)
{
    bench b = {0};
    pades_error *e = NULL;
    b.root = made_root("Root");
    const made_spec spec = {.key = key,
                            .cn = "Seal",
                            .from = MADE_NOW - 86400,
                            .to = MADE_NOW + 400 * 86400LL,
                            .ext = {{"keyUsage", "critical,nonRepudiation"}}};
    b.leaf = made_cert(&spec, &b.root);
    assert_ok(pades_ctx_new(&b.ctx, &e), e);
    assert_ok(pades_ctx_set_clock(b.ctx, clock_of_test, NULL, &e), e);
    assert_ok(pades_sign_opts_new(&b.opts, &e), e);
    const builder_plan plan = {.kind = kind, .version = "1.7"};
    builder_document(&b.pdf, &plan);
    assert_true(buf_ok(&b.pdf.out));
    return b;
}

static void make_signer(bench *b)
{
    pades_error *e = NULL;
    const pades_cert *chain[] = {b->leaf.cert, b->root.cert};
    assert_ok(pades_signer_new_callback(b->ctx, chain, 2, key_signs, b, &b->signer, &e), e);
}

static void free_bench(bench *b)
{
    pades_signer_free(b->signer);
    pades_sign_opts_free(b->opts);
    pades_ctx_free(b->ctx);
    made_free(&b->leaf);
    made_free(&b->root);
    builder_free(&b->pdf);
}

/* Reads `n` bytes of the test's own memory and counts. */
typedef struct counted {
    span bytes;
    uint64_t read;
} counted;

static int counted_read(void *user, uint64_t offset, void *buffer, size_t n)
{
    counted *c = user;
    memcpy(buffer, c->bytes.p + offset, n);
    c->read += n;
    return 0;
}

static uint64_t number_after(span text, const char *key, size_t index)
{
    size_t at = span_find(text, span_str(key), 0);
    assert_true(at != SIZE_MAX);
    const char *p = strchr((const char *)text.p + at, '[') + 1;
    uint64_t value = 0;
    for (size_t i = 0; i <= index; i++) {
        char *end = NULL;
        value = strtoull(p, &end, 10);
        p = end;
    }
    return value;
}

static buf unhex(span hex)
{
    buf out = BUF(1 << 20);
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        char two[3] = {(char)hex.p[i], (char)hex.p[i + 1], 0};
        buf_add_byte(&out, (uint8_t)strtoul(two, NULL, 16));
    }
    return out;
}

/* OpenSSL's CMS accepts the signature over the bytes of /ByteRange, which miss only /Contents. */
static void assert_sealed(const bench *b, span in, span out)
{
    assert_true(out.n > in.n);
    assert_memory_equal(out.p, in.p, in.n); /* append only */
    AUTO_VAL(buf) text = BUF(1 << 24);
    buf_add_span(&text, span_part(out, in.n, out.n));
    buf_add_byte(&text, 0);
    span tail = buf_span(&text);
    uint64_t a = number_after(tail, "/ByteRange", 1), c = number_after(tail, "/ByteRange", 2),
             d = number_after(tail, "/ByteRange", 3);
    assert_int_equal(number_after(tail, "/ByteRange", 0), 0);
    assert_int_equal(c + d, out.n);
    assert_int_equal(out.p[a], '<');
    assert_int_equal(out.p[c - 1], '>');
    buf der = unhex(span_of(out.p + a + 1, (size_t)(c - a - 2)));
    const uint8_t *p = der.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
    assert_non_null(cms);
    BIO *content = BIO_new(BIO_s_mem());
    BIO_write(content, out.p, (int)a);
    BIO_write(content, out.p + c, (int)d);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, b->root.x);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), MADE_NOW);
    X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
    int ok = CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY);
    if (ok != 1) {
        ERR_print_errors_fp(stderr);
    }
    assert_int_equal(ok, 1);
    X509_STORE_free(store);
    BIO_free(content);
    CMS_ContentInfo_free(cms);
    buf_free(&der);
}

static span sink_span(const pades_sink *sink)
{
    size_t n = 0;
    const void *p = pades_sink_bytes(sink, &n);
    return span_of(p, n);
}

/* Seals `in` into memory; the caller frees the sink. */
static pades_status seal(bench *b, span in, pades_sink **ret_sink, pades_result **ret,
                         pades_error **e)
{
    AUTO(pades_source) *source = NULL;
    assert_int_equal(pades_source_new_memory(in.p, in.n, &source, NULL), PADES_OK);
    assert_int_equal(pades_sink_new_memory(ret_sink, NULL), PADES_OK);
    return pades_sign(b->ctx, source, *ret_sink, b->signer, b->opts, ret, e);
}

static void sign_makes_what_another_library_accepts(void **state)
{
    (void)state;
    const struct {
        const char *key;
        bool pss;
        pades_digest digest;
    } cases[] = {{"P-256", false, 0},
                 {"P-384", false, 0},
                 {"P-521", false, 0},
                 {"RSA:2048", false, 0},
                 {"RSA:2048", true, 0},
                 {"RSA:2048", true, PADES_DIGEST_SHA512},
                 {"P-256", false, PADES_DIGEST_SHA384}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bench b = make_bench_of(cases[i].key, i % 2 ? BUILD_STREAM : BUILD_TABLE);
        pades_error *e = NULL;
        pades_result *result = NULL;
        pades_sink *sink = NULL;
        make_signer(&b);
        pades_sign_opts_set_pss(b.opts, cases[i].pss);
        pades_sign_opts_set_digest(b.opts, cases[i].digest);
        assert_ok(seal(&b, buf_span(&b.pdf.out), &sink, &result, &e), e);
        assert_sealed(&b, buf_span(&b.pdf.out), sink_span(sink));
        assert_int_equal(pades_result_level(result), PADES_LEVEL_B);
        assert_string_equal(pades_result_field(result), "Signature1");
        assert_null(pades_result_timestamp(result, 0));
        assert_int_equal(strlen(pades_result_input_digest(result)),
                         2 * pades_digest_size(pades_result_digest(result)));
        pades_result_free(result);
        pades_sink_free(sink);
        free_bench(&b);
    }
}

static void sign_three_times_keeps_the_earlier_ones(void **state)
{
    (void)state;
    const builder_kind kinds[] = {BUILD_TABLE, BUILD_STREAM, BUILD_OBJSTM, BUILD_HYBRID};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        bench b = make_bench_of("P-256", kinds[k]);
        pades_error *e = NULL;
        pades_sink *sinks[3] = {0};
        span in = buf_span(&b.pdf.out);
        make_signer(&b);
        for (int i = 0; i < 3; i++) {
            assert_ok(seal(&b, in, &sinks[i], NULL, &e), e);
            assert_sealed(&b, in, sink_span(sinks[i]));
            in = sink_span(sinks[i]);
        }
        for (int i = 0; i < 3; i++) {
            pades_sink_free(sinks[i]);
        }
        free_bench(&b);
    }
}

static void sign_reads_the_input_once(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    make_signer(&b);
    /* a megabyte of an unused stream, so that structure and content can be told apart */
    builder big = {0};
    builder_start(&big, "1.7");
    builder_object(&big, 1, 0, "<</Type/Catalog/Pages 2 0 R>>");
    builder_object(&big, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    builder_object(&big, 3, 0, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
    char filler[8001];
    memset(filler, 'x', 8000);
    filler[8000] = '\0';
    for (uint32_t id = 4; id < 129; id++) {
        builder_object(&big, id, 0, "<</Length 8000>>stream\n%s\nendstream", filler);
    }
    builder_table(&big, 129, "/ID[<00><01>]");
    assert_true(buf_ok(&big.out));
    counted c = {buf_span(&big.out), 0};
    pades_source *source = NULL;
    pades_sink *sink = NULL;
    const pades_source_callbacks fns = {counted_read, NULL};
    assert_ok(pades_source_new_callbacks(&fns, &c, big.out.n, &source, &e), e);
    assert_ok(pades_sink_new_memory(&sink, &e), e);
    assert_ok(pades_sign(b.ctx, source, sink, b.signer, b.opts, NULL, &e), e);
    assert_sealed(&b, buf_span(&big.out), sink_span(sink));
    uint64_t pass = 0, structure = 0;
    pades_source_counts(source, &pass, &structure);
    assert_int_equal(pass, big.out.n); /* each byte once */
    print_message("structure: %llu bytes\n", (unsigned long long)structure);
    assert_true(
        structure <
        1200000); /* the second reader's copy of a source without descriptor, and little else */
    assert_true(c.read <= pass + structure);
    pades_sink_free(sink);
    pades_source_free(source);
    builder_free(&big);
    free_bench(&b);
}

static void sign_with_a_wrong_signature_writes_nothing(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_sink *sink = NULL;
    make_signer(&b);
    b.spoil = true;
    assert_fails(seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e), PADES_SIGNATURE_WRONG, &e, "");
    assert_null(sink_span(sink).p);
    pades_sink_free(sink);
    b.spoil = false;
    b.refuse = PADES_PIN_LOCKED;
    assert_fails(seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e), PADES_PIN_LOCKED, &e, "");
    assert_null(sink_span(sink).p);
    pades_sink_free(sink);
    free_bench(&b);
}

typedef void (*bad_option)(pades_sign_opts *opts);

static void bad_certification(pades_sign_opts *opts)
{
    pades_sign_opts_set_certification(opts, 4);
}

static void bad_lock_of_none(pades_sign_opts *opts)
{
    pades_sign_opts_set_lock(opts, PADES_LOCK_INCLUDE, NULL, 0);
}

static void bad_lock_of_all_but(pades_sign_opts *opts)
{
    const char *const names[] = {"a"};
    pades_sign_opts_set_lock(opts, PADES_LOCK_ALL, names, 1);
}

static void bad_lock_of_bytes(pades_sign_opts *opts)
{
    const char *const names[] = {"a", "\xC3"};
    pades_sign_opts_set_lock(opts, PADES_LOCK_EXCLUDE, names, 2);
}

/* clause: ISO32000-1#12.8.2.2 levels above t add revisions, which /P 1 forbids */
static void bad_level_of_certification(pades_sign_opts *opts)
{
    pades_sign_opts_set_certification(opts, 1);
    opts->level = (pades_level)(PADES_LEVEL_T + 1); /* one that its setter does not take yet */
}

static void sign_refuses_bad_rights(void **state)
{
    (void)state;
    static const struct {
        bad_option set;
        const char *what;
    } cases[] = {{bad_certification, "certification"},
                 {bad_lock_of_none, "lock"},
                 {bad_lock_of_all_but, "lock"},
                 {bad_lock_of_bytes, "UTF-8"},
                 {bad_level_of_certification, "lt or lta"}};
    bench b = make_bench_of("P-256", BUILD_TABLE);
    make_signer(&b);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pades_error *e = NULL;
        pades_sink *sink = NULL;
        pades_sign_opts_free(b.opts);
        assert_ok(pades_sign_opts_new(&b.opts, &e), e);
        cases[i].set(b.opts);
        assert_fails(seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e), PADES_INVALID_ARGUMENT, &e,
                     cases[i].what);
        pades_sink_free(sink);
    }
    free_bench(&b);
}

static void sign_refuses_bad_options(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_sink *sink = NULL;
    make_signer(&b);
    pades_sign_opts_set_field(b.opts, "a..b");
    pades_sign_opts_set_reserve(b.opts, 3); /* the first bad one is told */
    assert_fails(seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e), PADES_INVALID_ARGUMENT, &e,
                 "field");
    pades_sink_free(sink);
    pades_sign_opts_free(b.opts);
    assert_ok(pades_sign_opts_new(&b.opts, &e), e);
    pades_sign_opts_set_reason(b.opts, "approved");
    pades_sign_opts_set_commitment(b.opts, "1.2.840.113549.1.9.16.6.1");
    assert_fails(seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e), PADES_INVALID_ARGUMENT, &e,
                 "exclude");
    pades_sink_free(sink);
    pades_sign_opts_free(b.opts);
    assert_ok(pades_sign_opts_new(&b.opts, &e), e);
    pades_sign_opts_set_level(b.opts, PADES_LEVEL_T);
    assert_fails(seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e), PADES_INVALID_ARGUMENT, &e,
                 "time-stamping");
    pades_sink_free(sink);
    pades_sign_opts_free(b.opts);
    assert_ok(pades_sign_opts_new(&b.opts, &e), e);
    pades_sign_opts_set_pss(b.opts, 1);
    assert_fails(seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e), PADES_ALGORITHM, &e, "PSS");
    pades_sink_free(sink);
    assert_int_equal(b.calls, 0);
    free_bench(&b);
}

static void sign_too_small_a_reserve_names_the_size(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_sink *sink = NULL;
    AUTO_VAL(buf) filler = BUF(1 << 16);
    make_signer(&b);
    pades_sign_opts_set_reserve(b.opts, 1024);
    for (int i = 0; i < 4; i++) { /* certificates that do not fit */
        pades_sign_opts_add_cert(b.opts, b.root.cert);
    }
    buf_add_fill(&filler, 'n', 3000);
    buf_add_byte(&filler, 0);
    pades_status status = seal(&b, buf_span(&b.pdf.out), &sink, NULL, &e);
    if (status == PADES_RESERVE_TOO_SMALL) {
        assert_non_null(strstr(pades_error_hint(e), "--reserve"));
        assert_null(sink_span(sink).p);
        assert_int_equal(b.calls, 1);
    } else {
        assert_int_equal(status, PADES_OK); /* a chain of small certificates does fit 1 KiB */
    }
    pades_error_free(e);
    pades_sink_free(sink);
    free_bench(&b);
}

/* Prepares without a sink and gives the stored state. */
static void store(bench *b, pades_source *source, void **ret_state, size_t *ret_n, buf *ret_tbs,
                  pades_sign_request *request)
{
    pades_error *e = NULL;
    pades_session *session = NULL;
    const pades_cert *chain[] = {b->leaf.cert, b->root.cert};
    assert_ok(pades_session_prepare(b->ctx, source, NULL, chain, 2, b->opts, &session, &e), e);
    pades_session_get_request(session, request);
    buf_add(ret_tbs, request->tbs, request->tbs_n);
    assert_ok(pades_session_store(session, ret_state, ret_n, &e), e);
    pades_session_free(session);
}

static void session_goes_on_in_another_process(void **state)
{
    (void)state;
    bench b = make_bench_of("P-384", BUILD_STREAM);
    pades_error *e = NULL;
    pades_source *source = NULL;
    pades_sink *sink = NULL;
    pades_session *session = NULL;
    pades_result *result = NULL;
    pades_sign_request request;
    void *stored = NULL;
    size_t n = 0;
    AUTO_VAL(buf) tbs = BUF(1 << 16);
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    store(&b, source, &stored, &n, &tbs, &request);
    buf signature = made_signature(&b.leaf, request.scheme, request.digest, buf_span(&tbs));
    assert_ok(pades_sink_new_memory(&sink, &e), e);
    assert_ok(pades_session_resume(b.ctx, stored, n, source, sink, b.opts, &session, &e), e);
    pades_session_get_request(session, &request);
    assert_true(span_eq(span_of(request.tbs, request.tbs_n), buf_span(&tbs)));
    assert_ok(pades_session_finish(session, signature.p, signature.n, NULL, &result, &e), e);
    assert_sealed(&b, buf_span(&b.pdf.out), sink_span(sink));
    assert_fails(pades_session_finish(session, signature.p, signature.n, NULL, NULL, &e),
                 PADES_INVALID_ARGUMENT, &e, "finished");
    pades_result_free(result);
    pades_session_free(session);
    pades_sink_free(sink);
    pades_source_free(source);
    pades_free(stored);
    buf_free(&signature);
    free_bench(&b);
}

static void session_refuses_another_input(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_source *source = NULL;
    pades_session *session = NULL;
    pades_sign_request request;
    void *stored = NULL;
    size_t n = 0;
    AUTO_VAL(buf) tbs = BUF(1 << 16);
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    store(&b, source, &stored, &n, &tbs, &request);
    b.pdf.out.p[b.pdf.out.n / 2] ^= 1;
    assert_fails(pades_session_resume(b.ctx, stored, n, source, NULL, b.opts, &session, &e),
                 PADES_INPUT_CHANGED, &e, "");
    b.pdf.out.p[b.pdf.out.n / 2] ^= 1;
    pades_source_free(source);
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n - 1, &source, &e), e);
    assert_fails(pades_session_resume(b.ctx, stored, n, source, NULL, b.opts, &session, &e),
                 PADES_STATE_INVALID, &e, "another input");
    pades_source_free(source);
    pades_free(stored);
    free_bench(&b);
}

static void session_state_with_any_bit_changed_is_refused(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_source *source = NULL;
    pades_session *session = NULL;
    pades_sign_request request;
    void *stored = NULL;
    size_t n = 0;
    AUTO_VAL(buf) tbs = BUF(1 << 16);
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    store(&b, source, &stored, &n, &tbs, &request);
    for (size_t i = 0; i < n; i += 7) {
        ((uint8_t *)stored)[i] ^= (uint8_t)(1 << i % 8);
        assert_fails(pades_session_resume(b.ctx, stored, n, source, NULL, b.opts, &session, &e),
                     PADES_STATE_INVALID, &e, "");
        ((uint8_t *)stored)[i] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t cut = 0; cut < n; cut += 13) {
        assert_fails(pades_session_resume(b.ctx, stored, cut, source, NULL, b.opts, &session, &e),
                     PADES_STATE_INVALID, &e, "");
    }
    pades_source_free(source);
    pades_free(stored);
    free_bench(&b);
}

static void session_finish_takes_the_sink_late(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_source *source = NULL;
    pades_sink *sink = NULL;
    pades_session *session = NULL;
    pades_sign_request request;
    const pades_cert *chain[] = {b.leaf.cert};
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    assert_ok(pades_session_prepare(b.ctx, source, NULL, chain, 1, b.opts, &session, &e), e);
    pades_session_get_request(session, &request);
    buf signature = made_signature(&b.leaf, request.scheme, request.digest,
                                   span_of(request.tbs, request.tbs_n));
    assert_fails(pades_session_finish(session, signature.p, signature.n, NULL, NULL, &e),
                 PADES_INVALID_ARGUMENT, &e, "sink");
    assert_ok(pades_sink_new_memory(&sink, &e), e);
    assert_ok(pades_session_finish(session, signature.p, signature.n, sink, NULL, &e), e);
    assert_sealed(&b, buf_span(&b.pdf.out), sink_span(sink));
    buf_free(&signature);
    pades_session_free(session);
    pades_sink_free(sink);
    pades_source_free(source);
    free_bench(&b);
}

/* A sink of the test's own that fails when it is told to. */
typedef struct failing {
    buf bytes;
    unsigned commits, aborts;
    bool no_room, no_commit;
} failing;

static int failing_write(void *user, const void *data, size_t n)
{
    failing *f = user;
    buf_add(&f->bytes, data, n);
    return f->no_room ? -1 : 0;
}

static int failing_commit(void *user)
{
    failing *f = user;
    f->commits++;
    return f->no_commit ? -1 : 0;
}

static void failing_abort(void *user)
{
    ((failing *)user)->aborts++;
}

static pades_sink *failing_sink(failing *f)
{
    pades_error *e = NULL;
    pades_sink *sink = NULL;
    const pades_sink_callbacks fns = {failing_write, failing_commit, failing_abort};
    f->bytes = BUF(1 << 20);
    assert_ok(pades_sink_new_callbacks(&fns, f, &sink, &e), e);
    return sink;
}

/* A session prepared with `sink` (NULL: none), and its signature. */
static pades_session *prepared(bench *b, pades_source *source, pades_sink *sink, buf *signature)
{
    pades_error *e = NULL;
    pades_session *session = NULL;
    pades_sign_request request;
    const pades_cert *chain[] = {b->leaf.cert};
    assert_ok(pades_session_prepare(b->ctx, source, sink, chain, 1, b->opts, &session, &e), e);
    pades_session_get_request(session, &request);
    *signature = made_signature(&b->leaf, request.scheme, request.digest,
                                span_of(request.tbs, request.tbs_n));
    return session;
}

static void session_finishes_after_a_failure_with_another_sink(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_source *source = NULL;
    buf signature;
    failing bad[2] = {{.no_commit = true}, {.no_room = true}};
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    pades_session *session = prepared(&b, source, NULL, &signature);
    for (size_t i = 0; i < 2; i++) {
        pades_sink *sink = failing_sink(&bad[i]);
        assert_fails(pades_session_finish(session, signature.p, signature.n, sink, NULL, &e),
                     PADES_OUTPUT_FAILED, &e, "");
        assert_int_equal(bad[i].aborts, 1);
        pades_sink_free(sink); /* the session must not look at it again */
        buf_free(&bad[i].bytes);
    }
    failing good = {.no_room = false};
    pades_sink *sink = failing_sink(&good);
    assert_ok(pades_session_finish(session, signature.p, signature.n, sink, NULL, &e), e);
    assert_sealed(&b, buf_span(&b.pdf.out), buf_span(&good.bytes));
    assert_int_equal(good.commits, 1);
    pades_session_free(session);
    pades_sink_free(sink);
    buf_free(&good.bytes);
    buf_free(&signature);
    pades_source_free(source);
    free_bench(&b);
}

/* The one that failed has half a document in it, or none any more. */
static void session_does_not_write_twice_into_one_sink(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_source *source = NULL;
    buf signature;
    failing bad = {.no_commit = true};
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    pades_sink *sink = failing_sink(&bad);
    pades_session *session = prepared(&b, source, sink, &signature);
    assert_fails(pades_session_finish(session, signature.p, signature.n, NULL, NULL, &e),
                 PADES_OUTPUT_FAILED, &e, "");
    size_t written = bad.bytes.n;
    bad.no_commit = false;
    assert_fails(pades_session_finish(session, signature.p, signature.n, NULL, NULL, &e),
                 PADES_INVALID_ARGUMENT, &e, "failed before");
    assert_int_equal(bad.bytes.n, written);
    assert_int_equal(bad.commits, 1);
    pades_session_free(session);
    pades_sink_free(sink);
    buf_free(&bad.bytes);
    buf_free(&signature);
    pades_source_free(source);
    free_bench(&b);
}

/* However often: what was signed is the input of then. */
static void session_refuses_a_changed_input_each_time(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_source *source = NULL;
    buf signature;
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    pades_session *session = prepared(&b, source, NULL, &signature);
    b.pdf.out.p[b.pdf.out.n / 2] ^= 1;
    for (unsigned i = 0; i < 3; i++) {
        pades_sink *sink = NULL;
        assert_ok(pades_sink_new_memory(&sink, &e), e);
        assert_fails(pades_session_finish(session, signature.p, signature.n, sink, NULL, &e),
                     PADES_INPUT_CHANGED, &e, "not the file");
        assert_null(sink_span(sink).p);
        pades_sink_free(sink);
        assert_fails(pades_session_finish(session, signature.p, signature.n, NULL, NULL, &e),
                     PADES_INVALID_ARGUMENT, &e, "sink");
    }
    pades_session_free(session);
    buf_free(&signature);
    pades_source_free(source);
    free_bench(&b);
}

/* A batch whose third file is not a PDF. */
typedef struct batch_state {
    bench *b;
    pades_sink *sinks[8];
    pades_status got[8];
    size_t told;
} batch_state;

static pades_status batch_open(void *user, size_t index, pades_source **ret_source,
                               pades_sink **ret_sink, pades_error **e)
{
    batch_state *s = user;
    span in = index == 2 ? span_str("no PDF at all") : buf_span(&s->b->pdf.out);
    TRY(pades_source_new_memory(in.p, in.n, ret_source, e));
    return pades_sink_new_memory(ret_sink, e);
}

static void batch_done(void *user, size_t index, pades_status status, const pades_result *result,
                       const pades_error *error)
{
    batch_state *s = user;
    assert_int_equal(index, s->told);
    assert_true((status == PADES_OK) == (result != NULL));
    assert_true((status == PADES_OK) == (error == NULL));
    s->got[index] = status;
    s->told++;
}

static void batch_goes_on_after_a_bad_file(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    const pades_batch_callbacks fns = {batch_open, batch_done};
    make_signer(&b);
    for (unsigned workers = 1; workers <= 3; workers++) {
        batch_state s = {.b = &b};
        assert_fails(pades_batch_run(b.ctx, b.signer, b.opts, 8, workers, &fns, &s, &e),
                     PADES_DOC_NOT_PDF, &e, "");
        assert_int_equal(s.told, 8);
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(s.got[i], i == 2 ? PADES_DOC_NOT_PDF : PADES_OK);
        }
    }
    free_bench(&b);
}

static void batch_stops_asking_a_key_that_is_gone(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    const pades_batch_callbacks fns = {batch_open, batch_done};
    batch_state s = {.b = &b};
    make_signer(&b);
    b.refuse = PADES_TOKEN_REMOVED;
    assert_fails(pades_batch_run(b.ctx, b.signer, b.opts, 8, 1, &fns, &s, &e), PADES_TOKEN_REMOVED,
                 &e, "");
    assert_int_equal(b.calls, 1);
    assert_int_equal(s.told, 8);
    free_bench(&b);
}

static void check_spends_no_signature(void **state)
{
    (void)state;
    bench b = make_bench_of("P-256", BUILD_TABLE);
    pades_error *e = NULL;
    pades_source *source = NULL;
    pades_result *result = NULL;
    const pades_cert *chain[] = {b.leaf.cert};
    assert_ok(pades_source_new_memory(b.pdf.out.p, b.pdf.out.n, &source, &e), e);
    assert_ok(pades_sign_check(b.ctx, source, NULL, chain, 1, b.opts, &result, &e), e);
    assert_string_equal(pades_result_field(result), "Signature1");
    assert_int_equal(b.calls, 0);
    pades_result_free(result);
    pades_source_free(source);
    free_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_makes_what_another_library_accepts),
        cmocka_unit_test(sign_three_times_keeps_the_earlier_ones),
        cmocka_unit_test(sign_reads_the_input_once),
        cmocka_unit_test(sign_with_a_wrong_signature_writes_nothing),
        cmocka_unit_test(sign_refuses_bad_options),
        cmocka_unit_test(sign_refuses_bad_rights),
        cmocka_unit_test(sign_too_small_a_reserve_names_the_size),
        cmocka_unit_test(session_goes_on_in_another_process),
        cmocka_unit_test(session_refuses_another_input),
        cmocka_unit_test(session_state_with_any_bit_changed_is_refused),
        cmocka_unit_test(session_finish_takes_the_sink_late),
        cmocka_unit_test(session_finishes_after_a_failure_with_another_sink),
        cmocka_unit_test(session_does_not_write_twice_into_one_sink),
        cmocka_unit_test(session_refuses_a_changed_input_each_time),
        cmocka_unit_test(batch_goes_on_after_a_bad_file),
        cmocka_unit_test(batch_stops_asking_a_key_that_is_gone),
        cmocka_unit_test(check_spends_no_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
