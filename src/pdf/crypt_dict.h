/* The encryption dictionary, read and judged, but for the password. Owner: crypt_dict.c. */
#ifndef PDF_CRYPT_DICT_H
#define PDF_CRYPT_DICT_H

#include "pdf/crypt.h"

typedef enum crypt_method {
    CRYPT_NONE, /* Identity */
    CRYPT_RC4,
    CRYPT_AESV2,
    CRYPT_AESV3
} crypt_method;

enum { CRYPT_LEGACY_HASH = 32, CRYPT_HASH = 48, CRYPT_KEY_MAX = 32 };

/* One named crypt filter; `refused` when its method is not one of ours. */
typedef struct crypt_filter {
    span name, refused;
    crypt_method method;
} crypt_filter;

typedef struct crypt_dict {
    pdf_crypt_info info;
    unsigned key_n; /* octets of the file's key */
    crypt_method streams, strings, files;
    crypt_filter *filters;
    size_t filters_n;
    span o, u;          /* of the length that the revision wants */
    span oe, ue, perms; /* revisions 5 and 6 */
    span id;            /* first half of the trailer's /ID, or nothing */
} crypt_dict;

/* `dict` is the dictionary, with its strings as they stand; what it refers to must be readable.
 * Everything in *ret is filled as far as it was understood, also when it is refused; it lives in
 * `pool`. */
pades_status crypt_dict_read(pdf_file *f, const pdf_obj *dict, pdf_pool *pool, crypt_dict *ret,
                             pades_error **e) MUST_USE;
/* The method of a crypt filter. */
pades_status crypt_dict_method(const crypt_dict *d, span name, crypt_method *ret,
                               pades_error **e) MUST_USE;

#endif
