/* zlib behind flate.h; its memory comes through our allocator. */
#include "pdf/flate.h"

#include "base/fail.h"
#include "base/mem.h"

#define ZLIB_CONST
#include <zlib.h>

enum { INPUT_BYTES = 8192, LARGEST_STEP = 1 << 30 };

struct flate {
    z_stream z;
    pull_fn input;
    void *user;
    bool input_ended;
    bool done;
    uint8_t room[INPUT_BYTES];
};

static voidpf zlib_alloc(voidpf opaque, uInt count, uInt size)
{
    (void)opaque;
    return mem_array(count, size);
}

static void zlib_free(voidpf opaque, voidpf p)
{
    (void)opaque;
    mem_free(p);
}

pades_status flate_new(pull_fn input, void *user, flate **ret, pades_error **e)
{
    flate *f = mem_alloc(sizeof *f);
    if (!f) {
        return fail_memory(e);
    }
    f->z.zalloc = zlib_alloc;
    f->z.zfree = zlib_free;
    f->input = input;
    f->user = user;
    if (inflateInit(&f->z) != Z_OK) {
        mem_free(f);
        return fail_memory(e);
    }
    *ret = f;
    return PADES_OK;
}

void flate_free(flate *f)
{
    if (f) {
        (void)inflateEnd(&f->z);
        mem_free(f);
    }
}

static pades_status refill(flate *f, pades_error **e)
{
    size_t n = 0;
    TRY(f->input(f->user, f->room, sizeof f->room, &n, e));
    f->z.next_in = f->room;
    f->z.avail_in = (uInt)n;
    f->input_ended = n == 0;
    return PADES_OK;
}

static pades_status judge(flate *f, int result, pades_error **e)
{
    if (result == Z_STREAM_END) {
        f->done = true;
        return PADES_OK;
    }
    if (result == Z_MEM_ERROR) {
        return fail_memory(e);
    }
    if (result == Z_OK || (result == Z_BUF_ERROR && !f->input_ended)) {
        return PADES_OK;
    }
    if (result == Z_BUF_ERROR) {
        return fail(e, PADES_DOC_DAMAGED, "compressed data ends early");
    }
    return fail(e, PADES_DOC_DAMAGED, "compressed data is damaged");
}

pades_status flate_read(flate *f, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    size_t got = 0;
    while (got < n && !f->done) {
        if (f->z.avail_in == 0 && !f->input_ended) {
            TRY(refill(f, e));
        }
        uInt step = n - got < LARGEST_STEP ? (uInt)(n - got) : LARGEST_STEP;
        f->z.next_out = p + got;
        f->z.avail_out = step;
        TRY(judge(f, inflate(&f->z, Z_NO_FLUSH), e));
        got += step - f->z.avail_out;
    }
    *ret_n = got;
    return PADES_OK;
}

/* A step is bounded, so that what zlib counts in 32 bits is never too small. */
static pades_status deflate_all(z_stream *z, span data, buf *out, pades_error **e)
{
    int result = Z_OK;
    uint8_t room[INPUT_BYTES];
    for (size_t at = 0; result == Z_OK;) {
        if (z->avail_in == 0 && at < data.n) {
            span part = span_part(data, at, LARGEST_STEP);
            z->next_in = part.p;
            z->avail_in = (uInt)part.n;
            at += part.n;
        }
        z->next_out = room;
        z->avail_out = sizeof room;
        result = deflate(z, at == data.n ? Z_FINISH : Z_NO_FLUSH);
        buf_add(out, room, sizeof room - z->avail_out);
        if (!buf_ok(out)) {
            break;
        }
    }
    TRY(buf_check(out, "compressed data", e));
    return result == Z_STREAM_END ? PADES_OK : fail(e, PADES_INTERNAL, "data cannot be compressed");
}

pades_status flate_pack(span data, buf *out, pades_error **e)
{
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    if (deflateInit(&z, Z_BEST_COMPRESSION) != Z_OK) {
        return fail_memory(e);
    }
    pades_status status = deflate_all(&z, data, out, e);
    (void)deflateEnd(&z);
    return status;
}

typedef struct packing {
    z_stream z;
    view_fn fn;
    void *user;
} packing;

/* Until zlib wants more input, or is done. */
static pades_status squeeze(packing *p, int flush, pades_error **e)
{
    int result = Z_OK;
    uint8_t room[INPUT_BYTES];
    do {
        p->z.next_out = room;
        p->z.avail_out = sizeof room;
        result = deflate(&p->z, flush);
        TRY(p->fn(p->user, span_of(room, sizeof room - p->z.avail_out), e));
    } while (result == Z_OK && p->z.avail_out == 0);
    bool good =
        flush == Z_FINISH ? result == Z_STREAM_END : result == Z_OK || result == Z_BUF_ERROR;
    return good ? PADES_OK : fail(e, PADES_INTERNAL, "data cannot be compressed");
}

static pades_status pack_piece(void *user, span piece, pades_error **e)
{
    packing *p = user;
    p->z.next_in = piece.p;
    p->z.avail_in = (uInt)piece.n; /* at most VIEW_STEP */
    return squeeze(p, Z_NO_FLUSH, e);
}

pades_status flate_pack_view(view data, view_fn fn, void *user, pades_error **e)
{
    packing p = {.z = {.zalloc = zlib_alloc, .zfree = zlib_free}, .fn = fn, .user = user};
    if (deflateInit(&p.z, Z_DEFAULT_COMPRESSION) != Z_OK) {
        return fail_memory(e);
    }
    pades_status status = view_each(data, pack_piece, &p, e);
    if (status == PADES_OK) {
        status = squeeze(&p, Z_FINISH, e);
    }
    (void)deflateEnd(&p.z);
    return status;
}

const char *zlib_version_built(void)
{
    return ZLIB_VERSION;
}

const char *zlib_version_running(void)
{
    return zlibVersion();
}
