/* See failure.h. The table is the contract of pades(1): a status that is not in it is a defect and
 * counts as one (70). Hints here name flags, which the library does not know; its own come first.
 */
#include "failure.h"

#include "process.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

struct row {
    pades_status status;
    int exit;
    const char *hint;
    bool first; /* the hint wins over the library's */
};

static const struct row rows[] = {
    {PADES_OK, EXIT_DONE, NULL, false},
    {PADES_INVALID_ARGUMENT, EXIT_USAGE, NULL, false},
    {PADES_NO_MEMORY, EXIT_INTERNAL, NULL, false},
    {PADES_INTERNAL, EXIT_INTERNAL, NULL, false},
    {PADES_LIMIT, EXIT_DOCUMENT, "the file asks for more than is reasonable", false},
    {PADES_CANCELLED, EXIT_KEY, NULL, false},
    {PADES_TIMEOUT, EXIT_SERVICE, "--timeout SECONDS allows more time", false},

    {PADES_INPUT_NOT_FOUND, EXIT_INPUT, NULL, false},
    {PADES_INPUT_UNREADABLE, EXIT_INPUT, NULL, false},
    {PADES_INPUT_CHANGED, EXIT_INPUT, "run it again when nothing else writes to the file", false},
    {PADES_OUTPUT_EXISTS, EXIT_OUTPUT, "--force replaces it", false},
    {PADES_OUTPUT_FAILED, EXIT_OUTPUT, NULL, false},

    {PADES_DOC_NOT_PDF, EXIT_DOCUMENT, "is it the right file?", false},
    {PADES_DOC_DAMAGED, EXIT_DOCUMENT, "'pades repair IN OUT' may mend it before it is signed",
     false},
    {PADES_DOC_UNSUPPORTED, EXIT_DOCUMENT, "'qpdf IN OUT' may rewrite it as something simpler",
     false},
    {PADES_DOC_ENCRYPTED, EXIT_DOCUMENT,
     "give its user or owner password with --password-fd or --password-file", false},
    {PADES_DOC_PASSWORD, EXIT_DOCUMENT, NULL, false},
    {PADES_DOC_SIGNATURE_BROKEN, EXIT_DOCUMENT,
     "nothing that is added would mend it; ask for the file again", false},
    {PADES_DOC_NOT_PERMITTED, EXIT_DOCUMENT,
     "the author of the document decides what may be added to it", false},
    {PADES_DOC_READERS_DISAGREE, EXIT_DOCUMENT,
     "readers would show different documents; have the file made again", false},
    {PADES_FIELD_EXISTS, EXIT_DOCUMENT, "give --field another name, or leave it out", true},

    {PADES_MODULE_FAILED, EXIT_KEY, "check the path of --module and the packages it belongs to",
     false},
    {PADES_TOKEN_NOT_FOUND, EXIT_KEY,
     "is it inserted? 'pades token list' shows the tokens that are seen", false},
    {PADES_TOKEN_AMBIGUOUS, EXIT_KEY,
     "choose one with --key 'pkcs11:token=...'; 'pades token list' shows them", false},
    {PADES_TOKEN_REMOVED, EXIT_KEY, "insert the token and run it again", false},
    {PADES_TOKEN_ERROR, EXIT_KEY,
     "'pades token list' tells whether it answers; --verbose tells more", false},
    {PADES_KEY_NOT_FOUND, EXIT_KEY,
     "'pades token certs' shows the keys that are seen, and why one cannot be used", false},
    {PADES_KEY_AMBIGUOUS, EXIT_KEY,
     "choose one with --key, --cert-subject or --cert-serial; 'pades token certs' shows them",
     false},
    {PADES_PIN_REQUIRED, EXIT_KEY,
     "give --pin-file, --pin-fd, --pin-env or --pin-credential, or run it in a terminal", true},
    {PADES_PIN_INCORRECT, EXIT_KEY,
     "nothing was tried a second time; check the PIN before running it again", false},
    {PADES_PIN_LOCKED, EXIT_KEY, "unblock it with its PUK: 'pades token pin-unblock'", false},
    {PADES_PIN_LAST_TRY, EXIT_KEY,
     "give the PIN in a terminal, or --pin-last-try: one more wrong PIN may lock the token", false},
    {PADES_PIN_CANCELLED, EXIT_KEY, NULL, false},
    {PADES_CERT_NOT_FOUND, EXIT_KEY, "give the certificate with --cert FILE", false},
    {PADES_CERT_INVALID, EXIT_KEY, "'pades token certs' shows the certificates and their keys",
     false},
    {PADES_CERT_EXPIRED, EXIT_KEY, "'pades token certs' shows whether there is a newer one", false},
    {PADES_CERT_NOT_YET_VALID, EXIT_KEY, "is the clock of this machine right?", false},
    {PADES_CERT_USAGE, EXIT_KEY, "'pades token certs' shows which certificates may sign", false},
    {PADES_ALGORITHM, EXIT_KEY,
     "'pades token certs' shows the keys; --digest and --pss choose the algorithm", false},
    {PADES_SIGNATURE_WRONG, EXIT_KEY,
     "nothing was written; does this certificate belong to this key?", false},

    {PADES_PIN_INVALID, EXIT_KEY, "the PIN is as it was; choose another new one", false},
    {PADES_CERT_REVOKED, EXIT_KEY, "nothing was written; a new certificate is needed", false},

    {PADES_SERVICE_FAILED, EXIT_SERVICE,
     "nothing was written; a second --tsa is asked when the first fails", false},
    {PADES_SERVICE_REFUSED, EXIT_SERVICE, "nothing was sent or written; use another --tsa", false},
    {PADES_TRY_LATER, EXIT_LATER,
     "nothing was written; a second --tsa is asked when the first fails", false},
    {PADES_TIMESTAMP_INVALID, EXIT_SERVICE,
     "the answer was not used and nothing was written; use another --tsa", false},
    {PADES_REVOCATION_MISSING, EXIT_SERVICE,
     "nothing was written; --allow-partial writes the level that was reached", false},

    {PADES_RESERVE_TOO_SMALL, EXIT_USAGE, "--reserve BYTES makes more room", false},
    {PADES_STATE_INVALID, EXIT_DOCUMENT, "run 'pades prepare' again on this very file", false},
    {PADES_CMS_INVALID, EXIT_DOCUMENT, NULL, false},
};

static const struct row *row_of(pades_status status)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) {
            return &rows[i];
        }
    }
    return NULL;
}

int exit_of_status(pades_status status)
{
    const struct row *row = row_of(status);
    int by_signal = process_signal();
    if (by_signal != 0 && (status == PADES_CANCELLED || status == PADES_PIN_CANCELLED)) {
        return EXIT_SIGNALLED + by_signal;
    }
    return row == NULL ? EXIT_INTERNAL : row->exit;
}

static void copy(char *to, size_t n, const char *from)
{
    snprintf(to, n, "%s", from == NULL ? "" : from);
}

static void start(struct failure *f, int exit_code, const char *status, const char *hint)
{
    f->exit = exit_code;
    f->status = status;
    f->object = 0;
    f->offset = -1;
    f->native[0] = '\0';
    f->clause[0] = '\0';
    copy(f->hint, sizeof f->hint, hint);
}

static void finish_line(struct failure *f, const char *fmt, va_list args) PRINTF(2, 0);
static void finish_line(struct failure *f, const char *fmt, va_list args)
{
    vsnprintf(f->message, sizeof f->message, fmt, args);
}

int fail(struct failure *f, pades_status status, const char *hint, const char *fmt, ...)
{
    const struct row *row = row_of(status);
    start(f, exit_of_status(status), pades_status_name(status),
          hint == NULL && row != NULL ? row->hint : hint);
    va_list args;
    va_start(args, fmt);
    finish_line(f, fmt, args);
    va_end(args);
    return f->exit;
}

int fail_usage(struct failure *f, const char *hint, const char *fmt, ...)
{
    start(f, EXIT_USAGE, "USAGE", hint);
    va_list args;
    va_start(args, fmt);
    finish_line(f, fmt, args);
    va_end(args);
    return f->exit;
}

int fail_config(struct failure *f, const char *hint, const char *fmt, ...)
{
    start(f, EXIT_CONFIG, "CONFIG", hint);
    va_list args;
    va_start(args, fmt);
    finish_line(f, fmt, args);
    va_end(args);
    return f->exit;
}

/* The messages of the chain from the outside in, with ": " between them. */
static void join_chain(char *to, size_t n, const pades_error *error)
{
    size_t used = 0;
    to[0] = '\0';
    for (const pades_error *e = error; e != NULL && used + 1 < n; e = pades_error_cause(e)) {
        int wrote =
            snprintf(to + used, n - used, "%s%s", used == 0 ? "" : ": ", pades_error_message(e));
        used = wrote < 0 || (size_t)wrote >= n - used ? n : used + (size_t)wrote;
    }
}

/* Where it is: damage is looked for by these numbers. */
static void add_place(struct failure *f, const pades_error *error)
{
    size_t used = strlen(f->message);
    char *to = f->message + used;
    size_t n = sizeof f->message - used;
    f->object = pades_error_object(error);
    f->offset = pades_error_offset(error);
    if (f->object != 0 && f->offset > 0) {
        snprintf(to, n, " (object %" PRIu32 ", byte %" PRId64 ")", f->object, f->offset);
    } else if (f->object != 0) {
        snprintf(to, n, " (object %" PRIu32 ")", f->object);
    } else if (f->offset > 0) {
        snprintf(to, n, " (byte %" PRId64 ")", f->offset);
    }
}

int fail_from(struct failure *f, pades_status status, const pades_error *error)
{
    const struct row *row = row_of(status);
    const char *hint =
        error == NULL || (row != NULL && row->first) ? NULL : pades_error_hint(error);
    start(f, exit_of_status(status), pades_status_name(status),
          hint == NULL && row != NULL ? row->hint : hint);
    if (error == NULL) {
        copy(f->message, sizeof f->message, "failed without a reason");
        return f->exit;
    }
    join_chain(f->message, sizeof f->message, error);
    add_place(f, error);
    copy(f->native, sizeof f->native, pades_error_native(error));
    copy(f->clause, sizeof f->clause, pades_error_clause(error));
    return f->exit;
}

int call(struct failure *f, pades_status status, pades_error **error)
{
    if (status == PADES_OK) {
        return EXIT_DONE;
    }
    int exit_code = fail_from(f, status, *error);
    pades_error_free(*error);
    *error = NULL;
    return exit_code;
}
