/* Certificates from PEM or DER texts and files (RFC 7468). Anything between the certificates is
 * skipped; a certificate that cannot be read is an error that names its place. */
#include "pki/cert.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pki/pem.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FILE_MAX = 16 * 1024 * 1024, CERTS_MAX = 10000, PEM_DER_MAX = 512 * 1024 };

typedef struct cert_list {
    pades_cert **certs;
    size_t n;
    size_t cap;
} cert_list;

static void cert_list_free(cert_list *list)
{
    certs_free(list->certs, list->n);
    *list = (cert_list){NULL, 0, 0};
}

void certs_free(pades_cert **certs, size_t n)
{
    for (size_t i = 0; certs && i < n; i++) {
        pades_cert_free(certs[i]);
    }
    mem_free(certs);
}

static pades_status list_add(cert_list *list, span der, pades_error **e)
{
    if (list->n == CERTS_MAX) {
        return fail(e, PADES_LIMIT, "more than %d certificates", CERTS_MAX);
    }
    if (!MEM_GROW(list->certs, list->n, list->cap)) {
        return fail_memory(e);
    }
    pades_status status = pades_cert_new_der(der.p, der.n, &list->certs[list->n], e);
    if (status != PADES_OK) {
        return fail_wrap(e, status, "certificate %zu cannot be read", list->n + 1);
    }
    list->n++;
    return PADES_OK;
}

static pades_status add_pem(cert_list *list, span body, pades_error **e)
{
    AUTO_VAL(buf) der = BUF(PEM_DER_MAX);
    if (!pem_decode(body, &der)) {
        return fail(e, PADES_CERT_INVALID, "certificate %zu is not base64", list->n + 1);
    }
    return list_add(list, buf_span(&der), e);
}

static pades_status parse_pem(span text, cert_list *list, pades_error **e)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    static const char end[] = "-----END CERTIFICATE-----";
    size_t at = 0;
    while ((at = span_find(text, span_str(begin), at)) != SIZE_MAX) {
        size_t start = at + sizeof begin - 1;
        size_t stop = span_find(text, span_str(end), start);
        if (stop == SIZE_MAX) {
            return fail(e, PADES_CERT_INVALID, "certificate %zu has no end line", list->n + 1);
        }
        TRY(add_pem(list, span_part(text, start, stop - start), e));
        at = stop + sizeof end - 1;
    }
    return PADES_OK;
}

pades_status certs_parse(span text, pades_cert ***ret, size_t *ret_n, pades_error **e)
{
    AUTO_VAL(cert_list) list = {NULL, 0, 0};
    if (text.n > 0 && text.p[0] == 0x30) {
        TRY(list_add(&list, text, e));
    } else {
        TRY(parse_pem(text, &list, e));
    }
    if (list.n == 0) {
        fail(e, PADES_CERT_INVALID, "%s", text.n ? "no certificate in it" : "it is empty");
        error_hint(e, "certificates are expected as PEM (-----BEGIN CERTIFICATE-----) or DER");
        return PADES_CERT_INVALID;
    }
    *ret = TAKE(list.certs);
    *ret_n = list.n;
    list.n = 0;
    return PADES_OK;
}

static pades_status read_all(int fd, buf *out, pades_error **e)
{
    for (;;) {
        size_t before = out->n;
        uint8_t *room = buf_extend(out, 16384);
        if (!room) {
            return buf_check(out, "a certificate file", e);
        }
        ssize_t got = read(fd, room, 16384);
        buf_truncate(out, before + (got > 0 ? (size_t)got : 0));
        if (got == 0) {
            return PADES_OK;
        }
        if (got < 0 && errno != EINTR) {
            return fail_errno(e, PADES_INPUT_UNREADABLE, errno, "cannot be read");
        }
    }
}

static pades_status read_path(const char *path, buf *out, pades_error **e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return fail_errno(e, errno == ENOENT ? PADES_INPUT_NOT_FOUND : PADES_INPUT_UNREADABLE,
                          errno, "cannot be opened");
    }
    pades_status status = read_all(fd, out, e);
    close(fd);
    return status;
}

static pades_status read_and_parse(const char *path, pades_cert ***ret, size_t *ret_n,
                                   pades_error **e)
{
    AUTO_VAL(buf) text = BUF(FILE_MAX);
    TRY(read_path(path, &text, e));
    return certs_parse(buf_span(&text), ret, ret_n, e);
}

pades_status certs_read_file(const char *path, pades_cert ***ret, size_t *ret_n, pades_error **e)
{
    pades_status status = read_and_parse(path, ret, ret_n, e);
    if (status != PADES_OK) {
        AUTO(mem_text) *name = escape_text(span_str(path), 0);
        return fail_wrap(e, status, "certificate file '%s'", name ? name : "?");
    }
    return PADES_OK;
}

pades_status pades_cert_new_file(const char *path, pades_cert **ret_cert, pades_error **ret_error)
{
    if (!path || !ret_cert) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a certificate file without path or place");
    }
    AUTO_VAL(cert_list) list = {NULL, 0, 0};
    TRY(certs_read_file(path, &list.certs, &list.n, ret_error));
    return cert_ref(list.certs[0], ret_cert, ret_error);
}
