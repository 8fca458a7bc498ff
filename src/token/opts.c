/* Options of what to look for and how a PIN is asked for. Setters copy; the first one that finds no
 * memory is remembered and reported by the operation. (pades_token_opts_add_cert: signer room.) */
#include "token/pkcs11.h"

#include "base/fail.h"
#include "build_config.h"
#include "base/mem.h"

pades_status pades_token_opts_new(pades_token_opts **ret_opts, pades_error **ret_error)
{
    pades_token_opts *opts = mem_alloc(sizeof *opts);
    if (!opts) {
        return fail_memory(ret_error);
    }
    *ret_opts = opts;
    return PADES_OK;
}

/* A URI may have held a PIN, which is refused, but it was there. */
static void forget(char *text)
{
    if (text) {
        mem_wipe(text, strlen(text));
        mem_free(text);
    }
}

void pades_token_opts_free(pades_token_opts *opts)
{
    if (!opts) {
        return;
    }
    mem_free(opts->module);
    forget(opts->uri);
    mem_free(opts->refused_dir);
    mem_free(opts->cert_subject);
    mem_free(opts->cert_serial);
    mem_free(opts->worker);
    mem_free(opts->purpose);
    for (size_t i = 0; i < opts->certs_n; i++) {
        buf_free(&opts->certs[i]);
    }
    mem_free(opts->certs);
    mem_free(opts);
}

static void set_text(pades_token_opts *opts, char **slot, const char *text)
{
    char *copy = mem_strdup(text);
    if (text && !copy) {
        opts->no_memory = true;
        return;
    }
    forget(*slot);
    *slot = copy;
}

void pades_token_opts_set_module(pades_token_opts *opts, const char *path)
{
    set_text(opts, &opts->module, path);
}

void pades_token_opts_set_known_modules(pades_token_opts *opts, int on)
{
    opts->known = on != 0;
}

void pades_token_opts_set_uri(pades_token_opts *opts, const char *uri)
{
    set_text(opts, &opts->uri, uri);
}

void pades_token_opts_set_cert_subject(pades_token_opts *opts, const char *text)
{
    set_text(opts, &opts->cert_subject, text);
}

void pades_token_opts_set_cert_serial(pades_token_opts *opts, const char *hex)
{
    set_text(opts, &opts->cert_serial, hex);
}

void pades_token_opts_set_purpose(pades_token_opts *opts, const char *text)
{
    set_text(opts, &opts->purpose, text);
}

void pades_token_opts_set_pin(pades_token_opts *opts, pades_pin_fn fn, void *user, int attended)
{
    opts->pin = fn;
    opts->pin_user = user;
    opts->pin_attended = attended != 0;
}

void pades_token_opts_set_pin_last_try(pades_token_opts *opts, int allow)
{
    opts->pin_last_try = allow != 0;
}

void pades_token_opts_set_pin_for_batch(pades_token_opts *opts, int keep)
{
    opts->pin_for_batch = keep != 0;
}

void pades_token_opts_set_pad_notice(pades_token_opts *opts, pades_pad_fn fn, void *user)
{
    opts->pad = fn;
    opts->pad_user = user;
}

void pades_token_opts_set_worker(pades_token_opts *opts, const char *program)
{
    set_text(opts, &opts->worker, program);
}

const char *pades_token_worker_path(void)
{
    return PADES_WORKER;
}

void pades_token_opts_set_answer_timeout(pades_token_opts *opts, uint32_t ms)
{
    opts->answer_ms = ms;
}

void pades_token_opts_set_control(pades_token_opts *opts, pades_control *control)
{
    opts->control = control;
}

void pades_token_opts_set_sessions(pades_token_opts *opts, unsigned n)
{
    opts->sessions = n;
}

void pades_token_opts_set_wait(pades_token_opts *opts, uint32_t ms, pades_wait_fn fn, void *user)
{
    opts->wait_ms = ms;
    opts->wait = fn;
    opts->wait_user = user;
}

void pades_token_opts_set_refused_dir(pades_token_opts *opts, const char *path)
{
    set_text(opts, &opts->refused_dir, path);
}

int pades_pin_set(pades_pin *pin, const char *bytes, size_t n)
{
    return pin && (bytes || n == 0) && secret_set(pin->secret, bytes, n) ? 0 : -1;
}

pades_status p11_opts(const pades_token_opts *opts, const pades_token_opts **ret, pades_error **e)
{
    static const pades_token_opts none;
    if (opts && opts->no_memory) {
        return fail_memory(e);
    }
    *ret = opts ? opts : &none;
    return PADES_OK;
}
