// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/fused_norm_kernel.inl"

namespace spineseg::kernels {
const Kernels kAvx2Kernels{statistics, apply, backward_sums, backward_apply, pool_rows, "avx2"};
}  // namespace spineseg::kernels
