/* See http.h. */
#include "server/http.h"

#include "common/auto.h"
#include "common/die.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAX_BODY (1024U * 1024U)
#define MAX_CONNECTIONS 256U
#define MAX_URI 4096U
#define BLOCK 65536U

struct http {
    const struct store *store;
    http_handler handler;
    struct MHD_Daemon *daemon;
    int log_fd;
    int stop_fd; /* readable once the server is to end */
};

struct pending {
    char uri[MAX_URI];
    unsigned char *body;
    size_t size;
    bool begun;
    bool too_big;
};

struct stream {
    enum reply_kind kind;
    unsigned char *body;
    size_t size;
    unsigned pause_ms;
};

static void *on_uri(void *unused, const char *uri, struct MHD_Connection *connection)
{
    (void)unused;
    (void)connection;
    struct pending *pending = calloc(1, sizeof *pending);
    if (pending != NULL) {
        snprintf(pending->uri, sizeof pending->uri, "%s", uri);
        for (char *p = pending->uri; *p != '\0'; p++) {
            *p = *p > ' ' && *p < 127 ? *p : '?';
        }
    }
    return pending;
}

static void on_completed(void *unused, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)unused;
    (void)connection;
    (void)why;
    struct pending *pending = *state;
    if (pending != NULL) {
        free(pending->body);
        free(pending);
    }
    *state = NULL;
}

static void keep_body(struct pending *pending, const char *data, size_t size)
{
    if (pending->too_big || size > MAX_BODY - pending->size) {
        pending->too_big = true;
        return;
    }
    unsigned char *grown = realloc(pending->body, pending->size + size);
    if (grown == NULL) {
        pending->too_big = true;
        return;
    }
    memcpy(grown + pending->size, data, size);
    pending->body = grown;
    pending->size += size;
}

static void log_request(const struct http *http, const struct pending *pending, const char *method,
                        const struct reply *reply)
{
    if (http->log_fd < 0) {
        return;
    }
    char line[MAX_URI + 128];
    int n = snprintf(line, sizeof line, "%s %s %zu %u %zu\n", method, pending->uri, pending->size,
                     reply->status, reply->size);
    if (n > 0 && write(http->log_fd, line, (size_t)n) != n) {
        fprintf(stderr, "pades-testd: the log cannot be written: %s\n", strerror(errno));
    }
}

static void free_stream(void *opaque)
{
    struct stream *stream = opaque;
    free(stream->body);
    free(stream);
}

/* An endless-looking SEQUENCE: a header that claims 2 GiB, then zeros. */
static size_t fill_huge(uint64_t at, char *out, size_t room)
{
    static const char header[] = {0x30, (char)0x84, 0x7f, (char)0xff, (char)0xff, (char)0xff};
    memset(out, 0, room);
    for (size_t i = 0; i < room && at + i < sizeof header; i++) {
        out[i] = header[at + i];
    }
    return room;
}

static ssize_t on_stream(void *opaque, uint64_t at, char *out, size_t max)
{
    const struct stream *stream = opaque;
    size_t left = stream->size - (size_t)at;
    if (left == 0) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (stream->kind == REPLY_HUGE) {
        return (ssize_t)fill_huge(at, out, left < max ? left : max);
    }
    if (stream->kind == REPLY_CUT && at >= stream->size / 2) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (stream->kind == REPLY_DRIP) {
        usleep(stream->pause_ms * 1000U);
    }
    out[0] = (char)stream->body[at];
    return 1;
}

static struct MHD_Response *streamed(struct reply *reply)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    *stream = (struct stream){reply->kind, TAKE(reply->body), reply->size, reply->pause_ms};
    struct MHD_Response *response =
        MHD_create_response_from_callback(reply->size, BLOCK, on_stream, stream, free_stream);
    if (response == NULL) {
        free_stream(stream);
    }
    return response;
}

static struct MHD_Response *response_of(struct reply *reply)
{
    if (reply->kind != REPLY_BYTES) {
        return streamed(reply);
    }
    return MHD_create_response_from_buffer(reply->size, TAKE(reply->body), MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct reply *reply)
{
    if (reply->kind == REPLY_NEVER) {
        return MHD_NO;
    }
    struct MHD_Response *response = response_of(reply);
    if (response == NULL) {
        return MHD_NO;
    }
    if (reply->type != NULL) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    }
    if (reply->header != NULL) {
        MHD_add_response_header(response, reply->header, reply->value);
    }
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(const struct http *http, const struct pending *pending,
                              struct MHD_Connection *connection, const char *path,
                              const char *method)
{
    struct reply reply = {.kind = REPLY_BYTES, .status = MHD_HTTP_OK};
    struct request request = {.connection = connection,
                              .http = http,
                              .method = method,
                              .path = path,
                              .body = pending->body,
                              .body_size = pending->size};
    if (pending->too_big) {
        reply_text(&reply, MHD_HTTP_CONTENT_TOO_LARGE, "too large\n");
    } else {
        http->handler(http->store, &request, &reply);
    }
    log_request(http, pending, method, &reply);
    if (reply.kind == REPLY_NEVER) {
        request_wait(&request, -1);
    } else if (reply.delay_ms > 0 && !request_wait(&request, reply.delay_ms)) {
        reply.kind = REPLY_NEVER;
    }
    enum MHD_Result result = send_reply(connection, &reply);
    free(reply.body);
    return result;
}

static enum MHD_Result on_access(void *opaque, struct MHD_Connection *connection, const char *path,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **state)
{
    (void)version;
    struct pending *pending = *state;
    if (pending == NULL) {
        return MHD_NO;
    }
    if (!pending->begun) {
        pending->begun = true;
        return MHD_YES;
    }
    if (*size > 0) {
        keep_body(pending, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return answer(opaque, pending, connection, path, method);
}

static int open_log(const char *path)
{
    if (path == NULL) {
        return -1;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) {
        die("cannot open the log '%s': %s", path, strerror(errno));
    }
    return fd;
}

struct http *http_start(const struct store *store, http_handler handler, unsigned port,
                        const char *log_path)
{
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        die("out of memory");
    }
    *http = (struct http){store, handler, NULL, open_log(log_path), eventfd(0, EFD_CLOEXEC)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    http->daemon = MHD_start_daemon(
        flags, (uint16_t)port, NULL, NULL, on_access, http, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
        MAX_CONNECTIONS, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
    if (http->daemon == NULL || http->stop_fd < 0) {
        die("cannot listen on 127.0.0.1:%u: %s", port, strerror(errno));
    }
    return http;
}

unsigned http_port(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

void http_stop(struct http *http)
{
    uint64_t one = 1;
    if (write(http->stop_fd, &one, sizeof one) < 0) {
        fprintf(stderr, "pades-testd: %s\n", strerror(errno));
    }
    MHD_stop_daemon(http->daemon);
    close(http->stop_fd);
    if (http->log_fd >= 0) {
        close(http->log_fd);
    }
    free(http);
}

const char *request_argument(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

long request_number(const struct request *request, const char *name, long fallback)
{
    const char *text = request_argument(request, name);
    if (text == NULL || text[0] == '\0') {
        return fallback;
    }
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' ? value : fallback;
}

bool request_wait(const struct request *request, long ms)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd fds[2] = {{.fd = request->http->stop_fd, .events = POLLIN},
                            {.fd = info == NULL ? -1 : info->connect_fd, .events = POLLRDHUP}};
    int timeout = ms < 0 || ms > INT32_MAX ? -1 : (int)ms;
    return poll(fds, 2, timeout) == 0;
}

void reply_take(struct reply *reply, const char *type, unsigned char *body, size_t size)
{
    free(reply->body);
    reply->type = type;
    reply->body = body;
    reply->size = size;
}

void reply_text(struct reply *reply, unsigned status, const char *text)
{
    reply->status = status;
    reply_take(reply, "text/plain", (unsigned char *)strdup(text), strlen(text));
}

void reply_der(struct reply *reply, const char *type, unsigned char *der, int size)
{
    unsigned char *copy = size > 0 ? malloc((size_t)size) : NULL;
    if (copy != NULL) {
        memcpy(copy, der, (size_t)size);
        reply_take(reply, type, copy, (size_t)size);
    } else {
        reply_text(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, "the answer could not be made\n");
    }
    OPENSSL_free(der);
}
