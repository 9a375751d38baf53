// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether an uncertainty map points at the wrong voxels: the area under the ROC curve of "this voxel is
/// wrong" with the uncertainty as score, which is the chance that a wrong voxel is more uncertain than a
/// right one, ties counting half (Hanley and McNeil, Radiology 143, 1982). One pass, constant memory (one
/// megabyte); rankings of several cases add up. Scores whose first nine bits behind the leading one agree
/// count as ties. One thread at a time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace spineseg {

struct RocPoint {
    double false_positive_rate = 0.0;  ///< share of the right voxels above the threshold
    double true_positive_rate = 0.0;   ///< share of the wrong voxels above it
};

class ErrorRanking {
  public:
    ErrorRanking();

    /// Negative scores count as 0; NaN is refused (std::invalid_argument).
    void add(float uncertainty, bool is_wrong);
    void add(const ErrorRanking& other);

    /// Nothing where all voxels are right, or all are wrong.
    std::optional<double> auroc() const;
    /// From (0, 0) to (1, 1), at most about `most` points; empty where auroc() is nothing.
    std::vector<RocPoint> roc(std::size_t most = 200) const;

  private:
    struct Level {
        std::uint64_t right = 0;
        std::uint64_t wrong = 0;
    };
    std::vector<Level> levels_;
};

}  // namespace spineseg
