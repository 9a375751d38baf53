// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A leased job and the strict gate before the archive.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugin/result_gate/leased_sample.h"

namespace spineseg {

class GateFixture : public testing::Test, protected LeasedSample {
  protected:
    GateFixture() : LeasedSample(std::chrono::seconds(60)) {}
    void put_source(const sample_result::File& file) { archive.files["first"] = file.bytes(); }

    Result<Admission> admit(const std::vector<std::uint8_t>& bytes, const ResultObject& object) {
        return gate.admit(*store, lease.job, order, {lease.job.id, lease.epoch, object, bytes});
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

    StrictResultGate gate{archive};
};

}  // namespace spineseg
