// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/job/version.h"

namespace spineseg {

std::string software_version() {
    return SPINESEG_VERSION;
}

}  // namespace spineseg
