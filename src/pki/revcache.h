/* What was fetched before: issuers, OCSP answers and CRLs, in the memory of a context and, when it
 * has a cache folder, in "rev" below that, one file an entry, shared by processes
 * and bounded in number, size and age. Only what was
 * verified is put here; whoever gets it verifies it again, so that a damaged or exchanged file is
 * nothing but a miss. What cannot be written is not missed. */
#ifndef PKI_REVCACHE_H
#define PKI_REVCACHE_H

#include "base/control.h"
#include "pki/blob.h"
#include "pki/cert.h"

typedef struct rev_key {
    uint8_t hash[32];
} rev_key;
/* Of what kind, from where, and about which certificate (NULL: none). */
pades_status revcache_key(int kind, const char *url, const pades_cert *cert, rev_key *ret,
                          pades_error **e) MUST_USE;

/* NULL: a miss. Otherwise freed with blob_free; *ret_asked is when this process asked for it,
 * time INT64_MIN when another one did. */
blob *revcache_get(pades_ctx *ctx, const rev_key *key, size_t max_bytes, instant *ret_asked);
/* lasting: for other processes too. */
void revcache_put(pades_ctx *ctx, const rev_key *key, blob *b, instant asked, bool lasting);
/* It was stale, or did not stand its check. */
void revcache_drop(pades_ctx *ctx, const rev_key *key);

/* A source that failed is not asked again by this context for a while: `why` is told instead
 * (mem_free); NULL: it may be asked. */
char *revcache_failure(pades_ctx *ctx, const rev_key *key, pades_status *ret_status) MUST_USE;
void revcache_failed(pades_ctx *ctx, const rev_key *key, pades_status status, const char *why);

/* What was found to be true once and stays so ("this one signed that one"), by a hash of all that
 * it is about: signatures are not checked again for every file of a batch. */
bool revcache_knows(pades_ctx *ctx, const rev_key *truth);
void revcache_learn(pades_ctx *ctx, const rev_key *truth);
/* The hash of a kind of truth about certificates in their order. */
pades_status revcache_truth(int kind, const pades_cert *const *about, size_t n, rev_key *ret,
                            pades_error **e) MUST_USE;

/* One thread at a time fetches what belongs to `key`; the others wait, and find it in the cache
 * afterwards. PADES_OK: revcache_leave() must follow. */
pades_status revcache_enter(pades_ctx *ctx, const rev_key *key, pades_control *control,
                            pades_error **e) MUST_USE;
void revcache_leave(pades_ctx *ctx, const rev_key *key);

#endif
