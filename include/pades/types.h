/* libpades - statuses and the small types every header shares.
 *
 * Rules of the whole API: inputs come first, then `ret_*`, then `pades_error **ret_error` last
 * (NULL: not wanted). `ret_*` is untouched when a call fails. `const` pointers handed out belong to
 * the object they came from and live as long as it does, unless said otherwise. Every destructor
 * takes NULL. Text is UTF-8. An object may be used by one thread at a time; a pades_ctx may be
 * shared by many once it has been used the first time, because its settings are immutable then. */
#ifndef PADES_TYPES_H
#define PADES_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PADES_API __attribute__((visibility("default")))
#define PADES_MUST_USE __attribute__((warn_unused_result))
#else
#define PADES_API
#define PADES_MUST_USE
#endif

/* What a caller branches on. The number of a status never changes meaning; new ones are added at
 * the end. pades_status_name() gives the name without the prefix ("PIN_LOCKED"). */
typedef enum pades_status {
    PADES_OK = 0,
    PADES_INVALID_ARGUMENT = 1, /* a parameter or an option does not make sense */
    PADES_NO_MEMORY = 2,
    PADES_INTERNAL = 3,  /* a defect here or in a library below */
    PADES_LIMIT = 4,     /* a limit of the context was reached */
    PADES_CANCELLED = 5, /* the control object or the user said stop */
    PADES_TIMEOUT = 6,   /* a deadline passed */

    PADES_INPUT_NOT_FOUND = 10,
    PADES_INPUT_UNREADABLE = 11,
    PADES_INPUT_CHANGED = 12, /* size, time or inode changed while it was read */
    PADES_OUTPUT_EXISTS = 13,
    PADES_OUTPUT_FAILED = 14, /* cannot be created, written, synced or renamed */

    PADES_DOC_NOT_PDF = 20,
    PADES_DOC_DAMAGED = 21,
    PADES_DOC_UNSUPPORTED = 22,   /* sound, but of a kind that is refused by name */
    PADES_DOC_ENCRYPTED = 23,     /* and a password is needed */
    PADES_DOC_NOT_PERMITTED = 24, /* certification, lock or permission forbids it */
    PADES_DOC_READERS_DISAGREE = 25,
    PADES_FIELD_EXISTS = 26,
    PADES_DOC_PASSWORD = 27, /* the password that was given opens it neither as user nor as owner */
    PADES_DOC_SIGNATURE_BROKEN = 28, /* a signature that is there does not fit the document */

    PADES_MODULE_FAILED = 40, /* a PKCS#11 module cannot be loaded or initialised */
    PADES_TOKEN_NOT_FOUND = 41,
    PADES_TOKEN_AMBIGUOUS = 42,
    PADES_TOKEN_REMOVED = 43,
    PADES_TOKEN_ERROR = 44, /* any other answer of the token */
    PADES_KEY_NOT_FOUND = 45,
    PADES_KEY_AMBIGUOUS = 46,
    PADES_PIN_REQUIRED = 47, /* no source of a PIN */
    PADES_PIN_INCORRECT = 48,
    PADES_PIN_LOCKED = 49,
    PADES_PIN_LAST_TRY = 50, /* refused: few tries are left and the source is unattended */
    PADES_PIN_CANCELLED = 51,
    PADES_CERT_NOT_FOUND = 52,
    PADES_CERT_INVALID = 53, /* cannot be parsed, or does not fit the key */
    PADES_CERT_EXPIRED = 54,
    PADES_CERT_NOT_YET_VALID = 55,
    PADES_CERT_USAGE = 56,      /* its usage forbids signing */
    PADES_ALGORITHM = 57,       /* key type, digest or mechanism that is not supported */
    PADES_SIGNATURE_WRONG = 58, /* what the key made does not verify with the certificate */
    PADES_CERT_REVOKED = 59,    /* or on hold, at the time that counts */
    PADES_PIN_INVALID = 60,     /* a new PIN that the token does not take */

    PADES_SERVICE_FAILED = 70,  /* TSA or another service: unreachable or a wrong answer */
    PADES_SERVICE_REFUSED = 71, /* the address or credential rules refuse to ask it */
    PADES_TRY_LATER = 72,       /* the service says later */
    PADES_TIMESTAMP_INVALID = 73,
    PADES_REVOCATION_MISSING = 74, /* no usable OCSP answer or CRL for a certificate */

    PADES_RESERVE_TOO_SMALL = 80, /* the CMS does not fit the reserved /Contents */
    PADES_STATE_INVALID = 81,     /* a stored session is damaged or does not fit the input */
    PADES_CMS_INVALID = 82
} pades_status;

/* The name of a status without its prefix, for logs and JSON; never NULL. */
PADES_API const char *pades_status_name(pades_status status);

typedef enum pades_digest {
    PADES_DIGEST_DEFAULT = 0, /* SHA-256, raised to fit the curve of the key */
    PADES_DIGEST_SHA256 = 1,
    PADES_DIGEST_SHA384 = 2,
    PADES_DIGEST_SHA512 = 3
} pades_digest;

/* "sha256", "sha384", "sha512"; "default" for 0; never NULL. */
PADES_API const char *pades_digest_name(pades_digest digest);
/* Octets of a digest value: 32, 48, 64; 0 for the default. */
PADES_API size_t pades_digest_size(pades_digest digest);

typedef enum pades_level {
    PADES_LEVEL_B = 1,  /* PAdES-BASELINE-B (EN 319 142-1) */
    PADES_LEVEL_T = 2,  /* PAdES-BASELINE-T: a timestamp */
    PADES_LEVEL_LT = 3, /* PAdES-BASELINE-LT: and what a verifier needs, in the document */
    PADES_LEVEL_LTA = 4 /* PAdES-BASELINE-LTA: and a document timestamp over that */
} pades_level;

/* "B-B", "B-T", "B-LT", "B-LTA"; "none" for 0; never NULL. */
PADES_API const char *pades_level_name(pades_level level);

/* Signature schemes (CMS signatureAlgorithm). */
typedef enum pades_scheme {
    PADES_SCHEME_RSA_PKCS1 = 1, /* RSASSA-PKCS1-v1_5, RFC 8017 8.2 */
    PADES_SCHEME_RSA_PSS = 2,   /* RSASSA-PSS, MGF1 with the digest, salt of its length */
    PADES_SCHEME_ECDSA = 3      /* ECDSA with a P-256, P-384 or P-521 key */
} pades_scheme;

/* Objects; each has its header. */
typedef struct pades_ctx pades_ctx;
typedef struct pades_error pades_error;
typedef struct pades_source pades_source;
typedef struct pades_sink pades_sink;
typedef struct pades_doc pades_doc;
typedef struct pades_cert pades_cert;
typedef struct pades_token_list pades_token_list;
typedef struct pades_token_opts pades_token_opts;
typedef struct pades_key_list pades_key_list;
typedef struct pades_signer pades_signer;
typedef struct pades_tsa pades_tsa;
typedef struct pades_sign_opts pades_sign_opts;
typedef struct pades_session pades_session;
typedef struct pades_result pades_result;
typedef struct pades_batch pades_batch;
typedef struct pades_control pades_control;
typedef struct pades_repair_report pades_repair_report;

#ifdef __cplusplus
}
#endif
#endif
