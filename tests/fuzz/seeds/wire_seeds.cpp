// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/seeds/seeds.h"

#include "core/wire/frame.h"
#include "core/wire/message_json.h"

namespace spineseg::fuzz {
namespace seeds {

namespace {

std::vector<wire::Message> messages() {
    const ResultObject object{
        ResultKind::measurement_report, "1.2.840.10008.5.1.4.1.1.88.33", "2.25.1", "2.25.2", "i", "s"};
    Outcome done{JobState::done, {}, {object}, R"({"verdict":"pass"})"};
    const Outcome rejected{JobState::rejected, Error{ErrorCode::missing_slices, "a gap"}, {}, "{}"};
    return {
        wire::Hello{wire::kProtocolVersion, "host:1", "1.0.0", "lumbar-fast", "ab"},
        wire::DeviceReport{"cpu", "float32", {SelfTestState::passed, "by 0.001"}, CageState{true, "whole"}},
        wire::LeaseRequest{},
        wire::FetchInstance{"j", 3, 17},
        wire::Renew{"j", 3, {Stage::diffusion, 0.25}, 9},
        wire::StoreResult{"j", 3, object, {0, 1, 2, 255}},
        wire::Complete{"j", 3, done},
        wire::Complete{"j", 3, rejected},
        wire::Release{"j", 3},
        wire::Welcome{},
        wire::LeaseGranted{.job = "j",
                           .epoch = 3,
                           .lease_ms = 60'000,
                           .series_instance_uid = "1.2.3",
                           .fingerprint = "f",
                           .request = {.samples = 5, .steps = 3, .seed = 7},
                           .instances = {"a", "b"},
                           .image_words = {{"QUUX"}, {"ND"}}},
        wire::NoWork{250},
        wire::InstanceBytes{"j", 0, {9, 8, 7}},
        wire::Stored{object, true},
        wire::Ack{},
        wire::Cancel{"j"},
        wire::Refused{{ErrorCode::stale_lease, "late"}}};
}

}  // namespace

void write_frames_and_messages(const Folder& folder) {
    std::string stream;
    int number = 0;
    for (const auto& message : messages()) {
        const std::string name = std::string(wire::name_of(message)) + "_" + std::to_string(number++);
        const std::string frame = text_of_bytes(wire::encode(message));
        folder.write("frame", name, frame);
        if (frame.size() < 200) stream += frame;
        const auto* body = wire::body_of(message);
        folder.write("message", name,
                     wire::write_header(message) + std::string(1, '\0') + (body ? text_of_bytes(*body) : ""));
    }
    folder.write("frame", "stream", stream);
    folder.write("frame", "stream_then_garbage", stream + "garbage");
}

}  // namespace seeds
}  // namespace spineseg::fuzz
