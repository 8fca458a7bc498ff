/* Why a file cannot be a PKCS#11 module of this process, seen from its ELF header: what the dynamic
 * loader says of a library for another processor does not help the one who reads it. */
#include "token/internal.h"

#include "base/mem.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } known[] = {{EM_386, "32-bit x86"}, {EM_X86_64, "x86-64"}, {EM_ARM, "32-bit ARM"},
                 {EM_AARCH64, "ARM64"},  {EM_RISCV, "RISC-V"},  {EM_PPC64, "POWER"},
                 {EM_S390, "s390"},      {EM_MIPS, "MIPS"},     {EM_IA_64, "Itanium"}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].machine == machine) {
            return known[i].name;
        }
    }
    return "an unknown processor";
}

static bool read_header(const char *path, Elf64_Ehdr *ret, size_t *ret_n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, ret, sizeof *ret);
    int err = errno;
    close(fd);
    errno = err;
    *ret_n = n < 0 ? 0 : (size_t)n;
    return n >= 0;
}

static char *for_another(const Elf64_Ehdr *theirs, const Elf64_Ehdr *ours)
{
    char text[128];
    const char *name = machine_name(ours->e_machine);
    if (theirs->e_ident[EI_DATA] != ours->e_ident[EI_DATA]) {
        snprintf(text, sizeof text, "its numbers are in the byte order of other processors than %s",
                 name);
    } else if (theirs->e_machine == ours->e_machine) {
        snprintf(text, sizeof text, "it is made for %s with %s-bit addresses, this program is not",
                 name, theirs->e_ident[EI_CLASS] == ELFCLASS32 ? "32" : "64");
    } else {
        snprintf(text, sizeof text, "it is made for %s, this program for %s",
                 machine_name(theirs->e_machine), name);
    }
    return mem_strdup(text);
}

static bool is_for(const Elf64_Ehdr *theirs, const Elf64_Ehdr *ours)
{
    return theirs->e_ident[EI_DATA] == ours->e_ident[EI_DATA] &&
           theirs->e_ident[EI_CLASS] == ours->e_ident[EI_CLASS] &&
           theirs->e_machine == ours->e_machine;
}

char *p11_errno_text(int err)
{
    char room[128];
    return mem_strdup(err == ENOENT ? "there is no such file" : strerror_r(err, room, sizeof room));
}

static Elf64_Ehdr own_header(void)
{
    Elf64_Ehdr own;
    size_t n = 0;
    memset(&own, 0, sizeof own);
    if (!read_header("/proc/self/exe", &own, &n)) {
        own.e_machine = EM_NONE;
    }
    return own;
}

char *p11_elf_objection(const char *path, bool *ret_processor)
{
    Elf64_Ehdr h;
    size_t n = 0;
    struct stat st;
    *ret_processor = false;
    memset(&h, 0, sizeof h);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return mem_strdup("it is not a file");
    }
    if (!read_header(path, &h, &n)) {
        return p11_errno_text(errno);
    }
    /* e_ident, e_type and e_machine lie alike in both classes. */
    if (n < 20 || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0) {
        return mem_strdup("it is not a shared library");
    }
    Elf64_Ehdr own = own_header();
    if (own.e_machine != EM_NONE && !is_for(&h, &own)) {
        *ret_processor = true;
        return for_another(&h, &own);
    }
    return h.e_type == ET_DYN ? NULL : mem_strdup("it is not a shared library");
}
