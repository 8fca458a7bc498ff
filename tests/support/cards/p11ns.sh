#!/bin/bash
# p11ns.sh COMMAND [ARG...]: runs it in mount and process namespaces of its own, in which
#   - /usr/share/p11-kit/modules and /etc/pkcs11 are empty and may be written: p11-kit takes no user's configuration
#     from programs that run as root, and always reads what the machine's packages put there;
#   - /run/pcscd is empty, so that a private pcscd can run beside the machine's;
#   - every process started inside ends with COMMAND.
# As root, and otherwise where user namespaces are allowed (COMMAND then sees uid 0). TCP ports are not private.
set -eu
if [ "${P11NS_INNER:-}" != 1 ]; then
    [ $# -ge 1 ] || { echo 'usage: p11ns.sh COMMAND [ARG...]' >&2; exit 64; }
    opts=(--mount --pid --fork --kill-child --mount-proc)
    [ "$(id -u)" = 0 ] || opts+=(--user --map-root-user)
    P11NS_INNER=1 exec unshare "${opts[@]}" -- "$0" "$@"
fi
for dir in /etc/pkcs11 /usr/share/p11-kit/modules; do
    [ ! -d "$dir" ] || mount -t tmpfs -o mode=755 none "$dir"
done
if [ -d /run/pcscd ]; then
    mount -t tmpfs -o mode=755 none /run/pcscd
else # no pcscd ever ran here
    mount -t tmpfs -o mode=755 none /run
    mkdir /run/pcscd
fi
unset P11NS_INNER
exec "$@"
