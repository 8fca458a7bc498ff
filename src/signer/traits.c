/* What is asked of a key only when somebody looks at it: the mechanisms of its slot, and whether it
 * wants its PIN for every signature. */
#include "signer/keys.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pki/ossl.h"

enum { NAMES_MAX = 64 * 1024 };

/* Names of all tokens, each asked for once. */
static buf *names_of(pades_key_list *list, size_t token)
{
    if (!list->mechs) {
        list->mechs = mem_array(list->looks_n, sizeof *list->mechs);
    }
    buf *b = list->mechs ? &list->mechs[token] : NULL;
    if (b && b->max == 0) {
        *b = BUF(NAMES_MAX);
        p11_mechanism_names(list->modules, token, b);
    }
    return b;
}

const char *pades_key_list_mechanism(pades_key_list *list, size_t index, size_t i)
{
    const key_entry *k = keys_shown(list, index);
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    const buf *b = k ? names_of(list, k->token) : NULL;
    if (!b || !buf_ok(b)) {
        return NULL;
    }
    for (size_t at = 0; at < b->n; at += strlen((const char *)b->p + at) + 1) {
        if (i-- == 0) {
            return (const char *)b->p + at;
        }
    }
    return NULL;
}

int pades_key_list_always_authenticate(pades_key_list *list, size_t index)
{
    const key_entry *k = keys_shown(list, index);
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    return k ? p11_always_authenticate(list->modules, k->token, &list->looks[k->token],
                                       buf_span(&k->id), cert_spki(k->cert))
             : -1;
}
