// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/configuration.h"

#include <algorithm>
#include <map>

#include "core/json_path.h"

namespace spineseg::nnunet {
namespace {

constexpr int kDeepestJson = 64;
constexpr std::size_t kMostStages = 10;
constexpr std::size_t kMostAncestors = 8;
constexpr std::int64_t kMostFeatures = 2048;
constexpr std::int64_t kLargestPatch = 1024;
constexpr std::int64_t kMostConvolutions = 16;
constexpr std::int64_t kMostLabels = 64;

using Json = nlohmann::json;

/// `inherits_from`: the parent's fields, overridden by the child's.
Json resolved(const JsonPath& configurations, const std::string& name, std::size_t depth = 0) {
    const JsonPath own = configurations[name];
    if (!own.value().is_object()) own.refuse("must be an object");
    if (!own.has("inherits_from")) return own.value();
    const auto parent = own["inherits_from"].text();
    if (depth == kMostAncestors) own.refuse("inherits in a circle");
    Json merged = resolved(configurations, parent, depth + 1);
    merged.update(own.value());
    return merged;
}

Size size_of(const JsonPath& list, std::int64_t low, std::int64_t high) {
    const auto items = list.items(2, 2);
    return {items[0].integer(low, high), items[1].integer(low, high)};
}

std::vector<Size> sizes_of(const JsonPath& list, std::size_t stages, std::int64_t high) {
    std::vector<Size> sizes;
    for (const auto& item : list.items(stages, kMostStages)) sizes.push_back(size_of(item, 1, high));
    return sizes;
}

/// One number for each stage; nnU-Net also takes a single one for all.
std::vector<std::int64_t> counts_of(const JsonPath& field, std::size_t stages) {
    if (field.value().is_number())
        return std::vector<std::int64_t>(stages, field.integer(1, kMostConvolutions));
    std::vector<std::int64_t> counts;
    if (stages == 0) return counts;
    for (const auto& item : field.items(stages, kMostStages))
        counts.push_back(item.integer(1, kMostConvolutions));
    return counts;
}

void expect(const JsonPath& field, std::string_view ending, const char* remedy) {
    if (!field.text().ends_with(ending)) field.refuse("\"" + field.text() + "\" is not supported; " + remedy);
}

void expect_null(const JsonPath& arguments, const std::string& field) {
    if (arguments.has(field) && !arguments[field].value().is_null())
        arguments[field].refuse("is not supported; it must be null");
}

/// conv_kernel_sizes and the like, from before 2.5: what is not said there was fixed in nnU-Net's code.
NetworkPlan old_network(const JsonPath& configuration) {
    NetworkPlan plan;
    const auto name = configuration["UNet_class_name"].text();
    if (name == "ResidualEncoderUNet") {
        plan.kind = NetworkKind::residual_encoder;
    } else if (name != "PlainConvUNet") {
        configuration["UNet_class_name"].refuse("\"" + name + "\" is not supported");
    }
    const auto stages = configuration["n_conv_per_stage_encoder"].items(0, kMostStages).size();
    const auto base = configuration["UNet_base_num_features"].integer(1, kMostFeatures);
    const auto most = configuration["unet_max_num_features"].integer(1, kMostFeatures);
    for (std::size_t stage = 0; stage < stages; ++stage)
        plan.features.push_back(std::min(base << stage, most));
    plan.kernels = sizes_of(configuration["conv_kernel_sizes"], stages, 15);
    plan.strides = sizes_of(configuration["pool_op_kernel_sizes"], stages, 8);
    plan.encoder = counts_of(configuration["n_conv_per_stage_encoder"], stages);
    plan.decoder = counts_of(configuration["n_conv_per_stage_decoder"], stages == 0 ? 0 : stages - 1);
    return plan;
}

NetworkPlan new_network(const JsonPath& architecture) {
    NetworkPlan plan;
    const JsonPath class_name = architecture["network_class_name"];
    const JsonPath arguments = architecture["arch_kwargs"];
    if (class_name.text().ends_with(".ResidualEncoderUNet")) {
        plan.kind = NetworkKind::residual_encoder;
    } else if (!class_name.text().ends_with(".PlainConvUNet")) {
        class_name.refuse("\"" + class_name.text() + "\" is not supported");
    }
    const auto stages = static_cast<std::size_t>(arguments["n_stages"].integer(2, kMostStages));
    for (const auto& item : arguments["features_per_stage"].items(stages, kMostStages))
        plan.features.push_back(item.integer(1, kMostFeatures));
    expect(arguments["conv_op"], ".Conv2d", "choose a two-dimensional configuration");
    plan.kernels = sizes_of(arguments["kernel_sizes"], stages, 15);
    plan.strides = sizes_of(arguments["strides"], stages, 8);
    const bool plain = plan.kind == NetworkKind::plain;
    plan.encoder = counts_of(arguments[plain ? "n_conv_per_stage" : "n_blocks_per_stage"], stages);
    plan.decoder = counts_of(arguments["n_conv_per_stage_decoder"], stages - 1);
    plan.bias = arguments["conv_bias"].boolean();
    expect(arguments["norm_op"], ".InstanceNorm2d", "only instance normalisation is");
    const JsonPath norm = arguments["norm_op_kwargs"];
    plan.norm_eps = norm["eps"].number(1e-12, 1.0);
    if (!norm["affine"].boolean()) norm["affine"].refuse("must be true");
    expect_null(arguments, "dropout_op");
    expect(arguments["nonlin"], ".LeakyReLU", "only LeakyReLU is");
    if (arguments.has("nonlin_kwargs") && arguments["nonlin_kwargs"].has("negative_slope"))
        plan.slope = arguments["nonlin_kwargs"]["negative_slope"].number(0.0, 1.0);
    if (arguments.has("nonlin_first") && arguments["nonlin_first"].boolean())
        arguments["nonlin_first"].refuse("must be false");
    return plan;
}

void check_network(const NetworkPlan& plan, const Size& patch, const JsonPath& configuration) {
    if (plan.stages() < 2) configuration.refuse("a network of fewer than two stages");
    for (std::size_t axis = 0; axis < 2; ++axis) {
        std::int64_t step = 1;
        for (const auto& stride : plan.strides) step *= stride[axis];
        if (patch[axis] % step != 0)
            configuration["patch_size"].refuse("is no multiple of the network's strides, " +
                                               std::to_string(step));
        for (const auto& kernel : plan.kernels) {
            if (kernel[axis] % 2 == 0) configuration.refuse("has an even convolution kernel");
        }
    }
    if (plan.strides.front() != Size{1, 1}) configuration.refuse("its first stage must have stride 1");
}

Normalization normalization_of(const JsonPath& field) {
    const std::map<std::string, Normalization> known{
        {"ZScoreNormalization", Normalization::zscore},
        {"CTNormalization", Normalization::ct},
        {"NoNormalization", Normalization::none},
        {"RescaleTo01Normalization", Normalization::rescale_to_01}};
    const auto found = known.find(field.text());
    if (found == known.end()) field.refuse("\"" + field.text() + "\" is not supported");
    return found->second;
}

ForegroundIntensities foreground_of(const JsonPath& plans) {
    const char* field = plans.has("foreground_intensity_properties_per_channel")
                            ? "foreground_intensity_properties_per_channel"
                            : "foreground_intensity_properties_by_modality";
    const JsonPath channel = plans[field]["0"];
    return {channel["mean"].number(-1e9, 1e9), channel["std"].number(0.0, 1e9),
            channel["percentile_00_5"].number(-1e9, 1e9), channel["percentile_99_5"].number(-1e9, 1e9)};
}

int spline_order(const JsonPath& order, std::initializer_list<int> supported, const char* which) {
    const auto value = static_cast<int>(order.integer(0, 5));
    if (std::find(supported.begin(), supported.end(), value) == supported.end())
        order.refuse(std::string("must be ") + which);
    return value;
}

/// What is not said is the default of nnU-Net's function, whose force_separate_z is false.
Resampling resampling_of(const JsonPath& configuration, const std::string& function) {
    expect(configuration[function], "resample_data_or_seg_to_shape", "only nnU-Net's default resampling is");
    const JsonPath arguments = configuration[function + "_kwargs"];
    Resampling rule{spline_order(arguments["order"], {1, 3}, "1 or 3")};
    if (const auto order = arguments.find("order_z"))
        rule.order_apart = spline_order(*order, {0, 1, 3}, "0, 1 or 3");
    const auto apart = arguments.find("force_separate_z");
    if (!apart)
        rule.apart = false;
    else if (!apart->value().is_null())
        rule.apart = apart->boolean();
    if (const auto threshold = arguments.find("separate_z_anisotropy_threshold"))
        rule.anisotropy = threshold->number(1.0, 1e9);
    return rule;
}

/// Names in the order of their channels. The ignore label has none.
std::vector<std::string> labels_of(const JsonPath& dataset) {
    const JsonPath labels = dataset["labels"];
    if (!labels.value().is_object()) labels.refuse("must be an object");
    std::map<std::int64_t, std::string> by_channel;
    for (const auto& [name, value] : labels.value().items()) {
        if (name == "ignore") continue;
        if (value.is_array()) labels[name].refuse("region-based training is not supported");
        if (!by_channel.emplace(labels[name].integer(0, kMostLabels - 1), name).second)
            labels[name].refuse("two labels have the same number");
    }
    std::vector<std::string> names;
    for (const auto& [channel, name] : by_channel) {
        if (channel != static_cast<std::int64_t>(names.size())) labels[name].refuse("the numbers have a gap");
        names.push_back(name);
    }
    if (names.size() < 2) labels.refuse("must name the background and one structure at least");
    return names;
}

void check_one_channel(const JsonPath& dataset) {
    const char* field = dataset.has("channel_names") ? "channel_names" : "modality";
    if (!dataset[field].value().is_object() || dataset[field].value().size() != 1)
        dataset[field].refuse("the network must take one image; several channels are not supported");
}

Configuration configuration_of(const JsonPath& plans, const JsonPath& dataset, const std::string& name) {
    const JsonPath configurations = plans["configurations"];
    const Json merged = resolved(configurations, name);
    const JsonPath json(merged, "plans.json: configurations." + name);
    Configuration result;
    result.name = name;
    check_one_channel(dataset);
    if (!json["patch_size"].value().is_array() || json["patch_size"].value().size() != 2)
        json["patch_size"].refuse("must have two numbers: only two-dimensional configurations are supported");
    result.patch = size_of(json["patch_size"], 8, kLargestPatch);
    const auto spacing = json["spacing"].items(2, 2);
    result.spacing_mm = {spacing[0].number(0.05, 20.0), spacing[1].number(0.05, 20.0)};
    expect(json["preprocessor_name"], "DefaultPreprocessor", "only nnU-Net's default preprocessor is");
    expect_null(json, "previous_stage");
    result.normalization = normalization_of(json["normalization_schemes"].items(1, 1)[0]);
    result.masked_normalization = json["use_mask_for_norm"].items(1, 1)[0].boolean();
    if (result.normalization == Normalization::ct) result.foreground = foreground_of(plans);
    result.images = resampling_of(json, "resampling_fn_data");
    result.logits = resampling_of(json, "resampling_fn_probabilities");
    result.network = json.has("architecture") ? new_network(json["architecture"]) : old_network(json);
    check_network(result.network, result.patch, json);
    result.labels = labels_of(dataset);
    return result;
}

Json parsed(std::string_view text, const char* file) {
    // Copies of a value, and its end, are recursive: a million brackets would end the program.
    bool too_deep = false;
    const auto watch = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > kDeepestJson;
        return !too_deep;
    };
    auto json = Json::parse(text, watch, /*allow_exceptions=*/false);
    if (too_deep) throw JsonRefused{std::string(file) + ": is nested too deeply"};
    if (!json.is_object()) throw JsonRefused{std::string(file) + ": is not a JSON object"};
    return json;
}

}  // namespace

Result<Configuration> read_configuration(std::string_view plans, std::string_view dataset,
                                         const std::string& name) {
    try {
        const Json plans_json = parsed(plans, "plans.json"), dataset_json = parsed(dataset, "dataset.json");
        return configuration_of(JsonPath(plans_json, "plans.json"), JsonPath(dataset_json, "dataset.json"),
                                name);
    } catch (const JsonRefused& refused) {
        return failure(ErrorCode::model_invalid, refused.what);
    }
}

}  // namespace spineseg::nnunet
