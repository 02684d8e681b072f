"""Labels that hide a class, that a program has mangled, or that hold several."""

import pytest

from kerasft.base.errors import InputError
from kerasft.doctor import diagnose
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts


def table(tables, labels, splits=None, name="data.csv"):
    splits = splits or [""] * len(labels)
    lines = [
        f"text {n} of many,{label},{split}"
        for n, (label, split) in enumerate(zip(labels, splits, strict=True))
    ]
    header = "text,label,split" if any(splits) else "text,label,other"
    return tables.csv("\n".join([header, *lines]) + "\n", name)


def note(count):
    return f"{count} texts with the label -1 left out: it marks a hidden label, as in GLUE's test rows"


@pytest.mark.parametrize(
    "labels",
    [[0, 1] * 25 + [-1] * 10, [-1] * 10 + [1, 0] * 25, [0, 1, 2, -1] * 15, [0, 1, 2] * 20 + [-1] * 10],
)
def test_hidden_labels_are_left_out_and_told(tables, labels):
    path = table(tables, labels)
    splits = read_texts(path)
    assert splits.class_names == tuple(map(str, sorted(set(labels) - {-1})))
    assert splits.notes == (note(labels.count(-1)),)
    assert len(read_labelled_texts(path, splits.class_names)) == len(labels) - labels.count(-1)
    assert note(labels.count(-1)) in str(diagnose(path, suspect_labels=False))


def test_a_split_of_hidden_labels_is_none(tables):
    labels, names = [0, 1] * 20 + [-1] * 8, ["train"] * 30 + ["dev"] * 10 + ["test"] * 8
    splits = read_texts(table(tables, labels, names))
    assert (len(splits.validation), note(8) in splits.notes) == (10, True)
    assert len(splits.train) + len(splits.test) == 30 and len(splits.test) > 0  # drawn, since it has none


@pytest.mark.parametrize("labels", [[-1, 0, 1] * 20, [-1] * 20 + [0] * 20 + [1] * 20, [-1, 1] * 20])
def test_minus_one_among_others_is_a_class(tables, labels):
    splits = read_texts(table(tables, labels))
    assert splits.class_names == tuple(map(str, sorted(set(labels))))
    count = labels.count(-1)
    asked = f"{count} texts of the class -1; if it marks a hidden label, as in GLUE, remove these rows"
    assert splits.notes == ((asked,) if 0 in labels else ())


def test_nothing_but_hidden_labels(tables):
    path = table(tables, [-1] * 9)
    with pytest.raises(InputError, match="all labels are -1, which marks hidden labels"):
        read_labelled_texts(path, ("0", "1"))


def test_labels_that_pandas_mangled(tables):
    path = table(tables, ["0.0", "1.0"] * 19 + [""])
    lines = tables.refused(path)
    way_out = 'pandas writes whole numbers so beside empty cells: frame["label"].astype("Int64") does not'
    assert lines[0].startswith("line 2: the label is a number with a decimal point (received: 0.0);")
    assert way_out in lines[0]
    lines = tables.refused(path, skip_broken=True)
    assert lines[0].startswith("the data has no classes")
    assert lines[1].startswith(
        "39 rows of 39 were left out (--skip-broken): line 2: the label is a number with a"
    )
    assert way_out in lines[1]


@pytest.mark.parametrize("bar", ["|", ";"])
def test_labels_that_hold_several(tables, bar):
    labels = ["rude", "threat", f"rude{bar}threat", "fine"] * 10
    path = tables.jsonl([{"text": f"text {n}", "label": each} for n, each in enumerate(labels)])
    (found,) = read_texts(path).notes
    assert found.startswith(f"labels that hold several labels (multi-label), such as 'rude{bar}threat': each")
    # where a combination is too rare to be a class, the reason is given with the complaint
    labels[2::4] = ["fine"] * 10
    labels[2] = f"rude{bar}threat"
    lines = tables.refused(
        tables.jsonl([{"text": f"text {n}", "label": each} for n, each in enumerate(labels)])
    )
    assert lines[0].startswith(f"class 'rude{bar}threat' has 1 different text") and "multi-label" in lines[1]


def test_a_bar_in_a_name_is_a_bar(tables):
    labels = ["Portland, Oregon", "Paris, Texas", "and/or"] * 10
    path = tables.jsonl([{"text": f"text {n}", "label": each} for n, each in enumerate(labels)])
    assert read_texts(path).notes == ()


def test_a_list_of_labels_is_named(tables):
    (line,) = tables.refused(tables.jsonl([*tables.objects(), {"text": "a", "label": ["x", "y"]}]))
    assert line.startswith(
        "line 21: the label is a list of several labels (received: ['x', 'y']); give one label"
    )
