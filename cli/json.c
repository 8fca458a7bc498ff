/* See json.h. Only this file and json_read.c know jansson. */
#include "json.h"

#include "text.h"

#include <jansson.h>
#include <stdio.h>

js *js_start(void)
{
    js *object = json_object();
    js_number(object, "schema", 1);
    return object;
}

/* jansson refuses what is not UTF-8; such bytes (names of files) become \xNN. */
static js *string_of(const char *value)
{
    char safe[4096];
    if (value == NULL) {
        return json_null();
    }
    if (text_is_utf8(value)) {
        return json_string(value);
    }
    text_escape(value, safe, sizeof safe);
    return json_string(safe);
}

void js_text(js *object, const char *key, const char *value)
{
    json_object_set_new(object, key, string_of(value));
}

void js_number(js *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer(value));
}

void js_bool(js *object, const char *key, bool value)
{
    json_object_set_new(object, key, json_boolean(value));
}

void js_null(js *object, const char *key)
{
    json_object_set_new(object, key, json_null());
}

void js_time(js *object, const char *key, int64_t seconds)
{
    js_text(object, key, show_time(seconds).text);
}

static js *set(js *object, const char *key, js *member)
{
    return json_object_set_new(object, key, member) == 0 ? member : NULL;
}

static js *push(js *list, js *member)
{
    return json_array_append_new(list, member) == 0 ? member : NULL;
}

js *js_object_in(js *object, const char *key)
{
    return set(object, key, json_object());
}

js *js_list_in(js *object, const char *key)
{
    return set(object, key, json_array());
}

js *js_push_object(js *list)
{
    return push(list, json_object());
}

void js_push_text(js *list, const char *value)
{
    push(list, string_of(value));
}

void js_push_number(js *list, int64_t value)
{
    push(list, json_integer(value));
}

bool js_print(js *object)
{
    bool good = object != NULL && json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;
    json_decref(object);
    return good && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
}

const char *js_library_built(void)
{
    return JANSSON_VERSION;
}

const char *js_library_running(void)
{
    return jansson_version_str();
}
