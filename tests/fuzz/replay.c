/* Replays a corpus through a fuzz target without libFuzzer: every file of the folder as it is,
 * then, for files of at most 4 KiB, cut at every 7th place and with one byte changed at every 3rd.
 * A crash, a hang or a sanitizer report fails the test; an empty corpus fails it too. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void run_copy(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1); /* exact size, so that a sanitizer sees an overread */
    if (!copy) {
        abort();
    }
    memcpy(copy, data, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void run_variants(uint8_t *data, size_t n)
{
    for (size_t cut = 0; cut < n; cut += 7) {
        run_copy(data, cut);
    }
    for (size_t i = 0; i < n; i += 3) {
        uint8_t old = data[i];
        data[i] = (uint8_t)(old ^ (1U << (i % 8)));
        run_copy(data, n);
        data[i] = old;
    }
}

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        return 1;
    }
    static uint8_t data[1 << 20];
    size_t n = fread(data, 1, sizeof data, f);
    fclose(f);
    run_copy(data, n);
    if (n <= 4096) {
        run_variants(data, n);
    }
    return 0;
}

int main(int argc, char **argv)
{
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    int files = 0;
    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        char path[4096];
        if (d->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", argv[1], d->d_name);
            files += run_file(path) == 0;
        }
    }
    if (dir) {
        closedir(dir);
    }
    printf("%d corpus files replayed\n", files);
    return files > 0 ? 0 : 1;
}
