# Runs at `cmake --install`: copies include/tern/*.hpp and every header of a layer that these need,
# directly or not, to the path by which they are included.

cmake_policy(VERSION 3.25)
file(GLOB waiting RELATIVE "${TERN_SOURCE_DIR}/include" "${TERN_SOURCE_DIR}/include/tern/*.hpp")
set(installed)
while(waiting)
  list(POP_FRONT waiting header)
  if(header IN_LIST installed)
    continue()
  endif()
  list(APPEND installed "${header}")

  set(file "${TERN_SOURCE_DIR}/include/${header}")
  if(NOT EXISTS "${file}")
    string(REGEX REPLACE "^tern/" "${TERN_SOURCE_DIR}/src/" file "${header}")   # that of a layer
  endif()
  get_filename_component(folder "${header}" DIRECTORY)
  file(INSTALL DESTINATION "${CMAKE_INSTALL_PREFIX}/${TERN_INCLUDE_DESTINATION}/${folder}"
    TYPE FILE FILES "${file}")

  file(STRINGS "${file}" includes REGEX "^#include \"tern/")
  foreach(line IN LISTS includes)
    string(REGEX REPLACE "^#include \"([^\"]+)\".*$" "\\1" included "${line}")
    list(APPEND waiting "${included}")
  endforeach()
endwhile()
