/* The public object of a time-stamping authority: an address, and what to say to it. Nothing is
 * asked here; what could never be asked is refused at once. */
#include "tsa/authority.h"

#include "base/der.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "net/url.h"

#include <string.h>

enum { RATE_MAX = 86400, BEARER_MAX = 8192 };

void pades_tsa_free(pades_tsa *tsa)
{
    if (!tsa) {
        return;
    }
    mem_free(tsa->url);
    mem_free(tsa->shown);
    mem_free(tsa->origin);
    mem_free(tsa->user);
    secret_free(tsa->password);
    secret_free(tsa->bearer);
    mem_free(tsa->client_cert);
    mem_free(tsa->client_key);
    mem_free(tsa->policy);
    mem_free(tsa);
}
DEFINE_AUTO(pades_tsa, pades_tsa_free)

static pades_status check_url(const char *text, url *ret, pades_error **e)
{
    const char *why = url_parse(text, ret);
    if (why) {
        bool secret_in_it = text && strchr(text, '@'); /* a password perhaps: not repeated */
        AUTO(mem_text) *shown = escape_text(span_str(text && !secret_in_it ? text : "..."), 200);
        (void)fail(e, PADES_INVALID_ARGUMENT, "'%s' is no address of a time-stamping authority: %s",
                   shown ? shown : "", why);
        (void)error_hint(e, "for example https://tsa.example.org/tsr");
        return PADES_INVALID_ARGUMENT;
    }
    return PADES_OK;
}

static char *shown_url(const url *u)
{
    AUTO_VAL(buf) text = BUF(URL_MAX);
    url_show(u, &text);
    return buf_ok(&text) ? escape_text(buf_span(&text), 200) : NULL;
}

static char *origin_of(const url *u)
{
    AUTO_VAL(buf) text = BUF(URL_HOST_MAX + 32);
    buf_addf(&text, "%s//%s:%u", u->https ? "https:" : "http:", u->host, (unsigned)u->port);
    return buf_take_text(&text);
}

pades_status pades_tsa_new(const char *url_text, pades_tsa **ret_tsa, pades_error **ret_error)
{
    url parsed;
    TRY(check_url(url_text, &parsed, ret_error));
    AUTO(pades_tsa) *tsa = mem_alloc(sizeof *tsa);
    if (!tsa || !(tsa->url = mem_strdup(url_text)) || !(tsa->shown = shown_url(&parsed)) ||
        !(tsa->origin = origin_of(&parsed))) {
        return fail_memory(ret_error);
    }
    tsa->https = parsed.https;
    *ret_tsa = TAKE(tsa);
    return PADES_OK;
}

/* Basic authentication has no way to carry these (RFC 7617 2). */
static bool is_clean(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return false;
        }
    }
    return true;
}

static pades_status check_credentials(const pades_tsa *tsa, bool insecure, pades_error **e)
{
    if (tsa->https || insecure) {
        return PADES_OK;
    }
    (void)fail(e, PADES_SERVICE_REFUSED, "credentials are not sent over plain http to '%s'",
               tsa->shown);
    (void)error_hint(
        e, "use the https address of the authority; --insecure-auth sends a user, password or "
           "token all the same");
    return PADES_SERVICE_REFUSED;
}

static pades_status exclude(pades_error **e)
{
    return fail(e, PADES_INVALID_ARGUMENT,
                "a user with password and a bearer token exclude each other");
}

/* clause: RFC7617#2 a user name holds no colon, neither part a control character */
static pades_status check_user(const char *user, const char *password, pades_error **e)
{
    if (!user || !*user || strchr(user, ':') || !is_clean(user)) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "a user name is not empty and has neither colon nor control characters");
    }
    if (password && !is_clean(password)) {
        return fail(e, PADES_INVALID_ARGUMENT, "the password has a control character");
    }
    return PADES_OK;
}

pades_status pades_tsa_set_user(pades_tsa *tsa, const char *user, const char *password,
                                pades_error **ret_error)
{
    TRY(check_user(user, password, ret_error));
    TRY(check_credentials(tsa, tsa->insecure_auth, ret_error));
    if (tsa->bearer) {
        return exclude(ret_error);
    }
    AUTO(secret) *hidden = NULL;
    TRY(secret_new(&hidden, ret_error));
    if (password && !secret_set(hidden, password, strlen(password))) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "the password is longer than %d bytes",
                    SECRET_MAX);
    }
    char *copy = mem_strdup(user);
    if (!copy) {
        return fail_memory(ret_error);
    }
    mem_free(tsa->user);
    secret_free(tsa->password);
    tsa->user = copy;
    tsa->password = TAKE(hidden);
    return PADES_OK;
}

/* clause: RFC6750#2.1 what stands behind "Bearer"; more than b64token is let through, but nothing
 * that could end the header */
static bool is_token(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c <= ' ' || *c > '~') {
            return false;
        }
    }
    return *text;
}

pades_status pades_tsa_set_bearer(pades_tsa *tsa, const char *token, pades_error **ret_error)
{
    if (!token || !is_token(token)) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a bearer token is not empty and has neither spaces nor control characters");
    }
    TRY(check_credentials(tsa, tsa->insecure_auth, ret_error));
    if (tsa->user) {
        return exclude(ret_error);
    }
    AUTO(secret) *hidden = NULL;
    TRY(secret_new_for(BEARER_MAX, &hidden, ret_error));
    if (!secret_set(hidden, token, strlen(token))) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "the bearer token is longer than %d bytes",
                    BEARER_MAX);
    }
    secret_free(tsa->bearer);
    tsa->bearer = TAKE(hidden);
    return PADES_OK;
}

void pades_tsa_set_insecure_auth(pades_tsa *tsa, int on)
{
    tsa->insecure_auth = on != 0;
}

pades_status pades_tsa_set_client_cert(pades_tsa *tsa, const char *cert_path, const char *key_path,
                                       pades_error **ret_error)
{
    if (!cert_path || !*cert_path || !key_path || !*key_path) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a TLS client certificate and its key go together");
    }
    TRY(check_credentials(tsa, false, ret_error));
    AUTO(mem_text) *cert = mem_strdup(cert_path);
    AUTO(mem_text) *key = mem_strdup(key_path);
    if (!cert || !key) {
        return fail_memory(ret_error);
    }
    mem_free(tsa->client_cert);
    mem_free(tsa->client_key);
    tsa->client_cert = TAKE(cert);
    tsa->client_key = TAKE(key);
    return PADES_OK;
}

pades_status pades_tsa_set_policy(pades_tsa *tsa, const char *oid, pades_error **ret_error)
{
    if (!oid || !der_oid_valid(oid)) {
        AUTO(mem_text) *shown = escape_text(span_str(oid ? oid : ""), 100);
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "'%s' is no policy identifier (dotted numbers)", shown ? shown : "");
    }
    char *copy = mem_strdup(oid);
    if (!copy) {
        return fail_memory(ret_error);
    }
    mem_free(tsa->policy);
    tsa->policy = copy;
    return PADES_OK;
}

pades_status pades_tsa_set_rate(pades_tsa *tsa, unsigned requests, unsigned seconds,
                                pades_error **ret_error)
{
    if (requests < 1 || requests > RATE_MAX || seconds < 1 || seconds > RATE_MAX) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a rate is 1 to %d requests in 1 to %d seconds", RATE_MAX, RATE_MAX);
    }
    tsa->rate_requests = requests;
    tsa->rate_seconds = seconds;
    return PADES_OK;
}

const char *pades_tsa_url(const pades_tsa *tsa)
{
    return tsa->url;
}
