/* A module in this process. One that knows no locking is called by one thread at a time, a search
 * or a signature being one call. */
#include "token/port.h"

#include "base/mem.h"

#include <pthread.h>
#include <unistd.h>

enum { MAX_LISTED = 1024 };

typedef struct direct_port {
    p11_port base;
    CK_FUNCTION_LIST *fn;
    bool alone;
    pthread_mutex_t lock; /* where alone */
} direct_port;

static direct_port *enter(p11_port *port)
{
    direct_port *d = (direct_port *)port;
    if (d->alone) {
        pthread_mutex_lock(&d->lock);
    }
    return d;
}

static CK_RV leave(direct_port *d, CK_RV rv)
{
    if (d->alone) {
        pthread_mutex_unlock(&d->lock);
    }
    return rv;
}

static CK_RV direct_info(p11_port *port, CK_INFO *ret)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_GetInfo(ret));
}

/* clause: PKCS11-2.40#5.5 the call without a list is the one that looks for new slots */
static CK_RV slots_afresh(CK_FUNCTION_LIST *fn, CK_BBOOL present, CK_SLOT_ID *ids, CK_ULONG *n)
{
    CK_RV rv = CKR_BUFFER_TOO_SMALL;
    CK_ULONG room = *n;
    for (int tries = 0; tries < 3 && rv == CKR_BUFFER_TOO_SMALL; tries++) {
        CK_ULONG count = 0;
        rv = fn->C_GetSlotList(present, NULL, &count);
        if (rv != CKR_OK || count == 0) {
            *n = 0;
            return rv;
        }
        count = room;
        rv = fn->C_GetSlotList(present, ids, &count);
        if (rv == CKR_OK && count <= room) {
            *n = count;
            return CKR_OK;
        }
    }
    return rv == CKR_OK ? CKR_GENERAL_ERROR : rv;
}

static CK_RV direct_slot_list(p11_port *port, bool present, CK_SLOT_ID *ids, CK_ULONG *n)
{
    direct_port *d = enter(port);
    return leave(d, slots_afresh(d->fn, present ? CK_TRUE : CK_FALSE, ids, n));
}

static CK_RV direct_slot_info(p11_port *port, CK_SLOT_ID slot, CK_SLOT_INFO *ret)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_GetSlotInfo(slot, ret));
}

static CK_RV direct_token_info(p11_port *port, CK_SLOT_ID slot, CK_TOKEN_INFO *ret)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_GetTokenInfo(slot, ret));
}

static CK_RV list_mechanisms(CK_FUNCTION_LIST *fn, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list,
                             CK_ULONG *n)
{
    CK_ULONG count = 0;
    CK_RV rv = fn->C_GetMechanismList(slot, NULL, &count);
    if (rv != CKR_OK || count == 0 || count > *n) {
        return rv != CKR_OK ? rv : count == 0 ? CKR_GENERAL_ERROR : CKR_BUFFER_TOO_SMALL;
    }
    count = *n;
    rv = fn->C_GetMechanismList(slot, list, &count);
    if (rv == CKR_OK && count > *n) {
        return CKR_GENERAL_ERROR;
    }
    *n = rv == CKR_OK ? count : 0;
    return rv;
}

static CK_RV direct_mechanisms(p11_port *port, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list,
                               CK_ULONG *n)
{
    direct_port *d = enter(port);
    return leave(d, list_mechanisms(d->fn, slot, list, n));
}

static CK_RV direct_open_session(p11_port *port, CK_SLOT_ID slot, CK_FLAGS flags,
                                 CK_SESSION_HANDLE *ret)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL, NULL, ret));
}

static CK_RV direct_close_session(p11_port *port, CK_SESSION_HANDLE s)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_CloseSession(s));
}

static CK_RV direct_session_info(p11_port *port, CK_SESSION_HANDLE s, CK_SESSION_INFO *ret)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_GetSessionInfo(s, ret));
}

static CK_RV find_handles(CK_FUNCTION_LIST *fn, CK_SESSION_HANDLE s, buf *handles)
{
    CK_OBJECT_HANDLE batch[64];
    CK_ULONG n = 0;
    do {
        n = 0;
        CK_RV rv = fn->C_FindObjects(s, batch, ARRAY_LEN(batch), &n);
        if (rv != CKR_OK) {
            return rv;
        }
        n = n < ARRAY_LEN(batch) ? n : ARRAY_LEN(batch);
        buf_add(handles, batch, n * sizeof *batch);
    } while (n > 0 && buf_ok(handles));
    handles->failed = false; /* the first ones are enough */
    return CKR_OK;
}

static CK_RV direct_find(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, buf *handles,
                         p11_inventory *inv)
{
    (void)inv; /* nothing is nearer than the module itself */
    direct_port *d = enter(port);
    CK_OBJECT_CLASS class = kind == P11_CERTIFICATE  ? CKO_CERTIFICATE
                            : kind == P11_PUBLIC_KEY ? CKO_PUBLIC_KEY
                                                     : CKO_PRIVATE_KEY;
    CK_ATTRIBUTE query = {CKA_CLASS, &class, sizeof class};
    CK_RV rv = d->fn->C_FindObjectsInit(s, &query, 1);
    if (rv == CKR_OK) {
        rv = find_handles(d->fn, s, handles);
        (void)d->fn->C_FindObjectsFinal(s);
    }
    return leave(d, rv);
}

static CK_RV direct_get_attributes(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
                                   CK_ATTRIBUTE *a, CK_ULONG n)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_GetAttributeValue(s, o, a, n));
}

static CK_RV direct_login(p11_port *port, CK_SESSION_HANDLE s, CK_USER_TYPE user, p11_pin pin)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_Login(s, user, pin.p, pin.n));
}

static CK_RV direct_logout(p11_port *port, CK_SESSION_HANDLE s)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_Logout(s));
}

static CK_RV direct_set_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin old, p11_pin fresh)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_SetPIN(s, old.p, old.n, fresh.p, fresh.n));
}

static CK_RV direct_init_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin pin)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_InitPIN(s, pin.p, pin.n));
}

static CK_RV login_for_this(CK_FUNCTION_LIST *fn, p11_sign_call *call)
{
    call->stage = P11_STAGE_LOGIN;
    CK_RV rv = fn->C_Login(call->session, CKU_CONTEXT_SPECIFIC, call->pin.p, call->pin.n);
    /* the key says it wants this login, and the module knows of none: then it is not needed */
    return rv == CKR_OPERATION_NOT_INITIALIZED || rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv;
}

static CK_RV sign(CK_FUNCTION_LIST *fn, p11_sign_call *call)
{
    CK_ULONG room = call->n;
    CK_RV rv = fn->C_SignInit(call->session, call->mech, call->key);
    if (rv == CKR_OK && call->context) {
        rv = login_for_this(fn, call);
    }
    if (rv != CKR_OK) {
        return rv;
    }
    call->stage = P11_STAGE_SIGN;
    rv = fn->C_Sign(call->session, call->data, call->data_n, call->room, &call->n);
    return rv == CKR_OK && (call->n == 0 || call->n > room) ? CKR_GENERAL_ERROR : rv;
}

static CK_RV direct_sign(p11_port *port, p11_sign_call *call)
{
    direct_port *d = enter(port);
    return leave(d, sign(d->fn, call));
}

static CK_RV direct_slot_event(p11_port *port, CK_SLOT_ID *ret)
{
    direct_port *d = enter(port);
    return leave(d, d->fn->C_WaitForSlotEvent(CKF_DONT_BLOCK, ret, NULL));
}

static void direct_destroy(p11_port *port)
{
    direct_port *d = (direct_port *)port;
    if (d->alone) {
        pthread_mutex_destroy(&d->lock);
    }
    mem_free(d);
}

static const p11_port_ops direct_ops = {
    .info = direct_info,
    .slot_list = direct_slot_list,
    .slot_info = direct_slot_info,
    .token_info = direct_token_info,
    .mechanisms = direct_mechanisms,
    .open_session = direct_open_session,
    .close_session = direct_close_session,
    .session_info = direct_session_info,
    .find = direct_find,
    .get_attributes = direct_get_attributes,
    .login = direct_login,
    .logout = direct_logout,
    .set_pin = direct_set_pin,
    .init_pin = direct_init_pin,
    .sign = direct_sign,
    .slot_event = direct_slot_event,
    .destroy = direct_destroy,
};

p11_port *p11_port_direct_new(CK_FUNCTION_LIST *fn, bool alone)
{
    direct_port *d = mem_alloc(sizeof *d);
    if (!d || (alone && pthread_mutex_init(&d->lock, NULL) != 0)) {
        mem_free(d);
        return NULL;
    }
    d->base = (p11_port){&direct_ops, getpid(), NULL};
    d->fn = fn;
    d->alone = alone;
    return &d->base;
}
