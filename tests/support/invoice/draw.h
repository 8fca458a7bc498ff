/* Text and shapes on a page in points, over Cairo and Pango: just what an invoice needs. */
#ifndef PADES_SUPPORT_DRAW_H
#define PADES_SUPPORT_DRAW_H

#include <cairo.h>
#include <stdbool.h>

enum ink { INK_TEXT, INK_MUTED, INK_BRAND, INK_ACCENT, INK_LINE, INK_TINT, INK_WHITE };
enum side { SIDE_LEFT, SIDE_RIGHT, SIDE_CENTRE };

struct style {
    double size; /* points */
    bool bold;
    enum ink ink;
    enum side side;
    double spacing; /* between letters, points */
};

void draw_ink(cairo_t *cr, enum ink ink);
/* At (x, y): the line's baseline; x is its left end, right end or middle. Returns its width. */
double draw_text(cairo_t *cr, double x, double y, const struct style *style, const char *text);
/* Wrapped to the width; y is the first baseline. Returns the height taken. */
double draw_paragraph(cairo_t *cr, double x, double y, double width, const struct style *style,
                      const char *text);
void draw_line(cairo_t *cr, double x1, double x2, double y, double thickness, enum ink ink);
void draw_box(cairo_t *cr, double x, double y, double width, double height, double radius,
              enum ink ink);
/* The company's mark: a stack of sheets with a seal on it. */
void draw_logo(cairo_t *cr, double x, double y, double size);

#endif
