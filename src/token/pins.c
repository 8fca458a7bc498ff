/* Checking and changing a PIN: one attempt each, the state read afterwards, nothing left logged in.
 * What a locked token would refuse is not sent. */
#include "token/pins.h"

#include "base/fail.h"

pades_status pins_open(pades_token_list *list, size_t index, const pades_token_opts *opts,
                       CK_FLAGS flags, p11_key **ret, pades_error **e)
{
    if (!list || index >= p11_tokens(list->modules)) {
        return fail(e, PADES_INVALID_ARGUMENT, "the list has no such token");
    }
    p11_modules *m = list->modules;
    p11_slot *slot = &m->slots[index];
    if (slot->session == CK_INVALID_HANDLE) {
        CK_RV rv = p11_open_session(p11_port_of(m, index), slot->id, flags, &slot->session);
        if (rv != CKR_OK) {
            slot->session = CK_INVALID_HANDLE;
            return p11_fail(m, index, rv, "a session was opened", e);
        }
    }
    return p11_key_new(m, opts, index, NULL, ret, e);
}

pades_status pins_take(p11_key *k, pades_pin_kind kind, const char *purpose, pin_hand *ret,
                       pades_error **e)
{
    const pin_occasion o = {.purpose = purpose, .kind = kind};
    return pin_get(k, &o, ret, e);
}

pades_status pins_state(p11_key *k, pades_pin_state *ret, pades_error **e)
{
    CK_TOKEN_INFO info;
    if (!p11_still_there(k->m, k->token, &info)) {
        return p11_fail(k->m, k->token, CKR_TOKEN_NOT_PRESENT, "its state was read", e);
    }
    *ret = p11_pin_state(info.flags);
    return PADES_OK;
}

bool pins_refuses_new(CK_RV rv)
{
    return rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE;
}

pades_status pins_fail_new(p11_key *k, CK_RV rv, pades_error **e)
{
    char room[32];
    const pades_token_info *info = &k->m->slots[k->token].info;
    (void)fail(e, PADES_PIN_INVALID, "token '%s' does not take the new PIN: %s", info->label,
               rv == CKR_PIN_LEN_RANGE ? "its length"
                                       : "its characters, or it was typed twice "
                                         "and not alike");
    if (info->pin_max > 0) {
        (void)error_hint(e, "the PIN is as it was; the token tells of %zu to %zu characters",
                         info->pin_min, info->pin_max);
    } else {
        (void)error_hint(e, "the PIN is as it was");
    }
    (void)error_native(e, "%s", p11_rv_name(rv, room));
    return PADES_PIN_INVALID;
}

pades_status pins_must_be_out(const p11_key *k, pades_error **e)
{
    if (!p11_key_is_logged_in(k)) {
        return PADES_OK;
    }
    return fail(e, PADES_TOKEN_ERROR,
                "this program is logged in to token '%s' already: its PIN cannot be checked",
                pins_label(k));
}

/* clause: PKCS11-2.40#5.5 CKR_PIN_EXPIRED: the PIN is right, and has to be changed */
static pades_status log_in(p11_key *k, const pin_hand *hand, pades_error **e)
{
    CK_RV rv = pin_send(k, CKU_USER, hand);
    if (rv == CKR_USER_ALREADY_LOGGED_IN) {
        return fail(e, PADES_TOKEN_ERROR, "token '%s' was logged in to meanwhile", pins_label(k));
    }
    return rv == CKR_PIN_EXPIRED ? PADES_OK : pin_judge(k, CKU_USER, rv, e);
}

pades_status pades_token_pin_verify(pades_token_list *list, size_t index,
                                    const pades_token_opts *opts, pades_pin_state *ret_state,
                                    pades_error **ret_error)
{
    AUTO(p11_key) *k = NULL;
    AUTO_VAL(pin_hand) hand = {.pad = false};
    pades_pin_state state = PADES_PIN_STATE_OK;
    TRY(pins_open(list, index, opts, 0, &k, ret_error));
    TRY(pins_must_be_out(k, ret_error));
    TRY(pins_take(k, PADES_PIN_KIND_USER, "check the PIN", &hand, ret_error));
    TRY(log_in(k, &hand, ret_error));
    (void)p11_logout(p11_key_port(k), k->session);
    TRY(pins_state(k, &state, ret_error));
    if (ret_state) {
        *ret_state = state;
    }
    return PADES_OK;
}

static pades_status judge_change(p11_key *k, CK_RV rv, pades_error **e)
{
    return pins_refuses_new(rv)                              ? pins_fail_new(k, rv, e)
           : rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED ? pin_judge(k, CKU_USER, rv, e)
           : rv != CKR_OK ? p11_fail(k->m, k->token, rv, "its PIN was changed", e)
                          : PADES_OK;
}

/* The login tells a wrong PIN from a new one that will not do, and where C_SetPIN may take a PUK
 * (OpenSC) it makes sure that the old PIN is one. On a pad it would have to be typed once more. */
static pades_status change(p11_key *k, pades_error **e)
{
    AUTO_VAL(pin_hand) old = {.pad = false};
    AUTO_VAL(pin_hand) fresh = {.pad = false};
    const char *purpose = "change the PIN";
    bool pad = (k->m->slots[k->token].raw.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    bool login = !pad || p11_set_pin_may_unblock(k->m, k->token);
    if (login) {
        TRY(pins_take(k, PADES_PIN_KIND_USER, purpose, &old, e));
    }
    if (!pad) {
        TRY(pins_take(k, PADES_PIN_KIND_NEW, purpose, &fresh, e));
    }
    if (login) {
        TRY(log_in(k, &old, e));
    }
    if (pad) {
        TRY(pins_take(k, PADES_PIN_KIND_NEW, purpose, &fresh, e));
        old.pad = true;
    }
    CK_RV rv = p11_set_pin(p11_key_port(k), k->session, pin_of(&old), pin_of(&fresh));
    if (login) {
        (void)p11_logout(p11_key_port(k), k->session);
    }
    return judge_change(k, rv, e);
}

pades_status pades_token_pin_change(pades_token_list *list, size_t index,
                                    const pades_token_opts *opts, pades_pin_state *ret_state,
                                    pades_error **ret_error)
{
    AUTO(p11_key) *k = NULL;
    pades_pin_state state = PADES_PIN_STATE_OK;
    TRY(pins_open(list, index, opts, CKF_RW_SESSION, &k, ret_error));
    TRY(pins_must_be_out(k, ret_error));
    TRY(change(k, ret_error));
    pin_forget_refused(k);
    TRY(pins_state(k, &state, ret_error));
    if (ret_state) {
        *ret_state = state;
    }
    return PADES_OK;
}
