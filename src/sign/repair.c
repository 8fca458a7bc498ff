/* Repair: everything that could be lost is looked for before qpdf sees the file and again in what
 * it wrote, and nothing reaches the sink before the strict reader has read it.
 * clause: ISO32000-1#12.8.1 a signature covers bytes: a file that has one is never rewritten */
#include <pades/repair.h>

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/sink.h"
#include "pdf/crypt.h"
#include "pdf/damage.h"
#include "pdf/fields.h"
#include "pdf/gaps.h"
#include "pdf/keys.h"
#include "pdf/permissions.h"
#include "pdf/repair.h"
#include "pdf/seal.h"
#include "pdf/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, SAID_MAX = 64 * 1024 };

struct pades_repair_report {
    pades_repair_info info;
    char *damage;
    buf changes; /* NUL-terminated lines */
};

DEFINE_AUTO(pades_repair_report, pades_repair_report_free)

void pades_repair_report_free(pades_repair_report *report)
{
    if (report) {
        mem_free(report->damage);
        buf_free(&report->changes);
        mem_free(report);
    }
}

const pades_repair_info *pades_repair_report_info(const pades_repair_report *report)
{
    return &report->info;
}

const char *pades_repair_report_damage(const pades_repair_report *report)
{
    return report->damage;
}

const char *pades_repair_report_change(const pades_repair_report *report, size_t index)
{
    const char *line = (const char *)report->changes.p;
    const char *end = line ? line + report->changes.n : line;
    for (; line < end && index > 0; index--) {
        line += strlen(line) + 1;
    }
    return line < end ? line : NULL;
}

static pades_status refuse_signed(const char *trace, uint64_t at, pades_error **e)
{
    (void)fail(e, PADES_DOC_NOT_PERMITTED,
               "the file is signed ('%s' at byte %" PRIu64 "), and rewriting would destroy that",
               trace, at);
    (void)error_place(e, 0, (int64_t)at);
    (void)error_hint(e, "damage of a signed file cannot be mended without breaking its "
                        "signatures: get an undamaged copy");
    return PADES_DOC_NOT_PERMITTED;
}

/* What hides signatures is not rewritten, and nor is what would be protected otherwise. */
static pades_status refuse_encrypted(const char *why, pades_error **e)
{
    (void)fail(e, PADES_DOC_ENCRYPTED, "the document is encrypted, and is not repaired: %s", why);
    (void)error_hint(e, "with its password, `qpdf IN OUT` rewrites it");
    return PADES_DOC_ENCRYPTED;
}

static pades_status check_fields(pdf_file *f, pades_error **e)
{
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO(pades_error) *unreadable = NULL;
    if (pdf_fields_read(f, &fields, &unreadable) == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < fields.n; i++) {
        if (fields.items[i].has_value && strcmp(fields.items[i].type, "Sig") == 0) {
            AUTO(mem_text) *name = escape_text(span_str(fields.items[i].name), 100);
            (void)fail(e, PADES_DOC_NOT_PERMITTED,
                       "the file is signed (field '%s'), and rewriting would destroy that",
                       name ? name : "");
            (void)error_hint(e, "a signed file is never rewritten");
            return PADES_DOC_NOT_PERMITTED;
        }
    }
    return PADES_OK;
}

/* What a seal would refuse as damage. What it would refuse for another reason is not asked here. */
static pades_status try_seal(pdf_file *f, pades_error **e)
{
    const pdf_seal_plan plan = {
        .sub_filter = "ETSI.CAdES.detached", .allow_gaps = true, .contents_bytes = 1024};
    AUTO_VAL(pdf_seal) seal = {.warnings = BUF(0)};
    pades_status status = pdf_seal_build(f, &plan, &seal, e);
    if (status != PADES_OK && status != PADES_DOC_DAMAGED && status != PADES_NO_MEMORY) {
        error_clear(e);
        return PADES_OK;
    }
    return status;
}

/* The reason and its place. */
static pades_status keep_damage(pades_repair_report *r, const pades_error *why, pades_error **e)
{
    AUTO_VAL(buf) line = BUF(4096);
    uint32_t object = pades_error_object(why);
    int64_t at = pades_error_offset(why);
    buf_add_str(&line, pades_error_message(why));
    if (object != 0) {
        buf_addf(&line, ", object %" PRIu32, object);
    }
    if (at > 0) {
        buf_addf(&line, ", byte %" PRId64, at);
    }
    r->damage = buf_take_text(&line);
    return r->damage ? PADES_OK : fail_memory(e);
}

/* The version that the header gives, wherever it stands. */
static pades_status read_header(pades_source *source, pades_repair_info *info, pades_error **e)
{
    uint8_t room[1024];
    size_t n = 0;
    TRY(source_read_some(source, SOURCE_STRUCTURE, 0, room, sizeof room, &n, e));
    size_t at = span_find(span_of(room, n), span_str("%PDF-"), 0);
    if (at != SIZE_MAX && n - at >= 8 && room[at + 6] == '.' && room[at + 5] >= '0' &&
        room[at + 5] <= '9' && room[at + 7] >= '0' && room[at + 7] <= '9') {
        info->version_major_before = room[at + 5] - '0';
        info->version_minor_before = room[at + 7] - '0';
    }
    return PADES_OK;
}

/* Without the password that it needs there is nothing to be looked at. */
static pades_status check_password(const pdf_file *f, pades_error **e)
{
    pades_status status = pdf_crypt_check(f, e);
    if (status == PADES_DOC_DAMAGED) { /* qpdf may know better */
        error_clear(e);
        return PADES_OK;
    }
    return status;
}

/* What the strict reader makes of the input: why it refuses it, or its gaps. *ret: what it opened,
 * with the keys of the encryption; NULL when there is too little left. */
static pades_status look_strictly(pades_ctx *ctx, pades_source *source, pades_repair_report *r,
                                  pdf_file **ret, pades_error **e)
{
    AUTO(pdf_file) *f = NULL;
    AUTO(pades_error) *why = NULL;
    pdf_permissions permissions = {false, 0, false};
    pades_status status = pdf_file_open(ctx, source, &f, &why);
    if (f) {
        TRY(check_password(f, e));
    }
    if (status == PADES_OK) {
        status = pdf_permissions_read(f, &permissions, &why);
    }
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status == PADES_INPUT_UNREADABLE || status == PADES_INPUT_CHANGED) {
        return fail(e, status, "%s", pades_error_message(why));
    }
    if (f) {
        r->info.gaps_closed = pdf_gaps_find(f).count;
        TRY(check_fields(f, e));
    }
    if (status == PADES_OK) {
        status = pdf_locate(f, try_seal(f, &why), &why);
    }
    *ret = TAKE(f);
    return status == PADES_OK ? PADES_OK : keep_damage(r, why, e);
}

static bool has_keys(const pdf_file *f)
{
    const pdf_crypt_info *info = f ? pdf_crypt_get_info(f) : NULL;
    return info && info->access != PDF_CRYPT_LOCKED;
}

/* Object streams are looked into or the file is left alone. */
static pades_status survey_with_guessed_keys(pades_ctx *ctx, pades_source *source, pdf_survey *ret,
                                             pades_error **e)
{
    AUTO_VAL(pdf_keys) keys = {.text = BUF(0)};
    TRY(pdf_keys_guess(ctx, source, ret, &keys, e));
    return keys.file ? pdf_survey_run(ctx, source, keys.file, ret, e)
                     : refuse_encrypted("what opens its object streams is lost, or the password "
                                        "is wrong",
                                        e);
}

/* Bounds qpdf's memory before it is called. */
static pades_status survey(pades_ctx *ctx, pades_source *source, const pdf_file *strict,
                           pdf_survey *ret, pades_error **e)
{
    uint64_t limit = ctx_limit(ctx, PADES_LIMIT_REPAIR_BYTES);
    TRY(pdf_survey_run(ctx, source, has_keys(strict) ? strict : NULL, ret, e));
    if (ret->encrypted && ret->packed && !has_keys(strict)) {
        TRY(survey_with_guessed_keys(ctx, source, ret, e));
    }
    if (ret->trace) {
        return refuse_signed(ret->trace, ret->trace_at, e);
    }
    if (ret->cost > limit) {
        (void)fail(e, PADES_LIMIT,
                   "repairing the file would take about %" PRIu64 " MiB of memory, and %" PRIu64
                   " MiB are allowed",
                   ret->cost >> 20, limit >> 20);
        (void)error_hint(e, "`qpdf IN OUT` may rewrite it on a machine that has more");
        return PADES_LIMIT;
    }
    return PADES_OK;
}

static bool same_texts(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The password opens the result as it opened the input, and what is protected stays so. */
static pades_status check_protection(const pdf_file *before, const pdf_file *after, pades_error **e)
{
    const pdf_crypt_info *was = has_keys(before) ? pdf_crypt_get_info(before) : NULL;
    const pdf_crypt_info *is = pdf_crypt_get_info(after);
    if (!is || is->access == PDF_CRYPT_LOCKED) {
        return refuse_encrypted("its password would not open the result", e);
    }
    if (was && (was->revision != is->revision || was->key_bits != is->key_bits ||
                was->permissions != is->permissions || was->access != is->access ||
                was->encrypt_metadata != is->encrypt_metadata ||
                !same_texts(was->streams, is->streams) || !same_texts(was->strings, is->strings))) {
        return refuse_encrypted("qpdf would protect it in another way", e);
    }
    if (was && !pdf_crypt_same_passwords(before, after)) {
        return refuse_encrypted("the result would have other passwords", e);
    }
    return PADES_OK;
}

static pades_status check_result(pades_ctx *ctx, pades_source *made, const pdf_file *before,
                                 bool encrypted, pades_repair_report *r, pades_error **e)
{
    AUTO(pdf_file) *f = NULL;
    pdf_survey found;
    pades_status status = pdf_file_open(ctx, made, &f, e);
    if (status == PADES_OK && encrypted) {
        TRY(check_protection(before, f, e));
    }
    status = status == PADES_OK ? try_seal(f, e) : status;
    if (status != PADES_OK) {
        (void)fail_wrap(e, status, "too little is left of the file to be repaired");
        (void)error_hint(e, "get the file again, or have it made again");
        return status;
    }
    if (pdf_gaps_find(f).count > 0) {
        return fail(e, PADES_INTERNAL, "qpdf left object numbers out");
    }
    TRY(check_fields(f, e));
    TRY(pdf_survey_run(ctx, made, NULL, &found, e));
    if (found.trace) {
        return refuse_signed(found.trace, found.trace_at, e);
    }
    pdf_file_version(f, &r->info.version_major, &r->info.version_minor);
    r->info.size = pades_source_size(made);
    r->info.objects = found.objects;
    return PADES_OK;
}

static pades_status copy_to_sink(pades_source *made, pades_sink *sink, pades_error **e)
{
    uint64_t size = pades_source_size(made);
    AUTO(mem_text) *room = mem_alloc(CHUNK);
    if (!room) {
        return fail_memory(e);
    }
    for (uint64_t at = 0; at < size;) {
        size_t n = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
        TRY(source_read(made, SOURCE_PASS, at, room, n, e));
        TRY(sink_write(sink, span_of(room, n), e));
        at += n;
    }
    return PADES_OK;
}

static pades_status write_result(pades_ctx *ctx, pades_source *source, pades_source *made,
                                 pades_sink *sink, pades_error **e)
{
    TRY(sink_begin(ctx, sink, source, e));
    pades_status status = copy_to_sink(made, sink, e);
    if (status == PADES_OK) {
        status = source_check_unchanged(source, e);
    }
    if (status != PADES_OK) {
        sink_abort(sink);
        return status;
    }
    return sink_commit(sink, e);
}

static pades_status keep_changes(pades_repair_report *r, const pdf_rewriting *rewriting,
                                 pades_error **e)
{
    buf *out = &r->changes;
    if (r->info.gaps_closed > 0) {
        buf_addf(out, "%llu object numbers that the first revision left out are used or gone",
                 (unsigned long long)r->info.gaps_closed);
        buf_add_byte(out, 0);
    }
    buf_add_span(out, buf_span(&rewriting->said));
    if (rewriting->unsaid > 0) {
        buf_addf(out, "and %llu more like these", (unsigned long long)rewriting->unsaid);
        buf_add_byte(out, 0);
    }
    return buf_check(out, "changes", e);
}

/* A password that qpdf can take: the one that opened it, else the one that was given. */
static const char *password_for(const pades_source *source, const pdf_file *strict, char *room)
{
    span given = source_password(source);
    if (has_keys(strict) || given.n == 0) {
        return strict ? pdf_crypt_password(strict) : NULL;
    }
    memcpy(room, given.p, given.n);
    room[given.n] = 0;
    return room;
}

static pades_status call_qpdf(pades_source *source, const pdf_file *strict, int spool_fd,
                              pdf_rewriting *ret, pades_error **e)
{
    char room[SECRET_MAX + 1];
    const char *password = password_for(source, strict, room);
    pades_status status = pdf_rewrite(source, password, spool_fd, ret, e);
    mem_wipe(room, sizeof room);
    return status;
}

/* qpdf's result, in the spool, as a source that the same password opens. */
static pades_status open_spool(int spool_fd, const pades_source *like, pades_source **ret,
                               pades_error **e)
{
    AUTO(pades_source) *made = NULL;
    span password = source_password(like);
    TRY(pades_source_new_fd(spool_fd, &made, e));
    TRY(pades_source_set_password(made, password.p, password.n, e));
    *ret = TAKE(made);
    return PADES_OK;
}

static pades_status rewrite(pades_ctx *ctx, pades_source *source, int spool_fd, pades_sink *sink,
                            pades_repair_report *r, pades_error **e)
{
    pdf_survey found;
    AUTO(pdf_file) *strict = NULL;
    AUTO(pades_source) *made = NULL;
    AUTO_VAL(pdf_rewriting) rewriting = {.said = BUF(SAID_MAX)};
    TRY(read_header(source, &r->info, e));
    TRY(look_strictly(ctx, source, r, &strict, e));
    TRY(survey(ctx, source, strict, &found, e));
    r->info.size_before = pades_source_size(source);
    r->info.objects_before = found.objects;
    TRY(call_qpdf(source, strict, spool_fd, &rewriting, e));
    if (found.encrypted && !rewriting.encrypted) { /* by whatever trailer it went */
        return refuse_encrypted("what says how is lost, or says it twice", e);
    }
    TRY(open_spool(spool_fd, source, &made, e));
    TRY(check_result(ctx, made, strict, rewriting.encrypted, r, e));
    TRY(keep_changes(r, &rewriting, e));
    return write_result(ctx, source, made, sink, e);
}

pades_status pades_repair(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                          const char *spool_dir, pades_repair_report **ret_report,
                          pades_error **ret_error)
{
    AUTO(pades_repair_report) *r = NULL;
    if (!ctx || !source || !sink || sink_is_in_place(sink)) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a context, a source and a sink that is not in place are needed");
    }
    ctx_freeze(ctx);
    TRY(sink_check(sink, ret_error));
    r = mem_alloc(sizeof *r);
    if (!r) {
        return fail_memory(ret_error);
    }
    r->changes = BUF(2 * SAID_MAX);
    int spool_fd = open(spool_dir ? spool_dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool_fd < 0) {
        return fail_errno(ret_error, PADES_OUTPUT_FAILED, errno, "cannot make a temporary file");
    }
    pades_status status = rewrite(ctx, source, spool_fd, sink, r, ret_error);
    close(spool_fd);
    if (status == PADES_OK && ret_report) {
        *ret_report = TAKE(r);
    }
    return status;
}
