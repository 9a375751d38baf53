// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/conformance/sample_results.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ostream>
#include <stdexcept>

#include "dicom/read/series.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/result_file.h"
#include "dicom/write/sc/picture_writer.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "dicom/write/sr/report_writer.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom::testing {

void PrintTo(const Sample& sample, std::ostream* out) {
    *out << sample.name;
}

std::vector<Sample> samples() {
    return {{.name = "OddBothWays", .columns = 63, .rows = 77, .slices = 12},
            {.name = "OddHalf", .columns = 62, .rows = 78},
            {.name = "Tiny", .columns = 5, .rows = 5, .slices = 7},
            {.name = "Aligned", .columns = 64, .rows = 80},
            {.name = "Oblique", .columns = 62, .rows = 50, .tilt = 11},
            {.name = "ObliqueFlipped", .columns = 37, .rows = 53, .tilt = -17, .flipped = true},
            {.name = "Flipped", .columns = 63, .rows = 77, .slices = 12, .flipped = true},
            {.name = "FlippedAligned", .columns = 64, .rows = 80, .tilt = 7, .flipped = true},
            {.name = "FeetUp", .columns = 62, .rows = 78, .feet_up = true},
            {.name = "FeetUpFlipped", .columns = 37, .rows = 53, .tilt = 6, .flipped = true, .feet_up = true},
            {.name = "Enhanced", .columns = 63, .rows = 77, .enhanced = true},
            {.name = "EnhancedObliqueFlipped",
             .columns = 41,
             .rows = 39,
             .tilt = 8,
             .flipped = true,
             .enhanced = true}};
}

namespace {

Geometry geometry_of(const Sample& sample) {
    Geometry g = sagittal_geometry(sample.columns, sample.rows, sample.slices, sample.tilt, sample.flipped);
    if (sample.feet_up) {  // turned about the rows, so that it stays right-handed
        g.column_direction = -1.0 * g.column_direction;
        g.slice_direction = -1.0 * g.slice_direction;
    }
    return g;
}

/// "L4 vertebra|slip|-1.3|mm|0.60", in the report's order.
std::vector<std::string> lines_of(const SpineLevels& column,
                                  const std::vector<StructureMeasurements>& measurements) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < measurements.size(); ++i) {
        const std::string name = structure_name(column.structures[i], column.numbering);
        for (const auto& value : measurements[i].values) {
            const int decimals = value.quantity == Quantity::volume              ? 0
                                 : value.quantity == Quantity::disc_height_index ? 3
                                                                                 : 1;
            char text[128];
            std::snprintf(text, sizeof text, "|%s|%.*f|%s|", to_string(value.quantity), decimals, value.value,
                          unit_of(value.quantity));
            std::string line = name + text;
            if (value.uncertainty) {
                std::snprintf(text, sizeof text, "%.*f", decimals + 1, *value.uncertainty);
                line += text;
            }
            lines.push_back(line);
        }
    }
    return lines;
}

std::vector<std::string> lines_of(const VertebraParts& parts, const Numbering& numbering) {
    std::vector<std::string> lines;
    for (const auto& piece : parts.pieces) {
        const auto& voxels = parts.labels.voxels;
        const bool stored = std::find(voxels.begin(), voxels.end(), piece.label) != voxels.end();
        if (!piece.whole || !stored) continue;
        char text[128];
        std::snprintf(text, sizeof text, "|volume|%.0f|mm3|%.1f", 1000 * piece.millilitres,
                      1000 * *piece.millilitres_uncertainty);
        lines.push_back(part_name(piece, numbering) + text);
    }
    return lines;
}

}  // namespace

SampleResults::SampleResults(const Sample& sample, const std::filesystem::path& where) : folder(where) {
    const auto written = [](const auto& result) {
        if (!result) throw std::runtime_error(result.error().describe());
        return *result;
    };
    const QualityStatement quality{QualityVerdict::review, "the canal is blurred"};
    Provenance provenance = sample_provenance();
    provenance.verdict = quality.verdict;
    const Volume volume = random_volume(geometry_of(sample), 77);
    const Files files = sample.enhanced ? enhanced_files(volume) : sample_files(volume);
    std::filesystem::create_directories(folder / "source");
    for (std::size_t i = 0; i < files.names.size(); ++i)
        write_bytes(folder / "source" / files.names[i], files.bytes[i]);
    const Series series = read_good(files);
    labels = random_labels(series.volume.geometry, 5);
    const Volume uncertainty = random_uncertainty(series.volume.geometry, 6);
    fractions = uncertainty.voxels;
    write_bytes(folder / "seg.dcm", written(write_segmentation(series, labels, provenance)).dicom);
    const ResultFile map = written(write_parametric_map(series, uncertainty, provenance));
    write_bytes(folder / "map.dcm", map.dicom);
    write_bytes(folder / "disagreement.dcm", written(write_parametric_map(series, uncertainty, provenance,
                                                                          MapQuantity::mutual_information))
                                                 .dicom);
    const SpineLevels column = sample_levels(series.volume.geometry);
    levels = column.labels;
    const auto measurements = sample_measurements(column);
    std::vector<ResultFile> cited = written(write_segmentation(series, column, provenance));
    write_bytes(folder / "levels.dcm", cited.front().dicom);
    cited.push_back(map);
    write_bytes(folder / "labelmap.dcm",
                written(write_segmentation(series, column, provenance, SegmentationEncoding::label_map))
                    .front()
                    .dicom);
    const VertebraParts divided = sample_parts(column);
    parts = divided.labels;
    for (auto& file : written(write_vertebra_parts(series, divided, column.numbering, provenance)))
        cited.push_back(std::move(file));
    write_bytes(folder / "parts.dcm", cited.back().dicom);
    write_bytes(
        folder / "report.dcm",
        written(write_report(series, {column, measurements, quality, &divided}, cited, provenance)).dicom);
    measured = lines_of(column, measurements);
    for (const auto& line : lines_of(divided, column.numbering)) measured.push_back(line);
    const SlicePicture picture{
        2, 2, std::vector<std::uint8_t>(12 * series.volume.geometry.slice_voxel_count(), 90)};
    write_bytes(folder / "picture.dcm",
                written(write_pictures(series, ResultKind::contours, {picture}, provenance)).front().dicom);
}

std::vector<float> floats_of(const std::vector<std::uint8_t>& bytes) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
}

}  // namespace spineseg::dicom::testing
