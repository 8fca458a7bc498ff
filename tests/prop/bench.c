/* See bench.h. The verification here uses the library's reader and CMS parser but OpenSSL's own CMS
 * for the judgement. */
#include "bench.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/fields.h"

#include <openssl/cms.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench: %s\n", what);
        exit(2);
    }
}

static pades_status key_signs(void *user, const pades_sign_request *request, void *signature,
                              size_t capacity, size_t *ret_n)
{
    const prop_bench *b = user;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, b->key) == 1;
    *ret_n = capacity;
    ok = ok && EVP_DigestSign(md, signature, ret_n, request->tbs, request->tbs_n) == 1;
    EVP_MD_CTX_free(md);
    return ok ? PADES_OK : PADES_TOKEN_ERROR;
}

static X509 *make_x509(EVP_PKEY *key)
{
    X509 *x = X509_new();
    need(x && X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 4711),
         "certificate");
    X509_gmtime_adj(X509_getm_notBefore(x), -86400);
    X509_gmtime_adj(X509_getm_notAfter(x), 400L * 86400);
    X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"Property seal",
                               -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_EXTENSION *usage =
        X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,nonRepudiation");
    X509_add_ext(x, usage, -1);
    X509_EXTENSION_free(usage);
    need(X509_sign(x, key, EVP_sha256()) > 0, "signing the certificate");
    return x;
}

void prop_bench_start(prop_bench *b)
{
    unsigned char *der = NULL;
    *b = (prop_bench){.key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")};
    need(b->key != NULL, "key");
    b->x = make_x509(b->key);
    int n = i2d_X509(b->x, &der);
    need(n > 0 && pades_cert_new_der(der, (size_t)n, &b->cert, NULL) == PADES_OK,
         "reading the certificate");
    OPENSSL_free(der);
    const pades_cert *chain[] = {b->cert};
    need(pades_ctx_new(&b->ctx, NULL) == PADES_OK &&
             pades_sign_opts_new(&b->opts, NULL) == PADES_OK &&
             pades_signer_new_callback(b->ctx, chain, 1, key_signs, b, &b->signer, NULL) ==
                 PADES_OK,
         "objects");
}

void prop_bench_end(prop_bench *b)
{
    pades_signer_free(b->signer);
    pades_sign_opts_free(b->opts);
    pades_ctx_free(b->ctx);
    pades_cert_free(b->cert);
    X509_free(b->x);
    EVP_PKEY_free(b->key);
}

span prop_bytes(const pades_sink *sink)
{
    size_t n = 0;
    const void *p = pades_sink_bytes(sink, &n);
    return span_of(p, p ? n : 0);
}

static pades_status open_source(const prop_bench *b, span in, pades_source **ret, pades_error **e)
{
    TRY(pades_source_new_memory(in.p, in.n, ret, e));
    return pades_source_set_password(*ret, b->password.p, b->password.n, e);
}

pades_status prop_seal(const prop_bench *b, span in, pades_sink **ret_sink, pades_error **e)
{
    AUTO(pades_source) *source = NULL;
    pades_sink *sink = NULL;
    TRY(open_source(b, in, &source, e));
    TRY(pades_sink_new_memory(&sink, e));
    pades_status status = pades_sign(b->ctx, source, sink, b->signer, b->opts, NULL, e);
    if (status != PADES_OK) {
        if (prop_bytes(sink).p) {
            fprintf(stderr, "a failed seal gave bytes\n");
            exit(2);
        }
        pades_sink_free(sink);
        return status;
    }
    *ret_sink = sink;
    return PADES_OK;
}

static bool verify_one(const prop_bench *b, span file, const pdf_signature *s)
{
    const unsigned char *p = s->contents.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)s->contents.n);
    BIO *content = BIO_new(BIO_s_mem());
    STACK_OF(X509) *certs = sk_X509_new_null();
    bool ok = s->byte_range_ok && cms && content && certs && sk_X509_push(certs, b->x) > 0;
    ok = ok && BIO_write(content, file.p, (int)s->byte_range[1]) == (int)s->byte_range[1];
    ok = ok && BIO_write(content, file.p + s->byte_range[2], (int)s->byte_range[3]) ==
                   (int)s->byte_range[3];
    ok = ok &&
         CMS_verify(cms, certs, NULL, content, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
    sk_X509_free(certs);
    BIO_free(content);
    CMS_ContentInfo_free(cms);
    return ok;
}

static size_t verify_fields(const prop_bench *b, pdf_file *f, const pdf_fields *fields, span file)
{
    size_t good = 0;
    for (size_t i = 0; i < fields->n; i++) {
        AUTO(pdf_pool) *pool = NULL;
        pdf_signature s = {0};
        if (strcmp(fields->items[i].type, "Sig") != 0 || !fields->items[i].has_value) {
            continue;
        }
        need(pdf_pool_new(1 << 20, &pool, NULL) == PADES_OK, "pool");
        if (pdf_signature_read(f, &fields->items[i], pool, &s, NULL) == PADES_OK &&
            verify_one(b, file, &s)) {
            good++;
        } else {
            fprintf(stderr, "signature '%s' does not verify\n", fields->items[i].name);
        }
        pdf_signature_free(&s);
    }
    return good;
}

bool prop_verify(const prop_bench *b, span out, size_t signatures)
{
    AUTO(pades_source) *source = NULL;
    AUTO(pdf_file) *f = NULL;
    pdf_fields fields = {0};
    pades_error *e = NULL;
    pades_status status = open_source(b, out, &source, &e);
    status = status ? status : pdf_file_open(b->ctx, source, &f, &e);
    status = status ? status : pdf_fields_read(f, &fields, &e);
    size_t good = status == PADES_OK ? verify_fields(b, f, &fields, out) : 0;
    pdf_fields_free(&fields);
    if (status != PADES_OK || good != signatures) {
        fprintf(stderr, "%zu of %zu signatures: %s\n", good, signatures, pades_error_message(e));
    }
    pades_error_free(e);
    return status == PADES_OK && good == signatures;
}

span prop_read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        return span_of(NULL, 0);
    }
    long n = ftell(f);
    uint8_t *p = malloc(n > 0 ? (size_t)n : 1);
    rewind(f);
    bool ok = p && fread(p, 1, (size_t)n, f) == (size_t)n;
    fclose(f);
    return ok ? span_of(p, (size_t)n) : span_of(NULL, 0);
}
