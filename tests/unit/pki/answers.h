/* OCSP answers and revocation lists made at run time with OpenSSL alone, right ones and wrong ones.
 * Whatever fails here ends the test. */
#ifndef UNIT_PKI_ANSWERS_H
#define UNIT_PKI_ANSWERS_H

#include "pki/made.h"

enum { HOUR = 3600, DAY_SECONDS = 86400 };

/* An extension of any OID around octets in hexadecimal, or by OpenSSL's name and value. */
typedef struct answer_ext {
    const char *name;  /* dotted, or as in openssl.cnf when value is no hexadecimal */
    const char *value; /* "hex:...", or as in openssl.cnf */
    bool critical;
} answer_ext;

typedef struct ocsp_spec {
    const made *about; /* the certificate */
    const made *issuer;
    const made *signer;    /* NULL: the issuer */
    bool no_certs, by_key; /* no certificate enclosed; ResponderID is a KeyHash */
    int extra_n;           /* how often; 0: once */
    const made *extra;     /* one more certificate */
    const char *id_md;     /* of the CertID; NULL: SHA1 */
    const char *md;        /* of the signature; NULL: SHA256, "": none */
    bool pss;
    int status; /* V_OCSP_CERTSTATUS_... */
    int reason; /* when revoked; -1: none */
    int64_t revoked_at;
    int64_t produced, from, to; /* 0: MADE_NOW, MADE_NOW - HOUR, MADE_NOW + DAY; to -1: none */
    const uint8_t *nonce;       /* 16 octets */
    answer_ext ext[3], single_ext[3];
    const made *also;  /* a second single, about this certificate, good */
    int64_t also_from; /* with also: its thisUpdate */
} ocsp_spec;
buf made_ocsp(const ocsp_spec *spec);
/* A response that is only a status. */
buf made_ocsp_status(int status);

typedef struct crl_spec {
    const made *issuer;
    const made *signer; /* NULL: the issuer */
    const char *md;     /* NULL: SHA256, "": none */
    bool pss, v1;
    int64_t from, to; /* as above */
    const made *revoked[4];
    int64_t revoked_at[4]; /* 0: MADE_NOW - DAY */
    int reason[4];         /* plus one; 0: none */
    answer_ext ext[4], entry_ext[4];
} crl_spec;
buf made_crl(const crl_spec *spec);

/* Hexadecimal to octets. */
buf from_hex(const char *hex);

#endif
