target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/net/server.c)
target_link_libraries(${target} PRIVATE OpenSSL::SSL)
target_link_options(${target} PRIVATE -Wl,--wrap=guard_address -Wl,--wrap=guard_address_text -Wl,--wrap=guard_port
                    -Wl,--wrap=hop_set_tls)
