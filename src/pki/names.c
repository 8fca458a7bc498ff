/* Names as text: RFC 4514, most specific first, every attribute named that qualified certificates
 * use (organizationIdentifier too), everything hostile made visible by base/escape. A name that
 * cannot be read is said to be so; it never makes another name. */
#include "pki/cert_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

enum { RDNS_MAX = 64 };

typedef struct attr_name {
    const char *oid;
    const char *name;
} attr_name;

static const attr_name ATTR_NAMES[] = {
    {"2.5.4.3", "CN"},
    {"2.5.4.4", "SN"},
    {"2.5.4.5", "serialNumber"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "ST"},
    {"2.5.4.9", "STREET"},
    {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"},
    {"2.5.4.12", "title"},
    {"2.5.4.13", "description"},
    {"2.5.4.15", "businessCategory"},
    {"2.5.4.17", "postalCode"},
    {"2.5.4.42", "GN"},
    {"2.5.4.43", "initials"},
    {"2.5.4.46", "dnQualifier"},
    {"2.5.4.65", "pseudonym"},
    {"2.5.4.97", "organizationIdentifier"},
    {"0.9.2342.19200300.100.1.1", "UID"},
    {"0.9.2342.19200300.100.1.25", "DC"},
    {"1.2.840.113549.1.9.1", "emailAddress"},
};

typedef struct attribute {
    span oid;
    der_tlv value;
} attribute;

static void add_wide(buf *out, span s, unsigned octets)
{
    reader r = reader_of(s);
    while (reader_left(&r) >= octets) {
        uint64_t c = reader_be(&r, octets);
        bool scalar = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        utf8_add(out, scalar ? (uint32_t)c : 0xfffd);
    }
}

/* The characters of a DirectoryString or another text; false for what is no text. */
static bool value_utf8(const der_tlv *value, buf *out)
{
    enum { NUMERIC = 0x12, TELETEX = 0x14, VISIBLE = 0x1a, UNIVERSAL = 0x1c, BMP = 0x1e };
    switch (value->tag) {
    case DER_UTF8:
    case DER_PRINTABLE:
    case DER_IA5:
    case NUMERIC:
    case VISIBLE:
        buf_add_span(out, value->content);
        return true;
    case TELETEX: /* Latin-1 in practice */
        add_wide(out, value->content, 1);
        return true;
    case BMP:
        add_wide(out, value->content, 2);
        return true;
    case UNIVERSAL:
        add_wide(out, value->content, 4);
        return true;
    default:
        return false;
    }
}

/* clause: RFC4514#2.4 which characters get a backslash */
static bool needs_backslash(span text, size_t i)
{
    uint8_t c = text.p[i];
    if (c != 0 && strchr(",+\"\\<>;=", c)) {
        return true;
    }
    if (c == ' ') {
        return i == 0 || i + 1 == text.n;
    }
    return c == '#' && i == 0;
}

static void add_value(buf *out, const der_tlv *value)
{
    AUTO_VAL(buf) text = BUF(NAME_MAX_TEXT);
    if (!value_utf8(value, &text)) {
        buf_add_byte(out, '#');
        buf_add_hex(out, value->whole, false);
        return;
    }
    AUTO_VAL(buf) quoted = BUF(2 * (size_t)NAME_MAX_TEXT);
    for (size_t i = 0; i < text.n; i++) {
        if (needs_backslash(buf_span(&text), i)) {
            buf_add_byte(&quoted, '\\');
        }
        buf_add_byte(&quoted, text.p[i]);
    }
    escape_add(out, buf_span(&quoted));
    out->failed = out->failed || text.failed || quoted.failed;
}

static void add_type(buf *out, span oid)
{
    for (size_t i = 0; i < ARRAY_LEN(ATTR_NAMES); i++) {
        if (der_oid_is(oid, ATTR_NAMES[i].oid)) {
            buf_add_str(out, ATTR_NAMES[i].name);
            return;
        }
    }
    char dotted[128];
    buf_add_str(out, der_oid_text(oid, dotted, sizeof dotted) ? dotted : "?");
}

static bool next_attribute(reader *rdn, attribute *ret)
{
    der_tlv pair;
    der_tlv oid;
    if (!der_expect(rdn, DER_SEQUENCE, &pair)) {
        return false;
    }
    reader r = reader_of(pair.content);
    if (!der_expect(&r, DER_OID, &oid) || !der_next(&r, &ret->value) || reader_left(&r) != 0) {
        return false;
    }
    ret->oid = oid.content;
    return true;
}

static bool add_rdn(buf *out, span rdn)
{
    reader r = reader_of(rdn);
    for (bool first = true; reader_left(&r) > 0; first = false) {
        attribute a;
        if (!next_attribute(&r, &a)) {
            return false;
        }
        if (!first) {
            buf_add_byte(out, '+');
        }
        add_type(out, a.oid);
        buf_add_byte(out, '=');
        add_value(out, &a.value);
    }
    return true;
}

/* The RDNs of a whole Name in their order; false when malformed or too many. */
static bool split(span name, span rdns[RDNS_MAX], size_t *ret_n)
{
    reader outer = reader_of(name);
    der_tlv seq;
    der_tlv set;
    if (!der_expect(&outer, DER_SEQUENCE, &seq)) {
        return false;
    }
    reader r = reader_of(seq.content);
    size_t n = 0;
    while (reader_left(&r) > 0) {
        if (n == RDNS_MAX || !der_expect(&r, DER_SET, &set)) {
            return false;
        }
        rdns[n++] = set.content;
    }
    *ret_n = n;
    return true;
}

static pades_status take(buf *out, char **ret, pades_error **e)
{
    TRY(buf_check(out, "a name in a certificate", e));
    char *text = buf_take_text(out);
    if (!text) {
        return fail_memory(e);
    }
    *ret = text;
    return PADES_OK;
}

pades_status name_text(span name, char **ret, pades_error **e)
{
    AUTO_VAL(buf) out = BUF(4 * (size_t)NAME_MAX_TEXT);
    span rdns[RDNS_MAX];
    size_t n = 0;
    bool good = split(name, rdns, &n);
    /* clause: RFC4514#2.1 the last RDN comes first */
    for (size_t i = n; good && i > 0; i--) {
        if (i < n) {
            buf_add_byte(&out, ',');
        }
        good = add_rdn(&out, rdns[i - 1]);
    }
    if (!good) {
        buf_clear(&out);
        buf_add_str(&out, "(unreadable name)");
    }
    return take(&out, ret, e);
}

/* The last attribute of this type, as text; false when there is none. */
static bool find_text(span name, const char *oid, buf *out)
{
    span rdns[RDNS_MAX];
    size_t n = 0;
    attribute a;
    if (!split(name, rdns, &n)) {
        return false;
    }
    for (size_t i = n; i > 0; i--) {
        reader r = reader_of(rdns[i - 1]);
        while (reader_left(&r) > 0 && next_attribute(&r, &a)) {
            AUTO_VAL(buf) text = BUF(NAME_MAX_TEXT);
            if (der_oid_is(a.oid, oid) && value_utf8(&a.value, &text) && text.n > 0) {
                escape_add(out, buf_span(&text));
                return true;
            }
        }
    }
    return false;
}

pades_status name_common(span name, char **ret, pades_error **e)
{
    AUTO_VAL(buf) out = BUF(4 * (size_t)NAME_MAX_TEXT);
    if (!find_text(name, "2.5.4.3", &out) && !find_text(name, "2.5.4.10", &out)) {
        return name_text(name, ret, e);
    }
    return take(&out, ret, e);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool same_text(span a, span b)
{
    bool same = a.n == b.n;
    for (size_t i = 0; same && i < a.n; i++) {
        same = lower(a.p[i]) == lower(b.p[i]);
    }
    return same;
}

/* `name` is one of the names here, the "E" of older ones, or a dotted identifier. */
static bool is_type(span oid, span name)
{
    char dotted[128];
    if (der_oid_text(oid, dotted, sizeof dotted) && span_is(name, dotted)) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(ATTR_NAMES); i++) {
        if (der_oid_is(oid, ATTR_NAMES[i].oid)) {
            bool mail = strcmp(ATTR_NAMES[i].name, "emailAddress") == 0;
            return same_text(name, span_str(ATTR_NAMES[i].name)) ||
                   (mail && same_text(name, span_str("E")));
        }
    }
    return false;
}

static bool rdn_has(span rdn, span type, span utf8)
{
    attribute a;
    reader r = reader_of(rdn);
    while (reader_left(&r) > 0 && next_attribute(&r, &a)) {
        AUTO_VAL(buf) text = BUF(NAME_MAX_TEXT);
        if (is_type(a.oid, type) && value_utf8(&a.value, &text) && buf_ok(&text) &&
            same_text(buf_span(&text), utf8)) {
            return true;
        }
    }
    return false;
}

bool cert_subject_has(const pades_cert *cert, span name, span utf8)
{
    span rdns[RDNS_MAX];
    size_t n = 0;
    bool found = false;
    if (!split(cert_subject_der(cert), rdns, &n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        found = found || rdn_has(rdns[i], name, utf8);
    }
    return found;
}
