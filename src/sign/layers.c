/* The layers themselves: the bytes, the digest state, what the second reader has agreed with.
 * clause: ISO32000-1#7.5.6 each layer is an incremental update */
#include "sign/layers_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/second.h"
#include "sign/session.h"

enum { BYTES_MAX = 1 << 30, WARNINGS_MAX = 256 << 10 };

pades_status layers_new(pades_ctx *ctx, pades_source *source, const digest *at_end,
                        pades_digest alg, pades_control *control, layers **ret, pades_error **e)
{
    AUTO(layers) *l = mem_alloc(sizeof *l);
    if (!l) {
        return fail_memory(e);
    }
    *l = (layers){.ctx = ctx,
                  .source = source,
                  .alg = alg,
                  .control = control,
                  .warnings = BUF(WARNINGS_MAX)};
    if (at_end) {
        TRY(layers_hashed(l, at_end, e));
    }
    *ret = TAKE(l);
    return PADES_OK;
}

static void close_file(layers *l)
{
    pdf_file_free(TAKE(l->file));
    for (size_t i = l->pieces_n; i > 0; i--) { /* each reads the one before it */
        pades_source_free(TAKE(l->pieces[i - 1].joined));
    }
}

void layers_free(layers *l)
{
    if (!l) {
        return;
    }
    close_file(l);
    pdf_file_free(l->input);
    digest_free(l->at_end);
    for (size_t i = 0; i < l->pieces_n; i++) {
        buf_free(&l->pieces[i].bytes);
        spool_free(l->pieces[i].file);
    }
    mem_free(l->pieces);
    buf_free(&l->warnings);
    mem_free(l->agreed);
    mem_free(l);
}

pades_status layers_hashed(layers *l, const digest *at_end, pades_error **e)
{
    AUTO(digest) *copy = NULL;
    if (digest_alg(at_end) != l->alg || l->pieces_n > 0) {
        return fail(e, PADES_INTERNAL, "a digest state that does not belong to these layers");
    }
    TRY(digest_copy(at_end, &copy, e));
    digest_free(l->at_end);
    l->at_end = TAKE(copy);
    return PADES_OK;
}

void layers_allow(layers *l, bool gaps, bool drop_usage_rights)
{
    l->allow_gaps = gaps;
    l->drop_usage_rights = drop_usage_rights;
}

void layers_offline(layers *l, const char *folder)
{
    l->offline = folder;
}

static pades_status note_agreed(layers *l, pdf_ref ref, pades_error **e)
{
    if (!MEM_GROW(l->agreed, l->agreed_n, l->agreed_cap)) {
        return fail_memory(e);
    }
    l->agreed[l->agreed_n++] = ref;
    return PADES_OK;
}

pades_status layers_agreed(layers *l, const pdf_ref *refs, size_t n, pades_error **e)
{
    l->asked = true;
    for (size_t i = 0; i < n; i++) {
        TRY(note_agreed(l, refs[i], e));
    }
    return PADES_OK;
}

static view view_of_piece(const layer_piece *p)
{
    return p->file ? spool_view(p->file) : view_of(buf_span(&p->bytes));
}

/* The input with all pieces behind it, one joined to the other. */
static pades_status join(layers *l, pades_source **ret, pades_error **e)
{
    pades_source *last = l->source;
    for (size_t i = 0; i < l->pieces_n; i++) {
        layer_piece *p = &l->pieces[i];
        if (!p->joined) {
            TRY(source_new_joined(last, pades_source_size(last), view_of_piece(p), &p->joined, e));
        }
        last = p->joined;
    }
    *ret = last;
    return PADES_OK;
}

pades_status layers_open(layers *l, pdf_file **ret, pades_error **e)
{
    if (!l->file) {
        pades_source *from = NULL;
        TRY(join(l, &from, e));
        pades_status status = pdf_file_open(l->ctx, from, &l->file, e);
        TRY(l->pieces_n > 0 ? status : pdf_mending(l->source, status, e));
    }
    *ret = l->file;
    return PADES_OK;
}

uint64_t layers_size(const layers *l)
{
    uint64_t n = 0;
    for (size_t i = 0; i < l->pieces_n; i++) {
        n += view_of_piece(&l->pieces[i]).s.n;
    }
    return n;
}

pades_status layers_write(const layers *l, pades_sink *sink, pades_error **e)
{
    for (size_t i = 0; i < l->pieces_n; i++) {
        TRY(sink_write_view(sink, view_of_piece(&l->pieces[i]), e));
    }
    return PADES_OK;
}

static pades_status new_piece(layers *l, layer_piece **ret, pades_error **e)
{
    if (!MEM_GROW(l->pieces, l->pieces_n, l->pieces_cap)) {
        return fail_memory(e);
    }
    *ret = &l->pieces[l->pieces_n++];
    **ret = (layer_piece){.bytes = BUF(BYTES_MAX)};
    return PADES_OK;
}

/* Small ones share a piece. */
static pades_status add_bytes(layers *l, span bytes, pades_error **e)
{
    layer_piece *p = l->pieces_n > 0 ? &l->pieces[l->pieces_n - 1] : NULL;
    if (!p || p->file) {
        TRY(new_piece(l, &p, e));
    }
    buf_add_span(&p->bytes, bytes);
    return buf_check(&p->bytes, "new revisions", e);
}

static pades_status add_file(layers *l, spool *file, pades_error **e)
{
    layer_piece *p = NULL;
    TRY(new_piece(l, &p, e));
    p->file = spool_ref(file);
    return view_update(spool_view(file), l->at_end, e);
}

pades_status layers_add(layers *l, const pdf_seal *made, pades_error **e)
{
    if (!l->at_end) {
        return fail(e, PADES_INTERNAL, "a layer over an input that was not hashed");
    }
    close_file(l); /* it reads the pieces where they stand */
    TRY(made->front ? add_file(l, made->front, e) : PADES_OK);
    TRY(digest_update(l->at_end, buf_span(&made->revision), e));
    return add_bytes(l, buf_span(&made->revision), e);
}

static bool is_agreed(const layers *l, pdf_ref ref)
{
    for (size_t i = 0; i < l->agreed_n; i++) {
        if (l->agreed[i].id == ref.id && l->agreed[i].gen == ref.gen) {
            return true;
        }
    }
    return false;
}

/* An object that a layer wrote is ours: there is nothing to agree about. */
static pades_status is_of_input(layers *l, pdf_ref ref, bool *ret, pades_error **e)
{
    pdf_entry entry;
    TRY(pdf_file_entry(l->file, ref.id, &entry, e));
    *ret = entry.kind != PDF_ENTRY_OFFSET || entry.offset < pades_source_size(l->source);
    return PADES_OK;
}

static pades_status ask_second(layers *l, const pdf_ref *refs, size_t n, pades_error **e)
{
    pdf_second_result result = PDF_SECOND_AGREES;
    if (!l->input) {
        TRY(pdf_mending(l->source, pdf_file_open(l->ctx, l->source, &l->input, e), e));
        pdf_file_tell(l->input);
    }
    TRY(pdf_second_check(l->input, refs, n, &result, e));
    if (second_alone(result)) {
        layers_warn(l, second_alone(result));
    }
    l->asked = true;
    return PADES_OK;
}

pades_status layers_agree(layers *l, const pdf_seal *made, pades_error **e)
{
    const size_t before = l->agreed_n;
    for (size_t i = 0; i < made->touched_n; i++) {
        bool is_ours = is_agreed(l, made->touched[i]);
        bool of_input = false;
        if (!is_ours) {
            TRY(is_of_input(l, made->touched[i], &of_input, e));
        }
        if (of_input) {
            TRY(note_agreed(l, made->touched[i], e));
        }
    }
    const size_t fresh = l->agreed_n - before;
    return fresh == 0 && l->asked ? PADES_OK : ask_second(l, l->agreed + before, fresh, e);
}

void layers_warn(layers *l, const char *line)
{
    buf_add(&l->warnings, line, strlen(line) + 1);
}

const buf *layers_warnings(const layers *l)
{
    return &l->warnings;
}
