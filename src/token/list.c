/* The public list of tokens: no login, nothing looked up on the tokens. */
#include "token/internal.h"

#include "base/fail.h"
#include "base/mem.h"

pades_status pades_token_list_new(pades_ctx *ctx, const pades_token_opts *opts,
                                  pades_token_list **ret_list, pades_error **ret_error)
{
    if (!ctx || !ret_list) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a list of tokens needs a context and a place");
    }
    ctx_freeze(ctx);
    AUTO(p11_modules) *modules = NULL;
    TRY(p11_modules_open(ctx, opts, &modules, ret_error));
    pades_token_list *list = mem_alloc(sizeof *list);
    if (!list) {
        return fail_memory(ret_error);
    }
    list->modules = TAKE(modules);
    *ret_list = list;
    return PADES_OK;
}

void pades_token_list_free(pades_token_list *list)
{
    if (list) {
        p11_readers_free(&list->readers);
        p11_modules_close(list->modules);
        mem_free(list);
    }
}

size_t pades_token_list_count(const pades_token_list *list)
{
    return list ? p11_tokens(list->modules) : 0;
}

const pades_token_info *pades_token_list_get(const pades_token_list *list, size_t index)
{
    return list ? p11_token(list->modules, index) : NULL;
}

const char *pades_token_list_failed_module(const pades_token_list *list, size_t index)
{
    return list ? p11_failed_module(list->modules, index) : NULL;
}

const pades_reader_info *pades_token_list_reader(pades_token_list *list, size_t index)
{
    if (!list) {
        return NULL;
    }
    if (!list->asked_readers) {
        list->asked_readers = p11_readers_list(list->modules, &list->readers, NULL) == PADES_OK;
    }
    return index < list->readers.n ? &list->readers.items[index].info : NULL;
}

pades_status pades_token_list_choose(const pades_token_list *list, size_t *ret_index,
                                     pades_error **ret_error)
{
    if (!list || !ret_index) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a token is chosen from a list, to a place");
    }
    size_t n = p11_tokens(list->modules);
    if (n == 0) {
        return p11_fail_no_token(list->modules, ret_error);
    }
    if (n > 1) {
        return p11_fail_several(list->modules, ret_error);
    }
    *ret_index = 0;
    return PADES_OK;
}

const pades_module_info *pades_token_list_module(const pades_token_list *list, size_t index)
{
    return list ? p11_module_told(list->modules, index) : NULL;
}
