// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/job/series_segmentation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/digest.h"
#include "core/sagittal_axes.h"
#include "core/voxel_volume.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/sc/picture_writer.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "dicom/write/sr/report_writer.h"
#include "worker/drawing/slice_drawing.h"
#include "worker/job/version.h"
#include "worker/levels/divide_vertebrae.h"
#include "worker/postprocessing/anatomy_check.h"
#include "worker/reach/result_doubts.h"

namespace spineseg {
namespace {

dicom::Provenance provenance_of(const Segmentation& segmentation, const ModelManifest& manifest,
                                const dicom::AnalysisTime& made) {
    dicom::Provenance provenance;
    provenance.model_id = manifest.id;
    provenance.model_version = manifest.version;
    provenance.model_digest = manifest.digest();
    provenance.software_version = software_version();
    provenance.request = segmentation.used;
    provenance.verdict = segmentation.quality.verdict;
    provenance.made = made;
    return provenance;
}

double millilitres(const LabelMap& labels, Structure structure) {
    const auto count = std::count(labels.voxels.begin(), labels.voxels.end(),
                                  static_cast<std::uint8_t>(label_of(structure)));
    return static_cast<double>(count) * voxel_millilitres(labels.geometry);
}

nlohmann::json quality_json(const SeriesQuality& quality) {
    nlohmann::json structures;
    for (std::size_t s = 0; s < kStructures; ++s) {
        const StructureQuality& one = quality.structures[s];
        nlohmann::json& object = structures[to_string(static_cast<Structure>(s))];
        object["score"] = one.score;
        for (const auto& [name, value] : named_evidence()) object[name] = one.*value;
    }
    nlohmann::json doubts = nlohmann::json::array();
    for (const Doubt& doubt : quality.doubts)
        doubts.push_back({{"name", doubt.name},
                          {"explanation", doubt.explanation},
                          {"at_least", to_string(doubt.at_least)}});
    return {{"verdict", to_string(quality.verdict)},
            {"doubts", std::move(doubts)},
            {"score", quality.score},
            {"reason", quality.reason},
            {"structures", structures}};
}

dicom::QualityStatement statement_of(const SeriesQuality& quality) {
    return {quality.verdict, quality.reason};
}

/// What is burnt into the pictures, which may be shown without the other objects.
std::string warning_of(QualityVerdict verdict) {
    if (verdict == QualityVerdict::review) return "REVIEW recommended";
    return verdict == QualityVerdict::reject ? "REJECTED" : "";
}

/// Writes one object after another; the report cites those before it.
class ResultWriter {
  public:
    using Files = std::vector<dicom::ResultFile>;
    ResultWriter(const dicom::Series& series, const Segmentation& segmentation, const SpineFindings& column,
                 dicom::Provenance provenance)
        : series_(series),
          segmentation_(segmentation),
          column_(column),
          provenance_(std::move(provenance)),
          caption_{provenance_.model_id + " " + provenance_.model_version, warning_of(provenance_.verdict)} {}

    Result<Files> write(const OutputPlan& outputs) {
        using enum OutputObject;
        for (const auto object : {segmentation, label_map, vertebra_parts, parametric_map, disagreement_map,
                                  contours, heat_map, report}) {
            if (!holds(outputs, object)) continue;
            auto written = write(object);
            if (!written) return failure(written.error());
            for (auto& file : *written) files_.push_back(std::move(file));
        }
        return std::move(files_);
    }

  private:
    static Result<Files> only(Result<dicom::ResultFile> file) {
        if (!file) return failure(file.error());
        Files files;
        files.push_back(std::move(*file));
        return files;
    }

    Result<Files> write(OutputObject object) {
        switch (object) {
            case OutputObject::segmentation:
                return dicom::write_segmentation(series_, column_.levels, provenance_);
            case OutputObject::label_map:
                return dicom::write_segmentation(series_, column_.levels, provenance_,
                                                 dicom::SegmentationEncoding::label_map);
            case OutputObject::vertebra_parts:
                return vertebra_parts();
            case OutputObject::parametric_map:
                return only(dicom::write_parametric_map(series_, segmentation_.uncertainty, provenance_));
            case OutputObject::disagreement_map:
                return only(dicom::write_parametric_map(series_, segmentation_.mutual_information,
                                                        provenance_, dicom::MapQuantity::mutual_information));
            case OutputObject::contours:
                return pictures(ResultKind::contours,
                                draw_contours(series_.volume, column_.levels, caption_));
            case OutputObject::heat_map:
                return pictures(ResultKind::heat_map, draw_heat_map(series_.volume, column_.levels,
                                                                    segmentation_.uncertainty, caption_));
            case OutputObject::report:
                break;
        }
        return only(dicom::write_report(series_,
                                        {column_.levels, column_.measurements,
                                         statement_of(segmentation_.quality), parts_ ? &*parts_ : nullptr},
                                        files_, provenance_));
    }

    Result<Files> vertebra_parts() {
        auto parts = divide_vertebrae(column_.levels, &segmentation_.uncertainty, &segmentation_.probability);
        if (!parts) return failure(parts.error());
        parts_ = std::move(*parts);
        return dicom::write_vertebra_parts(series_, *parts_, column_.levels.numbering, provenance_);
    }

    Result<Files> pictures(ResultKind kind, Result<std::vector<DrawnSlice>> drawn) {
        if (!drawn) return failure(drawn.error());
        std::vector<dicom::SlicePicture> captures;
        for (auto& picture : *drawn)
            captures.push_back({picture.slice, picture.scale, std::move(picture.rgb)});
        return dicom::write_pictures(series_, kind, captures, provenance_);
    }

    const dicom::Series& series_;
    const Segmentation& segmentation_;
    const SpineFindings& column_;
    dicom::Provenance provenance_;
    DrawingCaption caption_;
    std::optional<VertebraParts> parts_;  ///< where they are wanted
    Files files_;
};

}  // namespace

Result<Segmentation> segment_series(const dicom::Series& series, Pipeline& pipeline,
                                    const SegmentRequest& request, const ProgressSink& progress) {
    if (auto sagittal = check_sagittal_slices(series.volume.geometry); !sagittal)
        return failure(sagittal.error());
    auto segmentation = pipeline.run(series.volume, request, progress);
    if (segmentation && segmentation->quality.verdict != QualityVerdict::reject)
        for (auto& doubt : doubts_of_patient(series.patient))
            raise_doubt(segmentation->quality, std::move(doubt));
    return segmentation;
}

void doubt_column(Segmentation& segmentation, const Volume& image, const SpineFindings& column) {
    if (segmentation.quality.verdict == QualityVerdict::reject) return;
    const auto& raised = segmentation.quality.doubts;
    for (auto& doubt : doubts_of_result(image, column.levels, column.measurements))
        if (std::none_of(raised.begin(), raised.end(),
                         [&](const Doubt& one) { return one.name == doubt.name; }))
            raise_doubt(segmentation.quality, std::move(doubt));
}

Result<std::vector<dicom::ResultFile>> write_results(
    const dicom::Series& series, const Segmentation& segmentation, const SpineFindings& column,
    const ModelManifest& manifest, const dicom::AnalysisTime& made, const OutputPlan& outputs) {
    if (auto checked = check_anatomy(segmentation.labels, segmentation.uncertainty); !checked)
        return failure(checked.error());
    return ResultWriter(series, segmentation, column, provenance_of(segmentation, manifest, made))
        .write(outputs);
}

std::string summary_json(const Segmentation& segmentation, const SpineFindings& column) {
    nlohmann::json summary = column_json(column);
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
    dicom::ReadLimits limits;
    limits.words = input.image_words;
    const auto series = dicom::read_series(instances, limits);
    if (!series) return failure(series.error());
    progress({Stage::reading, 1.0});
    auto segmentation = segment_series(*series, pipeline_, input.request, progress);
    if (!segmentation) return failure(segmentation.error());
    if (auto checked = check_anatomy(segmentation->labels, segmentation->uncertainty); !checked)
        return failure(checked.error());
    // Nothing of a rejected segmentation reaches the archive unasked: not every viewer shows a verdict.
    std::optional<Error> verdict;
    if (segmentation->quality.verdict == QualityVerdict::reject)
        verdict = Error{ErrorCode::quality_rejected, segmentation->quality.reason};
    if (verdict && !input.keep_rejected) return failure(*verdict);
    const auto column =
        read_column(segmentation->labels, segmentation->uncertainty, segmentation->probability,
                    segmentation->levels ? &*segmentation->levels : nullptr);
    if (!column) return failure(column.error());
    doubt_column(*segmentation, series->volume, *column);
    auto files =
        write_results(*series, *segmentation, *column, segmenter_.manifest(), input.started, input.outputs);
    if (!files) return failure(files.error());
    progress({Stage::writing, 1.0});
    return JobProduct{std::move(*files), summary_json(*segmentation, *column), verdict};
}

}  // namespace spineseg
