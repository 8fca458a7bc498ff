/* See model.h. */
#include "invoice/model.h"

#include <stdio.h>
#include <string.h>

#define STANDARD 255
#define REDUCED 135

static const struct item catalogue[] = {
    {"Document platform, business plan", "25 named users", "mo", 10, 112500, STANDARD, 0},
    {"Sealing service, base fee", "Organisation seal, one key in a certified device", "mo", 10,
     24000, STANDARD, 0},
    {"Seals above the included volume", "Per 1 000 documents", "lot", 124, 1500, STANDARD, 0},
    {"Integration workshop", "Interface to purchase invoicing", "h", 75, 13500, STANDARD, 0},
    {"Senior architect", "Design review of the archive, on site", "h", 160, 14800, STANDARD, 0},
    {"Software developer", "Import from the old archive, phase 2", "h", 425, 11200, STANDARD, 0},
    {"Test and acceptance", "With the customer's own material", "h", 120, 9800, STANDARD, 0},
    {"Timestamp package 10 000", "Valid 24 months", "pcs", 20, 39000, STANDARD, 0},
    {"Security token, USB-A", "Initialised and delivered in person", "pcs", 40, 6900, STANDARD, 0},
    {"Smart card reader with PIN pad", "Class 2, incl. stand and cable", "pcs", 30, 8450, STANDARD,
     0},
    {"Training day: digital archiving", "Up to 12 participants", "day", 10, 168000, STANDARD, 0},
    {"Course book, printed", "Signed documents in the long term", "pcs", 120, 3450, REDUCED, 0},
    {"Travel, Helsinki to Tampere", "Train, 2nd class, return", "trip", 20, 7440, REDUCED, 0},
    {"Accommodation", "Single room, breakfast included", "night", 20, 12800, REDUCED, 0},
    {"Storage, encrypted", "Two sites in Finland", "TB", 24, 4200, STANDARD, 0},
    {"Monitoring and alerts", "Certificates, keys and services, 24/7", "mo", 10, 17500, STANDARD,
     0},
    {"Support, extended hours", "Weekdays 7 to 20", "mo", 10, 29000, STANDARD, 0},
    {"Restore test", "With a protocol signed by both parties", "pcs", 10, 48000, STANDARD, 0},
    {"Project management", "Steering group", "h", 90, 12400, STANDARD, 0},
    {"Conversion to PDF/A-3", "Per 1 000 pages of old material", "lot", 382, 2200, STANDARD, 0},
};
#define CATALOGUE_SIZE (sizeof catalogue / sizeof catalogue[0])

/* Later rounds through the catalogue are for another department, which buys a little more. */
struct item model_item(size_t index)
{
    struct item item = catalogue[index % CATALOGUE_SIZE];
    size_t round = index / CATALOGUE_SIZE;
    item.cost_centre = 4120 + 70 * (int)(round % 80);
    item.quantity_tenths += (long)(round % 9) * 10;
    return item;
}

long item_net(const struct item *item)
{
    return (item->quantity_tenths * item->price_cents + 5) / 10;
}

struct totals model_totals(size_t items)
{
    struct totals t = {.rates = {{STANDARD, 0, 0}, {REDUCED, 0, 0}}};
    for (size_t i = 0; i < items; i++) {
        struct item item = model_item(i);
        t.rates[item.vat_permille == STANDARD ? 0 : 1].net_cents += item_net(&item);
    }
    for (size_t i = 0; i < VAT_RATES; i++) {
        struct vat_row *row = &t.rates[i];
        row->vat_cents = (row->net_cents * row->permille + 500) / 1000;
        t.net_cents += row->net_cents;
        t.vat_cents += row->vat_cents;
    }
    t.gross_cents = t.net_cents + t.vat_cents;
    return t;
}

void format_money(char *out, size_t size, long cents)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%ld", cents / 100);
    size_t used = 0;
    for (int i = 0; i < n && used + 8 < size; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            out[used++] = ',';
        }
        out[used++] = digits[i];
    }
    snprintf(out + used, size - used, ".%02ld", cents % 100);
}

void format_quantity(char *out, size_t size, long tenths)
{
    if (tenths % 10 == 0) {
        snprintf(out, size, "%ld", tenths / 10);
    } else {
        snprintf(out, size, "%ld.%ld", tenths / 10, tenths % 10);
    }
}

void format_rate(char *out, size_t size, int permille)
{
    snprintf(out, size, "%d.%d %%", permille / 10, permille % 10);
}
