/* qpdf's rewriting behind repair.h: the one place where a reader may guess, and the one where qpdf
 * writes. Nothing that is signed comes here. */
#include "pdf/repair.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/qpdf.h"

#include <inttypes.h>
#include <stdio.h>

enum { COPY_MAX = 4 << 20, LINES = 50, LINE_BYTES = 200 };

typedef struct rewriter {
    const qpdf_functions *q;
    qpdf_data data;
    const char *password; /* NULL: none */
    pdf_rewriting *ret;
    unsigned lines;
    buf copy;
} rewriter;

static void rewriter_free(rewriter *r)
{
    if (r->data) {
        r->q->cleanup(&r->data);
    }
    buf_free(&r->copy);
}

void pdf_rewriting_free(pdf_rewriting *r)
{
    buf_free(&r->said);
}

static char *detail_of(rewriter *r, qpdf_error error)
{
    const char *text = error ? r->q->get_error_message_detail(r->data, error) : NULL;
    return escape_text(span_str(text ? text : "unknown error"), LINE_BYTES);
}

static pades_status note(rewriter *r, qpdf_error warning, pades_error **e)
{
    if (r->lines == LINES) {
        r->ret->unsaid++;
        return PADES_OK;
    }
    unsigned long long at = r->q->get_error_file_position(r->data, warning);
    AUTO(mem_text) *text = detail_of(r, warning);
    if (!text) {
        return fail_memory(e);
    }
    buf_add_str(&r->ret->said, text);
    if (at > 0) {
        buf_addf(&r->ret->said, " (at byte %llu)", at);
    }
    buf_add_byte(&r->ret->said, 0);
    r->lines++;
    return buf_check(&r->ret->said, "warnings", e);
}

static pades_status refuse(rewriter *r, const char *what, pades_error **e)
{
    qpdf_error error = r->q->get_error(r->data);
    bool password = r->q->get_error_code(r->data, error) == qpdf_e_password;
    AUTO(mem_text) *text = detail_of(r, error);
    if (!text) {
        return fail_memory(e);
    }
    if (password) {
        return r->password ? fail(e, PADES_DOC_PASSWORD, "wrong password: qpdf does not open it")
                           : fail(e, PADES_DOC_ENCRYPTED, "the document needs a password");
    }
    (void)fail(e, PADES_DOC_DAMAGED, "%s: %s", what, text);
    (void)error_hint(e, "get the file again, or have it made again: too little of it is left");
    return PADES_DOC_DAMAGED;
}

static pades_status drain(rewriter *r, const char *what, pades_error **e)
{
    while (r->q->more_warnings(r->data)) {
        TRY(note(r, r->q->next_warning(r->data), e));
    }
    return r->q->has_error(r->data) ? refuse(r, what, e) : PADES_OK;
}

static pades_status start(rewriter *r, pades_error **e)
{
    r->q = qpdf_open(e);
    if (!r->q) {
        return PADES_INTERNAL;
    }
    r->data = r->q->init();
    if (!r->data) {
        return fail_memory(e);
    }
    r->q->silence_errors(r->data);
    r->q->set_suppress_warnings(r->data, QPDF_TRUE);
    r->q->set_attempt_recovery(r->data, QPDF_TRUE);
    return PADES_OK;
}

static pades_status copy_source(rewriter *r, pades_source *source, span *ret, pades_error **e)
{
    uint64_t size = pades_source_size(source);
    if (size > COPY_MAX) {
        return fail(e, PADES_DOC_UNSUPPORTED, "the input is not a file and too big to copy");
    }
    uint8_t *p = buf_extend(&r->copy, (size_t)size);
    TRY(buf_check(&r->copy, "copy", e));
    TRY(source_read(source, SOURCE_STRUCTURE, 0, p, (size_t)size, e));
    *ret = buf_span(&r->copy);
    return PADES_OK;
}

static pades_status read_source(rewriter *r, pades_source *source, pades_error **e)
{
    char name[64];
    span bytes = source_memory(source);
    int fd = source_fd(source);
    if (!bytes.p && fd < 0) {
        TRY(copy_source(r, source, &bytes, e));
    }
    if (bytes.p) {
        r->q->read_memory(r->data, "input", (const char *)bytes.p, bytes.n, r->password);
    } else {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        r->q->read(r->data, name, r->password);
    }
    return drain(r, "too damaged to be repaired", e);
}

/* Everything is written out plain, so that what the file holds can be looked at again. */
static pades_status write_out(rewriter *r, int fd, pades_error **e)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    r->q->init_write(r->data, name);
    TRY(drain(r, "cannot be written anew", e));
    r->q->set_preserve_encryption(r->data, QPDF_TRUE);
    r->q->set_object_stream_mode(r->data, qpdf_o_disable);
    r->q->set_decode_level(r->data, qpdf_dl_none);
    if (!r->ret->encrypted) { /* qpdf 12 forgets the encryption with these */
        r->q->set_stream_data_mode(r->data, qpdf_s_preserve);
        r->q->set_compress_streams(r->data, QPDF_FALSE);
    }
    r->q->write(r->data);
    return drain(r, "cannot be written anew", e);
}

pades_status pdf_rewrite(pades_source *source, const char *password, int fd, pdf_rewriting *ret,
                         pades_error **e)
{
    AUTO_VAL(pdf_rewriting) made = {.said = BUF(64 << 10)};
    AUTO_VAL(rewriter) r = {.ret = &made, .password = password, .copy = BUF(COPY_MAX)};
    TRY(start(&r, e));
    TRY(read_source(&r, source, e));
    made.encrypted = r.q->is_encrypted(r.data);
    TRY(write_out(&r, fd, e));
    *ret = made;
    made = (pdf_rewriting){.said = BUF(0)};
    return PADES_OK;
}
