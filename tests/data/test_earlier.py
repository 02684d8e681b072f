"""What an earlier run knew keeps its side, and is counted where it doesn't."""

import shutil

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.contract.evaluation import Seen
from kerasft.data.earlier import FILE, count_seen, read_sides, write_earlier
from kerasft.data.splits_file import write_splits
from kerasft.tasks.image_classification.reading import read_images
from kerasft.tasks.text_classification.reading import read_texts


def sides(splits):
    """The split of each example, by its hash."""
    parts = (splits.train, splits.validation, splits.test)
    return {digest: part.name for part in parts for digest in part.hashes}


def as_run(splits, folder):
    """What of a run folder tells which examples it knew."""
    folder.mkdir()
    write_splits(splits, folder / "splits.csv")
    return folder


@pytest.fixture
def grown(write_pictures, tmp_path):
    """A folder of 60 images, and one of the same and 60 more."""
    small = write_pictures(tmp_path / "small", per_class=20)
    large = shutil.copytree(small, tmp_path / "large")
    for path in sorted(write_pictures(tmp_path / "more", per_class=20, seed=1).rglob("*.png")):
        shutil.copy(path, large / path.parent.name / f"0{path.name}")
    return small, large


def test_known_pictures_keep_their_side_and_new_ones_fill_the_shares(grown, tmp_path):
    small, large = grown
    first = read_images(small, 16)
    second = read_images(large, 16, earlier=as_run(first, tmp_path / "a"))
    known = sides(first)
    assert known == {digest: side for digest, side in sides(second).items() if digest in known}
    counts = [np.bincount(part.labels).tolist() for part in (second.train, second.validation, second.test)]
    assert counts == [[28, 28, 28], [6, 6, 6], [6, 6, 6]]  # 15 % of the 40 of each class
    assert any("60 images known to the earlier run" in note and "60 are new" in note for note in second.notes)
    leaking = read_images(large, 16)  # the same draw without it tests on what was trained on
    assert count_seen(leaking.test.hashes, known).count > 0


def test_copies_of_a_known_picture_go_with_it(grown, tmp_path):
    small, large = grown
    first = read_images(small, 16)
    trained = first.train.ids[0]
    shutil.copy(small / trained, large / trained.replace("/", "/copy-"))
    second = read_images(large, 16, earlier=as_run(first, tmp_path / "a"))
    assert trained.replace("/", "/copy-") in second.train.ids


def test_texts_and_runs_before_the_earlier_one(tmp_path):
    texts = [f"text number {number} of {'ab'[number % 2]}" for number in range(80)]
    labels = [text[-1] for text in texts]
    first = read_texts(texts[:40], labels=labels[:40])
    second = read_texts(texts[40:], labels=labels[40:], earlier=as_run(first, tmp_path / "a"))
    assert "none of the texts was known to the earlier run" in second.notes
    write_earlier(read_sides(tmp_path / "a"), as_run(second, tmp_path / "b"))
    third = read_texts(texts, labels=labels, earlier=tmp_path / "b")  # knows the first through the second
    assert sides(third) == {**sides(first), **sides(second)}


def test_the_strictest_side_counts(tmp_path):
    texts = [f"{number} {'ab'[number % 2]}" for number in range(40)]
    splits = read_texts(texts, labels=[text[-1] for text in texts])
    folder = as_run(splits, tmp_path / "run")
    tested = splits.test.hashes[0]
    write_earlier({tested: "validation", "0" * 64: "test"}, folder)
    found = read_sides(folder)
    assert found[tested] == "validation" and found["0" * 64] == "test"
    assert count_seen([tested, "0" * 64, "1" * 64], found) == Seen(1, 3)
    assert (
        Seen(1, 3)
        .sentence()
        .startswith("1 of 3 examples was a training or validation example of this run or")
    )


def test_nothing_left_to_test_on_is_said(grown, tmp_path):
    small, _ = grown
    folder = tmp_path / "run"
    folder.mkdir()
    write_earlier(dict.fromkeys(sides(read_images(small, 16)), "train"), folder)
    with pytest.raises(InputError) as caught:
        read_images(small, 16, earlier=folder)
    assert [problem.what.split(" for ")[-1] for problem in caught.value.problems] == [
        "the test split",
        "the validation split",
    ]


def test_a_damaged_list_is_named(tmp_path):
    (tmp_path / FILE).write_text("split,sha256\nlearnt,abc\n")
    with pytest.raises(InputError, match="list of examples is damaged"):
        read_sides(tmp_path)


@pytest.fixture
def second(run, grown, tmp_path):
    """A run of one epoch that starts from `run`, on other splits: those of a recipe that knows no `earlier=`."""
    splits = kerasft.read_images(grown[1], 16, seed=3)
    model = kerasft.build_model(
        "image_classification",
        backbone="starter",
        class_names=splits.class_names,
        image_size=16,
        weights=None,
    )
    kerasft.start_from(model, run)
    phases = kerasft.two_phases(1, 0)
    return kerasft.fine_tune(model, splits, phases, tmp_path / "second", kerasft.Training(batch_size=8))


@pytest.mark.slow
def test_every_verb_says_what_was_trained_on(run, second, pictures, tmp_path, capsys):
    known = sides(run.splits())
    count = sum(known.get(each, "test") != "test" for each in second.splits().test.hashes)
    assert count > 0
    said = f"{count} of {len(second.splits().test)} examples were training or validation examples of"
    evaluation = kerasft.evaluate(second)
    assert evaluation.seen.count == count and said in str(evaluation)
    assert evaluation.as_dict()["seen_in_training"] == count
    exported = kerasft.export(second, "tflite")
    assert said in str(exported) and said in exported.card.read_text("utf-8")
    assert f"earlier run `{run.run_dir.name}`" in exported.card.read_text("utf-8")
    assert kerasft.evaluate(exported.path).seen.count == count  # the file finds its run
    written = kerasft.report(second, explain=False)
    page = written.path.read_text("utf-8")
    assert f"{count} of " in page and "which training never saw" not in page
    assert said in str(written) and written.as_dict()["seen_in_training"] == count
    bundle = kerasft.bundle(second, tmp_path / "second.kerasft")
    assert (
        kerasft.evaluate(bundle, grown_data(second)).seen.count
        == kerasft.evaluate(second, grown_data(second)).seen.count
    )
    # data of one's own that the first run was trained on: 60 images but for its test split
    trained_on = 60 - len(run.splits().test)
    assert kerasft.evaluate(run, pictures).seen == Seen(trained_on, 60)
    compared = kerasft.compare([run, second], pictures, names=("first", "second"))
    assert [each.seen for each in compared.entries][0] == trained_on
    assert f"note: first: {trained_on} of 60 examples were" in str(compared)


def grown_data(run):
    return run.splits().source


def test_new_data_gets_no_note(run, write_pictures, tmp_path):
    evaluation = kerasft.evaluate(run, write_pictures(tmp_path / "new", per_class=3, seed=9))
    assert evaluation.seen == Seen(0, 9) and "note" not in str(evaluation)
    assert kerasft.evaluate(run).seen.count == 0


def test_a_predictor_alone_knows_nothing(run):
    from kerasft.predicting.opening import predictor_of_run

    assert kerasft.evaluate(predictor_of_run(run), run.splits().test).seen is None
