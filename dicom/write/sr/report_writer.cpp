// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/sr/report_writer.h"

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <set>

#include "dicom/encoding/coded_concept.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/part10_file.h"
#include "dicom/encoding/segment_catalogue.h"
#include "dicom/encoding/source_dataset.h"
#include "dicom/encoding/uid.h"
#include "dicom/write/common_modules.h"
#include "dicom/write/sr/content_item.h"

namespace spineseg::dicom {
namespace {

/// What is cited makes it another report.
ResultHeader header_citing(const std::vector<ResultFile>& cited) {
    ResultHeader header{ResultKind::measurement_report, UID_Comprehensive3DSRStorage, "SR", "REPORT", 3};
    for (const auto& file : cited) header.variant += file.object.sop_instance_uid + " ";
    return header;
}

/// How a quantity is named, counted and rounded.
struct QuantityTerms {
    CodedConcept name;
    CodedConcept unit;
    CodedConcept method;
    int decimals;
    const CodedConcept* where = nullptr;  ///< topographical modifier
};

QuantityTerms terms_of(Quantity quantity) {
    using namespace codes;
    switch (quantity) {
        case Quantity::anterior_height:
            return {kHeight, kMillimetre, kBandAboutMidline, 1, &kAnterior};
        case Quantity::middle_height:
            return {kHeight, kMillimetre, kBandAboutMidline, 1, &kMiddle};
        case Quantity::posterior_height:
            return {kHeight, kMillimetre, kBandAboutMidline, 1, &kPosterior};
        case Quantity::depth:
            return {kDepth, kMillimetre, kBandAboutMidline, 1};
        case Quantity::volume:
            return {kVolume, kCubicMillimetre, kVoxelCount, 0};
        case Quantity::disc_height_index:
            return {kDiscHeightIndex, kRatioUnit, kBandAboutMidline, 3};
        case Quantity::slip:
            return {kSlip, kMillimetre, kBandAboutMidline, 1};
        case Quantity::slip_percent:
            return {kSlipPercent, kPercent, kBandAboutMidline, 1};
        case Quantity::canal_diameter:
            return {kDiameter, kMillimetre, kBandAboutMidline, 1};
    }
    return {kDepth, kMillimetre, kBandAboutMidline, 1};
}

class Report {
  public:
    Report(const Series& source, const ReportContent& content, const std::vector<ResultFile>& cited,
           const Provenance& provenance)
        : source_(source), content_(content), cited_(cited), provenance_(provenance) {
        const TrackingScope scope{source.study_instance_uid, source.series_instance_uid, provenance.model_id};
        descriptions_ = describe_segments(content.levels, scope);
        if (content.parts != nullptr)
            parts_ = describe_parts(*content.parts, content.levels.numbering, scope);
    }

    ResultFile write() const {
        ResultFile result;
        const ResultHeader header = header_citing(cited_);
        result.object = identify_result(header, source_, provenance_);
        auto dataset = std::make_unique<DcmDataset>();
        write_document_header(*dataset, header, result.object, source_, provenance_);
        declare_own_scheme(*dataset);
        put_sequence(*dataset, DCM_ReferencedPerformedProcedureStepSequence);
        put(*dataset, DCM_CompletionFlag, "COMPLETE");
        put(*dataset, DCM_VerificationFlag, "UNVERIFIED");
        put_sequence(*dataset, DCM_PerformedProcedureCodeSequence);
        write_evidence(*dataset);
        make_container(*dataset, codes::kImagingMeasurementReport, "1500");
        write_context(*dataset);
        write_library(*dataset);
        DcmItem& measurements = add_container(*dataset, codes::kImagingMeasurements);
        for (std::size_t i = 0; i < descriptions_.size(); ++i) write_group(measurements, i);
        for (std::size_t i = 0; i < parts_.size(); ++i) write_part(measurements, i);
        write_evaluations(*dataset);
        result.dicom = part10_file(std::move(dataset));
        return result;
    }

  private:
    /// Every instance that the content names, and the source's (PS3.3 C.17.2.3).
    void write_evidence(DcmItem& dataset) const {
        DcmItem& study = add_item(dataset, DCM_CurrentRequestedProcedureEvidenceSequence);
        put_stored(study, DCM_StudyInstanceUID, source_.study_instance_uid);
        std::map<std::string, DcmItem*> series;
        std::set<std::string> seen;
        const auto add = [&](const std::string& series_uid, const std::string& sop_class,
                             const std::string& instance) {
            if (!seen.insert(instance).second) return;
            DcmItem*& item = series[series_uid];
            if (item == nullptr) {
                item = &add_item(study, DCM_ReferencedSeriesSequence);
                put_stored(*item, DCM_SeriesInstanceUID, series_uid);
            }
            DcmItem& reference = add_item(*item, DCM_ReferencedSOPSequence);
            put_stored(reference, DCM_ReferencedSOPClassUID, sop_class);
            put_stored(reference, DCM_ReferencedSOPInstanceUID, instance);
        };
        for (const auto& slice : source_.sources)
            add(source_.series_instance_uid, slice.sop_class_uid, slice.sop_instance_uid);
        for (const auto& file : cited_)
            add(file.object.series_instance_uid, file.object.sop_class_uid, file.object.sop_instance_uid);
    }

    /// Language (TID 1204), the device that observed (TID 1001), the procedure.
    void write_context(DcmItem& root) const {
        using namespace relation;
        add_coded(root, kHasConceptModifier, codes::kLanguage, codes::kEnglish);
        add_coded(root, kHasObservationContext, codes::kObserverType, codes::kDevice);
        add_uid(root, kHasObservationContext, codes::kDeviceUid,
                uid_from({"device", provenance_.device_serial_number}));
        add_text(root, kHasObservationContext, codes::kDeviceName, "spineseg");
        add_text(root, kHasObservationContext, codes::kDeviceManufacturer, "spineseg");
        add_text(root, kHasObservationContext, codes::kDeviceModel, algorithm_name(provenance_));
        add_text(root, kHasObservationContext, codes::kDeviceSerial,
                 plain(provenance_.device_serial_number, 64));
        DcmItem* coded = nullptr;
        DcmItem& from = source_.dataset->dataset();
        if (from.findAndGetSequenceItem(DCM_ProcedureCodeSequence, coded, 0).good() && coded != nullptr) {
            // The modality's own code, byte for byte.
            DcmItem& procedure = add_item(root, DCM_ContentSequence);
            put(procedure, DCM_RelationshipType, kHasConceptModifier);
            put(procedure, DCM_ValueType, "CODE");
            add_code(procedure, DCM_ConceptNameCodeSequence, codes::kProcedureReported);
            DcmItem& value = add_item(procedure, DCM_ConceptCodeSequence);
            for (const auto& tag :
                 {DCM_CodeValue, DCM_CodingSchemeDesignator, DCM_CodingSchemeVersion, DCM_CodeMeaning})
                copy_element(value, *coded, tag);
        } else {
            add_coded(root, kHasConceptModifier, codes::kProcedureReported, codes::kMrLumbarSpine);
        }
    }

    /// The source images, and in a group of their own the maps and pictures made from them (TID 1600).
    void write_library(DcmItem& root) const {
        DcmItem& library = add_container(root, codes::kImageLibrary);
        DcmItem& sources = add_container(library, codes::kImageLibraryGroup);
        std::set<std::string> seen;
        for (const auto& slice : source_.sources)
            if (seen.insert(slice.sop_instance_uid).second)
                add_image(sources, nullptr, {slice.sop_class_uid, slice.sop_instance_uid});
        DcmItem* made = nullptr;
        for (const auto& file : cited_) {
            if (!file.segments.empty()) continue;
            if (made == nullptr) made = &add_container(library, codes::kImageLibraryGroup);
            add_image(*made, nullptr, {file.object.sop_class_uid, file.object.sop_instance_uid});
        }
    }

    std::vector<ImageReference> segments_of(std::uint8_t label) const {
        std::vector<ImageReference> references;
        for (const auto& file : cited_)
            for (const auto& segment : file.segments)
                if (segment.label == label)
                    references.push_back(
                        {file.object.sop_class_uid, file.object.sop_instance_uid, segment.number});
        return references;
    }

    /// Volumetric ROI Measurements and Qualitative Evaluations (TID 1411) of one structure.
    void write_group(DcmItem& measurements, std::size_t place) const {
        const SegmentDescription& segment = descriptions_[place];
        const SpineStructure& structure = content_.levels.structures[place];
        DcmItem* group = begin_group(measurements, segment, structure.confidence);
        if (group == nullptr) return;
        for (const auto& measured : content_.measurements)
            if (measured.label == segment.value)
                for (const auto& value : measured.values) write_measurement(*group, value);
    }

    /// Of a body or an arch.
    void write_part(DcmItem& measurements, std::size_t place) const {
        const VertebraPiece& piece = content_.parts->pieces[place];
        DcmItem* group = begin_group(measurements, parts_[place], piece.confidence);
        if (group == nullptr || !piece.whole) return;
        Measurement volume{.quantity = Quantity::volume, .value = 1000 * piece.millilitres};
        if (piece.millilitres_uncertainty) volume.uncertainty = 1000 * *piece.millilitres_uncertainty;
        write_measurement(*group, volume);
    }

    /// nullptr where no Segmentation was asked for: nothing to hang a measurement on.
    DcmItem* begin_group(DcmItem& measurements, const SegmentDescription& segment,
                         const std::optional<double>& confidence) const {
        const auto references = segments_of(segment.value);
        if (references.empty()) return nullptr;
        DcmItem& group = add_container(measurements, codes::kMeasurementGroup, "1411");
        add_text(group, relation::kHasObservationContext, codes::kTrackingIdentifier, segment.tracking_id);
        add_uid(group, relation::kHasObservationContext, codes::kTrackingUid, segment.tracking_uid);
        add_coded(group, relation::kContains, codes::kFinding, segment.type);
        add_image(group, &codes::kReferencedSegment, references.front());
        add_uid(group, relation::kContains, codes::kSourceSeries, source_.series_instance_uid);
        if (confidence)
            add_number(group, relation::kContains, codes::kConfidence, 100 * *confidence, 1, codes::kPercent);
        return &group;
    }

    void write_measurement(DcmItem& group, const Measurement& measured) const {
        const QuantityTerms terms = terms_of(measured.quantity);
        DcmItem& item =
            add_number(group, relation::kContains, terms.name, measured.value, terms.decimals, terms.unit);
        add_coded(item, relation::kHasConceptModifier, codes::kMeasurementMethod, terms.method);
        if (measured.at != 0)
            add_coded(item, relation::kHasConceptModifier, codes::kFindingSite, site_of(measured.at));
        if (terms.where != nullptr)
            add_coded(item, relation::kHasConceptModifier, codes::kTopographicalModifier, *terms.where);
        if (!measured.uncertainty) return;
        for (const auto& name : {codes::kUpperUncertainty, codes::kLowerUncertainty})
            add_number(item, relation::kHasProperties, name, *measured.uncertainty, terms.decimals + 1,
                       terms.unit);
    }

    /// The disc at which something was measured.
    CodedConcept site_of(std::uint8_t label) const {
        const auto disc = std::find_if(descriptions_.begin(), descriptions_.end(),
                                       [&](const auto& description) { return description.value == label; });
        return disc == descriptions_.end() ? codes::kDisc : disc->type;
    }

    /// What is said of the whole, in words and codes.
    void write_evaluations(DcmItem& root) const {
        using namespace relation;
        DcmItem& section = add_container(root, codes::kQualitativeEvaluations);
        const Numbering& numbering = content_.levels.numbering;
        add_coded(section, kContains, codes::kLevelNumbering,
                  numbering.determined ? codes::kNumberingDetermined : codes::kNumberingOpen);
        for (const auto doubt : numbering.doubts)
            add_text(section, kContains, codes::kLevelNumbering, explanation(doubt));
        if (!content_.quality) return;
        const QualityStatement& quality = *content_.quality;
        const CodedConcept verdict = quality.verdict == QualityVerdict::pass     ? codes::kVerdictPass
                                     : quality.verdict == QualityVerdict::review ? codes::kVerdictReview
                                                                                 : codes::kVerdictReject;
        add_coded(section, kContains, codes::kQualityVerdict, verdict);
        if (!quality.reason.empty())
            add_text(section, kContains, codes::kQualityVerdict, plain(quality.reason, 1024));
    }

    const Series& source_;
    const ReportContent& content_;
    const std::vector<ResultFile>& cited_;
    const Provenance& provenance_;
    std::vector<SegmentDescription> descriptions_;
    std::vector<SegmentDescription> parts_;
};

}  // namespace

Result<ResultFile> write_report(const Series& source, const ReportContent& content,
                                const std::vector<ResultFile>& cited, const Provenance& provenance) {
    if (!source.dataset) return failure(ErrorCode::invalid_argument, "the series was not read from DICOM");
    try {
        prepare_dcmtk();
        return Report(source, content, cited, provenance).write();
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while writing a measurement report");
    } catch (const ElementError& error) {
        return failure(ErrorCode::internal, std::string("measurement report: ") + error.what());
    }
}

}  // namespace spineseg::dicom
