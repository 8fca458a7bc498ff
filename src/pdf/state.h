/* What an opened PDF file holds; shared by the files behind file.h and by nobody else. Nothing here
 * grows with the objects of a table: a section keeps its subsections, and a lookup reads the 20
 * bytes where they stand. Rows of cross-reference streams stay packed as decoded. */
#ifndef PDF_STATE_H
#define PDF_STATE_H

#include "pdf/file.h"
#include "pdf/recent.h"
#include "pdf/window.h"

/* Object numbers and /Size stay below 2^31, which is what other readers hold them in. */
enum { XREF_ENTRY_BYTES = 20, MAX_GENERATION = 65535 };
#define MAX_OBJECT_ID ((uint64_t)INT32_MAX - 1)

/* Consecutive entries of a section: `at` is the file offset of the first (table) or the number of
 * its row (stream). */
typedef struct xref_range {
    uint32_t first;
    uint32_t count;
    uint64_t at;
} xref_range;

typedef struct xref_section {
    pdf_section pub;
    size_t ranges_at, ranges_n; /* in pdf_file.ranges, sorted by `first` */
    uint8_t *rows;              /* of a stream */
    uint8_t width[3];
    uint64_t names;     /* the offset that the startxref behind the section gives */
    uint64_t names_end; /* just after the %%EOF behind that; 0: there is none */
} xref_section;

/* Numbers from /Size on that something refers to: no object has them, and none of ours may. */
enum { DANGLING_MAX = 64 };
typedef struct dangling {
    uint32_t ids[DANGLING_MAX];
    size_t n;
    uint32_t beyond; /* the lowest of those that found no place; 0: all did */
} dangling;

/* What is asked of every section in turn, close together: its lowest id, one above its highest, and
 * its offset. */
typedef struct xref_bounds {
    uint32_t low, high;
    uint64_t offset;
} xref_bounds;

/* One place of a decoded object stream's header. */
typedef struct objstm_place {
    uint32_t id;
    uint32_t at, end; /* its text, from the first object on */
    bool is_twice;    /* the number is listed more than once */
} objstm_place;

typedef struct objstm {
    uint32_t id; /* 0: nothing is cached */
    buf data;
    size_t first;
    objstm_place *places;
    size_t n;
} objstm;

/* An object that did not go into a pool with so much left: not read again for one with less. */
typedef struct unfit {
    pdf_ref ref; /* id 0: none */
    uint64_t at;
    size_t left;
} unfit;

struct pdf_file {
    pades_ctx *ctx;
    pades_source *source;
    window window;
    int major, minor;
    uint64_t startxref;
    uint64_t eof_end; /* just after the last %%EOF */
    xref_section *sections;
    size_t sections_n, sections_cap;
    xref_bounds *bounds; /* one a section */
    size_t bounds_cap;
    xref_range *ranges;
    size_t ranges_n, ranges_cap;
    uint64_t entries;
    uint64_t rows_bytes; /* of all sections */
    uint32_t highest_id, largest_size;
    pdf_pool *trailers;
    uint8_t *scratch; /* the text being scanned */
    size_t scratch_cap;
    unsigned depth; /* of objects loaded while loading one */
    uint64_t spent; /* bytes scanned and decoded so far */
    objstm objstm;
    recent recent;
    unfit too_large; /* the last one */
    dangling dangling;
    struct pdf_crypt *crypt; /* NULL: not encrypted */
};

/* Counts work. PADES_LIMIT when it is out of all proportion: a small file can make its reader go
 * over the same bytes again and again (objects inside each other's strings, object streams by
 * turns). */
pades_status pdf_file_spend(pdf_file *f, uint64_t n, pades_error **e) MUST_USE;

#endif
