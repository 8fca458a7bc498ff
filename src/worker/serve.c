/* See serve.h. Each channel has a thread of its own, the first channel the first thread, which need
 * not be waited for at the start; one more waits for new channels and for the end. What comes over
 * the sockets is the library's, which is believed, but every length is checked: a mistake there
 * must not be one here. */
#include "worker/serve.h"

#include "token/internal.h"
#include "token/wire.h"

#include "base/control.h"
#include "base/fail.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    END_SECONDS = 3,
    MAX_ATTRIBUTES = 16,
    MAX_LISTED = 4096,
    YET_MS = 20,        /* after which the other side is told that calls come back */
    OBJECT_NUMBERS = 4, /* key type and three lengths */
    OBJECT_ROOM = P11_MAX_VALUE + 2 * P11_MAX_TEXT + OBJECT_NUMBERS * sizeof(uint64_t),
    FIND_NUMBERS = 3 /* answer, length of the handles, objects */
};

typedef struct serving {
    p11_modules modules;
    int life; /* socket */
    uint8_t *pins;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t idle;
    size_t active; /* calls under way */
    bool over;     /* modules are unloaded: nobody calls them any more */
} serving;

typedef struct request {
    serving *s;
    int fd; /* the reply goes there */
    reader in;
    p11_port *port;
    buf *out; /* the fields of the reply */
} request;

/* --- one function an op */

static CK_RV add_if(request *r, CK_RV rv, const void *p, size_t n)
{
    if (rv == CKR_OK) {
        wire_add_bytes(r->out, p, n);
    }
    return rv;
}

static CK_RV do_info(request *r)
{
    CK_INFO info;
    memset(&info, 0, sizeof info);
    return add_if(r, p11_info(r->port, &info), &info, sizeof info);
}

static CK_RV do_slot_list(request *r)
{
    CK_SLOT_ID ids[MAX_LISTED];
    bool present = wire_take(&r->in) != 0;
    CK_ULONG n = wire_take(&r->in);
    n = n < MAX_LISTED ? n : MAX_LISTED;
    CK_RV rv = p11_slot_list(r->port, present, ids, &n);
    return add_if(r, rv, ids, n * sizeof *ids);
}

/* Asks another port; the deadline of the other side begins anew with each call, as if it asked
 * itself. */
typedef struct telling_port {
    p11_port base;
    p11_port *asked;
    int fd;
    uint64_t told_ms;
} telling_port;

static p11_port *tell(p11_port *port)
{
    telling_port *t = (telling_port *)port;
    const uint64_t yet = WIRE_YET, now = monotonic_ms();
    if (now - t->told_ms >= YET_MS) {
        (void)send(t->fd, &yet, sizeof yet, MSG_NOSIGNAL);
        t->told_ms = now;
    }
    return t->asked;
}

static CK_RV telling_get_attributes(p11_port *port, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
                                    CK_ATTRIBUTE *a, CK_ULONG n)
{
    return p11_get_attributes(tell(port), s, o, a, n);
}

static CK_RV telling_slot_info(p11_port *port, CK_SLOT_ID slot, CK_SLOT_INFO *ret)
{
    return p11_slot_info(tell(port), slot, ret);
}

static CK_RV telling_token_info(p11_port *port, CK_SLOT_ID slot, CK_TOKEN_INFO *ret)
{
    return p11_token_info(tell(port), slot, ret);
}

static telling_port telling(const request *r)
{
    static const p11_port_ops ops = {.get_attributes = telling_get_attributes,
                                     .slot_info = telling_slot_info,
                                     .token_info = telling_token_info};
    return (telling_port){{&ops, getpid(), NULL}, r->port, r->fd, monotonic_ms()};
}

static CK_RV do_slot_looks(request *r)
{
    CK_SLOT_ID ids[MAX_LISTED];
    CK_ULONG n = wire_take(&r->in);
    CK_ULONG looks = wire_take(&r->in);
    n = n < MAX_LISTED ? n : MAX_LISTED;
    telling_port t = telling(r);
    CK_RV rv = p11_slot_list(r->port, true, ids, &n);
    if (add_if(r, rv, ids, n * sizeof *ids) != CKR_OK) {
        return rv;
    }
    looks = looks < n ? looks : n;
    looks = looks < P11_LOOKS ? looks : P11_LOOKS;
    wire_add(r->out, looks);
    for (CK_ULONG i = 0; i < looks; i++) {
        p11_slot_look look;
        p11_look_at_slot(&t.base, ids[i], &look);
        wire_add_bytes(r->out, &look, sizeof look);
    }
    return CKR_OK;
}

static CK_RV do_slot_info(request *r)
{
    CK_SLOT_INFO info;
    memset(&info, 0, sizeof info);
    return add_if(r, p11_slot_info(r->port, wire_take(&r->in), &info), &info, sizeof info);
}

static CK_RV do_token_info(request *r)
{
    CK_TOKEN_INFO info;
    memset(&info, 0, sizeof info);
    return add_if(r, p11_token_info(r->port, wire_take(&r->in), &info), &info, sizeof info);
}

static CK_RV do_mechanisms(request *r)
{
    CK_MECHANISM_TYPE list[MAX_LISTED];
    CK_SLOT_ID slot = wire_take(&r->in);
    CK_ULONG n = wire_take(&r->in);
    n = n < MAX_LISTED ? n : MAX_LISTED;
    CK_RV rv = p11_mechanisms(r->port, slot, list, &n);
    return add_if(r, rv, list, n * sizeof *list);
}

static CK_RV do_open_session(request *r)
{
    CK_SESSION_HANDLE s = CK_INVALID_HANDLE;
    CK_SLOT_ID slot = wire_take(&r->in);
    CK_RV rv = p11_open_session(r->port, slot, wire_take(&r->in), &s);
    wire_add(r->out, s);
    return rv;
}

static CK_RV do_close_session(request *r)
{
    return p11_close_session(r->port, wire_take(&r->in));
}

static CK_RV do_session_info(request *r)
{
    CK_SESSION_INFO info;
    memset(&info, 0, sizeof info);
    return add_if(r, p11_session_info(r->port, wire_take(&r->in), &info), &info, sizeof info);
}

static void add_object(buf *out, const p11_object *o)
{
    wire_add(out, o->key_type);
    wire_add_bytes(out, o->id.p, o->id.n);
    wire_add_bytes(out, o->value.p, o->value.n);
    wire_add_bytes(out, o->label, strlen(o->label));
}

static size_t room_of(const p11_object *o)
{
    return OBJECT_NUMBERS * sizeof(uint64_t) + o->id.n + o->value.n + strlen(o->label);
}

/* As many objects as are sure to find room; the other side asks for the rest one by one. */
static CK_RV read_first(p11_port *port, CK_SESSION_HANDLE s, p11_kind kind, const buf *handles,
                        p11_inventory *inv)
{
    size_t octets = FIND_NUMBERS * sizeof(uint64_t) + handles->n;
    CK_RV rv = CKR_OK;
    for (size_t i = 0; i < p11_handles_n(handles) && rv == CKR_OK; i++) {
        if (octets > WIRE_MAX - OBJECT_ROOM) {
            return CKR_OK;
        }
        rv = p11_object_read(port, s, kind, p11_handle_at(handles, i), inv);
        octets += rv == CKR_OK ? room_of(&inv->items[i]) : 0;
    }
    return rv;
}

static CK_RV do_find(request *r)
{
    CK_SESSION_HANDLE s = wire_take(&r->in);
    p11_kind kind = (p11_kind)wire_take(&r->in);
    size_t room = (size_t)wire_take(&r->in);
    AUTO_VAL(buf) handles = BUF(room < WIRE_MAX / 2 ? room : WIRE_MAX / 2);
    p11_inventory inv;
    memset(&inv, 0, sizeof inv);
    telling_port t = telling(r);
    CK_RV rv = p11_find_handles(r->port, s, kind, &handles, &inv);
    if (rv == CKR_OK) {
        rv = read_first(&t.base, s, kind, &handles, &inv);
    }
    if (add_if(r, rv, handles.p, handles.n) == CKR_OK) {
        wire_add(r->out, inv.n);
        for (size_t i = 0; i < inv.n; i++) {
            add_object(r->out, &inv.items[i]);
        }
    }
    p11_inventory_free(&inv);
    return rv;
}

/* Rooms for the values, all in one block; false when they are too large. */
static bool make_rooms(request *r, CK_ATTRIBUTE *a, CK_ULONG n, buf *block)
{
    size_t offsets[MAX_ATTRIBUTES];
    for (CK_ULONG i = 0; i < n; i++) {
        a[i].type = wire_take(&r->in);
        bool wants = wire_take(&r->in) != 0;
        a[i].ulValueLen = wire_take(&r->in);
        offsets[i] = wants ? block->n : SIZE_MAX;
        if (wants && !buf_extend(block, a[i].ulValueLen)) {
            return false;
        }
    }
    for (CK_ULONG i = 0; i < n; i++) {
        a[i].pValue = offsets[i] == SIZE_MAX ? NULL : block->p + offsets[i];
    }
    return !r->in.failed;
}

static CK_RV do_get_attributes(request *r)
{
    CK_ATTRIBUTE a[MAX_ATTRIBUTES];
    CK_ULONG rooms[MAX_ATTRIBUTES];
    CK_SESSION_HANDLE s = wire_take(&r->in);
    CK_OBJECT_HANDLE o = wire_take(&r->in);
    CK_ULONG n = wire_take(&r->in);
    AUTO_VAL(buf) block = BUF(WIRE_MAX / 2);
    if (n > MAX_ATTRIBUTES || !make_rooms(r, a, n, &block)) {
        return CKR_ARGUMENTS_BAD;
    }
    for (CK_ULONG i = 0; i < n; i++) {
        rooms[i] = a[i].ulValueLen;
    }
    CK_RV rv = p11_get_attributes(r->port, s, o, a, n);
    for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++) {
        wire_add(r->out, a[i].ulValueLen);
        wire_add_bytes(r->out, a[i].pValue,
                       a[i].pValue && a[i].ulValueLen <= rooms[i] ? a[i].ulValueLen : 0);
    }
    return rv;
}

static p11_pin take_pin(request *r, size_t which)
{
    uint64_t n = wire_take(&r->in);
    if (n > WIRE_PIN_ROOM) {
        return (p11_pin){NULL, 0};
    }
    return (p11_pin){r->s->pins + which * WIRE_PIN_ROOM, n};
}

static CK_RV do_login(request *r)
{
    CK_SESSION_HANDLE s = wire_take(&r->in);
    CK_USER_TYPE user = wire_take(&r->in);
    p11_pin pin = take_pin(r, 0);
    return r->in.failed ? CKR_ARGUMENTS_BAD : p11_login(r->port, s, user, pin);
}

static CK_RV do_logout(request *r)
{
    return p11_logout(r->port, wire_take(&r->in));
}

static CK_RV do_set_pin(request *r)
{
    CK_SESSION_HANDLE s = wire_take(&r->in);
    p11_pin old = take_pin(r, 0);
    p11_pin fresh = take_pin(r, 1);
    return r->in.failed ? CKR_ARGUMENTS_BAD : p11_set_pin(r->port, s, old, fresh);
}

static CK_RV do_init_pin(request *r)
{
    CK_SESSION_HANDLE s = wire_take(&r->in);
    p11_pin pin = take_pin(r, 0);
    return r->in.failed ? CKR_ARGUMENTS_BAD : p11_init_pin(r->port, s, pin);
}

static CK_RV do_sign(request *r)
{
    CK_BYTE room[P11_MAX_SIGNATURE];
    p11_sign_call call = {.session = wire_take(&r->in)};
    call.key = wire_take(&r->in);
    CK_MECHANISM mech = {wire_take(&r->in), NULL, 0};
    AUTO_VAL(buf) parameter = BUF(WIRE_MAX), data = BUF(WIRE_MAX);
    buf_add_span(&parameter, wire_take_bytes(&r->in));
    buf_add_span(&data, wire_take_bytes(&r->in));
    CK_ULONG n = wire_take(&r->in);
    call.context = wire_take(&r->in) != 0;
    call.pin = call.context ? take_pin(r, 0) : (p11_pin){NULL, 0};
    if (r->in.failed || !buf_ok(&parameter) || !buf_ok(&data)) {
        return CKR_ARGUMENTS_BAD;
    }
    mech.pParameter = parameter.n ? parameter.p : NULL;
    mech.ulParameterLen = parameter.n;
    call.mech = &mech;
    call.data = data.p;
    call.data_n = data.n;
    call.room = room;
    call.n = n < sizeof room ? n : sizeof room;
    CK_RV rv = p11_sign(r->port, &call);
    wire_add(r->out, call.stage);
    return add_if(r, rv, room, call.n);
}

static CK_RV do_slot_event(request *r)
{
    CK_SLOT_ID slot = 0;
    return add_if(r, p11_slot_event(r->port, &slot), &slot, sizeof slot);
}

static void add_text(buf *out, const char *text)
{
    wire_add_bytes(out, text ? text : "", text ? strlen(text) : 0);
}

static CK_RV tell_modules(request *r)
{
    const p11_modules *m = &r->s->modules;
    wire_add(r->out, m->named ? 1 : 0);
    wire_add(r->out, m->told_n);
    for (size_t i = 0; i < m->told_n; i++) {
        for (size_t j = 0; j < P11_TOLD_TEXTS; j++) {
            add_text(r->out, m->told[i].text[j]);
        }
        add_text(r->out, m->told[i].line);
    }
    wire_add(r->out, m->modules_n);
    for (size_t i = 0; i < m->modules_n; i++) {
        add_text(r->out, m->modules[i].name);
        add_text(r->out, m->modules[i].path);
        add_text(r->out, m->modules[i].file);
        add_text(r->out, m->modules[i].product);
    }
    return CKR_OK;
}

static char *take_text(reader *in)
{
    span s = wire_take_bytes(in);
    return mem_strndup((const char *)s.p, s.n);
}

static pades_status take_asides(request *r, pades_error **e)
{
    p11_modules *m = &r->s->modules;
    uint64_t n = wire_take(&r->in);
    for (uint64_t i = 0; i < n && !r->in.failed; i++) {
        p11_aside one = {take_text(&r->in), NULL};
        if (!one.name || !MEM_GROW(m->aside, m->aside_n, m->aside_cap)) {
            mem_free(one.name);
            return fail_memory(e);
        }
        m->aside[m->aside_n++] = one;
    }
    return PADES_OK;
}

static pades_status load(request *r, pades_error **e)
{
    AUTO(pades_token_opts) *opts = NULL;
    p11_modules *m = &r->s->modules;
    if (wire_take(&r->in) != WIRE_GREETING || m->modules) {
        return fail(e, PADES_MODULE_FAILED,
                    "the program for PKCS#11 modules is of another version");
    }
    AUTO(mem_text) *module = take_text(&r->in);
    AUTO(mem_text) *uri = take_text(&r->in);
    TRY(pades_token_opts_new(&opts, e));
    pades_token_opts_set_module(opts, module);
    pades_token_opts_set_known_modules(opts, (int)wire_take(&r->in));
    TRY(take_asides(r, e));
    TRY(p11_uri_parse(uri, &m->uri, e));
    m->current = (char *)r->s->pins + WIRE_PIN_PAGE;
    pades_status status = p11_modules_load(m, opts, e);
    m->current[0] = '\0';
    return status;
}

static CK_RV do_open(request *r)
{
    AUTO(pades_error) *e = NULL;
    pades_status status = load(r, &e);
    if (status == PADES_OK) {
        return tell_modules(r);
    }
    wire_add(r->out, status);
    add_text(r->out, pades_error_message(e));
    add_text(r->out, pades_error_hint(e));
    add_text(r->out, pades_error_native(e));
    return CKR_GENERAL_ERROR;
}

/* --- channels */

static CK_RV serve_one(request *r)
{
    static CK_RV (*const table[WIRE_OPS])(request *) = {
        [WIRE_INFO] = do_info,
        [WIRE_SLOT_LIST] = do_slot_list,
        [WIRE_SLOT_LOOKS] = do_slot_looks,
        [WIRE_SLOT_INFO] = do_slot_info,
        [WIRE_TOKEN_INFO] = do_token_info,
        [WIRE_MECHANISMS] = do_mechanisms,
        [WIRE_OPEN_SESSION] = do_open_session,
        [WIRE_CLOSE_SESSION] = do_close_session,
        [WIRE_SESSION_INFO] = do_session_info,
        [WIRE_FIND] = do_find,
        [WIRE_GET_ATTRIBUTES] = do_get_attributes,
        [WIRE_LOGIN] = do_login,
        [WIRE_LOGOUT] = do_logout,
        [WIRE_SET_PIN] = do_set_pin,
        [WIRE_INIT_PIN] = do_init_pin,
        [WIRE_SIGN] = do_sign,
        [WIRE_SLOT_EVENT] = do_slot_event,
    };
    uint64_t op = wire_take(&r->in);
    uint64_t module = wire_take(&r->in);
    if (op == WIRE_OPEN) {
        return do_open(r);
    }
    if (module >= r->s->modules.modules_n) {
        return CKR_ARGUMENTS_BAD;
    }
    r->port = r->s->modules.modules[module].port;
    return r->port && op < WIRE_OPS && table[op] ? table[op](r) : CKR_ARGUMENTS_BAD;
}

/* False at the end. */
static bool begin_call(serving *s)
{
    pthread_mutex_lock(&s->lock);
    bool open = !s->over;
    s->active += open ? 1 : 0;
    pthread_mutex_unlock(&s->lock);
    return open;
}

static void end_call(serving *s)
{
    pthread_mutex_lock(&s->lock);
    if (--s->active == 0) {
        pthread_cond_signal(&s->idle);
    }
    pthread_mutex_unlock(&s->lock);
}

static bool reply(serving *s, int fd, span asked, buf *out)
{
    request r = {s, fd, reader_of(asked), NULL, out};
    CK_RV rv = CKR_OK;
    buf_clear(out);
    wire_add(out, rv);
    if (!begin_call(s)) {
        return false;
    }
    rv = serve_one(&r);
    end_call(s);
    if (!buf_ok(out)) {
        buf_clear(out);
        out->failed = false;
        wire_add(out, rv);
        rv = CKR_HOST_MEMORY;
    }
    memcpy(out->p, &(uint64_t){rv}, sizeof(uint64_t));
    ssize_t n;
    do {
        n = send(fd, out->p, out->n, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)out->n;
}

typedef struct channel {
    serving *s;
    int fd;
} channel;

static void *serve_channel(void *p)
{
    channel c = *(channel *)p;
    uint8_t *in = mem_alloc(WIRE_MAX);
    AUTO_VAL(buf) out = BUF(WIRE_MAX);
    mem_free(p);
    for (ssize_t n = in ? 1 : 0; n > 0;) {
        n = recv(c.fd, in, WIRE_MAX, 0);
        if (n < 0 && errno == EINTR) {
            n = 1;
        } else if (n > 0 && !reply(c.s, c.fd, span_of(in, (size_t)n), &out)) {
            n = 0;
        }
    }
    mem_free(in);
    close(c.fd);
    return NULL;
}

static channel *channel_new(serving *s, int fd)
{
    channel *c = mem_alloc(sizeof *c);
    if (c) {
        *c = (channel){s, fd};
    } else {
        close(fd);
    }
    return c;
}

static void open_channel(serving *s, int fd)
{
    pthread_t thread;
    channel *c = channel_new(s, fd);
    if (c && pthread_create(&thread, NULL, serve_channel, c) != 0) {
        mem_free(c);
        close(fd);
    } else if (c) {
        pthread_detach(thread);
    }
}

/* False at the end. `*ret` is -1 when there was no room for the descriptor that came. */
static bool next_channel(int life, int *ret)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n;
    *ret = -1;
    do {
        n = recvmsg(life, &m, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        memcpy(ret, CMSG_DATA(c), sizeof *ret);
    }
    return n > 0;
}

/* What is under way ends first, as a rule; the alarm ends what does not. */
static void end(serving *s)
{
    alarm(END_SECONDS);
    pthread_mutex_lock(&s->lock);
    while (s->active > 0) {
        pthread_cond_wait(&s->idle, &s->lock);
    }
    s->over = true;
    pthread_mutex_unlock(&s->lock);
    p11_modules_unload(&s->modules);
}

static void *serve_life(void *p)
{
    serving *s = p;
    for (int fd; next_channel(s->life, &fd);) {
        if (fd >= 0) {
            open_channel(s, fd);
        }
    }
    end(s);
    fflush(NULL);
    _exit(0); /* modules that fall over their own destructors are finalized already */
}

static int serve(serving *s)
{
    pthread_t thread;
    int fd = -1;
    bool begun = true;
    while (begun && fd < 0) {
        begun = next_channel(s->life, &fd);
    }
    channel *first = begun ? channel_new(s, fd) : NULL;
    if (!first || pthread_create(&thread, NULL, serve_life, s) != 0) {
        return begun ? 1 : 0;
    }
    (void)serve_channel(first);
    pthread_join(thread, NULL);
    return 0;
}

int p11_serve(int life, int pins)
{
    static serving s = {.lock = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER};
    AUTO(pades_error) *e = NULL;
    void *page = mmap(NULL, WIRE_PAGES, PROT_READ | PROT_WRITE, MAP_SHARED, pins, 0);
    if (page == MAP_FAILED || pades_ctx_new(&s.modules.ctx, &e) != PADES_OK) {
        return 1;
    }
    (void)mlock(page, WIRE_PAGES);
    (void)madvise(page, WIRE_PAGES, MADV_DONTDUMP);
    (void)madvise(page, WIRE_PAGES, MADV_DONTFORK); /* not for children of modules */
    close(pins);
    s.pins = page;
    s.life = life;
    return serve(&s);
}
