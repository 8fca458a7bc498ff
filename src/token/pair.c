/* Which key belongs to a certificate. The public key decides wherever it can be read: CKA_ID is
 * only a custom, it may be empty, be shared by several certificates or lie. EC private keys show no
 * public part; the public key object with their CKA_ID lends them its own. */
#include "token/internal.h"

#include "base/der.h"
#include "base/mem.h"

span p11_without_zeros(span number)
{
    while (number.n > 0 && number.p[0] == 0) {
        number = span_part(number, 1, number.n);
    }
    return number;
}

static bool is_coordinate(size_t n)
{
    return n == 32 || n == 48 || n == 66;
}

/* clause: SEC1#2.3.3 04 x y, or 02/03 x */
static span bare_point_x(span point)
{
    if (point.n > 1 && point.p[0] == 4 && point.n % 2 == 1 && is_coordinate(point.n / 2)) {
        return span_part(point, 1, point.n / 2);
    }
    if (point.n > 1 && (point.p[0] == 2 || point.p[0] == 3) && is_coordinate(point.n - 1)) {
        return span_part(point, 1, point.n);
    }
    return span_of(NULL, 0);
}

span p11_point_x(span value)
{
    reader r = reader_of(value);
    der_tlv inner;
    if (der_expect(&r, DER_OCTET_STRING, &inner) && reader_left(&r) == 0) {
        span x = bare_point_x(inner.content);
        if (x.n > 0) {
            return x;
        }
    }
    return bare_point_x(value);
}

static bool read_rsa(span key, p11_public *ret)
{
    reader r = reader_of(key);
    der_tlv sequence, modulus;
    if (!der_expect(&r, DER_SEQUENCE, &sequence)) {
        return false;
    }
    reader inner = reader_of(sequence.content);
    if (!der_expect(&inner, DER_INTEGER, &modulus)) {
        return false;
    }
    *ret = (p11_public){CKK_RSA, p11_without_zeros(modulus.content), 0};
    return ret->value.n > 0;
}

bool p11_public_of(span spki, p11_public *ret)
{
    reader r = reader_of(spki);
    der_tlv whole, algorithm, oid, bits;
    if (!der_expect(&r, DER_SEQUENCE, &whole)) {
        return false;
    }
    reader in = reader_of(whole.content);
    if (!der_expect(&in, DER_SEQUENCE, &algorithm) || !der_expect(&in, DER_BIT_STRING, &bits) ||
        bits.content.n < 2 || bits.content.p[0] != 0) {
        return false;
    }
    reader alg = reader_of(algorithm.content);
    if (!der_expect(&alg, DER_OID, &oid)) {
        return false;
    }
    span key = span_part(bits.content, 1, bits.content.n);
    if (der_oid_is(oid.content, "1.2.840.113549.1.1.1") ||
        der_oid_is(oid.content, "1.2.840.113549.1.1.10")) {
        return read_rsa(key, ret);
    }
    span x = bare_point_x(key);
    *ret = (p11_public){CKK_EC, x, x.n};
    return x.n > 0 && der_oid_is(oid.content, "1.2.840.10045.2.1");
}

static bool same_id(const p11_object *o, span id)
{
    return id.n > 0 && span_eq(buf_span(&o->id), id);
}

static bool belongs(const p11_object *o, span id, const p11_public *pub)
{
    if (o->key_type != pub->type) {
        return false;
    }
    return o->value.n > 0 ? span_eq(buf_span(&o->value), pub->value) : same_id(o, id);
}

/* The only key of the kind and type, when neither CKA_ID nor public part tells: the signature is
 * checked with the certificate before it is used. */
static const p11_object *only_one(const p11_inventory *inv, span id, const p11_public *pub)
{
    const p11_object *only = NULL;
    for (size_t i = 0; i < inv->n; i++) {
        const p11_object *o = &inv->items[i];
        if (o->kind != P11_PRIVATE_KEY || o->key_type != pub->type) {
            continue;
        }
        if (only) {
            return NULL;
        }
        only = o;
    }
    return only && only->value.n == 0 && (id.n == 0 || only->id.n == 0) ? only : NULL;
}

const p11_object *p11_private_of(const p11_inventory *inv, span id, const p11_public *pub,
                                 bool *ret_several)
{
    const p11_object *found = NULL;
    *ret_several = false;
    for (size_t i = 0; i < inv->n; i++) {
        const p11_object *o = &inv->items[i];
        if (o->kind != P11_PRIVATE_KEY || !belongs(o, id, pub)) {
            continue;
        }
        if (found && found->value.n == 0 && o->value.n == 0) {
            *ret_several = true;
        }
        if (!found || o->value.n > found->value.n || (!same_id(found, id) && same_id(o, id))) {
            found = o;
        }
    }
    return found ? found : only_one(inv, id, pub);
}

/* Keys of other kinds: their id is all that is looked at, they will be refused by name. */
static bool any_with_id(const p11_inventory *inv, span id)
{
    for (size_t i = 0; i < inv->n; i++) {
        if (inv->items[i].kind != P11_CERTIFICATE && same_id(&inv->items[i], id)) {
            return true;
        }
    }
    return false;
}

static bool any_public(const p11_inventory *inv, span id, const p11_public *pub)
{
    for (size_t i = 0; i < inv->n; i++) {
        if (inv->items[i].kind == P11_PUBLIC_KEY && belongs(&inv->items[i], id, pub)) {
            return true;
        }
    }
    return false;
}

int p11_has_key(const p11_inventory *inv, span id, span spki)
{
    p11_public pub;
    bool several = false, seen = false;
    if (!p11_public_of(spki, &pub)) {
        seen = any_with_id(inv, id);
    } else {
        seen = p11_private_of(inv, id, &pub, &several) ||
               (!inv->logged_in && any_public(inv, id, &pub));
    }
    return seen ? 1 : inv->logged_in ? 0 : -1;
}

static const p11_object *only_public_with(const p11_inventory *inv, const p11_object *key)
{
    const p11_object *found = NULL;
    for (size_t i = 0; i < inv->n; i++) {
        const p11_object *o = &inv->items[i];
        if (o->kind == P11_PUBLIC_KEY && o->key_type == key->key_type &&
            same_id(o, buf_span(&key->id))) {
            if (found) {
                return NULL;
            }
            found = o;
        }
    }
    return found;
}

/* False when another private key has the same type and id: then the public key with that id may be
 * the other's. */
static bool is_only_private(const p11_inventory *inv, const p11_object *key)
{
    for (size_t i = 0; i < inv->n; i++) {
        const p11_object *o = &inv->items[i];
        if (o != key && o->kind == P11_PRIVATE_KEY && o->key_type == key->key_type &&
            same_id(o, buf_span(&key->id))) {
            return false;
        }
    }
    return true;
}

void p11_lend_values(p11_inventory *inv, const p11_inventory *from)
{
    for (size_t i = 0; i < inv->n; i++) {
        p11_object *key = &inv->items[i];
        if (key->kind == P11_PRIVATE_KEY && key->value.n == 0 && is_only_private(inv, key)) {
            const p11_object *pub = only_public_with(from, key);
            if (pub) {
                buf_add_span(&key->value, buf_span(&pub->value));
            }
        }
    }
}

/* A condition of the URI against the keys that belong to the certificate. */
static bool key_fits(const p11_inventory *inv, const p11_object *cert, const p11_public *pub,
                     const p11_uri *u, uri_field f)
{
    for (size_t i = 0; i < inv->n; i++) {
        const p11_object *o = &inv->items[i];
        span value = f == URI_ID ? buf_span(&o->id) : span_str(o->label);
        if (o->kind != P11_CERTIFICATE && belongs(o, buf_span(&cert->id), pub) &&
            p11_uri_is(u, f, value)) {
            return true;
        }
    }
    return false;
}

static bool sees_private_keys(const p11_inventory *inv)
{
    for (size_t i = 0; i < inv->n; i++) {
        if (inv->items[i].kind == P11_PRIVATE_KEY) {
            return true;
        }
    }
    return inv->logged_in;
}

/* Certificate and key need not be called alike, and may be named by either; the key's name is
 * perhaps seen only after a login. */
static int field_fits(const p11_inventory *inv, const p11_object *cert, const p11_public *pub,
                      const p11_uri *u, uri_field f)
{
    span own = f == URI_ID ? buf_span(&cert->id) : span_str(cert->label);
    if (p11_uri_is(u, f, own)) {
        return 1;
    }
    if (u->has[URI_TYPE] && p11_uri_is(u, URI_TYPE, span_str("cert"))) {
        return 0;
    }
    if (key_fits(inv, cert, pub, u, f)) {
        return 1;
    }
    return (f == URI_ID && own.n > 0) || sees_private_keys(inv) ? 0 : -1;
}

int p11_uri_fits(const p11_modules *m, const p11_inventory *inv, const p11_object *cert, span spki)
{
    p11_public pub = {CK_UNAVAILABLE_INFORMATION, {NULL, 0}, 0};
    if (!p11_public_of(spki, &pub)) {
        pub.type = CK_UNAVAILABLE_INFORMATION;
    }
    int id = field_fits(inv, cert, &pub, &m->uri, URI_ID);
    int label = field_fits(inv, cert, &pub, &m->uri, URI_OBJECT);
    if (id == 0 || label == 0) {
        return 0;
    }
    return id < 0 || label < 0 ? -1 : 1;
}
