// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_gate/result_document.h"

#include <algorithm>

#include "core/copied_attributes.h"

namespace spineseg {
namespace {

constexpr std::size_t kPreambleBytes = 128;
constexpr std::string_view kPart10Magic = "DICM";
constexpr DicomTag kMetaLengthTag = 0x00020000U;
constexpr DicomTag kMetaSyntaxTag = 0x00020010U;
constexpr DicomTag kReferencedInstanceTag = 0x00081155U;
constexpr DicomTag kStudyTag = 0x0020000dU;
constexpr DicomTag kSeriesTag = 0x0020000eU;

bool has_standard_vr(const RawElement& element) {
    return length_of_vr({element.vr.data(), element.vr.size()}) != VrLength::not_in_the_standard;
}

const RawElement* found_in(const std::vector<RawElement>& elements, DicomTag tag) {
    const auto found =
        std::lower_bound(elements.begin(), elements.end(), tag,
                         [](const RawElement& element, DicomTag t) { return element.tag < t; });
    return found != elements.end() && found->tag == tag ? &*found : nullptr;
}

class DocumentReader {
  public:
    DocumentReader(Bytes file, const DocumentLimits& limits) : file_(file), limits_(limits) {}

    tl::expected<ResultDocument, Objection> read() {
        if (file_.size() > limits_.bytes)
            return object("budget", "the file has more than " + std::to_string(limits_.bytes) + " bytes");
        if (auto wrong = check_preamble()) return tl::unexpected(*wrong);
        const Bytes rest = file_.subspan(kPreambleBytes + kPart10Magic.size());
        const auto meta_bytes = read_meta(rest);
        if (!meta_bytes) return tl::unexpected(meta_bytes.error());
        if (auto wrong = read_level(rest.subspan(*meta_bytes), &document_.elements, 0))
            return tl::unexpected(*wrong);
        return std::move(document_);
    }

  private:
    static tl::unexpected<Objection> object(const char* rule, std::string what) {
        return tl::unexpected<Objection>(Objection{rule, std::move(what)});
    }

    std::optional<Objection> check_preamble() const {
        if (file_.size() < kPreambleBytes + kPart10Magic.size() ||
            !std::equal(kPart10Magic.begin(), kPart10Magic.end(), file_.begin() + kPreambleBytes))
            return Objection{"preamble", "\"DICM\" does not stand at byte 128"};
        const bool empty =
            std::all_of(file_.begin(), file_.begin() + kPreambleBytes, [](auto byte) { return byte == 0; });
        if (!empty) return Objection{"preamble", "its 128 bytes are not zeros"};
        return std::nullopt;
    }

    /// The bytes of the file meta information, whose first element says them.
    tl::expected<std::size_t, Objection> read_meta(Bytes rest) {
        ElementReader first(rest, ElementEncoding::explicit_vr);
        const auto length = first.next();
        if (!length || !*length || (*length)->tag != kMetaLengthTag || !(*length)->is("UL") ||
            (*length)->value.size() != 4)
            return object("structure", "the file meta information does not begin with its length");
        const std::size_t size = number_at((*length)->value, 0, 4);
        const std::size_t begin = first.place();
        if (size > rest.size() - begin)
            return object("structure", "the file meta information is longer than the file");
        if (auto wrong = read_level(rest.subspan(begin, size), &document_.meta, 0))
            return tl::unexpected(*wrong);
        for (const auto& element : document_.meta)
            if (element.tag >> 16 != 2) return object("structure", "a dataset in the file meta information");
        if (document_.meta_text(kMetaSyntaxTag) != "1.2.840.10008.1.2.1")
            return object("encoding", "the transfer syntax is not Explicit VR Little Endian");
        return begin + size;
    }

    /// One dataset or item, with what is in its sequences. `elements` takes them, unless it is nullptr. What is `copied`
    /// from the source may be anything that the source has, but is encoded like the rest.
    std::optional<Objection> read_level(Bytes bytes, std::vector<RawElement>* elements, int depth,
                                        bool copied = false) {
        ElementReader reader(bytes, ElementEncoding::explicit_vr, kMostElementLevels - depth);
        for (DicomTag last = 0;;) {
            const auto next = reader.next();
            if (!next) return Objection{"structure", next.error().detail};
            if (!*next) return std::nullopt;
            const RawElement& element = **next;
            if (element.tag <= last)
                return Objection{"structure", tag_text(element.tag) + " does not stand in ascending order"};
            last = element.tag;
            if (++count_ > limits_.elements)
                return Objection{"budget", "more than " + std::to_string(limits_.elements) + " elements"};
            if (element.undefined || element.value.size() % 2 != 0)
                return Objection{"structure", tag_text(element.tag) + " has no length or an odd one"};
            if ((element.tag & 0xffffU) == 0)
                return Objection{"structure", tag_text(element.tag) + " is a group length"};
            if (elements != nullptr) elements->push_back(element);
            const bool of_source = copied || (depth == 0 && copied_attribute(element.tag) != nullptr);
            const bool ours = depth > 0 && !of_source;
            if (!ours && !has_standard_vr(element))
                return Objection{"structure", tag_text(element.tag) + " has an unknown VR"};
            if (auto wrong = ours ? check_nested(element) : std::nullopt) return wrong;
            if (!element.is("SQ")) continue;
            if (auto wrong = read_items(element, depth, of_source)) return wrong;
        }
    }

    std::optional<Objection> read_items(const RawElement& sequence, int depth, bool copied) {
        if (depth + 1 >= kMostElementLevels) return Objection{"budget", "too many levels of sequences"};
        ItemReader items(sequence.value, ElementEncoding::explicit_vr, kMostElementLevels - depth);
        for (;;) {
            const auto item = items.next();
            if (!item) return Objection{"structure", item.error().detail};
            if (!*item) return std::nullopt;
            if (++count_ > limits_.elements)
                return Objection{"budget", "more than " + std::to_string(limits_.elements) + " elements"};
            if ((*item)->undefined)
                return Objection{"structure", "an item of " + tag_text(sequence.tag) + " has no length"};
            if (auto wrong = read_level((*item)->content, nullptr, depth + 1, copied)) return wrong;
        }
    }

    std::optional<Objection> check_nested(const RawElement& element) {
        const DicomTag group = element.tag >> 16;
        if (group % 2 != 0)
            return Objection{"nested_attributes", tag_text(element.tag) + " is private, within a sequence"};
        if (group == 2 || group == 0x0010U || group == 0x0012U)
            return Objection{"nested_attributes",
                             tag_text(element.tag) + " says something of a patient, within a sequence"};
        if (element.is("UN") || !has_standard_vr(element))
            return Objection{"nested_attributes", tag_text(element.tag) + " has an unknown VR"};
        const bool study = element.tag == kStudyTag, series = element.tag == kSeriesTag;
        if (!study && !series && element.tag != kReferencedInstanceTag) return std::nullopt;
        if (!element.is("UI")) return Objection{"nested_attributes", tag_text(element.tag) + " is no UID"};
        auto kind = Reference::Kind::instance;
        if (study) kind = Reference::Kind::study;
        if (series) kind = Reference::Kind::series;
        document_.references.push_back({kind, text_value(element.value)});
        return std::nullopt;
    }

    const Bytes file_;
    const DocumentLimits limits_;
    ResultDocument document_;
    std::size_t count_ = 0;
};

}  // namespace

const RawElement* ResultDocument::find(DicomTag tag) const {
    return found_in(elements, tag);
}

std::string ResultDocument::text(DicomTag tag) const {
    const RawElement* element = find(tag);
    return element == nullptr ? std::string() : text_value(element->value);
}

std::string ResultDocument::meta_text(DicomTag tag) const {
    return text_in(meta, tag);
}

std::optional<std::vector<RawElement>> item_of(const RawElement* sequence, std::size_t number) {
    if (sequence == nullptr || !sequence->is("SQ")) return std::nullopt;
    ItemReader items(sequence->value, ElementEncoding::explicit_vr);
    for (std::size_t i = 0;; ++i) {
        const auto item = items.next();
        if (!item || !*item) return std::nullopt;
        if (i < number) continue;
        std::vector<RawElement> elements;
        ElementReader reader((*item)->content, ElementEncoding::explicit_vr);
        for (;;) {
            const auto element = reader.next();
            if (!element) return std::nullopt;
            if (!*element) return elements;
            elements.push_back(**element);
        }
    }
}

std::size_t items_in(const RawElement* sequence) {
    if (sequence == nullptr || !sequence->is("SQ")) return 0;
    ItemReader items(sequence->value, ElementEncoding::explicit_vr);
    std::size_t count = 0;
    for (auto item = items.next(); item && *item; item = items.next()) ++count;
    return count;
}

std::string text_in(const std::vector<RawElement>& item, DicomTag tag) {
    const RawElement* element = found_in(item, tag);
    return element == nullptr ? std::string() : text_value(element->value);
}

tl::expected<ResultDocument, Objection> read_result_document(Bytes file, const DocumentLimits& limits) {
    return DocumentReader(file, limits).read();
}

}  // namespace spineseg
