// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "worker/job/job_runner.h"

namespace spineseg::testing {

/// What a job of these tests gives: one file.
inline JobProduct one_segmentation() {
    JobProduct product;
    dicom::ResultFile file;
    file.object.kind = ResultKind::segmentation;
    file.object.sop_instance_uid = "2.25.7";
    file.dicom = {'D', 'I', 'C', 'M'};
    product.files.push_back(file);
    product.summary_json = R"({"answer":42})";
    return product;
}

}  // namespace spineseg::testing
