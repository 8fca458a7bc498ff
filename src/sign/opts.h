/* Options of a seal and the bounds checks on them. */
#ifndef SIGN_OPTS_H
#define SIGN_OPTS_H

#include "base/control.h"
#include "pdf/lock.h"
#include "pki/cert.h"
#include <pades/sign.h>

/* A form field to be filled. */
typedef struct opts_fill {
    char *name, *value;
} opts_fill;

struct pades_sign_opts {
    pades_level level; /* 0: T with a TSA, else B */
    pades_digest digest;
    bool pss, allow_gaps;
    int certification; /* 0: none */
    pdf_lock lock;     /* PDF_LOCK_NONE: none */
    bool drop_usage_rights;
    const pades_tsa **tsas;
    size_t tsas_n, tsas_cap;
    char *field, *name, *reason, *location, *contact, *commitment, *document;
    int utc_offset;
    size_t reserve;
    pades_control *control;
    pades_cert **certs;
    size_t certs_n, certs_cap;
    char *ocsp_url; /* instead of the certificates' own; NULL: theirs */
    bool aia;       /* issuers that are missing are fetched for the CMS */
    char *offline;  /* folder of evidence; NULL: the network */
    bool adbe;      /* adbe.pkcs7.detached instead of ETSI.CAdES.detached */
    bool prefer_crl, allow_partial, allow_cached, vri;
    uint32_t wait_fresh; /* seconds */
    opts_fill *fills;
    size_t fills_n, fills_cap;
    const char *bad; /* what the first bad setter was about; a literal */
    bool no_memory;
};

/* What a bad setter left behind. */
pades_status opts_check(const pades_sign_opts *opts, pades_error **e) MUST_USE;
/* That, and combinations that no signature can have. */
pades_status opts_check_signing(const pades_sign_opts *opts, pades_error **e) MUST_USE;
/* A level that needs a timestamp, without anybody to ask. */
pades_status opts_check_tsa(const pades_sign_opts *opts, const char *what,
                            pades_error **e) MUST_USE;
pades_level opts_level(const pades_sign_opts *opts);
const char *opts_sub_filter(const pades_sign_opts *opts);

#endif
