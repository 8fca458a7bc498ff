/* pades-mkpki DIR [--base-url URL|auto] [--rsa]: a demonstration PKI in DIR (see profiles.c and
 * deep.h for what is in it; --rsa also makes the PKIs rsa and pss, which takes a while). For each
 * NAME: NAME.key (PKCS#8 PEM), NAME.pem, NAME.der, NAME.chain.pem (it and its CA); and index.txt,
 * base-url, port. "auto" takes a free port of this machine, which pades-testd then uses when it is
 * given no other. Promises shape and speed, not secrecy: the keys lie open. */
#include "common/auto.h"
#include "common/die.h"
#include "common/files.h"
#include "common/index.h"
#include "common/pem.h"
#include "pki/deep.h"
#include "pki/issue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_CERTS 128
#define DAY_SECONDS 86400L
#define KEY_COMPROMISE 1

static struct made made[MAX_CERTS];

/* All certificates that are to be made, issuers first. */
static const struct cert_spec *specs[MAX_CERTS];
static size_t spec_count;

/* Who finds the one RSA-3072 key first ends the search of the other; of many each takes the next.
 */
static struct {
    pthread_mutex_t lock;
    EVP_PKEY *key;
    atomic_bool found;
    atomic_size_t next;
} race = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void add_specs(const struct cert_spec *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (spec_count == MAX_CERTS) {
            die("too many certificates");
        }
        specs[spec_count++] = &list[i];
    }
}

static const struct made *made_named(const char *name, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        if (strcmp(specs[i]->name, name) == 0) {
            return &made[i];
        }
    }
    return NULL;
}

static void *run_race(void *unused)
{
    EVP_PKEY *key = make_rsa(3072, &race.found);
    pthread_mutex_lock(&race.lock);
    if (key != NULL && race.key == NULL) {
        race.key = TAKE(key);
        atomic_store(&race.found, true);
    }
    pthread_mutex_unlock(&race.lock);
    EVP_PKEY_free(key);
    return unused;
}

static void *run_queue(void *unused)
{
    for (size_t i = atomic_fetch_add(&race.next, 1); i < spec_count;
         i = atomic_fetch_add(&race.next, 1)) {
        if (specs[i]->key == KEY_RSA3072) {
            made[i].key = make_key(KEY_RSA3072);
        }
    }
    return unused;
}

static void in_two_threads(void *(*work)(void *))
{
    pthread_t helper;
    if (pthread_create(&helper, NULL, work, NULL) != 0) {
        die("cannot start a thread");
    }
    work(NULL);
    pthread_join(helper, NULL);
}

/* Nearly all of the time goes into RSA-3072, and how long that takes is luck: two threads try. */
static void make_large_keys(void)
{
    size_t count = 0, last = 0;
    for (size_t i = 0; i < spec_count; i++) {
        bool large = specs[i]->key == KEY_RSA3072;
        count += large;
        last = large ? i : last;
    }
    if (count == 1) {
        in_two_threads(run_race);
        made[last].key = TAKE(race.key);
    } else {
        in_two_threads(run_queue);
    }
}

static void make_all_keys(void)
{
    for (size_t i = 0; i < spec_count; i++) {
        const struct cert_spec *spec = specs[i];
        const struct made *twin = spec->twin == NULL ? NULL : made_named(spec->twin, i);
        if (twin != NULL) {
            EVP_PKEY_up_ref(twin->key);
            made[i].key = twin->key;
        } else if (spec->key != KEY_RSA3072) {
            made[i].key = make_key(spec->key);
        }
    }
    make_large_keys();
}

static void index_add(struct index *index, const struct cert_spec *spec, X509 *cert, time_t now)
{
    struct index_row *row = &index->rows[index->count++];
    AUTO(BIGNUM) *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    char *hex = BN_bn2hex(number);
    snprintf(row->name, sizeof row->name, "%s", spec->name);
    snprintf(row->issuer, sizeof row->issuer, "%s", spec->issuer);
    snprintf(row->serial, sizeof row->serial, "%s", hex);
    snprintf(row->kind, sizeof row->kind, "%s", spec->kind);
    OPENSSL_free(hex);
    row->revoked = spec->revoked_days != 0;
    row->revoked_at = row->revoked ? (long)now - spec->revoked_days * DAY_SECONDS : 0;
    row->reason = !row->revoked ? 0 : spec->reason != 0 ? spec->reason : KEY_COMPROMISE;
    row->unknown = spec->unknown;
}

static void issue_all(const char *dir, const char *base_url)
{
    static struct index index;
    AUTO(CONF) *conf = extensions_for(base_url);
    time_t now = time(NULL);
    for (size_t i = 0; i < spec_count; i++) {
        const struct cert_spec *spec = specs[i];
        const struct made *issuer = made_named(spec->issuer, i);
        made[i].cert = make_cert(spec, made[i].key, issuer, conf, now);
        pem_save_key(dir, spec->name, made[i].key);
        pem_save_cert(dir, spec->name, made[i].cert, issuer == NULL ? NULL : issuer->cert);
        index_add(&index, spec, made[i].cert, now);
    }
    index_save(dir, &index);
}

static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    struct sockaddr *generic = (struct sockaddr *)&address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) {
        die("no free port: %s", strerror(errno));
    }
    close(fd);
    return ntohs(address.sin_port);
}

/* Only what cannot change the meaning of the configuration text it is put into. */
static bool plain_url(const char *url)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".:/_-[]~";
    return strncmp(url, "http://", 7) == 0 && url[strspn(url, allowed)] == '\0';
}

static void save_line(const char *dir, const char *name, const char *text)
{
    AUTO(char) *path = path_join(dir, name, "");
    AUTO(char) *line = NULL;
    int n = asprintf(&line, "%s\n", text);
    if (n < 0) {
        die("out of memory");
    }
    file_write(path, line, (size_t)n, 0644);
}

static void save_address(const char *dir, const char *base_url)
{
    save_line(dir, "base-url", base_url);
    const char *colon = strrchr(base_url + strlen("http://"), ':');
    char port[16];
    snprintf(port, sizeof port, "%u", colon == NULL ? 80U : (unsigned)strtoul(colon + 1, NULL, 10));
    save_line(dir, "port", port);
}

static void free_all(void)
{
    for (size_t i = 0; i < spec_count; i++) {
        EVP_PKEY_free(made[i].key);
        X509_free(made[i].cert);
    }
}

struct options {
    const char *dir;
    const char *base_url;
    bool rsa;
};

static struct options read_options(int argc, char **argv)
{
    static const char usage[] = "usage: pades-mkpki DIR [--base-url URL|auto] [--rsa]";
    struct options options = {.base_url = "http://127.0.0.1:8790"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--rsa") == 0) {
            options.rsa = true;
        } else if (strcmp(argv[i], "--base-url") == 0 && i + 1 < argc) {
            options.base_url = argv[++i];
        } else if (argv[i][0] != '-' && options.dir == NULL) {
            options.dir = argv[i];
        } else {
            die("%s", usage);
        }
    }
    if (options.dir == NULL) {
        die("%s", usage);
    }
    return options;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    char found[64];
    if (strcmp(options.base_url, "auto") == 0) {
        snprintf(found, sizeof found, "http://127.0.0.1:%u", free_port());
        options.base_url = found;
    }
    if (!plain_url(options.base_url)) {
        die("'%s' is not a plain http URL", options.base_url);
    }
    if (mkdir(options.dir, 0755) != 0 && errno != EEXIST) {
        die("cannot make '%s': %s", options.dir, strerror(errno));
    }
    add_specs(cert_specs, cert_spec_count);
    add_specs(deep_specs, deep_spec_count);
    add_specs(deep_rsa_specs, options.rsa ? deep_rsa_spec_count : 0);
    make_all_keys();
    issue_all(options.dir, options.base_url);
    save_address(options.dir, options.base_url);
    free_all();
    return 0;
}
