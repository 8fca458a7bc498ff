/* Undoing predictors row by row. */
#include "pdf/predictor.h"

#include "base/fail.h"
#include "base/mem.h"

#include <stdlib.h>

enum { PREDICTOR_TIFF = 2, PREDICTOR_PNG = 10, PREDICTOR_PNG_LAST = 15, LARGEST_ROW = 1 << 24 };

struct predictor {
    pull_fn input;
    void *user;
    bool is_png;
    size_t pixel;   /* bytes to the left neighbour */
    size_t row_n;   /* bytes of a row, without its tag */
    uint8_t *row;   /* tag, then the row that is given out */
    uint8_t *above; /* the row before, same layout */
    size_t given;   /* of the row */
};

static bool in_range(const predictor_params *q)
{
    return q->colors >= 1 && q->colors <= 32 && q->columns >= 1 && q->columns <= LARGEST_ROW &&
           (q->bits == 1 || q->bits == 2 || q->bits == 4 || q->bits == 8 || q->bits == 16);
}

static pades_status check(const predictor_params *q, pades_error **e)
{
    bool is_png = q->predictor >= PREDICTOR_PNG && q->predictor <= PREDICTOR_PNG_LAST;
    if (!is_png && q->predictor != PREDICTOR_TIFF) {
        return fail(e, PADES_DOC_DAMAGED, "a predictor that does not exist");
    }
    if (!in_range(q) || (q->colors * q->bits * q->columns + 7) / 8 > LARGEST_ROW) {
        return fail(e, PADES_DOC_DAMAGED, "parameters of a predictor out of range");
    }
    if (!is_png && q->bits != 8) {
        return fail(e, PADES_DOC_UNSUPPORTED, "a TIFF predictor with %d bits", (int)q->bits);
    }
    return PADES_OK;
}

pades_status predictor_new(const predictor_params *q, pull_fn input, void *user, predictor **ret,
                           pades_error **e)
{
    TRY(check(q, e));
    AUTO(predictor) *p = mem_alloc(sizeof *p);
    if (!p) {
        return fail_memory(e);
    }
    p->input = input;
    p->user = user;
    p->is_png = q->predictor != PREDICTOR_TIFF;
    p->pixel = (size_t)((q->colors * q->bits + 7) / 8);
    p->row_n = (size_t)((q->colors * q->bits * q->columns + 7) / 8);
    p->row = mem_alloc(p->row_n + 1);
    p->above = mem_alloc(p->row_n + 1);
    if (!p->row || !p->above) {
        return fail_memory(e);
    }
    p->given = p->row_n;
    *ret = TAKE(p);
    return PADES_OK;
}

void predictor_free(predictor *p)
{
    if (p) {
        mem_free(p->row);
        mem_free(p->above);
        mem_free(p);
    }
}

/* The neighbour that PNG's filter 4 chooses (ISO/IEC 15948 9.4). */
static int paeth(int left, int up, int corner)
{
    int estimate = left + up - corner;
    int to_left = abs(estimate - left), to_up = abs(estimate - up);
    int to_corner = abs(estimate - corner);
    if (to_left <= to_up && to_left <= to_corner) {
        return left;
    }
    return to_up <= to_corner ? up : corner;
}

static void add_left(uint8_t *row, size_t n, size_t pixel)
{
    for (size_t i = pixel; i < n; i++) {
        row[i] = (uint8_t)(row[i] + row[i - pixel]);
    }
}

static void add_up(uint8_t *row, const uint8_t *up, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        row[i] = (uint8_t)(row[i] + up[i]);
    }
}

static void add_average(uint8_t *row, const uint8_t *up, size_t n, size_t pixel)
{
    for (size_t i = 0; i < n; i++) {
        int left = i < pixel ? 0 : row[i - pixel];
        row[i] = (uint8_t)(row[i] + (left + up[i]) / 2);
    }
}

static void add_paeth(uint8_t *row, const uint8_t *up, size_t n, size_t pixel)
{
    for (size_t i = 0; i < n; i++) {
        int left = i < pixel ? 0 : row[i - pixel];
        int corner = i < pixel ? 0 : up[i - pixel];
        row[i] = (uint8_t)(row[i] + paeth(left, up[i], corner));
    }
}

static pades_status undo_png(predictor *p, pades_error **e)
{
    uint8_t *row = p->row + 1;
    const uint8_t *up = p->above + 1;
    switch (p->row[0]) {
    case 0:
        return PADES_OK;
    case 1:
        add_left(row, p->row_n, p->pixel);
        return PADES_OK;
    case 2:
        add_up(row, up, p->row_n);
        return PADES_OK;
    case 3:
        add_average(row, up, p->row_n, p->pixel);
        return PADES_OK;
    case 4:
        add_paeth(row, up, p->row_n, p->pixel);
        return PADES_OK;
    default:
        return fail(e, PADES_DOC_DAMAGED, "a row with PNG filter %d", p->row[0]);
    }
}

/* Pulls until the row is there; *ret_n is short only at the end. */
static pades_status pull_all(predictor *p, uint8_t *out, size_t n, size_t *ret_n, pades_error **e)
{
    size_t got = 0, step = 1;
    while (got < n && step > 0) {
        TRY(p->input(p->user, out + got, n - got, &step, e));
        got += step;
    }
    *ret_n = got;
    return PADES_OK;
}

static pades_status next_row(predictor *p, bool *ret_end, pades_error **e)
{
    uint8_t *row = p->above;
    p->above = p->row;
    p->row = row;
    size_t n = 0, tag = p->is_png ? 1 : 0;
    TRY(pull_all(p, row + 1 - tag, p->row_n + tag, &n, e));
    *ret_end = n == 0;
    if (n == 0) {
        return PADES_OK;
    }
    if (n < p->row_n + tag) {
        return fail(e, PADES_DOC_DAMAGED, "the last row of predicted data is not complete");
    }
    p->given = 0;
    if (p->is_png) {
        return undo_png(p, e);
    }
    add_left(row + 1, p->row_n, p->pixel);
    return PADES_OK;
}

pades_status predictor_read(predictor *p, uint8_t *out, size_t n, size_t *ret_n, pades_error **e)
{
    size_t got = 0;
    bool end = false;
    while (got < n && !end) {
        if (p->given == p->row_n) {
            TRY(next_row(p, &end, e));
            continue;
        }
        size_t part = p->row_n - p->given < n - got ? p->row_n - p->given : n - got;
        memcpy(out + got, p->row + 1 + p->given, part);
        p->given += part;
        got += part;
    }
    *ret_n = got;
    return PADES_OK;
}
