/* Law 1 over every file of a folder: each is sealed three times; the input is a prefix of the
 * output, byte for byte, and every signature so far verifies. X.pdf.password, when it is there,
 * holds the password of X.pdf. */
#include "bench.h"

#include "pdf/second.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_hybrid(const prop_bench *b, span in)
{
    AUTO(pades_source) *source = NULL;
    AUTO(pdf_file) *f = NULL;
    if (pades_source_new_memory(in.p, in.n, &source, NULL) != PADES_OK ||
        pdf_file_open(b->ctx, source, &f, NULL) != PADES_OK) {
        return false;
    }
    for (size_t i = 0; i < pdf_file_sections(f); i++) {
        if (pdf_file_section(f, i)->is_hidden) {
            return true;
        }
    }
    return false;
}

/* qpdf 12 does not see an object of an /XRefStm that the table calls free, as ISO 32000-1 7.5.8.4
 * has it; 11 does. Such a file is refused there, as two readers that differ demand, and that is no
 * failure. */
static bool may_be_refused(const prop_bench *b, span in, pades_status status)
{
    const char *version = pdf_second_version();
    return status == PADES_DOC_READERS_DISAGREE && version && atoi(version) >= 12 &&
           is_hybrid(b, in);
}

static bool seal_thrice(const prop_bench *b, span in, int *ret_refused)
{
    pades_sink *sinks[3] = {0};
    bool ok = true;
    for (size_t i = 0; i < 3 && ok; i++) {
        pades_error *e = NULL;
        pades_status status = prop_seal(b, in, &sinks[i], &e);
        ok = status == PADES_OK;
        if (i == 0 && may_be_refused(b, in, status)) {
            pades_error_free(e);
            ++*ret_refused;
            return true;
        }
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
    int good = 0, bad = 0, refused = 0;
    prop_bench_start(&b);
    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], d->d_name);
        if (strlen(d->d_name) < 4 || strcmp(d->d_name + strlen(d->d_name) - 4, ".pdf") != 0) {
            continue;
        }
        span in = prop_read_file(path);
        snprintf(path + strlen(path), sizeof path - strlen(path), ".password");
        b.password = prop_read_file(path);
        bool ok = in.p && seal_thrice(&b, in, &refused);
        good += ok;
        bad += !ok;
        if (!ok) {
            fprintf(stderr, "FAILED %s\n", path);
        }
        free((void *)(uintptr_t)in.p);
        free((void *)(uintptr_t)b.password.p);
    }
    if (dir) {
        closedir(dir);
    }
    prop_bench_end(&b);
    good -= refused;
    printf("%d files sealed three times, %d refused as read in two ways, %d failed\n", good,
           refused, bad);
    return good > 4 * refused && bad == 0 ? 0 : 1;
}
