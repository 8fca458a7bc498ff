/* libpades - the context: trust, limits, clock, logger, network settings.
 *
 * Everything an operation needs beside its own options. Settings may be changed until the context
 * is used for the first time and fail with PADES_INVALID_ARGUMENT after that; from then on it may
 * be shared by any number of threads. The library reads neither environment nor locale. */
#ifndef PADES_CTX_H
#define PADES_CTX_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

PADES_API PADES_MUST_USE pades_status pades_ctx_new(pades_ctx **ret_ctx, pades_error **ret_error);
/* The context must outlive what was made with it. NULL is allowed. */
PADES_API void pades_ctx_free(pades_ctx *ctx);

/* Seconds since 1970-01-01T00:00:00Z. Default: the system clock. */
typedef int64_t (*pades_clock_fn)(void *user);
PADES_API PADES_MUST_USE pades_status pades_ctx_set_clock(pades_ctx *ctx, pades_clock_fn fn,
                                                          void *user, pades_error **ret_error);

typedef enum pades_log_level {
    PADES_LOG_WARNING = 1,
    PADES_LOG_INFO = 2,
    PADES_LOG_DEBUG = 3
} pades_log_level;
/* Called from any thread that uses the context; `line` is one line without end, already escaped.
 * Never a PIN, a password or a credential. Default: nothing is logged. */
typedef void (*pades_log_fn)(void *user, pades_log_level level, const char *line);
PADES_API PADES_MUST_USE pades_status pades_ctx_set_logger(pades_ctx *ctx, pades_log_fn fn,
                                                           void *user, pades_error **ret_error);

/* Limits; the default of each is in parentheses. */
typedef enum pades_limit {
    PADES_LIMIT_OBJECT_BYTES = 1,       /* bytes of one parsed object (16 MiB) */
    PADES_LIMIT_DEPTH = 2,              /* nesting of arrays and dictionaries (100) */
    PADES_LIMIT_XREF_SECTIONS = 3,      /* sections of the /Prev chain (10,000) */
    PADES_LIMIT_XREF_ENTRIES = 4,       /* entries over all sections (50,000,000) */
    PADES_LIMIT_XREF_STREAM_BYTES = 5,  /* decoded bytes of one xref stream (64 MiB) */
    PADES_LIMIT_STREAM_BYTES = 6,       /* decoded bytes of any other stream (64 MiB) */
    PADES_LIMIT_INFLATE_RATIO = 7,      /* decoded to encoded (1,100: the format's own is 1,032) */
    PADES_LIMIT_CROSSCHECK_ENTRIES = 8, /* entries up to which qpdf is asked (100,000) */
    PADES_LIMIT_PAGE_DEPTH = 9,         /* depth of the page tree (100) */
    PADES_LIMIT_FIELDS = 10,            /* form fields walked (100,000) */
    PADES_LIMIT_HTTP_BYTES = 11,        /* bytes of one answer that is no list (1 MiB) */
    PADES_LIMIT_CHUNK_BYTES = 12,       /* bytes read at a time while copying (256 KiB) */
    PADES_LIMIT_THREAD_BYTES =
        13, /* input size from which a second thread hashes (4 MiB); UINT64_MAX: never */
    PADES_LIMIT_REPAIR_BYTES = 14, /* memory that a repair may take, by estimate (192 MiB) */
    PADES_LIMIT_CRL_BYTES = 15     /* bytes of one revocation list (128 MiB) */
} pades_limit;
PADES_API PADES_MUST_USE pades_status pades_ctx_set_limit(pades_ctx *ctx, pades_limit limit,
                                                          uint64_t value, pades_error **ret_error);

/* Anchors for timestamps and for the signer's chain: a file (PEM with any number of certificates,
 * or DER) or a folder of such files. Repeatable. Never mixed with the trust used for TLS. */
PADES_API PADES_MUST_USE pades_status pades_ctx_add_trust_path(pades_ctx *ctx, const char *path,
                                                               pades_error **ret_error);
/* One DER certificate, copied. */
PADES_API PADES_MUST_USE pades_status pades_ctx_add_trust_der(pades_ctx *ctx, const void *der,
                                                              size_t n, pades_error **ret_error);
/* The anchors one by one, as DER that belongs to the context; NULL beyond the end. */
PADES_API const void *pades_ctx_trust_der(const pades_ctx *ctx, size_t index, size_t *ret_n);

/* Network: "" or NULL for no proxy (the default; the environment is never read). */
PADES_API PADES_MUST_USE pades_status pades_ctx_set_proxy(pades_ctx *ctx, const char *url,
                                                          pades_error **ret_error);
/* Whole time of one request, in milliseconds (default 30,000). */
PADES_API PADES_MUST_USE pades_status pades_ctx_set_timeout(pades_ctx *ctx, uint32_t ms,
                                                            pades_error **ret_error);
/* HOST or HOST:PORT that the address rules for URLs of certificates would refuse; repeatable. */
PADES_API PADES_MUST_USE pades_status pades_ctx_allow_host(pades_ctx *ctx, const char *host,
                                                           pades_error **ret_error);
/* Folder for what is learned between runs: token sizes of TSAs; issuers, OCSP answers and
 * revocation lists that were verified. Processes may share it. It is kept below
 * 512 MiB, 2,048 entries and an age of 90 days. NULL: nothing is kept (default). */
PADES_API PADES_MUST_USE pades_status pades_ctx_set_cache_dir(pades_ctx *ctx, const char *path,
                                                              pades_error **ret_error);

/* Folder for temporary files without a name, which revocation data of more than 8 MiB and what is
 * made of them lie in, not in memory. NULL: /var/tmp, else /tmp (default). When there is no room,
 * what needs it fails with PADES_OUTPUT_FAILED. */
PADES_API PADES_MUST_USE pades_status pades_ctx_set_temp_dir(pades_ctx *ctx, const char *path,
                                                             pades_error **ret_error);

/* Starts loading what sealing will need, once a token's module is loaded or a process that loads it
 * is started: the second reader's library in a thread, which pades_ctx_free() waits for, and
 * OpenSSL's algorithms, some 2 ms of the caller's time. Changes only the time; what fails here is
 * told when it is needed. A child that is forked off while that thread runs may sign, but should
 * not seal: the loader may have been half-way. */
PADES_API void pades_ctx_preload(pades_ctx *ctx);

#ifdef __cplusplus
}
#endif
#endif
