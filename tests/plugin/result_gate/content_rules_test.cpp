// SPDX-License-Identifier: GPL-3.0-or-later
// One test for each rule about what a result says and shows, and how the source is read; docs/threat-model.md names
// them.
#include <gtest/gtest.h>

#include "plugin/result_gate/result_document.h"
#include "plugin/result_gate/result_rules.h"
#include "tests/core/part10_bytes.h"
#include "tests/plugin/result_gate/gate_fixture.h"

namespace spineseg {
namespace content_rules_test {

using namespace sample_result;
using enum OutputObject;

class ContentRulesTest : public GateFixture {};

TEST_F(ContentRulesTest, OrderedOutput) {
    EXPECT_EQ(rule(result(heat_map), heat_map), "ordered_output");
    was_placed(parametric_map, "2.25.1", "2.25.2");
    EXPECT_EQ(rule(result(parametric_map), parametric_map), "ordered_output") << "a second one";
    order.admitted = {{parametric_map, kResultInstance, kResultSeries}};
    EXPECT_EQ(rule(result(parametric_map), parametric_map), "") << "the same once more";
    order.admitted = {{contours, "2.25.1", kResultSeries}};
    EXPECT_EQ(rule(result(contours), contours), "");
    was_placed(contours, "2.25.2", kResultSeries);
    EXPECT_EQ(rule(result(contours), contours), "ordered_output") << "more pictures than images";
}

/// Sixty-four results of 512 MiB were taken from every job.
TEST_F(ContentRulesTest, Budget) {
    order.bytes = job_byte_budget(order, *read_source_header(archive.files["first"]));
    EXPECT_EQ(rule(result(segmentation)), "budget");
    const auto bytes = result(segmentation).bytes();
    EXPECT_STREQ(read_result_document(bytes, {.bytes = bytes.size() - 1}).error().rule, "budget");
    EXPECT_STREQ(read_result_document(bytes, {.elements = 20}).error().rule, "budget");
    Elements deep;
    for (int i = 0; i < kMostElementLevels + 4; ++i) deep = Elements().put_items(0x00620002, {deep});
    EXPECT_EQ(rule_after([&](File& file) { file.dataset.put_items(0x00620002, {deep}); }), "budget");
}

TEST_F(ContentRulesTest, Attributes) {
    EXPECT_EQ(rule_with(0x00090010, "LO", "PRIVATE"), "attributes");
    EXPECT_EQ(rule_with(0x60003000, "OW", "overlay!"), "attributes");
    EXPECT_EQ(rule_with(0x00080014, "UI", "1.2"), "attributes");
    EXPECT_EQ(rule_with(0x0040a075, "PN", "Verifier", report), "attributes");
    EXPECT_EQ(rule_with(0x7fe00010, "OB", "pixels", report), "attributes");
    EXPECT_EQ(rule_with(0x00080060, "LO", "SEG"), "attributes") << "another VR";
    EXPECT_EQ(rule_with(0x00700081, "LO", "a line\nand another"), "attributes");
    EXPECT_EQ(rule_with(0x00700081, "LO", "caf\xe9"), "attributes");
}

TEST_F(ContentRulesTest, NestedAttributes) {
    const auto within = [&](DicomTag tag, const std::string& vr) {
        return rule_after(
            [&](File& file) { file.dataset.put_items(0x00620002, {Elements().put(tag, vr, "1.2")}); });
    };
    EXPECT_EQ(within(0x00100010, "PN"), "nested_attributes");
    EXPECT_EQ(within(0x00120040, "LO"), "nested_attributes");
    EXPECT_EQ(within(0x00091001, "LO"), "nested_attributes");
    EXPECT_EQ(within(0x00081115, "UN"), "nested_attributes") << "a sequence in disguise";
    EXPECT_EQ(within(0x00081155, "LO"), "nested_attributes");
    EXPECT_EQ(within(0x00620006, "ST"), "");
}

TEST_F(ContentRulesTest, SeriesNumber) {
    EXPECT_EQ(rule_with(0x00200011, "IS", "3"), "series_number");
    EXPECT_EQ(rule_with(0x00200011, "IS", "90032"), "series_number") << "the map's";
}

TEST_F(ContentRulesTest, Description) {
    for (const char* text : {"T2 SAG", "AI Lumbar SEG 1", "AI Lumbar SEG 1 [T1 SAG] RESEARCH",
                             "AI Lumbar REPORT 1 [T2 SAG] RESEARCH", "AI Lumbar SEG 1 [T2 SAG RESEARCH",
                             "REJECTED: AI Lumbar SEG 1 [T2 SAG] RESEARCH", ""})
        EXPECT_EQ(rule_with(0x0008103e, "LO", text), "description") << text;
    for (const char* text : {"REVIEW: AI Lumbar SEG 1 [T2 SAG] RESEARCH", "AI Lumbar SEG 1 RESEARCH"})
        EXPECT_EQ(rule_with(0x0008103e, "LO", text), "") << text;
    order.keep_rejected = true;
    EXPECT_EQ(rule_with(0x0008103e, "LO", "REJECTED: AI Lumbar SEG 1 [T2 SAG] RESEARCH"), "");
}

TEST_F(ContentRulesTest, Research) {
    EXPECT_EQ(rule_with(0x00189004, "CS", "PRODUCT"), "research");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.remove(0x00189004); }), "research");
    EXPECT_EQ(rule_with(0x0040a493, "CS", "VERIFIED", report), "research");
}

/// A foreign network was called by the id and version of the model that it was converted from.
TEST_F(ContentRulesTest, Equipment) {
    EXPECT_EQ(rule_with(0x00080070, "LO", "SIEMENS"), "equipment");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.remove(0x0018a001); }), "equipment");
    const auto made_by = [&](const std::string& name, const std::string& asked) {
        return rule_after([&](File& file) {
            Elements model;
            model.put(0x00081090, "LO", name).put(0x0018a003, "ST", asked);
            file.dataset.put_items(0x0018a001, {Elements(), model});
        });
    };
    EXPECT_EQ(made_by("m", "samples=5 steps=3 seed=7 model=d"), "");
    EXPECT_EQ(made_by("n", "samples=5 steps=3 seed=7 model=d"), "equipment");
    EXPECT_EQ(made_by("m", "samples=5 steps=3 seed=7 model=e"), "equipment");
    EXPECT_EQ(made_by("m", "samples=5 steps=3 seed=8 model=d"), "equipment");
    lease.job.request.samples = 4;
    EXPECT_EQ(made_by("m", "samples=5 steps=3 seed=7 model=d"), "equipment");
    EXPECT_EQ(made_by("m", "samples=4 steps=3 seed=7 model=d"), "");
}

TEST_F(ContentRulesTest, Pixels) {
    EXPECT_EQ(rule_with(0x7fe00010, "OB", std::string(8, '\1')), "pixels");
    EXPECT_EQ(rule_with(0x00280008, "IS", "3"), "pixels") << "three frames, two groups";
    EXPECT_EQ(rule_with(0x00280008, "IS", "-1"), "pixels");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.put_us(0x00280010, 5); }), "pixels");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.put_us(0x00280100, 16); }), "pixels");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.put_us(0x00280010, 7); }, contours), "pixels");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.put_us(0x00280002, 1); }, contours), "pixels");
    EXPECT_EQ(rule_after([](File& file) { file.dataset.remove(0x7fe00008); }, parametric_map), "pixels");
}

/// `done` needed one object of any kind.
TEST_F(ContentRulesTest, Complete) {
    EXPECT_EQ(gate.missing(order), "SEG, PMAP, SR, CONTOURS");
    const wire::StoreResult message{lease.job.id, lease.epoch, claim(report), result(report).bytes()};
    gate.placed(order, message);
    gate.placed(order, message);
    EXPECT_EQ(order.admitted.size(), 1U);
    EXPECT_EQ(gate.missing(order), "SEG, PMAP, CONTOURS");
    for (const auto output : {segmentation, parametric_map, contours}) was_placed(output, "2.25.1", "2.25.2");
    EXPECT_EQ(gate.missing(order), "");
}

TEST_F(ContentRulesTest, ASourceInImplicitVrOrWithOpenLengthsIsTheSame) {
    auto open = source();
    open.dataset.put_items(0x00081032, {Elements().put(0x00080100, "SH", "M1").put(0x00080104, "LO", "MR")},
                           false);
    const std::string item = part10_bytes::tag_bytes(0xfffee000) + std::string(4, '\0');
    const std::string unknown = part10_bytes::tag_bytes(0x00091001) + "UN" + std::string(2, '\0') +
                                "\xff\xff\xff\xff" + item + part10_bytes::tag_bytes(0xfffee0dd) +
                                std::string(4, '\0');
    open.dataset.put_raw(0x00091001, unknown);
    put_source(open);
    EXPECT_EQ(rule(result(segmentation)), "") << "a private sequence without a VR, as old archives write it";

    const std::string explicit_bytes = source().dataset.bytes();
    ElementReader reader(
        Bytes(reinterpret_cast<const std::uint8_t*>(explicit_bytes.data()), explicit_bytes.size()),
        ElementEncoding::explicit_vr);
    File implicit = source();
    implicit.meta.put(0x00020010, "UI", "1.2.840.10008.1.2");
    implicit.dataset = Elements();
    const auto implicit_element = [](DicomTag tag, const std::string& value) {
        return part10_bytes::tag_bytes(tag) +
               part10_bytes::little_endian(static_cast<std::uint32_t>(value.size()), 4) + value;
    };
    for (auto next = reader.next(); next && *next; next = reader.next()) {
        std::string value((*next)->value.begin(), (*next)->value.end());
        if ((*next)->is("SQ")) {
            const std::string content =
                implicit_element(0x00080100, "M1") + implicit_element(0x00080104, "MR");
            value = implicit_element(0xfffee000, content);
        }
        implicit.dataset.put_raw((*next)->tag, implicit_element((*next)->tag, value));
    }
    put_source(implicit);
    order.headers.clear();
    EXPECT_EQ(rule(result(segmentation)), "");
    EXPECT_EQ(rule_with(0x00100010, "PN", "Name^Of"), "patient_and_study");
}

TEST_F(ContentRulesTest, ASourceThatHasGoneOrCannotBeReadAdmitsNothing) {
    archive.files.erase("first");
    EXPECT_EQ(admit(result(segmentation).bytes(), claim(segmentation)).error().code,
              ErrorCode::archive_unavailable);
    archive.files["first"] = std::vector<std::uint8_t>(200, 7);
    EXPECT_FALSE(admit(result(segmentation).bytes(), claim(segmentation)));
}

}  // namespace content_rules_test
}  // namespace spineseg
