include(${CMAKE_CURRENT_SOURCE_DIR}/unit/token/bench.cmake)
target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/signer/verify.c)
target_compile_definitions(${target} PRIVATE WORKER="$<TARGET_FILE:pades-token-worker>")
add_dependencies(${target} pades-token-worker)
