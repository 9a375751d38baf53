// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_gate/result_gate.h"

#include "plugin/result_gate/archive_identifiers.h"
#include "plugin/result_gate/result_document.h"
#include "plugin/result_gate/result_rules.h"

namespace spineseg {
namespace {

constexpr DicomTag kResultSopClass = 0x00080016U;

tl::unexpected<Error> refused_by(const std::string& rule, const std::string& what) {
    return failure(ErrorCode::protocol_violation, "rule " + rule + ": " + what);
}

/// The writers copy patient and study from the first image, which they name first.
const SourceInstance* first_source(const ResultDocument& document, const ResultOrder& order) {
    for (const auto& reference : document.references)
        if (reference.kind == Reference::Kind::instance)
            if (const auto* source = order.source(reference.uid)) return source;
    return nullptr;
}

Result<void> check_rules(const RuleInput& input) {
    for (const auto rules : {content_rules().first(2), identity_rules(), content_rules().subspan(2)})
        for (const auto& rule : rules)
            if (const auto what = rule.check(input)) return refused_by(rule.name, *what);
    return {};
}

}  // namespace

Result<const SourceHeader*> StrictResultGate::source_of(ResultOrder& order, const std::string& uid) {
    const auto known = order.headers.find(uid);
    if (known != order.headers.end()) return &known->second;
    const auto* source = order.source(uid);
    if (source == nullptr) return refused_by("references", "it names no instance of the source series");
    const auto file = archive_.read_little_endian(source->orthanc_id);
    if (!file && file.error().code == ErrorCode::not_found)
        return failure(ErrorCode::archive_unavailable, "a source instance is no longer in the archive");
    if (!file) return failure(file.error());
    auto header = read_source_header(*file);
    if (!header)
        return failure(header.error().code,
                       "a result cannot be compared with its source: " + header.error().detail);
    if (header->sop_instance_uid != uid)
        return failure(ErrorCode::archive_unavailable, "the archive gave another instance than asked for");
    return &order.headers.insert_or_assign(uid, std::move(*header)).first->second;
}

Result<Admission> StrictResultGate::admit(JobStore& store, const Job& job, ResultOrder& order,
                                          const wire::StoreResult& message) {
    const auto document = read_result_document(message.dicom);
    if (!document) return refused_by(document.error().rule, document.error().what);
    const auto* shape = output_shape(message.object.kind, document->text(kResultSopClass));
    if (shape == nullptr) return refused_by("sop_class", "no object of that kind has this SOP Class");
    const auto* named = first_source(*document, order);
    if (named == nullptr) return refused_by("references", "it names no instance of the source series");
    const auto source = source_of(order, named->sop_instance_uid);
    if (!source) return failure(source.error());
    const RuleInput input{*document, *shape, **source, order, job, message.object, message.dicom.size()};
    if (auto checked = check_rules(input); !checked) return failure(checked.error());

    ArchiveIdentifiers identifiers(archive_);
    auto equal = identifiers.equal_instance(job, message);
    if (!equal) return failure(equal.error());
    if (equal->has_value()) return Admission{std::move(*equal)};
    if (auto free = identifiers.check_series(store, job, order, message.object); !free)
        return failure(free.error());
    return Admission{};
}

void StrictResultGate::placed(ResultOrder& order, const wire::StoreResult& message) {
    const auto& object = message.object;
    const auto* shape = output_shape(object.kind, object.sop_class_uid);
    order.bytes += message.dicom.size();
    if (shape == nullptr || order.holds_instance(object.sop_instance_uid)) return;
    order.admitted.push_back({shape->output, object.sop_instance_uid, object.series_instance_uid});
}

}  // namespace spineseg
