# Install and uninstall (DESTDIR and --prefix are honoured): library, headers, pkg-config file, CMake
# package, command, man pages, completions. What was installed is listed in install_manifest.txt of
# the build folder; the target `uninstall` removes exactly that.
include(CMakePackageConfigHelpers)

# Two export sets, so that a program on the shared library needs nobody else's development files.
install(TARGETS pades EXPORT padesTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS pades_static EXPORT padesStaticTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/pades DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

# The pkg-config file is written when it is installed: only then is the prefix known (--prefix).
install(CODE "
    set(PROJECT_DESCRIPTION \"${PROJECT_DESCRIPTION}\")
    set(PROJECT_VERSION \"${PROJECT_VERSION}\")
    cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_PREFIX NORMALIZE OUTPUT_VARIABLE PADES_PC_PREFIX)
    set(PADES_PC_LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")
    set(PADES_PC_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")
    cmake_path(ABSOLUTE_PATH PADES_PC_LIBDIR BASE_DIRECTORY \"\${PADES_PC_PREFIX}\")
    cmake_path(ABSOLUTE_PATH PADES_PC_INCLUDEDIR BASE_DIRECTORY \"\${PADES_PC_PREFIX}\")
    configure_file(\"${PROJECT_SOURCE_DIR}/cmake/libpades.pc.in\" \"${PADES_GENERATED}/libpades.pc\" @ONLY)
    file(INSTALL \"${PADES_GENERATED}/libpades.pc\" DESTINATION \"\${PADES_PC_LIBDIR}/pkgconfig\")
")

set(PADES_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/pades)
configure_package_config_file(cmake/padesConfig.cmake.in ${PADES_GENERATED}/padesConfig.cmake
    INSTALL_DESTINATION ${PADES_CMAKEDIR})
write_basic_package_version_file(${PADES_GENERATED}/padesConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PADES_GENERATED}/padesConfig.cmake ${PADES_GENERATED}/padesConfigVersion.cmake
    DESTINATION ${PADES_CMAKEDIR})
install(EXPORT padesTargets NAMESPACE pades:: DESTINATION ${PADES_CMAKEDIR})
install(EXPORT padesStaticTargets NAMESPACE pades:: DESTINATION ${PADES_CMAKEDIR})

# Pages of sections 1, 3 and 5; each function's name leads to the page of its header.
file(GLOB manuals CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.3)
if(TARGET pades-cli)
    file(GLOB commands CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/man/*.1 ${PROJECT_SOURCE_DIR}/cli/man/*.5)
    list(APPEND manuals ${commands})
endif()
foreach(page ${manuals})
    get_filename_component(section ${page} LAST_EXT)
    string(SUBSTRING ${section} 1 1 section)
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS docs/man/aliases)
file(REMOVE_RECURSE ${PADES_GENERATED}/man3)
file(STRINGS docs/man/aliases aliases)
foreach(line ${aliases})
    string(REPLACE " " ";" words ${line})
    list(GET words 0 name)
    list(GET words 1 page)
    file(WRITE ${PADES_GENERATED}/man3/${name}.3 ".so man3/${page}.3\n")
endforeach()
install(DIRECTORY ${PADES_GENERATED}/man3/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
            -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake
    COMMENT "Removing what was installed" VERBATIM)

if(TARGET pades-cli)
    set_target_properties(pades-cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
    install(TARGETS pades-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES cli/completions/pades.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME pades)
    install(FILES cli/completions/_pades DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES cli/completions/pades.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
