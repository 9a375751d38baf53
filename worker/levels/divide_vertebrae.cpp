// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/divide_vertebrae.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "worker/levels/back_wall.h"
#include "worker/levels/interval_rule.h"
#include "worker/levels/measured_shape.h"
#include "worker/levels/named_column.h"
#include "worker/levels/soft_volume.h"

namespace spineseg {
namespace {

using namespace levels;

constexpr double kBodyShare = 0.75;    // of the distance between discs: a body's height
constexpr double kUsualDepth = 34.0;   // mm
constexpr double kShortestArch = 4.0;  // mm behind the wall: a piece that reaches less far is the body's edge
constexpr double kNearWall = 8.0;      // mm before the wall: a loose piece there is a process, not a body
constexpr double kLooseShare = 0.1;    // of the body: what is smaller may be a loose piece

struct Division {
    VoxelSet body, arch;
};

class VertebraDivider {
  public:
    VertebraDivider(const SpineLevels& levels, const Volume* uncertainty,
                    const StructureProbabilities* probability)
        : levels_(levels),
          geometry_(levels.labels.geometry),
          uncertainty_(uncertainty),
          probability_(probability),
          column_(named_column(levels)) {
        for (const auto& s : levels.structures)
            if (s.structure == Structure::canal) canal_ = &column_.voxels.at(s.label);
        result_.labels = {geometry_, std::vector<std::uint8_t>(levels.labels.voxels.size())};
    }

    VertebraParts all() && {
        for (const auto& structure : levels_.structures) {
            if (structure.structure != Structure::vertebra) continue;
            const Division division = divide(structure);
            add(VertebraPart::body, structure, division.body);
            add(VertebraPart::arch, structure, division.arch);
        }
        return std::move(result_);
    }

  private:
    Division divide(const SpineStructure& structure) const {
        const VoxelSet& bone = column_.voxels.at(structure.label);
        if (!column_.lies_beside_a_disc(structure.ordinal)) return {bone, {}};
        const BackWall wall(geometry_, bone, canal_ == nullptr ? VoxelSet{} : *canal_,
                            column_.body_frame(structure.ordinal), height_of(structure.ordinal),
                            depth_of(structure.ordinal));
        Division division;
        for (const std::size_t voxel : bone)
            (wall.is_arch(place_of(geometry_, voxel)) ? division.arch : division.body).push_back(voxel);
        return tidied(wall, division);
    }

    double height_of(int ordinal) const {
        if (!column_.lies_between_discs(ordinal)) return kBodyShare * column_.spacing;
        return kBodyShare * norm(column_.discs.at(ordinal + 1).centre - column_.discs.at(ordinal).centre);
    }

    double depth_of(int ordinal) const {
        for (const int disc : {ordinal, ordinal + 1})
            if (const auto found = column_.discs.find(disc); found != column_.discs.end())
                return found->second.depth;
        return kUsualDepth;
    }

    /// The body's rounded edges belong to it, and processes that reach before the wall to the arch.
    Division tidied(const BackWall& wall, const Division& division) const {
        Division tidy;
        const auto farthest = [&](const VoxelSet& piece) {
            double most = std::numeric_limits<double>::lowest();
            for (const std::size_t voxel : piece)
                most = std::max(most, wall.behind(place_of(geometry_, voxel)));
            return most;
        };
        const auto nearest = [&](const VoxelSet& piece) {
            double least = std::numeric_limits<double>::max();
            for (const std::size_t voxel : piece)
                least = std::min(least, wall.behind(place_of(geometry_, voxel)));
            return least;
        };
        const auto append = [](VoxelSet& set, const VoxelSet& piece) {
            set.insert(set.end(), piece.begin(), piece.end());
        };
        for (const VoxelSet& piece : pieces_of(geometry_, division.arch))
            append(farthest(piece) < kShortestArch ? tidy.body : tidy.arch, piece);
        for (const VoxelSet& piece : pieces_of(geometry_, division.body)) {
            const bool loose =
                static_cast<double>(piece.size()) < kLooseShare * static_cast<double>(division.body.size()) &&
                nearest(piece) > -kNearWall;
            append(loose ? tidy.arch : tidy.body, piece);
        }
        std::sort(tidy.body.begin(), tidy.body.end());
        std::sort(tidy.arch.begin(), tidy.arch.end());
        return tidy;
    }

    void add(VertebraPart part, const SpineStructure& vertebra, const VoxelSet& voxels) {
        if (voxels.empty()) return;
        const Vec3& left = column_.frame.directions.left;
        VertebraPiece piece{.part = part,
                            .ordinal = vertebra.ordinal,
                            .label = part_label(part, vertebra.ordinal),
                            .millilitres = static_cast<double>(voxels.size()) * voxel_millilitres(geometry_),
                            .whole = ends_within_stack(geometry_, axis_along(geometry_, left), voxels)};
        for (const std::size_t voxel : voxels) result_.labels.voxels[voxel] = piece.label;
        if (uncertainty_ != nullptr) piece.confidence = 1.0 - mean_uncertainty(*uncertainty_, voxels);
        if (probability_ != nullptr)
            piece.millilitres_uncertainty = interval_half(
                interval_terms(Structure::vertebra, Quantity::volume), Quantity::volume, piece.millilitres,
                1e-3 * volume_uncertainty(levels_.labels, voxels, probability_->of(Structure::vertebra), left,
                                          kTight, kLoose));
        result_.pieces.push_back(piece);
    }

    const SpineLevels& levels_;
    const Geometry& geometry_;
    const Volume* uncertainty_;
    const StructureProbabilities* probability_;
    NamedColumn column_;
    const VoxelSet* canal_ = nullptr;
    VertebraParts result_;
};

template <typename T>
bool fits(const Grid<T>& grid, const LabelMap& labels) {
    return same_grid(grid.geometry, labels.geometry) && grid.voxels.size() == labels.voxels.size();
}

}  // namespace

Result<VertebraParts> divide_vertebrae(const SpineLevels& levels, const Volume* uncertainty,
                                       const StructureProbabilities* probability) {
    const LabelMap& labels = levels.labels;
    if (labels.voxels.size() != labels.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the label map has fewer voxels than its grid");
    if ((uncertainty != nullptr && !fits(*uncertainty, labels)) ||
        (probability != nullptr && !fits(probability->of(Structure::vertebra), labels)))
        return failure(ErrorCode::invalid_argument, "labels and uncertainty lie on different grids");
    return VertebraDivider(levels, uncertainty, probability).all();
}

}  // namespace spineseg
