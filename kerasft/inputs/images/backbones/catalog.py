"""The backbones one can name: what they are, how large, and what they expect. Data only, no keras.

Parameters are counted on the models of keras 3.15 without their classifier (a test counts again); MB are those
parameters as float32. ImageNet top-1 is quoted from `TOP1_SOURCE` as published there, not measured by us.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kerasft.base.bounded import read_bytes
from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.networks.published import HUB_PREFIX, local_preset

KEY, FETCHED = "backbones", False
TOP1_SOURCE = "https://keras.io/api/applications/"
_MOBILENET_V3_SOURCE = (
    "https://keras.io/api/applications/mobilenet/"  # the table above does not list these two
)

_MOST_JSON_BYTES = 16_000_000


@dataclass(frozen=True)
class BackboneEntry:
    """One backbone of the catalogue.

    Args:
        name: The name to type: "mobilenet_v3_small".
        source: Where it comes from: "applications", "starter" or "hub".
        keras_name: The constructor in `keras.applications`: "MobileNetV3Small"; "" for others.
        family: Models that share preprocessing and layer names: "mobilenet_v3".
        image_size: Default height and width of the input, in pixels.
        min_size: The smallest size that works, in pixels.
        fixed_size: Whether no other size than `image_size` works.
        preprocessing: What Keras' `preprocess_input` of the family does to RGB 0..255: "caffe" (BGR minus mean),
            "torch" (standardised), "tf" ([-1, 1]), or "built-in" (nothing, Keras does it inside the model).
        parameters: Millions of weights, without the classifier.
        megabytes: Size of these weights as float32, in MB (10**6 bytes).
        imagenet_top1: Published share of ImageNet validation images classified right, 0..1; None if unknown.
        top1_source: Where that number was published.
        quantizes: How well the family survives int8, in words; None until measured.
    """

    name: str
    source: str
    keras_name: str
    family: str
    image_size: int
    min_size: int
    fixed_size: bool
    preprocessing: str
    parameters: float
    megabytes: float
    imagenet_top1: float | None = None
    top1_source: str = ""
    quantises: str | None = None

    @property
    def pinned(self) -> None:
        """Where pinned weights come from: none are."""

    @property
    def licence(self) -> str:
        """SPDX name of the weights' licence, where it is ours to say."""
        return "Apache-2.0" if self.source == "starter" else ""


# family: preprocessing, smallest size
_FAMILIES = {
    "convnext": ("built-in", 32),
    "densenet": ("torch", 32),
    "efficientnet": ("built-in", 32),
    "efficientnet_v2": ("built-in", 32),
    "inception_resnet_v2": ("tf", 75),
    "inception_v3": ("tf", 75),
    "mobilenet": ("tf", 32),
    "mobilenet_v2": ("tf", 32),
    "mobilenet_v3": ("built-in", 32),
    "nasnet": ("tf", 32),
    "resnet": ("caffe", 32),
    "resnet_v2": ("tf", 32),
    "vgg": ("caffe", 32),
    "xception": ("tf", 71),
}

# name, constructor, family, default size in pixels, parameters, ImageNet top-1 in percent
_APPLICATIONS = (
    ("convnext_tiny", "ConvNeXtTiny", "convnext", 224, 27_820_128, 81.3),
    ("convnext_small", "ConvNeXtSmall", "convnext", 224, 49_454_688, 82.3),
    ("convnext_base", "ConvNeXtBase", "convnext", 224, 87_566_464, 85.3),
    ("convnext_large", "ConvNeXtLarge", "convnext", 224, 196_230_336, 86.3),
    ("convnext_xlarge", "ConvNeXtXLarge", "convnext", 224, 348_147_968, 86.7),
    ("densenet121", "DenseNet121", "densenet", 224, 7_037_504, 75.0),
    ("densenet169", "DenseNet169", "densenet", 224, 12_642_880, 76.2),
    ("densenet201", "DenseNet201", "densenet", 224, 18_321_984, 77.3),
    ("efficientnet_b0", "EfficientNetB0", "efficientnet", 224, 4_049_564, 77.1),
    ("efficientnet_b1", "EfficientNetB1", "efficientnet", 240, 6_575_232, 79.1),
    ("efficientnet_b2", "EfficientNetB2", "efficientnet", 260, 7_768_562, 80.1),
    ("efficientnet_b3", "EfficientNetB3", "efficientnet", 300, 10_783_528, 81.6),
    ("efficientnet_b4", "EfficientNetB4", "efficientnet", 380, 17_673_816, 82.9),
    ("efficientnet_b5", "EfficientNetB5", "efficientnet", 456, 28_513_520, 83.6),
    ("efficientnet_b6", "EfficientNetB6", "efficientnet", 528, 40_960_136, 84.0),
    ("efficientnet_b7", "EfficientNetB7", "efficientnet", 600, 64_097_680, 84.3),
    ("efficientnet_v2_b0", "EfficientNetV2B0", "efficientnet_v2", 224, 5_919_312, 78.7),
    ("efficientnet_v2_b1", "EfficientNetV2B1", "efficientnet_v2", 240, 6_931_124, 79.8),
    ("efficientnet_v2_b2", "EfficientNetV2B2", "efficientnet_v2", 260, 8_769_374, 80.5),
    ("efficientnet_v2_b3", "EfficientNetV2B3", "efficientnet_v2", 300, 12_930_622, 82.0),
    ("efficientnet_v2_s", "EfficientNetV2S", "efficientnet_v2", 384, 20_331_360, 83.9),
    ("efficientnet_v2_m", "EfficientNetV2M", "efficientnet_v2", 480, 53_150_388, 85.3),
    ("efficientnet_v2_l", "EfficientNetV2L", "efficientnet_v2", 480, 117_746_848, 85.7),
    ("inception_resnet_v2", "InceptionResNetV2", "inception_resnet_v2", 299, 54_336_736, 80.3),
    ("inception_v3", "InceptionV3", "inception_v3", 299, 21_802_784, 77.9),
    ("mobilenet", "MobileNet", "mobilenet", 224, 3_228_864, 70.4),
    ("mobilenet_v2", "MobileNetV2", "mobilenet_v2", 224, 2_257_984, 71.3),
    ("mobilenet_v3_small", "MobileNetV3Small", "mobilenet_v3", 224, 939_120, 68.1),
    ("mobilenet_v3_large", "MobileNetV3Large", "mobilenet_v3", 224, 2_996_352, 75.6),
    ("nasnet_mobile", "NASNetMobile", "nasnet", 224, 4_269_716, 74.4),
    ("nasnet_large", "NASNetLarge", "nasnet", 331, 84_916_818, 82.5),
    ("resnet50", "ResNet50", "resnet", 224, 23_587_712, 74.9),
    ("resnet101", "ResNet101", "resnet", 224, 42_658_176, 76.4),
    ("resnet152", "ResNet152", "resnet", 224, 58_370_944, 76.6),
    ("resnet50_v2", "ResNet50V2", "resnet_v2", 224, 23_564_800, 76.0),
    ("resnet101_v2", "ResNet101V2", "resnet_v2", 224, 42_626_560, 77.2),
    ("resnet152_v2", "ResNet152V2", "resnet_v2", 224, 58_331_648, 78.0),
    ("vgg16", "VGG16", "vgg", 224, 14_714_688, 71.3),
    ("vgg19", "VGG19", "vgg", 224, 20_024_384, 71.3),
    ("xception", "Xception", "xception", 299, 20_861_480, 79.0),
)


def names() -> tuple[str, ...]:
    """Returns the names of all backbones but KerasHub's: `starter`, then by family and size."""
    return tuple(_ENTRIES)


def find(name: str) -> BackboneEntry:
    """Returns the entry of a backbone.

    Args:
        name: A name of the catalogue, or `hub:` and a preset name, handle or folder. For KerasHub the entry is a
            stand-in: its size and parameters are known only once the preset is read.

    Raises:
        InputError: The name is unknown.
    """
    if name.startswith(HUB_PREFIX):
        return _find_hub(name)
    if name not in _ENTRIES:
        raise InputError(Problem("--backbone is unknown", repr(name), _suggestion(name)))
    return _ENTRIES[name]


def table() -> list[str]:
    """Returns the catalogue as lines for people."""
    lines = [f"{'name':<22}{'parameters':>11}{'MB':>8}{'pixels':>8}{'at least':>10}{'ImageNet top-1':>16}"]
    for entry in _ENTRIES.values():
        top1 = "-" if entry.imagenet_top1 is None else f"{entry.imagenet_top1:.1%}"
        least = "fixed" if entry.fixed_size else str(entry.min_size)
        lines.append(
            f"{entry.name:<22}{entry.parameters:>10.2f}M{entry.megabytes:>8.1f}"
            f"{entry.image_size:>8}{least:>10}{top1:>16}"
        )
    lines += ["", "and every KerasHub image backbone: hub:PRESET, hub:HANDLE or hub:./FOLDER"]
    return [*lines, f"parameters and MB without the classifier; top-1 from {TOP1_SOURCE}"]


def _suggestion(name: str) -> str:
    constructors = {entry.keras_name.lower(): entry.name for entry in _ENTRIES.values() if entry.keras_name}
    meant = constructors.get(name.lower(), name)  # MobileNetV3Small, as Keras writes it
    return did_you_mean(meant, _ENTRIES, "`kerasft backbones` lists them")


def size_problems(entry: BackboneEntry, image_size: int) -> list[Problem]:
    """Returns what is wrong with an input size for a backbone, if anything."""
    if entry.fixed_size and image_size != entry.image_size:
        hint = f"use --image-size {entry.image_size}, or another backbone"
        return [Problem(f"{entry.name} works at one size only", f"{image_size} pixels", hint)]
    if image_size < entry.min_size:
        hint = f"use --image-size {entry.min_size} or more, or another backbone"
        return [Problem(f"images are too small for {entry.name}", f"{image_size} pixels", hint)]
    return []


def _find_hub(name: str) -> BackboneEntry:
    handle = name.removeprefix(HUB_PREFIX)
    looks_local = handle.startswith((".", "/", "~"))
    if not handle.strip() or (looks_local and local_preset(handle) is None):
        what = (
            "the preset's folder does not exist" if looks_local else "the preset's name is missing after hub:"
        )
        hint = "give --backbone hub:PRESET, hub:HANDLE or hub:./FOLDER"
        raise InputError(Problem(what, name, hint))
    size = _preset_size(local_preset(handle))
    return BackboneEntry(name, "hub", "", "hub", size or 224, size or 1, bool(size), "built-in", 0.0, 0.0)


def _preset_size(folder: Path | None) -> int | None:
    """Returns the one size that a local preset was made for, if it tells; building it tells what is wrong."""
    try:
        config = json.loads(read_bytes(folder / "config.json", _MOST_JSON_BYTES)) if folder else {}
        size = config["config"]["image_shape"][0]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return size if isinstance(size, int) and size > 0 else None


def _application(
    name: str, keras_name: str, family: str, size: int, count: int, top1: float
) -> BackboneEntry:
    preprocessing, min_size = _FAMILIES[family]
    source = _MOBILENET_V3_SOURCE if family == "mobilenet_v3" else TOP1_SOURCE
    return BackboneEntry(
        name, "applications", keras_name, family, size, min_size, False, preprocessing,
        round(count / 1e6, 3), round(count * 4 / 1e6, 1), round(top1 / 100, 4), source,
    )  # fmt: skip


_STARTER = BackboneEntry("starter", "starter", "", "starter", 32, 16, False, "tf", 0.889, 3.6)

_ENTRIES = {entry.name: entry for entry in [_STARTER, *(_application(*row) for row in _APPLICATIONS)]}
