/* OCSP requests, and answers of every kind judged: made by OpenSSL, so that the two agree. */
#include "pki/answers.h"

#include "base/der.h"
#include "pki/ocsp.h"
#include <openssl/err.h>
#include <openssl/ocsp.h>

static made root, ca, leaf, other, responder, stranger, same_name;
static const uint8_t NONCE[OCSP_NONCE] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

#define CA_EXT                                                                                     \
    {"basicConstraints", "critical,CA:TRUE"},                                                      \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign,cRLSign"                                                 \
    }
#define OCSP_EXT                                                                                   \
    {"keyUsage", "critical,digitalSignature"},                                                     \
    {                                                                                              \
        "extendedKeyUsage", "OCSPSigning"                                                          \
    }

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    ca = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, &root);
    same_name = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, NULL);
    leaf = made_cert(&(made_spec){.cn = "Leaf"}, &ca);
    other = made_cert(&(made_spec){.cn = "Other"}, &ca);
    responder =
        made_cert(&(made_spec){.cn = "Responder", .ext = {OCSP_EXT, {"noCheck", "ignored"}}}, &ca);
    stranger = made_cert(&(made_spec){.cn = "Responder", .ext = {OCSP_EXT}}, &same_name);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made *all[] = {&root, &ca, &leaf, &other, &responder, &stranger, &same_name};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        made_free(all[i]);
    }
    return 0;
}

static ocsp_spec good(void)
{
    return (ocsp_spec){.about = &leaf, .issuer = &ca, .signer = &responder, .reason = -1};
}

static pades_status judge_at(const ocsp_spec *spec, const uint8_t *nonce, int64_t now,
                             rev_info *ret, pades_error **e)
{
    buf der = made_ocsp(spec);
    const pades_cert *pool[] = {root.cert, ca.cert};
    pades_status status =
        ocsp_check(buf_span(&der), leaf.cert, ca.cert, pool, ARRAY_LEN(pool), nonce, now, ret, e);
    assert_int_equal(ERR_peek_error(), 0);
    buf_free(&der);
    return status;
}

static pades_status judge(const ocsp_spec *spec, rev_info *ret, pades_error **e)
{
    return judge_at(spec, NULL, MADE_NOW, ret, e);
}

/* Refused so, and with the words. */
static void refused(const ocsp_spec *spec, pades_status want, const char *part)
{
    pades_error *e = NULL;
    rev_info info = {.reason = 77};
    assert_fails(judge(spec, &info, &e), want, &e, part);
    assert_int_equal(info.reason, 77); /* untouched */
    assert_int_equal(judge(spec, &info, NULL), want);
}

static rev_info accepted(const ocsp_spec *spec)
{
    rev_info info = {.reason = 77};
    pades_error *e = NULL;
    if (judge(spec, &info, &e) != PADES_OK) {
        print_error("%s\n", pades_error_message(e));
        pades_error_free(e);
        fail();
    }
    return info;
}

static void request_is_one_openssl_reads(void **state)
{
    (void)state;
    buf der = BUF(4096);
    assert_int_equal(ocsp_request(leaf.cert, ca.cert, NONCE, &der, NULL), PADES_OK);
    const unsigned char *p = der.p;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &p, (long)der.n);
    assert_non_null(request);
    assert_ptr_equal(p, der.p + der.n);
    assert_int_equal(OCSP_request_onereq_count(request), 1);
    OCSP_CERTID *want = OCSP_cert_to_id(EVP_sha1(), leaf.x, ca.x);
    OCSP_CERTID *got = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
    assert_int_equal(OCSP_id_cmp(want, got), 0);
    int at = OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1);
    ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(request, at));
    assert_int_equal(ASN1_STRING_length(value), 2 + OCSP_NONCE);
    assert_memory_equal(ASN1_STRING_get0_data(value) + 2, NONCE, OCSP_NONCE);
    OCSP_CERTID_free(want);
    OCSP_REQUEST_free(request);
    buf_clear(&der);
    assert_int_equal(ocsp_request(leaf.cert, ca.cert, NULL, &der, NULL), PADES_OK);
    p = der.p;
    request = d2i_OCSP_REQUEST(NULL, &p, (long)der.n);
    assert_int_equal(OCSP_REQUEST_get_ext_count(request), 0);
    OCSP_REQUEST_free(request);
    buf_free(&der);
}

/* clause: RFC6960#A.1 */
static void request_fits_into_an_address(void **state)
{
    (void)state;
    static const uint8_t octets[] = {0xfb, 0xff, 0xbf, 'a', 'b', 'c', 'd'};
    buf url = BUF(4096);
    assert_int_equal(ocsp_get_url(span_str("http://o.example/x"), span_of(octets, 7), &url, NULL),
                     PADES_OK);
    assert_true(span_is(buf_span(&url), "http://o.example/x/%2B%2F%2B%2FYWJjZA%3D%3D"));
    buf_clear(&url);
    assert_int_equal(ocsp_get_url(span_str("http://o.example/"), span_of(octets, 2), &url, NULL),
                     PADES_OK);
    assert_true(span_is(buf_span(&url), "http://o.example/%2B%2F8%3D"));
    buf_free(&url);
}

static void answer_of_a_delegated_responder(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    rev_info info = accepted(&spec);
    assert_int_equal(info.state, REV_GOOD);
    assert_int_equal(info.this_update, MADE_NOW - HOUR);
    assert_int_equal(info.next_update, MADE_NOW + DAY_SECONDS);
    assert_int_equal(info.produced_at, MADE_NOW);
    assert_int_equal(info.reason, -1);
    assert_true(info.reaches_back == INT64_MAX);
    assert_true(info.signer && cert_same(info.signer, responder.cert));
    assert_true(info.nocheck);
    rev_info_free(&info);
    spec.by_key = true;
    spec.to = -1;
    info = accepted(&spec);
    assert_int_equal(info.next_update, 0);
    rev_info_free(&info);
}

static void answer_of_the_issuer_itself(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.signer = NULL;
    for (int i = 0; i < 4; i++) {
        spec.no_certs = (i & 1) != 0;
        spec.by_key = (i & 2) != 0;
        rev_info info = accepted(&spec);
        assert_null(info.signer);
        assert_false(info.nocheck);
        rev_info_free(&info);
    }
}

static void responder_may_come_from_the_pool(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.no_certs = true;
    refused(&spec, PADES_SERVICE_FAILED, "certificate of its signer is missing");
    const pades_cert *pool[] = {other.cert, responder.cert};
    buf der = made_ocsp(&spec);
    rev_info info;
    assert_int_equal(
        ocsp_check(buf_span(&der), leaf.cert, ca.cert, pool, 2, NULL, MADE_NOW, &info, NULL),
        PADES_OK);
    assert_true(cert_same(info.signer, responder.cert));
    rev_info_free(&info);
    buf_free(&der);
}

/* The first that fit are tried, and no more: a heap of certificates costs the reader nothing. */
static void responder_among_many(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    made namesake = made_cert(&(made_spec){.cn = "Responder"}, &ca);
    const pades_cert *pool[16];
    for (size_t i = 0; i < ARRAY_LEN(pool); i++) {
        pool[i] = i == 15 ? responder.cert : namesake.cert;
    }
    spec.no_certs = true;
    buf der = made_ocsp(&spec);
    rev_info info;
    pades_error *e = NULL;
    assert_fails(
        ocsp_check(buf_span(&der), leaf.cert, ca.cert, pool, 16, NULL, MADE_NOW, &info, &e),
        PADES_SERVICE_FAILED, &e, "not named for signing");
    assert_int_equal(
        ocsp_check(buf_span(&der), leaf.cert, ca.cert, pool + 9, 7, NULL, MADE_NOW, &info, NULL),
        PADES_OK);
    rev_info_free(&info);
    buf_free(&der);
    spec.no_certs = false;
    spec.extra = &other;
    spec.extra_n = 500;
    info = accepted(&spec);
    rev_info_free(&info);
    made_free(&namesake);
}

static void answer_says_revoked_or_unknown(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.status = V_OCSP_CERTSTATUS_REVOKED;
    spec.revoked_at = MADE_NOW - 5 * DAY_SECONDS;
    rev_info info = accepted(&spec);
    assert_int_equal(info.state, REV_REVOKED);
    assert_int_equal(info.revoked_at, MADE_NOW - 5 * DAY_SECONDS);
    assert_int_equal(info.reason, -1);
    rev_info_free(&info);
    spec.reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD;
    info = accepted(&spec);
    assert_int_equal(info.reason, 6);
    assert_string_equal(rev_reason_name(info.reason), "on hold");
    rev_info_free(&info);
    spec.status = V_OCSP_CERTSTATUS_UNKNOWN;
    info = accepted(&spec);
    assert_int_equal(info.state, REV_UNKNOWN);
    rev_info_free(&info);
    assert_null(rev_reason_name(-1));
    assert_null(rev_reason_name(7));
    assert_null(rev_reason_name(11));
}

static void answer_with_ids_of_sha2(void **state)
{
    (void)state;
    static const char *const mds[] = {"SHA256", "SHA384", "SHA512"};
    ocsp_spec spec = good();
    for (size_t i = 0; i < ARRAY_LEN(mds); i++) {
        spec.id_md = mds[i];
        rev_info info = accepted(&spec);
        rev_info_free(&info);
    }
    spec.id_md = "MD5";
    refused(&spec, PADES_SERVICE_FAILED, "about another certificate than 'Leaf'");
}

static void answer_about_another_certificate(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.about = &other;
    refused(&spec, PADES_SERVICE_FAILED, "about another certificate");
    spec = good();
    spec.issuer =
        &same_name; /* the name and the serial number fit, the key of the issuer does not */
    refused(&spec, PADES_SERVICE_FAILED, "about another certificate");
}

static void answer_of_several_takes_the_newest(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.also = &other;
    spec.status = V_OCSP_CERTSTATUS_REVOKED;
    rev_info info = accepted(&spec);
    assert_int_equal(info.state, REV_REVOKED);
    rev_info_free(&info);
    spec.also = &leaf; /* good an hour ago, revoked two hours ago: taken off hold */
    spec.from = MADE_NOW - 2 * HOUR;
    info = accepted(&spec);
    assert_int_equal(info.state, REV_GOOD);
    rev_info_free(&info);
    spec.from = MADE_NOW - HOUR; /* at the same time: the worse */
    info = accepted(&spec);
    assert_int_equal(info.state, REV_REVOKED);
    rev_info_free(&info);
}

/* clause: RFC6960#4.2.2.2 */
static void answer_by_a_stranger(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.signer = &stranger; /* issued by another CA of the same name */
    refused(&spec, PADES_SERVICE_FAILED, "a stranger to the issuer");
    spec.extra = &responder; /* the right one enclosed, but it did not sign */
    refused(&spec, PADES_SERVICE_FAILED, "a stranger to the issuer");
    spec = good();
    spec.signer = &other;
    refused(&spec, PADES_SERVICE_FAILED, "not named for signing OCSP answers");
    spec.signer = &same_name; /* signed by the wrong key of the issuer's name */
    refused(&spec, PADES_SIGNATURE_WRONG, "signature of the OCSP answer is wrong");
}

static void answer_by_a_grandchild(void **state)
{
    (void)state;
    made below = made_cert(&(made_spec){.cn = "Below", .ext = {CA_EXT}}, &ca);
    made delegate = made_cert(&(made_spec){.cn = "Delegate", .ext = {OCSP_EXT}}, &below);
    ocsp_spec spec = good();
    spec.signer = &delegate;
    spec.extra = &below;
    refused(&spec, PADES_SERVICE_FAILED, "a stranger to the issuer");
    made_free(&delegate);
    made_free(&below);
}

static void answer_by_a_responder_of_another_usage(void **state)
{
    (void)state;
    made wrong = made_cert(&(made_spec){.cn = "Wrong",
                                        .ext = {{"keyUsage", "critical,keyEncipherment"},
                                                {"extendedKeyUsage", "OCSPSigning"}}},
                           &ca);
    ocsp_spec spec = good();
    spec.signer = &wrong;
    refused(&spec, PADES_SERVICE_FAILED, "not named for signing OCSP answers");
    made_free(&wrong);
}

static void answer_by_a_responder_out_of_its_time(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    made old = made_cert(&(made_spec){.cn = "Old",
                                      .from = MADE_NOW - 30 * DAY_SECONDS,
                                      .to = MADE_NOW - 10,
                                      .ext = {OCSP_EXT}},
                         &ca);
    spec.signer = &old;
    refused(&spec, PADES_SERVICE_FAILED, "'Old' was not valid when it was made");
    spec.produced = MADE_NOW - HOUR;
    rev_info info = accepted(&spec); /* it was then */
    assert_false(info.nocheck);
    rev_info_free(&info);
    made_free(&old);
}

static void answer_signed_with_weak_algorithms(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    made weak = made_cert(&(made_spec){.cn = "Weak", .key = "RSA:1024", .ext = {OCSP_EXT}}, &ca);
    made by_sha1 = made_cert(&(made_spec){.cn = "Old", .sha1 = true, .ext = {OCSP_EXT}}, &ca);
    spec.md = "SHA1";
    refused(&spec, PADES_ALGORITHM, "SHA-1, which is too weak");
    spec.signer = &weak;
    refused(&spec, PADES_ALGORITHM, "SHA-1, which is too weak");
    spec.md = "MD5";
    refused(&spec, PADES_ALGORITHM, "MD5, which is too weak");
    spec.md = NULL;
    refused(&spec, PADES_ALGORITHM, "a key that is too weak ('RSA 1024')");
    spec.signer = &by_sha1;
    refused(&spec, PADES_ALGORITHM,
            "the certificate of the signer is signed with SHA-1, which is too weak");
    made_free(&weak);
    made_free(&by_sha1);
}

static void answer_with_signatures_of_every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *key, *md;
        bool pss;
    } kinds[] = {{"RSA:2048", "SHA256", false}, {"RSA:2048", "SHA512", false},
                 {"RSA:2048", "SHA384", true},  {"P-384", "SHA384", false},
                 {"P-521", "SHA512", false},    {"ED25519", "", false},
                 {"ED448", "", false}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        made m = made_cert(&(made_spec){.cn = "R", .key = kinds[i].key, .ext = {OCSP_EXT}}, &ca);
        ocsp_spec spec = good();
        spec.signer = &m;
        spec.md = kinds[i].md;
        spec.pss = kinds[i].pss;
        rev_info info = accepted(&spec);
        rev_info_free(&info);
        made_free(&m);
    }
}

/* clause: RFC6960#4.4.1, clause: RFC8954#2.1 */
static void answer_with_a_nonce(void **state)
{
    (void)state;
    static const uint8_t another[OCSP_NONCE] = {9};
    pades_error *e = NULL;
    rev_info info;
    ocsp_spec spec = good();
    assert_int_equal(judge_at(&spec, NONCE, MADE_NOW, &info, NULL), PADES_OK); /* it has none */
    rev_info_free(&info);
    spec.nonce = NONCE;
    assert_int_equal(judge_at(&spec, NONCE, MADE_NOW, &info, NULL), PADES_OK);
    rev_info_free(&info);
    assert_int_equal(judge_at(&spec, NULL, MADE_NOW, &info, NULL), PADES_OK);
    rev_info_free(&info);
    assert_fails(judge_at(&spec, another, MADE_NOW, &info, &e), PADES_SERVICE_FAILED, &e,
                 "its nonce is not the one");
    spec = good();
    spec.ext[0] = (answer_ext){"1.3.6.1.5.5.7.48.1.2", "hex:0102", false}; /* no OCTET STRING */
    assert_fails(judge_at(&spec, NONCE, MADE_NOW, &info, &e), PADES_SERVICE_FAILED, &e,
                 "its nonce is not the one");
    spec.ext[1] = spec.ext[0];
    refused(&spec, PADES_SERVICE_FAILED, "extensions are malformed");
}

static void answer_out_of_its_time(void **state)
{
    (void)state;
    rev_info info;
    ocsp_spec spec = good();
    spec.from = MADE_NOW + 301;
    refused(&spec, PADES_SERVICE_FAILED, "from the future");
    assert_int_equal(judge_at(&spec, NULL, 0, &info, NULL), PADES_OK);
    rev_info_free(&info);
    spec.from = MADE_NOW + 299;
    info = accepted(&spec);
    rev_info_free(&info);
    spec.from = 0;
    spec.produced = MADE_NOW + 301;
    refused(&spec, PADES_SERVICE_FAILED, "from the future");
    spec.produced = 0;
    spec.to = MADE_NOW - 301;
    refused(&spec, PADES_SERVICE_FAILED, "stale, a newer one was due at 2026-06-01T11:54:59Z");
    assert_int_equal(judge_at(&spec, NULL, 0, &info, NULL), PADES_OK);
    rev_info_free(&info);
    spec.to = MADE_NOW - 299;
    info = accepted(&spec);
    rev_info_free(&info);
    spec.from = MADE_NOW - 100;
    spec.to = MADE_NOW - 101;
    refused(&spec, PADES_SERVICE_FAILED, "nextUpdate is before its thisUpdate");
}

/* clause: RFC6960#4.4.4 */
static void answer_with_an_archive_cutoff(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.single_ext[0] =
        (answer_ext){"1.3.6.1.5.5.7.48.1.6", "hex:180f32303230303130313030303030305a", false};
    rev_info info = accepted(&spec);
    assert_int_equal(info.reaches_back, 1577836800);
    rev_info_free(&info);
    spec.single_ext[0].value = "hex:0500";
    refused(&spec, PADES_SERVICE_FAILED, "archiveCutoff is malformed");
}

static void answer_with_critical_extensions(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.ext[0] = (answer_ext){"1.3.6.1.4.1.99999.7", "hex:0500", false};
    spec.single_ext[0] = spec.ext[0];
    rev_info info = accepted(&spec);
    rev_info_free(&info);
    spec.ext[0].critical = true;
    refused(&spec, PADES_SERVICE_FAILED, "critical extension that is not known here");
    spec.ext[0].critical = false;
    spec.single_ext[0].critical = true;
    refused(&spec, PADES_SERVICE_FAILED, "not known here (1.3.6.1.4.1.99999.7)");
}

static void responder_declines(void **state)
{
    (void)state;
    static const struct {
        int status;
        pades_status want;
        const char *part;
    } rows[] = {{1, PADES_SERVICE_FAILED, "malformedRequest"},
                {2, PADES_SERVICE_FAILED, "internalError"},
                {3, PADES_TRY_LATER, "tryLater"},
                {5, PADES_SERVICE_FAILED, "sigRequired"},
                {6, PADES_SERVICE_FAILED, "unauthorized"},
                {99, PADES_SERVICE_FAILED, "unknown"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf der = made_ocsp_status(rows[i].status);
        pades_error *e = NULL;
        rev_info info;
        assert_fails(
            ocsp_check(buf_span(&der), leaf.cert, ca.cert, NULL, 0, NULL, MADE_NOW, &info, &e),
            rows[i].want, &e, rows[i].part);
        buf_free(&der);
    }
}

static void answer_that_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "30", "3000", "30030a0100", "30030a0101ff",
                                        "300a0a0100a0053003060100",
                                        /* responseBytes of another type than basic */
                                        "30130a0100a00e300c06082b0601050507300204000a"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        buf der = from_hex(texts[i]);
        pades_error *e = NULL;
        rev_info info;
        assert_fails(
            ocsp_check(buf_span(&der), leaf.cert, ca.cert, NULL, 0, NULL, MADE_NOW, &info, &e),
            PADES_SERVICE_FAILED, &e, "not an OCSP answer");
        buf_free(&der);
    }
}

/* Cut anywhere or with any bit flipped where the signature reaches, it is never believed. */
static void answer_cut_or_flipped(void **state)
{
    (void)state;
    ocsp_spec spec = good();
    spec.nonce = NONCE;
    spec.by_key = true;
    spec.no_certs = true;
    const pades_cert *pool[] = {responder.cert};
    buf der = made_ocsp(&spec);
    rev_info info;
    for (size_t n = 0; n < der.n; n++) {
        assert_int_not_equal(ocsp_check(span_of(der.p, n), leaf.cert, ca.cert, pool, 1, NONCE,
                                        MADE_NOW, &info, NULL),
                             PADES_OK);
    }
    for (size_t i = 0; i < der.n * 8; i++) {
        der.p[i / 8] ^= (uint8_t)(1U << i % 8);
        assert_int_not_equal(
            ocsp_check(buf_span(&der), leaf.cert, ca.cert, pool, 1, NONCE, MADE_NOW, &info, NULL),
            PADES_OK);
        der.p[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    assert_int_equal(
        ocsp_check(buf_span(&der), leaf.cert, ca.cert, pool, 1, NONCE, MADE_NOW, &info, NULL),
        PADES_OK);
    rev_info_free(&info);
    buf_free(&der);
}

static void times_without_trust(void **state)
{
    (void)state;
    int64_t first = 0;
    int64_t next = 0;
    ocsp_spec spec = good();
    spec.also = &other;
    spec.also_from = MADE_NOW - 3 * HOUR;
    buf der = made_ocsp(&spec);
    assert_true(ocsp_times(buf_span(&der), &first, &next));
    assert_int_equal(first, MADE_NOW - 3 * HOUR);
    assert_int_equal(next, MADE_NOW + DAY_SECONDS);
    assert_false(ocsp_times(span_of(der.p, der.n - 1), &first, &next));
    buf_free(&der);
    spec.to = -1;
    der = made_ocsp(&spec);
    assert_true(ocsp_times(buf_span(&der), &first, &next));
    assert_int_equal(next, 0);
    buf_free(&der);
    der = made_ocsp_status(3);
    assert_false(ocsp_times(buf_span(&der), &first, &next));
    buf_free(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_one_openssl_reads),
        cmocka_unit_test(request_fits_into_an_address),
        cmocka_unit_test(answer_of_a_delegated_responder),
        cmocka_unit_test(answer_of_the_issuer_itself),
        cmocka_unit_test(responder_may_come_from_the_pool),
        cmocka_unit_test(responder_among_many),
        cmocka_unit_test(answer_says_revoked_or_unknown),
        cmocka_unit_test(answer_with_ids_of_sha2),
        cmocka_unit_test(answer_about_another_certificate),
        cmocka_unit_test(answer_of_several_takes_the_newest),
        cmocka_unit_test(answer_by_a_stranger),
        cmocka_unit_test(answer_by_a_grandchild),
        cmocka_unit_test(answer_by_a_responder_of_another_usage),
        cmocka_unit_test(answer_by_a_responder_out_of_its_time),
        cmocka_unit_test(answer_signed_with_weak_algorithms),
        cmocka_unit_test(answer_with_signatures_of_every_kind),
        cmocka_unit_test(answer_with_a_nonce),
        cmocka_unit_test(answer_out_of_its_time),
        cmocka_unit_test(answer_with_an_archive_cutoff),
        cmocka_unit_test(answer_with_critical_extensions),
        cmocka_unit_test(responder_declines),
        cmocka_unit_test(answer_that_is_none),
        cmocka_unit_test(answer_cut_or_flipped),
        cmocka_unit_test(times_without_trust),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
