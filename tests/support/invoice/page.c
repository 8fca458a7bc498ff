/* See page.h. */
#include "invoice/page.h"

#include "invoice/draw.h"

#include <stdio.h>

static const struct style body = {8.6, false, INK_TEXT, SIDE_LEFT, 0};
static const struct style strong = {8.6, true, INK_TEXT, SIDE_LEFT, 0};
static const struct style label = {6.6, true, INK_MUTED, SIDE_LEFT, 0.55};
static const struct style small = {6.9, false, INK_MUTED, SIDE_LEFT, 0};
static const struct style number = {8.6, false, INK_TEXT, SIDE_RIGHT, 0};

static double lines(cairo_t *cr, double x, double y, const struct style *style, double step,
                    const char *const *list)
{
    for (; *list != NULL; list++) {
        draw_text(cr, x, y, style, *list);
        y += step;
    }
    return y;
}

static void letterhead(cairo_t *cr)
{
    static const struct style name = {15, true, INK_BRAND, SIDE_LEFT, 0};
    static const struct style claim = {7.4, false, INK_MUTED, SIDE_LEFT, 0.2};
    static const struct style title = {25, true, INK_BRAND, SIDE_RIGHT, 1.2};
    draw_box(cr, 0, 0, PAGE_WIDTH, 6, 0, INK_ACCENT);
    draw_logo(cr, MARGIN_LEFT, 40, 42);
    draw_text(cr, MARGIN_LEFT + 53, 59, &name, "Demo Company Oy");
    draw_text(cr, MARGIN_LEFT + 53, 74, &claim, "Documents that stay trustworthy");
    draw_text(cr, MARGIN_RIGHT, 66, &title, "INVOICE");
}

static void addresses(cairo_t *cr, double y)
{
    static const char *const customer[] = {"Purchase Ledger",       "P.O. Box 480",
                                           "33101 Tampere",         "Finland",
                                           "Business ID 7654321-0", NULL};
    static const char *const delivery[] = {"Mallilan Paperi Oyj",
                                           "Archive and Records",
                                           "Tehtaankatu 12 B",
                                           "33100 Tampere",
                                           "Finland",
                                           NULL};
    draw_text(cr, MARGIN_LEFT, y, &label, "INVOICE TO");
    draw_text(cr, MARGIN_LEFT, y + 16, &strong, "Mallilan Paperi Oyj");
    lines(cr, MARGIN_LEFT, y + 29, &body, 12.5, customer);
    draw_text(cr, MARGIN_LEFT + 158, y, &label, "DELIVERED TO");
    lines(cr, MARGIN_LEFT + 158, y + 16, &body, 12.5, delivery);
}

static void facts(cairo_t *cr, double y)
{
    static const char *const rows[][2] = {
        {"Invoice number", INVOICE_NUMBER},  {"Invoice date", "2 March 2026"},
        {"Due date", "16 March 2026"},       {"Delivery period", "February 2026"},
        {"Your reference", "PO 4500128841"}, {"Our reference", "Aino Virtanen"},
    };
    const double x = MARGIN_RIGHT - 190;
    const size_t count = sizeof rows / sizeof rows[0];
    draw_box(cr, x - 14, y - 13, 204, 15.2 * (double)count + 12, 5, INK_TINT);
    for (size_t i = 0; i < count; i++) {
        double line = y + 5 + 15.2 * (double)i;
        struct style value = number;
        value.bold = i == 0 || i == 2;
        draw_text(cr, x, line, &body, rows[i][0]);
        draw_text(cr, MARGIN_RIGHT - 14, line, &value, rows[i][1]);
    }
}

void page_head_first(cairo_t *cr)
{
    static const char intro[] =
        "Thank you for your order. This invoice covers the document platform, the sealing service "
        "and the work done in February 2026 under frame agreement FA-2024-117. All amounts are in "
        "euros (EUR).";
    letterhead(cr);
    addresses(cr, 132);
    facts(cr, 132);
    draw_paragraph(cr, MARGIN_LEFT, 258, MARGIN_RIGHT - MARGIN_LEFT, &body, intro);
}

void page_head_next(cairo_t *cr)
{
    static const struct style name = {10.5, true, INK_BRAND, SIDE_LEFT, 0};
    static const struct style right = {8.6, false, INK_MUTED, SIDE_RIGHT, 0};
    draw_box(cr, 0, 0, PAGE_WIDTH, 6, 0, INK_ACCENT);
    draw_logo(cr, MARGIN_LEFT, 30, 24);
    draw_text(cr, MARGIN_LEFT + 33, 46, &name, "Demo Company Oy");
    draw_text(cr, MARGIN_RIGHT, 46, &right, INVOICE_TITLE "  \xc2\xb7  2 March 2026");
    draw_line(cr, MARGIN_LEFT, MARGIN_RIGHT, 64, 0.6, INK_LINE);
}

static void sum_row(cairo_t *cr, double y, const char *text, long cents)
{
    char money[32];
    format_money(money, sizeof money, cents);
    draw_text(cr, MARGIN_RIGHT - 210, y, &body, text);
    draw_text(cr, MARGIN_RIGHT - 8, y, &number, money);
}

static void vat_table(cairo_t *cr, double y, const struct totals *totals)
{
    struct style head = label;
    const double right[] = {MARGIN_LEFT + 58, MARGIN_LEFT + 140, MARGIN_LEFT + 212};
    const char *const titles[] = {"VAT RATE", "NET AMOUNT", "VAT"};
    head.side = SIDE_RIGHT;
    for (size_t i = 0; i < 3; i++) {
        draw_text(cr, right[i], y, &head, titles[i]);
    }
    draw_line(cr, MARGIN_LEFT, right[2], y + 5, 0.6, INK_LINE);
    for (size_t i = 0; i < VAT_RATES; i++) {
        char cells[3][32];
        format_rate(cells[0], sizeof cells[0], totals->rates[i].permille);
        format_money(cells[1], sizeof cells[1], totals->rates[i].net_cents);
        format_money(cells[2], sizeof cells[2], totals->rates[i].vat_cents);
        for (size_t k = 0; k < 3; k++) {
            draw_text(cr, right[k], y + 18 + 13.5 * (double)i, &number, cells[k]);
        }
    }
}

void page_summary(cairo_t *cr, double y, const struct totals *totals)
{
    static const struct style due = {11, true, INK_WHITE, SIDE_LEFT, 0};
    static const struct style due_sum = {11, true, INK_WHITE, SIDE_RIGHT, 0};
    char money[32];
    char text[48];
    vat_table(cr, y + 14, totals);
    sum_row(cr, y + 14, "Net total", totals->net_cents);
    sum_row(cr, y + 29, "VAT total", totals->vat_cents);
    draw_box(cr, MARGIN_RIGHT - 222, y + 40, 222, 27, 4, INK_BRAND);
    format_money(money, sizeof money, totals->gross_cents);
    snprintf(text, sizeof text, "EUR %s", money);
    draw_text(cr, MARGIN_RIGHT - 210, y + 57.5, &due, "Amount due");
    draw_text(cr, MARGIN_RIGHT - 8, y + 57.5, &due_sum, text);
}

void page_foot(cairo_t *cr, int page, int pages)
{
    static const char *const columns[3][4] = {
        {"Demo Company Oy", "Satamakatu 7", "00160 Helsinki, Finland", NULL},
        {"Tel. +358 9 0000 0000", "invoicing@demo-company.example", "www.demo-company.example",
         NULL},
        {"Business ID 1234567-8", "VAT FI12345678", "Registered office Helsinki", NULL},
    };
    struct style right = small;
    char text[32];
    draw_line(cr, MARGIN_LEFT, MARGIN_RIGHT, 772, 0.6, INK_LINE);
    for (size_t i = 0; i < 3; i++) {
        lines(cr, MARGIN_LEFT + 152 * (double)i, 787, &small, 10.5, columns[i]);
    }
    right.side = SIDE_RIGHT;
    snprintf(text, sizeof text, "Page %d of %d", page, pages);
    draw_text(cr, MARGIN_RIGHT, 787, &right, text);
}

static void payment_facts(cairo_t *cr, double y, const struct totals *totals)
{
    char money[32];
    char amount[48];
    format_money(money, sizeof money, totals->gross_cents);
    snprintf(amount, sizeof amount, "EUR %s", money);
    const char *const rows[][2] = {
        {"Payee", "Demo Company Oy"}, {"IBAN", "FI21 1234 5600 0007 85"}, {"BIC", "DEMOFIHH"},
        {"Reference", "20260 03173"}, {"Due date", "16 March 2026"},      {"Amount", amount},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double x = MARGIN_LEFT + 18 + (double)(i % 2) * 250;
        double line = y + 30 * (double)(i / 2);
        struct style value = {10.5, i == 1 || i == 5, INK_TEXT, SIDE_LEFT, 0};
        draw_text(cr, x, line, &label, rows[i][0]);
        draw_text(cr, x, line + 14, &value, rows[i][1]);
    }
}

static double clause(cairo_t *cr, double x, double y, double width, const char *title,
                     const char *text)
{
    static const struct style head = {8.2, true, INK_BRAND, SIDE_LEFT, 0};
    static const struct style fine = {7.6, false, INK_TEXT, SIDE_LEFT, 0};
    draw_text(cr, x, y, &head, title);
    return y + 14 + draw_paragraph(cr, x, y + 13, width, &fine, text) + 8;
}

static void terms(cairo_t *cr, double y)
{
    static const char *const texts[][2] = {
        {"Payment", "14 days net. Please always use the reference number. Partial payments are "
                    "booked on the oldest open item first."},
        {"Late payment", "Interest on late payment follows the Finnish Interest Act: the reference "
                         "rate of the European Central Bank plus eight percentage points. A "
                         "reminder costs EUR 5.00."},
        {"Complaints", "Please report errors in this invoice within 8 days of its date to "
                       "invoicing@demo-company.example. The undisputed part is payable on the due "
                       "date."},
        {"Delivery", "Services are delivered as agreed in the frame agreement. Goods remain the "
                     "property of Demo Company Oy until they are paid in full."},
        {"Electronic invoice", "This document is the original. It carries an electronic seal of "
                               "Demo Company Oy, which shows who issued it and that nothing was "
                               "changed since. A paper print has no seal."},
        {"Data protection", "We process contact details only to perform the contract. How, and "
                            "what your rights are: www.demo-company.example/privacy."},
    };
    const double width = (MARGIN_RIGHT - MARGIN_LEFT - 26) / 2;
    double column[2] = {y, y};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t c = i % 2;
        double x = MARGIN_LEFT + (double)c * (width + 26);
        column[c] = clause(cr, x, column[c], width, texts[i][0], texts[i][1]);
    }
}

void page_payment(cairo_t *cr, double y, const struct totals *totals)
{
    static const struct style head = {13, true, INK_BRAND, SIDE_LEFT, 0};
    draw_text(cr, MARGIN_LEFT, y + 14, &head, "How to pay");
    draw_box(cr, MARGIN_LEFT, y + 28, MARGIN_RIGHT - MARGIN_LEFT, 112, 5, INK_TINT);
    draw_box(cr, MARGIN_LEFT, y + 28, 4, 112, 0, INK_ACCENT);
    payment_facts(cr, y + 50, totals);
    draw_text(cr, MARGIN_LEFT, y + 180, &head, "Terms");
    terms(cr, y + 202);
}
