/* A small document of one page around bodies of objects: those from 4 on, each ended by a line of
 * '%' alone. */
#ifndef FUZZ_DOCUMENT_H
#define FUZZ_DOCUMENT_H

#include "base/buf.h"

#include <stdlib.h>

enum { OBJECTS = 40 };

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

typedef struct document {
    buf out;
    size_t at[OBJECTS];
    size_t n;
} document;

static void add(document *d, span body)
{
    if (d->n < OBJECTS) {
        d->at[d->n++] = d->out.n;
        buf_addf(&d->out, "%zu 0 obj\n", d->n);
        buf_add_span(&d->out, body);
        buf_add_str(&d->out, "\nendobj\n");
    }
}

/* `catalog`: object 1, with /Pages 2 0 R. */
static void make(document *d, const char *catalog, span bodies)
{
    const span mark = span_str("\n%\n");
    buf_add_str(&d->out, "%PDF-1.7\n");
    add(d, span_str(catalog));
    add(d, span_str("<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>"));
    add(d, span_str("<</Type/Page/Parent 2 0 R>>"));
    for (size_t at = 0; at < bodies.n;) {
        size_t end = span_find(bodies, mark, at);
        end = end == SIZE_MAX ? bodies.n : end;
        add(d, span_part(bodies, at, end - at));
        at = end + mark.n;
    }
    size_t table = d->out.n;
    buf_addf(&d->out, "xref\n0 %zu\n0000000000 65535 f \n", d->n + 1);
    for (size_t i = 0; i < d->n; i++) {
        buf_addf(&d->out, "%010zu 00000 n \n", d->at[i]);
    }
    buf_addf(&d->out, "trailer\n<</Root 1 0 R/Size %zu>>\nstartxref\n%zu\n%%%%EOF\n", d->n + 1,
             table);
    must(buf_ok(&d->out));
}

#endif
