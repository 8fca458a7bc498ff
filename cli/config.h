/* Configuration files: /etc/pades/pades.conf, then $XDG_CONFIG_HOME/pades/pades.conf, or --config.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "settings.h"

/* Reads what --config and --profile (already in the settings) ask for. */
int config_load(struct settings *s, struct failure *f) MUST_USE;

#endif
