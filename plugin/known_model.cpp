// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/known_model.h"

namespace spineseg {
namespace {
constexpr const char* kId = "model.id";
constexpr const char* kDigest = "model.digest";

std::string described_model(const KnownModel& model) {
    return model.id + " (digest " + model.digest + ")";
}
}  // namespace

Result<KnownModel> known_model(JobStore& store) {
    auto id = store.values().get(kId);
    if (!id) return failure(id.error());
    auto digest = store.values().get(kDigest);
    if (!digest) return failure(digest.error());
    return KnownModel{id->value_or(""), digest->value_or("")};
}

Result<void> adopt_model(JobStore& store, const KnownModel& model) {
    const auto known = known_model(store);
    if (!known) return failure(known.error());
    if (*known != model) {
        if (!known->digest.empty())
            if (auto noted = store.journal().append(
                    {"", "model changed", model.id,
                     "from " + described_model(*known) + " to " + described_model(model)});
                !noted)
                return noted;
        // The digest last: it is what counts, and a crash between the two is mended by the next Hello.
        if (auto set = store.values().set(kId, model.id); !set) return set;
        if (auto set = store.values().set(kDigest, model.digest); !set) return set;
    }
    const auto adopted = store.adopt_queued_jobs(model.id, model.digest);
    if (!adopted) return failure(adopted.error());
    return {};
}

}  // namespace spineseg
