# Most of a compiler's time here goes into the same headers again and again. Sources of one folder
# that are compiled together share them: from scratch several times faster, after an edit slower.
#
#   TERN_UNITY=tests   the test programs, and the modules that say TOGETHER: the preset `release`;
#                      each other source of the product compiles alone there, so that a missing
#                      include is found
#   TERN_UNITY=all     everything: the presets `asan` and `tsan`, which nobody edits under
#
# Names in anonymous namespaces must therefore differ within a folder's tests, and within a folder's
# sources.

set(TERN_UNITY "" CACHE STRING "Compile sources together: tests, all, or nothing for one by one")

# The most sources compiled together; bounds the memory of a compiler, and how long one runs alone.
set(tern_unity_size 14)

function(tern_compile_together target kind)
  if(NOT TERN_UNITY STREQUAL "all" AND NOT TERN_UNITY STREQUAL kind)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(SORT sources)
  set(folders)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "in_${folder}" folder)
    list(APPEND folders "${folder}")
    list(APPEND sources_${folder} "${source}")
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder IN LISTS folders)
    list(LENGTH sources_${folder} count)
    math(EXPR groups "(${count} + ${tern_unity_size} - 1) / ${tern_unity_size}")
    set(index 0)
    foreach(source IN LISTS sources_${folder})
      math(EXPR group "${index} * ${groups} / ${count}")
      set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${folder}_${group}")
      math(EXPR index "${index} + 1")
    endforeach()
  endforeach()
endfunction()
