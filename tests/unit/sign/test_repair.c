/* Repair through the public calls: from memory to memory, and what it will not do. */
#include <pades/pades.h>

#include "unit.h"

#include "base/buf.h"
#include "base/fail.h"

static const char damaged[] =
    "%%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 "
    "R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]%s>>\nendobj\n"
    "trailer\n<</Root 1 0 R/Size 4>>\nstartxref\n7\n%%%%EOF\n";

typedef struct bench {
    pades_ctx *ctx;
    pades_source *source;
    pades_sink *sink;
    pades_repair_report *report;
    pades_error *e;
} bench;

static void bench_free(bench *b)
{
    pades_repair_report_free(b->report);
    pades_sink_free(b->sink);
    pades_source_free(b->source);
    pades_ctx_free(b->ctx);
    pades_error_free(b->e);
}

static void start(bench *b, const char *file)
{
    *b = (bench){0};
    assert_ok(pades_ctx_new(&b->ctx, &b->e), b->e);
    assert_ok(pades_source_new_memory(file, strlen(file), &b->source, &b->e), b->e);
    assert_ok(pades_sink_new_memory(&b->sink, &b->e), b->e);
}

static pades_status run(bench *b)
{
    return pades_repair(b->ctx, b->source, b->sink, NULL, &b->report, &b->e);
}

static void repair_tells_what_it_did(void **state)
{
    (void)state;
    AUTO_VAL(bench) b;
    char file[512];
    size_t n = 0;
    snprintf(file, sizeof file, damaged, "");
    start(&b, file);
    assert_ok(run(&b), b.e);
    const pades_repair_info *info = pades_repair_report_info(b.report);
    assert_int_equal(info->version_major_before * 10 + info->version_minor_before, 14);
    assert_int_equal(info->version_major * 10 + info->version_minor, 14);
    assert_int_equal(info->objects_before, 3);
    assert_int_equal(info->objects, 3);
    assert_int_equal(info->size_before, strlen(file));
    assert_non_null(pades_sink_bytes(b.sink, &n));
    assert_int_equal(info->size, n);
    assert_non_null(strstr(pades_repair_report_damage(b.report), "byte "));
    assert_non_null(pades_repair_report_change(b.report, 0));
    size_t lines = 0;
    while (pades_repair_report_change(b.report, lines)) {
        lines++;
    }
    assert_in_range(lines, 2, 10);
    assert_null(pades_repair_report_change(b.report, lines + 1000));
}

static void refused(const char *page, uint64_t bytes, pades_status status)
{
    AUTO_VAL(bench) b;
    char file[512];
    size_t n = 0;
    snprintf(file, sizeof file, damaged, page);
    start(&b, file);
    if (bytes) {
        assert_ok(pades_ctx_set_limit(b.ctx, PADES_LIMIT_REPAIR_BYTES, bytes, &b.e), b.e);
    }
    assert_fails(run(&b), status, b.e);
    assert_null(b.report);
    assert_null(pades_sink_bytes(b.sink, &n));
}

/* clause: ISO32000-1#12.8.1 a signature covers bytes: a file that has one is never rewritten */
static void repair_refuses_what_is_signed_or_costs_too_much(void **state)
{
    (void)state;
    refused("/X<</ByteRange[0 1 2 3]>>", 0, PADES_DOC_NOT_PERMITTED);
    refused("/X<</Type/S#69g>>", 0, PADES_DOC_NOT_PERMITTED);
    refused("", 1000, PADES_LIMIT);
}

static void repair_checks_its_arguments(void **state)
{
    (void)state;
    AUTO_VAL(bench) b;
    pades_sink *in_place = NULL;
    start(&b, "x");
    assert_fails(pades_repair(b.ctx, b.source, NULL, NULL, NULL, &b.e), PADES_INVALID_ARGUMENT,
                 b.e);
    assert_ok(pades_sink_new_in_place("/proc/self/exe", &in_place, &b.e), b.e);
    assert_fails(pades_repair(b.ctx, b.source, in_place, NULL, NULL, &b.e), PADES_INVALID_ARGUMENT,
                 b.e);
    pades_sink_free(in_place);
    assert_fails(pades_repair(b.ctx, b.source, b.sink, "/nowhere", NULL, &b.e), PADES_OUTPUT_FAILED,
                 b.e);
    assert_int_equal(pades_repair(b.ctx, b.source, b.sink, NULL, NULL, NULL), PADES_DOC_DAMAGED);
    pades_repair_report_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repair_tells_what_it_did),
        cmocka_unit_test(repair_refuses_what_is_signed_or_costs_too_much),
        cmocka_unit_test(repair_checks_its_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
