# A file system that knows no O_TMPFILE.
target_link_options(${target} PRIVATE -Wl,--wrap=sys_openat)
