/* See worker.h. The main socket is the life of the process: it ends when that is closed, and new
 * channels are handed over there. Who finds that it died, or lets it die, writes down what became
 * of it once; every later call answers the same. That a socket is closed proves nothing (a module
 * may close what it did not open, and a child of its own may keep what it has not closed): whether
 * the process is over is asked of the kernel, through a descriptor of the process where there is
 * one, since its number may be somebody else's once the host has reaped it. */
#include "token/worker.h"

#include "base/fail.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    END_MS = 2000,
    LAST_MS = 1000, /* between the end of its sockets and that of the process, and after a kill */
    GRACE_MS = 3000,
    SLICE_MS = 100,
    MAX_CHANNELS = 256
};

typedef struct p11_channel {
    int fd;
    buf out;
    uint8_t *in;
    struct p11_channel *next; /* idle */
} p11_channel;

struct p11_worker {
    pid_t owner;          /* a child that is forked off leaves the process alone */
    pthread_mutex_t lock; /* of what follows, to `how` */
    pid_t child;          /* 0: nobody to wait for */
    int process;          /* its descriptor; -1: the kernel has none to give */
    int life;             /* the main socket */
    p11_channel *idle;
    pthread_cond_t given; /* one is idle again, or the process has met its fate */
    size_t channels;
    size_t last_module;
    CK_RV fate; /* CKR_OK while it lives */
    char how[160];
    pthread_mutex_t pin_lock;
    uint8_t *pins;
    uint32_t answer_ms;
    pades_control *control;
};

static void channel_free(p11_channel *c)
{
    if (c->fd >= 0) {
        close(c->fd);
    }
    buf_free(&c->out);
    mem_free(c->in);
    mem_free(c);
}

/* --- what became of it */

static void tell_status(p11_worker *w, int status)
{
    if (WIFSIGNALED(status)) {
        snprintf(w->how, sizeof w->how, "its process crashed (signal %d)", WTERMSIG(status));
    } else {
        snprintf(w->how, sizeof w->how, "it ended its process (status %d)", WEXITSTATUS(status));
    }
}

/* True when it has ended, reaped or not. */
static bool is_over(const p11_worker *w)
{
    siginfo_t info;
    if (w->process >= 0) {
        struct pollfd p = {w->process, POLLIN, 0};
        return poll(&p, 1, 0) > 0;
    }
    memset(&info, 0, sizeof info);
    return waitid(P_PID, (id_t)w->child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid == w->child;
}

static bool is_over_in(const p11_worker *w, uint32_t ms)
{
    const struct timespec moment = {0, 2 * 1000 * 1000};
    const uint64_t until = monotonic_ms() + ms;
    for (uint64_t now = monotonic_ms(); !is_over(w); now = monotonic_ms()) {
        struct pollfd p = {w->process, POLLIN, 0};
        if (now >= until) {
            return false;
        }
        if (w->process < 0) {
            nanosleep(&moment, NULL);
        } else {
            (void)poll(&p, 1, (int)(until - now));
        }
    }
    return true;
}

static void end_by_force(const p11_worker *w)
{
#ifdef SYS_pidfd_send_signal
    if (w->process >= 0) {
        (void)syscall(SYS_pidfd_send_signal, w->process, SIGKILL, NULL, 0);
        return;
    }
#endif
    if (!is_over(w)) {
        kill(w->child, SIGKILL);
    }
}

/* One that hangs in the kernel is left to it. False when somebody else has reaped it, or nobody. */
static bool reap(p11_worker *w, int *ret_status)
{
    pid_t got = 0;
    if (is_over_in(w, LAST_MS)) {
        do {
            got = waitpid(w->child, ret_status, WNOHANG);
        } while (got < 0 && errno == EINTR);
    }
    bool reaped = got == w->child;
    w->child = 0;
    return reaped;
}

/* Under the lock. Ends the process by force when it is not over. */
static void set_fate(p11_worker *w, CK_RV why, uint32_t ms)
{
    int status = 0;
    if (w->fate != CKR_OK) {
        return;
    }
    w->fate = why;
    bool died = why == P11_RV_DIED && is_over_in(w, LAST_MS);
    if (!died) {
        end_by_force(w);
    }
    bool reaped = reap(w, &status);
    if (why == P11_RV_SILENT) {
        snprintf(w->how, sizeof w->how, "it gave no answer in %u seconds", (unsigned)(ms / 1000));
    } else if (why == P11_RV_STOPPED) {
        snprintf(w->how, sizeof w->how, "it was stopped");
    } else if (!died) {
        snprintf(w->how, sizeof w->how, "its process does not listen any more");
    } else if (reaped) {
        tell_status(w, status);
    } else {
        snprintf(w->how, sizeof w->how, "its process is gone");
    }
}

static CK_RV meet_fate(p11_worker *w, CK_RV why, uint32_t ms)
{
    pthread_mutex_lock(&w->lock);
    set_fate(w, why, ms);
    CK_RV fate = w->fate;
    pthread_mutex_unlock(&w->lock);
    return fate;
}

const char *p11_worker_fate(p11_worker *w, size_t *module)
{
    pthread_mutex_lock(&w->lock);
    const char *how = w->fate == CKR_OK ? NULL : w->how;
    if (module) {
        *module = w->last_module;
    }
    pthread_mutex_unlock(&w->lock);
    return how;
}

bool p11_worker_was_stopped(p11_worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool stopped = w->fate == P11_RV_STOPPED;
    pthread_mutex_unlock(&w->lock);
    return stopped;
}

const char *p11_worker_current(const p11_worker *w)
{
    w->pins[WIRE_PAGES - 1] = 0; /* the other side may have been out of its mind */
    return (const char *)(w->pins + WIRE_PIN_PAGE);
}

uint32_t p11_worker_answer_ms(const p11_worker *w)
{
    return w->answer_ms;
}

/* --- starting and ending */

/* 0 or an errno. */
static int make_pins(p11_worker *w, int *ret_fd)
{
    *ret_fd = memfd_create("pades-pins", MFD_CLOEXEC);
    if (*ret_fd < 0 || ftruncate(*ret_fd, WIRE_PAGES) != 0) {
        return errno;
    }
    void *page = mmap(NULL, WIRE_PAGES, PROT_READ | PROT_WRITE, MAP_SHARED, *ret_fd, 0);
    if (page == MAP_FAILED) {
        return errno;
    }
    (void)mlock(page, WIRE_PAGES);
    (void)madvise(page, WIRE_PAGES, MADV_DONTDUMP);
    (void)madvise(page, WIRE_PAGES, MADV_DONTFORK);
    w->pins = page;
    return 0;
}

/* Descriptors 3 and 4 of the process are the socket and the page; both come from above those, lest
 * one be overwritten before it is copied. */
static int above(int fd)
{
    if (fd < 0 || fd > WIRE_PINS) {
        return fd;
    }
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, WIRE_PINS + 1);
    close(fd);
    return copy;
}

static int spawn_with(const char *program, int life, int pins, pid_t *ret)
{
    extern char **environ;
    char name[] = "pades-token-worker";
    char *const argv[] = {name, NULL};
    posix_spawn_file_actions_t actions;
    int err = posix_spawn_file_actions_init(&actions);
    if (err != 0) {
        return err;
    }
    err = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    err = err ? err
              : posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    err = err ? err : posix_spawn_file_actions_adddup2(&actions, life, WIRE_SOCKET);
    err = err ? err : posix_spawn_file_actions_adddup2(&actions, pins, WIRE_PINS);
    err = err ? err : posix_spawn(ret, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return err;
}

/* Nobody has reaped it yet, unless the host ignores its children: then there is none either. */
static int descriptor_of(pid_t child)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, child, 0U); /* close-on-exec */
#else
    (void)child;
    return -1;
#endif
}

static pades_status fail_start(int err, const char *program, pades_error **e)
{
    if (err == EFBIG) { /* of the page that is shared */
        (void)fail_errno(e, PADES_OUTPUT_FAILED, err, "no memory to share with a process of ours");
        (void)error_hint(e, "the limit on file sizes (ulimit -f) is below that of any document");
        return PADES_OUTPUT_FAILED;
    }
    (void)fail_errno(e, PADES_MODULE_FAILED, err, "cannot start the process for PKCS#11 modules");
    if (err == ENOENT || err == EACCES || err == ENOEXEC) {
        (void)error_hint(e, "is '%s' installed?", program);
    } else {
        (void)error_hint(e, "the limits on processes, memory or open files may be too low");
    }
    return PADES_MODULE_FAILED;
}

static pades_status start(p11_worker *w, const char *program, pades_error **e)
{
    int pair[2] = {-1, -1}, pins = -1;
    int err = make_pins(w, &pins);
    pins = above(pins);
    if (err == 0 &&
        (pins < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)) {
        err = errno;
    }
    int theirs = above(pair[1]);
    w->life = pair[0];
    err = err == 0 && theirs < 0 ? errno : err;
    if (err == 0) {
        err = spawn_with(program, theirs, pins, &w->child);
        w->child = err == 0 ? w->child : 0;
        w->process = err == 0 ? descriptor_of(w->child) : -1;
    }
    if (theirs >= 0) {
        close(theirs);
    }
    if (pins >= 0) {
        close(pins);
    }
    return err == 0 ? PADES_OK : fail_start(err, program, e);
}

pades_status p11_worker_new(const p11_worker_setup *setup, p11_worker **ret, pades_error **e)
{
    p11_worker *w = mem_alloc(sizeof *w);
    if (!w) {
        return fail_memory(e);
    }
    w->life = -1;
    w->process = -1;
    w->owner = getpid();
    w->answer_ms = setup->answer_ms ? setup->answer_ms : P11_ANSWER_MS;
    w->control = setup->control;
    pthread_mutex_init(&w->lock, NULL); /* none can fail: no attributes, no memory taken */
    pthread_cond_init(&w->given, NULL);
    pthread_mutex_init(&w->pin_lock, NULL);
    pades_status status = start(w, setup->program, e);
    if (status != PADES_OK) {
        p11_worker_free(w);
        return status;
    }
    *ret = w;
    return PADES_OK;
}

void p11_worker_abandon(p11_worker *w)
{
    if (w && w->child > 0 && p11_worker_is_ours(w)) {
        end_by_force(w);
    }
    p11_worker_free(w);
}

bool p11_worker_is_ours(const p11_worker *w)
{
    return w->owner == getpid();
}

void p11_worker_free(p11_worker *w)
{
    if (!w) {
        return;
    }
    for (p11_channel *c = w->idle; c;) {
        p11_channel *next = c->next;
        channel_free(c);
        c = next;
    }
    if (w->child > 0 && p11_worker_is_ours(w)) {
        int status;
        shutdown(w->life, SHUT_WR);
        if (!is_over_in(w, END_MS)) {
            end_by_force(w);
        }
        (void)reap(w, &status);
    }
    if (w->life >= 0) {
        close(w->life);
    }
    if (w->process >= 0) {
        close(w->process);
    }
    if (w->pins && p11_worker_is_ours(w)) { /* a child has no such page */
        mem_wipe(w->pins, WIRE_PIN_PAGE);
        munmap(w->pins, WIRE_PAGES);
    }
    pthread_cond_destroy(&w->given);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->pin_lock);
    mem_free(w);
}

/* --- channels */

static bool hand_over(int life, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    memset(&control, 0, sizeof control);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    ssize_t n;
    do {
        n = sendmsg(life, &m, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == 1;
}

static p11_channel *channel_new(p11_worker *w, CK_RV *ret_rv)
{
    int pair[2] = {-1, -1};
    p11_channel *c = mem_alloc(sizeof *c);
    *ret_rv = CKR_HOST_MEMORY;
    if (!c) {
        return NULL;
    }
    c->fd = -1;
    c->out = BUF(WIRE_MAX);
    c->in = mem_alloc(WIRE_MAX);
    if (!c->in || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        channel_free(c);
        return NULL;
    }
    c->fd = pair[0];
    bool ok = hand_over(w->life, pair[1]);
    close(pair[1]);
    if (!ok) {
        channel_free(c);
        *ret_rv = P11_RV_DIED;
        return NULL;
    }
    return c;
}

/* Under the lock. Where no more can be made (few files may be open), one that is in use is waited
 * for: each call ends in its time. */
static p11_channel *idle_or_new(p11_worker *w, CK_RV *ret_rv)
{
    while (*ret_rv == CKR_OK) {
        p11_channel *c = w->idle;
        *ret_rv = CKR_HOST_MEMORY;
        if (c) {
            w->idle = c->next;
        } else if (w->channels < MAX_CHANNELS && (c = channel_new(w, ret_rv)) != NULL) {
            w->channels++;
        }
        if (c || *ret_rv != CKR_HOST_MEMORY || w->channels == 0) {
            *ret_rv = c ? CKR_OK : *ret_rv;
            return c;
        }
        pthread_cond_wait(&w->given, &w->lock);
        *ret_rv = w->fate;
    }
    return NULL;
}

static p11_channel *take_channel(p11_worker *w, size_t module, CK_RV *ret_rv)
{
    pthread_mutex_lock(&w->lock);
    *ret_rv = w->fate;
    p11_channel *c = idle_or_new(w, ret_rv);
    if (w->fate == CKR_OK) {
        w->last_module = module;
    }
    if (!c && *ret_rv == P11_RV_DIED) {
        set_fate(w, P11_RV_DIED, 0);
    }
    pthread_mutex_unlock(&w->lock);
    return c;
}

/* --- calls */

bool p11_call_begin(p11_call *call, p11_worker *w, wire_op op, size_t module, CK_RV *ret_rv)
{
    p11_channel *c = take_channel(w, module, ret_rv);
    if (!c) {
        return false;
    }
    buf_clear(&c->out);
    wire_add(&c->out, op);
    wire_add(&c->out, module);
    *call = (p11_call){.worker = w, .channel = c, .out = &c->out};
    return true;
}

static bool send_all(int fd, span s)
{
    ssize_t n;
    do {
        n = send(fd, s.p, s.n, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)s.n;
}

/* Where nothing but its number tells: that is nobody's once it was reaped. */
static bool seems_over(p11_worker *w)
{
    pthread_mutex_lock(&w->lock);
    bool over = w->fate != CKR_OK || is_over(w);
    pthread_mutex_unlock(&w->lock);
    return over;
}

/* CKR_OK when something is there to be read. */
static CK_RV await_slice(p11_worker *w, int fd, uint64_t ms)
{
    bool watched = w->process >= 0;
    int slice = (int)((w->control || !watched) && ms > SLICE_MS ? SLICE_MS : ms);
    struct pollfd p[2] = {{fd, POLLIN, 0}, {w->process, POLLIN, 0}};
    int n = poll(p, watched ? 2 : 1, slice);
    if (n < 0) {
        return errno == EINTR ? CKR_NO_EVENT : P11_RV_DIED;
    }
    if (n == 0) {
        return watched || !seems_over(w) ? CKR_NO_EVENT : P11_RV_DIED;
    }
    return p[0].revents ? CKR_OK : P11_RV_DIED;
}

static CK_RV await(p11_worker *w, int fd, uint32_t ms)
{
    uint64_t until = monotonic_ms() + ms;
    bool stopping = false;
    for (;;) {
        uint64_t now = monotonic_ms();
        if (now >= until) {
            return stopping ? P11_RV_STOPPED : P11_RV_SILENT;
        }
        if (!stopping && control_check(w->control, NULL) != PADES_OK) {
            stopping = true; /* what is under way may end well, but not for ever */
            until = until < now + GRACE_MS ? until : now + GRACE_MS;
        }
        CK_RV rv = await_slice(w, fd, until - now);
        if (rv != CKR_NO_EVENT) {
            return rv;
        }
    }
}

CK_RV p11_call_send(p11_call *call)
{
    p11_channel *c = call->channel;
    if (!buf_ok(&c->out)) {
        return CKR_HOST_MEMORY;
    }
    return send_all(c->fd, buf_span(&c->out)) ? CKR_OK : meet_fate(call->worker, P11_RV_DIED, 0);
}

static CK_RV receive_one(p11_call *call, uint32_t ms)
{
    p11_worker *w = call->worker;
    p11_channel *c = call->channel;
    CK_RV rv = await(w, c->fd, ms);
    if (rv != CKR_OK) {
        return meet_fate(w, rv, ms);
    }
    ssize_t n;
    do {
        n = recv(c->fd, c->in, WIRE_MAX, 0);
    } while (n < 0 && errno == EINTR);
    if (n < (ssize_t)sizeof(uint64_t)) {
        return meet_fate(w, P11_RV_DIED, ms);
    }
    call->in = reader_of(span_of(c->in, (size_t)n));
    return wire_take(&call->in);
}

CK_RV p11_call_receive(p11_call *call, uint32_t ms)
{
    CK_RV rv;
    do {
        rv = receive_one(call, ms);
    } while (rv == WIRE_YET);
    return rv;
}

CK_RV p11_call_run(p11_call *call, uint32_t ms)
{
    CK_RV rv = p11_call_send(call);
    return rv == CKR_OK ? p11_call_receive(call, ms) : rv;
}

void p11_call_end(p11_call *call)
{
    p11_worker *w = call->worker;
    pthread_mutex_lock(&w->lock);
    call->channel->next = w->idle;
    w->idle = call->channel;
    pthread_cond_broadcast(&w->given);
    pthread_mutex_unlock(&w->lock);
}

static void put_pin(uint8_t *room, const p11_pin *pin)
{
    if (pin && pin->p && pin->n <= WIRE_PIN_ROOM) {
        memcpy(room, pin->p, pin->n);
    }
}

void p11_pins_hold(p11_worker *w, const p11_pin *pin, const p11_pin *fresh)
{
    pthread_mutex_lock(&w->pin_lock);
    put_pin(w->pins, pin);
    put_pin(w->pins + WIRE_PIN_ROOM, fresh);
}

void p11_pins_release(p11_worker *w)
{
    mem_wipe(w->pins, WIRE_PIN_PAGE);
    pthread_mutex_unlock(&w->pin_lock);
}
