/* The n-th allocation fails, for every n: ours through the seam of base/mem.h, OpenSSL's through
 * CRYPTO_set_mem_functions. A seal then fails cleanly (no output, an error) or comes out whole;
 * leaks and wild accesses are found by the sanitizers.
 *
 *     nth_alloc ours|openssl FILE.pdf [PASSWORD] */
#include "bench.h"

#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_long calls;
static atomic_long fail_at = -1;

static bool now_fails(void)
{
    return atomic_fetch_add(&calls, 1) == atomic_load(&fail_at);
}

void *__real_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_resize(void *p, size_t n);

static bool ours;

void *__wrap_mem_alloc(size_t n)
{
    return ours && now_fails() ? NULL : __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    return ours && now_fails() ? NULL : __real_mem_resize(p, n);
}

static void *ossl_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return n == 0 || now_fails() ? NULL : malloc(n);
}

static void *ossl_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file, (void)line;
    if (n == 0) {
        free(p);
        return NULL;
    }
    return now_fails() ? NULL : realloc(p, n);
}

static void ossl_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

/* One run with allocation `n` failing; false when something came out that should not. */
static bool run(const prop_bench *b, span in, long n, bool *ret_reached, long *ret_sealed)
{
    pades_sink *sink = NULL;
    pades_error *e = NULL;
    atomic_store(&calls, 0);
    atomic_store(&fail_at, n);
    pades_status status = prop_seal(b, in, &sink, &e);
    *ret_reached = atomic_load(&calls) > n;
    atomic_store(&fail_at, -1);
    ERR_clear_error();
    pades_status told = pades_error_status(e); /* without memory for the message: that */
    bool ok = status == PADES_OK ? prop_verify(b, prop_bytes(sink), 1)
                                 : told == status || told == PADES_NO_MEMORY;
    ok = ok && (n >= 0 || status == PADES_OK); /* nothing fails in the first run */
    if (!ok) {
        fprintf(stderr, "allocation %ld: %s, error %s\n", n, pades_status_name(status),
                pades_error_message(e));
    }
    *ret_sealed += status == PADES_OK;
    pades_sink_free(sink);
    pades_error_free(e);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        return 64;
    }
    bool openssl = strcmp(argv[1], "openssl") == 0;
    if (openssl && CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc, ossl_free) != 1) {
        return 2;
    }
    prop_bench b;
    prop_bench_start(&b);
    span in = prop_read_file(argv[2]);
    b.password = span_str(argc == 4 ? argv[3] : NULL);
    ours = !openssl;
    bool ok = in.p != NULL, reached = true;
    long n = -1, sealed = 0; /* the first run fails nothing: it warms what is loaded once */
    while (ok && reached) {
        ok = run(&b, in, n, &reached, &sealed);
        reached = reached || n < 0;
        n++;
    }
    ours = false;
    prop_bench_end(&b);
    free((void *)(uintptr_t)in.p);
    printf("%ld allocations failed one by one, %ld of the runs sealed all the same\n", n - 1,
           sealed);
    return ok && n > 50 ? 0 : 1;
}
