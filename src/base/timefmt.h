/* Times: RFC 3339, PDF dates, UTC broken down without locale or environment. */
#ifndef BASE_TIMEFMT_H
#define BASE_TIMEFMT_H

#include "base/buf.h"

enum { TIME_TEXT = 40 };
/* "2026-11-22T10:00:00Z". */
void time_rfc3339(int64_t t, char out[TIME_TEXT]);
/* "D:20261122120000+02'00'" (some viewers refuse it without the last apostrophe), or ...Z for
 * offset 0. */
void time_pdf(int64_t t, int offset, char out[TIME_TEXT]);
/* Parses a PDF date (ISO 32000-1 7.9.4) to seconds; false when it is none. */
bool time_parse_pdf(span text, int64_t *ret);
/* GeneralizedTime with Z and optional fraction (RFC 3161), or UTCTime; false when malformed. */
bool time_parse_asn1(span text, bool generalized, int64_t *ret);
/* Seconds of a civil UTC time; false when a field is out of range. */
bool time_from_civil(int year, int month, int day, int hour, int minute, int second, int64_t *ret);

#endif
