# find_package(tern) gives the target tern::tern.

include(CMakeFindDependencyMacro)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/tern-targets.cmake")
