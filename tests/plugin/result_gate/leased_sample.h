// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A leased job, its source in an archive in memory, and what was ordered of it.

#include <chrono>
#include <memory>

#include "db/job_store.h"
#include "plugin/result_gate/result_gate.h"
#include "tests/plugin/archive/fake_archive.h"
#include "tests/plugin/result_gate/sample_result.h"

namespace spineseg {

struct LeasedSample {
    explicit LeasedSample(std::chrono::seconds lease_time) {
        NewJob wanted{.orthanc_series_id = orthanc_id('1'),
                      .orthanc_study_id = orthanc_id('e'),
                      .series_instance_uid = sample_result::kSourceSeries,
                      .fingerprint = "f",
                      .model_id = "m",
                      .model_digest = "d"};
        wanted.request.seed = 7;
        store->enqueue(wanted).value();
        lease = store->lease("w", "d", lease_time).value().value();
        archive.files["first"] = sample_result::source().bytes();
        archive.files["other"] = sample_result::source(sample_result::kOtherInstance).bytes();
        order.outputs = {OutputObject::segmentation, OutputObject::parametric_map, OutputObject::report,
                         OutputObject::contours};
        order.sources = {{"first", sample_result::kSourceInstance}, {"other", sample_result::kOtherInstance}};
    }

    TemporaryFolder folder;
    std::unique_ptr<JobStore> store =
        JobStore::open(folder.file("queue.db"), JobStore::system_clock()).value();
    FakeArchive archive;
    Lease lease;
    ResultOrder order;
};

}  // namespace spineseg
