// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/pixel_decoder.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>

#include "dicom/encoding/dcmtk_compat.h"
#include "dicom/read/jpeg2000_decoder.h"
#include "dicom/read/jpeg_header.h"

namespace spineseg::dicom {
namespace {

// PS3.5 section 10 and annex A; UIDs of PS3.6. Not the deflated one: a few kilobytes can inflate to
// gigabytes, and no scanner sends it.
constexpr std::array kDecodable = {
    "1.2.840.10008.1.2",       // Implicit VR Little Endian
    "1.2.840.10008.1.2.1",     // Explicit VR Little Endian
    "1.2.840.10008.1.2.2",     // Explicit VR Big Endian
    "1.2.840.10008.1.2.5",     // RLE Lossless
    "1.2.840.10008.1.2.4.50",  // JPEG Baseline
    "1.2.840.10008.1.2.4.51",  // JPEG Extended
    "1.2.840.10008.1.2.4.57",  // JPEG Lossless
    "1.2.840.10008.1.2.4.70",  // JPEG Lossless, first-order prediction
    "1.2.840.10008.1.2.4.80",  // JPEG-LS Lossless
    "1.2.840.10008.1.2.4.81",  // JPEG-LS Near-Lossless
    "1.2.840.10008.1.2.4.90",  // JPEG 2000 Lossless
    "1.2.840.10008.1.2.4.91",  // JPEG 2000
};

bool is_jpeg2000(E_TransferSyntax syntax) {
    return syntax == EXS_JPEG2000LosslessOnly || syntax == EXS_JPEG2000;
}

bool is_jpeg(E_TransferSyntax syntax) {
    return syntax == EXS_JPEGProcess1 || syntax == EXS_JPEGProcess2_4 || syntax == EXS_JPEGProcess14 ||
           syntax == EXS_JPEGProcess14SV1 || syntax == EXS_JPEGLSLossless || syntax == EXS_JPEGLSLossy;
}

tl::unexpected<Error> damaged(const std::string& name, const std::string& why) {
    return failure(ErrorCode::truncated_file, name + ": pixel data " + why);
}

Result<DcmPixelData*> pixel_data_of(DcmDataset& dataset, const std::string& name) {
    DcmElement* element = nullptr;
    if (dataset.findAndGetElement(DCM_PixelData, element).bad() || element == nullptr)
        return failure(ErrorCode::truncated_file, name + " has no pixel data");
    auto* pixels = dynamic_cast<DcmPixelData*>(element);
    if (pixels == nullptr)
        return failure(ErrorCode::unsupported_pixel_format, name + ": pixel data of a strange kind");
    return pixels;
}

std::size_t expected_bytes(const PixelFormat& format) {
    return format.frame_pixels() * static_cast<std::size_t>(format.frames) *
           static_cast<std::size_t>(format.bits_allocated / 8);
}

Result<DcmPixelSequence*> fragments_of(DcmDataset& dataset, DcmPixelData& pixels, const std::string& name) {
    DcmPixelSequence* sequence = nullptr;
    if (pixels.getEncapsulatedRepresentation(dataset.getOriginalXfer(), nullptr, sequence).bad() ||
        sequence == nullptr)
        return damaged(name, "is not encapsulated as its transfer syntax demands");
    if (sequence->card() < 2) return damaged(name, "has no fragments");
    return sequence;
}

Result<std::span<const std::uint8_t>> fragment(DcmPixelSequence& sequence, unsigned long index,
                                               const std::string& name) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence.getItem(item, index).bad() || item == nullptr || item->getUint8Array(bytes).bad() ||
        bytes == nullptr)
        return damaged(name, "has an empty fragment");
    return std::span<const std::uint8_t>(bytes, item->getLength());
}

/// Every frame begins with a fragment that begins as a JPEG stream, of the size and depth that the header
/// promises.
Result<void> check_jpeg_frames(DcmDataset& dataset, DcmPixelData& pixels, const PixelFormat& format,
                               const std::string& name) {
    const auto sequence = fragments_of(dataset, pixels, name);
    if (!sequence) return failure(sequence.error());
    int frames = 0;
    for (unsigned long i = 1; i < (*sequence)->card(); ++i) {
        const auto bytes = fragment(**sequence, i, name);
        if (!bytes) return failure(bytes.error());
        if (!begins_jpeg(*bytes) && frames > 0) continue;
        const auto header = read_jpeg_header(*bytes);
        if (!header || header->rows != format.rows || header->columns != format.columns ||
            header->components != 1 || header->precision < 2 || header->precision > format.bits_allocated)
            return damaged(name,
                           "frame " + std::to_string(frames + 1) + " has a damaged or differing JPEG header");
        ++frames;
    }
    if (frames != format.frames)
        return damaged(name, "holds " + std::to_string(frames) + " frames, the header says " +
                                 std::to_string(format.frames));
    return {};
}

/// Fragments to frames (PS3.5 A.4.4): a frame begins where a fragment begins with a codestream's SOC and SIZ
/// markers.
Result<std::vector<std::vector<std::uint8_t>>> jpeg2000_frames(DcmPixelSequence& sequence,
                                                               const PixelFormat& format,
                                                               const std::string& name) {
    std::vector<std::vector<std::uint8_t>> frames;
    for (unsigned long i = 1; i < sequence.card(); ++i) {
        const auto bytes = fragment(sequence, i, name);
        if (!bytes) return failure(bytes.error());
        if (frames.empty() || begins_jpeg2000(*bytes)) frames.emplace_back();
        frames.back().insert(frames.back().end(), bytes->begin(), bytes->end());
    }
    if (frames.size() != static_cast<std::size_t>(format.frames))
        return damaged(name, "holds " + std::to_string(frames.size()) + " frames, the header says " +
                                 std::to_string(format.frames));
    return frames;
}

Result<StoredPixels> decode_jpeg2000(DcmDataset& dataset, DcmPixelData& pixels, const PixelFormat& format,
                                     const std::string& name) {
    const auto sequence = fragments_of(dataset, pixels, name);
    if (!sequence) return failure(sequence.error());
    const auto frames = jpeg2000_frames(**sequence, format, name);
    if (!frames) return failure(frames.error());
    std::vector<std::uint16_t> words(format.frame_pixels() * frames->size());
    for (std::size_t i = 0; i < frames->size(); ++i) {
        const auto out = std::span(words).subspan(i * format.frame_pixels(), format.frame_pixels());
        if (auto decoded = decode_jpeg2000_frame((*frames)[i], format.columns, format.rows, out); !decoded)
            return damaged(name, "frame " + std::to_string(i + 1) + ": " + decoded.error().detail);
    }
    return StoredPixels(std::move(words));
}

}  // namespace

bool can_decode(const std::string& transfer_syntax_uid) {
    return std::find(kDecodable.begin(), kDecodable.end(), transfer_syntax_uid) != kDecodable.end();
}

Result<void> check_pixel_data(DcmDataset& dataset, const PixelFormat& format, const std::string& name) {
    const auto pixels = pixel_data_of(dataset, name);
    if (!pixels) return failure(pixels.error());
    if (is_encapsulated(DcmXfer(dataset.getOriginalXfer()))) {
        if (auto fragments = fragments_of(dataset, **pixels, name); !fragments)
            return failure(fragments.error());
        return {};
    }
    const std::size_t present = (*pixels)->getLength(dataset.getOriginalXfer());
    if (present < expected_bytes(format))
        return damaged(
            name, "has " + std::to_string(present) + " bytes of " + std::to_string(expected_bytes(format)));
    return {};
}

Result<StoredPixels> decode_pixels(DcmDataset& dataset, const PixelFormat& format, const std::string& name) {
    const auto pixels = pixel_data_of(dataset, name);
    if (!pixels) return failure(pixels.error());
    if (is_jpeg2000(dataset.getOriginalXfer())) return decode_jpeg2000(dataset, **pixels, format, name);
    if (is_jpeg(dataset.getOriginalXfer()))
        if (auto sound = check_jpeg_frames(dataset, **pixels, format, name); !sound)
            return failure(sound.error());
    const OFCondition decoded = dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr);
    if (decoded.bad()) return damaged(name, std::string("cannot be decoded: ") + decoded.text());
    if ((*pixels)->getLength(EXS_LittleEndianExplicit) < expected_bytes(format))
        return damaged(name, "decodes to fewer bytes than the header promises");

    const std::size_t count = format.frame_pixels() * static_cast<std::size_t>(format.frames);
    if (format.bits_allocated == 8) {
        Uint8* bytes = nullptr;
        if ((*pixels)->getUint8Array(bytes).bad() || bytes == nullptr) return damaged(name, "cannot be read");
        return StoredPixels(std::span<const std::uint8_t>(bytes, count));
    }
    Uint16* words = nullptr;
    if ((*pixels)->getUint16Array(words).bad() || words == nullptr) return damaged(name, "cannot be read");
    return StoredPixels(std::span<const std::uint16_t>(words, count));
}

}  // namespace spineseg::dicom
