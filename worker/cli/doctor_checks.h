// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What `spineseg doctor` looks at on this machine, one line each. Nothing here throws; any thread.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/error.h"
#include "worker/cli/command.h"

namespace spineseg {

enum class CheckStatus {
    ok,
    note,     ///< nothing to do, nothing that is needed
    warning,  ///< works, but slowly or unchecked
    problem,  ///< something that was asked for does not work
};
const char* to_string(CheckStatus status);

struct DoctorCheck {
    std::string name;  ///< "processor"
    CheckStatus status = CheckStatus::ok;
    std::string text;
    std::string remedy;  ///< what to do; not empty for warnings and problems
    nlohmann::json data = nlohmann::json::object();
    std::optional<Error> error;  ///< of a problem
};

/// A problem with the error's own sentence, whose last clause is the remedy ("...; do this").
DoctorCheck failed_check(std::string name, const Error& error);

DoctorCheck check_processor();
/// What the arguments' precision becomes on their device, and why.
DoctorCheck check_precision(const ModelArguments& arguments);
DoctorCheck check_threads(const ModelArguments& arguments);
DoctorCheck check_memory();
DoctorCheck check_libtorch();
DoctorCheck check_blas();
/// A problem only where the arguments ask for CUDA.
DoctorCheck check_cuda(const ModelArguments& arguments);
/// Whether this kernel can confine the worker: a problem where the worker would stop.
DoctorCheck check_cage(bool allow_weaker);

}  // namespace spineseg
