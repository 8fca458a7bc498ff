/* See seed.h. Members are called as the keys of the seed value dictionary, with a small first
 * letter; what a value must look like is the library's to judge. Certificates are named as files,
 * beside the JSON file when they have no path of their own. */
#include "seed.h"

#include "certs.h"
#include "files.h"
#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024 };

enum kind { ONE_TEXT, TEXTS, NUMBER, TRUTH, LOCKING, CERTS, SUBJECTS, STAMP, CERT, REQUIRED };

struct member {
    const char *name;
    enum kind kind;
    const char *key; /* of pades_field_spec_add_seed() */
    bool wish;       /* can never be required */
};

/* A file, and the object of it that is being read. */
struct seed {
    const char *path;
    pades_field_spec *spec;
    const char *where; /* "", "cert.", "timeStamp." */
    const struct member *members;
    struct failure *f;
};

static const struct member top[] = {
    {"filter", ONE_TEXT, "Filter", false},
    {"subFilter", TEXTS, "SubFilter", false},
    {"digestMethod", TEXTS, "DigestMethod", false},
    {"v", NUMBER, "V", false},
    {"reasons", TEXTS, "Reasons", false},
    {"mdp", NUMBER, "MDP", false},
    {"legalAttestation", TEXTS, "LegalAttestation", false},
    {"addRevInfo", TRUTH, "AddRevInfo", false},
    {"lockDocument", LOCKING, "LockDocument", false},
    {"appearanceFilter", ONE_TEXT, "AppearanceFilter", false},
    {"timeStamp", STAMP, "TimeStamp", false},
    {"cert", CERT, NULL, true},
    {"required", REQUIRED, NULL, true},
    {NULL, ONE_TEXT, NULL, true},
};

static const struct member of_cert[] = {
    {"subject", CERTS, "Cert Subject", false},
    {"issuer", CERTS, "Cert Issuer", false},
    {"oid", TEXTS, "Cert OID", false},
    {"keyUsage", TEXTS, "Cert KeyUsage", false},
    {"subjectDN", SUBJECTS, "Cert SubjectDN", false},
    {"url", ONE_TEXT, "Cert URL", false},
    {"urlType", ONE_TEXT, "Cert URLType", true},
    {"required", REQUIRED, NULL, true},
    {NULL, ONE_TEXT, NULL, true},
};

static const struct member *find(const struct member *members, const char *name)
{
    while (members->name != NULL && strcmp(members->name, name) != 0) {
        members++;
    }
    return members->name == NULL ? NULL : members;
}

static int refuse(const struct seed *s, const char *name, const char *what)
{
    return fail_usage(s->f, "pades-fields(1) lists the members", "'%s': '%s%s' %s",
                      show(s->path).text, s->where, show(name).text, what);
}

static int add(const struct seed *s, const char *key, const char *value)
{
    pades_field_spec_add_seed(s->spec, key, value, strlen(value));
    return EXIT_DONE;
}

static int add_number(const struct seed *s, const struct member *m, const js *value)
{
    char text[32];
    if (js_kind_of(value) != JS_NUMBER) {
        return refuse(s, m->name, "must be a whole number");
    }
    snprintf(text, sizeof text, "%" PRId64, js_as_number(value));
    return add(s, m->key, text);
}

static int add_truth(const struct seed *s, const struct member *m, const js *value)
{
    if (m->kind == LOCKING && js_kind_of(value) == JS_TEXT &&
        strcmp(js_as_text(value), "auto") == 0) {
        return add(s, m->key, "auto");
    }
    if (js_kind_of(value) != JS_BOOL) {
        return refuse(s, m->name,
                      m->kind == LOCKING ? "must be true, false or \"auto\""
                                         : "must be true or false");
    }
    return add(s, m->key, js_as_bool(value) ? "true" : "false");
}

static int add_text(const struct seed *s, const struct member *m, const js *value)
{
    if (js_kind_of(value) != JS_TEXT) {
        return refuse(s, m->name, "must be a text");
    }
    return add(s, m->key, js_as_text(value));
}

/* "dir/seed.json" and "ca.pem" are "dir/ca.pem". */
static char *beside(const char *path, const char *name)
{
    char *out = NULL;
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL || name[0] == '/' ? 0 : (int)(slash - path) + 1;
    return asprintf(&out, "%.*s%s", folder, path, name) < 0 ? NULL : out;
}

static int add_certs(const struct seed *s, const struct member *m, const js *value)
{
    __attribute__((cleanup(certs_clear))) struct certs certs = {0};
    if (js_kind_of(value) != JS_TEXT) {
        return refuse(s, m->name, "must name files with certificates");
    }
    AUTO(free) char *path = beside(s->path, js_as_text(value));
    if (path == NULL) {
        return fail(s->f, PADES_NO_MEMORY, NULL, "no memory");
    }
    int exit_code = certs_add_file(&certs, path, s->f);
    if (exit_code == EXIT_KEY) {
        return refuse(s, m->name, "names a file without a certificate that can be read");
    }
    TRY(exit_code);
    for (size_t i = 0; i < certs.n; i++) {
        size_t n = 0;
        const void *der = pades_cert_der(certs.all[i], &n);
        pades_field_spec_add_seed(s->spec, m->key, der, n);
    }
    return EXIT_DONE;
}

/* {"CN":"Name","O":"Acme"} as lines CN=Name. */
static int write_subject(const struct seed *s, const struct member *m, js *value, FILE *lines)
{
    void *at = NULL;
    const char *name;
    js *text;
    while (js_next(value, &at, &name, &text)) {
        if (js_kind_of(text) != JS_TEXT || strchr(js_as_text(text), '\n') != NULL ||
            strpbrk(name, "=\n") != NULL) {
            return refuse(s, m->name, "must have attributes with one line of text each");
        }
        fprintf(lines, "%s=%s\n", name, js_as_text(text));
    }
    return EXIT_DONE;
}

static int add_subject(const struct seed *s, const struct member *m, js *value)
{
    AUTO(free) char *text = NULL;
    size_t n = 0;
    if (js_kind_of(value) != JS_OBJECT) {
        return refuse(s, m->name, "must be objects such as {\"CN\":\"Name\"}");
    }
    FILE *lines = open_memstream(&text, &n);
    if (lines == NULL) {
        return fail(s->f, PADES_NO_MEMORY, NULL, "no memory");
    }
    int exit_code = write_subject(s, m, value, lines);
    if (fclose(lines) != 0) {
        return fail(s->f, PADES_NO_MEMORY, NULL, "no memory");
    }
    TRY(exit_code);
    return add(s, m->key, text);
}

/* A name of this object becomes a constraint that binds. */
static int add_required(const struct seed *s, const struct member *m, const js *value)
{
    const struct member *which =
        js_kind_of(value) == JS_TEXT ? find(s->members, js_as_text(value)) : NULL;
    if (which == NULL || which->wish) {
        return refuse(s, m->name, "must name members of the same object that can be required");
    }
    pades_field_spec_require_seed(s->spec, which->key);
    return EXIT_DONE;
}

static int read_object(const struct seed *s, js *object);

static int read_cert(const struct seed *s, const struct member *m, js *value)
{
    struct seed inner = *s;
    inner.where = "cert.";
    inner.members = of_cert;
    return js_kind_of(value) == JS_OBJECT ? read_object(&inner, value)
                                          : refuse(s, m->name, "must be an object");
}

static int read_stamp(const struct seed *s, const struct member *m, js *value)
{
    void *at = NULL;
    const char *name;
    js *inside;
    if (js_kind_of(value) != JS_OBJECT || js_member(value, "url") == NULL) {
        return refuse(s, m->name, "must be an object with a member url");
    }
    while (js_next(value, &at, &name, &inside)) {
        enum js_kind kind = js_kind_of(inside);
        if (strcmp(name, "url") == 0 && kind == JS_TEXT) {
            TRY(add(s, m->key, js_as_text(inside)));
        } else if (strcmp(name, "required") != 0 || kind != JS_BOOL) {
            return refuse(s, m->name, "takes a text url, and required, true or false");
        } else if (js_as_bool(inside)) {
            pades_field_spec_require_seed(s->spec, m->key);
        }
    }
    return EXIT_DONE;
}

static int read_one(const struct seed *s, const struct member *m, js *value)
{
    switch (m->kind) {
    case NUMBER:
        return add_number(s, m, value);
    case TRUTH:
    case LOCKING:
        return add_truth(s, m, value);
    case ONE_TEXT:
    case TEXTS:
        return add_text(s, m, value);
    case CERTS:
        return add_certs(s, m, value);
    case SUBJECTS:
        return add_subject(s, m, value);
    case STAMP:
        return read_stamp(s, m, value);
    case CERT:
        return read_cert(s, m, value);
    case REQUIRED:
        break;
    }
    return add_required(s, m, value);
}

/* What may be there several times is a list, or one alone. */
static int read_member(const struct seed *s, const struct member *m, js *value)
{
    bool many = m->kind == TEXTS || m->kind == CERTS || m->kind == SUBJECTS || m->kind == REQUIRED;
    js *item;
    if (!many || js_kind_of(value) != JS_LIST) {
        return read_one(s, m, value);
    }
    for (size_t i = 0; (item = js_item(value, i)) != NULL; i++) {
        TRY(read_one(s, m, item));
    }
    return js_item(value, 0) == NULL ? refuse(s, m->name, "is an empty list") : EXIT_DONE;
}

static int read_object(const struct seed *s, js *object)
{
    void *at = NULL;
    const char *name;
    js *value;
    while (js_next(object, &at, &name, &value)) {
        const struct member *m = find(s->members, name);
        if (m == NULL) {
            return refuse(s, name, "is no member that is known");
        }
        TRY(read_member(s, m, value));
    }
    return EXIT_DONE;
}

int seed_read(const char *path, pades_field_spec *spec, struct failure *f)
{
    AUTO(free) char *data = NULL;
    char why[512];
    size_t n = 0;
    const struct seed s = {path, spec, "", top, f};
    TRY(file_read(path, FILE_MAX, &data, &n, f));
    js *whole = js_parse(data, n, why, sizeof why);
    if (whole == NULL) {
        return fail_usage(f, NULL, "'%s' is not a JSON object: %s", show(path).text,
                          show(why).text);
    }
    int exit_code = read_object(&s, whole);
    js_free(whole);
    return exit_code;
}
