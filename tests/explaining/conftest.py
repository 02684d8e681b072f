"""Small models that learned something with a known place: a coloured square in an image, a word in a text."""

import importlib.util
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

SIZE, SQUARE = 32, 8
COLOURS = {"blue": (40, 60, 220), "green": (40, 180, 60), "red": (210, 40, 40)}
SIGNS = {"refund": "money", "parcel": "delivery", "crashes": "app"}
FILLERS = (
    "the is where my i order please cancel quick thank you how do were broken items two that was".split()
)


def squares(count: int, seed: int):
    """Images of grey noise with a grey square and one of a colour, the class; and where the coloured one is.

    Returns:
        uint8 (count, 32, 32, 3), int (count,), bool (count, 32, 32).
    """
    rng = np.random.default_rng(seed)
    images = np.repeat(rng.normal(120, 25, (count, SIZE, SIZE, 1)), 3, axis=-1)
    labels, masks = np.arange(count) % len(COLOURS), np.zeros((count, SIZE, SIZE), bool)
    for image, label, mask in zip(images, labels, masks, strict=True):
        (top, left), (other_top, other_left) = _apart(rng)
        image[other_top : other_top + SQUARE, other_left : other_left + SQUARE] = rng.uniform(0, 255)
        image[top : top + SQUARE, left : left + SQUARE] = list(COLOURS.values())[label]
        mask[top : top + SQUARE, left : left + SQUARE] = True
    images += rng.normal(0, 10, images.shape)
    return np.clip(images, 0, 255).astype("uint8"), labels, masks


def _apart(rng):
    while True:
        first, second = rng.integers(0, SIZE - SQUARE + 1, (2, 2))
        if np.abs(first - second).max() >= SQUARE:
            return first, second


def sentences(count: int, seed: int):
    """Texts of seven words that mean nothing and one that tells the class; and where it is."""
    rng = np.random.default_rng(seed)
    texts, labels, places = [], [], []
    for number in range(count):
        words = rng.choice(FILLERS, rng.integers(4, 9)).tolist()
        place = int(rng.integers(0, len(words) + 1))
        words.insert(place, list(SIGNS)[number % len(SIGNS)])
        texts.append(" ".join(words))
        labels.append(number % len(SIGNS))
        places.append(place)
    return texts, np.array(labels), places


def learn(model, inputs, labels, epochs, rate=2e-3, frozen=()):
    """Trains all of a model but layers whose names end so: to trace each takes a second."""
    import keras

    for layer in model._flatten_layers(include_self=False):
        layer.trainable = True
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9
    for layer in model._flatten_layers(include_self=False):
        if layer.name.endswith(tuple(frozen)):
            layer.trainable = False
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], jit_compile=False)
    history = model.fit(inputs, labels, 32, epochs, verbose=0)
    return history.history["accuracy"][-1]


@contextmanager
def randomised(model, layers=None, seed=0):
    """Draws the weights of a model anew, as spread as the trained ones, until the block ends.

    Args:
        model: From `build_model`.
        layers: Only layers with these names (of the outer model); None: all.
        seed: Of the draw.
    """
    rng, kept = np.random.default_rng(seed), model.get_weights()
    for layer in model.layers:
        for weight in layer.weights if layers is None or layer.name in layers else ():
            value = np.asarray(weight)
            if value.ndim > 1 and value.dtype.kind == "f":
                weight.assign(rng.normal(0, value.std() + 1e-6, value.shape))
    yield
    model.set_weights(kept)


def _model(task, backbone, names, **options):
    import kerasft

    options = {"weights": "pretrained", "precision": "float32", "dropout": 0.0, **options}
    return kerasft.build_model(task, backbone=backbone, class_names=names, **options)


def make_cnn():
    from kerasft.predicting.opening import predictor_of_model

    images, labels, _ = squares(300, 0)
    model = _model("image_classification", "starter", sorted(COLOURS), image_size=SIZE)
    accuracy = learn(model, images.astype("float32"), labels, 6, 1e-3)
    assert accuracy > 0.95
    return predictor_of_model(model)


def make_vit(folder):
    import keras
    import keras_hub

    from kerasft.predicting.opening import predictor_of_model

    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.ViTBackbone(
        image_shape=(SIZE, SIZE, 3), patch_size=(4, 4), num_layers=3, num_heads=2, hidden_dim=32, mlp_dim=64
    )
    backbone.save_to_preset(folder)
    converter = keras_hub.layers.ViTImageConverter(image_size=(SIZE, SIZE), scale=1 / 127.5, offset=-1.0)
    converter.save_to_preset(folder)
    images, labels, _ = squares(600, 0)
    model = _model("image_classification", f"hub:{folder}", sorted(COLOURS), image_size=SIZE)
    accuracy = learn(model, images.astype("float32"), labels, 12)
    assert accuracy > 0.95
    return predictor_of_model(model)


def toys():
    """The toy presets of tests/text/conftest.py."""
    path = Path(__file__).parents[1] / "text" / "conftest.py"
    spec = importlib.util.spec_from_file_location("text_toys", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_bert(shelf):
    from kerasft.predicting.opening import predictor_of_model

    folder = shelf.get("bert that tells a class from a word", train_bert)
    model = _model("text_classification", str(folder / "preset"), sorted(SIGNS.values()), sequence_length=16)
    model.load_weights(folder / "trained.weights.h5")
    return predictor_of_model(model, data={"columns": {"text_pair": None}})


def train_bert(folder):
    import keras
    import keras_hub

    keras.utils.set_random_seed(0)
    tokenizer = toys().tokenizer_of("bert")
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=tokenizer.vocabulary_size(), num_layers=2, num_heads=2, hidden_dim=32,
        intermediate_dim=64, max_sequence_length=32,
    )  # fmt: skip
    for weight in backbone.weights:
        if weight.path.endswith("kernel"):
            weight.assign(
                5 * weight
            )  # from 0.02, which is made for 768 channels: as it is, 32 learn too slowly
    folder.mkdir()
    backbone.save_to_preset(folder / "preset")
    tokenizer.save_to_preset(folder / "preset")
    texts, labels, _ = sentences(300, 0)
    model = _model("text_classification", str(folder / "preset"), sorted(SIGNS.values()), sequence_length=16)
    order = [sorted(SIGNS.values()).index(each) for each in SIGNS.values()]
    accuracy = learn(model, model.encoder(texts), np.array(order)[labels], 8, 2e-3, ("layer_0", "layer_1"))
    assert accuracy > 0.95
    keras.Model(model.inputs, model.outputs).save_weights(
        folder / "trained.weights.h5"
    )  # without the optimizer


@pytest.fixture(scope="session")
def cnn():
    """The starter backbone, trained to tell the colour of a square."""
    return make_cnn()


@pytest.fixture(scope="session")
def vit(tmp_path_factory):
    """A small ViT, trained for the same."""
    return make_vit(tmp_path_factory.mktemp("vit") / "preset")


@pytest.fixture(scope="session")
def bert(shelf):
    """A toy BERT, trained to tell a class from one word."""
    return make_bert(shelf)


@pytest.fixture(scope="session", name="toys")
def toys_fixture():
    """Makers of toy tokenizers."""
    return toys()


@pytest.fixture(scope="session")
def lessons():
    """What the models were taught, and how to make them forget it."""
    return SimpleNamespace(squares=squares, sentences=sentences, randomised=randomised)
