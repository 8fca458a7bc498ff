/* From a password to the key of a file. Owner: crypt_key.c (revisions 2 to 4), crypt_key5.c (5 and
 * 6). */
#ifndef PDF_CRYPT_KEY_H
#define PDF_CRYPT_KEY_H

#include "base/secret.h"
#include "pdf/crypt_dict.h"

/* *ret_fits: whether `password` is the user's or (owner) the owner's; only then `key` holds the
 * d->key_n octets of the file's key, and `opener` a password that opens it in any reader: of the
 * old revisions always the user's, which the owner's gives. */
pades_status crypt_key_legacy(const crypt_dict *d, span password, bool owner,
                              uint8_t key[CRYPT_KEY_MAX], secret *opener, bool *ret_fits,
                              pades_error **e) MUST_USE;
pades_status crypt_key_strong(const crypt_dict *d, span password, bool owner,
                              uint8_t key[CRYPT_KEY_MAX], secret *opener, bool *ret_fits,
                              pades_error **e) MUST_USE;
/* Revisions 5 and 6: the copy of /P and /EncryptMetadata that was encrypted with the key says the
 * same; PADES_DOC_DAMAGED when somebody changed them. */
pades_status crypt_key_check_perms(const crypt_dict *d, const uint8_t key[CRYPT_KEY_MAX],
                                   pades_error **e) MUST_USE;

#endif
