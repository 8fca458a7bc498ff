/* See certs.h. The library reads the first certificate of a file; a chain in one file is common, so
 * the PEM blocks are taken apart here (RFC 7468). */
#include "certs.h"

#include "files.h"
#include "text.h"

#include <string.h>

enum { FILE_MAX = 1024 * 1024 };
static const char begin_line[] = "-----BEGIN CERTIFICATE-----";
static const char end_line[] = "-----END CERTIFICATE-----";

static int take(struct certs *c, pades_cert *cert, struct failure *f)
{
    pades_cert **more = reallocarray(c->all, c->n + 1, sizeof(pades_cert *));
    if (more == NULL) {
        pades_cert_free(cert);
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    c->all = more;
    c->all[c->n++] = cert;
    return EXIT_DONE;
}

static int digit_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* Base 64 without its line ends; `to` has room for all. Octets, or 0 when it is none. */
static size_t decode(const char *from, const char *end, unsigned char *to)
{
    size_t n = 0;
    unsigned bits = 0;
    unsigned value = 0;
    for (; from < end && *from != '='; from++) {
        int digit = digit_value(*from);
        if (digit < 0 && strchr(" \t\r\n", *from) == NULL) {
            return 0;
        }
        if (digit < 0) {
            continue;
        }
        value = (value << 6 | (unsigned)digit) & 0xFFFFFFU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            to[n++] = (unsigned char)(value >> bits & 0xFFU);
        }
    }
    return n;
}

static int take_der(struct certs *c, const void *der, size_t n, const char *path, struct failure *f)
{
    pades_error *error = NULL;
    pades_cert *cert = NULL;
    if (call(f, pades_cert_new_der(der, n, &cert, &error), &error) != EXIT_DONE) {
        return fail(f, PADES_CERT_INVALID, NULL, "'%s' has no certificate that can be read",
                    show(path).text);
    }
    return take(c, cert, f);
}

/* One block after another; none at all means that the file must be DER. */
static int take_all(struct certs *c, const char *data, size_t n, const char *path,
                    struct failure *f)
{
    AUTO(free) char *room = malloc(n + 1);
    size_t before = c->n;
    const char *at = data;
    if (room == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    while ((at = strstr(at, begin_line)) != NULL) {
        at += sizeof begin_line - 1;
        const char *end = strstr(at, end_line);
        if (end == NULL) {
            return fail(f, PADES_CERT_INVALID, NULL, "'%s' ends within a certificate",
                        show(path).text);
        }
        TRY(take_der(c, room, decode(at, end, (unsigned char *)room), path, f));
        at = end;
    }
    return c->n > before ? EXIT_DONE : take_der(c, data, n, path, f);
}

int certs_add_file(struct certs *c, const char *path, struct failure *f)
{
    AUTO(free) char *data = NULL;
    size_t n = 0;
    TRY(file_read(path, FILE_MAX, &data, &n, f));
    return take_all(c, data, n, path, f);
}

/* Any failure is one of the signer's certificate. */
static int load(struct certs *c, const char *path, struct failure *f)
{
    return certs_add_file(c, path, f) == EXIT_DONE ? EXIT_DONE : (f->exit = EXIT_KEY);
}

int certs_load(struct app *app, struct certs *ret, struct failure *f)
{
    const char *path;
    for (size_t i = 0; (path = setting_item(&app->settings, OPT_CERT, i)) != NULL; i++) {
        TRY(load(ret, path, f));
    }
    return EXIT_DONE;
}

void certs_clear(struct certs *c)
{
    for (size_t i = 0; i < c->n; i++) {
        pades_cert_free(c->all[i]);
    }
    free(c->all);
    *c = (struct certs){0};
}
