"""MediaPipe Tasks, the client of most apps, reads our files by their metadata alone and gives our answers."""

import csv
import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest

from kerasft.base.environment import kerasft_home
from kerasft.exporting import export
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.serving import mediapipe_form
from kerasft.predicting.opening import predictor_of_file
from tests.descriptions import of_texts
from tests.programs import metadata_of_images, metadata_of_texts, program_of

if (
    importlib.util.find_spec("mediapipe") is None
):  # to import it takes seconds of each worker that collects tests
    pytest.skip("MediaPipe is not installed: pip install mediapipe", allow_module_level=True)

LENGTH = 16
CLASSES = ("delivery", "größe", "refund")


def text_classifier(path, **options):
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.text import TextClassifier, TextClassifierOptions

    base = BaseOptions(model_asset_path=str(path))
    return TextClassifier.create_from_options(TextClassifierOptions(base_options=base, **options))


def image_classifier(path, **options):
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import ImageClassifier, ImageClassifierOptions

    base = BaseOptions(model_asset_path=str(path))
    return ImageClassifier.create_from_options(ImageClassifierOptions(base_options=base, **options))


def scores(result, class_names):
    """Returns MediaPipe's probabilities in our order, with 0 for classes that it left out."""
    (head,) = result.classifications
    by_name = {category.category_name: category.score for category in head.categories}
    assert by_name.keys() <= set(class_names), "MediaPipe must know the labels"
    return np.array([by_name.get(name, 0.0) for name in class_names])


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A toy BERT or DistilBERT classifier: model, encoder and sentences."""
    import keras

    from kerasft.inputs.texts.backbones.building import build_text_backbone

    path = Path(__file__).parents[1] / "text" / "conftest.py"
    spec = importlib.util.spec_from_file_location("text_toys", path)
    toys = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(toys)

    def make(family, **sizes):
        folder = tmp_path_factory.mktemp("presets") / family
        toys.write_preset(family, folder, **sizes)
        parts = build_text_backbone(str(folder))
        inputs = parts.inputs(LENGTH)
        model = keras.Model(inputs, keras.layers.Dense(3, name="logits")(parts.features(inputs)))
        for weight in model.weights:  # as KerasHub draws them, all texts look the same
            if len(weight.shape) > 1:
                weight.assign(weight * (2 if sizes else 8))
        encoder = TextEncoder(parts.tokenizer, LENGTH, parts.input_names)
        logits = keras.ops.convert_to_numpy(model(encoder(toys.SENTENCES), training=False))
        kernel, bias = model.layers[-1].weights
        kernel.assign(kernel * 1.5 / logits.std(axis=0))
        bias.assign(-1.5 * logits.mean(axis=0) / logits.std(axis=0))
        return model, encoder, toys.SENTENCES

    return make


def write(model, encoder, quantization, path, class_names=CLASSES, score_threshold=None):
    from kerasft.formats.tflite import write_tflite

    description = of_texts(encoder, class_names, quantization=quantization, score_threshold=score_threshold)
    write_tflite(program_of(model, description, encoder), path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("family", ["bert", "distil_bert"])
def test_raw_sentences_give_our_probabilities(family, toy, tmp_path):
    model, encoder, sentences = toy(family)
    path = write(model, encoder, "float32", tmp_path / "model.tflite", score_threshold=0.4)
    texts = [
        *sentences[:2], "Where IS my refund?!", "", " ", "1 item--broken", "x" * 300, "我的包裹在哪里",
        "thank you 🙂", "parcel " * 90,
    ]  # fmt: skip
    predictor = predictor_of_file(path, 1)
    expected = predictor.predict(texts)
    assert np.ptp(expected, axis=0).min() > 0.3, "the toy must tell texts apart"
    # 0 would be taken for "not given", and leave the threshold of the metadata in force
    with text_classifier(path, score_threshold=1e-9) as client:
        found = np.array([scores(client.classify(text), CLASSES) for text in texts])
        np.testing.assert_allclose(found, expected, atol=1e-5)
        # beyond a-z it neither lowers nor strips accents, as training did: an app does that before it asks
        (trained,) = predictor.predict(["Café DÉJÀ vu"])
        np.testing.assert_allclose(scores(client.classify("cafe deja vu"), CLASSES), trained, atol=1e-5)
        assert np.abs(scores(client.classify("Café DÉJÀ vu"), CLASSES) - trained).max() > 1e-3
        # nor does it know other blanks and invisible characters
        odd = "Where is\u00a0my re\u00adfund\u200b, \ufeffor\0 parcel\u3000?"
        (trained,) = predictor.predict([odd])
        np.testing.assert_allclose(scores(client.classify(mediapipe_form(odd)), CLASSES), trained, atol=1e-5)
    with text_classifier(path) as client:
        found = scores(client.classify(texts[0]), CLASSES)
    assert found.astype(bool).tolist() == (expected[0] >= 0.4).tolist(), "the threshold of the metadata"


def messages():
    """Returns the texts and labels that kerasft ships."""
    import kerasft

    table = Path(kerasft.__file__).parent / "assets" / "messages.csv"
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


@pytest.mark.slow
def test_every_quantization_of_bert_gives_our_probabilities(toy, tmp_path):
    """float32, float16 and dynamic of a toy BERT that has enough weights for the converter to quantize."""
    model, encoder, _ = toy("bert", hidden_dim=64, intermediate_dim=128)
    texts = messages()[0][::3]
    sizes = {}
    for quantization in ("float32", "float16", "dynamic"):
        path = write(model, encoder, quantization, tmp_path / f"{quantization}.tflite")
        sizes[quantization] = path.stat().st_size
        expected = predictor_of_file(path).predict(texts)
        with text_classifier(path, score_threshold=1e-9) as client:
            found = np.array([scores(client.classify(mediapipe_form(text)), CLASSES) for text in texts])
        assert len(set(expected.argmax(axis=1))) > 1, "the toy must tell texts apart"
        assert np.ptp(expected, axis=0).max() > 0.5
        assert (found.argmax(axis=1) == expected.argmax(axis=1)).mean() >= 0.99
        plain = [index for index, text in enumerate(texts) if mediapipe_form(text).isascii()]
        assert len(plain) > 200 and np.abs(found - expected)[plain].max() < 1e-3
    assert sizes["dynamic"] < sizes["float16"] < sizes["float32"]


def test_its_own_reader_of_the_schema_finds_the_same(toy):
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    from kerasft.formats.tflite_metadata import About

    about = About("name", "description", "1", "author", "licence")
    encoder = toy("bert")[1]
    for metadata in (
        metadata_of_images(about, 96, score_threshold=0.5),
        metadata_of_texts(about, encoder, ["ids", "mask", "segment_ids"], score_threshold=0.5),
    ):
        assert schema.ModelMetadata.ModelMetadataBufferHasIdentifier(metadata, 0)
        model = schema.ModelMetadataT.InitFromObj(schema.ModelMetadata.GetRootAs(metadata, 0))
        (graph,) = model.subgraphMetadata
        (output,) = graph.outputTensorMetadata
        assert (model.name, model.license) == (b"name", b"licence")
        assert output.associatedFiles[0].type == schema.AssociatedFileType.TENSOR_AXIS_LABELS
        assert output.processUnits[0].optionsType == schema.ProcessUnitOptions.ScoreThresholdingOptions
        assert output.processUnits[0].options.globalScoreThreshold == 0.5
        if graph.inputProcessUnits:
            (unit,) = graph.inputProcessUnits
            assert unit.optionsType == schema.ProcessUnitOptions.BertTokenizerOptions
            assert unit.options.vocabFile[0].type == schema.AssociatedFileType.VOCABULARY
        else:
            (image,) = graph.inputTensorMetadata
            assert image.processUnits[0].options.mean == [0.0] and image.processUnits[0].options.std == [1.0]


def ask_pictures(path, pictures, class_names):
    """Returns MediaPipe's probabilities (images, classes), whatever threshold the file has."""
    import mediapipe

    with image_classifier(path, score_threshold=1e-9) as client:
        return np.array([
            scores(client.classify(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=each)), class_names)
            for each in np.ascontiguousarray(pictures)
        ])  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("quantization", ["float32", "float16", "dynamic", "int8", "int16", "mixed"])
def test_pictures_give_our_probabilities(quantization, exports, make_toy_run, trained, tmp_path):
    """Every quantization of the ladder for images, at the model's own size, on the test split."""
    path = (
        exports[quantization].path
        if quantization != "mixed"
        else export(make_toy_run(tmp_path), quantize=quantization).path
    )
    test = trained[1].test
    expected = predictor_of_file(path, 1).predict(test.images)
    found = ask_pictures(path, test.images, trained[1].class_names)
    assert np.abs(found - expected).max() < (1e-2 if quantization == "int8" else 1e-3)
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).mean() >= 0.99


def test_the_threshold_in_the_file_is_mediapipes(make_toy_run, trained, tmp_path):
    import mediapipe

    made = export(make_toy_run(tmp_path), quantize="int8", unknown_precision=0.98)
    pictures = trained[1].test.images[:60]
    sure = predictor_of_file(made.path, 1).predict(pictures).max(axis=1) >= made.unknowns.threshold
    assert 0 < sure.sum() < len(pictures)
    with image_classifier(made.path) as client:
        answered = [
            bool(client.classify(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=each))
                 .classifications[0].categories)
            for each in np.ascontiguousarray(pictures)
        ]  # fmt: skip
    assert answered == sure.tolist()


def test_int8_at_the_ends_is_not_for_mediapipe_and_the_card_says_so(make_toy_run, tmp_path):
    made = export(make_toy_run(tmp_path), quantize="int8", io="int8")
    with pytest.raises(ValueError, match="Requested one of these types: uint8/float32, got INT8"):
        image_classifier(made.path)
    card = made.card.read_text("utf-8")
    assert "MediaPipe takes uint8 and float32" in card and "ImageClassifier" not in card
    assert "## In an app, with LiteRT" in card and "input.put((value - 128).toByte())" in card


def minilm():
    """Returns the folder of all-MiniLM-L6-v2, if somebody fetched it: the tests have no network."""
    return kerasft_home() / "presets" / "all_minilm_l6_v2"


@pytest.mark.slow
@pytest.mark.skipif(
    not minilm().is_dir(), reason="needs `kerasft fetch all_minilm_l6_v2`, or KERASFT_HOME with it"
)
def test_minilm_classifies_the_shipped_messages(tmp_path):
    """The default backbone with a head by logistic regression, as a dynamic-range file in the real client."""
    import keras
    from sklearn.linear_model import LogisticRegression

    from kerasft.inputs.texts.backbones.building import build_text_backbone

    texts, labels = messages()
    parts = build_text_backbone(str(minilm()))
    encoder = TextEncoder(parts.tokenizer, 48, parts.input_names)
    inputs = parts.inputs(48)
    features = parts.features(inputs)
    vectors = keras.Model(inputs, features).predict(encoder(texts[::3]), verbose=0)
    fitted = LogisticRegression(C=10, max_iter=500).fit(vectors, labels[::3])
    head = keras.layers.Dense(len(fitted.classes_), name="logits")
    model = keras.Model(inputs, head(features))
    head.set_weights([fitted.coef_.T.astype("float32"), fitted.intercept_.astype("float32")])
    names = tuple(map(str, fitted.classes_))
    path = write(model, encoder, "dynamic", tmp_path / "model.tflite", names)
    held_out = [*texts[1::3], "The CAFÉ refused my voucher.", "Où est ma commande, s'il vous plaît?"]
    expected = predictor_of_file(path).predict(held_out)
    assert np.mean(np.array(names)[expected[:-2].argmax(axis=1)] == np.array(labels[1::3])) > 0.7
    with text_classifier(path) as client:
        started = time.perf_counter()
        found = np.array([scores(client.classify(mediapipe_form(text)), names) for text in held_out])
        milliseconds = (time.perf_counter() - started) * 1000 / len(held_out)
    agreement = (found.argmax(axis=1) == expected.argmax(axis=1)).mean()
    print(f"{path.stat().st_size / 1e6:.1f} MB, {milliseconds:.1f} ms, agreement {agreement:.4f}")
    assert agreement >= 0.99
    golden = [index for index, text in enumerate(held_out) if mediapipe_form(text).isascii()]
    assert len(golden) > 200 and any(not held_out[index].isascii() for index in golden)
    assert np.abs(found - expected)[golden].max() < 1e-3
