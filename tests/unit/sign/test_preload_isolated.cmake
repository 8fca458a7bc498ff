include(${CMAKE_CURRENT_SOURCE_DIR}/unit/token/bench.cmake)
target_compile_definitions(${target} PRIVATE WORKER="$<TARGET_FILE:pades-token-worker>")
add_dependencies(${target} pades-token-worker)
