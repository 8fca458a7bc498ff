/* Results and their getters. */
#include "sign/result.h"

#include "base/fail.h"
#include "base/mem.h"

pades_status result_new(pades_result **ret, pades_error **e)
{
    pades_result *r = mem_alloc(sizeof *r);
    if (!r) {
        return fail_memory(e);
    }
    *ret = r;
    return PADES_OK;
}

static bool is_told(const pades_result *r, const char *line, size_t n)
{
    for (size_t i = 0; i < r->warnings_n; i++) {
        if (strncmp(r->warnings[i], line, n) == 0 && r->warnings[i][n] == '\0') {
            return true;
        }
    }
    return false;
}

pades_status result_add_warnings(pades_result *r, const buf *lines, pades_error **e)
{
    TRY(buf_check(lines, "warnings", e));
    for (size_t at = 0; at < lines->n;) {
        const char *line = (const char *)lines->p + at;
        size_t n = strnlen(line, lines->n - at);
        at += n + 1;
        if (is_told(r, line, n)) {
            continue;
        }
        char *copy = mem_strndup(line, n);
        if (!copy || !MEM_GROW(r->warnings, r->warnings_n, r->warnings_cap)) {
            mem_free(copy);
            return fail_memory(e);
        }
        r->warnings[r->warnings_n++] = copy;
    }
    return PADES_OK;
}

pades_status result_add_stamp(pades_result *r, const tsp_verified *verified, const pades_tsa *tsa,
                              pades_error **e)
{
    if (!MEM_GROW(r->stamps, r->stamps_n, r->stamps_cap)) {
        return fail_memory(e);
    }
    result_stamp *s = &r->stamps[r->stamps_n++];
    *s = (result_stamp){
        .tsa = mem_strdup(verified->signer ? pades_cert_subject(verified->signer) : ""),
        .url = mem_strdup(pades_tsa_url(tsa)),
        .serial = mem_strdup(verified->serial)};
    if (!s->tsa || !s->url || !s->serial) {
        return fail_memory(e);
    }
    s->info = (pades_timestamp_info){verified->time, s->tsa, s->url, s->serial};
    return result_add_warnings(r, &verified->warnings, e);
}

/* Signatures of other kinds have the levels under another name. */
static const char *level_words(bool is_pkcs7, pades_level level)
{
    static const char *const names[] = {"PKCS7-B", "PKCS7-T", "PKCS7-LT", "PKCS7-LTA"};
    return is_pkcs7 ? names[level - PADES_LEVEL_B] : pades_level_name(level);
}

pades_status result_add_signature(pades_result *r, const char *field, bool is_timestamp,
                                  bool is_pkcs7, pades_level level, pades_error **e)
{
    char *copy = mem_strdup(field);
    if (!copy || !MEM_GROW(r->signatures, r->signatures_n, r->signatures_cap)) {
        mem_free(copy);
        return fail_memory(e);
    }
    r->signatures[r->signatures_n++] =
        (pades_level_info){.field = copy,
                           .type = is_timestamp ? "doctimestamp" : "signature",
                           .level = is_timestamp ? NULL : level_words(is_pkcs7, level)};
    return PADES_OK;
}

const pades_level_info *pades_result_signature(const pades_result *result, size_t index)
{
    return index < result->signatures_n ? &result->signatures[index] : NULL;
}

static void free_signatures(pades_result *r)
{
    for (size_t i = 0; i < r->signatures_n; i++) {
        union {
            const char *shown;
            char *owned;
        } field = {r->signatures[i].field};
        mem_free(field.owned);
    }
    mem_free(r->signatures);
}

void pades_result_free(pades_result *result)
{
    if (!result) {
        return;
    }
    for (size_t i = 0; i < result->warnings_n; i++) {
        mem_free(result->warnings[i]);
    }
    mem_free(result->warnings);
    for (size_t i = 0; i < result->stamps_n; i++) {
        mem_free(result->stamps[i].tsa);
        mem_free(result->stamps[i].url);
        mem_free(result->stamps[i].serial);
    }
    mem_free(result->stamps);
    free_signatures(result);
    mem_free(result->field);
    mem_free(result->input_digest);
    pades_cert_free(result->cert);
    mem_free(result);
}

const char *pades_result_field(const pades_result *result)
{
    return result->field;
}

pades_level pades_result_level(const pades_result *result)
{
    return result->level;
}

const char *pades_result_level_name(const pades_result *result)
{
    static const char *const names[] = {[0] = "none",
                                        [PADES_LEVEL_B] = "PKCS7-B",
                                        [PADES_LEVEL_T] = "PKCS7-T",
                                        [PADES_LEVEL_LT] = "PKCS7-LT",
                                        [PADES_LEVEL_LTA] = "PKCS7-LTA"};
    return result->pkcs7 ? names[result->level] : pades_level_name(result->level);
}

int pades_result_is_partial(const pades_result *result)
{
    return result->partial;
}

pades_digest pades_result_digest(const pades_result *result)
{
    return result->digest;
}

void pades_result_byte_range(const pades_result *result, uint64_t ret_range[4])
{
    memcpy(ret_range, result->byte_range, sizeof result->byte_range);
}

const pades_cert *pades_result_cert(const pades_result *result)
{
    return result->cert;
}

const pades_timestamp_info *pades_result_timestamp(const pades_result *result, size_t index)
{
    return index < result->stamps_n ? &result->stamps[index].info : NULL;
}

const char *pades_result_warning(const pades_result *result, size_t index)
{
    return index < result->warnings_n ? result->warnings[index] : NULL;
}

const char *pades_result_input_digest(const pades_result *result)
{
    return result->input_digest;
}
