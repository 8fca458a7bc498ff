/* See draw.h. */
#include "invoice/draw.h"

#include "common/die.h"

#include <math.h>
#include <pango/pangocairo.h>

static const struct {
    double r, g, b;
} inks[] = {
    [INK_TEXT] = {0.13, 0.15, 0.19},  [INK_MUTED] = {0.42, 0.46, 0.52},
    [INK_BRAND] = {0.06, 0.22, 0.36}, [INK_ACCENT] = {0.05, 0.55, 0.53},
    [INK_LINE] = {0.82, 0.85, 0.88},  [INK_TINT] = {0.953, 0.965, 0.973},
    [INK_WHITE] = {1.0, 1.0, 1.0},
};

void draw_ink(cairo_t *cr, enum ink ink)
{
    cairo_set_source_rgb(cr, inks[ink].r, inks[ink].g, inks[ink].b);
}

static PangoLayout *make_layout(cairo_t *cr, const struct style *style, const char *text)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string("DejaVu Sans");
    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, -1);
    if (style->spacing > 0) {
        PangoAttrList *list = pango_attr_list_new();
        pango_attr_list_insert(list,
                               pango_attr_letter_spacing_new((int)(style->spacing * PANGO_SCALE)));
        pango_layout_set_attributes(layout, list);
        pango_attr_list_unref(list);
    }
    return layout;
}

static double width_of(PangoLayout *layout)
{
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    return (double)logical.width / PANGO_SCALE;
}

static double baseline_of(PangoLayout *layout)
{
    return (double)pango_layout_get_baseline(layout) / PANGO_SCALE;
}

double draw_text(cairo_t *cr, double x, double y, const struct style *style, const char *text)
{
    PangoLayout *layout = make_layout(cr, style, text);
    double width = width_of(layout);
    if (style->side == SIDE_RIGHT) {
        x -= width;
    } else if (style->side == SIDE_CENTRE) {
        x -= width / 2;
    }
    draw_ink(cr, style->ink);
    cairo_move_to(cr, x, y - baseline_of(layout));
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
    return width;
}

double draw_paragraph(cairo_t *cr, double x, double y, double width, const struct style *style,
                      const char *text)
{
    PangoLayout *layout = make_layout(cr, style, text);
    PangoRectangle logical;
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD);
    pango_layout_set_line_spacing(layout, 1.25F);
    draw_ink(cr, style->ink);
    cairo_move_to(cr, x, y - baseline_of(layout));
    pango_cairo_show_layout(cr, layout);
    pango_layout_get_extents(layout, NULL, &logical);
    g_object_unref(layout);
    return (double)logical.height / PANGO_SCALE;
}

void draw_line(cairo_t *cr, double x1, double x2, double y, double thickness, enum ink ink)
{
    draw_ink(cr, ink);
    cairo_set_line_width(cr, thickness);
    cairo_move_to(cr, x1, y);
    cairo_line_to(cr, x2, y);
    cairo_stroke(cr);
}

static void round_path(cairo_t *cr, double x, double y, double w, double h, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x + w - r, y + r, r, -M_PI_2, 0);
    cairo_arc(cr, x + w - r, y + h - r, r, 0, M_PI_2);
    cairo_arc(cr, x + r, y + h - r, r, M_PI_2, M_PI);
    cairo_arc(cr, x + r, y + r, r, M_PI, 3 * M_PI_2);
    cairo_close_path(cr);
}

void draw_box(cairo_t *cr, double x, double y, double width, double height, double radius,
              enum ink ink)
{
    draw_ink(cr, ink);
    round_path(cr, x, y, width, height, radius);
    cairo_fill(cr);
}

static void draw_sheet(cairo_t *cr, double x, double y, double width, double height, double fold)
{
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x + width - fold, y);
    cairo_line_to(cr, x + width, y + fold);
    cairo_line_to(cr, x + width, y + height);
    cairo_line_to(cr, x, y + height);
    cairo_close_path(cr);
    cairo_fill(cr);
}

/* A rosette: a circle with a wavy edge. */
static void draw_rosette(cairo_t *cr, double x, double y, double radius)
{
    const int steps = 96;
    for (int i = 0; i <= steps; i++) {
        double angle = 2 * M_PI * i / steps;
        double r = radius * (1 + 0.07 * cos(12 * angle));
        cairo_line_to(cr, x + r * cos(angle), y + r * sin(angle));
    }
    cairo_close_path(cr);
    cairo_fill(cr);
}

void draw_logo(cairo_t *cr, double x, double y, double size)
{
    double u = size / 40;
    draw_box(cr, x, y, size, size, 8 * u, INK_BRAND);
    draw_ink(cr, INK_WHITE);
    draw_sheet(cr, x + 9 * u, y + 7 * u, 18 * u, 25 * u, 5 * u);
    draw_line(cr, x + 12.5 * u, x + 20 * u, y + 14 * u, 1.6 * u, INK_BRAND);
    draw_line(cr, x + 12.5 * u, x + 23.5 * u, y + 18.5 * u, 1.6 * u, INK_BRAND);
    draw_line(cr, x + 12.5 * u, x + 19 * u, y + 23 * u, 1.6 * u, INK_BRAND);
    draw_ink(cr, INK_BRAND);
    draw_rosette(cr, x + 27 * u, y + 27 * u, 8.6 * u);
    draw_ink(cr, INK_ACCENT);
    draw_rosette(cr, x + 27 * u, y + 27 * u, 6.8 * u);
    draw_ink(cr, INK_WHITE);
    cairo_set_line_width(cr, 1.9 * u);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_move_to(cr, x + 23.8 * u, y + 27.2 * u);
    cairo_line_to(cr, x + 26.2 * u, y + 29.6 * u);
    cairo_line_to(cr, x + 30.3 * u, y + 24.6 * u);
    cairo_stroke(cr);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
}
