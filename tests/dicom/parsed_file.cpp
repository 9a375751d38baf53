// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dicom/parsed_file.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <gtest/gtest.h>

namespace spineseg::dicom::testing {

std::unique_ptr<DcmFileFormat> parsed(const std::vector<std::uint8_t>& bytes) {
    DcmInputBufferStream stream;
    stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    auto file = std::make_unique<DcmFileFormat>();
    file->transferInit();
    EXPECT_TRUE(file->read(stream).good());
    file->transferEnd();
    return file;
}

std::string text(DcmItem& item, const DcmTagKey& tag) {
    OFString value;
    item.findAndGetOFStringArray(tag, value);
    return value.c_str();
}

}  // namespace spineseg::dicom::testing
