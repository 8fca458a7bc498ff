/* A folder of certificates, OCSP answers and CRLs instead of the network. */
#ifndef PKI_OFFLINE_H
#define PKI_OFFLINE_H

#include "base/ctx.h"
#include "pki/material.h"

/* Calls `fn` with each piece in each regular file of the folder, in the order of their names. Names
 * that begin with a dot and folders in it are passed over, and so is, with a word in the log, a
 * file that holds none. Bounded in files and bytes (PADES_LIMIT). */
pades_status offline_read(pades_ctx *ctx, const char *folder, material_fn fn, void *user,
                          pades_error **e) MUST_USE;

#endif
