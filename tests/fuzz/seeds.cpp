// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_seeds FOLDER: inputs that the readers accept, or nearly, for every target. Made from phantoms and from files of
// this repository.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "core/wire/frame.h"
#include "core/wire/message_json.h"
#include "tests/dicom/sample_jpeg2000.h"
#include "tests/dicom/sample_series.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/plugin/result_gate/sample_result.h"
#include "worker/inference/checkpoint/stored_zip.h"
#include "worker/phantom/phantom.h"
#include "worker/volume_files/byte_stream.h"
#include "worker/volume_files/metaimage.h"

namespace spineseg::fuzz {
namespace seeds {

namespace fs = std::filesystem;

class Folder {
  public:
    explicit Folder(fs::path root) : root_(std::move(root)) {}
    void write(const std::string& target, const std::string& name, const std::string& bytes) const {
        fs::create_directories(root_ / target);
        std::ofstream file(root_ / target / name, std::ios::binary);
        file << bytes;
        if (!file) throw std::runtime_error("cannot write " + name);
    }

  private:
    fs::path root_;
};

std::string text_of_bytes(const std::vector<std::uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
}

std::string file_of_repository(const std::string& path) {
    std::ifstream file(fs::path(SPINESEG_SOURCE_DIR) / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<wire::Message> messages() {
    const ResultObject object{
        ResultKind::measurement_report, "1.2.840.10008.5.1.4.1.1.88.33", "2.25.1", "2.25.2", "i", "s"};
    Outcome done{JobState::done, {}, {object}, R"({"verdict":"pass"})"};
    const Outcome rejected{JobState::rejected, Error{ErrorCode::missing_slices, "a gap"}, {}, "{}"};
    return {
        wire::Hello{wire::kProtocolVersion, "host:1", "1.0.0", "lumbar-fast", "ab"},
        wire::DeviceReport{"cpu", "float32", {SelfTestState::passed, "by 0.001"}, CageState{true, "whole"}},
        wire::LeaseRequest{},
        wire::FetchInstance{"j", 3, 17},
        wire::Renew{"j", 3, {Stage::diffusion, 0.25}, 9},
        wire::StoreResult{"j", 3, object, {0, 1, 2, 255}},
        wire::Complete{"j", 3, done},
        wire::Complete{"j", 3, rejected},
        wire::Release{"j", 3},
        wire::Welcome{},
        wire::LeaseGranted{.job = "j",
                           .epoch = 3,
                           .lease_ms = 60'000,
                           .series_instance_uid = "1.2.3",
                           .fingerprint = "f",
                           .request = {.samples = 5, .steps = 3, .seed = 7},
                           .instances = {"a", "b"},
                           .image_words = {{"QUUX"}, {"ND"}}},
        wire::NoWork{250},
        wire::InstanceBytes{"j", 0, {9, 8, 7}},
        wire::Stored{object, true},
        wire::Ack{},
        wire::Cancel{"j"},
        wire::Refused{{ErrorCode::stale_lease, "late"}}};
}

void write_wire(const Folder& folder) {
    std::string stream;
    int number = 0;
    for (const auto& message : messages()) {
        const std::string name = std::string(wire::name_of(message)) + "_" + std::to_string(number++);
        const std::string frame = text_of_bytes(wire::encode(message));
        folder.write("frame", name, frame);
        if (frame.size() < 200) stream += frame;
        const auto* body = wire::body_of(message);
        folder.write("message", name,
                     wire::write_header(message) + std::string(1, '\0') + (body ? text_of_bytes(*body) : ""));
    }
    folder.write("frame", "stream", stream);
    folder.write("frame", "stream_then_garbage", stream + "garbage");
}

void write_configuration(const Folder& folder) {
    folder.write("settings", "empty", "{}");
    folder.write("settings", "all",
                 R"({"Enable":true,"SegmentOnArrival":false,"ReconcileOnStart":false,
"Root":"/a-b/","Database":"/d/s.db","Socket":"s.sock","SocketMode":"0600","SocketGroup":"10010",
"WorkerUsers":["w","1001"],"ModelFolders":["m","/n"],"Models":[")" +
                     std::string(64, 'a') +
                     R"("],"LeaseSeconds":30,"ProgressSeconds":60,"MaxAttempts":2,
"RetryBackoffSeconds":[0,5],"PriorityAgeSeconds":0,"KeepJobsDays":9,"SeriesRequestsPerDay":1,"UserOpenJobs":2,
"AllowedOrigins":["https://pacs.example","http://192.0.2.7:8042"],"RequireUsers":true,"Samples":3,"Steps":4,
"MaxInstances":500,"MaxInstanceMegabytes":64,"Outputs":["SEG","PMAP","PMAP-MI","SR","CONTOURS","HEATMAP"],
"Destinations":[{"Modality":"PACS","Objects":["SR"]},{"DicomWebServer":"vna","Objects":["SEG","SR"]}],
"Superseded":"Delete","KeepRejected":true,"SendReview":false,"Rules":{"threshold":0.6}})");
    folder.write("settings", "label_map", R"({"Outputs":["LABELMAP"],"Rules":{"disable":["x"]}})");
    folder.write("settings", "wrong_type", R"({"MaxAttempts":"3"})");
    folder.write("settings", "unknown_key", R"({"MaxAttemps":3})");
    folder.write("manifest", "lumbar-fast", file_of_repository("models/lumbar-fast/manifest.json"));
    for (const std::string name : {"published", "published-paper", "published-presegmented"})
        folder.write("manifest", name, file_of_repository("config/profiles/" + name + ".json"));
}

std::string header_lines(int instance, const std::string& more = "") {
    return "SOPClassUID=1.2.840.10008.5.1.4.1.1.4\nSOPInstanceUID=1.2.3." + std::to_string(instance) +
           "\nModality=MR\nImageType=ORIGINAL\\PRIMARY\\M\nSeriesDescription=t2 sag\nBodyPartExamined=LSPINE\n"
           "FrameOfReferenceUID=1.9\nImageOrientationPatient=0\\1\\0\\0\\0\\-1\nPixelSpacing=0.7\\0.7\n"
           "ImagePositionPatient=" +
           std::to_string(4 * instance) + "\\-140\\140\n" + more + "\n";
}

void write_eligibility(const Folder& folder) {
    std::string series, two_echoes;
    for (int i = 0; i < 6; ++i) {
        series += header_lines(i, "EchoTime=100\nRepetitionTime=3000\nScanningSequence=SE\n");
        two_echoes += header_lines(i / 2, i % 2 == 0 ? "EchoTime=20\n" : "EchoTime=90\nEchoNumbers=2\n");
    }
    const std::string nul(1, '\0');
    folder.write("eligibility", "series", nul + series);
    folder.write("eligibility", "two_echoes", nul + two_echoes);
    folder.write("eligibility", "axial", nul + "Modality=MR\nImageOrientationPatient=1\\0\\0\\0\\1\\0\n");
    folder.write("eligibility", "patient",
                 nul + "PatientName=A^B\nPatientAge=012Y\nPatientSize=1.5\nPatientWeight=130\nPatientID=9\n");
    folder.write("eligibility", "site",
                 R"({"disable":["modality"],"threshold":0.4,"images":{"anatomy":["QUUX"],"never":["ND"]},
"signs":[{"id":"s","any":[[{"tag":"EchoTime","above":80}]]}],"region":{"lumbar":["lend*"],"body_part":["BodyPartExamined"]},
"contrast":[{"id":"c","says":"T2","basis":"text","confidence":0.9,"because":"b","when":[{"sign":"s"}]}],
"rules":[{"id":"r","says":"against","weight":0.5,"because":"b","when":[{"text":["SeriesDescription"],"says":["warp"]}]}]})" +
                     nul + header_lines(1));
    folder.write(
        "eligibility", "rules",
        R"({"format":2,"threshold":0.5,"signs":[],"contrast":[],"rules":[{"id":"own_result","says":"exclude",
"because":"b","when":[{"tag":"Modality","is":["SEG"]},{"fact":"images","at_least":2,"below":900},
{"tag":"EchoTime","present":true},{"fact":"plane","is_not":["axial"]},
{"text":["SeriesDescription"],"says":["l spine","*sag*"],"but_not":["cor"]}]}]})" +
            nul + header_lines(1));
}

Volume small_phantom() {
    PhantomRequest request;
    request.columns = request.rows = 16;
    request.slices = 5;
    request.pixel_spacing = 18;
    request.seed = 3;
    auto phantom = make_phantom(request);
    if (!phantom) throw std::runtime_error(phantom.error().describe());
    // DCMTK's JPEG-LS encoder writes beyond its buffer when an image does not become smaller.
    for (auto& voxel : phantom->image.voxels) voxel = static_cast<float>(static_cast<int>(voxel) % 8);
    return phantom->image;
}

std::string joined(const dicom::testing::Files& files) {
    std::string text;
    for (const auto& bytes : files.bytes) {
        if (!text.empty()) text += kNextFile;
        text += text_of_bytes(bytes);
    }
    return text;
}

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

void write_results(const Folder& folder) {
    for (const auto output : {OutputObject::segmentation, OutputObject::label_map,
                              OutputObject::parametric_map, OutputObject::report, OutputObject::contours,
                              OutputObject::heat_map, OutputObject::disagreement_map})
        folder.write("result_gate", std::string(to_string(output)),
                     text_of_bytes(sample_result::result(output).bytes()));
    const std::string source = text_of_bytes(sample_result::source().bytes());
    folder.write(
        "result_gate", "with_its_source",
        text_of_bytes(sample_result::result(OutputObject::report).bytes()) + std::string(kNextFile) + source);
    folder.write("result_gate", "source", source);
}

template <typename T>
void put(std::string& file, std::size_t at, T value) {
    std::memcpy(file.data() + at, &value, sizeof value);
}

/// 2 x 2 x 2 shorts, placed by both forms.
std::string nifti1() {
    std::string file(352 + 16, '\0');
    put(file, 0, std::int32_t{348});
    for (std::size_t i = 0; i < 8; ++i)
        put(file, 40 + 2 * i, static_cast<std::int16_t>(i == 0 ? 3 : i < 4 ? 2 : 1));
    put(file, 70, std::int16_t{4});
    put(file, 72, std::int16_t{16});
    for (std::size_t i = 0; i < 4; ++i) put(file, 76 + 4 * i, 1.0F);
    put(file, 108, 352.0F);
    put(file, 112, 2.0F);
    put(file, 123, std::uint8_t{2});
    put(file, 252, std::int16_t{1});
    put(file, 254, std::int16_t{1});
    for (std::size_t i = 0; i < 3; ++i) put(file, 280 + 20 * i, 1.0F);
    std::memcpy(file.data() + 344, "n+1", 4);
    return file;
}

/// 2 x 2 x 2 doubles.
std::string nifti2() {
    std::string file(544 + 64, '\0');
    put(file, 0, std::int32_t{540});
    std::memcpy(file.data() + 4, "n+2\0\r\n\x1a\n", 8);
    put(file, 12, std::int16_t{64});
    put(file, 14, std::int16_t{64});
    for (std::size_t i = 0; i < 8; ++i) put(file, 16 + 8 * i, std::int64_t{i == 0 ? 3 : i < 4 ? 2 : 1});
    for (std::size_t i = 0; i < 4; ++i) put(file, 104 + 8 * i, 1.0);
    put(file, 168, std::int64_t{544});
    put(file, 348, std::int32_t{1});
    for (std::size_t i = 0; i < 3; ++i) put(file, 400 + 40 * i, 1.0);
    put(file, 500, std::int32_t{2});
    return file;
}

void write_volumes(const Folder& folder) {
    const Volume volume = small_phantom();
    const auto packed = deflate(std::as_bytes(std::span(volume.voxels)));
    const std::string body(reinterpret_cast<const char*>(packed.data()), packed.size());
    folder.write("volume", "phantom.mha",
                 metaimage_header(volume.geometry, "MET_FLOAT", packed.size()) + body);
    const std::string head =
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = True\n"
        "CompressedData = False\nTransformMatrix = 0 1 0 0 0 -1 1 0 0\nOffset = -3 0 1e2\n"
        "ElementSpacing = 1 0.5 4\nDimSize = 2 2 2\n";
    const std::pair<const char*, std::size_t> types[] = {
        {"MET_UCHAR", 8}, {"MET_SHORT", 16}, {"MET_DOUBLE", 64}, {"MET_ULONG_LONG", 64}};
    for (const auto& [type, bytes] : types)
        folder.write(
            "volume", type,
            head + "ElementType = " + type + "\nElementDataFile = LOCAL\n" + std::string(bytes, '\1'));
    folder.write("volume", "nifti1", nifti1());
    folder.write("volume", "nifti2", nifti2());
    folder.write(
        "volume", "dataset",
        R"({"channel_names":{"0":"T2"},"labels":{"background":0,"SC":1,"vertebrae":2,"IVD":3},"file_ending":".nii.gz"})");
    folder.write("volume", "old_dataset",
                 R"({"modality":{"0":"MRI"},"labels":{"0":"background","1":"canal","2":"VB","3":"disc"}})");
}

std::string weights_file(const std::string& header, std::size_t data_bytes) {
    std::string file(8, '\0');
    put(file, 0, static_cast<std::uint64_t>(header.size()));
    return file + header + std::string(data_bytes, '\1');
}

void write_weights(const Folder& folder) {
    folder.write("weights", "empty", weights_file("{}", 0));
    folder.write("weights", "two_tensors",
                 weights_file(R"({"__metadata__":{"kind":"unet"},
"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}})",
                              32));
    for (const std::string type : {"F16", "BF16", "U8", "I16", "I32"})
        folder.write(
            "weights", type,
            weights_file(R"({"t":{"dtype":")" + type + R"(","shape":[0,4],"data_offsets":[0,0]}})", 0));
    folder.write("weights", "gap",
                 weights_file(R"({"t":{"dtype":"U8","shape":[4],"data_offsets":[1,5]}})", 5));
}

/// The fixtures of the tests, and the pickle of each alone.
void write_checkpoints(const Folder& folder) {
    for (const std::string name : {"expanded", "foreign", "legacy", "protocol4", "state_dict", "torchscript",
                                   "values", "whole_module"}) {
        const auto file = file_of_repository("tests/worker/inference/checkpoint/fixtures/" + name + ".pt");
        folder.write("checkpoint", name, file);
        const auto archive = read_stored_zip(file);
        if (!archive) continue;
        for (const auto& [entry, bytes] : archive->stored)
            if (entry.ends_with("/data.pkl"))
                folder.write("checkpoint", name + "_pickle", std::string(bytes));
    }
}

}  // namespace seeds
}  // namespace spineseg::fuzz

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: fuzz_seeds FOLDER\n";
        return 2;
    }
    const spineseg::fuzz::seeds::Folder folder{arguments[1]};
    spineseg::fuzz::seeds::write_wire(folder);
    spineseg::fuzz::seeds::write_configuration(folder);
    spineseg::fuzz::seeds::write_eligibility(folder);
    spineseg::fuzz::seeds::write_series(folder);
    spineseg::fuzz::seeds::write_results(folder);
    spineseg::fuzz::seeds::write_volumes(folder);
    spineseg::fuzz::seeds::write_checkpoints(folder);
    spineseg::fuzz::seeds::write_weights(folder);
}
