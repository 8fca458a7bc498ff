/* The claims in an XMP packet, found by one pass over its markup. No XML parser: it knows elements,
 * attributes, comments, sections and the prefixes of namespaces, which is all that a claim is
 * written in; entities, scopes and well-formedness are nothing to it. Time and memory are linear in
 * the packet. clause: ISO19005-1#6.7.11 pdfaid:part and pdfaid:conformance */
#include "pdf/xmp.h"

enum { BINDINGS_MAX = 64 };

typedef enum namespace_kind { NS_OTHER, NS_PDFA, NS_PDFUA, NS_PDFX, NS_INVOICE } namespace_kind;

static const struct {
    const char *start; /* of the URI */
    namespace_kind kind;
} namespaces[] = {
    {"http://www.aiim.org/pdfa/ns/id", NS_PDFA}, {"http://www.aiim.org/pdfua/ns/id", NS_PDFUA},
    {"http://www.npes.org/pdfx/ns/id", NS_PDFX}, {"urn:factur-x:pdfa:", NS_INVOICE},
    {"urn:zugferd:pdfa:", NS_INVOICE},           {"urn:ferd:pdfa:", NS_INVOICE},
};

typedef struct xmp_scan {
    reader r;
    pdf_claims *ret;
    size_t n; /* bindings; the last one of a prefix counts */
    struct {
        span prefix;
        namespace_kind kind;
    } bound[BINDINGS_MAX];
} xmp_scan;

typedef struct xmp_attribute {
    span name, value;
} xmp_attribute;

static bool is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static span trimmed(span s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s = span_part(s, 1, s.n);
    }
    while (s.n > 0 && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

static void skip_space(reader *r)
{
    while (is_space(reader_peek(r))) {
        reader_next(r);
    }
}

/* memchr() looks no further than the hit, which memmem() of a sanitizer does at each call. */
static size_t find(span s, const char *what, size_t from)
{
    if (strlen(what) != 1) {
        return span_find(s, span_str(what), from);
    }
    const uint8_t *hit = from < s.n ? memchr(s.p + from, what[0], s.n - from) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

/* Up to `end`, which is passed over too; all that is left when it does not come. */
static span take_until(reader *r, const char *end)
{
    size_t at = find(r->s, end, r->pos);
    size_t n = at == SIZE_MAX ? reader_left(r) : at - r->pos;
    span taken = reader_take(r, n);
    if (at != SIZE_MAX) {
        reader_take(r, strlen(end));
    }
    return taken;
}

static span take_name(reader *r)
{
    size_t from = r->pos;
    for (int c = reader_peek(r); c >= 0 && !is_space(c) && !strchr("=/><\"'", c) && c != 0;
         c = reader_peek(r)) {
        reader_next(r);
    }
    return span_part(r->s, from, r->pos - from);
}

/* The next attribute of a tag; false at its end, and where it is no attribute. */
static bool take_attribute(reader *r, xmp_attribute *ret)
{
    skip_space(r);
    ret->name = take_name(r);
    skip_space(r);
    if (ret->name.n == 0 || reader_peek(r) != '=') {
        return false;
    }
    reader_next(r);
    skip_space(r);
    int quote = reader_peek(r);
    if (quote != '"' && quote != '\'') {
        return false;
    }
    reader_next(r);
    ret->value = take_until(r, quote == '"' ? "\"" : "'");
    return true;
}

static bool starts(span s, const char *start)
{
    return span_is(span_part(s, 0, strlen(start)), start);
}

static namespace_kind kind_of_uri(span uri)
{
    for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
        if (starts(uri, namespaces[i].start)) {
            return namespaces[i].kind;
        }
    }
    return NS_OTHER;
}

static namespace_kind kind_of_prefix(const xmp_scan *x, span prefix)
{
    for (size_t i = x->n; i-- > 0;) {
        if (span_eq(x->bound[i].prefix, prefix)) {
            return x->bound[i].kind;
        }
    }
    return NS_OTHER;
}

/* Other namespaces are kept only where they take a prefix away. */
static void bind(xmp_scan *x, const xmp_attribute *a)
{
    bool plain = span_is(a->name, "xmlns");
    if (!plain && !starts(a->name, "xmlns:")) {
        return;
    }
    span prefix = plain ? span_of(NULL, 0) : span_part(a->name, 6, a->name.n);
    namespace_kind kind = kind_of_uri(trimmed(a->value));
    if (kind != kind_of_prefix(x, prefix) && x->n < BINDINGS_MAX) {
        x->bound[x->n].prefix = prefix;
        x->bound[x->n++].kind = kind;
    }
}

static int one_digit(span value)
{
    return value.n == 1 && value.p[0] >= '1' && value.p[0] <= '9' ? value.p[0] - '0' : 0;
}

static void claim_pdfa(pdf_claims *ret, span local, span value)
{
    int part = one_digit(value);
    if (span_is(local, "part") && part && (!ret->pdfa_part || part < ret->pdfa_part)) {
        ret->pdfa_part = part;
    } else if (span_is(local, "conformance") && value.n == 1 && value.p[0] >= 'A' &&
               value.p[0] <= 'Z' && !ret->pdfa_conformance) {
        ret->pdfa_conformance = (char)value.p[0];
    }
}

static void claim(xmp_scan *x, span name, span text)
{
    size_t colon = span_find(name, span_str(":"), 0);
    span prefix = colon == SIZE_MAX ? span_of(NULL, 0) : span_part(name, 0, colon);
    span local = colon == SIZE_MAX ? name : span_part(name, colon + 1, name.n);
    span value = trimmed(text);
    namespace_kind kind = kind_of_prefix(x, prefix);
    if (kind == NS_PDFA) {
        claim_pdfa(x->ret, local, value);
    } else if (kind == NS_PDFUA && span_is(local, "part") && !x->ret->pdfua_part) {
        x->ret->pdfua_part = one_digit(value);
    } else if (kind == NS_PDFX && value.n > 0) {
        x->ret->pdfx = true;
    } else if (kind == NS_INVOICE && span_is(local, "DocumentFileName") && value.n > 0) {
        x->ret->invoice = true;
    }
}

/* A start tag behind its '<'. A prefix may be bound behind the attribute that uses it, so the
 * attributes are read twice. */
static void take_element(xmp_scan *x)
{
    xmp_attribute a;
    span name = take_name(&x->r);
    reader again = x->r;
    while (take_attribute(&x->r, &a)) {
        bind(x, &a);
    }
    while (take_attribute(&again, &a)) {
        if (span_find(a.name, span_str(":"), 0) != SIZE_MAX) {
            claim(x, a.name, a.value);
        }
    }
    if (reader_peek(&x->r) != '>') { /* an end tag, an empty element or nothing sound */
        return;
    }
    reader_next(&x->r);
    size_t end = find(x->r.s, "<", x->r.pos);
    claim(x, name, span_part(x->r.s, x->r.pos, end == SIZE_MAX ? 0 : end - x->r.pos));
}

static void take_markup(xmp_scan *x)
{
    span left = span_part(x->r.s, x->r.pos, 16);
    if (starts(left, "!--")) {
        reader_take(&x->r, 3);
        take_until(&x->r, "-->");
    } else if (starts(left, "![CDATA[")) {
        take_until(&x->r, "]]>");
    } else if (starts(left, "?")) {
        take_until(&x->r, "?>");
    } else if (starts(left, "!") || starts(left, "/")) {
        take_until(&x->r, ">");
    } else {
        take_element(x);
    }
}

/* Width of a character and the place of its lowest octet, from a byte order mark or from the zeros
 * around the first '<' or blank. */
static size_t encoding_of(span s, size_t *ret_low)
{
    static const struct {
        const char *start;
        size_t n, width, low;
    } forms[] = {{"\xFF\xFE\0\0", 4, 4, 0}, {"\0\0\xFE\xFF", 4, 4, 3}, {"\xFF\xFE", 2, 2, 0},
                 {"\xFE\xFF", 2, 2, 1},     {"<\0\0\0", 4, 4, 0},      {"\0\0\0<", 4, 4, 3},
                 {"<\0", 2, 2, 0},          {"\0<", 2, 2, 1}};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (span_eq(span_part(s, 0, forms[i].n), span_of(forms[i].start, forms[i].n))) {
            *ret_low = forms[i].low;
            return forms[i].width;
        }
    }
    *ret_low = 0;
    return 1;
}

/* One octet a character, '?' for what is not ASCII: no claim is written in anything else. */
static void narrow(buf *out, span s, size_t width, size_t low)
{
    for (size_t i = 0; s.n - i >= width; i += width) {
        bool ascii = s.p[i + low] < 0x80;
        for (size_t j = 0; j < width; j++) {
            ascii = ascii && (j == low || s.p[i + j] == 0);
        }
        buf_add_byte(out, ascii ? s.p[i + low] : '?');
    }
}

pades_status xmp_claims(span packet, pdf_claims *ret, pades_error **e)
{
    size_t low = 0;
    AUTO_VAL(buf) text = BUF(packet.n);
    xmp_scan x = {.ret = ret, .r = reader_of(packet)};
    size_t width = encoding_of(packet, &low);
    if (width > 1) {
        narrow(&text, packet, width, low);
        TRY(buf_check(&text, "XMP metadata", e));
        x.r = reader_of(buf_span(&text));
    }
    while (reader_left(&x.r) > 0) {
        take_until(&x.r, "<");
        if (reader_left(&x.r) > 0) {
            take_markup(&x);
        }
    }
    return PADES_OK;
}
