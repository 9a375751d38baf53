# SPDX-License-Identifier: GPL-3.0-or-later
# How a module becomes a target: the warnings are the same everywhere and are errors in our own code.

find_package(Threads REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED)
find_path(SPINESEG_EXPECTED_INCLUDE tl/expected.hpp REQUIRED)

add_library(spineseg_warnings INTERFACE)
target_compile_options(spineseg_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -Wno-missing-field-initializers)  # designated initialisers leave the rest at its default: that is their use
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 inside std::string and std::optional at -O2 and above (GCC bugs 105329 and 105651 among them).
  target_compile_options(spineseg_warnings INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-maybe-uninitialized)
endif()
# Orthanc is not built with a sanitizer, so the tests start it with the sanitizer's runtime loaded first.
set(SPINESEG_SANITIZER_RUNTIME "")
if(SPINESEG_SANITIZE STREQUAL "thread")
  set(sanitizers thread)
  set(runtime libtsan.so)
elseif(SPINESEG_SANITIZE STREQUAL "address" OR SPINESEG_SANITIZE STREQUAL "ON")
  set(sanitizers address,undefined)
  set(runtime libasan.so)
elseif(SPINESEG_SANITIZE)
  message(FATAL_ERROR "SPINESEG_SANITIZE is \"${SPINESEG_SANITIZE}\"; it must be address, thread or OFF")
endif()
if(SPINESEG_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "The fuzzers need clang, because libFuzzer is part of it: run tools/fuzz.sh, or set CXX=clang++-16")
  endif()
  # A conversion of a number that does not fit is not among "undefined".
  set(sanitizers ${sanitizers},fuzzer-no-link,float-cast-overflow)
  add_compile_options(-fno-sanitize-recover=all)
endif()
if(SPINESEG_SANITIZE)
  add_compile_options(-fsanitize=${sanitizers} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${sanitizers})
  if(SPINESEG_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12: "atomic_thread_fence is not supported with -fsanitize=thread", in headers of others.
    add_compile_options(-Wno-tsan)
  endif()
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${runtime}
                  OUTPUT_VARIABLE SPINESEG_SANITIZER_RUNTIME OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()

# As Debian's packages with hardening=+all (dpkg-buildflags), and with CET on x86-64. tools/check-hardening.sh looks at
# what was built. FORTIFY needs optimisation and does not go with a sanitizer.
option(SPINESEG_HARDEN "Stack protector, FORTIFY, full RELRO, CET" ON)
if(SPINESEG_HARDEN AND NOT SPINESEG_SANITIZE)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -Wformat -Werror=format-security
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection)
  endif()
  add_link_options(-Wl,-z,relro -Wl,-z,now)
endif()

# A faster linker than the default, where one is installed.
find_program(SPINESEG_MOLD mold)
find_program(SPINESEG_LLD ld.lld)
mark_as_advanced(SPINESEG_MOLD SPINESEG_LLD)
if(SPINESEG_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(SPINESEG_LLD)
  add_link_options(-fuse-ld=lld)
endif()

# The sources of a target are compiled as one, because the headers cost most of a source's time: LibTorch's, and what they
# instantiate, some 50 s. So names in anonymous namespaces are unique within a library, and the cases of a test file are
# in a namespace named after the file.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "Compile a target's sources as one; OFF for a source at a time")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 0)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Complains about anonymous namespaces of every source that is not the outermost one.
  target_compile_options(spineseg_warnings INTERFACE -Wno-subobject-linkage)
endif()

# spineseg_add_module(NAME sources...): a static library whose includes start at the repository's root.
function(spineseg_add_module name)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_include_directories(${name} SYSTEM PUBLIC ${SPINESEG_EXPECTED_INCLUDE})
  target_link_libraries(${name} PUBLIC nlohmann_json::nlohmann_json PRIVATE spineseg_warnings)
endfunction()

# spineseg_add_test(NAME [COST seconds] LIBS lib... SOURCES file...): one GoogleTest executable per module, found by ctest,
# which begins with the longest.
function(spineseg_add_test name)
  cmake_parse_arguments(ARG "" "COST" "LIBS;SOURCES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  # Optimising assertions takes longer than running them.
  target_compile_options(${name} PRIVATE -O1)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main spineseg_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_definitions(${name} PRIVATE SPINESEG_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  if(ARG_COST)
    set_tests_properties(${name} PROPERTIES COST ${ARG_COST})
  endif()
endfunction()

# spineseg_run_again_on_avx2(NAME): the test program NAME once more, as NAME_avx2, on what a processor without AVX-512
# offers. GoogleTest names the report after the program that was called, hence the link.
function(spineseg_run_again_on_avx2 name)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E create_symlink ${name} ${CMAKE_BINARY_DIR}/tests/${name}_avx2)
  add_test(NAME ${name}_avx2 COMMAND ${CMAKE_BINARY_DIR}/tests/${name}_avx2)
  set_tests_properties(${name}_avx2 PROPERTIES ENVIRONMENT "ONEDNN_MAX_CPU_ISA=AVX2;ATEN_CPU_CAPABILITY=avx2" COST 25)
endfunction()

# spineseg_add_python_test(NAME FILE): one file of unittest cases, run by Debian's own python3 (it has pydicom). NAME must
# be the file's stem: tests/support/count_cases.py finds its report by it.
function(spineseg_add_python_test name file)
  add_test(NAME ${name} COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/support/run_python_tests.py ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "SPINESEG_BUILD_DIR=${CMAKE_BINARY_DIR};SPINESEG_SOURCE_DIR=${CMAKE_SOURCE_DIR};SPINESEG_SANITIZER_RUNTIME=${SPINESEG_SANITIZER_RUNTIME}")
endfunction()
