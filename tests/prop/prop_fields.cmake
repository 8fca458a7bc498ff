target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit/pdf/builder.c)
