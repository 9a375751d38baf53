// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "core/copied_attributes.h"
#include "core/decimal_string.h"
#include "plugin/result_gate/result_rules.h"
#include "plugin/result_gate/root_attributes.h"

namespace spineseg {
namespace {

constexpr std::size_t kMostSegmentationParts = 64;
constexpr std::uint64_t kMostPictureScale = 8;
constexpr std::uint64_t kHeadersOfAJob = std::uint64_t{64} << 20;
constexpr DicomTag kPositionReference = 0x00201040U;  // the site's own text, copied
constexpr DicomTag kFloatPixelData = 0x7fe00008U;

std::uint64_t us_value(const ResultDocument& document, DicomTag tag) {
    const RawElement* element = document.find(tag);
    if (element == nullptr || element->value.size() != 2) return 0;
    return number_at(element->value, 0, 2);
}

bool is_printable(Bytes value) {
    const std::string text = text_value(value);
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// As dicom/write writes texts of others: printable ASCII without backslashes, cut.
std::string plain_ascii(const std::string& text, std::size_t most) {
    std::string result;
    for (const char c : text)
        if (c >= 0x20 && c < 0x7f && c != '\\') result += c;
    result.resize(std::min(result.size(), most));
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

std::uint64_t frames_of_series(const RuleInput& in) {
    return in.order.sources.size() * in.source.frames;
}

std::optional<std::string> check_ordered_output(const RuleInput& in) {
    const std::string name(to_string(in.shape.output));
    if (!holds(in.order.outputs, in.shape.output)) return name + " was not ordered";
    if (in.order.holds_instance(in.claim.sop_instance_uid)) return std::nullopt;  // the same once more
    std::uint64_t most = 1;
    if (in.shape.family == OutputFamily::segmentation) most = kMostSegmentationParts;
    if (in.shape.family == OutputFamily::picture) most = frames_of_series(in);
    if (in.order.count(in.shape.output) < most) return std::nullopt;
    return "more than " + std::to_string(most) + " objects of the output " + name;
}

std::optional<std::string> check_attributes(const RuleInput& in) {
    for (const auto& element : in.document.elements) {
        if (copied_attribute(element.tag) != nullptr) continue;
        if (!is_written_by_us(element, in.shape.family))
            return tag_text(element.tag) + " is no attribute of such an object, or has another VR";
        const bool text = !element.is("SQ") && !element.is("US") && !element.is("OB") && !element.is("OF");
        if (text && element.tag != kPositionReference && !is_printable(element.value))
            return tag_text(element.tag) + " holds other characters than printable ASCII";
    }
    return std::nullopt;
}

std::optional<std::string> check_series_number(const RuleInput& in) {
    const int number = 90'000 + std::clamp(in.source.series_number, 0, 999) * 10 + in.shape.digit;
    if (in.document.text(0x00200011U) == std::to_string(number)) return std::nullopt;
    return "the Series Number is not " + std::to_string(number);
}

/// "REVIEW: AI Lumbar SEG 1.2 [T2 SAG] RESEARCH".
std::optional<std::string> check_description(const RuleInput& in) {
    std::string text = in.document.text(0x0008103eU);
    if (text.starts_with("REJECTED: ") && !in.order.keep_rejected)
        return "the Series Description is that of a rejected result, and none was asked for";
    for (const std::string_view mark : {"REVIEW: ", "REJECTED: "})
        if (text.starts_with(mark)) text = text.substr(mark.size());
    const std::string head = std::string("AI Lumbar ") + in.shape.word + " ";
    const std::string tail = " RESEARCH";
    if (!text.starts_with(head) || !text.ends_with(tail) || text.size() < head.size() + tail.size())
        return "the Series Description does not say \"" + head + "… RESEARCH\"";
    text = text.substr(0, text.size() - tail.size());
    const auto bracket = text.find(" [");
    if (bracket == std::string::npos) return std::nullopt;
    const std::string origin = text.substr(bracket + 2);
    if (origin.ends_with("]") &&
        plain_ascii(in.source.series_description, 64).starts_with(origin.substr(0, origin.size() - 1)))
        return std::nullopt;
    return "the Series Description names another source";
}

std::optional<std::string> check_research(const RuleInput& in) {
    if (in.shape.family != OutputFamily::report) {
        if (in.document.text(0x00189004U) == "RESEARCH") return std::nullopt;
        return "the Content Qualification is not RESEARCH";
    }
    if (in.document.text(0x0040a493U) != "UNVERIFIED") return "the report says that somebody has verified it";
    return std::nullopt;
}

/// The second item of the Contributing Equipment is the model, with what it was asked for.
std::optional<std::string> check_equipment(const RuleInput& in) {
    if (in.document.text(0x00080070U) != "spineseg" || in.document.text(0x00081090U) != "spineseg lumbar")
        return "the equipment is not spineseg";
    const RawElement* equipment = in.document.find(0x0018a001U);
    const auto model = item_of(equipment, 1);
    if (items_in(equipment) != 2 || !model) return "the Contributing Equipment does not name the model";
    if (text_in(*model, 0x00081090U) != plain_ascii(in.job.model_id, 64))
        return "the Contributing Equipment names another model";
    const std::string asked = " " + text_in(*model, 0x0018a003U);
    const auto& request = in.job.request;
    const std::string tail =
        " seed=" + std::to_string(request.seed) + " model=" + plain_ascii(in.job.model_digest, 64);
    const auto says = [&](const char* name, const std::optional<int>& wanted) {
        return !wanted ||
               asked.find(std::string(" ") + name + "=" + std::to_string(*wanted) + " ") != std::string::npos;
    };
    if (!asked.ends_with(tail) || !says("samples", request.samples) || !says("steps", request.steps))
        return "the Contributing Equipment names another model, seed, or number of samples or steps";
    return std::nullopt;
}

/// Which bytes the pixels must have, given their grid.
std::optional<std::string> check_pixel_bytes(const RuleInput& in, DicomTag tag, std::uint64_t bits) {
    const RawElement* pixels = in.document.find(tag);
    std::uint64_t bytes = (bits + 7) / 8;
    bytes += bytes % 2;
    if (pixels != nullptr && pixels->value.size() == bytes) return std::nullopt;
    return tag_text(tag) + " has not the bytes that rows, columns and frames make";
}

std::optional<std::string> check_picture_pixels(const RuleInput& in, std::uint64_t rows,
                                                std::uint64_t columns) {
    const std::uint64_t scale = in.source.rows == 0 ? 0 : rows / in.source.rows;
    if (scale < 1 || scale > kMostPictureScale || rows != scale * in.source.rows ||
        columns != scale * in.source.columns)
        return "the picture is no multiple of the source's rows and columns";
    if (us_value(in.document, 0x00280002U) != 3 || us_value(in.document, 0x00280100U) != 8)
        return "the picture is not RGB of 8 bits";
    return check_pixel_bytes(in, kPixelDataTag, rows * columns * 24);
}

std::optional<std::string> check_pixels(const RuleInput& in) {
    if (in.shape.family == OutputFamily::report) return std::nullopt;  // has no attribute for any
    const std::uint64_t rows = us_value(in.document, 0x00280010U);
    const std::uint64_t columns = us_value(in.document, 0x00280011U);
    if (in.shape.family == OutputFamily::picture) return check_picture_pixels(in, rows, columns);
    if (rows == 0 || columns == 0 || rows != in.source.rows || columns != in.source.columns)
        return "rows and columns are not those of the source";
    const auto number = parse_decimal(in.document.text(0x00280008U));
    const double most = 256.0 * static_cast<double>(frames_of_series(in));
    const auto frames = number && *number >= 1 && *number <= most ? static_cast<std::uint64_t>(*number) : 0;
    if (frames == 0 || std::to_string(frames) != in.document.text(0x00280008U) ||
        items_in(in.document.find(0x52009230U)) != frames)
        return "the number of frames is not that of their groups, or out of range";
    const std::uint64_t bits = in.shape.family == OutputFamily::map         ? 32
                               : in.shape.family == OutputFamily::label_map ? 8
                                                                            : 1;
    if (us_value(in.document, 0x00280100U) != bits || us_value(in.document, 0x00280002U) != 1)
        return "the pixels are not of " + std::to_string(bits) + " bits";
    return check_pixel_bytes(in, bits == 32 ? kFloatPixelData : kPixelDataTag,
                             rows * columns * frames * bits);
}

std::optional<std::string> check_job_budget(const RuleInput& in) {
    const std::uint64_t most = job_byte_budget(in.order, in.source);
    if (in.order.bytes <= most && in.bytes <= most - in.order.bytes) return std::nullopt;
    return "the results of the job have more than " + std::to_string(most) + " bytes";
}

constexpr std::array kContentRules{
    ResultRule{"ordered_output", check_ordered_output}, ResultRule{"budget", check_job_budget},
    ResultRule{"attributes", check_attributes},         ResultRule{"series_number", check_series_number},
    ResultRule{"description", check_description},       ResultRule{"research", check_research},
    ResultRule{"equipment", check_equipment},           ResultRule{"pixels", check_pixels},
};

/// Bytes for each pixel of the source. Of a Segmentation only frames with something in them are written.
std::uint64_t bytes_per_pixel(OutputFamily family) {
    switch (family) {
        case OutputFamily::segmentation:
        case OutputFamily::map:
            return 4;
        case OutputFamily::label_map:
            return 1;
        case OutputFamily::picture:
            return 3 * 16;  // drawn at up to four times the size
        case OutputFamily::report:
            break;
    }
    return 0;
}

}  // namespace

std::span<const ResultRule> content_rules() {
    return kContentRules;
}

std::uint64_t job_byte_budget(const ResultOrder& order, const SourceHeader& source) {
    constexpr std::uint64_t kMostOfAJob = std::uint64_t{8} << 30;
    const double pixels = static_cast<double>(source.rows) * static_cast<double>(source.columns) *
                          static_cast<double>(source.frames) * static_cast<double>(order.sources.size());
    double bytes = static_cast<double>(kHeadersOfAJob);
    for (const auto output : order.outputs)
        bytes += pixels * static_cast<double>(bytes_per_pixel(output_shape(output).family));
    return bytes < static_cast<double>(kMostOfAJob) ? static_cast<std::uint64_t>(bytes) : kMostOfAJob;
}

}  // namespace spineseg
