# One CMake target per unit (a folder), linking only what it declares.
#
#   sextant_unit(btree SOURCES btree.cpp ... PUBLIC buffer PRIVATE wal)
#
# makes the static library `btree` from this folder. Public headers sit in include/btree/,
# private ones beside their .cpp, so an undeclared include does not compile. Two checks come
# with it (target `unit_checks`): a program that links the unit's every object with its
# declared dependencies alone, and every public header compiled on its own.
#
# With CMAKE_UNITY_BUILD a unit's files are compiled several at a time, so what is local to a file has
# a name that is the unit's only one. TOGETHER "a b c" "d e"...: where files name alike what is alike, a unit says which of
# them go together, files of different names (without ".cpp"); one that stands nowhere there is compiled by itself.
# ALONE file...: not compiled with others, since tests/sim/check_mutations compiles them over and over.

add_custom_target(unit_checks)

# The standard headers that nearly every file reads, and fmt's, compiled once; and for the tests those with GoogleTest's.
set(SEXTANT_STANDARD_HEADERS
  <algorithm> <array> <atomic> <bit> <charconv> <chrono> <cmath> <condition_variable> <cstddef> <cstdint> <cstring>
  <deque> <functional> <limits> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <tuple>
  <type_traits> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
# How fmt is linked, which its header asks: for all that share what was compiled of it.
add_compile_definitions(FMT_SHARED)
add_library(standard_headers STATIC ${CMAKE_CURRENT_LIST_DIR}/standard_headers.cpp)
target_precompile_headers(standard_headers PRIVATE ${SEXTANT_STANDARD_HEADERS})
find_package(GTest REQUIRED)
add_library(test_headers STATIC ${CMAKE_CURRENT_LIST_DIR}/standard_headers.cpp)
target_link_libraries(test_headers PRIVATE GTest::gtest GTest::gmock)
target_precompile_headers(test_headers PRIVATE ${SEXTANT_STANDARD_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
# What is tested is optimised; the tests themselves are run once, and compile in half the time as they stand.
target_compile_options(test_headers PRIVATE -O0)

function(sextant_unit name)
  cmake_parse_arguments(UNIT "" "" "SOURCES;TOGETHER;ALONE;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${UNIT_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include
                                     PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${UNIT_PUBLIC} PRIVATE ${UNIT_PRIVATE})
  target_precompile_headers(${name} REUSE_FROM standard_headers)
  if(UNIT_TOGETHER)
    set_target_properties(${name} PROPERTIES UNITY_BUILD_MODE GROUP)
    set(number 0)
    foreach(group ${UNIT_TOGETHER})
      separate_arguments(files NATIVE_COMMAND "${group}")
      list(TRANSFORM files APPEND .cpp)
      foreach(file ${files})
        if(NOT file IN_LIST UNIT_SOURCES)
          message(FATAL_ERROR "${name}: ${file} is to be compiled together with others, but is no source")
        endif()
      endforeach()
      set_source_files_properties(${files} PROPERTIES UNITY_GROUP ${number})
      math(EXPR number "${number} + 1")
    endforeach()
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Release")  # where those tests run
    set_source_files_properties(${UNIT_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()

  set(check_dir ${CMAKE_CURRENT_BINARY_DIR}/${name}_check)
  file(WRITE ${check_dir}/main.cpp.in "int main() {}\n")
  configure_file(${check_dir}/main.cpp.in ${check_dir}/main.cpp COPYONLY)
  set(check_sources ${check_dir}/main.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/include
       ${CMAKE_CURRENT_SOURCE_DIR}/include/*.h)
  foreach(header ${headers})
    string(MAKE_C_IDENTIFIER ${header} stem)
    file(CONFIGURE OUTPUT ${check_dir}/${stem}.cpp CONTENT "#include \"${header}\"\n")
    list(APPEND check_sources ${check_dir}/${stem}.cpp)
  endforeach()
  add_executable(${name}_link_test EXCLUDE_FROM_ALL ${check_sources})
  target_link_libraries(${name}_link_test PRIVATE
    -Wl,--whole-archive $<TARGET_FILE:${name}> -Wl,--no-whole-archive ${UNIT_PUBLIC} ${UNIT_PRIVATE})
  target_include_directories(${name}_link_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include)
  # Each header by itself, whatever the build, after the standard ones, which take the most time by far.
  set_target_properties(${name}_link_test PROPERTIES UNITY_BUILD OFF)
  target_precompile_headers(${name}_link_test REUSE_FROM standard_headers)
  add_dependencies(${name}_link_test ${name})
  add_dependencies(unit_checks ${name}_link_test)
endfunction()

# sextant_embed(catalog sextant_pg15 FILE): the bytes of FILE as part of the unit, from sextant_pg15_begin to sextant_pg15_end,
# where a zero follows. By the assembler, which has no precompiled header and no compiler cache: that would not see when
# the file changes.
function(sextant_embed unit symbol file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  file(CONFIGURE OUTPUT ${source} CONTENT [[
  .section .rodata
  .balign 16
  .globl @symbol@_begin
@symbol@_begin:
  .incbin "@file@"
  .globl @symbol@_end
@symbol@_end:
  .byte 0
  .section .note.GNU-stack,"",@progbits
]] @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${unit} PRIVATE ${source})
endfunction()

# sextant_test(btree_test SOURCES ... LINKS btree [TSAN] [LABEL sim]): one GoogleTest program, its
# cases known to ctest. Every test also runs in the asan build, those marked TSAN in the tsan build.
add_custom_target(asan_tests)
add_custom_target(tsan_tests)

function(sextant_test name)
  cmake_parse_arguments(TEST "TSAN" "LABEL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} GTest::gtest_main GTest::gmock)
  target_precompile_headers(${name} REUSE_FROM test_headers)
  target_compile_options(${name} PRIVATE -O0)
  # One string, since ctest -L takes a regular expression: a list would need quoting twice.
  set(label "asan")
  add_dependencies(asan_tests ${name})
  if(TEST_TSAN)
    string(APPEND label "+tsan")
    add_dependencies(tsan_tests ${name})
  endif()
  if(TEST_LABEL)
    string(APPEND label "+${TEST_LABEL}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${label}" TIMEOUT 600)
endfunction()

# sextant_bench(btree_bench SOURCES ... LINKS btree): one Google Benchmark program.
function(sextant_bench name)
  cmake_parse_arguments(BENCH "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${BENCH_SOURCES})
  target_link_libraries(${name} PRIVATE ${BENCH_LINKS} benchmark::benchmark_main)
  target_precompile_headers(${name} REUSE_FROM standard_headers)
endfunction()
