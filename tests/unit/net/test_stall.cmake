# The clock of the library runs thirty times as fast, so that the test does not take ten seconds.
target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/net/server.c)
target_link_libraries(${target} PRIVATE OpenSSL::SSL)
target_link_options(${target} PRIVATE -Wl,--wrap=monotonic_ms)
