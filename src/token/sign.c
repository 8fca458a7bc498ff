/* One signature: C_SignInit, the context login where the key wants it, C_Sign with a buffer that is
 * big enough. Nothing comes in between, least of all a question for the length: some tokens drop
 * the operation then. Whatever fails, the session is replaced. */
#include "token/internal.h"

#include "base/fail.h"

#include <stdio.h>

typedef struct sign_job {
    pades_scheme scheme;
    pades_digest digest;
    span tbs, hash;
    const char *document;
    bool context; /* with a login of its own, by `hand` */
    pin_hand hand;
    p11_sign_stage stage; /* how far the last attempt came */
    buf *out;
} sign_job;

/* clause: PKCS11-2.40#2.3.1 ECDSA takes the leftmost bits of the digest: some tokens refuse more */
static span ecdsa_input(const p11_key *k, span hash)
{
    return span_part(hash, 0, k->pub.coordinate);
}

static void add_input(const p11_key *k, const sign_job *job, const p11_mech *mech, buf *data)
{
    if (mech->over_tbs) {
        buf_add_span(data, job->tbs);
    } else if (job->scheme == PADES_SCHEME_RSA_PKCS1) {
        p11_digest_info(data, job->digest, job->hash);
    } else {
        buf_add_span(data,
                     job->scheme == PADES_SCHEME_ECDSA ? ecdsa_input(k, job->hash) : job->hash);
    }
}

/* What became of the PIN in it. */
static CK_RV login_answer(const p11_sign_call *call, CK_RV rv)
{
    bool no_answer = rv == P11_RV_DIED || rv == P11_RV_SILENT || rv == P11_RV_STOPPED;
    if (call->stage == P11_STAGE_SIGN) {
        return CKR_OK;
    }
    return call->stage == P11_STAGE_LOGIN || no_answer ? rv : P11_RV_FORKED;
}

static CK_RV attempt(p11_key *k, sign_job *job, p11_mech *mech)
{
    CK_MECHANISM m = {mech->type, mech->has_pss ? &mech->pss : NULL,
                      mech->has_pss ? sizeof mech->pss : 0};
    AUTO_VAL(buf) data = BUF(P11_MAX_VALUE);
    add_input(k, job, mech, &data);
    buf_clear(job->out);
    CK_BYTE *room = buf_extend(job->out, P11_MAX_SIGNATURE);
    job->stage = P11_STAGE_INIT;
    if (!room || !buf_ok(&data)) {
        return CKR_HOST_MEMORY;
    }
    pin_guard guard = {.on = false};
    error_clear(&k->held);
    if (job->context && pin_guard_begin(k, &job->hand, &guard, &k->held) != PADES_OK) {
        job->stage = P11_STAGE_LOGIN;
        return P11_RV_HELD;
    }
    p11_sign_call call = {.session = k->session,
                          .mech = &m,
                          .key = k->key,
                          .context = job->context,
                          .pin = job->context ? pin_of(&job->hand) : (p11_pin){NULL, 0},
                          .person = !k->m->slots[k->token].info.login_required,
                          .data = data.p,
                          .data_n = data.n,
                          .room = room,
                          .n = P11_MAX_SIGNATURE};
    CK_RV rv = p11_sign(p11_key_port(k), &call);
    job->stage = call.stage;
    pin_guard_end(k, &job->hand, &guard, login_answer(&call, rv));
    buf_truncate(job->out, rv == CKR_OK ? call.n : 0);
    if (rv == CKR_OK) {
        char name[32];
        snprintf(k->used, sizeof k->used, "%s", p11_mech_name(mech->type, name));
    }
    return rv;
}

/* Answers that mean "not this mechanism", in the words of various modules. */
static bool wants_another_mechanism(const sign_job *job, CK_RV rv)
{
    switch (rv) {
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED:
        return job->stage != P11_STAGE_LOGIN;
    case CKR_ARGUMENTS_BAD:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
        return job->stage == P11_STAGE_INIT;
    case CKR_DATA_INVALID:
    case CKR_DATA_LEN_RANGE:
        return job->stage == P11_STAGE_SIGN;
    default:
        return false;
    }
}

static void tell_attempt(const p11_key *k, const sign_job *job, const p11_mech *mech, CK_RV rv)
{
    static const char *const stages[] = {[P11_STAGE_INIT] = "C_SignInit",
                                         [P11_STAGE_LOGIN] = "C_Login",
                                         [P11_STAGE_SIGN] = "C_Sign"};
    char name[32], answer[32];
    ctx_log(k->m->ctx, PADES_LOG_INFO, "token '%s' is asked for %s%s: %s %s",
            k->m->slots[k->token].info.label, p11_mech_name(mech->type, name),
            job->context ? ", with a login of its own" : "",
            stages[rv == CKR_OK ? P11_STAGE_SIGN : job->stage], p11_rv_name(rv, answer));
}

static CK_RV attempt_each(p11_key *k, sign_job *job)
{
    p11_mech mechs[P11_MECHS];
    size_t n = p11_mechs_for(k, job->scheme, job->digest, mechs);
    CK_RV rv = CKR_MECHANISM_INVALID;
    job->stage = P11_STAGE_INIT;
    for (size_t i = 0; i < n; i++) {
        CK_RV answer = attempt(k, job, &mechs[i]);
        tell_attempt(k, job, &mechs[i], answer);
        if (answer == CKR_OK) {
            return CKR_OK;
        }
        bool next = wants_another_mechanism(job, answer) && i + 1 < n;
        rv = i == 0 || !wants_another_mechanism(job, answer) ? answer : rv;
        /* a PIN is sent once for a signature, and a session is not used after C_Sign failed in it
         */
        if (!next || (job->stage == P11_STAGE_SIGN && job->context)) {
            return rv;
        }
        if (job->stage == P11_STAGE_SIGN) {
            p11_key_renew(k);
        }
        if (k->session == CK_INVALID_HANDLE) {
            return rv;
        }
    }
    return rv;
}

static pades_status get_pin(p11_key *k, sign_job *job, pades_error **e)
{
    const pin_occasion o = {.each_signature = true, .document = job->document};
    job->context = true;
    return pin_get(k, &o, &job->hand, e);
}

/* "Not logged in", from a key that asked for nothing: either the login is gone, and is made again,
 * or the key wants one of its own without saying so. One prompt, one more attempt. */
static pades_status attempt_logged_in(p11_key *k, sign_job *job, CK_RV *rv, pades_error **e)
{
    p11_key_renew(k);
    bool lost = k->session == CK_INVALID_HANDLE;
    TRY(lost ? p11_key_ready(k, e) : get_pin(k, job, e));
    *rv = attempt_each(k, job);
    k->always = k->always || (*rv == CKR_OK && job->context);
    return PADES_OK;
}

static const char *scheme_text(pades_scheme scheme)
{
    return scheme == PADES_SCHEME_RSA_PSS ? "RSA-PSS"
           : scheme == PADES_SCHEME_ECDSA ? "ECDSA"
                                          : "RSA PKCS#1 v1.5";
}

static pades_status tell(p11_key *k, const sign_job *job, CK_RV rv, pades_error **e)
{
    char room[32];
    if (job->stage == P11_STAGE_LOGIN) {
        return pin_judge(k, CKU_CONTEXT_SPECIFIC, rv, e);
    }
    if (job->stage == P11_STAGE_INIT && wants_another_mechanism(job, rv)) {
        (void)fail(e, PADES_ALGORITHM,
                   "token '%s' does not make %s signatures with %s with this key",
                   k->m->slots[k->token].info.label, scheme_text(job->scheme),
                   pades_digest_name(job->digest));
        (void)error_native(e, "%s", p11_rv_name(rv, room));
        return PADES_ALGORITHM;
    }
    return p11_fail(k->m, k->token, rv, "the document was signed", e);
}

/* Handles, session or login were lost since the last signature (another program, a card put back):
 * nothing has been sent yet, so it is found again and tried once more. */
static bool is_stale(const sign_job *job, CK_RV rv)
{
    return job->stage == P11_STAGE_INIT &&
           (rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID ||
            rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_SESSION_CLOSED ||
            rv == CKR_USER_NOT_LOGGED_IN);
}

static pades_status run(p11_key *k, sign_job *job, pades_error **e)
{
    TRY(p11_key_ready(k, e));
    if (k->always) {
        TRY(get_pin(k, job, e));
    }
    CK_RV rv = attempt_each(k, job);
    if (is_stale(job, rv)) {
        p11_key_renew(k);
        TRY(p11_key_ready(k, e));
        rv = attempt_each(k, job);
    }
    if (rv == CKR_USER_NOT_LOGGED_IN && job->stage == P11_STAGE_SIGN && !job->context) {
        TRY(attempt_logged_in(k, job, &rv, e));
    }
    if (rv == CKR_OK) {
        pin_put_away(k, &job->hand);
        return PADES_OK;
    }
    pades_status status = tell(k, job, rv, e);
    p11_key_renew(k);
    return status;
}

pades_status p11_key_sign(p11_key *k, pades_scheme scheme, pades_digest digest, span tbs, span hash,
                          const char *document, buf *ret, pades_error **e)
{
    AUTO_VAL(buf) out = BUF(P11_MAX_SIGNATURE);
    sign_job job = {.scheme = scheme,
                    .digest = digest,
                    .tbs = tbs,
                    .hash = hash,
                    .document = document,
                    .out = &out};
    if (hash.n != pades_digest_size(digest) || hash.n == 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "the digest to be signed has a wrong length");
    }
    pades_status status = run(k, &job, e);
    if (status == PADES_TOKEN_REMOVED && p11_key_await(k)) {
        error_clear(e);
        pin_hand_free(&job.hand);
        job.context = false;
        status = run(k, &job, e);
    }
    pin_hand_free(&job.hand);
    if (status == PADES_OK) {
        buf_clear(ret);
        buf_add_span(ret, buf_span(&out));
        status = buf_check(ret, "a signature", e);
    }
    return status;
}
