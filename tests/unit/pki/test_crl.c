/* Revocation lists of every kind judged about one certificate: made by OpenSSL, so that the two
 * agree. */
#include "pki/answers.h"

#include "base/der.h"
#include "pki/crl.h"
#include <openssl/err.h>

static made root, ca, leaf, other, third, renewed, list_signer, stranger, pointed;

#define CA_EXT                                                                                     \
    {"basicConstraints", "critical,CA:TRUE"},                                                      \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign,cRLSign"                                                 \
    }

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    ca = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, &root);
    renewed = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, &root);
    stranger = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, NULL);
    list_signer =
        made_cert(&(made_spec){.cn = "CA", .ext = {{"keyUsage", "critical,cRLSign"}}}, &ca);
    leaf = made_cert(&(made_spec){.cn = "Leaf"}, &ca);
    other = made_cert(&(made_spec){.cn = "Other"}, &ca);
    third = made_cert(&(made_spec){.cn = "Third"}, &ca);
    pointed =
        made_cert(&(made_spec){.cn = "Pointed",
                               .ext = {{"crlDistributionPoints",
                                        "URI:http://a.example/1.crl,URI:http://a.example/2"}}},
                  &ca);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made *all[] = {&root, &ca, &leaf, &other, &third, &renewed, &list_signer, &stranger, &pointed};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        made_free(all[i]);
    }
    return 0;
}

static pades_status judge_of(const crl_spec *spec, const made *about, int64_t now, rev_info *ret,
                             pades_error **e)
{
    buf der = made_crl(spec);
    const pades_cert *pool[] = {root.cert, ca.cert, renewed.cert, stranger.cert, list_signer.cert};
    pades_status status = crl_check(view_of(buf_span(&der)), about->cert, ca.cert, pool,
                                    ARRAY_LEN(pool), now, ret, e);
    assert_int_equal(ERR_peek_error(), 0);
    buf_free(&der);
    return status;
}

static void refused_of(const crl_spec *spec, const made *about, pades_status want, const char *part)
{
    pades_error *e = NULL;
    rev_info info = {.reason = 77};
    assert_fails(judge_of(spec, about, MADE_NOW, &info, &e), want, &e, part);
    assert_int_equal(info.reason, 77);
    assert_int_equal(judge_of(spec, about, MADE_NOW, &info, NULL), want);
}

static void refused(const crl_spec *spec, pades_status want, const char *part)
{
    refused_of(spec, &leaf, want, part);
}

static rev_info accepted_of(const crl_spec *spec, const made *about)
{
    rev_info info = {.reason = 77};
    pades_error *e = NULL;
    if (judge_of(spec, about, MADE_NOW, &info, &e) != PADES_OK) {
        print_error("%s\n", pades_error_message(e));
        pades_error_free(e);
        fail();
    }
    return info;
}

static rev_info accepted(const crl_spec *spec)
{
    return accepted_of(spec, &leaf);
}

static void list_without_entries(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca};
    rev_info info = accepted(&spec);
    assert_int_equal(info.state, REV_GOOD);
    assert_int_equal(info.this_update, MADE_NOW - HOUR);
    assert_int_equal(info.next_update, MADE_NOW + DAY_SECONDS);
    assert_int_equal(info.produced_at, 0);
    assert_int_equal(info.reason, -1);
    assert_true(info.reaches_back == INT64_MAX);
    assert_null(info.signer);
    spec.v1 = true;
    assert_int_equal(accepted(&spec).state, REV_GOOD);
}

static void list_that_names_the_certificate(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca,
                     .revoked = {&other, &leaf, &third},
                     .revoked_at = {0, MADE_NOW - 9 * DAY_SECONDS, 0},
                     .reason = {1 + 1, 0, 0}};
    rev_info info = accepted(&spec);
    assert_int_equal(info.state, REV_REVOKED);
    assert_int_equal(info.revoked_at, MADE_NOW - 9 * DAY_SECONDS);
    assert_int_equal(info.reason, -1);
    info = accepted_of(&spec, &other);
    assert_int_equal(info.reason, 1);
    assert_string_equal(rev_reason_name(info.reason), "key compromise");
    assert_int_equal(info.revoked_at, MADE_NOW - DAY_SECONDS);
    spec.reason[1] = 6 + 1;
    info = accepted(&spec);
    assert_int_equal(info.state, REV_REVOKED);
    assert_int_equal(info.reason, 6);
    spec.revoked[1] = &pointed;
    assert_int_equal(accepted(&spec).state, REV_GOOD);
}

static void list_that_names_it_twice(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca,
                     .revoked = {&leaf, &leaf, &leaf},
                     .revoked_at = {0, MADE_NOW - 9 * DAY_SECONDS, 0},
                     .reason = {0, 1 + 1, 4 + 1}};
    rev_info info = accepted(&spec);
    assert_int_equal(info.revoked_at, MADE_NOW - 9 * DAY_SECONDS);
    assert_int_equal(info.reason, 1);
}

static void list_that_took_it_off(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca, .revoked = {&leaf}, .reason = {8 + 1}};
    assert_int_equal(accepted(&spec).state, REV_GOOD);
    spec.revoked[1] = &leaf;
    assert_int_equal(accepted(&spec).state, REV_REVOKED);
}

/* clause: RFC5280#5.1.2.1 */
static void list_of_version_1_with_entries(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca, .v1 = true, .revoked = {&other, &leaf}};
    assert_int_equal(accepted(&spec).state, REV_REVOKED);
    spec.reason[0] = 2; /* an extension in version 1 */
    refused(&spec, PADES_SERVICE_FAILED, "entries is malformed");
}

/* clause: RFC5280#5.1.2.5 */
static void list_out_of_its_time(void **state)
{
    (void)state;
    rev_info info;
    crl_spec spec = {.issuer = &ca, .from = MADE_NOW + 301};
    refused(&spec, PADES_SERVICE_FAILED, "from the future");
    assert_int_equal(judge_of(&spec, &leaf, 0, &info, NULL), PADES_OK);
    spec.from = MADE_NOW + 299;
    (void)accepted(&spec);
    spec.from = 0;
    spec.to = MADE_NOW - 301;
    refused(&spec, PADES_SERVICE_FAILED, "stale");
    spec.to = MADE_NOW - 299;
    (void)accepted(&spec);
    spec.to = -1;
    refused(&spec, PADES_SERVICE_FAILED, "does not say when the next is due");
    assert_int_equal(judge_of(&spec, &leaf, 0, &info, NULL), PADES_OK);
    assert_int_equal(info.next_update, 0);
    spec.from = MADE_NOW;
    spec.to = MADE_NOW - 10;
    refused(&spec, PADES_SERVICE_FAILED, "nextUpdate is before its thisUpdate");
}

static void list_of_another_issuer(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &root};
    refused(&spec, PADES_SERVICE_FAILED, "of another issuer than 'Leaf' has");
}

/* clause: RFC5280#6.3.3 */
static void list_of_another_key_of_the_issuer(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca, .signer = &renewed}; /* issued by the root, as the CA */
    rev_info info = accepted(&spec);
    assert_true(info.signer && cert_same(info.signer, renewed.cert));
    rev_info_free(&info);
    spec.signer = &list_signer; /* issued by the CA itself */
    info = accepted(&spec);
    assert_true(info.signer && cert_same(info.signer, list_signer.cert));
    rev_info_free(&info);
    made namesake = made_cert(&(made_spec){.cn = "CA"}, &root); /* not said to be an authority */
    buf der;
    const pades_cert *pool[] = {root.cert, namesake.cert};
    spec.signer = &namesake;
    der = made_crl(&spec);
    assert_int_equal(
        crl_check(view_of(buf_span(&der)), leaf.cert, ca.cert, pool, 2, MADE_NOW, &info, NULL),
        PADES_SIGNATURE_WRONG);
    buf_free(&der);
    made_free(&namesake);
    spec.signer = &stranger; /* the name, but nobody's kin */
    refused(&spec, PADES_SIGNATURE_WRONG, "signature of the revocation list is wrong");
}

static void list_by_a_key_that_may_not(void **state)
{
    (void)state;
    made no_lists = made_cert(&(made_spec){.cn = "CB",
                                           .ext = {{"basicConstraints", "critical,CA:TRUE"},
                                                   {"keyUsage", "critical,keyCertSign"}}},
                              &root);
    made below = made_cert(&(made_spec){.cn = "Below"}, &no_lists);
    crl_spec spec = {.issuer = &no_lists};
    buf der = made_crl(&spec);
    pades_error *e = NULL;
    rev_info info;
    assert_fails(
        crl_check(view_of(buf_span(&der)), below.cert, no_lists.cert, NULL, 0, MADE_NOW, &info, &e),
        PADES_SERVICE_FAILED, &e, "'CB' may not sign revocation lists");
    buf_free(&der);
    made_free(&below);
    made_free(&no_lists);
}

static void list_signed_with_weak_algorithms(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca, .md = "SHA1"};
    refused(&spec, PADES_ALGORITHM, "SHA-1, which is too weak");
    spec.md = "SHA224";
    refused(&spec, PADES_ALGORITHM, "SHA-224, which is too weak");
    spec.md = "SHA3-256";
    refused(&spec, PADES_ALGORITHM, "not accepted (2.16.840.1.101.3.4.3.10)");
}

static void list_signed_with_pss(void **state)
{
    (void)state;
    made rsa = made_cert(&(made_spec){.cn = "CR", .key = "RSA:2048", .ext = {CA_EXT}}, &root);
    made below = made_cert(&(made_spec){.cn = "Below"}, &rsa);
    for (int i = 0; i < 3; i++) {
        crl_spec spec = {
            .issuer = &rsa, .pss = i > 0, .md = i == 2 ? "SHA1" : "SHA512", .revoked = {&below}};
        buf der = made_crl(&spec);
        rev_info info;
        assert_int_equal(crl_check(view_of(buf_span(&der)), below.cert, rsa.cert, NULL, 0, MADE_NOW,
                                   &info, NULL),
                         i == 2 ? PADES_ALGORITHM : PADES_OK);
        buf_free(&der);
    }
    made_free(&below);
    made_free(&rsa);
}

/* clause: RFC5280#5.2.4, clause: RFC5280#5.2.5, clause: RFC5280#5.3.3 */
static void lists_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        answer_ext ext;
        const char *part;
    } rows[] = {
        {{"2.5.29.27", "hex:020101", true}, "a delta list"},
        {{"2.5.29.27", "hex:020101", false}, "a delta list"},
        {{"issuingDistributionPoint", "critical,indirectCRL:TRUE", false}, "an indirect list"},
        {{"issuingDistributionPoint", "critical,onlysomereasons:keyCompromise", false},
         "a partial list"},
        {{"issuingDistributionPoint", "critical,onlyAA:TRUE", false}, "attribute certificates"},
        {{"issuingDistributionPoint", "critical,onlyCA:TRUE", false}, "of authorities only"},
        {{"issuingDistributionPoint", "critical,fullname:URI:http://a.example/1.crl", false},
         "distribution point is none"},
        {{"2.5.29.28", "hex:30038001", true}, "IssuingDistributionPoint is malformed"},
        {{"2.5.29.28", "hex:0500", false}, "IssuingDistributionPoint is malformed"},
        {{"1.3.6.1.4.1.99999.7", "hex:0500", true}, "not known here (1.3.6.1.4.1.99999.7)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        crl_spec spec = {.issuer = &ca, .ext = {rows[i].ext}};
        refused(&spec, PADES_SERVICE_FAILED, rows[i].part);
    }
    crl_spec spec = {.issuer = &ca,
                     .ext = {{"2.5.29.28", "hex:3000", true}, {"2.5.29.28", "hex:3000", true}}};
    refused(&spec, PADES_SERVICE_FAILED, "there twice");
    spec = (crl_spec){.issuer = &ca, .ext = {{"1.3.6.1.4.1.99999.7", "hex:0500", false}}};
    (void)accepted(&spec);
}

static void list_of_one_kind_of_certificates(void **state)
{
    (void)state;
    crl_spec users = {.issuer = &root,
                      .ext = {{"issuingDistributionPoint", "critical,onlyuser:TRUE", false}}};
    crl_spec authorities = {.issuer = &root,
                            .ext = {{"issuingDistributionPoint", "critical,onlyCA:TRUE", false}}};
    buf of_users = made_crl(&users);
    buf of_authorities = made_crl(&authorities);
    pades_error *e = NULL;
    rev_info info;
    assert_fails(
        crl_check(view_of(buf_span(&of_users)), ca.cert, root.cert, NULL, 0, MADE_NOW, &info, &e),
        PADES_SERVICE_FAILED, &e, "end-entity certificates only");
    assert_int_equal(crl_check(view_of(buf_span(&of_authorities)), ca.cert, root.cert, NULL, 0,
                               MADE_NOW, &info, NULL),
                     PADES_OK);
    users.issuer = &ca;
    (void)accepted(&users);
    buf_free(&of_users);
    buf_free(&of_authorities);
}

static void list_of_a_distribution_point(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca, .revoked = {&pointed}};
    static const char *const good[] = {"critical,fullname:URI:http://a.example/1.crl",
                                       "critical,fullname:URI:http://a.example/2",
                                       "critical,fullname:URI:http://b.example/,"
                                       "fullname:URI:http://a.example/2"};
    for (size_t i = 0; i < 2; i++) {
        spec.ext[0] = (answer_ext){"issuingDistributionPoint", good[i], false};
        assert_int_equal(accepted_of(&spec, &pointed).state, REV_REVOKED);
    }
    spec.ext[0].value = "critical,fullname:URI:http://a.example/3.crl";
    refused_of(&spec, &pointed, PADES_SERVICE_FAILED, "distribution point is none");
}

static void list_with_critical_entry_extensions(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca, .revoked = {&other, &third}};
    spec.entry_ext[0] = (answer_ext){"2.5.29.24", "hex:180f32303230303130313030303030305a", false};
    assert_int_equal(accepted(&spec).state, REV_GOOD);
    /* clause: RFC5280#5.3 for all certificates, not for that entry alone */
    spec.entry_ext[1] = (answer_ext){"1.3.6.1.4.1.99999.7", "hex:0500", true};
    refused(&spec, PADES_SERVICE_FAILED,
            "an entry has a critical extension that is not known here (1.3.6.1.4.1.99999.7)");
    spec.entry_ext[1] = (answer_ext){"2.5.29.29", "hex:3000", true};
    refused(&spec, PADES_SERVICE_FAILED, "an entry names another issuer");
    spec.entry_ext[1].critical = false;
    refused(&spec, PADES_SERVICE_FAILED, "an entry names another issuer");
    spec.entry_ext[1] = (answer_ext){"2.5.29.21", "hex:0a0107", false};
    refused(&spec, PADES_SERVICE_FAILED, "one of its entries is malformed");
    spec.entry_ext[1].value = "hex:0a0101";
    spec.reason[1] = 2; /* the reason twice */
    refused(&spec, PADES_SERVICE_FAILED, "one of its entries is malformed");
}

static void list_with_expired_certificates(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca,
                     .ext = {{"2.5.29.60", "hex:180f32303230303130313030303030305a", false}}};
    assert_int_equal(accepted(&spec).reaches_back, 1577836800);
    spec.ext[0].value = "hex:0500";
    refused(&spec, PADES_SERVICE_FAILED, "expiredCertsOnCRL is malformed");
}

/* clause: RFC5280#5.1.1.2 a bit of the algorithm outside is not signed, and refused all the same */
static void list_cut_or_flipped(void **state)
{
    (void)state;
    crl_spec spec = {.issuer = &ca, .revoked = {&other, &leaf}, .reason = {2, 0}};
    buf der = made_crl(&spec);
    rev_info info;
    int64_t first = 0;
    int64_t next = 0;
    span name;
    for (size_t n = 0; n < der.n; n++) {
        span cut = span_of(der.p, n);
        assert_int_not_equal(
            crl_check(view_of(cut), leaf.cert, ca.cert, NULL, 0, MADE_NOW, &info, NULL), PADES_OK);
        assert_false(crl_times(cut, &first, &next));
        assert_false(crl_issuer(cut, &name));
    }
    for (size_t i = 0; i < der.n * 8; i++) {
        der.p[i / 8] ^= (uint8_t)(1U << i % 8);
        assert_int_not_equal(
            crl_check(view_of(buf_span(&der)), leaf.cert, ca.cert, NULL, 0, MADE_NOW, &info, NULL),
            PADES_OK);
        der.p[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    assert_true(crl_times(buf_span(&der), &first, &next));
    assert_int_equal(first, MADE_NOW - HOUR);
    assert_int_equal(next, MADE_NOW + DAY_SECONDS);
    assert_true(crl_issuer(buf_span(&der), &name));
    assert_true(span_eq(name, cert_subject_der(ca.cert)));
    buf_free(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_without_entries),
        cmocka_unit_test(list_that_names_the_certificate),
        cmocka_unit_test(list_that_names_it_twice),
        cmocka_unit_test(list_that_took_it_off),
        cmocka_unit_test(list_of_version_1_with_entries),
        cmocka_unit_test(list_out_of_its_time),
        cmocka_unit_test(list_of_another_issuer),
        cmocka_unit_test(list_of_another_key_of_the_issuer),
        cmocka_unit_test(list_by_a_key_that_may_not),
        cmocka_unit_test(list_signed_with_weak_algorithms),
        cmocka_unit_test(list_signed_with_pss),
        cmocka_unit_test(lists_refused_by_name),
        cmocka_unit_test(list_of_one_kind_of_certificates),
        cmocka_unit_test(list_of_a_distribution_point),
        cmocka_unit_test(list_with_critical_entry_extensions),
        cmocka_unit_test(list_with_expired_certificates),
        cmocka_unit_test(list_cut_or_flipped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
