# See CMakeLists.txt. The installed tree is moved before it is used: nothing in it may depend on where
# it was built or installed.

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect text)
  if(NOT output MATCHES "${text}")
    message(FATAL_ERROR "no '${text}' in: ${output}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
step("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/first")
file(RENAME "${WORK}/first" "${WORK}/moved")

# find_package
step("${CMAKE_COMMAND}" -S "${SCRATCH}" -B "${WORK}/cmake" -G "${GENERATOR}"
  "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_PREFIX_PATH=${WORK}/moved")
step("${CMAKE_COMMAND}" --build "${WORK}/cmake")
step("${WORK}/cmake/scratch")
expect("10000 bytes")

# pkg-config
if(NOT PKG_CONFIG)
  message(FATAL_ERROR "no pkg-config here; ./dev test installs it")
endif()
set(ENV{PKG_CONFIG_PATH} "${WORK}/moved/${LIBDIR}/pkgconfig")
step("${PKG_CONFIG}" --cflags --libs tern)
separate_arguments(flags UNIX_COMMAND "${output}")
step("${CXX}" -std=c++20 "${SCRATCH}/main.cpp" -o "${WORK}/by-pkg-config" ${flags})
step("${WORK}/by-pkg-config")
expect("10000 bytes")

# the programs
step("${WORK}/moved/bin/ternd" --version)
expect("^ternd [0-9]+\\.[0-9]+\\.[0-9]+ ")
