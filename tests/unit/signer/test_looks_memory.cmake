include(${CMAKE_CURRENT_SOURCE_DIR}/unit/token/bench.cmake)
target_link_options(${target} PRIVATE -Wl,--wrap=mem_alloc -Wl,--wrap=mem_resize)
target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/token/secrets.c)
