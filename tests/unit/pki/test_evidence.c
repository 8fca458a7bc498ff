/* Evidence gathered from the loopback services: what is needed, what is listed, what is asked. */
#include "pki/gathered.h"

#include "base/control.h"

static void online_gathers_everything(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    assert_covers(g, "p384-seal");
    assert_counts(g, 5, 2, 1);
    assert_true(lists(g, "p384-seal") && lists(g, "p384-issuing") && lists(g, "p384-policy") &&
                lists(g, "p384-root") && lists(g, "p384-ocsp"));
    /* two issuers, the seal's OCSP, the seal CA's CRL, the policy CA's OCSP */
    assert_int_equal(asked(g), 5);
    assert_int_equal(evidence_warnings(g->ev)->n, 0);
    assert_covers(g, "p384-seal");
    assert_int_equal(asked(g), 5);
    assert_counts(g, 5, 2, 1);
}

static void online_covers_a_responder_without_nocheck(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    assert_covers(g, "p384-tsa");
    /* the unit's OCSP, the policy CA's OCSP; the CRL about the time CA, and about the responder */
    assert_counts(g, 5, 2, 2);
    assert_true(lists(g, "p384-tsa-ocsp"));
    assert_covers(g, "p384-seal");
    assert_counts(g, 8, 3, 2);
}

static void online_two_levels(void **state)
{
    gathering *g = *state;
    trust(g, "root");
    begin(g, NULL);
    assert_covers(g, "seal-rsa3072");
    assert_counts(g, 4, 1, 1);
    assert_int_equal(asked(g), 3);
}

static void what_is_stored_is_not_listed(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    const pades_cert *issuing = cert_of(g, "p384-issuing");
    assert_int_equal(evidence_offer(g->ev, EVIDENCE_CERT, cert_der(issuing), true, NULL), PADES_OK);
    assert_covers(g, "p384-seal");
    assert_counts(g, 4, 2, 1);
    assert_false(lists(g, "p384-issuing"));
    assert_int_equal(asked(g), 4);
    /* and when it is known to be stored only afterwards */
    const pades_cert *root = cert_of(g, "p384-root");
    assert_int_equal(evidence_offer(g->ev, EVIDENCE_CERT, cert_der(root), true, NULL), PADES_OK);
    assert_false(lists(g, "p384-root"));
}

static void what_is_at_hand_is_used_first(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    assert_covers(g, "p384-seal");
    evidence *first = g->ev;
    g->ev = NULL;
    unsigned before = asked(g);
    for (int stored = 0; stored < 2; stored++) {
        begin(g, NULL);
        offer_all(g, first, stored == 1);
        assert_covers(g, "p384-seal");
        assert_int_equal(asked(g), before);
        assert_counts(g, stored ? 0 : 5, stored ? 0 : 2, stored ? 0 : 1);
    }
    evidence_free(first);
}

static void crls_are_preferred_when_asked_for(void **state)
{
    gathering *g = *state;
    begin(g, &(evidence_plan){.prefer_crl = true});
    assert_covers(g, "p384-seal");
    assert_counts(g, 4, 0, 3);
}

static void one_kind_stands_in_for_the_other(void **state)
{
    gathering *g = *state;
    served_faults("/ocsp 500\n");
    begin(g, NULL);
    assert_covers(g, "p384-seal");
    assert_counts(g, 4, 0, 3);
    served_faults("/crl 500\n");
    trust(g, "root");
    begin(g, &(evidence_plan){.prefer_crl = true});
    assert_int_equal(cover(g, "p384-ocsp-only"), PADES_CERT_INVALID); /* another root */
    assert_int_equal(cover(g, "seal-p256"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "HTTP status 500");
    assert_says(g->e, "Demonstration Qualified Seal CA");
    assert_counts(g, 4, 1, 0); /* what was found stays */
}

/* Of any host: no address rules for what the user names. Believed no more than any other. */
static void a_responder_of_the_user_is_asked_instead(void **state)
{
    gathering *g = *state;
    char url[128];
    const char *port = strrchr(served_url(), ':');
    unsigned own = served_requests("POST /ocsp");
    snprintf(url, sizeof url, "http://localhost%s/at/1/ocsp", port);
    begin(g, &(evidence_plan){.ocsp_url = url});
    assert_covers(g, "p384-ocsp-only");
    assert_covers(g, "p384-seal");
    assert_true(served_requests("POST /at/1/ocsp") >= 2);
    assert_int_equal(served_requests("POST /ocsp"), own);
    snprintf(url, sizeof url, "http://localhost%s/fault/wrong-signature/ocsp", port);
    begin(g, &(evidence_plan){.ocsp_url = url});
    assert_int_equal(cover(g, "p384-ocsp-only"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "/fault/wrong-signature/ocsp");
    assert_int_equal(served_requests("POST /ocsp"), own);
}

static void get_stands_in_for_post(void **state)
{
    gathering *g = *state;
    unsigned gets = served_requests("GET /ocsp");
    served_faults("/ocsp malformed\n");
    begin(g, NULL);
    assert_int_equal(cover(g, "p384-ocsp-only"), PADES_REVOCATION_MISSING);
    assert_true(served_requests("GET /ocsp") > gets);
}

static void short_term_certificates_end_it(void **state)
{
    gathering *g = *state;
    static const char *const names[] = {"p384-short-term", "p384-norevavail"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        begin(g, NULL);
        assert_covers(g, names[i]);
        assert_counts(g, 4, 1, 1);
    }
}

static void revoked_is_told(void **state)
{
    gathering *g = *state;
    static const struct {
        const char *name, *says;
    } rows[] = {{"p384-revoked", "revoked on "},
                {"p384-revoked", "(key compromise)"},
                {"p384-superseded", "(superseded)"},
                {"p384-onhold", "on hold since "}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin(g, NULL);
        assert_int_equal(cover(g, rows[i].name), PADES_CERT_REVOKED);
        assert_says(g->e, rows[i].says);
        assert_says(g->e, pades_cert_common_name(cert_of(g, rows[i].name)));
    }
}

static void revoked_afterwards_is_good(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    begin(g, NULL);
    assert_covers_at(g, "p384-revoked", now - 3 * 86400, 0);
    assert_counts(g, 5, 2, 1);
    assert_int_equal(cover_at(g, "p384-revoked", now - 86400, 0), PADES_CERT_REVOKED);
}

/* The order of two times does not matter: each is judged by itself, and says so. */
static void revoked_at_one_time_and_good_at_another(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    begin(g, NULL);
    assert_int_equal(cover_at(g, "p384-revoked", now - 86400, 0), PADES_CERT_REVOKED);
    assert_covers_at(g, "p384-revoked", now - 3 * 86400, 0);
    assert_counts(g, 5, 2, 1); /* what shows it is needed */
    assert_int_equal(cover_at(g, "p384-revoked", now - 86400, 0), PADES_CERT_REVOKED);
    assert_says(g->e, "revoked on ");
    assert_says(g->e, pades_cert_common_name(cert_of(g, "p384-revoked")));
    assert_counts(g, 5, 2, 1);
}

static void a_revoked_ca_is_told(void **state)
{
    gathering *g = *state;
    served_revoke("p384-issuing", 5000, 2);
    begin(g, NULL);
    pades_status status = cover(g, "p384-seal");
    served_revoke("p384-issuing", -1, 0);
    assert_int_equal(status, PADES_CERT_REVOKED);
    assert_says(g->e, "a certificate of the chain is revoked");
    assert_says(g->e, "Decades Seal CA");
}

static void unknown_and_silent_are_missing(void **state)
{
    gathering *g = *state;
    begin(g, NULL);
    offer_chain(g);
    assert_int_equal(cover(g, "p384-no-status"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "names neither an OCSP responder nor a CRL");
    begin(g, NULL);
    served_faults("/crl/p384-issuing 500\n");
    assert_int_equal(cover(g, "p384-unknown"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "it does not know the certificate");
}

static void later_is_told_as_such(void **state)
{
    gathering *g = *state;
    served_faults("/ocsp try-later\n/crl 503=7\n");
    begin(g, NULL);
    assert_int_equal(cover(g, "p384-seal"), PADES_TRY_LATER);
    assert_says(g->e, "Decades Seal CA");
    assert_says(g->e, "Decades Policy CA");
    assert_int_equal(strlen(pades_error_hint(g->e)) > 0, true);
}

static void every_certificate_is_listed(void **state)
{
    gathering *g = *state;
    served_faults("/ocsp 500\n/crl html\n");
    begin(g, NULL);
    assert_int_equal(cover(g, "p384-seal"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "3 certificates");
    const pades_error *line = pades_error_cause(g->e);
    static const char *const names[] = {"'Demo Company Oy Decades seal p384'",
                                        "'Decades Seal CA p384'", "'Decades Policy CA p384'"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++, line = pades_error_cause(line)) {
        assert_non_null(line);
        assert_non_null(strstr(pades_error_message(line), names[i]));
        assert_non_null(strstr(pades_error_message(line), "CRL 'http://127.0.0.1:"));
        assert_int_equal(strstr(pades_error_message(line), "OCSP 'http://") != NULL, i != 1);
    }
    assert_null(line);
    assert_true(strlen(error_text(g)) < 4000);
}

static void hostile_names_are_escaped(void **state)
{
    gathering *g = *state;
    trust(g, "root");
    served_faults("/ocsp 500\n/crl 500\n");
    begin(g, NULL);
    assert_int_equal(cover(g, "hostile-cn"), PADES_REVOCATION_MISSING);
    for (const char *c = error_text(g); *c; c++) {
        assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
    }
    assert_null(strstr(error_text(g), "\xe2\x80\xae"));
}

static void expired_certificates_need_an_answer_that_reaches_back(void **state)
{
    gathering *g = *state;
    int64_t at = pades_cert_not_after(cert_of(g, "p384-expired")) - 86400;
    begin(g, NULL);
    assert_int_equal(cover(g, "p384-expired"), PADES_CERT_INVALID);
    assert_int_equal(cover_at(g, "p384-expired", at, 0), PADES_REVOCATION_MISSING);
    assert_says(g->e, "archive cutoff");
    served_faults("/ocsp cutoff=400\n");
    trust(g, "p384-root");
    begin(g, NULL);
    assert_covers_at(g, "p384-expired", at, 0);
    served_faults("/ocsp cutoff=3\n/crl cutoff=3\n");
    trust(g, "p384-root");
    begin(g, NULL);
    assert_int_equal(cover_at(g, "p384-expired", at, 0), PADES_REVOCATION_MISSING);
    served_faults("/ocsp 500\n/crl cutoff=400\n");
    trust(g, "p384-root");
    begin(g, NULL);
    assert_covers_at(g, "p384-expired", at, 0);
    assert_counts(g, 4, 0, 3);
}

static void kept_answers_serve_after_the_end(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    begin(g, NULL);
    assert_covers(g, "p384-seal");
    evidence *first = g->ev;
    g->ev = NULL;
    g->now = now + 4 * 365 * 86400LL; /* the seal has expired, every nextUpdate is over */
    begin(g, NULL);
    offer_all(g, first, true);
    unsigned before = asked(g);
    assert_covers_at(g, "p384-seal", now - 60, 0);
    assert_counts(g, 0, 0, 0);
    assert_int_equal(asked(g), before);
    evidence_free(first);
}

static void nothing_is_asked_when_cancelled(void **state)
{
    gathering *g = *state;
    AUTO(pades_control) *control = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    begin(g, &(evidence_plan){.control = control});
    pades_control_cancel(control);
    assert_int_equal(cover(g, "p384-seal"), PADES_CANCELLED);
    assert_int_equal(asked(g), 0);
}

static void a_deadline_ends_it(void **state)
{
    gathering *g = *state;
    AUTO(pades_control) *control = NULL;
    uint64_t began = monotonic_ms();
    served_faults("/ocsp hang\n/crl hang\n");
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    begin(g, &(evidence_plan){.control = control});
    pades_control_set_deadline(control, 500);
    assert_int_equal(cover(g, "p384-seal"), PADES_TIMEOUT);
    assert_true(monotonic_ms() - began < 3000);
}

static void without_anchors_it_refuses(void **state)
{
    gathering *g = *state;
    pades_ctx *ctx = NULL;
    evidence *ev = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(evidence_new(ctx, &(evidence_plan){.offline = NULL}, &ev, &g->e),
                     PADES_INVALID_ARGUMENT);
    assert_non_null(strstr(pades_error_hint(g->e), "--trust"));
    assert_null(ev);
    pades_ctx_free(ctx);
}

static void without_an_error_wanted(void **state)
{
    gathering *g = *state;
    served_faults("/ocsp 500\n/crl 500\n");
    begin(g, NULL);
    pades_cert *leaf = served_cert("p384-seal");
    const evidence_need need = {.leaf = leaf, .at = ctx_now(g->ctx)};
    assert_int_equal(evidence_cover(g->ev, &need, NULL), PADES_REVOCATION_MISSING);
    assert_int_equal(evidence_cover(g->ev, &need, NULL), PADES_REVOCATION_MISSING);
    pades_cert_free(leaf);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, gathering_set_up, gathering_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(online_gathers_everything),
        CASE(online_covers_a_responder_without_nocheck),
        CASE(online_two_levels),
        CASE(what_is_stored_is_not_listed),
        CASE(what_is_at_hand_is_used_first),
        CASE(crls_are_preferred_when_asked_for),
        CASE(one_kind_stands_in_for_the_other),
        CASE(a_responder_of_the_user_is_asked_instead),
        CASE(get_stands_in_for_post),
        CASE(short_term_certificates_end_it),
        CASE(revoked_is_told),
        CASE(revoked_afterwards_is_good),
        CASE(revoked_at_one_time_and_good_at_another),
        CASE(a_revoked_ca_is_told),
        CASE(unknown_and_silent_are_missing),
        CASE(later_is_told_as_such),
        CASE(every_certificate_is_listed),
        CASE(hostile_names_are_escaped),
        CASE(expired_certificates_need_an_answer_that_reaches_back),
        CASE(kept_answers_serve_after_the_end),
        CASE(nothing_is_asked_when_cancelled),
        CASE(a_deadline_ends_it),
        CASE(without_anchors_it_refuses),
        CASE(without_an_error_wanted),
    };
    return cmocka_run_group_tests(tests, served_start, served_stop);
}
