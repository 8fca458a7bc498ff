/* A prepared session as bytes (DER), so that the signature may come days later and in another
 * process. It holds no secret. Nothing in it is believed: on resuming, the input is read and hashed
 * again, the signed attributes are made anew and must be those stored. */
#include "sign/session.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/fields.h"

#include <inttypes.h>
#include <stdio.h>

enum { STATE_MAX = 256 << 20, STATE_VERSION = 2, HEAD_MAX = 256 };

static void put_octets(buf *out, span s)
{
    der_add(out, DER_OCTET_STRING, s);
}

static void put_body(const pades_session *s, buf *out)
{
    AUTO_VAL(buf) certs = BUF(STATE_MAX);
    der_add_uint(out, STATE_VERSION);
    der_add_uint(out, s->level);
    der_add_uint(out, s->digest);
    der_add_uint(out, s->scheme);
    der_add_uint(out, s->adbe);
    der_add_uint(out, s->seal.base);
    der_add_uint(out, s->seal.hole);
    der_add_uint(out, s->seal.hole_n);
    put_octets(out, span_of(s->input_hash, pades_digest_size(s->digest)));
    put_octets(out, buf_span(&s->archive));
    put_octets(out, buf_span(&s->attrs));
    put_octets(out, buf_span(&s->seal.revision));
    der_add(out, DER_UTF8, span_str(s->seal.field));
    der_add(out, DER_UTF8, span_str(s->commitment ? s->commitment : ""));
    put_octets(out, buf_span(&s->warnings));
    put_octets(out, buf_span(&s->seal.warnings));
    for (size_t i = 0; i < s->certs_n; i++) {
        buf_add_span(&certs, cert_der(s->certs[i]));
    }
    out->failed = out->failed || certs.failed;
    der_add(out, DER_SEQUENCE, buf_span(&certs));
}

pades_status pades_session_store(const pades_session *session, void **ret_data, size_t *ret_n,
                                 pades_error **ret_error)
{
    uint8_t hash[DIGEST_MAX];
    AUTO_VAL(buf) body = BUF(STATE_MAX);
    AUTO_VAL(buf) whole = BUF(STATE_MAX);
    if (session->sink) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a session that already writes its output cannot be stored");
    }
    put_body(session, &body);
    der_add(&whole, DER_SEQUENCE, buf_span(&body));
    TRY(buf_check(&body, "session", ret_error));
    TRY(buf_check(&whole, "session", ret_error));
    TRY(digest_once(PADES_DIGEST_SHA256, buf_span(&whole), hash, ret_error));
    buf_add(&whole, hash, 32); /* against accidents; forgery is met by resuming */
    TRY(buf_check(&whole, "session", ret_error));
    void *copy = mem_alloc(whole.n);
    if (!copy) {
        return fail_memory(ret_error);
    }
    memcpy(copy, whole.p, whole.n);
    *ret_data = copy;
    *ret_n = whole.n;
    return PADES_OK;
}

void pades_free(void *data)
{
    mem_free(data);
}

static pades_status damaged(pades_error **e)
{
    (void)fail(e, PADES_STATE_INVALID,
               "the stored session is damaged or not a session of this version");
    (void)error_hint(e, "prepare the document again");
    return PADES_STATE_INVALID;
}

static pades_status open_state(span data, reader *ret, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    der_tlv whole;
    if (data.n < 34) {
        return damaged(e);
    }
    span body = span_part(data, 0, data.n - 32);
    TRY(digest_once(PADES_DIGEST_SHA256, body, hash, e));
    reader r = reader_of(body);
    if (memcmp(hash, data.p + body.n, 32) != 0 || !der_expect(&r, DER_SEQUENCE, &whole) ||
        reader_left(&r) != 0) {
        return damaged(e);
    }
    *ret = reader_of(whole.content);
    return PADES_OK;
}

static bool get_uint(reader *r, uint64_t highest, uint64_t *ret)
{
    der_tlv t;
    return der_expect(r, DER_INTEGER, &t) && der_small_uint(t.content, ret) && *ret <= highest;
}

static bool get_buf(reader *r, buf *ret)
{
    der_tlv t;
    if (!der_expect(r, DER_OCTET_STRING, &t)) {
        return false;
    }
    buf_add_span(ret, t.content);
    return buf_ok(ret);
}

static bool get_text(reader *r, char **ret)
{
    der_tlv t;
    if (!der_expect(r, DER_UTF8, &t) || memchr(t.content.p, 0, t.content.n)) {
        return false;
    }
    *ret = mem_strndup((const char *)t.content.p, t.content.n);
    return *ret != NULL;
}

static bool get_numbers(reader *r, pades_session *s)
{
    uint64_t version = 0, level = 0, alg = 0, scheme = 0, adbe = 0, hole = 0, hole_n = 0;
    bool ok = get_uint(r, STATE_VERSION, &version) && version == STATE_VERSION &&
              get_uint(r, PADES_LEVEL_LTA, &level) && level >= PADES_LEVEL_B &&
              get_uint(r, PADES_DIGEST_SHA512, &alg) && alg >= PADES_DIGEST_SHA256 &&
              get_uint(r, PADES_SCHEME_ECDSA, &scheme) && scheme >= PADES_SCHEME_RSA_PKCS1 &&
              get_uint(r, 1, &adbe) && get_uint(r, INT64_MAX, &s->seal.base) &&
              get_uint(r, STATE_MAX, &hole) && get_uint(r, STATE_MAX, &hole_n);
    s->level = (pades_level)level;
    s->digest = (pades_digest)alg;
    s->scheme = (pades_scheme)scheme;
    s->adbe = adbe == 1;
    s->seal.hole = (size_t)hole;
    s->seal.hole_n = (size_t)hole_n;
    return ok;
}

static bool get_texts(reader *r, pades_session *s)
{
    der_tlv hash;
    if (!der_expect(r, DER_OCTET_STRING, &hash) || hash.content.n != pades_digest_size(s->digest)) {
        return false;
    }
    memcpy(s->input_hash, hash.content.p, hash.content.n);
    return get_buf(r, &s->archive) && get_buf(r, &s->attrs) && get_buf(r, &s->seal.revision) &&
           get_text(r, &s->seal.field) && get_text(r, &s->commitment) && get_buf(r, &s->warnings) &&
           get_buf(r, &s->seal.warnings);
}

static pades_status get_certs(reader *r, pades_session *s, pades_error **e)
{
    der_tlv list, one;
    if (!der_expect(r, DER_SEQUENCE, &list) || reader_left(r) != 0) {
        return damaged(e);
    }
    reader certs = reader_of(list.content);
    s->certs = mem_array(16, sizeof(*s->certs));
    if (!s->certs) {
        return fail_memory(e);
    }
    while (reader_left(&certs) > 0) {
        if (s->certs_n == 16 || !der_next(&certs, &one)) {
            return damaged(e);
        }
        TRY(pades_cert_new_der(one.whole.p, one.whole.n, &s->certs[s->certs_n], e));
        s->certs_n++;
    }
    return s->certs_n > 0 ? PADES_OK : damaged(e);
}

/* Lines that go to terminals and logs as they are: from a stored session they are hostile again. */
static void escape_lines(buf *lines)
{
    AUTO_VAL(buf) safe = BUF(STATE_MAX);
    for (size_t at = 0; at < lines->n;) {
        span line = span_part(buf_span(lines), at, lines->n);
        const uint8_t *end = memchr(line.p, 0, line.n);
        line.n = end ? (size_t)(end - line.p) : line.n;
        escape_add(&safe, line);
        buf_add_byte(&safe, 0);
        at += line.n + 1;
    }
    buf swap = *lines;
    *lines = safe;
    safe = swap;
}

/* The hole lies in the revision, is empty, and the numbers are those of this input. */
static bool hole_ok(const pades_session *s)
{
    const pdf_seal *seal = &s->seal;
    if (seal->base != pades_source_size(s->source) || seal->hole_n < 4 ||
        seal->hole > seal->revision.n || seal->hole_n > seal->revision.n - seal->hole) {
        return false;
    }
    const uint8_t *hole = seal->revision.p + seal->hole;
    for (size_t i = 1; i + 1 < seal->hole_n; i++) {
        if (hole[i] != '0') {
            return false;
        }
    }
    return hole[0] == '<' && hole[seal->hole_n - 1] == '>';
}

static void set_byte_range(pdf_seal *seal)
{
    uint64_t after = seal->base + seal->hole + seal->hole_n;
    seal->byte_range[0] = 0;
    seal->byte_range[1] = seal->base + seal->hole;
    seal->byte_range[2] = after;
    seal->byte_range[3] = seal->base + seal->revision.n - after;
}

static pades_status read_state(span data, pades_session *s, pades_error **e)
{
    reader r;
    s->seal.revision = BUF(STATE_MAX);
    s->seal.warnings = BUF(STATE_MAX);
    TRY(open_state(data, &r, e));
    if (!get_numbers(&r, s) || !get_texts(&r, s)) {
        return damaged(e);
    }
    TRY(get_certs(&r, s, e));
    if (s->commitment && *s->commitment == '\0') {
        mem_free(TAKE(s->commitment));
    }
    if (!hole_ok(s)) {
        return fail(e, PADES_STATE_INVALID, "the stored session is of another input");
    }
    set_byte_range(&s->seal);
    if (!pdf_seal_fits(&s->seal)) {
        return damaged(e);
    }
    escape_lines(&s->warnings);
    escape_lines(&s->seal.warnings);
    if (s->level == PADES_LEVEL_B && s->opts->tsas_n > 0) {
        session_warn(s,
                     "the session was prepared for level b: no time-stamping authority is asked");
    }
    return PADES_OK;
}

/* The object begins in the revision, and its outermost dictionary has the hole. */
static pades_status has_hole(const pades_session *s, pdf_file *file, pdf_ref ref, bool *ret,
                             pades_error **e)
{
    char head[64];
    pdf_entry entry;
    *ret = false;
    TRY(pdf_file_entry(file, ref.id, &entry, e));
    if (entry.kind != PDF_ENTRY_OFFSET || entry.offset < s->seal.base ||
        entry.offset - s->seal.base > s->seal.hole) {
        return PADES_OK;
    }
    size_t at = (size_t)(entry.offset - s->seal.base);
    span before = span_part(buf_span(&s->seal.revision), at, s->seal.hole - at);
    snprintf(head, sizeof head, "%" PRIu32 " %" PRIu32 " obj\n<<", ref.id, ref.gen);
    *ret = before.n <= HEAD_MAX && span_is(span_part(before, 0, strlen(head)), head) &&
           !memchr(before.p, '>', before.n) && !memchr(before.p, '(', before.n);
    return PADES_OK;
}

/* The name that is told is that of the field whose value has the hole, in the document as it will
 * be; a revision that does not make a document is refused too. */
static pades_status check_field(pades_session *s, pades_error **e)
{
    AUTO(pades_source) *whole = NULL;
    AUTO(pdf_file) *file = NULL;
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    bool found = false;
    TRY(source_new_joined(s->source, s->seal.base, view_of(buf_span(&s->seal.revision)), &whole,
                          e));
    TRY(pdf_file_open(s->ctx, whole, &file, e));
    TRY(pdf_fields_read(file, &fields, e));
    for (size_t i = 0; i < fields.n && !found; i++) {
        const pdf_field *field = &fields.items[i];
        if (field->has_value && strcmp(field->name, s->seal.field) == 0) {
            TRY(has_hole(s, file, field->value, &found, e));
        }
    }
    return found ? PADES_OK : damaged(e);
}

/* Whatever is wrong with the document that would be, the state is to blame; but for a password that
 * must be given again, since the state holds no secret. */
static pades_status check_document(pades_session *s, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    pades_status status = check_field(s, &why);
    bool locked = status == PADES_DOC_ENCRYPTED || status == PADES_DOC_PASSWORD;
    if (status != PADES_OK && status != PADES_NO_MEMORY && !locked) {
        return damaged(e);
    }
    if (e && status != PADES_OK) {
        *e = TAKE(why);
    }
    return status;
}

/* Reads the input once more; digest and attributes must be the stored ones. */
static pades_status check_again(pades_session *s, pades_error **e)
{
    uint8_t before[DIGEST_MAX];
    AUTO_VAL(buf) attrs = s->attrs;
    s->attrs = BUF(attrs.max);
    memcpy(before, s->input_hash, sizeof before);
    if (s->sink) {
        TRY(sink_begin(s->ctx, s->sink, s->source, e));
    }
    TRY(session_pass(s, e));
    if (memcmp(before, s->input_hash, pades_digest_size(s->digest)) != 0) {
        (void)fail(e, PADES_INPUT_CHANGED,
                   "the input is not the file the session was prepared for");
        (void)error_hint(e, "its digest differs; prepare the document again");
        return PADES_INPUT_CHANGED;
    }
    TRY(session_attributes(s, e));
    if (!span_eq(buf_span(&attrs), buf_span(&s->attrs))) {
        return fail(e, PADES_STATE_INVALID,
                    "the signed attributes of the stored session do not fit its revision");
    }
    return PADES_OK;
}

pades_status pades_session_resume(pades_ctx *ctx, const void *data, size_t n, pades_source *source,
                                  pades_sink *sink, const pades_sign_opts *opts,
                                  pades_session **ret_session, pades_error **ret_error)
{
    AUTO(pades_session) *s = NULL;
    TRY(session_new(ctx, source, sink, opts, &s, ret_error));
    TRY(read_state(span_of(data, n), s, ret_error));
    if (sink) {
        TRY(sink_check(sink, ret_error));
    }
    TRY(check_again(s, ret_error));
    TRY(check_document(s, ret_error));
    *ret_session = TAKE(s);
    return PADES_OK;
}
