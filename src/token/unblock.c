/* Unblocking a PIN with its PUK: one attempt, in the one way that is known of the module or was
 * named. Whatever the answer, the PUK is not sent again. */
#include "token/pins.h"

#include "base/fail.h"
#include "base/mem.h"

static const char *const PURPOSE = "unblock the PIN";

typedef struct unblocking {
    p11_key *k;
    pades_unblock_style style;
    bool pad;
    pin_hand puk, fresh;
} unblocking;

static bool by_set_pin(pades_unblock_style style)
{
    return style == PADES_UNBLOCK_SET_PIN || style == PADES_UNBLOCK_SET_PIN_CONTEXT;
}

static void hint_vendor(const unblocking *u, pades_error **e)
{
    const CK_INFO *info = &u->k->m->modules[u->k->m->slots[u->k->token].module].info;
    span maker = p11_trim(info->manufacturerID, sizeof info->manufacturerID);
    if (span_is(span_part(maker, 0, 6), "OpenSC")) {
        (void)error_hint(e, "OpenSC takes a PUK when opensc.conf has user_pin_unblock_style = "
                            "set_pin_in_unlogged_session; else 'pkcs15-tool --unblock-pin' does");
    } else {
        (void)error_hint(e, "unblock it in the software of the token's vendor");
    }
}

static pades_status fail_unknown(p11_key *k, pades_error **e)
{
    (void)fail(e, PADES_TOKEN_ERROR,
               "it is not known how the module of token '%s' (%s) takes a PUK: nothing was tried",
               pins_label(k), k->m->slots[k->token].info.library);
    (void)error_hint(e, "unblock the PIN in the software of the token's vendor; or name the way "
                        "that its manual tells: --style init-pin, set-pin or set-pin-context");
    return PADES_TOKEN_ERROR;
}

/* A module of another kind would take the PUK for the PIN: harmless to a locked one only. */
static pades_status must_be_locked(p11_key *k, pades_unblock_style style, bool named,
                                   pades_error **e)
{
    pades_pin_state state = PADES_PIN_STATE_OK;
    TRY(pins_state(k, &state, e));
    if (state == PADES_PIN_STATE_LOCKED || named || !by_set_pin(style)) {
        return PADES_OK;
    }
    (void)fail(e, PADES_TOKEN_ERROR, "the PIN of token '%s' is not locked: nothing was tried",
               pins_label(k));
    (void)error_hint(e, "change it with the PIN ('pades token pin-change'); or, if the PIN is "
                        "forgotten, name the way (--style), which may cost a try of the PIN");
    return PADES_TOKEN_ERROR;
}

static pades_status fail_puk(const unblocking *u, CK_RV rv, pades_error **e)
{
    char room[32];
    const char *label = pins_label(u->k);
    pades_status status;
    if (rv == CKR_PIN_LOCKED) {
        status = fail(e, PADES_PIN_LOCKED,
                      "the PUK of token '%s' is locked: its PIN cannot be unblocked", label);
        (void)error_hint(e, "only who issued the token can help: as a rule with a new one");
    } else {
        status = fail(e, PADES_PIN_INCORRECT, "token '%s' says the PUK is wrong%s", label,
                      rv == CKR_PIN_LEN_RANGE ? " (its length)" : "");
        (void)error_hint(e, "it was tried once and is not tried again by itself; too many wrong "
                            "PUKs lock the token for good");
    }
    (void)error_native(e, "%s", p11_rv_name(rv, room));
    return status;
}

/* C_SetPIN speaks of two secrets with one answer, and a module that takes no PUK this way says the
 * same as one whose PUK is wrong. */
static pades_status fail_set_pin(const unblocking *u, CK_RV rv, pades_error **e)
{
    char room[32];
    const char *label = pins_label(u->k);
    pades_status status;
    if (rv == CKR_PIN_LOCKED) {
        status = fail(e, PADES_PIN_LOCKED,
                      "the PIN of token '%s' stays locked: its module took no PUK this way, or the "
                      "PUK is locked too",
                      label);
        hint_vendor(u, e);
    } else {
        status =
            fail(e, PADES_PIN_INCORRECT,
                 "token '%s' says the PUK is wrong, or its module took no PUK this way", label);
        hint_vendor(u, e);
    }
    (void)error_native(e, "%s", p11_rv_name(rv, room));
    return status;
}

static pades_status fail_other(const unblocking *u, CK_RV rv, pades_error **e)
{
    char room[32];
    if (rv != CKR_FUNCTION_NOT_SUPPORTED && rv != CKR_OPERATION_NOT_INITIALIZED &&
        rv != CKR_USER_TYPE_INVALID && rv != CKR_USER_NOT_LOGGED_IN) {
        return p11_fail(u->k->m, u->k->token, rv, "its PIN was unblocked", e);
    }
    (void)fail(e, PADES_TOKEN_ERROR, "the module of token '%s' does not take a PUK this way",
               pins_label(u->k));
    hint_vendor(u, e);
    (void)error_native(e, "%s", p11_rv_name(rv, room));
    return PADES_TOKEN_ERROR;
}

static bool is_refusal(CK_RV rv)
{
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE ||
           rv == CKR_PIN_LOCKED;
}

/* With a pad a secret is announced when its turn has come. */
static pades_status announce(unblocking *u, pades_pin_kind kind, pin_hand *hand, pades_error **e)
{
    return u->pad ? pins_take(u->k, kind, PURPOSE, hand, e) : PADES_OK;
}

static pades_status by_init_pin(unblocking *u, pades_error **e)
{
    p11_key *k = u->k;
    TRY(announce(u, PADES_PIN_KIND_PUK, &u->puk, e));
    CK_RV rv = pin_send(k, CKU_SO, &u->puk);
    if (rv != CKR_OK) {
        return is_refusal(rv) ? fail_puk(u, rv, e) : fail_other(u, rv, e);
    }
    pades_status status = announce(u, PADES_PIN_KIND_NEW, &u->fresh, e);
    rv = status == PADES_OK ? p11_init_pin(p11_key_port(k), k->session, pin_of(&u->fresh)) : CKR_OK;
    (void)p11_logout(p11_key_port(k), k->session);
    return status != PADES_OK     ? status
           : pins_refuses_new(rv) ? pins_fail_new(k, rv, e)
           : rv == CKR_PIN_LOCKED || rv == CKR_PIN_INCORRECT
               ? fail_set_pin(u, rv, e) /* some check the PUK only now */
           : rv != CKR_OK ? fail_other(u, rv, e)
                          : PADES_OK;
}

/* One answer for two secrets: which of them will not do is not said. */
static pades_status fail_either(const unblocking *u, CK_RV rv, pades_error **e)
{
    char room[32];
    (void)fail(e, PADES_PIN_INVALID, "token '%s' does not take the PUK or the new PIN: %s",
               pins_label(u->k),
               rv == CKR_PIN_LEN_RANGE ? "the length of one of them"
                                       : "what one of them consists of, or how it was typed");
    (void)error_hint(e, "the PIN is as it was; look at the PUK first, as too many wrong ones lock "
                        "the token for good");
    (void)error_native(e, "%s", p11_rv_name(rv, room));
    return PADES_PIN_INVALID;
}

static pades_status by_c_set_pin(unblocking *u, pades_error **e)
{
    p11_key *k = u->k;
    TRY(announce(u, PADES_PIN_KIND_PUK, &u->puk, e));
    u->fresh.pad = u->pad;
    if (u->style == PADES_UNBLOCK_SET_PIN_CONTEXT) {
        CK_RV in = pin_send(k, CKU_CONTEXT_SPECIFIC, &u->puk);
        if (in != CKR_OK) {
            return is_refusal(in) ? fail_set_pin(u, in, e) : fail_other(u, in, e);
        }
    }
    CK_RV rv = p11_set_pin(p11_key_port(k), k->session, pin_of(&u->puk), pin_of(&u->fresh));
    return pins_refuses_new(rv)                              ? fail_either(u, rv, e)
           : rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED ? fail_set_pin(u, rv, e)
           : rv != CKR_OK                                    ? fail_other(u, rv, e)
                                                             : PADES_OK;
}

/* YKCS11 knows them by what stands before them. */
static pades_status prefix(pin_hand *hand, const char *with, pades_error **e)
{
    AUTO(secret) *longer = NULL;
    span text = secret_span(hand->secret);
    size_t n = strlen(with);
    TRY(secret_new_for(SECRET_MAX + 8, &longer, e));
    memcpy(secret_room(longer), with, n);
    memcpy(secret_room(longer) + n, text.p, text.n);
    secret_set_length(longer, n + text.n);
    secret_free(hand->secret);
    hand->secret = TAKE(longer);
    return PADES_OK;
}

static pades_status unblock(unblocking *u, pades_error **e)
{
    u->pad = (u->k->m->slots[u->k->token].raw.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    if (!u->pad) {
        TRY(pins_take(u->k, PADES_PIN_KIND_PUK, PURPOSE, &u->puk, e));
        TRY(pins_take(u->k, PADES_PIN_KIND_NEW, PURPOSE, &u->fresh, e));
    }
    if (u->style == PADES_UNBLOCK_INIT_PIN) {
        return by_init_pin(u, e);
    }
    if (u->style == PADES_UNBLOCK_SET_PIN_PREFIX && !u->pad) {
        TRY(prefix(&u->puk, "puk:", e));
        TRY(prefix(&u->fresh, "pin:", e));
    }
    return by_c_set_pin(u, e);
}

pades_status pades_token_pin_unblock(pades_token_list *list, size_t index,
                                     const pades_token_opts *opts, pades_unblock_style style,
                                     pades_pin_state *ret_state, pades_error **ret_error)
{
    AUTO(p11_key) *k = NULL;
    pades_pin_state state = PADES_PIN_STATE_OK;
    bool named = style != PADES_UNBLOCK_UNKNOWN;
    if ((unsigned)style > PADES_UNBLOCK_SET_PIN_PREFIX) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "no way of unblocking has this number");
    }
    TRY(pins_open(list, index, opts, CKF_RW_SESSION, &k, ret_error));
    unblocking u = {.k = k, .style = named ? style : p11_unblock_style(k->m, k->token)};
    if (u.style == PADES_UNBLOCK_UNKNOWN) {
        return fail_unknown(k, ret_error);
    }
    TRY(pins_must_be_out(k, ret_error));
    TRY(must_be_locked(k, u.style, named, ret_error));
    pades_status status = unblock(&u, ret_error);
    pin_hand_free(&u.puk);
    pin_hand_free(&u.fresh);
    TRY(status);
    pin_forget_refused(k);
    TRY(pins_state(k, &state, ret_error));
    if (ret_state) {
        *ret_state = state;
    }
    return PADES_OK;
}
