/* The parts of a signature, written out as they stand in the file, so that other programs can be
 * asked about them: nothing is believed of them and nothing is repaired. What is large is copied in
 * chunks.
 * clause: ISO32000-1#12.8.1 /ByteRange and /Contents, RFC7468#5 certificates as text */
#include "sign/any_cms.h"
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/pool.h"

enum { CHUNK = 256 << 10, PEM_LINE = 48 };

typedef struct writing {
    pades_doc *doc;
    const doc_signature *s;
    pades_write_fn write;
    void *user;
} writing;

static pades_status put(const writing *w, span bytes, pades_error **e)
{
    if (bytes.n > 0 && w->write(w->user, bytes.p, bytes.n) != 0) {
        return fail(e, PADES_OUTPUT_FAILED, "a part of a signature could not be written");
    }
    return PADES_OK;
}

static pades_status copy_through(const writing *w, uint64_t at, uint64_t n, uint8_t *room,
                                 pades_error **e)
{
    while (n > 0) {
        size_t some = n < CHUNK ? (size_t)n : CHUNK;
        TRY(source_read(pdf_file_source(w->doc->file), SOURCE_PASS, at, room, some, e));
        TRY(put(w, span_of(room, some), e));
        at += some;
        n -= some;
    }
    return PADES_OK;
}

static pades_status copy(const writing *w, uint64_t at, uint64_t n, pades_error **e)
{
    uint8_t *room = mem_alloc(CHUNK);
    if (!room) {
        return fail_memory(e);
    }
    pades_status status = copy_through(w, at, n, room, e);
    mem_free(room);
    return status;
}

static pades_status absent(pades_error **e, const char *what)
{
    return fail(e, PADES_INVALID_ARGUMENT, "the signature has no %s", what);
}

static pades_status write_revision(const writing *w, pades_error **e)
{
    uint64_t n = w->s->pub.revision_end;
    return n > 0 ? copy(w, 0, n, e) : absent(e, "revision that it covers");
}

static pades_status write_signed(const writing *w, pades_error **e)
{
    const uint64_t *range = w->s->pub.byte_range;
    if (w->s->pub.signed_bytes == 0) {
        return absent(e, "usable /ByteRange");
    }
    TRY(copy(w, range[0], range[1], e));
    return copy(w, range[2], range[3], e);
}

static pades_status write_cms(const writing *w, span contents, pades_error **e)
{
    size_t n = w->s->pub.cms_n;
    return put(w, span_part(contents, 0, n > 0 ? n : contents.n), e);
}

static pades_status write_pem(const writing *w, span der, pades_error **e)
{
    AUTO_VAL(buf) out = BUF(2 * der.n + 1024);
    buf_add_str(&out, "-----BEGIN CERTIFICATE-----\n");
    for (size_t i = 0; i < der.n; i += PEM_LINE) {
        buf_add_base64(&out, span_part(der, i, PEM_LINE));
        buf_add_byte(&out, '\n');
    }
    buf_add_str(&out, "-----END CERTIFICATE-----\n");
    TRY(buf_check(&out, "certificate", e));
    return put(w, buf_span(&out), e);
}

static pades_status write_of_cms(const writing *w, pades_part part, size_t index,
                                 const cms_signed_data *cms, pades_error **e)
{
    if (part == PADES_PART_CERTIFICATE) {
        return index < cms->certs_n ? write_pem(w, cms->certs[index], e)
                                    : absent(e, "such certificate");
    }
    span bytes = part == PADES_PART_TIMESTAMP ? cms->signer.timestamp : cms->signer.signature;
    return bytes.n > 0 ? put(w, bytes, e) : absent(e, "such part");
}

static pades_status write_of_contents(const writing *w, pades_part part, size_t index,
                                      pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(pdf_signature) found = {.contents = BUF(0)};
    AUTO_VAL(cms_signed_data) cms = {0};
    AUTO_VAL(buf) room = BUF(0);
    TRY(pdf_pool_new_scratch(pdf_file_ctx(w->doc->file), &pool, e));
    TRY(pdf_signature_read(w->doc->file, &w->s->field, pool, &found, e));
    span contents = buf_span(&found.contents);
    if (contents.n == 0) {
        return absent(e, "/Contents");
    }
    if (part == PADES_PART_CMS) {
        return write_cms(w, contents, e);
    }
    room = BUF(contents.n);
    TRY(any_cms_parse(contents, &room, &cms, e));
    return write_of_cms(w, part, index, &cms, e);
}

static pades_status write_one(const writing *w, pades_part part, size_t index, pades_error **e)
{
    switch (part) {
    case PADES_PART_REVISION:
        return write_revision(w, e);
    case PADES_PART_SIGNED_BYTES:
        return write_signed(w, e);
    case PADES_PART_CMS:
    case PADES_PART_CERTIFICATE:
    case PADES_PART_SIGNATURE_VALUE:
    case PADES_PART_TIMESTAMP:
        return write_of_contents(w, part, index, e);
    }
    return fail(e, PADES_INVALID_ARGUMENT, "there is no such part");
}

pades_status pades_doc_write_part(pades_doc *doc, size_t signature, pades_part part, size_t index,
                                  pades_write_fn write, void *user, pades_error **ret_error)
{
    if (!doc || !write || signature >= doc->signatures_n) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "there is no signature %zu", signature);
    }
    const writing w = {doc, &doc->signatures[signature], write, user};
    TRY(write_one(&w, part, index, ret_error));
    return source_check_unchanged(pdf_file_source(doc->file), ret_error);
}
