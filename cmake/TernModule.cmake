# One target a layer. A module sees only what it names under DEPENDS, so a wrong include does not
# compile: each module exports its own folder under a private root (src/ is never on the path as
# a whole).
#
#   tern_module(shm DEPENDS base)
#   tern_module(uri ONE_THREAD DEPENDS base)
#
# compiles src/shm/*.cpp into tern_shm and src/shm/*_test.cpp into the test program shm_test. A
# *_main.cpp belongs to a program, which its CMakeLists.txt names. TOGETHER: its sources compile
# together wherever tests do (TernUnity). ONE_THREAD: its tests use no other, and the thread
# sanitizer has nothing to see in them.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

find_package(Threads REQUIRED)
find_program(TERN_CCACHE ccache)
if(TERN_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${TERN_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TERN_CCACHE}")
endif()

add_library(tern_flags INTERFACE)
target_compile_options(tern_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
  -Wno-missing-field-initializers)   # fields of an options struct left at their defaults: the idiom
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms on `"text" + std::string{}` (GCC bug 105329).
  target_compile_options(tern_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(TERN_WARNINGS_AS_ERRORS)
  target_compile_options(tern_flags INTERFACE -Werror)
endif()
if(TERN_SANITIZE)
  target_compile_options(tern_flags INTERFACE
    -fsanitize=${TERN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(tern_flags INTERFACE -fsanitize=${TERN_SANITIZE})
endif()

# Makes <build>/layers/<name>/tern/<name> a link to src/<name>, so that "tern/shm/ring.hpp" resolves
# only for those who depend on shm. Installed headers keep the same path under include/.
function(tern_layer_root name out)
  set(root "${PROJECT_BINARY_DIR}/layers/${name}")
  file(MAKE_DIRECTORY "${root}/tern")
  file(CREATE_LINK "${PROJECT_SOURCE_DIR}/src/${name}" "${root}/tern/${name}" SYMBOLIC)
  set(${out} "${root}" PARENT_SCOPE)
endfunction()

# A target headers_<name> that compiles each header alone, with what its layer may see; not a part
# of `all`. The tidy tests build them (test/tidy). A header with a source of its own name beside it
# is left out, as that source includes it first, unless ALL says that it does not compile alone.
function(tern_check_headers name)
  cmake_parse_arguments(ARG "ALL" "ROOT;PREFIX" "HEADERS;DEPENDS" ${ARGN})
  set(sources)
  foreach(header IN LISTS ARG_HEADERS)
    string(REGEX REPLACE "hpp$" "cpp" source "${header}")
    if(EXISTS "${source}" AND NOT ARG_ALL)
      continue()
    endif()
    file(RELATIVE_PATH path "${ARG_ROOT}" "${header}")
    set(source "${PROJECT_BINARY_DIR}/headers/${path}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${ARG_PREFIX}${path}\"\n")
    list(APPEND sources "${source}")
  endforeach()
  if(sources)
    add_library(headers_${name} OBJECT EXCLUDE_FROM_ALL ${sources})
    target_link_libraries(headers_${name} PRIVATE ${ARG_DEPENDS} tern_flags)
    target_compile_options(headers_${name} PRIVATE -O0 -g0)
    set_property(GLOBAL APPEND PROPERTY TERN_HEADER_TARGETS headers_${name})
  endif()
endfunction()

function(tern_module name)
  cmake_parse_arguments(ARG "TOGETHER;ONE_THREAD" "" "DEPENDS;LINK" ${ARGN})
  set(kind product)
  set(all_headers)
  if(ARG_TOGETHER)
    set(kind tests)
    set(all_headers ALL)
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cpp")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  tern_layer_root(${name} root)
  list(TRANSFORM ARG_DEPENDS PREPEND tern_)
  if(sources)
    add_library(tern_${name} STATIC ${sources})
    tern_compile_together(tern_${name} ${kind})
    target_include_directories(tern_${name} PUBLIC "$<BUILD_INTERFACE:${root}>")
    target_link_libraries(tern_${name} PUBLIC ${ARG_DEPENDS} ${ARG_LINK} PRIVATE tern_flags)
  else()
    add_library(tern_${name} INTERFACE)
    target_include_directories(tern_${name} INTERFACE "$<BUILD_INTERFACE:${root}>")
    target_link_libraries(tern_${name} INTERFACE ${ARG_DEPENDS} ${ARG_LINK})
  endif()
  if(TERN_TESTS)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.hpp")
    tern_check_headers(${name} ${all_headers} ROOT "${PROJECT_SOURCE_DIR}/src" PREFIX tern/
      HEADERS ${headers} DEPENDS tern_${name} GTest::gtest)
  endif()
  if(TERN_TESTS AND tests)
    set(threads)
    if(ARG_ONE_THREAD)
      set(threads ONE_THREAD)
    endif()
    tern_test(${name}_test ${threads} SOURCES ${tests} DEPENDS ${name})
  endif()
endfunction()

# A GoogleTest program; each of its tests is a CTest test. LABEL is unit (default), system or
# interop. PROCESSORS is in halves here, and `./dev test` gives ctest twice as many as there are: a
# unit test takes one processor, one that WAITS most of its time half of one, and the others, which
# run several processes each, two. ONE_THREAD: as of tern_module.
function(tern_test name)
  cmake_parse_arguments(ARG "WAITS;ONE_THREAD" "LABEL" "SOURCES;DEPENDS;LINK" ${ARGN})
  if(ARG_ONE_THREAD AND TERN_SANITIZE STREQUAL "thread")
    return()
  endif()
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(ARG_WAITS)
    set(halves 1)
  elseif(ARG_LABEL STREQUAL "unit")
    set(halves 2)
  else()
    set(halves 4)
  endif()
  list(TRANSFORM ARG_DEPENDS PREPEND tern_)
  add_executable(${name} ${ARG_SOURCES})
  tern_compile_together(${name} tests)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} ${ARG_LINK} tern_flags
    GTest::gtest GTest::gtest_main)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)   # compiles in three quarters
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${ARG_LABEL} PROCESSORS ${halves} TIMEOUT 120)
endfunction()
