/* Why there is no token, or not one: no reader service, no reader, none of them with a card in it,
 * a card that is not recognized or does not answer, tokens that the URI does not mean, several. */
#include "token/internal.h"

#include "base/fail.h"

#include <unistd.h>

/* Which of several: their URIs tell them apart. */
pades_status p11_fail_several(const p11_modules *m, pades_error **e)
{
    AUTO_VAL(buf) text = BUF(16 * P11_MAX_TEXT);
    for (size_t i = 0; i < m->slots_n; i++) {
        buf_add_str(&text, i > 0 ? "; " : "");
        buf_add_str(&text, m->slots[i].info.uri);
    }
    text.failed = false; /* the first ones are enough */
    (void)fail(e, PADES_TOKEN_AMBIGUOUS, "%zu tokens fit: say which", m->slots_n);
    (void)error_hint(e, "one of %.*s", (int)text.n, (const char *)text.p);
    return PADES_TOKEN_AMBIGUOUS;
}

static const p11_reader *reader_in(const p11_readers *readers, pades_reader_state state)
{
    for (size_t i = 0; i < readers->n; i++) {
        if (readers->items[i].info.state == state && readers->items[i].info.removable) {
            return &readers->items[i];
        }
    }
    return NULL;
}

/* Something is in a reader and cannot be talked to. */
static pades_status fail_silent(const p11_reader *r, pades_error **e)
{
    (void)fail(e, PADES_TOKEN_NOT_FOUND, "what is in reader '%s' does not answer", r->name);
    (void)error_hint(e, "take it out and put it in again; another program or another driver may be "
                        "in the way (a vendor's own software, gpg's scdaemon)");
    return PADES_TOKEN_NOT_FOUND;
}

static void hint_what_to_do(const p11_modules *m, bool has_reader, pades_error **e)
{
    char known[512];
    if (p11_failed_module(m, 0)) {
        (void)error_hint(e, "a PKCS#11 module failed: %s", p11_failed_module(m, 0));
    } else if (!has_reader && access("/run/pcscd/pcscd.comm", F_OK) != 0) {
        (void)error_hint(
            e, "no reader service was found: is pcscd running, and the token put in? Else name the "
               "PKCS#11 module of the token's software");
    } else if (!m->named && p11_known_there(m, known, sizeof known)) {
        (void)error_hint(
            e,
            "put the token in its reader, or name the PKCS#11 module of its software: %s is there",
            known);
    } else {
        (void)error_hint(
            e, "put the token in its reader, or name the PKCS#11 module of the token's software");
    }
}

static pades_status fail_none_at_all(const p11_modules *m, pades_error **e)
{
    AUTO_VAL(p11_readers) readers = {NULL, 0, 0};
    TRY(p11_readers_list(m, &readers, e));
    const p11_reader *silent = reader_in(&readers, PADES_READER_SILENT);
    const p11_reader *empty = reader_in(&readers, PADES_READER_EMPTY);
    if (silent) {
        return fail_silent(silent, e);
    }
    if (empty) {
        (void)fail(e, PADES_TOKEN_NOT_FOUND, "no token is present: reader '%s' is empty",
                   empty->name);
    } else {
        (void)fail(e, PADES_TOKEN_NOT_FOUND, "no token is present, and no reader is seen");
    }
    hint_what_to_do(m, empty != NULL, e);
    return PADES_TOKEN_NOT_FOUND;
}

/* buf is not NUL-terminated: its text goes out with its length. */
pades_status p11_fail_no_token(const p11_modules *m, pades_error **e)
{
    if (m->others.n > 0) {
        (void)fail(e, PADES_TOKEN_NOT_FOUND, "no token fits '%s'",
                   m->uri_text ? m->uri_text : "pkcs11:");
        (void)error_hint(e, "tokens that are present: %.*s", (int)m->others.n,
                         (const char *)m->others.p);
        return PADES_TOKEN_NOT_FOUND;
    }
    if (m->unrecognized.n > 0) {
        (void)fail(e, PADES_TOKEN_NOT_FOUND, "the token in %.*s is not recognized",
                   (int)m->unrecognized.n, (const char *)m->unrecognized.p);
        (void)error_hint(
            e, "it may be of another kind than the module knows, or be put in the wrong way round");
        return PADES_TOKEN_NOT_FOUND;
    }
    return fail_none_at_all(m, e);
}
