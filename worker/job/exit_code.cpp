// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/job/exit_code.h"

namespace spineseg {

int exit_code_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument:
        case ErrorCode::invalid_configuration:
            return kExitUsage;
        case ErrorCode::file_not_found:
        case ErrorCode::file_unreadable:
        case ErrorCode::not_found:
            return kExitInput;
        case ErrorCode::model_invalid:
        case ErrorCode::self_test_failed:
            return kExitModel;
        case ErrorCode::file_unwritable:
        case ErrorCode::storage_full:
            return kExitOutput;
        case ErrorCode::out_of_memory:
        case ErrorCode::canceled:
            return kExitResources;
        default:
            return fate_of(code) == JobFate::reject ? kExitInput : kExitInternal;
    }
}

std::string exit_code_help() {
    return "Exit codes: 0 done, 1 internal error, 2 wrong usage, 3 the input cannot be read or is not a "
           "lumbar series,\n"
           "4 the model is missing, damaged or fails its self-test, 5 the output cannot be written, 6 out of memory or stopped.";
}

}  // namespace spineseg
