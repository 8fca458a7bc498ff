/* Collecting: every certificate on every token that fits, and those the caller has beside it,
 * paired with keys. Certificates that cannot be parsed are passed over. */
#include "signer/keys.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

static void entry_free(key_entry *k)
{
    pades_cert_free(k->cert);
    certs_free(k->chain, k->chain_n);
    buf_free(&k->id);
    mem_free(k->raw_label);
    mem_free(k->label);
    mem_free(k->id_text);
    mem_free(k->uri);
    mem_free(k->why_not);
    pades_error_free(k->refused);
}

void keys_clear(pades_key_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        entry_free(&list->items[i]);
    }
    list->n = 0;
}

static void looks_clear(pades_key_list *list)
{
    for (size_t i = 0; i < list->looks_n; i++) {
        p11_inventory_free(&list->looks[i]);
        if (list->mechs) {
            buf_free(&list->mechs[i]);
        }
    }
    mem_free(list->mechs);
    mem_free(list->looks);
    list->mechs = NULL;
    list->looks = NULL;
    list->looks_n = 0;
}

void pades_key_list_free(pades_key_list *list)
{
    if (!list) {
        return;
    }
    keys_clear(list);
    mem_free(list->items);
    looks_clear(list);
    p11_modules_close(list->modules);
    mem_free(list);
}

static bool hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The next digit of a serial number, upper case; blanks and colons are nothing. -1: not
 * hexadecimal. */
static int next_digit(const char **at)
{
    while (**at == ' ' || **at == ':') {
        (*at)++;
    }
    char c = **at;
    if (c == 0) {
        return 0;
    }
    (*at)++;
    return !hex_digit(c) ? -1 : c >= 'a' ? c - 'a' + 'A' : c;
}

static const char *skip_zeros(const char *s)
{
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        s += 2;
    }
    while (*s == '0' || *s == ':' || *s == ' ') {
        s++;
    }
    return s;
}

static bool same_serial(const char *a, const char *b)
{
    int x = 0, y = 0;
    a = skip_zeros(a);
    b = skip_zeros(b);
    do {
        x = next_digit(&a);
        y = next_digit(&b);
    } while (x == y && x > 0);
    return x == y && x == 0;
}

static bool is_meant(const key_entry *k, const pades_token_opts *opts)
{
    if (k->fits == 0) {
        return false;
    }
    if (opts->cert_subject && !strstr(pades_cert_subject(k->cert), opts->cert_subject)) {
        return false;
    }
    return !opts->cert_serial || same_serial(pades_cert_serial(k->cert), opts->cert_serial);
}

static pades_status describe(pades_key_list *list, key_entry *k, pades_error **e)
{
    AUTO_VAL(buf) hex = BUF(2 * k->id.max);
    buf_add_hex(&hex, buf_span(&k->id), false);
    k->id_text = buf_take_text(&hex);
    k->label = escape_text(span_str(k->raw_label), 0);
    k->uri = p11_object_uri(list->modules, k->token, buf_span(&k->id), k->raw_label, NULL);
    return k->id_text && k->label && k->uri ? PADES_OK : fail_memory(e);
}

static key_entry *add_entry(pades_key_list *list, size_t token)
{
    if (!MEM_GROW(list->items, list->n, list->cap)) {
        return NULL;
    }
    key_entry *k = &list->items[list->n++];
    *k = (key_entry){.token = token, .id = BUF(SIZE_MAX / 4)};
    return k;
}

static pades_status add_cert(pades_key_list *list, const pades_token_opts *opts, size_t token,
                             const p11_object *o, bool beside, pades_error **e)
{
    AUTO(pades_cert) *cert = NULL;
    pades_status status = cert_new_quick(buf_span(&o->value), &cert, NULL);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK) {
        return PADES_OK;
    }
    key_entry *k = add_entry(list, token);
    if (!k) {
        return fail_memory(e);
    }
    const p11_inventory *look = &list->looks[token];
    span spki = cert_spki(cert);
    k->beside = beside;
    k->cert = TAKE(cert);
    k->has_key = p11_has_key(look, buf_span(&o->id), spki);
    k->fits = p11_uri_fits(list->modules, look, o, spki);
    k->shown = is_meant(k, opts) && (!beside || k->has_key == 1);
    buf_add_span(&k->id, buf_span(&o->id));
    TRY(buf_check(&k->id, "a key's id", e));
    k->raw_label = mem_strdup(o->label);
    return k->raw_label ? describe(list, k, e) : fail_memory(e);
}

static bool is_there(const pades_key_list *list, size_t token, span der)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].token == token && span_eq(cert_der(list->items[i].cert), der)) {
            return true;
        }
    }
    return false;
}

static pades_status collect_token(pades_key_list *list, const pades_token_opts *opts, size_t token,
                                  pades_error **e)
{
    const p11_inventory *look = &list->looks[token];
    for (size_t i = 0; i < look->n; i++) {
        const p11_object *o = &look->items[i];
        if (o->kind == P11_CERTIFICATE && !is_there(list, token, buf_span(&o->value))) {
            TRY(add_cert(list, opts, token, o, false, e));
        }
    }
    for (size_t i = 0; i < opts->certs_n; i++) {
        char none[] = "";
        p11_object o = {.kind = P11_CERTIFICATE, .value = opts->certs[i], .label = none};
        if (!is_there(list, token, buf_span(&o.value))) {
            TRY(add_cert(list, opts, token, &o, true, e));
        }
    }
    return PADES_OK;
}

pades_status keys_collect(pades_key_list *list, const pades_token_opts *opts, pades_error **e)
{
    keys_clear(list);
    for (size_t i = 0; i < list->looks_n; i++) {
        TRY(collect_token(list, opts, i, e));
    }
    return PADES_OK;
}

/* One token that cannot be read does not hide the others. */
static pades_status look_at_tokens(pades_key_list *list, pades_ctx *ctx, pades_error **e)
{
    size_t n = p11_tokens(list->modules);
    list->looks = mem_array(n, sizeof *list->looks);
    if (!list->looks) {
        return fail_memory(e);
    }
    list->looks_n = n;
    for (size_t i = 0; i < n; i++) {
        AUTO(pades_error) *why = NULL;
        pades_status status = p11_look(list->modules, i, &list->looks[i], n == 1 ? e : &why);
        if (status != PADES_OK && (n == 1 || status == PADES_NO_MEMORY)) {
            return n == 1 ? status : fail_memory(e);
        }
        if (status != PADES_OK) {
            ctx_log(ctx, PADES_LOG_WARNING, "%s", pades_error_message(why));
        }
    }
    return PADES_OK;
}

pades_status keys_open(pades_ctx *ctx, const pades_token_opts *opts, pades_key_list **ret,
                       pades_error **e)
{
    AUTO(pades_key_list) *list = mem_alloc(sizeof *list);
    if (!list) {
        return fail_memory(e);
    }
    TRY(p11_modules_open(ctx, opts, &list->modules, e));
    bool again = true;
    while (again) {
        looks_clear(list);
        TRY(look_at_tokens(list, ctx, e));
        TRY(p11_modules_again(list->modules, opts, &again, e));
    }
    TRY(keys_judge(list, ctx, opts, e));
    *ret = TAKE(list);
    return PADES_OK;
}

pades_status keys_chain(const pades_key_list *list, const key_entry *k, pades_cert ***ret,
                        size_t *ret_n, pades_error **e)
{
    const pades_cert **pool = mem_array(list->n, sizeof(pades_cert *));
    size_t n = 0;
    if (!pool) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].token == k->token) {
            pool[n++] = list->items[i].cert;
        }
    }
    pades_status status = path_order(k->cert, pool, n, ret, ret_n, e);
    mem_free(pool);
    return status;
}
