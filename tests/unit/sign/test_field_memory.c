/* Each allocation of ours fails in turn while a field is described and added: an error and no
 * output, or the whole field. */
#include "base/mem.h"
#include "base/sink.h"
#include "base/source.h"
#include "pdf/builder.h"
#include "pki/made.h"
#include "sign/result.h"

#include <pades/pades.h>
#include <string.h>

DEFINE_AUTO(pades_ctx, pades_ctx_free)
DEFINE_AUTO(pades_field_spec, pades_field_spec_free)

static long calls, fail_at = -1;

static bool now_fails(void)
{
    return calls++ == fail_at;
}

void *__real_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__real_mem_array(size_t count, size_t size);
bool __real_mem_grow(void **items, size_t n, size_t *cap, size_t size);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_resize(void *p, size_t n);
void *__wrap_mem_array(size_t count, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size);

void *__wrap_mem_alloc(size_t n)
{
    return now_fails() ? NULL : __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    return now_fails() ? NULL : __real_mem_resize(p, n);
}

void *__wrap_mem_array(size_t count, size_t size)
{
    return now_fails() ? NULL : __real_mem_array(count, size);
}

bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    return now_fails() ? false : __real_mem_grow(items, n, cap, size);
}

static void describe(pades_field_spec *spec, span issuer)
{
    static const char *const names[] = {"a", "b"};
    static const struct {
        const char *key, *value;
    } seeds[] = {{"DigestMethod", "SHA384"},      {"DigestMethod", "SHA512"},
                 {"Reasons", "I agree"},          {"MDP", "2"},
                 {"TimeStamp", "http://tsa.org"}, {"LockDocument", "auto"},
                 {"Cert SubjectDN", "CN=A\nO=B"}, {"Cert SubjectDN", "CN=C"},
                 {"Cert OID", "1.2.3"},           {"Cert KeyUsage", "01"}};
    pades_field_spec_set_place(spec, 1, 10, 20, 30, 40);
    pades_field_spec_set_tooltip(spec, "Sign h\xC3\xA9re");
    pades_field_spec_set_lock(spec, PADES_LOCK_INCLUDE, names, 2);
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
        pades_field_spec_add_seed(spec, seeds[i].key, seeds[i].value, strlen(seeds[i].value));
    }
    pades_field_spec_add_seed(spec, "Cert Issuer", issuer.p, issuer.n);
    pades_field_spec_require_seed(spec, "Reasons");
    pades_field_spec_require_seed(spec, "Cert Issuer");
}

/* What was written without what chance decides: numbers of objects, and what is behind them. */
static void add_steady(buf *out, span written)
{
    size_t end = span_find(written, span_str("/Type/XRef"), written.n / 2);
    for (size_t i = 0; i < written.n && i < end; i++) {
        if (written.p[i] < '0' || written.p[i] > '9') {
            buf_add_byte(out, written.p[i]);
        }
    }
}

/* One try; what reached the sink goes to `out`. */
static pades_status try_to_add(span pdf, span issuer, buf *out, pades_error **e)
{
    AUTO(pades_ctx) *ctx = NULL;
    AUTO(pades_source) *source = NULL;
    AUTO(pades_sink) *sink = NULL;
    AUTO(pades_field_spec) *spec = NULL;
    AUTO(pades_result) *result = NULL;
    size_t n = 0;
    TRY(pades_ctx_new(&ctx, e));
    TRY(pades_source_new_memory(pdf.p, pdf.n, &source, e));
    TRY(pades_sink_new_memory(&sink, e));
    TRY(pades_field_spec_new("Contract.Seal", &spec, e));
    describe(spec, issuer);
    pades_status status = pades_field_add(ctx, source, sink, spec, NULL, &result, e);
    const void *bytes = pades_sink_bytes(sink, &n);
    assert_true(status == PADES_OK ? result && n > pdf.n : !result && n == 0);
    fail_at = -1; /* the test's own */
    add_steady(out, span_of(bytes, n));
    return status;
}

static void add_to(const builder_plan *plan)
{
    builder pdf;
    made root = made_root("Root");
    AUTO_VAL(buf) whole = BUF(1 << 20);
    long n = 0;
    builder_document(&pdf, plan);
    span in = buf_span(&pdf.out);
    assert_int_equal(try_to_add(in, cert_der(root.cert), &whole, NULL), PADES_OK);
    assert_true(whole.n > 0);
    for (bool done = false; !done; n++) {
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(buf) out = BUF(1 << 20);
        calls = 0;
        fail_at = n;
        pades_status status = try_to_add(in, cert_der(root.cert), &out, &e);
        fail_at = -1;
        done = calls <= n;
        assert_true(!done || status == PADES_OK);
        assert_true(status != PADES_OK || span_eq(buf_span(&out), buf_span(&whole)));
    }
    assert_true(n > 100);
    builder_free(&pdf);
    made_free(&root);
}

static void field_is_whole_or_not_there(void **state)
{
    (void)state;
    const builder_plan plans[] = {{.kind = BUILD_STREAM, .version = "1.7"},
                                  {.kind = BUILD_STREAM,
                                   .version = "1.7",
                                   .catalog = "/AcroForm<</Fields[4 0 R]>>",
                                   .more = {"<</FT/Tx/T(Other)>>"}}};
    for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
        add_to(&plans[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(field_is_whole_or_not_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
