// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/header_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

namespace spineseg {
namespace {

constexpr std::size_t kMaxTableBytes = std::size_t{64} << 20;

/// Columns that describe the data set, or follow from the volume. SPIDER's windows belong to the scanner's
/// intensities, which its volumes no longer have everywhere.
constexpr std::array<std::string_view, 14> kLeftOut{"new_file_name",
                                                    "num_vertebrae",
                                                    "num_discs",
                                                    "subset",
                                                    "sex",
                                                    "birth_date",
                                                    "PixelSpacing",
                                                    "SamplesPerPixel",
                                                    "PhotometricInterpretation",
                                                    "WindowCenter",
                                                    "WindowWidth",
                                                    "SpacingBetweenSlices",
                                                    "SpecificCharacterSet",
                                                    "SeriesDescription"};

/// Whole numbers that a table program has turned into floating point: "170042.0".
constexpr std::array<std::string_view, 5> kWhole{"DeviceSerialNumber", "EchoNumbers", "EchoTrainLength",
                                                 "NumberOfPhaseEncodingSteps", "InstanceNumber"};

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string cell(const std::map<std::string, std::string>& row, const std::string& column) {
    const auto found = row.find(column);
    return found == row.end() ? "" : dicom_value(found->second);
}

/// PS3.5 6.2, AS: "050Y".
std::string age_string(const std::string& years) {
    const double value = std::atof(years.c_str());
    if (!(value > 0.0 && value < 130.0)) return "";
    char text[16];
    std::snprintf(text, sizeof text, "%03dY", static_cast<int>(value));
    return text;
}

Result<std::string> read_text(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return failure(ErrorCode::file_not_found, file.string() + ": " + error.message());
    if (size > kMaxTableBytes)
        return failure(ErrorCode::file_unreadable, file.string() + " is too large for a table");
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.good() && !in.eof()) return failure(ErrorCode::file_unreadable, "cannot read " + file.string());
    return text;
}

}  // namespace

Result<std::vector<std::vector<std::string>>> parse_csv(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::string value;
    bool quoted = false;
    const auto end_row = [&] {
        row.push_back(std::move(value));
        value.clear();
        if (row.size() > 1 || !row[0].empty()) rows.push_back(std::move(row));
        row.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"')
                value += c;
            else if (i + 1 < text.size() && text[i + 1] == '"')
                value += text[++i];
            else
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            row.push_back(std::move(value));
            value.clear();
        } else if (c == '\n') {
            end_row();
        } else if (c != '\r') {
            value += c;
        }
    }
    if (quoted) return failure(ErrorCode::file_unreadable, "a quote is never closed");
    if (!value.empty() || !row.empty()) end_row();
    return rows;
}

std::string dicom_value(const std::string& raw) {
    const std::string text = trimmed(raw);
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return text;
    std::string joined;
    std::string item;
    const auto take = [&] {
        std::string value = trimmed(item);
        if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'')
            value = value.substr(1, value.size() - 2);
        if (value.starts_with('.')) value = std::string(1, '0').append(value);
        joined += (joined.empty() ? "" : "\\") + value;
        item.clear();
    };
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == ',')
            take();
        else
            item += text[i];
    }
    take();
    return joined;
}

Result<std::vector<std::vector<std::string>>> read_csv(const std::filesystem::path& file) {
    const auto text = read_text(file);
    if (!text) return failure(text.error());
    auto rows = parse_csv(*text);
    if (!rows) return failure(ErrorCode::file_unreadable, file.string() + ": " + rows.error().detail);
    return rows;
}

Result<std::map<std::string, std::string>> read_header_row(const std::filesystem::path& csv,
                                                           const std::string& name) {
    const auto rows = read_csv(csv);
    if (!rows) return failure(rows.error());
    if (rows->empty()) return failure(ErrorCode::file_unreadable, csv.string() + " is empty");
    const auto& columns = rows->front();
    const auto found =
        std::find_if(rows->begin() + 1, rows->end(), [&](const auto& row) { return row.front() == name; });
    if (found == rows->end())
        return failure(ErrorCode::not_found,
                       csv.string() + " has no row \"" + name + "\"" +
                           (rows->size() > 1 ? "; its first is \"" + (*rows)[1].front() + "\"" : ""));
    std::map<std::string, std::string> row;
    for (std::size_t i = 0; i < std::min(columns.size(), found->size()); ++i) row[columns[i]] = (*found)[i];
    return row;
}

dicom::MrSeriesHeader header_from_row(const std::map<std::string, std::string>& row) {
    dicom::MrSeriesHeader header;
    if (const std::string description = cell(row, "SeriesDescription"); !description.empty())
        header.series_description = description;
    if (const std::string sex = cell(row, "sex"); !sex.empty()) header.elements["PatientSex"] = sex;
    if (const std::string age = age_string(cell(row, "birth_date")); !age.empty())
        header.elements["PatientAge"] = age;
    for (const auto& [column, raw] : row) {
        std::string value = dicom_value(raw);
        if (value.empty() || contains(kLeftOut, column)) continue;
        if (contains(kWhole, column) && value.ends_with(".0")) value.resize(value.size() - 2);
        header.elements[column] = std::move(value);
    }
    return header;
}

}  // namespace spineseg
