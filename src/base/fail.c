/* The error chain. When there is no memory for an error, *e points at one shared, constant "out of
 * memory" error, so that a caller who asked for an error always gets one. */
#include "base/fail.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct pades_error {
    pades_status status;
    char *message, *hint, *native;
    const char *clause; /* always a literal */
    uint32_t object;
    int64_t offset;
    pades_error *cause;
};

static const pades_error out_of_memory = {.status = PADES_NO_MEMORY, .offset = -1};

static bool is_shared(const pades_error *e)
{
    return e == &out_of_memory;
}

void pades_error_free(pades_error *error)
{
    while (error && !is_shared(error)) {
        pades_error *cause = error->cause;
        mem_free(error->message);
        mem_free(error->hint);
        mem_free(error->native);
        mem_free(error);
        error = cause;
    }
}

static char *format(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static char *format(const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *text = n < 0 ? NULL : mem_alloc((size_t)n + 1);
    if (text) {
        vsnprintf(text, (size_t)n + 1, fmt, args);
    }
    return text;
}

static pades_error *shared_error(void)
{
    union {
        const pades_error *from;
        pades_error *to;
    } u = {.from = &out_of_memory}; /* never written to: is_shared() guards every change */
    return u.to;
}

static void push(pades_error **e, pades_status status, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));
static void push(pades_error **e, pades_status status, const char *fmt, va_list args)
{
    pades_error *fresh = mem_alloc(sizeof *fresh);
    char *message = fresh ? format(fmt, args) : NULL;
    if (!message) {
        mem_free(fresh);
        pades_error_free(*e);
        *e = shared_error();
        return;
    }
    fresh->status = status;
    fresh->message = message;
    fresh->offset = -1;
    fresh->cause = *e;
    *e = fresh;
}

pades_status fail(pades_error **e, pades_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (e) {
        push(e, status, fmt, args);
    }
    va_end(args);
    return status;
}

pades_status fail_wrap(pades_error **e, pades_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (e) {
        push(e, status, fmt, args);
    }
    va_end(args);
    return status;
}

static void set_text(pades_error *e, char **slot, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));
static void set_text(pades_error *e, char **slot, const char *fmt, va_list args)
{
    if (!is_shared(e)) {
        mem_free(*slot);
        *slot = format(fmt, args);
    }
}

void error_hint(pades_error **e, const char *fmt, ...)
{
    if (!e || !*e) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    set_text(*e, &(*e)->hint, fmt, args);
    va_end(args);
}

void error_native(pades_error **e, const char *fmt, ...)
{
    if (!e || !*e) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    set_text(*e, &(*e)->native, fmt, args);
    va_end(args);
}

void error_clause(pades_error **e, const char *clause)
{
    if (e && *e && !is_shared(*e)) {
        (*e)->clause = clause;
    }
}

void error_place(pades_error **e, uint32_t object, int64_t offset)
{
    if (e && *e && !is_shared(*e)) {
        (*e)->object = object;
        (*e)->offset = offset;
    }
}

pades_status fail_errno(pades_error **e, pades_status status, int err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = format(fmt, args);
    va_end(args);
    char room[128];
    const char *why = strerror_r(err, room, sizeof room);
    status = fail(e, status, "%s: %s", text ? text : "system call failed", why);
    mem_free(text);
    if (e) {
        (void)error_native(e, "errno %d (%s)", err, why);
    }
    return status;
}

pades_status fail_memory(pades_error **e)
{
    if (e) {
        pades_error_free(*e);
        *e = shared_error();
    }
    return PADES_NO_MEMORY;
}

void error_clear(pades_error **e)
{
    if (e) {
        pades_error_free(*e);
        *e = NULL;
    }
}

pades_status pades_error_status(const pades_error *error)
{
    return error ? error->status : PADES_OK;
}

const char *pades_error_message(const pades_error *error)
{
    if (!error) {
        return "no error";
    }
    return error->message ? error->message : "out of memory";
}

const char *pades_error_hint(const pades_error *error)
{
    while (error && !error->hint) {
        error = error->cause;
    }
    return error ? error->hint : NULL;
}

const char *pades_error_native(const pades_error *error)
{
    while (error && !error->native) {
        error = error->cause;
    }
    return error ? error->native : NULL;
}

const char *pades_error_clause(const pades_error *error)
{
    while (error && !error->clause) {
        error = error->cause;
    }
    return error ? error->clause : NULL;
}

uint32_t pades_error_object(const pades_error *error)
{
    while (error && error->object == 0) {
        error = error->cause;
    }
    return error ? error->object : 0;
}

int64_t pades_error_offset(const pades_error *error)
{
    while (error && error->offset < 0) {
        error = error->cause;
    }
    return error ? error->offset : -1;
}

const pades_error *pades_error_cause(const pades_error *error)
{
    return error ? error->cause : NULL;
}

char *error_line(const pades_error *error)
{
    AUTO_VAL(buf) line = BUF(16 << 10);
    for (const char *sep = ""; error; error = pades_error_cause(error), sep = ": ") {
        buf_addf(&line, "%s%s", sep, pades_error_message(error));
    }
    return buf_take_text(&line);
}
