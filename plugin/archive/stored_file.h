// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether Orthanc's own storage holds the whole file of an instance. Orthanc 1.10 does not notice that the last part of
/// a file, up to 8 KiB, could not be written to a full disk: it acknowledges the instance, and gives it out of its
/// cache until it is restarted. So no REST call finds that out, and the file's size on the disk is compared. Any thread.

#include <filesystem>
#include <string>

#include "core/result.h"

namespace spineseg {

struct StorageFolder {
    std::filesystem::path path;  ///< "StorageDirectory"; empty: unknown
    bool compressed = false;     ///< "StorageCompression": sizes say nothing
};

/// `instance_json`: Orthanc's answer to GET /instances/{id}. storage_full: the file is shorter than Orthanc says. A file
/// that is not where Orthanc's own storage would have it belongs to a plugin's storage, and is not looked at.
Result<void> check_stored_file(const StorageFolder& storage, const std::string& instance_json);

}  // namespace spineseg
