/* Mutation oracle: every bit of a small SignedData and of a timestamp token is flipped, and every
 * octet dropped. Nothing of it may verify, except where CMS itself leaves an octet outside of every
 * check: the version numbers and the list of digest algorithms (RFC 5652 5.1), which are given by
 * their places. What OpenSSL and we reject must never be a crash. */
#include "cms/sealed.h"
#include "tsa/tsp.h"

static const char document[] = "a document";

typedef struct subject {
    buf der;
    bool (*verifies)(span der, void *user);
    void *user;
    size_t loose[64]; /* octets that nothing covers */
    size_t loose_n;
} subject;

static bool is_loose(const subject *s, size_t at)
{
    for (size_t i = 0; i < s->loose_n; i++) {
        if (s->loose[i] == at) {
            return true;
        }
    }
    return false;
}

static void add_loose(subject *s, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_true(s->loose_n < ARRAY_LEN(s->loose));
        s->loose[s->loose_n++] = (size_t)(from - s->der.p) + i;
    }
}

static der_tlv enter(reader *r, int tag)
{
    der_tlv t;
    assert_true(der_expect(r, tag, &t));
    return t;
}

/* The version of SignedData and of SignerInfo, and the content of digestAlgorithms. */
static void find_loose(subject *s)
{
    reader outer = reader_of(buf_span(&s->der));
    reader info = reader_of(enter(&outer, DER_SEQUENCE).content);
    (void)enter(&info, DER_OID);
    reader tagged = reader_of(enter(&info, DER_CONTEXT(0)).content);
    reader data = reader_of(enter(&tagged, DER_SEQUENCE).content);
    der_tlv version = enter(&data, DER_INTEGER);
    der_tlv algs = enter(&data, DER_SET);
    add_loose(s, version.content.p, version.content.n);
    add_loose(s, algs.content.p, algs.content.n);
    (void)enter(&data, DER_SEQUENCE);
    (void)enter(&data, DER_CONTEXT(0));
    reader signers = reader_of(enter(&data, DER_SET).content);
    reader one = reader_of(enter(&signers, DER_SEQUENCE).content);
    version = enter(&one, DER_INTEGER);
    add_loose(s, version.content.p, version.content.n);
}

static bool verifies_copy(const subject *s, span der)
{
    uint8_t *copy = mem_alloc(der.n); /* its own block, so that a sanitizer sees an overread */
    if (der.n > 0) {
        memcpy(copy, der.p, der.n);
    }
    bool good = s->verifies(span_of(copy, der.n), s->user);
    mem_free(copy);
    return good;
}

static void flip_every_bit(subject *s)
{
    size_t loose_passed = 0;
    assert_true(verifies_copy(s, buf_span(&s->der)));
    for (size_t at = 0; at < s->der.n; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            s->der.p[at] ^= (uint8_t)(1U << bit);
            bool good = verifies_copy(s, buf_span(&s->der));
            s->der.p[at] ^= (uint8_t)(1U << bit);
            loose_passed += good;
            if (good && !is_loose(s, at)) {
                fail_msg("octet %zu of %zu, bit %u: still verifies", at, s->der.n, bit);
            }
        }
    }
    assert_true(loose_passed < s->loose_n * 8);
}

static void drop_every_octet(subject *s)
{
    AUTO_VAL(buf) cut = BUF(1U << 20);
    for (size_t at = 0; at < s->der.n; at++) {
        buf_clear(&cut);
        buf_add_span(&cut, span_part(buf_span(&s->der), 0, at));
        assert_false(verifies_copy(s, buf_span(&cut)));
        buf_add_span(&cut, span_part(buf_span(&s->der), at + 1, SIZE_MAX));
        assert_false(verifies_copy(s, buf_span(&cut)));
    }
}

static bool seal_verifies(span der, void *user)
{
    (void)user;
    return sealed_verifies(der, span_str(document));
}

static void seal_never_verifies_changed(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "S"}, NULL);
    subject s = {.verifies = seal_verifies};
    s.der = sealed_der(&(sealed_plan){
        &m, NULL, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256, span_str(document), {NULL, 0}, NULL});
    find_loose(&s);
    flip_every_bit(&s);
    drop_every_octet(&s);
    buf_free(&s.der);
    made_free(&m);
}

typedef struct stamp {
    pades_ctx *ctx;
    tsp_request request;
} stamp;

static bool token_verifies(span der, void *user)
{
    stamp *st = user;
    tsp_verified v;
    if (tsp_token_verify(st->ctx, der, &st->request, NULL, &v, NULL) != PADES_OK) {
        return false;
    }
    tsp_verified_free(&v);
    return true;
}

static void token_never_verifies_changed(void **state)
{
    (void)state;
    made m = made_cert(
        &(made_spec){.cn = "T", .ext = {{"extendedKeyUsage", "critical,timeStamping"}}}, NULL);
    stamp st = {NULL, {0}};
    assert_int_equal(
        tsp_request_make(PADES_DIGEST_SHA256, span_str(document), NULL, &st.request, NULL),
        PADES_OK);
    assert_int_equal(pades_ctx_new(&st.ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_add_trust_der(st.ctx, cert_der(m.cert).p, cert_der(m.cert).n, NULL),
                     PADES_OK);
    subject s = {.verifies = token_verifies, .user = &st};
    s.der =
        made_token_der(&(made_token){.signer = &m,
                                     .imprint_digest = PADES_DIGEST_SHA256,
                                     .imprint = span_of(st.request.imprint, 32),
                                     .nonce = span_of(st.request.nonce, sizeof st.request.nonce)});
    find_loose(&s);
    flip_every_bit(&s);
    drop_every_octet(&s);
    buf_free(&s.der);
    pades_ctx_free(st.ctx);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seal_never_verifies_changed),
        cmocka_unit_test(token_never_verifies_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
