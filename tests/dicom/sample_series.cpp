// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dicom/sample_series.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpls/djencode.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <random>
#include <stdexcept>

#include "core/decimal_string.h"

namespace spineseg::dicom::testing {
namespace {

void require(const OFCondition& condition, const char* what) {
    if (condition.bad()) throw std::runtime_error(std::string(what) + ": " + condition.text());
}

void register_encoders() {
    static const bool once = [] {
        DcmRLEEncoderRegistration::registerCodecs();
        DJEncoderRegistration::registerCodecs();
        DJLSEncoderRegistration::registerCodecs();
        return true;
    }();
    (void)once;
}

Vec3 turned(const Vec3& v, double degrees) {
    const double a = degrees * std::numbers::pi / 180, b = 0.6 * a;
    const Vec3 about_z = {std::cos(a) * v[0] - std::sin(a) * v[1], std::sin(a) * v[0] + std::cos(a) * v[1],
                          v[2]};
    return {about_z[0], std::cos(b) * about_z[1] - std::sin(b) * about_z[2],
            std::sin(b) * about_z[1] + std::cos(b) * about_z[2]};
}

}  // namespace

std::vector<InstanceBytes> Files::instances() const {
    std::vector<InstanceBytes> result;
    for (std::size_t i = 0; i < names.size(); ++i) result.push_back({names[i], bytes[i]});
    return result;
}

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot open " + file.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_bytes(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes) {
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!stream) throw std::runtime_error("cannot write " + file.string());
}

Files read_files(const std::filesystem::path& folder) {
    Files files;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        files.names.push_back(path.filename().string());
        files.bytes.push_back(read_bytes(path));
    }
    return files;
}

Geometry sagittal_geometry(int columns, int rows, int slices, double tilt_degrees, bool flipped) {
    Geometry g;
    g.columns = columns;
    g.rows = rows;
    g.slices = slices;
    g.row_direction = turned({0, 1, 0}, tilt_degrees);
    g.column_direction = turned({0, 0, -1}, tilt_degrees);
    const Vec3 normal = cross(g.row_direction, g.column_direction);
    g.slice_direction = flipped ? -1.0 * normal : normal;
    g.column_spacing = 0.65625;
    g.row_spacing = 0.684931506849315;  // 50/73: no short decimal
    g.slice_spacing = 4.4;
    g.origin = {-28.123456789, -120.987654321, 155.55555555};
    return g;
}

Volume random_volume(const Geometry& geometry, std::uint32_t seed, bool negative) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> value(negative ? -1000 : 0, 4000);
    Volume volume{geometry, std::vector<float>(geometry.voxel_count())};
    for (auto& voxel : volume.voxels) voxel = static_cast<float>(value(random));
    return volume;
}

LabelMap random_labels(const Geometry& geometry, std::uint32_t seed) {
    std::mt19937 random(seed);
    constexpr std::uint8_t kLabels[] = {0, 0, 1, 100, 201};
    std::uniform_int_distribution<std::size_t> pick(0, std::size(kLabels) - 1);
    LabelMap labels{geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
    for (int slice = 1; slice < geometry.slices; ++slice) {
        if (slice % 4 == 2) continue;
        for (std::size_t i = 0; i < geometry.slice_voxel_count(); ++i) {
            std::uint8_t label = kLabels[pick(random)];
            if (label == 100 && slice % 2 == 1) label = 0;  // the canal owns fewer slices than the others
            labels.voxels[geometry.slice_voxel_count() * static_cast<std::size_t>(slice) + i] = label;
        }
    }
    return labels;
}

Volume random_uncertainty(const Geometry& geometry, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(0, 1);
    Volume volume{geometry, std::vector<float>(geometry.voxel_count())};
    for (auto& voxel : volume.voxels) voxel = value(random);
    return volume;
}

std::vector<std::uint8_t> edited(const std::vector<std::uint8_t>& file,
                                 const std::function<void(DcmDataset&)>& edit,
                                 const std::string& transfer_syntax_uid) {
    register_encoders();
    DcmInputBufferStream input;
    input.setBuffer(file.data(), static_cast<offile_off_t>(file.size()));
    input.setEos();
    DcmFileFormat format;
    format.transferInit();
    require(format.read(input), "read");
    format.transferEnd();
    DcmDataset& dataset = *format.getDataset();
    E_TransferSyntax syntax = dataset.getOriginalXfer();
    if (!transfer_syntax_uid.empty()) syntax = DcmXfer(transfer_syntax_uid.c_str()).getXfer();
    require(dataset.chooseRepresentation(syntax, nullptr), "re-encode");
    edit(dataset);
    std::vector<std::uint8_t> buffer(format.calcElementLength(syntax, EET_ExplicitLength) + file.size() +
                                     (1 << 16));
    buffer.resize(buffer.size() + buffer.size() % 2);
    DcmOutputBufferStream output(buffer.data(), static_cast<offile_off_t>(buffer.size()));
    format.transferInit();
    require(format.write(output, syntax, EET_ExplicitLength, nullptr, EGL_recalcGL, EPD_withoutPadding),
            "write");
    format.transferEnd();
    output.flush();
    void* begin = nullptr;
    offile_off_t length = 0;
    output.flushBuffer(begin, length);
    buffer.resize(static_cast<std::size_t>(length));
    return buffer;
}

Files sample_files(const Volume& volume, const MrSeriesHeader& header,
                   const std::function<void(DcmDataset&, int slice)>& edit) {
    const TemporaryFolder folder;
    const auto written = write_mr_series(volume, header, folder.path());
    if (!written) throw std::runtime_error(written.error().describe());
    Files files = read_files(folder.path());
    if (edit)
        for (std::size_t i = 0; i < files.bytes.size(); ++i)
            files.bytes[i] =
                edited(files.bytes[i], [&](DcmDataset& dataset) { edit(dataset, static_cast<int>(i)); });
    return files;
}

Files enhanced_files(const Volume& volume, bool legacy_converted) {
    const Files classic = sample_files(volume);
    DcmItem* unused = nullptr;
    const auto bytes = edited(classic.bytes.front(), [&](DcmDataset& dataset) {
        dataset.putAndInsertString(DCM_SOPClassUID, legacy_converted
                                                        ? UID_LegacyConvertedEnhancedMRImageStorage
                                                        : UID_EnhancedMRImageStorage);
        dataset.putAndInsertString(DCM_NumberOfFrames, std::to_string(volume.geometry.slices).c_str());
        DcmItem *shared = nullptr, *item = nullptr;
        require(dataset.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0), "shared");
        for (const auto& [group, tags] :
             {std::pair{DCM_PixelMeasuresSequence, std::vector{DCM_PixelSpacing, DCM_SliceThickness}},
              std::pair{DCM_PlaneOrientationSequence, std::vector{DCM_ImageOrientationPatient}}}) {
            require(shared->findOrCreateSequenceItem(group, item, 0), "group");
            for (const auto& tag : tags) require(item->insert(dataset.remove(tag)), "move");
        }
        dataset.findAndDeleteElement(DCM_ImagePositionPatient);
        std::vector<Uint16> cells;
        for (int frame = 0; frame < volume.geometry.slices; ++frame) {
            const int slice = (frame * 2 + 1) % volume.geometry.slices;  // odd counts: each slice once
            const Vec3 p = volume.geometry.position(0, 0, slice);
            require(dataset.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, unused, -2),
                    "frame");
            require(unused->findOrCreateSequenceItem(DCM_PlanePositionSequence, item, 0), "position");
            require(item->putAndInsertString(DCM_ImagePositionPatient,
                                             format_decimals({p[0], p[1], p[2]}).c_str()),
                    "p");
            for (std::size_t i = 0; i < volume.geometry.slice_voxel_count(); ++i)
                cells.push_back(static_cast<Uint16>(
                    volume
                        .voxels[volume.geometry.slice_voxel_count() * static_cast<std::size_t>(slice) + i]));
        }
        require(dataset.putAndInsertUint16Array(DcmTag(DCM_PixelData, EVR_OW), cells.data(), cells.size()),
                "pixels");
    });
    return {{"enhanced.dcm"}, {bytes}};
}

Series read_good(const Files& files, const ReadLimits& limits) {
    const auto instances = files.instances();
    auto series = read_series(instances, limits);
    if (!series) throw std::runtime_error(series.error().describe());
    return *series;
}

Provenance sample_provenance() {
    Provenance provenance;
    provenance.model_id = "test-model";
    provenance.model_version = "1.2";
    provenance.model_digest = std::string(64, 'a');
    provenance.software_version = "0.1.0";
    provenance.request.samples = 5;
    provenance.request.steps = 10;
    provenance.request.seed = 42;
    provenance.made.utc = Timestamp(std::chrono::seconds(1'795'342'272));  // 2026-11-22 10:11:12
    return provenance;
}

std::filesystem::path shared_dicom_data() {
    const std::filesystem::path folder =
        std::filesystem::path(SPINESEG_SOURCE_DIR) / ".." / "shared" / "data" / "dicom";
    return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

}  // namespace spineseg::dicom::testing
