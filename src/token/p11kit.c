#include "token/p11kit.h"

#include "base/fail.h"
#include "base/late.h"
#include "build_config.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static p11kit_functions functions; /* written once, under `once` */
static const char *missing;

static void open_once(void)
{
    static const late_symbol symbols[] = {
#define P11KIT_SYMBOL(name) {"p11_kit_" #name, &functions.name},
        P11KIT_FUNCTIONS(P11KIT_SYMBOL)
#undef P11KIT_SYMBOL
    };
    missing = late_open(PADES_P11KIT_SONAME, symbols, ARRAY_LEN(symbols));
}

pades_status p11kit_open(pades_error **e)
{
    pthread_once(&once, open_once);
    if (!missing) {
        return PADES_OK;
    }
    fail(e, PADES_MODULE_FAILED,
         "the library for PKCS#11 modules, %s, cannot be opened: %s is missing",
         PADES_P11KIT_SONAME, missing);
    error_hint(e, "install p11-kit, version %s or later", PADES_P11KIT_BUILD_VERSION);
    return PADES_MODULE_FAILED;
}

const p11kit_functions *p11kit(void)
{
    return &functions;
}
