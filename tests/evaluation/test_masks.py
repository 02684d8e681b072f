"""Masks are measured as scikit-learn and the definitions do it, and learned by a loss of the pixels that count."""

import math
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, jaccard_score

from kerasft.base.errors import InputError, KerasftError
from kerasft.comparing import artifacts
from kerasft.contract.plan import Training
from kerasft.contract.units import Units
from kerasft.exporting.gate import Target, Yardstick
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits
from kerasft.targets.masks.head import class_weights, mask_head, mask_loss, mask_objective
from kerasft.targets.masks.kind import MASKS
from kerasft.targets.masks.measuring import measure
from kerasft.targets.masks.schema import IGNORED, Masks
from kerasft.targets.masks.scores import boundary_scores, column_means

SCHEMA = Masks(("ground", "cat", "dog", "never"), (0, 1, 2, 3), 12, 255, (0.7, 0.2, 0.1, 0.0))
RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 3, (6, 4, 4), dtype=np.uint8).repeat(3, axis=1).repeat(3, axis=2)
TRUTH[:, :2, :2] = IGNORED
SCORES = (np.eye(4)[np.minimum(TRUTH, 3)] + RNG.uniform(0, 1.3, (*TRUTH.shape, 4)) * [1, 1, 1, 0]).astype(
    "float32"
)
PROBABILITIES = SCORES / SCORES.sum(axis=-1, keepdims=True)
IDS = [str(number) for number in range(6)]


@pytest.fixture(scope="module")
def found():
    return measure(PROBABILITIES, TRUTH, SCHEMA, IDS)


def pixels(rows=slice(None)):
    counted = TRUTH[rows] != IGNORED
    return TRUTH[rows][counted], PROBABILITIES[rows].argmax(axis=-1)[counted]


def test_scores_are_those_of_scikit_learn_over_the_pixels_that_count(found):
    truth, said = pixels()
    each = jaccard_score(truth, said, average=None, labels=[0, 1, 2])
    assert [one.iou for one in found.classes[:3]] == pytest.approx(each.tolist())
    assert found.classes[3].iou is None and found.score == pytest.approx(each.mean())
    dice = f1_score(truth, said, average=None, labels=[0, 1, 2])
    assert [one.dice for one in found.classes[:3]] == pytest.approx(dice.tolist())
    assert found.metrics["mean Dice"] == pytest.approx(dice.mean())
    assert found.pixel_accuracy == pytest.approx(accuracy_score(truth, said))
    assert found.metrics["mean IoU"] == found.score and sum(
        one.share for one in found.classes
    ) == pytest.approx(1)


def test_an_example_has_the_mean_iou_of_the_classes_that_are_there_or_said_to_be(found):
    for row in range(6):
        truth, said = pixels(slice(row, row + 1))
        there = sorted(set(truth) | set(said))
        assert found.per_example[row] == pytest.approx(
            jaccard_score(truth, said, average="macro", labels=there)
        )
    order = found.per_example[found.mistakes()]
    assert (np.diff(order) >= 0).all() and order[0] == found.per_example.min()
    nothing = measure(PROBABILITIES[:1], np.full_like(TRUTH[:1], IGNORED), SCHEMA, ["a"])
    assert nothing.per_example.tolist() == [1] and nothing.score == 1 and not len(nothing.mistakes())


def test_the_interval_is_a_bootstrap_of_examples_and_of_units_that_belong_together(found):
    low, high = found.interval
    assert low < found.score < high
    twice = measure(np.concatenate([PROBABILITIES] * 2), np.concatenate([TRUTH] * 2), SCHEMA, IDS * 2)
    units = Units("patient", np.tile(np.arange(6), 2))
    assert np.diff(twice.interval) < np.diff(found.interval)
    assert replace(twice, units=units).interval == pytest.approx(found.interval, abs=0.02)


def square(at, side=20, size=64):
    mask = np.zeros((1, size, size), np.uint8)
    mask[0, at : at + side, at : at + side] = 1
    return mask


def boundaries(truth, found, classes):
    return column_means(boundary_scores(truth, found, classes))


def test_the_boundary_is_right_within_three_quarters_of_a_percent_of_the_diagonal():
    scores = {shift: boundaries(square(20), square(20 + shift), 2) for shift in (0, 1, 3, 40)}
    assert scores[0].tolist() == [1, 1] and scores[40][1] == 0  # nowhere near
    assert scores[3][1] < 0.3 < 0.9 < scores[1][1]  # 1 pixel is allowed at this size, 3 are not
    large = boundaries(square(80, 80, 600), square(86, 80, 600), 2)
    assert large[1] > 0.85 > boundaries(square(80, 80, 600), square(92, 80, 600), 2)[1]
    masked = square(20)
    masked[0, :, 40:] = IGNORED  # the right side of the square is a boundary to nothing
    assert boundaries(masked, square(20), 2)[1] == 1
    assert math.isnan(boundaries(square(20), square(20), 3)[2])


def test_what_can_not_be_measured_is_refused():
    with pytest.raises(InputError, match="no examples to evaluate on"):
        measure(PROBABILITIES[:0], TRUTH[:0], SCHEMA, [])
    with pytest.raises(KerasftError, match="NaN or infinity"):
        measure(np.full_like(PROBABILITIES, np.nan), TRUTH, SCHEMA, IDS)


def test_it_is_written_and_told(found, tmp_path):
    found.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "metrics.json",
        "per_class.csv",
        "predictions.csv",
    ]
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 7
    said = str(found)
    assert f"mean IoU {found.score:>23.4f}" in said.replace("  (", " (") or f"{found.score:.4f}" in said
    assert "1 class without a pixel here" in said and "boundary F1" in said
    other = measure(PROBABILITIES[..., :3], TRUTH, Masks(("a", "cat", "dog"), (0, 1, 2), 12), IDS)
    assert "have other classes" in str(found.mismatch(other, "a and b"))


def numpy_loss(masks, logits, weights, smoothing=0.0):
    """The same by its definition, image by image."""
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities = exponents / exponents.sum(axis=-1, keepdims=True)
    count, losses = logits.shape[-1], []
    overlap, total, there = np.zeros(count), np.zeros(count), np.zeros(count)
    for mask, answer in zip(masks, probabilities, strict=True):
        place = np.nonzero(mask != IGNORED)
        truth, own = mask[place], answer[place]
        wanted = np.eye(count)[truth] * (1 - smoothing) + smoothing / count
        each = -(wanted * np.log(own)).sum(axis=-1)
        losses.append((each * weights[truth]).sum() / weights[truth].sum() if len(truth) else 0.0)
        for number in range(count):
            overlap[number] += own[truth == number, number].sum()
            total[number] += own[:, number].sum() + (truth == number).sum()
            there[number] += (truth == number).sum()
    dice = (1 - (2 * overlap + 1) / (total + 1))[there > 0].mean()
    return np.array(losses) + dice


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_the_mean_over_the_pixels_that_count_and_dice(smoothing):
    logits = RNG.normal(size=(*TRUTH.shape, 4)).astype("float32")
    weights = np.array([0.5, 2, 1, 1], "float32")
    found = keras.ops.convert_to_numpy(mask_loss(weights, smoothing)(TRUTH, logits))
    np.testing.assert_allclose(found, numpy_loss(TRUTH, logits, weights, smoothing), rtol=1e-5)
    changed = logits.copy()
    changed[TRUTH == IGNORED] += RNG.normal(size=changed[TRUTH == IGNORED].shape)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(mask_loss(weights, smoothing)(TRUTH, changed)), found
    )
    nothing = np.full_like(TRUTH, IGNORED)
    assert np.isfinite(keras.ops.convert_to_numpy(mask_loss(weights)(nothing, logits))).all()


def test_focal_loss_makes_sure_pixels_count_less():
    logits = np.eye(4)[np.minimum(TRUTH, 3)].astype("float32") * 4
    plain, focal = (
        keras.ops.convert_to_numpy(mask_loss(np.ones(4, "float32"), 0.0, g)(TRUTH, logits)) for g in (0, 2)
    )
    assert (focal < plain).all()


def test_rare_classes_weigh_more_within_bounds():
    np.testing.assert_allclose(class_weights(SCHEMA), [2 / 7, 1, 2, 1], rtol=1e-6)
    rare = replace(SCHEMA, shares=(0.9899, 0.01, 0.0001, 0.0))
    np.testing.assert_allclose(class_weights(rare), [0.1, 1, 10, 1], rtol=1e-6)
    assert class_weights(replace(SCHEMA, shares=())).tolist() == [1, 1, 1, 1]


def test_the_metric_that_ranks_epochs_is_the_mean_iou(found):
    objective = mask_objective(SCHEMA)
    (metric,) = objective.metrics
    metric.update_state(TRUTH[:4], PROBABILITIES[:4])
    metric.update_state(TRUTH[4:], PROBABILITIES[4:])
    assert float(metric.result()) == pytest.approx(found.score) and objective.better[0].metric == metric.name


@pytest.mark.parametrize("decoder", ["light", "deeplab"])
def test_decoders_give_logits_as_large_as_the_image_at_any_size(decoder):
    size = 100  # of which 16 is no divisor
    maps = {
        name: keras.Input((-(-size // stride), -(-size // stride), 8), name=name)
        for name, stride in (("stride_4", 4), ("stride_8", 8), ("stride_16", 16))
    }
    model = keras.Model(maps, mask_head(maps, 5, size, decoder, 0.1, 0))
    assert model.output.shape == (None, size, size, 5) and model.output.dtype == "float32"
    trained = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(trained) >= 5 and all(layer.trainable for layer in trained)


def test_settings_that_mean_nothing_to_masks_are_refused():
    problems = MASKS.learning.setting_problems(Training(class_weight="oversample", threshold_for="f1"))
    assert [problem.received for problem in problems] == ["--class-weight oversample", "--threshold-for f1"]
    assert MASKS.learning.setting_problems(Training(class_weight="auto", label_smoothing=0.1)) == []
    other = replace(SCHEMA, class_names=("a", "b", "c", "d"))
    assert "other classes" in str(MASKS.learning.mismatch(SCHEMA, other)[0])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"class_names": "ab"}, "class_names is not a list"),
        ({"class_names": ["a"]}, "2 to 255 different names"),
        ({"values": [0, 1, 2, 300]}, "values is not a list of numbers from 0 to 255"),
        ({"values": [0, 1, 1, 2]}, "as many different numbers"),
        ({"ignored": 1}, "as many different numbers"),
        ({"ignored": "x"}, "ignored is 'x'"),
        ({"shares": [0.1]}, "shares is not a list of 4 numbers"),
        ({"shares": [2, 0, 0, 0]}, "shares holds"),
        ({"image_size": 0}, "image_size is 0"),
    ],
)
def test_a_description_that_can_not_be_used(change, message):
    values = {**vars(SCHEMA), "class_names": list(SCHEMA.class_names)}
    assert MASKS.described(values)[0] == SCHEMA
    with pytest.raises(ValueError, match=message):
        MASKS.described({**values, **change})


def decoder_of(names, decoder="light"):
    maps = {
        name: keras.Input((size, size, 4), name=name)
        for name, size in (("stride_4", 4), ("stride_8", 2), ("stride_16", 1))
    }
    return keras.Model(maps, mask_head(maps, len(names), 16, decoder, 0.0, 0)), Masks(
        names, tuple(range(len(names))), 16
    )


def test_the_decoder_and_the_outputs_of_known_classes_start_from_an_earlier_run():
    (old, before), (new, now) = (
        decoder_of(("ground", "cat", "dog")),
        decoder_of(("ground", "dog", "cow", "owl")),
    )
    fresh = new.get_layer("logits").get_weights()[0]
    assert MASKS.copy_head(old, before, new, now) == ("ground", "dog")
    for layer in old.layers:
        if layer.weights and layer.name != "logits":
            for one, other in zip(layer.weights, new.get_layer(layer.name).weights, strict=True):
                np.testing.assert_array_equal(one, other)
    mine, theirs = (model.get_layer("logits").get_weights()[0] for model in (new, old))
    np.testing.assert_array_equal(mine[..., :2], theirs[..., [0, 2]])
    np.testing.assert_array_equal(mine[..., 2:], fresh[..., 2:])
    other, _ = decoder_of(("ground", "dog"), "deeplab")
    assert MASKS.copy_head(old, before, other, Masks(("ground", "dog"), (0, 1), 16)) == ()


def test_answers_that_do_not_fit_into_memory_are_refused_before_training(monkeypatch):
    from kerasft.inputs.images import placed
    from kerasft.tasks.image_segmentation import task
    from kerasft.tasks.image_segmentation.config import MaskModelConfig

    config = MaskModelConfig("starter", ("a", "b"), (0, 1), image_size=12)
    images = np.zeros((6, 12, 12, 3), np.uint8)
    part = ImageSplit("test", images, TRUTH, tuple(IDS), tuple(IDS))
    splits = ImageSplits(part, part, part, Masks(("a", "b"), (0, 1), 12), ImageReading(12), "x", 0)
    assert task.TASK.fit_problems(splits, config) == []
    monkeypatch.setattr(placed, "available_memory", lambda: 6 * 144 * 2 * 12 - 1)
    (problem,) = task.TASK.fit_problems(splits, config)
    assert "the probabilities of 6 images need" in problem.what and "--image-size" in problem.next_step


def test_a_file_is_held_to_the_score_and_not_to_the_mean_of_the_examples():
    """A pixel that is lost, all of its class, costs an example a third of its IoU, and the whole next to nothing."""
    schema = Masks(("ground", "cat", "dog"), (0, 1, 2), 16)
    truth = np.zeros((40, 16, 16), np.uint8)
    truth[:, 2:10, 2:10], truth[4:, 12:14, 12:14], truth[:4, 15, 15] = 1, 2, 2
    expected = np.eye(3, dtype="float32")[truth]
    answers = expected.copy()
    answers[:4, 15, 15] = [1, 0, 0]
    yardstick = Yardstick(MASKS, schema, expected, truth, tuple(map(str, range(40))), 0.0)
    measured, target = yardstick.evaluate(answers), Target(agreement=0.9, drop=0.01)
    assert (1 - measured.per_example).sum() > 1 and 1 - measured.score < 0.01
    assert yardstick.missed(answers, measured, target) == []
    answers[:20, 12:14, 12:14] = [1, 0, 0]
    measured = yardstick.evaluate(answers)
    assert yardstick.missed(answers, measured, target) == [
        f"mean IoU {1 - measured.score:.4f} lower, allowed 0.01"
    ]


def test_a_comparison_says_what_its_differences_are_of(found, monkeypatch):
    worse = measure(np.roll(PROBABILITIES, 1, axis=1), TRUTH, SCHEMA, IDS)
    monkeypatch.setattr(artifacts, "evaluate", lambda each, *_, **__: each)
    monkeypatch.setattr(artifacts, "_opened", lambda each: each)
    compared = artifacts.compare([found, worse], data="x", names=["a", "b"])
    assert "differences are of the mean IoU per example" in str(compared)
    assert compared.as_dict()["differences_of"] == "IoU per example"
    (pair,) = compared.differences
    assert pair.pair.difference == pytest.approx(found.per_example.mean() - worse.per_example.mean())
