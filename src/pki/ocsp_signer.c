/* Who signed an OCSP answer: the issuer of the certificate itself, or a responder whose certificate
 * the issuer signed for this purpose. Nobody else is believed, whoever he chains to. Clause: RFC
 * 6960 4.2.2.2. */
#include "pki/ocsp_impl.h"

enum { TRIES = 8, ENCLOSED_MAX = 32 };

static bool is_responder(const ocsp_basic *b, const pades_cert *cert)
{
    return b->by_key ? ocsp_key_hash_fits(b->responder, cert)
                     : name_same(b->responder, cert_subject_der(cert));
}

/* clause: RFC6960#4.2.2.2 issued directly by the CA named in the request, and for this purpose */
static pades_status check_delegate(const ocsp_basic *b, const pades_cert *cert,
                                   const pades_cert *issuer, pades_error **e)
{
    const char *name = pades_cert_common_name(cert);
    if (!cert_may_sign_ocsp(cert)) {
        return rev_wrong(e, OCSP_WHAT, "RFC6960#4.2.2.2",
                         "its signer '%s' is not named for signing OCSP answers", name);
    }
    pades_status status = signed_by(cert, issuer, e);
    if (status == PADES_CERT_INVALID || status == PADES_SIGNATURE_WRONG) {
        return fail_wrap(
            e, PADES_SERVICE_FAILED,
            OCSP_WHAT " is not acceptable: its signer '%s' is a stranger to the issuer", name);
    }
    TRY(status);
    if (b->produced_at < pades_cert_not_before(cert) ||
        b->produced_at > pades_cert_not_after(cert)) {
        return rev_wrong(e, OCSP_WHAT, "RFC5280#4.1.2.5",
                         "its signer '%s' was not valid when it was made", name);
    }
    return PADES_OK;
}

static pades_status try_delegate(const ocsp_basic *b, const pades_cert *cert,
                                 const pades_cert *issuer, pades_error **e)
{
    TRY(check_delegate(b, cert, issuer, e));
    return signed_verify(&b->parts, cert, OCSP_WHAT, e);
}

/* The search ends with the first that fits; a failure of an earlier one is told when none does. */
typedef struct search {
    const ocsp_basic *basic;
    const pades_cert *issuer;
    size_t tried;
    bool found;
    pades_status status; /* of the first that failed */
    pades_error **e;
} search;

static bool may_go_on(const search *s)
{
    return !s->found && s->tried < TRIES && s->status != PADES_NO_MEMORY;
}

static void note(search *s, pades_status status, pades_error **why)
{
    s->tried++;
    s->found = status == PADES_OK;
    if (s->found || s->status == PADES_OK || status == PADES_NO_MEMORY) {
        error_clear(s->e);
        s->status = status;
        if (s->e) {
            *s->e = TAKE(*why);
        }
    }
}

static void try_one(search *s, const pades_cert *cert)
{
    AUTO(pades_error) *why = NULL;
    bool issuer = span_eq(cert_spki(cert), cert_spki(s->issuer)) &&
                  name_same(cert_subject_der(cert), cert_subject_der(s->issuer));
    if (issuer || !is_responder(s->basic, cert)) {
        return;
    }
    note(s, try_delegate(s->basic, cert, s->issuer, &why), &why);
}

static void try_issuer(search *s)
{
    AUTO(pades_error) *why = NULL;
    if (is_responder(s->basic, s->issuer)) {
        note(s, signed_verify(&s->basic->parts, s->issuer, OCSP_WHAT, &why), &why);
    }
}

/* A certificate in the answer whose outer shape is not even one is passed over, as are others. */
static pades_status try_enclosed(search *s, pades_cert **ret)
{
    reader r = reader_of(s->basic->certs);
    der_tlv t;
    for (int i = 0; i < ENCLOSED_MAX && may_go_on(s) && reader_left(&r) > 0; i++) {
        if (!der_expect(&r, DER_SEQUENCE, &t)) {
            break;
        }
        AUTO(pades_cert) *cert = NULL;
        pades_status status = pades_cert_new_der(t.whole.p, t.whole.n, &cert, NULL);
        if (status == PADES_NO_MEMORY) {
            return fail_memory(s->e);
        }
        if (status == PADES_OK) {
            try_one(s, cert);
        }
        if (s->found) {
            *ret = TAKE(cert);
        }
    }
    return PADES_OK;
}

static pades_status try_pool(search *s, const pades_cert *const *pool, size_t n, pades_cert **ret)
{
    const ocsp_basic *b = s->basic;
    for (size_t i = 0; i < n && may_go_on(s); i++) {
        /* Octets here: decoding a large pool's names again and again would take long. */
        if (b->by_key || span_eq(b->responder, cert_subject_der(pool[i]))) {
            try_one(s, pool[i]);
        }
        if (s->found) {
            return cert_ref(pool[i], ret, s->e);
        }
    }
    return PADES_OK;
}

pades_status ocsp_find_signer(const ocsp_basic *basic, const pades_cert *issuer,
                              const pades_cert *const *pool, size_t n, pades_cert **ret,
                              pades_error **e)
{
    AUTO(pades_cert) *signer = NULL;
    search s = {.basic = basic, .issuer = issuer, .e = e};
    try_issuer(&s);
    if (!s.found) {
        TRY(try_enclosed(&s, &signer));
    }
    if (!s.found) {
        TRY(try_pool(&s, pool, n, &signer));
    }
    if (!s.found && s.status == PADES_OK) {
        return rev_wrong(e, OCSP_WHAT, "RFC6960#4.2.2.2",
                         "the certificate of its signer is missing");
    }
    if (!s.found) {
        return s.status;
    }
    *ret = TAKE(signer);
    return PADES_OK;
}
