/* The one table of long options: parsing, --help, configuration keys and `config show` come from
 * it, and tests hold the man pages and completions against it. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Commands an option belongs to. */
enum {
    ON_SIGN = 1,
    ON_PREPARE = 2,
    ON_FINISH = 4,
    ON_INSPECT = 8,
    ON_LIST = 16,
    ON_CERTS = 32,
    ON_CONFIG = 64,
    ON_TOP = 128,
    ON_REPAIR = 256,
    ON_FIELDS = 512,
    ON_TIMESTAMP = 1024,
    ON_EXTEND = 2048,
    ON_DOCTOR = 4096,
    ON_SHOW = 8192,
    ON_EXPORT = 16384,
    ON_PIN_VERIFY = 32768,
    ON_PIN_CHANGE = 65536,
    ON_PIN_UNBLOCK = 131072,
    ON_KEY_TEST = 262144,
    ON_WATCH = 524288,
    ON_EVERY = 0xFFFFFF
};

enum option_kind {
    KIND_FLAG,   /* no value; in a file yes or no */
    KIND_TEXT,   /* the last one counts */
    KIND_LIST,   /* each one counts */
    KIND_NUMBER, /* whole, min to max */
    KIND_CHOICE, /* one of `choices` */
    KIND_LATER   /* known, and refused: a later version brings it */
};

enum option_id {
    OPT_KEY,
    OPT_CERT_SUBJECT,
    OPT_CERT_SERIAL,
    OPT_MODULE,
    OPT_CERT,
    OPT_LEVEL,
    OPT_TSA,
    OPT_TSA_USER,
    OPT_TSA_PASS_FILE,
    OPT_TSA_CERT,
    OPT_TSA_KEY,
    OPT_TSA_POLICY,
    OPT_TSA_RATE,
    OPT_TSA_BEARER_FILE,
    OPT_INSECURE_AUTH,
    OPT_DIGEST,
    OPT_PSS,
    OPT_SUB_FILTER,
    OPT_FIELD,
    OPT_CERTIFY,
    OPT_LOCK,
    OPT_RECT,
    OPT_TOOLTIP,
    OPT_SEED,
    OPT_DROP_USAGE_RIGHTS,
    OPT_NAME,
    OPT_REASON,
    OPT_LOCATION,
    OPT_CONTACT,
    OPT_COMMITMENT,
    OPT_UTC,
    OPT_TRUST,
    OPT_PIN_FD,
    OPT_PIN_FILE,
    OPT_PIN_ENV,
    OPT_PIN_CREDENTIAL,
    OPT_PINENTRY,
    OPT_REFUSED_PINS,
    OPT_PIN_LAST_TRY,
    OPT_PIN_FOR_BATCH,
    OPT_NEW_PIN_FD,
    OPT_NEW_PIN_FILE,
    OPT_PUK_FD,
    OPT_PUK_FILE,
    OPT_STYLE,
    OPT_YES,
    OPT_EXPIRING,
    OPT_DER,
    OPT_CHAIN,
    OPT_COUNT_EVENTS,
    OPT_STATE,
    OPT_SIGNATURE,
    OPT_TBS,
    OPT_HASH,
    OPT_IN_PLACE,
    OPT_OUTPUT_DIR,
    OPT_FORCE,
    OPT_SKIP_SIGNED,
    OPT_DRY_RUN,
    OPT_ALLOW_HOST,
    OPT_TIMEOUT,
    OPT_PROXY,
    OPT_RESERVE,
    OPT_AUDIT,
    OPT_FILL,
    OPT_VISIBLE,
    OPT_IMAGE,
    OPT_STAMP_TEXT,
    OPT_QR,
    OPT_FONT,
    OPT_LOOK,
    OPT_PASSWORD_FD,
    OPT_PASSWORD_FILE,
    OPT_ALLOW_GAPS,
    OPT_ALLOW_PARTIAL,
    OPT_ALLOW_CACHED,
    OPT_AIA,
    OPT_OFFLINE,
    OPT_OCSP_URL,
    OPT_PREFER,
    OPT_WAIT_FRESH,
    OPT_VRI,
    OPT_SESSIONS,
    OPT_NO_ISOLATE,
    OPT_WAIT,
    OPT_EXTRACT,
    OPT_LTV,
    OPT_CONFIG,
    OPT_PROFILE,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_HELP,
    OPT_VERSION,
    OPT_COUNT
};

struct option {
    const char *name;
    enum option_kind kind;
    unsigned commands;
    bool in_file;         /* a key of the configuration file */
    const char *argument; /* its name in --help */
    const char *choices;  /* "b|t" */
    long min, max;
    const char *initial; /* value when nobody gives one, where there is a fixed one */
    const char *help;
};

const struct option *option_at(enum option_id id);
/* OPT_COUNT when there is none of that name (`n` bytes long). */
enum option_id option_named(const char *name, size_t n);

#endif
