/* The file of a URI's pin-source, with the rules of every file with a PIN in it: a regular file, of
 * the user or of root, that nobody else may read or write. It is read into locked memory. */
#include "token/internal.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static pades_status check(int fd, const char *shown, pades_error **e)
{
    struct stat s;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) {
        return fail(e, PADES_PIN_REQUIRED, "'%s' is not a regular file", shown);
    }
    if ((s.st_mode & (S_IRWXG | S_IRWXO)) != 0 || (s.st_uid != 0 && s.st_uid != geteuid())) {
        (void)fail(e, PADES_PIN_REQUIRED, "others than its owner may read or write '%s'", shown);
        (void)error_hint(e, "chmod 600 '%s'; it must belong to you or to root", shown);
        return PADES_PIN_REQUIRED;
    }
    return PADES_OK;
}

/* Up to the end of the first line. */
static pades_status read_line(int fd, const char *shown, secret *to, pades_error **e)
{
    uint8_t *room = secret_room(to);
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n < SECRET_MAX && !memchr(room, '\n', n)) {
        got = read(fd, room + n, SECRET_MAX - n);
        n += got > 0 ? (size_t)got : 0;
    }
    const uint8_t *end = memchr(room, '\n', n);
    if (got < 0 || (!end && n == SECRET_MAX)) {
        return fail(e, PADES_PIN_REQUIRED, got < 0 ? "'%s' cannot be read" : "'%s' is too long",
                    shown);
    }
    n = end ? (size_t)(end - room) : n;
    n -= n > 0 && room[n - 1] == '\r' ? 1 : 0;
    secret_set_length(to, n);
    return n > 0 ? PADES_OK : fail(e, PADES_PIN_REQUIRED, "'%s' is empty", shown);
}

bool p11_takes_pin_file(const pades_token_opts *opts, const p11_uri *uri)
{
    return uri->has[URI_PIN_SOURCE] && (!opts->pin || opts->pin_attended);
}

int pades_token_opts_is_unattended(const pades_token_opts *opts)
{
    p11_uri uri;
    if (opts && opts->pin && !opts->pin_attended) {
        return 1;
    }
    if (!opts || p11_uri_parse(opts->uri, &uri, NULL) != PADES_OK) {
        return 0;
    }
    bool takes = p11_takes_pin_file(opts, &uri);
    p11_uri_free(&uri);
    return takes ? 1 : 0;
}

pades_status p11_pin_file(const char *path, secret *to, pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(span_str(path), 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (!shown || fd < 0) {
        int err = errno;
        if (fd >= 0) {
            close(fd);
        }
        return shown
                   ? fail_errno(e, PADES_PIN_REQUIRED, err, "the PIN in '%s' cannot be read", shown)
                   : fail_memory(e);
    }
    pades_status status = check(fd, shown, e);
    if (status == PADES_OK) {
        status = read_line(fd, shown, to, e);
    }
    close(fd);
    return status;
}
