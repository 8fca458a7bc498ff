/* Options, callbacks and run of one request. Everything libcurl would take from outside is said
 * here: no proxy of the environment, no .netrc, no cookies, no redirects (http.c judges them), no
 * decompression, http and https only. Bytes and time are bounded while they pass. */
#include "net/hop.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "build_config.h"
#include "net/guard.h"
#include "net/outcome.h"
#include "net/sigpipe.h"

#include <stdio.h>
#include <sys/socket.h>

enum { CONNECT_MS = 15000, STALL_MS = 10000 };

/* What the callbacks of a running request share. */
typedef struct run {
    hop *h;
    const curl_api *curl;
    CURL *easy;
    struct curl_slist *headers;
    size_t received;
    uint64_t last_byte; /* monotonic; 0 until the body began */
    run_end end;
    bool bad_option;
    pades_error **e;
    char detail[CURL_ERROR_SIZE];
} run;

#define SET(r, option, value)                                                                      \
    ((r)->bad_option |= (r)->curl->easy_setopt((r)->easy, (option), (value)) != CURLE_OK)

/* Writing a large one may fail in more ways. */
static bool keep_body(run *r, span bytes)
{
    http_response *a = &r->h->answer;
    if (r->h->request->large) {
        r->end.stopped = bulk_add(&a->large, bytes, r->e);
        return r->end.stopped == PADES_OK;
    }
    buf_add_span(&a->body, bytes);
    r->end.no_memory = !buf_ok(&a->body);
    return !r->end.no_memory;
}

static size_t take_body(char *data, size_t size, size_t n, void *user)
{
    run *r = user;
    size_t bytes = size * n; /* size is 1 */
    long status = 0;
    r->last_byte = monotonic_ms();
    if (bytes > r->h->max_bytes - r->received) {
        r->end.too_big = true;
        return 0;
    }
    r->received += bytes;
    r->curl->easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    return status != 200 || keep_body(r, span_of(data, bytes)) ? bytes : 0;
}

static int tick(void *user, curl_off_t total UNUSED, curl_off_t now UNUSED,
                curl_off_t up_total UNUSED, curl_off_t up_now UNUSED)
{
    run *r = user;
    if (r->end.stopped == PADES_OK) {
        r->end.stopped = control_check(r->h->request->control, r->e);
    }
    r->end.stalled = r->last_byte != 0 && monotonic_ms() - r->last_byte > STALL_MS;
    return r->end.stopped != PADES_OK || r->end.stalled;
}

/* A new connection: the address is judged before a packet leaves. */
static curl_socket_t open_socket(void *user, curlsocktype purpose UNUSED,
                                 struct curl_sockaddr *address)
{
    run *r = user;
    const char *what = r->h->checked ? guard_address(&address->addr, address->addrlen) : NULL;
    if (what) {
        r->end.refused = what;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* A connection that is about to be used, a kept one too: the address is judged again. */
static int before_request(void *user, char *remote_ip, char *local_ip UNUSED,
                          int remote_port UNUSED, int local_port UNUSED)
{
    run *r = user;
    const char *what = r->h->checked ? guard_address_text(remote_ip) : NULL;
    if (what) {
        r->end.refused = what;
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

static void set_origin(run *r)
{
    const char *proxy = r->h->ctx->proxy;
    SET(r, CURLOPT_URL, r->h->target->text);
    SET(r, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(r, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    SET(r, CURLOPT_FOLLOWLOCATION, 0L);
    SET(r, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(r, CURLOPT_PROXY, proxy ? proxy : ""); /* not set: the environment's */
    SET(r, CURLOPT_NOPROXY, "");               /* likewise */
    SET(r, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(r, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(r, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(r, CURLOPT_USERAGENT, "libpades/" PADES_VERSION_TEXT);
}

static void set_bounds(run *r)
{
    uint64_t now = monotonic_ms();
    uint64_t left = now < r->h->deadline ? r->h->deadline - now : 1;
    long total = left > INT32_MAX ? INT32_MAX : (long)left;
    SET(r, CURLOPT_TIMEOUT_MS, total);
    SET(r, CURLOPT_CONNECTTIMEOUT_MS, total < CONNECT_MS ? total : (long)CONNECT_MS);
    SET(r, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)r->h->max_bytes);
    SET(r, CURLOPT_NOSIGNAL, 1L);
}

static void set_callbacks(run *r)
{
    SET(r, CURLOPT_ERRORBUFFER, r->detail);
    SET(r, CURLOPT_WRITEFUNCTION, take_body);
    SET(r, CURLOPT_WRITEDATA, r);
    SET(r, CURLOPT_XFERINFOFUNCTION, tick);
    SET(r, CURLOPT_XFERINFODATA, r);
    SET(r, CURLOPT_NOPROGRESS, 0L);
    SET(r, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(r, CURLOPT_OPENSOCKETDATA, r);
    SET(r, CURLOPT_PREREQFUNCTION, before_request);
    SET(r, CURLOPT_PREREQDATA, r);
}

static void add_header(run *r, const char *name, const char *value)
{
    char line[256];
    int n = snprintf(line, sizeof line, "%s:%s%s", name, *value ? " " : "", value);
    struct curl_slist *longer =
        n > 0 && (size_t)n < sizeof line ? r->curl->slist_append(r->headers, line) : NULL;
    r->bad_option |= longer == NULL;
    r->headers = longer ? longer : r->headers;
}

static void set_body(run *r)
{
    const http_request *q = r->h->request;
    if (q->accept) {
        add_header(r, "Accept", q->accept);
    }
    if (q->content_type) {
        add_header(r, "Content-Type", q->content_type);
        add_header(r, "Expect", ""); /* no "100-continue" round trip for a small body */
        SET(r, CURLOPT_POST, 1L);
        SET(r, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
        SET(r, CURLOPT_POSTFIELDS, q->body.n > 0 ? (const char *)q->body.p : "");
    } else {
        SET(r, CURLOPT_HTTPGET, 1L);
    }
    SET(r, CURLOPT_HTTPHEADER, r->headers);
}

static void set_password(run *r, const secret *password)
{
    char text[SECRET_MAX + 1] = "";
    span p = password ? secret_span(password) : (span){NULL, 0};
    if (p.n > 0) {
        memcpy(text, p.p, p.n);
    }
    SET(r, CURLOPT_PASSWORD, text);
    mem_wipe(text, sizeof text);
}

static void set_credentials(run *r)
{
    const http_request *q = r->h->request;
    if (!r->h->credentials) {
        return;
    }
    if (q->user) {
        SET(r, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        SET(r, CURLOPT_USERNAME, q->user);
        set_password(r, q->password);
    } else if (q->bearer) {
        SET(r, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        SET(r, CURLOPT_XOAUTH2_BEARER, secret_text(q->bearer));
    }
    if (q->client_cert) {
        SET(r, CURLOPT_SSLCERT, q->client_cert);
        SET(r, CURLOPT_SSLKEY, q->client_key ? q->client_key : q->client_cert);
        SET(r, CURLOPT_KEYPASSWD, ""); /* not set: OpenSSL would ask on the terminal */
    }
}

static pades_status prepare(run *r, pades_error **e)
{
    set_origin(r);
    set_bounds(r);
    set_callbacks(r);
    set_body(r);
    set_credentials(r);
    r->bad_option |= !hop_set_tls(r->curl, r->easy);
    if (r->bad_option) {
        return fail(e, PADES_INTERNAL, "libcurl %s refuses an option",
                    r->curl->version_info(CURLVERSION_NOW)->version);
    }
    return PADES_OK;
}

static pades_status read_answer(run *r, pades_error **e)
{
    http_response *a = &r->h->answer;
    curl_off_t later = 0;
    char *text = NULL;
    r->curl->easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &a->status);
    r->curl->easy_getinfo(r->easy, CURLINFO_RETRY_AFTER, &later);
    a->retry_after = later > 0 ? (int64_t)later : -1;
    r->curl->easy_getinfo(r->easy, CURLINFO_CONTENT_TYPE, &text);
    snprintf(a->content_type, sizeof a->content_type, "%s", text ? text : "");
    text = NULL;
    r->curl->easy_getinfo(r->easy, CURLINFO_REDIRECT_URL, &text);
    r->h->redirect = mem_strdup(text);
    return text && !r->h->redirect ? fail_memory(e) : PADES_OK;
}

static void log_run(const run *r, uint64_t began)
{
    AUTO_VAL(buf) where = BUF(URL_MAX + 1);
    url_show(r->h->target, &where);
    ctx_log(r->h->ctx, PADES_LOG_DEBUG, "http: %s %.*s: %ld, %zu bytes, %u ms",
            r->h->request->content_type ? "POST" : "GET", (int)where.n, (const char *)where.p,
            r->h->answer.status, r->received, (unsigned)(monotonic_ms() - began));
}

static pades_status perform(run *r, pades_error **e)
{
    sigpipe_hold hold;
    uint64_t began = monotonic_ms();
    sigpipe_block(&hold);
    r->end.code = r->curl->easy_perform(r->easy);
    sigpipe_release(&hold);
    r->end.name = r->curl->easy_strerror(r->end.code);
    r->end.detail = r->detail[0] ? r->detail : r->end.name;
    if (r->end.code != CURLE_OK) {
        r->h->cut = outcome_is_cut(&r->end);
        return outcome_of_run(r->h, &r->end, e);
    }
    TRY(read_answer(r, e));
    log_run(r, began);
    return PADES_OK;
}

pades_status hop_run(hop *h, pades_error **e)
{
    pool_class class = h->guarded ? POOL_DOCUMENT : POOL_USER;
    run r = {.h = h, .curl = curl_api_get(e), .e = e};
    if (!r.curl) {
        return PADES_INTERNAL;
    }
    TRY(pool_take(h->ctx, class, h->target, &r.easy, e));
    h->answer = (http_response){
        .body = BUF(h->max_bytes), .large = BULK(h->ctx, h->max_bytes), .retry_after = -1};
    pades_status status = prepare(&r, e);
    if (status == PADES_OK) {
        status = perform(&r, e);
    }
    if (status == PADES_OK) {
        status = bulk_end(&h->answer.large, e);
    }
    pool_give(h->ctx, class, h->target, r.easy);
    r.curl->slist_free_all(r.headers);
    return status;
}

void hop_free(hop *h)
{
    http_response_free(&h->answer);
    mem_free(h->redirect);
    h->redirect = NULL;
}
