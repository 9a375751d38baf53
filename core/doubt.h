// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the header or the result says against the model's reach. Values; any thread.

#include <string>

#include "core/quality_verdict.h"

namespace spineseg {

struct Doubt {
    std::string name;         ///< child, obesity, orientation_doubtful, vertebra_size, …: worker/README.md
    std::string explanation;  ///< a clause for a person, ASCII; no value of the patient's header
    QualityVerdict at_least = QualityVerdict::review;  ///< what it makes of a verdict; pass: a remark
};

}  // namespace spineseg
