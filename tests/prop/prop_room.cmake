# One executable a property of the rooms below sign: prop_NAME.c, with prop_NAME.cmake beside it for
# what it needs more.
file(GLOB properties CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/prop_*.c)
foreach(file ${properties})
    get_filename_component(target ${file} NAME_WE)
    add_executable(${target} ${file})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/unit)
    target_link_libraries(${target} PRIVATE room_sign PkgConfig::CMOCKA)
    include(${CMAKE_CURRENT_SOURCE_DIR}/${target}.cmake OPTIONAL)
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES LABELS prop TIMEOUT 300)
endforeach()
