// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/message_json.h"

#include <array>
#include <limits>
#include <type_traits>

#include "core/image_words_check.h"
#include "core/json_fields.h"
#include "core/printable_text.h"

namespace spineseg::wire {
namespace {

constexpr std::size_t kMaxId = 256;  ///< job ids, Orthanc ids, names
constexpr std::size_t kMaxUid = 64;  ///< PS3.5 §9.1
constexpr std::size_t kMaxDetail = 4096;
constexpr std::size_t kMaxSummary = std::size_t{1} << 20;
constexpr std::size_t kMaxResults = 64;
constexpr std::size_t kMaxInstances = 20000;
constexpr std::int64_t kMaxEpoch = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kDayMs = 24 * 3600 * 1000;

/// In the order of the variant's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<Message>> kNames{
    "hello",    "device_report", "lease_request", "fetch_instance", "renew",   "store_result",
    "complete", "release",       "welcome",       "lease_granted",  "no_work", "instance_bytes",
    "stored",   "ack",           "cancel",        "refused"};

// What each message holds, for both directions. M is const when writing.

/// A name, an id or a UID: it goes into logs and answers as it is, so it must be fit for them.
template <typename A, typename Text>
void name_field(A& a, const char* name, Text& text, std::size_t most) {
    a.text(name, text, most);
    if constexpr (std::is_same_v<A, JsonReader>)
        a.require(printable(text) == text, name, "holds characters that cannot be printed");
}

/// A sentence for people. What came in is made printable; what goes out may have been.
template <typename A, typename Text>
void sentence_field(A& a, const char* name, Text& text) {
    if constexpr (std::is_same_v<A, JsonReader>) {
        a.text(name, text, kMaxDetail);
        text = printable(text);
    } else {
        a.text(name, printable(text), kMaxDetail);
    }
}

template <typename A, typename M>
void error_fields(A& a, M& m) {
    a.choice("code", m.code, error_code_from_string);
    sentence_field(a, "detail", m.detail);
}

template <typename A, typename M>
void progress_fields(A& a, M& m) {
    a.choice("stage", m.stage, stage_from_string);
    a.number("fraction", m.fraction, 0.0, 1.0);
}

template <typename A, typename M>
void self_test_fields(A& a, M& m) {
    a.choice("state", m.state, self_test_state_from_string);
    sentence_field(a, "detail", m.detail);
}

template <typename A, typename M>
void result_fields(A& a, M& m) {
    a.choice("kind", m.kind, result_kind_from_string);
    name_field(a, "sop_class_uid", m.sop_class_uid, kMaxUid);
    name_field(a, "sop_instance_uid", m.sop_instance_uid, kMaxUid);
    name_field(a, "series_instance_uid", m.series_instance_uid, kMaxUid);
    name_field(a, "orthanc_instance_id", m.orthanc_instance_id, kMaxId);
    name_field(a, "orthanc_series_id", m.orthanc_series_id, kMaxId);
}

template <typename A, typename M>
void request_fields(A& a, M& m) {
    a.integer("samples", m.samples, 0, 64);
    a.integer("steps", m.steps, 1, 1000);
    a.integer("seed", m.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
}

template <typename A, typename M>
void cage_fields(A& a, M& m) {
    a.boolean("whole", m.whole);
    a.text("detail", m.detail, kMaxDetail);
}

constexpr auto kErrorFields = [](auto& a, auto& m) { error_fields(a, m); };
constexpr auto kProgressFields = [](auto& a, auto& m) { progress_fields(a, m); };
constexpr auto kSelfTestFields = [](auto& a, auto& m) { self_test_fields(a, m); };
constexpr auto kCageFields = [](auto& a, auto& m) { cage_fields(a, m); };
constexpr auto kResultFields = [](auto& a, auto& m) { result_fields(a, m); };
constexpr auto kRequestFields = [](auto& a, auto& m) { request_fields(a, m); };

template <typename A, typename M>
void outcome_fields(A& a, M& m) {
    a.choice("state", m.state, job_state_from_string);
    a.object("error", m.error, kErrorFields);
    a.objects("results", m.results, kMaxResults, kResultFields);
    a.text("summary_json", m.summary_json, kMaxSummary);
    if constexpr (std::is_same_v<A, JsonReader>) {
        const bool ended =
            m.state == JobState::done || m.state == JobState::rejected || m.state == JobState::failed;
        a.require(ended, "state", "an outcome is done, rejected or failed");
        a.require(m.error.has_value() == (m.state != JobState::done), "error",
                  "stands with every outcome but done");
        const bool object = m.summary_json.empty() ||
                            parse_json_object(m.summary_json, "summary", ErrorCode::protocol_violation);
        a.require(object, "summary_json", "must hold a JSON object or nothing");
    }
}
constexpr auto kOutcomeFields = [](auto& a, auto& m) { outcome_fields(a, m); };

template <typename A, typename M>
void lease_fields(A& a, M& m) {
    name_field(a, "job", m.job, kMaxId);
    a.integer("epoch", m.epoch, std::int64_t{0}, kMaxEpoch);
}

constexpr std::size_t kMaxOutputs = 16;

/// A list of names. What cannot be an output is named, so that two versions that differ find out why.
template <typename A, typename M>
void output_fields(A& a, M& m) {
    std::vector<std::string> names;
    if constexpr (std::is_same_v<A, JsonReader>) {
        a.texts("outputs", names, kMaxOutputs, 16);
        m.outputs.clear();
        for (const auto& name : names) {
            const auto object = output_object_from_string(name);
            a.require(object.has_value(), "outputs", "each is one of " + output_object_names());
            if (object) m.outputs.push_back(*object);
        }
        a.require(!m.outputs.empty(), "outputs", "must name an object");
    } else {
        for (const auto object : m.outputs) names.emplace_back(to_string(object));
        a.texts("outputs", names, kMaxOutputs, 16);
    }
}

template <typename A, typename M>
void image_word_fields(A& a, M& m) {
    a.texts("anatomy", m.anatomy, kMaxImageWords, kMaxImageWordLength);
    a.texts("never", m.never, kMaxImageWords, kMaxImageWordLength);
    if constexpr (std::is_same_v<A, JsonReader>) {
        const auto checked = checked_image_words(m, ErrorCode::protocol_violation);
        a.require(checked && *checked == m, "image_words",
                  "must be folded, and name no image that shows no anatomy");
    }
}
constexpr auto kImageWordFields = [](auto& a, auto& m) { image_word_fields(a, m); };

template <typename M, typename T>
concept Of = std::is_same_v<std::remove_const_t<M>, T>;

template <typename A, typename M>
void fields(A& a, M& m) {
    if constexpr (Of<M, Hello>) {
        a.integer("protocol", m.protocol, 0, 1'000'000);  // another version is answered, not a violation
        name_field(a, "worker", m.worker, kMaxId);
        name_field(a, "version", m.version, kMaxId);
        name_field(a, "model_id", m.model_id, kMaxId);
        name_field(a, "model_digest", m.model_digest, kMaxId);
    } else if constexpr (Of<M, DeviceReport>) {
        name_field(a, "device", m.device, kMaxId);
        name_field(a, "precision", m.precision, kMaxId);
        a.object("self_test", m.self_test, kSelfTestFields);
        a.object("cage", m.cage, kCageFields);
    } else if constexpr (Of<M, FetchInstance>) {
        lease_fields(a, m);
        a.integer("index", m.index, 0, static_cast<int>(kMaxInstances) - 1);
    } else if constexpr (Of<M, Renew>) {
        lease_fields(a, m);
        a.object("progress", m.progress, kProgressFields);
        a.integer("counter", m.counter, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
    } else if constexpr (Of<M, StoreResult>) {
        lease_fields(a, m);
        a.object("object", m.object, kResultFields);
    } else if constexpr (Of<M, Complete>) {
        lease_fields(a, m);
        a.object("outcome", m.outcome, kOutcomeFields);
    } else if constexpr (Of<M, Release>) {
        lease_fields(a, m);
    } else if constexpr (Of<M, Welcome>) {
        a.integer("protocol", m.protocol, 0, 1'000'000);
        name_field(a, "plugin_version", m.plugin_version, kMaxId);
    } else if constexpr (Of<M, LeaseGranted>) {
        lease_fields(a, m);
        a.integer("lease_ms", m.lease_ms, std::int64_t{1}, kDayMs);
        name_field(a, "series_instance_uid", m.series_instance_uid, kMaxUid);
        name_field(a, "fingerprint", m.fingerprint, kMaxId);
        a.object("request", m.request, kRequestFields);
        a.texts("instances", m.instances, kMaxInstances, kMaxId);
        output_fields(a, m);
        a.object("image_words", m.image_words, kImageWordFields);
        a.boolean("keep_rejected", m.keep_rejected);
    } else if constexpr (Of<M, NoWork>) {
        a.integer("retry_ms", m.retry_ms, std::int64_t{0}, kDayMs);
    } else if constexpr (Of<M, InstanceBytes>) {
        name_field(a, "job", m.job, kMaxId);
        a.integer("index", m.index, 0, static_cast<int>(kMaxInstances) - 1);
    } else if constexpr (Of<M, Stored>) {
        a.object("object", m.object, kResultFields);
        a.boolean("already_stored", m.already_stored);
    } else if constexpr (Of<M, Cancel>) {
        name_field(a, "job", m.job, kMaxId);
    } else if constexpr (Of<M, Refused>) {
        a.object("error", m.error, kErrorFields);
    } else {
        static_assert(Of<M, LeaseRequest> || Of<M, Ack>, "every message says what it holds");
    }
}

template <typename M>
Result<Message> read_as(const nlohmann::json& header, std::string_view type,
                        std::vector<std::uint8_t>&& body) {
    M message;
    JsonReader reader(header, std::string(type), ErrorCode::protocol_violation);
    reader.ignore("type");
    fields(reader, message);
    if (auto finished = reader.finish(); !finished) return failure(finished.error());
    if constexpr (requires { message.dicom; }) {
        message.dicom = std::move(body);
    } else if (!body.empty()) {
        return failure(ErrorCode::protocol_violation, std::string(type) + " carries no body");
    }
    return Message{std::move(message)};
}

template <std::size_t I = 0>
Result<Message> read_alternative(std::size_t index, const nlohmann::json& header,
                                 std::vector<std::uint8_t> body) {
    if constexpr (I < std::variant_size_v<Message>) {
        if (I == index)
            return read_as<std::variant_alternative_t<I, Message>>(header, kNames[I], std::move(body));
        return read_alternative<I + 1>(index, header, std::move(body));
    }
    return failure(ErrorCode::protocol_violation, "unknown message type");
}

}  // namespace

std::string_view name_of(const Message& message) {
    return kNames.at(message.index());
}

std::string write_header(const Message& message) {
    nlohmann::json header = nlohmann::json::object();
    header["type"] = std::string(name_of(message));
    JsonWriter writer(header);
    std::visit([&writer](const auto& m) { fields(writer, m); }, message);
    return dump_json(header);
}

const std::vector<std::uint8_t>* body_of(const Message& message) {
    if (const auto* store = std::get_if<StoreResult>(&message)) return &store->dicom;
    if (const auto* instance = std::get_if<InstanceBytes>(&message)) return &instance->dicom;
    return nullptr;
}

Result<Message> read_message(std::string_view header, std::vector<std::uint8_t> body) {
    const auto parsed = parse_json_object(header, "the header", ErrorCode::protocol_violation);
    if (!parsed) return failure(parsed.error());
    const auto type = parsed->find("type");
    if (type == parsed->end() || !type->is_string()) {
        return failure(ErrorCode::protocol_violation, "the header names no message type");
    }
    const auto& name = *type->get_ptr<const std::string*>();
    std::size_t index = 0;
    while (index < kNames.size() && kNames[index] != name) ++index;
    return read_alternative(index, *parsed, std::move(body));
}

}  // namespace spineseg::wire
