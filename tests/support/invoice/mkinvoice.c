/* pades-mkinvoice OUT.pdf [--items N]: a sample invoice, of three pages unless told otherwise,
 * drawn with Cairo and Pango, the fonts (DejaVu Sans) embedded. Nothing in it depends on the time
 * or the place, so the same libraries make the same bytes. */
#include "common/die.h"
#include "invoice/draw.h"
#include "invoice/page.h"
#include "invoice/table.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ITEMS 38
#define MAX_ITEMS 100000

struct sheet {
    cairo_t *cr; /* NULL: only counting pages */
    size_t items;
    int page;
    int pages;
};

static double begin_page(struct sheet *s)
{
    bool first = s->page++ == 0;
    if (s->cr != NULL && first) {
        page_head_first(s->cr);
    } else if (s->cr != NULL) {
        page_head_next(s->cr);
    }
    return first ? FIRST_PAGE_TOP : NEXT_PAGE_TOP;
}

static void end_page(struct sheet *s)
{
    if (s->cr != NULL) {
        page_foot(s->cr, s->page, s->pages);
        cairo_show_page(s->cr);
    }
}

/* y, or the top of a new page when less than height is left below y. */
static double make_room(struct sheet *s, double y, double height)
{
    if (y + height <= CONTENT_BOTTOM) {
        return y;
    }
    end_page(s);
    return begin_page(s);
}

/* One page of the table; returns the y below it. */
static double put_rows(struct sheet *s, double y, size_t *next)
{
    size_t first = *next;
    size_t room = table_room(y + TABLE_HEAD_HEIGHT);
    *next = s->items - first < room ? s->items : first + room;
    if (s->cr == NULL) {
        return y + TABLE_HEAD_HEIGHT + TABLE_ROW_HEIGHT * (double)(*next - first);
    }
    double below = table_rows(s->cr, table_head(s->cr, y), first, *next);
    if (*next < s->items) {
        table_carry(s->cr, below, *next);
    }
    return below;
}

static double put_table(struct sheet *s)
{
    size_t next = 0;
    double y = put_rows(s, begin_page(s), &next);
    while (next < s->items) {
        end_page(s);
        y = put_rows(s, begin_page(s), &next);
    }
    return y;
}

static void put_invoice(struct sheet *s)
{
    struct totals totals = model_totals(s->items);
    double y = make_room(s, put_table(s) + 6, SUMMARY_HEIGHT);
    if (s->cr != NULL) {
        page_summary(s->cr, y, &totals);
    }
    y = make_room(s, y + SUMMARY_HEIGHT + 16, PAYMENT_HEIGHT);
    if (s->cr != NULL) {
        page_payment(s->cr, y, &totals);
    }
    end_page(s);
}

static void set_metadata(cairo_surface_t *surface)
{
    static const char when[] = "2026-03-02T09:00:00+02:00";
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, INVOICE_TITLE);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, "Demo Company Oy");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT,
                                   "Services in February 2026");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, when);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, when);
}

static void make_invoice(const char *path, size_t items)
{
    struct sheet counting = {.items = items};
    put_invoice(&counting);
    cairo_surface_t *surface = cairo_pdf_surface_create(path, PAGE_WIDTH, PAGE_HEIGHT);
    struct sheet sheet = {cairo_create(surface), items, 0, counting.page};
    set_metadata(surface);
    put_invoice(&sheet);
    cairo_destroy(sheet.cr);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS) {
        die("cannot write '%s': %s", path, cairo_status_to_string(status));
    }
}

/* The font libraries keep their caches to the end, and a thread of Pango may still use them then:
 * they are not taken down here, only left out of what the leak checker tells. */
#ifdef __SANITIZE_ADDRESS__
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\nleak:libcairo\nleak:libglib\n";
}
#endif

int main(int argc, char **argv)
{
    bool with_items = argc == 4 && strcmp(argv[2], "--items") == 0;
    if ((argc != 2 && !with_items) || argv[1][0] == '-') {
        die("usage: pades-mkinvoice OUT.pdf [--items N]");
    }
    unsigned long items = with_items ? strtoul(argv[3], NULL, 10) : DEFAULT_ITEMS;
    if (items == 0 || items > MAX_ITEMS) {
        die("--items takes 1 to %d", MAX_ITEMS);
    }
    make_invoice(argv[1], items);
    return 0;
}
