/* A document timestamp as a layer: laid out with a hole, its imprint taken from the state at the
 * end of what is below, the token checked and filled in. clause: EN319142-1#5.4.3 document
 * time-stamps, RFC3161#2.4.1 the imprint */
#include "sign/layers_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"

enum { TOKEN_MAX = 16 << 20 };

void layers_stamped_free(layers_stamped *s)
{
    tsp_verified_free(&s->verified);
    buf_free(&s->token);
    mem_free(s->field);
    s->field = NULL;
}

static pades_status lay_out(layers *l, size_t room, pdf_seal *ret, pades_error **e)
{
    pdf_file *f = NULL;
    const pdf_seal_plan plan = {.doc_timestamp = true,
                                .allow_gaps = l->allow_gaps,
                                .drop_usage_rights = l->drop_usage_rights,
                                .contents_bytes = room};
    TRY(layers_open(l, &f, e));
    pades_status status = pdf_locate(f, pdf_seal_build(f, &plan, ret, e), e);
    TRY(l->pieces_n > 0 ? status : pdf_mending(l->source, status, e));
    return layers_agree(l, ret, e);
}

/* Room for the token of whichever of them answers. */
static size_t room_for(const layers *l, const pades_tsa *const *tsas, size_t n)
{
    size_t room = 0;
    for (size_t i = 0; i < n; i++) {
        size_t one = tsa_expected_size(l->ctx, tsas[i]);
        room = one > room ? one : room;
    }
    return room;
}

/* Everything but the hole. */
static pades_status imprint_of(const layers *l, const pdf_seal *made, uint8_t out[DIGEST_MAX],
                               pades_error **e)
{
    AUTO(digest) *d = NULL;
    span revision = buf_span(&made->revision);
    TRY(digest_copy(l->at_end, &d, e));
    TRY(digest_update(d, span_part(revision, 0, made->hole), e));
    TRY(digest_update(d, span_part(revision, made->hole + made->hole_n, revision.n), e));
    return digest_final(d, out, e);
}

typedef struct asking {
    const pades_tsa *const *tsas;
    size_t n;
    size_t room;   /* for the token */
    size_t needed; /* what the token that came needs */
} asking;

static pades_status stamp_once(layers *l, asking *a, layers_stamped *ret, pades_error **e)
{
    uint8_t imprint[DIGEST_MAX];
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(0)};
    TRY(lay_out(l, a->room, &made, e));
    ctx_log(l->ctx, PADES_LOG_INFO, "field '%s' gets a document timestamp, with room for %zu bytes",
            made.field, a->room);
    TRY(imprint_of(l, &made, imprint, e));
    layers_stamped_free(ret);
    ret->token = BUF(TOKEN_MAX);
    TRY(tsa_stamp_imprint(l->ctx, a->tsas, a->n, l->alg, imprint, l->control, l->offline,
                          &ret->token, &ret->verified, &ret->tsa, e));
    a->needed = ret->token.n;
    TRY(pdf_seal_fill(&made, buf_span(&ret->token), e));
    TRY(layers_add(l, &made, e));
    memcpy(ret->byte_range, made.byte_range, sizeof ret->byte_range);
    ret->field = TAKE(made.field);
    buf_add_span(&l->warnings, buf_span(&made.warnings));
    return buf_check(&l->warnings, "warnings", e);
}

pades_status layers_stamp(layers *l, const pades_tsa *const *tsas, size_t n, layers_stamped *ret,
                          pades_error **e)
{
    AUTO(pades_error) *own = NULL;
    pades_error **told = e ? e : &own;
    AUTO_VAL(layers_stamped) stamped = {.verified = {.warnings = BUF(0)}};
    asking a = {tsas, n, room_for(l, tsas, n), 0};
    if (!l->at_end) {
        return fail(e, PADES_INTERNAL, "a timestamp over an input that was not hashed");
    }
    pades_status status = stamp_once(l, &a, &stamped, told);
    if (status == PADES_RESERVE_TOO_SMALL) {
        error_clear(told);
        a.room = pdf_seal_room(a.needed);
        status = stamp_once(l, &a, &stamped, told);
    }
    TRY(status);
    *ret = stamped;
    stamped = (layers_stamped){.verified = {.warnings = BUF(0)}};
    return PADES_OK;
}

pades_status layers_check_stamp(layers *l, const pades_tsa *const *tsas, size_t n, pades_error **e)
{
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(0)};
    return lay_out(l, room_for(l, tsas, n), &made, e);
}
