/* The end of a support program: one line on standard error, what OpenSSL has to say, exit code 1. */
#ifndef PADES_SUPPORT_DIE_H
#define PADES_SUPPORT_DIE_H

__attribute__((format(printf, 1, 2))) _Noreturn void die(const char *format, ...);

#endif
