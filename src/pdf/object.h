/* PDF objects as parsed: a tree in a pool, each node with its raw bytes, so that what is written
 * again can be written byte for byte. Owner: lexer.c, parse.c, object.c. */
#ifndef PDF_OBJECT_H
#define PDF_OBJECT_H

#include "base/buf.h"
#include "base/ctx.h"

typedef struct pdf_ref {
    uint32_t id;
    uint32_t gen;
} pdf_ref;

typedef enum pdf_kind {
    PDF_NULL,
    PDF_BOOL,
    PDF_INT,
    PDF_REAL,
    PDF_STRING,
    PDF_NAME,
    PDF_ARRAY,
    PDF_DICT,
    PDF_REFERENCE
} pdf_kind;

typedef struct pdf_obj pdf_obj;
typedef struct pdf_pair pdf_pair;

struct pdf_obj {
    pdf_kind kind;
    span raw; /* from its first to its last byte, in the pool's copy of the text */
    union {
        bool boolean;
        int64_t integer;
        double real;
        span text; /* string or name, decoded (#xx, escapes, hex) */
        struct {
            span text;      /* the same, and decrypted */
            bool encrypted; /* what `raw` says is not `text` */
        } string;
        pdf_ref ref;
        struct {
            pdf_obj **items;
            size_t n;
        } array;
        struct {
            pdf_pair *pairs; /* in file order; duplicates are kept and dup_keys set */
            size_t n;
            bool dup_keys;
            uint16_t home_gen; /* of a stream: its number, which its key is made of */
            uint32_t home_id;
            const uint32_t
                *by_key; /* places in `pairs` sorted by key; NULL in small dictionaries */
        } dict;
    } u;
};

struct pdf_pair {
    span key;     /* decoded name */
    span key_raw; /* with the slash */
    pdf_obj *value;
};

/* Memory of parsed objects; freed at once. Bounded by `max` bytes. */
typedef struct pdf_pool pdf_pool;
pades_status pdf_pool_new(size_t max, pdf_pool **ret, pades_error **e) MUST_USE;
void pdf_pool_free(pdf_pool *pool);
void *pdf_pool_take(pdf_pool *pool, size_t n); /* zeroed, aligned; NULL when over */
span pdf_pool_copy(pdf_pool *pool, span s);    /* p NULL when over */
DEFINE_AUTO(pdf_pool, pdf_pool_free)

/* Parses one object at the start of `text` (leading white space allowed), which must stay alive;
 * *ret_used: bytes consumed. `max_depth`: nesting. */
pades_status pdf_parse(pdf_pool *pool, span text, unsigned max_depth, pdf_obj **ret,
                       size_t *ret_used, pades_error **e) MUST_USE;

/* Lookups never fail: NULL when absent or of another kind; all accept NULL. For a duplicated key
 * the last value is given (as qpdf does); dict.dup_keys lets a caller refuse. */
const pdf_obj *pdf_dict_get(const pdf_obj *dict, const char *key);
const pdf_obj *pdf_dict_find(const pdf_obj *dict, span key); /* a key of any bytes */
const pdf_obj *pdf_array_get(const pdf_obj *array, size_t i);
bool pdf_is(const pdf_obj *o, pdf_kind kind);
bool pdf_is_name(const pdf_obj *o, const char *name);
bool pdf_get_int(const pdf_obj *o, int64_t *ret);
bool pdf_get_ref(const pdf_obj *o, pdf_ref *ret);
/* Same meaning: names and strings decoded, numbers by value, dictionaries without order. */
bool pdf_same(const pdf_obj *a, const pdf_obj *b);

#endif
