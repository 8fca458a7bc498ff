/* law-count-reads MODULE KEY-URI IN.pdf OUT.pdf file|callbacks [TSA-URL TRUST.pem]
 * Seals through the library (KEY-URI "-": puts a document timestamp on it; "+": raises it to level
 * t) and prints, as JSON, the size of the input, what the source counted as full passes and as
 * reads of the structure, and (callbacks) what was really asked of the callback: how many bytes,
 * and whether all bytes were asked for in order at least once. PIN on standard input. */
#include <pades/pades.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct counted {
    int fd;
    uint64_t asked;
    uint64_t run,
        in_order; /* bytes from the start asked for one after the other; the most of them */
};

static int read_at(void *user, uint64_t offset, void *buffer, size_t n)
{
    struct counted *c = user;
    c->asked += n;
    if (offset == 0 || offset == c->run) {
        c->run = offset + n;
        c->in_order = c->run > c->in_order ? c->run : c->in_order;
    }
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(c->fd, (char *)buffer + done, n - done, (off_t)(offset + done));
        if (got <= 0) {
            return -1;
        }
        done += (size_t)got;
    }
    return 0;
}

static pades_status give_pin(void *user, const pades_pin_request *request, pades_pin *pin)
{
    char line[128];
    (void)user, (void)request;
    if (fgets(line, sizeof line, stdin) == NULL) {
        return PADES_PIN_CANCELLED;
    }
    line[strcspn(line, "\n")] = '\0';
    return pades_pin_set(pin, line, strlen(line)) == 0 ? PADES_OK : PADES_NO_MEMORY;
}

struct job {
    struct counted counted;
    pades_ctx *ctx;
    pades_source *source;
    pades_sink *sink;
    pades_token_opts *token;
    pades_signer *signer;
    pades_tsa *tsa;
    pades_sign_opts *opts;
};

static pades_status open_source(struct job *j, const char *path, const char *kind, pades_error **e)
{
    struct stat st;
    const pades_source_callbacks callbacks = {read_at, NULL};
    if (strcmp(kind, "file") == 0) {
        return pades_source_new_file(path, &j->source, e);
    }
    j->counted.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (j->counted.fd < 0 || fstat(j->counted.fd, &st) != 0) {
        return PADES_INPUT_NOT_FOUND;
    }
    return pades_source_new_callbacks(&callbacks, &j->counted, (uint64_t)st.st_size, &j->source, e);
}

static pades_status open_signer(struct job *j, char **argv, pades_error **e)
{
    pades_status status = pades_token_opts_new(&j->token, e);
    if (status != PADES_OK) {
        return status;
    }
    pades_token_opts_set_module(j->token, argv[1]);
    pades_token_opts_set_uri(j->token, argv[2]);
    pades_token_opts_set_pin(j->token, give_pin, NULL, 1);
    return pades_signer_new_token(j->ctx, j->token, &j->signer, e);
}

static pades_status add_tsa(struct job *j, char **argv, pades_error **e)
{
    pades_status status = pades_ctx_add_trust_path(j->ctx, argv[7], e);
    status = status != PADES_OK ? status : pades_tsa_new(argv[6], &j->tsa, e);
    if (status == PADES_OK) {
        pades_sign_opts_add_tsa(j->opts, j->tsa);
    }
    return status;
}

static pades_status seal(struct job *j, int argc, char **argv, pades_error **e)
{
    pades_status status = pades_ctx_new(&j->ctx, e);
    status = status != PADES_OK ? status : pades_sign_opts_new(&j->opts, e);
    status = status != PADES_OK || argc < 8 ? status : add_tsa(j, argv, e);
    status = status != PADES_OK ? status : open_source(j, argv[3], argv[5], e);
    status = status != PADES_OK ? status : pades_sink_new_file(argv[4], 0, &j->sink, e);
    if (status == PADES_OK && strcmp(argv[2], "-") == 0) {
        return pades_timestamp(j->ctx, j->source, j->sink, j->opts, NULL, e);
    }
    if (status == PADES_OK && strcmp(argv[2], "+") == 0) {
        pades_sign_opts_set_level(j->opts, PADES_LEVEL_T);
        return pades_extend(j->ctx, j->source, j->sink, j->opts, NULL, e);
    }
    status = status != PADES_OK ? status : open_signer(j, argv, e);
    return status != PADES_OK ? status
                              : pades_sign(j->ctx, j->source, j->sink, j->signer, j->opts, NULL, e);
}

static void print_counts(const struct job *j)
{
    uint64_t pass = 0;
    uint64_t structure = 0;
    pades_source_counts(j->source, &pass, &structure);
    printf("{\"size\": %llu, \"pass\": %llu, \"structure\": %llu, \"asked\": %llu, \"in_order\": "
           "%llu}\n",
           (unsigned long long)pades_source_size(j->source), (unsigned long long)pass,
           (unsigned long long)structure, (unsigned long long)j->counted.asked,
           (unsigned long long)j->counted.in_order);
}

static void free_all(struct job *j)
{
    pades_sign_opts_free(j->opts);
    pades_signer_free(j->signer);
    pades_token_opts_free(j->token);
    pades_tsa_free(j->tsa);
    pades_sink_free(j->sink);
    pades_source_free(j->source);
    pades_ctx_free(j->ctx);
    if (j->counted.fd > STDERR_FILENO) {
        close(j->counted.fd);
    }
}

int main(int argc, char **argv)
{
    struct job j = {0};
    pades_error *error = NULL;
    if (argc != 6 && argc != 8) {
        fprintf(stderr, "usage: law-count-reads MODULE KEY IN OUT file|callbacks [TSA TRUST]\n");
        return 64;
    }
    pades_status status = seal(&j, argc, argv, &error);
    if (status == PADES_OK) {
        print_counts(&j);
    } else {
        fprintf(stderr, "law-count-reads: %s\n",
                error == NULL ? pades_status_name(status) : pades_error_message(error));
    }
    pades_error_free(error);
    free_all(&j);
    return status == PADES_OK ? 0 : 1;
}
