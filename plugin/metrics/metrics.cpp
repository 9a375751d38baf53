// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/metrics/metrics.h"

#include <iterator>

namespace spineseg {
namespace {

constexpr int kCountedAtOnce = 200;

}  // namespace

Metrics::Metrics(StateSources sources) : sources_(std::move(sources)), started_(sources_.clock()) {}

Result<void> Metrics::begin(JobStore& store) {
    const auto last = store.endings().last();
    if (!last) return failure(last.error());
    const MutexLock lock(mutex_);
    counted_ = *last;
    return {};
}

Result<void> Metrics::catch_up(JobStore& store) {
    for (;;) {
        const MutexLock lock(mutex_);  // each end is counted once, whoever asks
        const auto endings = store.endings().after(counted_, kCountedAtOnce);
        if (!endings) return failure(endings.error());
        for (const auto& one : *endings) {
            figures_.count(one);
            counted_ = one.ending.number;
        }
        if (endings->size() < kCountedAtOnce) return {};
    }
}

Exposition Metrics::text(std::string_view accept) {
    if (const auto store = sources_.store.for_routes()) catch_up(**store);
    auto families = figures_.collect();
    auto state = state_families(read_state(sources_), sources_, started_);
    families.insert(families.end(), std::make_move_iterator(state.begin()),
                    std::make_move_iterator(state.end()));
    return expose(families, accept);
}

}  // namespace spineseg
