/* See doctor.h. Is pcscd there? What it says to the first message of its protocol is enough; with
 * systemd's socket, asking starts it. */
#include "doctor.h"

#include <errno.h>
#include <dirent.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAIT_MS = 2000, SAYS_VERSION = 0x11, MAJOR = 4, MINOR = 4 };

/* pcsc-lite's winscard_msg.h: a header, then the body that the command has. */
struct greeting {
    uint32_t size, command;
    int32_t major, minor;
    uint32_t answer;
};

static enum service connected(int fd)
{
    const struct greeting hello = {12, SAYS_VERSION, MAJOR, MINOR, 0};
    char reply[12];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (send(fd, &hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello) {
        return errno == EPIPE || errno == ECONNRESET ? SERVICE_REFUSED : SERVICE_MUTE;
    }
    if (poll(&wait, 1, WAIT_MS) <= 0) {
        return SERVICE_MUTE;
    }
    /* It hangs up on those who may not use it. */
    return recv(fd, reply, sizeof reply, 0) > 0 ? SERVICE_ANSWERS : SERVICE_REFUSED;
}

enum service service_look(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/run/pcscd/pcscd.comm"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum service found = SERVICE_DEAD;
    if (fd < 0) {
        return SERVICE_DEAD;
    }
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0) {
        found = connected(fd);
    } else if (errno == ENOENT || errno == ENOTDIR) {
        found = SERVICE_ABSENT;
    } else if (errno == EACCES) {
        found = SERVICE_REFUSED;
    }
    close(fd);
    return found;
}

static bool is_reader(const char *interface)
{
    char path[512];
    char class[3] = "";
    int n = snprintf(path, sizeof path, "/sys/bus/usb/devices/%s/bInterfaceClass", interface);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "re") : NULL;
    if (f == NULL) {
        return false;
    }
    bool read = fgets(class, sizeof class, f) != NULL;
    fclose(f);
    return read && strcmp(class, "0b") == 0; /* the class of smart card readers (CCID) */
}

unsigned service_usb_readers(void)
{
    unsigned n = 0;
    const struct dirent *entry;
    DIR *dir = opendir("/sys/bus/usb/devices");
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        n += strchr(entry->d_name, ':') != NULL && is_reader(entry->d_name) ? 1 : 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return n;
}
