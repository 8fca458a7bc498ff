include(${CMAKE_CURRENT_SOURCE_DIR}/unit/token/bench.cmake)
target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/signer/verify.c)
target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
