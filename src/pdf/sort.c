/* Heap sort over indices. */
#include "pdf/sort.h"

static void sift_down(void *user, size_t root, size_t n, pdf_before_fn before, pdf_swap_fn swap)
{
    while (root < n / 2) {
        size_t child = 2 * root + 1;
        if (child + 1 < n && before(user, child, child + 1)) {
            child++;
        }
        if (!before(user, root, child)) {
            return;
        }
        swap(user, root, child);
        root = child;
    }
}

void pdf_sort(void *user, size_t n, pdf_before_fn before, pdf_swap_fn swap)
{
    for (size_t i = n / 2; i > 0; i--) {
        sift_down(user, i - 1, n, before, swap);
    }
    for (size_t left = n; left > 1; left--) {
        swap(user, 0, left - 1);
        sift_down(user, 0, left - 1, before, swap);
    }
}
