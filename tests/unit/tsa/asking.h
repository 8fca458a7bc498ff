/* The test authority and one client for each test, for the tests of tsa/client. */
#ifndef TEST_TSA_ASKING_H
#define TEST_TSA_ASKING_H

#include "base/mem.h"
#include "tsa/authority.h"
#include "tsa/tsp.h"

typedef struct fixture {
    pades_ctx *ctx;
    pades_tsa *tsas[3];
    size_t n;
    buf token;
    tsp_verified verified;
    size_t index;
    size_t logged; /* bytes of the log before this test */
    pades_error *error;
} fixture;

/* Of the group: the authority runs meanwhile. */
int start_authority(void **state);
int stop_authority(void **state);
/* Of each test. */
int set_up(void **state);
int tear_down(void **state);
/* Requests that reached the authority since the test began. */
unsigned requests(const fixture *f);
/* One more authority; `path` of the test server. */
void add(fixture *f, const char *path);
pades_status stamp_with(fixture *f, pades_digest alg, pades_control *control);
/* Adds and asks. */
pades_status stamp(fixture *f, const char *path);

#endif
