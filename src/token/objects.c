/* What lies on a token: certificates, public keys and, where it shows them, private keys.
 * Attributes are asked for together; a module that stumbles over one of them is asked one by one.
 * Counts and lengths come from the module and are capped. */
#include "token/internal.h"

#include "base/fail.h"
#include "base/mem.h"

void p11_inventory_free(p11_inventory *inv)
{
    for (size_t i = 0; i < inv->n; i++) {
        buf_free(&inv->items[i].id);
        buf_free(&inv->items[i].value);
        mem_free(inv->items[i].label);
    }
    mem_free(inv->items);
    memset(inv, 0, sizeof *inv);
}

p11_object *p11_object_add(p11_inventory *inv, p11_kind kind, CK_OBJECT_HANDLE handle)
{
    if (!MEM_GROW(inv->items, inv->n, inv->cap)) {
        return NULL;
    }
    p11_object *o = &inv->items[inv->n++];
    *o = (p11_object){
        .kind = kind, .handle = handle, .id = BUF(P11_MAX_TEXT), .value = BUF(P11_MAX_VALUE)};
    return o;
}

size_t p11_handles_n(const buf *handles)
{
    return handles->n / sizeof(CK_OBJECT_HANDLE);
}

CK_OBJECT_HANDLE p11_handle_at(const buf *handles, size_t i)
{
    CK_OBJECT_HANDLE handle;
    memcpy(&handle, handles->p + i * sizeof handle, sizeof handle);
    return handle;
}

static void read_one(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, const attr_want *want)
{
    CK_ATTRIBUTE a = {want->type, NULL, 0};
    buf_clear(want->out);
    if (p11_get_attributes(port, s, o, &a, 1) != CKR_OK ||
        a.ulValueLen == CK_UNAVAILABLE_INFORMATION || a.ulValueLen == 0 ||
        a.ulValueLen > want->out->max) {
        return;
    }
    CK_ULONG n = a.ulValueLen;
    a.pValue = buf_extend(want->out, n);
    if (!a.pValue || p11_get_attributes(port, s, o, &a, 1) != CKR_OK || a.ulValueLen > n) {
        buf_clear(want->out);
        return;
    }
    buf_truncate(want->out, a.ulValueLen);
}

enum { MAX_WANTS = 4 };

static bool read_together(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
                          const attr_want *want, size_t n)
{
    CK_ATTRIBUTE a[MAX_WANTS];
    for (size_t i = 0; i < n; i++) {
        buf_clear(want[i].out);
        a[i] = (CK_ATTRIBUTE){want[i].type, buf_extend(want[i].out, want[i].room), want[i].room};
        if (!a[i].pValue) {
            return false;
        }
    }
    if (p11_get_attributes(port, s, o, a, n) != CKR_OK) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (a[i].ulValueLen > want[i].room) {
            return false;
        }
        buf_truncate(want[i].out, a[i].ulValueLen);
    }
    return true;
}

void p11_attributes(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, const attr_want *want,
                    size_t n)
{
    if (n <= MAX_WANTS && read_together(port, s, o, want, n)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        read_one(port, s, o, &want[i]);
    }
}

static void read_certificate(p11_port *port, CK_SESSION_HANDLE s, p11_object *o, buf *label)
{
    const attr_want want[] = {
        {CKA_VALUE, &o->value, 4096}, {CKA_ID, &o->id, 256}, {CKA_LABEL, label, 256}};
    p11_attributes(port, s, o->handle, want, ARRAY_LEN(want));
}

static void replace(buf *b, span part)
{
    AUTO_VAL(buf) copy = BUF(b->max);
    buf_add_span(&copy, part);
    buf swap = *b;
    *b = copy;
    copy = swap;
}

static void read_public_part(p11_port *port, CK_SESSION_HANDLE s, p11_object *o)
{
    if (o->key_type == CKK_RSA) {
        const attr_want want = {CKA_MODULUS, &o->value, 1024};
        p11_attributes(port, s, o->handle, &want, 1);
        replace(&o->value, p11_without_zeros(buf_span(&o->value)));
    } else if (o->key_type == CKK_EC && o->kind == P11_PUBLIC_KEY) {
        const attr_want want = {CKA_EC_POINT, &o->value, 160};
        p11_attributes(port, s, o->handle, &want, 1);
        replace(&o->value, p11_point_x(buf_span(&o->value)));
    }
}

static void read_key(p11_port *port, CK_SESSION_HANDLE s, p11_object *o, buf *label)
{
    AUTO_VAL(buf) type = BUF(256);
    const attr_want want[] = {
        {CKA_KEY_TYPE, &type, sizeof(CK_KEY_TYPE)}, {CKA_ID, &o->id, 256}, {CKA_LABEL, label, 256}};
    p11_attributes(port, s, o->handle, want, ARRAY_LEN(want));
    CK_KEY_TYPE key_type = CK_UNAVAILABLE_INFORMATION;
    if (type.n == sizeof key_type) {
        memcpy(&key_type, type.p, sizeof key_type);
    }
    o->key_type = key_type;
    read_public_part(port, s, o);
}

CK_RV p11_object_read(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, CK_OBJECT_HANDLE handle,
                      p11_inventory *inv)
{
    AUTO_VAL(buf) label = BUF(P11_MAX_TEXT);
    p11_object *o = p11_object_add(inv, kind, handle);
    if (!o) {
        return CKR_HOST_MEMORY;
    }
    if (kind == P11_CERTIFICATE) {
        read_certificate(port, s, o, &label);
    } else {
        read_key(port, s, o, &label);
    }
    o->label = buf_take_text(&label);
    return o->label && buf_ok(&o->id) && buf_ok(&o->value) ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV p11_find(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, p11_inventory *inv)
{
    AUTO_VAL(buf) handles = BUF(P11_MAX_OBJECTS * sizeof(CK_OBJECT_HANDLE));
    size_t before = inv->n;
    CK_RV rv = p11_find_handles(port, s, kind, &handles, inv);
    for (size_t i = inv->n - before; rv == CKR_OK && i < p11_handles_n(&handles); i++) {
        rv = p11_object_read(port, s, kind, p11_handle_at(&handles, i), inv);
    }
    return rv;
}

CK_RV p11_inventory_read(p11_port *port, CK_SESSION_HANDLE s, unsigned kinds, p11_inventory *inv)
{
    static const p11_kind order[] = {P11_CERTIFICATE, P11_PUBLIC_KEY, P11_PRIVATE_KEY};
    CK_RV rv = CKR_OK;
    for (size_t i = 0; i < ARRAY_LEN(order) && rv == CKR_OK; i++) {
        if ((kinds & P11_KIND(order[i])) != 0) {
            rv = p11_find(port, s, order[i], inv);
        }
    }
    if (rv == CKR_OK) {
        p11_lend_values(inv, inv);
    }
    return rv;
}

CK_RV p11_session_open(const p11_modules *m, size_t token, CK_SESSION_HANDLE *ret)
{
    const p11_slot *slot = &m->slots[token];
    CK_SESSION_HANDLE s = CK_INVALID_HANDLE;
    CK_RV rv = p11_open_session(p11_port_of(m, token), slot->id, 0, &s);
    if (rv == CKR_OK) {
        *ret = s;
    }
    return rv;
}

pades_status p11_look(p11_modules *m, size_t token, p11_inventory *ret, pades_error **e)
{
    p11_slot *slot = &m->slots[token];
    p11_inventory inv;
    memset(&inv, 0, sizeof inv);
    CK_RV rv =
        slot->session == CK_INVALID_HANDLE ? p11_session_open(m, token, &slot->session) : CKR_OK;
    if (rv == CKR_OK) {
        rv = p11_inventory_read(p11_port_of(m, token), slot->session, P11_ALL_KINDS, &inv);
    }
    if (rv != CKR_OK) {
        p11_inventory_free(&inv);
        return p11_fail(m, token, rv, "its certificates were read", e);
    }
    *ret = inv;
    return PADES_OK;
}
