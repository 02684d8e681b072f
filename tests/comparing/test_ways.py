"""The lecture: nested labels, cells that are those of new models, and a folder that goes on."""

import json

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.comparing import lecture
from kerasft.comparing.ways import Ways, draw_rows, strata_of
from kerasft.contract.grid import WAYS, ClassGrid
from kerasft.contract.registry import task_of
from tests import toy_backbone
from tests.tasks.examples import EXAMPLES

GRID = ClassGrid(labels_per_class="1,3,50", seeds=2, epochs=1, min_steps=4, batch_size=8)


def test_labels_are_nested_stratified_and_drawn_by_the_seed():
    labels = np.repeat([0, 1, 2], [4, 30, 30])
    one, three, ten = (draw_rows(labels, n, 0) for n in (1, 3, 10))
    assert np.bincount(labels[one]).tolist() == [1, 1, 1] and np.bincount(labels[ten]).tolist() == [4, 10, 10]
    assert set(one) < set(three) < set(ten)
    assert not np.array_equal(three, draw_rows(labels, 3, 1))
    assert np.array_equal(draw_rows(labels, None, 1), np.arange(64))


def builder(splits):
    def build(pretrained, seed):
        return kerasft.build_model(
            "image_classification", backbone="starter", class_names=splits.class_names, image_size=16,
            weights="pretrained" if pretrained else None, precision="float32", seed=seed,
        )  # fmt: skip

    return build


def trained(ways, way):
    return [np.array(each) for each in ways.model(way != "scratch").get_weights()]


@pytest.mark.slow
def test_a_cell_is_that_of_a_new_model_whatever_was_trained_before(splits):
    shared = Ways(builder(splits), splits, GRID)
    rows = draw_rows(strata_of(splits), 3, 1)
    some = ("two-phases", "scratch", "head")
    for way in some:
        shared.score(way, draw_rows(strata_of(splits), None, 0), 0)
    for way in some:
        alone = Ways(builder(splits), splits, GRID)
        theirs, mine = alone.score(way, rows, 1), shared.score(way, rows, 1)
        assert (mine["score"], mine["steps"]) == (theirs["score"], theirs["steps"])
        for one, other in zip(trained(shared, way), trained(alone, way), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_each_way_trains_what_it_says(splits):
    build = builder(splits)
    rows = draw_rows(strata_of(splits), 3, 0)
    changed = {}
    for way in WAYS:
        ways = Ways(build, splits, GRID)
        start = build(way != "scratch", 0)
        ways.score(way, rows, 0)
        model = ways.model(way != "scratch")
        changed[way] = {
            weight.path
            for before, weight in zip(start.weights, model.weights, strict=True)
            if not np.array_equal(before.numpy(), weight.numpy())
        }
    everything = {weight.path for weight in model.weights}
    assert changed["head"] and all(path.startswith("logits") for path in changed["head"])
    assert changed["head"] < changed["two-phases"] < changed["full"] < changed["scratch"] == everything
    assert not any("moving" in path for path in changed["full"])


@pytest.fixture(scope="module")
def finished(pictures, tmp_path_factory):
    """A comparison on two draws that was stopped after its second cell, and gone on with."""
    output = tmp_path_factory.mktemp("ways") / "out"
    command = ["compare", "image-classification", "--data", str(pictures), "--image-size", "16",
               "--backbone", toy_backbone.register(), "--output", str(output), "--ways", "head",
               "--labels-per-class", "1,3", "--seeds", "2",
               "--epochs", "1", "--min-steps", "4"]  # fmt: skip
    score, count = Ways.score, 0

    def stopping(self, *arguments):
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return score(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ways, "score", stopping)
        assert main(command) == 130
    kept = json.loads((output / "comparison.json").read_text())["cells"]
    assert main(command) == 0
    return command, output, kept, count


def test_it_goes_on_where_it_was_stopped(finished):
    command, output, kept, count = finished
    cells = json.loads((output / "comparison.json").read_text())["cells"]
    assert len(kept) == 2 and cells[:2] == kept and len(cells) == 4 and count == 3
    assert sorted(path.name for path in output.iterdir()) == [
        "accuracy_by_labels.png", "accuracy_by_time.png", "comparison.csv", "comparison.json"
    ]  # fmt: skip
    assert len((output / "comparison.csv").read_text().splitlines()) == 5
    assert [cell["examples"] for cell in cells] == [3, 9, 3, 9]
    assert all(cell["seconds"] > 0 and cell["steps"] == 4 for cell in cells)


def test_a_finished_one_trains_nothing_again_and_prints_its_table(finished, monkeypatch, capsys):
    command, output, *_ = finished
    monkeypatch.setattr(Ways, "score", None)
    assert main([*command, "--json"]) == 0
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)["cells"]) == 4
    assert "head only" in printed.err and "mean (range) over 2 seeds" in printed.err


def test_another_plan_is_refused_with_the_difference(finished, capsys):
    command, output, *_ = finished
    before = (output / "comparison.json").read_bytes()
    assert main([*command, "--head-learning-rate", "0.5", "--dropout", "0.1"]) == 2
    said = capsys.readouterr().err
    assert "was made with head_learning_rate 0.001 (received: 0.5)" in said and "dropout 0.2" in said
    assert main([*command, "--resize", "crop"]) == 2
    assert "was made with resize stretch (received: crop)" in capsys.readouterr().err
    assert (output / "comparison.json").read_bytes() == before


def test_a_file_that_is_none_of_ours_is_refused(finished, tmp_path, capsys):
    command, output, *_ = finished
    (tmp_path / "comparison.json").write_text("[]")
    assert main([*command, "--output", str(tmp_path)]) == 2
    assert "not one of kerasft compare" in capsys.readouterr().err
    assert (tmp_path / "comparison.json").read_text() == "[]"


def test_more_examples_than_there_are_are_all(splits):
    assert lecture._counts(ClassGrid(labels_per_class="2,all,500,1"), strata_of(splits)) == [1, 2, "all"]
    with pytest.raises(InputError, match="not so many labels per class.*no more than 14"):
        lecture._counts(ClassGrid(labels_per_class="500"), strata_of(splits))


def test_groups_a_test_set_and_named_columns_reach_the_readers(tmp_path, write_pictures):
    paths = [
        path.relative_to(tmp_path) for path in sorted(write_pictures(tmp_path / "scans", 8).rglob("*.png"))
    ]
    rows = [f"{path},{path.parent.name},{path.parent.name}{int(path.stem) // 2}" for path in paths]
    (tmp_path / "table.csv").write_text("scan,finding,patient\n" + "\n".join(rows) + "\n", "utf-8")
    write_pictures(tmp_path / "held_out", 4, seed=9)
    task = task_of("image_classification")
    config = task.Comparison(
        data=str(tmp_path / "table.csv"), image="scan", label="finding", group="patient",
        test_data=str(tmp_path / "held_out"), image_size=16,
    )  # fmt: skip
    splits, _ = task.compared(config)
    assert splits.group == "patient" and len(splits.test) == 12
    assert all(each.startswith("test-data:") for each in splits.test.ids)


def test_a_task_without_a_comparison_says_so(monkeypatch, capsys):
    monkeypatch.setattr(type(task_of("image_classification")), "Comparison", None)
    assert main(["compare", "image-classification", "--output", "out"]) == 2
    assert capsys.readouterr().err == (
        "error: the ways to train this task can't be compared (received: image-classification); give runs of it: "
        "kerasft compare RUN RUN\n"
    )


def test_numbers_are_compared_by_examples_and_their_own_score(write_pictures, tmp_path, capsys):
    paths = sorted(write_pictures(tmp_path / "scans", 10).rglob("*.png"))
    rows = [f"{path.relative_to(tmp_path)},{number % 7},{number % 5}" for number, path in enumerate(paths)]
    (tmp_path / "table.csv").write_text("\n".join(["image,weight,size", *rows]), "utf-8")
    output, score = tmp_path / "out", "mean absolute error in standard deviations"
    command = ["compare", "image-regression", "--data", str(tmp_path / "table.csv"), "--label", "weight,size",
               "--image-size", "16", "--backbone", toy_backbone.register(), "--output", str(output),
               "--ways", "head", "--examples", "4,8,all",
               "--seeds", "1", "--epochs", "1", "--min-steps", "2"]  # fmt: skip
    assert main(command) == 0
    found = json.loads((output / "comparison.json").read_text())
    assert [cell["examples"] for cell in found["cells"]][:2] == [4, 8]
    assert found["plan"]["score_name"] == score and "class_names" not in found["plan"]
    assert (output / f"{score.replace(' ', '_')}_by_examples.png").is_file()
    assert f"{score} on" in capsys.readouterr().out
    assert main(["compare", "image-regression", "--labels-per-class", "5", "--output", str(output)]) == 2
    assert "labels-per-class" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "score"), [("object_detection", "AP50"), ("image_segmentation", "mean IoU")]
)
def test_answers_that_lie_on_images_are_compared_too(task, score, tmp_path, capsys):
    example = EXAMPLES[task]
    example.read(tmp_path)
    command = ["compare", task.replace("_", "-"), "--data", str(tmp_path / example.data), "--image-size", "32",
               "--output", str(tmp_path / "out"), "--ways", "head,two-phases", "--examples", "8,all",
               "--seeds", "1", "--epochs", "1", "--min-steps", "2"]  # fmt: skip
    assert main(command) == 0
    found = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert found["plan"]["score_name"] == score and len(found["cells"]) == 4
    assert f"{score} on" in capsys.readouterr().out


def test_the_score_of_a_cell_is_that_of_an_evaluation(splits):
    ways = Ways(builder(splits), splits, GRID)
    labels = splits.test.labels
    outputs = np.eye(len(splits.class_names), dtype="float32")[
        np.where(np.arange(len(labels)) < 3, 0, labels)
    ]
    assert ways.evaluate(5 * outputs).score == np.mean(outputs.argmax(axis=1) == labels)
