# Included by the tests that need software tokens.
target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/token/bench.c)
target_link_libraries(${target} PRIVATE PkgConfig::P11KIT)
target_compile_definitions(${target} PRIVATE MKPKI="$<TARGET_FILE:pades-mkpki>" P11LOAD="$<TARGET_FILE:pades-p11load>"
    P11FAULT="$<TARGET_FILE:p11fault>")
add_dependencies(${target} pades-mkpki pades-p11load p11fault)
