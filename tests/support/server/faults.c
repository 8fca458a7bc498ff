/* What may be wrong with the HTTP around an answer, whatever it is an answer to:
 *
 *   slow=MS  hang  drip=MS  html  huge=BYTES  cut  short  trailing  wrong-type  empty
 *   redirect?to=URL&code=N  redirect-file  redirect-loop  redirect-guarded
 *   429=SECONDS  503=SECONDS  500  (seconds: Retry-After)
 *   auth  bearer            wants Basic demo:secret, Bearer token.of-demo
 *   first=N                 these faults only for the first N requests of this path
 *
 * The numbers may also be arguments of the query: ms, bytes, retry. */
#include "common/auto.h"
#include "server/routes.h"
#include "server/wish.h"

#include <microhttpd.h>
#include <pthread.h>
#include <string.h>

#define HUGE_DEFAULT 100000000L

static void slow(const struct request *request, struct reply *reply)
{
    reply->delay_ms = wish_number(request, "slow", "ms", 1000);
}

static void hang(const struct request *request, struct reply *reply)
{
    (void)request;
    reply->kind = REPLY_NEVER;
}

static void drip(const struct request *request, struct reply *reply)
{
    long ms = wish_number(request, "drip", "ms", 100);
    reply->kind = REPLY_DRIP;
    reply->pause_ms = ms < 0 || ms > 60000 ? 60000U : (unsigned)ms;
}

static void html(const struct request *request, struct reply *reply)
{
    (void)request;
    reply_text(reply, MHD_HTTP_OK,
               "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>"
               "<body><h1>Sign in to the guest network</h1></body></html>\n");
    reply->type = "text/html; charset=utf-8";
}

static void huge(const struct request *request, struct reply *reply)
{
    long bytes = wish_number(request, "huge", "bytes", HUGE_DEFAULT);
    reply->kind = REPLY_HUGE;
    reply->status = MHD_HTTP_OK;
    reply->type = reply->type == NULL || strcmp(reply->type, "text/plain") == 0
                      ? "application/timestamp-reply"
                      : reply->type;
    reply->size = bytes > 0 ? (size_t)bytes : (size_t)HUGE_DEFAULT;
}

static void cut(const struct request *request, struct reply *reply)
{
    (void)request;
    reply->kind = REPLY_CUT;
}

static void half(const struct request *request, struct reply *reply)
{
    (void)request;
    reply->size /= 2;
}

static void empty(const struct request *request, struct reply *reply)
{
    (void)request;
    reply->status = MHD_HTTP_OK;
    reply->size = 0;
}

static void trailing(const struct request *request, struct reply *reply)
{
    static const char garbage[] = "trailing garbage";
    (void)request;
    unsigned char *longer = realloc(reply->body, reply->size + sizeof garbage);
    if (longer != NULL) {
        memcpy(longer + reply->size, garbage, sizeof garbage);
        reply->body = longer;
        reply->size += sizeof garbage;
    }
}

static void wrong_type(const struct request *request, struct reply *reply)
{
    (void)request;
    reply->type = "text/plain";
}

static void redirect(struct reply *reply, unsigned status, const char *to)
{
    reply_text(reply, status, "elsewhere\n");
    reply->header = MHD_HTTP_HEADER_LOCATION;
    snprintf(reply->value, sizeof reply->value, "%s", to);
}

static void redirect_to(const struct request *request, struct reply *reply)
{
    const char *to = request_argument(request, "to");
    long code = request_number(request, "code", MHD_HTTP_FOUND);
    bool sane = code >= 300 && code < 400;
    redirect(reply, sane ? (unsigned)code : MHD_HTTP_FOUND, to == NULL ? "/tsa" : to);
}

static void redirect_file(const struct request *request, struct reply *reply)
{
    (void)request;
    redirect(reply, MHD_HTTP_FOUND, "file:///etc/passwd");
}

static void redirect_loop(const struct request *request, struct reply *reply)
{
    redirect(reply, MHD_HTTP_TEMPORARY_REDIRECT, request->asked);
}

static void redirect_guarded(const struct request *request, struct reply *reply)
{
    (void)request;
    redirect(reply, MHD_HTTP_TEMPORARY_REDIRECT, "http://169.254.169.254/latest/meta-data");
}

static void later(struct reply *reply, unsigned status, long seconds)
{
    reply_text(reply, status, "later\n");
    if (seconds >= 0) {
        reply->header = MHD_HTTP_HEADER_RETRY_AFTER;
        snprintf(reply->value, sizeof reply->value, "%ld", seconds);
    }
}

static void too_many(const struct request *request, struct reply *reply)
{
    later(reply, MHD_HTTP_TOO_MANY_REQUESTS, wish_number(request, "429", "retry", 30));
}

static void unavailable(const struct request *request, struct reply *reply)
{
    later(reply, MHD_HTTP_SERVICE_UNAVAILABLE, wish_number(request, "503", "retry", -1));
}

static void broken(const struct request *request, struct reply *reply)
{
    (void)request;
    reply_text(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal error\n");
}

static void authorize(const struct request *request, struct reply *reply, const char *scheme,
                      const char *expected)
{
    const char *given = request_header(request, MHD_HTTP_HEADER_AUTHORIZATION);
    size_t n = strlen(scheme);
    if (given == NULL || strncmp(given, scheme, n) != 0 || given[n] != ' ' ||
        strcmp(given + n + 1, expected) != 0) {
        reply_text(reply, MHD_HTTP_UNAUTHORIZED, "who are you?\n");
        reply->header = MHD_HTTP_HEADER_WWW_AUTHENTICATE;
        snprintf(reply->value, sizeof reply->value, "%s realm=\"test\"", scheme);
    }
}

static void auth(const struct request *request, struct reply *reply)
{
    authorize(request, reply, "Basic", "ZGVtbzpzZWNyZXQ="); /* base64 of demo:secret */
}

static void bearer(const struct request *request, struct reply *reply)
{
    authorize(request, reply, "Bearer", "token.of-demo");
}

/* Counts the requests for this path; false when the faults are over. */
static bool still_faulty(const struct request *request)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct {
        char path[256];
        long n;
    } seen[256];
    size_t i = 0;
    pthread_mutex_lock(&lock);
    while (i + 1 < sizeof seen / sizeof seen[0] && seen[i].n > 0 &&
           strcmp(seen[i].path, request->asked) != 0) {
        i++;
    }
    snprintf(seen[i].path, sizeof seen[i].path, "%s", request->asked);
    bool still = ++seen[i].n <= wish_number(request, "first", NULL, 1);
    pthread_mutex_unlock(&lock);
    return still;
}

void faults_apply(const struct request *request, struct reply *reply)
{
    static const struct {
        const char *name;
        void (*apply)(const struct request *request, struct reply *reply);
    } faults[] = {
        {"slow", slow},
        {"hang", hang},
        {"drip", drip},
        {"html", html},
        {"huge", huge},
        {"cut", cut},
        {"short", half},
        {"empty", empty},
        {"trailing", trailing},
        {"wrong-type", wrong_type},
        {"redirect", redirect_to},
        {"redirect-file", redirect_file},
        {"redirect-loop", redirect_loop},
        {"redirect-guarded", redirect_guarded},
        {"429", too_many},
        {"503", unavailable},
        {"500", broken},
        {"auth", auth},
        {"bearer", bearer},
    };
    if (wish_has(request, "first") && !still_faulty(request)) {
        return;
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (wish_has(request, faults[i].name)) {
            faults[i].apply(request, reply);
        }
    }
}
