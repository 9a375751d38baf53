// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/common_modules.h"

#include <algorithm>
#include <set>
#include <span>

#include "core/digest.h"
#include "dicom/encoding/coded_concept.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/part10_file.h"
#include "dicom/encoding/source_dataset.h"
#include "dicom/encoding/uid.h"
#include "dicom/write/source_modules.h"

namespace spineseg::dicom {
namespace {

constexpr const char* kManufacturer = "spineseg";
constexpr const char* kModelName = "spineseg lumbar";

std::string sorted_sources(const Series& source) {
    std::set<std::string> uids;
    for (const auto& slice : source.sources) uids.insert(slice.sop_instance_uid);
    std::string text;
    for (const auto& uid : uids) text += uid + '\n';
    return text;
}

/// "REVIEW: AI Lumbar SEG 1.2 [T2 SAG] RESEARCH", at most 64 characters. A description in another alphabet is
/// left out.
std::string series_description(const ResultHeader& header, const Series& source,
                               const Provenance& provenance) {
    const std::string head = verdict_mark(provenance) + "AI Lumbar " + header.description_word + " " +
                             plain(provenance.model_version, 12);
    const std::string tail = " RESEARCH";
    const bool readable = std::all_of(source.series_description.begin(), source.series_description.end(),
                                      [](char c) { return c >= 0x20 && c < 0x7f; });
    const std::size_t available = 64 - head.size() - tail.size() - 3;
    const std::string origin = readable ? plain(source.series_description, available) : std::string();
    return head + (origin.empty() ? "" : " [" + origin + "]") + tail;
}

/// Of everything that is copied from the source: two copies of a series under two Patient IDs give two
/// results.
std::string identity_digest(const Series& source) {
    DcmDataset copied;
    copy_patient_and_study(copied, source);
    put_stored(copied, DCM_SeriesDescription, source.series_description);
    put_stored(copied, DCM_FrameOfReferenceUID, source.frame_of_reference_uid);
    const auto bytes = dataset_bytes(copied);
    return Sha256().update(std::as_bytes(std::span(bytes))).hex_digest();
}

void write_series(DcmItem& dataset, const ResultHeader& header, const ResultObject& object,
                  const Series& source, const Provenance& provenance) {
    put(dataset, DCM_Modality, header.modality);
    put(dataset, DCM_SeriesInstanceUID, object.series_instance_uid);
    const int number = 90000 + std::clamp(source.series_number, 0, 999) * 10 + header.series_number_digit;
    put(dataset, DCM_SeriesNumber, std::to_string(number));
    put(dataset, DCM_SeriesDescription, series_description(header, source, provenance));
    put(dataset, DCM_InstanceNumber, "1");
    const AnalysisTime made = analysis_time(source, provenance);
    for (const auto& tag : {DCM_SeriesDate, DCM_ContentDate, DCM_InstanceCreationDate})
        put(dataset, tag, made.date());
    for (const auto& tag : {DCM_SeriesTime, DCM_ContentTime, DCM_InstanceCreationTime})
        put(dataset, tag, made.time());
}

void write_frame_of_reference(DcmItem& dataset, const Series& source) {
    put_stored(dataset, DCM_FrameOfReferenceUID, source.frame_of_reference_uid);
    if (!copy_element(dataset, source.dataset->dataset(), DCM_PositionReferenceIndicator))
        put(dataset, DCM_PositionReferenceIndicator, "");
}

/// IHE AI Results asks for the algorithm in the Contributing Equipment of every result, with a Device
/// UID that changes with the model; the application itself is CID 7005's Processing Equipment.
void write_equipment(DcmItem& dataset, const Series& source, const Provenance& provenance) {
    const std::string made = analysis_time(source, provenance).date_time();
    const std::string serial = plain(provenance.device_serial_number, 64);
    put(dataset, DCM_Manufacturer, kManufacturer);
    put(dataset, DCM_ManufacturerModelName, kModelName);
    put(dataset, DCM_DeviceSerialNumber, serial);
    put(dataset, DCM_SoftwareVersions, plain(provenance.software_version, 64));

    DcmItem& application = add_item(dataset, DCM_ContributingEquipmentSequence);
    add_code(application, DCM_PurposeOfReferenceCodeSequence, codes::kProcessingEquipment);
    put(application, DCM_Manufacturer, kManufacturer);
    put(application, DCM_ManufacturerModelName, kModelName);
    put(application, DCM_DeviceSerialNumber, serial);
    put(application, DCM_SoftwareVersions, plain(provenance.software_version, 64));
    put(application, DCM_ContributionDateTime, made);

    DcmItem& model = add_item(dataset, DCM_ContributingEquipmentSequence);
    add_code(model, DCM_PurposeOfReferenceCodeSequence, codes::kProcessingAlgorithm);
    put(model, DCM_Manufacturer, kManufacturer);
    put(model, DCM_ManufacturerModelName, plain(provenance.model_id, 64));
    put(model, DCM_SoftwareVersions, plain(provenance.model_version, 64));
    put(model, DCM_DeviceUID, uid_from({"model", provenance.model_id, provenance.model_digest}));
    put(model, DCM_ContributionDateTime, made);
    put(model, DCM_ContributionDescription, plain(algorithm_parameters(provenance), 1024));
}

void write_common_instance_reference(DcmItem& dataset, const Series& source) {
    DcmItem& series = add_item(dataset, DCM_ReferencedSeriesSequence);
    put_stored(series, DCM_SeriesInstanceUID, source.series_instance_uid);
    std::set<std::string> seen;
    for (const auto& slice : source.sources) {
        if (!seen.insert(slice.sop_instance_uid).second) continue;
        DcmItem& instance = add_item(series, DCM_ReferencedInstanceSequence);
        put_stored(instance, DCM_ReferencedSOPClassUID, slice.sop_class_uid);
        put_stored(instance, DCM_ReferencedSOPInstanceUID, slice.sop_instance_uid);
    }
}

}  // namespace

std::string plain(const std::string& text, std::size_t limit) {
    std::string result;
    for (const char c : text)
        if (c >= 0x20 && c < 0x7f && c != '\\') result += c;
    result.resize(std::min(result.size(), limit));
    return result;
}

std::string verdict_mark(const Provenance& provenance) {
    switch (provenance.verdict) {
        case QualityVerdict::pass:
            return "";
        case QualityVerdict::review:
            return "REVIEW: ";
        case QualityVerdict::reject:
            break;
    }
    return "REJECTED: ";
}

AnalysisTime analysis_time(const Series& source, const Provenance& provenance) {
    if (!provenance.made.given()) throw ElementError("the time of the analysis is not given");
    const std::string declared = stored_text(source.dataset->dataset(), DCM_TimezoneOffsetFromUTC);
    return provenance.made.in_zone(utc_offset_of(declared).value_or(provenance.made.offset_minutes));
}

std::string algorithm_name(const Provenance& provenance) {
    return plain(provenance.model_id + " " + provenance.model_version, 64);
}

std::string algorithm_parameters(const Provenance& provenance) {
    std::string text;
    if (provenance.request.samples) text += "samples=" + std::to_string(*provenance.request.samples) + " ";
    if (provenance.request.steps) text += "steps=" + std::to_string(*provenance.request.steps) + " ";
    return text + "seed=" + std::to_string(provenance.request.seed) + " model=" + provenance.model_digest;
}

std::string result_uid(const ResultHeader& header, const Series& source, const Provenance& provenance,
                       const std::string& role) {
    return uid_from({role, to_string(header.kind), header.variant, source.study_instance_uid,
                     source.series_instance_uid, sorted_sources(source), identity_digest(source),
                     source.pixel_digest, provenance.model_id, provenance.model_version,
                     provenance.model_digest, provenance.software_version, provenance.device_serial_number,
                     algorithm_parameters(provenance)});
}

ResultObject identify_result(const ResultHeader& header, const Series& source, const Provenance& provenance) {
    ResultObject object;
    object.kind = header.kind;
    object.sop_class_uid = header.sop_class_uid;
    object.sop_instance_uid = result_uid(header, source, provenance, "instance");
    object.series_instance_uid = result_uid(header, source, provenance, "series");
    return object;
}

void write_document_header(DcmItem& dataset, const ResultHeader& header, const ResultObject& object,
                           const Series& source, const Provenance& provenance) {
    copy_patient_and_study(dataset, source);
    put(dataset, DCM_SOPClassUID, object.sop_class_uid);
    put(dataset, DCM_SOPInstanceUID, object.sop_instance_uid);
    write_series(dataset, header, object, source, provenance);
    write_equipment(dataset, source, provenance);
}

void write_result_header(DcmItem& dataset, const ResultHeader& header, const ResultObject& object,
                         const Series& source, const Provenance& provenance) {
    write_document_header(dataset, header, object, source, provenance);
    put(dataset, DCM_BodyPartExamined, "LSPINE");
    write_frame_of_reference(dataset, source);
    write_common_instance_reference(dataset, source);
    put(dataset, DCM_ContentQualification, "RESEARCH");
}

void write_lossy_compression(DcmItem& dataset, const Series& source) {
    DcmItem& from = source.dataset->dataset();
    const bool lossy = stored_text(from, DCM_LossyImageCompression) == "01";
    put(dataset, DCM_LossyImageCompression, lossy ? "01" : "00");
    if (!lossy) return;
    copy_element(dataset, from, DCM_LossyImageCompressionRatio);
    copy_element(dataset, from, DCM_LossyImageCompressionMethod);
}

void declare_own_scheme(DcmItem& dataset) {
    DcmItem& scheme = add_item(dataset, DCM_CodingSchemeIdentificationSequence);
    put(scheme, DCM_CodingSchemeDesignator, kOwnScheme);
    put(scheme, DCM_CodingSchemeUID, uid_from({"coding scheme", kOwnScheme}));
    put(scheme, DCM_CodingSchemeName, "spineseg private codes");
    put(scheme, DCM_CodingSchemeResponsibleOrganization, "spineseg");
}

}  // namespace spineseg::dicom
