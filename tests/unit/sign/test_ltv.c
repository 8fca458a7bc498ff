/* What a signature's validation data lacks, of files made to be looked at for long. */
#include "sign/doc_bench.h"

#include "pdf/dss.h"
#include "sign/doc_impl.h"

#include <pades/ltv.h>

/* Adds these to the store of what the bench holds. */
static void store(bench *b, const view *certs, size_t n)
{
    opened o;
    pdf_dss old;
    pdf_seal added;
    pades_error *e = NULL;
    const pdf_dss_plan plan = {.items = {certs}, .n = {n}};
    opened_open(&o, buf_span(&b->pdf.out), span_of(NULL, 0));
    assert_ok(pdf_dss_read(o.f, &old, &e), e);
    assert_ok(pdf_dss_build(o.f, &old, &plan, &added, &e), e);
    buf_add_span(&b->pdf.out, buf_span(&added.revision));
    assert_true(buf_ok(&b->pdf.out));
    pdf_seal_free(&added);
    pdf_dss_free(&old);
    opened_free(&o);
}

/* A chain of `links` certificates of one name, the first of them the bench's, and `others` of that
 * name which signed none: sealed with the first, all in the store, the others in front. */
static void one_name(bench *b, size_t links, size_t others)
{
    enum { MOST = 600 };
    static made all[MOST];
    static view ders[MOST];
    const size_t n = links + others;
    const made_spec spec = {.cn = "One", .ext = {{"basicConstraints", "CA:TRUE"}}};
    assert_true(n <= MOST);
    for (size_t i = 0; i < n; i++) {
        all[i] = made_cert(&spec, i > 0 && i < links ? &all[i - 1] : NULL);
        ders[n - 1 - i] = view_of(cert_der(all[i].cert));
    }
    made_free(&b->leaf);
    b->leaf = made_cert(&(made_spec){.cn = "One"}, &all[links - 1]);
    build(b, &(builder_plan){.catalog = ""});
    seal(b, NULL);
    store(b, ders, n);
    for (size_t i = 0; i < n; i++) {
        made_free(&all[i]);
    }
    (void)look(b);
}

static void chain_is_told_to_its_root(void **state)
{
    bench *b = *state;
    pades_ltv *ltv = NULL;
    pades_error *e = NULL;
    one_name(b, 3, 20);
    assert_ok(pades_ltv_new(b->doc, 0, &ltv, &e), e);
    assert_int_equal(pades_ltv_is_enabled(ltv), 0);
    assert_string_equal(pades_ltv_get(ltv, 0)->role, "signer");
    assert_true(pades_ltv_get(ltv, 0)->issuer && !pades_ltv_get(ltv, 0)->status);
    assert_string_equal(pades_ltv_get(ltv, 3)->status, "root");
    assert_null(pades_ltv_get(ltv, 4));
    pades_ltv_free(ltv);
}

/* Two hundred links, each to be found among hundreds of the same name. */
static void chain_of_one_name_is_not_followed_for_long(void **state)
{
    bench *b = *state;
    pades_ltv *ltv = NULL;
    pades_error *e = NULL;
    one_name(b, 200, 400);
    assert_int_equal(pades_ltv_new(b->doc, 0, &ltv, &e), PADES_LIMIT);
    assert_non_null(strstr(pades_error_message(e), "more certificates and answers"));
    assert_null(ltv);
    pades_error_free(e);
}

/* However many signatures ask for it. */
static void store_is_read_once(void **state)
{
    bench *b = *state;
    pades_error *e = NULL;
    const pdf_dss *kept = NULL;
    one_name(b, 3, 0);
    assert_null(b->doc->store);
    for (unsigned i = 0; i < 2; i++) {
        pades_ltv *ltv = NULL;
        assert_ok(pades_ltv_new(b->doc, 0, &ltv, &e), e);
        assert_non_null(pades_ltv_get(ltv, 3));
        pades_ltv_free(ltv);
        assert_non_null(b->doc->store);
        assert_true(i == 0 || b->doc->store == kept);
        kept = b->doc->store;
    }
    assert_int_equal(kept->lists[PDF_DSS_CERT].n, 3);
}

/* What each signature of a thousand may cost alone is too much for all. */
static void work_is_counted_for_all_signatures(void **state)
{
    enum { MOST = 1 << 23 };
    bench *b = *state;
    pades_error *e = NULL;
    pades_ltv *ltv = NULL;
    one_name(b, 20, 20);
    assert_ok(pades_ltv_new(b->doc, 0, &ltv, &e), e);
    pades_ltv_free(ltv);
    unsigned once = b->doc->looked;
    assert_true(once > 20 * 32);
    b->doc->looked = MOST - once;
    assert_ok(pades_ltv_new(b->doc, 0, &ltv, &e), e);
    pades_ltv_free(ltv);
    assert_int_equal(pades_ltv_new(b->doc, 0, &ltv, &e), PADES_LIMIT);
    assert_non_null(strstr(pades_error_message(e), "more certificates and answers"));
    pades_error_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(chain_is_told_to_its_root),
        DOC_TEST(chain_of_one_name_is_not_followed_for_long),
        DOC_TEST(store_is_read_once),
        DOC_TEST(work_is_counted_for_all_signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
