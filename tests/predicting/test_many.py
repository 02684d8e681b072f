"""Many examples to a table of answers: every kind of input, every kind of output, and what can't be read."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.predicting import many
from kerasft.predicting.many import predict_many
from tests.made_up_predictors import OfImages, OfTexts


class Brightness(OfImages):
    """Says "dark" or "bright" from the mean of an image."""

    def __init__(self):
        super().__init__(("dark", "bright"))

    def predict(self, images):
        level = images.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - level, level], axis=1).astype("float32")


class Length(OfTexts):
    """Says "long" of texts, or pairs, of more than 10 characters."""

    def __init__(self):
        super().__init__(("short", "long"))

    def predict(self, column):
        texts, pairs = column.texts, column.pairs
        sizes = [len(text) + len(pair) for text, pair in zip(texts, pairs or [""] * len(texts), strict=True)]
        return np.array([[0.1, 0.9] if size > 10 else [0.8, 0.2] for size in sizes], "float32")


def picture(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 9), (value, value, value)).save(path)
    return path


@pytest.fixture
def photos(tmp_path):
    """photos/a/1.png to photos/b/3.png, by turns dark and bright; a file that is no image, and a hidden one."""
    for number in range(6):
        picture(tmp_path / "photos" / "ab"[number % 2] / f"{number}.png", 255 * (number % 2))
    (tmp_path / "photos" / "notes.txt").write_text("no image")
    (tmp_path / "photos" / "._0.png").write_bytes(b"")
    return tmp_path / "photos"


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_to_a_csv(photos, tmp_path):
    found = predict_many(Brightness(), photos, tmp_path / "answers.csv")
    rows = rows_of(tmp_path / "answers.csv")
    assert (found.count, found.broken, found.predictions) == (6, (), ())
    assert [row["path"] for row in rows] == sorted(str(path) for path in photos.rglob("[0-9].png"))
    assert [row["class_name"] for row in rows] == ["dark"] * 3 + ["bright"] * 3
    assert list(rows[0]) == [
        "path",
        "class_name",
        "probability",
        "probability of dark",
        "probability of bright",
    ]
    assert rows[0]["probability of dark"] == "1" and rows[0]["probability of bright"] == "0"
    assert not list(tmp_path.glob(".partial-*"))


def test_the_same_answers_in_every_format(photos, tmp_path):
    import pyarrow.parquet

    for suffix in ("csv", "jsonl", "parquet"):
        predict_many(Brightness(), photos, tmp_path / f"answers.{suffix}")
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    table = pyarrow.parquet.read_table(tmp_path / "answers.parquet").to_pylist()
    assert [line["class_name"] for line in lines] == [
        row["class_name"] for row in rows_of(tmp_path / "answers.csv")
    ]
    assert table == lines and isinstance(lines[0]["probability"], float)


def test_patterns_tables_and_single_files_together(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "table.csv"
    table.write_text("file,other\nphotos/a/0.png,x\nphotos\\b\\1.png,y\n", "utf-8")
    found = predict_many(
        Brightness(), ["photos/b/*.png", table, photos / "a" / "2.png"], image="file", data_dir=tmp_path
    )
    assert [each.path for each in found.predictions] == [
        "photos/b/1.png", "photos/b/3.png", "photos/b/5.png", "photos/a/0.png", "photos\\b\\1.png",
        str(photos / "a" / "2.png"),
    ]  # fmt: skip
    assert [each.class_name for each in found.predictions] == ["bright"] * 3 + ["dark", "bright", "dark"]
    with pytest.raises(InputError, match="no column 'path' \\(--image\\)"):
        predict_many(Brightness(), table, image="path")
    assert len(predict_many(Brightness(), table).predictions) == 2  # a column "file" is recognised


def test_ids_of_a_table_are_found_beside_it_and_stay_what_they_are(photos, tmp_path):
    (tmp_path / "test").mkdir()
    for n in (0, 1):
        (photos / "ab"[n] / f"{n}.png").rename(tmp_path / "test" / f"id{n}.png")
    table = tmp_path / "test.csv"
    table.write_text("id;age\nid0;3\nid1;4\n", "utf-8")
    found = predict_many(Brightness(), table).predictions
    assert [(each.path, each.class_name) for each in found] == [("id0", "dark"), ("id1", "bright")]
    table.write_text("key;age\nid0;3\n", "utf-8")
    with pytest.raises(
        InputError, match="it can't be told which column has the images .*name it with --image"
    ):
        predict_many(Brightness(), table)


@pytest.mark.parametrize("at_once", [2, 256])
def test_the_rest_is_answered_and_the_broken_ones_named(photos, tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(many, "AT_ONCE", at_once)
    (photos / "a" / "2.png").write_bytes(b"")
    found = predict_many(Brightness(), [photos, tmp_path / "missing.png"], tmp_path / "answers.csv")
    assert found.count == 5 == len(rows_of(tmp_path / "answers.csv"))
    assert [name for name, _ in found.broken] == [str(photos / "a" / "2.png"), str(tmp_path / "missing.png")]
    assert "0 bytes" in found.broken[0][1]


def test_nothing_that_can_be_read_is_an_error_and_no_file(photos, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"")
    with pytest.raises(InputError, match="bad.png"):
        predict_many(Brightness(), tmp_path / "bad.png", tmp_path / "answers.csv")
    assert not (tmp_path / "answers.csv").exists()


def test_texts_from_tables_folders_and_quotes(tmp_path):
    for name, text in (("a", "short"), ("b", "quite a long text")):
        (tmp_path / "texts").mkdir(exist_ok=True)
        (tmp_path / "texts" / f"{name}.txt").write_text(text, "utf-8")
    table = tmp_path / "table.csv"
    table.write_text('text,label\n"short, too",a\n,b\n"much, much longer",b\n', "utf-8")
    found = predict_many(Length(), tmp_path / "texts")
    assert [(each.id, each.path, each.class_name) for each in found.predictions] == [
        (str(tmp_path / "texts" / "a.txt"), "short", "short"),
        (str(tmp_path / "texts" / "b.txt"), "quite a long text", "long"),
    ]
    found = predict_many(Length(), table, tmp_path / "answers.jsonl")
    assert found.broken == (("table.csv:3", "line 3: the text is empty"),)
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    assert [(line["id"], line["text"], line["class_name"]) for line in lines] == [
        ("table.csv:2", "short, too", "short"),
        ("table.csv:4", "much, much longer", "long"),
    ]
    with pytest.raises(InputError, match="no column 'body' \\(--text\\)"):
        predict_many(Length(), table, text="body")
    (said,) = predict_many(Length(), "Is this one? *Really* [long]").predictions  # no pattern: no such file
    assert (said.id, said.class_name) == (None, "long")


def test_the_name_of_a_file_or_its_content(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("a long text in a file", "utf-8")
    with pytest.raises(InputError, match="a file has this name.*--inputs files.*--inputs texts"):
        predict_many(Length(), "a.txt")
    (content,) = predict_many(Length(), "a.txt", reading="files").predictions
    (name,) = predict_many(Length(), "a.txt", reading="texts").predictions
    assert (content.class_name, name.class_name) == ("long", "short")
    with pytest.raises(InputError, match="this one is not"):
        predict_many(Length(), ["a.txt", "a text"], reading="files")


def test_pairs_of_a_table_have_a_second_column(tmp_path):
    table = tmp_path / "pairs.csv"
    table.write_text("one,two\nab,cd\nab,a long second half\n", "utf-8")
    found = predict_many(Length(), table, text="one", text_pair="two")
    assert [(each.pair, each.class_name) for each in found.predictions] == [
        ("cd", "short"),
        ("a long second half", "long"),
    ]
    both = predict_many(Length(), ["ab", "abc"], text_pair=["a long second half", "x"]).predictions
    assert [each.class_name for each in both] == ["long", "short"]
    with pytest.raises(InputError, match="3 and 2"):
        predict_many(Length(), ["a", "b", "c"], text_pair=["a", "b"])


def test_outputs_that_can_not_be(photos, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("path\nphotos/a/0.png\n")
    for output, what in (
        (tmp_path / "answers.xlsx", ".csv, .jsonl or .parquet"),
        (table, "the output is one of the inputs"),
    ):
        with pytest.raises(InputError, match=what):
            predict_many(Brightness(), table, output)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="the output is a folder"):
        predict_many(Brightness(), table, tmp_path / "folder.csv")
    assert table.read_text() == "path\nphotos/a/0.png\n"


def test_a_stopped_prediction_leaves_the_earlier_answers(photos, tmp_path, monkeypatch):
    (tmp_path / "answers.csv").write_text("earlier\n")

    def stop(self, images):
        raise KeyboardInterrupt

    monkeypatch.setattr(Brightness, "predict", stop)
    with pytest.raises(KeyboardInterrupt):
        predict_many(Brightness(), photos, tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text() == "earlier\n"


def test_a_name_that_is_no_unicode_does_not_stop_the_work(photos, tmp_path):
    picture(photos / "a" / "x.png", 9).rename(photos / "a" / "\udcff.png")
    for suffix in ("csv", "jsonl", "parquet"):
        assert predict_many(Brightness(), photos, tmp_path / f"answers.{suffix}").count == 7
    assert "\\udcff.png" in (tmp_path / "answers.csv").read_text("utf-8")


def test_the_command(run, pictures, tmp_path, capsys):
    answers = tmp_path / "answers.csv"
    assert (
        main(["predict", str(run.run_dir), str(pictures / "noise"), "--output", str(answers), "--json"]) == 0
    )
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"output": str(answers), "answered": 20, "broken": []}
    paths = sorted((pictures / "noise").glob("*.png"))
    assert [row["class_name"] for row in rows_of(answers)] == [
        each.class_name for each in kerasft.predict(run, paths)
    ]
    (tmp_path / "bad.png").write_bytes(b"")
    assert main(["predict", str(run.run_dir), str(paths[0]), str(tmp_path / "bad.png")]) == 1
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 1 and f"{tmp_path}/bad.png" in printed.err
    assert predict_many is kerasft.predict_many


def test_large_answers_are_asked_for_fewer_examples_at_once(tmp_path, monkeypatch):
    asked = []

    class Counting(Brightness):
        def predict(self, images):
            asked.append(len(images))
            return super().predict(images)

    for number in range(70):
        picture(tmp_path / "photos" / f"{number:02}.png", 255 * (number % 2))
    monkeypatch.setattr(many, "MOST_NUMBERS", 64)  # two for each answer: 32 examples
    assert predict_many(Counting(), tmp_path / "photos").count == 70 and asked == [32, 32, 6]
    monkeypatch.setattr(many, "MOST_NUMBERS", 1)
    assert predict_many(Counting(), tmp_path / "photos").count == 70 and asked[3:] == [32, 32, 6]
