/* index.txt of a PKI directory: one line a certificate,
 *     NAME ISSUER SERIAL KIND STATUS REVOKED REASON
 * SERIAL is hexadecimal; KIND ca, seal (goes onto the token), leaf (only when named), tsa, ocsp, or
 * other (may not speak for its issuer); STATUS good, revoked or unknown; REVOKED seconds since 1970
 * (0 when good); REASON the number of RFC 5280 5.3.1. The server reads the file again for every
 * answer, so a test revokes a certificate by editing a line. */
#ifndef PADES_SUPPORT_INDEX_H
#define PADES_SUPPORT_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#define INDEX_MAX 256

struct index_row {
    char name[64];
    char issuer[64];
    char serial[80];
    char kind[16];
    bool revoked;
    bool unknown;
    long revoked_at;
    int reason;
};

struct index {
    struct index_row rows[INDEX_MAX];
    size_t count;
};

/* False when there is no index, or a line of it is not one. */
bool index_load(const char *dir, struct index *ret);
void index_save(const char *dir, const struct index *index);
/* NULL when that issuer never gave out that serial. */
const struct index_row *index_find(const struct index *index, const char *issuer,
                                   const char *serial);
const struct index_row *index_named(const struct index *index, const char *name);

#endif
