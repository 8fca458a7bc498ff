/* Reads, writes and evaluates locks. A name in a lock stands for the field and all below it.
 * clause: ISO32000-1#12.7.4.5 signature field lock dictionary */
#include "pdf/lock.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/incr.h"
#include "pdf/text.h"

#include <inttypes.h>

enum {
    NAME_MAX_BYTES = 64 << 10,
    NAMES_MAX = 100000,
    NAMES_MAX_BYTES = 32 << 20,
    HOLDER_BYTES = 32
};

static const char *const actions[] = {"", "All", "Include", "Exclude"};

static pades_status wrong(const char *key, pades_error **e)
{
    return pdf_damaged(e, 0, 0, "ISO32000-1#12.8.2.4", "/%s of a lock is not what it has to be",
                       key);
}

static pades_status get(const pdf_lock_from *from, const pdf_obj *o, const pdf_obj **ret,
                        pades_error **e)
{
    pdf_ref ref = {0, 0};
    TRY(pdf_file_resolve(from->f, o, from->pool, ret, &ref, e));
    return ref.id && from->touch ? from->touch(from->user, ref, e) : PADES_OK;
}

static pades_status add_name(pdf_lock *lock, span name, pades_error **e)
{
    char *copy = mem_strndup(name.p ? (const char *)name.p : "", name.n);
    if (!copy) {
        return fail_memory(e);
    }
    lock->names[lock->n++] = copy;
    lock->bytes += name.n + HOLDER_BYTES;
    return PADES_OK;
}

static pades_status read_name(const pdf_lock_from *from, const pdf_obj *item, pdf_lock *lock,
                              pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO_VAL(buf) text = BUF(NAME_MAX_BYTES);
    TRY(get(from, item, &o, e));
    if (!pdf_is(o, PDF_STRING)) {
        return wrong("Fields", e);
    }
    pdf_text_utf8(&text, o->u.text);
    TRY(buf_check(&text, "field name", e));
    if (text.n > 0 && memchr(text.p, 0, text.n)) {
        return wrong("Fields", e); /* a name cut there would lock another field */
    }
    return add_name(lock, buf_span(&text), e);
}

static pades_status read_names(const pdf_lock_from *from, const pdf_obj *dict, pdf_lock *lock,
                               pades_error **e)
{
    const pdf_obj *list = NULL;
    TRY(get(from, pdf_dict_get(dict, "Fields"), &list, e));
    if (lock->action == PDF_LOCK_ALL) {
        return PADES_OK;
    }
    if (!pdf_is(list, PDF_ARRAY)) {
        return wrong("Fields", e);
    }
    if (list->u.array.n > NAMES_MAX) {
        return fail(e, PADES_LIMIT, "a lock names more than %d fields", NAMES_MAX);
    }
    lock->names = mem_array(list->u.array.n + 1, sizeof *lock->names);
    if (!lock->names) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < list->u.array.n; i++) {
        TRY(read_name(from, list->u.array.items[i], lock, e));
        if (lock->bytes > NAMES_MAX_BYTES) {
            return fail(e, PADES_LIMIT, "the names in a lock have more than %d bytes",
                        NAMES_MAX_BYTES);
        }
    }
    return PADES_OK;
}

static pades_status read_action(const pdf_lock_from *from, const pdf_obj *dict, pdf_lock *lock,
                                pades_error **e)
{
    const pdf_obj *action = NULL;
    const pdf_obj *p = NULL;
    int64_t level = 0;
    TRY(get(from, pdf_dict_get(dict, "Action"), &action, e));
    for (unsigned i = PDF_LOCK_ALL; i <= PDF_LOCK_EXCLUDE; i++) {
        lock->action = pdf_is_name(action, actions[i]) ? (pdf_lock_action)i : lock->action;
    }
    if (lock->action == PDF_LOCK_NONE) {
        return wrong("Action", e);
    }
    TRY(get(from, pdf_dict_get(dict, "P"), &p, e));
    if (p->kind != PDF_NULL && (!pdf_get_int(p, &level) || level < 1 || level > 3)) {
        return wrong("P", e);
    }
    lock->permits = (int)level;
    return PADES_OK;
}

pades_status pdf_lock_read(const pdf_lock_from *from, const pdf_obj *dict, pdf_lock *ret,
                           pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO_VAL(pdf_lock) lock = {.action = PDF_LOCK_NONE};
    TRY(get(from, dict, &o, e));
    if (o->kind != PDF_NULL) {
        if (!pdf_is(o, PDF_DICT) || o->u.dict.dup_keys) {
            return pdf_damaged(e, 0, 0, "ISO32000-1#12.8.2.4",
                               "a lock is no dictionary, or has a key twice");
        }
        TRY(read_action(from, o, &lock, e));
        TRY(read_names(from, o, &lock, e));
    }
    *ret = lock;
    lock = (pdf_lock){.action = PDF_LOCK_NONE};
    return PADES_OK;
}

void pdf_lock_free(pdf_lock *lock)
{
    for (size_t i = 0; i < lock->n; i++) {
        mem_free(lock->names[i]);
    }
    mem_free(lock->names);
    *lock = (pdf_lock){.action = PDF_LOCK_NONE};
}

pades_status pdf_lock_make(pdf_lock_action action, const char *const *names, size_t n,
                           pdf_lock *ret, pades_error **e)
{
    AUTO_VAL(pdf_lock) lock = {.action = action};
    lock.names = mem_array(n + 1, sizeof *lock.names);
    if (!lock.names) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        if (!*names[i] || !utf8_valid(span_str(names[i]))) {
            return fail(e, PADES_INVALID_ARGUMENT, "a name in the lock is empty or not UTF-8");
        }
        TRY(add_name(&lock, span_str(names[i]), e));
    }
    *ret = lock;
    lock = (pdf_lock){.action = PDF_LOCK_NONE};
    return PADES_OK;
}

pades_status pdf_lock_copy(const pdf_lock *lock, pdf_lock *ret, pades_error **e)
{
    TRY(pdf_lock_make(lock->action, (const char *const *)lock->names, lock->n, ret, e));
    ret->permits = lock->permits;
    return PADES_OK;
}

/* The same field, or one below it. */
static bool is_of(const char *name, const char *upper)
{
    size_t n = strlen(upper);
    return strncmp(name, upper, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

static bool is_listed(const pdf_lock *lock, const char *name)
{
    for (size_t i = 0; i < lock->n; i++) {
        if (is_of(name, lock->names[i])) {
            return true;
        }
    }
    return false;
}

bool pdf_lock_covers(const pdf_lock *lock, const char *name)
{
    switch (lock->action) {
    case PDF_LOCK_ALL:
        return true;
    case PDF_LOCK_INCLUDE:
        return is_listed(lock, name);
    case PDF_LOCK_EXCLUDE:
        return !is_listed(lock, name);
    case PDF_LOCK_NONE:
        break;
    }
    return false;
}

pades_status pdf_lock_write(buf *out, const pdf_lock *lock, pades_error **e)
{
    buf_addf(out, "/Action/%s", actions[lock->action]);
    if (lock->action != PDF_LOCK_ALL) {
        buf_add_str(out, "/Fields[");
        for (size_t i = 0; i < lock->n; i++) {
            TRY(pdf_write_text(out, span_str(lock->names[i]), e));
        }
        buf_add_byte(out, ']');
    }
    if (lock->permits) {
        buf_addf(out, "/P %d", lock->permits);
    }
    return buf_check(out, "lock", e);
}
