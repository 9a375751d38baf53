// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/bundle_training.h"

#include <torch/types.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/digest.h"
#include "lab/training/anchor_training.h"
#include "lab/training/case_name.h"
#include "lab/training/diffusion_training.h"
#include "lab/training/presegmentation_training.h"
#include "lab/training/run_record.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

std::set<std::string> patients_of(const std::vector<TrainingCase>& cases) {
    std::set<std::string> patients;
    for (const auto& c : cases)
        if (!c.synthetic) patients.insert(patient_of(c.id));
    return patients;
}

Result<void> write_text(const std::string& text, const fs::path& file) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text << std::flush;
    if (!out) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
    return {};
}

const Widths& widths_of(const ModelManifest& manifest, TrainedNetwork network) {
    if (network == TrainedNetwork::anchor) return manifest.anchor.value().widths;
    return network == TrainedNetwork::presegmentation ? manifest.presegmentation.widths
                                                      : manifest.diffusion.widths;
}

Result<void> ship(const BundleTraining& training, const TensorMap& weights, const nlohmann::json& record) {
    SafeTensors content;
    for (const auto& [name, tensor] : weights) content.tensors[name] = tensor.to(torch::kFloat16);
    content.metadata["network"] = to_string(training.network);
    ModelManifest manifest = training.manifest;
    // The self-test was made with other weights; the anchor has no part in it.
    if (training.network != TrainedNetwork::anchor) manifest.self_test.reset();
    BundleFile& member = *members_of(manifest, training.network)[training.member];
    member.sha256 = sha256_hex(safetensors_bytes(content));
    std::error_code error;
    fs::create_directories(training.bundle, error);
    if (auto written = write_safetensors(training.bundle / member.file, content); !written) return written;
    std::ifstream before(training.bundle / "training.json");
    nlohmann::json records = nlohmann::json::parse(before, nullptr, false);
    if (!records.is_object()) records = nlohmann::json::object();
    records[fs::path(member.file).stem().string()] = record;
    if (auto written = write_text(records.dump(2) + "\n", training.bundle / "training.json"); !written)
        return written;
    return write_text(manifest.to_json(), training.bundle / "manifest.json");
}

Result<void> keep_patients(const BundleTraining& training, const std::vector<TrainingCase>& cases) {
    std::set<std::string> patients;  // phantoms too: the presegmenter has seen them
    for (const auto& c : cases) patients.insert(patient_of(c.id));
    return write_text(nlohmann::json(patients).dump() + "\n", training.run / "patients.json");
}

Result<std::vector<TrainedPresegmenter>> trained_presegmenters(const BundleTraining& training) {
    std::vector<TrainedPresegmenter> presegmenters;
    for (const auto& run : training.presegmentation_runs) {
        auto weights = read_safetensors(run / "weights.safetensors");
        if (!weights) return failure(weights.error());
        std::ifstream file(run / "patients.json");
        const auto patients = nlohmann::json::parse(file, nullptr, false);
        if (!patients.is_array())
            return failure(ErrorCode::invalid_argument, (run / "patients.json").string() +
                                                            ": no list of patients; train the "
                                                            "presegmentation again, or write it");
        presegmenters.push_back({weights->tensors, training.manifest.presegmentation.widths,
                                 patients.get<std::set<std::string>>()});
    }
    if (presegmenters.empty())
        return failure(ErrorCode::invalid_argument, "the diffusion needs a --presegmentation-run");
    return presegmenters;
}

Result<Trained> train_network(const BundleTraining& training, TrainingPlan plan, const SelectedCases& cases,
                              const ReportSink& sink) {
    const ModelManifest& manifest = training.manifest;
    if (training.network == TrainedNetwork::anchor)
        return train_anchor(cases.train, manifest.input, manifest.anchor.value().widths,
                            training.augmentation, plan, training.run, sink);
    const bool validates = plan.validate_every > 0 && !cases.validation.empty();
    if (training.network == TrainedNetwork::presegmentation) {
        if (validates) plan.validate = presegmentation_validator(cases.validation, manifest);
        return train_presegmentation(cases.train, manifest.input, manifest.presegmentation.widths,
                                     training.augmentation, plan, training.run, sink);
    }
    const auto presegmenters = trained_presegmenters(training);
    if (!presegmenters) return failure(presegmenters.error());
    if (validates)
        plan.validate = diffusion_validator(cases.validation, manifest, presegmenters->front().weights,
                                            training.run / "validation");
    return train_diffusion(cases.train, manifest.input,
                           {.diffusion = manifest.diffusion,
                            .augmentation = training.augmentation,
                            .training = plan,
                            .corruption = {},
                            .presegmenters = *presegmenters},
                           training.run, sink);
}

}  // namespace

nlohmann::json training_record(const BundleTraining& training, const SelectedCases& cases) {
    const auto& plan = training.plan;
    const auto& manifest = training.manifest;
    std::vector<std::string> names;
    int phantoms = 0;
    for (const auto& c : cases.train) {
        if (c.synthetic)
            ++phantoms;
        else
            names.push_back(c.id);
    }
    nlohmann::json record{{"patients", patients_of(cases.train)},
                          {"cases", names},
                          {"phantoms", phantoms},
                          {"widths", widths_of(manifest, training.network)},
                          {"iterations", plan.iterations},
                          {"batch", plan.batch},
                          {"crop", {training.augmentation.crop.rows, training.augmentation.crop.columns}},
                          {"augmentation_strength", training.augmentation.strength},
                          {"synthetic_share", training.augmentation.synthetic_share},
                          {"spineless_share", training.augmentation.spineless},
                          {"archless_share", training.augmentation.archless},
                          {"beside_canal_share", training.augmentation.beside_canal},
                          {"lean_share", training.augmentation.lean_share},
                          {"void_share", training.augmentation.void_share},
                          {"partial_share", training.augmentation.partial_share},
                          {"dice_weight", plan.dice_weight},
                          {"learning_rate", plan.learning_rate},
                          {"weight_decay", plan.weight_decay},
                          {"average_decay", plan.average_decay},
                          {"seed", plan.seed},
                          {"precision", to_string(plan.precision)}};
    if (training.network == TrainedNetwork::diffusion) record["timesteps"] = manifest.diffusion.timesteps;
    if (training.augmentation.around_structures) record["around_structures"] = true;
    if (!cases.validation.empty()) record["validated_on"] = patients_of(cases.validation);
    if (!plan.initial.tensors.empty())
        record["initial_weights"] = {{"source", plan.initial.source}, {"sha256", plan.initial.sha256}};
    return record;
}

Result<bool> train_bundle(const BundleTraining& training, const SelectedCases& cases,
                          const ReportSink& sink) {
    ModelManifest manifest = training.manifest;
    if (training.member >= members_of(manifest, training.network).size())
        return failure(ErrorCode::model_invalid, std::string("manifest.") + to_string(training.network) +
                                                     ".members: names no file with the number " +
                                                     std::to_string(training.member));
    const nlohmann::json record = training_record(training, cases);
    if (auto begun = begin_or_resume(training.run, record); !begun) return failure(begun.error());
    if (auto kept = keep_patients(training, cases.train); !kept) return failure(kept.error());
    const auto trained = train_network(training, training.plan, cases, sink);
    if (!trained) return failure(trained.error());
    if (!trained->finished) return false;
    if (auto shipped = ship(training, trained->average, record); !shipped) return failure(shipped.error());
    return true;
}

}  // namespace spineseg
