// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/structure_check.h"

#include <gtest/gtest.h>

#include "dicom/read/series.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace structure_check_test {

using namespace testing;

using Bytes = std::vector<std::uint8_t>;

struct Syntax {
    const char* uid;
    bool explicit_vr;
    bool big_endian;
};
constexpr Syntax kExplicit{"1.2.840.10008.1.2.1", true, false};
constexpr Syntax kImplicit{"1.2.840.10008.1.2", false, false};
constexpr Syntax kBigEndian{"1.2.840.10008.1.2.2", true, true};

void append_number(Bytes& bytes, std::uint32_t value, int size, bool big_endian) {
    for (int i = 0; i < size; ++i)
        bytes.push_back(static_cast<std::uint8_t>(value >> 8 * (big_endian ? size - 1 - i : i)));
}

void append_header(Bytes& bytes, const Syntax& syntax, std::uint32_t tag, const std::string& vr,
                   std::uint32_t length) {
    append_number(bytes, tag >> 16, 2, syntax.big_endian);
    append_number(bytes, tag & 0xffff, 2, syntax.big_endian);
    if (syntax.explicit_vr && tag >> 16 != 0xfffe) {
        bytes.insert(bytes.end(), vr.begin(), vr.end());
        bytes.insert(bytes.end(), 2, 0);
    }
    append_number(bytes, length, 4, syntax.big_endian);
}

/// Preamble, meta header and then the dataset's bytes.
Bytes file_of(const Syntax& syntax, const Bytes& dataset) {
    Bytes bytes(128);
    for (const char c : std::string("DICM")) bytes.push_back(static_cast<std::uint8_t>(c));
    std::string uid = syntax.uid;
    if (uid.size() % 2 != 0) uid += '\0';
    append_number(bytes, 0x0002, 2, false);
    append_number(bytes, 0x0010, 2, false);
    bytes.insert(bytes.end(), {'U', 'I'});
    append_number(bytes, static_cast<std::uint32_t>(uid.size()), 2, false);
    bytes.insert(bytes.end(), uid.begin(), uid.end());
    bytes.insert(bytes.end(), dataset.begin(), dataset.end());
    return bytes;
}

ErrorCode verdict(const Bytes& file, const StructureLimits& limits = {}) {
    const auto meta = read_meta_header(file, "file");
    if (!meta) return meta.error().code;
    const auto sound = check_structure(file, *meta, "file", limits);
    return sound ? ErrorCode::internal : sound.error().code;
}

Bytes nested(const Syntax& syntax, const std::string& vr, const Syntax& inside, int levels) {
    Bytes dataset;
    for (int i = 0; i < levels; ++i) {
        append_header(dataset, i == 0 ? syntax : inside, 0x00081140, vr, 0xffffffff);
        append_header(dataset, inside, 0xfffee000, "", 0xffffffff);
    }
    return file_of(syntax, dataset);
}

/// Sequences and items of defined length inside each other, well formed.
Bytes nested_defined(const Syntax& syntax, std::uint32_t tag, int levels) {
    Bytes dataset;
    const std::uint32_t header = syntax.explicit_vr ? 12 : 8;
    for (int i = levels; i > 0; --i) {
        const auto inner = static_cast<std::uint32_t>(i - 1) * (header + 8);
        append_header(dataset, syntax, tag, "SQ", inner + 8);
        append_header(dataset, syntax, 0xfffee000, "", inner);
    }
    return file_of(syntax, dataset);
}

TEST(StructureCheck, ABombOfNestedSequencesIsRefusedInEveryEncoding) {
    // Symptom: 200 kB of sequence headers overflowed DCMTK's stack and killed the process.
    constexpr int kLevels = 100000;
    for (const auto& file :
         {nested(kExplicit, "SQ", kExplicit, kLevels), nested(kImplicit, "", kImplicit, kLevels),
          nested(kBigEndian, "SQ", kBigEndian, kLevels), nested(kExplicit, "UN", kImplicit, kLevels),
          nested(kExplicit, "OB", kExplicit, kLevels), nested_defined(kExplicit, 0x00081140, kLevels),
          nested_defined(kImplicit, 0x00081140, kLevels), nested_defined(kImplicit, 0x00091010, kLevels),
          nested_defined(kBigEndian, 0x00081140, kLevels)}) {
        EXPECT_EQ(verdict(file), ErrorCode::not_dicom);
        const InstanceBytes instance{"bomb", file};
        EXPECT_EQ(read_series(std::span(&instance, 1)).error().code, ErrorCode::not_dicom);
    }
}

TEST(StructureCheck, NestingOfRealFilesIsAccepted) {
    for (const auto& syntax : {kExplicit, kImplicit, kBigEndian})
        EXPECT_EQ(verdict(nested_defined(syntax, 0x00081140, 20)), ErrorCode::internal) << syntax.uid;
}

TEST(StructureCheck, AFloodOfTinyElementsIsRefused) {
    Bytes dataset;
    for (int i = 0; i < 100; ++i) append_header(dataset, kImplicit, 0x00091000, "", 0);
    StructureLimits limits;
    limits.max_elements = 99;
    EXPECT_EQ(verdict(file_of(kImplicit, dataset), limits), ErrorCode::not_dicom);
    limits.max_elements = 100;
    EXPECT_EQ(verdict(file_of(kImplicit, dataset), limits), ErrorCode::internal);
}

TEST(StructureCheck, AnElementBeyondItsContainerIsTruncated) {
    Bytes dataset;
    append_header(dataset, kExplicit, 0x00081140, "SQ", 20);
    append_header(dataset, kExplicit, 0xfffee000, "", 12);
    append_header(dataset, kExplicit, 0x7fe00010, "OW", 40);
    dataset.insert(dataset.end(), 40, 0);
    EXPECT_EQ(verdict(file_of(kExplicit, dataset)), ErrorCode::truncated_file);
}

TEST(StructureCheck, MalformedNestingIsNotDicom) {
    const auto with = [](auto build) {
        Bytes dataset;
        build(dataset);
        return verdict(file_of(kExplicit, dataset));
    };
    EXPECT_EQ(with([](Bytes& d) { append_header(d, kExplicit, 0xfffee000, "", 0); }), ErrorCode::not_dicom);
    EXPECT_EQ(with([](Bytes& d) { append_header(d, kExplicit, 0xfffee0dd, "", 0); }), ErrorCode::not_dicom);
    EXPECT_EQ(with([](Bytes& d) { append_header(d, kExplicit, 0x00081140, "UT", 0xffffffff); }),
              ErrorCode::not_dicom);
    EXPECT_EQ(with([](Bytes& d) { append_header(d, kExplicit, 0x00081140, "ZZ", 0); }), ErrorCode::not_dicom);
    EXPECT_EQ(with([](Bytes& d) {
                  append_header(d, kExplicit, 0x00081140, "SQ", 12);
                  append_header(d, kExplicit, 0x00081150, "OB", 0);
              }),
              ErrorCode::not_dicom);
}

TEST(StructureCheck, AMetaHeaderThatLiesAboutItsLengthIsRefused) {
    Files files = sample_files(random_volume(sagittal_geometry(16, 18, 6), 1));
    ASSERT_EQ(verdict(files.bytes[0]), ErrorCode::internal);
    ++files.bytes[0][140];
    EXPECT_EQ(verdict(files.bytes[0]), ErrorCode::not_dicom);
}

// A group length of eight bytes was not compared with the meta header, but DCMTK took its first four: it read the dataset
// as part of the meta header, past every check, and allocated 1.2 GB for a file of 2 kB.
TEST(StructureCheck, AMetaHeaderWhoseLengthIsNotOneNumberAtItsBeginningIsRefused) {
    const Bytes good = sample_files(random_volume(sagittal_geometry(16, 18, 6), 1)).bytes[0];
    Bytes longer = good;
    longer[138] = 8;
    longer.insert(longer.begin() + 140, {0x16, 0, 4, 0});
    EXPECT_EQ(verdict(longer), ErrorCode::not_dicom);
    Bytes of_another_kind = good;
    of_another_kind[136] = 'S';
    EXPECT_EQ(verdict(of_another_kind), ErrorCode::not_dicom);
    Bytes twice = good;
    twice.insert(twice.begin() + 144, good.begin() + 132, good.begin() + 144);
    twice[140] = static_cast<std::uint8_t>(twice[140] + 12);
    EXPECT_EQ(verdict(twice), ErrorCode::not_dicom);
    Bytes none = good;
    none.erase(none.begin() + 132, none.begin() + 144);
    EXPECT_EQ(verdict(none), ErrorCode::internal) << "it may be absent";
}

}  // namespace structure_check_test
}  // namespace spineseg::dicom
