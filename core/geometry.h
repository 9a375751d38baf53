// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where voxels lie in the patient. LPS millimetres throughout: +x left, +y posterior, +z superior (PS3.3 C.7.6.2.1.1).

#include <array>
#include <cstddef>

namespace spineseg {

using Vec3 = std::array<double, 3>;

// Inline: they stand in the innermost loops over voxels.
inline double dot(const Vec3& a, const Vec3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline Vec3 cross(const Vec3& a, const Vec3& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
inline Vec3 operator+(const Vec3& a, const Vec3& b) {
    return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
inline Vec3 operator-(const Vec3& a, const Vec3& b) {
    return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline Vec3 operator*(double s, const Vec3& a) {
    return {s * a[0], s * a[1], s * a[2]};
}
double norm(const Vec3& a);
Vec3 normalised(const Vec3& a);

/// A regular grid. Index order (column, row, slice); column varies fastest in memory.
/// `row_direction` points along increasing column index (DICOM's "row cosines"), `column_direction` along increasing
/// row index, `slice_direction` along increasing slice index. Unit vectors, right- or left-handed, oblique allowed.
struct Geometry {
    int columns = 0;
    int rows = 0;
    int slices = 0;
    Vec3 origin{};  ///< centre of voxel (0, 0, 0)
    Vec3 row_direction{1, 0, 0};
    Vec3 column_direction{0, 1, 0};
    Vec3 slice_direction{0, 0, 1};
    double column_spacing = 1.0;  ///< mm between neighbouring columns (DICOM PixelSpacing[1])
    double row_spacing = 1.0;     ///< mm between neighbouring rows (DICOM PixelSpacing[0])
    double slice_spacing = 1.0;   ///< mm between neighbouring slices, always positive

    std::size_t voxel_count() const { return slice_voxel_count() * static_cast<std::size_t>(slices); }
    std::size_t slice_voxel_count() const {
        return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
    }
    std::size_t index(int column, int row, int slice) const {
        return (static_cast<std::size_t>(slice) * static_cast<std::size_t>(rows) +
                static_cast<std::size_t>(row)) *
                   static_cast<std::size_t>(columns) +
               static_cast<std::size_t>(column);
    }
    /// Centre of a voxel; fractional indices allowed.
    Vec3 position(double column, double row, double slice) const {
        return origin + (column * column_spacing) * row_direction + (row * row_spacing) * column_direction +
               (slice * slice_spacing) * slice_direction;
    }
    /// Inverse of position().
    Vec3 voxel(const Vec3& position_lps) const;
    friend bool operator==(const Geometry&, const Geometry&) = default;
};

/// Same size, and no voxel centre farther apart than `tolerance_mm`.
bool same_grid(const Geometry& a, const Geometry& b, double tolerance_mm = 1e-3);

}  // namespace spineseg
