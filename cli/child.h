/* A program of somebody else's, with a pipe to its standard input and one from its output. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t pid;
    int to, from;
};

/* It gets the two pipes, descriptor 2 and no other one, our environment, and the signals as they
 * are by default; it is told when we die. False with errno. */
bool child_start(struct child *ret, const char *program, char *const argv[]);
/* Closes the pipes and waits for its end, which is hurried when it does not come by itself; `at
 * once`: without waiting first. A terminal that it leaves without echo is put in order. */
void child_end(struct child *c, bool at_once);

#endif
