/* A document in memory, sealed as often as a test likes, and what `inspect` makes of it. */
#ifndef UNIT_SIGN_DOC_BENCH_H
#define UNIT_SIGN_DOC_BENCH_H

#include "unit.h"
#undef assert_fails /* made.h has a function of that name, which also looks at the message */

#include "pdf/builder.h"
#include "pki/made.h"

#include <pades/pades.h>

typedef struct bench {
    pades_ctx *ctx;
    made leaf;
    builder pdf;
    pades_source *source;
    pades_doc *doc;
} bench;

int set_up(void **state);
int tear_down(void **state);
/* Opens what the bench holds. */
const pades_doc_info *look(bench *b);
void build(bench *b, const builder_plan *plan);
/* One more seal on what the bench holds. */
void seal(bench *b, const char *reason);
bool warned(const bench *b, const char *part);

#define DOC_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
