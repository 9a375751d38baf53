// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/conformance/sample_results.h"

#include <cstring>
#include <ostream>
#include <stdexcept>

#include "dicom/result_writer.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom::testing {

void PrintTo(const Sample& sample, std::ostream* out) {
    *out << sample.name;
}

std::vector<Sample> samples() {
    return {
        {"OddBothWays", 63, 77, 12, 0, false, false}, {"OddHalf", 62, 78, 9, 0, false, false},
        {"Tiny", 5, 5, 7, 0, false, false},           {"Aligned", 64, 80, 9, 0, false, false},
        {"Oblique", 62, 50, 9, 11, false, false},     {"ObliqueFlipped", 37, 53, 9, -17, true, false},
        {"Flipped", 63, 77, 12, 0, true, false},      {"FlippedAligned", 64, 80, 9, 7, true, false},
        {"Enhanced", 63, 77, 9, 0, false, true},      {"EnhancedObliqueFlipped", 41, 39, 9, 8, true, true}};
}

SampleResults::SampleResults(const Sample& sample, const std::filesystem::path& where) : folder(where) {
    const auto written = [](const auto& result) {
        if (!result) throw std::runtime_error(result.error().describe());
        return *result;
    };
    const Volume volume = random_volume(
        sagittal_geometry(sample.columns, sample.rows, sample.slices, sample.tilt, sample.flipped), 77);
    const Files files = sample.enhanced ? enhanced_files(volume) : sample_files(volume);
    std::filesystem::create_directories(folder / "source");
    for (std::size_t i = 0; i < files.names.size(); ++i)
        write_bytes(folder / "source" / files.names[i], files.bytes[i]);
    const Series series = read_good(files);
    labels = random_labels(series.volume.geometry, 5);
    const Volume uncertainty = random_uncertainty(series.volume.geometry, 6);
    percent = uncertainty.voxels;
    for (auto& value : percent) value *= 100;
    write_bytes(folder / "seg.dcm", written(write_segmentation(series, labels, sample_provenance())).dicom);
    write_bytes(folder / "map.dcm",
                written(write_parametric_map(series, uncertainty, sample_provenance())).dicom);
}

std::vector<float> floats_of(const std::vector<std::uint8_t>& bytes) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
}

}  // namespace spineseg::dicom::testing
