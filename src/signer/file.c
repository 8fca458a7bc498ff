/* A key in a file: PKCS#12 (RFC 7292), or PEM with the key and its certificates. The password comes
 * by the PIN callback, once, and only when the file wants one. For tests, and for servers without a
 * token: such a key is as safe as the file. */
#include "signer/signer.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pki/ossl.h"
#include "token/pkcs11.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free)
DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
DEFINE_AUTO(BIO, BIO_free_all)
DEFINE_AUTO(PKCS12, PKCS12_free)

enum { KEY_FILE_MAX = 1 << 20 };

typedef struct file_signer {
    EVP_PKEY *key;
    pades_cert *cert;
} file_signer;

/* What a file is read with. */
typedef struct key_file {
    const char *name; /* escaped */
    buf text;
    const pades_token_opts *opts;
    secret *password;
    pades_status asked; /* what the callback said */
    EVP_PKEY *key;
    pades_cert **certs;
    size_t n;
} key_file;

static void key_file_free(key_file *f)
{
    buf_free(&f->text);
    secret_free(f->password);
    EVP_PKEY_free(f->key);
    certs_free(f->certs, f->n);
}

static const EVP_MD *md_of(pades_digest digest)
{
    return digest == PADES_DIGEST_SHA512   ? EVP_sha512()
           : digest == PADES_DIGEST_SHA384 ? EVP_sha384()
                                           : EVP_sha256();
}

static bool prepare(EVP_PKEY_CTX *c, const pades_sign_request *r)
{
    const EVP_MD *md = md_of(r->digest);
    if (EVP_PKEY_sign_init(c) != 1 || EVP_PKEY_CTX_set_signature_md(c, md) != 1) {
        return false;
    }
    if (r->scheme != PADES_SCHEME_RSA_PSS) {
        return true;
    }
    return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(c, md) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static pades_status file_sign(void *self, const pades_sign_request *r, buf *ret, pades_error **e)
{
    file_signer *s = self;
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    AUTO(EVP_PKEY_CTX) *c = EVP_PKEY_CTX_new(s->key, NULL);
    uint8_t *room = buf_extend(ret, SIGNER_MAX_SIGNATURE);
    size_t n = SIGNER_MAX_SIGNATURE;
    if (!c || !room) {
        return fail_memory(e);
    }
    if (!prepare(c, r) || EVP_PKEY_sign(c, room, &n, r->hash, r->hash_n) != 1) {
        (void)fail(e, PADES_ALGORITHM, "the key in the file does not make this %s signature",
                   signer_scheme_name(r->scheme));
        (void)ossl_native(e);
        return PADES_ALGORITHM;
    }
    buf_truncate(ret, n);
    return PADES_OK;
}

static bool file_again(void *self)
{
    (void)self;
    return true;
}

static bool file_supports(void *self, pades_scheme scheme, pades_digest digest)
{
    return pades_digest_size(digest) > 0 && signer_key_fits(((file_signer *)self)->cert, scheme);
}

static void file_destroy(void *self)
{
    file_signer *s = self;
    EVP_PKEY_free(s->key);
    pades_cert_free(s->cert);
    mem_free(s);
}

static const signer_ops file_ops = {file_sign, file_again, file_supports, file_destroy, NULL};

static pades_status read_all(int fd, key_file *f, pades_error **e)
{
    uint8_t chunk[4096];
    ssize_t n = 0;
    while ((n = read(fd, chunk, sizeof chunk)) > 0) {
        buf_add(&f->text, chunk, (size_t)n);
        mem_wipe(chunk, sizeof chunk);
        TRY(buf_check(&f->text, "the key file", e));
    }
    return n < 0 ? fail_errno(e, PADES_INPUT_UNREADABLE, errno, "the key file '%s' cannot be read",
                              f->name)
                 : PADES_OK;
}

static pades_status read_file(pades_ctx *ctx, const char *path, key_file *f, pades_error **e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        int err = errno;
        return fail_errno(e, err == ENOENT ? PADES_INPUT_NOT_FOUND : PADES_INPUT_UNREADABLE, err,
                          "the key file '%s' cannot be opened", f->name);
    }
    if (fstat(fd, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        ctx_log(ctx, PADES_LOG_WARNING, "the key file '%s' can be read by other users", f->name);
    }
    pades_status status = read_all(fd, f, e);
    close(fd);
    return status;
}

/* The password, asked for once; it ends in a NUL for OpenSSL. */
static bool ask_password(key_file *f)
{
    if (f->password || f->asked != PADES_OK) {
        return f->password != NULL;
    }
    const pades_pin_request request = {
        .token_label = f->name, .token_serial = "", .purpose = "open the key file"};
    secret *room = NULL;
    f->asked = f->opts->pin ? secret_new(&room, NULL) : PADES_PIN_REQUIRED;
    if (f->asked == PADES_OK) {
        pades_pin pin = {room};
        f->asked = f->opts->pin(f->opts->pin_user, &request, &pin);
    }
    if (f->asked != PADES_OK) {
        secret_free(room);
        return false;
    }
    secret_room(room)[secret_span(room).n] = 0;
    f->password = room;
    return true;
}

static pades_status fail_open(const key_file *f, pades_error **e)
{
    if (f->asked == PADES_PIN_REQUIRED) {
        (void)fail(e, PADES_PIN_REQUIRED,
                   "the key file '%s' wants a password and there is nobody to ask", f->name);
        return PADES_PIN_REQUIRED;
    }
    if (f->asked != PADES_OK) {
        return fail(e, f->asked, "no password was given for the key file '%s'", f->name);
    }
    if (f->password) {
        (void)fail(e, PADES_PIN_INCORRECT, "the key file '%s' does not open with this password",
                   f->name);
        (void)ossl_native(e);
        return PADES_PIN_INCORRECT;
    }
    (void)fail(e, PADES_KEY_NOT_FOUND, "'%s' is neither PKCS#12 nor PEM with a private key",
               f->name);
    (void)error_hint(e, "convert it with: openssl pkcs12 -export");
    return PADES_KEY_NOT_FOUND;
}

static int pem_password(char *out, int size, int writing, void *user)
{
    key_file *f = user;
    (void)writing;
    if (!ask_password(f) || secret_span(f->password).n > (size_t)size) {
        return -1;
    }
    span p = secret_span(f->password);
    memcpy(out, p.p, p.n);
    return (int)p.n;
}

static pades_status open_pem(key_file *f, pades_error **e)
{
    AUTO(BIO) *bio = BIO_new_mem_buf(f->text.p, (int)f->text.n);
    if (!bio) {
        return fail_memory(e);
    }
    f->key = PEM_read_bio_PrivateKey(bio, NULL, pem_password, f);
    if (!f->key) {
        return fail_open(f, e);
    }
    bool has_cert = span_find(buf_span(&f->text), span_str("CERTIFICATE-----"), 0) != SIZE_MAX;
    return has_cert ? certs_parse(buf_span(&f->text), &f->certs, &f->n, e) : PADES_OK;
}

static const char *p12_password(PKCS12 *p12, key_file *f)
{
    if (PKCS12_verify_mac(p12, NULL, 0) == 1) {
        return NULL;
    }
    if (PKCS12_verify_mac(p12, "", 0) == 1) {
        return "";
    }
    return ask_password(f) ? (const char *)secret_room(f->password) : "";
}

static pades_status keep_cert(key_file *f, X509 *x, pades_error **e)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    if (n <= 0) {
        return fail_memory(e);
    }
    pades_status status = pades_cert_new_der(der, (size_t)n, &f->certs[f->n], e);
    OPENSSL_free(der);
    f->n += status == PADES_OK ? 1 : 0;
    return status;
}

static pades_status keep_certs(key_file *f, X509 *leaf, STACK_OF(X509) * others, pades_error **e)
{
    int n = others ? sk_X509_num(others) : 0;
    f->certs = mem_array((size_t)n + 1, sizeof(pades_cert *));
    if (!f->certs) {
        return fail_memory(e);
    }
    if (leaf) {
        TRY(keep_cert(f, leaf, e));
    }
    for (int i = 0; i < n; i++) {
        TRY(keep_cert(f, sk_X509_value(others, i), e));
    }
    return PADES_OK;
}

static pades_status open_p12(key_file *f, pades_error **e)
{
    const unsigned char *p = f->text.p;
    AUTO(PKCS12) *p12 = f->text.n ? d2i_PKCS12(NULL, &p, (long)f->text.n) : NULL;
    if (!p12) {
        return fail_open(f, e);
    }
    X509 *leaf = NULL;
    STACK_OF(X509) *others = NULL;
    const char *password = p12_password(p12, f);
    if (f->asked != PADES_OK || PKCS12_parse(p12, password, &f->key, &leaf, &others) != 1) {
        return fail_open(f, e);
    }
    pades_status status = keep_certs(f, leaf, others, e);
    X509_free(leaf);
    sk_X509_pop_free(others, X509_free);
    return status;
}

/* Those of the options, after those of the file. */
static pades_status add_option_certs(key_file *f, pades_error **e)
{
    size_t cap = f->n;
    for (size_t i = 0; i < f->opts->certs_n; i++) {
        const buf *der = &f->opts->certs[i];
        if (!MEM_GROW(f->certs, f->n, cap)) {
            return fail_memory(e);
        }
        TRY(pades_cert_new_der(der->p, der->n, &f->certs[f->n], e));
        f->n++;
    }
    return PADES_OK;
}

static pades_status open_file(key_file *f, pades_error **e)
{
    bool pem =
        f->text.n > 0 && span_find(buf_span(&f->text), span_str("-----BEGIN "), 0) != SIZE_MAX;
    TRY(pem ? open_pem(f, e) : open_p12(f, e));
    if (!f->key) {
        return fail(e, PADES_KEY_NOT_FOUND, "there is no private key in '%s'", f->name);
    }
    return add_option_certs(f, e);
}

static const pades_cert *cert_of_key(const key_file *f)
{
    for (size_t i = 0; i < f->n; i++) {
        if (X509_check_private_key(cert_x509(f->certs[i]), f->key) == 1) {
            return f->certs[i];
        }
    }
    return NULL;
}

static pades_status make_signer(key_file *f, const pades_cert *leaf, pades_signer **ret,
                                pades_error **e)
{
    pades_cert **chain = NULL;
    size_t n = 0;
    TRY(path_order(leaf, (const pades_cert *const *)f->certs, f->n, &chain, &n, e));
    file_signer *s = mem_alloc(sizeof *s);
    pades_status status = s ? cert_ref(leaf, &s->cert, e) : fail_memory(e);
    if (status == PADES_OK) {
        s->key = TAKE(f->key);
        status = signer_new(&file_ops, s, (const pades_cert *const *)chain, n, f->name, ret, e);
    }
    if (status == PADES_OK) {
        (*ret)->ordered = true;
    } else if (s) {
        file_destroy(s);
    }
    certs_free(chain, n);
    return status;
}

static pades_status new_file(pades_ctx *ctx, const char *path, key_file *f, pades_signer **ret,
                             pades_error **e)
{
    TRY(read_file(ctx, path, f, e));
    TRY(open_file(f, e));
    const pades_cert *leaf = cert_of_key(f);
    if (!leaf) {
        (void)fail(e, PADES_CERT_NOT_FOUND, "no certificate in '%s' belongs to its private key",
                   f->name);
        (void)error_hint(e, "put the certificate in the same file as the key");
        return PADES_CERT_NOT_FOUND;
    }
    TRY(cert_check_signer(leaf, ctx_now(ctx), NULL, e));
    ctx_log(ctx, PADES_LOG_INFO, "the key of '%s', certificate %s, is in '%s'",
            pades_cert_subject(leaf), pades_cert_serial(leaf), f->name);
    return make_signer(f, leaf, ret, e);
}

pades_status pades_signer_new_file(pades_ctx *ctx, const char *path, const pades_token_opts *opts,
                                   pades_signer **ret_signer, pades_error **ret_error)
{
    if (!ctx || !path || !ret_signer) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a signer needs a context, a file and a place");
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    ctx_freeze(ctx);
    AUTO(mem_text) *name = escape_text(span_str(path), 0);
    AUTO_VAL(key_file) f = {.name = name, .text = BUF(KEY_FILE_MAX)};
    TRY(p11_opts(opts, &f.opts, ret_error));
    return name ? new_file(ctx, path, &f, ret_signer, ret_error) : fail_memory(ret_error);
}
