// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the header says of the patient that matters to a segmentation, and the doubts that follow from it: the
/// same for `explain`, Orthanc and the worker. The values are the patient's; no answer and no log may show
/// them. Values; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/doubt.h"

namespace spineseg {

struct PatientFacts {
    std::optional<double> age_years;
    std::optional<double> height_m;
    std::optional<double> weight_kg;
};

/// Header values as text; empty when absent.
struct PatientTexts {
    std::string age = {};         ///< PatientAge (0010,1010)
    std::string birth_date = {};  ///< PatientBirthDate (0010,0030)
    std::string study_date = {};  ///< StudyDate (0008,0020)
    std::string size = {};        ///< PatientSize (0010,1020), m
    std::string weight = {};      ///< PatientWeight (0010,1030), kg
};

/// A size or weight that no patient has (in centimetres, in pounds of somebody's own, zero) is none.
PatientFacts read_patient(const PatientTexts& texts);

/// Whole years: PatientAge (AS, PS3.5 6.2: "045Y", "018M"), else the years between PatientBirthDate and
/// StudyDate (DA).
std::optional<double> patient_age(std::string_view age, std::string_view birth_date,
                                  std::string_view study_date);

/// child (a review): below 14 years. obesity (a remark): a body mass index of 40 or more.
std::vector<Doubt> doubts_of_patient(const PatientFacts& patient);

}  // namespace spineseg
