#include "pki/gathered.h"

#include <time.h>

static int64_t clock_of(void *user)
{
    const gathering *g = user;
    return g->now ? g->now : (int64_t)time(NULL);
}

void trust(gathering *g, const char *root)
{
    evidence_free(g->ev);
    g->ev = NULL;
    if (g->ctx) {
        assert_true(g->before_n < ARRAY_LEN(g->before));
        g->before[g->before_n++] = g->ctx;
    }
    g->ctx = served_ctx(root);
    assert_int_equal(pades_ctx_set_clock(g->ctx, clock_of, g, NULL), PADES_OK);
}

int gathering_set_up(void **state)
{
    gathering *g = mem_alloc(sizeof *g);
    served_faults("");
    served_clock(0);
    trust(g, "p384-root");
    g->asked = served_requests(NULL);
    *state = g;
    return 0;
}

int gathering_tear_down(void **state)
{
    gathering *g = *state;
    evidence_free(g->ev);
    for (size_t i = 0; i < g->certs_n; i++) {
        pades_cert_free(g->certs[i]);
    }
    pades_error_free(g->e);
    pades_ctx_free(g->ctx);
    for (size_t i = 0; i < g->before_n; i++) {
        pades_ctx_free(g->before[i]);
    }
    mem_free(g);
    return 0;
}

const pades_cert *cert_of(gathering *g, const char *name)
{
    assert_true(g->certs_n < ARRAY_LEN(g->certs));
    g->certs[g->certs_n] = served_cert(name);
    return g->certs[g->certs_n++];
}

void begin(gathering *g, const evidence_plan *plan)
{
    const evidence_plan none = {.offline = NULL};
    evidence_free(g->ev);
    g->ev = NULL;
    assert_int_equal(evidence_new(g->ctx, plan ? plan : &none, &g->ev, &g->e), PADES_OK);
}

pades_status cover_at(gathering *g, const char *name, int64_t at, int64_t fresh)
{
    pades_cert *leaf = served_cert(name);
    const evidence_need need = {.leaf = leaf,
                                .purpose = strstr(name, "-tsa") ? PATH_TIMESTAMP : PATH_ANY,
                                .at = at,
                                .fresh = fresh};
    pades_error_free(g->e);
    g->e = NULL;
    pades_status status = evidence_cover(g->ev, &need, &g->e);
    assert_int_equal(status, pades_error_status(g->e));
    pades_cert_free(leaf);
    return status;
}

pades_status cover(gathering *g, const char *name)
{
    return cover_at(g, name, clock_of(g), 0);
}

const char *error_text(const gathering *g)
{
    static char text[16384];
    size_t n = 0;
    text[0] = '\0';
    for (const pades_error *e = g->e; e && n < sizeof text; e = pades_error_cause(e)) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ": " : "",
                              pades_error_message(e));
    }
    return text;
}

void assert_covers_at(gathering *g, const char *name, int64_t at, int64_t fresh)
{
    pades_status status = cover_at(g, name, at, fresh);
    if (status != PADES_OK) {
        fail_msg("%s: %s: %s", name, pades_status_name(status), error_text(g));
    }
}

void assert_covers(gathering *g, const char *name)
{
    assert_covers_at(g, name, clock_of(g), 0);
}

unsigned asked(const gathering *g)
{
    return served_requests(NULL) - g->asked;
}

bool lists(const gathering *g, const char *name)
{
    pades_cert *cert = served_cert(name);
    bool found = false;
    for (size_t i = 0; i < evidence_count(g->ev, EVIDENCE_CERT); i++) {
        found = found || span_eq(evidence_item(g->ev, EVIDENCE_CERT, i).s, cert_der(cert));
    }
    pades_cert_free(cert);
    return found;
}

void assert_counts(const gathering *g, size_t certs, size_t ocsps, size_t crls)
{
    size_t n[] = {evidence_count(g->ev, EVIDENCE_CERT), evidence_count(g->ev, EVIDENCE_OCSP),
                  evidence_count(g->ev, EVIDENCE_CRL)};
    if (n[0] != certs || n[1] != ocsps || n[2] != crls) {
        fail_msg("%zu certificates, %zu OCSP answers, %zu CRLs instead of %zu, %zu, %zu", n[0],
                 n[1], n[2], certs, ocsps, crls);
    }
}

void assert_warns(const gathering *g, const char *part)
{
    const buf *w = evidence_warnings(g->ev);
    for (size_t i = 0; i < w->n; i += strlen((const char *)w->p + i) + 1) {
        if (strstr((const char *)w->p + i, part)) {
            return;
        }
    }
    fail_msg("no warning says '%s'; the first: '%s'", part, w->n ? (const char *)w->p : "");
}

void offer_chain(gathering *g)
{
    static const char *const names[] = {"p384-issuing", "p384-policy"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        pades_cert *cert = served_cert(names[i]);
        assert_int_equal(evidence_offer(g->ev, EVIDENCE_CERT, cert_der(cert), false, NULL),
                         PADES_OK);
        pades_cert_free(cert);
    }
}

void offer_all(gathering *g, const evidence *from, bool stored)
{
    for (int kind = 0; kind < EVIDENCE_KINDS; kind++) {
        for (size_t i = 0; i < evidence_count(from, (evidence_kind)kind); i++) {
            span der = evidence_item(from, (evidence_kind)kind, i).s;
            assert_int_equal(evidence_offer(g->ev, (evidence_kind)kind, der, stored, NULL),
                             PADES_OK);
        }
    }
}
