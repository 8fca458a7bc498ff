include(${CMAKE_CURRENT_SOURCE_DIR}/unit/token/bench.cmake)
