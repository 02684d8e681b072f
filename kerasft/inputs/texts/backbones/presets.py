"""Folders that hold a text backbone: KerasHub presets, and Hugging Face checkpoints that KerasHub converts.

JSON is checked before anything is built from it: only the families below may appear. Weights are HDF5 or
safetensors; neither holds code.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import keras

from kerasft.base import files
from kerasft.base.errors import InputError, KerasftError, Problem
from kerasft.base.json_values import JsonFields
from kerasft.base.tensors import open_tensors
from kerasft.base.untrusted import architecture_problem
from kerasft.inputs.texts.backbones import catalog, tokenizers
from kerasft.networks import fetching
from kerasft.networks.preset_folders import budget, check_preset_folder
from kerasft.networks.presets import checked
from kerasft.networks.weights import check_links, load_weights_file

if TYPE_CHECKING:
    import keras_hub

# KerasHub's encoders with a classifier, and what their classifiers read: the pretrained dense layer over the
# first token where the backbone has one, else the first token itself.
FAMILIES = {
    "keras_hub>AlbertBackbone": "pooler",
    "keras_hub>BertBackbone": "pooler",
    "keras_hub>DebertaV3Backbone": "cls",
    "keras_hub>DistilBertBackbone": "cls",
    "keras_hub>FNetBackbone": "pooler",
    "keras_hub>RobertaBackbone": "cls",
    "keras_hub>RoformerV2Backbone": "cls",
    "keras_hub>XLMRobertaBackbone": "cls",
}
# Hugging Face's names of what KerasHub 0.32 converts
_CONVERTED = ("albert", "bert", "distilbert", "roberta", "xlm-roberta")
# KerasHub has GELU in each of these, by its tanh formula in BERT and ALBERT: apart by less than 5e-4
_ACTIVATIONS = ("gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh")
_HINT = "give a folder that `kerasft fetch` or save_to_preset wrote, or a Hugging Face checkpoint"


@dataclass(frozen=True)
class TextPreset:
    """A folder whose config was read and checked; weights are read on demand."""

    folder: Path
    config: JsonFields
    tokenizer: keras_hub.tokenizers.Tokenizer
    keras_format: bool

    def load_weights(self, backbone: keras.Model) -> None:
        """Loads the weights into a backbone built from `config`: all of them, or none."""
        import keras_hub

        with explained(self.folder):
            if not self.keras_format:
                _check_layers(self.folder, backbone)
                source = keras_hub.models.Backbone.from_preset(str(self.folder))
                backbone.set_weights(source.get_weights())
            elif (self.folder / "model.weights.h5").is_file():
                load_weights_file(backbone, self.folder / "model.weights.h5")
            else:
                _load_parts(backbone, self.folder / "model.weights.json")


def find_text_preset(name: str) -> TextPreset:
    """Finds a text backbone, fetches it if need be, and reads its config and tokenizer.

    Args:
        name: A name of the catalogue, a handle or a folder.

    Raises:
        InputError: There is none, or it is not one of `FAMILIES`.
        UnavailableError: It can't be fetched.
    """
    entry = catalog.find(name)
    folder = Path(entry.name) if entry.source == "folder" else fetching.fetch(entry)
    with explained(folder):
        check_preset_folder(folder)
        content = files.read_json(folder / "config.json")
        keras_format = "registered_name" in content
        read = _read_keras if keras_format else _read_hugging_face
        backbone, tokenizer = read(folder, content)
        tokenizers.strip_accents_where_trained(tokenizer)
        config = {
            **backbone,
            "pooling": entry.pooling or _pooling(folder) or FAMILIES[backbone["class"]],
            "tokenizer": tokenizers.tokenizer_config(tokenizer),
        }
    return TextPreset(folder, config, tokenizer, keras_format)


def checked_text_config(config: object, name: str) -> JsonFields:
    """Returns a backbone's config as plain JSON values, or raises if it may build anything but a text backbone."""
    registered = config.get("class") if isinstance(config, Mapping) else None
    if registered not in FAMILIES:
        known = ", ".join(family.split(">")[1].removesuffix("Backbone") for family in FAMILIES)
        hint = f"give a backbone of one of these families: {known}"
        raise InputError(
            Problem("this is not a text backbone that kerasft knows", f"{name}: {registered}", hint)
        )
    import keras_hub  # noqa: F401  # registers the classes

    return checked(dict(cast(JsonFields, config)), name)


def _read_keras(folder: Path, content: JsonFields) -> tuple[JsonFields, keras_hub.tokenizers.Tokenizer]:
    described = {"class": content["registered_name"], "config": content.get("config")}
    backbone = checked_text_config(described, str(folder))
    about = files.read_json(folder / "tokenizer.json")
    described = {"class": about.get("registered_name"), "config": about.get("config")}
    tokenizer = tokenizers.build_tokenizer(described, folder / "assets" / "tokenizer", str(folder))
    return backbone, tokenizer


def _read_hugging_face(
    folder: Path, content: JsonFields
) -> tuple[JsonFields, keras_hub.tokenizers.Tokenizer]:
    import keras_hub

    model_type = content.get("model_type")
    if model_type not in _CONVERTED:
        hint = f"KerasHub converts {', '.join(_CONVERTED)}; or give a KerasHub preset"
        what = "the checkpoint is not of a text backbone that KerasHub converts"
        raise InputError(Problem(what, f"{folder}: model_type {model_type!r}", hint))
    activation = content.get("hidden_act", content.get("activation", "gelu"))
    positions = content.get("position_embedding_type", "absolute")
    if activation not in _ACTIVATIONS or positions != "absolute":
        hint = "give a checkpoint with GELU and absolute positions"
        received = f"{folder}: activation {activation!r}, positions {positions!r}"
        raise InputError(Problem("KerasHub would convert the checkpoint to another network", received, hint))
    if wrong := architecture_problem(content):
        raise InputError(Problem(wrong, str(folder / "config.json"), _HINT))
    with budget(folder, drawn=False):  # it is asked for its config alone
        source = keras_hub.models.Backbone.from_preset(str(folder), load_weights=False)
    described = {"class": keras.saving.get_registered_name(type(source)), "config": source.get_config()}
    tokenizer = keras_hub.tokenizers.Tokenizer.from_preset(str(folder))
    return checked_text_config(described, str(folder)), tokenizer


def _pooling(folder: Path) -> str:
    """Returns the pooling that a folder tells: our manifest, or sentence-transformers' config; "" if neither."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        told = files.read_json(folder / fetching.MANIFEST).get("pooling")
        if told in catalog.POOLINGS:
            return told
    if not (folder / "1_Pooling" / "config.json").is_file():
        return ""
    told = files.read_json(folder / "1_Pooling" / "config.json")
    modes = [told.get("pooling_mode")] + [key for key, value in told.items() if value is True]
    if "cls" in modes or "pooling_mode_cls_token" in modes:
        return "cls"
    if "mean" in modes or "pooling_mode_mean_tokens" in modes:
        return "mean"
    raise InputError(Problem("the checkpoint pools in a way that kerasft lacks", str(modes), "give another"))


def _load_parts(backbone: keras.Model, index: Path) -> None:
    for part in files.read_json(index)["weight_map"].values():
        for name in [part] if isinstance(part, str) else part:
            if Path(name).name != name or not (index.parent / name).is_file():
                raise InputError(Problem("a part of the weights is missing", name, _HINT))
            check_links(index.parent / name)
    backbone.load_weights(index)


def _check_layers(folder: Path, backbone: keras.Model) -> None:
    """Raises if a Hugging Face checkpoint has another number of layers: KerasHub would take the first few."""
    found = set()
    for path in sorted(folder.glob("*.safetensors")):
        with open_tensors(path) as file:
            found |= {match[1] for key in file.keys() if (match := re.search(r"\.layer\.(\d+)\.", f".{key}"))}
    expected = getattr(backbone, "num_layers", None)
    if found and len(found) != expected:
        what = f"the checkpoint holds {len(found)} layers, and its config says {expected}"
        raise InputError(Problem(what, str(folder), "give the config.json that belongs to these weights"))


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns what goes wrong with a folder into errors that say what to do."""
    try:
        yield
    except KerasftError:
        raise
    except FileNotFoundError as error:
        missing = error.filename or " ".join(str(error).split())
        what = f"a file of the backbone is missing: {missing}"
        raise InputError(Problem(what, str(folder), _HINT)) from error
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        raise InputError(Problem(f"the backbone can't be read: {reason}", str(folder), _HINT)) from error
