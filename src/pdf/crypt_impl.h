/* An opened encryption, shared by crypt*.c, and what the reader and the writer call. */
#ifndef PDF_CRYPT_IMPL_H
#define PDF_CRYPT_IMPL_H

#include "base/secret.h"
#include "base/spool.h"
#include "pdf/crypt_dict.h"
#include "pdf/flate.h"
#include "pdf/state.h"

typedef struct pdf_crypt {
    crypt_dict dict;
    pdf_pool *pool; /* of the dictionary */
    uint32_t id;    /* object of the encryption dictionary, whose strings are not encrypted */
    secret *key;
    secret *password; /* that opens it in any reader; empty: none is needed */
    pades_error *why; /* of PDF_CRYPT_LOCKED */
} pdf_crypt;

/* Looks for /Encrypt once the trailers are read, and sets f->crypt. A document that cannot be
 * opened is no failure here. */
pades_status crypt_open(pdf_file *f, pades_error **e) MUST_USE;
void crypt_free(pdf_crypt *c);
DEFINE_AUTO(pdf_crypt, crypt_free)

/* The forms in which a password may have been used: as given, and what the revision's rules make of
 * it; `ret` is left empty when that is the same. False: what the rules want is not known here, for
 * want of a library. */
bool crypt_password_form(const crypt_dict *d, span given, secret *ret);

/* The key of one object; at most 32 octets. */
typedef struct crypt_object_key {
    uint8_t octets[CRYPT_KEY_MAX];
    size_t n;
} crypt_object_key;
pades_status crypt_object_key_of(const pdf_crypt *c, crypt_method method, pdf_ref ref,
                                 crypt_object_key *ret, pades_error **e) MUST_USE;
void crypt_object_key_free(crypt_object_key *key);

/* Calls `fn` for every string inside `o` (not for `o` itself) that can be encrypted, in the order
 * of the file: for all but /Contents of signature dictionaries. */
typedef pades_status (*crypt_string_fn)(void *user, pdf_obj *string, pades_error **e);
pades_status crypt_each_string(const pdf_obj *o, crypt_string_fn fn, void *user,
                               pades_error **e) MUST_USE;
/* Decrypts the strings of an object that stands in the file itself. */
pades_status crypt_strings(pdf_file *f, pdf_ref ref, pdf_obj *o, pdf_pool *pool,
                           pades_error **e) MUST_USE;

/* How the data of a stream is encrypted. `filter`: /Name of its /Crypt filter, p NULL without one.
 */
pades_status crypt_stream_method(const pdf_file *f, const pdf_obj *dict, span filter,
                                 crypt_method *ret, pades_error **e) MUST_USE;
/* Decrypts by pulling. */
typedef struct crypt_stream crypt_stream;
pades_status crypt_stream_new(const pdf_file *f, crypt_method method, pdf_ref ref, pull_fn input,
                              void *user, crypt_stream **ret, pades_error **e) MUST_USE;
void crypt_stream_free(crypt_stream *s);
/* At most n bytes; fewer only at the end. */
pades_status crypt_stream_read(crypt_stream *s, uint8_t *p, size_t n, size_t *ret_n,
                               pades_error **e) MUST_USE;
DEFINE_AUTO(crypt_stream, crypt_stream_free)

/* `text`, one object in plain, as object `ref` says it: its strings encrypted. */
pades_status crypt_write_object(const pdf_file *f, pdf_ref ref, span text, buf *out,
                                pades_error **e) MUST_USE;
/* The data of a new stream, which has no /Type that is treated apart. */
pades_status crypt_write_data(const pdf_file *f, pdf_ref ref, span data, buf *out,
                              pades_error **e) MUST_USE;
/* The same for data that come in pieces; encrypted or not, they are given to `fn`. */
typedef struct crypt_push crypt_push;
pades_status crypt_push_new(const pdf_file *f, pdf_ref ref, view_fn fn, void *user,
                            crypt_push **ret, pades_error **e) MUST_USE;
pades_status crypt_push_add(crypt_push *c, span piece, pades_error **e) MUST_USE;
pades_status crypt_push_end(crypt_push *c, pades_error **e) MUST_USE;
void crypt_push_free(crypt_push *c);
DEFINE_AUTO(crypt_push, crypt_push_free)

#endif
