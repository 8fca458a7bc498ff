/* The read cache: right bytes at every place, few reads, nothing beyond the end of a revision. */
#include "parts.h"

#include "pdf/window.h"

enum { SIZE = 200001 };

typedef struct counted {
    unsigned reads;
    uint64_t furthest;
    bool broken;
} counted;

static uint8_t byte_at(uint64_t at)
{
    return (uint8_t)(at * 2654435761U >> 13);
}

static int read_at(void *user, uint64_t offset, void *buffer, size_t n)
{
    counted *c = user;
    uint8_t *p = buffer;
    c->reads++;
    c->furthest = offset + n > c->furthest ? offset + n : c->furthest;
    for (size_t i = 0; i < n; i++) {
        p[i] = byte_at(offset + i);
    }
    return c->broken ? -1 : 0;
}

static void expect(window *w, uint64_t at, size_t n)
{
    static uint8_t room[SIZE];
    pades_error *e = NULL;
    memset(room, 0, n);
    assert_ok(window_read(w, at, room, n, &e), e);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(room[i], byte_at(at + i));
    }
}

static pades_source *source_of(counted *c)
{
    static const pades_source_callbacks callbacks = {read_at, NULL};
    pades_error *e = NULL;
    pades_source *s = NULL;
    assert_ok(pades_source_new_callbacks(&callbacks, c, SIZE, &s, &e), e);
    return s;
}

static void window_gives_the_bytes_of_the_file(void **state)
{
    (void)state;
    counted c = {0};
    pades_error *e = NULL;
    AUTO(pades_source) *s = source_of(&c);
    window w = {0};
    assert_ok(window_open(&w, s, SIZE - 1, &e), e);
    unsigned seed = 7;
    for (int i = 0; i < 3000; i++) {
        seed = seed * 1103515245 + 12345;
        uint64_t at = (seed >> 8) % (SIZE - 1);
        size_t n = (seed >> 4) % (i % 10 == 0 ? 90000 : 5000);
        expect(&w, at, n < SIZE - 1 - at ? n : (size_t)(SIZE - 1 - at));
    }
    expect(&w, 0, SIZE - 1);
    expect(&w, SIZE - 1, 0);
    assert_int_equal(c.furthest, SIZE - 1);
    uint8_t room[10];
    size_t n = 9;
    assert_fails(window_read(&w, SIZE - 5, room, 5, &e), PADES_DOC_DAMAGED, e);
    assert_fails(window_read(&w, UINT64_MAX, room, 5, &e), PADES_DOC_DAMAGED, e);
    assert_ok(window_read_some(&w, SIZE - 5, room, 10, &n, &e), e);
    assert_int_equal(n, 4);
    assert_ok(window_read_some(&w, UINT64_MAX, room, 10, &n, &e), e);
    assert_int_equal(n, 0);
    window_close(&w);
}

static void window_reads_a_place_once(void **state)
{
    (void)state;
    counted c = {0};
    pades_error *e = NULL;
    AUTO(pades_source) *s = source_of(&c);
    window w = {0};
    assert_ok(window_open(&w, s, SIZE, &e), e);
    assert_int_equal(c.reads, 1);
    expect(&w, SIZE - WINDOW_TAIL, WINDOW_TAIL);
    assert_int_equal(c.reads, 1);
    for (int i = 0; i < 100; i++) {
        expect(&w, 10 + (uint64_t)i % 7 * WINDOW_BLOCK, 50);
    }
    assert_int_equal(c.reads, 8);
    expect(&w, 100000, 20); /* a ninth block and a tenth, over the oldest */
    expect(&w, 120000, 20);
    expect(&w, 10 + 3 * WINDOW_BLOCK, 50);
    assert_int_equal(c.reads, 10);
    window_close(&w);
}

static void failed_read_leaves_no_block(void **state)
{
    (void)state;
    counted c = {0};
    pades_error *e = NULL;
    uint8_t room[10];
    AUTO(pades_source) *s = source_of(&c);
    window w = {0};
    assert_ok(window_open(&w, s, SIZE, &e), e);
    c.broken = true;
    assert_fails(window_read(&w, 5, room, 10, &e), PADES_INPUT_UNREADABLE, e);
    c.broken = false;
    expect(&w, 5, 10);
    window_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_gives_the_bytes_of_the_file),
        cmocka_unit_test(window_reads_a_place_once),
        cmocka_unit_test(failed_read_leaves_no_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
