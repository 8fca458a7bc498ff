/* The loopback PKI and its services for the tests of the pki room: made once for a test program,
 * with a log that counts requests and an index that revokes. Whatever fails here ends the test. */
#ifndef UNIT_PKI_SERVED_H
#define UNIT_PKI_SERVED_H

#include "pki/made.h"

/* Makes the PKI in a new folder and starts the server; cmocka's group fixtures. */
int served_start(void **state);
int served_stop(void **state);

/* "NAME" of the folder of the PKI; one of eight rooms that take turns. */
const char *served_file(const char *name);
const char *served_url(void); /* "http://127.0.0.1:PORT" */
pades_cert *served_cert(const char *name);
buf served_read(const char *path);
void served_write(const char *path, span bytes);
/* Lines of the log so far; with `part`, those that hold it. */
unsigned served_requests(const char *part);
/* Writes the line of `name` in the index anew: revoked `seconds` ago for `reason`; seconds < 0:
 * good. */
void served_revoke(const char *name, long seconds, int reason);
/* What the services do from now on (tests/support/server/wish.h): lines of "PATH FAULT", "" ends
 * it; and their clock, seconds from now. */
void served_faults(const char *lines);
void served_clock(long seconds);
/* A context that trusts this root of the PKI and may ask the server. */
pades_ctx *served_ctx(const char *root);
/* A new empty folder, and its end with all that is in it. */
void served_folder(char room[64]);
void served_remove(const char *folder);

/* Does the chain say so? Shows it when not. */
void assert_says(const pades_error *e, const char *part);

#endif
