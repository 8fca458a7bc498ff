/* One gathering of evidence from the loopback services, and short questions about it. */
#ifndef UNIT_PKI_GATHERED_H
#define UNIT_PKI_GATHERED_H

#include "pki/evidence.h"
#include "pki/served.h"

typedef struct gathering {
    pades_ctx *ctx;
    evidence *ev;
    pades_error *e;
    unsigned asked; /* requests before it */
    int64_t now;    /* of the context: real time until it is set */
    pades_cert *certs[8];
    size_t certs_n;
    pades_ctx *before[64]; /* contexts that evidence of the test may still belong to */
    size_t before_n;
} gathering;

/* Trusts p384-root; the services behave. */
int gathering_set_up(void **state);
int gathering_tear_down(void **state);

/* Another context, which trusts this root. */
void trust(gathering *g, const char *root);
/* A certificate of the PKI, freed at the end. */
const pades_cert *cert_of(gathering *g, const char *name);
/* A new evidence object; NULL: the default plan. */
void begin(gathering *g, const evidence_plan *plan);
/* Covers with at = now, fresh = 0. */
pades_status cover(gathering *g, const char *name);
pades_status cover_at(gathering *g, const char *name, int64_t at, int64_t fresh);
/* The same, and shows the error when it is not PADES_OK. */
void assert_covers(gathering *g, const char *name);
void assert_covers_at(gathering *g, const char *name, int64_t at, int64_t fresh);
/* Requests since the test began. */
unsigned asked(const gathering *g);
/* Is this certificate among the items? */
bool lists(const gathering *g, const char *name);
void assert_counts(const gathering *g, size_t certs, size_t ocsps, size_t crls);
void assert_warns(const gathering *g, const char *part);
/* One line of the error chain, outermost first. */
const char *error_text(const gathering *g);
/* Offers the CAs of the P-384 PKI. */
void offer_chain(gathering *g);
/* Offers to g->ev everything that `from` has. */
void offer_all(gathering *g, const evidence *from, bool stored);

#endif
