/* The end of a support program: a line on standard error, OpenSSL's errors, exit code 1. */
#ifndef PADES_SUPPORT_DIE_H
#define PADES_SUPPORT_DIE_H

__attribute__((format(printf, 1, 2))) _Noreturn void die(const char *format, ...);

#endif
