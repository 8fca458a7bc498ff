/* /tsa, and one path a misbehaviour. Those of the first table change the token, those of the second
 * change the HTTP around a good one or put something else in its place.
 *
 *   /tsa                 EC P-256 signer; SHA-256/384/512 imprints, nonce, certReq, policy
 *   rsa, expired, no-eku, stranger            another signer's certificate
 *   wrong-nonce, wrong-imprint, no-cert, sha1-ess, granted-mods, fraction
 *   clock?offset=SECONDS   big?bytes=N        genTime moved, token with N bytes of padding
 *   slow?ms=N  hang  drip?ms=N  html  huge?bytes=N  cut  short  trailing  wrong-type  empty
 *   rejected?fail=BIT      PKIStatus rejection
 *   redirect?to=URL&code=N  redirect-file  redirect-loop  429?retry=S  503?retry=S  500
 *   auth                   wants Basic demo:secret */
#include "common/auto.h"
#include "server/routes.h"
#include "server/tsa.h"

#include <microhttpd.h>
#include <string.h>

#define BIG_DEFAULT 65536L
#define BIG_LIMIT (64L * 1024 * 1024)
#define HUGE_DEFAULT 100000000L

struct call {
    const struct store *store;
    const struct request *request;
    struct reply *reply;
    struct token_plan plan;
};

static void use_rsa(struct call *c)
{
    c->plan.signer = &c->store->who[WHO_TSA_RSA];
}

static void use_expired(struct call *c)
{
    c->plan.signer = &c->store->who[WHO_TSA_EXPIRED];
}

static void use_no_eku(struct call *c)
{
    c->plan.signer = &c->store->who[WHO_TSA_NOEKU];
}

static void use_stranger(struct call *c)
{
    c->plan.signer = &c->store->who[WHO_TSA_STRANGER];
}

static void wrong_nonce(struct call *c)
{
    c->plan.wrong_nonce = true;
}

static void wrong_imprint(struct call *c)
{
    c->plan.wrong_imprint = true;
}

static void no_cert(struct call *c)
{
    c->plan.no_cert = true;
}

static void sha1_ess(struct call *c)
{
    c->plan.ess_v1 = true;
}

static void granted_mods(struct call *c)
{
    c->plan.status = STATUS_GRANTED_WITH_MODS;
}

static void fraction(struct call *c)
{
    c->plan.fraction = true;
}

static void move_clock(struct call *c)
{
    c->plan.clock_offset = request_number(c->request, "offset", 0);
}

static void big(struct call *c)
{
    long bytes = request_number(c->request, "bytes", BIG_DEFAULT);
    c->plan.pad = bytes > 0 && bytes <= BIG_LIMIT ? (size_t)bytes : BIG_LIMIT;
}

static void good(struct call *c)
{
    tsa_by_plan(&c->plan, c->request, c->reply);
}

static void slow(struct call *c)
{
    good(c);
    c->reply->delay_ms = request_number(c->request, "ms", 1000);
}

static void hang(struct call *c)
{
    c->reply->kind = REPLY_NEVER;
}

static void drip(struct call *c)
{
    long ms = request_number(c->request, "ms", 100);
    good(c);
    c->reply->kind = REPLY_DRIP;
    c->reply->pause_ms = ms < 0 || ms > 60000 ? 60000U : (unsigned)ms;
}

static void html(struct call *c)
{
    reply_text(c->reply, MHD_HTTP_OK,
               "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>"
               "<body><h1>Sign in to the guest network</h1></body></html>\n");
    c->reply->type = "text/html; charset=utf-8";
}

static void huge(struct call *c)
{
    long bytes = request_number(c->request, "bytes", HUGE_DEFAULT);
    c->reply->kind = REPLY_HUGE;
    c->reply->type = "application/timestamp-reply";
    c->reply->size = bytes > 0 ? (size_t)bytes : (size_t)HUGE_DEFAULT;
}

static void cut(struct call *c)
{
    good(c);
    c->reply->kind = REPLY_CUT;
}

static void half(struct call *c)
{
    good(c);
    c->reply->size /= 2;
}

static void empty(struct call *c)
{
    good(c);
    c->reply->size = 0;
}

static void trailing(struct call *c)
{
    static const char garbage[] = "trailing garbage";
    good(c);
    unsigned char *longer = realloc(c->reply->body, c->reply->size + sizeof garbage);
    if (longer != NULL) {
        memcpy(longer + c->reply->size, garbage, sizeof garbage);
        c->reply->body = longer;
        c->reply->size += sizeof garbage;
    }
}

static void wrong_type(struct call *c)
{
    good(c);
    c->reply->type = "text/plain";
}

static void rejected(struct call *c)
{
    long bit = request_number(c->request, "fail", FAIL_TIME_NOT_AVAILABLE);
    bool sane = bit >= 0 && bit < 32;
    tsa_refuse(sane ? (int)bit : FAIL_SYSTEM_FAILURE, "no time for you today", c->reply);
}

static void redirect(struct call *c, unsigned status, const char *to)
{
    reply_text(c->reply, status, "elsewhere\n");
    c->reply->header = MHD_HTTP_HEADER_LOCATION;
    snprintf(c->reply->value, sizeof c->reply->value, "%s", to);
}

static void redirect_to(struct call *c)
{
    const char *to = request_argument(c->request, "to");
    long code = request_number(c->request, "code", MHD_HTTP_FOUND);
    bool sane = code >= 300 && code < 400;
    redirect(c, sane ? (unsigned)code : MHD_HTTP_FOUND, to == NULL ? "/tsa" : to);
}

static void redirect_file(struct call *c)
{
    redirect(c, MHD_HTTP_FOUND, "file:///etc/passwd");
}

static void redirect_loop(struct call *c)
{
    redirect(c, MHD_HTTP_TEMPORARY_REDIRECT, "/tsa/redirect-loop");
}

static void later(struct call *c, unsigned status, long fallback)
{
    long seconds = request_number(c->request, "retry", fallback);
    reply_text(c->reply, status, "later\n");
    if (seconds >= 0) {
        c->reply->header = MHD_HTTP_HEADER_RETRY_AFTER;
        snprintf(c->reply->value, sizeof c->reply->value, "%ld", seconds);
    }
}

static void too_many(struct call *c)
{
    later(c, MHD_HTTP_TOO_MANY_REQUESTS, 30);
}

static void unavailable(struct call *c)
{
    later(c, MHD_HTTP_SERVICE_UNAVAILABLE, -1);
}

static void broken(struct call *c)
{
    reply_text(c->reply, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal error\n");
}

static void auth(struct call *c)
{
    static const char expected[] = "Basic ZGVtbzpzZWNyZXQ="; /* base64 of demo:secret */
    const char *given = request_header(c->request, MHD_HTTP_HEADER_AUTHORIZATION);
    if (given != NULL && strcmp(given, expected) == 0) {
        good(c);
        return;
    }
    reply_text(c->reply, MHD_HTTP_UNAUTHORIZED, "who are you?\n");
    c->reply->header = MHD_HTTP_HEADER_WWW_AUTHENTICATE;
    snprintf(c->reply->value, sizeof c->reply->value, "Basic realm=\"tsa\"");
}

static const struct {
    const char *name;
    void (*change_plan)(struct call *c);
    void (*answer)(struct call *c);
} faults[] = {
    {"rsa", use_rsa, good},
    {"expired", use_expired, good},
    {"no-eku", use_no_eku, good},
    {"stranger", use_stranger, good},
    {"wrong-nonce", wrong_nonce, good},
    {"wrong-imprint", wrong_imprint, good},
    {"no-cert", no_cert, good},
    {"sha1-ess", sha1_ess, good},
    {"granted-mods", granted_mods, good},
    {"fraction", fraction, good},
    {"clock", move_clock, good},
    {"big", big, good},
    {"slow", NULL, slow},
    {"hang", NULL, hang},
    {"drip", NULL, drip},
    {"html", NULL, html},
    {"huge", NULL, huge},
    {"cut", NULL, cut},
    {"short", NULL, half},
    {"empty", NULL, empty},
    {"trailing", NULL, trailing},
    {"wrong-type", NULL, wrong_type},
    {"rejected", NULL, rejected},
    {"redirect", NULL, redirect_to},
    {"redirect-file", NULL, redirect_file},
    {"redirect-loop", NULL, redirect_loop},
    {"429", NULL, too_many},
    {"503", NULL, unavailable},
    {"500", NULL, broken},
    {"auth", NULL, auth},
};

void tsa_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    struct call call = {store, request, reply, {.signer = &store->who[WHO_TSA]}};
    const char *name = request->path + strlen("/tsa");
    name += *name == '/';
    if (*name == '\0') {
        good(&call);
        return;
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(faults[i].name, name) == 0) {
            if (faults[i].change_plan != NULL) {
                faults[i].change_plan(&call);
            }
            faults[i].answer(&call);
            return;
        }
    }
    reply_text(reply, MHD_HTTP_NOT_FOUND, "no such fault\n");
}
