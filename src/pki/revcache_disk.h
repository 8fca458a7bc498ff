/* The folder of the cache (see revcache.h): DER files named by their key, replaced by rename. */
#ifndef PKI_REVCACHE_DISK_H
#define PKI_REVCACHE_DISK_H

#include "pki/revcache.h"

/* NULL: not there, not ours, too large, or unreadable. */
blob *revdisk_load(const pades_ctx *ctx, const rev_key *key, size_t max_bytes);
void revdisk_store(const pades_ctx *ctx, const rev_key *key, view der);
void revdisk_drop(const pades_ctx *ctx, const rev_key *key);

/* Bounds the folder in number, size and age (revcache_prune.c); `newest` was just written there. */
void revdisk_prune(int folder, const char *newest);

#endif
