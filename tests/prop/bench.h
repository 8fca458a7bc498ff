/* A key, its certificate and a context for the property tests: sealing in memory with P-256. */
#ifndef TESTS_PROP_BENCH_H
#define TESTS_PROP_BENCH_H

#include "base/buf.h"
#include "pki/cert.h"
#include <openssl/evp.h>
#include <pades/pades.h>

typedef struct prop_bench {
    EVP_PKEY *key;
    X509 *x;
    pades_cert *cert;
    pades_ctx *ctx;
    pades_signer *signer;
    pades_sign_opts *opts;
    span password; /* of the documents; empty: none */
} prop_bench;

/* Ends the process when something of the bench itself fails. */
void prop_bench_start(prop_bench *b);
void prop_bench_end(prop_bench *b);
/* Seals `in`; the output is in *ret_sink (freed by the caller) when it gives PADES_OK. */
pades_status prop_seal(const prop_bench *b, span in, pades_sink **ret_sink, pades_error **e);
/* Every signature of `out` verifies, none is missing: `signatures` of them. False with a line on
 * stderr otherwise. */
bool prop_verify(const prop_bench *b, span out, size_t signatures);
span prop_bytes(const pades_sink *sink);
/* The whole file; p NULL when it cannot be read. Freed with free(). */
span prop_read_file(const char *path);

#endif
