/* The certificates of the tokens, each with the verdict whether it would be taken for signing.
 * Shared by the public list and the choice of a signer's key. */
#ifndef SIGNER_KEYS_H
#define SIGNER_KEYS_H

#include "pki/cert.h"
#include "token/pkcs11.h"

typedef struct key_entry {
    pades_cert *cert;
    size_t token;
    buf id; /* CKA_ID, raw */
    char *raw_label;
    char *label, *id_text, *uri; /* as shown */
    char *why_not;
    pades_cert **chain; /* once it was asked for */
    size_t chain_n;
    pades_error *refused; /* the certificate may not sign: why */
    int fits;             /* the URI's object attributes: 1, 0, -1 (a login will tell) */
    int has_key;          /* as in pades_key_info */
    bool shown;           /* meant by the options */
    bool beside;          /* from the options, not from the token */
    bool usable;
    pades_key_info info;
} key_entry;

struct pades_key_list {
    p11_modules *modules;
    p11_inventory *looks; /* one a token */
    size_t looks_n;
    key_entry *items;
    size_t n, cap;
    buf *mechs; /* one a token, once somebody asked; traits.c */
};
DEFINE_AUTO(pades_key_list, pades_key_list_free)

/* Opens the modules, looks at every token that fits and judges. */
pades_status keys_open(pades_ctx *ctx, const pades_token_opts *opts, pades_key_list **ret,
                       pades_error **e) MUST_USE;
/* Judges again after a token has been looked at anew. */
pades_status keys_judge(pades_key_list *list, pades_ctx *ctx, const pades_token_opts *opts,
                        pades_error **e) MUST_USE;
/* The entries of the list; used by keys_judge. */
pades_status keys_collect(pades_key_list *list, const pades_token_opts *opts,
                          pades_error **e) MUST_USE;
/* Its chain: everything on its token and beside it, in order. The caller frees. */
pades_status keys_chain(const pades_key_list *list, const key_entry *k, pades_cert ***ret,
                        size_t *ret_n, pades_error **e) MUST_USE;
void keys_clear(pades_key_list *list);
/* The index-th that the options mean; NULL beyond the end. */
const key_entry *keys_shown(const pades_key_list *list, size_t index);

/* choose.c: the one usable entry; *ret_look is a token that has to be logged in to before it can be
 * told (SIZE_MAX: none) and then *ret is NULL. */
pades_status keys_choose(const pades_key_list *list, const pades_token_opts *opts,
                         const key_entry **ret, size_t *ret_look, pades_error **e) MUST_USE;

#endif
