/* A PIN or password: in its own locked pages, left out of core dumps, wiped when freed. Never a
 * char * that travels. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/span.h"
#include <pades/error.h>
#include <pades/types.h>

#define SECRET_MAX 1024

typedef struct secret secret;

/* Empty, with room for SECRET_MAX octets. */
pades_status secret_new(secret **ret, pades_error **e) MUST_USE;
/* With room for `max`. */
pades_status secret_new_for(size_t max, secret **ret, pades_error **e) MUST_USE;
/* Wipes and frees; NULL allowed. */
void secret_free(secret *s);
bool secret_set(secret *s, const void *p, size_t n); /* false when too long */
/* Where a reader may write directly; secret_set_length() after. */
uint8_t *secret_room(secret *s);
void secret_set_length(secret *s, size_t n);
span secret_span(const secret *s);
/* With a NUL behind it; of one that came through secret_set(). */
const char *secret_text(const secret *s);
void secret_wipe(secret *s); /* empties, keeps the pages */
DEFINE_AUTO(secret, secret_free)

#endif
