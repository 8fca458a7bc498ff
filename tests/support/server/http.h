/* HTTP/1.1 on 127.0.0.1 over libmicrohttpd: one thread a connection, so a handler may take its
 * time. Each request gives exactly one line in the log, written before its answer leaves:
 *     METHOD URI REQUEST_BYTES STATUS ANSWER_BYTES
 * (ANSWER_BYTES is what the answer claims; the URI is the one sent, with its query.) */
#ifndef PADES_SUPPORT_HTTP_H
#define PADES_SUPPORT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct MHD_Connection;
struct http;
struct store;

struct request {
    struct MHD_Connection *connection;
    const struct http *http;
    const char *method;
    const char *path; /* unescaped, without the query */
    const unsigned char *body;
    size_t body_size;
    time_t now;         /* what the clock says for this answer; these four: see wish.h */
    const char *asked;  /* the path with the wishes in it */
    const char *family; /* "": the PKI of two levels */
    char faults[256];   /* NAME[=N]+... */
};

enum reply_kind {
    REPLY_BYTES,
    REPLY_CUT,   /* half of the bytes that were announced, then the connection ends */
    REPLY_DRIP,  /* one byte every reply.pause_ms */
    REPLY_HUGE,  /* reply.size bytes made up on the way */
    REPLY_NEVER, /* nothing at all until the client or the server gives up */
};

struct reply {
    enum reply_kind kind;
    unsigned status;
    const char *type;    /* static */
    unsigned char *body; /* from malloc; freed with the reply */
    size_t size;
    unsigned pause_ms;
    long delay_ms;      /* before the answer, after its line in the log */
    const char *header; /* static; one header more, with the value below */
    char value[2048];
};

typedef void (*http_handler)(const struct store *store, const struct request *request,
                             struct reply *reply);

/* port 0: any. Ends the program when the port cannot be had. */
struct http *http_start(const struct store *store, http_handler handler, unsigned port,
                        const char *log_path);
unsigned http_port(const struct http *http);
void http_stop(struct http *http);

/* The query's argument as a number, or fallback when it is absent or no number. */
long request_number(const struct request *request, const char *name, long fallback);
const char *request_argument(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);
/* Waits; false when the client left or the server is being stopped. ms < 0: without end. */
bool request_wait(const struct request *request, long ms);

/* A short answer in plain text. */
void reply_text(struct reply *reply, unsigned status, const char *text);
/* Takes the bytes (from malloc). */
void reply_take(struct reply *reply, const char *type, unsigned char *body, size_t size);
/* OpenSSL's encoders allocate with its own allocator: copies. size <= 0 answers 500. */
void reply_der(struct reply *reply, const char *type, unsigned char *der, int size);

#endif
