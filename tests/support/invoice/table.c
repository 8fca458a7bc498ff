/* See table.h. */
#include "invoice/table.h"

#include "invoice/draw.h"
#include "invoice/page.h"

#include <stdio.h>

#define CARRY_HEIGHT 20.0

static const double col_number = MARGIN_LEFT + 22;
static const double col_title = MARGIN_LEFT + 34;
static const double col_quantity = MARGIN_RIGHT - 210;
static const double col_unit = MARGIN_RIGHT - 204;
static const double col_price = MARGIN_RIGHT - 112;
static const double col_rate = MARGIN_RIGHT - 68;
static const double col_sum = MARGIN_RIGHT - 8;

double table_head(cairo_t *cr, double y)
{
    static const struct style left = {6.9, true, INK_WHITE, SIDE_LEFT, 0.4};
    static const struct style right = {6.9, true, INK_WHITE, SIDE_RIGHT, 0.4};
    const double line = y + 13.5;
    const double width = MARGIN_RIGHT - MARGIN_LEFT;
    draw_box(cr, MARGIN_LEFT, y, width, TABLE_HEAD_HEIGHT, 4, INK_BRAND);
    draw_text(cr, col_number, line, &right, "#");
    draw_text(cr, col_title, line, &left, "DESCRIPTION");
    draw_text(cr, col_quantity, line, &right, "QTY");
    draw_text(cr, col_unit, line, &left, "UNIT");
    draw_text(cr, col_price, line, &right, "UNIT PRICE");
    draw_text(cr, col_rate, line, &right, "VAT");
    draw_text(cr, col_sum, line, &right, "NET EUR");
    return y + TABLE_HEAD_HEIGHT;
}

size_t table_room(double y)
{
    double room = CONTENT_BOTTOM - CARRY_HEIGHT - y;
    return room < TABLE_ROW_HEIGHT ? 0 : (size_t)(room / TABLE_ROW_HEIGHT);
}

static void draw_row(cairo_t *cr, double y, size_t index)
{
    static const struct style title = {8.6, true, INK_TEXT, SIDE_LEFT, 0};
    static const struct style detail = {7.2, false, INK_MUTED, SIDE_LEFT, 0};
    static const struct style unit = {8.4, false, INK_MUTED, SIDE_LEFT, 0};
    static const struct style count = {8.4, false, INK_MUTED, SIDE_RIGHT, 0};
    static const struct style number = {8.6, false, INK_TEXT, SIDE_RIGHT, 0};
    struct item item = model_item(index);
    char cells[5][32];
    char detail_text[128];
    snprintf(cells[0], sizeof cells[0], "%zu", index + 1);
    format_quantity(cells[1], sizeof cells[1], item.quantity_tenths);
    format_money(cells[2], sizeof cells[2], item.price_cents);
    format_rate(cells[3], sizeof cells[3], item.vat_permille);
    format_money(cells[4], sizeof cells[4], item_net(&item));
    draw_text(cr, col_number, y + 12, &count, cells[0]);
    draw_text(cr, col_title, y + 12, &title, item.title);
    snprintf(detail_text, sizeof detail_text, "%s  \xc2\xb7  cost centre %d", item.detail,
             item.cost_centre);
    draw_text(cr, col_title, y + 22, &detail, detail_text);
    draw_text(cr, col_quantity, y + 12, &number, cells[1]);
    draw_text(cr, col_unit, y + 12, &unit, item.unit);
    draw_text(cr, col_price, y + 12, &number, cells[2]);
    draw_text(cr, col_rate, y + 12, &count, cells[3]);
    draw_text(cr, col_sum, y + 12, &number, cells[4]);
}

double table_rows(cairo_t *cr, double y, size_t first, size_t last)
{
    const double width = MARGIN_RIGHT - MARGIN_LEFT;
    for (size_t i = first; i < last; i++) {
        if (i % 2 == 1) {
            draw_box(cr, MARGIN_LEFT, y, width, TABLE_ROW_HEIGHT, 0, INK_TINT);
        }
        draw_row(cr, y, i);
        y += TABLE_ROW_HEIGHT;
    }
    draw_line(cr, MARGIN_LEFT, MARGIN_RIGHT, y, 0.8, INK_BRAND);
    return y;
}

void table_carry(cairo_t *cr, double y, size_t rows_so_far)
{
    static const struct style text = {7.6, false, INK_MUTED, SIDE_LEFT, 0};
    static const struct style number = {8.2, true, INK_MUTED, SIDE_RIGHT, 0};
    char money[32];
    format_money(money, sizeof money, model_totals(rows_so_far).net_cents);
    draw_text(cr, col_quantity, y + 14, &text, "Carried forward");
    draw_text(cr, col_sum, y + 14, &number, money);
}
