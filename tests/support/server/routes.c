/* See routes.h. */
#include "server/routes.h"

#include "server/wish.h"

#include <microhttpd.h>
#include <string.h>

static const struct {
    const char *prefix; /* the path, or what stands before a slash in it */
    const char *methods;
    http_handler handler;
} routes[] = {
    {"/tsa", "POST GET", tsa_answer},   {"/ocsp-direct", "POST GET", ocsp_direct_answer},
    {"/ocsp", "POST GET", ocsp_answer}, {"/crl", "GET HEAD", crl_answer},
    {"/ca", "GET HEAD", ca_answer},
};

static bool under(const char *path, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static void dispatch(const struct store *store, const struct request *request, struct reply *reply)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!under(request->path, routes[i].prefix)) {
            continue;
        }
        if (strstr(routes[i].methods, request->method) == NULL) {
            reply_text(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
            return;
        }
        routes[i].handler(store, request, reply);
        faults_apply(request, reply);
        return;
    }
    reply_text(reply, MHD_HTTP_NOT_FOUND, "not found\n");
}

void routes_answer(const struct store *store, const struct request *request, struct reply *reply)
{
    struct request wished = *request;
    if (wish_read(store, &wished)) {
        dispatch(store, &wished, reply);
    } else {
        reply_text(reply, MHD_HTTP_NOT_FOUND, "no such wish\n");
    }
}
