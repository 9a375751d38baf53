// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/session_context.h"

#include <utility>

namespace spineseg {

SessionReply fetched_instance(Archive& archive, const std::vector<std::string>& instances,
                              const wire::FetchInstance& fetch, std::size_t most_bytes) {
    const auto refuse = [](ErrorCode code, const std::string& why) {
        return SessionReply{wire::Refused{Error{code, why}}};
    };
    if (fetch.index < 0 || static_cast<std::size_t>(fetch.index) >= instances.size())
        return refuse(ErrorCode::invalid_argument, "there is no instance " + std::to_string(fetch.index));
    auto bytes = archive.read_instance(instances[static_cast<std::size_t>(fetch.index)]);
    if (!bytes && bytes.error().code == ErrorCode::not_found)
        return refuse(ErrorCode::archive_unavailable, "the instance is no longer in the archive");
    if (!bytes) return {wire::Refused{bytes.error()}};
    if (bytes->size() > most_bytes)
        return refuse(ErrorCode::geometry_out_of_range,
                      "the instance has " + std::to_string(bytes->size()) + " bytes");
    return {wire::InstanceBytes{fetch.job, fetch.index, std::move(*bytes)}};
}

}  // namespace spineseg
