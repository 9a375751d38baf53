// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/model_admission.h"

#include <algorithm>

#include "config/model_manifest.h"

namespace spineseg {
namespace {

constexpr std::size_t kMostBundles = 256;
constexpr std::size_t kMostTold = 64;
constexpr std::size_t kMostShown = 80;

/// A worker's words in a line of the log.
std::string shown_name(const std::string& text) {
    std::string shown;
    for (const char c : text.substr(0, kMostShown)) shown += c > 0x20 && c < 0x7f ? c : '?';
    return shown;
}

std::string shown_model(const KnownModel& model) {
    return "\"" + shown_name(model.id) + "\" with the digest " + shown_name(model.digest);
}

void add_bundle(std::vector<KnownModel>& models, const std::filesystem::path& folder) {
    if (const auto manifest = ModelManifest::read(folder))
        models.push_back({manifest->id, manifest->digest()});
}

}  // namespace

/// What cannot be read is no bundle.
std::vector<KnownModel> ModelAdmission::installed() const {
    std::vector<KnownModel> models;
    for (const auto& folder : plan_.folders) {
        add_bundle(models, folder);
        std::error_code failed;
        std::filesystem::directory_iterator entry(folder, failed);
        for (; !failed && entry != std::filesystem::directory_iterator() && models.size() < kMostBundles;
             entry.increment(failed))
            add_bundle(models, entry->path());
    }
    return models;
}

Result<void> ModelAdmission::admit(const KnownModel& known, const KnownModel& model) const {
    const auto& digests = plan_.digests;
    if (std::find(digests.begin(), digests.end(), model.digest) != digests.end()) return {};
    const auto bundles = installed();
    if (std::find(bundles.begin(), bundles.end(), model) != bundles.end()) return {};
    const std::string remedy = "name its digest in the setting Models and restart Orthanc";
    if (!plan_.named && bundles.empty()) {
        if (known.digest.empty() || known == model) return {};
        return failure(ErrorCode::invalid_configuration,
                       "the model " + shown_model(model) + " may not take over from " + shown_model(known) +
                           ": no bundle is installed beside the plugin and none is named, so that the first "
                           "model stays; to admit this one, " +
                           remedy);
    }
    std::string where;
    for (const auto& folder : plan_.folders) where += (where.empty() ? "" : " or ") + folder.string();
    return failure(ErrorCode::invalid_configuration,
                   "the model " + shown_model(model) + " is not admitted: " +
                       (where.empty() ? std::string() : "install its bundle in " + where + ", or ") + remedy);
}

/// The model that is shown now.
Result<KnownModel> ModelAdmission::admitted_beside(JobStore& store, Log& log, const KnownModel& model) {
    auto known = known_model(store);
    if (!known) return known;
    if (auto admitted = admit(*known, model); !admitted) {
        // A worker that is refused comes again and again.
        if (told_.size() < kMostTold && told_.insert(model.digest).second)
            log.warning("a worker is refused: " + admitted.error().detail);
        return failure(admitted.error());
    }
    return known;
}

Result<void> ModelAdmission::check_shadow(JobStore& store, Log& log, const KnownModel& model) {
    const auto known = admitted_beside(store, log, model);
    if (!known) return failure(known.error());
    return {};
}

Result<void> ModelAdmission::check(JobStore& store, Log& log, const KnownModel& model) {
    const auto known = admitted_beside(store, log, model);
    if (!known) return failure(known.error());
    if (known->digest.empty() || *known == model) return {};
    const std::string change = "from " + shown_model(*known) + " to " + shown_model(model);
    log.warning("the model changes " + change);
    const JournalEntry entry{{}, "model changed", shown_name(model.digest), change, {}};
    if (auto written = store.journal().append(entry); !written)
        log.error("the journal: " + written.error().describe());
    return {};
}

}  // namespace spineseg
