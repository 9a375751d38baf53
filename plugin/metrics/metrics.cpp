// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/metrics/metrics.h"

#include <iterator>

namespace spineseg {
namespace {

constexpr int kCountedAtOnce = 200;
constexpr int kMostBatches = 25;  ///< of one call, which took 60 ms for them

}  // namespace

Metrics::Metrics(StateSources sources) : sources_(std::move(sources)), started_(sources_.clock()) {}

Result<void> Metrics::begin(JobStore& store) {
    const auto last = store.endings().last();
    if (!last) return failure(last.error());
    const MutexLock lock(mutex_);
    counted_ = *last;
    return {};
}

Result<void> Metrics::catch_up() {
    const auto store = sources_.store.for_routes();
    if (!store) return failure(store.error());
    for (int batch = 0; batch < kMostBatches; ++batch) {
        const MutexLock lock(mutex_);  // each end is counted once, whoever asks
        const auto endings = (*store)->endings().after(counted_, kCountedAtOnce);
        if (!endings) return failure(endings.error());
        for (const auto& one : *endings) {
            figures_.count(one);
            counted_ = one.ending.number;
        }
        if (endings->size() < kCountedAtOnce) break;
    }
    return {};
}

Exposition Metrics::text(std::string_view accept) {
    catch_up();  // without a database the rest is answered all the same
    auto families = figures_.collect();
    auto state = state_families(read_state(sources_), sources_, started_);
    families.insert(families.end(), std::make_move_iterator(state.begin()),
                    std::make_move_iterator(state.end()));
    return expose(families, accept);
}

}  // namespace spineseg
