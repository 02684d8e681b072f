"""What separates and what quotes: guessed from the whole table, never from the first quotation mark."""

import csv
import io
import tracemalloc

import pytest

from kerasft.base.errors import InputError
from kerasft.data.dialect import read_sheet
from kerasft.data.group_column import group_names
from kerasft.inputs.images.kind import IMAGES
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.texts import TextColumns
from kerasft.tasks.image_classification.reading import read_images
from kerasft.tasks.text_classification.reading import read_texts

GOOD = ["works like a charm", "well packed", "best of all"]


@pytest.fixture
def sheet(tmp_path):
    def read(text: str, name: str = "data.tsv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return read_sheet(path)

    return read


def table(separator: str, marks: dict[int, str], text_first: bool = False) -> tuple[str, list[str]]:
    """Returns 40 rows that no program quoted, with a mark where `marks` says, and their texts."""
    texts = [f"{GOOD[n % 3]} no {n}" for n in range(40)]
    for row, kind in marks.items():
        texts[row] = {"begin": '"' + texts[row], "end": texts[row] + '"', "both": f'"{texts[row]}"'}[kind]
    rows = [(text, "pos" if n % 2 else "neg") for n, text in enumerate(texts)]
    cells = [("text", "label"), *rows]
    lines = [separator.join(pair if text_first else pair[::-1]) for pair in cells]
    return "\n".join(lines) + "\n", texts


@pytest.mark.parametrize("text_first", [False, True])
@pytest.mark.parametrize(
    "marks",
    [
        {3: "begin", 9: "end", 23: "begin", 29: "end"},
        {30: "begin"},
        {5: "end"},
        {4: "both", 11: "both"},
        {0: "begin", 39: "end"},
    ],
)
def test_between_tabs_a_mark_is_text(sheet, marks, text_first):
    text, texts = table("\t", marks, text_first)
    found = sheet(text)
    assert [line.cells[not text_first] for line in found.lines] == texts
    assert [line.number for line in found.lines] == list(range(2, 42))
    assert not any(line.fault for line in found.lines) and found.notes == ()


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_programs_quote_is_read_as_they_meant_it(sheet, quoting, separator, end):
    rows = [
        ["text", "stars", "label"],
        ["plain", 3, "pos"],
        ['He said "no"', 4, "neg"],
        ["two\nlines", 5, "pos"],
        [f"a{separator}b", 1, "neg"],
        [f"a{separator}b\nand, more; of\tit\nhere", 1, "neg"],
        ["", 2, "pos"],
    ]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    found = sheet(written.getvalue(), "data.tsv" if separator == "\t" else "data.csv")
    assert found.header == rows[0]
    assert [list(line.cells) for line in found.lines] == [list(map(str, row)) for row in rows[1:]]


def test_between_commas_marks_that_quote_nothing_are_text_and_that_is_said(sheet):
    text, texts = table(",", {3: "begin", 9: "end"})
    found = sheet(text, "data.csv")
    assert [line.cells[1] for line in found.lines] == texts
    assert found.notes == (
        "quotation marks are read as text: as such, every line has as many cells as the header",
    )


def test_a_cell_that_swallows_rows_is_suspect_where_other_cells_are_quoted(sheet):
    text, _ = table(",", {3: "begin", 9: "end", 20: "both"})
    (suspect,) = [line for line in sheet(text, "data.csv").lines if line.fault]
    assert suspect.number == 5
    assert suspect.fault == (
        "a quotation mark opens a cell that goes on to line 11, over lines that look like rows"
    )


def test_a_text_of_several_lines_with_separators_is_no_suspect(sheet):
    text, texts = table(",", {}, text_first=True)
    found = sheet(text + '"Dear Bob, hello\nand bye",pos\n', "data.csv")
    assert found.lines[-1].cells == ["Dear Bob, hello\nand bye", "pos"] and not found.lines[-1].fault


@pytest.mark.parametrize("opening", [0, 17, 39])
def test_the_line_that_opens_is_named(sheet, opening):
    text, _ = table(",", {opening: "begin", (opening + 5) % 40: "both"}, text_first=True)
    with pytest.raises(InputError, match=f"^line {opening + 2}: a quotation mark opens a cell that is not"):
        sheet(text, "data.csv")
    with pytest.raises(InputError, match=f"^line {opening + 3}: a quotation mark opens a cell that is not"):
        # the row begins a line earlier, with another cell
        sheet(text.replace('"', '"several\nlines","', 1).replace("text,", "text,more,", 1), "data.csv")


def test_texts_images_and_groups_read_alike(tmp_path, make):
    """One dialect for every table: 12 rows are 12 rows, whatever is read from them."""
    rows = [(make.write(tmp_path / "images", n), "cat" if n % 2 else "dog") for n in range(12)]
    lines = [
        f"{label}\timages/{n:03}.png\t{chr(34) if n == 2 else ''}note {n}{chr(34) if n == 8 else ''}"
        for n, (_, label) in enumerate(rows)
    ]
    path = tmp_path / "data.tsv"
    path.write_text("label\tpath\ttext\n" + "\n".join(lines) + "\n", "utf-8")
    images, texts = read_images(path, 8), read_texts(path)
    for splits in (images, texts):
        assert sum(len(getattr(splits, name)) for name in ("train", "validation", "test")) == 12
    groups = tmp_path / "groups.tsv"
    groups.write_text('group\tid\n"a\timages/000.png\nb"\timages/001.png\n', "utf-8")
    assert group_names(groups, {}, ["images/000.png", "images/001.png"], IMAGES.column_of_table)[1] == (
        '"a',
        'b"',
    )


def test_a_row_of_images_with_too_many_cells_is_named(tmp_path, make):
    make.write(tmp_path / "images", 0)
    path = tmp_path / "data.csv"
    path.write_text("path,label\nimages/000.png,tabby, orange\n", "utf-8")
    with pytest.raises(InputError, match="line 2: the row has 3 cells, and the header 2 .received: orange"):
        read_images(path, 8)


def test_a_huge_cell_is_bounded(sheet, monkeypatch):
    monkeypatch.setattr("kerasft.data.dialect.MOST_CHARACTERS", 1000)
    (line,) = sheet("text,label\n" + "x" * 1001 + ",pos\n", "data.csv").lines
    assert line.fault == "a cell has 1,001 characters, and at most 1,000 are read"


def test_the_separator_is_looked_for_outside_quotation_marks(sheet):
    assert sheet('"text, or what was said, if anything";label\nwell;pos\n', "data.csv").header[1] == "label"


MOST = 10_000  # lines of a cell, here
LONG = "x\n" * (MOST + 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'text,label\ngood,a\n"{LONG}",b\nbad,b\n', 3),
        (f'text,label\n"two\nlines","{LONG}",b\n"well",b\n', 3),
        (f'text,label\r\ngood,"a"\r\n"{LONG}', 3),
        (f'"{LONG}",label\ngood,a\n', 1),
    ],
)
def test_a_cell_of_too_many_lines_is_named_by_the_line_where_it_opens(sheet, text, line, monkeypatch):
    """Memory stays with the size of the file: a list of its lines would take 25 times as much."""
    monkeypatch.setattr("kerasft.data.dialect.MOST_CELL_LINES", MOST)
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as raised:
            sheet(text, "data.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(raised.value).startswith(
        f"line {line}: a quotation mark opens a cell of more than {MOST:,} lines (received: "
    )
    assert peak < 15 * len(text)


def test_between_tabs_a_mark_opens_no_cell_of_many_lines(sheet):
    found = sheet('text\tlabel\n"good\ta\n' + "bad\tb\n" * 100_001)
    assert len(found.lines) == 100_002 and found.lines[0].cells == ['"good', "a"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("text,label\n" + "good,a\n" * 20, "data.csv"),
        ("text,label\n" + '"good",a\r\n' * 20, "data.csv"),
        ("text,label\n" + "\r" * 20, "data.csv"),
        ("text,label\n" + '"good,a\n' * 20, "data.csv"),
        ("text\tlabel\n" + '"good\ta\n' * 20, "data.tsv"),
        ('{"text": "good", "label": "a"}\n' + "\n" * 20, "data.jsonl"),
    ],
)
def test_a_table_of_too_many_lines_is_refused(tmp_path, monkeypatch, text, name):
    monkeypatch.setattr("kerasft.data.dialect.MOST_LINES", 19)
    (tmp_path / name).write_text(text, "utf-8", newline="")
    with pytest.raises(InputError) as raised:
        read_table(tmp_path / name, TextColumns())
    (problem,) = raised.value.problems
    assert problem.what.startswith("the table has 2") and problem.what.endswith(
        " lines, and at most 19 are read"
    )
    monkeypatch.setattr("kerasft.data.dialect.MOST_LINES", 21)
    if name != "data.csv" or "good" in text:
        assert read_table(tmp_path / name, TextColumns()).rows
