// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/jpeg2000_decoder.h"

#include <openjpeg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace spineseg::dicom {
namespace {

constexpr std::array<std::uint8_t, 4> kCodestream = {0xff, 0x4f, 0xff, 0x51};
constexpr std::array<std::uint8_t, 8> kJp2 = {0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20};

template <std::size_t N>
bool begins_with(std::span<const std::uint8_t> bytes, const std::array<std::uint8_t, N>& magic) {
    return bytes.size() >= N && std::equal(magic.begin(), magic.end(), bytes.begin());
}

struct Source {
    std::span<const std::uint8_t> bytes;
    std::size_t next = 0;
};

OPJ_SIZE_T read_source(void* buffer, OPJ_SIZE_T wanted, void* user) {
    auto& source = *static_cast<Source*>(user);
    const std::size_t count = std::min(wanted, source.bytes.size() - source.next);
    if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
    std::memcpy(buffer, source.bytes.data() + source.next, count);
    source.next += count;
    return count;
}

OPJ_OFF_T skip_source(OPJ_OFF_T count, void* user) {
    auto& source = *static_cast<Source*>(user);
    if (count < 0 || static_cast<std::size_t>(count) > source.bytes.size() - source.next) return -1;
    source.next += static_cast<std::size_t>(count);
    return count;
}

OPJ_BOOL seek_source(OPJ_OFF_T position, void* user) {
    auto& source = *static_cast<Source*>(user);
    if (position < 0 || static_cast<std::size_t>(position) > source.bytes.size()) return OPJ_FALSE;
    source.next = static_cast<std::size_t>(position);
    return OPJ_TRUE;
}

// OpenJPEG's handle types are themselves pointers to void: opj_codec_t is void*.
struct Release {
    void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
    void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
struct ReleaseCodec {
    void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};

bool is_expected(const opj_image_t& image, int columns, int rows) {
    return image.numcomps == 1 && image.comps[0].w == static_cast<OPJ_UINT32>(columns) &&
           image.comps[0].h == static_cast<OPJ_UINT32>(rows) && image.comps[0].prec <= 16;
}

tl::unexpected<Error> damaged(const char* why) {
    return failure(ErrorCode::truncated_file, std::string("JPEG 2000 ") + why);
}

}  // namespace

bool begins_jpeg2000(std::span<const std::uint8_t> bytes) {
    return begins_with(bytes, kCodestream) || begins_with(bytes, kJp2);
}

Result<void> decode_jpeg2000_frame(std::span<const std::uint8_t> bytes, int columns, int rows,
                                   std::span<std::uint16_t> out) {
    if (!begins_jpeg2000(bytes)) return damaged("stream does not begin as one");
    Source source{bytes};
    const std::unique_ptr<opj_stream_t, Release> stream(opj_stream_default_create(OPJ_TRUE));
    const auto format = begins_with(bytes, kJp2) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K;
    const std::unique_ptr<opj_codec_t, ReleaseCodec> codec(opj_create_decompress(format));
    if (!stream || !codec) return failure(ErrorCode::out_of_memory, "JPEG 2000 decoder");
    opj_stream_set_read_function(stream.get(), read_source);
    opj_stream_set_skip_function(stream.get(), skip_source);
    opj_stream_set_seek_function(stream.get(), seek_source);
    opj_stream_set_user_data(stream.get(), &source, nullptr);
    opj_stream_set_user_data_length(stream.get(), bytes.size());

    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(codec.get(), &parameters)) return damaged("decoder refuses its parameters");
    opj_image_t* raw = nullptr;
    const bool has_header = opj_read_header(stream.get(), codec.get(), &raw);
    const std::unique_ptr<opj_image_t, Release> image(raw);
    // The size is checked on the header, before memory for the samples is allocated.
    if (!has_header || !image || !is_expected(*image, columns, rows))
        return damaged("header is damaged or of another size");
    if (!opj_decode(codec.get(), stream.get(), image.get()) ||
        !opj_end_decompress(codec.get(), stream.get()) || image->comps[0].data == nullptr ||
        !is_expected(*image, columns, rows))
        return damaged("stream ends early or is damaged");
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint16_t>(image->comps[0].data[i]);
    return {};
}

}  // namespace spineseg::dicom
