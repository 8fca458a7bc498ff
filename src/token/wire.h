/* Messages between the library and the process that a module runs in: one datagram a message, in
 * the numbers and structures of this machine, since both sides are of one build. A request is an
 * op, the number of the module and its fields; a reply an answer (CK_RV) and its fields. PINs are
 * not in messages but in a page that both have locked. */
#ifndef TOKEN_WIRE_H
#define TOKEN_WIRE_H

#include "base/buf.h"

#include <p11-kit/pkcs11.h>

enum {
    WIRE_MAX = 160 * 1024, /* octets of a message */
    WIRE_SOCKET = 3,       /* descriptors of the process */
    WIRE_PINS = 4,
    WIRE_PIN_ROOM = 2048, /* of each of the two PINs in the page */
    WIRE_PIN_PAGE = 4096,
    WIRE_PAGES = 8192 /* behind the PINs: the name of the module that is being called */
};
#define WIRE_GREETING 0x7061646573000004ULL /* changes with the messages */

typedef enum wire_op {
    WIRE_OPEN, /* greeting, module, URI, known ones too, names to leave out -> modules or error */
    WIRE_CHANNEL, /* with a descriptor: another socket that is served at the same time */
    WIRE_INFO,
    WIRE_SLOT_LIST,
    WIRE_SLOT_LOOKS, /* rooms -> slots with a token, and a look at the first of them */
    WIRE_SLOT_INFO,
    WIRE_TOKEN_INFO,
    WIRE_MECHANISMS,
    WIRE_OPEN_SESSION,
    WIRE_CLOSE_SESSION,
    WIRE_SESSION_INFO,
    WIRE_FIND, /* session, kind, room -> handles, and the first objects as they are */
    WIRE_GET_ATTRIBUTES,
    WIRE_LOGIN,
    WIRE_LOGOUT,
    WIRE_SET_PIN,
    WIRE_INIT_PIN,
    WIRE_SIGN,
    WIRE_SLOT_EVENT,
    WIRE_OPS
} wire_op;

/* Ahead of the reply to WIRE_FIND or WIRE_SLOT_LOOKS, alone in a message: the module has answered
 * one of its calls, and more are made. */
#define WIRE_YET (CKR_VENDOR_DEFINED | 0x706164ffUL)

/* How a PIN goes: its length, or typed on the reader. */
#define WIRE_PAD UINT64_MAX

static inline void wire_add(buf *b, uint64_t number)
{
    buf_add(b, &number, sizeof number);
}
static inline void wire_add_bytes(buf *b, const void *p, size_t n)
{
    wire_add(b, n);
    buf_add(b, p, n);
}
/* Zero, and r->failed, beyond the end. */
static inline uint64_t wire_take(reader *r)
{
    uint64_t number = 0;
    span s = reader_take(r, sizeof number);
    if (s.n == sizeof number) {
        memcpy(&number, s.p, sizeof number);
    }
    return number;
}
static inline span wire_take_bytes(reader *r)
{
    uint64_t n = wire_take(r);
    if (n > WIRE_MAX) {
        r->failed = true;
        n = 0;
    }
    return reader_take(r, (size_t)n);
}
/* Exactly `n` octets into `ret`; zeroes and r->failed when there are others. */
static inline void wire_take_into(reader *r, void *ret, size_t n)
{
    span s = wire_take_bytes(r);
    memset(ret, 0, n);
    if (s.n == n && !r->failed) {
        memcpy(ret, s.p, n);
    } else {
        r->failed = true;
    }
}

#endif
