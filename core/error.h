// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The closed set of things that can go wrong with a job, and the one table that says what each does to it.
/// Values only; safe on any thread. Detail texts may name tags, files and numbers, never patient data.

#include <optional>
#include <string>
#include <string_view>

namespace spineseg {

enum class ErrorCode {
    // Faults of the series. Another attempt would end the same: the job is rejected.
    not_dicom,                    ///< no readable DICOM instance at all
    truncated_file,               ///< an instance ends before its pixel data does
    unsupported_sop_class,        ///< not an MR image storage SOP class
    unsupported_transfer_syntax,  ///< pixel data in an encoding that cannot be decoded here
    unsupported_pixel_format,     ///< colour, float, or bit depths outside MONOCHROME 8..16
    missing_attribute,            ///< no position, orientation, spacing or frame of reference
    inconsistent_series,          ///< instances differ in study, series or frame of reference
    multiple_orientations,        ///< e.g. a three-plane localizer
    multiple_stacks,              ///< several images at each position (two echoes, phases, b-values)
    ambiguous_stacks,             ///< two stacks of which nothing says which one shows the anatomy
    no_anatomical_images,         ///< fat, phase, maps, projections: nothing but images that show no anatomy
    not_sagittal,
    too_few_slices,
    missing_slices,
    irregular_spacing,
    geometry_out_of_range,  ///< matrix, spacing or field of view outside what a lumbar series can be
    non_finite_pixels,      ///< NaN or infinity in an image
    quality_rejected,       ///< the quality verdict on the segmentation is "reject"
    no_anatomy_found,       ///< the model found no plausible column of vertebrae and discs
    // Faults that may be temporary. The job returns to the queue until its attempts are used up.
    worker_lost,  ///< the socket closed or the lease expired while the job was leased
    out_of_memory,
    archive_unavailable,  ///< Orthanc did not answer, or an instance vanished
    storage_full,
    // Faults that an administrator must repair. The job fails at once.
    result_differs,    ///< the archive holds another object under the UID of a result
    model_invalid,     ///< manifest, weights or digest are not what they claim to be
    self_test_failed,  ///< the model computes other values here than where it was made
    invalid_configuration,
    protocol_violation,  ///< the peer on the socket broke the protocol
    database_unavailable,
    // Requests, not jobs.
    invalid_argument,
    file_not_found,
    file_unreadable,  ///< exists, but cannot be read or is not what its name says
    file_unwritable,
    stale_lease,  ///< the epoch is no longer the job's: somebody else works on it, or it ended
    not_found,
    canceled,
    too_many_requests,  ///< a person or a program asked for more jobs than the settings allow
    internal,
};

/// What an error does to the job in which it occurs.
enum class JobFate { reject, retry, fail };

/// The one table. Every code has a row; a test walks it.
JobFate fate_of(ErrorCode code);

/// Stable names for REST, logs and the database: the enumerator's own spelling.
std::string_view to_string(ErrorCode code);
std::optional<ErrorCode> error_code_from_string(std::string_view name);

struct Error {
    Error() = default;
    /// What a detail quotes may come from anywhere: it is made printable() (core/printable_text.h) here.
    Error(ErrorCode code, std::string_view detail);

    ErrorCode code = ErrorCode::internal;
    std::string detail;  ///< one sentence for a person: what, where, and the remedy if there is one

    /// "missing_slices: a gap of 8.0 mm after slice 3".
    std::string describe() const;
    friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace spineseg
