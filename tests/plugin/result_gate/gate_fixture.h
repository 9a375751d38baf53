// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A leased job, its source in an archive in memory, and the strict gate before it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugin/reopening_store.h"
#include "plugin/result_gate.h"
#include "tests/plugin/fake_archive.h"
#include "tests/plugin/result_gate/sample_result.h"

namespace spineseg {

class GateFixture : public testing::Test {
  protected:
    GateFixture() {
        EXPECT_TRUE(slot.open());
        NewJob wanted{.orthanc_series_id = orthanc_id('1'),
                      .orthanc_study_id = orthanc_id('e'),
                      .series_instance_uid = sample_result::kSourceSeries,
                      .fingerprint = "f",
                      .model_id = "m",
                      .model_digest = "d"};
        wanted.request.seed = 7;
        EXPECT_TRUE(store().enqueue(wanted));
        lease = **store().lease("w", "d", std::chrono::seconds(60));
        put_source(sample_result::source());
        archive.files["other"] = sample_result::source(sample_result::kOtherInstance).bytes();
        order.outputs = {OutputObject::segmentation, OutputObject::parametric_map, OutputObject::report,
                         OutputObject::contours};
        order.sources = {{"first", sample_result::kSourceInstance}, {"other", sample_result::kOtherInstance}};
    }
    JobStore& store() { return **slot.get(); }
    void put_source(const sample_result::File& file) { archive.files["first"] = file.bytes(); }

    Result<Admission> admit(const std::vector<std::uint8_t>& bytes, const ResultObject& object) {
        return gate.admit(store(), lease.job, order, {lease.job.id, lease.epoch, object, bytes});
    }
    /// The rule that refuses it; empty: it is admitted.
    std::string rule(const std::vector<std::uint8_t>& bytes, const ResultObject& object) {
        const auto admitted = admit(bytes, object);
        if (admitted) return {};
        const std::string& detail = admitted.error().detail;
        if (!detail.starts_with("rule ")) return admitted.error().describe();
        EXPECT_EQ(admitted.error().code, ErrorCode::protocol_violation);
        return detail.substr(5, detail.find(':') - 5);
    }
    std::string rule(const sample_result::File& file, OutputObject output = OutputObject::segmentation) {
        return rule(file.bytes(), sample_result::claim(output));
    }
    /// Of a result that one change has spoilt.
    template <typename Change>
    std::string rule_after(Change change, OutputObject output = OutputObject::segmentation) {
        auto file = sample_result::result(output);
        change(file);
        return rule(file, output);
    }
    /// An attribute of the dataset with another value.
    std::string rule_with(DicomTag tag, const std::string& vr, const std::string& value,
                          OutputObject output = OutputObject::segmentation) {
        return rule_after([&](auto& file) { file.dataset.put(tag, vr, value); }, output);
    }
    void was_placed(OutputObject output, const std::string& instance, const std::string& series) {
        order.admitted.push_back({output, instance, series});
    }

    TemporaryFolder folder;
    ReopeningStore slot{folder.file("queue.db")};
    FakeArchive archive;
    StrictResultGate gate{archive};
    Lease lease;
    ResultOrder order;
};

}  // namespace spineseg
