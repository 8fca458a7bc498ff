/* Answers of a PKCS#11 module turned into statuses and sentences (modules differ:
 * many answers mean "the card is gone", so the slot is looked at again before anything is said). */
#include "token/internal.h"
#include "token/worker.h"

#include "base/fail.h"

#include <stdio.h>
#include <time.h>

#define NAME(x)                                                                                    \
    {                                                                                              \
        x, #x                                                                                      \
    }
static const struct {
    CK_RV rv;
    const char *name;
} rv_names[] = {
    NAME(CKR_OK),
    NAME(CKR_CANCEL),
    NAME(CKR_HOST_MEMORY),
    NAME(CKR_SLOT_ID_INVALID),
    NAME(CKR_GENERAL_ERROR),
    NAME(CKR_FUNCTION_FAILED),
    NAME(CKR_ARGUMENTS_BAD),
    NAME(CKR_CANT_LOCK),
    NAME(CKR_NEED_TO_CREATE_THREADS),
    NAME(CKR_ATTRIBUTE_SENSITIVE),
    NAME(CKR_ATTRIBUTE_TYPE_INVALID),
    NAME(CKR_ATTRIBUTE_VALUE_INVALID),
    NAME(CKR_ACTION_PROHIBITED),
    NAME(CKR_DATA_INVALID),
    NAME(CKR_DATA_LEN_RANGE),
    NAME(CKR_DEVICE_ERROR),
    NAME(CKR_DEVICE_MEMORY),
    NAME(CKR_DEVICE_REMOVED),
    NAME(CKR_FUNCTION_CANCELED),
    NAME(CKR_FUNCTION_NOT_SUPPORTED),
    NAME(CKR_KEY_HANDLE_INVALID),
    NAME(CKR_KEY_SIZE_RANGE),
    NAME(CKR_KEY_TYPE_INCONSISTENT),
    NAME(CKR_KEY_FUNCTION_NOT_PERMITTED),
    NAME(CKR_MECHANISM_INVALID),
    NAME(CKR_MECHANISM_PARAM_INVALID),
    NAME(CKR_OBJECT_HANDLE_INVALID),
    NAME(CKR_OPERATION_ACTIVE),
    NAME(CKR_OPERATION_NOT_INITIALIZED),
    NAME(CKR_PIN_INCORRECT),
    NAME(CKR_PIN_INVALID),
    NAME(CKR_PIN_LEN_RANGE),
    NAME(CKR_PIN_EXPIRED),
    NAME(CKR_PIN_LOCKED),
    NAME(CKR_SESSION_CLOSED),
    NAME(CKR_SESSION_COUNT),
    NAME(CKR_SESSION_HANDLE_INVALID),
    NAME(CKR_SESSION_EXISTS),
    NAME(CKR_SESSION_READ_ONLY),
    NAME(CKR_SESSION_READ_ONLY_EXISTS),
    NAME(CKR_SESSION_READ_WRITE_SO_EXISTS),
    NAME(CKR_TEMPLATE_INCONSISTENT),
    NAME(CKR_TOKEN_NOT_PRESENT),
    NAME(CKR_TOKEN_NOT_RECOGNIZED),
    NAME(CKR_TOKEN_WRITE_PROTECTED),
    NAME(CKR_USER_ALREADY_LOGGED_IN),
    NAME(CKR_USER_NOT_LOGGED_IN),
    NAME(CKR_USER_PIN_NOT_INITIALIZED),
    NAME(CKR_USER_TYPE_INVALID),
    NAME(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
    NAME(CKR_USER_TOO_MANY_TYPES),
    NAME(CKR_DOMAIN_PARAMS_INVALID),
    NAME(CKR_CURVE_NOT_SUPPORTED),
    NAME(CKR_BUFFER_TOO_SMALL),
    NAME(CKR_CRYPTOKI_NOT_INITIALIZED),
    NAME(CKR_CRYPTOKI_ALREADY_INITIALIZED),
    NAME(CKR_MUTEX_BAD),
    NAME(CKR_FUNCTION_REJECTED),
    NAME(CKR_FIPS_SELF_TEST_FAILED),
    NAME(CKR_LIBRARY_LOAD_FAILED),
};

const char *p11_rv_name(CK_RV rv, char room[32])
{
    for (size_t i = 0; i < ARRAY_LEN(rv_names); i++) {
        if (rv_names[i].rv == rv) {
            return rv_names[i].name;
        }
    }
    snprintf(room, 32, "CKR_0x%lx", rv);
    return room;
}

bool p11_same_token(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b)
{
    return memcmp(a->serialNumber, b->serialNumber, sizeof a->serialNumber) == 0 &&
           memcmp(a->label, b->label, sizeof a->label) == 0 &&
           memcmp(a->model, b->model, sizeof a->model) == 0;
}

bool p11_still_there(p11_modules *m, size_t token, CK_TOKEN_INFO *ret)
{
    p11_slot *slot = &m->slots[token];
    p11_port *port = p11_port_of(m, token);
    CK_SLOT_INFO info;
    memset(&info, 0, sizeof info);
    memset(ret, 0, sizeof *ret);
    return p11_slot_info(port, slot->id, &info) == CKR_OK &&
           (info.flags & CKF_TOKEN_PRESENT) != 0 && p11_token_info(port, slot->id, ret) == CKR_OK &&
           p11_same_token(ret, &slot->raw);
}

static bool means_removed(CK_RV rv)
{
    return rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT ||
           rv == CKR_TOKEN_NOT_RECOGNIZED;
}

/* Answers that modules give for a card that is gone, among other things. */
static bool may_mean_removed(CK_RV rv)
{
    static const CK_RV some[] = {
        CKR_GENERAL_ERROR,           CKR_DEVICE_ERROR,    CKR_FUNCTION_FAILED,
        CKR_SESSION_HANDLE_INVALID,  CKR_SESSION_CLOSED,  CKR_OBJECT_HANDLE_INVALID,
        CKR_KEY_HANDLE_INVALID,      CKR_SLOT_ID_INVALID, CKR_OPERATION_NOT_INITIALIZED,
        CKR_CRYPTOKI_NOT_INITIALIZED};
    for (size_t i = 0; i < ARRAY_LEN(some); i++) {
        if (some[i] == rv) {
            return true;
        }
    }
    return false;
}

/* The slot looked at afresh: some modules remember for a second that a card was there, unless they
 * are asked for all slots. A module that cannot tell (out of descriptors, say) has not lost its
 * token. */
bool p11_is_there_now(p11_modules *m, size_t token)
{
    const p11_slot *slot = &m->slots[token];
    p11_port *port = p11_port_of(m, token);
    CK_SLOT_INFO info = {.flags = 0};
    CK_TOKEN_INFO seen;
    CK_SLOT_ID ids[64];
    CK_ULONG n = ARRAY_LEN(ids);
    memset(&seen, 0, sizeof seen);
    (void)p11_slot_list(port, true, ids, &n);
    CK_RV rv = p11_slot_info(port, slot->id, &info);
    if (rv == CKR_OK && (info.flags & CKF_TOKEN_PRESENT) == 0) {
        return false;
    }
    rv = rv == CKR_OK ? p11_token_info(port, slot->id, &seen) : rv;
    bool lost = means_removed(rv) || rv == CKR_DEVICE_ERROR || rv == CKR_SLOT_ID_INVALID;
    return rv == CKR_OK ? p11_same_token(&seen, &slot->raw) : !lost;
}

/* A card that was pulled out is missed by the reader's service a moment later only. */
static bool is_gone(p11_modules *m, size_t token, CK_RV rv)
{
    const struct timespec moment = {0, 600 * 1000 * 1000};
    if (means_removed(rv) || !may_mean_removed(rv)) {
        return means_removed(rv);
    }
    if (!p11_is_there_now(m, token)) {
        return true;
    }
    if (!m->slots[token].removable) {
        return false;
    }
    nanosleep(&moment, NULL);
    return !p11_is_there_now(m, token);
}

static const struct {
    CK_RV rv;
    pades_status status;
    const char *text;
    const char *hint;
} meanings[] = {
    {CKR_PIN_LOCKED, PADES_PIN_LOCKED, "its PIN is locked",
     "unblock it with its PUK: 'pades token pin-unblock', or the software of the token's vendor"},
    {CKR_PIN_EXPIRED, PADES_TOKEN_ERROR, "its PIN has to be changed first",
     "change it: 'pades token pin-change', or the software of the token's vendor"},
    {CKR_USER_PIN_NOT_INITIALIZED, PADES_TOKEN_ERROR, "it has no user PIN yet",
     "set the PIN in the software of the token's vendor"},
    {CKR_FUNCTION_CANCELED, PADES_PIN_CANCELLED,
     "the entry was cancelled, or nobody answered in time", NULL},
    {CKR_CANCEL, PADES_PIN_CANCELLED, "the entry was cancelled", NULL},
    {CKR_FUNCTION_REJECTED, PADES_PIN_CANCELLED, "the token's user refused", NULL},
    {CKR_MECHANISM_INVALID, PADES_ALGORITHM, "it does not offer this algorithm", NULL},
    {CKR_MECHANISM_PARAM_INVALID, PADES_ALGORITHM,
     "it does not offer this algorithm with this digest", NULL},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, PADES_TOKEN_ERROR, "the key may not be used for signing",
     NULL},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, PADES_TOKEN_ERROR, "its security officer is logged in",
     NULL},
    {CKR_USER_NOT_LOGGED_IN, PADES_TOKEN_ERROR, "it has logged out by itself",
     "another program may be using it; try again"},
    {CKR_SESSION_COUNT, PADES_TOKEN_ERROR,
     "it has no session left; another program may be using it", NULL},
};

static pades_status tell(const char *label, CK_RV rv, const char *doing, pades_error **e)
{
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
        if (meanings[i].rv == rv) {
            (void)fail(e, meanings[i].status, "token '%s': %s (while %s)", label, meanings[i].text,
                       doing);
            if (meanings[i].hint) {
                (void)error_hint(e, "%s", meanings[i].hint);
            }
            return meanings[i].status;
        }
    }
    char room[32];
    return fail(e, PADES_TOKEN_ERROR, "token '%s' answers %s while %s", label,
                p11_rv_name(rv, room), doing);
}

/* The process of its own that the module ran in is gone. */
static pades_status fail_of_fate(p11_modules *m, size_t token, const char *doing, pades_error **e)
{
    if (p11_worker_was_stopped(m->worker)) {
        return fail(e, PADES_CANCELLED, "cancelled while %s", doing);
    }
    (void)fail(e, PADES_TOKEN_ERROR, "token '%s': the PKCS#11 module failed while %s: %s",
               m->slots[token].info.label, doing, p11_port_fate(p11_port_of(m, token)));
    (void)error_hint(e, "nothing was written; pull the token out, put it back and run it again");
    return PADES_TOKEN_ERROR;
}

pades_status p11_fail(p11_modules *m, size_t token, CK_RV rv, const char *doing, pades_error **e)
{
    const char *label = m->slots[token].info.label;
    char room[32];
    pades_status status;
    if (rv == CKR_HOST_MEMORY) {
        return fail_memory(e);
    }
    if (p11_port_fate(p11_port_of(m, token))) {
        return fail_of_fate(m, token, doing, e);
    }
    if (rv == P11_RV_FORKED) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "token '%s' was opened by the process that this one was forked from", label);
    }
    if (is_gone(m, token, rv)) {
        status = fail(e, PADES_TOKEN_REMOVED,
                      "token '%s' was removed, or stopped answering, while %s", label, doing);
        (void)error_hint(e, "put the token back and run it again");
    } else {
        status = tell(label, rv, doing, e);
    }
    (void)error_native(e, "%s", p11_rv_name(rv, room));
    return status;
}
