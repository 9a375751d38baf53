#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes fixtures/ beside itself: small trained-model folders of nnU-Net v2 with random weights, saved by its own
trainer, and what its own predictor makes of small images.

    python3 -m venv v && v/bin/pip install nnunetv2==2.6.2 torch==2.7.1
    v/bin/python tests/worker/inference/nnunet/make_nnunet_fixtures.py [FIXTURE...]

Everything runs on the CPU. Each folder holds plans.json, dataset.json, fold_*/checkpoint_final.pth and for each image
expected*.safetensors: image [Z,H,W] int16, spacing [3] mm, labels [Z,H,W], probabilities [C,Z,H,W] in units of 1/32767.
"""
import copy
import json
import os
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
WORK = pathlib.Path(tempfile.mkdtemp())
for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
    os.environ[name] = str(WORK / name)
    (WORK / name).mkdir()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor  # noqa: E402
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402

DATASET = {"channel_names": {"0": "MRI"}, "labels": {"background": 0, "SC": 1, "VB": 2, "IVD": 3}, "numTraining": 1,
           "file_ending": ".nii.gz"}
RESAMPLING = {
    "resampling_fn_data": "resample_data_or_seg_to_shape",
    "resampling_fn_seg": "resample_data_or_seg_to_shape",
    "resampling_fn_data_kwargs": {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None},
    "resampling_fn_seg_kwargs": {"is_seg": True, "order": 1, "order_z": 0, "force_separate_z": None},
    "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
    "resampling_fn_probabilities_kwargs": {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None},
}


def architecture(kind, features, kernels, strides, encoder, decoder):
    module = {"PlainConvUNet": "unet", "ResidualEncoderUNet": "unet"}[kind]
    counts = "n_conv_per_stage" if kind == "PlainConvUNet" else "n_blocks_per_stage"
    return {
        "network_class_name": f"dynamic_network_architectures.architectures.{module}.{kind}",
        "arch_kwargs": {
            "n_stages": len(features), "features_per_stage": features, "conv_op": "torch.nn.modules.conv.Conv2d",
            "kernel_sizes": kernels, "strides": strides, counts: encoder, "n_conv_per_stage_decoder": decoder,
            "conv_bias": True, "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
            "norm_op_kwargs": {"eps": 1e-05, "affine": True}, "dropout_op": None, "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"inplace": True}},
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def old_network(features, most, kernels, strides, encoder, decoder):
    return {"UNet_class_name": "PlainConvUNet", "UNet_base_num_features": features,
            "n_conv_per_stage_encoder": encoder, "n_conv_per_stage_decoder": decoder,
            "num_pool_per_axis": [len(strides) - 1] * 2, "pool_op_kernel_sizes": strides,
            "conv_kernel_sizes": kernels, "unet_max_num_features": most}


def plans(patch, spacing, network, normalization="ZScoreNormalization", mask=False):
    configuration = {
        "data_identifier": "nnUNetPlans_2d", "preprocessor_name": "DefaultPreprocessor", "batch_size": 2,
        "patch_size": patch, "median_image_size_in_voxels": [float(n) for n in patch], "spacing": spacing,
        "normalization_schemes": [normalization], "use_mask_for_norm": [mask], "batch_dice": True}
    configuration.update(RESAMPLING)
    configuration.update(network if "UNet_class_name" in network else {"architecture": network})
    return {
        "dataset_name": "Dataset001_Spine", "plans_name": "nnUNetPlans",
        "original_median_spacing_after_transp": [4.0, *spacing], "original_median_shape_after_transp": [6, *patch],
        "image_reader_writer": "SimpleITKIO", "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2],
        "configurations": {"2d": configuration}, "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {
            "0": {"max": 900.0, "mean": 310.5, "median": 300.0, "min": 0.0, "percentile_00_5": 12.0,
                  "percentile_99_5": 720.0, "std": 150.25}}}


def image(shape, margin, seed):
    """Bands and blobs with noise, a black frame, and a black hole that touches no border."""
    random = np.random.RandomState(seed)
    z, y, x = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    values = 300 + 150 * np.sin(0.45 * y + 0.3 * z) + 120 * np.cos(0.31 * x) + 60 * random.standard_normal(shape)
    values = np.clip(values, 1, 1500)
    centre = [n // 2 for n in shape]
    values[1:-1][((y - centre[1]) ** 2 + (x - centre[2]) ** 2 < 9)[1:-1]] = 0
    frame = np.zeros(shape, bool)
    frame[tuple(slice(m, n - k) for (m, k), n in zip(margin, shape))] = True
    return np.where(frame, values, 0).astype(np.int16)


THREE, PLAIN = [[3, 3]] * 3, "PlainConvUNet"
CASES = {
    # The grid is the plan's, the image is cropped, tiles overlap, both axes are mirrored; widths that the fused kernel takes.
    "isotropic": dict(plans=plans([32, 32], [1.0, 1.0], architecture(
        PLAIN, [16, 16, 32], THREE, [[1, 1], [2, 2], [2, 2]], [2, 2, 2], [2, 2])),
        shape=(5, 54, 45), margin=((1, 0), (3, 4), (2, 5)), spacing=(3.3, 1.0, 1.0), folds=1, mirror=(0, 1)),
    # Thick slices: each plane is resampled alone.
    "resampled": dict(plans=plans([40, 24], [0.8, 0.9], architecture(
        PLAIN, [4, 8, 16], THREE, [[1, 1], [2, 2], [2, 2]], [2, 2, 2], [2, 2])),
        shape=(4, 41, 37), margin=((0, 0), (2, 0), (0, 3)), spacing=(4.4, 1.1, 0.7), folds=1, mirror=None),
    # Thin slices: resampled as a volume. Old plans, two folds, statistics over what is not black.
    "two_folds": dict(plans=plans([32, 32], [1.3, 1.1], old_network(
        4, 12, THREE, [[1, 1], [2, 2], [2, 2]], [1, 2, 2], [2, 1]), mask=True),
        shape=(6, 47, 52), margin=((1, 1), (2, 3), (6, 1)), spacing=(0.9, 1.0, 1.0), folds=2, mirror=(0, 1)),
    # Smaller than the patch and odd; one mirrored axis; the data set's own intensity rule.
    "small": dict(plans=plans([48, 32], [1.0, 1.0], architecture(
        PLAIN, [6, 12], [[3, 3], [3, 3]], [[1, 1], [2, 2]], [2, 2], [2]), "CTNormalization"),
        shape=(3, 27, 19), margin=((0, 0), (0, 0), (0, 0)), spacing=(4.0, 1.0, 1.0), folds=1, mirror=(1,)),
    # Residual encoder with uneven strides and kernels, equal neighbouring widths.
    "residual": dict(plans=plans([32, 24], [1.0, 1.2], architecture(
        "ResidualEncoderUNet", [4, 8, 8], [[1, 3], [3, 3], [3, 3]], [[1, 1], [2, 1], [2, 2]], [1, 3, 2], [1, 1]),
        "RescaleTo01Normalization"),
        shape=(3, 44, 40), margin=((0, 1), (5, 0), (0, 0)), spacing=(4.0, 0.9, 1.0), folds=1, mirror=(0, 1)),
    # One model on cases whose coarsest axis is not the slices': that axis is resampled apart, by the nearest sample.
    "axes": dict(seed=1044, plans=plans([24, 16], [1.0, 2.5], architecture(
        PLAIN, [6, 12], [[3, 3], [3, 3]], [[1, 1], [2, 2]], [2, 2], [2])),
        folds=1, mirror=(0, 1), images={
            # Coarse in the image, not in the plans.
            "columns": dict(shape=(5, 46, 15), margin=((1, 0), (2, 1), (1, 0)), spacing=(1.2, 0.5, 2.0)),
            "rows": dict(shape=(4, 17, 51), margin=((0, 0), (1, 0), (0, 3)), spacing=(1.2, 2.0, 0.5)),
            # Coarse in the plans, not in the image.
            "columns_of_plans": dict(shape=(5, 26, 25), margin=((0, 1), (0, 1), (2, 0)), spacing=(0.7, 1.0, 1.5)),
            # Rows on the way to the network, columns on the way back.
            "rows_then_columns": dict(shape=(4, 11, 44), margin=((0, 0), (0, 0), (1, 2)), spacing=(0.7, 2.8, 0.8)),
            # Slices and columns equally coarse: resampled as a volume, though the plans have coarse slices.
            "two_equal": dict(shape=(5, 39, 14), margin=((1, 0), (2, 1), (0, 0)), spacing=(3.2, 0.6, 3.2))}),
}


def save_fold(case, fold, file):
    torch.manual_seed(case.get("seed", 1000) + fold)
    trainer = nnUNetTrainer(copy.deepcopy(case["plans"]), "2d", fold, DATASET, device=torch.device("cpu"))
    data = pathlib.Path(trainer.preprocessed_dataset_folder)
    data.mkdir(parents=True, exist_ok=True)
    (data / "case.b2nd").touch()  # the trainer looks which kind of files it would train on
    trainer.initialize()
    with torch.no_grad():  # away from the initial ones and zeros, and far enough from ties
        for name, parameter in trainer.network.named_parameters():
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
            if "seg_layers" in name:
                parameter.mul_(3.0)
    trainer.inference_allowed_mirroring_axes = case["mirror"]
    for epoch in range(2):  # what a training run leaves in the log: Python's and numpy's numbers
        for key, value in (("train_losses", np.float32(0.5)), ("val_losses", np.mean([0.25, 0.5])),
                           ("mean_fg_dice", np.float64(0.1)), ("dice_per_class_or_region", [np.float64(0.2)] * 3),
                           ("epoch_start_timestamps", 1.5), ("epoch_end_timestamps", 2.5), ("lrs", 0.01)):
            trainer.logger.log(key, value, epoch)
    trainer.save_checkpoint(str(file))


def predict(folder, folds, pixels, spacing):
    predictor = nnUNetPredictor(tile_step_size=0.5, use_gaussian=True, use_mirroring=True,
                                perform_everything_on_device=False, device=torch.device("cpu"), allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(folder), tuple(range(folds)), "checkpoint_final.pth")
    return predictor.predict_single_npy_array(pixels[None].astype(np.float32), {"spacing": list(spacing)}, None, None,
                                              True)


def expect(folder, folds, file, seed, shape, margin, spacing):
    pixels = image(shape, margin, seed)
    labels, probabilities = predict(folder, folds, pixels, spacing)
    counts = [int((labels == label).sum()) for label in range(4)]
    assert sum(count > labels.size // 100 for count in counts) >= 2, (folder.name, file, counts)
    save_file({"image": pixels, "spacing": np.array(spacing, np.float32), "labels": labels.astype(np.uint8),
               "probabilities": np.round(probabilities * 32767).astype(np.int16)}, str(folder / file))
    print(folder.name, file, counts)


def make(name, case, seed):
    folder = HERE / "fixtures" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "plans.json").write_text(json.dumps(case["plans"], indent=1) + "\n")
    (folder / "dataset.json").write_text(json.dumps(DATASET, indent=1) + "\n")
    for fold in range(case["folds"]):
        (folder / f"fold_{fold}").mkdir()
        save_fold(case, fold, folder / f"fold_{fold}" / "checkpoint_final.pth")
    if "images" in case:
        for place, (suffix, shown) in enumerate(case["images"].items()):
            expect(folder, case["folds"], f"expected_{suffix}.safetensors", seed + place, **shown)
    else:
        expect(folder, case["folds"], "expected.safetensors", seed, case["shape"], case["margin"], case["spacing"])
    print(name, sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()), "bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for seed, (name, case) in enumerate(CASES.items()):
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            make(name, case, seed)
    shutil.rmtree(WORK)
