// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The part of the zip format (PKWARE APPNOTE 6.3.9) that PyTorch's checkpoints use: entries stored without
/// compression, with or without the ZIP64 records. Hostile until checked: every offset and length is compared
/// with the file before it is used, no two entries share a byte, and nothing is allocated but the names.
/// Nothing is ever inflated. Checksums are not looked at: PyTorch may leave them out. Errors are
/// file_unreadable. Values; any thread.

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/result.h"

namespace spineseg {

/// Name → the entry's bytes, views into `bytes`.
using StoredEntries = std::map<std::string, std::string_view>;

struct StoredZip {
    StoredEntries stored;
    std::set<std::string> compressed;  ///< names of the others
    bool contains(const std::string& name) const {
        return stored.contains(name) || compressed.contains(name);
    }
};

Result<StoredZip> read_stored_zip(std::string_view bytes);

}  // namespace spineseg
