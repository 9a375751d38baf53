# SPDX-License-Identifier: GPL-3.0-or-later
# LibTorch as the one target spineseg_torch. Three ways, in this order:
#   SPINESEG_TORCH_ROOT  the `torch` folder of a pip wheel, taken by hand. For GPU machines that have the wheel but no CUDA
#                        toolkit: the wheel's own CMake package refuses to be found without nvcc, which we do not need.
#   Torch_DIR or CMAKE_PREFIX_PATH, or Debian's libtorch-dev, by find_package.
#   else the wheel that python3 imports, by find_package.
set(SPINESEG_TORCH_ROOT "" CACHE PATH "The torch folder of a pip wheel; empty: find_package(Torch)")
add_library(spineseg_torch INTERFACE)

if(SPINESEG_TORCH_ROOT)
  if(NOT EXISTS ${SPINESEG_TORCH_ROOT}/lib/libtorch_cpu.so)
    message(FATAL_ERROR "SPINESEG_TORCH_ROOT: there is no LibTorch in ${SPINESEG_TORCH_ROOT}; "
                        "tools/install-cuda-torch.sh installs the CUDA one where the preset cuda looks for it")
  endif()
  target_include_directories(spineseg_torch SYSTEM INTERFACE
    ${SPINESEG_TORCH_ROOT}/include ${SPINESEG_TORCH_ROOT}/include/torch/csrc/api/include)
  target_link_directories(spineseg_torch INTERFACE ${SPINESEG_TORCH_ROOT}/lib)
  target_link_libraries(spineseg_torch INTERFACE torch_cpu c10)
  target_link_options(spineseg_torch INTERFACE -Wl,-rpath,${SPINESEG_TORCH_ROOT}/lib)
  if(EXISTS ${SPINESEG_TORCH_ROOT}/lib/libtorch_cuda.so)
    # Nothing of ours names a CUDA symbol: the library registers its kernels when it is loaded, so it must be kept.
    target_link_options(spineseg_torch INTERFACE -Wl,--no-as-needed,-ltorch_cuda,-lc10_cuda,--as-needed
                        -Wl,--allow-shlib-undefined)
  endif()
else()
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # other folders link them through us
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    execute_process(COMMAND python3 -c "import torch; print(torch.utils.cmake_prefix_path)"
                    OUTPUT_VARIABLE spineseg_torch_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    list(APPEND CMAKE_PREFIX_PATH ${spineseg_torch_prefix})
    find_package(Torch REQUIRED)
  endif()
  # A wheel built with the old string ABI cannot be linked with the rest of the system.
  if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "This LibTorch has the pre-C++11 string ABI; take 2.6 or later, or the cxx11-abi archive")
  endif()
  target_link_libraries(spineseg_torch INTERFACE ${TORCH_LIBRARIES})
  target_include_directories(spineseg_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # A false alarm of g++ 14 in torch::autograd::Function::apply: the copy of an empty std::vector<bool> in reserve() is taken
  # for one beyond its end. No pragma reaches it, because apply is instantiated after the including file's end.
  target_compile_options(spineseg_torch INTERFACE -Wno-array-bounds)
endif()

# oneDNN's own interface, for networks/blocked_layer.cpp, from Debian's libdnnl-dev. Only where LibTorch itself links the same shared
# library, as Debian's does: a wheel carries a copy of its own, and two versions of one name in a process do not agree. Not by
# find_package: Debian's configuration file asks for OpenCL's headers, which nothing here needs.
set(SPINESEG_ONEDNN OFF)
find_path(SPINESEG_ONEDNN_INCLUDE oneapi/dnnl/dnnl.hpp)
find_library(SPINESEG_ONEDNN_LIBRARY dnnl)
find_library(SPINESEG_TORCH_CPU torch_cpu HINTS ${SPINESEG_TORCH_ROOT}/lib ${TORCH_INSTALL_PREFIX}/lib)
if(SPINESEG_ONEDNN_INCLUDE AND SPINESEG_ONEDNN_LIBRARY AND SPINESEG_TORCH_CPU)
  file(STRINGS ${SPINESEG_ONEDNN_INCLUDE}/oneapi/dnnl/dnnl_version.h spineseg_version REGEX "define DNNL_VERSION_MAJOR")
  string(REGEX MATCH "[0-9]+" spineseg_version "${spineseg_version}")
  execute_process(COMMAND ${CMAKE_READELF} -d ${SPINESEG_TORCH_CPU} OUTPUT_VARIABLE spineseg_needed ERROR_QUIET)
  if(spineseg_needed MATCHES "libdnnl\\.so\\.${spineseg_version}\\]")
    set(SPINESEG_ONEDNN ON)
    target_link_libraries(spineseg_torch INTERFACE ${SPINESEG_ONEDNN_LIBRARY})
  endif()
endif()
message(STATUS "oneDNN's own interface: ${SPINESEG_ONEDNN}")
