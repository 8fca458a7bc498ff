/* Text for people: hostile characters shown as what they are, times, sizes. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shown {
    char text[1024];
};

/* `text` for a terminal or a log: control, bidirectional and invisible characters and bytes that
 * are not UTF-8 become \xNN or \u{NNNN}; cut with "..." when it is too long. Use as show(p).text
 * within one expression. */
struct shown show(const char *text);
/* The same into `to`, which is then valid UTF-8 whatever came in. */
void text_escape(const char *text, char *to, size_t n);
bool text_is_utf8(const char *text);

struct instant {
    char text[32];
};
/* RFC 3339 in UTC: "2025-01-31T12:00:00Z". */
struct instant show_time(int64_t seconds);
/* "2025-01-31". */
struct instant show_day(int64_t seconds);

/* True when `text` ends in `suffix`, letters compared without case (ASCII). */
bool text_ends(const char *text, const char *suffix);

#endif
