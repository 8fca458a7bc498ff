/* Reads of the structure through a small cache: the last 64 KiB of the file in one read, and eight
 * blocks of 4 KiB elsewhere; a small file, which its source holds, where it stands. Nothing beyond
 * `size` is ever read, so a revision is read as if the file ended there. */
#ifndef PDF_WINDOW_H
#define PDF_WINDOW_H

#include "base/source.h"

enum { WINDOW_TAIL = 64 * 1024, WINDOW_BLOCK = 4096, WINDOW_BLOCKS = 8 };

typedef struct window_block {
    uint64_t at;
    size_t n; /* 0: empty */
    unsigned long used;
} window_block;

typedef struct window {
    pades_source *source;
    uint64_t size;
    uint64_t tail_at;
    const uint8_t *tail;
    uint8_t *own_tail; /* NULL: the source has all in memory */
    uint8_t *room;     /* of all blocks; made when first needed */
    window_block blocks[WINDOW_BLOCKS];
    unsigned long clock;
} window;

/* Reads the tail. */
pades_status window_open(window *w, pades_source *source, uint64_t size, pades_error **e) MUST_USE;
void window_close(window *w);
/* Exactly n bytes. */
pades_status window_read(window *w, uint64_t at, void *p, size_t n, pades_error **e) MUST_USE;
/* At most n bytes; *ret_n says how many there are before the end. */
pades_status window_read_some(window *w, uint64_t at, void *p, size_t n, size_t *ret_n,
                              pades_error **e) MUST_USE;

#endif
