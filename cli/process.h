/* The process: no core dumps, signals that cancel instead of killing, descriptor 2 kept for us. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include "auto.h"

#include <stdbool.h>

/* First thing in main: not dumpable, no core file, SIGPIPE and SIGXFSZ ignored, descriptors 0 to 2
 * open, and our own copy of standard error. The umask is not touched. */
FILE *process_start(void);
/* False when the process was started without a descriptor 1: what goes there is lost. */
bool process_has_stdout(void);
/* From now on SIGINT, SIGTERM and SIGHUP cancel `control`; the second one kills. */
void process_cancel_with(pades_control *control);
/* The number of the signal that asked to stop, 0 when none did. */
int process_signal(void);
/* Records a signal that a prompt caught. */
void process_note_signal(int number);

/* Modules and their libraries write to descriptor 2 as they like: between these two calls it leads
 * nowhere, unless `keep`. Our messages do not go through it. */
void process_quiet_begin(bool keep);
void process_quiet_end(void);

#endif
