// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/bundle/bundle_conversion.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "core/digest.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/nnunet/configuration.h"
#include "worker/inference/nnunet/network.h"
#include "worker/inference/presegmentation/nnunet_presegmenter.h"
#include "worker/inference/presegmentation/torchscript_presegmenter.h"
#include "worker/inference/storage/bundle_file.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

constexpr std::array kLists{&LabelNames::background, &LabelNames::canal, &LabelNames::vertebra,
                            &LabelNames::disc};

Result<BundleFile> write_file(const fs::path& folder, const std::string& name, std::string_view bytes) {
    const auto file = folder / name;
    std::error_code problem;  // shows in the stream
    fs::create_directories(file.parent_path(), problem);
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
    if (!stream) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
    return BundleFile{name, sha256_hex(bytes)};
}

/// A network's files before they have been tried: below the bundle, so that a refused one leaves it as it
/// was.
class Trial {
  public:
    explicit Trial(const fs::path& bundle_folder)
        : bundle_folder_(bundle_folder), folder_(bundle_folder / ".converting") {
        remove();
    }
    ~Trial() { remove(); }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;

    const fs::path& folder() const { return folder_; }
    Result<BundleFile> write(const std::string& name, std::string_view bytes) {
        auto written = write_file(folder_, name, bytes);
        if (written) names_.push_back(name);
        return written;
    }
    /// A loader's error, without the folder that nobody will find afterwards.
    tl::unexpected<Error> refusal(Error error) const {
        const auto prefix = folder_.string() + "/";
        if (error.detail.starts_with(prefix)) error.detail.erase(0, prefix.size());
        return failure(std::move(error));
    }
    Result<void> keep() {
        for (const auto& name : names_) {
            std::error_code problem;
            fs::rename(folder_ / name, bundle_folder_ / name, problem);
            if (problem)
                return failure(ErrorCode::file_unwritable,
                               "cannot write " + (bundle_folder_ / name).string() + ": " + problem.message());
        }
        return {};
    }

  private:
    void remove() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    fs::path bundle_folder_, folder_;
    std::vector<std::string> names_;
};

/// Channels of labels given by name.
Result<std::vector<int>> channels_of(const std::vector<std::string>& names,
                                     const std::vector<std::string>& labels) {
    std::vector<int> channels;
    for (const auto& name : names) {
        const auto found = std::find(labels.begin(), labels.end(), name);
        if (found == labels.end()) {
            std::string known;
            for (const auto& label : labels) known += (known.empty() ? "" : ", ") + label;
            return failure(ErrorCode::invalid_argument,
                           "dataset.json has no label \"" + name + "\"; its labels are " + known);
        }
        channels.push_back(static_cast<int>(found - labels.begin()));
    }
    return channels;
}

/// A label that is named nowhere would be a silent loss.
Result<void> check_all_named(const LabelNames& names, const std::vector<std::string>& labels) {
    for (const auto& label : labels) {
        const bool named = std::any_of(kLists.begin(), kLists.end(), [&](auto list) {
            return std::count((names.*list).begin(), (names.*list).end(), label) > 0;
        });
        if (!named)
            return failure(ErrorCode::invalid_argument, "dataset.json's label \"" + label +
                                                            "\" is not mapped; name it under a structure or "
                                                            "under background");
    }
    return {};
}

Result<OutputChannels> channels_of(const LabelNames& names, const std::vector<std::string>& labels) {
    if (const auto all = check_all_named(names, labels); !all) return failure(all.error());
    OutputChannels channels;
    for (const auto& [list, wanted] : {std::pair{&channels.canal, &names.canal},
                                       {&channels.vertebra, &names.vertebra},
                                       {&channels.disc, &names.disc}}) {
        auto found = channels_of(*wanted, labels);
        if (!found) return failure(found.error());
        *list = std::move(*found);
    }
    if (const auto known = channels_of(names.background, labels); !known) return failure(known.error());
    return channels;
}

/// Each fold fits the plans, before anything is written: a hostile checkpoint may show one storage under any
/// number of names.
Result<void> check_folds(const nnunet::ModelFolder& model, const nnunet::Configuration& configuration) {
    for (std::size_t i = 0; i < model.folds.size(); ++i) {
        const auto network = nnunet::make_network(configuration.network,
                                                  static_cast<std::int64_t>(configuration.labels.size()),
                                                  model.folds[i].weights, torch::kCPU);
        if (!network) return failure(network.error().code, model.names[i] + ": " + network.error().detail);
    }
    return {};
}

/// What the manifest's own rules say of it, digests included. Temperatures, verdict thresholds and the
/// self-test belong to networks that are no longer there.
Result<ModelManifest> checked(ModelManifest manifest) {
    manifest.calibration = {};
    manifest.quality = {};
    manifest.self_test.reset();
    return ModelManifest::parse(manifest.to_json());
}

std::vector<BundleFile> files_of(const ModelManifest& manifest) {
    auto files = manifest.presegmentation.members;
    files.insert(files.end(), manifest.diffusion.members.begin(), manifest.diffusion.members.end());
    if (manifest.anchor) files.push_back(manifest.anchor->network);
    if (manifest.presegmentation.kind == PresegmenterKind::nnunet) {
        files.push_back(manifest.presegmentation.nnunet.plans);
        files.push_back(manifest.presegmentation.nnunet.dataset);
    }
    return files;
}

}  // namespace

Result<ModelManifest> put_spinesegdiff(const fs::path& bundle_folder, ModelManifest manifest,
                                       const TensorMap& weights, std::size_t member) {
    DiffusionPlan& plan = manifest.diffusion;
    if (member >= plan.members.size())
        return failure(ErrorCode::invalid_argument,
                       "manifest.diffusion.members: has no member " + std::to_string(member));
    SpineSegDiff network(plan.widths, plan.image_encoder);
    if (const auto loaded = load_state(*network, weights); !loaded) return failure(loaded.error());
    const SafeTensors content{state_of(*network), {{"format", "pt"}}};
    const auto written = write_file(bundle_folder, plan.members[member].file, safetensors_bytes(content));
    if (!written) return failure(written.error());
    plan.members[member] = *written;
    return checked(std::move(manifest));
}

Result<ModelManifest> put_nnunet(const fs::path& bundle_folder, ModelManifest manifest,
                                 const nnunet::ModelFolder& model, const NnUNetConversion& conversion) {
    const std::string& name = model.folds.front().configuration;
    const auto configuration = nnunet::read_configuration(model.plans, model.dataset, name);
    if (!configuration) return failure(configuration.error());
    const auto channels = channels_of(conversion.labels, configuration->labels);
    if (!channels) return failure(channels.error());
    if (const auto fit = check_folds(model, *configuration); !fit) return failure(fit.error());
    PresegmentationPlan plan;
    plan.kind = PresegmenterKind::nnunet;
    plan.channels = *channels;
    plan.neighbour_weight = manifest.presegmentation.neighbour_weight;
    plan.neighbour_spacing_mm = manifest.presegmentation.neighbour_spacing_mm;
    Trial trial(bundle_folder);
    const auto plans = trial.write("plans.json", model.plans);
    if (!plans) return failure(plans.error());
    const auto dataset = trial.write("dataset.json", model.dataset);
    if (!dataset) return failure(dataset.error());
    plan.nnunet = {
        .plans = *plans, .dataset = *dataset, .configuration = name, .mirroring = conversion.mirroring};
    for (std::size_t i = 0; i < model.folds.size(); ++i) {
        const auto written = trial.write(model.names[i] + ".safetensors",
                                         safetensors_bytes(nnunet::to_safetensors(model.folds[i])));
        if (!written) return failure(written.error());
        plan.members.push_back(*written);
    }
    manifest.presegmentation = plan;
    auto result = checked(std::move(manifest));
    if (!result) return result;
    if (const auto loaded = NnUNetPresegmenter::load(trial.folder(), *result, torch::kCPU); !loaded)
        return trial.refusal(loaded.error());
    if (const auto kept = trial.keep(); !kept) return failure(kept.error());
    return result;
}

Result<ModelManifest> put_torchscript(const fs::path& bundle_folder, ModelManifest manifest,
                                      const std::vector<fs::path>& modules, TorchScriptOutput output,
                                      const OutputChannels& channels) {
    PresegmentationPlan plan;
    plan.kind = PresegmenterKind::torchscript;
    plan.scales = manifest.presegmentation.scales;
    plan.neighbour_weight = manifest.presegmentation.neighbour_weight;
    plan.neighbour_spacing_mm = manifest.presegmentation.neighbour_spacing_mm;
    plan.channels = channels;
    plan.torchscript.output = output;
    Trial trial(bundle_folder);
    for (const auto& module : modules) {
        const auto bytes = read_weights_file(module);
        if (!bytes) return failure(bytes.error());
        const auto name = "presegmentation_" + std::to_string(plan.members.size()) + ".pt";
        const auto written = trial.write(name, *bytes);
        if (!written) return failure(written.error());
        plan.members.push_back(*written);
    }
    manifest.presegmentation = plan;
    auto result = checked(std::move(manifest));
    if (!result) return result;
    if (const auto loaded = TorchScriptPresegmenter::load(trial.folder(), *result, torch::kCPU); !loaded)
        return trial.refusal(loaded.error());
    if (const auto kept = trial.keep(); !kept) return failure(kept.error());
    return result;
}

Result<std::vector<std::string>> complete_bundle(const fs::path& bundle_folder, const fs::path& from,
                                                 const ModelManifest& manifest) {
    std::vector<std::string> missing;
    for (const auto& file : files_of(manifest)) {
        if (verified_bytes(bundle_folder, file)) continue;
        const auto bytes = verified_bytes(from, file);
        if (!bytes) {
            missing.push_back(file.file);
        } else if (const auto written = write_file(bundle_folder, file.file, *bytes); !written) {
            return failure(written.error());
        }
    }
    return missing;
}

Result<void> write_manifest(const fs::path& bundle_folder, const ModelManifest& manifest) {
    const auto written = write_file(bundle_folder, "manifest.json", manifest.to_json());
    if (!written) return failure(written.error());
    return {};
}

}  // namespace spineseg
