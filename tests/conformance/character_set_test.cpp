// SPDX-License-Identifier: GPL-3.0-or-later
/// Names of patients in any alphabet reach the results byte for byte, declared or not, valid or not.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <array>

#include "dicom/read/series.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/result_file.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "dicom/write/sr/report_writer.h"
#include "tests/conformance/tool.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace character_set_test {

using namespace testing;

/// A series whose slices went through `edit`, its results beside it; then both are compared by pydicom and
/// dcentvfy.
void expect_copied(const std::function<void(DcmDataset&)>& edit, const std::string& what) {
    const Volume volume = random_volume(sagittal_geometry(16, 18, 5), 4);
    const Files files = sample_files(volume, {}, [&](DcmDataset& dataset, int) { edit(dataset); });
    const Series series = read_good(files);
    const auto seg =
        write_segmentation(series, random_labels(series.volume.geometry, 1), sample_provenance());
    const auto map =
        write_parametric_map(series, random_uncertainty(series.volume.geometry, 1), sample_provenance());
    const SpineLevels levels = sample_levels(series.volume.geometry);
    const auto report =
        write_report(series, {levels, sample_measurements(levels), std::nullopt}, {}, sample_provenance());
    ASSERT_TRUE(seg && map && report) << what;
    const TemporaryFolder folder;
    const auto source = folder.path() / "source.dcm", seg_file = folder.path() / "seg.dcm",
               map_file = folder.path() / "map.dcm", report_file = folder.path() / "report.dcm";
    write_bytes(source, files.bytes[0]);
    write_bytes(seg_file, seg->dicom);
    write_bytes(map_file, map->dicom);
    write_bytes(report_file, report->dicom);
    const std::string all =
        source.string() + " " + seg_file.string() + " " + map_file.string() + " " + report_file.string();
    const Ran compared =
        run("/usr/bin/python3 '" SPINESEG_SOURCE_DIR "/tests/conformance/same_patient_bytes.py' " + all);
    EXPECT_EQ(compared.status, 0) << what << "\n" << compared.output;
    if (!has_tool("dcentvfy")) return;
    const Ran entities = run("dcentvfy " + all);
    EXPECT_EQ(entities.status, 0) << what << "\n" << entities.output;
}

void put_raw(DcmDataset& dataset, const DcmTagKey& tag, const std::string& bytes) {
    if (dataset.putAndInsertString(tag, bytes.data(), static_cast<Uint32>(bytes.size())).bad())
        throw std::runtime_error("cannot insert");
}

struct Name {
    const char* character_set;
    std::string bytes;
};

TEST(CharacterSets, NamesAreCopiedByteForByte) {
    const std::array names = {
        Name{"ISO_IR 100",
             "\xc4neas^R\xfc"
             "diger"},
        Name{"ISO_IR 144",
             "\xbb\xee\xda"
             "ce\xdc\xd1yp\xd3"},
        Name{"ISO_IR 192", "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1="},
        Name{"GB18030",
             std::string("Wang=\xcd\xf5^\xd0\xa1\xb6\xab \x83\x5c ")},  // a second byte that is a backslash
        Name{"\\ISO 2022 IR 87", "Yamada^Tarou=\033$B;3ED\033(B^\033$BB@O:\033(B"},
        Name{"\\ISO 2022 IR 149", "Hong^Gildong=\033$)C\xfb\xf3^\033$)C\xd1\xce\xd4\xd7"},
        Name{"", "Undeclared\xe9^Latin "},
        Name{"ISO_IR 999", "Unknown set^\xff\xfe"},
        Name{"ISO_IR 100", "Trailing^Spaces   "},
    };
    for (const auto& name : names)
        expect_copied(
            [&](DcmDataset& dataset) {
                if (*name.character_set != '\0')
                    put_raw(dataset, DCM_SpecificCharacterSet, name.character_set);
                for (const auto& tag : {DCM_PatientName, DCM_ReferringPhysicianName, DCM_StudyDescription})
                    put_raw(dataset, tag, name.bytes);
            },
            name.character_set);
}

TEST(CharacterSets, RealFilesOfThirteenAlphabetsAreCopiedByteForByte) {
    if (shared_dicom_data().empty()) GTEST_SKIP() << "no shared data beside this checkout";
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(shared_dicom_data() / "charsets")) {
        DcmFileFormat real;
        ASSERT_TRUE(real.loadFile(entry.path().c_str()).good());
        expect_copied(
            [&](DcmDataset& dataset) {
                for (const auto& tag :
                     {DCM_SpecificCharacterSet, DCM_PatientName, DCM_PatientID, DCM_PatientBirthDate,
                      DCM_PatientSex, DCM_StudyDescription, DCM_ReferringPhysicianName, DCM_StudyID,
                      DCM_AccessionNumber, DCM_OtherPatientNames, DCM_PatientComments}) {
                    DcmElement* element = nullptr;
                    if (real.getDataset()->findAndGetElement(tag, element, OFFalse, OFTrue).good())
                        dataset.insert(element, OFTrue);
                }
            },
            entry.path().filename().string());
        ++files;
    }
    EXPECT_EQ(files, 13);
}

}  // namespace character_set_test
}  // namespace spineseg::dicom
