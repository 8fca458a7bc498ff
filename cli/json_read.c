/* The reading half of json.h. */
#include "json.h"

#include <jansson.h>
#include <stdio.h>

js *js_parse(const char *data, size_t n, char *why, size_t why_n)
{
    json_error_t error;
    js *whole = json_loadb(data, n, JSON_REJECT_DUPLICATES, &error);
    if (whole == NULL) {
        snprintf(why, why_n, "line %d: %s", error.line, error.text);
    } else if (!json_is_object(whole)) {
        snprintf(why, why_n, "it is no object");
        json_decref(whole);
        whole = NULL;
    }
    return whole;
}

void js_free(js *whole)
{
    json_decref(whole);
}

enum js_kind js_kind_of(const js *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return JS_OBJECT;
    case JSON_ARRAY:
        return JS_LIST;
    case JSON_STRING:
        return JS_TEXT;
    case JSON_INTEGER:
        return JS_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JS_BOOL;
    case JSON_REAL:
    case JSON_NULL:
        break;
    }
    return JS_OTHER;
}

bool js_next(js *object, void **at, const char **ret_key, js **ret_value)
{
    *at = *at == NULL ? json_object_iter(object) : json_object_iter_next(object, *at);
    if (*at == NULL) {
        return false;
    }
    *ret_key = json_object_iter_key(*at);
    *ret_value = json_object_iter_value(*at);
    return true;
}

js *js_member(const js *object, const char *key)
{
    return json_object_get(object, key);
}

js *js_item(const js *list, size_t i)
{
    return json_array_get(list, i);
}

const char *js_as_text(const js *value)
{
    return json_string_value(value);
}

int64_t js_as_number(const js *value)
{
    return json_integer_value(value);
}

bool js_as_bool(const js *value)
{
    return json_is_true(value);
}
