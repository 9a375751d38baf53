// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Written objects as DCMTK reads them.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spineseg::dicom::testing {

std::unique_ptr<DcmFileFormat> parsed(const std::vector<std::uint8_t>& bytes);
/// All values of an attribute of the item itself, with their backslashes; empty where it has none.
std::string text(DcmItem& item, const DcmTagKey& tag);

}  // namespace spineseg::dicom::testing
