/* Tokens of PDF syntax (ISO 32000-1 7.2, 7.3), strictly: a number that readers take differently, a
 * stray delimiter or an unclosed string is a bad token, never a guess. Knows windows: with
 * `partial` set, a token that touches the end of the text is not decided but asks for more bytes.
 */
#ifndef PDF_LEXER_H
#define PDF_LEXER_H

#include "base/span.h"
#include "pdf/object.h"

typedef enum pdf_token_kind {
    TOKEN_END,  /* nothing but white space left */
    TOKEN_MORE, /* cannot be told without the bytes after the window */
    TOKEN_BAD,
    TOKEN_INT,
    TOKEN_REAL,
    TOKEN_STRING, /* (...) */
    TOKEN_HEX,    /* <...> */
    TOKEN_NAME,
    TOKEN_ARRAY_OPEN,
    TOKEN_ARRAY_CLOSE,
    TOKEN_DICT_OPEN,
    TOKEN_DICT_CLOSE,
    TOKEN_WORD
} pdf_token_kind;

typedef struct pdf_token {
    pdf_token_kind kind;
    size_t at; /* of its first byte in the text */
    span raw;
    int64_t integer;
    double real;
    bool digits_only; /* an integer without sign */
    const char *why;  /* of a bad token */
} pdf_token;

typedef struct pdf_lexer {
    span s;
    size_t pos;
    bool partial; /* the text goes on behind this window */
} pdf_lexer;

pdf_token pdf_lex(pdf_lexer *lx);

/* Every byte is one of these (ISO 32000-1 7.2.2), or regular. */
enum { PDF_WHITE = 1, PDF_DELIMITER = 2 };
extern const uint8_t pdf_byte_kinds[256];

static inline bool pdf_is_white(int c)
{
    return pdf_byte_kinds[c & 0xFF] == PDF_WHITE;
}
static inline bool pdf_is_delimiter(int c)
{
    return pdf_byte_kinds[c & 0xFF] == PDF_DELIMITER;
}
static inline bool pdf_is_digit(int c)
{
    return c >= '0' && c <= '9';
}
/* Decimal digits alone, at most 19 of them; false otherwise. */
bool pdf_digits(span s, uint64_t *ret);

/* The value of a string or name token. False: *ret_why says what is wrong, or is NULL when the pool
 * is used up. */
bool pdf_decode_literal(pdf_pool *pool, span raw, span *ret, const char **ret_why);
bool pdf_decode_hex(pdf_pool *pool, span raw, span *ret, const char **ret_why);
bool pdf_decode_name(pdf_pool *pool, span raw, span *ret, const char **ret_why);

#endif
