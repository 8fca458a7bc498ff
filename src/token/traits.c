/* What a token and its keys say of themselves beside what signing needs: mechanisms by name, and
 * whether a key wants its PIN for every signature. */
#include "token/internal.h"

#include "base/mem.h"

#include <stdio.h>

enum { MAX_LISTED = 1024, MAX_NAMES = 64 * 1024 };

#define NAME(x)                                                                                    \
    {                                                                                              \
        x, #x                                                                                      \
    }
static const struct {
    CK_MECHANISM_TYPE type;
    const char *name;
} names[] = {
    NAME(CKM_RSA_PKCS_KEY_PAIR_GEN),
    NAME(CKM_RSA_PKCS),
    NAME(CKM_RSA_X_509),
    NAME(CKM_MD5_RSA_PKCS),
    NAME(CKM_SHA1_RSA_PKCS),
    NAME(CKM_SHA224_RSA_PKCS),
    NAME(CKM_SHA256_RSA_PKCS),
    NAME(CKM_SHA384_RSA_PKCS),
    NAME(CKM_SHA512_RSA_PKCS),
    NAME(CKM_RSA_PKCS_OAEP),
    NAME(CKM_RSA_PKCS_PSS),
    NAME(CKM_SHA1_RSA_PKCS_PSS),
    NAME(CKM_SHA224_RSA_PKCS_PSS),
    NAME(CKM_SHA256_RSA_PKCS_PSS),
    NAME(CKM_SHA384_RSA_PKCS_PSS),
    NAME(CKM_SHA512_RSA_PKCS_PSS),
    NAME(CKM_EC_KEY_PAIR_GEN),
    NAME(CKM_ECDSA),
    NAME(CKM_ECDSA_SHA1),
    NAME(CKM_ECDSA_SHA224),
    NAME(CKM_ECDSA_SHA256),
    NAME(CKM_ECDSA_SHA384),
    NAME(CKM_ECDSA_SHA512),
    NAME(CKM_ECDH1_DERIVE),
    {0x1055, "CKM_EC_EDWARDS_KEY_PAIR_GEN"},
    {0x1057, "CKM_EDDSA"},
    NAME(CKM_MD5),
    NAME(CKM_SHA_1),
    NAME(CKM_SHA224),
    NAME(CKM_SHA256),
    NAME(CKM_SHA384),
    NAME(CKM_SHA512),
    NAME(CKM_AES_KEY_GEN),
    NAME(CKM_AES_ECB),
    NAME(CKM_AES_CBC),
    NAME(CKM_AES_CBC_PAD),
    NAME(CKM_AES_CTR),
    NAME(CKM_AES_GCM),
    NAME(CKM_GENERIC_SECRET_KEY_GEN),
    NAME(CKM_SHA256_HMAC),
    NAME(CKM_DES3_CBC),
    NAME(CKM_DES3_KEY_GEN),
};

const char *p11_mech_name(CK_MECHANISM_TYPE type, char room[32])
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].type == type) {
            return names[i].name;
        }
    }
    snprintf(room, 32, "CKM_0x%lx", type);
    return room;
}

void p11_mechanism_names(const p11_modules *m, size_t token, buf *ret)
{
    char room[32];
    CK_ULONG n = MAX_LISTED;
    CK_MECHANISM_TYPE *list = mem_array(n, sizeof *list);
    if (list && p11_mechanisms(p11_port_of(m, token), m->slots[token].id, list, &n) == CKR_OK) {
        for (CK_ULONG i = 0; i < n; i++) {
            const char *name = p11_mech_name(list[i], room);
            buf_add(ret, name, strlen(name) + 1);
        }
    }
    mem_free(list);
}

/* clause: PKCS11-2.40#4.9 a token that does not know CKA_ALWAYS_AUTHENTICATE means CK_FALSE */
int p11_always_authenticate(const p11_modules *m, size_t token, const p11_inventory *inv, span id,
                            span spki)
{
    p11_public pub;
    bool several = false;
    AUTO_VAL(buf) value = BUF(16);
    const attr_want want = {CKA_ALWAYS_AUTHENTICATE, &value, 1};
    const p11_slot *slot = &m->slots[token];
    const p11_object *key =
        p11_public_of(spki, &pub) ? p11_private_of(inv, id, &pub, &several) : NULL;
    if (!key || several || slot->session == CK_INVALID_HANDLE) {
        return -1;
    }
    p11_attributes(p11_port_of(m, token), slot->session, key->handle, &want, 1);
    return value.n == 1 && value.p[0] != CK_FALSE ? 1 : 0;
}

const char *p11_key_mechanism(p11_key *k)
{
    return k->used[0] ? k->used : NULL;
}
