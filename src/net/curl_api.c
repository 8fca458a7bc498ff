/* Opens libcurl by the SONAME it was built against. What it keeps is the one accepted exception to
 * "no globals": a handle and function addresses, written once under pthread_once and never again;
 * they are the same for every context, and unloading libcurl is not safe. */
#include "net/curl_api.h"

#include "base/fail.h"
#include "base/late.h"
#include "build_config.h"
#include "net/http.h"

#include <pthread.h>

static struct {
    pthread_once_t once;
    curl_api api;
    const char *missing; /* NULL: all is there */
} loaded = {.once = PTHREAD_ONCE_INIT};

static void load(void)
{
    static const late_symbol symbols[] = {
#define CURL_API_SYMBOL(name) {"curl_" #name, &loaded.api.name},
        CURL_API(CURL_API_SYMBOL)
#undef CURL_API_SYMBOL
    };
    static const late_symbol keylog = {"SSL_CTX_set_keylog_callback", &loaded.api.set_keylog};
    loaded.missing = late_open(PADES_CURL_SONAME, symbols, ARRAY_LEN(symbols));
    if (!loaded.missing) {
        (void)late_open(PADES_CURL_SONAME, &keylog, 1); /* of its TLS library, where it has one */
        loaded.missing =
            loaded.api.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? NULL : "its start";
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
