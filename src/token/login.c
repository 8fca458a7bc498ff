/* Logging in: one attempt, the state of the PIN looked at before and after it, and a refused PIN
 * never sent again. Order of the flags: LOCKED, FINAL_TRY, COUNT_LOW (some modules set several). An
 * unattended source is not used when few tries are left. The PIN lives in a `secret` and is wiped
 * as soon as the call that needs it has returned, unless pin_for_batch and the key both want it
 * kept. */
#include "token/internal.h"

#include "base/fail.h"

#include <stdio.h>

void pin_hand_free(pin_hand *hand)
{
    secret_free(hand->secret);
    hand->secret = NULL;
}

static const char *label_of(const p11_key *k)
{
    return k->m->slots[k->token].info.label;
}

static pades_status fail_locked(const p11_key *k, const char *how, pades_error **e)
{
    (void)fail(e, PADES_PIN_LOCKED, "the PIN of token '%s' is locked%s", label_of(k), how);
    (void)error_hint(e, "unblock it with its PUK: 'pades token pin-unblock', or the software of "
                        "the token's vendor");
    return PADES_PIN_LOCKED;
}

static pades_status fail_puk_locked(const p11_key *k, pades_error **e)
{
    (void)fail(e, PADES_PIN_LOCKED, "the PUK of token '%s' is locked: its PIN cannot be unblocked",
               label_of(k));
    (void)error_hint(e, "only who issued the token can help: as a rule with a new one");
    return PADES_PIN_LOCKED;
}

/* "PIN", as sentences call it. */
static const char *kind_text(pades_pin_kind kind)
{
    return kind == PADES_PIN_KIND_PUK ? "PUK" : kind == PADES_PIN_KIND_NEW ? "new PIN" : "PIN";
}

static pades_pin_request request_for(const p11_key *k, const pin_occasion *o, pades_pin_state state)
{
    const pades_token_info *info = &k->m->slots[k->token].info;
    return (pades_pin_request){
        .token_label = info->label,
        .token_serial = info->serial,
        .subject = k->subject,
        .purpose = o->purpose          ? o->purpose
                   : k->pin.purpose    ? k->pin.purpose
                   : o->each_signature ? "sign this document"
                                       : "log in to sign",
        .document = o->document,
        .state = state,
        .each_signature = o->each_signature,
        .kind = o->kind,
        .min_length = info->pin_min,
        .max_length = info->pin_max,
    };
}

/* What an unattended source may not do: spend one of the last tries, or repeat a refused PIN. */
static pades_status check_unattended(const p11_key *k, const pades_pin_request *request,
                                     pades_error **e)
{
    pades_pin_state state = request->state;
    if (pin_is_attended(k, request->kind) || request->kind == PADES_PIN_KIND_NEW) {
        return PADES_OK;
    }
    if (k->refused) {
        return fail(e, PADES_PIN_INCORRECT,
                    "token '%s' has refused this PIN before; it is not sent again", label_of(k));
    }
    bool few = state == PADES_PIN_STATE_FINAL_TRY || state == PADES_PIN_STATE_COUNT_LOW;
    if (!few || k->pin.last_try) {
        return PADES_OK;
    }
    (void)fail(e, PADES_PIN_LAST_TRY,
               "%s for the %s of token '%s', and nobody is asked: the %s was not used",
               state == PADES_PIN_STATE_FINAL_TRY ? "one try is left"
                                                  : "a wrong one was given, few tries are left",
               kind_text(request->kind), label_of(k), kind_text(request->kind));
    (void)error_hint(
        e,
        "type the PIN yourself, or allow the attempt (--pin-last-try) once you know it is right");
    return PADES_PIN_LAST_TRY;
}

static pades_status no_pin(const p11_key *k, const char *what, pades_status status, pades_error **e)
{
    if (status == PADES_PIN_CANCELLED || status == PADES_CANCELLED) {
        return fail(e, status, "the entry of the %s for token '%s' was cancelled", what,
                    label_of(k));
    }
    return fail(e, status, "no %s was given for token '%s'", what, label_of(k));
}

static pades_status ask(p11_key *k, const pades_pin_request *request, pin_hand *ret,
                        pades_error **e)
{
    AUTO(secret) *room = NULL;
    TRY(secret_new(&room, e));
    if (k->pin_file && request->kind == PADES_PIN_KIND_USER) {
        TRY(p11_pin_file(k->pin_file, room, e));
        ret->secret = TAKE(room);
        return PADES_OK;
    }
    pades_pin pin = {room};
    pades_status status = k->pin.fn(k->pin.user, request, &pin);
    if (status == PADES_OK && secret_span(room).n == 0) {
        status = PADES_PIN_REQUIRED;
    }
    if (status != PADES_OK) {
        return no_pin(k, kind_text(request->kind), status, e);
    }
    ret->secret = TAKE(room);
    return PADES_OK;
}

static bool few_tries(pades_pin_state state)
{
    return state == PADES_PIN_STATE_FINAL_TRY || state == PADES_PIN_STATE_COUNT_LOW;
}

static pades_status get_typed(p11_key *k, const pades_pin_request *request, pin_hand *ret,
                              pades_error **e)
{
    if (k->kept && !few_tries(request->state)) {
        ret->secret = TAKE(k->kept);
        return PADES_OK;
    }
    secret_free(k->kept);
    k->kept = NULL;
    if (!k->pin.fn && !(k->pin_file && request->kind == PADES_PIN_KIND_USER)) {
        (void)fail(e, PADES_PIN_REQUIRED, "token '%s' wants its %s and there is nobody to ask",
                   label_of(k), kind_text(request->kind));
        (void)error_hint(e, "name a source of the PIN, or run it on a terminal");
        return PADES_PIN_REQUIRED;
    }
    TRY(check_unattended(k, request, e));
    return ask(k, request, ret, e);
}

pades_status pin_get(p11_key *k, const pin_occasion *o, pin_hand *ret, pades_error **e)
{
    CK_TOKEN_INFO info;
    if (!p11_still_there(k->m, k->token, &info)) {
        return p11_fail(k->m, k->token, CKR_TOKEN_NOT_PRESENT, "the PIN was to be asked for", e);
    }
    pades_pin_state state =
        o->kind == PADES_PIN_KIND_PUK ? p11_so_pin_state(info.flags) : p11_pin_state(info.flags);
    if (state == PADES_PIN_STATE_LOCKED && o->kind != PADES_PIN_KIND_NEW) {
        return o->kind == PADES_PIN_KIND_PUK ? fail_puk_locked(k, e) : fail_locked(k, "", e);
    }
    pades_pin_request request = request_for(k, o, state);
    pin_hand hand = {.pad = (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
                     .guarded = o->kind == PADES_PIN_KIND_USER};
    if (!hand.pad) {
        TRY(get_typed(k, &request, &hand, e));
    } else if (k->pin.pad) {
        k->pin.pad(k->pin.pad_user, &request);
    }
    *ret = hand;
    return PADES_OK;
}

p11_pin pin_of(const pin_hand *hand)
{
    return hand->pad ? (p11_pin){NULL, 0}
                     : (p11_pin){secret_room(hand->secret), secret_span(hand->secret).n};
}

CK_RV pin_send(p11_key *k, CK_USER_TYPE user, const pin_hand *hand)
{
    pin_guard guard;
    error_clear(&k->held);
    if (pin_guard_begin(k, hand, &guard, &k->held) != PADES_OK) {
        return P11_RV_HELD;
    }
    CK_RV rv = p11_login(p11_key_port(k), k->session, user, pin_of(hand));
    pin_guard_end(k, hand, &guard, rv);
    return rv;
}

void pin_put_away(p11_key *k, pin_hand *hand)
{
    if (hand->secret && k->pin.for_batch && (k->always || k->key == CK_INVALID_HANDLE)) {
        secret_free(k->kept);
        k->kept = TAKE(hand->secret);
    }
    pin_hand_free(hand);
}

static const char *tries_text(pades_pin_state state)
{
    if (state == PADES_PIN_STATE_FINAL_TRY) {
        return "; one try is left before it is locked";
    }
    return state == PADES_PIN_STATE_COUNT_LOW ? "; few tries are left before it is locked" : "";
}

/* The module may say PIN_INCORRECT for the very attempt that locked the token: the state is read
 * again. */
static pades_status judge_refusal(p11_key *k, CK_RV rv, pades_error **e)
{
    CK_TOKEN_INFO info;
    char room[32];
    bool there = p11_still_there(k->m, k->token, &info);
    pades_pin_state state = there ? p11_pin_state(info.flags) : PADES_PIN_STATE_OK;
    pades_status status;
    k->refused = true;
    if (state == PADES_PIN_STATE_LOCKED || rv == CKR_PIN_LOCKED) {
        status = fail_locked(
            k,
            state != PADES_PIN_STATE_LOCKED ? "" : ": the PIN was wrong and that was the last try",
            e);
    } else if (rv == CKR_PIN_LEN_RANGE) {
        status = fail(e, PADES_PIN_INCORRECT, "the PIN has not the length that token '%s' wants%s",
                      label_of(k), tries_text(state));
    } else {
        status = fail(e, PADES_PIN_INCORRECT, "token '%s' says the PIN is wrong%s", label_of(k),
                      tries_text(state));
        (void)error_hint(e, "it was tried once and is not tried again by itself");
    }
    (void)error_native(e, "%s", p11_rv_name(rv, room));
    return status;
}

/* guard.c has said why. */
static pades_status tell_held(p11_key *k, pades_error **e)
{
    pades_status status = k->held ? pades_error_status(k->held) : PADES_INTERNAL;
    k->refused = true;
    if (e) {
        *e = TAKE(k->held);
    }
    error_clear(&k->held);
    return status;
}

pades_status pin_judge(p11_key *k, CK_USER_TYPE user, CK_RV rv, pades_error **e)
{
    if (rv == P11_RV_HELD) {
        return tell_held(k, e);
    }
    if (rv == CKR_OK || (user == CKU_USER && rv == CKR_USER_ALREADY_LOGGED_IN)) {
        return PADES_OK;
    }
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE ||
        rv == CKR_PIN_LOCKED) {
        return judge_refusal(k, rv, e);
    }
    return p11_fail(k->m, k->token, rv, "the PIN was checked", e);
}

static pades_status login_once(p11_key *k, pades_error **e)
{
    const pin_occasion o = {.each_signature = false};
    pin_hand hand = {.pad = false};
    bool joined = false;
    TRY(p11_login_join(k, false, &joined, e));
    if (joined) {
        ctx_log(k->m->ctx, PADES_LOG_INFO, "the login to token '%s' is there already", label_of(k));
        return PADES_OK;
    }
    TRY(pin_get(k, &o, &hand, e));
    CK_RV rv = pin_send(k, CKU_USER, &hand);
    pades_status status = pin_judge(k, CKU_USER, rv, e);
    if (status == PADES_OK) {
        ctx_log(k->m->ctx, PADES_LOG_INFO, "logged in to token '%s'%s", label_of(k),
                hand.pad ? ", on its reader's pad" : "");
        pin_put_away(k, &hand);
        status = p11_login_join(k, true, &joined, e);
    }
    pin_hand_free(&hand);
    return status;
}

pades_status p11_key_login(p11_key *k, pades_error **e)
{
    TRY(p11_turn_take(k, e));
    pades_status status = login_once(k, e);
    p11_turn_give(k);
    return status;
}
