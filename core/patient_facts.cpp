// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/patient_facts.h"

#include <algorithm>
#include <cmath>

#include "core/decimal_string.h"

namespace spineseg {
namespace {

constexpr double kYoungest = 14;                       // years
constexpr double kObese = 40;                          // kg/m², grade 3 of the WHO
constexpr double kShortest = 1.0, kTallest = 2.5;      // m
constexpr double kLightest = 20.0, kHeaviest = 400.0;  // kg

/// Reads "YYYYMMDD" as the number YYYY.MMDD: the difference of two dates, rounded down, is whole years.
std::optional<double> date_in_years(std::string_view date) {
    if (date.size() < 8 || date.substr(0, 8).find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    const auto year = parse_decimal(date.substr(0, 4)), day_of_year = parse_decimal(date.substr(4, 4));
    return *year + *day_of_year / 10000;
}

std::optional<double> within(const std::string& text, double least, double most) {
    const auto value = parse_decimal(text);
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

}  // namespace

std::optional<double> patient_age(std::string_view age, std::string_view birth_date,
                                  std::string_view study_date) {
    age = trimmed(age);
    if (age.size() == 4 && age.find_first_not_of("0123456789") == 3) {
        const auto count = parse_decimal(age.substr(0, 3));
        const auto unit = age.back();
        const double years = unit == 'Y' ? 1.0 : unit == 'M' ? 12.0 : unit == 'W' ? 52.18 : 365.25;
        if (count && (unit == 'Y' || unit == 'M' || unit == 'W' || unit == 'D'))
            return std::floor(*count / years);
    }
    const auto born = date_in_years(birth_date), seen = date_in_years(study_date);
    if (!born || !seen || *seen < *born) return std::nullopt;
    return std::floor(*seen - *born + 1e-9);
}

PatientFacts read_patient(const PatientTexts& texts) {
    return {patient_age(texts.age, texts.birth_date, texts.study_date),
            within(texts.size, kShortest, kTallest), within(texts.weight, kLightest, kHeaviest)};
}

std::vector<Doubt> doubts_of_patient(const PatientFacts& patient) {
    std::vector<Doubt> doubts;
    if (patient.age_years && *patient.age_years < kYoungest)
        doubts.push_back({"child",
                          "the patient is younger than 14 years, and the model was trained on adults",
                          QualityVerdict::review});
    if (patient.height_m && patient.weight_kg &&
        *patient.weight_kg / (*patient.height_m * *patient.height_m) >= kObese)
        doubts.push_back({"obesity",
                          "the header gives a body mass index of 40 or more; how well the model does in such "
                          "patients was not measured",
                          QualityVerdict::pass});
    return doubts;
}

}  // namespace spineseg
