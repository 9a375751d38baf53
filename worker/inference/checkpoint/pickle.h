// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Python's pickle protocol 2, the part that PyTorch state dicts need: plain values, lists, tuples, dicts,
/// and the few calls that a PickleVocabulary answers. A pickle is a program; this reader never runs a name
/// that it finds: each one is either in the vocabulary or refused by name. The tree is at most as large as
/// the pickle, and a value may be reached on several ways, as in Python. Errors are file_unreadable and name
/// the byte. Values; one thread at a time.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"

namespace spineseg {

struct PickleNode;

struct PickleNone {};
struct PickleBytes {
    std::string bytes;
};
struct PickleList {
    std::vector<PickleNode*> items;
};
struct PickleTuple {
    std::vector<PickleNode*> items;
};
struct PickleDict {
    std::vector<std::pair<PickleNode*, PickleNode*>> items;  ///< in the pickle's order
};
/// "module name" of something callable that the vocabulary knows.
struct PickleGlobal {
    std::string name;
};
/// numpy.dtype of a scalar: 'f', 'i', 'u' or 'b', and its bytes.
struct PickleNumberType {
    char kind = 'f';
    int bytes = 8;
};
/// A run of equal numbers, in an entry of its own beside the pickle.
struct PickleStorage {
    std::string element;  ///< "FloatStorage"
    std::string key;      ///< the entry's name below data/
    std::int64_t count = 0;
};
/// A view into a storage; in elements.
struct PickleTensor {
    PickleStorage storage;
    std::int64_t offset = 0;
    std::vector<std::int64_t> sizes;
    std::vector<std::int64_t> strides;
};

struct PickleNode {
    std::variant<PickleNone, bool, std::int64_t, double, std::string, PickleBytes, PickleList, PickleTuple,
                 PickleDict, PickleGlobal, PickleNumberType, PickleStorage, PickleTensor>
        value;
};

/// Owns every node: nodes point at each other freely, in circles too.
struct Pickle {
    std::deque<PickleNode> nodes;
    PickleNode* root = nullptr;
};

/// What a pickle may call. The text of a failure is completed with the byte where it happened.
class PickleVocabulary {
  public:
    virtual ~PickleVocabulary() = default;
    virtual bool knows(std::string_view global) const = 0;
    virtual Result<PickleNode> call(std::string_view global, const std::vector<PickleNode*>& arguments) = 0;
    /// The object behind a persistent id.
    virtual Result<PickleNode> persistent(const PickleNode& id) = 0;
    /// __setstate__ of an object that call() made.
    virtual Result<void> set_state(PickleNode& object, const PickleNode& state) = 0;
};

Result<Pickle> read_pickle(std::string_view bytes, PickleVocabulary& vocabulary);

}  // namespace spineseg
