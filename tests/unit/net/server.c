/* See server.h. */
#include "net/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PEERS_MAX = 256 };

struct server {
    server_script script;
    server_talk talk; /* NULL: HTTP/1.1 */
    void *user;
    int listener;
    unsigned port;
    SSL_CTX *tls;
    atomic_bool ending;
    atomic_uint connections, requests;
    pthread_t acceptor;
    pthread_t peers[PEERS_MAX];
    int fds[PEERS_MAX];
    pthread_mutex_t lock;
    char last_head[8192];
};

typedef struct arrival {
    server *s;
    int fd;
} arrival;

static void check(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

void peer_sleep(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

void peer_write(peer *p, const void *data, size_t n)
{
    const char *at = data;
    while (n > 0 && !p->close) {
        ssize_t done = p->tls ? SSL_write(p->tls, at, (int)(n > 16384 ? 16384 : n))
                              : send(p->fd, at, n, MSG_NOSIGNAL);
        if (done <= 0) {
            p->close = true;
            return;
        }
        at += done;
        n -= (size_t)done;
    }
}

void peer_text(peer *p, const char *text)
{
    peer_write(p, text, strlen(text));
}

void peer_reply(peer *p, int status, const char *type, const char *headers, const char *body)
{
    char head[2048];
    snprintf(head, sizeof head,
             "HTTP/1.1 %d Scripted\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n", status,
             type, strlen(body), headers ? headers : "");
    peer_text(p, head);
    peer_text(p, body);
}

ssize_t peer_read(peer *p, void *room, size_t n)
{
    return p->tls ? SSL_read(p->tls, room, (int)n) : recv(p->fd, room, n, 0);
}

/* Reads one head; false at the end of the connection. */
static bool read_head(peer *p, size_t *ret_extra)
{
    size_t n = 0;
    char *end = NULL;
    while (!end) {
        ssize_t got =
            n < sizeof p->head - 1 ? peer_read(p, p->head + n, sizeof p->head - 1 - n) : 0;
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        p->head[n] = '\0';
        end = strstr(p->head, "\r\n\r\n");
    }
    *ret_extra = n - (size_t)(end + 4 - p->head);
    end[2] = '\0';
    return true;
}

static bool read_request(peer *p)
{
    size_t have = 0;
    if (!read_head(p, &have)) {
        return false;
    }
    check(sscanf(p->head, "%15s %1023s", p->method, p->path) == 2, "request line");
    const char *length = strcasestr(p->head, "\r\nContent-Length:");
    p->body_n = length ? strtoul(length + 17, NULL, 10) : 0;
    char room[16384];
    while (have < p->body_n && strstr(p->path, "unread") == NULL) {
        ssize_t got = peer_read(p, room, sizeof room);
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
    }
    return true;
}

void peer_seen(peer *p)
{
    atomic_fetch_add(&p->server->requests, 1);
}

static bool start_tls(peer *p)
{
    SSL *tls = SSL_new(p->server->tls);
    p->tls = tls;
    return SSL_set_fd(tls, p->fd) == 1 && SSL_accept(tls) == 1;
}

static void serve(peer *p)
{
    server *s = p->server;
    if (s->tls && !start_tls(p)) {
        return;
    }
    if (s->talk) {
        s->talk(p);
        return;
    }
    while (!p->close && read_request(p)) {
        peer_seen(p);
        pthread_mutex_lock(&s->lock);
        memcpy(s->last_head, p->head, sizeof s->last_head);
        pthread_mutex_unlock(&s->lock);
        s->script(p, s->user);
    }
}

static void *serve_thread(void *user)
{
    arrival *a = user;
    peer *p = calloc(1, sizeof *p);
    check(p != NULL, "memory");
    *p = (peer){.server = a->s, .fd = a->fd};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* SSL_write of a peer that has gone */
    serve(p);
    SSL_free(p->tls);
    shutdown(p->fd, SHUT_RDWR);
    free(p);
    free(a);
    return NULL;
}

static void *accept_thread(void *user)
{
    server *s = user;
    for (;;) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0 || atomic_load(&s->ending)) {
            close(fd);
            return NULL;
        }
        arrival *a = malloc(sizeof *a);
        unsigned n = atomic_load(&s->connections);
        check(a != NULL && n < PEERS_MAX, "too many connections");
        *a = (arrival){s, fd};
        s->fds[n] = fd;
        check(pthread_create(&s->peers[n], NULL, serve_thread, a) == 0, "thread");
        atomic_store(&s->connections, n + 1);
    }
}

static server *start(server_script script, void *user, SSL_CTX *tls, server_talk talk)
{
    server *s = calloc(1, sizeof *s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof address;
    check(s != NULL, "memory");
    s->script = script;
    s->user = user;
    s->tls = tls;
    s->talk = talk;
    pthread_mutex_init(&s->lock, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(bind(s->listener, (struct sockaddr *)&address, n) == 0, "bind");
    check(listen(s->listener, 64) == 0, "listen");
    check(getsockname(s->listener, (struct sockaddr *)&address, &n) == 0, "getsockname");
    s->port = ntohs(address.sin_port);
    check(pthread_create(&s->acceptor, NULL, accept_thread, s) == 0, "thread");
    return s;
}

server *server_start(server_script script, void *user)
{
    return start(script, user, NULL, NULL);
}

static X509 *self_signed(EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"127.0.0.1", -1, -1,
                               0);
    X509_set_issuer_name(cert, name);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    char value[] = "IP:127.0.0.1";
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
    X509_add_ext(cert, san, -1);
    X509_EXTENSION_free(san);
    check(X509_sign(cert, key, EVP_sha256()) > 0, "sign");
    return cert;
}

static SSL_CTX *new_tls(const char *cert_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = self_signed(key);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    check(SSL_CTX_use_certificate(tls, cert) == 1 && SSL_CTX_use_PrivateKey(tls, key) == 1,
          "certificate");
    FILE *file = fopen(cert_path, "w");
    check(file && PEM_write_X509(file, cert) == 1 && fclose(file) == 0, "certificate file");
    X509_free(cert);
    EVP_PKEY_free(key);
    return tls;
}

server *server_start_tls(server_script script, void *user, const char *cert_path)
{
    return start(script, user, new_tls(cert_path), NULL);
}

/* Only what was agreed on: a client that does not offer it gets no connection. */
static int choose(SSL *tls, const unsigned char **ret, unsigned char *ret_n,
                  const unsigned char *offered, unsigned n, void *user)
{
    const char *wanted = user;
    unsigned char *chosen = NULL;
    (void)tls;
    int got = SSL_select_next_proto(&chosen, ret_n, (const unsigned char *)wanted,
                                    (unsigned)strlen(wanted), offered, n);
    *ret = chosen;
    return got == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

server *server_start_alpn(server_talk talk, char *alpn, const char *cert_path)
{
    SSL_CTX *tls = new_tls(cert_path);
    SSL_CTX_set_alpn_select_cb(tls, choose, alpn);
    return start(NULL, NULL, tls, talk);
}

void server_stop(server *s)
{
    atomic_store(&s->ending, true);
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->acceptor, NULL);
    close(s->listener);
    for (unsigned i = 0; i < atomic_load(&s->connections); i++) {
        shutdown(s->fds[i], SHUT_RDWR);
        pthread_join(s->peers[i], NULL);
        close(s->fds[i]);
    }
    SSL_CTX_free(s->tls);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

unsigned server_port(const server *s)
{
    return s->port;
}

unsigned server_connections(const server *s)
{
    return atomic_load(&s->connections);
}

unsigned server_requests(const server *s)
{
    return atomic_load(&s->requests);
}

void server_last_head(server *s, char *out, size_t n)
{
    pthread_mutex_lock(&s->lock);
    snprintf(out, n, "%s", s->last_head);
    pthread_mutex_unlock(&s->lock);
}
