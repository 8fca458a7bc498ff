#include "base/late.h"

#include <dlfcn.h>
#include <string.h>

const char *late_open(const char *soname, const late_symbol *symbols, size_t n)
{
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        return "the library";
    }
    for (size_t i = 0; i < n; i++) {
        void *found = dlsym(library, symbols[i].name);
        if (!found) {
            return symbols[i].name;
        }
        /* as bytes: ISO C does not convert it to the address of a function */
        memcpy(symbols[i].place, &found, sizeof found);
    }
    return NULL;
}
