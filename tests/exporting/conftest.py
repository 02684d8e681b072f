"""A tiny trained run for exports, handwritten digits at 16 pixels and two convolutions; toy classifiers of texts."""

import functools
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kerasft.base.statistics import softmax
from kerasft.contract.splits import Splits
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.targets.classes.schema import Classes
from kerasft.tasks.image_classification.config import ModelConfig
from tests.programs import class_rounding_limit
from tests.seeds import draw_from

CLASSES = tuple("0123456789")
LENGTH = 16  # tokens of a toy text
AWKWARD = [
    "", " ", "😀 👩\u200d👩\u200d👧", "我的包裹在哪里", "x" * 300, "café DÉJÀ vu", "nul\0nul", "half \ud83d pair",
    "[SEP] <s>", "parcel " * 90,
]  # fmt: skip


@dataclass
class ToyRun:
    """What exporting needs of a `Run`."""

    run_dir: Path
    model: object
    model_config: ModelConfig
    data: Splits = field(repr=False)
    weights: str = "best"
    config: dict = field(default_factory=lambda: {"data": {}, "training": {}})
    result: dict = field(default_factory=lambda: {"weights": {"best": {"sha256": "of the toy"}}})

    def load_model(self):
        return self.model

    def splits(self):
        return self.data


def digits() -> Splits:
    from sklearn.datasets import load_digits

    source = load_digits()
    images = np.repeat((source.images * 255 / 16).round().astype("uint8")[..., None], 3, axis=-1)
    images = images.repeat(2, axis=1).repeat(2, axis=2)
    labels = source.target.astype("int32")

    def split(name, start, stop):
        ids = tuple(f"{number}.png" for number in range(start, stop))
        return ImageSplit(name, images[start:stop], labels[start:stop], ids, ids)

    parts = split("train", 0, 1200), split("validation", 1200, 1437), split("test", 1437, 1797)
    return ImageSplits(*parts, Classes(CLASSES), ImageReading(16), "digits", 0)


def toy_model(num_classes=10, size=16):
    import keras

    draw_from(0)
    layers = keras.layers  # with names, or the model of each worker would be another, and be converted again
    image = keras.Input((size, size, 3), name="image", dtype="float32")
    x = layers.Rescaling(1 / 127.5, -1, name="rescaling")(image)
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", name=f"conv_{filters}")(x)
        x = layers.ReLU(name=f"relu_{filters}")(layers.BatchNormalization(name=f"bn_{filters}")(x))
    x = layers.Dropout(0.2, name="dropout")(layers.Flatten(name="flatten")(x))
    return keras.Model(image, layers.Dense(num_classes, name="logits")(x), name="toy")


def learn_digits(splits: Splits, path: Path) -> None:
    """Trains a toy model, and keeps its weights."""
    import keras

    keras.utils.set_random_seed(0)  # which `fit` draws its order from
    model = toy_model()
    model.compile(keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(splits.train.images.astype("float32"), splits.train.labels, epochs=3, verbose=0)
    with open(path, "wb") as file:
        np.savez(file, *model.get_weights())


@pytest.fixture(scope="session")
def trained(shelf):
    """A model and its splits, about 90 % right."""
    splits, model = digits(), toy_model()
    with np.load(shelf.get("trained on digits", functools.partial(learn_digits, splits))) as weights:
        model.set_weights(list(weights.values()))
    return model, splits


@pytest.fixture(scope="session")
def make_toy_run(trained):
    """Makes a toy run of a folder."""
    model, splits = trained
    return lambda folder: ToyRun(folder, model, ModelConfig("toy", CLASSES, image_size=16), splits)


@pytest.fixture
def toy_run(trained, tmp_path):
    model, splits = trained
    config = ModelConfig("toy", CLASSES, image_size=16)
    return ToyRun(tmp_path / "digits run", model, config, splits)


@pytest.fixture(scope="session")
def exports(trained, tmp_path_factory):
    """Exports of the trained model, by quantization, each made when first asked for. Don't write into their folder."""
    from kerasft.exporting import export

    class Exports(dict):
        def __missing__(self, quantization):
            options = (
                {"format": "saved_model"} if quantization == "saved_model" else {"quantize": quantization}
            )
            self[quantization] = export(run, **options if quantization != "float32" else {})
            return self[quantization]

    model, splits = trained
    run = ToyRun(tmp_path_factory.mktemp("toy"), model, ModelConfig("toy", CLASSES, image_size=16), splits)
    return Exports()


@pytest.fixture(scope="session")
def limit(trained):
    """How far apart two programs of the trained model may answer (see `kerasft.networks.rounding`)."""
    model, splits = trained
    return class_rounding_limit(model, splits.test.images)


@pytest.fixture(scope="session")
def toys():
    """The toy presets of tests/text/conftest.py."""
    path = Path(__file__).parents[1] / "text" / "conftest.py"
    spec = importlib.util.spec_from_file_location("text_toys", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make_text_toy(toys, tmp_path_factory):
    """Makes a toy classifier of a family, once: model, encoder, texts, probabilities of Keras. Don't change it."""
    import keras

    from kerasft.inputs.texts.backbones.building import build_text_backbone

    @functools.cache
    def make(family):
        folder = tmp_path_factory.mktemp("presets") / family
        toys.write_preset(family, folder)
        parts = build_text_backbone(str(folder))
        draw_from(3)
        inputs = parts.inputs(LENGTH)
        model = keras.Model(inputs, keras.layers.Dense(3, name="logits")(parts.features(inputs)))
        for weight in model.weights:  # as KerasHub draws them, all texts look the same
            if len(weight.shape) > 1:
                weight.assign(weight * 8)
        encoder = TextEncoder(parts.tokenizer, LENGTH, parts.input_names)
        texts = [*toys.SENTENCES, *AWKWARD]
        found = keras.ops.convert_to_numpy(model(encoder(toys.SENTENCES), training=False))
        kernel, bias = model.layers[-1].weights  # probabilities that are neither all alike nor all 0 and 1
        kernel.assign(kernel * 1.5 / found.std(axis=0))
        bias.assign(-1.5 * found.mean(axis=0) / found.std(axis=0))

        model.jit_compile = (
            False  # a graph of TensorFlow's operations, as in `runs.answering` and the SavedModel
        )

        def tokens(pairs=None):
            columns = (texts,) if pairs is None else (texts, pairs)
            return encoder(*([text.replace("\ud83d", "\ufffd") for text in column] for column in columns))

        def same_graph(pairs=None):
            """Answers by the graph that a SavedModel has: of any batch, so that TensorFlow takes the same kernels."""
            import tensorflow as tf

            graph = tf.function(lambda **arrays: model(arrays, training=False), autograph=False)
            arrays = tokens(pairs)
            specs = {name: tf.TensorSpec((None, LENGTH), tf.int32, name=name) for name in arrays}
            logits = graph.get_concrete_function(**specs)(
                **{k: tf.constant(v, tf.int32) for k, v in arrays.items()}
            )
            return softmax(logits.numpy())

        def expected(pairs=None, temperature=1.0):
            return softmax(model.predict_on_batch(tokens(pairs)), temperature)

        def limit(pairs=None, temperature=1.0):
            return class_rounding_limit(model, tokens(pairs), temperature)

        return SimpleNamespace(
            family=family,
            model=model,
            encoder=encoder,
            texts=texts,
            tokens=tokens,
            expected=expected,
            limit=limit,
            same_graph=same_graph,
        )

    return make
