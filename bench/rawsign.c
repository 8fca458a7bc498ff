/* bench-rawsign MODULE PIN-FILE LABEL COUNT: as bench-bare, with COUNT signatures one after the
 * other: the rate that the token itself can reach. */
#include "p11.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct p11 p = {0};
    long count = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
    if (count <= 0) {
        fprintf(stderr, "usage: bench-rawsign MODULE PIN-FILE LABEL COUNT\n");
        return 64;
    }
    p11_start(&p, argv[1], argv[2], argv[3]);
    for (long i = 0; i < count; i++) {
        p11_sign(&p);
    }
    p11_end(&p);
    return 0;
}
