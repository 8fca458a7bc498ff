/* Civil time without libc's locale or time zone: days from the proleptic Gregorian calendar. */
#include "base/timefmt.h"

#include <stdio.h>

typedef struct civil {
    int year, month, day, hour, minute, second;
} civil;

static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static civil civil_of(int64_t t)
{
    int64_t days = t / 86400, rest = t % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * of_year + 2) / 153;
    int month = (int)(m < 10 ? m + 3 : m - 9);
    return (civil){.year = (int)(year_of_era + era * 400 + (month <= 2)),
                   .month = month,
                   .day = (int)(of_year - (153 * m + 2) / 5 + 1),
                   .hour = (int)(rest / 3600),
                   .minute = (int)(rest / 60 % 60),
                   .second = (int)(rest % 60)};
}

/* Years that four digits can hold; anything else is shown as the nearest of them. */
static int64_t clamp_time(int64_t t)
{
    const int64_t lowest = -62135596800, highest = 253402300799;
    return t < lowest ? lowest : t > highest ? highest : t;
}

void time_rfc3339(int64_t t, char out[TIME_TEXT])
{
    civil c = civil_of(clamp_time(t));
    snprintf(out, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
             c.minute, c.second);
}

/* clause: ISO32000-1#7.9.4 */
void time_pdf(int64_t t, int offset, char out[TIME_TEXT])
{
    civil c = civil_of(clamp_time(clamp_time(t) + offset));
    int n = snprintf(out, TIME_TEXT, "D:%04d%02d%02d%02d%02d%02d", c.year, c.month, c.day, c.hour,
                     c.minute, c.second);
    int minutes = (offset < 0 ? -offset : offset) / 60;
    if (minutes == 0) {
        snprintf(out + n, TIME_TEXT - (size_t)n, "Z");
    } else {
        snprintf(out + n, TIME_TEXT - (size_t)n, "%c%02d'%02d'", offset < 0 ? '-' : '+',
                 minutes / 60 % 24, minutes % 60);
    }
}

static bool digits(reader *r, int n, int *ret)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        int c = reader_peek(r);
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
        (void)reader_next(r);
    }
    *ret = value;
    return true;
}

bool time_from_civil(int year, int month, int day, int hour, int minute, int second, int64_t *ret)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 60) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day < 1 || day > lengths[month - 1] + (month == 2 && leap)) {
        return false;
    }
    *ret = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

/* "Z", "+hh'mm'", "+hh'mm", "+hh"; seconds east, false when malformed. */
static bool pdf_zone(reader *r, int *ret)
{
    int sign = reader_next(r), hours = 0, minutes = 0;
    if (sign == 'Z' || sign < 0) {
        *ret = 0;
        return true;
    }
    if ((sign != '+' && sign != '-') || !digits(r, 2, &hours) || hours > 23) {
        return false;
    }
    if (reader_peek(r) == '\'') {
        (void)reader_next(r);
        if (reader_left(r) >= 2 && (!digits(r, 2, &minutes) || minutes > 59)) {
            return false;
        }
    }
    *ret = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

bool time_parse_pdf(span text, int64_t *ret)
{
    reader r = reader_of(text);
    civil c = {.month = 1, .day = 1};
    int *const parts[] = {&c.month, &c.day, &c.hour, &c.minute, &c.second};
    int zone = 0;
    int64_t t = 0;
    if (text.n >= 2 && text.p[0] == 'D' && text.p[1] == ':') {
        r.pos = 2;
    }
    if (!digits(&r, 4, &c.year)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(parts) && reader_peek(&r) >= '0' && reader_peek(&r) <= '9';
         i++) {
        if (!digits(&r, 2, parts[i])) {
            return false;
        }
    }
    if (!pdf_zone(&r, &zone) ||
        !time_from_civil(c.year, c.month, c.day, c.hour, c.minute, c.second, &t)) {
        return false;
    }
    *ret = t - zone;
    return true;
}

/* clause: RFC3161#2.4.2 GeneralizedTime ends in Z, its fraction has no trailing zero */
static bool fraction_ok(reader *r)
{
    if (reader_peek(r) != '.') {
        return true;
    }
    (void)reader_next(r);
    int last = -1, unused = 0;
    while (reader_peek(r) >= '0' && reader_peek(r) <= '9') {
        last = reader_peek(r);
        if (!digits(r, 1, &unused)) {
            return false;
        }
    }
    return last > '0';
}

bool time_parse_asn1(span text, bool generalized, int64_t *ret)
{
    reader r = reader_of(text);
    civil c = {0};
    if (!digits(&r, generalized ? 4 : 2, &c.year) || !digits(&r, 2, &c.month) ||
        !digits(&r, 2, &c.day) || !digits(&r, 2, &c.hour) || !digits(&r, 2, &c.minute) ||
        !digits(&r, 2, &c.second)) {
        return false;
    }
    if (!generalized) {
        c.year += c.year < 50 ? 2000 : 1900;
    }
    if ((generalized && !fraction_ok(&r)) || reader_next(&r) != 'Z' || reader_left(&r) != 0) {
        return false;
    }
    return time_from_civil(c.year, c.month, c.day, c.hour, c.minute, c.second, ret);
}
