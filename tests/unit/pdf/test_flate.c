/* Inflating by pulling, and undoing predictors. */
#include "unit.h"

#include "pdf/flate.h"
#include "pdf/predictor.h"

#include <stdlib.h>
#include <zlib.h>

typedef struct feed {
    const uint8_t *p;
    size_t n, step;
} feed;

static pades_status pull(void *user, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    feed *f = user;
    (void)e;
    size_t part = n < f->step ? n : f->step;
    part = part < f->n ? part : f->n;
    memcpy(p, f->p, part);
    f->p += part;
    f->n -= part;
    *ret_n = part;
    return PADES_OK;
}

enum { PLAIN = 100000 };
static uint8_t plain[PLAIN], packed[PLAIN * 2], out[PLAIN + 10];

static size_t pack(void)
{
    uLongf n = sizeof packed;
    for (size_t i = 0; i < PLAIN; i++) {
        plain[i] = (uint8_t)(i * i >> 7);
    }
    assert_int_equal(compress(packed, &n, plain, PLAIN), Z_OK);
    return n;
}

static void flate_gives_back_what_was_packed(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 7, 8192, SIZE_MAX};
    size_t n = pack();
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        feed in = {packed, n, steps[i]};
        pades_error *e = NULL;
        flate *f = NULL;
        size_t got = 0, all = 0;
        assert_ok(flate_new(pull, &in, &f, &e), e);
        do {
            size_t want = steps[ARRAY_LEN(steps) - 1 - i];
            want = want < sizeof out - all ? want : sizeof out - all;
            assert_ok(flate_read(f, out + all, want, &got, &e), e);
            all += got;
        } while (got > 0);
        assert_int_equal(all, PLAIN);
        assert_memory_equal(out, plain, PLAIN);
        flate_free(f);
    }
}

static pades_status inflate_all(size_t n, pades_error **e)
{
    feed in = {packed, n, 4096};
    AUTO(flate) *f = NULL;
    size_t got = 0;
    uint8_t more[4096];
    TRY(flate_new(pull, &in, &f, e));
    TRY(flate_read(f, out, sizeof out, &got, e));
    while (got > 0) { /* the checksum comes at the end, wherever that is now */
        TRY(flate_read(f, more, sizeof more, &got, e));
    }
    return PADES_OK;
}

static void flate_refuses_data_that_ends_early_or_is_changed(void **state)
{
    (void)state;
    pades_error *e = NULL;
    size_t n = pack();
    for (size_t cut = 0; cut < n; cut += cut < 20 || cut > n - 20 ? 1 : 37) {
        assert_fails(inflate_all(cut, &e), PADES_DOC_DAMAGED, e);
    }
    size_t refused = 0, tried = 0;
    for (size_t i = 0; i < n; i += 101, tried++) {
        packed[i] ^= 0x10;
        memset(out, 0, sizeof out);
        pades_status status = inflate_all(n, &e);
        if (status == PADES_OK) { /* another way to say the same: the checksum saw to that */
            assert_memory_equal(out, plain, PLAIN);
        } else {
            assert_int_equal(status, PADES_DOC_DAMAGED);
            refused++;
        }
        pades_error_free(e);
        e = NULL;
        packed[i] ^= 0x10;
    }
    assert_true(refused > tried / 2);
    assert_ok(inflate_all(n, &e), e);
}

/* One row of `n` bytes filtered as PNG says; `up` is the row before. */
static void filter(uint8_t *to, const uint8_t *row, const uint8_t *up, size_t n, size_t bpp,
                   int type)
{
    *to++ = (uint8_t)type;
    for (size_t i = 0; i < n; i++) {
        int a = i < bpp ? 0 : row[i - bpp], b = up[i], c = i < bpp ? 0 : up[i - bpp];
        int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
        int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        int predicted[] = {0, a, b, (a + b) / 2, paeth};
        to[i] = (uint8_t)(row[i] - predicted[type]);
    }
}

enum { ROWS = 50, ROW = 12 };

static void undo(const predictor_params *q, const uint8_t *data, size_t n, size_t step)
{
    feed in = {data, n, step};
    pades_error *e = NULL;
    predictor *p = NULL;
    size_t got = 0, all = 0;
    assert_ok(predictor_new(q, pull, &in, &p, &e), e);
    do {
        assert_ok(predictor_read(p, out + all, step < 5 ? 5 : 1000, &got, &e), e);
        all += got;
    } while (got > 0);
    assert_int_equal(all, (size_t)ROWS * ROW);
    assert_memory_equal(out, plain, all);
    predictor_free(p);
}

static void predictor_undoes_every_png_filter(void **state)
{
    (void)state;
    static const uint8_t zeros[ROW];
    static uint8_t data[ROWS * (ROW + 1)];
    (void)pack();
    for (int64_t colors = 1; colors <= 3; colors++) {
        for (size_t r = 0; r < ROWS; r++) {
            filter(data + r * (ROW + 1), plain + r * ROW, r ? plain + (r - 1) * ROW : zeros, ROW,
                   (size_t)colors, (int)(r % 5));
        }
        predictor_params q = {10 + colors, colors, 8, ROW / colors};
        undo(&q, data, sizeof data, 3);
        undo(&q, data, sizeof data, SIZE_MAX);
    }
}

static void predictor_undoes_tiff(void **state)
{
    (void)state;
    static uint8_t data[ROWS * ROW];
    (void)pack();
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(plain[i] - (i % ROW < 3 ? 0 : plain[i - 3]));
    }
    undo(&(predictor_params){2, 3, 8, 4}, data, sizeof data, 7);
}

static void predictor_refuses_parameters_without_sense(void **state)
{
    (void)state;
    static const predictor_params bad[] = {
        {3, 1, 8, 1},  {9, 1, 8, 1},  {16, 1, 8, 1},  {12, 0, 8, 1},         {12, 33, 8, 1},
        {12, 1, 3, 1}, {12, 1, 8, 0}, {12, 1, 8, -5}, {12, 1, 8, INT64_MAX}, {12, 32, 16, 1 << 24},
    };
    pades_error *e = NULL;
    predictor *p = NULL;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_fails(predictor_new(&bad[i], pull, NULL, &p, &e), PADES_DOC_DAMAGED, e);
    }
    assert_fails(predictor_new(&(predictor_params){2, 1, 4, 9}, pull, NULL, &p, &e),
                 PADES_DOC_UNSUPPORTED, e);
    assert_null(p);
}

static void predictor_refuses_half_rows_and_unknown_filters(void **state)
{
    (void)state;
    static const uint8_t half[] = {2, 1, 2, 3, 4, 0, 1}, unknown[] = {5, 1, 2, 3, 4};
    predictor_params q = {12, 1, 8, 4};
    const feed feeds[] = {{half, sizeof half, 3}, {unknown, sizeof unknown, 3}};
    for (size_t i = 0; i < ARRAY_LEN(feeds); i++) {
        feed in = feeds[i];
        pades_error *e = NULL;
        predictor *p = NULL;
        size_t got = 0;
        assert_ok(predictor_new(&q, pull, &in, &p, &e), e);
        assert_fails(predictor_read(p, out, 100, &got, &e), PADES_DOC_DAMAGED, e);
        predictor_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flate_gives_back_what_was_packed),
        cmocka_unit_test(flate_refuses_data_that_ends_early_or_is_changed),
        cmocka_unit_test(predictor_undoes_every_png_filter),
        cmocka_unit_test(predictor_undoes_tiff),
        cmocka_unit_test(predictor_refuses_parameters_without_sense),
        cmocka_unit_test(predictor_refuses_half_rows_and_unknown_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
