/* The appearances of a field's widgets: font and size of /DA, frame and turn of /MK, the text laid
 * out in what is left. A font that the form does not have is replaced by Helvetica, with a warning.
 * clause: ISO32000-1#12.7.3.3 variable text, #12.5.6.19 appearance characteristics */
#include "pdf/fill.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/appear.h"
#include "pdf/pool.h"

#include <stdio.h>

enum { CONTENT_MAX = 16 << 20, RESOURCES_MAX = 1 << 20, COLOUR_BYTES = 128, TEXT_BYTES = 64 };
static const double default_border = 1;
static const char helvetica[] =
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";

/* A font to write with: as the form has it, or ours. */
typedef struct look_font {
    pdf_font font;
    span name;
    const pdf_obj *link; /* in the resources of the form; NULL: ours is written */
} look_font;

/* [x0 y0 x1 y1] as width and height, turned with the widget. */
static pades_status read_size(sealing *s, fill_widget *w, pades_error **e)
{
    sealing_part rect;
    double side[4] = {0, 0, 0, 0};
    TRY(sealing_get(s, w->part.o, "Rect", &rect, e));
    for (size_t i = 0; i < 4 && pdf_is(rect.o, PDF_ARRAY); i++) {
        sealing_part part;
        TRY(fill_item(s, rect.o, i, &part, e));
        (void)fill_number(part.o, &side[i]);
    }
    double width = side[2] > side[0] ? side[2] - side[0] : side[0] - side[2];
    double height = side[3] > side[1] ? side[3] - side[1] : side[1] - side[3];
    bool sane = width < 100000 && height < 100000;
    bool lies = w->rotation == 90 || w->rotation == 270;
    w->w = !sane ? 0 : lies ? height : width;
    w->h = !sane ? 0 : lies ? width : height;
    return PADES_OK;
}

/* Colour components as operands and operator; none for a transparent one. */
static pades_status read_colour(sealing *s, const pdf_obj *mk, const char *key,
                                const char *const operators[3], span *ret, pades_error **e)
{
    sealing_part colour;
    AUTO_VAL(buf) out = BUF(COLOUR_BYTES);
    TRY(sealing_get(s, mk, key, &colour, e));
    size_t n = pdf_is(colour.o, PDF_ARRAY) ? colour.o->u.array.n : 0;
    if (n != 1 && n != 3 && n != 4) {
        return PADES_OK;
    }
    for (size_t i = 0; i < n; i++) {
        sealing_part part;
        double value = 0;
        TRY(fill_item(s, colour.o, i, &part, e));
        (void)fill_number(part.o, &value);
        appear_number(&out, value > 0 ? value < 1 ? value : 1 : 0);
        buf_add_byte(&out, ' ');
    }
    buf_add_str(&out, operators[n == 1 ? 0 : n - 2]);
    TRY(buf_check(&out, "colour", e));
    *ret = pdf_pool_copy(s->pool, buf_span(&out));
    return ret->p ? PADES_OK : pdf_pool_fail(s->pool, e);
}

/* The width of the border: of /BS, else the third number of /Border, which says the same in an
 * older way. clause: ISO32000-1#12.5.2 /Border is passed over where there is a /BS */
static pades_status read_width(sealing *s, const fill_widget *w, double *ret, pades_error **e)
{
    sealing_part style;
    sealing_part border;
    sealing_part width = {NULL, {0, 0}};
    TRY(sealing_get(s, w->part.o, "BS", &style, e));
    TRY(sealing_get(s, w->part.o, "Border", &border, e));
    if (pdf_is(style.o, PDF_DICT)) {
        TRY(sealing_get(s, style.o, "W", &width, e));
    } else if (pdf_array_get(border.o, 2)) {
        TRY(fill_item(s, border.o, 2, &width, e));
    }
    *ret = default_border;
    if (fill_number(width.o, ret) && !(*ret >= 0)) {
        *ret = default_border;
    }
    return PADES_OK;
}

static pades_status read_frame(sealing *s, fill_widget *w, appear_box *box, pades_error **e)
{
    static const char *const stroke[] = {"G", "RG", "K"}, *const fill[] = {"g", "rg", "k"};
    sealing_part mk;
    sealing_part part;
    int64_t turn = 0;
    TRY(sealing_get(s, w->part.o, "MK", &mk, e));
    TRY(sealing_get(s, mk.o, "R", &part, e));
    if (pdf_get_int(part.o, &turn) && turn % 90 == 0) {
        w->rotation = (int)((turn % 360 + 360) % 360);
    }
    TRY(read_size(s, w, e));
    TRY(read_colour(s, mk.o, "BC", stroke, &box->edge, e));
    TRY(read_colour(s, mk.o, "BG", fill, &box->fill, e));
    box->border = 0;
    if (box->edge.p) {
        TRY(read_width(s, w, &box->border, e));
    }
    box->w = w->w;
    box->h = w->h;
    return PADES_OK;
}

/* The font resource of this name of the form. */
static pades_status find_font(sealing *s, span name, sealing_part *ret, const pdf_obj **ret_link,
                              pades_error **e)
{
    sealing_part resources;
    sealing_part fonts;
    char key[TEXT_BYTES];
    *ret = (sealing_part){NULL, {0, 0}};
    TRY(sealing_get(s, s->form.o, "DR", &resources, e));
    TRY(sealing_get(s, resources.o, "Font", &fonts, e));
    if (name.n == 0 || name.n >= sizeof key || memchr(name.p, 0, name.n)) {
        return PADES_OK;
    }
    memcpy(key, name.p, name.n);
    key[name.n] = 0;
    TRY(sealing_get(s, fonts.o, key, ret, e));
    *ret_link = pdf_dict_get(fonts.o, key);
    return PADES_OK;
}

static pades_status choose_font(sealing *s, fill_field *field, span name, look_font *ret,
                                pades_error **e)
{
    sealing_part font;
    AUTO(mem_text) *shown = escape_text(name, TEXT_BYTES);
    TRY(find_font(s, name, &font, &ret->link, e));
    if (!pdf_is(font.o, PDF_DICT)) {
        fill_warn(s, field, "names no font that the form has: Helvetica is used");
        pdf_font_default(&ret->font);
        *ret = (look_font){ret->font, span_str("Helv"), NULL};
        return PADES_OK;
    }
    ret->name = name;
    pades_status status = pdf_font_read(s, font.o, shown ? shown : "", &ret->font, e);
    return status == PADES_OK
               ? status
               : fail_wrap(e, status, "the field '%s' cannot be filled", field->shown);
}

static pades_status encode(const fill_field *field, const look_font *font, span text, buf *codes,
                           pades_error **e)
{
    uint32_t bad = 0;
    AUTO_VAL(buf) one = BUF(8);
    if (appear_encode(&font->font, text, codes, &bad)) {
        return buf_check(codes, "text", e);
    }
    utf8_add(&one, bad);
    AUTO(mem_text) *shown = escape_text(buf_span(&one), 0);
    AUTO(mem_text) *name = escape_text(font->name, TEXT_BYTES);
    (void)fill_refuse(field, PADES_INVALID_ARGUMENT, e,
                      "has a font ('%s') that cannot show the character '%s' (U+%04X)",
                      name ? name : "", shown ? shown : "", (unsigned)bad);
    error_hint(e, "write it with characters of that font");
    return PADES_INVALID_ARGUMENT;
}

static pades_status keep(sealing *s, const buf *made, span *ret, pades_error **e)
{
    TRY(buf_check(made, "appearance", e));
    *ret = pdf_pool_copy(s->pool, buf_span(made));
    return ret->p ? PADES_OK : pdf_pool_fail(s->pool, e);
}

/* What is not seen of a long list is not laid out for each of its widgets. */
static span seen_of(span lines, size_t most)
{
    size_t end = 0;
    for (size_t i = 0; i < most; i++) {
        end = span_find(lines, span_str("\n"), end);
        if (end == SIZE_MAX) {
            return lines;
        }
        end++;
    }
    return span_part(lines, 0, end - 1);
}

static pades_status make_content(sealing *s, fill_field *field, fill_widget *w,
                                 const fill_words *words, appear_box *box,
                                 const appear_style *style, pades_error **e)
{
    look_font font = {.link = NULL};
    bool fits = true;
    AUTO_VAL(buf) codes = BUF(CONTENT_MAX);
    AUTO_VAL(buf) content = BUF(CONTENT_MAX);
    AUTO_VAL(buf) resources = BUF(RESOURCES_MAX);
    if (!(box->w > 0) || !(box->h > 0)) {
        return PADES_OK; /* nothing is seen of it */
    }
    span text = words->list ? seen_of(words->text, appear_lines(box, style)) : words->text;
    TRY(choose_font(s, field, style->font, &font, e));
    TRY(encode(field, &font, text, &codes, e));
    appear_text(box, style, &font.font, font.name, buf_span(&codes), &content, &fits);
    if (!fits) {
        fill_warn(s, field, "is too small for its text, which is cut");
    }
    buf_add_str(&resources, "<</Font<<");
    pdf_write_name(&resources, font.name);
    buf_add_byte(&resources, ' ');
    if (font.link) {
        pdf_write_value(&resources, font.link);
    } else {
        buf_add_str(&resources, helvetica);
    }
    buf_add_str(&resources, ">>>>");
    w->font = font.link;
    TRY(keep(s, &content, &w->content, e));
    return keep(s, &resources, &w->resources, e);
}

static pades_status look(sealing *s, fill_field *field, fill_widget *w, const fill_words *words,
                         pades_error **e)
{
    sealing_part da;
    sealing_part q;
    int64_t quadding = 0;
    AUTO_VAL(appear_style) style = {{NULL, 0}, 0, BUF(0)};
    appear_box box = {.multiline = words->multiline,
                      .list = words->list,
                      .cells = words->cells,
                      .chosen = words->chosen,
                      .tag = "Tx"};
    TRY(read_frame(s, w, &box, e));
    TRY(sealing_get(s, w->part.o, "DA", &da, e));
    da.o = da.o ? da.o : field->inherited.da;
    if (pdf_is(da.o, PDF_STRING)) {
        TRY(appear_style_read(s->pool, da.o->u.text, &style, e));
    }
    TRY(sealing_get(s, w->part.o, "Q", &q, e));
    if (pdf_get_int(q.o ? q.o : field->inherited.quadding, &quadding) && quadding > 0 &&
        quadding < 3) {
        box.quadding = (unsigned)quadding;
    }
    return make_content(s, field, w, words, &box, &style, e);
}

pades_status fill_look(sealing *s, fill_field *field, const fill_words *words, pades_error **e)
{
    for (size_t i = 0; i < field->widgets_n; i++) {
        TRY(look(s, field, &field->widgets[i], words, e));
    }
    return PADES_OK;
}
