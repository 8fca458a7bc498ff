target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/pki/made.c
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/pdf/builder.c)
# The test makes our allocations fail, one at a time.
foreach(seam mem_alloc mem_resize mem_array mem_grow mem_strndup)
    target_link_options(${target} PRIVATE -Wl,--wrap=${seam})
endforeach()
