"""Images with several labels: how these are written, which splits they get, and what is wrong with them, by row."""

import json

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.contract.answers import Memberships, UnreadableError
from kerasft.data.iterative import draw_iteratively
from kerasft.data.splits_file import write_splits
from kerasft.inputs.images.reading import read_split
from kerasft.inputs.images.reading import restore_splits as restore_images
from kerasft.inputs.images.splits import ImageReading
from kerasft.targets.labels.kind import LABELS
from kerasft.targets.labels.schema import Labels
from kerasft.targets.labels.spelling import spelling_of
from kerasft.tasks.image_multilabel.reading import read_images_with_labels
from tests.restoring import data_of

SETS = [("cat",), ("cat", "dog"), (), ("dog", "owl")] * 10
SPLITS = ("train", "validation", "test")


def table(folder, make, lines, header="path,labels", name="pets.csv"):
    for number in range(len(SETS)):
        make.write(folder, number, f"{number:02}.png")
    (folder / name).write_text("\n".join([*([header] if header else []), *lines]) + "\n", "utf-8")
    return folder / name


def joined(mark):
    return [f'{n:02}.png,"{mark.join(names)}"' for n, names in enumerate(SETS)]


def sets_of(splits):
    found = {}
    for name in SPLITS:
        split = getattr(splits, name)
        found |= {
            each: splits.schema.names_of(row) for each, row in zip(split.ids, split.targets, strict=True)
        }
    return found


TRUE = {f"{n:02}.png": names for n, names in enumerate(SETS)}


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        ("path,labels", joined("|")),
        ("path,tags", joined(", ")),
        ("image,labels", [f"{n:02}.png,{json.dumps(each)!r}" for n, each in enumerate(SETS)]),
        (
            "path,cat,dog,owl",
            [f"{n:02}.png,{'cat' in s:d},{'dog' in s:d},{'owl' in s}" for n, s in enumerate(SETS)],
        ),
        ("path,label", [f"{n:02}.png,{name}" for n, s in enumerate(SETS) for name in s or ("",)]),
    ],
)
def test_labels_are_read_however_a_table_has_them(tmp_path, make, header, lines):
    lines = [line.replace("'", '"').replace('"["', '"[""').replace('"]"', '""]"') for line in lines]
    lines = [line.replace('", "', '"", ""') for line in lines]
    splits = read_images_with_labels(table(tmp_path, make, lines, header), 8)
    assert splits.class_names == ("cat", "dog", "owl") and sets_of(splits) == TRUE
    assert splits.train.targets.dtype == np.float32
    assert splits.schema.shares == tuple(splits.train.targets.mean(0).tolist())


def test_lists_in_json_lines_and_labels_with_spaces_between_them_if_asked(tmp_path, make):
    lines = [json.dumps({"path": f"{n:02}.png", "labels": each}) for n, each in enumerate(SETS)]
    lists = read_images_with_labels(table(tmp_path, make, lines, "", "pets.jsonl"), 8)
    assert sets_of(lists) == TRUE
    path = table(tmp_path, make, joined(" "))
    spaces = read_images_with_labels(path, 8, separator="space")
    assert sets_of(spaces) == TRUE
    assert read_split_of(path, spaces.schema) == TRUE  # known labels tell the separator
    assert "cat dog" in read_images_with_labels(path, 8).class_names
    with pytest.raises(InputError, match="separator is unknown"):
        read_images_with_labels(path, 8, separator="-")


def read_split_of(path, schema):
    from kerasft.data.given import Given

    found = read_split(Given(path, wanted=schema), LABELS, ImageReading(8))
    return {each: schema.names_of(row) for each, row in zip(found.ids, found.targets, strict=True)}


def test_splits_are_restored_and_a_changed_label_is_told(tmp_path, make):
    lines = [f"{n:02}.png,{name}" for n, s in enumerate(SETS) for name in s or ("",)]
    path = table(tmp_path, make, lines)
    splits = read_images_with_labels(path, 8)
    listed = write_splits(splits, tmp_path / "splits.csv")
    again = restore_images(listed, data_of(path), LABELS, splits.schema, ImageReading(8))
    assert sets_of(again) == TRUE and again.train.ids == splits.train.ids
    path.write_text(path.read_text().replace("01.png,dog\n", ""), "utf-8")
    with pytest.raises(InputError, match="its label is now 'cat'"):
        restore_images(listed, data_of(path), LABELS, splits.schema, ImageReading(8))


def test_arrays_take_a_list_of_labels_for_each_image():
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), np.uint8)
    splits = read_images_with_labels(images, 8, labels=[list(each) for each in SETS])
    assert sorted(map(len, sets_of(splits).values())) == sorted(map(len, SETS))


@pytest.mark.parametrize(
    ("header", "line", "said"),
    [
        (
            "path,labels",
            "00.png,Cat|dog",
            "line 2: a label differs from another one only in upper and lower case",
        ),
        ("path,labels", '00.png,"[""cat"", 3.5]"', "line 2: a label is a number with a decimal point"),
        ("path,labels", '00.png,"[""cat"""', "line 2: the list of labels can't be read"),
        ("path,labels", '00.png,"[cat, dog]"', "line 2: the list of labels can't be read"),
        ("path,labels", '00.png,"[""a|b""]"', "line 2: a label holds '|', which separates labels"),
        ("path,cat,dog,owl", "00.png,2,0,0", "line 2: the column 'cat' holds neither 0 nor 1"),
        ("path,cat,dog,owl", "00.png,,0,0", "line 2: the column 'cat' holds neither 0 nor 1"),
    ],
)
def test_what_is_wrong_with_a_cell_is_told_with_its_row(tmp_path, make, header, line, said):
    if header == "path,labels":
        lines = joined("|")
    else:
        lines = [f"{n:02}.png,{'cat' in s:d},{'dog' in s:d},{'owl' in s:d}" for n, s in enumerate(SETS)]
    path = table(tmp_path, make, [line, *lines[1:]], header)
    with pytest.raises(InputError) as caught:
        read_images_with_labels(path, 8)
    assert said in str(caught.value)


def test_labels_that_can_not_be_learned_are_told(tmp_path, make):
    def read(lines, header="path,labels"):
        return read_images_with_labels(table(tmp_path, make, lines, header), 8)

    with pytest.raises(InputError, match="no image has a label"):
        read([f"{n:02}.png," for n in range(40)])
    with pytest.raises(
        InputError, match="label 'rare' has 1 different image, and train and validation and test"
    ):
        read([*joined("|")[:-1], "39.png,rare"])
    sides = ["train", "validation", "test"]
    lines = [f"{line},{sides[n % 3]}" for n, line in enumerate(joined("|"))]
    with pytest.raises(InputError, match="a label is not among the training labels.*'new' in test"):
        read([*lines[:-2], "38.png,new,test", lines[-1]], "path,labels,split")
    notes = read(
        [f"{n:02}.png,{'|'.join((*s, 'pet', *(['old'] * ('cat' in s))))}" for n, s in enumerate(SETS)]
    ).notes
    assert any("every training image has: pet" in note for note in notes)
    assert any("always together in training: 'cat' and 'old'" in note for note in notes)
    notes = read([f"{n:02}.png,{n % 2},{n % 4 // 2},0" for n in range(40)], "path,cat,dog,owl").notes
    assert any("columns without any 1, left out: owl" in note for note in notes)


def test_folders_are_refused_where_no_image_is_in_two(tmp_path, make):
    for place, name in enumerate("ab"):
        for number in range(4):
            make.write(tmp_path / name, 4 * place + number)
    with pytest.raises(InputError, match="no image is in two folders, so that each has one label"):
        read_images_with_labels(tmp_path, 8)


def test_unknown_labels_are_refused_where_they_are_fixed(tmp_path, make):
    path = table(tmp_path, make, joined("|"))
    with pytest.raises(InputError, match="a label is not among those of the model.*'owl'"):
        read_split_of(path, Labels(("cat", "dog")))


def test_a_text_is_its_labels_again():
    schema = Labels(("dog", "10", "9", "cat"))
    for row in np.eye(4, dtype="float32").tolist() + [[1, 1, 1, 1], [0, 0, 0, 0]]:
        targets = np.array([row], "float32")
        text = schema.to_text(targets, 0)
        assert schema.allows(text) and np.array_equal(schema.column([text]), targets)
    assert not schema.allows("dog|cat") and not schema.allows("cat|cat") and not schema.allows("owl")
    with pytest.raises(UnreadableError, match="of the list is empty"):
        spelling_of([]).label_of(["cat", " "])
    with pytest.raises(UnreadableError, match="true or false"):
        spelling_of([]).label_of([True])


def test_splits_have_equal_shares_of_every_label():
    """Beside drawing without strata, rare labels are in every split and shares are nearer, over seeds."""
    worst = {"iterative": [], "plain": []}
    for seed in range(5):
        rng = np.random.default_rng(seed)
        members = rng.random((600, 12)) < np.geomspace(0.02, 0.5, 12)
        units = np.arange(600)
        drawn = draw_iteratively(
            units,
            Memberships("label", tuple("abcdefghijkl"), members),
            {"test": 0.15},
            [""] * 600,
            seed,
            "image",
        )
        assert len(drawn["test"]) == pytest.approx(90, abs=6) and not set(drawn["test"]) & set(drawn["train"])
        for name, rows in (("iterative", drawn["test"]), ("plain", rng.choice(600, 90, replace=False))):
            worst[name].append(np.abs(members[rows].sum(0) / members.sum(0) - 0.15).max())
    assert max(worst["iterative"]) < 0.06 and np.mean(worst["iterative"]) < 0.4 * np.mean(worst["plain"])


def test_what_goes_together_and_what_has_a_side_stays():
    members = np.random.default_rng(0).random((120, 4)) < 0.3
    units = np.arange(120) // 3
    sides = ["test"] * 6 + ["train"] * 6 + [""] * 108
    strata = Memberships("label", tuple("abcd"), members)
    drawn = draw_iteratively(units, strata, {"test": 0.2, "validation": 0.2}, sides, 0, "group")
    assert sorted(sum(drawn.values(), [])) == list(range(120))
    assert set(range(6)) <= set(drawn["test"]) and set(range(6, 12)) <= set(drawn["train"])
    for rows in drawn.values():
        assert len(rows) == 3 * len(set(units[rows]))
    assert drawn == draw_iteratively(units, strata, {"test": 0.2, "validation": 0.2}, sides, 0, "group")


@pytest.mark.parametrize(("yes", "no"), [("yes", "No"), ("TRUE", "false")])
def test_columns_of_yes_and_no_are_read_too(tmp_path, make, yes, no):
    lines = [
        f"{n:02}.png," + ",".join(yes if name in s else no for name in ("cat", "dog", "owl"))
        for n, s in enumerate(SETS)
    ]
    path = table(tmp_path, make, lines, "path,cat,dog,owl")
    assert sets_of(read_images_with_labels(path, 8)) == TRUE
    path.write_text(path.read_text("utf-8").replace(f"02.png,{no}", "02.png,maybe"), "utf-8")
    with pytest.raises(InputError, match="line 4: the column 'cat' holds neither 0 nor 1 .received: maybe"):
        read_images_with_labels(path, 8)


def test_an_image_in_several_folders_has_the_label_of_each(tmp_path, make):
    sets = [each or ("owl",) for each in SETS]
    for number, names in enumerate(sets):
        for name in names:
            (tmp_path / "pets" / name).mkdir(parents=True, exist_ok=True)
            make.write(tmp_path / "pets" / name, number, f"{number:02}.png")
    make.write(tmp_path / "pets" / "cat", 77, "02.png")  # another image that is called like one of the owls
    splits = read_images_with_labels(tmp_path / "pets", 8)
    found = sets_of(splits)
    assert found.pop("cat/02.png") == ("cat",)
    assert found == {f"{names[0]}/{n:02}.png": names for n, names in enumerate(sets)}
    assert "20 files with a further label of an image that lies in another folder too" in splits.notes
    listed = write_splits(splits, tmp_path / "splits.csv")
    data = data_of(tmp_path / "pets")
    again = restore_images(listed, data, LABELS, splits.schema, ImageReading(8))
    assert sets_of(again) == sets_of(splits)
