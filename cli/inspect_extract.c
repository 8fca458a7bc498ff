/* inspect --extract: the parts of every signature as files of a new folder, with the commands that
 * check them. The library says what the parts are, the names are made here, of safe characters
 * only. All or nothing: what was written is taken away again when anything fails. */
#include "inspect.h"

#include "files.h"
#include "process.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAFE_NAME = 48 };

/* One file being written: chunks of zeros become holes, as a large file may be mostly that. */
struct writer {
    int fd;
    off_t end;
};

static bool is_zero(const unsigned char *p, size_t n)
{
    return n > 0 && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static int write_chunk(void *user, const void *data, size_t n)
{
    struct writer *w = user;
    if (process_signal() != 0) {
        return -1;
    }
    if (n >= 4096 && is_zero(data, n)) {
        w->end += (off_t)n;
        return 0;
    }
    const char *p = data;
    while (n > 0) {
        ssize_t wrote = pwrite(w->fd, p, n, w->end);
        if (wrote < 0 && errno != EINTR) {
            return -1;
        }
        p += wrote > 0 ? wrote : 0;
        n -= wrote > 0 ? (size_t)wrote : 0;
        w->end += wrote > 0 ? wrote : 0;
    }
    return 0;
}

static int cannot_write(struct extraction *x, const char *name, struct failure *f)
{
    int code = errno;
    return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write '%s' in '%s': %s", show(name).text,
                show(x->path).text, strerror(code));
}

static int keep_name(struct extraction *x, const char *name, struct failure *f)
{
    if (x->n == x->cap) {
        size_t cap = x->cap > 0 ? 2 * x->cap : 32;
        char(*grown)[EXTRACT_NAME] = realloc(x->names, cap * sizeof *grown);
        if (grown == NULL) {
            return fail(f, PADES_NO_MEMORY, NULL, "no memory");
        }
        x->names = grown;
        x->cap = cap;
    }
    snprintf(x->names[x->n++], EXTRACT_NAME, "%s", name);
    return EXIT_DONE;
}

static int create(struct extraction *x, const char *name, struct writer *w, struct failure *f)
{
    w->end = 0;
    w->fd = openat(x->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (w->fd < 0) {
        return cannot_write(x, name, f);
    }
    int exit_code = keep_name(x, name, f);
    if (exit_code != EXIT_DONE) {
        close(w->fd);
        unlinkat(x->dir, name, 0);
    }
    return exit_code;
}

/* The holes at the end too, and what close() may still have to say. */
static int finish(struct extraction *x, const char *name, const struct writer *w, struct failure *f)
{
    bool done = ftruncate(w->fd, w->end) == 0;
    int code = errno;
    if (close(w->fd) != 0 && done) {
        return cannot_write(x, name, f);
    }
    errno = code;
    return done ? EXIT_DONE : cannot_write(x, name, f);
}

static int write_part(struct extraction *x, const char *name, size_t signature, pades_part part,
                      size_t index, struct failure *f)
{
    pades_error *error = NULL;
    struct writer w;
    TRY(create(x, name, &w, f));
    errno = 0;
    pades_status status =
        pades_doc_write_part(x->doc, signature, part, index, write_chunk, &w, &error);
    if (status == PADES_OUTPUT_FAILED && errno != 0) {
        int exit_code = cannot_write(x, name, f);
        pades_error_free(error);
        close(w.fd);
        return exit_code;
    }
    int exit_code = call(f, status, &error);
    if (exit_code != EXIT_DONE) {
        close(w.fd);
        return exit_code;
    }
    return finish(x, name, &w, f);
}

/* "01-Signature1": a number, and of the field's name what is safe in any shell and any folder. */
static void name_base(const struct extraction *x, size_t i, const char *field, char *to)
{
    char safe[SAFE_NAME + 1];
    size_t n = 0;
    for (; field[n] != '\0' && n < SAFE_NAME; n++) {
        char c = field[n];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '-' || c == '_';
        safe[n] = (char)(good ? c : '_');
    }
    safe[n] = '\0';
    int digits = x->count >= 100 ? 6 : 2;
    snprintf(to, EXTRACT_BASE, "%0*zu-%s", digits, i + 1, n > 0 ? safe : "field");
}

static void tell(const struct extraction *x, const char *name, const char *what)
{
    fprintf(x->guide, "    %s\n        %s\n", name, what);
}

/* One part, named and told of in verify.txt. */
static int extract(struct extraction *x, size_t i, const char *base, const char *tail,
                   const char *what, pades_part part, struct failure *f)
{
    char name[EXTRACT_NAME];
    snprintf(name, sizeof name, "%s%s", base, tail);
    TRY(write_part(x, name, i, part, 0, f));
    tell(x, name, what);
    return EXIT_DONE;
}

static int extract_certificates(struct extraction *x, size_t i, const char *base, struct failure *f)
{
    const pades_certificate_info *cert;
    for (size_t k = 0; (cert = pades_doc_get_certificate(x->doc, i, k)) != NULL; k++) {
        char name[EXTRACT_NAME];
        snprintf(name, sizeof name, "%s-cert-%zu.pem", base, k + 1);
        TRY(write_part(x, name, i, PADES_PART_CERTIFICATE, k, f));
        tell(x, name, cert->subject != NULL ? cert->subject : "a certificate that cannot be read");
    }
    return EXIT_DONE;
}

static int extract_bytes(struct extraction *x, size_t i, const char *base,
                         const pades_signature_info *s, struct failure *f)
{
    if (s->revision_end > 0) {
        TRY(extract(x, i, base, ".pdf", "the file up to the end of the signature's revision",
                    PADES_PART_REVISION, f));
    }
    if (s->signed_bytes > 0) {
        TRY(extract(x, i, base, ".bin", "the bytes that /ByteRange says are signed",
                    PADES_PART_SIGNED_BYTES, f));
    } else {
        fprintf(x->guide, "    /ByteRange is of no use: there are no signed bytes to extract.\n");
    }
    if (s->byte_range_ok == 0) {
        fprintf(x->guide, "    /ByteRange does not fit its /Contents: whatever openssl says of"
                          " these files, the\n    signature does not cover this document.\n");
    }
    return EXIT_DONE;
}

static int extract_cms(struct extraction *x, size_t i, const char *base,
                       const pades_signature_info *s, struct failure *f)
{
    char what[64] = "/Contents, which is no CMS that can be read";
    if (s->signers > 0) {
        snprintf(what, sizeof what, "the CMS, %s", s->cms_encoding);
    }
    TRY(extract(x, i, base, ".cms", what, PADES_PART_CMS, f));
    if (s->cms_n > 0 && s->padding_is_zero == 0) {
        fprintf(x->guide,
                "    What pads /Contents behind the CMS is not all zero; it was left out"
                " (%zu bytes).\n",
                s->contents_n - s->cms_n);
    }
    TRY(extract_certificates(x, i, base, f));
    if (s->signers > 0 && strcmp(s->type, "signature") == 0) {
        TRY(extract(x, i, base, ".sig", "the signature value inside the CMS",
                    PADES_PART_SIGNATURE_VALUE, f));
    }
    if (s->timestamp != 0 && strcmp(s->type, "signature") == 0) {
        TRY(extract(x, i, base, ".tst", "the timestamp of the signature value (RFC 3161)",
                    PADES_PART_TIMESTAMP, f));
    }
    return EXIT_DONE;
}

static void tell_signature_commands(const struct extraction *x, const char *base,
                                    const pades_signature_info *s)
{
    static const char command[] = "    openssl cms -verify -binary -inform DER -in %s.cms -content"
                                  " %s.bin \\\n        %s -out /dev/null\n";
    fprintf(x->guide, "  The signature alone, then with the chain to a root of yours:\n");
    fprintf(x->guide, command, base, base, "-noverify");
    fprintf(x->guide, command, base, base, "-CAfile ROOT.pem -purpose any");
    if (s->timestamp != 0) {
        fprintf(x->guide,
                "  Its timestamp:\n    openssl ts -verify -token_in -in %s.tst -data %s.sig"
                " -CAfile TSAROOT.pem\n",
                base, base);
    }
}

static bool is_sub_filter(const pades_signature_info *s, const char *name)
{
    return s->sub_filter != NULL && strcmp(s->sub_filter, name) == 0;
}

static void tell_commands(const struct extraction *x, const char *base,
                          const pades_signature_info *s)
{
    if (s->cms_n == 0 || s->signed_bytes == 0) {
        return;
    }
    if (is_sub_filter(s, "adbe.x509.rsa_sha1")) {
        fprintf(x->guide, "  /Contents is no CMS but a bare RSA signature, and its certificate is"
                          " in /Cert of the\n  dictionary: there is no command for it here.\n");
        return;
    }
    if (strcmp(s->type, "doctimestamp") == 0) {
        fprintf(x->guide,
                "  The timestamp:\n    openssl ts -verify -token_in -in %s.cms -data %s.bin"
                " -CAfile TSAROOT.pem\n",
                base, base);
    } else if (is_sub_filter(s, "adbe.pkcs7.sha1")) {
        fprintf(x->guide,
                "  The CMS holds the SHA-1 of the signed bytes as its content; openssl"
                " prints it:\n    openssl cms -verify -binary -inform DER -in %s.cms"
                " -noverify | od -An -v -tx1\n    openssl dgst -sha1 %s.bin\n",
                base, base);
    } else {
        tell_signature_commands(x, base, s);
    }
}

static int extract_signature(struct extraction *x, size_t i, struct failure *f)
{
    char base[EXTRACT_BASE];
    const pades_signature_info *s = pades_doc_get_signature(x->doc, i);
    name_base(x, i, s->field, base);
    fprintf(x->guide, "\n%s '%s'\n",
            strcmp(s->type, "doctimestamp") == 0 ? "document timestamp" : "signature", s->field);
    TRY(extract_bytes(x, i, base, s, f));
    if (s->contents_n == 0) {
        fprintf(x->guide, "    There is no /Contents.\n");
        return EXIT_DONE;
    }
    TRY(extract_cms(x, i, base, s, f));
    tell_commands(x, base, s);
    return EXIT_DONE;
}

static int open_guide(struct extraction *x, struct failure *f)
{
    struct writer w;
    TRY(create(x, "verify.txt", &w, f));
    x->guide = fdopen(w.fd, "w");
    if (x->guide == NULL) {
        close(w.fd);
        return cannot_write(x, "verify.txt", f);
    }
    fprintf(x->guide,
            "The parts of %s, as pades inspect --extract wrote them.\n"
            "Nothing has been verified. The commands below do it; ROOT.pem and TSAROOT.pem are"
            " roots that you\ntrust, not those that came with the file. openssl says nothing of"
            " what was added to the file behind\na signed revision.\n",
            show(x->file).text);
    return EXIT_DONE;
}

static int extract_all(struct extraction *x, struct failure *f)
{
    TRY(open_guide(x, f));
    for (size_t i = 0; i < x->count; i++) {
        TRY(extract_signature(x, i, f));
    }
    if (x->count == 0) {
        fprintf(x->guide, "\nThere is neither a signature nor a document timestamp.\n");
    }
    bool good = ferror(x->guide) == 0;
    good = fclose(x->guide) == 0 && good;
    x->guide = NULL;
    return good ? EXIT_DONE : cannot_write(x, "verify.txt", f);
}

static bool is_empty(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry = NULL;
    if (list == NULL) {
        return false;
    }
    do {
        entry = readdir(list);
    } while (entry != NULL &&
             (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    closedir(list);
    return entry == NULL;
}

static int open_dir(struct extraction *x, struct failure *f)
{
    x->made = mkdir(x->path, 0700) == 0;
    x->dir = x->made || errno == EEXIST ? open(x->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (x->dir < 0) {
        int code = errno;
        return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot make or open the folder '%s': %s",
                    show(x->path).text, strerror(code));
    }
    if (!x->made && !is_empty(x->dir)) {
        return fail(f, PADES_OUTPUT_EXISTS, "name a folder that is new or empty",
                    "the folder '%s' is not empty", show(x->path).text);
    }
    return EXIT_DONE;
}

static void undo(struct extraction *x)
{
    for (size_t i = 0; i < x->n; i++) {
        unlinkat(x->dir, x->names[i], 0);
    }
    if (x->made) {
        rmdir(x->path);
    }
}

int extraction_run(struct extraction *x, struct failure *f)
{
    const pades_signature_info *s;
    x->dir = -1;
    while ((s = pades_doc_get_signature(x->doc, x->count)) != NULL) {
        x->count++;
    }
    int exit_code = open_dir(x, f);
    if (exit_code == EXIT_DONE) {
        exit_code = extract_all(x, f);
        if (exit_code != EXIT_DONE) {
            undo(x);
        }
    }
    if (x->guide != NULL) {
        fclose(x->guide);
    }
    if (x->dir >= 0) {
        close(x->dir);
    }
    return exit_code;
}

void extraction_clear(struct extraction *x)
{
    free(x->names);
}
