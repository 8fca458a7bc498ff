/* The parts of `pades doctor`: each looks at one thing and tells lines: ok, warn or fail, and what
 * to do about it. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "report.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

struct doctor {
    struct app *app;
    js *checks; /* NULL: lines of text */
    enum verdict worst;
};

/* `id` is a word for programs; `todo` may be NULL. The texts must be safe for a terminal. */
void doctor_tell(struct doctor *d, enum verdict verdict, const char *id, const char *todo,
                 const char *fmt, ...) PRINTF(5, 6);
/* Tells an error of the library, with its own hint where it has one, and frees it. */
void doctor_tell_error(struct doctor *d, enum verdict verdict, const char *id, const char *todo,
                       pades_error **error);

/* The reader service (pcscd). */
enum service {
    SERVICE_ABSENT,  /* no socket */
    SERVICE_DEAD,    /* a socket, and nobody behind it */
    SERVICE_REFUSED, /* not for this user */
    SERVICE_MUTE,
    SERVICE_ANSWERS
};
enum service service_look(void);
/* Smart card readers on the USB bus, whether a driver has them or not. */
unsigned service_usb_readers(void);

int doctor_tokens(struct doctor *d, struct failure *f) MUST_USE;
int doctor_trust(struct doctor *d, struct failure *f) MUST_USE;
/* The clock, by itself and by the authorities of --tsa. */
int doctor_time(struct doctor *d, struct failure *f) MUST_USE;

#endif
