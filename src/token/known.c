/* Modules of token software that p11-kit is often not told of, at the places where their packages
 * put them: candidates to probe for, no promise that they are there. One module of a product is
 * enough, so its candidates stand in the order of preference; a name without a folder is looked for
 * in the folders of libraries. */
#include "token/internal.h"

#include "base/fail.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define MACHINE "aarch64-linux-gnu"
#elif defined(__i386__)
#define MACHINE "i386-linux-gnu"
#elif defined(__arm__)
#define MACHINE "arm-linux-gnueabihf"
#elif defined(__riscv)
#define MACHINE "riscv64-linux-gnu"
#else
#define MACHINE "."
#endif

static const char *const folders[] = {
    "/usr/lib/" MACHINE, "/usr/lib/" MACHINE "/pkcs11",
    "/usr/lib64",        "/usr/lib64/pkcs11",
    "/usr/lib",          "/usr/lib/pkcs11",
    "/usr/local/lib",    "/usr/local/lib/pkcs11",
};

static const struct {
    const char *product;
    const char *candidates[4];
} table[] = {
    {"SafeNet Authentication Client", {"libeToken.so", "libeTPkcs11.so", "libIDPrimePKCS11.so"}},
    {"mPollux DigiSign Client", {"libcryptoki.so"}},
    {"OpenSC", {"opensc-pkcs11.so"}},
    {"YubiKey PIV", {"libykcs11.so", "libykcs11.so.2"}},
    {"Gemalto Classic Client", {"libgclib.so"}},
    {"Belgian eID", {"libbeidpkcs11.so.0", "libbeidpkcs11.so"}},
    {"Croatian eID", {"/usr/lib/akd/certiliamiddleware/pkcs11/libEidPkcs11.so"}},
    {"Lithuanian eID", {"mcard-pkcs11.so"}},
    {"Czech eID", {"libeopproxyp11.so"}},
    {"Latvian eID", {"/opt/latvia-eid/lib/eidlv-pkcs11.so", "eidlv-pkcs11.so"}},
    {"SafeSign", {"libaetpkss.so.3", "libaetpkss.so"}},
    {"Bit4id", {"libbit4xpki.so", "libbit4ipki.so"}},
    {"cryptovision sc/interface", {"libcvP11.so"}},
    {"CardOS API", {"libsiecap11.so"}},
    {"Feitian", {"libcastle.so.1.0.0", "libcastle.so"}},
    {"IDEMIA AWP", {"libOcsCryptoki.so"}},
};

const char *p11_known_product(size_t product)
{
    return product < ARRAY_LEN(table) ? table[product].product : NULL;
}

static size_t places_of(const char *candidate)
{
    return candidate[0] == '/' ? 1 : ARRAY_LEN(folders);
}

bool p11_known_path(size_t product, size_t at, char *ret, size_t room)
{
    for (size_t i = 0; i < ARRAY_LEN(table[0].candidates); i++) {
        const char *candidate = table[product].candidates[i];
        if (!candidate) {
            return false;
        }
        if (at < places_of(candidate)) {
            int n = candidate[0] == '/' ? snprintf(ret, room, "%s", candidate)
                                        : snprintf(ret, room, "%s/%s", folders[at], candidate);
            return n > 0 && (size_t)n < room;
        }
        at -= places_of(candidate);
    }
    return false;
}

/* What is there at a usual place: whether it will do. */
typedef struct found {
    char path[256]; /* the first that is there, whether it will do or not */
    bool here;      /* as a module that is loaded, or was refused */
    bool fits;
} found;

static pades_status look_at(const p11_modules *m, const char *path, found *ret, pades_error **e)
{
    AUTO(mem_text) *real = NULL;
    AUTO_VAL(p11_objection) no = {.why = NULL};
    TRY(p11_file_check(path, true, &real, &no, e));
    ret->here = real && p11_is_here(m, real);
    ret->fits = !no.why;
    if (ret->fits || !ret->path[0]) {
        snprintf(ret->path, sizeof ret->path, "%s", path);
    }
    return PADES_OK;
}

pades_status p11_known_load(p11_modules *m, pades_error **e)
{
    for (size_t product = 0; p11_known_product(product); product++) {
        char path[256];
        found f = {"", false, false};
        for (size_t at = 0; !f.here && !f.fits && p11_known_path(product, at, path, sizeof path);
             at++) {
            if (access(path, F_OK) == 0) {
                TRY(look_at(m, path, &f, e));
            }
        }
        if (f.path[0] && !f.here && p11_uri_names_module(&m->uri, f.path, f.path)) {
            TRY(p11_take_file(m, f.path, f.path, p11_known_product(product), e));
        }
    }
    return PADES_OK;
}

bool p11_known_there(const p11_modules *m, char *ret, size_t room)
{
    for (size_t product = 0; p11_known_product(product); product++) {
        char path[256];
        for (size_t at = 0; p11_known_path(product, at, path, sizeof path); at++) {
            char *real = realpath(path, NULL);
            bool there = real && !p11_is_here(m, real);
            free(real);
            if (there) {
                int n = snprintf(ret, room, "%s (%s)", path, p11_known_product(product));
                return n > 0 && (size_t)n < room;
            }
        }
    }
    return false;
}
