/* The files of refused.h: made, locked, read and written. */
#ifndef TOKEN_REFUSED_FILE_H
#define TOKEN_REFUSED_FILE_H

#include "base/slowhash.h"
#include "token/refused.h"

enum { REFUSED_MOST = 16 /* PINs of a token */, REFUSED_FILES = 64 };

typedef struct refused_pin {
    int64_t when;
    uint8_t hash[SLOWHASH_OCTETS];
} refused_pin;

typedef struct refused_record {
    bool readable;
    bool has_salt;
    uint8_t salt[SLOWHASH_SALT];
    refused_pin pins[REFUSED_MOST];
    size_t n;
    unsigned pending;      /* PINs in a row whose answers were not seen */
    int64_t pending_since; /* the last of them */
} refused_record;

/* What became of opening. */
typedef enum refused_open { REFUSED_OPENED, REFUSED_UNUSABLE, REFUSED_BUSY } refused_open;

/* Opens and locks the token's file; REFUSED_UNUSABLE with `why` (n bytes). `make` false: a folder
 * or file that is not there is not made, and one that is locked is not waited for. */
refused_open refused_file_open(const refused_token *token, bool make, refused_attempt *ret,
                               char *why, size_t n);
void refused_file_close(refused_attempt *a);
/* Makes the folder as refused_file_open does: can the files of tokens be made in it? False with
 * `why` (n bytes). */
bool refused_folder_usable(const char *path, char *why, size_t n);
/* Removes the token's file, whether it is open or not. */
void refused_file_remove(const refused_attempt *a);
/* Empty, it is a mark by itself; marks alone need no salt. */
void refused_file_read(int fd, refused_record *ret);
/* Adds the mark; false: it cannot be written. */
bool refused_file_mark(refused_attempt *a, int64_t now);
/* Takes it back. */
void refused_file_unmark(refused_attempt *a);
/* Adds a hash, which takes the place of the mark, and the oldest one's when there are too many. */
bool refused_file_add(refused_attempt *a, refused_record *record, int64_t now,
                      const uint8_t hash[SLOWHASH_OCTETS]);
/* Removes the oldest files when there are too many. */
void refused_file_prune(const refused_attempt *a);

#endif
