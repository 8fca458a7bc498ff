/* What OpenSSL does once in a process, done ahead of the first certificate. Changes only the time:
 * what fails here fails again where it is needed, and is told there. */
#ifndef PKI_PRELOAD_H
#define PKI_PRELOAD_H

void pki_preload(void);

#endif
