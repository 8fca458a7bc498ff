/* Lays out text: one line centred in height, many lines wrapped at words, or a character a cell;
 * at the size that /DA says or at the largest that fits. Promises operators that are balanced
 * whatever /DA held, and that nothing is drawn outside the box.
 * clause: ISO32000-1#12.7.3.3 variable text */
#include "pdf/appear.h"

#include "base/escape.h"
#include "base/fail.h"
#include "pdf/lexer.h"
#include "pdf/pool.h"

enum { COLOUR_MAX = 256, OPERANDS = 4, LINES_MAX = 25000 };
static const double size_min = 4, size_max = 144, size_usual = 12, size_step = 0.5;
static const double leading = 1.15, least_inset = 2;

void appear_number(buf *out, double value)
{
    double rounded = value < 0 ? -value + 0.005 : value + 0.005;
    long long hundredths = rounded < 1e12 ? (long long)(rounded * 100) : 0;
    buf_addf(out, "%s%lld", value < 0 && hundredths > 0 ? "-" : "", hundredths / 100);
    int rest = (int)(hundredths % 100);
    if (rest % 10) {
        buf_addf(out, ".%02d", rest);
    } else if (rest) {
        buf_addf(out, ".%d", rest / 10);
    }
}

void appear_style_free(appear_style *s)
{
    buf_free(&s->colour);
}

/* The operands before an operator, as they stand. */
typedef struct operands {
    pdf_token all[OPERANDS];
    size_t n; /* may be more than fit */
} operands;

static bool are_numbers(const operands *o, size_t n)
{
    bool ok = o->n == n && n <= OPERANDS;
    for (size_t i = 0; i < n && ok; i++) {
        ok = o->all[i].kind == TOKEN_INT || o->all[i].kind == TOKEN_REAL;
    }
    return ok;
}

static void take_colour(const operands *o, span word, buf *colour)
{
    static const struct {
        const char *name;
        size_t n;
    } operators[] = {{"g", 1}, {"rg", 3}, {"k", 4}};
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (span_is(word, operators[i].name) && are_numbers(o, operators[i].n)) {
            buf_clear(colour);
            for (size_t k = 0; k < o->n; k++) {
                buf_add_span(colour, o->all[k].raw);
                buf_add_byte(colour, ' ');
            }
            buf_add_span(colour, word);
            buf_add_byte(colour, '\n');
        }
    }
}

static pades_status take_font(pdf_pool *pool, const operands *o, appear_style *ret, pades_error **e)
{
    const char *why = NULL;
    if (o->n != 2 || o->all[0].kind != TOKEN_NAME ||
        (o->all[1].kind != TOKEN_INT && o->all[1].kind != TOKEN_REAL)) {
        return PADES_OK;
    }
    if (!pdf_decode_name(pool, o->all[0].raw, &ret->font, &why) && !why) {
        return pdf_pool_fail(pool, e);
    }
    double size = o->all[1].kind == TOKEN_INT ? (double)o->all[1].integer : o->all[1].real;
    ret->size = size > 0 && size <= 1000 ? size : 0;
    return PADES_OK;
}

pades_status appear_style_read(pdf_pool *pool, span da, appear_style *ret, pades_error **e)
{
    pdf_lexer lx = {da, 0, false};
    operands o = {.n = 0};
    appear_style style = {{NULL, 0}, 0, BUF(COLOUR_MAX)};
    for (pdf_token t = pdf_lex(&lx); t.kind != TOKEN_END && t.kind != TOKEN_BAD; t = pdf_lex(&lx)) {
        if (t.kind != TOKEN_WORD) {
            if (o.n < OPERANDS) {
                o.all[o.n] = t;
            }
            o.n++;
            continue;
        }
        pades_status status = PADES_OK;
        if (span_is(t.raw, "Tf")) {
            status = take_font(pool, &o, &style, e);
        }
        take_colour(&o, t.raw, &style.colour);
        o.n = 0;
        if (status != PADES_OK) {
            appear_style_free(&style);
            return status;
        }
    }
    *ret = style;
    return PADES_OK;
}

bool appear_encode(const pdf_font *font, span utf8, buf *codes, uint32_t *ret_bad)
{
    reader r = reader_of(utf8);
    while (reader_left(&r) > 0) {
        uint32_t c = (uint32_t)utf8_next(&r);
        if (c == '\r' && reader_peek(&r) == '\n') {
            continue;
        }
        if (c == '\n' || c == '\r') {
            buf_add_byte(codes, '\n');
            continue;
        }
        int code = pdf_font_code(font, c == '\t' ? ' ' : c);
        if (code < 0 || code == '\n') {
            *ret_bad = c;
            return false;
        }
        buf_add_byte(codes, (uint8_t)code);
    }
    return true;
}

/* What is being laid out. */
typedef struct layout {
    const appear_box *box;
    const pdf_font *font;
    double size, inset;
    buf *out; /* NULL: measured only */
    size_t lines;
    double widest;
} layout;

static double width_of(const pdf_font *font, span codes)
{
    double width = 0;
    for (size_t i = 0; i < codes.n; i++) {
        width += font->widths[codes.p[i]];
    }
    return width;
}

static double room(const layout *l)
{
    double w = l->box->w - 2 * l->inset;
    return w > 0 ? w : 0;
}

static void show(buf *out, double x, double y, span codes)
{
    buf_add_str(out, "1 0 0 1 ");
    appear_number(out, x);
    buf_add_byte(out, ' ');
    appear_number(out, y);
    buf_add_str(out, " Tm (");
    for (size_t i = 0; i < codes.n; i++) {
        uint8_t c = codes.p[i];
        if (c == '(' || c == ')' || c == '\\') {
            buf_addf(out, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7F) {
            buf_addf(out, "\\%d%d%d", c >> 6, c >> 3 & 7, c & 7);
        } else {
            buf_add_byte(out, c);
        }
    }
    buf_add_str(out, ") Tj\n");
}

/* Where the baseline of a line is: from the top, or in the middle when there is one line only. */
static double baseline(const layout *l)
{
    double ascent = l->font->ascent * l->size;
    double descent = l->font->descent * l->size;
    if (l->box->multiline || l->box->list) {
        return l->box->h - l->inset - ascent - (double)l->lines * leading * l->size;
    }
    return (l->box->h - ascent - descent) / 2;
}

static void add_line(layout *l, span codes)
{
    double width = width_of(l->font, codes) * l->size;
    double slack = room(l) - width;
    double x = l->box->quadding == 1 ? slack / 2 : l->box->quadding == 2 ? slack : 0;
    l->widest = width > l->widest ? width : l->widest;
    if (l->out && codes.n > 0) {
        show(l->out, l->inset + (x > 0 ? x : 0), baseline(l), codes);
    }
    l->lines++;
}

/* How much of a paragraph goes into one line: whole words, or as much of a long one as there is
 * room for, and never nothing. */
static size_t take_words(const layout *l, span text, size_t *ret_next)
{
    double width = 0;
    size_t end = SIZE_MAX;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ') {
            end = i;
        }
        width += l->font->widths[text.p[i]] * l->size;
        if (width > room(l) && text.p[i] != ' ' && i > 0) {
            *ret_next = end != SIZE_MAX ? end + 1 : i;
            return end != SIZE_MAX ? end : i;
        }
    }
    *ret_next = text.n;
    return text.n;
}

static void add_paragraph(layout *l, span text)
{
    if (!l->box->multiline || text.n == 0) {
        add_line(l, text);
        return;
    }
    for (size_t next = 0; text.n > 0; text = span_part(text, next, text.n)) {
        size_t n = take_words(l, text, &next);
        add_line(l, span_part(text, 0, n));
    }
}

static void add_cells(layout *l, span codes)
{
    unsigned cells = l->box->cells;
    double cell = l->box->w / cells;
    size_t left = codes.n < cells ? cells - codes.n : 0;
    size_t first = l->box->quadding == 2 ? left : l->box->quadding == 1 ? left / 2 : 0;
    for (size_t i = 0; i < codes.n && i < cells; i++) {
        span one = span_part(codes, i, 1);
        double width = width_of(l->font, one) * l->size;
        l->widest = width > l->widest ? width : l->widest;
        if (l->out) {
            show(l->out, (double)(first + i) * cell + (cell - width) / 2, baseline(l), one);
        }
    }
    l->lines = 1;
}

static void run(layout *l, span codes)
{
    l->lines = 0;
    l->widest = 0;
    if (l->box->cells > 0) {
        add_cells(l, codes);
        return;
    }
    for (size_t at = 0; at <= codes.n;) {
        size_t end = span_find(codes, span_str("\n"), at);
        end = end == SIZE_MAX ? codes.n : end;
        add_paragraph(l, span_part(codes, at, end - at));
        at = end + 1;
    }
}

static bool fits(const layout *l)
{
    double height = l->box->multiline || l->box->list
                        ? (double)l->lines * leading * l->size
                        : (l->font->ascent - l->font->descent) * l->size;
    double width = l->box->cells ? l->box->w / l->box->cells : room(l);
    double inset = l->box->multiline ? 2 * l->inset : 2 * l->box->border;
    return l->widest <= width + 0.01 && (l->box->list || height <= l->box->h - inset + 0.01);
}

/* clause: ISO32000-1#12.7.3.3 a size of 0: as large as fits */
static void choose_size(layout *l, span codes)
{
    double tall = l->font->ascent - l->font->descent;
    double most = (l->box->h - 2 * l->inset) / (tall > 0 ? tall : 1);
    l->size = l->box->multiline || l->box->list ? size_usual : most;
    l->size = l->size > size_max ? size_max : l->size;
    for (run(l, codes); !fits(l) && l->size > size_min; run(l, codes)) {
        l->size -= size_step;
    }
    l->size = l->size < size_min ? size_min : l->size;
}

size_t appear_lines(const appear_box *box, const appear_style *style)
{
    double lines = box->h / (leading * (style->size > 0 ? style->size : size_min));
    return lines < LINES_MAX ? (size_t)lines + 1 : LINES_MAX;
}

static void add_rectangle(buf *out, double x, double y, double w, double h, const char *paint)
{
    const double sides[] = {x, y, w, h};
    for (size_t i = 0; i < 4; i++) {
        appear_number(out, sides[i]);
        buf_add_byte(out, ' ');
    }
    buf_addf(out, "re %s\n", paint);
}

static void add_frame(const appear_box *box, buf *out)
{
    if (box->fill.p) {
        buf_add_span(out, box->fill);
        buf_add_byte(out, ' ');
        add_rectangle(out, 0, 0, box->w, box->h, "f");
    }
    if (box->edge.p && box->border > 0) {
        buf_add_span(out, box->edge);
        buf_add_byte(out, ' ');
        appear_number(out, box->border);
        buf_add_str(out, " w ");
        add_rectangle(out, box->border / 2, box->border / 2, box->w - box->border,
                      box->h - box->border, "S");
    }
}

static void add_chosen(const layout *l, buf *out)
{
    double height = leading * l->size;
    double top = l->box->h - l->inset - (double)l->box->chosen * height;
    buf_add_str(out, "0.6 0.76 0.85 rg ");
    add_rectangle(out, l->box->border, top - height, l->box->w - 2 * l->box->border, height, "f");
}

void appear_text(const appear_box *box, const appear_style *style, const pdf_font *font,
                 span font_name, span codes, buf *out, bool *ret_fits)
{
    double inset = 2 * box->border > least_inset ? 2 * box->border : least_inset;
    layout l = {box, font, style->size, inset, NULL, 0, 0};
    if (style->size > 0) {
        run(&l, codes);
    } else {
        choose_size(&l, codes);
        run(&l, codes);
    }
    *ret_fits = fits(&l);
    buf_add_str(out, "q\n");
    add_frame(box, out);
    buf_addf(out, "Q\n/%s BMC\nq\n", box->tag);
    add_rectangle(out, box->border, box->border, box->w - 2 * box->border, box->h - 2 * box->border,
                  "W n");
    if (box->chosen != SIZE_MAX) {
        add_chosen(&l, out);
    }
    buf_add_str(out, "BT\n");
    buf_add_str(out, style->colour.n ? "" : "0 g\n");
    buf_add_span(out, buf_span(&style->colour));
    pdf_write_name(out, font_name);
    buf_add_byte(out, ' ');
    appear_number(out, l.size);
    buf_add_str(out, " Tf\n");
    l.out = out;
    run(&l, codes);
    buf_add_str(out, "ET\nQ\nEMC\n");
}
