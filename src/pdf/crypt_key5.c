/* Keys of revisions 5 (Adobe's, one SHA-256) and 6 (ISO's, hardened).
 * clause: ISO32000-2#7.6.4.3.3 algorithm 2.A, #7.6.4.3.4 algorithm 2.B, #7.6.4.4.10 algorithm 13 */
#include "pdf/crypt_key.h"

#include "base/digest.h"
#include "base/mem.h"
#include "pdf/crypt_cipher.h"
#include "pdf/damage.h"

enum {
    PASSWORD_MAX = 127,
    HASH = 32,
    SALT = 8, /* two behind the hash: for checking, for the key */
    REPEATS = 64,
    ROUNDS = 64,
    ROUNDS_MAX = 288, /* the last octet is at most 255, and a round is over when it is i - 32 */
    PART_MAX = PASSWORD_MAX + DIGEST_MAX + CRYPT_HASH
};

/* What is hashed: the password, a salt, and for the owner the user's hash. */
typedef struct hash_input {
    span password, salt, user;
} hash_input;

/* AES of the repeated text, in place. */
static pades_status mix(const hash_input *in, const uint8_t *k, size_t k_n, uint8_t *text,
                        size_t *ret_n, pades_error **e)
{
    const span parts[] = {in->password, span_of(k, k_n), in->user};
    size_t n = 0;
    for (int r = 0; r < REPEATS; r++) {
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
            if (parts[i].n > 0) {
                memcpy(text + n, parts[i].p, parts[i].n);
            }
            n += parts[i].n;
        }
    }
    *ret_n = n;
    return crypt_aes_once(true, span_of(k, 16), k + 16, text, text, n, e);
}

/* The first 16 octets as a number, modulo 3: as good as the sum of them, since 256 is 1 modulo 3.
 */
static pades_digest digest_for(const uint8_t *text)
{
    static const pades_digest algs[] = {PADES_DIGEST_SHA256, PADES_DIGEST_SHA384,
                                        PADES_DIGEST_SHA512};
    unsigned sum = 0;
    for (int i = 0; i < CRYPT_BLOCK; i++) {
        sum += text[i];
    }
    return algs[sum % 3];
}

/* Algorithm 2.B, from its first SHA-256 in `k` on. */
static pades_status harden(const hash_input *in, uint8_t k[DIGEST_MAX], uint8_t *text,
                           pades_error **e)
{
    size_t k_n = HASH, n = 0;
    bool done = false;
    for (unsigned i = 0; !done && i < ROUNDS_MAX; i++) {
        TRY(mix(in, k, k_n, text, &n, e));
        pades_digest alg = digest_for(text);
        k_n = pades_digest_size(alg);
        TRY(digest_once(alg, span_of(text, n), k, e));
        done = i + 1 >= ROUNDS && text[n - 1] + 32u <= i + 1;
    }
    return PADES_OK;
}

static pades_status hash(const crypt_dict *d, const hash_input *in, uint8_t out[DIGEST_MAX],
                         pades_error **e)
{
    enum { ROOM = REPEATS * PART_MAX };
    uint8_t *text = mem_alloc(ROOM);
    if (!text) {
        return fail_memory(e);
    }
    const span parts[] = {in->password, in->salt, in->user};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].n > 0) {
            memcpy(text + n, parts[i].p, parts[i].n);
        }
        n += parts[i].n;
    }
    pades_status status = digest_once(PADES_DIGEST_SHA256, span_of(text, n), out, e);
    if (status == PADES_OK && d->info.revision == 6) {
        status = harden(in, out, text, e);
    }
    mem_wipe(text, ROOM);
    mem_free(text);
    return status;
}

static pades_status unwrap(const crypt_dict *d, const hash_input *in, span wrapped,
                           uint8_t key[CRYPT_KEY_MAX], pades_error **e)
{
    static const uint8_t no_iv[CRYPT_BLOCK];
    uint8_t k[DIGEST_MAX];
    TRY(hash(d, in, k, e));
    pades_status status =
        crypt_aes_once(false, span_of(k, HASH), no_iv, wrapped.p, key, CRYPT_KEY_MAX, e);
    mem_wipe(k, sizeof k);
    return status;
}

pades_status crypt_key_strong(const crypt_dict *d, span password, bool owner,
                              uint8_t key[CRYPT_KEY_MAX], secret *opener, bool *ret_fits,
                              pades_error **e)
{
    uint8_t found[DIGEST_MAX];
    span stored = owner ? d->o : d->u;
    hash_input in = {span_part(password, 0, PASSWORD_MAX), span_part(stored, HASH, SALT),
                     owner ? d->u : span_of(NULL, 0)};
    TRY(hash(d, &in, found, e));
    *ret_fits = memcmp(found, stored.p, HASH) == 0;
    mem_wipe(found, sizeof found);
    if (!*ret_fits) {
        return PADES_OK;
    }
    if (!secret_set(opener, password.p, password.n)) {
        return fail_memory(e);
    }
    in.salt = span_part(stored, HASH + SALT, SALT);
    return unwrap(d, &in, owner ? d->oe : d->ue, key, e);
}

pades_status crypt_key_check_perms(const crypt_dict *d, const uint8_t key[CRYPT_KEY_MAX],
                                   pades_error **e)
{
    static const uint8_t no_iv[CRYPT_BLOCK];
    uint8_t clear[CRYPT_BLOCK]; /* one block of CBC with nothing before it is ECB */
    TRY(crypt_aes_once(false, span_of(key, CRYPT_KEY_MAX), no_iv, d->perms.p, clear, CRYPT_BLOCK,
                       e));
    uint32_t p =
        clear[0] | (uint32_t)clear[1] << 8 | (uint32_t)clear[2] << 16 | (uint32_t)clear[3] << 24;
    bool same = memcmp(clear + 9, "adb", 3) == 0 && p == d->info.permissions &&
                clear[8] == (d->info.encrypt_metadata ? 'T' : 'F');
    return same ? PADES_OK
                : pdf_damaged(e, 0, 0, "ISO32000-2#7.6.4.4.10",
                              "the permissions were changed after the document was encrypted "
                              "(/Perms does not say what /P and /EncryptMetadata say)");
}
