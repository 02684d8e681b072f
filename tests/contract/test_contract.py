"""What every recipe promises, on a spread of backbones. A recipe that trains a run is in here by existing.

Whatever needs a run of its own is slow; tests/recipes runs one recipe by its command in the fast suite.
"""

import csv
import dataclasses
import functools
import itertools
import json

import keras
import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import Interrupted
from kerasft.cli.main import main
from kerasft.cli.recipes import find_recipe, recipe_names
from kerasft.networks.layers import is_batch_normalization
from kerasft.training import session
from kerasft.training.history import read_history
from tests.floats import assert_same_answers, limit_of

RECIPES = [
    name
    for name in recipe_names()
    if any(f.name == "run_dir" for f in dataclasses.fields(find_recipe(name).Config))
]
FAST = "image-classification-starter"


def is_text(recipe):
    return any(field.name == "text" for field in dataclasses.fields(find_recipe(recipe).Config))


def column_of(recipe):
    columns = {"regression": "number", "multilabel": "tags", "ordinal": "stars", "segmentation": "mask"}
    columns["detection"] = "thing"
    return next((column for kind, column in columns.items() if kind in recipe), "label")


def cases():
    count = itertools.count()
    for recipe in RECIPES:
        backbones = ("bert", "xlm_roberta") if is_text(recipe) else ("starter", "mobilenet_v2")
        for backbone in backbones[1:] if "pair" in recipe else backbones:  # pairs on BERT: test_text_pairs.py
            name = f"{recipe}-{backbone}"
            turn = pytest.mark.turns(4, share=next(count))
            yield pytest.param(
                (recipe, backbone), id=name, marks=() if name == FAST else (pytest.mark.slow, turn)
            )


@dataclasses.dataclass
class Case:
    recipe: str
    argv: list
    folder: object

    def train(self, name, *more):
        """Runs the recipe into a folder of that name and returns its exit code."""
        return main(["train", self.recipe, *self.argv, "--run-dir", str(self.folder / name), *more])

    @functools.cached_property
    def run(self):
        assert self.train("run") == 0
        return kerasft.Run.open(self.folder / "run")


def write_texts(path):
    rng = np.random.default_rng(0)
    words = {"parcel": ["parcel", "arrived", "never", "items"], "app": ["app", "crashes", "open", "log"]}
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "other", "number", "tags", "stars"])
        for number in range(60):
            label = "parcel" if number % 2 else "app"
            writer.writerow(
                [
                    f"the {' '.join(rng.choice(words[label], 3))} {number}",
                    label,
                    f"my {label} {number}",
                    10 * (label == "app") + number / 7,
                    f"{label}|third" if number % 3 == 0 else label,
                    5 if label == "app" else 1 + number % 3 // 2,
                ]
            )
    return path


def write_images(path, folder):
    """Writes a table with a number, tags, stars, a mask and a box for each image of a folder, which tell its class."""
    images = sorted(folder.rglob("*.png"))
    names = sorted({image.parent.name for image in images})
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [
                ("path", "number", "tags", "stars", "mask", "thing", "x1", "y1", "x2", "y2"),
                *(
                    (
                        image,
                        names.index(image.parent.name) + number / 97,
                        image.parent.name + "|third" * (number % 3 == 0),
                        1 + names.index(image.parent.name),
                        write_mask(path.with_name("masks") / f"{number}.png", image, names),
                        image.parent.name,
                        *(4, 4, 20, 20),
                    )
                    for number, image in enumerate(images)
                ),
            ]
        )
    return path


def write_mask(path, image, names):
    """Writes a mask for an image: its left half is of its class, the rest of none."""
    path.parent.mkdir(exist_ok=True)
    with Image.open(image) as opened:
        mask = np.zeros(opened.size[::-1], np.uint8)
    mask[:, : mask.shape[1] // 2] = 1 + names.index(image.parent.name)
    Image.fromarray(mask).save(path)
    return path


@pytest.fixture(scope="module", params=cases())
def case(request, pictures, tmp_path_factory):
    recipe, backbone = request.param
    folder = tmp_path_factory.mktemp("contract")
    argv = ["--head-epochs", "2", "--tune-epochs", "2", "--batch-size", "8"]
    if is_text(recipe):
        from tests.text.conftest import write_preset

        write_preset(backbone, folder / "preset", 3)
        argv += ["--data", str(write_texts(folder / "texts.csv")), "--text", "text"]
        argv += ["--label", column_of(recipe)]
        argv += ["--backbone", str(folder / "preset"), "--quantize", "none"]
        if "pair" in recipe:
            argv += ["--text-pair", "other"]
    else:
        column, data = column_of(recipe), pictures
        if column != "label":
            data = write_images(folder / "images.csv", pictures)
            argv += ["--label", column]
        argv += ["--data", str(data), "--backbone", backbone, "--quantize", "none"]
        argv += ["--image-size", "16" if backbone == "starter" and column != "thing" else "32"]
        if backbone != "starter":
            keras.utils.set_random_seed(0)
            model = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(32, 32, 3))
            model.save_weights(folder / "random.weights.h5")
            argv += ["--weights", str(folder / "random.weights.h5")]
    return Case(recipe, argv, folder)


def outcome(run):
    rows = [dataclasses.replace(row, seconds=0) for row in read_history(run.run_dir / "history.csv")]
    metrics = json.loads((run.run_dir / "evaluation" / "metrics.json").read_text())
    assert metrics.pop("artifact").startswith(f"the run {run.run_dir.name}, ")
    return rows, metrics, {name: run.at(name).load_model().get_weights() for name in run.result["phases"]}


def assert_equal(mine, theirs):
    assert mine[:2] == theirs[:2]
    for name in theirs[2]:
        for one, other in zip(mine[2][name], theirs[2][name], strict=True):
            np.testing.assert_array_equal(one, other)


def answers(run, split, rows):
    """Returns the answers to some rows of a split, asked for in this order and together."""
    from kerasft.predicting.opening import predictor_of_run

    predictor = predictor_of_run(run)
    return predictor.predict(split.examples[rows])


@pytest.mark.slow
def test_a_prediction_depends_on_its_input_alone(case):
    split = case.run.splits().test
    rows, limit = np.arange(len(split)), limit_of(case.run)
    together = answers(case.run, split, rows)

    def alike(kind, found, expected):
        assert_same_answers(case.run, kind, found, expected, limit)

    alike("a run, other order", answers(case.run, split, rows[::-1])[::-1], together)
    alike("a run, other batch", answers(case.run, split, rows[2:5]), together[2:5])
    alone = np.concatenate([answers(case.run, split, rows[row : row + 1]) for row in range(3)])
    alike("a run, alone", alone, together[:3])


@pytest.mark.slow
def test_what_was_saved_predicts_what_was_scored(case, tmp_path):
    if (
        column_of(case.recipe) == "thing"
    ):  # of boxes, the table has words: the detections are in a file of their own
        kerasft.evaluate(case.run).write(tmp_path)
        recorded, found = (
            json.loads((folder / "detections.json").read_text("utf-8"))["annotations"]
            for folder in (case.run.run_dir / "evaluation", tmp_path)
        )
        assert len(found) == len(recorded) > 0
        for one, other in zip(found, recorded, strict=True):
            assert one["image_id"] == other["image_id"] and one["category_id"] == other["category_id"]
            assert one["score"] == pytest.approx(other["score"], rel=1e-5)
            np.testing.assert_allclose(one["bbox"], other["bbox"], atol=1e-3)
        return
    with open(case.run.run_dir / "evaluation" / "predictions.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    names = getattr(case.run.schema, "class_names", ())
    places = [
        place for place, name in enumerate(rows[0]) if name.startswith(("probability of ", "share of "))
    ]
    places = places if names else [rows[0].index("prediction")]
    recorded = np.array([[row[place] for place in places] for row in rows[1:]], dtype=float)
    split = case.run.splits().test
    assert len(places) == max(1, len(names))
    found = answers(case.run, split, np.arange(len(split)))
    if found.ndim > 2:  # of a class for each pixel, the table has the share of each
        found = found.argmax(axis=-1).reshape(len(found), -1)
        found = np.stack([(found == k).mean(axis=1) for k in range(len(names))], axis=1)
    np.testing.assert_allclose(found, recorded, rtol=1e-5, atol=1e-4)


@pytest.mark.slow
def test_frozen_weights_and_statistics_stay(case):
    run = case.run
    head, tune = (run.at(name).load_model() for name in ("head", "tune"))
    start = kerasft.runs.model.assemble(run.model_config, None, assets=run.run_dir)
    loaded = [
        argument for flag, argument in zip(case.argv, case.argv[1:], strict=False) if flag == "--weights"
    ]
    before = kerasft.build_model(
        run.model_config.task, backbone=run.model_config.backbone, schema=run.schema,
        weights=loaded[0] if loaded else "pretrained",
        **({"sequence_length": run.model_config.sequence_length} if is_text(case.recipe)
           else {"image_size": run.model_config.image_size}),
    )  # fmt: skip
    assert len(start.weights) == len(before.weights)
    for kept, given in zip(
        head.get_layer("backbone").get_weights(), before.get_layer("backbone").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(kept, given)
    statistics = 0
    backbones = (each.get_layer("backbone") for each in (tune, head))  # a decoder's own statistics train
    for mine, theirs in zip(*(each._flatten_layers() for each in backbones), strict=True):
        if is_batch_normalization(mine):
            statistics += 1
            for one, other in zip(mine.get_weights(), theirs.get_weights(), strict=True):
                np.testing.assert_array_equal(one, other)
    assert statistics > 0 or is_text(case.recipe)
    changed = [not np.array_equal(a, b) for a, b in zip(tune.get_weights(), head.get_weights(), strict=True)]
    assert any(changed)


@pytest.mark.slow
def test_inputs_are_not_modified(case):
    splits = case.run.splits()
    arrays = [splits.train.labels, *([] if is_text(case.recipe) else [splits.train.images])]
    before = [array.copy() for array in arrays]
    kerasft.evaluate(case.run, splits.train)
    assert all(np.array_equal(array, kept) for array, kept in zip(arrays, before, strict=True))


@pytest.mark.slow
def test_the_exported_file_answers_as_the_run(case):
    details = json.loads((case.run.run_dir / "exports" / "model_float32.json").read_text())
    assert details["measured"]["failures"] == []
    file = case.run.run_dir / "exports" / "model_float32.tflite"
    found = kerasft.evaluate(file, case.run.splits().test)
    if column_of(case.recipe) == "thing":
        return  # precision ranks answers, and of those that are nearly equal rounding makes another first
    unit, _ = kerasft.contract.registry.task_of(case.run.model_config.task).targets.unit(case.run.schema)
    assert found.score == pytest.approx(kerasft.evaluate(case.run).score, abs=limit_of(case.run) * unit)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_result_even_where_it_was_stopped(case, monkeypatch):
    write = session.write_checkpoint

    def stopping(folder, state, variables):
        write(folder, state, variables)
        if (state.phase, state.epoch) == (1, 1):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(session, "write_checkpoint", stopping)
        assert case.train("stopped") == Interrupted.exit_code
    assert main(["train", "--resume", str(case.folder / "stopped")]) == 0
    assert_equal(outcome(kerasft.Run.open(case.folder / "stopped")), outcome(case.run))


BAD = [
    (("--no-such-flag", "1"), "unknown argument"),
    (("--tune-learning-rate", "-1"), "--tune-learning-rate must be"),
    (("--head-learning-rate", "nan"), "--head-learning-rate must be"),
    (("--batch-size", "100000"), "--batch-size is larger"),
    (("--batch-size", "many"), "--batch-size must be a whole number"),
    (("--head-epochs", "0", "--tune-epochs", "0"), "there is no phase to run"),
    (("--data", "missing"), "missing"),
    (("--backbone", "no_such_backbone"), "no_such_backbone"),
]


@pytest.mark.parametrize(("flags", "said"), BAD, ids=[" ".join(flags) for flags, _ in BAD])
def test_bad_input_is_refused_before_anything_is_written(flags, said, case, capsys):
    assert case.train("refused", *flags) == 2
    assert said in capsys.readouterr().err
    assert not (case.folder / "refused").exists()
