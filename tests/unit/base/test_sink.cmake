# The system calls that change files fail one at a time.
target_link_options(${target} PRIVATE -Wl,--wrap=sys_openat -Wl,--wrap=sys_write -Wl,--wrap=sys_pwrite
    -Wl,--wrap=sys_fsync -Wl,--wrap=sys_ftruncate -Wl,--wrap=sys_renameat -Wl,--wrap=sys_unlinkat)
