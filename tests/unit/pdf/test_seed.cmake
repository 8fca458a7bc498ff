target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/pdf/builder.c)
foreach(seam mem_alloc mem_resize)
    target_link_options(${target} PRIVATE -Wl,--wrap=${seam})
endforeach()
