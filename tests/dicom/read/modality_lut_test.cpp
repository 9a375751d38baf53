// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/modality_lut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/dicom/changed_cells.h"

namespace spineseg::dicom {
namespace modality_lut_test {

using namespace testing;
using ::testing::HasSubstr;

struct Table {
    std::vector<Uint16> descriptor;
    Cells words;
};

/// 4095 - value for values from `first` on.
Table turning_table(std::size_t entries, Uint16 first = 0) {
    Table table{{static_cast<Uint16>(entries), first, 16}, {}};
    for (std::size_t i = 0; i < entries; ++i)
        table.words.push_back(static_cast<Uint16>(4095 - std::min(i, std::size_t{4095})));
    return table;
}

void put_table(DcmDataset& dataset, const Table& table) {
    DcmItem* item = nullptr;
    dataset.findOrCreateSequenceItem(DCM_ModalityLUTSequence, item, 0);
    item->putAndInsertUint16Array(DcmTag(DCM_LUTDescriptor, EVR_US), table.descriptor.data(),
                                  table.descriptor.size());
    item->putAndInsertUint16Array(DcmTag(DCM_LUTData, EVR_OW), table.words.data(), table.words.size());
}

void turn_over(DcmDataset& dataset) {
    edit_cells(dataset, [](Uint16 word, std::size_t) { return static_cast<Uint16>(4095 - word); });
}

TEST(ModalityLut, AnImageThatATableTurnsBackIsNotSegmentedTurnedOver) {
    for (const std::size_t entries : {std::size_t{4096}, std::size_t{65536}})
        EXPECT_EQ(voxels_with([&](DcmDataset& dataset, int) {
                      turn_over(dataset);
                      put_table(dataset, turning_table(entries));  // 65536 entries are written as 0
                  }),
                  plain_volume().voxels)
            << entries;
}

TEST(ModalityLut, TheFirstMappedValueMayBeNegative) {
    EXPECT_EQ(voxels_with([](DcmDataset& dataset, int) {
                  turn_over(dataset);
                  edit_cells(dataset,
                             [](Uint16 word, std::size_t) { return static_cast<Uint16>(word - 1000); });
                  set_bits(dataset, 16, true);
                  put_table(dataset, turning_table(4096, static_cast<Uint16>(-1000)));
              }),
              plain_volume().voxels);
}

TEST(ModalityLut, ValuesOutsideTheTableGetItsEnds) {
    const auto voxels = voxels_with([](DcmDataset& dataset, int) {
        put_table(dataset, {{3, 1000, 16}, {5, 600, 700}});
    });
    const auto plain = plain_volume().voxels;
    for (std::size_t i = 0; i < plain.size(); ++i)
        ASSERT_EQ(voxels[i], plain[i] <= 1000 ? 5 : plain[i] == 1001 ? 600 : 700) << plain[i];
}

TEST(ModalityLut, EightBitEntriesStandTwoInAWordOrOne) {
    Table packed{{4096, 0, 8}, {}}, single = packed;
    for (std::size_t i = 0; i < 4096; i += 2)
        packed.words.push_back(static_cast<Uint16>(i / 16 | (i + 1) / 16 << 8));
    for (std::size_t i = 0; i < 4096; ++i) single.words.push_back(static_cast<Uint16>(i / 16));
    const auto plain = plain_volume().voxels;
    for (const Table& table : {packed, single}) {
        const auto voxels = voxels_with([&](DcmDataset& dataset, int) { put_table(dataset, table); });
        for (std::size_t i = 0; i < plain.size(); ++i) ASSERT_EQ(voxels[i], std::floor(plain[i] / 16));
    }
}

TEST(ModalityLut, AMalformedTableIsRefusedByName) {
    const auto refused = [](Table table) {
        return refusal([=](DcmDataset& dataset, int) { put_table(dataset, table); });
    };
    EXPECT_THAT(refused({{4096, 0}, Cells(4096, 1)}), HasSubstr("descriptor of three numbers"));
    EXPECT_THAT(refused({{4096, 0, 32}, Cells(4096, 1)}), HasSubstr("32 bits"));
    EXPECT_THAT(refused({{4096, 0, 16}, Cells(4000, 1)}), HasSubstr("4000 words for 4096 entries"));
    EXPECT_THAT(refused({{0, 0, 16}, Cells(4096, 1)}), HasSubstr("for 65536 entries"));
    EXPECT_THAT(refused({{4096, 0, 12}, Cells(4096, 5000)}), HasSubstr("more than 12 bits"));
    EXPECT_THAT(refusal([](DcmDataset& dataset, int slice) {
                    put_table(dataset, turning_table(4096));
                    rescaled("2", "0")(dataset, slice);
                }),
                HasSubstr("both a Modality LUT and a Rescale"));
}

TEST(ModalityLut, AMonochrome1ImageIsTurnedRoundAfterTheTable) {
    const auto voxels = voxels_with([](DcmDataset& dataset, int) {
        Table identity{{4096, 0, 12}, {}};
        for (Uint16 i = 0; i < 4096; ++i) identity.words.push_back(i);
        turn_over(dataset);
        put_table(dataset, identity);
        dataset.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
    });
    EXPECT_EQ(voxels, plain_volume().voxels);
}

}  // namespace modality_lut_test
}  // namespace spineseg::dicom
