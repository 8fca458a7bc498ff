/* Pairing certificates with keys, on inventories made by hand; points, DigestInfo, names of
 * answers. */
#include "base/der.h"
#include "base/fail.h"
#include "base/mem.h"
#include "token/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A SubjectPublicKeyInfo for P-256 whose x is filled with one octet. */
static void ec_spki(buf *out, uint8_t fill)
{
    AUTO_VAL(buf) algorithm = BUF(64), bits = BUF(128), content = BUF(256);
    der_add_oid(&algorithm, "1.2.840.10045.2.1");
    der_add_oid(&algorithm, "1.2.840.10045.3.1.7");
    buf_add_byte(&bits, 0);
    buf_add_byte(&bits, 4);
    buf_add_fill(&bits, fill, 64);
    der_add(&content, DER_SEQUENCE, buf_span(&algorithm));
    der_add(&content, DER_BIT_STRING, buf_span(&bits));
    der_add(out, DER_SEQUENCE, buf_span(&content));
}

static p11_object *add(p11_inventory *inv, p11_kind kind, CK_KEY_TYPE type, const char *id,
                       uint8_t fill)
{
    assert_true(MEM_GROW(inv->items, inv->n, inv->cap));
    p11_object *o = &inv->items[inv->n++];
    *o = (p11_object){
        .kind = kind, .key_type = type, .id = BUF(64), .value = BUF(512), .label = mem_strdup("k")};
    buf_add_str(&o->id, id);
    if (fill) {
        buf_add_fill(&o->value, fill, 32);
    }
    return o;
}

static void pair_by_public_key_before_id(void **state)
{
    (void)state;
    p11_inventory inv = {0};
    AUTO_VAL(buf) spki = BUF(512);
    ec_spki(&spki, 7);
    add(&inv, P11_PUBLIC_KEY, CKK_EC, "a", 8);
    assert_int_equal(p11_has_key(&inv, span_str("a"), buf_span(&spki)), -1); /* the id lies */
    inv.logged_in = true;
    assert_int_equal(p11_has_key(&inv, span_str("a"), buf_span(&spki)), 0);
    inv.logged_in = false;
    add(&inv, P11_PUBLIC_KEY, CKK_EC, "b", 7);
    assert_int_equal(p11_has_key(&inv, span_str("a"), buf_span(&spki)), 1);
    inv.logged_in = true; /* a public key without its private key */
    assert_int_equal(p11_has_key(&inv, span_str("a"), buf_span(&spki)), 0);
    p11_inventory_free(&inv);
}

static void pair_lends_the_public_part(void **state)
{
    (void)state;
    p11_inventory inv = {0};
    p11_public pub;
    bool several = true;
    AUTO_VAL(buf) spki = BUF(512);
    ec_spki(&spki, 7);
    assert_true(p11_public_of(buf_span(&spki), &pub));
    assert_int_equal(pub.coordinate, 32);
    add(&inv, P11_PUBLIC_KEY, CKK_EC, "a", 8);
    add(&inv, P11_PUBLIC_KEY, CKK_EC, "b", 7);
    add(&inv, P11_PRIVATE_KEY, CKK_EC, "a", 0)->handle = 1;
    add(&inv, P11_PRIVATE_KEY, CKK_EC, "b", 0)->handle = 2;
    p11_lend_values(&inv, &inv);
    const p11_object *o = p11_private_of(&inv, span_str("a"), &pub, &several);
    assert_non_null(o);
    assert_int_equal(o->handle, 2);
    assert_false(several);
    p11_inventory_free(&inv);
}

static void pair_says_when_it_cannot_be_told(void **state)
{
    (void)state;
    p11_inventory inv = {0};
    p11_public pub;
    bool several = false;
    AUTO_VAL(buf) spki = BUF(512);
    ec_spki(&spki, 7);
    assert_true(p11_public_of(buf_span(&spki), &pub));
    add(&inv, P11_PRIVATE_KEY, CKK_RSA, "a", 0); /* another type with the id */
    assert_null(p11_private_of(&inv, span_str("a"), &pub, &several));
    add(&inv, P11_PRIVATE_KEY, CKK_EC, "", 0);
    assert_non_null(
        p11_private_of(&inv, span_str("a"), &pub, &several)); /* the only one of its type */
    add(&inv, P11_PRIVATE_KEY, CKK_EC, "z", 0);
    assert_null(p11_private_of(&inv, span_str("a"), &pub, &several));
    add(&inv, P11_PRIVATE_KEY, CKK_EC, "a", 0);
    assert_non_null(p11_private_of(&inv, span_str("a"), &pub, &several));
    assert_false(several);
    add(&inv, P11_PRIVATE_KEY, CKK_EC, "a", 0);
    assert_non_null(p11_private_of(&inv, span_str("a"), &pub, &several));
    assert_true(several);
    p11_inventory_free(&inv);
}

/* clause: SEC1#2.3.3 */
static void pair_reads_points_in_every_dress(void **state)
{
    (void)state;
    AUTO_VAL(buf) bare = BUF(256), dressed = BUF(256), pressed = BUF(256);
    buf_add_byte(&bare, 4);
    buf_add_fill(&bare, 9, 96);
    der_add(&dressed, DER_OCTET_STRING, buf_span(&bare));
    buf_add_byte(&pressed, 3);
    buf_add_fill(&pressed, 9, 48);
    assert_int_equal(p11_point_x(buf_span(&bare)).n, 48);
    assert_true(span_eq(p11_point_x(buf_span(&dressed)), p11_point_x(buf_span(&bare))));
    assert_true(span_eq(p11_point_x(buf_span(&pressed)), p11_point_x(buf_span(&bare))));
    assert_int_equal(p11_point_x(span_of(bare.p, 96)).n, 0);
    assert_int_equal(p11_point_x(span_of(NULL, 0)).n, 0);
    /* begins like an OCTET STRING of the right length, and is a bare point */
    bare.p[1] = 95;
    assert_int_equal(p11_point_x(buf_span(&bare)).n, 48);
}

static void pair_refuses_broken_keys(void **state)
{
    (void)state;
    p11_public pub;
    AUTO_VAL(buf) spki = BUF(512);
    ec_spki(&spki, 7);
    for (size_t n = 0; n < spki.n; n++) {
        assert_false(p11_public_of(span_of(spki.p, n), &pub));
    }
    for (size_t i = 0; i < 8 * spki.n; i++) { /* never beyond the end, whatever bit is wrong */
        spki.p[i / 8] ^= (uint8_t)(1U << i % 8);
        if (p11_public_of(buf_span(&spki), &pub)) {
            assert_true(pub.value.p >= spki.p && pub.value.p + pub.value.n <= spki.p + spki.n);
        }
        spki.p[i / 8] ^= (uint8_t)(1U << i % 8);
    }
}

/* clause: RFC8017#9.2 */
static void mech_digest_info(void **state)
{
    (void)state;
    static const uint8_t want[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                   0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    uint8_t hash[64] = {1};
    AUTO_VAL(buf) out = BUF(128);
    p11_digest_info(&out, PADES_DIGEST_SHA256, span_of(hash, 32));
    assert_int_equal(out.n, sizeof want + 32);
    assert_memory_equal(out.p, want, sizeof want);
    buf_clear(&out);
    p11_digest_info(&out, PADES_DIGEST_SHA512, span_of(hash, 64));
    assert_int_equal(out.n, 19 + 64);
    assert_int_equal(out.p[14], 3);
}

static void rv_names(void **state)
{
    (void)state;
    char room[32];
    assert_string_equal(p11_rv_name(CKR_PIN_LOCKED, room), "CKR_PIN_LOCKED");
    assert_string_equal(p11_rv_name(0x80000001UL, room), "CKR_0x80000001");
}

static void pin_state_order(void **state)
{
    (void)state;
    CK_FLAGS set = CKF_USER_PIN_INITIALIZED;
    assert_int_equal(p11_pin_state(set), PADES_PIN_STATE_OK);
    assert_int_equal(p11_pin_state(0), PADES_PIN_STATE_NOT_SET);
    assert_int_equal(p11_pin_state(set | CKF_USER_PIN_TO_BE_CHANGED),
                     PADES_PIN_STATE_TO_BE_CHANGED);
    set |= CKF_USER_PIN_COUNT_LOW;
    assert_int_equal(p11_pin_state(set), PADES_PIN_STATE_COUNT_LOW);
    set |= CKF_USER_PIN_FINAL_TRY;
    assert_int_equal(p11_pin_state(set), PADES_PIN_STATE_FINAL_TRY);
    assert_int_equal(p11_pin_state(set | CKF_USER_PIN_LOCKED), PADES_PIN_STATE_LOCKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_by_public_key_before_id),
        cmocka_unit_test(pair_lends_the_public_part),
        cmocka_unit_test(pair_says_when_it_cannot_be_told),
        cmocka_unit_test(pair_reads_points_in_every_dress),
        cmocka_unit_test(pair_refuses_broken_keys),
        cmocka_unit_test(mech_digest_info),
        cmocka_unit_test(rv_names),
        cmocka_unit_test(pin_state_order),
    };
    return cmocka_run_group_tests_name("token_pair", tests, NULL, NULL);
}
