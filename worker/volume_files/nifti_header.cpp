// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/nifti_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/volume_files/nifti_placement.h"
#include "worker/volume_files/unreadable.h"

namespace spineseg {
namespace {

constexpr std::int64_t kLargestVoxelOffset = 1 << 24;

/// Fields at their byte offsets, in the file's byte order.
class NiftiFields {
  public:
    NiftiFields(std::span<const std::byte> bytes, bool swapped) : bytes_(bytes), swapped_(swapped) {}

    template <typename T>
    T at(std::size_t offset) const {
        std::array<std::byte, sizeof(T)> raw;
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), sizeof(T), raw.begin());
        if (swapped_) std::reverse(raw.begin(), raw.end());
        return std::bit_cast<T>(raw);
    }
    bool big_endian() const { return swapped_ != (std::endian::native == std::endian::big); }
    std::string_view text(std::size_t offset, std::size_t size) const {
        return {reinterpret_cast<const char*>(bytes_.data()) + offset, size};
    }

  private:
    std::span<const std::byte> bytes_;
    bool swapped_;
};

template <typename Wide, typename Float>
void read_arrays(const NiftiFields& f, std::size_t dim, std::size_t pixdim, std::size_t quaternion,
                 std::size_t srow, NiftiStatement& s) {
    for (std::size_t i = 0; i < 8; ++i) s.dim[i] = f.at<Wide>(dim + i * sizeof(Wide));
    for (std::size_t i = 0; i < 8; ++i) s.pixdim[i] = f.at<Float>(pixdim + i * sizeof(Float));
    for (std::size_t i = 0; i < 6; ++i)
        s.quaternion_and_offset[i] = f.at<Float>(quaternion + i * sizeof(Float));
    for (std::size_t i = 0; i < 12; ++i) s.srow[i] = f.at<Float>(srow + i * sizeof(Float));
}

NiftiStatement read_nifti1(const NiftiFields& f) {
    NiftiStatement s;
    read_arrays<std::int16_t, float>(f, 40, 76, 256, 280, s);
    s.datatype = f.at<std::int16_t>(70);
    s.bitpix = f.at<std::int16_t>(72);
    s.vox_offset = f.at<float>(108);
    s.slope = f.at<float>(112);
    s.intercept = f.at<float>(116);
    s.units = f.at<std::uint8_t>(123);
    s.qform_code = f.at<std::int16_t>(252);
    s.sform_code = f.at<std::int16_t>(254);
    return s;
}

NiftiStatement read_nifti2(const NiftiFields& f) {
    NiftiStatement s;
    read_arrays<std::int64_t, double>(f, 16, 104, 352, 400, s);
    s.datatype = f.at<std::int16_t>(12);
    s.bitpix = f.at<std::int16_t>(14);
    s.vox_offset = static_cast<double>(f.at<std::int64_t>(168));
    s.slope = f.at<double>(176);
    s.intercept = f.at<double>(184);
    s.units = f.at<std::int32_t>(500);
    s.qform_code = f.at<std::int32_t>(344);
    s.sform_code = f.at<std::int32_t>(348);
    return s;
}

std::optional<ScalarType> scalar_type(int datatype) {
    switch (datatype) {
        case 2:
            return ScalarType::uint8;
        case 4:
            return ScalarType::int16;
        case 8:
            return ScalarType::int32;
        case 16:
            return ScalarType::float32;
        case 64:
            return ScalarType::float64;
        case 256:
            return ScalarType::int8;
        case 512:
            return ScalarType::uint16;
        case 768:
            return ScalarType::uint32;
        case 1024:
            return ScalarType::int64;
        case 1280:
            return ScalarType::uint64;
        default:
            return std::nullopt;
    }
}

Result<Geometry> parse_geometry(const NiftiStatement& s) {
    if (s.dim[0] < 3 || s.dim[0] > 7)
        return unreadable("it has " + std::to_string(s.dim[0]) + " dimensions, not 3");
    for (std::size_t i = 4; i <= static_cast<std::size_t>(s.dim[0]); ++i) {
        if (s.dim[i] != 1) return unreadable("it holds more than one volume");
    }
    const auto geometry = sized(s.dim[1], s.dim[2], s.dim[3]);
    if (!geometry) return geometry;
    return placed(*geometry, s);
}

Result<VoxelEncoding> parse_encoding(const NiftiStatement& s, bool big_endian) {
    const auto type = scalar_type(s.datatype);
    if (!type) return unreadable("the datatype " + std::to_string(s.datatype) + " is not a real scalar");
    if (s.bitpix != static_cast<int>(byte_size(*type) * 8))
        return unreadable("bitpix contradicts the datatype");
    VoxelEncoding encoding{.type = *type, .big_endian = big_endian};
    // nifti1.h: a slope of 0 means "not scaled"; NaN is what some writers leave for the same.
    if (s.slope != 0 && !std::isnan(s.slope)) {
        encoding.slope = s.slope;
        encoding.intercept = std::isnan(s.intercept) ? 0.0 : s.intercept;
    }
    return encoding;
}

}  // namespace

std::size_t nifti_header_size(std::span<const std::byte, 4> start) {
    for (const bool swapped : {false, true}) {
        const auto size = NiftiFields(start, swapped).at<std::int32_t>(0);
        if (size == static_cast<std::int32_t>(kNifti1HeaderSize)) return kNifti1HeaderSize;
        if (size == static_cast<std::int32_t>(kNifti2HeaderSize)) return kNifti2HeaderSize;
    }
    return 0;
}

Result<NiftiHeader> parse_nifti_header(std::span<const std::byte> bytes) {
    const std::size_t size = bytes.size() < 4 ? 0 : nifti_header_size(bytes.first<4>());
    if (size == 0 || bytes.size() < size) return unreadable("not a NIfTI file");
    const bool swapped = NiftiFields(bytes, false).at<std::int32_t>(0) != static_cast<std::int32_t>(size);
    const NiftiFields fields(bytes, swapped);
    const auto magic = size == kNifti1HeaderSize ? fields.text(344, 3) : fields.text(4, 3);
    if (magic != "n+1" && magic != "n+2") return unreadable("not a NIfTI file with its voxels inside");
    const NiftiStatement statement = size == kNifti1HeaderSize ? read_nifti1(fields) : read_nifti2(fields);
    const auto geometry = parse_geometry(statement);
    if (!geometry) return failure(geometry.error());
    const auto encoding = parse_encoding(statement, fields.big_endian());
    if (!encoding) return failure(encoding.error());
    if (!(statement.vox_offset >= static_cast<double>(size) && statement.vox_offset <= kLargestVoxelOffset)) {
        return unreadable("its voxels begin at an impossible offset");
    }
    return NiftiHeader{.geometry = *geometry,
                       .encoding = *encoding,
                       .data_offset = static_cast<std::size_t>(statement.vox_offset)};
}

}  // namespace spineseg
