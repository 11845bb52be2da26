# See CMakeLists.txt. The installed tree is moved before it is used: nothing in it may depend on
# where it was built or installed.

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
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

# Cuts the first piece of C++ out of `rest`, which keeps what follows.
function(cut_code file)
  string(FIND "${rest}" "```cpp\n" begin)
  if(begin LESS 0)
    message(FATAL_ERROR "the README has no code for ${file}")
  endif()
  math(EXPR begin "${begin} + 7")
  string(SUBSTRING "${rest}" ${begin} -1 rest)
  string(FIND "${rest}" "```" end)
  string(SUBSTRING "${rest}" 0 ${end} code)
  string(SUBSTRING "${rest}" ${end} -1 rest)
  file(WRITE "${file}" "${code}")
  set(rest "${rest}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
step("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/first")
file(RENAME "${WORK}/first" "${WORK}/moved")

file(COPY "${SCRATCH}/" DESTINATION "${WORK}/scratch")
file(READ "${README}" rest)
cut_code("${WORK}/scratch/readme_sends.inc")
cut_code("${WORK}/scratch/readme_receives.inc")

# find_package
step("${CMAKE_COMMAND}" -S "${WORK}/scratch" -B "${WORK}/cmake" -G "${GENERATOR}"
  "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_PREFIX_PATH=${WORK}/moved")
step("${CMAKE_COMMAND}" --build "${WORK}/cmake")
step("${WORK}/cmake/scratch")
expect("^10000 bytes\n$")

# pkg-config
if(NOT PKG_CONFIG)
  message(FATAL_ERROR "no pkg-config here; ./dev test installs it")
endif()
set(ENV{PKG_CONFIG_PATH} "${WORK}/moved/${LIBDIR}/pkgconfig")
step("${PKG_CONFIG}" --cflags --libs tern)
separate_arguments(flags UNIX_COMMAND "${output}")
step("${CXX}" -std=c++20 "${WORK}/scratch/main.cpp" -o "${WORK}/by-pkg-config" ${flags})
step("${WORK}/by-pkg-config")
expect("^10000 bytes\n$")

# the programs
step("${WORK}/moved/bin/ternd" --version)
expect("^ternd [0-9]+\\.[0-9]+\\.[0-9]+ ")
