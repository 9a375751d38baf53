// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/intake/known_model.h"

namespace spineseg {
namespace {
constexpr const char* kId = "model.id";
constexpr const char* kDigest = "model.digest";
}  // namespace

Result<KnownModel> known_model(JobStore& store) {
    auto id = store.values().get(kId);
    if (!id) return failure(id.error());
    auto digest = store.values().get(kDigest);
    if (!digest) return failure(digest.error());
    return KnownModel{id->value_or(""), digest->value_or("")};
}

/// The digest last: it is what counts, and a crash between the two is mended by the next Hello.
Result<void> set_known_model(JobStore& store, const KnownModel& model) {
    if (auto set = store.values().set(kId, model.id); !set) return set;
    return store.values().set(kDigest, model.digest);
}

Result<void> adopt_model(JobStore& store, const KnownModel& model) {
    const auto known = known_model(store);
    if (!known) return failure(known.error());
    if (*known != model)
        if (auto set = set_known_model(store, model); !set) return set;
    const auto adopted = store.adopt_queued_jobs(model.id, model.digest);
    if (!adopted) return failure(adopted.error());
    return {};
}

}  // namespace spineseg
