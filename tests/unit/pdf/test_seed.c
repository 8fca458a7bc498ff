/* What a seed value dictionary asks for, and that one which cannot be understood is refused. */
#include "base/fail.h"
#include "pdf/seed.h"
#include "pdf/builder.h"
#include "pdf/failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct seeded {
    builder b;
    opened o;
    pdf_seed seed;
    uint32_t touched[32];
    size_t touched_n;
    pades_error *e;
} seeded;

static void seeded_free(seeded *s)
{
    opened_free(&s->o);
    builder_free(&s->b);
    pades_error_free(s->e);
}

static pades_status note(void *user, pdf_ref ref, pades_error **e)
{
    (void)e;
    seeded *s = user;
    if (s->touched_n < ARRAY_LEN(s->touched)) {
        s->touched[s->touched_n++] = ref.id;
    }
    return PADES_OK;
}

/* The field is object 4, with `sv` for its /SV; objects from 5 on are `more`. */
static pades_status read_seed(seeded *s, const char *sv, const char *const *more, size_t more_n)
{
    char field[8192];
    snprintf(field, sizeof field, "<</FT/Sig/T(S)/SV %s>>", sv);
    builder_plan plan = {.kind = BUILD_STREAM, .more = {field}};
    for (size_t i = 0; i < more_n; i++) {
        plan.more[1 + i] = more[i];
    }
    *s = (seeded){.seed = {.version = 4711}};
    builder_document(&s->b, &plan);
    opened_open(&s->o, buf_span(&s->b.out), span_of(NULL, 0));
    const pdf_obj *o = NULL;
    assert_int_equal(pdf_file_load(s->o.f, (pdf_ref){4, 0}, s->o.pool, &o, NULL, NULL), PADES_OK);
    const pdf_seed_from from = {s->o.f, s->o.pool, note, s};
    return pdf_seed_read(&from, o, &s->seed, &s->e);
}

static void must_read(seeded *s, const char *sv, const char *const *more, size_t more_n)
{
    if (read_seed(s, sv, more, more_n) != PADES_OK) {
        fail_msg("%s", pades_error_message(s->e));
    }
}

static void assert_list(const pdf_seed_list *list, size_t n, const char *first, const char *last)
{
    assert_true(list->given);
    assert_int_equal(list->n, n);
    assert_true(span_is(list->items[0], first));
    assert_true(span_is(list->items[n - 1], last));
}

static const char everything[] =
    "<</Type/SV/Ff 511/Filter/Adobe.PPKLite/SubFilter[/ETSI.CAdES.detached/adbe.pkcs7.detached]"
    "/DigestMethod[/SHA384(SHA512)]/V 2/Reasons[(approved)<FEFF00E4>]/MDP<</P 2>>"
    "/TimeStamp<</URL(http://tsa.example/)/Ff 1>>/LegalAttestation[(none)]/AddRevInfo true"
    "/LockDocument/auto/AppearanceFilter(Look)/Cert<</Type/SVCert/Ff 111/Subject[<3003>]"
    "/Issuer[<3004><3005>]/OID[(1.2.3)]/KeyUsage[(011XXXXXX)]/SubjectDN[<</CN(A)/2.5.4.97(B)>><<>>]"
    "/URL(http://ca.example/)/URLType/Browser/SignaturePolicyOID(1.2.4)>>>>";

/* clause: ISO32000-1#12.7.4.5 */
static void seed_says_what_is_asked_for(void **state)
{
    (void)state;
    AUTO_VAL(seeded) s;
    must_read(&s, everything, NULL, 0);
    const pdf_seed *seed = &s.seed;
    assert_true(seed->given);
    assert_int_equal(seed->required, PDF_SEED_ALL);
    assert_true(span_is(seed->filter, "Adobe.PPKLite"));
    assert_list(&seed->sub_filters, 2, "ETSI.CAdES.detached", "adbe.pkcs7.detached");
    assert_list(&seed->digests, 2, "SHA384", "SHA512");
    assert_int_equal(seed->version, 2);
    assert_list(&seed->reasons, 2, "approved", "\xC3\xA4");
    assert_int_equal(seed->certification, 2);
    assert_true(seed->timestamp_required);
    assert_true(span_is(seed->timestamp_url, "http://tsa.example/"));
    assert_list(&seed->attestations, 1, "none", "none");
    assert_int_equal(seed->rev_info, 1);
    assert_true(span_is(seed->lock_document, "auto"));
    assert_true(span_is(seed->appearance, "Look"));
}

static void seed_says_what_is_asked_of_the_certificate(void **state)
{
    (void)state;
    AUTO_VAL(seeded) s;
    must_read(&s, everything, NULL, 0);
    const pdf_seed_cert *cert = &s.seed.cert;
    assert_true(cert->given);
    assert_int_equal(cert->required, 111);
    assert_list(&cert->subjects, 1, "0\x03", "0\x03");
    assert_list(&cert->issuers, 2, "0\x04", "0\x05");
    assert_list(&cert->policies, 1, "1.2.3", "1.2.3");
    assert_list(&cert->key_usages, 1, "011XXXXXX", "011XXXXXX");
    assert_int_equal(cert->names_n, 2);
    assert_int_equal(cert->names[0].n, 2);
    assert_true(span_is(cert->names[0].attributes[1].name, "2.5.4.97"));
    assert_true(span_is(cert->names[0].attributes[1].value, "B"));
    assert_int_equal(cert->names[1].n, 0);
    assert_true(span_is(cert->url, "http://ca.example/"));
    assert_true(span_is(cert->url_type, "Browser"));
    assert_true(span_is(cert->signature_policy, "1.2.4"));
}

static void seed_is_read_through_references_that_are_told(void **state)
{
    (void)state;
    static const char *const more[] = {"<</Reasons 6 0 R/Cert 8 0 R>>", "[7 0 R]", "(why)",
                                       "<</Subject 9 0 R>>", "(one alone)"};
    AUTO_VAL(seeded) s;
    must_read(&s, "5 0 R", more, ARRAY_LEN(more));
    assert_list(&s.seed.reasons, 1, "why", "why");
    assert_list(&s.seed.cert.subjects, 1, "one alone", "one alone");
    for (uint32_t id = 5; id <= 9; id++) {
        size_t i = 0;
        while (i < s.touched_n && s.touched[i] != id) {
            i++;
        }
        assert_true(i < s.touched_n);
    }
}

static void seed_of_a_field_without_one_asks_for_nothing(void **state)
{
    (void)state;
    static const char *const none[] = {"null", "99 0 R", "<<>>", "<</Reasons null/Cert null>>"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        AUTO_VAL(seeded) s;
        must_read(&s, none[i], NULL, 0);
        assert_int_equal(s.seed.given, i > 1);
        assert_int_equal(s.seed.version, 0);
        assert_int_equal(s.seed.certification, -1);
        assert_int_equal(s.seed.rev_info, -1);
        assert_false(s.seed.reasons.given || s.seed.cert.given);
        assert_null(s.seed.filter.p);
    }
}

static void seed_that_cannot_be_understood_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"[]",
                                      "(x)",
                                      "<</Ff(x)>>",
                                      "<</Ff 1/Ff 2>>",
                                      "<</Filter(x)>>",
                                      "<</SubFilter[(x)]>>",
                                      "<</DigestMethod[1]>>",
                                      "<</V(1)>>",
                                      "<</V 1.5>>",
                                      "<</V -1>>",
                                      "<</Reasons[/x]>>",
                                      "<</Reasons[null]>>",
                                      "<</MDP 2>>",
                                      "<</MDP<<>>>>",
                                      "<</MDP<</P 4>>>>",
                                      "<</TimeStamp(u)>>",
                                      "<</TimeStamp<</URL/x>>>>",
                                      "<</AddRevInfo/true>>",
                                      "<</LockDocument/maybe>>",
                                      "<</LockDocument 1>>",
                                      "<</Cert[]>>",
                                      "<</Cert<</Subject[<<>>]>>>>",
                                      "<</Cert<</SubjectDN[(x)]>>>>",
                                      "<</Cert<</SubjectDN[<</CN/x>>]>>>>",
                                      "<</Cert<</SubjectDN[<</CN(a)/CN(b)>>]>>>>",
                                      "<</Cert<</URL[]>>>>"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(seeded) s;
        if (read_seed(&s, bad[i], NULL, 0) != PADES_DOC_DAMAGED) {
            fail_msg("%s is not refused", bad[i]);
        }
        assert_non_null(pades_error_clause(s.e));
        assert_int_equal(s.seed.version, 4711);
    }
}

static void seed_is_bounded(void **state)
{
    (void)state;
    static const char *const lists[] = {"<</Reasons[", "<</Cert<</SubjectDN["};
    static const char *const items[] = {"()", "<<>>"}, *const ends[] = {"]>>", "]>>>>"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        AUTO_VAL(seeded) s;
        AUTO_VAL(buf) text = BUF(1 << 16);
        buf_add_str(&text, lists[i]);
        for (size_t k = 0; k < 257; k++) {
            buf_add_str(&text, items[i]);
        }
        buf_add_str(&text, ends[i]);
        buf_add_byte(&text, 0);
        assert_true(buf_ok(&text));
        assert_int_equal(read_seed(&s, (const char *)text.p, NULL, 0), PADES_LIMIT);
    }
    AUTO_VAL(seeded) loop;
    static const char *const more[] = {"6 0 R", "5 0 R"};
    assert_int_not_equal(read_seed(&loop, "5 0 R", more, 2), PADES_OK);
}

static char *rewritten(const pdf_seed *seed)
{
    buf out = BUF(1 << 16);
    assert_int_equal(pdf_seed_write(&out, seed, NULL), PADES_OK);
    return buf_take_text(&out);
}

/* What is read from what was written is written alike. */
static void seed_that_is_written_reads_the_same(void **state)
{
    (void)state;
    AUTO_VAL(seeded) first;
    AUTO_VAL(seeded) again;
    must_read(&first, everything, NULL, 0);
    AUTO(mem_text) *text = rewritten(&first.seed);
    assert_non_null(strstr(text, "/Reasons[(approved)<FEFF00E4>]"));
    assert_non_null(strstr(text, "/Subject[<3003>]"));
    assert_non_null(strstr(text, "/TimeStamp<</URL(http://tsa.example/)/Ff 1>>"));
    must_read(&again, text, NULL, 0);
    AUTO(mem_text) *twice = rewritten(&again.seed);
    assert_string_equal(text, twice);
    assert_int_equal(again.seed.required, first.seed.required);
    assert_int_equal(again.seed.cert.names_n, 2);
    pdf_seed empty = {.certification = -1, .rev_info = -1};
    AUTO(mem_text) *nothing = rewritten(&empty);
    assert_string_equal(nothing, "<</Type/SV/Ff 0>>");
}

static void seed_survives_every_failing_allocation(void **state)
{
    (void)state;
    pades_status status = PADES_NO_MEMORY;
    AUTO_VAL(seeded) s;
    must_read(&s, everything, NULL, 0);
    const pdf_obj *field = NULL;
    assert_int_equal(pdf_file_load(s.o.f, (pdf_ref){4, 0}, s.o.pool, &field, NULL, NULL), PADES_OK);
    for (long n = 0; n < 10000 && status != PADES_OK; n++) {
        AUTO(pades_error) *e = NULL;
        AUTO(pdf_pool) *pool = NULL;
        pdf_seed seed = {.version = 4711};
        assert_int_equal(pdf_pool_new(1 << 20, &pool, NULL), PADES_OK);
        const pdf_seed_from from = {s.o.f, pool, NULL, NULL};
        calls = 0;
        fail_at = n;
        status = pdf_seed_read(&from, field, &seed, &e);
        fail_at = -1;
        assert_true(status == PADES_OK || status == PADES_NO_MEMORY);
        assert_int_equal(seed.version, status == PADES_OK ? 2 : 4711);
    }
    assert_int_equal(status, PADES_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_says_what_is_asked_for),
        cmocka_unit_test(seed_says_what_is_asked_of_the_certificate),
        cmocka_unit_test(seed_is_read_through_references_that_are_told),
        cmocka_unit_test(seed_of_a_field_without_one_asks_for_nothing),
        cmocka_unit_test(seed_that_cannot_be_understood_is_refused),
        cmocka_unit_test(seed_is_bounded),
        cmocka_unit_test(seed_that_is_written_reads_the_same),
        cmocka_unit_test(seed_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
