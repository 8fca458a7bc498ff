/* See refused.h. */
#include "token/refused_file.h"

#include "base/digest.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include <pades/token.h>

#include <stdio.h>

/* A server whose program was killed in the middle of a login goes on by itself: once. */
enum { UNSEEN_MOST = 2 };

static pades_status hash_pin(refused_record *record, span pin, uint8_t out[SLOWHASH_OCTETS],
                             pades_error **e)
{
    if (!record->has_salt) {
        TRY(random_bytes(record->salt, sizeof record->salt, e));
    }
    return slowhash(pin, record->salt, out, e);
}

static pades_status fail_known(const refused_token *token, int64_t when, pades_error **e)
{
    char day[TIME_TEXT];
    time_rfc3339(when, day);
    (void)fail(e, PADES_PIN_INCORRECT,
               "this PIN was refused by token '%s' on %.10s: it was not sent again", token->label,
               day);
    (void)error_hint(e, "correct the PIN where it comes from; if the token takes it by now, type "
                        "it once: a PIN that is accepted clears this");
    return PADES_PIN_INCORRECT;
}

static pades_status fail_pending(const refused_token *token, int64_t when, pades_error **e)
{
    char day[TIME_TEXT];
    time_rfc3339(when, day);
    (void)fail(
        e, PADES_PIN_INCORRECT,
        "PINs were sent to token '%s', the last on %.10s, and their answers were not seen: no "
        "PIN was sent that nobody types",
        token->label, day);
    (void)error_hint(e, "the program ended before the answers; type the PIN once, or allow the "
                        "attempt (--pin-last-try) when you know that the PIN is right");
    return PADES_PIN_INCORRECT;
}

static pades_status fail_unreadable(const refused_token *token, const refused_attempt *a,
                                    pades_error **e)
{
    AUTO(mem_text) *folder = escape_text(span_str(token->folder), 0);
    (void)fail(e, PADES_PIN_INCORRECT,
               "what is remembered of refused PINs of token '%s' cannot be read: no PIN was sent "
               "that nobody types",
               token->label);
    (void)error_hint(e, "type the PIN once, which clears it, or remove '%s/%s'",
                     folder ? folder : "", a->name);
    return PADES_PIN_INCORRECT;
}

static pades_status compare(const refused_token *token, refused_record *record, span pin,
                            pades_error **e)
{
    uint8_t hash[SLOWHASH_OCTETS];
    if (record->n == 0) {
        return PADES_OK;
    }
    TRY(hash_pin(record, pin, hash, e));
    for (size_t i = 0; i < record->n; i++) {
        if (memcmp(record->pins[i].hash, hash, sizeof hash) == 0) {
            return fail_known(token, record->pins[i].when, e);
        }
    }
    return PADES_OK;
}

static pades_status check(const refused_token *token, const refused_attempt *a, span pin,
                          bool allow, pades_error **e)
{
    refused_record record;
    refused_file_read(a->fd, &record);
    if (!record.readable) {
        return allow ? PADES_OK : fail_unreadable(token, a, e);
    }
    TRY(compare(token, &record, pin, e));
    return record.pending >= UNSEEN_MOST && !allow ? fail_pending(token, record.pending_since, e)
                                                   : PADES_OK;
}

pades_status pades_token_refused_dir_check(const char *path, pades_error **ret_error)
{
    char why[256] = "";
    if (!path || refused_folder_usable(path, why, sizeof why)) {
        return PADES_OK;
    }
    AUTO(mem_text) *shown = escape_text(span_str(path), 0);
    return shown ? fail(ret_error, PADES_OUTPUT_FAILED,
                        "a PIN that is refused cannot be remembered in '%s': %s", shown, why)
                 : fail_memory(ret_error);
}

static void tell_unusable(pades_ctx *ctx, const refused_token *token, const char *why)
{
    ctx_log(ctx, PADES_LOG_WARNING, "refused PINs of token '%s' cannot be remembered: %s",
            token->label, why);
}

static pades_status open_attempt(pades_ctx *ctx, const refused_token *token, refused_attempt *a,
                                 pades_error **e)
{
    char why[256] = "";
    switch (refused_file_open(token, true, a, why, sizeof why)) {
    case REFUSED_OPENED:
        return PADES_OK;
    case REFUSED_BUSY:
        (void)fail(e, PADES_TRY_LATER,
                   "another process has been logging in to token '%s' for half a minute",
                   token->label);
        (void)error_hint(e, "wait for it; or end it, if the token hangs");
        return PADES_TRY_LATER;
    case REFUSED_UNUSABLE:
        break;
    }
    tell_unusable(ctx, token, why);
    return PADES_OK;
}

pades_status refused_begin(pades_ctx *ctx, const refused_token *token, span pin, bool allow,
                           refused_attempt *ret, pades_error **e)
{
    refused_attempt a = {.folder = -1, .lock = -1, .fd = -1};
    if (!token->folder) {
        *ret = a;
        return PADES_OK;
    }
    TRY(open_attempt(ctx, token, &a, e));
    pades_status status = a.fd < 0 || a.fresh ? PADES_OK : check(token, &a, pin, allow, e);
    if (status == PADES_OK && a.fd >= 0 && !refused_file_mark(&a, ctx_now(ctx))) {
        tell_unusable(ctx, token, "its file cannot be written");
    }
    if (status != PADES_OK) {
        refused_file_close(&a);
    }
    *ret = a;
    return status;
}

/* What cannot be remembered stays marked: the mark holds back every PIN. */
static void remember(pades_ctx *ctx, const refused_token *token, refused_attempt *a, span pin)
{
    refused_record record;
    uint8_t hash[SLOWHASH_OCTETS];
    refused_file_read(a->fd, &record);
    if (!record.readable) {
        memset(&record, 0, sizeof record);
    }
    if (hash_pin(&record, pin, hash, NULL) != PADES_OK ||
        !refused_file_add(a, &record, ctx_now(ctx), hash)) {
        tell_unusable(ctx, token, "its file cannot be written");
        return;
    }
    refused_file_prune(a);
}

void refused_end(pades_ctx *ctx, const refused_token *token, refused_attempt *a,
                 refused_outcome outcome, span pin)
{
    if (a->fd < 0) {
        return;
    }
    switch (outcome) {
    case REFUSED_NOT_SENT:
        refused_file_unmark(a);
        break;
    case REFUSED_WRONG:
        remember(ctx, token, a, pin);
        break;
    case REFUSED_ACCEPTED:
        refused_file_remove(a);
        break;
    case REFUSED_UNKNOWN:
        break;
    }
    refused_file_close(a);
}

/* Who has the file locked right now is told nothing: its own outcome is newer. */
void refused_forget(const refused_token *token)
{
    refused_attempt a = {.folder = -1, .lock = -1, .fd = -1};
    char why[64];
    if (token->folder && refused_file_open(token, false, &a, why, sizeof why) == REFUSED_OPENED) {
        refused_file_remove(&a);
        refused_file_close(&a);
    }
}
