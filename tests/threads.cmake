# What the thread sanitizer wants of the tests. Each program writes the races that it finds into a folder
# (TSAN_OPTIONS in CMakePresets.json), since of some nobody sees output and end: the process for modules.
# The fixture "races" empties it before the tests that require it, and fails after them when it is not empty.
set(RACES ${PROJECT_BINARY_DIR}/races)
add_test(NAME races_forgotten COMMAND sh -c "rm -rf '${RACES}' && mkdir '${RACES}'")
add_test(NAME races_none COMMAND sh -c "cat '${RACES}'/* 2>/dev/null\; rmdir '${RACES}'")
set_tests_properties(races_forgotten PROPERTIES FIXTURES_SETUP races)
set_tests_properties(races_none PROPERTIES FIXTURES_CLEANUP races)

# Where the kernel strews addresses widely the sanitizer finds no room, unless it is told not to.
execute_process(COMMAND setarch -R true RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
if(failed EQUAL 0)
    set(PADES_LAUNCHER setarch -R)
endif()
