"""Tables of images as people have them: Kaggle's, one-hot columns, semicolons, ids, columns by other names."""

import json

import pytest

from kerasft.base.errors import InputError
from kerasft.contract.asking import Asked
from kerasft.contract.examination import Examination
from kerasft.data.group_column import group_names
from kerasft.data.splits_file import write_splits
from kerasft.doctor.examine import task_of_data
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.kind import IMAGES
from kerasft.tasks.image_classification.reading import read_images, read_labelled
from tests.restoring import restore_splits

SPLITS = ("train", "validation", "test")


def kaggle(folder, make, header, row, images="train", suffix=".png", count=12):
    """A table train.csv and so many images; `row` makes a line of the number and the class."""
    for n in range(count):
        make.write(folder / images, n, f"id{n:02}{suffix}")
    lines = [row(n, "ab"[n % 2]) for n in range(count)]
    path = folder / "train.csv"
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def labels_of(splits) -> dict[str, str]:
    return {
        name: splits.class_names[label]
        for split in SPLITS
        for name, label in zip(getattr(splits, split).ids, getattr(splits, split).labels, strict=True)
    }


TRUE = {f"train/id{n:02}.png": "ab"[n % 2] for n in range(12)}


@pytest.mark.parametrize(
    ("header", "row", "notes"),
    [
        ("id,label", lambda n, c: f"id{n:02},{c}", 2),
        ("image_id;breed", lambda n, c: f"id{n:02};{c}", 3),  # the one other column
        ("Image,Age,Label", lambda n, c: f"id{n:02}.png,{n},{c}", 2),
        ("filename;a;b", lambda n, c: f"id{n:02};{c == 'a':d};{c == 'b':d}", 3),  # one-hot
        ("image,patient,a,b", lambda n, c: f"id{n:02},p{n},{float(c == 'a')},{float(c == 'b')}", 4),
        ("path,label", lambda n, c: f"train/id{n:02}.png,{c}", 0),  # as ever
    ],
)
def test_columns_and_files_are_recognised(tmp_path, make, header, row, notes):
    splits = read_images(kaggle(tmp_path, make, header, row), 8)
    assert labels_of(splits) == TRUE and splits.columns is None
    assert len([each for each in splits.notes if "train/NAME" in each or "column" in each]) == notes
    again = restore_splits(write_splits(splits, tmp_path / "s.csv"), splits.source, ("a", "b"), 8, "stretch")
    assert (again.test.images == splits.test.images).all()


@pytest.mark.parametrize("images", ["train", "train_images", "images", "."])
@pytest.mark.parametrize("suffix", [".png", ".JPG"])
def test_files_are_looked_for_beside_the_table(tmp_path, make, images, suffix):
    path = kaggle(tmp_path, make, "id,label", lambda n, c: f"id{n:02},{c}", images, suffix.lower())
    folder = "" if images == "." else f"{images}/"
    assert labels_of(read_images(path, 8)) == {
        f"{folder}id{n:02}{suffix.lower()}": "ab"[n % 2] for n in range(12)
    }


def test_columns_are_named(tmp_path, make):
    path = kaggle(tmp_path, make, "key,what,who", lambda n, c: f"id{n:02},{c},p{n // 2}", "photos")
    named = {"image": "key", "label": "What", "suffix": "png", "data_dir": tmp_path / "photos"}
    splits = read_images(path, 8, **named, group="who")
    assert labels_of(splits) == {f"id{n:02}.png": "ab"[n % 2] for n in range(12)}
    assert splits.columns == ImageColumns("key", "What", "png")
    assert len(splits.group_sides) == 6 and not any("(--image" in note for note in splits.notes)
    data = {
        "source": str(path),
        "data_dir": named["data_dir"],
        "columns": {"image": "key", "label": "what", "suffix": "png"},
    }
    assert group_names("who", data, splits.test.ids, IMAGES.column_of_table)[1] == tuple(
        f"p{int(each[2:4]) // 2}" for each in splits.test.ids
    )
    other = tmp_path / "photos" / "other.csv"  # other columns than the run's: they are looked for
    other.write_text("path,label\nid03.png,b\n", "utf-8")
    columns = ImageColumns("key", "what", required=False)
    assert read_labelled(other, ("a", "b"), 8, columns=columns).ids == ("id03.png",)
    with pytest.raises(InputError) as error:
        read_images(path, 8, image="kye", label="wht")
    assert str(error.value).splitlines() == [
        "the table has no column 'kye' (--image) (received: columns key, what, who); did you mean 'key'?",
        "the table has no column 'wht' (--label) (received: columns key, what, who); did you mean 'what'?",
    ]


def test_columns_of_0_and_1_are_named_or_refused_for_what_they_are(tmp_path, make):
    path = kaggle(
        tmp_path, make, "id,male,a,b", lambda n, c: f"id{n:02},{n % 3 == 0:d},{c == 'a':d},{c == 'b':d}"
    )
    with pytest.raises(InputError) as error:
        read_images(path, 8)
    assert str(error.value) == (
        "4 rows of the columns of 0 and 1 do not name exactly one class (4 name several, 0 none) "
        "(received: columns male, a, b); give each image one class, or name the right column or columns with --label "
        "(--label A,B,C)"
    )
    assert labels_of(read_images(path, 8, label="a,b")) == TRUE
    path = kaggle(tmp_path, make, "id,age,a,b", lambda n, c: f"id{n:02},{n},{c == 'a':d},{c == 'b':d}")
    with pytest.raises(
        InputError, match="the column 'age' holds more than 0 and 1 .received: columns age, a, b"
    ):
        read_images(path, 8, label="age,a,b")


def test_what_is_not_there_says_what_to_do(tmp_path, make):
    path = kaggle(tmp_path, make, "id,label", lambda n, c: f"id{n:02},{c}", "elsewhere")
    with pytest.raises(InputError) as error:
        read_images(path, 8)
    assert str(error.value).splitlines()[0] == (
        "line 2: no such file (received: id00); paths are relative to the table's folder, or to --data-dir; "
        "--suffix .jpg completes names without a suffix"
    )
    with pytest.raises(InputError, match="id00.jpeg.; .*; without --suffix jpeg, usual suffixes are tried"):
        read_images(path, 8, suffix="jpeg")
    make.write(tmp_path / "test", 1, "x.png")
    (tmp_path / "elsewhere").rename(tmp_path / "train")
    with pytest.raises(
        InputError, match="holds a table, and images that are in no class folders .*train.csv.;"
    ):
        read_images(tmp_path, 8)


def test_no_path_of_a_table_is_touched_elsewhere(tmp_path, make, monkeypatch):
    from kerasft.inputs.images import columns

    path = kaggle(tmp_path, make, "id,label", lambda n, c: f"//host/share/id{n:02},{c}")
    touched = []
    monkeypatch.setattr(columns, "_is_file", lambda path: touched.append(str(path)))
    with pytest.raises(InputError, match="line 2: the path is a path of another computer"):
        read_images(path, 8)
    assert touched == []


def test_doctor_tells_tables_of_images_from_those_of_texts(tmp_path):
    table = tmp_path / "data.csv"
    for header, text, task in (
        ("id,label", "text", "image_classification"),
        ("id,text,label", "text", "text_classification"),
        ("id,review,label", "review", "text_classification"),
        ("path,text,label", "text", "image_classification"),
    ):
        table.write_text(f"{header}\n", "utf-8")
        assert task_of_data(Examination(str(table), text=text)) == task


def test_json_lines_and_parquet_are_tables_too(tmp_path, make):
    import pyarrow
    from pyarrow import parquet

    for n in range(12):
        make.write(tmp_path / "data", n, f"{n}.png")
    labels = [n % 2 for n in range(12)]
    rows = [{"id": n, "label": label} for n, label in enumerate(labels)]
    lines = tmp_path / "data.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    columns = {
        "id": list(range(12)),
        "a": [label == 0 for label in labels],
        "b": [label == 1 for label in labels],
    }
    one_hot = tmp_path / "data.parquet"
    parquet.write_table(pyarrow.table(columns), one_hot)
    for path, names in ((lines, "01"), (one_hot, "ab")):
        splits = read_images(path, 8)
        assert labels_of(splits) == {f"data/{n}.png": names[n % 2] for n in range(12)}
        again = restore_splits(
            write_splits(splits, tmp_path / "s.csv"), str(path), tuple(names), 8, "stretch"
        )
        assert labels_of(again) == labels_of(splits)
    for name in ("missing.parquet", "missing.jsonl"):
        with pytest.raises(InputError, match="can't be read: No such file or directory .*check the path in"):
            read_images(tmp_path / name, 8)
    lines.write_text("\n".join([*map(json.dumps, rows), "{", '{"id": 12}']), "utf-8")
    with pytest.raises(InputError) as error:
        read_images(lines, 8)
    first, second = str(error.value).splitlines()
    assert first.startswith("line 13: not JSON: ") and second.startswith(
        "line 14: the label is empty; fill it in"
    )


def test_a_label_that_has_changed_in_the_table_is_refused(tmp_path, make):
    path = kaggle(tmp_path, make, "id,label", lambda n, c: f"id{n:02},{c}")
    splits = read_images(path, 8)
    written = write_splits(splits, tmp_path / "s.csv")
    text = path.read_text("utf-8")
    path.write_text(text.replace("id03,b", "id03,a").replace("id04,a\n", "") + "id99,c\n", "utf-8")
    with pytest.raises(InputError) as error:
        restore_splits(written, splits.source, ("a", "b"), 8, "stretch")
    (line,) = str(error.value).splitlines()  # rows that are gone or new are not looked at
    assert line.startswith(
        "an image of this run is not what it was, its label is now 'a' (received: train/id03.png); restore it in"
    )


def test_a_table_of_boxes_is_asked_once_for_each_image_and_names_no_file_elsewhere(tmp_path, make):
    for n in range(2):
        make.write(tmp_path, n, f"{n}.png")
    path = tmp_path / "boxes.csv"
    rows = ("0.png", "0.png", "./0.png", "1.png", "2.png", "2.png", "https://host/3.png", "//host/4.png")
    path.write_text("\n".join(["path,x1,y1,x2,y2,label", *(f"{each},1,1,5,5,cat" for each in rows)]), "utf-8")
    found = IMAGES.asked([path], Asked(), None)
    away = "and only files of this computer are read"
    assert [(each.id, each.reason) for each in found] == [
        ("0.png", ""),
        ("1.png", ""),
        ("2.png", ""),
        ("boxes.csv:8", f"line 8: the path is a URL, {away}"),
        ("boxes.csv:9", f"line 9: the path is a path of another computer, {away}"),
    ]
    path.write_text("path,label\n0.png,a\n0.png,b\n", "utf-8")  # a row for each image: as many answers
    assert [each.id for each in IMAGES.asked([path], Asked(), None)] == ["0.png", "0.png"]


def test_predict_and_doctor_know_json_lines_of_images(tmp_path, make):
    for n in range(2):
        make.write(tmp_path / "data", n, f"{n}.png")
    path = tmp_path / "data.jsonl"
    path.write_text('{"id": 0}\n{"id": "1"}\n{"id": null}\n[]\n', "utf-8")
    found = IMAGES.asked([path], Asked(), None)
    assert [(each.id, each.content, each.reason) for each in found] == [
        ("0", tmp_path / "data" / "0.png", ""),
        ("1", tmp_path / "data" / "1.png", ""),
        ("data.jsonl:3", None, "line 3: the path is empty"),
        ("data.jsonl:4", None, "line 4: not a JSON object"),
    ]
    for row, image, task in (
        ('{"path": "a", "label": "b"}', None, "image_classification"),
        ('{"path": "a", "text": "b"}', None, "text_classification"),
        ('{"id": "a", "label": "b"}', "id", "image_classification"),
        ("no JSON", None, "text_classification"),  # whose reader says what is wrong
    ):
        path.write_text(f"{row}\n", "utf-8")
        assert task_of_data(Examination(str(path), image=image)) == task
