/* JSON objects, built and printed. Valid UTF-8 whatever comes in, members in the order they are
 * set; characters outside ASCII become \uNNNN escapes, so that none can fool a terminal. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct json_t js;

/* A new object with "schema":1. Without memory what is built stays incomplete, which js_print()
 * tells. Every other function takes NULL. */
js *js_start(void);
void js_text(js *object, const char *key, const char *value); /* NULL: null */
void js_number(js *object, const char *key, int64_t value);
void js_bool(js *object, const char *key, bool value);
void js_null(js *object, const char *key);
void js_time(js *object, const char *key, int64_t seconds); /* RFC 3339 */
/* A new member that belongs to `object`. */
js *js_object_in(js *object, const char *key);
js *js_list_in(js *object, const char *key);
js *js_push_object(js *list);
void js_push_text(js *list, const char *value);
void js_push_number(js *list, int64_t value);
/* One line on standard output; frees the object. False when it could not be made or written. */
bool js_print(js *object);

#endif
