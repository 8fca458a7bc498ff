/* pades-testd --pki DIR [--port N] [--port-file F] [--log F] [--clock SECONDS]: timestamps, OCSP,
 * CRLs and CA certificates on 127.0.0.1, for the PKIs that pades-mkpki made. --port 0 takes any
 * port and writes it to --port-file; without --port the one in DIR/port is used. --clock moves the
 * clock of all answers (also 3d, 10y). SIGTERM and SIGINT end it. See server/routes.h for the paths
 * and server/wish.h for other times and misbehaviours. */
#include "common/auto.h"
#include "common/die.h"
#include "common/files.h"
#include "server/routes.h"
#include "server/wish.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

struct options {
    const char *pki;
    const char *port;
    const char *port_file;
    const char *log;
    const char *clock;
};

static const char usage[] =
    "usage: pades-testd --pki DIR [--port N] [--port-file F] [--log F] [--clock SECONDS]";

static const char **option_slot(struct options *options, const char *name)
{
    const struct {
        const char *name;
        const char **slot;
    } known[] = {{"--pki", &options->pki},
                 {"--port", &options->port},
                 {"--port-file", &options->port_file},
                 {"--log", &options->log},
                 {"--clock", &options->clock}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].slot;
        }
    }
    die("%s", usage);
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {0};
    for (int i = 1; i < argc; i += 2) {
        const char **slot = option_slot(&options, argv[i]);
        if (i + 1 == argc) {
            die("%s", usage);
        }
        *slot = argv[i + 1];
    }
    if (options.pki == NULL) {
        die("%s", usage);
    }
    return options;
}

static unsigned parse_port(const char *text)
{
    char *end = NULL;
    unsigned long port = strtoul(text, &end, 10);
    if (end == text || strspn(end, "\n") != strlen(end) || port > 65535) {
        die("'%s' is not a port", text);
    }
    return (unsigned)port;
}

static unsigned wanted_port(const struct options *options)
{
    if (options->port != NULL) {
        return parse_port(options->port);
    }
    AUTO(char) *path = path_join(options->pki, "port", "");
    AUTO(char) *text = file_read(path, NULL);
    if (text == NULL) {
        die("no --port, and no '%s'", path);
    }
    return parse_port(text);
}

static void tell_port(const char *path, unsigned port)
{
    if (path != NULL) {
        char line[16];
        int n = snprintf(line, sizeof line, "%u\n", port);
        file_write(path, line, (size_t)n, 0644);
    }
}

/* Blocked before any thread starts: only the sigwait below sees them. */
static sigset_t block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return set;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    unsigned port = wanted_port(&options);
    sigset_t ending = block_signals();
    static struct store store;
    store_open(&store, options.pki);
    if (options.clock != NULL && !wish_seconds(options.clock, &store.clock)) {
        die("'%s' is no time", options.clock);
    }
    struct http *http = http_start(&store, routes_answer, port, options.log);
    tell_port(options.port_file, http_port(http));
    int signal_number = 0;
    sigwait(&ending, &signal_number);
    http_stop(http);
    store_close(&store);
    return 0;
}
