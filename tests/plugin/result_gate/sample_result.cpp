// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/plugin/result_gate/sample_result.h"

#include "plugin/result_gate/ordered_output.h"
#include "tests/core/part10_bytes.h"

namespace spineseg::sample_result {
namespace {

using part10_bytes::little_endian;

bool is_wide(const std::string& vr) {
    return vr == "OB" || vr == "OW" || vr == "OF" || vr == "UN" || vr == "UT" || vr == "UC" || vr == "SQ";
}

Elements reference(const std::string& instance) {
    Elements item;
    item.put(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.4").put(0x00081155, "UI", instance);
    return item;
}

/// Of the source's two instances.
Elements source_series(DicomTag instances) {
    Elements item;
    item.put_items(instances, {reference(kSourceInstance), reference(kOtherInstance)});
    return item.put(0x0020000e, "UI", kSourceSeries);
}

void put_meta(File& file, const std::string& sop_class, const std::string& instance) {
    file.meta.put(0x00020001, "OB", std::string("\0\1", 2))
        .put(0x00020002, "UI", sop_class)
        .put(0x00020003, "UI", instance)
        .put(0x00020010, "UI", "1.2.840.10008.1.2.1")
        .put(0x00020012, "UI", "1.2.276.0.7230010.3.0.3.6.7")
        .put(0x00020013, "SH", "OFFIS_DCMTK_367");
    file.dataset.put(0x00080016, "UI", sop_class).put(0x00080018, "UI", instance);
}

void put_patient_and_study(Elements& dataset) {
    dataset.put(0x00080005, "CS", "ISO_IR 100")
        .put(0x00080020, "DA", "20260102")
        .put(0x00080030, "TM", "101500")
        .put(0x00080050, "SH", "")
        .put(0x00080090, "PN", "")
        .put(0x00081030, "LO", "MRT LWS")
        .put_items(0x00081032, {Elements().put(0x00080100, "SH", "M1").put(0x00080104, "LO", "MR")})
        .put(0x00100010, "PN", "N\xe4me^Of")
        .put(0x00100020, "LO", "ID-1")
        .put(0x00100030, "DA", "19700101")
        .put(0x00100040, "CS", "O")
        .put(0x0020000d, "UI", kSourceStudy)
        .put(0x00200010, "SH", "1");
}

void put_equipment(Elements& dataset) {
    Elements application, model;
    application.put(0x00080070, "LO", "spineseg");
    model.put(0x00080070, "LO", "spineseg")
        .put(0x00081090, "LO", "m")
        .put(0x00181020, "LO", "0.5.0")
        .put(0x0018a003, "ST", "samples=5 steps=3 seed=7 model=d");
    dataset.put(0x00080070, "LO", "spineseg")
        .put(0x00081090, "LO", "spineseg lumbar")
        .put(0x00181020, "LO", "1.0")
        .put_items(0x0018a001, {application, model});
}

void put_grid(Elements& dataset, int bits, const std::string& frames) {
    dataset.put(0x00280008, "IS", frames)
        .put_us(0x00280002, 1)
        .put(0x00280004, "CS", "MONOCHROME2")
        .put_us(0x00280010, 4)
        .put_us(0x00280011, 6)
        .put_us(0x00280100, static_cast<std::uint32_t>(bits));
    Elements frame;
    frame.put_items(0x00089124, {Elements().put_items(0x00082112, {reference(kSourceInstance)})});
    dataset.put_items(0x52009230, std::vector<Elements>(static_cast<std::size_t>(std::stoi(frames)), frame));
}

void put_report(Elements& dataset) {
    Elements study;
    study.put_items(0x00081115, {source_series(0x00081199)}).put(0x0020000d, "UI", kSourceStudy);
    dataset.put(0x0040a491, "CS", "COMPLETE")
        .put(0x0040a493, "CS", "UNVERIFIED")
        .put_items(0x0040a375, {study})
        .put_items(0x0040a730, {Elements().put(0x0040a040, "CS", "CONTAINER")});
}

void put_image(Elements& dataset) {
    dataset.put(0x00180015, "CS", "LSPINE")
        .put(0x00200052, "UI", "1.2.3.5")
        .put(0x00189004, "CS", "RESEARCH")
        .put_items(0x00081115, {source_series(0x0008114a)});
}

}  // namespace

Elements& Elements::put(DicomTag tag, const std::string& vr, const std::string& value) {
    std::string padded = value;
    if (padded.size() % 2 != 0) padded += vr == "UI" || is_wide(vr) ? '\0' : ' ';
    elements_[tag] = is_wide(vr) ? part10_bytes::long_element(tag, vr, padded)
                                 : part10_bytes::short_element(tag, vr, padded);
    return *this;
}

Elements& Elements::put_us(DicomTag tag, std::uint32_t value) {
    return put(tag, "US", little_endian(value, 2));
}

Elements& Elements::put_items(DicomTag tag, const std::vector<Elements>& items, bool defined_length) {
    std::vector<std::string> content;
    for (const auto& item : items) content.push_back(item.bytes());
    elements_[tag] = part10_bytes::sequence(tag, content, defined_length);
    return *this;
}

Elements& Elements::put_raw(DicomTag tag, const std::string& bytes) {
    elements_[tag] = bytes;
    return *this;
}

std::string Elements::bytes() const {
    std::string text;
    for (const auto& [tag, element] : elements_) text += element;
    return text;
}

std::vector<std::uint8_t> File::bytes() const {
    const std::string group = meta.bytes();
    const std::string length = part10_bytes::short_element(
        0x00020000, "UL", little_endian(static_cast<std::uint32_t>(group.size()), 4));
    const std::string text = preamble + magic + length + group + dataset.bytes() + tail;
    return {text.begin(), text.end()};
}

File source(const std::string& sop_instance_uid) {
    File file;
    put_meta(file, "1.2.840.10008.5.1.4.1.1.4", sop_instance_uid);
    put_patient_and_study(file.dataset);
    file.dataset.put(0x0008103e, "LO", "T2 SAG")
        .put(0x0020000e, "UI", kSourceSeries)
        .put(0x00200011, "IS", "3")
        .put(0x00200052, "UI", "1.2.3.5")
        .put_us(0x00280010, 4)
        .put_us(0x00280011, 6)
        .put(0x7fe00010, "OW", std::string(48, '\1'));
    return file;
}

File result(OutputObject output) {
    const OutputShape& shape = output_shape(output);
    File file;
    put_meta(file, shape.sop_class, kResultInstance);
    Elements& dataset = file.dataset;
    put_patient_and_study(dataset);
    put_equipment(dataset);
    dataset.put(0x00080060, "CS", shape.modality)
        .put(0x0008103e, "LO", std::string("AI Lumbar ") + shape.word + " 0.5.0 [T2 SAG] RESEARCH")
        .put(0x0020000e, "UI", kResultSeries)
        .put(0x00200011, "IS", std::to_string(90030 + shape.digit))
        .put(0x00080013, "TM", "111111");
    if (shape.family == OutputFamily::report)
        put_report(dataset);
    else
        put_image(dataset);
    if (shape.family == OutputFamily::segmentation) put_grid(dataset, 1, "2");
    if (shape.family == OutputFamily::segmentation) dataset.put(0x7fe00010, "OB", std::string(6, '\1'));
    if (shape.family == OutputFamily::label_map) put_grid(dataset, 8, "2");
    if (shape.family == OutputFamily::label_map) dataset.put(0x7fe00010, "OB", std::string(48, '\1'));
    if (shape.family == OutputFamily::map) put_grid(dataset, 32, "2");
    if (shape.family == OutputFamily::map) dataset.put(0x7fe00008, "OF", std::string(192, '\0'));
    if (shape.family == OutputFamily::picture)
        dataset.put_us(0x00280002, 3)
            .put_us(0x00280010, 8)
            .put_us(0x00280011, 12)
            .put_us(0x00280100, 8)
            .put(0x7fe00010, "OB", std::string(288, '\1'));
    return file;
}

ResultObject claim(OutputObject output) {
    const OutputShape& shape = output_shape(output);
    return {shape.kind, shape.sop_class, kResultInstance, kResultSeries, "", ""};
}

}  // namespace spineseg::sample_result
