// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What worker and plugin say to each other (core/wire/PROTOCOL.md). The worker asks, the plugin answers each
/// request with exactly one reply, in order. Values; no I/O; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/cage_state.h"
#include "core/image_words.h"
#include "core/job.h"
#include "core/result.h"
#include "core/result_types.h"
#include "core/self_test.h"

namespace spineseg::wire {

inline constexpr int kProtocolVersion = 4;
/// A Hello of this version is a probe: the plugin answers with Welcome and closes, and registers nothing.
inline constexpr int kProbeVersion = 0;

// ---- worker → plugin
// ------------------------------------------------------------------------------------------
/// First message of a session. A different protocol version is answered with Refused and the socket closes.
struct Hello {
    int protocol = kProtocolVersion;
    std::string worker;   ///< name for people: host and process id
    std::string version;  ///< spineseg version
    std::string model_id;
    std::string model_digest;
    friend bool operator==(const Hello&, const Hello&) = default;
};
/// What the worker computes with. Said once after Welcome and whenever it changes; a worker whose self-test
/// failed says nothing else, and repeats it so that its connection stays. → Ack.
struct DeviceReport {
    std::string device;     ///< "cpu", "cuda"
    std::string precision;  ///< "float32", "bfloat16"
    SelfTestOutcome self_test;
    std::optional<CageState> cage;  ///< a worker that says nothing of it has none
    friend bool operator==(const DeviceReport&, const DeviceReport&) = default;
};
/// "Give me work." → LeaseGranted or NoWork.
struct LeaseRequest {
    friend bool operator==(const LeaseRequest&, const LeaseRequest&) = default;
};
/// One instance of the leased series, by its place in LeaseGranted::instances. → InstanceBytes or Refused.
struct FetchInstance {
    std::string job;
    std::int64_t epoch = 0;
    int index = 0;
    friend bool operator==(const FetchInstance&, const FetchInstance&) = default;
};
/// Heartbeat. → Ack, Cancel (the job was canceled) or Refused with stale_lease.
struct Renew {
    std::string job;
    std::int64_t epoch = 0;
    Progress progress;
    std::uint64_t counter = 0;  ///< grows with real progress; the plugin lets a lease without progress expire
    friend bool operator==(const Renew&, const Renew&) = default;
};
/// One result object to store. The frame's body holds the DICOM file. → Stored or Refused.
struct StoreResult {
    std::string job;
    std::int64_t epoch = 0;
    ResultObject object;
    std::vector<std::uint8_t> dicom;
    friend bool operator==(const StoreResult&, const StoreResult&) = default;
};
/// The end of the job. → Ack or Refused.
struct Complete {
    std::string job;
    std::int64_t epoch = 0;
    Outcome outcome;
    friend bool operator==(const Complete&, const Complete&) = default;
};
/// Hand the lease back; the attempt is not counted (orderly shutdown). → Ack.
struct Release {
    std::string job;
    std::int64_t epoch = 0;
    friend bool operator==(const Release&, const Release&) = default;
};

// ---- plugin → worker
// ------------------------------------------------------------------------------------------
struct Welcome {
    int protocol = kProtocolVersion;
    std::string plugin_version;
    friend bool operator==(const Welcome&, const Welcome&) = default;
};
struct LeaseGranted {
    std::string job;
    std::int64_t epoch = 0;
    std::int64_t lease_ms = 0;  ///< renew well before this has passed
    std::string series_instance_uid;
    std::string fingerprint;
    SegmentRequest request;
    std::vector<std::string> instances;      ///< Orthanc instance ids, in no particular order
    OutputPlan outputs = default_outputs();  ///< what is to be written
    ImageWords image_words;                  ///< the site's; checked_image_words() holds
    bool keep_rejected = false;              ///< also of a series whose quality verdict is "reject"
    friend bool operator==(const LeaseGranted&, const LeaseGranted&) = default;
};
struct NoWork {
    std::int64_t retry_ms = 1000;
    friend bool operator==(const NoWork&, const NoWork&) = default;
};
struct InstanceBytes {
    std::string job;
    int index = 0;
    std::vector<std::uint8_t> dicom;
    friend bool operator==(const InstanceBytes&, const InstanceBytes&) = default;
};
struct Stored {
    ResultObject object;  ///< now with Orthanc's ids
    bool already_stored = false;
    friend bool operator==(const Stored&, const Stored&) = default;
};
struct Ack {
    friend bool operator==(const Ack&, const Ack&) = default;
};
struct Cancel {
    std::string job;
    friend bool operator==(const Cancel&, const Cancel&) = default;
};
struct Refused {
    Error error;
    friend bool operator==(const Refused&, const Refused&) = default;
};

using Message = std::variant<Hello, DeviceReport, LeaseRequest, FetchInstance, Renew, StoreResult, Complete,
                             Release,  //
                             Welcome, LeaseGranted, NoWork, InstanceBytes, Stored, Ack, Cancel, Refused>;

/// The name in the frame, e.g. "lease_granted".
std::string_view name_of(const Message& message);

}  // namespace spineseg::wire
