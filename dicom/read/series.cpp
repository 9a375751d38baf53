// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/series.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <set>

#include "core/decimal_string.h"
#include "core/digest.h"
#include "core/sop_class.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/source_dataset.h"
#include "dicom/read/folder_files.h"
#include "dicom/read/frame_header_reader.h"
#include "dicom/read/header_values.h"
#include "dicom/read/instance_reader.h"
#include "dicom/read/pixel_decoder.h"
#include "dicom/read/stack_values.h"
#include "dicom/read/structure_check.h"

namespace spineseg::dicom {
namespace {

/// No image of the series, although it was stored among them: a Secondary Capture, a presentation state; a map
/// in colour under an MR storage class.
bool stands_beside(const HeaderValues& header, ErrorCode why) {
    if (why == ErrorCode::unsupported_sop_class) return is_companion_class(header.sop_class_uid);
    return why == ErrorCode::unsupported_pixel_format &&
           std::none_of(header.frames.begin(), header.frames.end(),
                        [](const FrameReading& frame) { return frame.header.kind.shows_anatomy(); });
}

/// Instances come in one by one, so that a folder's files need not be in memory together with their parsed
/// form.
class SeriesReader {
  public:
    explicit SeriesReader(const ReadLimits& limits) : limits_(limits), elements_{limits.max_elements} {}
    Result<void> add(const InstanceBytes& bytes);
    void leave_aside(std::string why) { aside_.push_back(std::move(why)); }
    Result<Series> finish();
    SeriesInspection inspect();

  private:
    Result<void> leave_aside(const InstanceBytes& bytes, const HeaderValues& header, const Error& reason);
    Result<void> check_series(const std::string& name, const std::string& study, const std::string& series);
    Result<void> check_same_series(const Instance& instance);
    Result<void> check_decoded_size(const Stack& stack) const;
    bool is_used(std::size_t instance, const Stack& stack) const;
    Result<void> decode(const Stack& stack, Series& series);
    void describe(const Stack& stack, Series& series);

    ReadLimits limits_;
    ElementBudget elements_;
    std::vector<Instance> instances_;
    std::vector<FrameReading> readings_;
    std::vector<FrameHeader> frames_;          ///< as the plan has sorted them
    std::set<std::string> sop_instance_uids_;  ///< those that were left aside included
    std::vector<std::string> aside_;           ///< why each was left aside
    std::optional<Error> first_aside_;
    std::string study_instance_uid_, series_instance_uid_;
    std::size_t voxels_ = 0;
};

Result<void> SeriesReader::check_series(const std::string& name, const std::string& study,
                                        const std::string& series) {
    if (study_instance_uid_.empty()) study_instance_uid_ = study;
    if (series_instance_uid_.empty()) series_instance_uid_ = series;
    const auto other = [&](const char* what) {
        return failure(ErrorCode::inconsistent_series, name + " and the files before it differ in " + what);
    };
    if (study != study_instance_uid_) return other("study");
    if (series != series_instance_uid_) return other("series");
    return {};
}

Result<void> SeriesReader::check_same_series(const Instance& instance) {
    if (sop_instance_uids_.contains(instance.sop_instance_uid))
        return failure(ErrorCode::inconsistent_series,
                       instance.name + " repeats an instance that was already given");
    return check_series(instance.name, instance.study_instance_uid, instance.series_instance_uid);
}

Result<void> SeriesReader::add(const InstanceBytes& bytes) {
    if (instances_.size() >= limits_.max_instances)
        return failure(ErrorCode::geometry_out_of_range,
                       "more than " + std::to_string(limits_.max_instances) + " instances in one series");
    auto instance = read_instance(bytes, elements_);
    if (!instance) {
        const auto header = read_header_values(bytes, limits_.words);
        if (header && stands_beside(*header, instance.error().code))
            return leave_aside(bytes, *header, instance.error());
        return failure(instance.error());
    }
    if (auto same = check_same_series(*instance); !same) return failure(same.error());
    if (auto fits = check_matrix(*instance, limits_.max_matrix); !fits) return fits;
    voxels_ += instance->pixels.frame_pixels() * static_cast<std::size_t>(instance->pixels.frames);
    if (voxels_ > limits_.max_voxels)
        return failure(ErrorCode::geometry_out_of_range,
                       "more than " + std::to_string(limits_.max_voxels) + " voxels");
    for (auto& reading :
         read_frame_headers(*instance->file->getDataset(), instance->name, instances_.size(), limits_.words))
        readings_.push_back(std::move(reading));
    sop_instance_uids_.insert(instance->sop_instance_uid);
    instances_.push_back(std::move(*instance));
    return {};
}

bool SeriesReader::is_used(std::size_t instance, const Stack& stack) const {
    return std::any_of(stack.order.begin(), stack.order.end(),
                       [&](std::size_t index) { return frames_[index].instance == instance; });
}

Result<void> SeriesReader::check_decoded_size(const Stack& stack) const {
    std::size_t voxels = 0;
    for (std::size_t i = 0; i < instances_.size(); ++i)
        if (is_used(i, stack))
            voxels +=
                instances_[i].pixels.frame_pixels() * static_cast<std::size_t>(instances_[i].pixels.frames);
    if (voxels <= limits_.max_decoded_voxels) return {};
    return failure(ErrorCode::geometry_out_of_range, "the images of this stack have " +
                                                         std::to_string(voxels) + " voxels, more than " +
                                                         std::to_string(limits_.max_decoded_voxels));
}

Result<void> SeriesReader::decode(const Stack& stack, Series& series) {
    if (auto fits = check_decoded_size(stack); !fits) return fits;
    Volume& volume = series.volume;
    volume.geometry = stack.geometry;
    StackValues values(volume);
    for (std::size_t i = 0; i < instances_.size(); ++i) {
        if (!is_used(i, stack)) continue;  // an image of another stack
        Instance& instance = instances_[i];
        DcmDataset& dataset = *instance.file->getDataset();
        const auto stored = decode_pixels(dataset, instance.pixels, instance.name);
        if (!stored) return failure(stored.error());
        if (auto sound = values.add_instance(instance, *stored); !sound) return sound;
        for (std::size_t slice = 0; slice < stack.order.size(); ++slice) {
            const FrameHeader& frame = frames_[stack.order[slice]];
            if (frame.instance != i) continue;
            if (auto added = values.add_frame(slice, frame, instance, *stored); !added) return added;
        }
        dataset.findAndDeleteElement(DCM_PixelData);
    }
    return values.finish();
}

void SeriesReader::describe(const Stack& stack, Series& series) {
    const FrameHeader& first = frames_[stack.order.front()];
    Instance& instance = instances_[first.instance];
    for (const std::size_t index : stack.order) {
        const FrameHeader& frame = frames_[index];
        const Instance& owner = instances_[frame.instance];
        series.sources.push_back({owner.sop_class_uid, owner.sop_instance_uid,
                                  owner.multi_frame ? frame.frame + 1 : 0, frame.image_position_patient});
    }
    series.study_instance_uid = instance.study_instance_uid;
    series.series_instance_uid = instance.series_instance_uid;
    series.frame_of_reference_uid = first.frame_of_reference_uid;
    series.image_orientation_patient = first.image_orientation_patient;
    series.pixel_spacing = first.pixel_spacing;
    series.slice_thickness = first.slice_thickness;
    DcmDataset& dataset = *instance.file->getDataset();
    series.series_description = stored_text(dataset, DCM_SeriesDescription);
    series.patient = read_patient({.age = stored_text(dataset, DCM_PatientAge),
                                   .birth_date = stored_text(dataset, DCM_PatientBirthDate),
                                   .study_date = stored_text(dataset, DCM_StudyDate),
                                   .size = stored_text(dataset, DCM_PatientSize),
                                   .weight = stored_text(dataset, DCM_PatientWeight)});
    series.modality = stored_text(dataset, DCM_Modality);
    const auto number = parse_decimal(stored_text(dataset, DCM_SeriesNumber));
    series.series_number = number && std::abs(*number) < 1e9 ? static_cast<int>(*number) : 0;
    series.dataset = std::make_shared<const SourceDataset>(
        std::unique_ptr<DcmDataset>(instance.file->getAndRemoveDataset()));
}

/// A Secondary Capture or a presentation state under the series' UID is no image of the series, and no reason
/// to refuse those that are.
Result<void> SeriesReader::leave_aside(const InstanceBytes& bytes, const HeaderValues& header,
                                       const Error& reason) {
    if (!sop_instance_uids_.insert(header.sop_instance_uid).second)
        return failure(ErrorCode::inconsistent_series,
                       bytes.name + " repeats an instance that was already given");
    if (auto same = check_series(bytes.name, header.study_instance_uid, header.series_instance_uid); !same)
        return same;
    if (!first_aside_) first_aside_ = reason;
    aside_.push_back(reason.detail);
    return {};
}

Result<Series> SeriesReader::finish() {
    if (instances_.empty() && first_aside_) return failure(*first_aside_);
    if (instances_.empty()) return failure(ErrorCode::not_dicom, "no DICOM instances");
    // What is chosen, and whose dataset describes the results, must not depend on the order of the files.
    auto plan = plan_series(std::move(readings_), limits_.min_slices);
    if (plan.fault) return failure(*plan.fault);
    const Stack& stack = *plan.chosen;
    frames_ = std::move(plan.headers);
    Series series;
    series.left_aside = std::move(aside_);
    for (auto& aside : plan.left_aside) series.left_aside.push_back(std::move(aside));
    if (auto decoded = decode(stack, series); !decoded) return failure(decoded.error());
    describe(stack, series);
    series.pixel_digest = Sha256().update(std::as_bytes(std::span(series.volume.voxels))).hex_digest();
    series.fingerprint = series_fingerprint({sop_instance_uids_.begin(), sop_instance_uids_.end()});
    return series;
}

SeriesInspection SeriesReader::inspect() {
    SeriesInspection inspection;
    inspection.left_aside = aside_;
    if (instances_.empty() && first_aside_) {
        inspection.fault = first_aside_;
        return inspection;
    }
    auto plan = plan_series(std::move(readings_), limits_.min_slices);
    for (auto& aside : plan.left_aside) inspection.left_aside.push_back(std::move(aside));
    inspection.stacks = std::move(plan.stacks);
    inspection.fault = std::move(plan.fault);
    return inspection;
}

/// Everything below comes from hostile files: whatever DCMTK or a codec throws ends here.
template <typename Body>
auto guarded(Body&& body) -> decltype(body()) {
    try {
        prepare_dcmtk();
        return body();
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while reading a series");
    } catch (const std::exception& error) {
        return failure(ErrorCode::not_dicom, std::string("cannot be parsed: ") + error.what());
    } catch (...) {
        return failure(ErrorCode::not_dicom, "cannot be parsed");
    }
}

}  // namespace

bool is_stray_file(const InstanceBytes& file) {
    return !is_part10_file(file.bytes) && !promises_dicom(file.name);
}

Result<Series> read_series(std::span<const InstanceBytes> instances, const ReadLimits& limits) {
    return guarded([&]() -> Result<Series> {
        SeriesReader reader(limits);
        for (const auto& instance : instances)
            if (auto added = reader.add(instance); !added) return failure(added.error());
        return reader.finish();
    });
}

SeriesInspection inspect_series(std::span<const InstanceBytes> instances, const ReadLimits& limits) {
    auto inspected = guarded([&]() -> Result<SeriesInspection> {
        SeriesReader reader(limits);
        for (const auto& instance : instances)
            if (auto added = reader.add(instance); !added) return failure(added.error());
        return reader.inspect();
    });
    return inspected ? std::move(*inspected) : SeriesInspection{{}, {}, inspected.error()};
}

Result<Series> read_series(const std::filesystem::path& folder, const ReadLimits& limits) {
    return guarded([&]() -> Result<Series> {
        const auto files = files_of(folder);
        if (!files) return failure(files.error());
        SeriesReader reader(limits);
        for (const auto& file : *files) {
            const auto bytes = bytes_of(file);
            if (!bytes) return failure(bytes.error());
            const std::string name = file.filename().string();
            if (is_stray_file({name, *bytes})) {
                reader.leave_aside(name + " is no DICOM file");
                continue;
            }
            if (auto added = reader.add({name, *bytes}); !added) return failure(added.error());
        }
        return reader.finish();
    });
}

}  // namespace spineseg::dicom
