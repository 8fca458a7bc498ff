/* Evidence from services that answer wrong things, nothing, or too much; and heaps of it. */
#include "pki/gathered.h"

#include "base/control.h"
#include "base/der.h"

typedef struct row {
    const char *faults; /* of the address */
    const char *says;   /* in the error */
} row;

/* Nothing but this source can tell the status of `name`: it is missing, and why is told. */
static void refuses(gathering *g, const char *name, const char *path, const row *r)
{
    char line[200];
    uint64_t began = monotonic_ms();
    snprintf(line, sizeof line, "%s %s\n", path, r->faults);
    served_faults(line);
    trust(g, "p384-root");
    begin(g, NULL);
    offer_chain(g);
    pades_status status = cover(g, name);
    if (status != PADES_REVOCATION_MISSING || !strstr(error_text(g), r->says) ||
        monotonic_ms() - began > 5000) {
        fail_msg("%s: %s: %s", r->faults, pades_status_name(status), error_text(g));
    }
    assert_says(g->e, path);
}

static void ocsp_answers_that_are_refused(void **state)
{
    gathering *g = *state;
    static const row rows[] = {
        {"stranger", "OCSP answer"},
        {"other-cert", "another certificate"},
        {"wrong-nonce", "nonce"},
        {"stale=90000", "OCSP answer"},
        {"future=90000", "OCSP answer"},
        {"wrong-signature", "OCSP answer"},
        {"sha1", "SHA-1"},
        {"expired", "OCSP answer"},
        {"noeku", "OCSP answer"},
        {"internal", "OCSP"},
        {"sig-required", "OCSP"},
        {"unauthorized", "OCSP"},
        {"malformed", "OCSP"},
        {"unknown", "does not know the certificate"},
        {"html", "web page (HTML)"},
        {"huge=100000000", "larger than the 1048576 bytes"},
        {"cut", "cut off"},
        {"short", "OCSP"},
        {"empty", "OCSP"},
        {"trailing", "OCSP"},
        {"wrong-type", "type"},
        {"redirect-guarded", "a link-local address"},
        {"redirect-file", "file:///etc/passwd"},
        {"redirect-loop", "circle"},
        {"500", "HTTP status 500"},
        {"auth", "HTTP status 401"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        refuses(g, "p384-ocsp-only", "/ocsp", &rows[i]);
    }
}

static void lists_that_are_refused(void **state)
{
    gathering *g = *state;
    static const row rows[] = {
        {"stranger", "CRL"},
        {"other-issuer", "another issuer"},
        {"stale=90000", "CRL"},
        {"future=90000", "CRL"},
        {"wrong-signature", "CRL"},
        {"sha1", "SHA-1"},
        {"delta", "delta"},
        {"indirect", "indirect"},
        {"wrong-partition", "CRL"},
        {"only-ca", "CRL"},
        {"only-attributes", "CRL"},
        {"critical", "critical"},
        {"html", "CRL"},
        {"huge=300000000", "larger than the 134217728 bytes"},
        {"cut", "cut off"},
        {"short", "CRL"},
        {"empty", "CRL"},
        {"redirect-guarded", "a link-local address"},
        {"redirect-loop", "circle"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        refuses(g, "p384-crl-only", "/crl/p384-issuing", &rows[i]);
    }
}

static void a_hundred_megabytes_of_nothing(void **state)
{
    gathering *g = *state;
    refuses(g, "p384-crl-only", "/crl/p384-issuing", &(row){"huge=100000000", "CRL"});
}

static void a_large_list_is_read(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    assert_covers(g, "p384-big-crl");
    size_t largest = 0;
    for (size_t i = 0; i < evidence_count(g->ev, EVIDENCE_CRL); i++) {
        size_t n = evidence_item(g->ev, EVIDENCE_CRL, i).s.n;
        largest = n > largest ? n : largest;
    }
    assert_true(largest > 5U << 20);
}

static void addresses_of_the_inside_are_not_asked(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    assert_int_equal(cover(g, "p384-guarded"), PADES_SERVICE_FAILED);
    assert_says(g->e, "'169.254.169.254' is refused: a link-local address");
    begin(g, NULL);
    offer_chain(g);
    assert_int_equal(cover(g, "p384-guarded"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "'169.254.169.254' is refused: a link-local address");
    assert_non_null(strstr(pades_error_hint(g->e), "--allow-host 169.254.169.254"));
    begin(g, NULL);
    offer_chain(g);
    assert_int_equal(cover(g, "p384-redirected"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "a link-local address");
}

static void loopback_is_not_asked_unless_allowed(void **state)
{
    gathering *g = *state;
    pades_ctx_free(g->ctx);
    g->ctx = NULL;
    assert_int_equal(pades_ctx_new(&g->ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_add_trust_path(g->ctx, served_file("p384-root.pem"), NULL),
                     PADES_OK);
    begin(g, NULL);
    offer_chain(g);
    assert_int_equal(cover(g, "p384-seal"), PADES_REVOCATION_MISSING);
    assert_int_equal(asked(g), 0);
}

static void issuers_in_a_circle_end(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    assert_int_equal(cover(g, "loop-seal"), PADES_SERVICE_FAILED);
    assert_says(g->e, "the issuer 'CN=Loop Root CA");
    assert_says(g->e, "did not issue this one");
    begin(g, NULL);
    assert_int_equal(cover(g, "loop-seal-2"), PADES_CERT_INVALID);
    assert_says(g->e, "does not lead to a trust anchor");
    assert_true(asked(g) < 10);
}

static void a_wrong_issuer_is_told(void **state)
{
    gathering *g = *state;
    static const row rows[] = {{"other", "did not issue"},        {"html", "no certificate"},
                               {"huge=100000000", "larger than"}, {"500", "HTTP status 500"},
                               {"empty", "no certificate"},       {"short", "no certificate"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char line[100];
        snprintf(line, sizeof line, "/ca/p384-issuing.cer %s\n", rows[i].faults);
        served_faults(line);
        trust(g, "p384-root");
        begin(g, NULL);
        assert_int_equal(cover(g, "p384-seal"), PADES_SERVICE_FAILED);
        assert_says(g->e, rows[i].says);
        assert_says(g->e, "the issuer ");
    }
    served_faults("/ca pem\n");
    trust(g, "p384-root");
    begin(g, NULL);
    assert_covers(g, "p384-seal");
}

static void a_failure_is_not_repeated_at_once(void **state)
{
    gathering *g = *state;
    served_faults("/ocsp 500\n/crl 500\n/ca/p384-policy 500\n");
    for (int i = 0; i < 3; i++) {
        begin(g, NULL);
        assert_int_equal(cover(g, "p384-seal"), PADES_SERVICE_FAILED);
        assert_says(g->e, "HTTP status 500");
    }
    assert_int_equal(asked(g), 2); /* one issuer came, the other did not */
    for (int i = 0; i < 3; i++) {
        begin(g, NULL);
        offer_chain(g);
        assert_int_equal(cover(g, "p384-seal"), PADES_REVOCATION_MISSING);
        assert_says(g->e, "HTTP status 500");
    }
    /* three lists, two responders by POST and GET */
    assert_int_equal(asked(g), 9);
}

static void an_issuer_may_come_later(void **state)
{
    gathering *g = *state;
    served_faults("/ca/p384-policy 503=5\n");
    begin(g, NULL);
    assert_int_equal(cover(g, "p384-seal"), PADES_TRY_LATER);
    assert_says(g->e, "the issuer 'CN=Decades Policy CA p384");
    /* what was tried for one is not told of another */
    trust(g, "root");
    begin(g, NULL);
    assert_int_equal(cover(g, "p384-seal"), PADES_TRY_LATER);
    assert_int_equal(cover(g, "loop-root"), PADES_CERT_INVALID);
    assert_null(strstr(error_text(g), "p384"));
}

static void silent_hosts_cost_their_time_twice(void **state)
{
    gathering *g = *state;
    uint64_t began = monotonic_ms();
    served_faults("/ocsp hang\n/crl hang\n");
    assert_int_equal(pades_ctx_set_timeout(g->ctx, 300, NULL), PADES_OK);
    begin(g, NULL);
    offer_chain(g);
    assert_int_equal(cover(g, "p384-seal"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "within the time allowed");
    assert_says(g->e, "not asked: its host let the time run out");
    assert_int_equal(asked(g), 2);
    assert_true(monotonic_ms() - began < 3000);
    /* one slow answer does not condemn the host */
    served_faults("/ocsp-direct slow=900\n");
    trust(g, "p384-root");
    assert_int_equal(pades_ctx_set_timeout(g->ctx, 500, NULL), PADES_OK);
    begin(g, NULL);
    assert_covers(g, "p384-seal");
}

static void garbage_is_passed_over(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    pades_cert *cert = served_cert("p384-issuing");
    buf crl = served_read(served_file("p384-issuing.pem"));
    for (int kind = 0; kind < EVIDENCE_KINDS; kind++) {
        static const char *const texts[] = {"", "0", "\x30\x80", "garbage", "%PDF-1.7"};
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
            assert_int_equal(
                evidence_offer(g->ev, (evidence_kind)kind, span_str(texts[i]), true, NULL),
                PADES_OK);
        }
        for (size_t n = 0; n < cert_der(cert).n; n += 7) {
            assert_int_equal(evidence_offer(g->ev, (evidence_kind)kind,
                                            span_part(cert_der(cert), 0, n), true, NULL),
                             PADES_OK);
        }
    }
    assert_covers(g, "p384-seal");
    assert_counts(g, 5, 2, 1);
    buf_free(&crl);
    pades_cert_free(cert);
}

/* Looks like an OCSP answer, is none, differs from every other one, and has the serial number. */
static buf pretender(const pades_cert *cert, uint32_t number)
{
    buf content = BUF(4096);
    buf out = BUF(4096);
    der_add(&content, DER_ENUMERATED, span_of("\0", 1));
    der_add(&content, DER_INTEGER, cert_serial_der(cert));
    der_add_uint(&content, number);
    der_add(&out, DER_SEQUENCE, buf_span(&content));
    buf_free(&content);
    return out;
}

static void a_million_offers_are_bounded(void **state)
{
    gathering *g = *state;
    uint64_t began = monotonic_ms();
    const pades_cert *leaf = cert_of(g, "p384-seal");
    buf one = pretender(leaf, 1U << 20);
    begin(g, NULL);
    for (uint32_t i = 0; i < 1000000; i++) {
        for (int k = 0; k < 4; k++) {
            one.p[one.n - 1 - (size_t)(k < 3 ? k : 0)] = (uint8_t)(k < 3 ? i >> (8 * k) : i);
        }
        assert_int_equal(evidence_offer(g->ev, EVIDENCE_OCSP, buf_span(&one), true, NULL),
                         PADES_OK);
    }
    for (uint32_t i = 0; i < 1000000; i++) {
        assert_int_equal(evidence_offer(g->ev, EVIDENCE_CERT, cert_der(leaf), true, NULL),
                         PADES_OK);
    }
    assert_warns(g, "the rest is passed over");
    assert_covers(g, "p384-seal");
    assert_counts(g, 4, 2, 1);
    buf_free(&one);
    if (monotonic_ms() - began > 20000) {
        fail_msg("%u ms", (unsigned)(monotonic_ms() - began));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, gathering_set_up, gathering_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(ocsp_answers_that_are_refused),
        CASE(lists_that_are_refused),
        CASE(a_hundred_megabytes_of_nothing),
        CASE(a_large_list_is_read),
        CASE(addresses_of_the_inside_are_not_asked),
        CASE(loopback_is_not_asked_unless_allowed),
        CASE(issuers_in_a_circle_end),
        CASE(a_wrong_issuer_is_told),
        CASE(a_failure_is_not_repeated_at_once),
        CASE(an_issuer_may_come_later),
        CASE(silent_hosts_cost_their_time_twice),
        CASE(garbage_is_passed_over),
        CASE(a_million_offers_are_bounded),
    };
    return cmocka_run_group_tests(tests, served_start, served_stop);
}
