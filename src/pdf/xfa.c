/* XFA in a form. A dynamic one draws its pages from XML, so that a seal over the PDF would not
 * cover what is shown: refused. A static one is shown by most viewers as the PDF that it is: warned
 * of. Dynamic is what the catalog calls so (/NeedsRendering), what has no fields of its own, and
 * what its configuration calls so; a configuration that cannot be read says nothing. Without an XFA
 * part there is nothing to draw from, whatever the catalog says. clause: ISO32000-1#12.7.8 XFA
 * forms */
#include "pdf/sealing.h"

#include "base/fail.h"

enum { PACKETS_MAX = 1000, CONFIG_MAX = 8 << 20 };

static bool is_white(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Where the content of an element begins whose name ends at `at`; SIZE_MAX: no start tag ends so.
 */
static size_t content_of(span text, size_t at)
{
    if (at < text.n && text.p[at] != '>' && !is_white(text.p[at])) {
        return SIZE_MAX;
    }
    size_t end = span_find(text, span_str(">"), at);
    while (end != SIZE_MAX && end + 1 < text.n && is_white(text.p[end + 1])) {
        end++;
    }
    return end == SIZE_MAX ? SIZE_MAX : end + 1;
}

/* "<dynamicRender>required", with a prefix before the name or without, white space and attributes
 * behind it, and white space before the word. */
static bool says_dynamic(span config)
{
    const span name = span_str("dynamicRender");
    const span word = span_str("required");
    for (size_t at = span_find(config, name, 0); at != SIZE_MAX;
         at = span_find(config, name, at + 1)) {
        bool starts = at > 0 && (config.p[at - 1] == '<' || config.p[at - 1] == ':');
        size_t content = starts ? content_of(config, at + name.n) : SIZE_MAX;
        if (content != SIZE_MAX && span_eq(span_part(config, content, word.n), word)) {
            return true;
        }
    }
    return false;
}

static pades_status read_packet(sealing *s, const pdf_obj *link, bool *ret, pades_error **e)
{
    pdf_ref ref;
    uint64_t data = 0;
    const pdf_obj *dict = NULL;
    AUTO_VAL(buf) config = BUF(CONFIG_MAX);
    AUTO(pades_error) *ignored = NULL;
    if (!pdf_get_ref(link, &ref)) {
        return PADES_OK;
    }
    TRY(sealing_touch(s, ref, e));
    TRY(pdf_file_load(s->f, ref, s->pool, &dict, &data, e));
    if (data == 0) {
        return PADES_OK;
    }
    pades_status status = pdf_file_stream(s->f, dict, data, s->pool, &config, &ignored);
    if (status == PADES_NO_MEMORY && e) {
        *e = TAKE(ignored);
    }
    *ret = *ret || (status == PADES_OK && says_dynamic(buf_span(&config)));
    return status == PADES_NO_MEMORY ? status : PADES_OK;
}

/* One stream with everything, or names and streams by turns. */
static pades_status read_config(sealing *s, const sealing_part *xfa, bool *ret, pades_error **e)
{
    const pdf_obj *link = pdf_dict_get(s->form.o, "XFA");
    if (!pdf_is(xfa->o, PDF_ARRAY)) {
        return read_packet(s, link, ret, e);
    }
    for (size_t i = 0; i + 1 < xfa->o->u.array.n && i < PACKETS_MAX; i += 2) {
        const pdf_obj *name = NULL;
        TRY(pdf_file_resolve(s->f, xfa->o->u.array.items[i], s->pool, &name, NULL, e));
        if (pdf_is(name, PDF_STRING) && span_is(name->u.text, "config")) {
            TRY(read_packet(s, xfa->o->u.array.items[i + 1], ret, e));
        }
    }
    return PADES_OK;
}

pades_status xfa_check(sealing *s, pades_error **e)
{
    sealing_part rendering;
    sealing_part xfa;
    TRY(sealing_get(s, s->catalog.o, "NeedsRendering", &rendering, e));
    TRY(sealing_get(s, s->form.o, "XFA", &xfa, e));
    if (!xfa.o) {
        return PADES_OK;
    }
    bool dynamic = (pdf_is(rendering.o, PDF_BOOL) && rendering.o->u.boolean) || !s->fields.o ||
                   s->fields.o->u.array.n == 0;
    if (!dynamic) {
        TRY(read_config(s, &xfa, &dynamic, e));
    }
    if (dynamic) {
        fail(e, PADES_DOC_UNSUPPORTED, "the document is a dynamic XFA form");
        error_clause(e, "ISO32000-1#12.7.8");
        error_hint(e, "print it to a PDF without XFA first");
        return PADES_DOC_UNSUPPORTED;
    }
    sealing_warn(s, "the form has an XFA part, which some viewers show instead of the pages");
    return PADES_OK;
}
