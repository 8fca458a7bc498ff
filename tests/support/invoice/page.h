/* What stands on every page, and what only some have. A4, points, origin top left. */
#ifndef PADES_SUPPORT_PAGE_H
#define PADES_SUPPORT_PAGE_H

#include "invoice/model.h"

#include <cairo.h>

#define PAGE_WIDTH 595.276
#define PAGE_HEIGHT 841.89
#define MARGIN_LEFT 48.0
#define MARGIN_RIGHT (PAGE_WIDTH - 48.0)
#define CONTENT_BOTTOM 750.0
#define FIRST_PAGE_TOP 300.0
#define NEXT_PAGE_TOP 84.0
#define SUMMARY_HEIGHT 90.0
#define PAYMENT_HEIGHT 400.0

#define INVOICE_NUMBER "2026-00317"
#define INVOICE_TITLE "Invoice " INVOICE_NUMBER

/* What follows these begins at FIRST_PAGE_TOP and NEXT_PAGE_TOP. */
void page_head_first(cairo_t *cr);
void page_head_next(cairo_t *cr);
/* VAT by rate and the sums, SUMMARY_HEIGHT high. */
void page_summary(cairo_t *cr, double y, const struct totals *totals);
void page_foot(cairo_t *cr, int page, int pages);
/* How to pay, and the terms, PAYMENT_HEIGHT high. */
void page_payment(cairo_t *cr, double y, const struct totals *totals);

#endif
