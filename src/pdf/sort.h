/* An in-place sort that needs neither memory nor recursion and has no bad case (heap sort): what is
 * sorted here comes from hostile files. */
#ifndef PDF_SORT_H
#define PDF_SORT_H

#include <stdbool.h>
#include <stddef.h>

/* True when element `a` belongs before element `b`; `user` holds the elements. */
typedef bool (*pdf_before_fn)(const void *user, size_t a, size_t b);
typedef void (*pdf_swap_fn)(void *user, size_t a, size_t b);

void pdf_sort(void *user, size_t n, pdf_before_fn before, pdf_swap_fn swap);

#endif
