// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/source_modules.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "core/copied_attributes.h"
#include "dicom/encoding/source_dataset.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "tests/dicom/parsed_file.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace source_modules_test {

using namespace testing;

/// A UID that the standard's own reader accepts for a made-up value of that attribute; sequences get an empty item.
void give(DcmDataset& dataset, const DcmTagKey& tag) {
    if (dataset.tagExists(tag)) return;
    DcmElement* element = nullptr;
    DcmTag known(tag);
    if (known.getEVR() == EVR_UN) known.setVR(DcmVR(tag == DcmTagKey(0x0010, 0x2162) ? EVR_UC : EVR_LO));
    ASSERT_TRUE(DcmItem::newDicomElement(element, known).good()) << tag.toString();
    ASSERT_TRUE(dataset.insert(element).good()) << tag.toString();
}

Series source(const std::function<void(DcmDataset&)>& change) {
    return read_good(sample_files(random_volume(sagittal_geometry(16, 18, 8), 1), {},
                                  [&](DcmDataset& dataset, int) { change(dataset); }));
}

TEST(SourceModules, NameEachAttributeOnce) {
    std::set<DcmTagKey> tags;
    for (const auto& module : source_modules())
        for (const auto* list : {&module.type_2, &module.if_present})
            for (const auto& tag : *list)
                EXPECT_TRUE(tags.insert(tag).second) << module.name << tag.toString();
    EXPECT_GE(tags.size(), 110U);
}

/// The plugin's gate refuses a result whose patient or study differ from the source's in one of these.
TEST(SourceModules, AreTheAttributesThatTheGateCompares) {
    std::size_t count = 0;
    for (const auto& module : source_modules()) {
        for (const auto* list : {&module.type_2, &module.if_present}) {
            for (const auto& tag : *list) {
                const auto number = static_cast<DicomTag>(tag.getGroup()) << 16 | tag.getElement();
                const CopiedAttribute* compared = copied_attribute(number);
                ASSERT_NE(compared, nullptr) << tag.toString();
                EXPECT_EQ(compared->always, list == &module.type_2) << tag.toString();
                // "UN": the dictionary of this DCMTK does not know it; a later one may.
                const std::string known = DcmVR(DcmTag(tag).getEVR()).getValidVRName();
                if (known == "UN")
                    EXPECT_TRUE(compared->recent) << tag.toString();
                else
                    EXPECT_EQ(std::string(compared->vr.data(), 2), known) << tag.toString();
                ++count;
            }
        }
    }
    EXPECT_EQ(count, copied_attributes().size());
}

/// Issuer of Clinical Trial Subject ID, Consent for Clinical Trial Use Sequence and 40 more attributes of the source
/// were missing in results: a hand-made list had left them out.
TEST(SourceModules, EveryAttributeOfTheirTablesIsInTheResultsOfASourceThatHasIt) {
    const Series series = source([](DcmDataset& dataset) {
        for (const auto& module : source_modules())
            for (const auto* list : {&module.type_2, &module.if_present})
                for (const auto& tag : *list) give(dataset, tag);
    });
    const auto file =
        write_parametric_map(series, random_uncertainty(series.volume.geometry, 4), sample_provenance());
    ASSERT_TRUE(file) << file.error().describe();
    const auto written = parsed(file->dicom);
    for (const auto& module : source_modules())
        for (const auto* list : {&module.type_2, &module.if_present})
            for (const auto& tag : *list)
                EXPECT_TRUE(written->getDataset()->tagExists(tag)) << module.section << " " << tag.toString();
}

TEST(SourceModules, Type2AttributesStandEmptyWhereTheSourceLacksThemAndOthersAreAbsent) {
    const Series series =
        source([](DcmDataset& dataset) { dataset.findAndDeleteElement(DCM_AccessionNumber); });
    DcmDataset copied;
    copy_patient_and_study(copied, series);
    EXPECT_TRUE(copied.tagExists(DCM_AccessionNumber));
    EXPECT_FALSE(copied.tagExists(DCM_ClinicalTrialSubjectID));
    EXPECT_FALSE(copied.tagExists(DCM_ConsentForClinicalTrialUseSequence));
}

/// Results of a trial's subject and of the same images without the trial must not get the same UIDs.
TEST(SourceModules, AnAttributeThatIsCopiedMakesAnotherResult) {
    const auto uid_of = [](const Series& series) {
        return write_parametric_map(series, random_uncertainty(series.volume.geometry, 4),
                                    sample_provenance())
            ->object.sop_instance_uid;
    };
    const auto plain = uid_of(source([](DcmDataset&) {}));
    EXPECT_EQ(plain, uid_of(source([](DcmDataset&) {})));
    EXPECT_NE(plain, uid_of(source([](DcmDataset& dataset) {
                  dataset.putAndInsertString(DCM_ConsultingPhysicianName, "Doctor^A");
              })));
    EXPECT_NE(plain, uid_of(source([](DcmDataset& dataset) {
                  dataset.putAndInsertString(DCM_MeasuredAPDimension, "210");
              })));
}

}  // namespace source_modules_test
}  // namespace spineseg::dicom
