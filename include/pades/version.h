/* libpades - version and what is compiled in. */
#ifndef PADES_VERSION_H
#define PADES_VERSION_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PADES_VERSION_MAJOR 0
#define PADES_VERSION_MINOR 1
#define PADES_VERSION_PATCH 0

/* "0.1.0" of the library that runs. */
PADES_API const char *pades_version(void);
/* Name and version of the i-th library below ("openssl", "3.0.19"), build-time version in
 * ret_built, that of the one loaded now in ret_running (NULL when it is not loaded yet). Returns 0
 * beyond the end. */
PADES_API int pades_component(size_t index, const char **ret_name, const char **ret_built,
                              const char **ret_running);

#ifdef __cplusplus
}
#endif
#endif
