/* What encrypts a document and what it permits, as it says itself. */
#include "inspect.h"

#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ISO 32000-1, table 22. */
static const struct {
    int bit;
    const char *name;
} rights[] = {{3, "print"},      {4, "modify"},         {5, "copy"},      {6, "annotate"},
              {9, "fill-forms"}, {10, "accessibility"}, {11, "assemble"}, {12, "print-high"}};

enum { RIGHTS = sizeof rights / sizeof *rights };

static bool permits(const pades_encryption_info *e, size_t i)
{
    return ((uint32_t)e->permissions >> (rights[i].bit - 1) & 1) != 0;
}

static const char *opened_name(int opened)
{
    return opened == PADES_OPENED_USER ? "user" : opened == PADES_OPENED_OWNER ? "owner" : NULL;
}

/* What people call it: "AES-256", "RC4-40". */
static const char *algorithm(const pades_encryption_info *e, char *to, size_t n)
{
    const char *method = e->streams;
    if (method == NULL || e->strings == NULL || e->key_bits == 0) {
        return NULL;
    }
    if (strcmp(method, "Identity") == 0) {
        method = e->strings;
    }
    if (strcmp(method, "Identity") == 0) {
        return "none";
    }
    snprintf(to, n, "%s-%u", strncmp(method, "AES", 3) == 0 ? "AES" : "RC4", e->key_bits);
    return to;
}

void inspect_json_encryption(js *object, const pades_encryption_info *e)
{
    char text[32];
    if (e == NULL) {
        js_null(object, "encryption");
        return;
    }
    js *one = js_object_in(object, "encryption");
    js_text(one, "handler", e->handler);
    js_text(one, "algorithm", algorithm(e, text, sizeof text));
    js_number(one, "key_bits", e->key_bits);
    js_number(one, "version", e->version);
    js_number(one, "revision", e->revision);
    js_text(one, "streams", e->streams);
    js_text(one, "strings", e->strings);
    js_bool(one, "encrypt_metadata", e->encrypt_metadata != 0);
    js_number(one, "permissions", e->permissions);
    js *list = js_list_in(one, "permits");
    for (size_t i = 0; i < RIGHTS; i++) {
        if (permits(e, i)) {
            js_push_text(list, rights[i].name);
        }
    }
    js_text(one, "opened_by", opened_name(e->opened));
}

static void print_rights(const pades_encryption_info *e)
{
    const char *between = "";
    printf("    %-12s %" PRId32 " (", "permissions", e->permissions);
    for (size_t i = 0; i < RIGHTS; i++) {
        if (permits(e, i)) {
            printf("%s%s", between, rights[i].name);
            between = ", ";
        }
    }
    printf("%s)\n", between[0] == '\0' ? "nothing" : "");
}

void inspect_text_encryption(const pades_encryption_info *e)
{
    char text[32];
    if (e == NULL) {
        return;
    }
    const char *name = algorithm(e, text, sizeof text);
    const char *opened = opened_name(e->opened);
    printf("encryption\n    %-12s %s, V %" PRId64 " R %" PRId64 "\n", "handler",
           e->handler == NULL ? "none" : e->handler, e->version, e->revision);
    if (name != NULL) {
        printf("    %-12s %s (streams %s, strings %s, metadata %s)\n", "algorithm", name,
               e->streams, e->strings, e->encrypt_metadata != 0 ? "too" : "in clear");
        print_rights(e);
    }
    printf("    %-12s %s%s\n", "opened", opened == NULL ? "no" : "as ",
           opened == NULL ? "" : opened);
}
