// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/splits.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>

#include "lab/training/case_name.h"

namespace spineseg {
namespace {

constexpr std::size_t kLargestFile = std::size_t{16} << 20;
constexpr int kMostFolds = 1000;

using Json = nlohmann::json;

tl::unexpected<Error> unreadable(std::string reason) {
    return failure(ErrorCode::file_unreadable, std::move(reason));
}

Result<std::vector<std::string>> names(const Json& fold, const char* key, const std::string& where) {
    const Json& list = fold.at(key);
    if (!list.is_array() || list.empty())
        return unreadable(where + ": \"" + key + "\" is not a list of cases");
    std::vector<std::string> result;
    for (const Json& entry : list) {
        if (!entry.is_string() || entry.get<std::string>().empty())
            return unreadable(where + ": \"" + key + "\" holds something that is not a name");
        result.push_back(entry.get<std::string>());
    }
    return result;
}

Result<void> check_disjoint(const Fold& fold, const std::string& where) {
    std::map<std::string, std::string> trained;
    for (const auto& entry : fold.train) trained.emplace(patient_of(entry), entry);
    for (const auto& entry : fold.validation) {
        const auto found = trained.find(patient_of(entry));
        if (found == trained.end()) continue;
        return failure(ErrorCode::invalid_argument, where + " trains on patient " + found->first + " (" +
                                                        found->second +
                                                        ") and validates on the same patient (" + entry +
                                                        "); take the patient out of one list");
    }
    return {};
}

Result<Fold> parse_fold(const Json& json, const std::string& where) {
    if (!json.is_object()) return unreadable(where + " is not an object with \"train\" and \"val\"");
    for (const auto& [key, value] : json.items())
        if (key != "train" && key != "val" && key != "test")
            return unreadable(where + " has the unknown key \"" + key + "\"; known are train, val, test");
    if (!json.contains("train")) return unreadable(where + " lacks \"train\"");
    if (!json.contains("val") && !json.contains("test"))
        return unreadable(where + " lacks \"val\" (or \"test\")");
    auto train = names(json, "train", where);
    if (!train) return failure(train.error());
    auto validation = names(json, json.contains("val") ? "val" : "test", where);
    if (!validation) return failure(validation.error());
    Fold fold{std::move(*train), std::move(*validation)};
    if (auto disjoint = check_disjoint(fold, where); !disjoint) return failure(disjoint.error());
    return fold;
}

/// Numbers by value, then the rest by spelling: "2" before "10".
bool before(const std::string& a, const std::string& b) {
    const auto number = [](const std::string& text) {
        long value = -1;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size() ? value : -1L;
    };
    const long x = number(a), y = number(b);
    if (x >= 0 && y >= 0) return x < y;
    if ((x >= 0) != (y >= 0)) return x >= 0;
    return a < b;
}

}  // namespace

Result<Folds> parse_splits(std::string_view text) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_array() || json.empty())
        return unreadable("not a list of folds as in nnU-Net's splits_final.json");
    if (json.size() > static_cast<std::size_t>(kMostFolds)) return unreadable("more than 1000 folds");
    Folds folds;
    for (const Json& item : json) {
        auto fold = parse_fold(item, "fold " + std::to_string(folds.size()));
        if (!fold) return failure(fold.error());
        folds.push_back(std::move(*fold));
    }
    return folds;
}

Result<Folds> read_splits(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return failure(ErrorCode::file_not_found, file.string() + ": " + error.message());
    if (size > kLargestFile) return unreadable(file.string() + " is too large for a list of folds");
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto folds = parse_splits(text);
    if (!folds) return failure(folds.error().code, file.string() + ": " + folds.error().detail);
    return folds;
}

std::string splits_json(const Folds& folds) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& fold : folds) list.push_back({{"train", fold.train}, {"val", fold.validation}});
    return list.dump(4) + "\n";
}

Result<Folds> make_splits(const std::vector<std::string>& case_names, int count, std::uint64_t seed) {
    std::map<std::string, std::vector<std::string>, decltype(&before)> series(&before);
    for (const auto& name : case_names) series[patient_of(name)].push_back(name);
    if (count < 2 || count > kMostFolds)
        return failure(ErrorCode::invalid_argument, std::to_string(count) + " folds; 2 to 1000 are possible");
    if (series.size() < static_cast<std::size_t>(count))
        return failure(ErrorCode::invalid_argument, std::to_string(series.size()) + " patients cannot fill " +
                                                        std::to_string(count) + " folds");
    std::vector<std::string> patients;
    for (auto& [patient, cases] : series) {
        std::sort(cases.begin(), cases.end());
        cases.erase(std::unique(cases.begin(), cases.end()), cases.end());
        patients.push_back(patient);
    }
    // Fisher and Yates, written out: std::shuffle and the distributions differ between libraries. The
    // modulo's bias is below 1e-16.
    std::mt19937_64 random(seed);
    for (std::size_t left = patients.size(); left > 1; --left)
        std::swap(patients[left - 1], patients[random() % left]);
    std::map<std::string, std::size_t> fold_of;
    for (std::size_t i = 0; i < patients.size(); ++i)
        fold_of[patients[i]] = i % static_cast<std::size_t>(count);
    Folds folds(static_cast<std::size_t>(count));
    for (const auto& [patient, cases] : series)
        for (std::size_t fold = 0; fold < folds.size(); ++fold) {
            auto& list = fold == fold_of[patient] ? folds[fold].validation : folds[fold].train;
            list.insert(list.end(), cases.begin(), cases.end());
        }
    return folds;
}

Result<std::vector<int>> fold_numbers(std::string_view text, std::size_t folds) {
    std::vector<int> numbers;
    if (text == "all") {
        numbers.resize(folds);
        std::iota(numbers.begin(), numbers.end(), 0);
        return numbers;
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        int number = -1;
        const auto [rest, error] = std::from_chars(text.data() + begin, text.data() + end, number);
        if (error != std::errc() || rest != text.data() + end || number < 0 ||
            static_cast<std::size_t>(number) >= folds ||
            std::find(numbers.begin(), numbers.end(), number) != numbers.end())
            return failure(ErrorCode::invalid_argument, "folds \"" + std::string(text) +
                                                            "\": give \"all\" or numbers from 0 to " +
                                                            std::to_string(folds - 1) + ", each once");
        numbers.push_back(number);
        begin = end + 1;
    }
    return numbers;
}

}  // namespace spineseg
