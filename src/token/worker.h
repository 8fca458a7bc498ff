/* The process of its own that modules run in: started, asked, and ended when it crashes or does not
 * answer. Calls of several threads run side by side, each on a socket of its own. The process has
 * the environment of this one, no descriptor of it but the standard error output, and ends with it;
 * signals of the terminal are not for it. */
#ifndef TOKEN_WORKER_H
#define TOKEN_WORKER_H

#include "token/port.h"
#include "token/wire.h"

#include "base/control.h"
#include "base/ctx.h"

typedef struct p11_worker p11_worker;

typedef struct p11_worker_setup {
    const char *program;
    uint32_t answer_ms;     /* for an ordinary answer */
    pades_control *control; /* may be NULL */
} p11_worker_setup;
/* An answer that waits for a person: a PIN typed on the reader, a window of the module's own. */
enum { P11_PERSON_MS = 300 * 1000, P11_ANSWER_MS = 30 * 1000 };

pades_status p11_worker_new(const p11_worker_setup *setup, p11_worker **ret,
                            pades_error **e) MUST_USE;
/* Finalizes the modules and ends it, by force after two seconds. NULL allowed. */
void p11_worker_free(p11_worker *w);
/* By force at once: nobody has logged in there yet. NULL allowed. */
void p11_worker_abandon(p11_worker *w);
/* False in a child forked off the process that started it: the page with PINs is not there. */
bool p11_worker_is_ours(const p11_worker *w);
DEFINE_AUTO(p11_worker, p11_worker_free)

/* One call. `out` holds the fields, and `in` gets the reply's, valid until p11_call_end(). */
typedef struct p11_call {
    p11_worker *worker;
    struct p11_channel *channel;
    buf *out;
    reader in;
} p11_call;
/* False when the process is gone or there is no memory: *ret_rv says which, and no end is due. */
bool p11_call_begin(p11_call *call, p11_worker *w, wire_op op, size_t module, CK_RV *ret_rv);
/* Sends and waits. P11_RV_DIED, P11_RV_SILENT and P11_RV_STOPPED when nothing came. */
CK_RV p11_call_run(p11_call *call, uint32_t ms);
/* Its two halves. */
CK_RV p11_call_send(p11_call *call);
CK_RV p11_call_receive(p11_call *call, uint32_t ms);
void p11_call_end(p11_call *call);
/* The PIN goes into the locked page: between these two nobody else's does. `fresh` may be NULL. */
void p11_pins_hold(p11_worker *w, const p11_pin *pin, const p11_pin *fresh);
void p11_pins_release(p11_worker *w);

/* What became of it, for people: "it crashed (signal 11, Segmentation fault)"; NULL while it lives.
 * `module`, when given, is the one that was called last. */
const char *p11_worker_fate(p11_worker *w, size_t *module);
bool p11_worker_was_stopped(p11_worker *w); /* by the control */
/* The module that was being loaded or started when it ended, "" when it was none. */
const char *p11_worker_current(const p11_worker *w);
uint32_t p11_worker_answer_ms(const p11_worker *w);

/* early.c: a process that was started ahead, with a request under way. */
typedef struct p11_early {
    p11_worker *worker;
    p11_call call;
} p11_early;
/* Keeps it for whoever asks for the same; takes it over. */
void p11_early_put(pades_ctx *ctx, const p11_worker_setup *setup, const p11_early *early);
/* False when there is none, or one for something else. */
bool p11_early_take(pades_ctx *ctx, const p11_worker_setup *setup, span request, p11_early *ret);

/* port_worker.c: the `module`-th of the process, which the port does not own. */
p11_port *p11_port_worker_new(p11_worker *w, size_t module) MUST_USE;
size_t p11_port_number(const p11_port *port);

#endif
