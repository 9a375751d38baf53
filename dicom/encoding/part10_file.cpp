// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/part10_file.h"

#include <dcmtk/dcmdata/dcostrmb.h>

#include "dicom/encoding/element_writer.h"

namespace spineseg::dicom {

namespace {

/// What `write` puts into a stream, however long it is.
template <typename Object, typename Write>
std::vector<std::uint8_t> written(Object& object, Write write) {
    std::vector<std::uint8_t> chunk(1 << 20), bytes;
    DcmOutputBufferStream stream(chunk.data(), static_cast<offile_off_t>(chunk.size()));
    object.transferInit();
    OFCondition condition = EC_Normal;
    do {
        condition = write(stream);
        void* part = nullptr;
        offile_off_t length = 0;
        stream.flushBuffer(part, length);
        const auto* begin = static_cast<const std::uint8_t*>(part);
        bytes.insert(bytes.end(), begin, begin + length);
    } while (condition == EC_StreamNotifyClient);
    object.transferEnd();
    if (condition.bad()) throw ElementError(std::string("cannot encode: ") + condition.text());
    return bytes;
}

}  // namespace

std::vector<std::uint8_t> part10_file(std::unique_ptr<DcmDataset> dataset) {
    DcmFileFormat file(dataset.release(), OFFalse);
    return written(file, [&](DcmOutputStream& stream) {
        return file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr, EGL_withoutGL,
                          EPD_withoutPadding);
    });
}

std::vector<std::uint8_t> dataset_bytes(DcmDataset& dataset) {
    return written(dataset, [&](DcmOutputStream& stream) {
        return dataset.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr);
    });
}

}  // namespace spineseg::dicom
