// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The dataset of a series' first slice, without its pixel data. For this library's sources only (includes
/// DCMTK). DCMTK's getters are not const, and reading a parsed dataset from several threads is safe only
/// because nothing here is loaded lazily: instances are parsed from memory, whole.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <memory>

namespace spineseg::dicom {

class SourceDataset {
  public:
    explicit SourceDataset(std::unique_ptr<DcmDataset> dataset) : dataset_(std::move(dataset)) {}
    DcmDataset& dataset() const { return *dataset_; }

  private:
    std::unique_ptr<DcmDataset> dataset_;
};

}  // namespace spineseg::dicom
