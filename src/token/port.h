/* The PKCS#11 calls that this library makes, for all of the room: on a module in this process
 * (port_direct.c) or on one in a process of its own (port_worker.c). Each answers what the module
 * answered, or one of the P11_RV_ codes below. What belongs together in one breath (a search, a
 * signature with its login) is one call here, so nothing can come in between. */
#ifndef TOKEN_PORT_H
#define TOKEN_PORT_H

#include "base/buf.h"
#include "token/pkcs11.h"

#include <p11-kit/pkcs11.h>
#include <sys/types.h>

/* Answers that no module gives. */
#define P11_RV_OURS (CKR_VENDOR_DEFINED | 0x70616400UL)
/* this process is a child of the one that opened the module */
#define P11_RV_FORKED (P11_RV_OURS | 1UL)
#define P11_RV_DIED (P11_RV_OURS | 2UL)    /* the module's process ended or was ended before */
#define P11_RV_SILENT (P11_RV_OURS | 3UL)  /* no answer in time: its process was ended */
#define P11_RV_STOPPED (P11_RV_OURS | 4UL) /* cancelled by the caller's control */
#define P11_RV_HELD (P11_RV_OURS | 5UL)    /* by guard.c: the PIN was not sent */

typedef enum p11_sign_stage { P11_STAGE_INIT, P11_STAGE_LOGIN, P11_STAGE_SIGN } p11_sign_stage;

/* A PIN as C_Login takes it; p NULL: it is typed on the reader. */
typedef struct p11_pin {
    CK_UTF8CHAR *p;
    CK_ULONG n;
} p11_pin;

typedef struct p11_sign_call {
    CK_SESSION_HANDLE session;
    CK_MECHANISM *mech;
    CK_OBJECT_HANDLE key;
    bool context; /* CKU_CONTEXT_SPECIFIC login between C_SignInit and C_Sign, with `pin` */
    p11_pin pin;
    bool person; /* someone may have to answer a window or a reader before it comes back */
    CK_BYTE *data;
    CK_ULONG data_n;
    CK_BYTE *room;        /* for the signature */
    CK_ULONG n;           /* in: octets of room; out: of the signature */
    p11_sign_stage stage; /* out: how far it came */
} p11_sign_call;

/* A slot and, where there is one, its token. */
typedef struct p11_slot_look {
    CK_RV slot_rv, token_rv; /* of the two calls; the second is made of a token that is present */
    CK_SLOT_INFO slot;
    CK_TOKEN_INFO token;
} p11_slot_look;

typedef struct p11_port p11_port;
typedef struct p11_port_ops {
    CK_RV (*info)(p11_port *port, CK_INFO *ret);
    CK_RV (*slot_list)(p11_port *port, bool present, CK_SLOT_ID *ids, CK_ULONG *n);
    CK_RV(*slot_looks)
    (p11_port *port, CK_SLOT_ID *ids, CK_ULONG *n, p11_slot_look *looks, CK_ULONG *looks_n);
    CK_RV (*slot_info)(p11_port *port, CK_SLOT_ID slot, CK_SLOT_INFO *ret);
    CK_RV (*token_info)(p11_port *port, CK_SLOT_ID slot, CK_TOKEN_INFO *ret);
    CK_RV (*mechanisms)(p11_port *port, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *n);
    CK_RV (*open_session)(p11_port *port, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ret);
    CK_RV (*close_session)(p11_port *port, CK_SESSION_HANDLE s);
    CK_RV (*session_info)(p11_port *port, CK_SESSION_HANDLE s, CK_SESSION_INFO *ret);
    CK_RV(*find)
    (p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, buf *handles, p11_inventory *inv);
    CK_RV(*get_attributes)
    (p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a, CK_ULONG n);
    CK_RV (*login)(p11_port *port, CK_SESSION_HANDLE s, CK_USER_TYPE user, p11_pin pin);
    CK_RV (*logout)(p11_port *port, CK_SESSION_HANDLE s);
    CK_RV (*set_pin)(p11_port *port, CK_SESSION_HANDLE s, p11_pin old, p11_pin fresh);
    CK_RV (*init_pin)(p11_port *port, CK_SESSION_HANDLE s, p11_pin pin);
    CK_RV (*sign)(p11_port *port, p11_sign_call *call);
    CK_RV (*slot_event)(p11_port *port, CK_SLOT_ID *ret);
    const char *(*fate)(p11_port *port);
    void (*destroy)(p11_port *port); /* frees the port; the module is finalized elsewhere */
} p11_port_ops;
struct p11_port {
    const p11_port_ops *ops;
    pid_t pid;         /* whose it is: after fork nobody else's call goes through */
    const void *scope; /* a login holds for all ports of one scope (an application, PKCS#11) */
};

/* Over a module of this process, initialized or about to be. `alone` true: it cannot be called by
 * two threads at once, so the port sees to it. NULL without memory. */
p11_port *p11_port_direct_new(CK_FUNCTION_LIST *fn, bool alone) MUST_USE;
void p11_port_free(p11_port *port); /* NULL allowed */
/* False in a child forked off the process that opened it. */
bool p11_port_is_ours(const p11_port *port);

/* Why nothing comes from it any more, for people: "its process crashed (signal 11)"; else NULL. */
const char *p11_port_fate(p11_port *port);

/* As the functions of PKCS#11 2.40 with these names, but: */
CK_RV p11_info(p11_port *port, CK_INFO *ret);
/* Slots with a token, or all; asked for afresh. In: room; out: their number, at most the room. */
CK_RV p11_slot_list(p11_port *port, bool present, CK_SLOT_ID *ids, CK_ULONG *n);
/* As p11_slot_list of slots with a token. The first of them may be looked at on the way, which
 * saves asking for each: in `looks_n` their room, out their number. */
CK_RV p11_slot_looks(p11_port *port, CK_SLOT_ID *ids, CK_ULONG *n, p11_slot_look *looks,
                     CK_ULONG *looks_n);
void p11_look_at_slot(p11_port *port, CK_SLOT_ID slot, p11_slot_look *ret);
CK_RV p11_slot_info(p11_port *port, CK_SLOT_ID slot, CK_SLOT_INFO *ret);
CK_RV p11_token_info(p11_port *port, CK_SLOT_ID slot, CK_TOKEN_INFO *ret);
/* In: room; out: their number, at most the room. */
CK_RV p11_mechanisms(p11_port *port, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *n);
/* `flags`: CKF_RW_SESSION or 0. */
CK_RV p11_open_session(p11_port *port, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ret);
CK_RV p11_close_session(p11_port *port, CK_SESSION_HANDLE s);
CK_RV p11_session_info(p11_port *port, CK_SESSION_HANDLE s, CK_SESSION_INFO *ret);
/* Handles of all objects of this kind, as octets, as many as `handles` may hold. The first of them
 * may be read on the way, which saves asking for each again: they are appended to `inv`. */
CK_RV p11_find_handles(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, buf *handles,
                       p11_inventory *inv);
CK_RV p11_get_attributes(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a,
                         CK_ULONG n);
CK_RV p11_login(p11_port *port, CK_SESSION_HANDLE s, CK_USER_TYPE user, p11_pin pin);
CK_RV p11_logout(p11_port *port, CK_SESSION_HANDLE s);
CK_RV p11_set_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin old, p11_pin fresh);
CK_RV p11_init_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin pin);
/* C_SignInit, the context login where there is one, C_Sign. */
CK_RV p11_sign(p11_port *port, p11_sign_call *call);
/* C_WaitForSlotEvent without waiting: CKR_NO_EVENT when nothing happened. */
CK_RV p11_slot_event(p11_port *port, CK_SLOT_ID *ret);

#endif
