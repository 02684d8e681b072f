"""Tokenizers of KerasHub: built from checked JSON and vocabulary files, and saved as these again.

A tokenizer's config may name its vocabulary as any file of the machine; here it never does: the vocabulary comes
from the folder that is given, under the tokenizer's own file names.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import keras

from kerasft.base import files
from kerasft.base.errors import InputError, Problem
from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.networks.preset_folders import check_vocabulary
from kerasft.networks.presets import nested_classes, plain

if TYPE_CHECKING:
    import keras_hub

CONFIG = "tokenizer.json"
_ASSETS = ("vocabulary", "merges", "proto")  # arguments that stand for the vocabulary files
_LEFT_OUT = ("dtype", "name", "trainable", "config_file")
# Uncased checkpoints of these were trained on text without accents (google-research/bert, tokenization.py), which
# KerasHub's default does not do: "café" would become other tokens.
_STRIPS_ACCENTS = ("BertTokenizer", "DistilBertTokenizer")


def tokenizer_config(tokenizer: keras_hub.tokenizers.Tokenizer) -> JsonObject:
    """Returns what a tokenizer is rebuilt from besides its vocabulary files, as JSON values."""
    config = _options(tokenizer.get_config())
    if hasattr(tokenizer, "split_on_cjk"):  # get_config of keras-hub 0.32 forgets it
        config["split_on_cjk"] = tokenizer.split_on_cjk
    return {"class": keras.saving.get_registered_name(type(tokenizer)), "config": plain(config)}


def build_tokenizer(config: JsonFields, assets: Path, name: str) -> keras_hub.tokenizers.Tokenizer:
    """Builds a tokenizer.

    Args:
        config: From `tokenizer_config`.
        assets: The folder with its vocabulary files, as `save_tokenizer` writes it.
        name: What to call it in errors.

    Raises:
        InputError: The config would build something else, or a vocabulary file is missing or broken.
    """
    tokenizer_class = _checked_class(config, name)
    try:
        tokenizer = tokenizer_class.from_config(_options(config["config"]))
        missing = [file for file in tokenizer.file_assets if not (assets / file).is_file()]
        if not missing:
            for file in tokenizer.file_assets:
                check_vocabulary(assets / file)
            tokenizer.load_assets(str(assets))
    except InputError:
        raise
    except Exception as error:  # sentencepiece and json have their own kinds
        reason = " ".join(str(error).split())[:300]
        hint = "give a preset that this version of keras-hub can read"
        raise InputError(Problem(f"the tokenizer can't be built: {reason}", name, hint)) from error
    if missing:
        what = f"the tokenizer lacks {', '.join(missing)}"
        raise InputError(Problem(what, str(assets), "restore the file, or fetch the backbone again"))
    return tokenizer


def strip_accents_where_trained(tokenizer: keras_hub.tokenizers.Tokenizer) -> None:
    """Makes an uncased BERT tokenizer remove accents, as its checkpoint was trained."""
    if type(tokenizer).__name__ in _STRIPS_ACCENTS and tokenizer.lowercase:
        tokenizer.strip_accents = True


def save_tokenizer(tokenizer: keras_hub.tokenizers.Tokenizer, folder: str | Path) -> Path:
    """Writes a tokenizer as files: tokenizer.json and its vocabulary, all that `load_tokenizer` needs.

    Args:
        tokenizer: A tokenizer of KerasHub.
        folder: A new folder, or one to be replaced as a whole.
    """
    folder = Path(folder)
    with files.atomic_path(folder) as temporary:
        temporary.mkdir()
        tokenizer.save_assets(str(temporary))
        text = json.dumps(tokenizer_config(tokenizer), indent=2, ensure_ascii=False)
        (temporary / CONFIG).write_text(text + "\n", encoding="utf-8", newline="\n")
    return folder


def tokenizer_files(tokenizer: keras_hub.tokenizers.Tokenizer) -> dict[str, bytes]:
    """Returns the tokenizer's vocabulary files by KerasHub's names, such as vocabulary.txt."""
    with tempfile.TemporaryDirectory(prefix="kerasft-", ignore_cleanup_errors=True) as folder:
        tokenizer.save_assets(folder)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def tokenizer_of_files(
    config: JsonFields, kept: Mapping[str, bytes], source: str
) -> keras_hub.tokenizers.Tokenizer:
    """Builds the tokenizer of an exported file.

    Args:
        config: From `tokenizer_config`.
        kept: From `tokenizer_files`.
        source: The exported file, for messages.

    Raises:
        InputError: The tokenizer can't be built.
    """
    with tempfile.TemporaryDirectory(prefix="kerasft-", ignore_cleanup_errors=True) as folder:
        for name, content in kept.items():
            if Path(name).name != name:
                hint = "export it again with kerasft export RUN_FOLDER"
                raise InputError(Problem("a file inside has a path for a name", f"{source}: {name}", hint))
            (Path(folder) / name).write_bytes(content)
        return build_tokenizer(config, Path(folder), source)


def load_tokenizer(folder: str | Path) -> keras_hub.tokenizers.Tokenizer:
    """Builds the tokenizer that `save_tokenizer` wrote.

    Raises:
        InputError: A file is missing, or names another class than a tokenizer of KerasHub.
    """
    folder = Path(folder)
    try:
        config = files.read_json(folder / CONFIG)
    except (OSError, ValueError) as error:
        hint = "give a folder that save_tokenizer wrote"
        raise InputError(
            Problem("the tokenizer's config can't be read", str(folder / CONFIG), hint)
        ) from error
    return build_tokenizer(config, folder, str(folder))


def _options(config: JsonFields) -> JsonObject:
    """Returns a tokenizer's arguments, without those that name or hold its vocabulary."""
    return {k: None if k in _ASSETS else value for k, value in config.items() if k not in _LEFT_OUT}


def _checked_class(config: object, name: str) -> type[keras_hub.tokenizers.Tokenizer]:
    import keras_hub

    fields = config if isinstance(config, Mapping) else {}
    registered = fields.get("class")
    found = keras.saving.get_registered_object(str(registered))
    allowed = (
        isinstance(found, type)
        and issubclass(found, keras_hub.tokenizers.Tokenizer)
        and found.__module__.startswith("keras_hub.")
        and isinstance(fields.get("config"), Mapping)
        and not list(nested_classes(_options(fields["config"])))
    )
    if not allowed:
        hint = "give a preset of one of KerasHub's own text backbones"
        raise InputError(Problem("the tokenizer is not one of KerasHub", f"{name}: {registered}", hint))
    return found
