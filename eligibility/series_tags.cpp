// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/series_tags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/digest.h"
#include "eligibility/text_pattern.h"

namespace spineseg {
namespace {

/// The part of `text` between its index-th and next backslash.
std::string_view part(std::string_view text, std::size_t index) {
    for (; index > 0; --index) {
        const auto cut = text.find('\\');
        if (cut == std::string_view::npos) return {};
        text.remove_prefix(cut + 1);
    }
    return text.substr(0, text.find('\\'));
}

std::optional<double> to_number(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (rest.find_first_not_of(std::string_view(" \0", 2)) != std::string_view::npos) return std::nullopt;
    return value;
}

template <std::size_t N>
std::optional<std::array<double, N>> to_numbers(const std::string& ds) {
    std::array<double, N> numbers{};
    for (std::size_t i = 0; i < N; ++i) {
        const auto number = to_number(part(ds, i));
        if (!number) return std::nullopt;
        numbers[i] = *number;
    }
    return numbers;
}

/// Group 0010 of a classic header, and the names of people anywhere.
bool names_a_patient(std::string_view keyword) {
    return keyword.starts_with("Patient") || keyword.starts_with("OtherPatient") ||
           keyword.ends_with("Name") || keyword.ends_with("Physician") ||
           keyword.find("Birth") != std::string_view::npos ||
           keyword.find("Comments") != std::string_view::npos ||
           keyword.find("Address") != std::string_view::npos || keyword == "AccessionNumber" ||
           keyword == "IssuerOfPatientID";
}

/// Attributes whose keyword ends like a person's name but that are the equipment's.
bool is_equipment_name(std::string_view keyword) {
    return keyword == "ManufacturerModelName" || keyword == "SequenceName" || keyword == "ProtocolName" ||
           keyword == "PulseSequenceName";
}

}  // namespace

std::optional<Orientation> parse_orientation(const std::string& ds) {
    const auto numbers = to_numbers<6>(ds);
    if (!numbers) return std::nullopt;
    const auto& n = *numbers;
    const Orientation orientation{{n[0], n[1], n[2]}, {n[3], n[4], n[5]}};
    // Unit vectors at right angles, as far as a decimal string says it.
    const bool sane = std::abs(norm(orientation.row) - 1) < 0.05 &&
                      std::abs(norm(orientation.column) - 1) < 0.05 &&
                      std::abs(dot(orientation.row, orientation.column)) < 0.05;
    return sane ? std::optional(orientation) : std::nullopt;
}

std::optional<Vec3> parse_position(const std::string& ds) {
    const auto numbers = to_numbers<3>(ds);
    return numbers ? std::optional<Vec3>(*numbers) : std::nullopt;
}

void SeriesTags::take(std::string_view keyword, std::string_view value) {
    if (keyword.size() > 64 || value.empty() || value.size() > kMaxTagBytes) return;
    if (value == kDiffersByFrame) return;  // a frame's own value comes later
    if (names_a_patient(keyword) && !is_equipment_name(keyword)) return;
    values.try_emplace(std::string(keyword), value);
}

const std::string& SeriesTags::value(const std::string& keyword) const {
    static const std::string kAbsent;
    const auto found = values.find(keyword);
    return found == values.end() ? kAbsent : found->second;
}

std::optional<double> SeriesTags::number(const std::string& keyword, std::size_t index) const {
    return to_number(part(value(keyword), index));
}

int SeriesTags::image_count() const {
    const auto frames = number("NumberOfFrames");
    const auto files = static_cast<int>(instances.size());
    if (!frames || *frames < 2 || *frames > 1e6) return files;
    return static_cast<int>(std::min(*frames * std::max(files, 1), 1e9));
}

std::string SeriesTags::fingerprint() const {
    std::vector<std::string> contents;
    contents.reserve(instances.size());
    for (const auto& instance : instances)
        contents.push_back(instance.sop_instance_uid +
                           (instance.content.empty() ? "" : " " + instance.content));
    return series_fingerprint(std::move(contents));
}

std::string SeriesTags::uid_fingerprint() const {
    std::vector<std::string> uids;
    uids.reserve(instances.size());
    for (const auto& instance : instances) uids.push_back(instance.sop_instance_uid);
    return series_fingerprint(std::move(uids));
}

std::vector<std::string> words_of(const SeriesTags& tags, const std::vector<std::string>& keywords) {
    std::vector<std::string> words;
    for (const auto& keyword : keywords) {
        const auto more = fold_words(tags.value(keyword));
        words.insert(words.end(), more.begin(), more.end());
        words.emplace_back();
    }
    return words;
}

}  // namespace spineseg
