/* bench-bare MODULE PIN-FILE LABEL: the bare process that a seal is compared with: loads the
 * module, logs in, signs a digest once, ends. Knows nothing of certificates or documents. */
#include "p11.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct p11 p = {0};
    if (argc != 4) {
        fprintf(stderr, "usage: bench-bare MODULE PIN-FILE LABEL\n");
        return 64;
    }
    p11_start(&p, argv[1], argv[2], argv[3]);
    p11_sign(&p);
    p11_end(&p);
    return 0;
}
