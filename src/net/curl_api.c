/* Opens libcurl by the SONAME it was built against. What it keeps is the one accepted exception to
 * "no globals": a handle and function addresses, written once under pthread_once and never again;
 * they are the same for every context, and unloading libcurl is not safe. */
#include "net/curl_api.h"

#include "base/fail.h"
#include "build_config.h"
#include "net/http.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

static struct {
    pthread_once_t once;
    curl_api api;
    const char *missing; /* NULL: all is there */
} loaded = {.once = PTHREAD_ONCE_INIT};

static const struct {
    const char *name;
    size_t offset;
} symbols[] = {
#define CURL_API_SYMBOL(name) {"curl_" #name, offsetof(curl_api, name)},
    CURL_API(CURL_API_SYMBOL)
#undef CURL_API_SYMBOL
};

/* Copies the address as bytes: ISO C has no conversion from an object to a function pointer. */
static bool find_symbol(void *library, const char *name, size_t offset)
{
    void *address = dlsym(library, name);
    memcpy((char *)&loaded.api + offset, &address, sizeof address);
    return address != NULL;
}

static void load(void)
{
    void *library = dlopen(PADES_CURL_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        loaded.missing = "the library";
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
        if (!find_symbol(library, symbols[i].name, symbols[i].offset)) {
            loaded.missing = symbols[i].name;
            return;
        }
    }
    (void)find_symbol(library, "SSL_CTX_set_keylog_callback", offsetof(curl_api, set_keylog));
    if (loaded.api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        loaded.missing = "its start";
    }
}

const curl_api *curl_api_get(pades_error **e)
{
    pthread_once(&loaded.once, load);
    if (loaded.missing) {
        (void)fail(e, PADES_INTERNAL, "'%s' cannot be used: %s is missing", PADES_CURL_SONAME,
                   loaded.missing);
        (void)error_hint(e, "install the package libcurl4 (Debian 13: libcurl4t64)");
        return NULL;
    }
    return &loaded.api;
}

const char *http_library_version(void)
{
    const curl_api *api = curl_api_get(NULL);
    return api ? api->version_info(CURLVERSION_NOW)->version : NULL;
}
