// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dicom/sample_jpeg2000.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <openjpeg.h>

#include <algorithm>
#include <stdexcept>

namespace spineseg::dicom::testing {
namespace {

void require_done(bool done) {
    if (!done) throw std::runtime_error("the JPEG 2000 series cannot be written");
}

std::vector<std::int32_t> slice_of(const Volume& volume, int slice) {
    const auto count = static_cast<std::ptrdiff_t>(volume.geometry.slice_voxel_count());
    return {volume.voxels.begin() + count * slice, volume.voxels.begin() + count * (slice + 1)};
}

}  // namespace

std::vector<std::uint8_t> jpeg2000_stream(const std::vector<std::int32_t>& samples, unsigned columns,
                                          unsigned rows, bool is_signed) {
    opj_image_cmptparm_t component{};
    component.dx = component.dy = 1;
    component.w = columns;
    component.h = rows;
    component.prec = 16;
    component.sgnd = is_signed;
    opj_image_t* image = opj_image_create(1, &component, OPJ_CLRSPC_GRAY);
    image->x1 = columns;
    image->y1 = rows;
    std::copy(samples.begin(), samples.end(), image->comps[0].data);
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.tcp_numlayers = 1;
    parameters.cp_disto_alloc = 1;
    parameters.numresolution = 3;
    opj_codec_t* codec = opj_create_compress(OPJ_CODEC_J2K);
    const TemporaryFolder folder;
    const auto file = folder.path() / "image.j2k";
    opj_stream_t* stream = opj_stream_create_default_file_stream(file.c_str(), OPJ_FALSE);
    require_done(opj_setup_encoder(codec, &parameters, image) && opj_start_compress(codec, image, stream) &&
                 opj_encode(codec, stream) && opj_end_compress(codec, stream));
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(image);
    return read_bytes(file);
}

Files jpeg2000_files(const Volume& volume, bool is_signed, std::size_t cut) {
    Files files = sample_files(volume);
    for (int slice = 0; slice < volume.geometry.slices; ++slice) {
        DcmFileFormat format;
        const TemporaryFolder folder;
        const auto path = folder.path() / "slice.dcm";
        write_bytes(path, files.bytes[static_cast<std::size_t>(slice)]);
        require_done(format.loadFile(path.c_str()).good());
        auto stream = jpeg2000_stream(slice_of(volume, slice), static_cast<unsigned>(volume.geometry.columns),
                                      static_cast<unsigned>(volume.geometry.rows), is_signed);
        if (slice == 2) stream.resize(stream.size() - cut);
        auto* sequence = new DcmPixelSequence(DCM_PixelSequenceTag);
        sequence->insert(new DcmPixelItem(DCM_PixelItemTag));
        DcmOffsetList offsets;
        sequence->storeCompressedFrame(offsets, stream.data(), static_cast<Uint32>(stream.size()), 0);
        auto* pixels = new DcmPixelData(DCM_PixelData);
        pixels->putOriginalRepresentation(EXS_JPEG2000LosslessOnly, nullptr, sequence);
        require_done(format.getDataset()->insert(pixels, OFTrue).good());
        require_done(format.saveFile(path.c_str(), EXS_JPEG2000LosslessOnly).good());
        files.bytes[static_cast<std::size_t>(slice)] = read_bytes(path);
    }
    return files;
}

}  // namespace spineseg::dicom::testing
