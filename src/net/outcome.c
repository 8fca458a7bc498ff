/* See outcome.h. Text of servers and of libcurl is escaped here, before it enters a message. */
#include "net/outcome.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

pades_status outcome_refused(const url *target, const char *what, pades_error **e)
{
    (void)fail(e, PADES_SERVICE_REFUSED, "'%s' is refused: %s", target->host, what);
    bool literal = strchr(target->host, ':') != NULL;
    (void)error_hint(e, "if it is meant to be asked: --allow-host %s%s%s:%u", literal ? "[" : "",
                     target->host, literal ? "]" : "", (unsigned)target->port);
    return PADES_SERVICE_REFUSED;
}

/* How an answer that is no TLS at all looks to the versions of OpenSSL, or a hang-up of who cannot
 * read ours. */
static bool may_be_no_tls(const char *detail)
{
    static const char *const words[] = {"wrong version number", "packet length too long",
                                        "SSL_ERROR_SYSCALL", "unexpected eof"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strstr(detail, words[i])) {
            return true;
        }
    }
    return false;
}

/* `detail` is escaped. */
static pades_status explain_tls(const hop *h, CURLcode code, const char *detail, pades_error **e)
{
    const char *host = h->target->host;
    switch ((int)code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return fail(e, PADES_SERVICE_FAILED, "the TLS certificate of '%s' is not trusted: %s", host,
                    detail);
    case CURLE_SSL_CACERT_BADFILE:
        (void)fail(e, PADES_SERVICE_FAILED,
                   "the TLS certificate of '%s' is not trusted: this machine has no trusted "
                   "certificates",
                   host);
        (void)error_hint(e, "install the package ca-certificates");
        return PADES_SERVICE_FAILED;
    case CURLE_SSL_CERTPROBLEM:
        return fail(e, PADES_SERVICE_FAILED,
                    "the TLS client certificate or its key cannot be used: %s", detail);
    default:
        (void)fail(e, PADES_SERVICE_FAILED, "the TLS handshake with '%s' port %u failed: %s", host,
                   (unsigned)h->target->port, detail);
        if (may_be_no_tls(detail)) {
            (void)error_hint(e, "if that port speaks no TLS, the URL begins with http://, or it "
                                "is another port");
        }
        return PADES_SERVICE_FAILED;
    }
}

/* A server that wants TLS and gets a request in clear ends the connection, or sends an alert. */
static pades_status no_answer(const hop *h, const char *what, const char *detail, pades_error **e)
{
    (void)fail(e, PADES_SERVICE_FAILED, "%s%s%s", what, detail ? ": " : "", detail ? detail : "");
    if (!h->target->https) {
        (void)error_hint(e, "if that port speaks TLS, the URL begins with https://");
    }
    return PADES_SERVICE_FAILED;
}

static pades_status explain(const hop *h, CURLcode code, const char *detail, pades_error **e)
{
    const char *host = h->target->host;
    unsigned port = h->target->port;
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return fail(e, PADES_SERVICE_FAILED, "there is no host '%s', or no name server answers",
                    host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return fail(e, PADES_SERVICE_FAILED, "the proxy is not found");
    case CURLE_COULDNT_CONNECT:
        return fail(e, PADES_SERVICE_FAILED, "cannot connect to '%s' port %u", host, port);
    case CURLE_OPERATION_TIMEDOUT:
        return fail(e, PADES_TIMEOUT, "no complete answer within the time allowed");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return explain_tls(h, code, detail, e);
    case CURLE_GOT_NOTHING:
        return no_answer(h, "the connection was closed without an answer", NULL, e);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return no_answer(h, "the connection broke off", detail, e);
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer without a status line */
    case CURLE_WEIRD_SERVER_REPLY:
        return no_answer(h, "the answer is not one of HTTP", detail, e);
    case CURLE_PARTIAL_FILE:
        return fail(e, PADES_SERVICE_FAILED, "the answer was cut off");
    case CURLE_OUT_OF_MEMORY:
        return fail_memory(e);
    default:
        return fail(e, PADES_SERVICE_FAILED, "the request failed: %s", detail);
    }
}

static pades_status outcome_of_code(const hop *h, const run_end *end, pades_error **e)
{
    AUTO(mem_text) *escaped = escape_text(span_str(end->detail), 256);
    const char *detail = escaped ? escaped : end->name;
    pades_status status = explain(h, end->code, detail, e);
    (void)error_native(e, "curl %d (%s)", (int)end->code, detail);
    if (end->code == CURLE_OPERATION_TIMEDOUT) {
        (void)error_hint(e, "allow more time, or ask another service");
    }
    return status;
}

static pades_status outcome_too_big(const hop *h, pades_error **e)
{
    return fail(e, PADES_SERVICE_FAILED, "the answer is larger than the %zu bytes allowed",
                h->max_bytes);
}

bool outcome_is_cut(const run_end *end)
{
    static const int codes[] = {CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR,
                                CURLE_SEND_ERROR,  CURLE_HTTP2,        CURLE_HTTP2_STREAM};
    bool ours = end->stopped != PADES_OK || end->refused || end->no_memory || end->too_big;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (!ours && !end->stalled && (int)end->code == codes[i]) {
            return true;
        }
    }
    return false;
}

pades_status outcome_of_run(const hop *h, const run_end *end, pades_error **e)
{
    if (end->stopped != PADES_OK) {
        return end->stopped;
    }
    if (end->refused) {
        return outcome_refused(h->target, end->refused, e);
    }
    if (end->no_memory) {
        return fail_memory(e);
    }
    if (end->too_big || end->code == CURLE_FILESIZE_EXCEEDED) {
        return outcome_too_big(h, e);
    }
    if (end->stalled) {
        return fail(e, PADES_TIMEOUT, "the answer stopped in the middle");
    }
    return outcome_of_code(h, end, e);
}

static pades_status try_later(const http_response *a, pades_error **e)
{
    (void)fail(e, PADES_TRY_LATER,
               a->status == 429 ? "it has had too many requests" : "it is not available now");
    if (a->retry_after >= 0) {
        (void)error_hint(e, "it asks to wait %" PRId64 " seconds", a->retry_after);
    } else {
        (void)error_hint(e, "try again later");
    }
    (void)error_native(e, "HTTP %ld", a->status);
    return PADES_TRY_LATER;
}

static pades_status bad_status(const http_response *a, pades_error **e)
{
    const char *hint = NULL;
    if (a->status == 401 || a->status == 403) {
        hint = "check user and password, token, or client certificate";
    } else if (a->status == 407) {
        hint = "the proxy wants a user and password";
    } else if (a->status == 404 || a->status == 405) {
        hint = "check the path of the URL";
    }
    (void)fail(e, PADES_SERVICE_FAILED, "it answered with HTTP status %ld", a->status);
    if (hint) {
        (void)error_hint(e, "%s", hint);
    }
    (void)error_native(e, "HTTP %ld", a->status);
    return PADES_SERVICE_FAILED;
}

/* "text/html" of "text/HTML; charset=utf-8" */
static span media_type(const char *content_type)
{
    const char *start = content_type + strspn(content_type, " \t");
    return span_of(start, strcspn(start, "; \t"));
}

static bool is_type(span type, const char *wanted)
{
    return type.n == strlen(wanted) && strncasecmp((const char *)type.p, wanted, type.n) == 0;
}

static pades_status wrong_type(span type, const char *wanted, pades_error **e)
{
    if (is_type(type, "text/html") || is_type(type, "application/xhtml+xml")) {
        (void)fail(e, PADES_SERVICE_FAILED, "it answered with a web page (HTML), not with %s",
                   wanted);
        (void)error_hint(e, "check the URL, and whether a proxy or a login page stands in between");
        return PADES_SERVICE_FAILED;
    }
    AUTO(mem_text) *shown = escape_text(type, 100);
    return fail(e, PADES_SERVICE_FAILED, "it answered with the type '%s', not with %s",
                shown ? shown : "", wanted);
}

pades_status outcome_of_answer(const http_request *request, const http_response *answer,
                               pades_error **e)
{
    if (answer->status == 429 || answer->status == 503) {
        return try_later(answer, e);
    }
    if (answer->status != 200) {
        return bad_status(answer, e);
    }
    span type = media_type(answer->content_type);
    if (request->accept && !is_type(type, request->accept)) {
        return wrong_type(type, request->accept, e);
    }
    return PADES_OK;
}
