/* qpdf is opened by its SONAME when it is first needed: its C++ start-up costs a process that
 * never asks it nothing. Once opened it stays, and the table of its functions never changes: the
 * one thing this library keeps for a whole process. */
#include "pdf/qpdf.h"

#include "base/fail.h"
#include "build_config.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static qpdf_functions functions; /* written once, under `once` */
static const char *failed_at = "never opened";

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found && !failed_at) {
        failed_at = name;
    }
    return found;
}

static void open_once(void)
{
    void *library = dlopen(PADES_QPDF_SONAME, RTLD_LAZY | RTLD_LOCAL);
    failed_at = library ? NULL : "not found";
    if (!library) {
        return;
    }
    void *found = NULL;
#define QPDF_FIND(name)                                                                            \
    found = symbol(library, "qpdf_" #name);                                                        \
    memcpy(&functions.name, &found, sizeof found);
    QPDF_FUNCTIONS(QPDF_FIND)
#undef QPDF_FIND
}

const qpdf_functions *qpdf_open(pades_error **e)
{
    pthread_once(&once, open_once);
    if (!failed_at) {
        return &functions;
    }
    fail(e, PADES_INTERNAL, "the second reader, %s, cannot be opened (%s)", PADES_QPDF_SONAME,
         failed_at);
    error_hint(e, "install libqpdf, version %s or later", PADES_QPDF_BUILD_VERSION);
    return NULL;
}
