/* A scripted HTTP/1.1 server on 127.0.0.1 for tests: one thread to accept, one a connection. The
 * script is a callback that writes what it likes. With TLS it has a self-signed certificate. */
#ifndef TEST_NET_SERVER_H
#define TEST_NET_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct server server;

/* One connection, as the script sees it. */
typedef struct peer {
    server *server;
    int fd;
    void *tls;       /* SSL *, or NULL */
    char head[8192]; /* request line and headers, NUL-terminated */
    char path[1024]; /* with the query */
    char method[16];
    size_t body_n;
    bool close; /* set by the script: end the connection */
} peer;

typedef void (*server_script)(peer *p, void *user);

server *server_start(server_script script, void *user);
/* With `tls`, writes the certificate as PEM to `cert_path`. */
server *server_start_tls(server_script script, void *user, const char *cert_path);
/* The same with another protocol than HTTP/1.1: `alpn` as it is on the wire, and who speaks it. */
typedef void (*server_talk)(peer *p);
server *server_start_alpn(server_talk talk, char *alpn, const char *cert_path);
void server_stop(server *s);
unsigned server_port(const server *s);
unsigned server_connections(const server *s);
unsigned server_requests(const server *s);
/* Head of the last request. */
void server_last_head(server *s, char *out, size_t n);

/* At most n bytes; 0 or less at the end. */
ssize_t peer_read(peer *p, void *room, size_t n);
/* Counts a request that `talk` read. */
void peer_seen(peer *p);
void peer_write(peer *p, const void *data, size_t n);
void peer_text(peer *p, const char *text);
/* Status line, Content-Type, Content-Length, more headers (each with CRLF), body. */
void peer_reply(peer *p, int status, const char *type, const char *headers, const char *body);
void peer_sleep(unsigned ms);

#endif
