target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/tsa/asking.c)
target_compile_definitions(${target} PRIVATE MKPKI="$<TARGET_FILE:pades-mkpki>" TESTD="$<TARGET_FILE:pades-testd>")
add_dependencies(${target} pades-mkpki pades-testd)
