target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/pki/made.c)
target_link_options(${target} PRIVATE -Wl,--wrap=mem_alloc -Wl,--wrap=mem_resize)
