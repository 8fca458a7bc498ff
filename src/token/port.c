/* See port.h. A process that was forked off the one that opened a module has no business with it
 * (PKCS#11 2.40, 2.5.1): its calls end here, those that close and log out too. */
#include "token/port.h"

#include "base/mem.h"

#include <unistd.h>

void p11_port_free(p11_port *port)
{
    if (port) {
        port->ops->destroy(port);
    }
}

bool p11_port_is_ours(const p11_port *port)
{
    return port->pid == getpid();
}

const char *p11_port_fate(p11_port *port)
{
    return port->ops->fate ? port->ops->fate(port) : NULL;
}

#define CALL(function, ...)                                                                        \
    (p11_port_is_ours(port) ? port->ops->function(port, __VA_ARGS__) : P11_RV_FORKED)

CK_RV p11_info(p11_port *port, CK_INFO *ret)
{
    return CALL(info, ret);
}

CK_RV p11_slot_list(p11_port *port, bool present, CK_SLOT_ID *ids, CK_ULONG *n)
{
    return CALL(slot_list, present, ids, n);
}

CK_RV p11_slot_looks(p11_port *port, CK_SLOT_ID *ids, CK_ULONG *n, p11_slot_look *looks,
                     CK_ULONG *looks_n)
{
    if (!port->ops->slot_looks) {
        *looks_n = 0;
        return p11_slot_list(port, true, ids, n);
    }
    return CALL(slot_looks, ids, n, looks, looks_n);
}

void p11_look_at_slot(p11_port *port, CK_SLOT_ID slot, p11_slot_look *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->slot_rv = p11_slot_info(port, slot, &ret->slot);
    if (ret->slot_rv == CKR_OK && (ret->slot.flags & CKF_TOKEN_PRESENT) != 0) {
        ret->token_rv = p11_token_info(port, slot, &ret->token);
    }
}

CK_RV p11_slot_info(p11_port *port, CK_SLOT_ID slot, CK_SLOT_INFO *ret)
{
    return CALL(slot_info, slot, ret);
}

CK_RV p11_token_info(p11_port *port, CK_SLOT_ID slot, CK_TOKEN_INFO *ret)
{
    return CALL(token_info, slot, ret);
}

CK_RV p11_mechanisms(p11_port *port, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *n)
{
    return CALL(mechanisms, slot, list, n);
}

CK_RV p11_open_session(p11_port *port, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ret)
{
    return CALL(open_session, slot, flags, ret);
}

CK_RV p11_close_session(p11_port *port, CK_SESSION_HANDLE s)
{
    return CALL(close_session, s);
}

CK_RV p11_session_info(p11_port *port, CK_SESSION_HANDLE s, CK_SESSION_INFO *ret)
{
    return CALL(session_info, s, ret);
}

CK_RV p11_find_handles(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, buf *handles,
                       p11_inventory *inv)
{
    return CALL(find, s, kind, handles, inv);
}

CK_RV p11_get_attributes(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a,
                         CK_ULONG n)
{
    return CALL(get_attributes, s, o, a, n);
}

CK_RV p11_login(p11_port *port, CK_SESSION_HANDLE s, CK_USER_TYPE user, p11_pin pin)
{
    return CALL(login, s, user, pin);
}

CK_RV p11_logout(p11_port *port, CK_SESSION_HANDLE s)
{
    return CALL(logout, s);
}

CK_RV p11_set_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin old, p11_pin fresh)
{
    return CALL(set_pin, s, old, fresh);
}

CK_RV p11_init_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin pin)
{
    return CALL(init_pin, s, pin);
}

CK_RV p11_sign(p11_port *port, p11_sign_call *call)
{
    call->stage = P11_STAGE_INIT;
    return CALL(sign, call);
}

CK_RV p11_slot_event(p11_port *port, CK_SLOT_ID *ret)
{
    return CALL(slot_event, ret);
}
