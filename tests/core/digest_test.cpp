// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/digest.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace digest_test {

// The vectors of FIPS 180-4's example document and NIST's long-message test.
TEST(Sha256, GivesTheStandardsVectors) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(
        sha256_hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
                   "lmnopqrsmnopqrstnopqrstu"),
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheTextIsCut) {
    std::string text;
    for (int i = 0; i < 300; ++i) text += static_cast<char>('a' + i % 26);
    for (const std::size_t step : {1u, 7u, 63u, 64u, 65u, 127u, 300u}) {
        Sha256 hash;
        for (std::size_t at = 0; at < text.size(); at += step)
            hash.update(std::string_view(text).substr(at, step));
        EXPECT_EQ(hash.hex_digest(), sha256_hex(text)) << step;
    }
}

TEST(SeriesFingerprint, IgnoresTheOrderAndSeesEveryInstance) {
    const std::string expected = sha256_hex("1.2.10\n1.2.3\n");
    EXPECT_EQ(series_fingerprint({"1.2.3", "1.2.10"}), expected);
    EXPECT_EQ(series_fingerprint({"1.2.10", "1.2.3"}), expected);
    EXPECT_NE(series_fingerprint({"1.2.3"}), expected);
    EXPECT_NE(series_fingerprint({"1.2.1", "01.2.3"}), expected);
}

TEST(SeedFrom, IsTheFirstEightBytesBigEndian) {
    EXPECT_EQ(seed_from("abc"), 0xba7816bf8f01cfeaULL);
    EXPECT_EQ(seed_from(""), 0xe3b0c44298fc1c14ULL);
}

TEST(DefaultSeed, IsTheUpperHalfSoThatEveryJsonReaderKeepsIt) {
    EXPECT_EQ(default_seed("abc"), 0xba7816bfULL);
}

}  // namespace digest_test
}  // namespace spineseg
