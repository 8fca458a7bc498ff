/* Which key is taken, and what is said when it cannot be told. */
#include "token/bench.h"

#include "signer/keys.h"
#include "signer/signer.h"
#include <p11-kit/pkcs11.h>
#include <stdio.h>

DEFINE_AUTO(pades_token_list, pades_token_list_free)

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return pades_ctx_new(&ctx, NULL) == PADES_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    pades_ctx_free(ctx);
    bench_end();
    return 0;
}

typedef struct asked {
    const char *uri, *subject, *serial, *beside;
} asked;

static pades_token_opts *opts_for(const asked *a, bench_pin *pin)
{
    pades_token_opts *opts = bench_opts(pin, 0);
    pades_token_opts_set_uri(opts, a->uri);
    pades_token_opts_set_cert_subject(opts, a->subject);
    pades_token_opts_set_cert_serial(opts, a->serial);
    if (a->beside) {
        AUTO(pades_cert) *cert = NULL;
        assert_int_equal(pades_cert_new_file(bench_pki(a->beside), &cert, NULL), PADES_OK);
        pades_token_opts_add_cert(opts, cert);
    }
    return opts;
}

/* The one that is taken has this in its subject; returns how often the PIN was asked for. */
static int takes(asked a, const char *subject)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = opts_for(&a, &pin);
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    if (!strstr(pades_cert_subject(pades_signer_cert(s)), subject)) {
        print_error("took %s\n", pades_cert_subject(pades_signer_cert(s)));
        assert_true(0);
    }
    return pin.calls;
}

static void refuses(asked a, pades_status status, const char *part)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = opts_for(&a, &pin);
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    assert_fails_with(pades_signer_new_token(ctx, opts, &s, &e), status, &e, part);
}

static pades_error *error_of(asked a)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = opts_for(&a, &pin);
    pades_error *e = NULL;
    pades_signer *s = NULL;
    assert_int_not_equal(pades_signer_new_token(ctx, opts, &s, &e), PADES_OK);
    return e;
}

static void choose_one_of_several_by_what_is_asked(void **state)
{
    (void)state;
    bench_store("several");
    bench_token("seal", "seal-p256", "seal-p384", "seal-p521", (char *)NULL);
    refuses((asked){0}, PADES_KEY_AMBIGUOUS, "3 certificates could sign");
    assert_int_equal(bench_calls("C_Login"), 0);
    takes((asked){.uri = "pkcs11:object=seal-p384"}, "P-384");
    takes((asked){.uri = "pkcs11:token=seal;object=seal-p384;type=private"}, "P-384");
    takes((asked){.uri = "pkcs11:object=seal-p384;type=cert"}, "P-384");
    takes((asked){.uri = "pkcs11:id=%02"}, "P-256");
    takes((asked){.uri = "pkcs11:manufacturer=SoftHSM%20project;model=SoftHSM%20v2;id=%04"},
          "P-521");
    takes((asked){.subject = "CN=Demo Company Oy Invoicing seal P-521"}, "P-521");
    refuses((asked){.subject = "Invoicing"}, PADES_KEY_AMBIGUOUS, "3 certificates");
    refuses((asked){.subject = "Nobody"}, PADES_CERT_NOT_FOUND, "fits what was asked");
    refuses((asked){.uri = "pkcs11:object=nothing"}, PADES_CERT_NOT_FOUND, "fits what was asked");
    refuses((asked){.uri = "pkcs11:token=other"}, PADES_TOKEN_NOT_FOUND,
            "no token fits 'pkcs11:token=other'");
    refuses((asked){.uri = "pkcs11:object=x?pin-value=1234"}, PADES_INVALID_ARGUMENT, "pin-value");
}

static void choose_by_serial_in_any_spelling(void **state)
{
    (void)state;
    char text[200] = "0x00", *at = text + 4;
    AUTO(pades_cert) *cert = NULL;
    assert_int_equal(pades_cert_new_file(bench_pki("seal-p384.pem"), &cert, NULL), PADES_OK);
    for (const char *s = pades_cert_serial(cert); *s && at < text + 190; s++) {
        *at++ = (char)(*s >= 'A' ? *s + 32 : *s);
        *at++ = ':';
    }
    *at = 0;
    takes((asked){.serial = pades_cert_serial(cert)}, "P-384");
    takes((asked){.serial = text}, "P-384");
    refuses((asked){.serial = "123456"}, PADES_CERT_NOT_FOUND, "fits what was asked");
    refuses((asked){.serial = "xyz"}, PADES_CERT_NOT_FOUND, "fits what was asked");
}

/* Each URI of the list selects exactly its certificate. */
static void choose_uri_of_the_list_selects(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    AUTO(pades_key_list) *list = NULL;
    AUTO(pades_error) *e = NULL;
    size_t usable = 0;
    assert_ok(pades_key_list_new(ctx, opts, &list, &e), e);
    assert_int_equal(pades_key_list_count(list), 4); /* and the CA */
    for (size_t i = 0; i < 4; i++) {
        const pades_key_info *k = pades_key_list_get(list, i);
        assert_non_null(k);
        usable += k->usable ? 1 : 0;
        if (k->usable) {
            assert_int_equal(k->has_key, 1);
            assert_null(k->why_not);
            takes((asked){.uri = k->uri}, pades_cert_common_name(k->cert));
        } else {
            assert_non_null(strstr(k->why_not, "certification authority"));
            refuses((asked){.uri = k->uri}, PADES_CERT_USAGE, "certification authority");
        }
    }
    assert_int_equal(usable, 3);
    assert_int_equal(pin.calls, 0);
    assert_null(pades_key_list_get(list, 4));
    size_t index = 7;
    assert_fails_with(pades_key_list_choose(list, &index, &e), PADES_KEY_AMBIGUOUS, &e,
                      "3 certificates could sign");
    assert_int_equal(index, 7);
}

/* The chain that is seen before a login is the one that the signer has after it. */
static void choose_chain_of_the_list_is_the_signers(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    AUTO(pades_key_list) *list = NULL;
    AUTO(pades_error) *e = NULL;
    assert_ok(pades_key_list_new(ctx, opts, &list, &e), e);
    for (size_t i = 0; i < pades_key_list_count(list); i++) {
        const pades_cert *const *seen = NULL;
        const pades_cert *const *again = NULL;
        AUTO(pades_signer) *signer = NULL;
        size_t seen_n = 0, n = 0;
        assert_ok(pades_key_list_get_chain(list, i, &seen, &seen_n, &e), e);
        assert_ok(pades_key_list_get_chain(list, i, &again, &n, &e), e);
        assert_ptr_equal(seen, again);
        if (!pades_key_list_get(list, i)->usable) {
            continue;
        }
        pades_token_opts_set_uri(opts, pades_key_list_get(list, i)->uri);
        assert_ok(pades_signer_new_token(ctx, opts, &signer, &e), e);
        n = signer->chain_n;
        assert_int_equal(seen_n, n);
        assert_true(n > 1);
        for (size_t j = 0; j < n; j++) {
            assert_string_equal(pades_cert_fingerprint(seen[j]),
                                pades_cert_fingerprint(signer->chain[j]));
        }
    }
    const pades_cert *const *none = NULL;
    size_t none_n = 7;
    assert_int_equal(pades_key_list_get_chain(list, 99, &none, &none_n, NULL),
                     PADES_INVALID_ARGUMENT);
    assert_int_equal(none_n, 7);
}

static void choose_ambiguity_tells_them_apart(void **state)
{
    (void)state;
    pades_error *e = error_of((asked){0});
    const char *hint = pades_error_hint(e);
    assert_non_null(
        strstr(hint, "\n  pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial="));
    assert_non_null(strstr(hint, ";token=seal;id=%03"));
    assert_non_null(strstr(hint, "Demo Company Oy Invoicing seal P-521"));
    pades_error_free(e);
}

static void choose_between_two_tokens(void **state)
{
    (void)state;
    bench_store("two");
    bench_token("invoices", "seal-p256", (char *)NULL);
    bench_token("letters", "seal-p384", (char *)NULL);
    bench_faults("");
    refuses((asked){0}, PADES_KEY_AMBIGUOUS, "2 certificates could sign");
    assert_int_equal(bench_calls("C_Login"), 0);
    takes((asked){.uri = "pkcs11:token=letters"}, "P-384");
    takes((asked){.uri = "pkcs11:token=invoices"}, "P-256");
}

/* One card, two slots, the same serial: the slot's number is in the URI, and selects. */
static void choose_between_two_slots_of_a_card(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    bench_store("slots");
    bench_token("card", "seal-p256", (char *)NULL);
    bench_faults("twice\n");
    refuses((asked){0}, PADES_KEY_AMBIGUOUS, "2 certificates could sign");
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    AUTO(pades_token_list) *list = NULL;
    AUTO(pades_error) *e = NULL;
    assert_ok(pades_token_list_new(ctx, opts, &list, &e), e);
    assert_int_equal(pades_token_list_count(list), 2);
    for (size_t i = 0; i < 2; i++) {
        const char *uri = pades_token_list_get(list, i)->uri;
        assert_non_null(strstr(uri, ";slot-id="));
        takes((asked){.uri = uri}, "P-256");
    }
}

static void choose_pairs_by_public_key_without_ids(void **state)
{
    (void)state;
    bench_store("noid");
    bench_token("seal", "seal-p256", "seal-p384", "seal-rsa2048", (char *)NULL);
    bench_faults("noid\n");
    takes((asked){.subject = "P-384"}, "P-384");
    takes((asked){.subject = "RSA-2048"}, "RSA-2048");
    takes((asked){.uri = "pkcs11:id=%02"}, "P-256"); /* the key's id */
}

/* CKA_ID says one thing, the public keys another. */
static void choose_does_not_believe_ids(void **state)
{
    (void)state;
    bench_store("lies");
    bench_token("seal", "seal-p256", "seal-p384", (char *)NULL);
    bench_set_id("seal", CKO_CERTIFICATE, "seal-p256", "\x03");
    bench_set_id("seal", CKO_CERTIFICATE, "seal-p384", "\x02");
    bench_faults("");
    takes((asked){.subject = "P-384"}, "P-384");
    bench_destroy("seal", CKO_PUBLIC_KEY, NULL);
    bench_faults("");
    takes((asked){.subject = "P-384"}, "P-384"); /* by id, and the signature will not verify */
}

/* Two private keys share an id, and one of them has no public key: which is which is not guessed.
 */
static void choose_does_not_guess_between_keys_of_one_id(void **state)
{
    (void)state;
    bench_store("same");
    bench_token("seal", "seal-p256", "seal-p384", (char *)NULL);
    bench_set_id("seal", CKO_PRIVATE_KEY, "seal-p384", "\x02");
    bench_destroy("seal", CKO_PUBLIC_KEY, "seal-p384");
    bench_faults("");
    refuses((asked){.subject = "P-256"}, PADES_KEY_AMBIGUOUS, "several private keys with the id");
    assert_int_equal(bench_calls("C_Sign("), 0);
}

/* An EC key is told from others by its public key: one that was seen before the login is not asked
 * for again, one that shows itself after it is. */
static void choose_asks_for_public_keys_once(void **state)
{
    (void)state;
    bench_store("once");
    bench_token("seal", "seal-p256", "seal-p384", (char *)NULL);
    bench_faults("");
    takes((asked){.subject = "P-384"}, "P-384");
    assert_int_equal(bench_calls("C_FindObjectsInit"), 3 + 1);
    bench_faults("private-publics\n");
    takes((asked){.subject = "P-384"}, "P-384");
    assert_int_equal(bench_calls("C_FindObjectsInit"), 3 + 1 + 2);
}

/* What is chosen from the list is what the signer is; where a login would tell, that is said. */
static void choose_from_the_list(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *faults, *subject;
        pades_status status;
        const char *part;
    } cases[] = {
        {"pkcs11:object=seal-p384", "", "P-384", PADES_OK, NULL},
        {NULL, "", NULL, PADES_KEY_AMBIGUOUS, "2 certificates could sign"},
        {NULL, "private-certs\n", NULL, PADES_PIN_REQUIRED, "after a login only"},
        {"pkcs11:object=none", "", NULL, PADES_PIN_REQUIRED, "after a login only"},
        {"pkcs11:token=none", "", NULL, PADES_TOKEN_NOT_FOUND, "no token fits"},
        {NULL, "absent\n", NULL, PADES_TOKEN_NOT_FOUND, "no token is present"},
    };
    bench_store("list");
    bench_token("seal", "seal-p256", "seal-p384", (char *)NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bench_pin pin = {.pin = "1234"};
        asked a = {.uri = cases[i].uri};
        AUTO(pades_token_opts) *opts = opts_for(&a, &pin);
        AUTO(pades_key_list) *list = NULL;
        AUTO(pades_error) *e = NULL;
        size_t index = 0;
        bench_faults(cases[i].faults);
        assert_ok(pades_key_list_new(ctx, opts, &list, &e), e);
        pades_status status = pades_key_list_choose(list, &index, &e);
        if (cases[i].part) {
            assert_fails_with(status, cases[i].status, &e, cases[i].part);
        } else {
            assert_ok(status, e);
            const pades_key_info *k = pades_key_list_get(list, index);
            assert_non_null(strstr(pades_cert_subject(k->cert), cases[i].subject));
        }
        assert_int_equal(pin.calls, 0);
    }
}

static void choose_after_a_login_where_nothing_is_seen(void **state)
{
    (void)state;
    bench_store("private");
    bench_token("seal", "seal-rsa2048", (char *)NULL);
    bench_faults("private-certs\n");
    assert_int_equal(takes((asked){0}, "RSA-2048"), 1);
    assert_int_equal(bench_calls("C_Login"), 1);
    bench_token("second", "seal-p256", (char *)NULL);
    bench_faults("private-certs\n");
    refuses((asked){0}, PADES_TOKEN_AMBIGUOUS, "2 tokens show no certificate");
    assert_int_equal(bench_calls("C_Login"), 0);
    assert_int_equal(takes((asked){.uri = "pkcs11:token=second"}, "P-256"), 1);
}

/* Two certificates, one key, and no public key object: only a login tells. */
static void choose_after_a_login_which_has_a_key(void **state)
{
    (void)state;
    bench_store("unsure");
    bench_token("seal", "seal-p256", "seal-rsa2048", (char *)NULL);
    bench_destroy("seal", CKO_PUBLIC_KEY, NULL);
    bench_destroy("seal", CKO_PRIVATE_KEY, "seal-p256");
    bench_faults("");
    assert_int_equal(takes((asked){0}, "RSA-2048"), 1);
    assert_int_equal(bench_calls("C_Login"), 1);
    refuses((asked){.subject = "P-256"}, PADES_KEY_NOT_FOUND, "no private key for the certificate");
}

static void choose_without_keys(void **state)
{
    (void)state;
    bench_store("nokeys");
    bench_token("seal", "seal-p256", (char *)NULL);
    bench_destroy("seal", CKO_PRIVATE_KEY, NULL);
    bench_faults("");
    refuses((asked){0}, PADES_KEY_NOT_FOUND, "no private key for the certificate");
    bench_destroy("seal", CKO_CERTIFICATE, NULL);
    bench_faults("");
    refuses((asked){0}, PADES_CERT_NOT_FOUND, "no certificate on the token");
}

static void choose_certificate_beside_the_token(void **state)
{
    (void)state;
    bench_store("beside");
    bench_token("seal", "seal-p256", "seal-rsa2048", (char *)NULL);
    bench_destroy("seal", CKO_CERTIFICATE, NULL);
    bench_faults("");
    pades_error *e = error_of((asked){0});
    assert_int_equal(pades_error_status(e), PADES_CERT_NOT_FOUND);
    assert_non_null(strstr(pades_error_hint(e), "give the certificate"));
    pades_error_free(e);
    takes((asked){.beside = "seal-p256.pem"}, "P-256");
    takes((asked){.beside = "seal-rsa2048.pem"}, "RSA-2048");
    refuses((asked){.beside = "seal-p384.pem"}, PADES_CERT_NOT_FOUND, "no certificate");
    bench_destroy("seal", CKO_PUBLIC_KEY, NULL);
    bench_faults("");
    assert_int_equal(takes((asked){.beside = "seal-p256.pem"}, "P-256"),
                     1); /* seen after the login */
}

static void choose_says_why_the_only_one_may_not_sign(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        pades_status status;
        const char *part;
    } cases[] = {{"expired", PADES_CERT_EXPIRED, "expired on"},
                 {"not-yet-valid", PADES_CERT_NOT_YET_VALID, "valid from"},
                 {"no-signing-usage", PADES_CERT_USAGE, "forbids signing"},
                 {"ed25519", PADES_ALGORITHM, "EdDSA"},
                 {"ca-as-signer", PADES_KEY_NOT_FOUND, "can sign"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bench_store(cases[i].name);
        bench_token("seal", cases[i].name, (char *)NULL);
        bench_faults("");
        refuses((asked){0}, cases[i].status, cases[i].part);
    }
}

static void choose_prefers_non_repudiation(void **state)
{
    (void)state;
    bench_store("usage");
    /* an expired one, one for another purpose, and two that may sign */
    bench_token("seal", "expired", "no-signing-usage", "seal-p384", (char *)NULL);
    bench_faults("");
    takes((asked){0}, "P-384");
}

static void choose_hostile_names_are_escaped(void **state)
{
    (void)state;
    bench_store("hostile");
    bench_token("\033]0;x\007", "hostile-cn", "seal-p256", (char *)NULL);
    bench_faults("");
    pades_error *e = error_of((asked){0});
    const char *texts[] = {pades_error_message(e), pades_error_hint(e)};
    for (size_t i = 0; i < 2; i++) {
        assert_null(strchr(texts[i], '\033'));
        assert_null(strchr(texts[i], '\007'));
        assert_null(strstr(texts[i], "\xe2\x80\xae"));
    }
    assert_non_null(strstr(texts[1], "token=%1B%5D0%3Bx%07"));
    assert_non_null(strstr(texts[1], "\\u{202e}"));
    pades_error_free(e);
}

static void choose_chain_of_the_token(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    asked a = {.uri = "pkcs11:token=invoices", .beside = "root.pem"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_store("chain");
    bench_token("invoices", "seal-p256", (char *)NULL);
    AUTO(pades_token_opts) *opts = opts_for(&a, &pin);
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    assert_int_equal(s->chain_n, 2);
    assert_non_null(strstr(pades_cert_subject(s->chain[1]), "Demonstration Qualified Seal CA"));
    assert_non_null(strstr(pades_signer_name(s), "pkcs11:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choose_one_of_several_by_what_is_asked),
        cmocka_unit_test(choose_by_serial_in_any_spelling),
        cmocka_unit_test(choose_uri_of_the_list_selects),
        cmocka_unit_test(choose_chain_of_the_list_is_the_signers),
        cmocka_unit_test(choose_ambiguity_tells_them_apart),
        cmocka_unit_test(choose_between_two_tokens),
        cmocka_unit_test(choose_between_two_slots_of_a_card),
        cmocka_unit_test(choose_pairs_by_public_key_without_ids),
        cmocka_unit_test(choose_does_not_believe_ids),
        cmocka_unit_test(choose_does_not_guess_between_keys_of_one_id),
        cmocka_unit_test(choose_asks_for_public_keys_once),
        cmocka_unit_test(choose_from_the_list),
        cmocka_unit_test(choose_after_a_login_where_nothing_is_seen),
        cmocka_unit_test(choose_after_a_login_which_has_a_key),
        cmocka_unit_test(choose_without_keys),
        cmocka_unit_test(choose_certificate_beside_the_token),
        cmocka_unit_test(choose_says_why_the_only_one_may_not_sign),
        cmocka_unit_test(choose_prefers_non_repudiation),
        cmocka_unit_test(choose_hostile_names_are_escaped),
        cmocka_unit_test(choose_chain_of_the_token),
    };
    return cmocka_run_group_tests_name("signer_choose", tests, setup, teardown);
}
