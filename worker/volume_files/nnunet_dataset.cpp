// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/nnunet_dataset.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "worker/volume_files/unreadable.h"

namespace spineseg {
namespace {

constexpr std::size_t kLargestDescription = std::size_t{1} << 20;

using Json = nlohmann::json;

/// Lower case letters alone: "Spinal_canal" and "spinal canal" are one name.
std::string letters(std::string_view name) {
    std::string result;
    for (const char c : name)
        if (std::isalpha(static_cast<unsigned char>(c)) != 0)
            result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

std::optional<Label> label_named(std::string_view name) {
    static const std::array<std::pair<Label, std::set<std::string>>, 4> kNames{{
        {Label::background, {"background"}},
        {Label::canal, {"sc", "canal", "spinalcanal"}},
        {Label::vertebra, {"vb", "vertebra", "vertebrae", "vertebralbody", "vertebralbodies"}},
        {Label::disc,
         {"ivd", "ivds", "disc", "discs", "disk", "disks", "intervertebraldisc", "intervertebraldiscs",
          "intervertebraldisk", "intervertebraldisks"}},
    }};
    for (const auto& [label, names] : kNames)
        if (names.contains(letters(name))) return label;
    return std::nullopt;
}

std::optional<int> number_of(const Json& value) {
    if (value.is_number_integer()) return value.get<int>();
    if (!value.is_string()) return std::nullopt;
    const auto& text = value.get_ref<const std::string&>();
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Result<LabelCode> parse_labels(const Json& labels) {
    if (!labels.is_object()) return unreadable("has no \"labels\"");
    LabelCode code;
    std::set<Label> found;
    for (const auto& [key, value] : labels.items()) {
        const auto key_number = number_of(Json(key));
        const bool older = key_number && value.is_string();
        const std::string name = older ? value.get<std::string>() : key;
        const auto number = older ? key_number : number_of(value);
        const bool ignored = letters(name) == "ignore";
        const auto label = ignored ? Label::background : label_named(name);
        if (!number) return unreadable("the label \"" + name + "\" is not one number; regions are not read");
        if (!label)
            return unreadable("the label \"" + name +
                              "\" is none of background, spinal canal (SC), vertebra (VB) and disc (IVD)");
        if (*number < 0 || *number > 255 || (*label == Label::background && !ignored) != (*number == 0))
            return unreadable("the label \"" + name + "\" has the number " + std::to_string(*number));
        const auto value_in_mask = static_cast<std::uint8_t>(*number);
        ignored ? code.set_ignored(value_in_mask) : code.set(value_in_mask, *label);
        found.insert(*label);
    }
    for (const auto& [label, name] : {std::pair{Label::canal, "spinal canal"},
                                      std::pair{Label::vertebra, "vertebra"}, std::pair{Label::disc, "disc"}})
        if (!found.contains(label)) return unreadable(std::string("no label is named as the ") + name);
    return code;
}

}  // namespace

Result<NnunetDataset> parse_nnunet_dataset(std::string_view text) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return unreadable("is not JSON");
    const auto member = [&](const char* name) { return json.contains(name) ? json[name] : Json(); };
    const Json channels = json.contains("channel_names") ? member("channel_names") : member("modality");
    if (channels.is_object() && channels.size() != 1)
        return unreadable("has " + std::to_string(channels.size()) +
                          " image channels; the networks here take one");
    const Json ending = member("file_ending");
    NnunetDataset dataset{.labels = {},
                          .file_ending = ending.is_string() ? ending.get<std::string>() : ".nii.gz"};
    if (dataset.file_ending != ".nii.gz" && dataset.file_ending != ".nii" && dataset.file_ending != ".mha")
        return unreadable("has the file ending \"" + dataset.file_ending +
                          "\"; .nii.gz, .nii and .mha are read");
    auto labels = parse_labels(member("labels"));
    if (!labels) return failure(labels.error());
    dataset.labels = *labels;
    return dataset;
}

Result<NnunetDataset> read_nnunet_dataset(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error)
        return failure(
            ErrorCode::file_not_found,
            file.string() + ": " + error.message() + "; without it nobody knows what the label numbers mean");
    if (size > kLargestDescription) return unreadable(file.string() + " is too large");
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto dataset = parse_nnunet_dataset(text);
    if (!dataset) return failure(dataset.error().code, file.string() + " " + dataset.error().detail);
    return dataset;
}

}  // namespace spineseg
