/* GNU libidn, opened by its SONAME like the second reader (docs/adr/0001) and as optional as it is
 * rare: without it a password is tried as it was given. Code points that Unicode 3.2 had not
 * assigned stand as they are, as in a query. What libidn copies for itself it does not wipe.
 * clause: RFC4013#2 SASLprep; ISO32000-2#7.6.4.3.3 step a */
#include "pdf/saslprep.h"

#include "base/late.h"
#include "build_config.h"

#ifdef PADES_IDN_SONAME

#include <pthread.h>
#include <stringprep.h>

typedef struct idn_functions {
    __typeof__(stringprep) *prepare;
    __typeof__(stringprep_check_version) *version;
    const Stringprep_profile *profile;
} idn_functions;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static idn_functions functions; /* written once, under `once` */
static const char *missing;

static void open_once(void)
{
    static const late_symbol symbols[] = {{"stringprep", &functions.prepare},
                                          {"stringprep_check_version", &functions.version},
                                          {"stringprep_saslprep", &functions.profile}};
    missing = late_open(PADES_IDN_SONAME, symbols, ARRAY_LEN(symbols));
}

static const idn_functions *idn(void)
{
    pthread_once(&once, open_once);
    return missing ? NULL : &functions;
}

saslprep_result saslprep(span given, secret *ret)
{
    const idn_functions *f = idn();
    if (!f) {
        return SASLPREP_ABSENT;
    }
    if (given.n + 1 > SECRET_MAX || !secret_set(ret, given.p, given.n)) {
        return SASLPREP_REFUSED;
    }
    char *text = (char *)secret_room(ret);
    text[given.n] = 0;
    if (f->prepare(text, SECRET_MAX, 0, f->profile) != STRINGPREP_OK) {
        secret_wipe(ret);
        return SASLPREP_REFUSED;
    }
    secret_set_length(ret, strlen(text));
    return SASLPREP_DONE;
}

const char *saslprep_version(void)
{
    const idn_functions *f = idn();
    return f ? f->version(NULL) : NULL;
}

#else

saslprep_result saslprep(span given, secret *ret)
{
    (void)given;
    (void)ret;
    return SASLPREP_ABSENT;
}

const char *saslprep_version(void)
{
    return NULL;
}

#endif
