/* How modules take a PUK, for which PKCS#11 has no words: what is known of each, by the names it
 * gives itself. A module that is not in the table is not guessed at, because the wrong way costs a
 * try of the PIN or of the PUK. */
#include "token/internal.h"

typedef struct known_module {
    const char *maker, *library; /* beginnings of CK_INFO.manufacturerID, .libraryDescription */
    const char *token_maker;     /* and of CK_TOKEN_INFO.manufacturerID */
    pades_unblock_style style;
    bool set_pin_may_unblock; /* C_SetPIN with nobody logged in may take the old PIN for a PUK */
} known_module;

/* OpenSC: user_pin_unblock_style of opensc.conf decides; "none", the default, takes the PUK for the
 * old PIN, which a locked PIN refuses without harm. */
static const known_module known[] = {
    {"SoftHSM", "", "", PADES_UNBLOCK_INIT_PIN, false},
    {"OpenSC", "", "www.CardContact.de", PADES_UNBLOCK_INIT_PIN, true},
    {"OpenSC", "", "", PADES_UNBLOCK_SET_PIN, true},
    {"Yubico", "", "", PADES_UNBLOCK_SET_PIN_PREFIX, false},
    {"SafeNet", "", "", PADES_UNBLOCK_INIT_PIN, false},
    {"Gemalto", "SafeNet", "", PADES_UNBLOCK_INIT_PIN, false},
    {"Thales", "SafeNet", "", PADES_UNBLOCK_INIT_PIN, false},
    {"IBM", "openCryptoki", "", PADES_UNBLOCK_INIT_PIN, false},
    {"Kryoptic", "", "", PADES_UNBLOCK_INIT_PIN, false},
};

static bool begins(const unsigned char *field, size_t n, const char *with)
{
    span text = p11_trim(field, n);
    size_t length = strlen(with);
    return text.n >= length && memcmp(text.p, with, length) == 0;
}

static const known_module *find(const p11_modules *m, size_t token)
{
    const p11_slot *slot = &m->slots[token];
    const CK_INFO *info = &m->modules[slot->module].info;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (begins(info->manufacturerID, sizeof info->manufacturerID, known[i].maker) &&
            begins(info->libraryDescription, sizeof info->libraryDescription, known[i].library) &&
            begins(slot->raw.manufacturerID, sizeof slot->raw.manufacturerID,
                   known[i].token_maker)) {
            return &known[i];
        }
    }
    return NULL;
}

pades_unblock_style p11_unblock_style(const p11_modules *m, size_t token)
{
    const known_module *found = find(m, token);
    return found ? found->style : PADES_UNBLOCK_UNKNOWN;
}

bool p11_set_pin_may_unblock(const p11_modules *m, size_t token)
{
    const known_module *found = find(m, token);
    return found && found->set_pin_may_unblock;
}

pades_unblock_style pades_token_unblock_style(const pades_token_list *list, size_t index)
{
    return list && index < p11_tokens(list->modules) ? p11_unblock_style(list->modules, index)
                                                     : PADES_UNBLOCK_UNKNOWN;
}
