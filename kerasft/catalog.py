"""The backbones one can name: what they are, how large, and what they expect. Data only, no keras.

Parameters are counted on the models of keras 3.15 without their classifier (a test counts again); MB are those
parameters as float32. ImageNet top-1 is quoted from `TOP1_SOURCE` as published there, not measured by us.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerasft.errors import InputError, Problem, did_you_mean

TOP1_SOURCE = "https://keras.io/api/applications/"
_MOBILENET_V3_SOURCE = "https://keras.io/api/applications/mobilenet/"  # the table above does not list these two

HUB_PREFIX = "hub:"


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
        imagenet_top1: Published share of ImageNet validation pictures classified right, 0..1; None if unknown.
        top1_source: Where that number was published.
        quantises: How well the family survives int8, in words; None until measured.
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
@@ROWS@@
)


def names() -> tuple[str, ...]:
    """Returns the names of all backbones but those of KerasHub: `starter` first, the others sorted."""
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
        if not name.removeprefix(HUB_PREFIX).strip():
            hint = "give --backbone hub:PRESET, hub:HANDLE or hub:./FOLDER"
            raise InputError(Problem("the preset's name is missing after hub:", name, hint))
        return BackboneEntry(name, "hub", "", "hub", 224, 1, False, "built-in", 0.0, 0.0)
    if name not in _ENTRIES:
        known = list(_ENTRIES) + [entry.keras_name for entry in _ENTRIES.values() if entry.keras_name]
        hint = did_you_mean(name, known, "`kerasft backbones` lists them")
        raise InputError(Problem("--backbone is unknown", repr(name), hint))
    return _ENTRIES[name]


def size_problems(entry: BackboneEntry, image_size: int) -> list[Problem]:
    """Returns what is wrong with an input size for a backbone, if anything."""
    if entry.fixed_size and image_size != entry.image_size:
        hint = f"use --image-size {entry.image_size}, or another backbone"
        return [Problem(f"{entry.name} works at one size only", f"{image_size} pixels", hint)]
    if image_size < entry.min_size:
        hint = f"use --image-size {entry.min_size} or more, or another backbone"
        return [Problem(f"pictures are too small for {entry.name}", f"{image_size} pixels", hint)]
    return []


def _application(name: str, keras_name: str, family: str, size: int, count: int, top1: float) -> BackboneEntry:
    preprocessing, min_size = _FAMILIES[family]
    source = _MOBILENET_V3_SOURCE if family == "mobilenet_v3" else TOP1_SOURCE
    return BackboneEntry(
        name, "applications", keras_name, family, size, min_size, False, preprocessing,
        round(count / 1e6, 3), round(count * 4 / 1e6, 1), round(top1 / 100, 4), source,
    )  # fmt: skip


_STARTER = BackboneEntry("starter", "starter", "", "starter", 64, 32, False, "tf", 0.5, 2.0)

_ENTRIES = {entry.name: entry for entry in [_STARTER, *(_application(*row) for row in _APPLICATIONS)]}
