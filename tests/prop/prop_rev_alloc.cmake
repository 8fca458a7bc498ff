target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit/pki/made.c
    ${PROJECT_SOURCE_DIR}/tests/unit/pki/answers.c)
target_link_options(${target} PRIVATE -Wl,--wrap=mem_alloc -Wl,--wrap=mem_resize)
