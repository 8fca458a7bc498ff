/* See index.h. */
#include "common/index.h"

#include "common/auto.h"
#include "common/die.h"
#include "common/files.h"

#include <string.h>
#include <strings.h>

static bool parse_row(const char *line, struct index_row *ret)
{
    char status[16];
    int n = sscanf(line, "%63s %63s %79s %15s %15s %ld %d", ret->name, ret->issuer, ret->serial,
                   ret->kind, status, &ret->revoked_at, &ret->reason);
    ret->revoked = n == 7 && strcmp(status, "revoked") == 0;
    ret->unknown = n == 7 && strcmp(status, "unknown") == 0;
    return n == 7;
}

bool index_load(const char *dir, struct index *ret)
{
    AUTO(char) *path = path_join(dir, "index", ".txt");
    AUTO(char) *text = file_read(path, NULL);
    if (text == NULL) {
        return false;
    }
    ret->count = 0;
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if (ret->count == INDEX_MAX || !parse_row(line, &ret->rows[ret->count])) {
            return false;
        }
        ret->count++;
    }
    return true;
}

void index_save(const char *dir, const struct index *index)
{
    AUTO(char) *path = path_join(dir, "index", ".txt");
    AUTO(BIO) *bio = BIO_new(BIO_s_mem());
    BIO_puts(bio, "# name issuer serial kind status revoked reason\n");
    for (size_t i = 0; i < index->count; i++) {
        const struct index_row *r = &index->rows[i];
        BIO_printf(bio, "%s %s %s %s %s %ld %d\n", r->name, r->issuer, r->serial, r->kind,
                   r->revoked   ? "revoked"
                   : r->unknown ? "unknown"
                                : "good",
                   r->revoked_at, r->reason);
    }
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    if (size <= 0) {
        die("cannot write '%s'", path);
    }
    file_write(path, data, (size_t)size, 0644);
}

const struct index_row *index_find(const struct index *index, const char *issuer,
                                   const char *serial)
{
    for (size_t i = 0; i < index->count; i++) {
        const struct index_row *r = &index->rows[i];
        if (strcmp(r->issuer, issuer) == 0 && strcasecmp(r->serial, serial) == 0) {
            return r;
        }
    }
    return NULL;
}

const struct index_row *index_named(const struct index *index, const char *name)
{
    for (size_t i = 0; i < index->count; i++) {
        if (strcmp(index->rows[i].name, name) == 0) {
            return &index->rows[i];
        }
    }
    return NULL;
}
