# Warnings, hardening, sanitizers and coverage, as one interface target each project target links.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(pades_flags INTERFACE)
target_compile_definitions(pades_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_compile_options(pades_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wwrite-strings
    -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wformat=2 -Wswitch-enum
    -Wimplicit-fallthrough -Wnull-dereference
    $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond> $<$<C_COMPILER_ID:GNU>:-Wduplicated-branches>
    $<$<C_COMPILER_ID:GNU>:-Wlogical-op>
    -fstack-protector-strong)
if(PADES_WERROR)
    target_compile_options(pades_flags INTERFACE -Werror)
endif()
if(PADES_SANITIZE)
    target_compile_options(pades_flags INTERFACE -fsanitize=${PADES_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(pades_flags INTERFACE -fsanitize=${PADES_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(pades_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-clash-protection
        $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>)
    target_link_options(pades_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
target_link_options(pades_flags INTERFACE -Wl,--as-needed)
if(PADES_COVERAGE)
    target_compile_options(pades_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(pades_flags INTERFACE --coverage)
endif()
