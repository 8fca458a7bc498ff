/* What the operations on PINs share: a token with a session of its own. */
#ifndef TOKEN_PINS_H
#define TOKEN_PINS_H

#include "token/internal.h"

/* `flags`: CKF_RW_SESSION, or 0 for a session that only reads. */
pades_status pins_open(pades_token_list *list, size_t index, const pades_token_opts *opts,
                       CK_FLAGS flags, p11_key **ret, pades_error **e) MUST_USE;
/* One secret; with a pad, whoever is to type there is told. */
pades_status pins_take(p11_key *k, pades_pin_kind kind, const char *purpose, pin_hand *ret,
                       pades_error **e) MUST_USE;
/* A login of somebody else in this process cannot be told from ours, and is not ended. */
pades_status pins_must_be_out(const p11_key *k, pades_error **e) MUST_USE;
/* What the token says of its PIN now. */
pades_status pins_state(p11_key *k, pades_pin_state *ret, pades_error **e) MUST_USE;
/* C_SetPIN or C_InitPIN said that the new PIN will not do. */
bool pins_refuses_new(CK_RV rv);
pades_status pins_fail_new(p11_key *k, CK_RV rv, pades_error **e);
static inline const char *pins_label(const p11_key *k)
{
    return k->m->slots[k->token].info.label;
}

#endif
