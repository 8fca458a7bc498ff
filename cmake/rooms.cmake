# pades_room(NAME [ROOMS other...] [LIBS third-party...]): src/NAME/*.c as a static library that
# links only the rooms it may include, so a room that reaches further does not link in its tests.
function(pades_room name)
    cmake_parse_arguments(ARG "" "" "ROOMS;LIBS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
    if(NOT sources)
        return()
    endif()
    add_library(room_${name} STATIC ${sources})
    target_include_directories(room_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src
        ${PROJECT_BINARY_DIR}/generated)
    target_compile_definitions(room_${name} PRIVATE PADES_BUILDING=1)
    target_link_libraries(room_${name} PUBLIC pades_flags ${ARG_LIBS})
    foreach(other ${ARG_ROOMS})
        if(TARGET room_${other})
            target_link_libraries(room_${name} PUBLIC room_${other})
        endif()
    endforeach()
    set_property(GLOBAL APPEND PROPERTY PADES_ROOMS ${name})
endfunction()

# libpades.so with exactly the exports of src/libpades.map, and libpades.a beside it.
function(pades_library)
    get_property(rooms GLOBAL PROPERTY PADES_ROOMS)
    set(objects)
    set(libs)
    foreach(room ${rooms})
        list(APPEND objects $<TARGET_OBJECTS:room_${room}>)
    endforeach()
    set(libs OpenSSL::Crypto ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
    add_library(pades SHARED ${objects})
    add_library(pades_static STATIC ${objects})
    add_library(pades::pades ALIAS pades)
    set_target_properties(pades PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0
        LINK_DEPENDS ${PROJECT_SOURCE_DIR}/src/libpades.map)
    set_target_properties(pades_static PROPERTIES OUTPUT_NAME pades)
    target_link_options(pades PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/libpades.map
        -Wl,--no-undefined)
    foreach(lib pades pades_static)
        target_include_directories(${lib} INTERFACE
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    endforeach()
    target_link_libraries(pades PRIVATE pades_flags ${libs})
    target_link_libraries(pades_static PRIVATE $<BUILD_INTERFACE:pades_flags> ${libs})
endfunction()

# The process of its own that PKCS#11 modules run in: a program that the library starts.
function(pades_program name)
    cmake_parse_arguments(ARG "" "" "ROOMS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
    add_executable(pades-token-${name} ${sources})
    # beside the command, which looks for it there
    set_target_properties(pades-token-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/cli)
    list(TRANSFORM ARG_ROOMS PREPEND room_)
    list(REVERSE ARG_ROOMS)
    target_link_libraries(pades-token-${name} PRIVATE ${ARG_ROOMS} Threads::Threads)
    # beside the command, which looks there first
    set_target_properties(pades-token-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/cli)
    install(TARGETS pades-token-${name} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/pades)
endfunction()

set(PADES_WORKER "${CMAKE_INSTALL_FULL_LIBEXECDIR}/pades/pades-token-worker")
set(PADES_GENERATED ${PROJECT_BINARY_DIR}/generated)
configure_file(${PROJECT_SOURCE_DIR}/cmake/build_config.h.in ${PADES_GENERATED}/build_config.h @ONLY)
