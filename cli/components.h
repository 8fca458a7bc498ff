/* What the command stands on: the library's components, and its own beside them. Owner:
 * components.c. */
#ifndef CLI_COMPONENTS_H
#define CLI_COMPONENTS_H

#include "json.h"

/* As pades_component(), with the command's own behind those. */
bool component_at(size_t index, const char **ret_name, const char **ret_built,
                  const char **ret_running);
/* Version of the library, and the list of all components. */
void components_add(js *object);

#endif
