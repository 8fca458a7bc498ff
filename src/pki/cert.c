/* One certificate: read by our strict reader, and by OpenSSL at once or when a question needs that;
 * then never changed, so it may be shared by any number of threads. It says what the certificate
 * claims, not whether that is true. Clause: RFC 5280 4.1. */
#include "pki/cert_impl.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pki/ossl.h"

static void data_free(cert_data *d)
{
    if (!d || atomic_fetch_sub(&d->refs, 1) != 1) {
        return;
    }
    X509_free(atomic_load(&d->x));
    EVP_PKEY_free(atomic_load(&d->key));
    mem_free(d->der);
    mem_free(d->subject);
    mem_free(d->issuer);
    mem_free(d->common_name);
    mem_free(d->serial);
    mem_free(d->key_type);
    mem_free(d);
}
DEFINE_AUTO(cert_data, data_free)

static pades_status copy_der(cert_data *d, span der, pades_error **e)
{
    if (der.n == 0 || der.n > CERT_MAX) {
        return fail(e, PADES_CERT_INVALID, "%s",
                    der.n ? "the certificate is too large" : "the certificate is empty");
    }
    d->der = mem_alloc(der.n);
    if (!d->der) {
        return fail_memory(e);
    }
    memcpy(d->der, der.p, der.n);
    d->n = der.n;
    return PADES_OK;
}

/* NULL when OpenSSL does not read all of it. */
static X509 *decode(const cert_data *d)
{
    const unsigned char *p = d->der;
    X509 *x = d2i_X509(NULL, &p, (long)d->n);
    if (x && p != d->der + d->n) {
        X509_free(x);
        x = NULL;
    }
    return x;
}

/* Quickly: that OpenSSL would read it; else it does. */
static pades_status read_second(cert_data *d, bool quick, pades_error **e)
{
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    X509 *x = quick ? NULL : decode(d);
    atomic_init(&d->x, x);
    atomic_init(&d->key, NULL);
    if (!x && !(quick && cert_shape_is_known(span_of(d->der, d->n)))) {
        fail(e, PADES_CERT_INVALID, "the certificate cannot be decoded");
        ossl_native(e);
        return PADES_CERT_INVALID;
    }
    return PADES_OK;
}

static pades_status read_first(cert_data *d, pades_error **e)
{
    if (!cert_fields_parse(span_of(d->der, d->n), &d->f)) {
        return fail(e, PADES_CERT_INVALID, "not a certificate in DER (RFC 5280)");
    }
    if (!usage_read(d->f.exts, &d->usage)) {
        fail(e, PADES_CERT_INVALID,
             "a usage extension of the certificate is malformed or there twice");
        error_clause(e, "RFC5280#4.2");
        return PADES_CERT_INVALID;
    }
    d->qc = qc_read(d->f.exts);
    return PADES_OK;
}

static pades_status describe_serial(cert_data *d, pades_error **e)
{
    span s = d->f.serial;
    while (s.n > 1 && s.p[0] == 0) { /* the octet that keeps the number positive */
        s = span_part(s, 1, s.n);
    }
    AUTO_VAL(buf) text = BUF(2 * (size_t)CERT_MAX);
    buf_add_hex(&text, s, true);
    d->serial = buf_take_text(&text);
    return d->serial ? PADES_OK : fail_memory(e);
}

static pades_status describe_fingerprint(cert_data *d, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    TRY(digest_once(PADES_DIGEST_SHA256, span_of(d->der, d->n), hash, e));
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) {
        d->fingerprint[2 * i] = hex[hash[i] >> 4];
        d->fingerprint[2 * i + 1] = hex[hash[i] & 15];
    }
    d->fingerprint[64] = 0;
    return PADES_OK;
}

static pades_status describe(cert_data *d, pades_error **e)
{
    TRY(name_text(d->f.subject, &d->subject, e));
    TRY(name_text(d->f.issuer, &d->issuer, e));
    TRY(name_common(d->f.subject, &d->common_name, e));
    TRY(key_describe(d->f.spki, &d->kind, &d->bits, &d->key_type, e));
    TRY(describe_serial(d, e));
    return describe_fingerprint(d, e);
}

static pades_status handle_new(cert_data *d, pades_cert **ret, pades_error **e)
{
    pades_cert *cert = mem_alloc(sizeof *cert);
    if (!cert) {
        return fail_memory(e);
    }
    cert->d = d;
    *ret = cert;
    return PADES_OK;
}

static pades_status cert_new(span der, bool quick, pades_cert **ret, pades_error **e)
{
    AUTO(cert_data) *d = mem_alloc(sizeof *d);
    if (!d) {
        return fail_memory(e);
    }
    atomic_init(&d->refs, 1);
    TRY(copy_der(d, der, e));
    TRY(read_first(d, e));
    TRY(read_second(d, quick, e));
    TRY(describe(d, e));
    TRY(handle_new(d, ret, e));
    (void)TAKE(d);
    return PADES_OK;
}

pades_status cert_new_quick(span der, pades_cert **ret, pades_error **e)
{
    return cert_new(der, true, ret, e);
}

pades_status pades_cert_new_der(const void *der, size_t n, pades_cert **ret_cert,
                                pades_error **ret_error)
{
    if (!der || !ret_cert) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a certificate without bytes or place");
    }
    return cert_new(span_of(der, n), false, ret_cert, ret_error);
}

pades_status cert_ref(const pades_cert *cert, pades_cert **ret, pades_error **e)
{
    TRY(handle_new(cert->d, ret, e));
    atomic_fetch_add(&cert->d->refs, 1);
    return PADES_OK;
}

void pades_cert_free(pades_cert *cert)
{
    if (cert) {
        data_free(cert->d);
        mem_free(cert);
    }
}

const void *pades_cert_der(const pades_cert *cert, size_t *ret_n)
{
    if (ret_n) {
        *ret_n = cert->d->n;
    }
    return cert->d->der;
}

const char *pades_cert_subject(const pades_cert *cert)
{
    return cert->d->subject;
}

const char *pades_cert_issuer(const pades_cert *cert)
{
    return cert->d->issuer;
}

const char *pades_cert_common_name(const pades_cert *cert)
{
    return cert->d->common_name;
}

const char *pades_cert_serial(const pades_cert *cert)
{
    return cert->d->serial;
}

int64_t pades_cert_not_before(const pades_cert *cert)
{
    return cert->d->f.not_before;
}

int64_t pades_cert_not_after(const pades_cert *cert)
{
    return cert->d->f.not_after;
}

const char *pades_cert_fingerprint(const pades_cert *cert)
{
    return cert->d->fingerprint;
}

const char *pades_cert_key_type(const pades_cert *cert)
{
    return cert->d->key_type;
}

/* Of two threads that ask at once, one made it for nothing. */
X509 *cert_x509(const pades_cert *cert)
{
    cert_data *d = cert->d;
    X509 *x = atomic_load(&d->x);
    if (x) {
        return x;
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    X509 *made = decode(d);
    if (atomic_compare_exchange_strong(&d->x, &x, made)) {
        return made;
    }
    X509_free(made);
    return x;
}

EVP_PKEY *cert_key(const pades_cert *cert)
{
    cert_data *d = cert->d;
    EVP_PKEY *key = atomic_load(&d->key);
    X509 *x = atomic_load(&d->x);
    if (key || x) {
        return key ? key : X509_get0_pubkey(x);
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    EVP_PKEY *made = spki_key(d->f.spki, d->kind);
    if (!made) { /* of another kind, or none at all */
        x = cert_x509(cert);
        return x ? X509_get0_pubkey(x) : NULL;
    }
    if (atomic_compare_exchange_strong(&d->key, &key, made)) {
        return made;
    }
    EVP_PKEY_free(made);
    return key;
}

span cert_der(const pades_cert *cert)
{
    return span_of(cert->d->der, cert->d->n);
}

key_kind cert_key_kind(const pades_cert *cert)
{
    return cert->d->kind;
}

unsigned cert_key_bits(const pades_cert *cert)
{
    return cert->d->bits;
}

span cert_spki(const pades_cert *cert)
{
    return cert->d->f.spki;
}

span cert_issuer_der(const pades_cert *cert)
{
    return cert->d->f.issuer;
}

span cert_subject_der(const pades_cert *cert)
{
    return cert->d->f.subject;
}

span cert_algorithm_der(const pades_cert *cert)
{
    return cert->d->f.algorithm;
}

span cert_serial_der(const pades_cert *cert)
{
    return cert->d->f.serial;
}

bool cert_same(const pades_cert *a, const pades_cert *b)
{
    return a->d == b->d || span_eq(cert_der(a), cert_der(b));
}

bool cert_is_self_issued(const pades_cert *cert)
{
    return span_eq(cert->d->f.issuer, cert->d->f.subject);
}
