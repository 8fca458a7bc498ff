/* See lock.h. */
#include "lock.h"

#include "text.h"

#include <string.h>

/* Names between commas. */
static int read_names(const char *list, struct lock *lock, struct failure *f)
{
    char *rest = NULL;
    lock->copy = strdup(list);
    if (lock->copy == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    for (char *name = strtok_r(lock->copy, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        if (lock->n == LOCK_NAMES_MAX) {
            return fail_usage(f, NULL, "--lock names more than %d fields", LOCK_NAMES_MAX);
        }
        lock->names[lock->n++] = name;
    }
    return EXIT_DONE;
}

int lock_read(const struct settings *s, struct lock *ret, struct failure *f)
{
    static const struct {
        const char *word;
        pades_lock_action action;
    } kinds[] = {{"include:", PADES_LOCK_INCLUDE}, {"exclude:", PADES_LOCK_EXCLUDE}};
    const char *text = setting_text(s, OPT_LOCK);
    ret->action = PADES_LOCK_NONE;
    if (text == NULL) {
        return EXIT_DONE;
    }
    if (strcmp(text, "all") == 0) {
        ret->action = PADES_LOCK_ALL;
        return EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, n) == 0) {
            ret->action = kinds[i].action;
            return read_names(text + n, ret, f);
        }
    }
    return fail_usage(f, "all, include:A,B or exclude:A,B",
                      "--lock '%s' says nothing that is known", show(text).text);
}

void lock_clear(struct lock *lock)
{
    free(lock->copy);
}
