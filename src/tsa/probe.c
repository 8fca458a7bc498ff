/* One question to an authority, to see whether it works: a timestamp of random octets, judged as
 * that of a signature is. Nothing of it is kept but the size of the token. */
#include "tsa/tsp.h"

#include "base/fail.h"
#include "base/mem.h"

struct pades_tsa_answer {
    tsp_verified verified;
};

void pades_tsa_answer_free(pades_tsa_answer *answer)
{
    if (answer) {
        tsp_verified_free(&answer->verified);
        mem_free(answer);
    }
}
DEFINE_AUTO(pades_tsa_answer, pades_tsa_answer_free)

pades_status pades_tsa_ask(pades_ctx *ctx, const pades_tsa *tsa, pades_control *control,
                           pades_tsa_answer **ret_answer, pades_error **ret_error)
{
    uint8_t stamped[32];
    AUTO_VAL(buf) token = BUF(1U << 20);
    if (!ctx || !tsa || !ret_answer) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a question needs a context, an authority and a place for the answer");
    }
    AUTO(pades_tsa_answer) *answer = mem_alloc(sizeof *answer);
    if (!answer) {
        return fail_memory(ret_error);
    }
    answer->verified.warnings = BUF(0);
    TRY(random_bytes(stamped, sizeof stamped, ret_error));
    TRY(tsa_stamp(ctx, &tsa, 1, PADES_DIGEST_DEFAULT, span_of(stamped, sizeof stamped), control,
                  NULL, &token, &answer->verified, NULL, ret_error));
    *ret_answer = TAKE(answer);
    return PADES_OK;
}

int64_t pades_tsa_answer_time(const pades_tsa_answer *answer)
{
    return answer->verified.time;
}

const pades_cert *pades_tsa_answer_cert(const pades_tsa_answer *answer)
{
    return answer->verified.signer;
}

const char *pades_tsa_answer_warning(const pades_tsa_answer *answer, size_t index)
{
    const buf *all = &answer->verified.warnings;
    for (size_t at = 0; at < all->n; at += strlen((const char *)all->p + at) + 1) {
        if (index-- == 0) {
            return (const char *)all->p + at;
        }
    }
    return NULL;
}
