// SPDX-License-Identifier: GPL-3.0-or-later
// plugin/result_gate/result_gate.h: what the gate admits is read by DCMTK, which Orthanc uses, as an object of the job's study that
// was ordered, refers to nothing but the source, and holds no other element than the gate saw.
#include "plugin/result_gate/result_gate.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <memory>

#include "plugin/result_gate/archive_identifiers.h"
#include "plugin/result_gate/result_document.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/plugin/result_gate/leased_sample.h"

namespace spineseg::fuzz {
namespace result_gate_fuzz {

namespace sample = sample_result;

std::string value(DcmItem& item, const DcmTagKey& tag) {
    OFString text;
    item.findAndGetOFStringArray(tag, text);
    return {text.c_str(), text.length()};
}

/// Without the padding at its end, which carries no meaning (PS3.5 6.2).
std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(std::string(" \0", 2)) + 1);
    return text;
}

std::unique_ptr<DcmFileFormat> read_by_dcmtk(Input file) {
    DcmInputBufferStream stream;
    stream.setBuffer(file.data(), static_cast<offile_off_t>(file.size()));
    stream.setEos();
    auto format = std::make_unique<DcmFileFormat>();
    format->transferInit();
    if (format->read(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength).bad()) return nullptr;
    format->transferEnd();
    return format;
}

/// Every UID of that tag, in whatever sequence.
void require_references(DcmDataset& dataset, const DcmTagKey& tag, const std::vector<std::string>& allowed) {
    DcmStack found;
    for (OFCondition more = dataset.search(tag, found, ESM_fromHere, OFTrue); more.good();
         more = dataset.search(tag, found, ESM_afterStackTop, OFTrue)) {
        OFString uid;
        static_cast<DcmElement*>(found.top())->getOFStringArray(uid);
        if (found.card() <= 2) continue;  // the dataset's own
        require(std::find(allowed.begin(), allowed.end(), trimmed(uid.c_str())) != allowed.end(),
                "a result refers to nothing but its source");
    }
}

void require_of_the_source(DcmDataset& result, DcmDataset& source) {
    for (const auto& tag : {DCM_StudyInstanceUID, DCM_PatientID, DCM_PatientName, DCM_PatientBirthDate,
                            DCM_PatientSex, DCM_AccessionNumber, DCM_StudyDate})
        require(trimmed(value(result, tag)) == trimmed(value(source, tag)),
                "patient and study are the source's");
    const auto series = trimmed(value(source, DCM_SeriesInstanceUID));
    require_references(result, DCM_ReferencedSOPInstanceUID,
                       {sample::kSourceInstance, sample::kOtherInstance});
    require_references(result, DCM_SeriesInstanceUID, {series});
    require_references(result, DCM_StudyInstanceUID, {trimmed(value(source, DCM_StudyInstanceUID))});
}

void require_admissible(Input file, Input source, const ResultDocument& document,
                        const wire::StoreResult& message) {
    const auto format = read_by_dcmtk(file);
    require(format != nullptr, "DCMTK reads what is admitted");
    DcmDataset& dataset = *format->getDataset();
    require(dataset.card() == document.elements.size(), "DCMTK finds the same elements");
    require(trimmed(value(dataset, DCM_SOPInstanceUID)) == message.object.sop_instance_uid &&
                trimmed(value(dataset, DCM_SeriesInstanceUID)) == message.object.series_instance_uid &&
                trimmed(value(dataset, DCM_SOPClassUID)) == message.object.sop_class_uid,
            "DCMTK finds the object that the message names");
    require(value(dataset, DCM_SOPInstanceUID).starts_with("2.25.") &&
                value(dataset, DCM_SeriesInstanceUID).starts_with("2.25."),
            "its UIDs are none of a scanner");
    require(value(dataset, DCM_SeriesDescription).find("RESEARCH") != std::string::npos, "it says RESEARCH");
    if (const auto read = read_by_dcmtk(source)) require_of_the_source(dataset, *read->getDataset());
}

/// The honest claim of every kind about the file; a dishonest one is refused by the rule "claims".
bool offer(LeasedSample& setup, Input input, const ResultDocument& document, OutputObject output) {
    const auto& shape = output_shape(output);
    if (document.text(0x00080016) != shape.sop_class) return false;
    const wire::StoreResult message{
        setup.lease.job.id,
        setup.lease.epoch,
        {shape.kind, shape.sop_class, document.text(0x00080018), document.text(0x0020000e), "", ""},
        {input.begin(), input.end()}};
    ResultOrder order = setup.order;
    StrictResultGate gate(setup.archive);
    const auto admitted = gate.admit(*setup.store, setup.lease.job, order, message);
    if (!admitted) {
        require(!admitted.error().detail.empty(), "a result is refused with a reason");
        return false;
    }
    const bool ordered = holds(order.outputs, output);
    require(ordered, "what is admitted was ordered");
    require_admissible(input, setup.archive.files["first"], document, message);
    return true;
}

/// The result's file, and the source's where the input has one.
std::pair<Input, Input> files_of(Input input) {
    const auto next = std::search(input.begin(), input.end(), kNextFile.begin(), kNextFile.end());
    const auto length = static_cast<std::size_t>(next - input.begin());
    if (next == input.end()) return {input, {}};
    return {input.first(length), input.subspan(length + kNextFile.size())};
}

}  // namespace result_gate_fuzz

bool fuzz_result_gate(Input input) {
    using namespace result_gate_fuzz;
    static LeasedSample setup{std::chrono::seconds(3600)};
    static const auto own_source = sample::source().bytes();
    static const auto valid = sample::result(OutputObject::segmentation).bytes();
    const auto [file, source] = files_of(input);
    setup.archive.files["first"] = source.empty() ? own_source : std::vector(source.begin(), source.end());
    if (const auto header = read_source_header(setup.archive.files["first"]))
        require(header->series_description.size() <= setup.archive.files["first"].size(),
                "a header comes from the file");
    require(difference_between(file, file).empty(), "a file differs from itself nowhere");
    require(difference_between(file, valid).size() < 1000, "a difference is a short text");
    const auto document = read_result_document(file);
    if (!document) {
        require(document.error().rule[0] != '\0' && !document.error().what.empty(),
                "an objection names its rule");
        return false;
    }
    bool any = false;
    for (const auto output :
         {OutputObject::segmentation, OutputObject::label_map, OutputObject::parametric_map,
          OutputObject::disagreement_map, OutputObject::report, OutputObject::contours,
          OutputObject::heat_map, OutputObject::vertebra_parts})
        any = offer(setup, file, *document, output) || any;
    return any;
}

}  // namespace spineseg::fuzz
