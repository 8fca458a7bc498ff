/* Names of statuses, digests and levels. */
#include "base/compiler.h"

#include <pades/sign.h>
#include <pades/types.h>

const char *pades_status_name(pades_status status)
{
#define NAME(x)                                                                                    \
    case PADES_##x:                                                                                \
        return #x
    switch (status) {
        NAME(OK);
        NAME(INVALID_ARGUMENT);
        NAME(NO_MEMORY);
        NAME(INTERNAL);
        NAME(LIMIT);
        NAME(CANCELLED);
        NAME(TIMEOUT);
        NAME(INPUT_NOT_FOUND);
        NAME(INPUT_UNREADABLE);
        NAME(INPUT_CHANGED);
        NAME(OUTPUT_EXISTS);
        NAME(OUTPUT_FAILED);
        NAME(DOC_NOT_PDF);
        NAME(DOC_DAMAGED);
        NAME(DOC_UNSUPPORTED);
        NAME(DOC_ENCRYPTED);
        NAME(DOC_NOT_PERMITTED);
        NAME(DOC_READERS_DISAGREE);
        NAME(FIELD_EXISTS);
        NAME(DOC_PASSWORD);
        NAME(DOC_SIGNATURE_BROKEN);
        NAME(MODULE_FAILED);
        NAME(TOKEN_NOT_FOUND);
        NAME(TOKEN_AMBIGUOUS);
        NAME(TOKEN_REMOVED);
        NAME(TOKEN_ERROR);
        NAME(KEY_NOT_FOUND);
        NAME(KEY_AMBIGUOUS);
        NAME(PIN_REQUIRED);
        NAME(PIN_INCORRECT);
        NAME(PIN_LOCKED);
        NAME(PIN_LAST_TRY);
        NAME(PIN_CANCELLED);
        NAME(CERT_NOT_FOUND);
        NAME(CERT_INVALID);
        NAME(CERT_EXPIRED);
        NAME(CERT_NOT_YET_VALID);
        NAME(CERT_USAGE);
        NAME(ALGORITHM);
        NAME(SIGNATURE_WRONG);
        NAME(CERT_REVOKED);
        NAME(PIN_INVALID);
        NAME(SERVICE_FAILED);
        NAME(SERVICE_REFUSED);
        NAME(TRY_LATER);
        NAME(TIMESTAMP_INVALID);
        NAME(REVOCATION_MISSING);
        NAME(RESERVE_TOO_SMALL);
        NAME(STATE_INVALID);
        NAME(CMS_INVALID);
    }
#undef NAME
    return "UNKNOWN";
}

const char *pades_digest_name(pades_digest digest)
{
    static const char *const names[] = {"default", "sha256", "sha384", "sha512"};
    return (unsigned)digest < ARRAY_LEN(names) ? names[digest] : "unknown";
}

size_t pades_digest_size(pades_digest digest)
{
    static const size_t sizes[] = {0, 32, 48, 64};
    return (unsigned)digest < ARRAY_LEN(sizes) ? sizes[digest] : 0;
}

const char *pades_level_name(pades_level level)
{
    static const char *const names[] = {"none", "B-B", "B-T", "B-LT", "B-LTA"};
    return (unsigned)level < ARRAY_LEN(names) ? names[level] : "unknown";
}
