"""JSON Lines and Parquet: tables whose cells have types."""

import os
import subprocess
import sys

import pytest

from kerasft.base.errors import UnavailableError
from kerasft.inputs.texts.texts import TextColumns
from kerasft.tasks.text_classification.reading import read_texts

pyarrow = pytest.importorskip("pyarrow")
SKIP = "; --skip-broken leaves out all such rows"


@pytest.fixture
def parquet(tmp_path):
    import pyarrow.parquet

    def write(columns, name="data.parquet"):
        path = tmp_path / name
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return path

    return write


def columns(count=20):
    return {
        "text": [f"text number {n}" for n in range(count)],
        "label": [["bad", "good"][n % 2] for n in range(count)],
    }


def test_json_lines(tables):
    values = tables.objects()
    values[3] |= {"text": "a\u2028b\n😀", "more": 1}
    splits = read_texts(tables.jsonl([*values[:5], "", *values[5:]]))  # an empty line is passed over
    found = tables.by_id(splits)
    assert found["data.jsonl:4"] == ("a\u2028b\n😀", "good") and found["data.jsonl:7"][0] == "text number 5"
    assert len(found) == 20 and splits.class_names == ("bad", "good")


def test_labels_of_json_types(tables):
    values = tables.objects()
    for number, value in enumerate(values):
        value["label"] = number % 2 if number < 10 else bool(number % 2)
    assert read_texts(tables.jsonl(values)).class_names == ("0", "1", "false", "true")


def test_json_cells_that_are_not_what_they_should_be(tables):
    more = [
        {"text": None, "label": "good"},
        {"label": "good"},
        '{"text": NaN, "label": "good"}',
        {"text": 404, "label": "good"},
        {"text": "404", "label": "good"},
        {"text": ["a"], "label": "good"},
        {"text": True, "label": "good"},
        '{"text": "half \\ud83d", "label": "good"}',
        {"text": "a", "label": 3.0},
        {"text": "b", "label": {"x": 1}},
        {"text": "c", "label": None},
    ]
    text = f"write it as a text, or name another column{SKIP}"
    fill = f"fill it in, or remove the row{SKIP}"
    assert tables.refused(tables.jsonl(tables.objects() + more)) == [
        f"line 21: the text is empty; {fill}",
        f"line 22: the text is empty; {fill}",
        f"line 23: the text is empty; {fill}",
        f"line 24: the text is a number, not a text (received: 404); {text}",
        f"line 26: the text is a list, not a text (received: ['a']); {text}",
        f"line 27: the text is true or false, not a text (received: True); {text}",
        "line 28: the text holds half of a character (a lone surrogate) (received: 'half \\ud83d'); "
        f"write the text again with the program it is from{SKIP}",
        "line 29: the label is a number with a decimal point (received: 3.0); "
        f"write whole numbers or names{SKIP}",
        f"line 30: the label is an object (received: {{'x': 1}}); write whole numbers or names{SKIP}",
        f"line 31: the label is empty; {fill}",
    ]
    found = tables.by_id(read_texts(tables.jsonl(tables.objects() + more), skip_broken=True))
    assert found["data.jsonl:25"] == ("404", "good") and len(found) == 21


def test_lines_that_are_no_objects(tables):
    path = tables.jsonl([*tables.objects(), "[1, 2]", '{"text": "a"', "9" * 5000, "[" * 100_000])
    step = f'write one object per line, such as {{"text": "...", "label": "..."}}{SKIP}'
    lines = tables.refused(path)
    assert lines[:2] == [
        f"line 21: not a JSON object (received: [1, 2]); {step}",
        f"line 22: not JSON: Expecting ',' delimiter (column 13) (received: '{{\"text\": \"a\"'); {step}",
    ]
    assert lines[2].startswith("line 23: not JSON that can be read") and len(lines) == 4
    assert len(read_texts(path, skip_broken=True).skipped) == 4
    (line,) = tables.refused(tables.csv("text,label\na,b\n", "really.jsonl"))
    assert line.startswith("line 1: not JSON: Expecting value (column 1) (received: 'text,label')")


def test_json_columns_bad_utf8_and_nothing(tables):
    mixed = [{"label": "good", "text": "first"}, {"text": "no label", "mark": "good"}]
    lines = tables.refused(tables.jsonl(mixed), label="mark")  # a column of some rows is a column
    assert [line[:26] for line in lines] == ["line 1: the label is empty"]
    (line, _) = tables.refused(tables.jsonl([{"txt": "a", "lab": "b"}]))
    assert line.endswith("(received: columns txt, lab); did you mean 'txt'?")
    path = tables.csv(
        b'\xef\xbb\xbf{"text": "a", "label": "b"}\n{"text": "caf\xe9", "label": "b"}', "x.jsonl"
    )
    assert tables.refused(path)[0].startswith("line 2 is not UTF-8")
    assert "the table has no column 'text'" in tables.refused(tables.csv("\n", "empty.jsonl"))[0]


def test_parquet(parquet, tables):
    given = columns()
    given["Split"] = ["train"] * 12 + ["dev"] * 4 + ["test"] * 4
    given["other"] = list(range(20))
    splits = read_texts(parquet(given))
    assert splits.test.ids == tuple(f"data.parquet:{row}" for row in range(17, 21))
    assert splits.validation.texts == tuple(f"text number {n}" for n in range(12, 16))
    assert splits.test.labels.tolist() == [0, 1, 0, 1]
    categories = pyarrow.array(given["label"]).dictionary_encode()
    assert read_texts(parquet({**given, "label": categories})).test.labels.tolist() == [0, 1, 0, 1]


def test_parquet_types(parquet, tables):
    given = columns() | {"label": [n % 2 for n in range(20)]}
    assert read_texts(parquet(given)).class_names == ("0", "1")
    lines = tables.refused(parquet(given | {"label": [n % 2 + 0.5 for n in range(20)]}))
    assert len(lines) == 20
    assert lines[0].startswith("row 1: the label is a number with a decimal point (received: 0.5)")
    (*_, last) = tables.refused(parquet(columns(40) | {"text": list(range(40))}))
    assert last == "and 20 more problems of this kind in the table"
    given = columns()
    given["text"][4] = None
    assert tables.refused(parquet(given)) == [
        f"row 5: the text is empty; fill it in, or remove the row{SKIP}"
    ]


def test_parquet_text_that_is_not_utf8(parquet, tables):
    given = columns()
    raw = pyarrow.array([text.encode() for text in given["text"][:-2]] + [b"caf\xe9", "é".encode()])
    path = parquet({**given, "text": raw.view(pyarrow.string())})
    expected = [f"row 19: the text is not UTF-8 (byte 4 of 4); save it as UTF-8{SKIP}"]
    assert tables.refused(path) == expected
    assert tables.refused(parquet({**given, "text": raw})) == expected  # bytes are taken as UTF-8 too


def test_files_that_are_not_parquet(parquet, tables):
    path = tables.csv("text,label\na,b\n", "data.parquet")
    (line,) = tables.refused(path)
    assert line.startswith("the Parquet file can't be read: ") and "magic bytes not found" in line
    assert line.endswith(f"(received: {path}); write it again, or give a .csv or .jsonl file")
    path = parquet(columns(500))
    path.write_bytes(path.read_bytes()[:-300])
    assert tables.refused(path)[0].startswith("the Parquet file can't be read")
    assert tables.refused(tables.csv("", "empty.parquet"))[0].startswith("the Parquet file can't be read")
    assert "the table has a header and no rows" in tables.refused(parquet(columns(0)))[0]
    (line,) = tables.refused(parquet({"review": ["a"], "label": ["b"]}))
    assert line.startswith("the table has no column 'text' (--text) (received: columns review, label)")


def test_a_missing_pyarrow_is_named_with_its_extra(parquet, monkeypatch):
    path = parquet(columns())
    monkeypatch.delitem(sys.modules, "pyarrow.parquet", raising=False)  # an earlier test may have imported it
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnavailableError, match=r'^Parquet files need .*; pip install "kerasft\[parquet\]"$'):
        read_texts(path)


def test_reading_needs_neither_pandas_nor_tensorflow(parquet, tmp_path):
    (tmp_path / "pandas.py").write_text("raise ImportError")  # pyarrow takes it where there is one
    code = (
        "import sys; from kerasft import read_texts\n"
        f"read_texts({str(parquet(columns()))!r})\n"
        "print({'pandas', 'tensorflow', 'keras'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "set()"


def test_pairs(tables):
    values = [{"a": f"premise {n}", "b": f"guess {n}", "label": n % 2} for n in range(20)]
    values[3]["b"] = None
    values[4]["a"] = ""
    path = tables.jsonl(values)
    splits = read_texts(path, text="a", text_pair="b")
    assert splits.columns == TextColumns("a", "b", "label")
    pairs = {
        name: (text, pair)
        for part in (splits.train, splits.validation, splits.test)
        for name, text, pair in zip(part.ids, part.texts, part.pairs, strict=True)
    }
    assert pairs["data.jsonl:1"] == ("premise 0", "guess 0")
    assert pairs["data.jsonl:4"] == ("premise 3", "") and pairs["data.jsonl:5"] == ("", "guess 4")
    assert splits.notes == ("2 pairs with an empty half: data.jsonl:4, data.jsonl:5",)
    assert str(splits).startswith("data.jsonl: 20 pairs of 2 classes (train ")
    values[5] |= {"a": " ", "b": None}
    (line,) = tables.refused(tables.jsonl(values), text="a", text_pair="b")
    assert line == f"line 6: both texts of the pair are empty; fill in one, or remove the row{SKIP}"
    values[5] = {"a": "x", "b": 5, "label": 1}
    (line,) = tables.refused(tables.jsonl(values), text="a", text_pair="b")
    assert line.startswith("line 6: the second text is a number, not a text (received: 5)")
