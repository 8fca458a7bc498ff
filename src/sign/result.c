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

pades_status result_add_warnings(pades_result *r, const buf *lines, pades_error **e)
{
    TRY(buf_check(lines, "warnings", e));
    for (size_t at = 0; at < lines->n;) {
        const char *line = (const char *)lines->p + at;
        size_t n = strnlen(line, lines->n - at);
        char *copy = mem_strndup(line, n);
        if (!copy || !MEM_GROW(r->warnings, r->warnings_n, r->warnings_cap)) {
            mem_free(copy);
            return fail_memory(e);
        }
        r->warnings[r->warnings_n++] = copy;
        at += n + 1;
    }
    return PADES_OK;
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
    mem_free(result->field);
    mem_free(result->tsa);
    mem_free(result->url);
    mem_free(result->serial);
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
    return result->stamped && index == 0 ? &result->timestamp : NULL;
}

const char *pades_result_warning(const pades_result *result, size_t index)
{
    return index < result->warnings_n ? result->warnings[index] : NULL;
}

const char *pades_result_input_digest(const pades_result *result)
{
    return result->input_digest;
}
