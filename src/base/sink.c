/* Sinks: the common part, memory, and the caller's own functions. */
#include "base/sink_ops.h"

#include "base/fail.h"
#include "base/mem.h"

#include <inttypes.h>

struct pades_sink {
    const sink_ops *ops;
    void *self;
    enum { SINK_NEW, SINK_BEGUN, SINK_DONE, SINK_ABORTED } state;
    pades_ctx *ctx;   /* once begun */
    uint64_t written; /* bytes */
};

pades_status sink_new(const sink_ops *ops, void *self, pades_sink **ret, pades_error **e)
{
    pades_sink *s = self ? mem_alloc(sizeof *s) : NULL;
    if (!s) {
        if (self) {
            ops->destroy(self);
        }
        return fail_memory(e);
    }
    s->ops = ops;
    s->self = self;
    *ret = s;
    return PADES_OK;
}

void *sink_self(pades_sink *s)
{
    return s->self;
}

const sink_ops *sink_kind(const pades_sink *s)
{
    return s->ops;
}

pades_status sink_begin(pades_ctx *ctx, pades_sink *s, pades_source *source, pades_error **e)
{
    if (s->state != SINK_NEW) {
        return fail(e, PADES_INVALID_ARGUMENT, "the sink was used before");
    }
    TRY(s->ops->begin(s->self, ctx, source, e));
    s->state = SINK_BEGUN;
    s->ctx = ctx;
    return PADES_OK;
}

pades_status sink_check(pades_sink *s, pades_error **e)
{
    return s->ops->check ? s->ops->check(s->self, e) : PADES_OK;
}

bool sink_is_in_place(const pades_sink *s)
{
    return s->ops->in_place;
}

pades_status sink_write(pades_sink *s, span data, pades_error **e)
{
    s->written += data.n;
    return s->ops->write(s->self, data, e);
}

static pades_status write_piece(void *user, span piece, pades_error **e)
{
    return sink_write(user, piece, e);
}

pades_status sink_write_view(pades_sink *s, view data, pades_error **e)
{
    return data.home ? view_each(data, write_piece, s, e) : sink_write(s, data.s, e);
}

pades_status sink_commit(pades_sink *s, pades_error **e)
{
    pades_status status = s->ops->commit(s->self, e);
    if (status != PADES_OK) {
        sink_abort(s);
        return status;
    }
    s->state = SINK_DONE;
    if (s->ctx) {
        ctx_log(s->ctx, PADES_LOG_INFO, "the output is in place: %" PRIu64 " bytes %s", s->written,
                s->ops->in_place ? "more" : "in all");
    }
    return PADES_OK;
}

void sink_abort(pades_sink *s)
{
    if (s && s->state == SINK_BEGUN) {
        s->ops->abort(s->self);
        s->state = SINK_ABORTED;
    }
}

void pades_sink_free(pades_sink *sink)
{
    if (sink) {
        sink_abort(sink);
        sink->ops->destroy(sink->self);
        mem_free(sink);
    }
}

/* Memory. */

typedef struct memory_sink {
    buf bytes;
    bool done;
} memory_sink;

static pades_status memory_begin(void *self, pades_ctx *ctx, pades_source *source, pades_error **e)
{
    (void)self, (void)ctx, (void)source, (void)e;
    return PADES_OK;
}

static pades_status memory_write(void *self, span data, pades_error **e)
{
    memory_sink *m = self;
    buf_add_span(&m->bytes, data);
    return buf_check(&m->bytes, "output", e);
}

static pades_status memory_commit(void *self, pades_error **e)
{
    (void)e;
    ((memory_sink *)self)->done = true;
    return PADES_OK;
}

static void memory_abort(void *self)
{
    buf_free(&((memory_sink *)self)->bytes);
}

static void memory_destroy(void *self)
{
    buf_free(&((memory_sink *)self)->bytes);
    mem_free(self);
}

static const sink_ops memory_ops = {NULL,         memory_begin,   memory_write, memory_commit,
                                    memory_abort, memory_destroy, false};

pades_status pades_sink_new_memory(pades_sink **ret_sink, pades_error **ret_error)
{
    memory_sink *m = mem_alloc(sizeof *m);
    if (m) {
        m->bytes = BUF(SIZE_MAX / 4);
    }
    return sink_new(&memory_ops, m, ret_sink, ret_error);
}

const void *pades_sink_bytes(const pades_sink *sink, size_t *ret_n)
{
    const memory_sink *m = sink->ops == &memory_ops ? sink->self : NULL;
    if (!m || !m->done) {
        return NULL;
    }
    *ret_n = m->bytes.n;
    return m->bytes.p;
}

/* The caller's functions. */

typedef struct callback_sink {
    pades_sink_callbacks fns;
    void *user;
} callback_sink;

static pades_status callback_write(void *self, span data, pades_error **e)
{
    callback_sink *c = self;
    return c->fns.write(c->user, data.p, data.n) == 0
               ? PADES_OK
               : fail(e, PADES_OUTPUT_FAILED, "the sink did not take the output");
}

static pades_status callback_commit(void *self, pades_error **e)
{
    callback_sink *c = self;
    return c->fns.commit(c->user) == 0
               ? PADES_OK
               : fail(e, PADES_OUTPUT_FAILED, "the sink could not finish the output");
}

static void callback_abort(void *self)
{
    callback_sink *c = self;
    c->fns.abort(c->user);
}

static const sink_ops callback_ops = {NULL,           memory_begin, callback_write, callback_commit,
                                      callback_abort, mem_free,     false};

pades_status pades_sink_new_callbacks(const pades_sink_callbacks *callbacks, void *user,
                                      pades_sink **ret_sink, pades_error **ret_error)
{
    if (!callbacks || !callbacks->write || !callbacks->commit || !callbacks->abort) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a sink needs write, commit and abort");
    }
    callback_sink *c = mem_alloc(sizeof *c);
    if (c) {
        *c = (callback_sink){*callbacks, user};
    }
    return sink_new(&callback_ops, c, ret_sink, ret_error);
}
