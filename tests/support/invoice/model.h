/* The contents of the sample invoice: invented parties, a catalogue of items, and sums in cents.
 * Nothing in it depends on the clock or the machine. */
#ifndef PADES_SUPPORT_MODEL_H
#define PADES_SUPPORT_MODEL_H

#include <stddef.h>

struct item {
    const char *title;
    const char *detail;
    const char *unit;
    long quantity_tenths;
    long price_cents;
    int vat_permille;
    int cost_centre;
};

struct vat_row {
    int permille;
    long net_cents;
    long vat_cents;
};

#define VAT_RATES 2

struct totals {
    long net_cents;
    long vat_cents;
    long gross_cents;
    struct vat_row rates[VAT_RATES];
};

struct item model_item(size_t index);
long item_net(const struct item *item);
struct totals model_totals(size_t items);
/* "1,234.50" */
void format_money(char *out, size_t size, long cents);
/* "2", "7.5" */
void format_quantity(char *out, size_t size, long tenths);
/* "25.5 %" */
void format_rate(char *out, size_t size, int permille);

#endif
