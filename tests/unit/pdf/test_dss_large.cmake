target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/pdf/builder.c)
