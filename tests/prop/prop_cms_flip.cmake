target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit/pki/made.c
    ${PROJECT_SOURCE_DIR}/tests/unit/cms/sealed.c)
