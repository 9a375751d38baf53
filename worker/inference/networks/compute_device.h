// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which CUDA devices there are, or why there are none. Any thread; names no type of LibTorch's.

#include <string>
#include <vector>

namespace spineseg {

struct CudaDevices {
    int count = 0;                   ///< that LibTorch can use
    std::vector<std::string> names;  ///< as the driver names them; fewer than `count` where it does not
    std::string why_none;            ///< where there are none: a sentence with the remedy
};

CudaDevices cuda_devices();

/// What LibTorch computes with, for people and for the doctor.
struct TorchBuild {
    std::string version;  ///< "1.13.1"
    std::string onednn;   ///< its version, empty where LibTorch has none
    std::string blas;     ///< the library that is loaded, as a path; empty where none was recognised
    /// The reference BLAS, which multiplies matrices at a fraction of the processor's speed.
    bool reference_blas = false;
};

TorchBuild torch_build();

}  // namespace spineseg
