// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_seeds FOLDER: inputs that the readers accept, or nearly, for every target. Made from phantoms and from files of
// this repository.
#include "tests/fuzz/seeds/seeds.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "worker/phantom/phantom.h"

namespace spineseg::fuzz {
namespace seeds {

void Folder::write(const std::string& target, const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(root_ / target);
    std::ofstream file(root_ / target / name, std::ios::binary);
    file << bytes;
    if (!file) throw std::runtime_error("cannot write " + name);
}

std::string text_of_bytes(const std::vector<std::uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
}

std::string file_of_repository(const std::string& path) {
    std::ifstream file(std::filesystem::path(SPINESEG_SOURCE_DIR) / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Volume small_phantom() {
    PhantomRequest request;
    request.columns = request.rows = 16;
    request.slices = 5;
    request.pixel_spacing = 18;
    request.seed = 3;
    auto phantom = make_phantom(request);
    if (!phantom) throw std::runtime_error(phantom.error().describe());
    // DCMTK's JPEG-LS encoder writes beyond its buffer when an image does not become smaller.
    for (auto& voxel : phantom->image.voxels) voxel = static_cast<float>(static_cast<int>(voxel) % 8);
    return phantom->image;
}

}  // namespace seeds
}  // namespace spineseg::fuzz

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: fuzz_seeds FOLDER\n";
        return 2;
    }
    using namespace spineseg::fuzz::seeds;
    const Folder folder{arguments[1]};
    write_frames_and_messages(folder);
    write_settings(folder);
    write_manifests(folder);
    write_eligibility(folder);
    write_series(folder);
    write_results(folder);
    write_masks(folder);
    write_volumes(folder);
    write_checkpoints(folder);
    write_weights(folder);
}
