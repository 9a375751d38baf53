// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/sr/report_writer.h"
#include "dicom/write/seg/segmentation_writer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "tests/dicom/parsed_file.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace report_writer_test {

using namespace testing;

std::string code(DcmItem& item, const DcmTagKey& sequence) {
    DcmItem* found = nullptr;
    if (item.findAndGetSequenceItem(sequence, found, 0).bad()) return {};
    return text(*found, DCM_CodeValue);
}

/// Every content item under `item`, depth first, with the code of its concept name.
void walk(DcmItem& item, const std::function<void(DcmItem&, const std::string&)>& visit) {
    DcmSequenceOfItems* content = nullptr;
    if (item.findAndGetSequence(DCM_ContentSequence, content).bad()) return;
    for (unsigned long i = 0; i < content->card(); ++i) {
        DcmItem& child = *content->getItem(i);
        visit(child, code(child, DCM_ConceptNameCodeSequence));
        walk(child, visit);
    }
}

struct Written {
    Series series = read_good(sample_files(random_volume(sagittal_geometry(16, 18, 9), 11)));
    SpineLevels levels = sample_levels(series.volume.geometry);
    std::vector<StructureMeasurements> measurements = sample_measurements(levels);
    std::vector<ResultFile> cited = *write_segmentation(series, levels, sample_provenance());

    ResultFile report(std::optional<QualityStatement> quality = std::nullopt) const {
        auto file =
            write_report(series, {levels, measurements, std::move(quality)}, cited, sample_provenance());
        EXPECT_TRUE(file);
        return std::move(*file);
    }
};

TEST(ReportWriter, TheSameInputGivesTheSameBytes) {
    const ResultFile a = Written().report(), b = Written().report();
    EXPECT_EQ(a.dicom, b.dicom);
    EXPECT_EQ(a.object.kind, ResultKind::measurement_report);
    EXPECT_EQ(a.object.sop_class_uid, UID_Comprehensive3DSRStorage);
}

TEST(ReportWriter, EveryGroupCitesItsSegmentUnderTheSameTrackingUid) {
    const Written w;
    const auto seg = parsed(w.cited.front().dicom);
    std::map<int, std::string> tracked;  // by segment number
    for (unsigned long i = 0;; ++i) {
        DcmItem* segment = nullptr;
        if (seg->getDataset()
                ->findAndGetSequenceItem(DCM_SegmentSequence, segment, static_cast<long>(i))
                .bad())
            break;
        Uint16 number = 0;
        segment->findAndGetUint16(DCM_SegmentNumber, number);
        tracked[number] = text(*segment, DCM_TrackingUID);
    }
    ASSERT_EQ(tracked.size(), w.levels.structures.size());
    const auto report = parsed(w.report().dicom);
    int groups = 0;
    walk(*report->getDataset(), [&](DcmItem& item, const std::string& name) {
        if (name != "125007") return;
        ++groups;
        std::string uid;
        int number = 0;
        walk(item, [&](DcmItem& child, const std::string& concept_name) {
            if (concept_name == "112040") uid = text(child, DCM_UID);
            DcmItem* reference = nullptr;
            if (concept_name != "121191" ||
                child.findAndGetSequenceItem(DCM_ReferencedSOPSequence, reference, 0).bad())
                return;
            Uint16 value = 0;
            reference->findAndGetUint16(DCM_ReferencedSegmentNumber, value);
            number = value;
            EXPECT_EQ(text(*reference, DCM_ReferencedSOPInstanceUID),
                      w.cited.front().object.sop_instance_uid);
        });
        EXPECT_EQ(tracked[number], uid);
    });
    EXPECT_EQ(groups, static_cast<int>(tracked.size()));
}

TEST(ReportWriter, ValuesUnitsAndUncertaintiesAreThoseMeasured) {
    const Written w;
    const auto report = parsed(w.report().dicom);
    int numbers = 0, uncertainties = 0;
    walk(*report->getDataset(), [&](DcmItem& item, const std::string& name) {
        if (text(item, DCM_ValueType) != "NUM") return;
        DcmItem* value = nullptr;
        ASSERT_TRUE(item.findAndGetSequenceItem(DCM_MeasuredValueSequence, value, 0).good());
        EXPECT_FALSE(code(*value, DCM_MeasurementUnitsCodeSequence).empty());
        EXPECT_LE(text(*value, DCM_NumericValue).size(), 16u);
        if (name == "371886008" || name == "371885007") {
            ++uncertainties;
            EXPECT_EQ(text(item, DCM_RelationshipType), "HAS PROPERTIES");
        } else if (name != "CONFIDENCE") {
            ++numbers;
        }
    });
    int expected = 0, doubted = 0;
    for (const auto& group : w.measurements)
        for (const auto& value : group.values) {
            ++expected;
            doubted += value.uncertainty ? 2 : 0;
        }
    EXPECT_EQ(numbers, expected);
    EXPECT_EQ(uncertainties, doubted);
}

TEST(ReportWriter, SaysWhyLevelsAreOpenAndHowFarToTrust) {
    Written w;
    w.levels.numbering = {
        .determined = false, .confidence = 0.2, .doubts = {NumberingDoubt::sacrum_not_in_view}};
    w.cited = *write_segmentation(w.series, w.levels, sample_provenance());
    const auto report =
        parsed(w.report(QualityStatement{QualityVerdict::review, "the canal is blurred"}).dicom);
    std::string said;
    walk(*report->getDataset(), [&](DcmItem& item, const std::string& name) {
        if (name == "LEVELNUMBERING" || name == "QUALITYVERDICT")
            said += code(item, DCM_ConceptCodeSequence) + text(item, DCM_TextValue) + "\n";
    });
    EXPECT_EQ(said, std::string("OPEN\n") + explanation(NumberingDoubt::sacrum_not_in_view) +
                        "\nREVIEW\nthe canal is blurred\n");
}

TEST(ReportWriter, BodiesAndArchesHaveVolumesWhereTheirSegmentsAreCited) {
    Written w;
    const auto groups = [](const ResultFile& file) {
        int volumes = 0, count = 0;
        const auto report = parsed(file.dicom);
        walk(*report->getDataset(), [&](DcmItem&, const std::string& name) {
            count += static_cast<int>(name == "125007");
            volumes += static_cast<int>(name == "118565006");
        });
        return std::pair(count, volumes);
    };
    const auto [plain_groups, plain_volumes] = groups(w.report());
    const VertebraParts parts = sample_parts(w.levels);
    const auto written = [&] {
        const auto file =
            write_report(w.series, {w.levels, w.measurements, {}, &parts}, w.cited, sample_provenance());
        EXPECT_TRUE(file);
        return *file;
    };
    EXPECT_EQ(written().dicom, w.report().dicom) << "their segments are not cited";
    auto divided = write_vertebra_parts(w.series, parts, w.levels.numbering, sample_provenance());
    ASSERT_TRUE(divided);
    for (auto& file : *divided) w.cited.push_back(std::move(file));
    EXPECT_EQ(groups(written()), std::pair(plain_groups + 12, plain_volumes + 11))
        << "the arch of T12 is cut";
}

TEST(ReportWriter, WithoutASegmentationThereAreNoGroups) {
    Written w;
    w.cited.clear();
    int groups = 0;
    walk(*parsed(w.report().dicom)->getDataset(),
         [&](DcmItem&, const std::string& name) { groups += static_cast<int>(name == "125007"); });
    EXPECT_EQ(groups, 0);
    EXPECT_EQ(write_report({}, {w.levels, w.measurements, {}}, {}, sample_provenance()).error().code,
              ErrorCode::invalid_argument);
}

}  // namespace report_writer_test
}  // namespace spineseg::dicom
