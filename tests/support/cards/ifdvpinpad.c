/* A virtual card reader with a PIN pad, for pcscd (IFD handler 3.0). To the card it speaks the
 * protocol of vsmartcard's vpcd, as vpcd.py does; to programs it offers VERIFY_PIN_DIRECT and
 * MODIFY_PIN_DIRECT of PC/SC part 10: the host never sees the PIN, a file says what is typed.
 *
 * reader.conf:  DEVICENAME is the path of that file, which is read again at every entry:
 *     port 35970       on 127.0.0.1, where the card connects (read once)
 *     pin 1234         what the user types (new 4321: the new PIN, when it is changed)
 *     press ok         or cancel, timeout, mismatch, short
 *     wait 500         the user takes that many milliseconds */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <ifdhandler.h>
#include <reader.h>

#define CODE_VERIFY SCARD_CTL_CODE(2050)
#define CODE_MODIFY SCARD_CTL_CODE(2051)
#define APDU_MAX 300u
#define WORD_MAX 32u

enum { POWER_OFF = 0, POWER_ON = 1, RESET = 2, TELL_ATR = 4 };

static char keypad[512];
static int listener = -1, card = -1;
static UCHAR atr[64];
static DWORD atr_len;

/* A setting of the file, or what it is without one. */
static void setting(const char *name, const char *otherwise, char ret[WORD_MAX])
{
    char line[256];
    size_t n = strlen(name);
    snprintf(ret, WORD_MAX, "%s", otherwise);
    FILE *f = fopen(keypad, "r");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = 0;
        if (strncmp(line, name, n) == 0 && line[n] == ' ') {
            snprintf(ret, WORD_MAX, "%.31s", line + n + 1);
        }
    }
    if (f) {
        fclose(f);
    }
}

/* -- the card's side */

static bool send_all(const UCHAR *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(card, p, n, MSG_NOSIGNAL);
        if (sent <= 0 && errno != EINTR) {
            return false;
        }
        p += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

static bool receive_all(UCHAR *p, size_t n)
{
    while (n > 0) {
        ssize_t got = recv(card, p, n, 0);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        p += got > 0 ? got : 0;
        n -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

static void card_gone(void)
{
    if (card >= 0) {
        close(card);
    }
    card = -1;
    atr_len = 0;
}

static bool tell(const UCHAR *message, size_t n)
{
    UCHAR head[2] = {(UCHAR)(n >> 8), (UCHAR)n};
    bool sent = card >= 0 && n <= 0xffff && send_all(head, 2) && send_all(message, n);
    if (!sent) {
        card_gone();
    }
    return sent;
}

/* A message to the card and its answer; *n is the room and then the length. */
static RESPONSECODE talk(const UCHAR *message, size_t length, UCHAR *ret, DWORD *n)
{
    UCHAR head[2];
    if (!tell(message, length) || !receive_all(head, 2)) {
        card_gone();
        return IFD_COMMUNICATION_ERROR;
    }
    size_t told = (size_t)head[0] << 8 | head[1];
    if (told > *n || !receive_all(ret, told)) {
        card_gone();
        return IFD_COMMUNICATION_ERROR;
    }
    *n = told;
    return IFD_SUCCESS;
}

static bool power(UCHAR how)
{
    return tell(&how, 1);
}

static bool read_atr(void)
{
    UCHAR question = TELL_ATR;
    atr_len = 33;
    if (talk(&question, 1, atr, &atr_len) != IFD_SUCCESS) {
        atr_len = 0;
        return false;
    }
    return true;
}

/* -- the reader */

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
    char port[WORD_MAX];
    int one = 1;
    if ((Lun & 0xffff) != 0) {
        return IFD_NO_SUCH_DEVICE;
    }
    snprintf(keypad, sizeof keypad, "%s", DeviceName);
    setting("port", "35963", port);
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)atoi(port)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(listener, 1) != 0) {
        return IFD_COMMUNICATION_ERROR;
    }
    return IFD_SUCCESS;
}

RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
    (void)Lun;
    (void)Channel;
    return IFD_NO_SUCH_DEVICE;
}

RESPONSECODE IFDHCloseChannel(DWORD Lun)
{
    (void)Lun;
    card_gone();
    if (listener >= 0) {
        close(listener);
    }
    listener = -1;
    return IFD_SUCCESS;
}

static void look_whether_gone(void)
{
    char c;
    ssize_t got = recv(card, &c, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) {
        card_gone();
    }
}

RESPONSECODE IFDHICCPresence(DWORD Lun)
{
    (void)Lun;
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    int one = 1;
    if (card >= 0) {
        look_whether_gone();
    }
    if (card < 0 && poll(&waiting, 1, 0) == 1) {
        card = accept(listener, NULL, NULL);
    }
    if (card >= 0) {
        (void)setsockopt(card, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    return card >= 0 ? IFD_ICC_PRESENT : IFD_ICC_NOT_PRESENT;
}

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
    (void)Lun;
    if (Action == IFD_POWER_DOWN) {
        *AtrLength = 0;
        return power(POWER_OFF) ? IFD_SUCCESS : IFD_COMMUNICATION_ERROR;
    }
    if (!power(Action == IFD_RESET ? RESET : POWER_ON) || !read_atr()) {
        return IFD_COMMUNICATION_ERROR;
    }
    memcpy(Atr, atr, atr_len);
    *AtrLength = atr_len;
    return IFD_SUCCESS;
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength,
                               PUCHAR RxBuffer, PDWORD RxLength, PSCARD_IO_HEADER RecvPci)
{
    (void)Lun;
    (void)SendPci;
    (void)RecvPci;
    RESPONSECODE code = talk(TxBuffer, TxLength, RxBuffer, RxLength);
    if (code != IFD_SUCCESS) {
        *RxLength = 0;
    }
    return code;
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value)
{
    (void)Lun;
    switch (Tag) {
    case TAG_IFD_ATR:
    case SCARD_ATTR_ATR_STRING:
        if (*Length < atr_len) {
            return IFD_COMMUNICATION_ERROR;
        }
        memcpy(Value, atr, atr_len);
        *Length = atr_len;
        return IFD_SUCCESS;
    case TAG_IFD_SLOTS_NUMBER:
    case TAG_IFD_SIMULTANEOUS_ACCESS:
    case TAG_IFD_SLOT_THREAD_SAFE:
    case TAG_IFD_THREAD_SAFE:
        *Value = Tag == TAG_IFD_SLOTS_NUMBER || Tag == TAG_IFD_SIMULTANEOUS_ACCESS;
        *Length = 1;
        return IFD_SUCCESS;
    default:
        return IFD_ERROR_TAG;
    }
}

RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value)
{
    (void)Lun;
    (void)Tag;
    (void)Length;
    (void)Value;
    return IFD_NOT_SUPPORTED;
}

RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1,
                                       UCHAR PTS2, UCHAR PTS3)
{
    (void)Lun;
    (void)Protocol;
    (void)Flags;
    (void)PTS1;
    (void)PTS2;
    (void)PTS3;
    return IFD_SUCCESS;
}

/* -- the pad */

static RESPONSECODE answer(unsigned word, PUCHAR ret, DWORD room, LPDWORD n)
{
    if (room < 2) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    ret[0] = (UCHAR)(word >> 8);
    ret[1] = (UCHAR)word;
    *n = 2;
    return IFD_SUCCESS;
}

/* What the user does: 0, or the status word of an entry that came to nothing. */
static unsigned typed(char pin[WORD_MAX], char fresh[WORD_MAX])
{
    static const struct {
        const char *name;
        unsigned word;
    } presses[] = {
        {"cancel", 0x6401}, {"timeout", 0x6400}, {"mismatch", 0x6402}, {"short", 0x6403}};
    char press[WORD_MAX], wait[WORD_MAX];
    setting("pin", "", pin);
    setting("new", "", fresh);
    setting("press", "ok", press);
    setting("wait", "0", wait);
    long ms = atol(wait);
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
    for (size_t i = 0; i < sizeof presses / sizeof presses[0]; i++) {
        if (strcmp(press, presses[i].name) == 0) {
            return presses[i].word;
        }
    }
    return 0;
}

/* Puts a PIN at an offset of the data field; the template grows where it has no padding. */
static size_t put(UCHAR apdu[APDU_MAX], size_t n, size_t at, const char *pin)
{
    size_t k = strlen(pin);
    if (n == 4) {
        apdu[4] = 0;
        n = 5;
    }
    if (5 + at + k > n) {
        apdu[4] = (UCHAR)(at + k);
        n = 5 + at + k;
    }
    memcpy(apdu + 5 + at, pin, k);
    return n;
}

static RESPONSECODE features(PUCHAR ret, DWORD room, LPDWORD n)
{
    const struct {
        UCHAR tag;
        DWORD code;
    } known[] = {{FEATURE_VERIFY_PIN_DIRECT, CODE_VERIFY},
                 {FEATURE_MODIFY_PIN_DIRECT, CODE_MODIFY}};
    if (room < 12) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    for (size_t i = 0; i < 2; i++) {
        DWORD code = known[i].code;
        UCHAR one[6] = {known[i].tag,       4,          (UCHAR)(code >> 24), (UCHAR)(code >> 16),
                        (UCHAR)(code >> 8), (UCHAR)code};
        memcpy(ret + 6 * i, one, 6);
    }
    *n = 12;
    return IFD_SUCCESS;
}

/* A request's template, at most 260 bytes of it, and the length of what stands before it. */
static bool template_of(const UCHAR *request, DWORD length, size_t head, UCHAR apdu[APDU_MAX],
                        size_t *ret)
{
    if (length < head + 4 || length - head > 260) {
        return false;
    }
    *ret = length - head;
    memcpy(apdu, request + head, *ret);
    return true;
}

static RESPONSECODE enter(const UCHAR *request, DWORD length, bool changes, PUCHAR ret, DWORD room,
                          LPDWORD n)
{
    UCHAR apdu[APDU_MAX];
    char pin[WORD_MAX], fresh[WORD_MAX];
    PIN_VERIFY_STRUCTURE verify;
    PIN_MODIFY_STRUCTURE modify;
    size_t size = 0;
    size_t head =
        changes ? offsetof(PIN_MODIFY_STRUCTURE, abData) : offsetof(PIN_VERIFY_STRUCTURE, abData);
    if (!template_of(request, length, head, apdu, &size)) {
        return IFD_COMMUNICATION_ERROR;
    }
    unsigned word = typed(pin, fresh);
    if (word != 0) {
        return answer(word, ret, room, n);
    }
    if (changes) {
        memcpy(&modify, request, head);
        size_t base = (modify.bmFormatString >> 3) & 15;
        if (modify.bConfirmPIN & 2) {
            size = put(apdu, size, base + modify.bInsertionOffsetOld, pin);
        }
        size = put(apdu, size, base + modify.bInsertionOffsetNew, fresh);
    } else {
        memcpy(&verify, request, head);
        size = put(apdu, size, (verify.bmFormatString >> 3) & 15, pin);
    }
    *n = room;
    RESPONSECODE code = talk(apdu, size, ret, n);
    explicit_bzero(apdu, sizeof apdu);
    return code;
}

RESPONSECODE IFDHControl(DWORD Lun, DWORD dwControlCode, PUCHAR TxBuffer, DWORD TxLength,
                         PUCHAR RxBuffer, DWORD RxLength, LPDWORD pdwBytesReturned)
{
    (void)Lun;
    if (!pdwBytesReturned) {
        return IFD_COMMUNICATION_ERROR;
    }
    *pdwBytesReturned = 0;
    if (dwControlCode == CM_IOCTL_GET_FEATURE_REQUEST) {
        return features(RxBuffer, RxLength, pdwBytesReturned);
    }
    if (dwControlCode == CODE_VERIFY || dwControlCode == CODE_MODIFY) {
        return enter(TxBuffer, TxLength, dwControlCode == CODE_MODIFY, RxBuffer, RxLength,
                     pdwBytesReturned);
    }
    return IFD_ERROR_NOT_SUPPORTED;
}
