/* Tokens and objects of any bytes. The first byte chooses where the text is cut into a window: what
 * is seen in the window must be what is seen in the whole. */
#include "pdf/lexer.h"
#include "pdf/object.h"

#include "base/fail.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void compare_windows(span text, size_t cut)
{
    pdf_lexer whole = {text, 0, false};
    pdf_lexer part = {span_part(text, 0, cut), 0, true};
    pdf_token b = pdf_lex(&part);
    while (b.kind != TOKEN_MORE && b.kind != TOKEN_BAD) {
        pdf_token a = pdf_lex(&whole);
        must(a.kind == b.kind && a.at == b.at && span_eq(a.raw, b.raw));
        b = pdf_lex(&part);
    }
    must(b.kind == TOKEN_MORE || pdf_lex(&whole).kind == TOKEN_BAD);
}

static void parse_twice(span text)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO(pades_error) *e = NULL;
    pdf_obj *a = NULL, *b = NULL;
    size_t used = 0;
    if (pdf_pool_new(1 << 20, &pool, &e) != PADES_OK ||
        pdf_parse(pool, text, 50, &a, &used, &e) != PADES_OK) {
        must(pades_error_status(e) != PADES_OK);
        return;
    }
    must(used <= text.n && a->raw.n <= used);
    if (pdf_parse(pool, a->raw, 50, &b, &used, &e) == PADES_OK) { /* its raw bytes say the same */
        must(used == a->raw.n && pdf_same(a, b));
    } else {
        must(pades_error_status(e) == PADES_LIMIT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 0) {
        span text = span_of(data + 1, n - 1);
        compare_windows(text, text.n * data[0] / 256);
        parse_twice(text);
    }
    return 0;
}
