/* Seed values held against options and certificate: each constraint met, required and not met, and
 * wished and not met. */

#include "base/mem.h"
#include "pki/made.h"
#include "sign/seed_check.h"

#include <pades/pades.h>

typedef struct judged {
    made root, other, leaf;
    pades_session session;
    pades_sign_opts *opts;
    pades_ctx *ctx;
    pades_cert *chain[1];
    pdf_seed seed;
    seed_offer offer;
    buf warnings;
    pades_error *e;
} judged;

static judged make_judged(const char *key)
{
    judged j = {.seed = {.given = true, .certification = -1, .rev_info = -1},
                .offer = {.sub_filter = "ETSI.CAdES.detached", .certification_open = true},
                .warnings = BUF(64 << 10)};
    const made_spec spec = {
        .key = key,
        .cn = "Seal",
        .ext = {{"keyUsage", "critical,nonRepudiation"}, {"2.5.29.32", "DER:3007300506032A0304"}}};
    j.root = made_root("Root");
    j.other = made_root("Other");
    j.leaf = made_cert(&spec, &j.root);
    assert_int_equal(pades_ctx_new(&j.ctx, NULL), PADES_OK);
    assert_int_equal(pades_sign_opts_new(&j.opts, NULL), PADES_OK);
    return j;
}

static void judged_free(judged *j)
{
    pades_sign_opts_free(j->opts);
    pades_ctx_free(j->ctx);
    buf_free(&j->warnings);
    pades_error_free(j->e);
    made_free(&j->leaf);
    made_free(&j->other);
    made_free(&j->root);
}

static pades_status judge(judged *j)
{
    pades_error_free(j->e);
    j->e = NULL;
    buf_clear(&j->warnings);
    j->chain[0] = j->leaf.cert;
    j->session = (pades_session){.opts = j->opts,
                                 .level = opts_level(j->opts),
                                 .digest = cert_fitting_digest(j->leaf.cert, j->opts->digest),
                                 .certs = j->chain,
                                 .certs_n = 1};
    const seed_judge sj = {&j->session, &j->seed, &j->warnings, &j->e};
    return seed_check(&sj, &j->offer);
}

static void must_pass(judged *j)
{
    if (judge(j) != PADES_OK) {
        fail_msg("%s", pades_error_message(j->e));
    }
}

static void passes(judged *j)
{
    must_pass(j);
    assert_int_equal(j->warnings.n, 0);
}

/* Passes with one warning that says `part`. */
static void warns(judged *j, const char *part)
{
    must_pass(j);
    assert_true(j->warnings.n > 0);
    assert_int_equal(strlen((char *)j->warnings.p) + 1, j->warnings.n);
    if (!strstr((char *)j->warnings.p, part)) {
        fail_msg("'%s' is not in '%s'", part, (char *)j->warnings.p);
    }
}

/* Refused with clause and hint, naming `part`. */
static void refused(judged *j, const char *part, const char *hint)
{
    assert_int_equal(judge(j), PADES_DOC_NOT_PERMITTED);
    if (!strstr(pades_error_message(j->e), part) || !strstr(pades_error_hint(j->e), hint)) {
        fail_msg("'%s', hint '%s'", pades_error_message(j->e), pades_error_hint(j->e));
    }
    assert_non_null(pades_error_clause(j->e));
}

static span texts[8];

static pdf_seed_list list_of(size_t n, const char *a, const char *b)
{
    texts[0] = span_str(a);
    texts[1] = span_str(b);
    return (pdf_seed_list){true, texts, n};
}

static void seed_without_constraints_asks_for_nothing(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    passes(&j);
    j.seed.given = false;
    j.seed.required = 1 << 20;
    passes(&j);
}

/* clause: ISO32000-1#12.7.4.5 */
static void seed_that_is_not_known_is_refused(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.version = 3;
    passes(&j);
    j.seed.version = 4;
    warns(&j, "the field asks for seed values of version 4");
    j.seed.required = PDF_SEED_VERSION;
    refused(&j, "version 4", "later version");
    j.seed.version = 0;
    j.seed.required = 512;
    refused(&j, "/Ff 512", "later version");
}

static void seed_names_handler_and_format(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.filter = span_str("Adobe.PPKLite");
    j.seed.sub_filters = list_of(2, "adbe.pkcs7.detached", "ETSI.CAdES.detached");
    j.seed.required = PDF_SEED_FILTER | PDF_SEED_SUB_FILTER;
    passes(&j);
    j.seed.filter = span_str("Entrust.PPKEF\x1b");
    refused(&j, "'Entrust.PPKEF\\x1b'", "product");
    j.seed.required = PDF_SEED_SUB_FILTER;
    warns(&j, "'Entrust.PPKEF\\x1b'");
    j.seed.filter = span_of(NULL, 0);
    j.seed.sub_filters.n = 1;
    refused(&j, "'adbe.pkcs7.detached'", "author");
    j.seed.required = 0;
    warns(&j, "the field asks for a signature of the format 'adbe.pkcs7.detached'");
}

static void seed_digest_is_taken_when_the_user_left_it_open(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.required = PDF_SEED_DIGEST;
    j.seed.digests = list_of(2, "SHA1", "SHA-384");
    passes(&j);
    assert_int_equal(j.session.digest, PADES_DIGEST_SHA384);
    pades_sign_opts_set_digest(j.opts, PADES_DIGEST_SHA512);
    refused(&j, "one of the digests 'SHA1', 'SHA-384' (/DigestMethod); the signature's is sha512",
            "--digest");
    assert_int_equal(j.session.digest, PADES_DIGEST_SHA512);
    j.seed.required = 0;
    warns(&j, "sha512");
    j.seed.digests = list_of(1, "SHA512", "");
    passes(&j);
    pades_sign_opts_set_digest(j.opts, PADES_DIGEST_DEFAULT);
    j.seed.digests = list_of(2, "RIPEMD160", "SHA5");
    j.seed.required = PDF_SEED_DIGEST;
    refused(&j, "'RIPEMD160', 'SHA5'", "--digest");
}

static void seed_digest_fits_the_key_where_it_can(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-384");
    j.seed.required = PDF_SEED_DIGEST;
    j.seed.digests = list_of(2, "SHA256", "sha512");
    passes(&j);
    assert_int_equal(j.session.digest, PADES_DIGEST_SHA512);
    j.seed.digests.n = 1;
    passes(&j);
    assert_int_equal(j.session.digest, PADES_DIGEST_SHA256);
}

static void seed_reason_is_the_signers(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.reasons = list_of(2, "I agree", "I do not");
    passes(&j);
    j.seed.required = PDF_SEED_REASONS;
    refused(&j, "'I agree', 'I do not' (/Reasons)", "--reason");
    pades_sign_opts_set_reason(j.opts, "I agree");
    passes(&j);
    pades_sign_opts_set_reason(j.opts, "Maybe");
    refused(&j, "'I agree'", "--reason");
    j.seed.required = 0;
    warns(&j, "'I agree'");
    pades_sign_opts_set_reason(j.opts, NULL);
    pades_sign_opts_set_commitment(j.opts, "1.2.840.113549.1.9.16.6.1");
    j.seed.required = PDF_SEED_REASONS;
    refused(&j, "'I agree'", "--commitment");
}

static void seed_can_forbid_a_reason(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.required = PDF_SEED_REASONS;
    passes(&j);
    pades_sign_opts_set_reason(j.opts, "x");
    refused(&j, "no reason", "leave out --reason");
    j.seed.reasons = list_of(1, ".", "");
    refused(&j, "no reason", "leave out --reason");
    j.seed.required = 0;
    passes(&j);
}

static void seed_decides_about_certification(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.certification = 0;
    passes(&j);
    j.offer = (seed_offer){"ETSI.CAdES.detached", 2, false, false};
    refused(&j, "an approval signature (/MDP /P 0), not a certification with P=2",
            "leave out --certify");
    j.seed.certification = 3;
    refused(&j, "P=3 (/MDP), not with P=2", "--certify 3");
    j.seed.certification = 2;
    passes(&j);
    j.offer = (seed_offer){"ETSI.CAdES.detached", 0, false, true};
    warns(&j, "certified with P=2");
    assert_int_equal(j.offer.certification, 2);
}

static void seed_lock_of_the_document(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.lock_document = span_str("auto");
    j.seed.required = PDF_SEED_LOCK_DOCUMENT;
    passes(&j);
    j.seed.lock_document = span_str("true");
    refused(&j, "/LockDocument true", "--certify 1");
    j.offer.locks_document = true;
    passes(&j);
    j.seed.lock_document = span_str("false");
    refused(&j, "/LockDocument false", "P=2");
    j.offer.locks_document = false;
    passes(&j);
    j.offer.certification = 1;
    j.seed.required = 0;
    warns(&j, "/LockDocument false");
}

static void seed_that_needs_what_is_not_made_is_refused_by_name(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.required = PDF_SEED_ALL & ~(unsigned)PDF_SEED_REASONS;
    j.seed.rev_info = 0;
    passes(&j);
    j.seed.rev_info = 1;
    refused(&j, "/AddRevInfo", "lt");
    j.seed.rev_info = -1;
    j.seed.appearance = span_str("Company look");
    refused(&j, "'Company look' (/AppearanceFilter)", "appearance");
    j.seed.appearance = span_of(NULL, 0);
    j.seed.attestations = list_of(1, "nothing hidden", "");
    passes(&j); /* it is for certifications alone */
    j.offer.certification = 2;
    refused(&j, "'nothing hidden' (/LegalAttestation)", "attestation");
    j.seed.required = 0;
    warns(&j, "/LegalAttestation");
}

static void seed_timestamp_is_never_fetched_from_the_document(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    pades_tsa *tsa = NULL;
    j.seed.timestamp_url = span_str("http://tsa.example/\x1b");
    warns(&j, "a timestamp (/TimeStamp) of http://tsa.example/\\x1b");
    j.seed.timestamp_required = true;
    refused(&j, "/TimeStamp", "the document names 'http://tsa.example/\\x1b'");
    assert_int_equal(pades_tsa_new("http://own.example/", &tsa, NULL), PADES_OK);
    pades_sign_opts_add_tsa(j.opts, tsa);
    warns(&j, "another service");
    j.seed.timestamp_url = span_str("http://own.example/");
    passes(&j);
    pades_tsa_free(tsa);
}

static void seed_url_is_shown_in_short(void **state)
{
    (void)state;
    char url[1500];
    AUTO_VAL(judged) j = make_judged("P-256");
    memset(url, 'u', sizeof url - 1);
    url[sizeof url - 1] = 0;
    j.seed.timestamp_url = span_str(url);
    warns(&j, "a timestamp (/TimeStamp) of uuu");
    assert_true(j.warnings.n < 200);
    j.seed.timestamp_required = true;
    refused(&j, "/TimeStamp", "the document names 'uuu");
    assert_true(strlen(pades_error_message(j.e)) < 200);
    assert_true(strlen(pades_error_hint(j.e)) < 250);
}

static void seed_names_the_certificate(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    span ders[2] = {cert_der(j.root.cert), cert_der(j.leaf.cert)};
    j.seed.cert = (pdf_seed_cert){.given = true, .required = PDF_SEED_CERT_SUBJECT};
    j.seed.cert.subjects = (pdf_seed_list){true, ders, 2};
    passes(&j);
    j.seed.cert.subjects.n = 1;
    j.seed.cert.url = span_str("http://ca.example/\xE2\x80\xAE");
    refused(&j, "/Cert /Subject", "'http://ca.example/\\u{202e}' (not asked by itself)");
    j.seed.cert.required = 0;
    warns(&j, "/Cert /Subject");
}

static void seed_names_the_issuer(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    span ders[3] = {span_str("nonsense"), cert_der(j.other.cert), cert_der(j.root.cert)};
    j.seed.cert = (pdf_seed_cert){.given = true, .required = PDF_SEED_CERT_ISSUER};
    j.seed.cert.issuers = (pdf_seed_list){true, ders, 3};
    passes(&j); /* the root is in no chain, but signs the certificate */
    j.seed.cert.issuers.n = 2;
    refused(&j, "/Cert /Issuer", "another key");
    span own[1] = {cert_der(j.leaf.cert)}; /* is no issuer of itself */
    j.seed.cert.issuers = (pdf_seed_list){true, own, 1};
    refused(&j, "/Cert /Issuer", "another key");
}

static void seed_names_the_subject(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    pdf_seed_attribute cn[2] = {{span_str("CN"), span_str("seal")},
                                {span_str("O"), span_str("Acme")}};
    pdf_seed_name names[2] = {{cn, 2}, {cn, 1}};
    j.seed.cert = (pdf_seed_cert){.given = true, .required = PDF_SEED_CERT_SUBJECT_DN};
    j.seed.cert.names = names;
    j.seed.cert.names_n = 2;
    passes(&j);
    j.seed.cert.names_n = 1;
    refused(&j, "'CN=seal,O=Acme' (/Cert /SubjectDN)", "another key");
    j.seed.cert.required = 0;
    warns(&j, "'CN=seal,O=Acme'");
}

static void seed_asks_for_usage_and_policy(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool fits;
    } usages[] = {{"01", "", true},         {"11", "XX", true},
                  {"X1XXXXXXX", "", true},  {"1", "", false},
                  {"00", "", false},        {"010000000 and more", "", true},
                  {"010000001", "", false}, {"01000000?", "", false}};
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.cert.given = true;
    j.seed.cert.required = PDF_SEED_CERT_KEY_USAGE | PDF_SEED_CERT_POLICY;
    for (size_t i = 0; i < ARRAY_LEN(usages); i++) {
        j.seed.cert.key_usages = list_of(*usages[i].b ? 2 : 1, usages[i].a, usages[i].b);
        assert_int_equal(judge(&j) == PADES_OK, usages[i].fits);
    }
    refused(&j, "'01000000?' (/Cert /KeyUsage)", "another key");
    j.seed.cert.key_usages.n = 0;
    j.seed.cert.policies = list_of(1, "1.2.3.4", "1.2.3.5");
    passes(&j);
    j.seed.cert.policies.n = 2;
    refused(&j, "'1.2.3.4', '1.2.3.5' (/Cert /OID)", "another key");
}

static void seed_asks_for_services_and_policies_that_are_not_there(void **state)
{
    (void)state;
    AUTO_VAL(judged) j = make_judged("P-256");
    j.seed.cert = (pdf_seed_cert){.given = true, .required = PDF_SEED_CERT_URL};
    j.seed.cert.url = span_str("http://x.example/");
    j.seed.cert.url_type = span_str("Browser");
    passes(&j);
    j.seed.cert.url_type = span_str("ASSP");
    refused(&j, "ASSP", "http://x.example/");
    j.seed.cert.required = 128;
    refused(&j, "/Cert /Ff 128", "later");
    j.seed.cert.required = 0;
    j.seed.cert.signature_policy = span_str("1.2.3");
    refused(&j, "'1.2.3' (/Cert /SignaturePolicyOID)", "policy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_without_constraints_asks_for_nothing),
        cmocka_unit_test(seed_that_is_not_known_is_refused),
        cmocka_unit_test(seed_names_handler_and_format),
        cmocka_unit_test(seed_digest_is_taken_when_the_user_left_it_open),
        cmocka_unit_test(seed_digest_fits_the_key_where_it_can),
        cmocka_unit_test(seed_reason_is_the_signers),
        cmocka_unit_test(seed_can_forbid_a_reason),
        cmocka_unit_test(seed_decides_about_certification),
        cmocka_unit_test(seed_lock_of_the_document),
        cmocka_unit_test(seed_that_needs_what_is_not_made_is_refused_by_name),
        cmocka_unit_test(seed_timestamp_is_never_fetched_from_the_document),
        cmocka_unit_test(seed_url_is_shown_in_short),
        cmocka_unit_test(seed_names_the_certificate),
        cmocka_unit_test(seed_names_the_issuer),
        cmocka_unit_test(seed_names_the_subject),
        cmocka_unit_test(seed_asks_for_usage_and_policy),
        cmocka_unit_test(seed_asks_for_services_and_policies_that_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
