/* What was tried for one thing and why it was not enough, as one line for an error: bounded, and
 * safe to show. */
#ifndef PKI_TRIED_H
#define PKI_TRIED_H

#include "base/control.h"
#include "base/ctx.h"
#include "base/fail.h"

typedef struct tried {
    buf text;   /* "OCSP 'http://...': reason; CRL 'http://...': reason" */
    size_t n;   /* reasons, also those there was no room for */
    bool later; /* one of them says that it may work later */
    char *hint; /* of the first that has one */
} tried;
#define TRIED ((tried){.text = BUF(2048)})

void tried_free(tried *t);
/* `source` is escaped here, `why` is safe already. */
void tried_add(tried *t, const char *what, const char *source, pades_status status,
               const char *why);
/* The reason is that of an error, which is freed. */
void tried_add_error(tried *t, const char *what, const char *source, pades_status status,
                     pades_error *why);
/* NUL-terminated, never NULL. */
const char *tried_text(tried *t);

/* Not a failure of one source: no memory, no room for a temporary file, cancelled, or the time of
 * the operation is over. */
bool ends_everything(pades_control *control, pades_status status);

#endif
