// SPDX-License-Identifier: GPL-3.0-or-later
// One test for each rule about whose a result is; docs/threat-model.md names them.
#include "plugin/result_gate/result_gate.h"

#include "tests/core/part10_bytes.h"
#include "tests/plugin/result_gate/gate_fixture.h"

namespace spineseg {
namespace result_gate_test {

using namespace sample_result;
using enum OutputObject;

class ResultGateTest : public GateFixture {};

TEST_F(ResultGateTest, EveryOutputAsTheWritersMakeItIsAdmitted) {
    for (const auto output : {segmentation, label_map, parametric_map, report, contours, heat_map,
                              disagreement_map, vertebra_parts}) {
        order.outputs = {output};
        EXPECT_EQ(rule(result(output), output), "") << to_string(output);
    }
    EXPECT_TRUE(archive.stored.empty());
    EXPECT_TRUE(archive.deleted.empty());
}

/// Orthanc unpacks a ZIP at POST /instances: one message put an object into another patient's study.
TEST_F(ResultGateTest, Preamble) {
    EXPECT_EQ(rule({'P', 'K', 3, 4}, claim(segmentation)), "preamble");
    EXPECT_EQ(rule({}, claim(segmentation)), "preamble");
    EXPECT_EQ(rule_after([](File& file) { file.magic = "DICN"; }), "preamble");
    EXPECT_EQ(rule_after([](File& file) { file.preamble.replace(0, 4, "PK\3\4"); }), "preamble");
    EXPECT_EQ(rule_after([](File& file) { file.preamble = ""; }), "preamble");
}

TEST_F(ResultGateTest, Encoding) {
    for (const char* syntax : {"1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
                               "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", ""})
        EXPECT_EQ(rule_after([&](File& file) { file.meta.put(0x00020010, "UI", syntax); }), "encoding");
    EXPECT_EQ(rule_after([](File& file) { file.meta.remove(0x00020010); }), "encoding");
}

TEST_F(ResultGateTest, Structure) {
    EXPECT_EQ(rule_after([](File& file) { file.tail = result(segmentation).dataset.bytes(); }), "structure");
    EXPECT_EQ(rule_after([](File& file) { file.tail = "x"; }), "structure");
    EXPECT_EQ(rule_after([](File& file) { file.tail = std::string(8, '\0'); }), "structure");
    const std::string id = part10_bytes::short_element(0x00100020, "LO", "ID-1");
    EXPECT_EQ(rule_after([&](File& file) { file.dataset.put_raw(0x00100020, id + id); }), "structure");
    EXPECT_EQ(rule_after([&](File& file) { file.dataset.put_raw(0x00080061, id); }), "structure");
    const std::string odd = part10_bytes::short_element(0x00080060, "CS", "SEG");
    EXPECT_EQ(rule_after([&](File& file) { file.dataset.put_raw(0x00080060, odd); }), "structure");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.put_items(0x00620002, {Elements()}, false); }),
              "structure");
    EXPECT_EQ(rule_with(0x00100000, "UL", "abcd"), "structure") << "a group length";
    auto cut = result(segmentation).bytes();
    cut.resize(cut.size() - 1);
    EXPECT_EQ(rule(cut, claim(segmentation)), "structure");
}

// A sequence that is copied from the source was compared without its VRs and kinds of lengths, and not looked at
// otherwise. With the VR "LN" in place of "LO" the gate read a length of 16 bits and DCMTK, hence Orthanc, one of 32: the
// archive read other elements than the gate had compared.
TEST_F(ResultGateTest, ACopiedSequenceIsEncodedLikeTheRest) {
    const auto with_code = [&](Elements code, bool defined_length = true) {
        return rule_after(
            [&](File& file) { file.dataset.put_items(0x00081032, {std::move(code)}, defined_length); });
    };
    const auto code = [] { return Elements().put(0x00080100, "SH", "M1").put(0x00080104, "LO", "MR"); };
    EXPECT_EQ(with_code(code()), "");
    EXPECT_EQ(with_code(code(), false), "structure");
    EXPECT_EQ(with_code(code().put(0x00080104, "LN", "MR")), "structure");
    EXPECT_EQ(with_code(code().put(0x00080000, "UL", "abcd")), "structure") << "a group length";
    EXPECT_EQ(with_code(code().put_raw(0x00080104, part10_bytes::short_element(0x00080104, "LO", "MR "))),
              "structure")
        << "an odd length";
    const std::string meaning = part10_bytes::short_element(0x00080104, "LO", "MR");
    EXPECT_EQ(with_code(code().put_raw(0x00080099, meaning)), "structure") << "in another order";
}

TEST_F(ResultGateTest, FileMeta) {
    EXPECT_EQ(rule_after([](File& file) { file.meta.put(0x00020003, "UI", "2.25.9"); }), "file_meta");
    EXPECT_EQ(rule_after([](File& file) { file.meta.put(0x00020002, "UI", "1.2"); }), "file_meta");
    EXPECT_EQ(rule_after([](File& file) { file.meta.put(0x00020016, "AE", "SCANNER"); }), "file_meta");
}

/// What the message said of the object was believed and shown, without a look into the file.
TEST_F(ResultGateTest, Claims) {
    const auto bytes = result(segmentation).bytes();
    auto object = claim(segmentation);
    object.sop_instance_uid = "2.25.9";
    EXPECT_EQ(rule(bytes, object), "claims");
    object = claim(segmentation);
    object.series_instance_uid = "2.25.9";
    EXPECT_EQ(rule(bytes, object), "claims");
    object = claim(segmentation);
    object.sop_class_uid = "1.2";
    EXPECT_EQ(rule(bytes, object), "claims");
}

/// Within the right study nothing was checked: an MR image went into the scanner's own series.
TEST_F(ResultGateTest, SopClass) {
    EXPECT_EQ(rule(source().bytes(), claim(segmentation)), "sop_class");
    EXPECT_EQ(rule(result(parametric_map).bytes(), claim(segmentation)), "sop_class");
    EXPECT_EQ(rule(result(contours).bytes(), claim(report)), "sop_class");
}

/// Both are Segmentations: the kind that the worker names must be the one that its series says.
TEST_F(ResultGateTest, PartsOfVertebraeAreNoOtherSegmentation) {
    order.outputs = {segmentation};
    EXPECT_EQ(rule(result(vertebra_parts), vertebra_parts), "ordered_output");
    order.outputs = {segmentation, vertebra_parts};
    EXPECT_NE(rule(result(segmentation), vertebra_parts), "");
    EXPECT_NE(rule(result(vertebra_parts), segmentation), "");
}

TEST_F(ResultGateTest, Modality) {
    EXPECT_EQ(rule_with(0x00080060, "CS", "MR"), "modality");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.remove(0x00080060); }), "modality");
}

TEST_F(ResultGateTest, SopInstanceUid) {
    for (const std::string uid : {kSourceInstance, "1.2.840.113619.2.1", "2.25.", "2.25.01", "2.25.1.2",
                                  "2.25.1234567890123456789012345678901234567890"}) {
        auto file = result(segmentation);
        file.meta.put(0x00020003, "UI", uid);
        file.dataset.put(0x00080018, "UI", uid);
        auto object = claim(segmentation);
        object.sop_instance_uid = uid;
        EXPECT_EQ(rule(file.bytes(), object), "sop_instance_uid") << uid;
    }
}

TEST_F(ResultGateTest, SeriesInstanceUid) {
    const auto with_series = [&](const std::string& uid) {
        auto file = result(segmentation);
        file.dataset.put(0x0020000e, "UI", uid);
        auto object = claim(segmentation);
        object.series_instance_uid = uid;
        return rule(file.bytes(), object);
    };
    EXPECT_EQ(with_series(kSourceSeries), "series_instance_uid") << "the scanner's own series";
    EXPECT_EQ(with_series("1.2.9"), "series_instance_uid");
    EXPECT_EQ(with_series(kResultInstance), "series_instance_uid");
    was_placed(report, "2.25.5", "2.25.6");
    EXPECT_EQ(with_series("2.25.6"), "series_instance_uid") << "the report's series";
    EXPECT_EQ(with_series("2.25.7"), "");
    was_placed(segmentation, "2.25.8", "2.25.9");
    EXPECT_EQ(with_series("2.25.7"), "series_instance_uid") << "its first part is in another series";
    EXPECT_EQ(with_series("2.25.9"), "");
}

TEST_F(ResultGateTest, Study) {
    EXPECT_EQ(rule_with(0x0020000d, "UI", "1.2.9"), "study");
}

/// An MR image with another patient's name went into the study.
TEST_F(ResultGateTest, PatientAndStudy) {
    const std::vector<std::tuple<DicomTag, std::string, std::string>> spoilt{
        {0x00100010, "PN", "Name^Of"},     {0x00100020, "LO", "ID-2"},   {0x00100020, "UN", "ID-1"},
        {0x00100030, "DA", "19700102"},    {0x00100040, "CS", "F"},      {0x00080005, "CS", "ISO_IR 192"},
        {0x00080020, "DA", "20260103"},    {0x00080050, "SH", "A1"},     {0x00081030, "LO", "CT"},
        {0x00101000, "LO", "ID-1"},        {0x00104000, "LT", "a note"}, {0x00120062, "CS", "YES"},
        {0x00080201, "SH", "+0100"},       {0x00080005, "CS", ""},       {0x00100010, "PN", ""},
        {0x00081030, "LO", "MRT LWS\\MRT"}};
    for (const auto& [tag, vr, value] : spoilt) EXPECT_EQ(rule_with(tag, vr, value), "patient_and_study");
    for (const DicomTag tag : {0x00100010U, 0x00100020U, 0x00100040U, 0x00080050U, 0x00081030U, 0x00081032U})
        EXPECT_EQ(rule_after([&](File& file) { file.dataset.remove(tag); }), "patient_and_study");
    EXPECT_EQ(rule_after([](File& file) {
                  file.dataset.put_items(0x00081032, {Elements().put(0x00080100, "SH", "M2")});
              }),
              "patient_and_study");
}

TEST_F(ResultGateTest, References) {
    const auto refers = [&](DicomTag tag, const std::string& uid) {
        return rule_after(
            [&](File& file) { file.dataset.put_items(0x00620002, {Elements().put(tag, "UI", uid)}); });
    };
    EXPECT_EQ(refers(0x00081155, "1.2.9"), "references");
    EXPECT_EQ(refers(0x0020000e, "1.2.9"), "references");
    EXPECT_EQ(refers(0x0020000d, "1.2.9"), "references");
    EXPECT_EQ(refers(0x00081155, kOtherInstance), "");
    EXPECT_EQ(refers(0x00081155, "2.25.5"), "references");
    was_placed(report, "2.25.5", "2.25.6");
    EXPECT_EQ(refers(0x00081155, "2.25.5"), "") << "a result of this attempt";
    EXPECT_EQ(rule_after([](File& file) {
                  file.dataset.remove(0x00081115);
                  file.dataset.remove(0x52009230);
              }),
              "references")
        << "it names no source";
}

TEST_F(ResultGateTest, FrameOfReference) {
    EXPECT_EQ(rule_with(0x00200052, "UI", "1.2.9"), "frame_of_reference");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.remove(0x00200052); }), "frame_of_reference");
}

/// With OverwriteInstances a foreign CT went from 3 instances to 2, and the source from 7 to 6.
TEST_F(ResultGateTest, Identifiers) {
    using Level = FoundResource::Level;
    const auto held = [&](const char* uid, Level level, const std::string& series, const std::string& study) {
        archive.identifiers = {{uid, {{level, "there"}}}};
        archive.places["there"] = {series, study};
        archive.files["there"] = result(segmentation).bytes();
        return rule(result(segmentation));
    };
    EXPECT_EQ(held(kResultInstance, Level::instance, "s", orthanc_id('f')), "identifiers")
        << "another patient's, though byte for byte the same";
    EXPECT_EQ(held(kResultInstance, Level::instance, orthanc_id('1'), orthanc_id('e')), "identifiers");
    EXPECT_EQ(held(kResultInstance, Level::series, "s", orthanc_id('e')), "identifiers");
    EXPECT_EQ(held(kResultSeries, Level::series, "s", orthanc_id('e')), "identifiers");
    EXPECT_EQ(held(kResultSeries, Level::study, "s", orthanc_id('e')), "identifiers");
    ResultObject earlier = claim(segmentation);
    earlier.orthanc_series_id = "there";
    ASSERT_TRUE(store->add_result(lease.job.id, lease.epoch, earlier));
    EXPECT_EQ(held(kResultSeries, Level::series, "s", orthanc_id('e')), "") << "our own, of a run before";
    EXPECT_TRUE(archive.stored.empty());
    EXPECT_TRUE(archive.deleted.empty());
}

/// "already_stored" was learnt from Orthanc's answer, which with OverwriteInstances comes after the overwriting.
TEST_F(ResultGateTest, SameResult) {
    archive.identifiers[kResultInstance] = {{FoundResource::Level::instance, "copy"},
                                            {FoundResource::Level::instance, "there"}};
    archive.places = {{"copy", {"c", orthanc_id('f')}}, {"there", {"s", orthanc_id('e')}}};
    auto archived = result(segmentation);
    archived.dataset.put(0x00080013, "TM", "101010");
    archive.files["there"] = archived.bytes();
    const auto equal = admit(result(segmentation).bytes(), claim(segmentation));
    ASSERT_TRUE(equal) << equal.error().describe();
    ASSERT_TRUE(equal->held);
    EXPECT_EQ(equal->held->instance_id, "there");
    EXPECT_TRUE(equal->held->already_stored);
    archived.dataset.put(0x7fe00010, "OB", std::string(6, '\2'));
    archive.files["there"] = archived.bytes();
    const auto other = admit(result(segmentation).bytes(), claim(segmentation));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::result_differs);
    EXPECT_TRUE(archive.stored.empty());
}

}  // namespace result_gate_test
}  // namespace spineseg
