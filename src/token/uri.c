/* pkcs11: URIs (RFC 7512), read strictly: what is not understood is refused by name, because an
 * attribute that is skipped would select more than the user meant. A PIN never comes in a URI:
 * pin-value is refused, pin-source is taken for files alone, and no message repeats a value. */
#include "token/internal.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <stdio.h>
#include <strings.h>

typedef struct uri_name {
    const char *name;
    uri_field field;
    bool query;
} uri_name;

/* clause: RFC7512#2.3 attribute names; library-* and slot-* included */
static const uri_name names[] = {
    {"token", URI_TOKEN, false},
    {"manufacturer", URI_MANUFACTURER, false},
    {"serial", URI_SERIAL, false},
    {"model", URI_MODEL, false},
    {"slot-description", URI_SLOT_DESCRIPTION, false},
    {"slot-manufacturer", URI_SLOT_MANUFACTURER, false},
    {"slot-id", URI_SLOT_ID, false},
    {"library-manufacturer", URI_LIBRARY_MANUFACTURER, false},
    {"library-description", URI_LIBRARY_DESCRIPTION, false},
    {"library-version", URI_LIBRARY_VERSION, false},
    {"object", URI_OBJECT, false},
    {"type", URI_TYPE, false},
    {"id", URI_ID, false},
    {"module-name", URI_MODULE_NAME, true},
    {"module-path", URI_MODULE_PATH, true},
    {"pin-source", URI_PIN_SOURCE, true},
};

void p11_uri_free(p11_uri *u)
{
    for (size_t i = 0; i < URI_FIELDS; i++) {
        buf_free(&u->value[i]);
        u->has[i] = false;
    }
}

static bool is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* pk11-res-avail, and what only one of the two parts allows: "&" in the path; "/", "?", "|" in the
 * query. */
static bool is_allowed(uint8_t c, bool query)
{
    return is_unreserved(c) || (c != 0 && strchr(":[]@!$'()*+,=", c)) ||
           (c != 0 && strchr(query ? "/?|" : "&", c));
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(span text, bool query, buf *out)
{
    reader r = reader_of(text);
    for (int c = reader_next(&r); c >= 0; c = reader_next(&r)) {
        if (c == '%') {
            int high = hex_value(reader_next(&r));
            int low = hex_value(reader_next(&r));
            if (high < 0 || low < 0) {
                return false;
            }
            c = high * 16 + low;
        } else if (!is_allowed((uint8_t)c, query)) {
            return false;
        }
        buf_add_byte(out, (uint8_t)c);
    }
    return true;
}

static bool all_digits(span s, const char *also)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] < '0' || s.p[i] > '9') && !(s.p[i] != 0 && strchr(also, s.p[i]))) {
            return false;
        }
    }
    return s.n > 0;
}

static bool value_makes_sense(uri_field field, span value)
{
    if (field == URI_SLOT_ID) {
        return all_digits(value, "") && value.n <= 19;
    }
    if (field == URI_LIBRARY_VERSION) {
        return all_digits(value, ".") && value.n <= 7;
    }
    if (field == URI_TYPE) {
        return span_is(value, "cert") || span_is(value, "private") || span_is(value, "public");
    }
    if (field == URI_ID) {
        return true;
    }
    return memchr(value.n ? value.p : (const uint8_t *)"", 0, value.n) == NULL;
}

static const uri_name *find_name(span name, bool query)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].query == query && span_is(name, names[i].name)) {
            return &names[i];
        }
    }
    return NULL;
}

static pades_status refuse_pin(pades_error **e)
{
    (void)fail(e, PADES_INVALID_ARGUMENT,
               "the pkcs11 URI has a pin-value: a PIN on a command line or in a configuration "
               "can be read by others");
    (void)error_hint(e, "take it out of the URI and give the PIN by its own means, such as a file "
                        "or a descriptor");
    return PADES_INVALID_ARGUMENT;
}

static pades_status refuse_name(span name, bool query, pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(name, 64);
    if (!shown) {
        return fail_memory(e);
    }
    (void)fail(e, PADES_INVALID_ARGUMENT, "unknown attribute '%s' in the %s of the pkcs11 URI",
               shown, query ? "query" : "path");
    (void)error_clause(e, "RFC7512#2.3");
    return PADES_INVALID_ARGUMENT;
}

static bool take_prefix(span *text, const char *prefix)
{
    size_t n = strlen(prefix);
    if (!span_is(span_part(*text, 0, n), prefix)) {
        return false;
    }
    *text = span_part(*text, n, text->n);
    return true;
}

/* clause: RFC7512#2.4 pin-source: of the ways it may name, a file alone (RFC 8089, of this host) */
static pades_status to_path(buf *value, pades_error **e)
{
    span text = buf_span(value);
    if (take_prefix(&text, "file:") && take_prefix(&text, "//")) {
        (void)take_prefix(&text, "localhost");
    }
    if (text.n == 0 || text.p[0] != '/') {
        (void)fail(e, PADES_INVALID_ARGUMENT,
                   "pin-source in a pkcs11 URI must name a file: no program is run for a PIN, and "
                   "nothing is fetched");
        (void)error_hint(e, "pin-source=file:/PATH, or the absolute path itself");
        return PADES_INVALID_ARGUMENT;
    }
    memmove(value->p, text.p, text.n);
    buf_truncate(value, text.n);
    return PADES_OK;
}

static pades_status set_field(p11_uri *u, const uri_name *known, span text, pades_error **e)
{
    if (u->has[known->field]) {
        return fail(e, PADES_INVALID_ARGUMENT, "the pkcs11 URI has '%s' twice", known->name);
    }
    buf *value = &u->value[known->field];
    *value = BUF(P11_MAX_TEXT);
    if (!decode(text, known->query, value)) {
        (void)fail(
            e, PADES_INVALID_ARGUMENT,
            "the value of '%s' in the pkcs11 URI has a character that must be percent-encoded",
            known->name);
        (void)error_hint(e, "write a blank as %%20, ';' as %%3B, '%%' as %%25");
        return PADES_INVALID_ARGUMENT;
    }
    TRY(buf_check(value, "an attribute of the pkcs11 URI", e));
    if (!value_makes_sense(known->field, buf_span(value))) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "the value of '%s' in the pkcs11 URI makes no sense here", known->name);
    }
    if (known->field == URI_PIN_SOURCE) {
        TRY(to_path(value, e));
    }
    u->has[known->field] = true;
    return PADES_OK;
}

static pades_status read_attribute(p11_uri *u, span text, bool query, pades_error **e)
{
    const uint8_t *equals = memchr(text.p, '=', text.n);
    size_t n = equals ? (size_t)(equals - text.p) : text.n;
    span name = span_part(text, 0, n);
    if (span_is(name, "pin-value")) {
        return refuse_pin(e);
    }
    if (!equals || n == 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "the pkcs11 URI has an attribute without '='");
    }
    const uri_name *known = find_name(name, query);
    if (known) {
        return set_field(u, known, span_part(text, n + 1, text.n), e);
    }
    /* clause: RFC7512#2.3 vendor attributes of the query may be ignored, those of the path select
     */
    return query && n > 2 && memcmp(name.p, "x-", 2) == 0 ? PADES_OK : refuse_name(name, query, e);
}

static pades_status read_part(p11_uri *u, span part, bool query, pades_error **e)
{
    while (part.n > 0) {
        const uint8_t *end = memchr(part.p, query ? '&' : ';', part.n);
        size_t n = end ? (size_t)(end - part.p) : part.n;
        if (n == 0 || (end && n + 1 == part.n)) {
            return fail(e, PADES_INVALID_ARGUMENT, "the pkcs11 URI has an empty attribute");
        }
        TRY(read_attribute(u, span_part(part, 0, n), query, e));
        part = span_part(part, end ? n + 1 : n, part.n);
    }
    return PADES_OK;
}

static pades_status read_uri(const char *text, p11_uri *u, pades_error **e)
{
    if (strncmp(text, "pkcs11:", 7) != 0) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "a key on a token is named by a URI that begins with 'pkcs11:'");
    }
    span all = span_str(text + 7);
    const uint8_t *mark = all.n ? memchr(all.p, '?', all.n) : NULL;
    size_t path = mark ? (size_t)(mark - all.p) : all.n;
    TRY(read_part(u, span_part(all, 0, path), false, e));
    return mark ? read_part(u, span_part(all, path + 1, all.n), true, e) : PADES_OK;
}

pades_status p11_uri_parse(const char *text, p11_uri *ret, pades_error **e)
{
    p11_uri u;
    memset(&u, 0, sizeof u);
    if (text && text[0]) {
        pades_status status = read_uri(text, &u, e);
        if (status != PADES_OK) {
            p11_uri_free(&u);
            return status;
        }
    }
    *ret = u;
    return PADES_OK;
}

bool p11_uri_is(const p11_uri *u, uri_field f, span value)
{
    return !u->has[f] || span_eq(buf_span(&u->value[f]), value);
}

static span without(span text, const char *before)
{
    size_t n = strlen(before);
    return text.n >= n && memcmp(text.p, before, n) == 0 ? span_part(text, n, text.n) : text;
}

/* "libsofthsm2.so.2" is "softhsm2" */
static span bare_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    const char *ending = strstr(base, ".so");
    span name = span_of(base, ending ? (size_t)(ending - base) : strlen(base));
    return without(name, "lib");
}

static bool same_letters(span a, span b)
{
    return a.n == b.n && strncasecmp((const char *)a.p, (const char *)b.p, a.n) == 0;
}

/* clause: RFC7512#2.3 module-name: case-insensitive, without affixes of the system */
bool p11_uri_names_module(const p11_uri *u, const char *name, const char *file)
{
    span wanted = buf_span(&u->value[URI_MODULE_NAME]);
    return !u->has[URI_MODULE_NAME] || same_letters(wanted, span_str(name)) ||
           (file && same_letters(without(wanted, "lib"), bare_name(file)));
}

span p11_trim(const unsigned char *field, size_t n)
{
    const unsigned char *zero = memchr(field, 0, n);
    if (zero) {
        n = (size_t)(zero - field);
    }
    while (n > 0 && field[n - 1] == ' ') {
        n--;
    }
    return span_of(field, n);
}

static bool version_fits(const p11_uri *u, CK_VERSION v)
{
    char full[16], major[8];
    snprintf(full, sizeof full, "%u.%u", v.major, v.minor);
    snprintf(major, sizeof major, "%u", v.major);
    return p11_uri_is(u, URI_LIBRARY_VERSION, span_str(full)) ||
           (v.minor == 0 && p11_uri_is(u, URI_LIBRARY_VERSION, span_str(major)));
}

bool p11_uri_fits_library(const p11_uri *u, const CK_INFO *info)
{
    return p11_uri_is(u, URI_LIBRARY_MANUFACTURER,
                      p11_trim(info->manufacturerID, sizeof info->manufacturerID)) &&
           p11_uri_is(u, URI_LIBRARY_DESCRIPTION,
                      p11_trim(info->libraryDescription, sizeof info->libraryDescription)) &&
           version_fits(u, info->libraryVersion);
}

bool p11_uri_fits_slot(const p11_uri *u, CK_SLOT_ID slot, const CK_SLOT_INFO *info)
{
    char id[24];
    snprintf(id, sizeof id, "%lu", slot);
    return p11_uri_is(u, URI_SLOT_ID, span_str(id)) &&
           p11_uri_is(u, URI_SLOT_DESCRIPTION,
                      p11_trim(info->slotDescription, sizeof info->slotDescription)) &&
           p11_uri_is(u, URI_SLOT_MANUFACTURER,
                      p11_trim(info->manufacturerID, sizeof info->manufacturerID));
}

bool p11_uri_fits_token(const p11_uri *u, const CK_TOKEN_INFO *info)
{
    return p11_uri_is(u, URI_TOKEN, p11_trim(info->label, sizeof info->label)) &&
           p11_uri_is(u, URI_MANUFACTURER,
                      p11_trim(info->manufacturerID, sizeof info->manufacturerID)) &&
           p11_uri_is(u, URI_MODEL, p11_trim(info->model, sizeof info->model)) &&
           p11_uri_is(u, URI_SERIAL, p11_trim(info->serialNumber, sizeof info->serialNumber));
}

void p11_uri_add(buf *out, char separator, const char *name, span value)
{
    bool first = out->n > 0 && out->p[out->n - 1] == ':';
    if (!first) {
        buf_add_byte(out, (uint8_t)separator);
    }
    buf_addf(out, "%s=", name);
    bool all = strcmp(name, "id") == 0; /* clause: RFC7512#2.3 the whole id should be encoded */
    for (size_t i = 0; i < value.n; i++) {
        if (!all && is_unreserved(value.p[i])) {
            buf_add_byte(out, value.p[i]);
        } else {
            buf_addf(out, "%%%02X", (unsigned)value.p[i]);
        }
    }
}
