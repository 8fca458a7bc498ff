/* Law 1 over every file of a folder: each is sealed three times; the input is a prefix of the
 * output, byte for byte, and every signature so far verifies. */
#include "bench.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool seal_thrice(const prop_bench *b, span in)
{
    pades_sink *sinks[3] = {0};
    bool ok = true;
    for (size_t i = 0; i < 3 && ok; i++) {
        pades_error *e = NULL;
        ok = prop_seal(b, in, &sinks[i], &e) == PADES_OK;
        if (!ok) {
            fprintf(stderr, "seal %zu: %s: %s\n", i + 1, pades_status_name(pades_error_status(e)),
                    pades_error_message(e));
        }
        span out = ok ? prop_bytes(sinks[i]) : span_of(NULL, 0);
        ok = ok && out.n > in.n && memcmp(out.p, in.p, in.n) == 0 && prop_verify(b, out, i + 1);
        in = out;
        pades_error_free(e);
    }
    for (size_t i = 0; i < 3; i++) {
        pades_sink_free(sinks[i]);
    }
    return ok;
}

int main(int argc, char **argv)
{
    prop_bench b;
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    int good = 0, bad = 0;
    prop_bench_start(&b);
    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], d->d_name);
        if (strlen(d->d_name) < 4 || strcmp(d->d_name + strlen(d->d_name) - 4, ".pdf") != 0) {
            continue;
        }
        span in = prop_read_file(path);
        bool ok = in.p && seal_thrice(&b, in);
        good += ok;
        bad += !ok;
        if (!ok) {
            fprintf(stderr, "FAILED %s\n", path);
        }
        free((void *)(uintptr_t)in.p);
    }
    if (dir) {
        closedir(dir);
    }
    prop_bench_end(&b);
    printf("%d files sealed three times, %d failed\n", good, bad);
    return good > 0 && bad == 0 ? 0 : 1;
}
