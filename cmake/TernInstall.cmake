# What a user links and installs: one static library made of the objects of all layers, the public
# headers, a CMake package and a pkg-config file.
#
#   tern_library(base protocol ...)    names every layer, in a build tree as well: tern::tern
#
# The target is called tern_library because the command `tern` has the name; installed it is
# tern::tern and libtern.a.

include(CMakePackageConfigHelpers)

function(tern_library)
  set(objects)
  set(roots "${PROJECT_SOURCE_DIR}/include")
  foreach(layer IN LISTS ARGN)
    get_target_property(kind tern_${layer} TYPE)
    if(NOT kind STREQUAL "INTERFACE_LIBRARY")
      list(APPEND objects "$<TARGET_OBJECTS:tern_${layer}>")
    endif()
    list(APPEND roots "${PROJECT_BINARY_DIR}/layers/${layer}")
  endforeach()
  add_library(tern_library STATIC ${objects})
  add_library(tern::tern ALIAS tern_library)
  set_target_properties(tern_library PROPERTIES
    OUTPUT_NAME tern EXPORT_NAME tern LINKER_LANGUAGE CXX)
  target_compile_features(tern_library PUBLIC cxx_std_20)
  target_include_directories(tern_library INTERFACE
    "$<BUILD_INTERFACE:${roots}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(tern_library PUBLIC Threads::Threads)
  if(TERN_SANITIZE)
    target_link_options(tern_library INTERFACE -fsanitize=${TERN_SANITIZE})
  endif()
endfunction()

# tern_install(<program>...): the library and these programs.
function(tern_install)
  install(TARGETS ${ARGN} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(TARGETS tern_library EXPORT tern ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")

  # Which headers belong to the public ones is looked up when they are installed: it depends on what
  # they include by then.
  install(CODE "
    set(TERN_SOURCE_DIR \"${PROJECT_SOURCE_DIR}\")
    set(TERN_INCLUDE_DESTINATION \"${CMAKE_INSTALL_INCLUDEDIR}\")")
  install(SCRIPT "${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake")

  set(package "${CMAKE_INSTALL_LIBDIR}/cmake/tern")
  install(EXPORT tern NAMESPACE tern:: FILE tern-targets.cmake DESTINATION "${package}")
  # Before 1.0 another minor version may differ.
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/install/tern-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/tern-config.cmake"
    "${PROJECT_BINARY_DIR}/install/tern-config-version.cmake" DESTINATION "${package}")

  # Relative to the .pc file: an installed tree may be moved, and `--prefix` may be given late.
  file(RELATIVE_PATH TERN_PC_TO_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" TERN_PC_TO_PREFIX "${TERN_PC_TO_PREFIX}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/tern.pc.in"
    "${PROJECT_BINARY_DIR}/install/tern.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/install/tern.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endfunction()
