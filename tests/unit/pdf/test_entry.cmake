# The test counts what our allocator gives out.
foreach(seam mem_alloc mem_resize mem_array mem_grow mem_free)
    target_link_options(${target} PRIVATE -Wl,--wrap=${seam})
endforeach()
