#include "pki/served.h"

#include "base/control.h"
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 10000, LOG_MAX = 1 << 20 };

static struct {
    char folder[64];
    char url[64];
    pid_t server;
} shared;

static pid_t spawn(char *const argv[])
{
    pid_t pid = -1;
    char *const environment[] = {NULL};
    assert_int_equal(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environment), 0);
    return pid;
}

static void run(char *const argv[])
{
    int status = -1;
    pid_t pid = spawn(argv);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static char *text(const char *s)
{
    char *copy = strdup(s);
    assert_non_null(copy);
    return copy;
}

const char *served_file(const char *name)
{
    static char rooms[8][160];
    static unsigned turn;
    char *room = rooms[turn++ % 8];
    snprintf(room, sizeof rooms[0], "%s/%s", shared.folder, name);
    return room;
}

buf served_read(const char *path)
{
    buf out = BUF(256U << 20);
    char chunk[16384];
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        buf_add(&out, chunk, n);
    }
    fclose(f);
    return out;
}

void served_write(const char *path, span bytes)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(bytes.n ? fwrite(bytes.p, 1, bytes.n, f) : 0, bytes.n);
    assert_int_equal(fclose(f), 0);
}

static void wait_for_port(void)
{
    char port[16] = "";
    uint64_t end = monotonic_ms() + WAIT_MS;
    while (!strchr(port, '\n') && monotonic_ms() < end) {
        FILE *f = fopen(served_file("listening"), "r");
        size_t n = f ? fread(port, 1, sizeof port - 1, f) : 0;
        port[n] = '\0';
        if (f) {
            fclose(f);
        }
        usleep(5000);
    }
    assert_non_null(strchr(port, '\n'));
    *strchr(port, '\n') = '\0';
    snprintf(shared.url, sizeof shared.url, "http://127.0.0.1:%s", port);
}

int served_start(void **state)
{
    (void)state;
    char *make[] = {text(MKPKI), shared.folder, text("--base-url"), text("auto"), NULL};
    served_folder(shared.folder);
    run(make);
    char *serve[] = {text(TESTD),
                     text("--pki"),
                     shared.folder,
                     text("--port-file"),
                     text(served_file("listening")),
                     text("--log"),
                     text(served_file("log")),
                     NULL};
    shared.server = spawn(serve);
    wait_for_port();
    free(make[0]);
    free(make[2]);
    free(make[3]);
    for (size_t i = 0; serve[i]; i++) {
        if (i != 2) {
            free(serve[i]);
        }
    }
    return 0;
}

int served_stop(void **state)
{
    (void)state;
    kill(shared.server, SIGTERM);
    waitpid(shared.server, NULL, 0);
    served_remove(shared.folder);
    return 0;
}

const char *served_url(void)
{
    return shared.url;
}

pades_cert *served_cert(const char *name)
{
    char file[80];
    pades_cert *cert = NULL;
    snprintf(file, sizeof file, "%s.pem", name);
    assert_int_equal(pades_cert_new_file(served_file(file), &cert, NULL), PADES_OK);
    return cert;
}

unsigned served_requests(const char *part)
{
    unsigned n = 0;
    buf log = served_read(served_file("log"));
    buf_add_byte(&log, '\0');
    for (char *line = (char *)log.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        n += !part || strstr(line, part) ? 1 : 0;
    }
    buf_free(&log);
    return n;
}

void served_revoke(const char *name, long seconds, int reason)
{
    buf index = served_read(served_file("index.txt"));
    buf fresh = BUF(1U << 20);
    buf_add_byte(&index, '\0');
    for (char *line = (char *)index.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char who[64], issuer[64], serial[80], kind[16], state[16];
        long at = 0;
        int why = 0;
        *end = '\0';
        if (*line == '#') {
            continue;
        }
        assert_int_equal(sscanf(line, "%63s %63s %79s %15s %15s %ld %d", who, issuer, serial, kind,
                                state, &at, &why),
                         7);
        if (strcmp(who, name) == 0) {
            at = seconds < 0 ? 0 : (long)time(NULL) - seconds;
            snprintf(state, sizeof state, "%s", seconds < 0 ? "good" : "revoked");
            why = seconds < 0 ? 0 : reason;
        }
        char row[400];
        snprintf(row, sizeof row, "%s %s %s %s %s %ld %d\n", who, issuer, serial, kind, state, at,
                 why);
        buf_add_str(&fresh, row);
    }
    served_write(served_file("index.txt"), buf_span(&fresh));
    buf_free(&index);
    buf_free(&fresh);
}

void served_faults(const char *lines)
{
    served_write(served_file("faults"), span_str(lines));
}

void served_clock(long seconds)
{
    char text[32];
    snprintf(text, sizeof text, "%ld\n", seconds);
    served_write(served_file("clock"), span_str(text));
}

pades_ctx *served_ctx(const char *root)
{
    char name[80];
    pades_ctx *ctx = NULL;
    snprintf(name, sizeof name, "%s.pem", root);
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_add_trust_path(ctx, served_file(name), NULL), PADES_OK);
    assert_int_equal(pades_ctx_allow_host(ctx, "127.0.0.1", NULL), PADES_OK);
    return ctx;
}

void served_folder(char room[64])
{
    snprintf(room, 64, "/tmp/pades-test-XXXXXX");
    assert_non_null(mkdtemp(room));
}

void served_remove(const char *folder)
{
    char *argv[] = {text("rm"), text("-rf"), text(folder), NULL};
    run(argv);
    for (size_t i = 0; argv[i]; i++) {
        free(argv[i]);
    }
}

void assert_says(const pades_error *e, const char *part)
{
    for (const pades_error *at = e; at; at = pades_error_cause(at)) {
        if (strstr(pades_error_message(at), part)) {
            return;
        }
    }
    for (; e; e = pades_error_cause(e)) {
        print_error("    %s\n", pades_error_message(e));
    }
    print_error("nothing of it says '%s'\n", part);
    _fail(__FILE__, __LINE__);
}
