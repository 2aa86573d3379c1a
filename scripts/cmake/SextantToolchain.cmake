# Compiler flags, sanitizers, linker and compiler cache: the same for every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 17)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

set(SEXTANT_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them; empty for none")

# -O2 as the release figures are quoted; CHECK() does not depend on NDEBUG.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
option(SEXTANT_LINE_TABLES "Source lines in the release build, for profiles by line" OFF)
if(SEXTANT_LINE_TABLES)
  string(APPEND CMAKE_CXX_FLAGS_RELEASE " -g1")
endif()
# Line tables only: full debug info doubles link time and nobody looks at it in CI.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g1")

add_compile_options(-Wall -Wextra -fno-omit-frame-pointer)
# -Wsign-conversion stays off: sizes and differences meet in every page computation, and
# the casts it asks for hide more than they show.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wconversion> -Wno-sign-conversion)
# Clang tells of std::get_temporary_buffer() wherever libstdc++'s stable_sort() is used.
add_compile_options($<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
# GCC 12 inlines std::string until it believes in sizes that cannot be (GCC bugs 105329, 105651):
# in optimised builds these four have reported nothing else.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
endif()
option(SEXTANT_WERROR "Treat warnings as errors" ON)
if(SEXTANT_WERROR)
  add_compile_options(-Werror)
endif()

if(SEXTANT_SANITIZE)
  add_compile_options(-fsanitize=${SEXTANT_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SEXTANT_SANITIZE})
  if(SEXTANT_SANITIZE MATCHES "address")
    # Clang's default moves what is on a stack to the heap; coroutines have stacks of their own, given back while they wait.
    add_compile_options($<$<CXX_COMPILER_ID:Clang>:-fsanitize-address-use-after-return=never>)
  endif()
  if(SEXTANT_SANITIZE MATCHES "thread")
    # Optimistic page reads are data races by design (Boehm 2012); this build takes a shared
    # latch instead, so that ThreadSanitizer sees every other race.
    add_compile_definitions(SEXTANT_PESSIMISTIC_LATCHES=1)
  endif()
endif()

# x86-64-v2 has the CRC32 instruction; every server since 2009 does.
add_compile_options(-march=x86-64-v2)

# With CMAKE_UNITY_BUILD=ON (SextantUnit.cmake); more in one go would leave a processor without work, and gains nothing
# where code is optimised. The sanitizers' builds take 32 (CMakePresets.json), which go on beside tests.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8 CACHE STRING "Files of a unit compiled together")
if(CMAKE_UNITY_BUILD)
  # To GCC everything that a unity file includes is a header.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  # It collects garbage whenever its heap has doubled since 128 MB; several files together need more anyway, and without
  # that they compile in an eighth less time.
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-expand=200 --param ggc-min-heapsize=1000000>")
endif()

# ccache's defaults keep nothing that was compiled with precompiled headers, and preprocess every file once more to find out.
# Here it goes by the dependencies that the compiler writes down anyway: a file that is not in the cache costs no more than
# without one.
find_program(SEXTANT_CCACHE ccache)
if(SEXTANT_CCACHE)
  set(launcher env CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${SEXTANT_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()
find_program(SEXTANT_MOLD mold)
if(SEXTANT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS context coroutine json)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(URING REQUIRED IMPORTED_TARGET liburing)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
