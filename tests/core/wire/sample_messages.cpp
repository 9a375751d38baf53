// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/wire/sample_messages.h"

#include <limits>

namespace spineseg::wire {

ResultObject sample_result_object() {
    return {.kind = ResultKind::parametric_map,
            .sop_class_uid = "1.2.840.10008.5.1.4.1.1.30",
            .sop_instance_uid = "2.25.1",
            .series_instance_uid = "2.25.2",
            .orthanc_instance_id = "",
            .orthanc_series_id = "0a1b"};
}

std::vector<Message> sample_messages() {
    const Outcome rejected{.state = JobState::rejected,
                           .error = Error{ErrorCode::missing_slices, "a gap of 8 mm"},
                           .results = {sample_result_object()},
                           .summary_json = R"({"seconds":{"diffusion":1.5}})"};
    return {
        Hello{1, "host:12", "0.1.0", "lumbar-fast", "ab12"},
        DeviceReport{
            "cuda", "bfloat16", {SelfTestState::failed, "differs by 0.4"}, CageState{true, "by Landlock 7"}},
        DeviceReport{"cpu", "float32", {SelfTestState::passed, "by 0.001"}, {}},
        LeaseRequest{},
        FetchInstance{"job-1", 3, 17},
        Renew{"job-1", 3, {Stage::diffusion, 0.25}, std::numeric_limits<std::uint64_t>::max()},
        StoreResult{"job-1", 3, sample_result_object(), {0, 1, 2, 255}},
        Complete{"job-1", 3, rejected},
        Complete{"job-1", 4, Outcome{}},
        Release{"job-1", std::numeric_limits<std::int64_t>::max()},
        Welcome{1, "0.1.0"},
        LeaseGranted{"job-1",
                     3,
                     60000,
                     "1.2.3",
                     "ffee",
                     {.samples = 5, .steps = {}, .seed = ~0ULL},
                     {"a", "b"},
                     {OutputObject::label_map, OutputObject::heat_map},
                     {{"QUUX"}, {"ND"}},
                     true},
        NoWork{250},
        InstanceBytes{"job-1", 0, {9, 8, 7}},
        Stored{sample_result_object(), true},
        Ack{},
        Cancel{"job-1"},
        Refused{{ErrorCode::stale_lease, "Grüße"}}};
}

}  // namespace spineseg::wire
