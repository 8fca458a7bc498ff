# Third-party libraries. libcurl and libqpdf are opened when they are first needed (docs/adr/0001),
# so that a process that needs neither does not pay their start: their headers are needed here,
# their SONAMEs are recorded.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(P11KIT REQUIRED IMPORTED_TARGET p11-kit-1>=0.24)
pkg_check_modules(QPDF REQUIRED libqpdf>=11)
pkg_check_modules(CURL REQUIRED libcurl>=7.85)
if(PADES_CLI)
    pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
    pkg_check_modules(INIH REQUIRED IMPORTED_TARGET inih)
endif()
if(PADES_TESTS)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()

# The SONAME of a library as the linker would record it: pades_soname(VAR name libdirs...)
function(pades_soname var name)
    find_library(${var}_FILE ${name} HINTS ${ARGN} REQUIRED)
    execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${${var}_FILE} OUTPUT_VARIABLE out
        COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCH "SONAME +([^ \n]+)" _ "${out}")
    set(${var} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()
pades_soname(PADES_QPDF_SONAME qpdf ${QPDF_LIBRARY_DIRS})
pades_soname(PADES_CURL_SONAME curl ${CURL_LIBRARY_DIRS})
message(STATUS "second reader: ${PADES_QPDF_SONAME}; http: ${PADES_CURL_SONAME}")
