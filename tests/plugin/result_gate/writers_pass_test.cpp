// SPDX-License-Identifier: GPL-3.0-or-later
// The gate refuses what our writers do not write. So everything that they write must pass it.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dicom/read/series.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/sc/picture_writer.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "dicom/write/sr/report_writer.h"
#include "plugin/result_gate/result_document.h"
#include "plugin/result_gate/result_rules.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"

namespace spineseg {
namespace writers_pass_test {

using namespace dicom;
using namespace dicom::testing;

/// Every object of a series, in the order of the worker.
std::vector<ResultFile> results_of(const Series& series, const Provenance& provenance) {
    std::vector<ResultFile> files;
    const auto add = [&](auto written) {
        ASSERT_TRUE(written) << written.error().describe();
        if constexpr (requires { written->dicom; })
            files.push_back(std::move(*written));
        else
            for (auto& file : *written) files.push_back(std::move(file));
    };
    const SpineLevels column = sample_levels(series.volume.geometry);
    const Volume map = random_uncertainty(series.volume.geometry, 6);
    add(write_segmentation(series, column, provenance));
    const VertebraParts parts = sample_parts(column);
    add(write_vertebra_parts(series, parts, column.numbering, provenance));
    add(write_parametric_map(series, map, provenance));
    add(write_parametric_map(series, map, provenance, MapQuantity::mutual_information));
    const SlicePicture picture{
        2, 2, std::vector<std::uint8_t>(12 * series.volume.geometry.slice_voxel_count(), 90)};
    add(write_pictures(series, ResultKind::contours, {picture}, provenance));
    add(write_pictures(series, ResultKind::heat_map, {picture}, provenance));
    const QualityStatement quality{provenance.verdict, "the canal is blurred"};
    add(write_report(series, {column, sample_measurements(column), quality, &parts}, files, provenance));
    add(write_segmentation(series, column, provenance, SegmentationEncoding::label_map));
    return files;
}

/// The first objection against each.
void expect_all_pass(const Files& source) {
    const Series series = read_good(source);
    Provenance provenance = sample_provenance();
    provenance.verdict = QualityVerdict::review;
    Job job;
    job.model_id = provenance.model_id;
    job.model_digest = provenance.model_digest;
    job.request.seed = provenance.request.seed;
    job.series_instance_uid = series.series_instance_uid;
    ResultOrder order;
    order.outputs = {OutputObject::segmentation,  OutputObject::parametric_map,
                     OutputObject::report,        OutputObject::contours,
                     OutputObject::heat_map,      OutputObject::disagreement_map,
                     OutputObject::vertebra_parts};
    for (const auto& slice : series.sources)
        if (order.source(slice.sop_instance_uid) == nullptr)
            order.sources.push_back({"o", slice.sop_instance_uid});
    std::vector<SourceHeader> headers;
    for (const auto& bytes : source.bytes) headers.push_back(*read_source_header(bytes));
    for (const auto& file : results_of(series, provenance)) {
        const auto* shape = output_shape(file.object.kind, file.object.sop_class_uid);
        ASSERT_NE(shape, nullptr);
        if (shape->output == OutputObject::label_map) {
            order.outputs = {OutputObject::label_map};
            order.admitted.clear();
        }
        const auto document = read_result_document(file.dicom);
        ASSERT_TRUE(document) << to_string(shape->output) << ": " << document.error().what;
        const std::string first = document->references.front().uid;
        const auto named = std::find_if(headers.begin(), headers.end(), [&](const SourceHeader& header) {
            return header.sop_instance_uid == first;
        });
        ASSERT_NE(named, headers.end());
        const RuleInput input{*document, *shape, *named, order, job, file.object, file.dicom.size()};
        for (const auto rules : {identity_rules(), content_rules()})
            for (const auto& rule : rules) {
                const auto what = rule.check(input);
                EXPECT_FALSE(what) << to_string(shape->output) << ", rule " << rule.name << ": " << *what;
            }
        order.admitted.push_back(
            {shape->output, file.object.sop_instance_uid, file.object.series_instance_uid});
    }
    EXPECT_EQ(missing_outputs(order), "");
}

TEST(WritersPass, AClassicSeries) {
    expect_all_pass(sample_files(random_volume(sagittal_geometry(63, 77, 9, 11), 3)));
}

TEST(WritersPass, AnEnhancedSeries) {
    expect_all_pass(enhanced_files(random_volume(sagittal_geometry(63, 77, 9), 4)));
}

TEST(WritersPass, ASeriesInImplicitVr) {
    Files files = sample_files(random_volume(sagittal_geometry(40, 32, 7), 5));
    for (auto& file : files.bytes)
        file = edited(
            file, [](DcmDataset&) {}, "1.2.840.10008.1.2");
    expect_all_pass(files);
}

/// The gate checks the encoding of copied sequences. Sequences that scanners write must pass after the writers have copied them.
TEST(WritersPass, ASeriesWithPrivateAndNestedElementsInItsProcedureCode) {
    expect_all_pass(
        sample_files(random_volume(sagittal_geometry(40, 32, 7), 6), {}, [](DcmDataset& dataset, int) {
            DcmItem *code = nullptr, *inner = nullptr;
            ASSERT_TRUE(dataset.findOrCreateSequenceItem(DCM_ProcedureCodeSequence, code, 0).good());
            const Uint8 odd[] = {1, 2, 3};
            code->putAndInsertString(DCM_CodeValue, "M1");
            code->putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "SCANNER");
            code->putAndInsertUint8Array(DcmTag(0x0009, 0x1001, EVR_UN), odd, 3);
            ASSERT_TRUE(code->findOrCreateSequenceItem(DCM_EquivalentCodeSequence, inner, 0).good());
            inner->putAndInsertString(DCM_CodeMeaning, "odd");
            inner->putAndInsertUint32(DcmTag(0x0008, 0x0000, EVR_UL), 4);
        }));
}

}  // namespace writers_pass_test
}  // namespace spineseg
