/* Is this token what was asked for, and who says so? Everything RFC 3161 2.4.2 wants of a client:
 * imprint, nonce and policy are those of the request, exactly one signer, whose certificate is
 * named by the signed ESSCertID (v1 or v2), is for time-stamping alone, was valid at genTime and
 * leads to an anchor of the context; issuers that the token does not bring are fetched from where
 * its certificates say. Without anchors that last step is a warning, never silence. */
#include "tsa/tsp_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "pki/issuers.h"
#include "pki/offline.h"
#include "pki/ossl.h"
#include <openssl/evp.h>

enum { CLOCK_SLACK = 300, END_NEAR = 60 * 86400, RSA_BITS_MIN = 2048, SHA1_SIZE = 20 };

void tsp_verified_free(tsp_verified *v)
{
    pades_cert_free(v->signer);
    buf_free(&v->warnings);
    *v = (tsp_verified){.warnings = BUF(0)};
}

static pades_status wrong(pades_error **e, const char *clause, const char *what)
{
    fail(e, PADES_TIMESTAMP_INVALID, "the timestamp token is not acceptable: %s", what);
    error_clause(e, clause);
    return PADES_TIMESTAMP_INVALID;
}

/* A failed check of ours is told as an invalid timestamp; running out of memory stays what it is.
 */
static pades_status because(pades_status status, const char *what, pades_error **e)
{
    if (status == PADES_OK || status == PADES_NO_MEMORY || status == PADES_CANCELLED) {
        return status;
    }
    return fail_wrap(e, PADES_TIMESTAMP_INVALID, "the timestamp token is not acceptable: %s", what);
}

/* clause: RFC3161#2.4.2 the client compares what it asked for with what it got */
static pades_status check_request(const tsp_token *t, const tsp_request *r, pades_error **e)
{
    span imprint = span_of(r->imprint, pades_digest_size(r->digest));
    span nonce = span_of(r->nonce, sizeof r->nonce);
    if (t->digest != r->digest || !span_eq(t->imprint, imprint)) {
        return wrong(e, "RFC3161#2.4.2", "its imprint is not the one that was sent");
    }
    while (nonce.n > 1 && nonce.p[0] == 0) {
        nonce = span_part(nonce, 1, nonce.n);
    }
    if (r->has_nonce && !span_eq(t->nonce, nonce)) {
        return wrong(e, "RFC3161#2.4.2",
                     t->nonce.n ? "its nonce is not the one that was sent"
                                : "the nonce that was sent is missing");
    }
    if (r->policy && strcmp(t->policy, r->policy) != 0) {
        return wrong(e, "RFC3161#2.4.2", "its policy is not the one that was asked for");
    }
    return PADES_OK;
}

static pades_status check_form(const cms_signed_data *s, pades_error **e)
{
    const cms_signer_info *si = &s->signer;
    if (s->signers != 1) {
        return wrong(e, "RFC3161#2.4.2",
                     s->signers ? "it has more than one signer" : "it is not signed");
    }
    if (si->signed_attrs.n == 0 || !der_oid_is(si->content_type, OID_TST_INFO)) {
        return wrong(e, "RFC5652#5.3", "its signed content-type is not that of a TSTInfo");
    }
    if (!si->signing_cert_v1 && !si->signing_cert_v2) {
        return wrong(e, "RFC3161#2.4.2",
                     "its signed attributes do not name the certificate of the signer");
    }
    if (si->digest == PADES_DIGEST_DEFAULT || !si->scheme) {
        return wrong(e, "RFC3161#2.4.2", "it is signed with an algorithm that is not accepted");
    }
    return PADES_OK;
}

static pades_status check_digest(const cms_signed_data *s, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    TRY(digest_once(s->signer.digest, s->content, hash, e));
    if (!span_eq(s->signer.message_digest, span_of(hash, pades_digest_size(s->signer.digest)))) {
        return wrong(e, "RFC5652#5.6", "its content was changed: the message digest does not fit");
    }
    return PADES_OK;
}

/* SHA-1 here only because ESSCertID (v1) has no other; the signature does not rest on it. */
static bool sha1_fits(span der, span hash)
{
    uint8_t sha1[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    return EVP_Digest(der.p, der.n, sha1, &n, EVP_sha1(), NULL) == 1 && n == SHA1_SIZE &&
           span_eq(hash, span_of(sha1, n));
}

/* clause: RFC5816#2.2.1 ESSCertIDv2, clause: RFC3161#2.4.2 ESSCertID: the hash is of the signer's
 * certificate */
static pades_status check_cert_id(const cms_signer_info *si, const pades_cert *signer,
                                  pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    bool fits = false;
    if (si->signing_cert_digest != PADES_DIGEST_DEFAULT) {
        TRY(digest_once(si->signing_cert_digest, cert_der(signer), hash, e));
        fits = span_eq(si->signing_cert_hash,
                       span_of(hash, pades_digest_size(si->signing_cert_digest)));
    } else if (si->signing_cert_v1 && !si->signing_cert_v2) {
        fits = sha1_fits(cert_der(signer), si->signing_cert_hash);
    }
    return fits ? PADES_OK
                : wrong(e, "RFC5816#2.2.1",
                        "the certificate of its signer is not the one its attributes name");
}

static pades_status check_signature(const cms_signed_data *s, const pades_cert *signer,
                                    pades_error **e)
{
    AUTO_VAL(buf) tbs = BUF(1U << 20);
    buf_add_byte(&tbs, DER_SET); /* clause: RFC5652#5.4 the explicit SET OF tag is what is signed */
    buf_add_span(&tbs, span_part(s->signer.signed_attrs, 1, s->signer.signed_attrs.n));
    TRY(buf_check(&tbs, "signed attributes", e));
    return because(cms_verify_signature(signer, s->signer.scheme, s->signer.digest, buf_span(&tbs),
                                        s->signer.signature, e),
                   "its signature is wrong", e);
}

/* clause: RFC3161#2.3 sole critical timeStamping usage */
static pades_status check_signer(const pades_cert *signer, int64_t at, pades_error **e)
{
    if (!cert_is_tsa_only(signer)) {
        (void)wrong(
            e, "RFC3161#2.3",
            "the certificate of its signer is not for time-stamping alone (extended key usage)");
        error_hint(e, "this is not a time-stamping authority; use another --tsa");
        return PADES_TIMESTAMP_INVALID;
    }
    if (at < pades_cert_not_before(signer) || at > pades_cert_not_after(signer)) {
        return wrong(e, "RFC5280#4.1.2.5",
                     "the certificate of its signer was not valid at its time");
    }
    if (cert_key_kind(signer) == KEY_RSA && cert_key_bits(signer) < RSA_BITS_MIN) {
        return wrong(e, "RFC3161#2.3", "its signer has an RSA key of less than 2048 bits");
    }
    return PADES_OK;
}

static void warn(buf *warnings, const char *line)
{
    buf_add_str(warnings, line);
    buf_add_byte(warnings, 0);
}

/* The signer is known already; what cannot be read among the others cannot help a path. */
static size_t pool_of(const cms_signed_data *s, const pades_cert *signer, pades_cert **pool)
{
    size_t n = 0;
    for (size_t i = 0; i < s->certs_n; i++) {
        if (!span_eq(s->certs[i], cert_der(signer)) &&
            pades_cert_new_der(s->certs[i].p, s->certs[i].n, &pool[n], NULL) == PADES_OK) {
            n++;
        }
    }
    return n;
}

/* Where issuers come from that a token lacks. */
typedef struct issuers_from {
    pades_control *control;
    const char *offline; /* a folder; NULL: they are fetched */
} issuers_from;

static pades_status add_issuer(void *user, evidence_kind kind, view der, pades_error **e)
{
    AUTO(pades_cert) *cert = NULL;
    if (kind != EVIDENCE_CERT || pades_cert_new_der(der.s.p, der.s.n, &cert, NULL) != PADES_OK) {
        return PADES_OK;
    }
    return issuers_add(user, cert, NULL, e);
}

/* Many authorities send the certificate of their unit alone, as RFC 3161 allows. */
static pades_status fetch_path(pades_ctx *ctx, const pades_cert *signer,
                               const pades_cert *const *pool, size_t n, int64_t at,
                               const issuers_from *from, pades_error **e)
{
    cert_path path;
    asking by = {.ctx = ctx, .control = from->control};
    AUTO(issuers) *is = NULL;
    TRY(issuers_new(&by, from->offline != NULL, &is, e));
    for (size_t i = 0; i < n; i++) {
        TRY(issuers_add(is, pool[i], NULL, e));
    }
    if (from->offline) {
        TRY(offline_read(ctx, from->offline, add_issuer, is, e));
    }
    return issuers_path(is, signer, PATH_TIMESTAMP, at, 0, &path, e);
}

/* With what the token brings where that is enough: nobody is asked then. */
static pades_status find_path(pades_ctx *ctx, const pades_cert *signer,
                              const pades_cert *const *pool, size_t n, int64_t at,
                              const issuers_from *from, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    pades_status status = path_check(ctx, signer, pool, n, at, PATH_TIMESTAMP, NULL, &why);
    if (status == PADES_CERT_INVALID) {
        return fetch_path(ctx, signer, pool, n, at, from, e);
    }
    if (e && status != PADES_OK) {
        *e = TAKE(why);
    }
    return status;
}

static pades_status check_path(pades_ctx *ctx, const cms_signed_data *s, tsp_verified *v,
                               const issuers_from *from, pades_error **e)
{
    if (ctx->anchors_n == 0) {
        AUTO_VAL(buf) line = BUF(1U << 20);
        buf_addf(
            &line,
            "no --trust given: the time-stamping authority '%s' was not checked against an anchor",
            pades_cert_common_name(v->signer));
        buf_add_byte(&line, 0);
        buf_add_span(&v->warnings, buf_span(&line));
        v->warnings.failed = v->warnings.failed || line.failed;
        return PADES_OK;
    }
    pades_cert **pool = mem_array(s->certs_n, sizeof(pades_cert *));
    if (!pool) {
        return fail_memory(e);
    }
    size_t n = pool_of(s, v->signer, pool);
    pades_status status =
        find_path(ctx, v->signer, (const pades_cert *const *)pool, n, v->time, from, e);
    certs_free(pool, n);
    return because(status, "its signer does not lead to a trust anchor", e);
}

static void check_clock(const pades_ctx *ctx, int64_t time, buf *warnings)
{
    int64_t now = ctx_now(ctx);
    if (now - time > CLOCK_SLACK || time - now > CLOCK_SLACK) {
        char theirs[TIME_TEXT];
        char ours[TIME_TEXT];
        time_rfc3339(time, theirs);
        time_rfc3339(now, ours);
        buf_addf(warnings,
                 "the clock of this computer (%s) and the timestamp (%s) differ by more than five "
                 "minutes",
                 ours, theirs);
        warn(warnings, "");
    }
}

/* Without validation data a timestamp counts for as long as its signer's certificate is valid. */
static void check_end(const tsp_verified *v, buf *warnings)
{
    int64_t end = pades_cert_not_after(v->signer);
    if (end - v->time < END_NEAR) {
        char text[TIME_TEXT];
        time_rfc3339(end, text);
        buf_addf(warnings,
                 "the certificate of the time-stamping authority '%s' expires soon (%s), and with "
                 "it the timestamp, unless level lt or lta is reached before",
                 pades_cert_common_name(v->signer), text);
        warn(warnings, "");
    }
}

static pades_status find_signer(const cms_signed_data *s, pades_cert **ret, pades_error **e)
{
    TRY(because(cms_find_signer(s, NULL, 0, ret, e), "the certificate of its signer cannot be read",
                e));
    return *ret ? PADES_OK : wrong(e, "RFC3161#2.4.1", "the certificate of its signer is missing");
}

/* Everything that the token itself tells. */
static pades_status check_token(span token, const tsp_request *request, cms_signed_data *s,
                                tsp_verified *v, bool *ret_sound, pades_error **e)
{
    tsp_token t;
    TRY(tsp_token_cms(token, s, e));
    TRY(tsp_token_info(token, s, &t, e));
    TRY(check_request(&t, request, e));
    TRY(check_form(s, e));
    TRY(check_digest(s, e));
    TRY(find_signer(s, &v->signer, e));
    TRY(check_cert_id(&s->signer, v->signer, e));
    TRY(check_signature(s, v->signer, e));
    v->time = t.time;
    memcpy(v->serial, t.serial, sizeof v->serial);
    *ret_sound = true;
    return check_signer(v->signer, t.time, e);
}

pades_status tsp_token_verify(pades_ctx *ctx, span token, const tsp_request *request,
                              pades_control *control, tsp_verified *ret, pades_error **e)
{
    AUTO_VAL(cms_signed_data) s = {0};
    AUTO_VAL(tsp_verified) v = {.warnings = BUF(1U << 20)};
    bool sound = false;
    ctx_freeze(ctx);
    TRY(check_token(token, request, &s, &v, &sound, e));
    const issuers_from from = {control, request->offline};
    TRY(check_path(ctx, &s, &v, &from, e));
    check_clock(ctx, v.time, &v.warnings);
    check_end(&v, &v.warnings);
    TRY(buf_check(&v.warnings, "warnings", e));
    *ret = v;
    v = (tsp_verified){.warnings = BUF(0)};
    return PADES_OK;
}

pades_status tsp_token_check(pades_ctx *ctx, span token, pades_digest alg, const uint8_t *imprint,
                             tsp_verified *ret, bool *ret_sound, pades_error **e)
{
    AUTO_VAL(cms_signed_data) s = {0};
    AUTO_VAL(tsp_verified) v = {.warnings = BUF(0)};
    tsp_request r = {.digest = alg};
    memcpy(r.imprint, imprint, pades_digest_size(alg));
    *ret_sound = false;
    ctx_freeze(ctx);
    TRY(check_token(token, &r, &s, &v, ret_sound, e));
    *ret = v;
    v = (tsp_verified){.warnings = BUF(0)};
    return PADES_OK;
}
