/* Keys, certificates and timestamp tokens made at run time with OpenSSL alone, for the tests of the
 * pki, cms and tsa rooms. Whatever fails here ends the test. */
#ifndef UNIT_PKI_MADE_H
#define UNIT_PKI_MADE_H

#include "base/fail.h" /* before cmocka, whose fail() is a macro */
#include "base/mem.h"
#include "pki/cert.h"
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct made {
    EVP_PKEY *key;
    X509 *x;
    pades_cert *cert; /* NULL when it was made with `raw` */
} made;

typedef struct made_ext {
    const char *name; /* as in openssl.cnf */
    const char *value;
} made_ext;

typedef struct made_spec {
    const char
        *key; /* "P-256", "P-384", "P-521", "secp256k1", "RSA:2048", "ED25519"; NULL: P-256 */
    const char *cn;
    int64_t from, to; /* 0: a day ago, in a year */
    made_ext ext[8];
    bool sha1;
    bool no_md;         /* the key's algorithm has its own */
    span serial;        /* big-endian; empty: unpredictable */
    bool raw;           /* no pades_cert of it */
    X509_NAME *subject; /* instead of cn; taken over */
} made_spec;

/* issuer NULL: self-signed. */
made made_cert(const made_spec *spec, const made *issuer);
void made_free(made *m);
/* A root and what it is allowed to do. */
made made_root(const char *cn);
made made_tsa(const char *cn, const made *issuer);
/* `sign`s octets as CMS wants it. */
buf made_signature(const made *m, pades_scheme scheme, pades_digest digest, span tbs);

typedef struct made_token {
    const made *signer;
    const made *second; /* a second SignerInfo */
    const made *extra;  /* one more certificate */
    pades_digest imprint_digest;
    span imprint;
    span nonce;       /* magnitude; empty: none */
    const char *time; /* GeneralizedTime */
    const char *policy;
    const char *econtent; /* dotted; NULL: id-ct-TSTInfo */
    const char *md;       /* NULL: SHA256 */
    span tail;            /* elements after genTime instead of the nonce */
    unsigned cms_flags;   /* added */
    bool no_ess;
} made_token;
/* A TimeStampToken by OpenSSL's CMS. */
buf made_token_der(const made_token *spec);

/* The error's message, then frees it; for assertions. */
void assert_fails(pades_status got, pades_status want, pades_error **e, const char *part);
#define MADE_TIME "20260601120000Z"
#define MADE_NOW 1780315200 /* the same */

#endif
