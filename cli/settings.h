/* The values of all options, and where each comes from. A flag wins over a profile, a profile over
 * the rest of the files, the user's file over the system's. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "failure.h"
#include "options.h"

#include <stdbool.h>

enum origin_rank {
    FROM_DEFAULT,
    FROM_SYSTEM_FILE,
    FROM_USER_FILE, /* or --config */
    FROM_SYSTEM_PROFILE,
    FROM_USER_PROFILE,
    FROM_FLAG
};

struct origin {
    enum origin_rank rank;
    const char *file; /* belongs to the settings */
    unsigned line;
};

struct setting {
    char **values;
    size_t n;
    struct origin origin;
};

struct settings {
    struct setting of[OPT_COUNT];
    char *files[2]; /* configuration files that were read */
    size_t files_n;
};

/* Checks `value` and keeps a copy, unless what is there ranks higher. The failure is one of usage
 * or of configuration, as the origin says. */
int settings_put(struct settings *s, enum option_id id, const char *value, struct origin origin,
                 struct failure *f) MUST_USE;
void settings_clear(struct settings *s);

bool setting_given(const struct settings *s, enum option_id id);
/* The value, the fixed default, or NULL. */
const char *setting_text(const struct settings *s, enum option_id id);
bool setting_on(const struct settings *s, enum option_id id);
long setting_number(const struct settings *s, enum option_id id);
size_t setting_count(const struct settings *s, enum option_id id);
/* The i-th of a list; NULL beyond the end. */
const char *setting_item(const struct settings *s, enum option_id id, size_t i);

#endif
