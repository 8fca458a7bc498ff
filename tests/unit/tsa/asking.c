/* See asking.h. */
#include "tsa/asking.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/cm.h"

enum { WAIT_MS = 10000 };

static struct {
    char folder[32];
    char port[16];
    pid_t server;
} shared;

static char *in_folder(char *room, size_t n, const char *name)
{
    snprintf(room, n, "%s/%s", shared.folder, name);
    return room;
}

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

static size_t read_all(const char *name, char *room, size_t n)
{
    char path[64];
    FILE *file = fopen(in_folder(path, sizeof path, name), "r");
    size_t got = file ? fread(room, 1, n - 1, file) : 0;
    room[got] = '\0';
    if (file) {
        fclose(file);
    }
    return got;
}

int start_authority(void **state)
{
    (void)state;
    char mkpki[] = MKPKI, testd[] = TESTD, pki_option[] = "--pki", port_option[] = "--port",
         zero[] = "0";
    char port_file_option[] = "--port-file", log_option[] = "--log", port_file[64], log[64];
    strcpy(shared.folder, "/tmp/pades-test-XXXXXX");
    assert_non_null(mkdtemp(shared.folder));
    char *const make[] = {mkpki, shared.folder, NULL};
    run(make);
    char *const serve[] = {testd,
                           pki_option,
                           shared.folder,
                           port_option,
                           zero,
                           port_file_option,
                           in_folder(port_file, sizeof port_file, "listening"),
                           log_option,
                           in_folder(log, sizeof log, "log"),
                           NULL};
    shared.server = spawn(serve);
    uint64_t end = monotonic_ms() + WAIT_MS;
    while (!strchr(shared.port, '\n') && monotonic_ms() < end) {
        usleep(10000);
        read_all("listening", shared.port, sizeof shared.port);
    }
    assert_non_null(strchr(shared.port, '\n'));
    *strchr(shared.port, '\n') = '\0';
    return 0;
}

int stop_authority(void **state)
{
    (void)state;
    char rm[] = "rm", force[] = "-rf";
    char *const argv[] = {rm, force, shared.folder, NULL};
    kill(shared.server, SIGTERM);
    waitpid(shared.server, NULL, 0);
    run(argv);
    return 0;
}

static size_t read_log(char *room, size_t n)
{
    return read_all("log", room, n);
}

int set_up(void **state)
{
    static char log[1 << 18];
    char root[64];
    fixture *f = calloc(1, sizeof *f);
    f->token = BUF(1U << 20);
    f->index = 99;
    f->logged = read_log(log, sizeof log);
    assert_int_equal(pades_ctx_new(&f->ctx, NULL), PADES_OK);
    assert_int_equal(
        pades_ctx_add_trust_path(f->ctx, in_folder(root, sizeof root, "root.pem"), NULL), PADES_OK);
    *state = f;
    return 0;
}

int tear_down(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < f->n; i++) {
        pades_tsa_free(f->tsas[i]);
    }
    buf_free(&f->token);
    tsp_verified_free(&f->verified);
    pades_error_free(f->error);
    pades_ctx_free(f->ctx);
    free(f);
    return 0;
}

unsigned requests(const fixture *f)
{
    static char log[1 << 18];
    unsigned n = 0;
    read_log(log, sizeof log);
    for (const char *c = log + f->logged; *c; c++) {
        n += *c == '\n';
    }
    return n;
}

void add(fixture *f, const char *path)
{
    char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%s%s", shared.port, path);
    assert_int_equal(pades_tsa_new(url, &f->tsas[f->n], NULL), PADES_OK);
    f->n++;
}

pades_status stamp_with(fixture *f, pades_digest alg, pades_control *control)
{
    const pades_tsa *list[3] = {f->tsas[0], f->tsas[1], f->tsas[2]};
    buf_clear(&f->token);
    return tsa_stamp(f->ctx, list, f->n, alg, span_str("a signature"), control, NULL, &f->token,
                     &f->verified, &f->index, &f->error);
}

pades_status stamp(fixture *f, const char *path)
{
    add(f, path);
    return stamp_with(f, PADES_DIGEST_SHA256, NULL);
}
