/* What tokens have refused, kept in a folder from one run to the next, so that no unattended source
 * sends the same PIN again. A file for each token, named by a digest of what its module tells of
 * it; in it a salt and slow hashes of refused PINs, never a PIN. While a PIN is on its way the file
 * is locked and marked: who is killed in between leaves the mark. One such mark is let pass, so
 * that a server goes on after its power failed; two in a row count as refused.
 *
 * The mark tells nothing of the PIN, so the usual case (nothing was ever refused, the PIN is right)
 * costs a file made and removed, and no slow hash. That is the price of it: after two such deaths
 * every PIN of an unattended source is held back until a PIN was accepted, not only the one that
 * was sent. */
#ifndef TOKEN_REFUSED_H
#define TOKEN_REFUSED_H

#include "base/ctx.h"

#include <sys/types.h>

enum { REFUSED_ID = 32, REFUSED_NAME = 2 * REFUSED_ID + 1 };

typedef struct refused_token {
    const char *folder; /* NULL: nothing is kept */
    const char *label;  /* for messages, escaped */
    uint8_t id[REFUSED_ID];
} refused_token;

/* One attempt; fd -1: nothing can be remembered of it. */
typedef struct refused_attempt {
    int folder, lock, fd;
    char name[REFUSED_NAME];
    bool fresh;   /* the file was made for this attempt */
    off_t before; /* its length without the mark of this attempt */
} refused_attempt;

typedef enum refused_outcome {
    REFUSED_NOT_SENT, /* or answered without a judgement of the PIN */
    REFUSED_UNKNOWN,  /* sent, and no answer came */
    REFUSED_WRONG,
    REFUSED_ACCEPTED
} refused_outcome;

/* Before the PIN is sent: waits for another process that is at it (PADES_TRY_LATER after a while),
 * and refuses with PADES_PIN_INCORRECT what was refused before or whose fate is not known (`allow`:
 * the latter is allowed). A folder that cannot be used is told in the log, and nothing is
 * remembered. */
pades_status refused_begin(pades_ctx *ctx, const refused_token *token, span pin, bool allow,
                           refused_attempt *ret, pades_error **e) MUST_USE;
/* Afterwards; closes the attempt. */
void refused_end(pades_ctx *ctx, const refused_token *token, refused_attempt *a,
                 refused_outcome outcome, span pin);
/* The token has accepted a PIN, or was given another one. */
void refused_forget(const refused_token *token);

#endif
