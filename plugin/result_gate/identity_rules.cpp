// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "core/copied_attributes.h"
#include "plugin/result_gate/result_rules.h"

namespace spineseg {
namespace {

constexpr DicomTag kSopClassTag = 0x00080016U;
constexpr DicomTag kSopInstanceTag = 0x00080018U;
constexpr DicomTag kModalityTag = 0x00080060U;
constexpr DicomTag kStudyUidTag = 0x0020000dU;
constexpr DicomTag kSeriesUidTag = 0x0020000eU;
constexpr DicomTag kFrameOfReferenceTag = 0x00200052U;

/// "2.25." and a UUID as a decimal number (PS3.5 §B.2), as all our UIDs are.
bool is_uuid_uid(const std::string& uid) {
    constexpr std::string_view kRoot = "2.25.";
    constexpr std::size_t kMostDigits = 39;
    if (!uid.starts_with(kRoot)) return false;
    const std::string_view digits = std::string_view(uid).substr(kRoot.size());
    return !digits.empty() && digits.size() <= kMostDigits && (digits == "0" || digits.front() != '0') &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> check_file_meta(const RuleInput& in) {
    static constexpr std::array<DicomTag, 6> kKnown{0x00020001U, 0x00020002U, 0x00020003U,
                                                    0x00020010U, 0x00020012U, 0x00020013U};
    for (const auto& element : in.document.meta)
        if (std::find(kKnown.begin(), kKnown.end(), element.tag) == kKnown.end())
            return tag_text(element.tag) + " stands in the file meta information";
    if (in.document.meta_text(0x00020002U) != in.document.text(kSopClassTag) ||
        in.document.meta_text(0x00020003U) != in.document.text(kSopInstanceTag))
        return "the file meta information names another object than the dataset";
    return std::nullopt;
}

std::optional<std::string> check_claims(const RuleInput& in) {
    const auto& claim = in.claim;
    if (claim.sop_class_uid != in.document.text(kSopClassTag))
        return "the message names another SOP Class UID";
    if (claim.sop_instance_uid != in.document.text(kSopInstanceTag))
        return "the message names another SOP Instance UID";
    if (claim.series_instance_uid != in.document.text(kSeriesUidTag))
        return "the message names another Series Instance UID";
    return std::nullopt;
}

std::optional<std::string> check_modality(const RuleInput& in) {
    if (in.document.text(kModalityTag) == in.shape.modality) return std::nullopt;
    return std::string("the modality is not ") + in.shape.modality;
}

std::optional<std::string> check_sop_instance_uid(const RuleInput& in) {
    const auto uid = in.document.text(kSopInstanceTag);
    if (!is_uuid_uid(uid)) return "the SOP Instance UID is none of ours (2.25. and a number)";
    if (in.order.source(uid) != nullptr) return "the SOP Instance UID is that of a source instance";
    return std::nullopt;
}

std::optional<std::string> check_series_instance_uid(const RuleInput& in) {
    const auto uid = in.document.text(kSeriesUidTag);
    if (!is_uuid_uid(uid)) return "the Series Instance UID is none of ours (2.25. and a number)";
    if (uid == in.source.series_instance_uid || uid == in.job.series_instance_uid)
        return "the Series Instance UID is that of the source";
    if (uid == in.document.text(kSopInstanceTag)) return "the Series Instance UID is that of an instance";
    for (const auto& one : in.order.admitted) {
        const bool same_output = one.output == in.shape.output, same_series = one.series_instance_uid == uid;
        if (same_output != same_series)
            return same_output ? "an output stands in two series" : "two outputs stand in one series";
    }
    return std::nullopt;
}

std::optional<std::string> check_study(const RuleInput& in) {
    if (in.document.text(kStudyUidTag) == in.source.study_instance_uid) return std::nullopt;
    return "the Study Instance UID is not that of the source";
}

bool has_vr_of(const RawElement& element, const CopiedAttribute& attribute, const SourceValue* source) {
    if (element.vr == attribute.vr) return true;
    if (attribute.recent && element.is("UN")) return true;
    return source != nullptr && source->vr == element.vr;
}

/// Absent where the source has none, but for those that must be there and are empty then.
std::optional<std::string> check_patient_and_study(const RuleInput& in) {
    for (const auto& attribute : copied_attributes()) {
        const auto found = in.source.copied.find(attribute.tag);
        const SourceValue* source = found == in.source.copied.end() ? nullptr : &found->second;
        const RawElement* element = in.document.find(attribute.tag);
        const std::string name = tag_text(attribute.tag);
        if (element == nullptr) {
            if (source != nullptr || attribute.always) return name + " is missing";
            continue;
        }
        if (source == nullptr && (!attribute.always || !element->value.empty()))
            return name + " is not in the source";
        if (!has_vr_of(*element, attribute, source)) return name + " has another VR";
        if (source != nullptr && source->canonical != canonical_value(*element, ElementEncoding::explicit_vr))
            return name + " differs from the source's";
    }
    return std::nullopt;
}

std::optional<std::string> check_references(const RuleInput& in) {
    for (const auto& reference : in.document.references) {
        const auto& uid = reference.uid;
        switch (reference.kind) {
            case Reference::Kind::study:
                if (uid != in.source.study_instance_uid) return "it refers to another study";
                break;
            case Reference::Kind::series:
                if (uid != in.source.series_instance_uid && !in.order.holds_series(uid))
                    return "it refers to a series that is neither its source nor a result of this job";
                break;
            case Reference::Kind::instance:
                if (in.order.source(uid) == nullptr && !in.order.holds_instance(uid))
                    return "it refers to an instance that is neither a source nor a result of this job";
                break;
        }
    }
    return std::nullopt;
}

std::optional<std::string> check_frame_of_reference(const RuleInput& in) {
    if (in.shape.family == OutputFamily::report ||
        in.document.text(kFrameOfReferenceTag) == in.source.frame_of_reference_uid)
        return std::nullopt;
    return "the Frame of Reference UID is not that of the source";
}

constexpr std::array kIdentityRules{
    ResultRule{"claims", check_claims},
    ResultRule{"file_meta", check_file_meta},
    ResultRule{"modality", check_modality},
    ResultRule{"sop_instance_uid", check_sop_instance_uid},
    ResultRule{"series_instance_uid", check_series_instance_uid},
    ResultRule{"study", check_study},
    ResultRule{"patient_and_study", check_patient_and_study},
    ResultRule{"references", check_references},
    ResultRule{"frame_of_reference", check_frame_of_reference},
};

}  // namespace

std::span<const ResultRule> identity_rules() {
    return kIdentityRules;
}

}  // namespace spineseg
