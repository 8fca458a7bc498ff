/* Trust anchors of a context: what the user named, and nothing else. No default folder, no
 * environment, nothing shared with the trust used for TLS. A path that adds no anchor is an error,
 * since trusting less than was asked for would go unseen. */
#include "pki/cert.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

enum { FILES_MAX = 10000 };

typedef DIR dir_handle;
DEFINE_AUTO(dir_handle, closedir)

static bool is_known(const pades_ctx *ctx, span der)
{
    for (size_t i = 0; i < ctx->anchors_n; i++) {
        if (span_eq(buf_span(&ctx->anchors[i]), der)) {
            return true;
        }
    }
    return false;
}

static pades_status add_cert(pades_ctx *ctx, const pades_cert *cert, pades_error **e)
{
    return is_known(ctx, cert_der(cert)) ? PADES_OK : ctx_add_anchor(ctx, cert_der(cert), e);
}

static pades_status add_file(pades_ctx *ctx, const char *path, pades_error **e)
{
    pades_cert **certs = NULL;
    size_t n = 0;
    TRY(certs_read_file(path, &certs, &n, e));
    pades_status status = PADES_OK;
    for (size_t i = 0; status == PADES_OK && i < n; i++) {
        status = add_cert(ctx, certs[i], e);
    }
    certs_free(certs, n);
    return status;
}

static pades_status add_entry(pades_ctx *ctx, const char *folder, const char *name, size_t *files,
                              pades_error **e)
{
    struct stat st;
    AUTO_VAL(buf) text = BUF(1U << 16);
    buf_addf(&text, "%s/%s", folder, name);
    AUTO(mem_text) *path = buf_take_text(&text);
    if (!path) {
        return fail_memory(e);
    }
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return PADES_OK;
    }
    if (++*files > FILES_MAX) {
        return fail(e, PADES_LIMIT, "more than %d files of trust anchors in one folder", FILES_MAX);
    }
    return add_file(ctx, path, e);
}

/* Files whose name begins with a dot, and folders, are passed over; any other file must hold
 * certificates. */
static pades_status add_folder(pades_ctx *ctx, DIR *dir, const char *path, pades_error **e)
{
    size_t files = 0;
    for (const struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        if (d->d_name[0] != '.') {
            TRY(add_entry(ctx, path, d->d_name, &files, e));
        }
    }
    if (files == 0) {
        return fail(e, PADES_INPUT_NOT_FOUND, "the folder holds no file");
    }
    return PADES_OK;
}

static pades_status add_path(pades_ctx *ctx, const char *path, pades_error **e)
{
    AUTO(dir_handle) *dir = opendir(path);
    if (dir) {
        return add_folder(ctx, dir, path, e);
    }
    if (errno != ENOTDIR) {
        return fail_errno(e, errno == ENOENT ? PADES_INPUT_NOT_FOUND : PADES_INPUT_UNREADABLE,
                          errno, "cannot be opened");
    }
    return add_file(ctx, path, e);
}

pades_status pades_ctx_add_trust_path(pades_ctx *ctx, const char *path, pades_error **ret_error)
{
    if (!ctx || !path) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "trust anchors without context or path");
    }
    TRY(ctx_must_be_open(ctx, ret_error));
    pades_status status = add_path(ctx, path, ret_error);
    if (status != PADES_OK && status != PADES_NO_MEMORY) {
        AUTO(mem_text) *name = escape_text(span_str(path), 0);
        fail_wrap(ret_error, status, "trust anchors from '%s'", name ? name : "?");
        error_hint(ret_error,
                   "name a file of certificates (PEM or DER), or a folder that holds such "
                   "files only");
    }
    return status;
}

pades_status pades_ctx_add_trust_der(pades_ctx *ctx, const void *der, size_t n,
                                     pades_error **ret_error)
{
    AUTO(pades_cert) *cert = NULL;
    if (!ctx) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a trust anchor without context");
    }
    TRY(ctx_must_be_open(ctx, ret_error));
    TRY(pades_cert_new_der(der, n, &cert, ret_error));
    return add_cert(ctx, cert, ret_error);
}
