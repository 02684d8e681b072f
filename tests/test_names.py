"""Names of anybody's: one rule for classes, and no way to a terminal, a table or a page for what commands them."""

import csv
import io
import json
import re
import shutil
import zipfile

import pytest

import kerasft
from kerasft.base import files
from kerasft.base.class_names import class_name_problems
from kerasft.base.csv_cells import csv_text
from kerasft.base.errors import InputError, Problem
from kerasft.base.pages import page_environment
from kerasft.base.printable import shown, shown_lines
from kerasft.formats import description as artifact

FINE = [
    "a",
    "C++",
    "-1",
    "=1+1",
    "$5 note",
    "no\xa0break",
    "花",
    "می\u200cخواهم",
    "❤\ufe0f",
    "👩\u200d🔬",
    "m²",
    "naïve",
    "א",
]
ODD = {
    "": "is empty",
    " \t": "is empty",
    " a": "begins or ends with a space",
    "two\nlines": "line break or control character",
    "bell\x07": "line break or control character",
    "\x9b31m": "line break or control character",
    "one\u2028two": "line break or control character",
    "caf\udce9": "is not UTF-8",
    "\u202egnp.exe": "U\\+202E RIGHT-TO-LEFT OVERRIDE",
    "\u2066a": "U\\+2066 LEFT-TO-RIGHT ISOLATE",
    "zero\u200bwidth": "U\\+200B ZERO WIDTH SPACE",
    "a\u200db": "U\\+200D ZERO WIDTH JOINER",
    "soft\xadhyphen": "U\\+00AD SOFT HYPHEN",
    "\u3164": "U\\+3164 HANGUL FILLER",
    "tag\U000e0061": "U\\+E0061 TAG LATIN SMALL LETTER A",
    "\ufeffa": "U\\+FEFF",
    "x" * 1001: "more than 1000 characters",
}
ALIKE = [("Cat", "cat"), ("é", "e\u0301"), ("a b", "a\xa0b"), ("مخ", "م\u200cخ"), ("❤", "❤\ufe0f")]


def description(names):
    values = {"kerasft_format": 1, "task": "image_classification", "class_names": names, "image_size": 8}
    return artifact.parse_description(json.dumps(values | {"resize": "stretch"}).encode(), "kerasft.json")


def text_description(names, tmp_path):
    values = {"kerasft_format": 1, "task": "text_classification", "class_names": names}
    path = tmp_path / "x.tflite"
    path.write_bytes(b"model")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("kerasft.json", json.dumps(values))
    return artifact.read_embedded(path)


def refused(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("name", FINE)
def test_names_in_any_script_are_fine(name):
    assert class_name_problems([name, "other"]) == []


@pytest.mark.parametrize(("name", "why"), ODD.items(), ids=map(ascii, ODD))
def test_one_rule_at_every_entrance(name, why, tmp_path):
    """Data, models and exported files say the same of a name."""
    assert re.search(why, str(class_name_problems([name])[0]))
    doors = [
        lambda names: kerasft.build_model("image_classification", backbone="starter", class_names=names),
        lambda names: kerasft.read_images(tmp_path, class_names=names),
        lambda names: kerasft.read_texts(tmp_path, class_names=names),
        description,
        lambda names: text_description(names, tmp_path),
    ]
    said = [refused(door, [name, "b"]) for door in (doors if name else doors[:3])]
    for each in said:
        assert re.search(why, each), each


@pytest.mark.parametrize("names", ALIKE)
def test_names_that_look_the_same_are_refused_everywhere(names, tmp_path):
    wrong = "differ only in upper and lower case, in Unicode form or in what can't be seen"
    assert wrong in refused(description, list(names))
    assert wrong in refused(text_description, list(names), tmp_path)
    assert wrong in str(class_name_problems(names)[0])


def test_a_no_break_space_passes_data_and_model_alike(pictures, tmp_path):
    """Data took it, and the model refused it after the reading."""
    shutil.copytree(pictures, tmp_path / "data")
    (tmp_path / "data" / "circle").rename(tmp_path / "data" / "round\xa0one")
    names = kerasft.read_images(tmp_path / "data", 16).class_names
    assert names == ("noise", "round\xa0one", "stripes")
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=names, image_size=16, weights=None
    )
    assert model.kerasft.class_names == names and description(list(names)).class_names == names


def test_a_name_has_one_line_and_no_command():
    evil = "\x1b]0;title\x07\x1b[2Ja\nb\r\tc\u202ed\x9be\udce9"
    assert shown(evil) == "\\x1b]0;title\\x07\\x1b[2Ja\\nb\\r\\tc\\u202ed\\x9be\\udce9"
    assert shown_lines("a\n\tb\x1bc") == "a\n\tb\\x1bc"
    assert shown("花 می\u200cخ ❤\ufe0f é") == "花 می\u200cخ ❤\ufe0f é"


def test_a_problem_tells_a_path_as_it_is_on_one_line():
    problem = Problem("no such\n   file", "two  spaces\nerror: forged", "check\nit")
    assert str(problem) == "no such file (received: two  spaces\\nerror: forged); check it"


def test_cells_are_no_formulas_and_read_back(monkeypatch):
    cells = [
        "=HYPERLINK(1)",
        "+cmd|' /C calc'!A0",
        "@SUM(1)",
        "-2+3",
        "\t=1",
        "-1",
        "+.5e3",
        "a,b",
        'q"',
        "r\rs",
        3,
        -2.5,
        "",
    ]
    read = next(csv.reader(io.StringIO(csv_text([cells]), newline="")))
    assert read == [
        "'=HYPERLINK(1)",
        "'+cmd|' /C calc'!A0",
        "'@SUM(1)",
        "'-2+3",
        "'\t=1",
        *map(str, cells[5:]),
    ]
    monkeypatch.setenv("KERASFT_EXACT_CSV", "1")
    assert next(csv.reader(io.StringIO(csv_text([cells]), newline=""))) == list(map(str, cells))


def test_tables_of_an_evaluation_hold_no_formula(tmp_path):
    import numpy as np

    from kerasft.targets.classes.measuring import measure

    found = measure(np.array([0, 1]), np.eye(2), ["=1+1", "b\rc"], ["=x.png", "caf\udce9"])
    folder = found.write(tmp_path / "evaluation")
    for name in ("per_class.csv", "confusion_matrix.csv", "predictions.csv"):
        rows = list(csv.reader(io.StringIO((folder / name).read_bytes().decode("utf-8"), newline="")))
        assert not [cell for row in rows for cell in row if cell.startswith("=")], name
    assert [row[0] for row in rows] == ["id", "'=x.png", "caf\\udce9"]  # the last of them, predictions.csv


def test_files_survive_names_that_are_not_utf8(tmp_path):
    files.write_json(tmp_path / "a.json", {"caf\udce9": "\ud83d"})
    assert files.read_json(tmp_path / "a.json") == {"caf\udce9": "\ud83d"}
    assert files.write_text(tmp_path / "a.csv", "caf\udce9").read_text("utf-8") == "caf\\udce9"


def test_pages_show_what_would_hide():
    page = (
        page_environment()
        .from_string("<b title='{{ name }}'>{{ name }}</b>")
        .render(name="<i>\u202ex\x1b</i>")
    )
    assert page == "<b title='&lt;i&gt;\\u202ex\\x1b&lt;/i&gt;'>&lt;i&gt;\\u202ex\\x1b&lt;/i&gt;</b>"
