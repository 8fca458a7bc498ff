/* A stream too large for memory: its data pass through compression and encryption in pieces, into
 * the spool that holds the revision up to here. Its length is known last and written over blanks
 * that were left for it; what does not become shorter is taken back and stored as it is.
 * clause: ISO32000-1#7.3.8.2 /Length */
#include "pdf/incr_impl.h"

#include "base/fail.h"
#include "pdf/crypt_impl.h"
#include "pdf/flate.h"

#include <inttypes.h>
#include <stdio.h>

enum { LENGTH_ROOM = 20 };

/* What was written in memory so far goes to the spool. */
static pades_status move_out(pdf_incr *w, pades_error **e)
{
    TRY(buf_check(&w->out, "revision", e));
    if (!w->front) {
        TRY(spool_new(pdf_file_ctx(w->file), &w->front, e));
    }
    TRY(spool_add(w->front, buf_span(&w->out), e));
    buf_clear(&w->out);
    return PADES_OK;
}

static pades_status put(void *user, span piece, pades_error **e)
{
    return spool_add(user, piece, e);
}

static pades_status encrypt(void *user, span piece, pades_error **e)
{
    return crypt_push_add(user, piece, e);
}

/* The dictionary and what stands before the data; *ret_slot: the place of the length. */
static pades_status write_head(pdf_incr *w, const char *filter, uint64_t *ret_slot, pades_error **e)
{
    buf_addf(&w->out, "<<%s/Length ", filter);
    *ret_slot = pdf_incr_tell(w);
    buf_add_fill(&w->out, ' ', LENGTH_ROOM);
    buf_add_str(&w->out, ">>\nstream\n");
    return move_out(w, e);
}

static pades_status write_data(pdf_incr *w, pdf_ref ref, view data, bool pack, pades_error **e)
{
    AUTO(crypt_push) *c = NULL;
    TRY(crypt_push_new(w->file, ref, put, w->front, &c, e));
    TRY(pack ? flate_pack_view(data, encrypt, c, e) : view_each(data, encrypt, c, e));
    return crypt_push_end(c, e);
}

static pades_status write_length(pdf_incr *w, uint64_t slot, uint64_t n, pades_error **e)
{
    char text[LENGTH_ROOM + 1];
    int digits = snprintf(text, sizeof text, "%" PRIu64, n);
    return spool_patch(w->front, slot, span_of(text, (size_t)digits), e);
}

/* *ret_n: how long the data are in the file. */
static pades_status write_stream(pdf_incr *w, view data, bool pack, uint64_t *ret_n,
                                 pades_error **e)
{
    uint64_t slot = 0;
    TRY(write_head(w, pack ? "/Filter/FlateDecode" : "", &slot, e));
    uint64_t start = spool_size(w->front);
    TRY(write_data(w, w->ref, data, pack, e));
    *ret_n = spool_size(w->front) - start;
    return write_length(w, slot, *ret_n, e);
}

pades_status pdf_incr_add_large(pdf_incr *w, pdf_ref ref, view data, pades_error **e)
{
    uint64_t n = 0;
    TRY(pdf_incr_begin_object(w, ref, e));
    TRY(move_out(w, e));
    uint64_t start = spool_size(w->front);
    TRY(write_stream(w, data, true, &n, e));
    if (n >= data.s.n) {
        TRY(spool_cut(w->front, start, e));
        TRY(write_stream(w, data, false, &n, e));
    }
    buf_add_str(&w->out, "\nendstream\nendobj\n");
    return PADES_OK;
}
