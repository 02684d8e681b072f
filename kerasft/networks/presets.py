"""KerasHub presets: finding them, reading their files, and checking what they would build.

A preset is JSON and weights. The JSON is checked before anything is built from it: only KerasHub's own
registered classes may appear.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasft.base import files
from kerasft.base.errors import InputError, KerasftError, Problem, UnavailableError, did_you_mean
from kerasft.base.json_values import JsonFields
from kerasft.base.untrusted import architecture_problem
from kerasft.networks.preset_folders import budget, check_preset_folder
from kerasft.networks.published import HUB_PREFIX, local_preset
from kerasft.networks.weights import check_links, load_weights_file, patience

_CHANNELS = 3
# Where KerasHub keeps its backbones of images, for suggestions.
_IMAGE_FAMILIES = frozenset(
    "cspnet deit densenet efficientnet hgnetv2 mit mobilenet resnet swin_transformer vgg vit xception".split()
)


@dataclass(frozen=True)
class Preset:
    """A preset whose config was read and checked; weights are read on demand."""

    handle: str
    config: JsonFields
    keras_format: bool  # else of Transformers or timm, which KerasHub converts

    def budget(self, *, drawn: bool) -> contextlib.AbstractContextManager[None]:
        """Limits what is built inside to the weights of the preset's folder; a published preset's aren't here yet."""
        folder = local_preset(self.handle)
        return contextlib.nullcontext() if folder is None else budget(folder, drawn=drawn)

    def load_weights(self, backbone: keras.Model) -> None:
        """Loads the preset's weights into a backbone built from its config."""
        import keras_hub

        with _explained(self.handle):
            if not self.keras_format:
                source = keras_hub.models.Backbone.from_preset(self.handle)
                backbone.set_weights(source.get_weights())
                return
            with contextlib.suppress(FileNotFoundError):
                load_weights_file(backbone, _fetch(self.handle, "model.weights.h5"))
                return
            index = Path(_fetch(self.handle, "model.weights.json"))  # weights in several files
            for shard in {Path(part).name for part in _shards(files.read_json(index))}:
                check_links(Path(_fetch(self.handle, shard)))
            backbone.load_weights(index)


def _shards(index: JsonFields) -> Iterator[str]:
    for part in index["weight_map"].values():
        yield from [part] if isinstance(part, str) else part


def find_preset(name: str) -> Preset:
    """Finds a preset and reads its config, from a folder or over the network.

    Args:
        name: `hub:` and a preset name, a handle or a folder.

    Raises:
        InputError: There is no such preset, or it is not one of a KerasHub backbone.
        UnavailableError: It can't be downloaded.
    """
    import keras_hub

    handle = name.removeprefix(HUB_PREFIX)
    folder = local_preset(handle)
    if folder is not None:
        handle = str(folder)
    elif "://" not in handle and handle not in keras_hub.models.Backbone.presets:
        known = [known for known, about in keras_hub.models.Backbone.presets.items() if _is_of_images(about)]
        hint = did_you_mean(handle, known, "give the name of a KerasHub image preset, a handle or a folder")
        raise InputError(Problem("KerasHub has no such preset, and there is no such folder", name, hint))
    with _explained(handle):
        if folder is not None:
            check_preset_folder(folder)
        content = files.read_json(_fetch(handle, "config.json"))
        keras_format = "registered_name" in content
        if keras_format:
            described = {"class": content["registered_name"], "config": content.get("config")}
            converter = files.read_json(_fetch(handle, "image_converter.json")).get("config", {})
        else:
            if wrong := architecture_problem(content):
                raise InputError(Problem(wrong, f"{handle}/config.json", "give another preset"))
            with contextlib.nullcontext() if folder is None else budget(folder, drawn=False):
                source = keras_hub.models.Backbone.from_preset(handle, load_weights=False)
            described = {
                "class": keras.saving.get_registered_name(type(source)),
                "config": source.get_config(),
            }
            converter = keras_hub.layers.ImageConverter.from_preset(handle).get_config()
        scale, offset = scale_and_offset(converter)
    return Preset(handle, checked({**described, "scale": scale, "offset": offset}, name), keras_format)


def _is_of_images(about: JsonFields) -> bool:
    path = str(about.get("metadata", {}).get("path", ""))
    return path.split("/")[0] in _IMAGE_FAMILIES


def _fetch(handle: str, file: str) -> str:
    # the function that every `from_preset` of KerasHub goes through; there is no public one for a single file
    from keras_hub.src.utils.preset_utils import get_file

    return get_file(handle, file)


@contextlib.contextmanager
def _explained(handle: str) -> Iterator[None]:
    """Turns what goes wrong with a preset into errors that say what to do."""
    try:
        with patience():
            yield
    except KerasftError:
        raise
    except FileNotFoundError as error:
        missing = str(error)
        hint = "give a folder written by save_to_preset"
        if "image_converter.json" in missing:
            hint = (
                "without it the values that the backbone expects are unknown; write it with "
                "keras_hub.layers.ImageConverter(scale=..., offset=...).save_to_preset(FOLDER)"
            )
        raise InputError(Problem(f"a file of the preset is missing: {missing}", handle, hint)) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        if local_preset(handle) is not None:
            hint = "give a folder written by save_to_preset"
            raise InputError(Problem(f"the preset can't be read: {reason}", handle, hint)) from error
        raise UnavailableError(
            f"the KerasHub preset {handle} can't be downloaded: {reason}\n"
            "Either fetch its files on another machine and give their folder as --backbone hub:./FOLDER,\n"
            "or use --backbone starter, which needs no download."
        ) from error


def checked(config: JsonFields, name: str) -> JsonFields:
    """Returns a copy of a config as plain JSON values, or raises if it may build anything but a backbone."""
    import keras_hub

    registered = config.get("class")
    backbone_class = keras.saving.get_registered_object(str(registered))
    allowed = (
        isinstance(backbone_class, type)
        and issubclass(backbone_class, keras_hub.models.Backbone)
        and backbone_class.__module__.startswith("keras_hub.")
        and isinstance(config.get("config"), dict)
    )
    if not allowed:
        hint = "give a preset of one of KerasHub's own image backbones"
        raise InputError(Problem("the preset is not of a KerasHub backbone", f"{name}: {registered}", hint))
    if wrong := architecture_problem(config):
        raise InputError(Problem(wrong, name, "give the preset that the config belongs to"))
    options = {
        key: value for key, value in config["config"].items() if key not in ("dtype", "name", "trainable")
    }
    for nested in nested_classes(options):
        found = keras.saving.get_registered_object(str(nested))
        if not isinstance(found, type) or not found.__module__.startswith("keras_hub."):
            hint = "give a preset that holds KerasHub's own classes only"
            raise InputError(
                Problem("the preset's config names a class of other code", f"{name}: {nested}", hint)
            )
    return {**config, "config": plain(options)}


def nested_classes(value: object) -> Iterator[object]:
    """Yields what a config would have Keras build inside it."""
    if isinstance(value, Mapping):
        if "class_name" in value or "registered_name" in value:
            registered, name = value.get("registered_name"), value.get("class_name")
            yield registered or name
            # Keras would look for a function by its name, in any module that is named beside it
            if registered and name and str(registered).split(">")[-1] != name:
                yield name
        for inner in value.values():
            yield from nested_classes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from nested_classes(inner)


def plain(value: Any) -> Any:
    """Returns a config value as JSON would give it back: tuples as lists, numpy numbers as Python's."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value


def scale_and_offset(converter: JsonFields) -> tuple[float | list[float], float | list[float]]:
    """Returns what an image converter multiplies by and adds; older presets give mean and variance instead.

    Raises:
        ValueError: They are no numbers.
    """
    scale, offset = converter.get("scale"), converter.get("offset")
    if "variance" in converter and "mean" in converter:
        deviations = [math.sqrt(variance) for variance in converter["variance"]]
        offset = [-mean / deviation for mean, deviation in zip(converter["mean"], deviations, strict=True)]
        scale = [(1.0 if scale is None else scale) / deviation for deviation in deviations]
    found = plain(1.0 if scale is None else scale), plain(0.0 if offset is None else offset)
    for each in found:
        values = each if isinstance(each, list) else [each]
        numbers = all(type(value) in (int, float) and math.isfinite(value) for value in values)
        if not numbers or len(values) not in (1, _CHANNELS):
            raise ValueError(
                "scale and offset of image_converter.json are not a number, or one for each channel"
            )
    return found
