/* Exactly one key, or an error that says what tells them apart: never "the first one", since the
 * order of objects differs in every process. A token that shows nothing without a login is logged
 * in to only when it is the only one there could be. */
#include "signer/keys.h"

#include "base/fail.h"
#include "base/timefmt.h"

enum { LISTED = 8 };

static bool counts(const key_entry *k)
{
    return k->shown && k->usable;
}

static size_t usable_count(const pades_key_list *list, const key_entry **ret)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (counts(&list->items[i])) {
            *ret = &list->items[i];
            n++;
        }
    }
    return n;
}

/* What it says of itself, which nobody has checked. */
static const char *claim(const pades_cert *cert)
{
    pades_qc_type type = pades_cert_qc_type(cert);
    return type == PADES_QC_ESEAL   ? "claims eseal"
           : type == PADES_QC_ESIGN ? "claims esign"
                                    : "claims neither eseal nor esign";
}

/* One line for each, apart by what is told last: token, name, claim, number, end. */
static void add_line(buf *out, const key_entry *k)
{
    char end[TIME_TEXT];
    time_rfc3339(pades_cert_not_after(k->cert), end);
    buf_addf(out, "\n  %s (%s, %s, serial %s, valid to %.10s, token '%s', slot %llu)", k->uri,
             pades_cert_common_name(k->cert), claim(k->cert), pades_cert_serial(k->cert), end,
             k->info.token->label, (unsigned long long)k->info.token->slot);
}

static pades_status fail_ambiguous(const pades_key_list *list, size_t n, pades_error **e)
{
    AUTO_VAL(buf) lines = BUF(65536);
    size_t told = 0;
    for (size_t i = 0; i < list->n && told < LISTED; i++) {
        if (counts(&list->items[i])) {
            add_line(&lines, &list->items[i]);
            told++;
        }
    }
    if (n > told) {
        buf_addf(&lines, "\n  and %zu more", n - told);
    }
    TRY(buf_check(&lines, "the list of keys", e));
    (void)fail(e, PADES_KEY_AMBIGUOUS, "%zu certificates could sign, and none was chosen", n);
    (void)error_hint(e, "name one by its URI, or by subject or serial number:%.*s", (int)lines.n,
                     (const char *)lines.p);
    return PADES_KEY_AMBIGUOUS;
}

/* URI, subject or serial narrowed the choice down: not every certificate is meant. */
static bool by_name(const pades_key_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].fits != 1 || !list->items[i].shown) {
            return true;
        }
    }
    return false;
}

/* What was meant by name is there already (then a login tells nothing new), or may sign. */
static bool may_have_signer(const pades_key_list *list, size_t token)
{
    for (size_t i = 0; i < list->n; i++) {
        const key_entry *k = &list->items[i];
        bool named = k->fits == 1 && by_name(list) && k->shown;
        if (k->token == token && !k->beside && k->has_key != 0 && k->fits >= 0 &&
            (named || !pades_cert_is_ca(k->cert))) {
            return true;
        }
    }
    return false;
}

static size_t hidden_tokens(const pades_key_list *list, size_t *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < list->looks_n; i++) {
        if (!list->looks[i].logged_in && p11_may_hide(list->modules, i) &&
            !may_have_signer(list, i)) {
            *ret = i;
            n++;
        }
    }
    return n;
}

/* Several, of which some have a key only perhaps, all on one token: logging in there will tell. */
static bool login_would_tell(const pades_key_list *list, size_t *ret)
{
    const key_entry *first = NULL;
    bool unsure = false;
    for (size_t i = 0; i < list->n; i++) {
        const key_entry *k = &list->items[i];
        if (!counts(k)) {
            continue;
        }
        if (first && first->token != k->token) {
            return false;
        }
        first = k;
        unsure = unsure || k->has_key < 0;
    }
    if (!first || !unsure || list->looks[first->token].logged_in) {
        return false;
    }
    *ret = first->token;
    return true;
}

static pades_status fail_which_token(const pades_key_list *list, size_t n, pades_error **e)
{
    AUTO_VAL(buf) lines = BUF(65536);
    size_t told = 0;
    for (size_t i = 0; i < list->looks_n && told < LISTED; i++) {
        buf_addf(&lines, "\n  %s", p11_token(list->modules, i)->uri);
        told++;
    }
    TRY(buf_check(&lines, "the list of tokens", e));
    (void)fail(e, PADES_TOKEN_AMBIGUOUS,
               "%zu tokens show no certificate for signing without a login", n);
    (void)error_hint(e, "name the token by its URI:%.*s", (int)lines.n, (const char *)lines.p);
    return PADES_TOKEN_AMBIGUOUS;
}

/* The only certificate that was meant, or the only one with a key: its own objection is the answer.
 */
static const key_entry *the_one_refused(const pades_key_list *list)
{
    const key_entry *one = NULL, *named = NULL;
    size_t n = 0, named_n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const key_entry *k = &list->items[i];
        if (!k->shown || !k->refused || k->has_key == 0) {
            continue;
        }
        if (by_name(list) && k->fits == 1) {
            named = k;
            named_n++;
        }
        if (!pades_cert_is_ca(k->cert)) {
            one = k;
            n++;
        }
    }
    return named_n == 1 ? named : n == 1 ? one : NULL;
}

static pades_status fail_refused(const key_entry *k, pades_error **e)
{
    pades_status status = pades_error_status(k->refused);
    const char *hint = pades_error_hint(k->refused);
    (void)fail(e, status, "%s", pades_error_message(k->refused));
    if (hint) {
        (void)error_hint(e, "%s", hint);
    }
    return status;
}

static pades_status fail_none_shown(const pades_key_list *list, pades_error **e)
{
    size_t keys = 0;
    for (size_t i = 0; i < list->looks_n; i++) {
        for (size_t j = 0; j < list->looks[i].n; j++) {
            keys += list->looks[i].items[j].kind == P11_PRIVATE_KEY ? 1 : 0;
        }
    }
    if (list->n > 0) {
        (void)fail(e, PADES_CERT_NOT_FOUND, "no certificate on the token fits what was asked for");
        (void)error_hint(e, "look at the certificates that are there: pades token certs");
    } else {
        (void)fail(e, PADES_CERT_NOT_FOUND, "there is no certificate on %s",
                   list->looks_n == 1 ? "the token" : "any of the tokens");
        (void)error_hint(
            e, keys > 0 ? "it has a private key: give the certificate that belongs to it as a file"
                        : "put the right token in, or name it by its URI");
    }
    return PADES_CERT_NOT_FOUND;
}

static pades_status fail_none(const pades_key_list *list, pades_error **e)
{
    const key_entry *one = the_one_refused(list);
    AUTO_VAL(buf) lines = BUF(65536);
    size_t told = 0;
    if (one) {
        return fail_refused(one, e);
    }
    for (size_t i = 0; i < list->n && told < LISTED; i++) {
        const key_entry *k = &list->items[i];
        if (k->shown) {
            buf_addf(&lines, "\n  %s: %s", pades_cert_common_name(k->cert),
                     k->why_not ? k->why_not : "");
            told++;
        }
    }
    if (told == 0) {
        return fail_none_shown(list, e);
    }
    TRY(buf_check(&lines, "the list of certificates", e));
    (void)fail(e, PADES_KEY_NOT_FOUND, "no certificate on the token can sign");
    (void)error_hint(e, "what is there, and why not:%.*s", (int)lines.n, (const char *)lines.p);
    return PADES_KEY_NOT_FOUND;
}

pades_status keys_choose(const pades_key_list *list, const pades_token_opts *opts,
                         const key_entry **ret, size_t *ret_look, pades_error **e)
{
    size_t look = SIZE_MAX;
    const key_entry *one = NULL;
    size_t n = usable_count(list, &one);
    (void)opts;
    if (n > 1 && !login_would_tell(list, &look)) {
        return fail_ambiguous(list, n, e);
    }
    if (n == 0) {
        size_t hidden = hidden_tokens(list, &look);
        if (hidden == 0) {
            return fail_none(list, e);
        }
        if (hidden > 1) {
            return fail_which_token(list, hidden, e);
        }
    }
    *ret = n == 1 ? one : NULL;
    *ret_look = look;
    return PADES_OK;
}
