/* A module in a process of its own: each call is a message there and back. */
#include "token/internal.h"
#include "token/worker.h"

#include "base/mem.h"

#include <unistd.h>

typedef struct remote_port {
    p11_port base;
    p11_worker *worker;
    size_t module;
} remote_port;

static bool begin(p11_port *port, p11_call *call, wire_op op, CK_RV *ret_rv)
{
    remote_port *r = (remote_port *)port;
    return p11_call_begin(call, r->worker, op, r->module, ret_rv);
}

static CK_RV run(p11_call *call)
{
    return p11_call_run(call, p11_worker_answer_ms(call->worker));
}

/* An answer whose fields are not what was agreed on is none. */
static CK_RV finish(p11_call *call, CK_RV rv)
{
    rv = rv == CKR_OK && call->in.failed ? CKR_GENERAL_ERROR : rv;
    p11_call_end(call);
    return rv;
}

/* One that goes out with two numbers at most and brings a structure. */
static CK_RV ask(p11_port *port, wire_op op, const CK_ULONG *number, void *ret, size_t n)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, op, &rv)) {
        return rv;
    }
    if (number) {
        wire_add(call.out, *number);
    }
    rv = run(&call);
    if (rv == CKR_OK && n > 0) {
        wire_take_into(&call.in, ret, n);
    }
    return finish(&call, rv);
}

static CK_RV remote_info(p11_port *port, CK_INFO *ret)
{
    return ask(port, WIRE_INFO, NULL, ret, sizeof *ret);
}

static CK_RV take_list(p11_call *call, CK_RV rv, CK_ULONG *list, CK_ULONG *n)
{
    if (rv != CKR_OK) {
        return rv;
    }
    span s = wire_take_bytes(&call->in);
    if (s.n % sizeof *list != 0 || s.n / sizeof *list > *n) {
        return CKR_GENERAL_ERROR;
    }
    if (s.n > 0) {
        memcpy(list, s.p, s.n);
    }
    *n = s.n / sizeof *list;
    return CKR_OK;
}

static CK_RV remote_slot_list(p11_port *port, bool present, CK_SLOT_ID *ids, CK_ULONG *n)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_SLOT_LIST, &rv)) {
        return rv;
    }
    wire_add(call.out, present ? 1 : 0);
    wire_add(call.out, *n);
    rv = take_list(&call, run(&call), ids, n);
    return finish(&call, rv);
}

static CK_RV remote_slot_looks(p11_port *port, CK_SLOT_ID *ids, CK_ULONG *n, p11_slot_look *looks,
                               CK_ULONG *looks_n)
{
    p11_call call;
    CK_RV rv;
    uint64_t made = 0;
    if (!begin(port, &call, WIRE_SLOT_LOOKS, &rv)) {
        return rv;
    }
    wire_add(call.out, *n);
    wire_add(call.out, *looks_n);
    rv = take_list(&call, run(&call), ids, n);
    if (rv == CKR_OK) {
        made = wire_take(&call.in);
        call.in.failed = call.in.failed || made > *n;
    }
    *looks_n = made < *looks_n ? made : *looks_n;
    for (CK_ULONG i = 0; i < *looks_n && !call.in.failed; i++) {
        wire_take_into(&call.in, &looks[i], sizeof looks[i]);
    }
    return finish(&call, rv);
}

static CK_RV remote_slot_info(p11_port *port, CK_SLOT_ID slot, CK_SLOT_INFO *ret)
{
    return ask(port, WIRE_SLOT_INFO, &slot, ret, sizeof *ret);
}

static CK_RV remote_token_info(p11_port *port, CK_SLOT_ID slot, CK_TOKEN_INFO *ret)
{
    return ask(port, WIRE_TOKEN_INFO, &slot, ret, sizeof *ret);
}

static CK_RV remote_mechanisms(p11_port *port, CK_SLOT_ID slot, CK_MECHANISM_TYPE *list,
                               CK_ULONG *n)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_MECHANISMS, &rv)) {
        return rv;
    }
    wire_add(call.out, slot);
    wire_add(call.out, *n);
    rv = take_list(&call, run(&call), list, n);
    return finish(&call, rv);
}

static CK_RV remote_open_session(p11_port *port, CK_SLOT_ID slot, CK_FLAGS flags,
                                 CK_SESSION_HANDLE *ret)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_OPEN_SESSION, &rv)) {
        return rv;
    }
    wire_add(call.out, slot);
    wire_add(call.out, flags);
    rv = run(&call);
    *ret = rv == CKR_OK ? wire_take(&call.in) : CK_INVALID_HANDLE;
    return finish(&call, rv);
}

static CK_RV remote_close_session(p11_port *port, CK_SESSION_HANDLE s)
{
    return ask(port, WIRE_CLOSE_SESSION, &s, NULL, 0);
}

static CK_RV remote_session_info(p11_port *port, CK_SESSION_HANDLE s, CK_SESSION_INFO *ret)
{
    return ask(port, WIRE_SESSION_INFO, &s, ret, sizeof *ret);
}

static CK_RV take_object(reader *in, p11_kind kind, CK_OBJECT_HANDLE handle, p11_inventory *inv)
{
    p11_object *o = p11_object_add(inv, kind, handle);
    if (!o) {
        return CKR_HOST_MEMORY;
    }
    o->key_type = wire_take(in);
    buf_add_span(&o->id, wire_take_bytes(in));
    buf_add_span(&o->value, wire_take_bytes(in));
    span label = wire_take_bytes(in);
    o->label = mem_strndup((const char *)label.p, label.n);
    return o->label && buf_ok(&o->id) && buf_ok(&o->value) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV remote_find(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, buf *handles,
                         p11_inventory *inv)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_FIND, &rv)) {
        return rv;
    }
    wire_add(call.out, s);
    wire_add(call.out, kind);
    wire_add(call.out, handles->max);
    rv = run(&call);
    uint64_t read = 0;
    if (rv == CKR_OK) {
        buf_add_span(handles, wire_take_bytes(&call.in));
        read = wire_take(&call.in);
    }
    for (size_t i = 0; rv == CKR_OK && i < read && !call.in.failed; i++) {
        rv = i < p11_handles_n(handles)
                 ? take_object(&call.in, kind, p11_handle_at(handles, i), inv)
                 : CKR_GENERAL_ERROR;
    }
    return finish(&call, rv);
}

/* A length comes back for each, a value where it fitted. */
static void take_attributes(reader *in, CK_ATTRIBUTE *a, CK_ULONG n)
{
    for (CK_ULONG i = 0; i < n; i++) {
        CK_ULONG room = a[i].ulValueLen;
        a[i].ulValueLen = wire_take(in);
        span value = wire_take_bytes(in);
        if (value.n > room || (value.n > 0 && !a[i].pValue)) {
            in->failed = true;
        } else if (value.n > 0) {
            memcpy(a[i].pValue, value.p, value.n);
        }
    }
}

static CK_RV remote_get_attributes(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
                                   CK_ATTRIBUTE *a, CK_ULONG n)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_GET_ATTRIBUTES, &rv)) {
        return rv;
    }
    wire_add(call.out, s);
    wire_add(call.out, o);
    wire_add(call.out, n);
    for (CK_ULONG i = 0; i < n; i++) {
        wire_add(call.out, a[i].type);
        wire_add(call.out, a[i].pValue ? 1 : 0);
        wire_add(call.out, a[i].ulValueLen);
    }
    rv = run(&call);
    if (rv == CKR_OK) {
        take_attributes(&call.in, a, n);
    }
    return finish(&call, rv);
}

static void add_pin(buf *out, const p11_pin *pin)
{
    wire_add(out, pin->p ? pin->n : WIRE_PAD);
}

static bool is_too_long(const p11_pin *pin)
{
    return pin->p && pin->n > WIRE_PIN_ROOM;
}

static CK_RV run_with_pins(p11_call *call, const p11_pin *pin, const p11_pin *fresh, bool person)
{
    person = person || !pin->p || (fresh && !fresh->p);
    uint32_t ms = p11_worker_answer_ms(call->worker);
    if (is_too_long(pin) || (fresh && is_too_long(fresh))) {
        return CKR_PIN_LEN_RANGE; /* not sent at all */
    }
    add_pin(call->out, pin);
    if (fresh) {
        add_pin(call->out, fresh);
    }
    p11_pins_hold(call->worker, pin, fresh);
    CK_RV rv = p11_call_run(call, person && ms < P11_PERSON_MS ? P11_PERSON_MS : ms);
    p11_pins_release(call->worker);
    return rv;
}

static CK_RV remote_login(p11_port *port, CK_SESSION_HANDLE s, CK_USER_TYPE user, p11_pin pin)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_LOGIN, &rv)) {
        return rv;
    }
    wire_add(call.out, s);
    wire_add(call.out, user);
    return finish(&call, run_with_pins(&call, &pin, NULL, false));
}

static CK_RV remote_logout(p11_port *port, CK_SESSION_HANDLE s)
{
    return ask(port, WIRE_LOGOUT, &s, NULL, 0);
}

static CK_RV remote_set_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin old, p11_pin fresh)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_SET_PIN, &rv)) {
        return rv;
    }
    wire_add(call.out, s);
    return finish(&call, run_with_pins(&call, &old, &fresh, false));
}

static CK_RV remote_init_pin(p11_port *port, CK_SESSION_HANDLE s, p11_pin pin)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_INIT_PIN, &rv)) {
        return rv;
    }
    wire_add(call.out, s);
    return finish(&call, run_with_pins(&call, &pin, NULL, false));
}

static CK_RV run_sign(p11_call *call, const p11_sign_call *sign)
{
    uint32_t ms = p11_worker_answer_ms(call->worker);
    if (sign->context) {
        return run_with_pins(call, &sign->pin, NULL, sign->person);
    }
    return p11_call_run(call, sign->person && ms < P11_PERSON_MS ? P11_PERSON_MS : ms);
}

static CK_RV remote_sign(p11_port *port, p11_sign_call *sign)
{
    p11_call call;
    CK_RV rv;
    if (!begin(port, &call, WIRE_SIGN, &rv)) {
        return rv;
    }
    wire_add(call.out, sign->session);
    wire_add(call.out, sign->key);
    wire_add(call.out, sign->mech->mechanism);
    wire_add_bytes(call.out, sign->mech->pParameter, sign->mech->ulParameterLen);
    wire_add_bytes(call.out, sign->data, sign->data_n);
    wire_add(call.out, sign->n);
    wire_add(call.out, sign->context ? 1 : 0);
    /* what it came to is not known of a process that died: the PIN may have been spent */
    sign->stage = sign->context ? P11_STAGE_LOGIN : P11_STAGE_SIGN;
    rv = run_sign(&call, sign);
    if (rv == P11_RV_DIED || rv == P11_RV_SILENT || rv == P11_RV_STOPPED) {
        return finish(&call, rv);
    }
    uint64_t stage = wire_take(&call.in);
    sign->stage = stage <= P11_STAGE_SIGN ? (p11_sign_stage)stage : P11_STAGE_SIGN;
    span signature = rv == CKR_OK ? wire_take_bytes(&call.in) : span_of(NULL, 0);
    if (rv == CKR_OK && (signature.n == 0 || signature.n > sign->n)) {
        rv = CKR_GENERAL_ERROR;
    } else if (rv == CKR_OK) {
        memcpy(sign->room, signature.p, signature.n);
        sign->n = signature.n;
    }
    return finish(&call, rv);
}

static CK_RV remote_slot_event(p11_port *port, CK_SLOT_ID *ret)
{
    return ask(port, WIRE_SLOT_EVENT, NULL, ret, sizeof *ret);
}

static const char *remote_fate(p11_port *port)
{
    return p11_worker_fate(((remote_port *)port)->worker, NULL);
}

static void remote_destroy(p11_port *port)
{
    mem_free(port);
}

static const p11_port_ops remote_ops = {
    .info = remote_info,
    .slot_list = remote_slot_list,
    .slot_looks = remote_slot_looks,
    .slot_info = remote_slot_info,
    .token_info = remote_token_info,
    .mechanisms = remote_mechanisms,
    .open_session = remote_open_session,
    .close_session = remote_close_session,
    .session_info = remote_session_info,
    .find = remote_find,
    .get_attributes = remote_get_attributes,
    .login = remote_login,
    .logout = remote_logout,
    .set_pin = remote_set_pin,
    .init_pin = remote_init_pin,
    .sign = remote_sign,
    .slot_event = remote_slot_event,
    .fate = remote_fate,
    .destroy = remote_destroy,
};

p11_port *p11_port_worker_new(p11_worker *w, size_t module)
{
    remote_port *r = mem_alloc(sizeof *r);
    if (!r) {
        return NULL;
    }
    r->base = (p11_port){&remote_ops, getpid(), w};
    r->worker = w;
    r->module = module;
    return &r->base;
}

size_t p11_port_number(const p11_port *port)
{
    return ((const remote_port *)port)->module;
}
