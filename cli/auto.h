/* Cleanup on every path out of a function, and the one way to hand a failure up. */
#ifndef CLI_AUTO_H
#define CLI_AUTO_H

#include <pades/pades.h>
#include <stdio.h>
#include <stdlib.h>

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))

/* DEFINE_AUTO(type, fn): a variable declared `AUTO(fn) type *p = NULL;` is given to fn at the end.
 */
#define DEFINE_AUTO(type, fn)                                                                      \
    static inline void auto_##fn(type **p)                                                         \
    {                                                                                              \
        fn(*p);                                                                                    \
    }
#define AUTO(fn) __attribute__((cleanup(auto_##fn)))

/* Exit codes are the statuses of the command line: anything but 0 goes up at once. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        int try_status = (expr);                                                                   \
        if (try_status != 0) {                                                                     \
            return try_status;                                                                     \
        }                                                                                          \
    } while (0)

DEFINE_AUTO(pades_cert, pades_cert_free)
DEFINE_AUTO(pades_ctx, pades_ctx_free)
DEFINE_AUTO(pades_doc, pades_doc_free)
DEFINE_AUTO(pades_field_spec, pades_field_spec_free)
DEFINE_AUTO(pades_key_list, pades_key_list_free)
DEFINE_AUTO(pades_repair_report, pades_repair_report_free)
DEFINE_AUTO(pades_result, pades_result_free)
DEFINE_AUTO(pades_session, pades_session_free)
DEFINE_AUTO(pades_sign_opts, pades_sign_opts_free)
DEFINE_AUTO(pades_signer, pades_signer_free)
DEFINE_AUTO(pades_sink, pades_sink_free)
DEFINE_AUTO(pades_source, pades_source_free)
DEFINE_AUTO(pades_token_list, pades_token_list_free)
DEFINE_AUTO(pades_token_opts, pades_token_opts_free)
DEFINE_AUTO(pades_tsa_answer, pades_tsa_answer_free)
DEFINE_AUTO(pades_token_watch, pades_token_watch_free)

static inline void auto_free(char **p)
{
    free(*p);
}

static inline void auto_close_file(FILE **p)
{
    if (*p != NULL) {
        fclose(*p);
    }
}

#endif
