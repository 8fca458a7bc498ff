/* JSON objects, built and printed, or read. Valid UTF-8 whatever comes in, members in the order
 * they are set; characters outside ASCII become \uNNNN escapes, so that none can fool a terminal.
 */
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

/* Reading. What is found in a value lives as long as the whole. */
enum js_kind { JS_OBJECT, JS_LIST, JS_TEXT, JS_NUMBER, JS_BOOL, JS_OTHER };

/* NULL: no JSON object, or a member twice; `why` then says where. js_free() it. */
js *js_parse(const char *data, size_t n, char *why, size_t why_n);
void js_free(js *whole);
enum js_kind js_kind_of(const js *value);
/* The members one after another: start with `*at` NULL; false at the end. */
bool js_next(js *object, void **at, const char **ret_key, js **ret_value);
js *js_member(const js *object, const char *key); /* NULL: none */
js *js_item(const js *list, size_t i);            /* NULL beyond the end */
const char *js_as_text(const js *value);
int64_t js_as_number(const js *value);
bool js_as_bool(const js *value);

/* Versions of jansson. */
const char *js_library_built(void);
const char *js_library_running(void);

#endif
