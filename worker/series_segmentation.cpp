// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/series_segmentation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "worker/column_check.h"
#include "worker/geometry_trace.h"
#include "worker/version.h"

namespace spineseg {
namespace {

constexpr int kSliceAxis = 2;

dicom::Provenance provenance_of(const Segmentation& segmentation, const ModelManifest& manifest) {
    dicom::Provenance provenance;
    provenance.model_id = manifest.id;
    provenance.model_version = manifest.version;
    provenance.model_digest = manifest.digest();
    provenance.software_version = software_version();
    provenance.request = segmentation.used;
    return provenance;  // content date and time stay empty: the study's own stand, so that a rerun changes
                        // nothing
}

double millilitres(const LabelMap& labels, Structure structure) {
    const Geometry& g = labels.geometry;
    const auto count = std::count(labels.voxels.begin(), labels.voxels.end(),
                                  static_cast<std::uint8_t>(label_of(structure)));
    return static_cast<double>(count) * g.column_spacing * g.row_spacing * g.slice_spacing / 1000.0;
}

nlohmann::json quality_json(const SeriesQuality& quality) {
    nlohmann::json structures;
    for (std::size_t s = 0; s < kStructures; ++s) {
        const StructureQuality& one = quality.structures[s];
        nlohmann::json& object = structures[to_string(static_cast<Structure>(s))];
        object["score"] = one.score;
        for (const auto& [name, value] : named_evidence()) object[name] = one.*value;
    }
    return {{"verdict", to_string(quality.verdict)},
            {"score", quality.score},
            {"reason", quality.reason},
            {"structures", structures}};
}

}  // namespace

Result<Segmentation> segment_series(const dicom::Series& series, Pipeline& pipeline,
                                    const SegmentRequest& request, const ProgressSink& progress) {
    const auto trace = trace_geometry(series.volume.geometry, InputPlan{});
    if (!trace) return failure(trace.error());
    if (trace->slice.source_axis != kSliceAxis)
        return failure(ErrorCode::not_sagittal, "the slices of this series are not sagittal");
    return pipeline.run(series.volume, request, progress);
}

Result<std::vector<dicom::ResultFile>> write_results(const dicom::Series& series,
                                                     const Segmentation& segmentation,
                                                     const ModelManifest& manifest) {
    if (auto column = check_column(segmentation.labels, segmentation.uncertainty); !column)
        return failure(column.error());
    const dicom::Provenance provenance = provenance_of(segmentation, manifest);
    auto labels = dicom::write_segmentation(series, segmentation.labels, provenance);
    if (!labels) return failure(labels.error());
    auto uncertainty = dicom::write_parametric_map(series, segmentation.uncertainty, provenance);
    if (!uncertainty) return failure(uncertainty.error());
    std::vector<dicom::ResultFile> files;
    files.push_back(std::move(*labels));
    files.push_back(std::move(*uncertainty));
    return files;
}

std::string summary_json(const Segmentation& segmentation) {
    nlohmann::json summary;
    for (int s = 0; s < kStructures; ++s) {
        const auto structure = static_cast<Structure>(s);
        summary["millilitres"][to_string(structure)] = millilitres(segmentation.labels, structure);
    }
    summary["quality"] = quality_json(segmentation.quality);
    summary["samples"] = segmentation.used.samples.value_or(0);
    summary["steps"] = segmentation.used.steps.value_or(0);
    summary["seed"] = segmentation.used.seed;
    summary["seconds"] = segmentation.seconds;
    return summary.dump();
}

Result<JobProduct> SeriesJobRunner::run(const JobInput& input,
                                        const std::function<bool(const Progress&)>& progress) {
    std::vector<dicom::InstanceBytes> instances;
    for (const auto& instance : input.instances) instances.push_back({instance.name, instance.bytes});
    const auto series = dicom::read_series(instances);
    if (!series) return failure(series.error());
    progress({Stage::reading, 1.0});
    auto segmentation = segment_series(*series, pipeline_, input.request, progress);
    if (!segmentation) return failure(segmentation.error());
    auto files = write_results(*series, *segmentation, segmenter_.manifest());
    if (!files) return failure(files.error());
    progress({Stage::writing, 1.0});
    return JobProduct{std::move(*files), summary_json(*segmentation)};
}

}  // namespace spineseg
