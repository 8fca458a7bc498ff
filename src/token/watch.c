/* Tokens and readers that come and go, seen by looking again and again: what is there now is held
 * against what was there before. Modules that tell of events are asked for them too, since some
 * look at their readers only then. An event points into one of the two pictures, which stay until
 * all events of a look have been handed out. */
#include "token/internal.h"

#include "base/control.h"
#include "base/fail.h"
#include "base/mem.h"

enum { LOOK_MS = 500, MOST_EVENTS_ASKED = 64 };

typedef struct picture {
    p11_slot *slots;
    size_t slots_n;
    p11_readers readers;
} picture;

struct pades_token_watch {
    p11_modules *modules;
    picture before, now;
    bool started;
    pades_token_event *events;
    size_t n, cap, next;
};
DEFINE_AUTO(pades_token_watch, pades_token_watch_free)

static void picture_free(picture *p)
{
    for (size_t i = 0; i < p->slots_n; i++) {
        p11_slot_free(&p->slots[i]);
    }
    mem_free(p->slots);
    p11_readers_free(&p->readers);
    memset(p, 0, sizeof *p);
}

void pades_token_watch_free(pades_token_watch *watch)
{
    if (!watch) {
        return;
    }
    picture_free(&watch->before);
    picture_free(&watch->now);
    mem_free(watch->events);
    p11_modules_close(watch->modules);
    mem_free(watch);
}

pades_status pades_token_watch_new(pades_ctx *ctx, const pades_token_opts *opts,
                                   pades_token_watch **ret_watch, pades_error **ret_error)
{
    if (!ctx || !ret_watch) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a watch needs a context and a place");
    }
    ctx_freeze(ctx);
    AUTO(pades_token_watch) *w = mem_alloc(sizeof *w);
    if (!w) {
        return fail_memory(ret_error);
    }
    TRY(p11_modules_open(ctx, opts, &w->modules, ret_error));
    *ret_watch = TAKE(w);
    return PADES_OK;
}

/* The slots that the modules hold become the picture's. */
static void take_slots(p11_modules *m, picture *p)
{
    p->slots = m->slots;
    p->slots_n = m->slots_n;
    m->slots = NULL;
    m->slots_n = m->slots_cap = 0;
}

/* False when the process of the module has ended, or was ended for its silence. */
static bool wake(p11_port *port)
{
    CK_RV rv = CKR_OK;
    CK_SLOT_ID slot = 0;
    for (int i = 0; i < MOST_EVENTS_ASKED && rv == CKR_OK; i++) {
        rv = p11_slot_event(port, &slot);
    }
    return rv != P11_RV_DIED && rv != P11_RV_SILENT && rv != P11_RV_FORKED;
}

static pades_status wake_all(const p11_modules *m, pades_error **e)
{
    size_t alive = 0;
    for (size_t i = 0; i < m->modules_n; i++) {
        alive += wake(m->modules[i].port) ? 1 : 0;
    }
    if (alive > 0 || m->modules_n == 0) {
        return PADES_OK;
    }
    return fail(e, PADES_MODULE_FAILED,
                "the PKCS#11 modules have ended or do not answer: nothing can be watched any more");
}

static pades_status look(pades_token_watch *w, picture *ret, pades_error **e)
{
    p11_modules *m = w->modules;
    if (w->started) {
        TRY(wake_all(m, e));
        TRY(p11_slots_list_again(m, e));
    }
    take_slots(m, ret);
    return p11_readers_list(m, &ret->readers, e);
}

static bool has_slot(const picture *p, const p11_slot *slot)
{
    for (size_t i = 0; i < p->slots_n; i++) {
        const p11_slot *other = &p->slots[i];
        if (other->module == slot->module && other->id == slot->id &&
            p11_same_token(&other->raw, &slot->raw)) {
            return true;
        }
    }
    return false;
}

static const p11_reader *reader_like(const picture *p, const p11_reader *r)
{
    for (size_t i = 0; i < p->readers.n; i++) {
        if (p->readers.items[i].module == r->module &&
            strcmp(p->readers.items[i].name, r->name) == 0) {
            return &p->readers.items[i];
        }
    }
    return NULL;
}

static pades_status add(pades_token_watch *w, pades_token_event event, pades_error **e)
{
    if (!MEM_GROW(w->events, w->n, w->cap)) {
        return fail_memory(e);
    }
    w->events[w->n++] = event;
    return PADES_OK;
}

/* Tokens of `some` that `others` does not have. */
static pades_status add_tokens(pades_token_watch *w, const picture *some, const picture *others,
                               pades_token_event_kind kind, pades_error **e)
{
    for (size_t i = 0; i < some->slots_n; i++) {
        const pades_token_info *t = &some->slots[i].info;
        if (!has_slot(others, &some->slots[i])) {
            TRY(add(w, (pades_token_event){kind, t->slot_description, t->module, t}, e));
        }
    }
    return PADES_OK;
}

static pades_status add_readers(pades_token_watch *w, const picture *some, const picture *others,
                                pades_token_event_kind kind, pades_error **e)
{
    for (size_t i = 0; i < some->readers.n; i++) {
        const p11_reader *r = &some->readers.items[i];
        if (!reader_like(others, r)) {
            TRY(add(w, (pades_token_event){kind, r->name, r->module_name, NULL}, e));
        }
    }
    return PADES_OK;
}

static bool holds_unknown(const p11_reader *r)
{
    return r && r->info.state == PADES_READER_UNRECOGNIZED;
}

/* Cards that are in `some` and not recognized, and were not so in `others`. */
static pades_status add_unknown(pades_token_watch *w, const picture *some, const picture *others,
                                pades_token_event_kind kind, pades_error **e)
{
    for (size_t i = 0; i < some->readers.n; i++) {
        const p11_reader *r = &some->readers.items[i];
        if (holds_unknown(r) && !holds_unknown(reader_like(others, r))) {
            TRY(add(w, (pades_token_event){kind, r->name, r->module_name, NULL}, e));
        }
    }
    return PADES_OK;
}

static pades_status compare(pades_token_watch *w, pades_error **e)
{
    const picture *before = &w->before;
    const picture *now = &w->now;
    if (!w->started) {
        TRY(add_tokens(w, now, before, PADES_EVENT_PRESENT, e));
        return add_unknown(w, now, before, PADES_EVENT_PRESENT, e);
    }
    TRY(add_tokens(w, before, now, PADES_EVENT_REMOVED, e));
    TRY(add_unknown(w, before, now, PADES_EVENT_REMOVED, e));
    TRY(add_readers(w, before, now, PADES_EVENT_READER_REMOVED, e));
    TRY(add_readers(w, now, before, PADES_EVENT_READER_ADDED, e));
    TRY(add_tokens(w, now, before, PADES_EVENT_INSERTED, e));
    return add_unknown(w, now, before, PADES_EVENT_INSERTED, e);
}

static pades_status look_again(pades_token_watch *w, pades_error **e)
{
    picture fresh;
    memset(&fresh, 0, sizeof fresh);
    pades_status status = look(w, &fresh, e);
    if (status != PADES_OK) {
        picture_free(&fresh);
        return status;
    }
    picture_free(&w->before);
    w->before = w->now;
    w->now = fresh;
    w->n = w->next = 0;
    status = compare(w, e);
    w->started = true;
    return status;
}

pades_status pades_token_watch_next(pades_token_watch *watch, pades_control *control,
                                    const pades_token_event **ret_event, pades_error **ret_error)
{
    if (!watch || !ret_event) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "an event needs a watch and a place");
    }
    while (watch->next == watch->n) {
        if (watch->started) {
            TRY(control_sleep(control, LOOK_MS, ret_error));
        }
        TRY(control_check(control, ret_error));
        TRY(look_again(watch, ret_error));
    }
    *ret_event = &watch->events[watch->next++];
    return PADES_OK;
}
