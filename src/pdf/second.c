/* The second opinion: qpdf reads the same bytes, without recovery, and must see the same trailer,
 * root and objects as the strict reader. Promises to leave nothing of qpdf behind and never to
 * change or write a thing; its warnings go to the log, and are a disagreement only when they say
 * that it read the file in a way of its own.
 * clause: ISO32000-1#7.5.5 trailer, #7.3.10 indirect objects */
#include "pdf/second.h"

#include "base/ctx.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt.h"
#include "pdf/pool.h"
#include "pdf/qpdf.h"
#include "pdf/same.h"
#include "pdf/second_cost.h"
#include "pdf/second_quick.h"
#include "pdf/second_tree.h"
#include "pdf/views.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

enum { COPY_MAX = 4 << 20, POOL_MAX = 64 << 20 };

typedef struct second {
    const qpdf_functions *q;
    qpdf_data data;
    pdf_file *f;
    buf copy;      /* of a small file, as long as qpdf looks at it */
    char *strange; /* of a warning that the file was read another way: what it says */
} second;

static void second_free(second *s)
{
    if (s->data) {
        s->q->cleanup(&s->data);
    }
    buf_free(&s->copy);
    mem_free(s->strange);
}

static pades_status refuse(const char *what, uint32_t id, pades_error **e)
{
    fail(e, PADES_DOC_READERS_DISAGREE, "%s", what);
    error_hint(e, "readers would show different documents; have the file rewritten first");
    error_place(e, id, -1);
    return PADES_DOC_READERS_DISAGREE;
}

/* What qpdf says of an error or a warning, escaped. */
static char *detail_of(second *s, qpdf_error error)
{
    const char *text = error ? s->q->get_error_message_detail(s->data, error) : NULL;
    return escape_text(span_str(text ? text : "unknown error"), 200);
}

/* By the kind that qpdf gives a warning, not by its words: whatever it took for damage it read in a
 * way of its own. But for what it says of /Size and /ID, which are compared by themselves. */
static bool is_strange(second *s, qpdf_error warning, const char *text)
{
    static const char *const known[] = {"reported number of objects", "invalid /ID in trailer"};
    bool strange = s->q->get_error_code(s->data, warning) == qpdf_e_damaged_pdf;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        strange = strange && strncmp(text, known[i], strlen(known[i])) != 0;
    }
    return strange;
}

static pades_status drain(second *s, uint32_t id, pades_error **e)
{
    while (s->q->more_warnings(s->data)) {
        qpdf_error warning = s->q->next_warning(s->data);
        AUTO(mem_text) *text = detail_of(s, warning);
        if (!text) {
            return fail_memory(e);
        }
        ctx_log(pdf_file_ctx(s->f), PADES_LOG_INFO, "second reader: %s", text);
        if (!s->strange && is_strange(s, warning, text)) {
            s->strange = TAKE(text);
        }
    }
    if (s->q->has_error(s->data)) {
        AUTO(mem_text) *text = detail_of(s, s->q->get_error(s->data));
        fail(e, PADES_DOC_READERS_DISAGREE, "the second reader refuses what the first reads: %s",
             text ? text : "unknown error");
        error_place(e, id, -1);
        return PADES_DOC_READERS_DISAGREE;
    }
    return PADES_OK;
}

/* Asked once both readings are compared, so that a difference is told as one. */
static pades_status refuse_strange(const second *s, uint32_t id, pades_error **e)
{
    char line[256];
    if (!s->strange) {
        return PADES_OK;
    }
    snprintf(line, sizeof line, "the second reader finds damage where the first finds none: %s",
             s->strange);
    return refuse(line, id, e);
}

/* The file of exactly this view has a descriptor: a prefix cannot be given to qpdf by name. */
static int descriptor_of(pdf_file *f)
{
    pades_source *source = pdf_file_source(f);
    return pades_source_size(source) == pdf_file_size(f) ? source_fd(source) : -1;
}

static pades_status copy_file(second *s, pades_error **e)
{
    size_t n = (size_t)pdf_file_size(s->f);
    uint8_t *p = buf_extend(&s->copy, n);
    TRY(buf_check(&s->copy, "copy", e));
    return source_read(pdf_file_source(s->f), SOURCE_STRUCTURE, 0, p, n, e);
}

static pades_status read_file(second *s, pdf_second_result *ret, pades_error **e)
{
    char name[64];
    uint64_t size = pdf_file_size(s->f);
    span bytes = span_part(source_memory(pdf_file_source(s->f)), 0, (size_t)size);
    int fd = descriptor_of(s->f);
    if (!bytes.p && size <= COPY_MAX) {
        if (s->copy.n == 0) {
            TRY(copy_file(s, e));
        }
        bytes = buf_span(&s->copy);
    }
    if (bytes.p) {
        s->q->read_memory(s->data, "input", (const char *)bytes.p, bytes.n,
                          pdf_crypt_password(s->f));
    } else if (fd >= 0) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        s->q->read(s->data, name, pdf_crypt_password(s->f));
    } else {
        *ret = PDF_SECOND_NOT_ASKED_SOURCE;
        return PADES_OK;
    }
    TRY(drain(s, 0, e));
    return refuse_strange(s, 0, e);
}

static pades_status refuse_difference(const pdf_difference *d, const char *what, pdf_ref ref,
                                      pades_error **e)
{
    AUTO(mem_text) *ours = pdf_shown(d->ours);
    AUTO(mem_text) *theirs = pdf_shown(d->theirs);
    if (!ours || !theirs) {
        return fail_memory(e);
    }
    fail(e, PADES_DOC_READERS_DISAGREE,
         "%s %" PRIu32 " %" PRIu32 ": one reader has '%s', the other '%s'", what, ref.id, ref.gen,
         ours, theirs);
    error_hint(e, "readers would show different documents; have the file rewritten first");
    error_place(e, ref.id, -1);
    return PADES_DOC_READERS_DISAGREE;
}

/* Compares our value with that of a handle. */
static pades_status compare_value(second *s, const pdf_obj *ours, qpdf_oh oh, bool follow,
                                  pdf_pool *pool, pdf_difference *ret, pades_error **e)
{
    pdf_obj *theirs = NULL;
    const second_reader r = {s->q, s->data, pool, pdf_depth_limit(pdf_file_ctx(s->f))};
    TRY(second_tree(&r, oh, follow, &theirs, e));
    TRY(drain(s, 0, e));
    return pdf_compare(s->f, ours, theirs, ret, e);
}

static pades_status compare_object(second *s, pdf_ref ref, pades_error **e)
{
    const pdf_obj *ours = NULL;
    uint64_t stream = 0;
    pdf_difference difference;
    AUTO(pdf_pool) *pool = NULL;
    if (ref.id > INT_MAX || ref.gen > INT_MAX) {
        return refuse("an object number is too large for the second reader", ref.id, e);
    }
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_load(s->f, ref, pool, &ours, &stream, e));
    qpdf_oh oh = s->q->get_object_by_id(s->data, (int)ref.id, (int)ref.gen);
    bool is_stream = s->q->oh_is_stream(s->data, oh);
    TRY(drain(s, ref.id, e));
    if (is_stream != (stream != 0)) {
        return refuse("one reader has a stream where the other has none", ref.id, e);
    }
    TRY(compare_value(s, ours, oh, true, pool, &difference, e));
    return difference.differs ? refuse_difference(&difference, "object", ref, e)
                              : refuse_strange(s, ref.id, e);
}

/* One key of the trailer. The rest is not compared: of a hybrid file or an xref stream the two
 * keep different dictionaries. */
static pades_status compare_key(second *s, qpdf_oh trailer, const char *key, pades_error **e)
{
    const pdf_obj *ours = pdf_dict_get(pdf_file_trailer(s->f), key + 1);
    const pdf_obj *resolved = NULL;
    pdf_difference difference;
    AUTO(pdf_pool) *pool = NULL;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_resolve(s->f, ours, pool, &resolved, NULL, e));
    bool null = resolved->kind == PDF_NULL; /* absent, or a reference to nothing */
    qpdf_oh oh = s->q->oh_get_key(s->data, trailer, key);
    TRY(compare_value(s, null ? resolved : ours, oh, null, pool, &difference, e));
    return difference.differs ? refuse_difference(&difference, key, (pdf_ref){0, 0}, e) : PADES_OK;
}

static pades_status compare_trailer(second *s, pades_error **e)
{
    static const char *const keys[] = {"/Root", "/Info", "/ID", "/Encrypt", "/Size"};
    qpdf_oh trailer = s->q->get_trailer(s->data);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        TRY(compare_key(s, trailer, keys[i], e));
    }
    return PADES_OK;
}

static pades_status compare_objects(second *s, const pdf_ref *refs, size_t n, pades_error **e)
{
    pdf_ref root = {0, 0};
    if (pdf_get_ref(pdf_dict_get(pdf_file_trailer(s->f), "Root"), &root)) {
        TRY(compare_object(s, root, e));
    }
    for (size_t i = 0; i < n; i++) {
        if (refs[i].id != root.id || refs[i].gen != root.gen) {
            TRY(compare_object(s, refs[i], e));
        }
    }
    return PADES_OK;
}

static pades_status quick_object(second *s, second_quick *quick, pdf_ref ref, bool *ret,
                                 pades_error **e)
{
    const pdf_obj *ours = NULL;
    uint64_t stream = 0;
    AUTO(pdf_pool) *pool = NULL;
    if (ref.id > INT_MAX || ref.gen > INT_MAX) {
        *ret = false;
        return PADES_OK;
    }
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_load(s->f, ref, pool, &ours, &stream, e));
    qpdf_oh oh = s->q->get_object_by_id(s->data, (int)ref.id, (int)ref.gen);
    *ret = stream == 0 && second_quick_same(quick, ours, oh);
    return *ret ? PADES_OK : drain(s, ref.id, e);
}

/* *ret: whether every object is the same for sure. */
static pades_status quick_all(second *s, const pdf_ref *refs, size_t n, bool *ret, pades_error **e)
{
    second_quick quick = {.q = s->q, .data = s->data};
    pdf_ref root = {0, 0};
    bool same = pdf_get_ref(pdf_dict_get(pdf_file_trailer(s->f), "Root"), &root);
    if (same) {
        TRY(quick_object(s, &quick, root, &same, e));
    }
    for (size_t i = 0; same && i < n; i++) {
        if (refs[i].id != root.id || refs[i].gen != root.gen) {
            TRY(quick_object(s, &quick, refs[i], &same, e));
        }
    }
    *ret = same;
    return drain(s, 0, e);
}

static pades_status start(second *s, pades_error **e)
{
    s->q = qpdf_open(e);
    if (!s->q) {
        return PADES_INTERNAL;
    }
    s->data = s->q->init();
    if (!s->data) {
        return fail_memory(e);
    }
    s->q->silence_errors(s->data);
    s->q->set_suppress_warnings(s->data, QPDF_TRUE);
    s->q->set_attempt_recovery(s->data, QPDF_FALSE);
    return PADES_OK;
}

/* The quick comparison spoils what qpdf has read, so the full one begins anew. */
static pades_status compare_all(second *s, const pdf_ref *refs, size_t n, pades_error **e)
{
    bool same = false;
    pdf_second_result unused;
    TRY(compare_trailer(s, e));
    TRY(quick_all(s, refs, n, &same, e));
    if (same && !s->strange) {
        return PADES_OK;
    }
    mem_free(s->strange);
    s->strange = NULL;
    s->q->cleanup(&s->data);
    TRY(second_afford(s->f, refs, n, true, e)); /* now the keys are listed */
    TRY(start(s, e));
    TRY(read_file(s, &unused, e));
    return compare_objects(s, refs, n, e);
}

pades_status pdf_second_check(pdf_file *f, const pdf_ref *refs, size_t n, pdf_second_result *ret,
                              pades_error **e)
{
    pdf_second_result result = PDF_SECOND_AGREES;
    TRY(pdf_views_check(f, e));
    if (pdf_file_entries(f) > ctx_limit(pdf_file_ctx(f), PADES_LIMIT_CROSSCHECK_ENTRIES)) {
        *ret = PDF_SECOND_NOT_ASKED_ENTRIES;
        return PADES_OK;
    }
    AUTO_VAL(second) s = {.f = f, .copy = BUF(COPY_MAX)};
    TRY(second_afford(f, refs, n, false, e));
    TRY(start(&s, e));
    TRY(read_file(&s, &result, e));
    if (result == PDF_SECOND_AGREES) {
        TRY(compare_all(&s, refs, n, e));
        ctx_log(pdf_file_ctx(f), PADES_LOG_INFO, "the second reader agrees: qpdf %s",
                s.q->get_qpdf_version());
    }
    *ret = result;
    return PADES_OK;
}

pades_status pdf_second_preload(pades_error **e)
{
    return qpdf_open(e) ? PADES_OK : PADES_INTERNAL;
}

const char *pdf_second_version(void)
{
    const qpdf_functions *q = qpdf_open(NULL);
    return q ? q->get_qpdf_version() : NULL;
}
