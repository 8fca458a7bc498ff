/* Many files at level LT or LTA: in groups. Of a group every file is signed and stamped first; then
 * revocation is asked for once, since an answer must not be older than the timestamp it serves;
 * then each is finished and takes its name before the next group begins. Owner: groups.c. */
#ifndef SIGN_GROUPS_H
#define SIGN_GROUPS_H

#include "sign/session.h"
#include <pades/batch.h>

/* A group ends with so many files, so long after it began, or with so much of the inputs in memory,
 * or before it has too many files open. */
enum { GROUP_FILES = 500, GROUP_SECONDS = 600, GROUP_BYTES = 64 << 20 };

typedef struct groups_plan {
    pades_ctx *ctx;
    pades_signer *signer;
    const pades_sign_opts *opts;
    size_t count;
    unsigned workers;
    const pades_batch_callbacks *callbacks;
    void *user;
} groups_plan;

/* As pades_batch_run(); outcomes are told in input order, group by group. */
pades_status groups_run(const groups_plan *plan, pades_error **e) MUST_USE;
/* Files that may still be opened. */
size_t groups_files_left(void);
/* How many members a group has, and how many work on them, when so many files may still be opened.
 */
void groups_fit(size_t files, unsigned wanted, size_t *ret_members, unsigned *ret_workers);
/* The key is of no use any more: what is left would end the same way. */
bool batch_key_gone(pades_status status);
/* What is said of each such file. */
const char *batch_untried(pades_status gone);

#endif
