// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/part10_file.h"

#include <dcmtk/dcmdata/dcostrmb.h>

#include "dicom/element_writer.h"

namespace spineseg::dicom {

std::vector<std::uint8_t> part10_file(std::unique_ptr<DcmDataset> dataset) {
    DcmFileFormat file(dataset.release(), OFFalse);
    std::vector<std::uint8_t> chunk(1 << 20), bytes;
    DcmOutputBufferStream stream(chunk.data(), static_cast<offile_off_t>(chunk.size()));
    const auto drain = [&] {
        void* part = nullptr;
        offile_off_t length = 0;
        stream.flushBuffer(part, length);
        const auto* begin = static_cast<const std::uint8_t*>(part);
        bytes.insert(bytes.end(), begin, begin + length);
    };
    file.transferInit();
    OFCondition condition = EC_Normal;
    do {
        condition = file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr, EGL_withoutGL,
                               EPD_withoutPadding);
        drain();
    } while (condition == EC_StreamNotifyClient);
    file.transferEnd();
    if (condition.bad()) throw ElementError(std::string("cannot encode: ") + condition.text());
    return bytes;
}

}  // namespace spineseg::dicom
