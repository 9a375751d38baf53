// SPDX-License-Identifier: GPL-3.0-or-later
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "tests/dicom/sample_jpeg2000.h"
#include "tests/dicom/sample_series.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/seeds/seeds.h"

namespace spineseg::fuzz {
namespace seeds {

namespace {

std::string joined(const dicom::testing::Files& files) {
    std::string text;
    for (const auto& bytes : files.bytes) {
        if (!text.empty()) text += kNextFile;
        text += text_of_bytes(bytes);
    }
    return text;
}

}  // namespace

void write_series(const Folder& folder) {
    namespace samples = dicom::testing;
    const Volume volume = small_phantom();
    const auto classic = samples::sample_files(volume);
    folder.write("series", "classic", joined(classic));
    folder.write("series", "enhanced", joined(samples::enhanced_files(volume)));
    folder.write("series", "legacy_converted", joined(samples::enhanced_files(volume, true)));
    folder.write("series", "one_file", text_of_bytes(classic.bytes.front()));
    const std::pair<const char*, const char*> encodings[] = {
        {"implicit", UID_LittleEndianImplicitTransferSyntax},
        {"big_endian", UID_BigEndianExplicitTransferSyntax},
        {"rle", UID_RLELosslessTransferSyntax},
        {"jpeg", UID_JPEGProcess14SV1TransferSyntax},
        {"jpeg_ls", UID_JPEGLSLosslessTransferSyntax}};
    for (const auto& [name, syntax] : encodings) {
        auto files = classic;
        for (auto& bytes : files.bytes)
            bytes = samples::edited(
                bytes, [](DcmDataset&) {}, syntax);
        folder.write("series", name, joined(files));
        auto enhanced = samples::enhanced_files(volume);
        for (auto& bytes : enhanced.bytes)
            bytes = samples::edited(
                bytes, [](DcmDataset&) {}, syntax);
        folder.write("series", std::string("enhanced_") + name, joined(enhanced));
    }
    folder.write("series", "jpeg2000", joined(samples::jpeg2000_files(volume, false)));
    const auto edited = [&](const char* name, auto edit) {
        folder.write("series", name, joined(samples::sample_files(volume, {}, edit)));
    };
    edited("padding", [](DcmDataset& d, int) { d.putAndInsertUint16(DCM_PixelPaddingValue, 3); });
    edited("rescaled", [](DcmDataset& d, int slice) {
        d.putAndInsertString(DCM_RescaleSlope, slice % 2 == 0 ? "1.5" : "2");
        d.putAndInsertString(DCM_RescaleIntercept, "-7");
    });
    edited("monochrome1",
           [](DcmDataset& d, int) { d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1"); });
}

}  // namespace seeds
}  // namespace spineseg::fuzz
