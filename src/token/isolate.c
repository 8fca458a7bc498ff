/* Modules in a process of their own. One that ends it is left out of the next round, so that those
 * beside it are still seen. */
#include "token/internal.h"
#include "token/worker.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <unistd.h>

static char *take_text(reader *in)
{
    span s = wire_take_bytes(in);
    return in->failed ? NULL : mem_strndup((const char *)s.p, s.n);
}

/* "" stands for none. */
static char *take_path(reader *in)
{
    char *path = take_text(in);
    if (path && path[0]) {
        return path;
    }
    mem_free(path);
    return NULL;
}

/* An error of the other side becomes one of this side. */
static pades_status retell(reader *in, pades_error **e)
{
    uint64_t status = wire_take(in);
    AUTO(mem_text) *message = take_text(in);
    AUTO(mem_text) *hint = take_text(in);
    AUTO(mem_text) *native = take_text(in);
    if (!message || !hint || !native) {
        return fail_memory(e);
    }
    (void)fail(e, (pades_status)status, "%s", message);
    if (hint[0]) {
        (void)error_hint(e, "%s", hint);
    }
    if (native[0]) {
        (void)error_native(e, "%s", native);
    }
    return (pades_status)status;
}

static const char *product_of(const char *name)
{
    for (size_t i = 0; p11_known_product(i); i++) {
        if (strcmp(p11_known_product(i), name) == 0) {
            return p11_known_product(i);
        }
    }
    return NULL;
}

static pades_status add_module(p11_modules *m, reader *in, pades_error **e)
{
    p11_module module = {.name = take_text(in)};
    module.path = take_path(in);
    module.file = take_path(in);
    AUTO(mem_text) *product = take_text(in);
    module.product = product ? product_of(product) : NULL;
    module.port = p11_port_worker_new(m->worker, m->modules_n);
    if (!module.name || !module.port || !MEM_GROW(m->modules, m->modules_n, m->modules_cap)) {
        p11_module_close(&module);
        return fail_memory(e);
    }
    m->modules[m->modules_n++] = module;
    return PADES_OK;
}

static pades_status take_modules(p11_modules *m, reader *in, pades_error **e)
{
    m->named = wire_take(in) != 0;
    uint64_t told = wire_take(in);
    for (uint64_t i = 0; i < told && !in->failed; i++) {
        char *text[P11_TOLD_TEXTS];
        for (size_t j = 0; j < P11_TOLD_TEXTS; j++) {
            text[j] = take_path(in);
        }
        TRY(p11_tell_again(m, text, take_path(in), e));
    }
    uint64_t n = wire_take(in);
    for (uint64_t i = 0; i < n && !in->failed; i++) {
        TRY(add_module(m, in, e));
    }
    return PADES_OK;
}

static void add_text(buf *out, const char *text)
{
    wire_add_bytes(out, text ? text : "", text ? strlen(text) : 0);
}

static void add_request(const p11_modules *m, const pades_token_opts *opts, const char *name,
                        buf *out)
{
    wire_add(out, WIRE_GREETING);
    add_text(out, name);
    add_text(out, opts->uri);
    wire_add(out, opts->known ? 1 : 0);
    wire_add(out, m->aside_n);
    for (size_t i = 0; i < m->aside_n; i++) {
        add_text(out, m->aside[i].name);
    }
}

static pades_status take_reply(p11_modules *m, CK_RV rv, reader *in, pades_error **e)
{
    if (rv == CKR_HOST_MEMORY) {
        return fail_memory(e);
    }
    pades_status status = rv == CKR_OK ? take_modules(m, in, e) : retell(in, e);
    if (status == PADES_OK && in->failed) {
        return fail(e, PADES_MODULE_FAILED,
                    "the program for PKCS#11 modules is of another version");
    }
    return status;
}

/* A process, and the request on its way; no channel when it could not be sent, for `*ret_rv`. */
static pades_status start(const p11_worker_setup *setup, span request, p11_early *ret,
                          CK_RV *ret_rv, pades_error **e)
{
    TRY(p11_worker_new(setup, &ret->worker, e));
    if (p11_call_begin(&ret->call, ret->worker, WIRE_OPEN, 0, ret_rv)) {
        buf_add_span(ret->call.out, request);
        *ret_rv = p11_call_send(&ret->call);
    } else {
        ret->call.channel = NULL;
    }
    return PADES_OK;
}

void pades_token_preload(pades_ctx *ctx, const pades_token_opts *opts)
{
    p11_modules m = {.ctx = ctx};
    AUTO_VAL(buf) request = BUF(WIRE_MAX);
    p11_early run = {NULL, {NULL, NULL, NULL, reader_of(span_of(NULL, 0))}};
    const char *name = NULL;
    AUTO(mem_text) *copy = NULL;
    CK_RV rv = CKR_OK;
    if (!opts || opts->no_memory || !opts->worker) {
        return;
    }
    ctx_freeze(ctx);
    bool ok = p11_uri_parse(opts->uri, &m.uri, NULL) == PADES_OK &&
              p11_module_named(&m, opts, &name, &copy, NULL) == PADES_OK;
    const p11_worker_setup setup = {opts->worker, opts->answer_ms, opts->control};
    if (ok) {
        add_request(&m, opts, name, &request);
        ok = buf_ok(&request) && start(&setup, buf_span(&request), &run, &rv, NULL) == PADES_OK;
    }
    if (ok && run.call.channel && rv == CKR_OK) {
        p11_early_put(ctx, &setup, &run);
        ctx_loaded(ctx, true);
    } else {
        p11_worker_abandon(run.worker);
    }
    p11_uri_free(&m.uri);
}

pades_status p11_isolated_load(p11_modules *m, const pades_token_opts *opts, const char *name,
                               pades_error **e)
{
    const p11_worker_setup setup = {opts->worker, opts->answer_ms, opts->control};
    AUTO_VAL(buf) request = BUF(WIRE_MAX);
    p11_early run = {NULL, {NULL, NULL, NULL, reader_of(span_of(NULL, 0))}};
    m->named = name != NULL;
    m->owner = getpid();
    add_request(m, opts, name, &request);
    TRY(buf_check(&request, "a request for modules", e));
    CK_RV rv = CKR_OK;
    if (!p11_early_take(m->ctx, &setup, buf_span(&request), &run)) {
        TRY(start(&setup, buf_span(&request), &run, &rv, e));
    }
    m->worker = run.worker;
    ctx_loaded(m->ctx, true);
    if (!run.call.channel) {
        return rv == CKR_HOST_MEMORY ? fail_memory(e) : PADES_OK; /* else its fate is told */
    }
    p11_call call = run.call;
    rv = rv == CKR_OK ? p11_call_receive(&call, p11_worker_answer_ms(m->worker)) : rv;
    pades_status status = p11_modules_fate(m) ? PADES_OK : take_reply(m, rv, &call.in, e);
    p11_call_end(&call);
    return status;
}

const char *p11_modules_fate(const p11_modules *m)
{
    return m->worker ? p11_worker_fate(m->worker, NULL) : NULL;
}

/* The module that ended it: that was being loaded, or called last. */
static const char *culprit(const p11_modules *m)
{
    size_t index = SIZE_MAX;
    (void)p11_worker_fate(m->worker, &index);
    if (m->modules_n > 0) {
        return index < m->modules_n ? m->modules[index].name : NULL;
    }
    const char *current = p11_worker_current(m->worker);
    return current[0] ? current : NULL;
}

static pades_status fail_aside(const char *name, const char *how, pades_error **e)
{
    AUTO_VAL(p11_objection) no = {.why = mem_strdup(how)};
    return no.why ? p11_fail_module(name ? name : P11_KIT_NAME, &no, e) : fail_memory(e);
}

bool p11_is_set_aside(const p11_modules *m, const char *name)
{
    for (size_t i = 0; i < m->aside_n; i++) {
        if (strcmp(m->aside[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

pades_status p11_set_aside(p11_modules *m, pades_error **e)
{
    const char *name = culprit(m);
    const char *how = p11_modules_fate(m);
    if (p11_worker_was_stopped(m->worker)) {
        return fail(e, PADES_CANCELLED, "cancelled while a PKCS#11 module was asked");
    }
    if (m->named || !name || p11_is_set_aside(m, name)) {
        return fail_aside(name, how, e);
    }
    p11_aside one = {mem_strdup(name), mem_strdup(how)};
    if (!one.name || !one.how || !MEM_GROW(m->aside, m->aside_n, m->aside_cap)) {
        mem_free(one.name);
        mem_free(one.how);
        return fail_memory(e);
    }
    m->aside[m->aside_n++] = one;
    return PADES_OK;
}

pades_status p11_tell_aside(p11_modules *m, pades_error **e)
{
    for (size_t i = 0; i < m->aside_n; i++) {
        p11_module module = {.name = m->aside[i].name};
        AUTO_VAL(p11_objection)
        no = {.why = mem_strdup(m->aside[i].how), .state = PADES_MODULE_STATE_DIED};
        TRY(no.why ? p11_note_failed(m, &module, &no, e) : fail_memory(e));
    }
    return PADES_OK;
}

void p11_aside_free(p11_modules *m)
{
    for (size_t i = 0; i < m->aside_n; i++) {
        mem_free(m->aside[i].name);
        mem_free(m->aside[i].how);
    }
    mem_free(m->aside);
}
