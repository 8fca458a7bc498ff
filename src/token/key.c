/* A session with one token and one private key in it. After an error the session is replaced, since
 * modules differ in what is left of handles, operation and login; the new one is opened before the
 * old one is closed, so that a login that has survived is kept and no PIN is needed. */
#include "token/internal.h"

#include "base/control.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

enum { WAIT_STEP_MS = 250 };

pades_status p11_key_new(p11_modules *m, const pades_token_opts *opts, size_t token,
                         const char *subject, p11_key **ret, pades_error **e)
{
    TRY(p11_opts(opts, &opts, e));
    AUTO(p11_key) *k = mem_alloc(sizeof *k);
    if (!k) {
        return fail_memory(e);
    }
    k->m = m;
    k->token = token;
    k->id = BUF(P11_MAX_TEXT);
    k->spki = BUF(P11_MAX_VALUE);
    k->key = CK_INVALID_HANDLE;
    k->pin = (pin_policy){opts->pin,          opts->pin_user,           opts->pin_attended,
                          opts->pin_last_try, opts->pin_for_batch,      opts->pad,
                          opts->pad_user,     mem_strdup(opts->purpose)};
    k->wait = (token_wait){opts->wait_ms, opts->wait, opts->wait_user, opts->control};
    k->subject = mem_strdup(subject);
    k->refused_dir = mem_strdup(opts->refused_dir);
    bool takes_file = p11_takes_pin_file(opts, &m->uri);
    const buf *source = &m->uri.value[URI_PIN_SOURCE];
    k->pin_file = takes_file ? mem_strndup((const char *)source->p, source->n) : NULL;
    if ((subject && !k->subject) || (opts->purpose && !k->pin.purpose) ||
        (opts->refused_dir && !k->refused_dir) || (takes_file && !k->pin_file)) {
        return fail_memory(e);
    }
    k->session = m->slots[token].session;
    m->slots[token].session = CK_INVALID_HANDLE;
    CK_RV rv = k->session == CK_INVALID_HANDLE ? p11_session_open(m, token, &k->session) : CKR_OK;
    if (rv != CKR_OK) {
        return p11_fail(m, token, rv, "a session was opened", e);
    }
    *ret = TAKE(k);
    return PADES_OK;
}

void p11_key_close(p11_key *k)
{
    if (!k) {
        return;
    }
    p11_login_leave(k);
    if (k->session != CK_INVALID_HANDLE) {
        (void)p11_close_session(p11_key_port(k), k->session);
    }
    secret_free(k->kept);
    buf_free(&k->id);
    buf_free(&k->spki);
    mem_free(k->subject);
    mem_free(k->pin.purpose);
    mem_free(k->mechs);
    mem_free(k->refused_dir);
    mem_free(k->pin_file);
    error_clear(&k->held);
    mem_free(k);
}

bool p11_key_is_logged_in(const p11_key *k)
{
    CK_SESSION_INFO info;
    memset(&info, 0, sizeof info);
    return k->session != CK_INVALID_HANDLE &&
           p11_session_info(p11_key_port(k), k->session, &info) == CKR_OK &&
           (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}

pades_status p11_key_look(p11_key *k, p11_inventory *ret, pades_error **e)
{
    p11_inventory inv;
    memset(&inv, 0, sizeof inv);
    inv.logged_in = p11_key_is_logged_in(k);
    CK_RV rv = p11_inventory_read(p11_key_port(k), k->session, P11_ALL_KINDS, &inv);
    if (rv != CKR_OK) {
        p11_inventory_free(&inv);
        return p11_fail(k->m, k->token, rv, "its certificates were read", e);
    }
    *ret = inv;
    return PADES_OK;
}

/* clause: PKCS11-2.40#4.9 a token that does not know CKA_ALWAYS_AUTHENTICATE means CK_FALSE */
static bool reads_always(const p11_key *k)
{
    AUTO_VAL(buf) value = BUF(16);
    const attr_want want = {CKA_ALWAYS_AUTHENTICATE, &value, 1};
    p11_attributes(p11_key_port(k), k->session, k->key, &want, 1);
    return value.n == 1 && value.p[0] != CK_FALSE;
}

static pades_status take_key(p11_key *k, const p11_inventory *inv, pades_error **e)
{
    bool several = false;
    const p11_object *o = p11_private_of(inv, buf_span(&k->id), &k->pub, &several);
    const char *label = k->m->slots[k->token].info.label;
    if (several) {
        return fail(e, PADES_KEY_AMBIGUOUS,
                    "token '%s' has several private keys with the id of the certificate", label);
    }
    if (!o) {
        return fail(e, PADES_KEY_NOT_FOUND,
                    "token '%s' has no private key for the certificate%s%s%s", label,
                    k->subject ? " '" : "", k->subject ? k->subject : "", k->subject ? "'" : "");
    }
    k->key = o->handle;
    k->always = k->always || reads_always(k);
    if (!k->always) {
        secret_free(k->kept);
        k->kept = NULL;
    }
    return PADES_OK;
}

/* True when one of the keys is the right one for sure, and not by its id alone. */
static bool has_proven(const p11_key *k, const p11_inventory *inv)
{
    bool several = false;
    const p11_object *o = p11_private_of(inv, buf_span(&k->id), &k->pub, &several);
    return o && o->value.n > 0;
}

/* An EC private key is known by its public key object alone: by one that was seen before, or by
 * those that are there now. */
static CK_RV read_keys(const p11_key *k, p11_inventory *inv)
{
    const unsigned keys = P11_KIND(P11_PRIVATE_KEY);
    p11_port *port = p11_key_port(k);
    bool ec = k->pub.type == CKK_EC;
    if (!ec || !k->seen) {
        return p11_inventory_read(port, k->session, keys | (ec ? P11_KIND(P11_PUBLIC_KEY) : 0),
                                  inv);
    }
    CK_RV rv = p11_inventory_read(port, k->session, keys, inv);
    if (rv == CKR_OK) {
        p11_lend_values(inv, k->seen);
    }
    if (rv != CKR_OK || has_proven(k, inv)) {
        return rv;
    }
    p11_inventory_free(inv);
    return p11_inventory_read(port, k->session, keys | P11_KIND(P11_PUBLIC_KEY), inv);
}

static pades_status find_key(p11_key *k, pades_error **e)
{
    p11_inventory inv;
    memset(&inv, 0, sizeof inv);
    CK_RV rv = read_keys(k, &inv);
    pades_status status =
        rv == CKR_OK ? take_key(k, &inv, e) : p11_fail(k->m, k->token, rv, "its keys were read", e);
    p11_inventory_free(&inv);
    return status;
}

static bool login_required(const p11_key *k)
{
    return k->m->slots[k->token].info.login_required != 0;
}

/* Some modules do not say that a login is needed although it is: no key seen is a reason to log in.
 */
static pades_status login_and_find(p11_key *k, pades_error **e)
{
    if (login_required(k)) {
        TRY(p11_key_login(k, e));
        return find_key(k, e);
    }
    pades_status status = find_key(k, e);
    if (status != PADES_KEY_NOT_FOUND || p11_key_is_logged_in(k)) {
        return status;
    }
    error_clear(e);
    TRY(p11_key_login(k, e));
    return find_key(k, e);
}

pades_status p11_key_open(p11_key *k, const p11_key_wanted *wanted, const char *subject,
                          pades_error **e)
{
    buf_clear(&k->id);
    buf_clear(&k->spki);
    buf_add_span(&k->id, wanted->id);
    buf_add_span(&k->spki, wanted->spki);
    TRY(buf_check(&k->id, "a key's id", e));
    TRY(buf_check(&k->spki, "a public key", e));
    if (!p11_public_of(buf_span(&k->spki), &k->pub)) {
        return fail(
            e, PADES_ALGORITHM,
            "the key of the certificate is neither RSA nor on a curve P-256, P-384 or P-521");
    }
    char *copy = mem_strdup(subject);
    if (subject && !copy) {
        return fail_memory(e);
    }
    mem_free(k->subject);
    k->subject = copy;
    k->seen = wanted->seen;
    pades_status status = login_and_find(k, e);
    k->seen = NULL; /* later there may be others */
    return status;
}

static void drop_session(p11_key *k)
{
    if (k->session != CK_INVALID_HANDLE) {
        (void)p11_close_session(p11_key_port(k), k->session);
    }
    k->session = CK_INVALID_HANDLE;
    k->key = CK_INVALID_HANDLE;
}

void p11_key_renew(p11_key *k)
{
    CK_SESSION_HANDLE fresh = CK_INVALID_HANDLE;
    CK_RV rv = p11_session_open(k->m, k->token, &fresh);
    drop_session(k);
    if (rv != CKR_OK) {
        return;
    }
    k->session = fresh;
    if ((k->logged_in || login_required(k)) && !p11_key_is_logged_in(k)) {
        drop_session(k);
    } else if (find_key(k, NULL) != PADES_OK) {
        drop_session(k);
    }
}

pades_status p11_key_ready(p11_key *k, pades_error **e)
{
    CK_TOKEN_INFO info;
    if (k->session != CK_INVALID_HANDLE) {
        return PADES_OK;
    }
    if (!p11_still_there(k->m, k->token, &info)) {
        return p11_fail(k->m, k->token, CKR_TOKEN_NOT_PRESENT, "it was to be opened again", e);
    }
    CK_RV rv = p11_session_open(k->m, k->token, &k->session);
    if (rv != CKR_OK) {
        return p11_fail(k->m, k->token, rv, "a session was opened again", e);
    }
    pades_status status = login_and_find(k, e);
    if (status != PADES_OK) {
        drop_session(k);
    }
    return status;
}

bool p11_key_await(p11_key *k)
{
    const char *label = k->m->slots[k->token].info.label;
    uint64_t until = 0;
    while (p11_wait_on(&k->wait, label, &until)) {
        if (p11_port_fate(p11_key_port(k))) {
            break;
        }
        if (p11_is_there_now(k->m, k->token)) {
            k->wait.ms = 0;
            return true;
        }
    }
    k->wait.ms = 0;
    return false;
}

bool p11_wait_on(const token_wait *w, const char *label, uint64_t *until)
{
    uint64_t now = monotonic_ms();
    if (*until == 0) {
        *until = now + w->ms;
        if (w->ms > 0 && w->fn) {
            w->fn(w->user, label);
        }
    }
    uint64_t left = *until > now ? *until - now : 0;
    return left > 0 &&
           control_sleep(w->control, left < WAIT_STEP_MS ? left : WAIT_STEP_MS, NULL) == PADES_OK;
}

bool p11_key_wants_pin_each_time(const p11_key *k)
{
    return k->always && !k->kept;
}
