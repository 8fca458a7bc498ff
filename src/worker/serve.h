/* The other side of token/worker.h: what the process does that modules run in. */
#ifndef WORKER_SERVE_H
#define WORKER_SERVE_H

/* Serves the socket `life` until it is closed, then finalizes the modules, for which there are
 * three seconds, and ends the process. `pins` is the descriptor of the page with PINs. Returns the
 * exit status when it cannot begin. */
int p11_serve(int life, int pins);

#endif
