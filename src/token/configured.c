/* The system's module files of p11-kit, read for what p11-kit does not say: which modules it left
 * out because they cannot be loaded. (It tells the last one only, and gives no module at all when
 * one that is marked as critical is missing.) The files of a user are not looked at. */
#include "token/internal.h"

#include "base/fail.h"
#include "base/mem.h"
#include "build_config.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* As pkcs11.conf(5) has it: what lies in the first goes before a file of this name in the second.
 */
static const char *const folders[] = {"/etc/pkcs11/modules", BUILD_P11KIT_CONFIGS};
enum { LINE_MAX_OCTETS = 4096, LINES_MAX = 256 };

typedef struct module_file {
    char module[LINE_MAX_OCTETS];
    bool other; /* for named programs, of trust policy, or in another process */
} module_file;

static const char *value_of(char *line, const char *key)
{
    size_t n = strlen(key);
    if (strncmp(line, key, n) != 0 || line[n] != ':') {
        return NULL;
    }
    char *value = line + n + 1 + strspn(line + n + 1, " \t");
    value[strcspn(value, "\r\n")] = 0;
    return value;
}

static void take_line(module_file *f, char *line)
{
    const char *module = value_of(line, "module");
    const char *policy = value_of(line, "trust-policy");
    if (module) {
        snprintf(f->module, sizeof f->module, "%s", module);
    }
    f->other = f->other || value_of(line, "enable-in") || value_of(line, "remote") ||
               (policy && strncmp(policy, "yes", 3) == 0);
}

static bool read_file(const char *path, module_file *ret)
{
    char line[LINE_MAX_OCTETS];
    FILE *f = fopen(path, "re");
    ret->module[0] = 0;
    ret->other = false;
    if (!f) {
        return false;
    }
    for (int i = 0; i < LINES_MAX && fgets(line, sizeof line, f); i++) {
        take_line(ret, line);
    }
    fclose(f);
    return ret->module[0] && !ret->other;
}

static bool is_overridden(size_t folder, const char *name)
{
    char path[512];
    int n = snprintf(path, sizeof path, "%s/%s", folders[0], name);
    return folder > 0 && n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

static pades_status take_file(size_t folder, const char *file, p11_configured_fn fn, void *user,
                              pades_error **e)
{
    static const char ending[] = ".module";
    char path[2 * LINE_MAX_OCTETS], name[256];
    module_file f;
    size_t n = strlen(file);
    if (n < sizeof ending || n >= sizeof name ||
        strcmp(file + n - sizeof ending + 1, ending) != 0 || is_overridden(folder, file)) {
        return PADES_OK;
    }
    snprintf(path, sizeof path, "%s/%s", folders[folder], file);
    if (!read_file(path, &f)) {
        return PADES_OK;
    }
    snprintf(name, sizeof name, "%.*s", (int)(n - sizeof ending + 1), file);
    snprintf(path, sizeof path, "%s%s%s", f.module[0] == '/' ? "" : BUILD_P11KIT_PATH,
             f.module[0] == '/' ? "" : "/", f.module);
    return fn(user, name, path, e);
}

pades_status p11_each_configured(p11_configured_fn fn, void *user, pades_error **e)
{
    pades_status status = PADES_OK;
    for (size_t i = 0; i < ARRAY_LEN(folders) && status == PADES_OK; i++) {
        DIR *dir = opendir(folders[i]);
        const struct dirent *entry = NULL;
        while (dir && status == PADES_OK && (entry = readdir(dir))) {
            status = take_file(i, entry->d_name, fn, user, e);
        }
        if (dir) {
            closedir(dir);
        }
    }
    return status;
}
