/* pades timestamp: a document timestamp on one file, signed or not. */
#include "stamping.h"

int cmd_timestamp(struct app *app)
{
    static const struct stamping stamping = {.run = pades_timestamp,
                                             .needs_tsa = "a document timestamp"};
    return stamping_run(app, &stamping);
}
