/* A seal between prepare and finish. Private to the sign room. */
#ifndef SIGN_SESSION_H
#define SIGN_SESSION_H

#include "base/digest.h"
#include "base/sink.h"
#include "cms/cms.h"
#include "pdf/seal.h"
#include "pdf/second.h"
#include "sign/opts.h"
#include "sign/result.h"
#include "tsa/tsp.h"

/* The timestamp of a signature. */
typedef struct session_stamp {
    buf token;
    tsp_verified verified;
    size_t tsa;    /* index of the authority that made it */
    instant since; /* when it came here */
    bool have;
} session_stamp;

struct pades_session {
    pades_ctx *ctx;
    pades_source *source;
    pades_sink *sink; /* NULL until finish when prepare had none */
    const pades_sign_opts *opts;
    pades_level level;
    bool adbe; /* of Adobe's kind */
    pades_digest digest;
    pades_scheme scheme;
    char *commitment;
    pades_cert **certs; /* [0] the signer's, then its issuers */
    size_t certs_n;
    bool ordered; /* the chain given is in order already */
    int64_t time;
    pdf_seal seal;
    digest *at_end; /* state after the input */
    uint8_t input_hash[DIGEST_MAX];
    buf archive; /* adbe-revocationInfoArchival; empty: none */
    buf attrs;   /* the bytes to be signed */
    uint8_t attrs_hash[DIGEST_MAX];
    session_stamp stamp;
    buf warnings; /* NUL-separated lines */
    bool copied;  /* the sink has the input */
    bool spent;   /* what was written into the sink cannot be taken back */
    bool finished;
};

DEFINE_AUTO(pades_session, pades_session_free)

pades_status session_new(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                         const pades_sign_opts *opts, pades_session **ret,
                         pades_error **e) MUST_USE;
/* pades_session_prepare with the chain of a signer. */
pades_status session_prepare_for(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                                 const pades_signer *signer, const pades_sign_opts *opts,
                                 pades_session **ret, pades_error **e) MUST_USE;
/* Level, digest, scheme and certificates from options and chain; refuses what cannot sign. */
pades_status session_choose(pades_session *s, const pades_cert *const *chain, size_t n,
                            pades_error **e) MUST_USE;
/* Bytes of /Contents for what was chosen. */
size_t session_reserve(const pades_session *s);
/* Opens the document and lays out the revision; the second reader agrees with what was read.
 * Starts the second reader in a thread when `beside` is given; session_join() then waits for it. */
typedef struct second_run second_run;
pades_status session_layout(pades_session *s, size_t reserve, second_run **beside,
                            pades_error **e) MUST_USE;
/* Whether the document can be sealed as far as the strict reader alone can tell, whoever signs. */
pades_status session_look(pades_session *s, pades_error **e) MUST_USE;
/* Waits and tells; frees `run` (NULL: nothing to wait for). */
pades_status second_join(pades_session *s, second_run *run, pades_error **e) MUST_USE;
/* What to tell of a second reader that was not asked; NULL when it agrees. */
const char *second_alone(pdf_second_result result);
/* The one pass; keeps the state at the end of the input. */
pades_status session_pass(pades_session *s, pades_error **e) MUST_USE;
/* Hashes the revision around the hole and makes the signed attributes. */
pades_status session_attributes(pades_session *s, pades_error **e) MUST_USE;
/* Another layout with a bigger hole, same input digest state: nothing of the input is hashed again.
 */
pades_status session_relayout(pades_session *s, size_t reserve, pades_error **e) MUST_USE;
/* The first part of finishing: signature checked, stamped, in its place. *ret_needed: bytes that
 * the CMS needs when it does not fit. */
pades_status session_seal(pades_session *s, span signature, pades_sink *sink, size_t *ret_needed,
                          pades_error **e) MUST_USE;
/* The same from the start, with a signer. */
pades_status session_seal_for(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                              pades_signer *signer, const pades_sign_opts *opts,
                              pades_session **ret, pades_error **e) MUST_USE;
/* The second part: what follows the seal, and the commit. */
pades_status session_complete(pades_session *s, pades_result **ret_result,
                              pades_error **e) MUST_USE;
/* Adds a line to the warnings. */
void session_warn(pades_session *s, const char *line);

#endif
