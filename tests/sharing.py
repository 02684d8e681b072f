"""What the tests build once and share: runs, what the TFLite converter makes of the same model, and loaded models.

With `pytest -n` the workers share runs and conversions too: they lie in a folder of the session, under names made of
what they are made of. Nobody may write into them. Loaded models each worker keeps for itself.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from filelock import FileLock


class Shelf:
    """A folder of things that are made once per session, by whichever worker needs them first.

    Args:
        folder: Of all workers.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def get(self, key: object, make: Callable[[Path], object]) -> Path:
        """Returns the path of a file or folder, after `make(path)` if nobody has made it yet."""
        path = self.folder / hashlib.sha256(repr(key).encode()).hexdigest()[:24]
        done = path.with_suffix(".done")
        with FileLock(path.with_suffix(".lock")):
            if not done.exists():
                shutil.rmtree(path, ignore_errors=True)  # of a maker that failed half-way
                path.unlink(missing_ok=True)
                make(path)
                done.touch()
        return path


class Conversion:
    """Stands for a TFLite converter until it is asked to convert, and asks the real one only once for the same.

    Args:
        shelf: Keeps what was converted.
        parts: What is converted, from `parts_of`.
        real: Opens the real converter.
    """

    def __init__(self, shelf: Shelf, parts: tuple, real: Callable):
        self._shelf, self._parts, self._real, self.target_spec = shelf, parts, real, SimpleNamespace()

    def convert(self) -> bytes:
        """Returns the content of the `.tflite` file."""
        settings, said = self._settings()
        examples = settings.get("representative_dataset", lambda: ())

        def convert(path: Path) -> None:
            with self._real() as converter:
                vars(converter.target_spec).update(vars(settings.pop("target_spec")))
                for name, value in settings.items():
                    setattr(converter, name, value)
                path.write_bytes(converter.convert())

        key = "tflite", self._parts, said, hash_of_examples(examples)
        return self._shelf.get(key, convert).read_bytes()

    def to_integer(self, convert: Callable, representative: Callable, *rest) -> tuple[bytes, int]:
        """Returns what `integer.convert` does, which runs the model on all examples, several times."""

        def write(path: Path) -> None:
            content, layers = convert(self, representative, *rest)
            path.write_bytes(layers.to_bytes(4, "big") + content)

        key = "int8", self._parts, self._settings()[1], hash_of_examples(representative), rest
        found = self._shelf.get(key, write).read_bytes()
        return found[4:], int.from_bytes(found[:4], "big")

    def _settings(self) -> tuple[dict, dict]:
        """Returns what was set of the converter, and all but the examples as texts."""
        own = (
            "_shelf",
            "_parts",
            "_real",
        )  # others with an underscore are experimental settings of the converter
        settings = {name: value for name, value in vars(self).items() if name not in own}
        return settings, {
            name: str(value) for name, value in settings.items() if name != "representative_dataset"
        }


def hash_of_examples(examples: Callable) -> str:
    """Returns a hash of what a converter's representative examples are."""
    return hash_of(array for each in examples() for _, array in sorted(each.items()))


def hash_of(arrays) -> str:
    """Returns a hash of the values of arrays."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array))
    return found.hexdigest()


def parts_of(program) -> tuple | None:
    """Returns everything on which the SavedModels of a program depend; None if Keras can't describe its model."""
    description, encoder = program.description, program.encoder
    answers = {name: value for name, value in description.answers.items() if name != "score_threshold"}
    # below the threshold an app says "unknown": the file computes the same
    said = repr((description.task, description.schema, description.inputs, answers))
    encoding = repr(encoder.describe())
    files = sorted((name, hashlib.sha256(content).hexdigest()) for name, content in encoder.files().items())
    try:
        return program.model.to_json(), hash_of(program.model.get_weights()), said, encoding, files
    except (TypeError, ValueError, NotImplementedError):
        return None


@contextmanager
def converting_once(shelf: Shelf) -> Iterator[SimpleNamespace]:
    """Lets exports take what was converted of the same model at the same settings; all else of an export is done anew.

    That the converter would make the same bytes again: `test_the_same_model_gives_the_same_bytes`.

    Yields:
        The real functions, by name.
    """
    from kerasft.formats import integer, saved_model, tflite

    real = SimpleNamespace(
        to_integer=integer.convert,
        converter_of=tflite.converter_of,
        _write_for_conversion=tflite._write_for_conversion,
        write_saved_model=saved_model.write_saved_model,
    )

    @contextmanager
    def converter_of(program):
        open_real = functools.partial(real.converter_of, program)
        # of "mixed", TensorFlow's debugger looks into the converter
        parts = parts_of(program) if program.description.quantization != "mixed" else None
        if parts is not None:
            yield Conversion(shelf, parts, open_real)
        else:
            with open_real() as converter:
                yield converter

    def to_integer(converter, *rest):
        shared = isinstance(converter, Conversion)
        return converter.to_integer(real.to_integer, *rest) if shared else real.to_integer(converter, *rest)

    def write_for_conversion(program, folder):
        parts = parts_of(program)
        if parts is None:
            return real._write_for_conversion(program, folder)
        key = ("for conversion", parts)
        made = shelf.get(key, lambda path: real._write_for_conversion(program, path))
        shutil.copytree(made, folder)

    def write_saved_model(program, folder):
        parts = parts_of(program)
        if parts is None:
            return real.write_saved_model(program, folder)
        key = ("saved model", parts)
        made = shelf.get(key, lambda path: real.write_saved_model(program, path))
        shutil.copytree(made, folder)
        saved_model.write_beside_saved_model(folder, program.description)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tflite, "converter_of", converter_of)
        patch.setattr(integer, "convert", to_integer)
        patch.setattr(tflite, "_write_for_conversion", write_for_conversion)
        patch.setattr(saved_model, "write_saved_model", write_saved_model)
        yield real


MOST_MODELS = 6  # that a worker keeps


def state_of(model) -> tuple:
    """Returns what a test could have changed of a loaded model: its weights, what trains, and its optimizer."""
    layers = tuple((layer.name, layer.trainable) for layer in model._flatten_layers())
    return hash_of(model.get_weights()), layers, id(getattr(model, "optimizer", None))


@contextmanager
def loading_once() -> Iterator[Callable]:
    """Lets `Run.load_model` give the same model again for the same files, with the functions that Keras has compiled.

    Files that differ in a byte are loaded, and so is everything where a test has put something of its own into the
    loading. A model that somebody has changed or compiled is not given again.

    Yields:
        The real function.
    """
    from kerasft.runs import run as runs

    load, kept = runs.Run.load_model, OrderedDict()
    parts = ("assemble", "load_weights", "probe", "weight_budget", "PROBE_TOLERANCE")
    as_imported = [getattr(runs, name) for name in parts]

    def load_model(self):
        if [getattr(runs, name) for name in parts] != as_imported:
            return load(self)
        expected, assets = self.check_weights(self.weights), sorted((self.run_dir / "tokenizer").glob("**/*"))
        contents = [(each.name, each.read_bytes()) for each in assets if each.is_file()]
        paths = [
            self.weights_path().read_bytes(),
            repr(contents),
            repr(self.model_config),
            expected.tobytes(),
        ]
        key = hashlib.sha256(b"".join(part if isinstance(part, bytes) else part.encode() for part in paths))
        model, state = kept.pop(key.digest(), (None, None))
        if model is None or state_of(model) != state:
            model = load(self)
            state = state_of(model)
        kept[key.digest()] = model, state
        while len(kept) > MOST_MODELS:
            kept.popitem(last=False)
        return model

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.Run, "load_model", load_model)
        yield load
