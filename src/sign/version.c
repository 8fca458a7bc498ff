/* The version of the library and of what it stands on. */
#include "base/digest.h"
#include "build_config.h"
#include "net/http.h"
#include "pdf/flate.h"
#include "pdf/saslprep.h"
#include "pdf/second.h"

#include <pades/version.h>

const char *pades_version(void)
{
    return PADES_VERSION_TEXT;
}

int pades_component(size_t index, const char **ret_name, const char **ret_built,
                    const char **ret_running)
{
    const struct {
        const char *name, *built, *running;
    } all[] = {{"openssl", openssl_version_built(), openssl_version_running()},
               {"zlib", zlib_version_built(), zlib_version_running()},
               {"qpdf", PADES_QPDF_BUILD_VERSION, pdf_second_version()},
               {"libcurl", PADES_CURL_BUILD_VERSION, http_library_version()},
               {"p11-kit", PADES_P11KIT_BUILD_VERSION, NULL},
               {"libidn", *PADES_IDN_BUILD_VERSION ? PADES_IDN_BUILD_VERSION : "none",
                saslprep_version()}};
    if (index >= ARRAY_LEN(all)) {
        return 0;
    }
    *ret_name = all[index].name;
    *ret_built = all[index].built;
    *ret_running = all[index].running;
    return 1;
}
