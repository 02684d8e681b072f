"""What a report says first: the score, what stands out by rules that the page of docs has, and one next step."""

import dataclasses

import numpy as np
import pytest

from kerasft.contract.evaluation import Seen
from kerasft.contract.objective import Better
from kerasft.contract.plan import Training
from kerasft.contract.registry import task_of
from kerasft.reporting import build_page
from kerasft.reporting.charts import learning_curve
from kerasft.reporting.verdict import best_place, verdict_of
from kerasft.reporting.views import training_views
from kerasft.training.history import Epoch


@pytest.fixture(scope="module")
def many(made_up):
    splits = made_up.picture_splits(["cat", "dog"], tests=400)
    return made_up.answers(splits, right=0.97)


@pytest.fixture(scope="module")
def few(made_up):
    return made_up.answers(made_up.picture_splits(["cat", "dog"], tests=30))


def history(validation, training=None, phase="head"):
    both = zip(validation, training or validation, strict=True)
    return tuple(
        Epoch(phase, number, 1e-3, 1.0, 0.5, 0.5, {"accuracy": seen, "val_accuracy": new})
        for number, (new, seen) in enumerate(both, 1)
    )


def facts_of(made_up, rows, best_epoch, **changes):
    head = made_up.facts().phases[0] | {"best_epoch": best_epoch, "epochs": len(rows)}
    return made_up.facts(history=rows, **{"phases": (head,), **changes})


def verdict(facts, evaluation, augmented=True):
    return verdict_of(facts, evaluation, "image", augmented)


def test_without_anything_to_mend_it_is_time_to_export(made_up, many):
    steady = facts_of(made_up, history([0.9, 0.95, 0.94, 0.95]), 2)
    found = verdict(steady, many)
    low, high = many.interval
    assert found.score == f"Accuracy {many.score:.4g} on 400 test images (95 %: {low:.4g} to {high:.4g})"
    assert found.remarks == () and found.step == "export it: `kerasft export RUN --quantize auto`"
    exported = dataclasses.replace(steady, exports=({"file": "model_int8.tflite"},))
    assert "`kerasft predict RUN/exports/model_int8.tflite IMAGE`" in verdict(exported, many).step


def test_what_stands_out_comes_in_order_and_the_first_has_the_step(made_up, few):
    seen = dataclasses.replace(few, seen=Seen(3, 30))
    rows = history([0.5, 0.6, 0.7, 0.8], [0.6, 0.8, 0.9, 0.95])
    found = verdict(facts_of(made_up, rows, 4), seen)
    begins = [
        "3 of 30 images were",
        "The test split is small",
        "The phase head was still",
        "It knows its training",
    ]
    assert [remark.startswith(begin) for remark, begin in zip(found.remarks, begins, strict=True)] == [
        True
    ] * 4
    assert found.step.startswith("measure on data that no run has seen")
    assert verdict(facts_of(made_up, rows, 4), few).step.startswith("test on more images: `--test-share 0.3`")


def test_longer_only_where_the_last_quarter_gained(made_up, many):
    better = facts_of(made_up, history([0.5, 0.7, 0.8, 0.9]), 4)
    assert verdict(better, many).step == "train longer: `--head-epochs 8`"
    for rows, best in (([0.5, 0.8, 0.9, 0.905], 4), ([0.5, 0.7, 0.9, 0.8], 3), ([0.5, 0.9], 2)):
        assert "still getting better" not in str(verdict(facts_of(made_up, history(rows), best), many))
    falling = facts_of(made_up, history([0.5] * 4), 4, better=Better("loss", higher=False))
    rows = tuple(dataclasses.replace(row, val_loss=1 / row.epoch) for row in falling.history)
    assert "still getting better" in str(verdict(dataclasses.replace(falling, history=rows), many))


def test_training_that_runs_ahead_and_a_phase_that_did_not_help(made_up, many):
    ahead = facts_of(made_up, history([0.8, 0.85, 0.8], [0.9, 0.99, 1.0]), 2)
    found = verdict(ahead, many)
    assert found.remarks == (
        "It knows its training images better than new ones: accuracy 0.99 there, 0.85 on validation.",
    )
    assert "`--augment strong`" in found.step and "augment" not in verdict(ahead, many, augmented=False).step
    two = (*ahead.phases, ahead.phases[0] | {"name": "tune"})
    found = verdict(facts_of(made_up, history([0.8, 0.85, 0.8]), 2, phases=two), many)
    assert found.remarks == ("The phase tune did not help: the best weights are those of head.",)
    assert "`--tune-epochs 0`" in found.step


def test_the_kept_epoch_is_marked_where_it_lies(made_up):
    rows = (*history([0.5, 0.9]), *history([0.7, 0.8], phase="tune"))
    phases = tuple(made_up.facts().phases[0] | {"name": name, "best_epoch": 2} for name in ("head", "tune"))
    facts = facts_of(made_up, rows, 2, phases=phases, shown="tune")
    assert best_place(facts) == 3 and best_place(dataclasses.replace(facts, shown="head")) == 1
    assert best_place(dataclasses.replace(facts, shown="own")) is None
    drawn = learning_curve(rows, facts.better, 3)
    dots = [part for part in drawn.split("<") if part.startswith('circle class="dot validation"')]
    (mark,) = [part for part in drawn.split("<") if part.startswith('circle class="best"')]
    assert mark.split("cx=")[1].split(" r=")[0] == dots[3].split("cx=")[1].split(" r=")[0]
    assert "kept is epoch 4" in drawn and "best" not in learning_curve(rows, facts.better)


def test_images_are_shown_as_training_sees_them(made_up):
    splits, task = made_up.picture_splits(["cat", "dog"]), task_of("image_classification")
    light = made_up.facts(training=Training(augment="light"))
    views = training_views(task, splits, light)
    assert [each["answer"] for each in views] == [
        splits.schema.to_text(splits.train.targets, row) for row in range(8)
    ]
    assert all(
        each["changed"].startswith("data:image/jpeg") and each["changed"] != each["src"] for each in views
    )
    none = made_up.facts(training=Training(augment="none"))
    own = dataclasses.replace(light, config={**light.config, "own": {"augment": "darker"}})
    assert training_views(task, splits, none) == training_views(task, splits, own) == []
    texts = made_up.text_splits(["a", "b"])
    assert training_views(task_of("text_classification"), texts, light) == []
    page = build_page(
        light, splits, (), True, views=views[:2], verdict=verdict(light, made_up.answers(splits))
    )
    assert page.count('alt="as training sees it"') == 2 and "<code>--test-share 0.3</code>" in page
    assert "What training sees" not in build_page(light, splits, (), True)


def test_flips_are_those_of_the_run(made_up):
    splits, task = made_up.picture_splits(["cat", "dog"]), task_of("image_classification")
    given = splits.train.subset(np.arange(8))
    plain, flipped = (
        task.seen_in_training(given, splits, Training(augment="light", flip=flip)).examples
        for flip in (False, True)
    )
    assert (
        plain.dtype == np.uint8 and plain.shape == given.examples.shape and not np.array_equal(plain, flipped)
    )
