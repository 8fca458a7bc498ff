/* PKCS#11 modules through p11-kit: the one file that was named, or all that the system is
 * configured for, each initialized by itself so that one that fails is told and the others go on. A
 * module is finalized here, never from a destructor at exit, and only when this call initialized
 * it. */
#include "token/internal.h"
#include "token/p11kit.h"
#include "token/worker.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char *from_malloc(char *text)
{
    char *copy = mem_strdup(text);
    free(text);
    return copy;
}

void p11_module_close(p11_module *module)
{
    if (module->port && !p11_port_is_ours(module->port)) {
        module->initialized = module->ours = false; /* the parent's after a fork */
    }
    p11_port_free(module->port);
    if (module->initialized) {
        (void)p11kit()->module_finalize(module->fn);
    }
    if (module->ours && module->fn) {
        p11kit()->module_release(module->fn);
    }
    mem_free(module->name);
    mem_free(module->path);
    mem_free(module->file);
}

void p11_modules_unload(p11_modules *m)
{
    for (size_t i = 0; i < m->modules_n; i++) {
        p11_module_close(&m->modules[i]);
    }
    mem_free(m->modules);
    m->modules = NULL;
    m->modules_n = m->modules_cap = 0;
    if (m->configured && m->owner == getpid()) { /* not by a child forked off */
        p11kit()->modules_release(m->configured);
    }
    m->configured = NULL;
    p11_worker_free(m->worker);
    m->worker = NULL;
}

/* A module that wants no locking is initialized without p11-kit's wrapper: the port sees to it that
 * one thread calls it at a time. */
static CK_RV initialize_unlocked(p11_module *module)
{
    CK_FUNCTION_LIST *raw =
        module->file ? p11kit()->module_load(module->file, P11_KIT_MODULE_UNMANAGED) : NULL;
    if (!raw) {
        return CKR_CANT_LOCK;
    }
    if (module->ours) {
        p11kit()->module_release(module->fn);
    }
    module->fn = raw;
    module->ours = true;
    return p11kit()->module_initialize(raw);
}

static CK_RV initialize(p11_module *module)
{
    CK_RV rv = p11kit()->module_initialize(module->fn);
    bool alone = rv == CKR_CANT_LOCK;
    if (alone) {
        rv = initialize_unlocked(module);
    }
    module->initialized = rv == CKR_OK;
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        return rv;
    }
    module->port = p11_port_direct_new(module->fn, alone);
    return module->port ? CKR_OK : CKR_HOST_MEMORY;
}

/* Takes over `module` in any case. */
static pades_status keep(p11_modules *m, p11_module *module, pades_error **e)
{
    if (!module->name || !MEM_GROW(m->modules, m->modules_n, m->modules_cap)) {
        p11_module_close(module);
        return fail_memory(e);
    }
    m->modules[m->modules_n++] = *module;
    return PADES_OK;
}

pades_status p11_fail_module(const char *name, const p11_objection *no, pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(span_str(name), 0);
    AUTO(mem_text) *why = escape_text(span_str(no->why), 0);
    AUTO(mem_text) *hint = no->hint ? escape_text(span_str(no->hint), 0) : NULL;
    if (!shown || !why || (no->hint && !hint)) {
        return fail_memory(e);
    }
    (void)fail(e, PADES_MODULE_FAILED, "the PKCS#11 module '%s' cannot be used: %s", shown, why);
    (void)error_hint(e, "%s",
                     hint ? hint : "name the module file that came with the token's software");
    if (no->native[0]) {
        (void)error_native(e, "%s", no->native);
    }
    return PADES_MODULE_FAILED;
}

/* What the dynamic loader said of it. */
static pades_status object_load(p11_objection *ret, pades_error **e)
{
    const char *message = p11kit()->message();
    bool told = message && message[0];
    ret->why = mem_strdup(told ? message : "it cannot be loaded");
    if (told && strstr(message, "cannot open shared object file")) {
        ret->hint = mem_strdup("install the library that it needs and that is not found");
    }
    return ret->why ? PADES_OK : fail_memory(e);
}

/* A name with a slash, or one of a file that is there, is a path; else p11-kit's own folder is
 * meant. */
static char *absolute_path(const char *name)
{
    if (name[0] == '/' || (!strchr(name, '/') && access(name, F_OK) != 0)) {
        return mem_strdup(name);
    }
    char *real = realpath(name, NULL);
    return real ? from_malloc(real) : mem_strdup(name);
}

/* Where p11-kit found it; nothing when it does not tell, as of a module in another process. */
static pades_status check_found(p11_module *module, p11_objection *ret, pades_error **e)
{
    char *found = p11kit()->module_get_filename(module->fn);
    pades_status status = PADES_OK;
    if (found && found[0] == '/') {
        status = p11_file_check(found, false, &module->file, ret, e);
    }
    free(found);
    return status;
}

static pades_status load_file(p11_module *module, p11_objection *ret, pades_error **e)
{
    bool by_path = strchr(module->path, '/') != NULL;
    if (by_path) {
        TRY(p11_file_check(module->path, module->product != NULL, &module->file, ret, e));
    }
    if (ret->why) {
        return PADES_OK;
    }
    module->fn = p11kit()->module_load(by_path ? module->file : module->path, 0);
    if (!module->fn) {
        return object_load(ret, e);
    }
    return by_path ? PADES_OK : check_found(module, ret, e);
}

static pades_status start(p11_module *module, p11_objection *ret, pades_error **e)
{
    char room[32];
    CK_RV rv = initialize(module);
    if (rv == CKR_OK) {
        return PADES_OK;
    }
    snprintf(ret->native, sizeof ret->native, "%s", p11_rv_name(rv, room));
    ret->why = mem_strdup("it fails to initialize");
    ret->hint = mem_strdup("is the software that it belongs to set up, and its service running?");
    return ret->why ? PADES_OK : fail_memory(e);
}

/* Whoever finds this process dead is told where it was. */
static void now_at(const p11_modules *m, const char *name)
{
    if (m->current) {
        snprintf(m->current, P11_CURRENT_ROOM, "%s", name);
    }
}

static pades_status open_file(p11_modules *m, p11_module *module, p11_objection *ret,
                              pades_error **e)
{
    now_at(m, module->name);
    TRY(load_file(module, ret, e));
    ctx_loaded(m->ctx, false);
    return ret->why ? PADES_OK : start(module, ret, e);
}

static pades_status load_named(p11_modules *m, const char *name, pades_error **e)
{
    AUTO_VAL(p11_objection) no = {.why = NULL};
    p11_module module = {.name = mem_strdup(name), .path = absolute_path(name), .ours = true};
    if (!module.name || !module.path) {
        p11_module_close(&module);
        return fail_memory(e);
    }
    pades_status status = open_file(m, &module, &no, e);
    if (status == PADES_OK && no.why) {
        status = p11_fail_module(name, &no, e);
    }
    if (status != PADES_OK) {
        p11_module_close(&module);
        return status;
    }
    return keep(m, &module, e);
}

static pades_status drop(p11_module *module, pades_status status)
{
    p11_module_close(module);
    return status;
}

/* Takes over `module` in any case. */
static pades_status keep_or_note(p11_modules *m, p11_module *module, const p11_objection *no,
                                 pades_error **e)
{
    return no->why ? drop(module, p11_note_failed(m, module, no, e)) : keep(m, module, e);
}

pades_status p11_take_file(p11_modules *m, const char *name, const char *path, const char *product,
                           pades_error **e)
{
    AUTO_VAL(p11_objection) no = {.why = NULL};
    if (p11_is_set_aside(m, name)) {
        return PADES_OK;
    }
    p11_module module = {
        .name = mem_strdup(name), .path = mem_strdup(path), .ours = true, .product = product};
    if (!module.name || !module.path) {
        return drop(&module, fail_memory(e));
    }
    pades_status status = open_file(m, &module, &no, e);
    if (status != PADES_OK) {
        return drop(&module, status);
    }
    if (!product && module.file) { /* its URI needs no path: it is configured */
        mem_free(module.path);
        module.path = NULL;
    }
    return keep_or_note(m, &module, &no, e);
}

static pades_status start_configured(const p11_modules *m, p11_module *module, p11_objection *ret,
                                     pades_error **e)
{
    now_at(m, module->name);
    TRY(check_found(module, ret, e));
    return ret->why ? PADES_OK : start(module, ret, e);
}

static bool is_meant(const p11_modules *m, CK_FUNCTION_LIST *fn, const char *name)
{
    char *file = p11kit()->module_get_filename(fn);
    bool meant = p11_uri_names_module(&m->uri, name, file);
    free(file);
    return meant;
}

static pades_status take_configured(p11_modules *m, CK_FUNCTION_LIST *fn, pades_error **e)
{
    AUTO_VAL(p11_objection) no = {.why = NULL};
    p11_module module = {.fn = fn, .name = from_malloc(p11kit()->module_get_name(fn))};
    /* Modules that hold trust policy have certificates and no keys. */
    if (!module.name) {
        return fail_memory(e);
    }
    if ((p11kit()->module_get_flags(fn) & P11_KIT_MODULE_TRUSTED) != 0 ||
        !is_meant(m, fn, module.name) || p11_is_set_aside(m, module.name)) {
        mem_free(module.name);
        return PADES_OK;
    }
    pades_status status = start_configured(m, &module, &no, e);
    return status == PADES_OK ? keep_or_note(m, &module, &no, e) : drop(&module, status);
}

/* One that p11-kit is told of, and that it did not load. */
static pades_status take_left_out(void *user, const char *name, const char *path, pades_error **e)
{
    p11_modules *m = user;
    if (m->configured && p11kit()->module_for_name(m->configured, name)) {
        return PADES_OK;
    }
    return p11_uri_names_module(&m->uri, name, path) ? p11_take_file(m, name, path, NULL, e)
                                                     : PADES_OK;
}

static pades_status load_configured(p11_modules *m, pades_error **e)
{
    now_at(m, P11_KIT_NAME);
    m->configured = p11_is_set_aside(m, P11_KIT_NAME) ? NULL : p11kit()->modules_load(NULL, 0);
    const char *message = m->configured ? p11kit()->message() : NULL;
    bool all = m->configured && !(message && message[0]);
    ctx_loaded(m->ctx, false);
    for (size_t i = 0; m->configured && m->configured[i]; i++) {
        TRY(take_configured(m, m->configured[i], e));
    }
    return all ? PADES_OK : p11_each_configured(take_left_out, m, e);
}

/* Both places may name the module, as long as they name the same. */
pades_status p11_module_named(const p11_modules *m, const pades_token_opts *opts, const char **ret,
                              char **ret_copy, pades_error **e)
{
    *ret = opts->module && opts->module[0] ? opts->module : NULL;
    if (!m->uri.has[URI_MODULE_PATH]) {
        return PADES_OK;
    }
    span path = buf_span(&m->uri.value[URI_MODULE_PATH]);
    if (*ret && !span_is(path, *ret)) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "the URI's module-path and the module that is named are not the same");
    }
    *ret_copy = mem_strndup((const char *)path.p, path.n);
    *ret = *ret_copy;
    return *ret_copy ? PADES_OK : fail_memory(e);
}

static pades_status load_here(p11_modules *m, const pades_token_opts *opts, const char *name,
                              pades_error **e)
{
    m->named = name != NULL;
    m->owner = getpid();
    TRY(p11kit_open(e));
    if (name) {
        return load_named(m, name, e);
    }
    TRY(load_configured(m, e));
    return opts->known ? p11_known_load(m, e) : PADES_OK;
}

pades_status p11_modules_load(p11_modules *m, const pades_token_opts *opts, pades_error **e)
{
    const char *name = NULL;
    AUTO(mem_text) *copy = NULL;
    TRY(p11_module_named(m, opts, &name, &copy, e));
    return opts->worker ? p11_isolated_load(m, opts, name, e) : load_here(m, opts, name, e);
}
