/* qpdf is opened by its SONAME when it is first needed: its C++ start-up costs a process that
 * never asks it nothing. Once opened it stays, and the table of its functions never changes: the
 * one thing this library keeps for a whole process. */
#include "pdf/qpdf.h"

#include "base/fail.h"
#include "base/late.h"
#include "build_config.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static qpdf_functions functions; /* written once, under `once` */
static const char *missing;

static void open_once(void)
{
    static const late_symbol symbols[] = {
#define QPDF_SYMBOL(name) {"qpdf_" #name, &functions.name},
        QPDF_FUNCTIONS(QPDF_SYMBOL)
#undef QPDF_SYMBOL
    };
    missing = late_open(PADES_QPDF_SONAME, symbols, ARRAY_LEN(symbols));
}

const qpdf_functions *qpdf_open(pades_error **e)
{
    pthread_once(&once, open_once);
    if (!missing) {
        return &functions;
    }
    fail(e, PADES_INTERNAL, "the second reader, %s, cannot be opened: %s is missing",
         PADES_QPDF_SONAME, missing);
    error_hint(e, "install libqpdf, version %s or later", PADES_QPDF_BUILD_VERSION);
    return NULL;
}
