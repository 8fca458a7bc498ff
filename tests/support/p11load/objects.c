/* See objects.h. */
#include "p11load/objects.h"

#include "common/auto.h"
#include "common/die.h"

#include <openssl/core_names.h>
#include <string.h>

#define MAX_ATTRIBUTES 24
#define POOL_SIZE 16384
/* PKCS#11 3.0; not in every pkcs11.h */
#define KEY_TYPE_EDWARDS 0x40UL

struct attributes {
    CK_ATTRIBUTE list[MAX_ATTRIBUTES];
    CK_ULONG count;
    unsigned char pool[POOL_SIZE];
    size_t used;
};

static void add(struct attributes *a, CK_ATTRIBUTE_TYPE type, const void *data, size_t size)
{
    if (a->count == MAX_ATTRIBUTES || size > POOL_SIZE - a->used) {
        die("too many attributes");
    }
    unsigned char *copy = a->pool + a->used;
    memcpy(copy, data, size);
    a->used += size;
    a->list[a->count++] = (CK_ATTRIBUTE){type, copy, size};
}

static void add_flag(struct attributes *a, CK_ATTRIBUTE_TYPE type, bool value)
{
    CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;
    add(a, type, &byte, sizeof byte);
}

static void add_number(struct attributes *a, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
    add(a, type, &value, sizeof value);
}

/* Takes what an i2d function gave. */
static void add_der(struct attributes *a, CK_ATTRIBUTE_TYPE type, unsigned char *der, int size)
{
    if (size <= 0) {
        die("cannot encode attribute 0x%lx", type);
    }
    add(a, type, der, (size_t)size);
    OPENSSL_free(der);
}

static struct attributes *start(CK_OBJECT_CLASS class, const struct object_names *names)
{
    struct attributes *a = calloc(1, sizeof *a);
    if (a == NULL) {
        die("out of memory");
    }
    add_number(a, CKA_CLASS, class);
    add_flag(a, CKA_TOKEN, true);
    add_flag(a, CKA_PRIVATE, class == CKO_PRIVATE_KEY);
    add(a, CKA_LABEL, names->label, strlen(names->label));
    add(a, CKA_ID, &names->id, 1);
    return a;
}

static void finish(struct token *token, struct attributes *a)
{
    CK_OBJECT_HANDLE object = 0;
    CK_RV rv = token->p11->C_CreateObject(token->session, a->list, a->count, &object);
    OPENSSL_cleanse(a, sizeof *a);
    free(a);
    p11_check(rv, "C_CreateObject");
}

static void add_bn(struct attributes *a, CK_ATTRIBUTE_TYPE type, EVP_PKEY *key, const char *name)
{
    BIGNUM *number = NULL;
    unsigned char bytes[1024];
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1 ||
        BN_num_bytes(number) > (int)sizeof bytes) {
        die("the key has no '%s'", name);
    }
    add(a, type, bytes, (size_t)BN_bn2bin(number, bytes));
    BN_clear_free(number);
}

static void add_rsa(struct attributes *a, EVP_PKEY *key, bool private)
{
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        const char *name;
    } parts[] = {
        {CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
        {CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
        {CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D},
        {CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1},
        {CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2},
        {CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1},
        {CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2},
        {CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    };
    size_t count = private ? sizeof parts / sizeof parts[0] : 2;
    add_number(a, CKA_KEY_TYPE, CKK_RSA);
    for (size_t i = 0; i < count; i++) {
        add_bn(a, parts[i].type, key, parts[i].name);
    }
}

static int curve_of(EVP_PKEY *key)
{
    char name[64];
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) {
        return EVP_PKEY_get_base_id(key);
    }
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, NULL) !=
        1) {
        die("the key has no curve");
    }
    return OBJ_txt2nid(name);
}

static void add_point(struct attributes *a, EVP_PKEY *key)
{
    unsigned char *point = NULL;
    size_t size = EVP_PKEY_get1_encoded_public_key(key, &point);
    unsigned char raw[64];
    if (size == 0) {
        size = sizeof raw;
        EVP_PKEY_get_raw_public_key(key, raw, &size);
    }
    AUTO(ASN1_OCTET_STRING) *octets = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(octets, point == NULL ? raw : point, (int)size);
    OPENSSL_free(point);
    unsigned char *der = NULL;
    int n = i2d_ASN1_OCTET_STRING(octets, &der);
    add_der(a, CKA_EC_POINT, der, n);
}

static void add_scalar(struct attributes *a, EVP_PKEY *key)
{
    unsigned char raw[64];
    size_t size = sizeof raw;
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
        add_bn(a, CKA_VALUE, key, OSSL_PKEY_PARAM_PRIV_KEY);
    } else if (EVP_PKEY_get_raw_private_key(key, raw, &size) == 1) {
        add(a, CKA_VALUE, raw, size);
        OPENSSL_cleanse(raw, sizeof raw);
    } else {
        die("the key has no private part");
    }
}

static void add_curve(struct attributes *a, EVP_PKEY *key, bool private)
{
    bool edwards = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    unsigned char *der = NULL;
    int size = i2d_ASN1_OBJECT(OBJ_nid2obj(curve_of(key)), &der);
    add_number(a, CKA_KEY_TYPE, edwards ? KEY_TYPE_EDWARDS : CKK_EC);
    add_der(a, CKA_EC_PARAMS, der, size);
    if (private) {
        add_scalar(a, key);
    } else {
        add_point(a, key);
    }
}

static void add_material(struct attributes *a, EVP_PKEY *key, bool private)
{
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
        add_rsa(a, key, private);
    } else {
        add_curve(a, key, private);
    }
}

void objects_add_key(struct token *token, const struct object_names *names, EVP_PKEY *key)
{
    struct attributes *private = start(CKO_PRIVATE_KEY, names);
    add_flag(private, CKA_SENSITIVE, true);
    add_flag(private, CKA_EXTRACTABLE, false);
    add_flag(private, CKA_SIGN, true);
    add_flag(private, CKA_DECRYPT, false);
    add_flag(private, CKA_UNWRAP, false);
    if (names->always) {
        add_flag(private, CKA_ALWAYS_AUTHENTICATE, true);
    }
    add_material(private, key, true);
    finish(token, private);

    struct attributes *public = start(CKO_PUBLIC_KEY, names);
    add_flag(public, CKA_VERIFY, true);
    add_material(public, key, false);
    finish(token, public);
}

void objects_add_cert(struct token *token, const struct object_names *names, X509 *cert)
{
    struct attributes *a = start(CKO_CERTIFICATE, names);
    unsigned char *subject = NULL;
    unsigned char *issuer = NULL;
    unsigned char *serial = NULL;
    unsigned char *value = NULL;
    int subject_size = i2d_X509_NAME(X509_get_subject_name(cert), &subject);
    int issuer_size = i2d_X509_NAME(X509_get_issuer_name(cert), &issuer);
    int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &serial);
    int value_size = i2d_X509(cert, &value);
    add_number(a, CKA_CERTIFICATE_TYPE, CKC_X_509);
    add_der(a, CKA_SUBJECT, subject, subject_size);
    add_der(a, CKA_ISSUER, issuer, issuer_size);
    add_der(a, CKA_SERIAL_NUMBER, serial, serial_size);
    add_der(a, CKA_VALUE, value, value_size);
    finish(token, a);
}
