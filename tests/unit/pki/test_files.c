/* Certificates and trust anchors from files and folders: what is read, what is an error. */
#include "pki/made.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/pades-files-XXXXXX";
static made one, two;

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const void *p, size_t n)
{
    FILE *f = fopen(path_of(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fclose(f);
}

static buf pem_of(const made *m)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *p = NULL;
    assert_int_equal(PEM_write_bio_X509(bio, m->x), 1);
    long n = BIO_get_mem_data(bio, &p);
    buf out = BUF(1U << 16);
    buf_add(&out, p, (size_t)n);
    BIO_free(bio);
    return out;
}

static int set_up(void **state)
{
    (void)state;
    one = made_root("One");
    two = made_root("Two");
    return mkdtemp(folder) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"a.pem",     "b.der",       "c.pem", "sub/x.pem",
                                        "sub/y.der", "sub/.hidden", "sub/z", "empty"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)unlink(path_of(names[i]));
    }
    (void)rmdir(path_of("sub/dir"));
    (void)rmdir(path_of("sub"));
    made_free(&one);
    made_free(&two);
    return rmdir(folder);
}

static void files_read_pem_with_many_and_text_between(void **state)
{
    (void)state;
    AUTO_VAL(buf) a = pem_of(&one);
    AUTO_VAL(buf) b = pem_of(&two);
    AUTO_VAL(buf) all = BUF(1U << 20);
    buf_add_str(
        &all,
        "a comment\r\n-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
    buf_add_span(&all, buf_span(&a));
    buf_add_str(&all, "subject=Two\n");
    buf_add_span(&all, buf_span(&b));
    write_file("a.pem", all.p, all.n);
    pades_cert **certs = NULL;
    size_t n = 0;
    assert_int_equal(certs_read_file(path_of("a.pem"), &certs, &n, NULL), PADES_OK);
    assert_int_equal(n, 2);
    assert_true(cert_same(certs[0], one.cert));
    assert_true(cert_same(certs[1], two.cert));
    certs_free(certs, n);
    pades_cert *first = NULL;
    assert_int_equal(pades_cert_new_file(path_of("a.pem"), &first, NULL), PADES_OK);
    assert_true(cert_same(first, one.cert));
    pades_cert_free(first);
}

static void files_read_der(void **state)
{
    (void)state;
    write_file("b.der", cert_der(one.cert).p, cert_der(one.cert).n);
    pades_cert *cert = NULL;
    assert_int_equal(pades_cert_new_file(path_of("b.der"), &cert, NULL), PADES_OK);
    assert_true(cert_same(cert, one.cert));
    pades_cert_free(cert);
}

static void assert_text_fails(const char *text, pades_status status, const char *says)
{
    pades_cert **certs = NULL;
    size_t n = 0;
    pades_error *e = NULL;
    assert_fails(certs_parse(span_str(text), &certs, &n, &e), status, &e, says);
    assert_null(certs);
}

/* clause: RFC7468#3 padding ends the base64 */
static void files_say_what_is_wrong(void **state)
{
    (void)state;
    assert_text_fails("", PADES_CERT_INVALID, "it is empty");
    assert_text_fails("hello", PADES_CERT_INVALID, "no certificate in it");
    assert_text_fails("-----BEGIN CERTIFICATE-----\nAAAA", PADES_CERT_INVALID,
                      "certificate 1 has no end line");
    assert_text_fails("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----",
                      PADES_CERT_INVALID, "certificate 1 is not base64");
    assert_text_fails("-----BEGIN CERTIFICATE-----\nAA=A\n-----END CERTIFICATE-----",
                      PADES_CERT_INVALID, "not base64");
    assert_text_fails("-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----",
                      PADES_CERT_INVALID, "certificate 1 cannot be read");
    assert_text_fails("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", PADES_CERT_INVALID,
                      "not base64");
    pades_error *e = NULL;
    pades_cert *cert = NULL;
    assert_fails(pades_cert_new_file(path_of("no\x1bne"), &cert, &e), PADES_INPUT_NOT_FOUND, &e,
                 "no\\x1bne");
    assert_fails(pades_cert_new_file(folder, &cert, &e), PADES_INPUT_UNREADABLE, &e,
                 "cannot be read");
    assert_fails(pades_cert_new_file("/dev/zero", &cert, &e), PADES_LIMIT, &e, "larger than");
}

static void trust_takes_files_and_folders(void **state)
{
    (void)state;
    AUTO_VAL(buf) a = pem_of(&one);
    assert_int_equal(mkdir(path_of("sub"), 0700), 0);
    assert_int_equal(mkdir(path_of("sub/dir"), 0700), 0);
    write_file("sub/x.pem", a.p, a.n);
    write_file("sub/y.der", cert_der(two.cert).p, cert_der(two.cert).n);
    write_file("sub/.hidden", "junk", 4);
    pades_ctx *ctx = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_add_trust_path(ctx, path_of("sub"), NULL), PADES_OK);
    assert_int_equal(ctx->anchors_n, 2);
    assert_int_equal(pades_ctx_add_trust_path(ctx, path_of("sub/x.pem"), NULL), PADES_OK);
    assert_int_equal(pades_ctx_add_trust_der(ctx, cert_der(one.cert).p, cert_der(one.cert).n, NULL),
                     PADES_OK);
    assert_int_equal(ctx->anchors_n, 2);
    ctx_freeze(ctx);
    assert_int_equal(pades_ctx_add_trust_path(ctx, path_of("sub"), NULL), PADES_INVALID_ARGUMENT);
    pades_ctx_free(ctx);
}

static void trust_of_nothing_is_an_error(void **state)
{
    (void)state;
    pades_ctx *ctx = NULL;
    pades_error *e = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    write_file("empty", "", 0);
    pades_status got = pades_ctx_add_trust_path(ctx, path_of("empty"), &e);
    assert_non_null(pades_error_hint(e));
    assert_fails(got, PADES_CERT_INVALID, &e, "it is empty");
    write_file("sub/z", "not a certificate", 17);
    assert_fails(pades_ctx_add_trust_path(ctx, path_of("sub"), &e), PADES_CERT_INVALID, &e,
                 "sub/z'");
    assert_fails(pades_ctx_add_trust_path(ctx, path_of("sub/dir"), &e), PADES_INPUT_NOT_FOUND, &e,
                 "holds no file");
    assert_fails(pades_ctx_add_trust_path(ctx, path_of("absent"), &e), PADES_INPUT_NOT_FOUND, &e,
                 "absent'");
    assert_int_equal(pades_ctx_add_trust_der(ctx, "x", 1, NULL), PADES_CERT_INVALID);
    pades_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_read_pem_with_many_and_text_between),
        cmocka_unit_test(files_read_der),
        cmocka_unit_test(files_say_what_is_wrong),
        cmocka_unit_test(trust_takes_files_and_folders),
        cmocka_unit_test(trust_of_nothing_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
