/* See components.h. inih does not say what version of it runs. */
#include "components.h"

#include <pades/pades.h>

bool component_at(size_t index, const char **ret_name, const char **ret_built,
                  const char **ret_running)
{
    const struct {
        const char *name, *built, *running;
    } own[] = {{"jansson", js_library_built(), js_library_running()},
               {"inih", PADES_INIH_VERSION, NULL}};
    size_t n = 0;
    while (pades_component(n, ret_name, ret_built, ret_running) != 0) {
        if (n++ == index) {
            return true;
        }
    }
    if (index - n >= sizeof own / sizeof own[0]) {
        return false;
    }
    *ret_name = own[index - n].name;
    *ret_built = own[index - n].built;
    *ret_running = own[index - n].running;
    return true;
}

void components_add(js *object)
{
    const char *name = NULL;
    const char *built = NULL;
    const char *running = NULL;
    js_text(object, "version", pades_version());
    js *list = js_list_in(object, "components");
    for (size_t i = 0; component_at(i, &name, &built, &running); i++) {
        js *one = js_push_object(list);
        js_text(one, "name", name);
        js_text(one, "built", built);
        js_text(one, "running", running);
    }
}
