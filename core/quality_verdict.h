// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace spineseg {

/// How far the pipeline trusts a result: worker/postprocessing/quality.h decides it, every object says it.
enum class QualityVerdict { pass, review, reject };

/// "pass", "review", "reject".
constexpr const char* to_string(QualityVerdict verdict) {
    switch (verdict) {
        case QualityVerdict::pass:
            return "pass";
        case QualityVerdict::review:
            return "review";
        case QualityVerdict::reject:
            break;
    }
    return "reject";
}

}  // namespace spineseg
