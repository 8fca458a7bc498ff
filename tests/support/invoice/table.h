/* The table of items, cut into pages. */
#ifndef PADES_SUPPORT_TABLE_H
#define PADES_SUPPORT_TABLE_H

#include <cairo.h>
#include <stddef.h>

#define TABLE_HEAD_HEIGHT 21.0
#define TABLE_ROW_HEIGHT 28.0

/* The head of the table; returns the y of the first row. */
double table_head(cairo_t *cr, double y);
/* How many rows fit between y and the bottom of the page. */
size_t table_room(double y);
/* Rows first ... last-1; returns the y below them. */
double table_rows(cairo_t *cr, double y, size_t first, size_t last);
/* "Carried forward" below a page that is not the last of the table. */
void table_carry(cairo_t *cr, double y, size_t rows_so_far);

#endif
