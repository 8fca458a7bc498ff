/* pades-mkpki DIR [--base-url URL|auto]: a demonstration PKI in DIR (see profiles.c for what is in
 * it). For each NAME: NAME.key (PKCS#8 PEM), NAME.pem, NAME.der, NAME.chain.pem (it and its CA);
 * and index.txt, base-url, port. "auto" takes a free port of this machine, which pades-testd then
 * uses when it is given no other. Promises shape and speed, not secrecy: the keys lie open. */
#include "common/auto.h"
#include "common/die.h"
#include "common/files.h"
#include "common/index.h"
#include "common/pem.h"
#include "pki/issue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_CERTS 64
#define DAY_SECONDS 86400L
#define KEY_COMPROMISE 1

static struct made made[MAX_CERTS];

/* The RSA-3072 key: who finds one first ends the search of the other. */
static struct {
    pthread_mutex_t lock;
    EVP_PKEY *key;
    atomic_bool found;
} race = {.lock = PTHREAD_MUTEX_INITIALIZER};

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

/* Nearly all of the time goes into RSA-3072, and how long that takes is luck: two threads try. */
static void make_all_keys(void)
{
    pthread_t helper;
    if (pthread_create(&helper, NULL, run_race, NULL) != 0) {
        die("cannot start a thread");
    }
    for (size_t i = 0; i < cert_spec_count; i++) {
        if (cert_specs[i].key != KEY_RSA3072) {
            made[i].key = make_key(cert_specs[i].key);
        }
    }
    run_race(NULL);
    pthread_join(helper, NULL);
    for (size_t i = 0; i < cert_spec_count; i++) {
        if (cert_specs[i].key == KEY_RSA3072) {
            if (race.key == NULL) {
                die("there is to be one RSA-3072 key");
            }
            made[i].key = TAKE(race.key);
        }
    }
}

static const struct made *made_named(const char *name, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        if (strcmp(cert_specs[i].name, name) == 0) {
            return &made[i];
        }
    }
    return NULL;
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
    row->reason = row->revoked ? KEY_COMPROMISE : 0;
}

static void issue_all(const char *dir, const char *base_url)
{
    static struct index index;
    AUTO(CONF) *conf = extensions_for(base_url);
    time_t now = time(NULL);
    for (size_t i = 0; i < cert_spec_count; i++) {
        const struct cert_spec *spec = &cert_specs[i];
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
    for (size_t i = 0; i < cert_spec_count; i++) {
        EVP_PKEY_free(made[i].key);
        X509_free(made[i].cert);
    }
}

int main(int argc, char **argv)
{
    static const char usage[] = "usage: pades-mkpki DIR [--base-url URL|auto]";
    bool with_url = argc == 4 && strcmp(argv[2], "--base-url") == 0;
    if ((argc != 2 && !with_url) || argv[1][0] == '-') {
        die("%s", usage);
    }
    const char *base_url = with_url ? argv[3] : "http://127.0.0.1:8790";
    char found[64];
    if (strcmp(base_url, "auto") == 0) {
        snprintf(found, sizeof found, "http://127.0.0.1:%u", free_port());
        base_url = found;
    }
    if (!plain_url(base_url)) {
        die("'%s' is not a plain http URL", base_url);
    }
    if (mkdir(argv[1], 0755) != 0 && errno != EEXIST) {
        die("cannot make '%s': %s", argv[1], strerror(errno));
    }
    make_all_keys();
    issue_all(argv[1], base_url);
    save_address(argv[1], base_url);
    free_all();
    return 0;
}
