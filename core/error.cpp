// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"

#include <array>

#include "core/printable_text.h"

namespace spineseg {
namespace {

struct Row {
    ErrorCode code;
    std::string_view name;
    JobFate fate;
};

using enum ErrorCode;

// In the order of the enumeration, so that the code is the index; a test holds the two together.
constexpr std::array kTable{
    Row{not_dicom, "not_dicom", JobFate::reject},
    Row{truncated_file, "truncated_file", JobFate::reject},
    Row{unsupported_sop_class, "unsupported_sop_class", JobFate::reject},
    Row{unsupported_transfer_syntax, "unsupported_transfer_syntax", JobFate::reject},
    Row{unsupported_pixel_format, "unsupported_pixel_format", JobFate::reject},
    Row{missing_attribute, "missing_attribute", JobFate::reject},
    Row{inconsistent_series, "inconsistent_series", JobFate::reject},
    Row{multiple_orientations, "multiple_orientations", JobFate::reject},
    Row{multiple_stacks, "multiple_stacks", JobFate::reject},
    Row{ambiguous_stacks, "ambiguous_stacks", JobFate::reject},
    Row{no_anatomical_images, "no_anatomical_images", JobFate::reject},
    Row{not_sagittal, "not_sagittal", JobFate::reject},
    Row{too_few_slices, "too_few_slices", JobFate::reject},
    Row{missing_slices, "missing_slices", JobFate::reject},
    Row{irregular_spacing, "irregular_spacing", JobFate::reject},
    Row{geometry_out_of_range, "geometry_out_of_range", JobFate::reject},
    Row{non_finite_pixels, "non_finite_pixels", JobFate::reject},
    Row{quality_rejected, "quality_rejected", JobFate::reject},
    Row{no_anatomy_found, "no_anatomy_found", JobFate::reject},
    Row{worker_lost, "worker_lost", JobFate::retry},
    Row{out_of_memory, "out_of_memory", JobFate::retry},
    Row{archive_unavailable, "archive_unavailable", JobFate::retry},
    Row{storage_full, "storage_full", JobFate::retry},
    Row{result_differs, "result_differs", JobFate::fail},
    Row{model_invalid, "model_invalid", JobFate::fail},
    Row{self_test_failed, "self_test_failed", JobFate::fail},
    Row{invalid_configuration, "invalid_configuration", JobFate::fail},
    Row{protocol_violation, "protocol_violation", JobFate::fail},
    Row{database_unavailable, "database_unavailable", JobFate::fail},
    Row{invalid_argument, "invalid_argument", JobFate::fail},
    Row{file_not_found, "file_not_found", JobFate::fail},
    Row{file_unreadable, "file_unreadable", JobFate::fail},
    Row{file_unwritable, "file_unwritable", JobFate::fail},
    Row{stale_lease, "stale_lease", JobFate::fail},
    Row{not_found, "not_found", JobFate::fail},
    Row{canceled, "canceled", JobFate::fail},
    Row{too_many_requests, "too_many_requests", JobFate::fail},
    // What nobody foresaw may have been a passing state of the machine; the attempts bound it.
    Row{internal, "internal", JobFate::retry},
};

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].code) != i) return false;
    }
    return kTable.size() == static_cast<std::size_t>(internal) + 1;
}
static_assert(rows_are_in_order());

const Row& row_of(ErrorCode code) {
    const auto index = static_cast<std::size_t>(code);
    return index < kTable.size() ? kTable[index] : kTable.back();
}

}  // namespace

JobFate fate_of(ErrorCode code) {
    return row_of(code).fate;
}

std::string_view to_string(ErrorCode code) {
    return row_of(code).name;
}

std::optional<ErrorCode> error_code_from_string(std::string_view name) {
    for (const Row& row : kTable) {
        if (row.name == name) return row.code;
    }
    return std::nullopt;
}

Error::Error(ErrorCode what, std::string_view why) : code(what), detail(printable(why)) {}

std::string Error::describe() const {
    std::string text(to_string(code));
    if (!detail.empty()) text += ": " + detail;
    return text;
}

}  // namespace spineseg
