target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/pki/made.c
    ${CMAKE_CURRENT_SOURCE_DIR}/unit/pdf/builder.c ${CMAKE_CURRENT_SOURCE_DIR}/unit/sign/doc_bench.c)
