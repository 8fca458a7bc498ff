/* The public list of tokens: no login, nothing looked up on the tokens. */
#include "token/pkcs11.h"

#include "base/fail.h"
#include "base/mem.h"

struct pades_token_list {
    p11_modules *modules;
};

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
