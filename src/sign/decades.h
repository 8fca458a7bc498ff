/* What levels LT and LTA add to a seal: the status of the signer before its key is used; and behind
 * the seal, in the same output, a revision with what a verifier will need in later years (DSS) and
 * one with a document timestamp over all of it. Owner: decades.c.
 * clause: EN319142-1#6.3, EN319142-1#5.4.2 DSS, EN319142-1#5.4.3 document time-stamp */
#ifndef SIGN_DECADES_H
#define SIGN_DECADES_H

#include "sign/layers.h"
#include "sign/session.h"

/* What the options say of gathering, with their certificates at hand. */
struct evidence;
pades_status decades_evidence(pades_ctx *ctx, const pades_sign_opts *opts, struct evidence **ret,
                              pades_error **e) MUST_USE;
/* Is the signer's certificate good now, as far as can be known? Asks for what is not kept already;
 * does nothing below LT. Where the status cannot be had and allow_partial is set, a warning. */
pades_status decades_check_signer(pades_session *s, pades_error **e) MUST_USE;
/* What allow_partial may pass over: that something could not be had. Not that something is bad. */
bool decades_is_missing(pades_status status);
/* The same of a timestamp, also when only bad ones came. */
bool decades_is_unstamped(pades_status status);
/* For Adobe's kind: s->archive becomes what is known of the signer's chain, and s->certs what it
 * rests on; a warning says how old it is. Nothing for the usual kind.
 * clause: ISO32000-1#12.8.3.3.2 adbe-revocationInfoArchival */
pades_status decades_archive(pades_session *s, pades_error **e) MUST_USE;

/* What came behind the seal. */
typedef struct decades {
    layers *layers; /* the seal's revision and all that follows; NULL below LT */
    layers_stamped stamped;
    bool have_stamp;
    pades_level reached;
} decades;
void decades_free(decades *d);

/* The seal is filled and stamped: gathers what the chains of signer and authority need, not older
 * than the timestamp, and lays over the seal what level LT or LTA wants. With allow_partial
 * ret->reached may be less than what was asked for, with a warning. */
pades_status decades_add(pades_session *s, decades *ret, pades_error **e) MUST_USE;

#endif
