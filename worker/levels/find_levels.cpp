// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/find_levels.h"

#include <algorithm>

#include "worker/levels/components.h"
#include "worker/levels/disc_chain.h"
#include "worker/levels/level_anchor.h"
#include "worker/levels/numbering.h"
#include "worker/levels/vertebra_partition.h"

namespace spineseg {
namespace {

using namespace levels;

constexpr double kSmallestVertebra = 0.4;  // ml of body, above the highest disc or beneath the lowest
constexpr int kMostOrdinals = 24;          // vertebra labels end at 25, disc labels at 225
constexpr double kSpeck = 0.05;            // of the canal's largest piece

class Naming {
  public:
    Naming(const LabelMap& source, const Volume* uncertainty, const Vec3& left)
        : uncertainty_(uncertainty), across_(axis_along(source.geometry, left)) {
        result_.labels = {source.geometry, std::vector<std::uint8_t>(source.voxels.size())};
        for (const auto voxel : source.voxels) labelled_ += static_cast<std::size_t>(voxel != 0);
    }

    void add(Structure structure, int ordinal, std::uint8_t label, const VoxelSet& voxels) {
        if (voxels.empty()) return;
        const Geometry& geometry = result_.labels.geometry;
        for (const std::size_t voxel : voxels) result_.labels.voxels[voxel] = label;
        named_ += voxels.size();
        SpineStructure added{.structure = structure, .ordinal = ordinal, .label = label};
        added.millilitres = static_cast<double>(voxels.size()) * voxel_millilitres(geometry);
        added.whole = ends_within_stack(geometry, across_, voxels);
        if (uncertainty_ != nullptr) added.confidence = 1.0 - mean_uncertainty(*uncertainty_, voxels);
        result_.structures.push_back(added);
    }

    SpineLevels finish(Numbering numbering) && {
        result_.numbering = std::move(numbering);
        result_.unassigned_millilitres =
            static_cast<double>(labelled_ - named_) * voxel_millilitres(result_.labels.geometry);
        return std::move(result_);
    }

  private:
    const Volume* uncertainty_;
    std::size_t across_;
    SpineLevels result_;
    std::size_t labelled_ = 0;
    std::size_t named_ = 0;
};

/// A speck of canal says nothing about where the canal runs.
VoxelSet without_specks(const Geometry& geometry, const VoxelSet& canal) {
    VoxelSet kept;
    const auto pieces = pieces_of(geometry, canal);
    for (const VoxelSet& piece : pieces)
        if (static_cast<double>(piece.size()) >= kSpeck * static_cast<double>(pieces.front().size()))
            kept.insert(kept.end(), piece.begin(), piece.end());
    std::sort(kept.begin(), kept.end());
    return kept;
}

VoxelSet all_of(const Bone& bone) {
    VoxelSet voxels = bone.body;
    voxels.insert(voxels.end(), bone.arch.begin(), bone.arch.end());
    std::sort(voxels.begin(), voxels.end());
    return voxels;
}

double body_millilitres(const Geometry& geometry, const Bone& bone) {
    return static_cast<double>(bone.body.size()) * voxel_millilitres(geometry);
}

/// From above downwards, in the order in which a person reads a spine.
void name_column(const Geometry& geometry, const DiscChain& chain, const std::vector<Bone>& spaces,
                 bool bone_below, Naming& naming) {
    const int shift = bone_below ? 1 : 0;
    for (std::size_t space = spaces.size(); space-- > 0;) {
        const int ordinal = static_cast<int>(space) + shift;
        const bool outer = space == 0 || space + 1 == spaces.size();
        const bool enough = !outer || body_millilitres(geometry, spaces[space]) >= kSmallestVertebra;
        if (ordinal > 0 && ordinal <= kMostOrdinals && enough)
            naming.add(Structure::vertebra, ordinal, static_cast<std::uint8_t>(ordinal),
                       all_of(spaces[space]));
        if (space == 0) break;
        const int disc = ordinal;  // the disc beneath vertebra k is disc k
        if (disc <= kMostOrdinals)
            naming.add(Structure::disc, disc, static_cast<std::uint8_t>(kFirstDiscLabel + disc - 1),
                       chain.discs[space - 1].voxels);
    }
}

struct Column {
    DiscChain chain;
    std::vector<Bone> spaces;

    void divide(const Geometry& geometry, const VoxelSet& bone, const ColumnFrame& frame) {
        if (!chain.discs.empty()) spaces = divide_bone(geometry, bone, chain.discs, frame);
    }

    /// Discs within the sacrum are not counted. True where there was one.
    bool drop_sacral_discs(const Geometry& geometry, const VoxelSet& bone, const ColumnFrame& frame,
                           const LevelEvidence* evidence) {
        if (chain.discs.empty()) return false;
        const bool sacral = lowest_disc_is_sacral({geometry, chain.discs, spaces, frame.directions}) ||
                            (evidence != nullptr && sacrum_is_counted(read_spaces(chain.discs, *evidence)));
        if (!sacral) return false;
        chain.discs.erase(chain.discs.begin());
        divide(geometry, bone, frame);
        return true;
    }
};

}  // namespace

Result<SpineLevels> find_levels(const LabelMap& labels, const Volume* uncertainty,
                                const LevelEvidence* evidence) {
    const Geometry& geometry = labels.geometry;
    if (labels.voxels.size() != geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the label map has fewer voxels than its grid");
    if (uncertainty != nullptr &&
        (!same_grid(geometry, uncertainty->geometry) || uncertainty->voxels.size() != labels.voxels.size()))
        return failure(ErrorCode::invalid_argument, "labels and uncertainty lie on different grids");
    const VoxelSet canal = voxels_of(labels, Label::canal);
    const VoxelSet tube = without_specks(geometry, canal);
    const VoxelSet bone = voxels_of(labels, Label::vertebra);
    const VoxelSet disc_voxels = voxels_of(labels, Label::disc);
    const ColumnFrame frame = find_column_frame(geometry, tube, disc_voxels);
    Naming naming(labels, uncertainty, frame.directions.left);
    Column column{find_discs(geometry, disc_voxels, frame), {}};
    if (column.chain.discs.empty()) naming.add(Structure::vertebra, 1, 1, bone);
    column.divide(geometry, bone, frame);
    const bool sacral = column.drop_sacral_discs(geometry, bone, frame, evidence);
    const ColumnEvidence found{
        geometry, column.chain.discs, column.spaces, frame.directions,
        evidence == nullptr ? AnchorVerdict::none : judge_anchor(column.chain.discs, *evidence)};
    if (!column.chain.discs.empty()) {
        const bool bone_below = found.anchor != AnchorVerdict::agrees &&
                                bone_below_share(found) >= NumberingRule{}.whole_vertebra &&
                                body_millilitres(geometry, column.spaces.front()) >= kSmallestVertebra;
        name_column(geometry, column.chain, column.spaces, bone_below, naming);
    }
    naming.add(Structure::canal, 0, static_cast<std::uint8_t>(Label::canal), canal);
    Numbering numbering = judge_numbering(found);
    if (sacral) numbering.doubts.push_back(NumberingDoubt::sacral_disc);
    return std::move(naming).finish(std::move(numbering));
}

}  // namespace spineseg
