// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a case's name says: whose spine, and which series of it. Folds and hold-outs are about patients,
/// files are about series. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace spineseg {

enum class SpiderContrast { t1, t2, space };  ///< space: T2-weighted SPACE, SPIDER's "t2_SPACE"
const char* to_string(SpiderContrast contrast);

/// SPIDER: "18_t1", "18_t2", "18_t2_SPACE". The original's nnU-Net folders: "SPIDER_018_t2_173" (the last
/// number only counts). Any other name that begins with a number and an underscore belongs to the patient of
/// that number; else the patient is what precedes the contrast, or the whole name.
struct CaseName {
    std::string patient;                     ///< "18"; never empty unless the name is
    std::string series;                      ///< "t2_space", lower case; empty: the name is a patient's
    std::optional<SpiderContrast> contrast;  ///< where the name says it
};

CaseName parse_case_name(std::string_view name);
/// parse_case_name(name).patient
std::string patient_of(std::string_view name);

/// Does an entry of a list mean this case? A patient's name means all series of the patient.
bool names_case(const CaseName& entry, const CaseName& of_case);

}  // namespace spineseg
