// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/nifti_placement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "worker/volume_files/unreadable.h"
#include "worker/volume_files/voxel_codec.h"

namespace spineseg {
namespace {

// Headers are rounded, to four decimals at the coarsest; a scaled or a turned sform is far beyond these.
constexpr double kSpacingTolerance = 0.005;           // of the spacing
constexpr double kDirectionTolerance = 0.0174532925;  // 1 degree
constexpr double kOriginTolerance = 1.0;              // mm

/// nifti1.h: the low three bits of xyzt_units are the spatial unit; most writers that leave it out mean
/// millimetres.
Result<double> millimetres_per_unit(int units) {
    switch (units & 7) {
        case 0:
        case 2:
            return 1.0;
        case 1:
            return 1000.0;
        case 3:
            return 0.001;
        default:
            return unreadable("its spatial unit is unknown");
    }
}

/// Steps to the neighbouring voxel along each axis, and the first voxel's centre, in the file's unit, RAS+.
struct Placement {
    std::array<Vec3, 3> step{};
    Vec3 origin{};
};

Placement from_sform(const NiftiStatement& s) {
    Placement p;
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t axis = 0; axis < 3; ++axis) p.step[axis][row] = s.srow[row * 4 + axis];
        p.origin[row] = s.srow[row * 4 + 3];
    }
    return p;
}

/// nifti1.h, "QUATERNION REPRESENTATION OF ROTATION MATRIX" and "METHOD 2".
Result<Placement> from_qform(const NiftiStatement& s) {
    const auto [b, c, d, x, y, z] = s.quaternion_and_offset;
    const double square = 1.0 - (b * b + c * c + d * d);
    if (!(square > -1e-3)) return unreadable("its quaternion is longer than 1");
    if (!(s.pixdim[1] > 0 && s.pixdim[2] > 0 && s.pixdim[3] > 0))
        return unreadable("its pixdim is not positive");
    const double a = std::sqrt(std::max(square, 0.0));
    const double handedness = s.pixdim[0] < 0 ? -1.0 : 1.0;
    Placement p;
    p.step[0] = s.pixdim[1] * Vec3{a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)};
    p.step[1] = s.pixdim[2] * Vec3{2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)};
    p.step[2] = handedness * s.pixdim[3] *
                Vec3{2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c};
    p.origin = {x, y, z};
    return p;
}

std::string sizes_text(const std::array<double, 3>& sizes) {
    std::array<char, 80> text;
    std::snprintf(text.data(), text.size(), "%.4g x %.4g x %.4g", sizes[0], sizes[1], sizes[2]);
    return text.data();
}

/// The sform may have been scaled by a registration: which size is the patient's cannot be known. A pixdim
/// that is 0 or NaN states no size.
Result<void> check_sizes(const Placement& sform, const NiftiStatement& s) {
    const std::array<double, 3> stated{std::abs(s.pixdim[1]), std::abs(s.pixdim[2]), std::abs(s.pixdim[3])};
    const std::array<double, 3> placed{norm(sform.step[0]), norm(sform.step[1]), norm(sform.step[2])};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        if (!(stated[axis] > 0) || std::abs(placed[axis] - stated[axis]) <= kSpacingTolerance * stated[axis])
            continue;
        return unreadable("sform and pixdim disagree about the size of a voxel (" + sizes_text(placed) +
                          " and " + sizes_text(stated) +
                          "), so the patient's size is unknown; write both from the scanner's spacing, for "
                          "instance by converting the DICOM images again");
    }
    return {};
}

/// Where both are set, they must place the volume alike: one of them would be wrong, and nothing says which.
Result<void> check_agreement(const Placement& sform, const Placement& qform, double unit) {
    const auto disagree = [](const std::string& what) {
        return unreadable("sform and qform disagree about " + what +
                          "; set the code of the wrong one to 0, or convert the DICOM images again");
    };
    for (std::size_t axis = 0; axis < 3; ++axis)
        if (norm(normalised(sform.step[axis]) - normalised(qform.step[axis])) > kDirectionTolerance)
            return disagree("the direction of axis " + std::to_string(axis + 1));
    const double apart = unit * norm(sform.origin - qform.origin);
    if (apart > kOriginTolerance) return disagree("the volume's place");
    return {};
}

/// What else the header says about a volume that its sform places.
Result<void> check_contradictions(const Placement& sform, const NiftiStatement& s, double unit) {
    if (auto sound = check_sizes(sform, s); !sound) return sound;
    if (s.qform_code <= 0) return {};
    const auto qform = from_qform(s);
    if (!qform) return failure(qform.error());
    return check_agreement(sform, *qform, unit);
}

}  // namespace

Result<Geometry> placed(Geometry geometry, const NiftiStatement& s) {
    if (s.sform_code <= 0 && s.qform_code <= 0) {
        return unreadable("neither sform nor qform says how the volume lies in the patient");
    }
    const auto unit = millimetres_per_unit(s.units);
    if (!unit) return failure(unit.error());
    const auto placement = s.sform_code > 0 ? Result<Placement>(from_sform(s)) : from_qform(s);
    if (!placement) return failure(placement.error());
    const std::array<double*, 3> spacing{&geometry.column_spacing, &geometry.row_spacing,
                                         &geometry.slice_spacing};
    const std::array<Vec3*, 3> direction{&geometry.row_direction, &geometry.column_direction,
                                         &geometry.slice_direction};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const Vec3& ras = placement->step[axis];
        const Vec3 lps{-ras[0], -ras[1], ras[2]};
        *spacing[axis] = *unit * norm(lps);
        *direction[axis] = (1.0 / norm(lps)) * lps;
    }
    geometry.origin = *unit * Vec3{-placement->origin[0], -placement->origin[1], placement->origin[2]};
    auto sound = checked(geometry);
    if (!sound || s.sform_code <= 0) return sound;
    if (auto agreed = check_contradictions(*placement, s, *unit); !agreed) return failure(agreed.error());
    return sound;
}

}  // namespace spineseg
