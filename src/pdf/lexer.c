/* Tokens of PDF syntax over a window of text; see lexer.h for what is refused. Nesting of
 * parentheses is counted, never recursed. */
#include "pdf/lexer.h"

const uint8_t pdf_byte_kinds[256] = {
    [0] = PDF_WHITE,       ['\t'] = PDF_WHITE,    ['\n'] = PDF_WHITE,    ['\f'] = PDF_WHITE,
    ['\r'] = PDF_WHITE,    [' '] = PDF_WHITE,     ['('] = PDF_DELIMITER, [')'] = PDF_DELIMITER,
    ['<'] = PDF_DELIMITER, ['>'] = PDF_DELIMITER, ['['] = PDF_DELIMITER, [']'] = PDF_DELIMITER,
    ['{'] = PDF_DELIMITER, ['}'] = PDF_DELIMITER, ['/'] = PDF_DELIMITER, ['%'] = PDF_DELIMITER};

static bool is_regular(uint8_t c)
{
    return pdf_byte_kinds[c] == 0;
}

bool pdf_digits(span s, uint64_t *ret)
{
    if (s.n == 0 || s.n > 19) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!pdf_is_digit(s.p[i])) {
            return false;
        }
        value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    *ret = value;
    return true;
}

static pdf_token token(pdf_lexer *lx, pdf_token_kind kind, size_t at, size_t end)
{
    lx->pos = end;
    return (pdf_token){.kind = kind, .at = at, .raw = span_part(lx->s, at, end - at)};
}

static pdf_token bad(pdf_lexer *lx, size_t at, const char *why)
{
    pdf_token t = token(lx, TOKEN_BAD, at, at);
    t.why = why;
    return t;
}

/* The text ended inside something: more is asked for, or it is bad. */
static pdf_token cut(pdf_lexer *lx, size_t at, const char *why)
{
    return lx->partial ? token(lx, TOKEN_MORE, at, at) : bad(lx, at, why);
}

/* White space and comments. False: a comment reaches the end of a partial window. */
static bool skip_blank(pdf_lexer *lx)
{
    while (lx->pos < lx->s.n) {
        int c = lx->s.p[lx->pos];
        if (c == '%') {
            size_t i = lx->pos;
            while (i < lx->s.n && lx->s.p[i] != '\n' && lx->s.p[i] != '\r') {
                i++;
            }
            if (i == lx->s.n && lx->partial) {
                return false;
            }
            lx->pos = i;
        } else if (pdf_is_white(c)) {
            lx->pos++;
        } else {
            break;
        }
    }
    return true;
}

/* clause: ISO32000-1#7.3.4.2 balanced parentheses need no escape */
static pdf_token lex_literal(pdf_lexer *lx, size_t at)
{
    size_t open = 0;
    for (size_t i = at; i < lx->s.n; i++) {
        int c = lx->s.p[i];
        if (c == '\\') {
            i++;
        } else if (c == '(') {
            open++;
        } else if (c == ')' && --open == 0) {
            return token(lx, TOKEN_STRING, at, i + 1);
        }
    }
    return cut(lx, at, "a string is not closed");
}

static pdf_token lex_less(pdf_lexer *lx, size_t at)
{
    if (at + 1 == lx->s.n) {
        return cut(lx, at, "a hexadecimal string is not closed");
    }
    if (lx->s.p[at + 1] == '<') {
        return token(lx, TOKEN_DICT_OPEN, at, at + 2);
    }
    for (size_t i = at + 1; i < lx->s.n; i++) {
        if (lx->s.p[i] == '>') {
            return token(lx, TOKEN_HEX, at, i + 1);
        }
        if (pdf_is_delimiter(lx->s.p[i])) {
            return bad(lx, i, "a hexadecimal string holds something else");
        }
    }
    return cut(lx, at, "a hexadecimal string is not closed");
}

static pdf_token lex_greater(pdf_lexer *lx, size_t at)
{
    if (at + 1 == lx->s.n) {
        return cut(lx, at, "a lone '>'");
    }
    if (lx->s.p[at + 1] != '>') {
        return bad(lx, at, "a lone '>'");
    }
    return token(lx, TOKEN_DICT_CLOSE, at, at + 2);
}

static double scale_down(double value, size_t digits)
{
    double scale = 1;
    for (size_t i = 0; i < digits && i < 300; i++) {
        scale *= 10;
    }
    return value / scale;
}

/* clause: ISO32000-1#7.3.3 sign, digits, one point; no exponent */
static pdf_token lex_number(pdf_lexer *lx, size_t at, size_t end)
{
    pdf_token t = token(lx, TOKEN_INT, at, end);
    size_t i = at;
    bool negative = lx->s.p[i] == '-';
    bool has_sign = negative || lx->s.p[i] == '+';
    size_t digits = 0, fraction = 0;
    bool overflow = false;
    for (i += has_sign; i < end; i++) {
        int c = lx->s.p[i];
        if (c == '.' && t.kind == TOKEN_INT) {
            t.kind = TOKEN_REAL;
            continue;
        }
        if (!pdf_is_digit(c)) {
            return bad(lx, at, "not a number");
        }
        digits++;
        fraction += t.kind == TOKEN_REAL;
        t.real = t.real * 10 + (c - '0');
        overflow |= __builtin_mul_overflow(t.integer, 10, &t.integer) ||
                    __builtin_add_overflow(t.integer, c - '0', &t.integer);
    }
    if (digits == 0) {
        return bad(lx, at, "not a number");
    }
    t.digits_only = t.kind == TOKEN_INT && !has_sign && !overflow;
    if (t.kind == TOKEN_INT && overflow) {
        t.kind = TOKEN_REAL;
    }
    t.real = scale_down(negative ? -t.real : t.real, fraction);
    t.integer = overflow ? 0 : negative ? -t.integer : t.integer;
    return t;
}

static pdf_token lex_regular(pdf_lexer *lx, size_t at)
{
    size_t end = at;
    while (end < lx->s.n && is_regular(lx->s.p[end])) {
        end++;
    }
    if (end == lx->s.n && lx->partial) {
        return token(lx, TOKEN_MORE, at, at);
    }
    int c = lx->s.p[at];
    if (pdf_is_digit(c) || c == '+' || c == '-' || c == '.') {
        return lex_number(lx, at, end);
    }
    return token(lx, TOKEN_WORD, at, end);
}

static pdf_token lex_name(pdf_lexer *lx, size_t at)
{
    size_t end = at + 1;
    while (end < lx->s.n && is_regular(lx->s.p[end])) {
        end++;
    }
    if (end == lx->s.n && lx->partial) {
        return token(lx, TOKEN_MORE, at, at);
    }
    return token(lx, TOKEN_NAME, at, end);
}

pdf_token pdf_lex(pdf_lexer *lx)
{
    if (!skip_blank(lx)) {
        return token(lx, TOKEN_MORE, lx->pos, lx->pos);
    }
    size_t at = lx->pos;
    if (at == lx->s.n) {
        return token(lx, lx->partial ? TOKEN_MORE : TOKEN_END, at, at);
    }
    switch (lx->s.p[at]) {
    case '(':
        return lex_literal(lx, at);
    case '<':
        return lex_less(lx, at);
    case '>':
        return lex_greater(lx, at);
    case '[':
        return token(lx, TOKEN_ARRAY_OPEN, at, at + 1);
    case ']':
        return token(lx, TOKEN_ARRAY_CLOSE, at, at + 1);
    case '/':
        return lex_name(lx, at);
    case ')':
    case '{':
    case '}':
        return bad(lx, at, "a stray delimiter");
    default:
        return lex_regular(lx, at);
    }
}
