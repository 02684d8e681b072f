"""Heads of one's own: layers between backbone and outputs, by a name that a run keeps and that must be known again."""

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError, Interrupted
from kerasft.networks import own_heads
from kerasft.networks.named_weights import named_weights
from kerasft.networks.own_heads import copy_own_head, features_of, name_of_head
from kerasft.networks.sections import Sections
from kerasft.training import freezing

CLASSES = ("circle", "noise", "stripes")


def wide(features):
    x = keras.layers.Dense(24, activation="relu")(features)
    x = keras.layers.BatchNormalization()(x)
    return keras.layers.Dropout(0.1)(x)


def attention(maps):
    """A map's positions, weighed by what they hold."""
    flat = keras.layers.Reshape((-1, maps.shape[-1]))(maps)
    weights = keras.layers.Softmax(axis=1)(keras.layers.Dense(1)(flat))
    return keras.layers.Flatten()(keras.layers.Dot(axes=1)([weights, flat]))


def strongest(maps):
    return keras.layers.Dense(16, activation="relu")(keras.layers.GlobalMaxPooling2D()(maps))


@pytest.fixture(autouse=True)
def forgotten():
    yield
    own_heads._REGISTERED.clear()


def build(head, **options):
    given = {"backbone": "starter", "class_names": CLASSES, "image_size": 16, "weights": None} | options
    return kerasft.build_model("image_classification", head=head, **given)


def test_a_function_is_known_by_its_name_and_lies_below_the_outputs():
    model = build(wide)
    assert model.kerasft.own_head == "wide" and model.output_shape == (None, 3)
    names = list(named_weights(model))
    assert "own_head/dense/kernel" in names and "own_head/batch_normalization/gamma" in names
    assert named_weights(model)["logits/kernel"].shape == (24, 3)
    assert names == list(named_weights(build("wide")))  # whatever Keras has called the layers


def test_its_layers_train_in_both_phases_and_its_statistics_are_its_own():
    model = build(wide)
    assert freezing.set_trainable(model, 0) == ("own_head", "logits")
    changing = {id(each) for each in freezing.changing_weights(model)}
    named = named_weights(model)
    assert all(
        id(weight) in changing
        for name, weight in named.items()
        if name.startswith("own_head/") and "seed" not in name
    )
    assert not any(id(weight) in changing for name, weight in named.items() if name.startswith("backbone/"))


def test_a_head_of_the_map_keeps_the_map():
    kerasft.register_head("attention", attention, takes="map")
    model = build("attention", image_size=64)
    sections = Sections(model)
    maps = model.get_layer("backbone").output_shape[1:]
    assert (
        sections.name(sections.top) == "feature maps" and sections.specs(sections.top)["cut_0"].shape == maps
    )
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype("float32")
    lower, upper = sections.between(0, sections.top), sections.between(sections.top, None)
    np.testing.assert_allclose(
        upper.predict(lower.predict(images, verbose=0), verbose=0), model.predict(images, verbose=0)
    )
    assert Sections(build(wide)).name(sections.top) == "pooled features"


def test_of_texts_it_is_given_the_mask_or_none():
    given = []

    def first(tokens, mask):
        given.append(mask)
        return tokens[:, 0]

    kerasft.register_head("first", first, takes="map")
    tokens, mask = keras.Input((7, 4)), keras.Input((7,), dtype="int32")
    assert features_of("first", lambda: None, tokens, mask).shape == (None, 4)
    assert features_of("first", lambda: None, tokens, None).shape == (None, 4)
    assert given[0].shape == (None, 7) and given[1] is None
    assert features_of(None, lambda: tokens) is tokens


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("wider", "the head is not known here .received: wider.; call kerasft.register_head"),
        (lambda features: features, "the head has no name to be kept by"),
        (3, "the head has no name to be kept by .received: 3"),
    ],
)
def test_what_has_no_name_is_refused(head, words):
    with pytest.raises(InputError, match=words):
        build(head)


def test_what_gives_no_vector_is_told():
    def broken(features):
        return keras.layers.Dense("many")(features)

    def two(features):
        return features, features

    def maps(features):
        return keras.layers.Reshape((-1, 1))(features)

    for head, words in (
        (broken, r"the head broken can't be built: .* .received: on \(None, \d+\)"),
        (two, "the head two can't be built"),
        (maps, r"the head maps gives no vector for each example .received: \(None, \d+, 1\)"),
    ):
        with pytest.raises(InputError, match=words):
            build(head)


def test_all_that_is_wrong_with_a_name_is_told_at_once():
    with pytest.raises(InputError) as error:
        kerasft.register_head("a/b", "no function", takes="tokens")
    assert [each.received for each in error.value.problems] == ["'a/b'", "'no function'", "'tokens'"]
    with pytest.raises(InputError, match="did you mean 'wide'"):
        name_of_head(kerasft.register_head("wide", wide) + "r")


@pytest.mark.parametrize(
    ("task", "words"),
    [("image_segmentation", "use light, deeplab"), ("object_detection", "takes no head of your own")],
)
def test_tasks_with_heads_on_several_maps_refuse_it(task, words):
    from kerasft.contract.registry import task_of

    with pytest.raises(InputError, match=words):
        task_of(task).settled("starter", {"image_size": 64, "resize": "stretch", "head": wide})


def test_an_earlier_run_s_head_is_copied_where_it_is_the_same():
    old, new, plain = build(wide), build(wide, seed=1), build(None)
    assert copy_own_head(old, new)
    ours, theirs = (each.get_layer("own_head").get_weights() for each in (new, old))
    assert all(np.array_equal(*both) for both in zip(ours, theirs, strict=True))
    assert (
        copy_own_head(plain, build(None)) and not copy_own_head(plain, new) and not copy_own_head(new, plain)
    )


def test_packages_bring_theirs(monkeypatch):
    from importlib.metadata import EntryPoint

    point = EntryPoint("elsewhere", "tests.test_own_heads:register_elsewhere", own_heads.GROUP)
    monkeypatch.setattr(own_heads, "_elsewhere", lambda: {"elsewhere": point})
    assert own_heads.head_notes("elsewhere") == [] and own_heads.head_notes(None) == []
    assert build("elsewhere").kerasft.own_head == "elsewhere"
    assert own_heads.head_notes("wide")[0].startswith("the head wide is of your own")


def register_elsewhere():
    kerasft.register_head("elsewhere", wide)


@pytest.mark.slow
@pytest.mark.parametrize("head", ["pooled", "map"])
def test_the_whole_path(head, splits, tmp_path, capsys, loading_anew):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    name = kerasft.register_head("mine", wide if head == "pooled" else strongest, takes=head)
    phases, settings = kerasft.two_phases(2, 2, head_learning_rate=1e-2), kerasft.Training(batch_size=8)

    def model():
        return build(name, weights="pretrained")

    through = kerasft.fine_tune(model(), splits, phases, tmp_path / "through", settings)
    assert "the head mine is of your own: the run has its weights" in capsys.readouterr().err
    with pytest.raises(Interrupted):
        kerasft.fine_tune(
            model(), splits, phases, tmp_path / "run", settings, callbacks=[Stop()], verbose=False
        )
    run = kerasft.resume(tmp_path / "run", splits, verbose=False)
    both = [(each.run_dir / "best.weights.safetensors").read_bytes() for each in (through, run)]
    assert both[0] == both[1]
    found = kerasft.evaluate(run)
    assert found.score > 0.5
    exported = kerasft.export(run, "tflite", quantize="float16")
    assert kerasft.evaluate(exported.path).score == pytest.approx(found.score, abs=0.2)
    assert kerasft.predict(exported.path, splits.test.images[:1])[0].class_name in CLASSES
    assert kerasft.explain(run, splits.test.images[:1])[0].attribution.shape == (16, 16)
    assert kerasft.report(run, found).path.is_file()
    own_heads._REGISTERED.clear()
    with pytest.raises(
        InputError, match="the head is not known here .received: mine.; call kerasft.register_head"
    ):
        kerasft.Run.open(run.run_dir).load_model()
    kerasft.register_head(
        "mine", lambda features: keras.layers.Dense(5)(keras.layers.Flatten()(features)), takes=head
    )
    with pytest.raises(InputError, match="the model that is built now is not the one that was trained"):
        kerasft.Run.open(run.run_dir).load_model()
