/* See tried.h. */
#include "pki/tried.h"

#include "base/escape.h"
#include "base/mem.h"

enum { LINE_MAX_BYTES = 1024, SOURCE_MAX_BYTES = 200 };

void tried_free(tried *t)
{
    buf_free(&t->text);
    mem_free(t->hint);
    t->hint = NULL;
}

void tried_add(tried *t, const char *what, const char *source, pades_status status, const char *why)
{
    AUTO_VAL(buf) line = BUF(2 * (size_t)LINE_MAX_BYTES);
    AUTO(mem_text) *shown = escape_text(span_str(source), SOURCE_MAX_BYTES);
    AUTO(mem_text) *reason = escape_text(span_str(why), LINE_MAX_BYTES - SOURCE_MAX_BYTES);
    t->later = t->later || status == PADES_TRY_LATER;
    buf_addf(&line, "%s%s%s%s%s: ", t->n ? "; " : "", what, *source ? " '" : "", shown ? shown : "",
             *source ? "'" : "");
    buf_add_str(&line, reason ? reason : "failed");
    if (buf_ok(&line) && t->text.n + line.n + 8 <= t->text.max) {
        buf_add_span(&t->text, buf_span(&line));
    } else if (t->n > 0 && t->text.p[t->text.n - 1] != '.') {
        buf_add_str(&t->text, "; ...");
    }
    t->n++;
}

void tried_add_error(tried *t, const char *what, const char *source, pades_status status,
                     pades_error *why)
{
    AUTO(mem_text) *line = error_line(why);
    const char *hint = pades_error_hint(why);
    if (hint && !t->hint) {
        t->hint = mem_strdup(hint);
    }
    tried_add(t, what, source, status, line ? line : "failed");
    pades_error_free(why);
}

const char *tried_text(tried *t)
{
    if (!buf_ok(&t->text) || t->text.n == 0) {
        return "";
    }
    if (t->text.p[t->text.n - 1] != '\0') {
        buf_add_byte(&t->text, '\0');
        t->text.n -= buf_ok(&t->text) ? 1 : 0; /* stays behind the end */
    }
    return buf_ok(&t->text) ? (const char *)t->text.p : "";
}

bool ends_everything(pades_control *control, pades_status status)
{
    return status == PADES_NO_MEMORY || status == PADES_CANCELLED ||
           status == PADES_OUTPUT_FAILED ||
           (status == PADES_TIMEOUT && control_check(control, NULL) != PADES_OK);
}
