/* What a new field asks of its signature, read from a JSON file (pades-fields(1), SEED VALUES). */
#ifndef CLI_SEED_H
#define CLI_SEED_H

#include "failure.h"

/* Every member is known and of the right kind, or the file is refused, naming the member. */
int seed_read(const char *path, pades_field_spec *spec, struct failure *f) MUST_USE;

#endif
