"""CSV and TSV, good and bad: one test for each kind of bad input in TRAPS.md."""

import csv

import numpy as np
import pytest

from kerasft.inputs.texts.texts import TextColumns
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts

SKIP = "; --skip-broken leaves out all such rows"
FILL = "fill it in, or remove the row" + SKIP


@pytest.mark.parametrize(
    ("prefix", "separator", "newline", "name"),
    [
        ("", ",", "\n", "data.csv"),
        ("\ufeff", ";", "\r\n", "data.csv"),  # as a spreadsheet program writes it, with a byte order mark
        ("", "\t", "\n", "data.tsv"),
    ],
)
def test_separators_byte_order_mark_and_line_ends(tables, prefix, separator, newline, name):
    text = f"{prefix}text{separator}label\n{tables.rows(20, separator)}\n\n".replace("\n", newline)
    splits = read_texts(tables.csv(text, name))
    assert splits.class_names == ("bad", "good") and splits.columns == TextColumns()
    found = tables.by_id(splits)
    assert len(found) == 20
    assert found[f"{name}:2"] == ("text number 0", "bad") and found[f"{name}:21"] == (
        "text number 19",
        "good",
    )
    assert splits.train.labels.dtype == np.int32 and splits.train.pairs is None
    assert splits.source == str(tables.folder / name)


def test_named_columns_whatever_their_case(tables):
    body = "".join(f"{n},text {n},{n % 3}\n" for n in range(24))
    splits = read_texts(tables.csv("id,Review,stars\n" + body), text="review", label="stars")
    assert splits.columns == TextColumns("Review", None, "stars")
    assert splits.class_names == ("0", "1", "2")


def test_missing_columns_are_named(tables):
    path = tables.csv("review,lable\n" + tables.rows())
    assert tables.refused(path) == [
        "the table has no column 'text' (--text) (received: columns review, lable); "
        "name the right one with --text",
        "the table has no column 'label' (--label) (received: columns review, lable); did you mean 'lable'?",
    ]
    lines = tables.refused(path, text="reviews", label="lable", text_pair="answer")
    assert lines == [
        "the table has no column 'reviews' (--text) (received: columns review, lable); "
        "did you mean 'review'?",
        "the table has no column 'answer' (--text-pair) (received: columns review, lable); "
        "name the right one with --text-pair",
    ]
    (line,) = tables.refused(path, text="review", label="review")
    assert line.startswith("--text, --text-pair and --label must name different columns")
    assert "(received: columns (none))" in tables.refused(tables.csv(""))[0]
    (line,) = tables.refused(tables.csv("text,text,label\na,b,c\n"))
    assert line.startswith("the table has more than one column 'text' (--text)")


def test_header_only(tables):
    path = tables.csv("text,label\n")
    assert tables.refused(path) == [
        f"the table has a header and no rows (received: {path}); add one row per text"
    ]


def test_bad_utf8_is_found_by_line(tables):
    good = ("text,label\n" + tables.rows()).encode()
    path = tables.csv(good + b"caf\xe9,good\nfine,good\nna\xefve,bad\n")
    assert tables.refused(path) == [
        f"lines 22, 24 are not UTF-8 (received: {path}); save the table as UTF-8 (in Excel: CSV UTF-8)"
    ]
    path = tables.csv(good + b"caf\xe9,good\n" * 150)
    assert tables.refused(path)[0].startswith("lines 22, 23, 24, 25, 26 and 145 more are not UTF-8")


@pytest.mark.parametrize("written", ["", "   ", '""', '" "', "\u00a0"])
def test_texts_that_are_not_there(tables, written):
    assert tables.refused(tables.good(f"{written},good\n")) == [f"line 22: the text is empty; {FILL}"]


@pytest.mark.parametrize("written", ["NaN", "nan", "None", "null", "N/A", "<NA>"])
def test_words_for_nothing_are_texts(tables, written):
    splits = read_texts(tables.good(f"{written},good\n"))
    assert tables.by_id(splits)["data.csv:22"] == (written, "good")
    assert splits.notes == (f"1 text read as words, not as empty cells: {written!r}",)


def test_labels_that_are_not_there(tables):
    assert tables.refused(tables.good('a text,\nanother," "\nthird\n')) == [
        f"line {line}: the label is empty; {FILL}" for line in (22, 23, 24)
    ]


def test_numbers_as_texts_stay_as_they_are_written(tables):
    splits = read_texts(tables.good("007,good\n1e3,bad\n3.10,good\n"))
    found = tables.by_id(splits)
    assert [found[f"data.csv:{line}"][0] for line in (22, 23, 24)] == ["007", "1e3", "3.10"]
    assert splits.notes == ()
    numbers = "".join(f"{n},{'ab'[n % 2]}\n" for n in range(20))
    splits = read_texts(tables.csv("text,label\n" + numbers))
    assert splits.notes == ("all texts are numbers: is 'text' the right column for --text?",)


def test_embedded_newlines_are_one_row(tables):
    splits = read_texts(tables.good('"two\nlines, and ""quotes""",good\nafter,bad\n'))
    found = tables.by_id(splits)
    assert found["data.csv:22"] == ('two\nlines, and "quotes"', "good")
    assert found["data.csv:24"] == ("after", "bad")  # as an editor counts lines
    assert len(found) == 22


def test_texts_are_not_changed(tables):
    splits = read_texts(tables.good('"  e\u0301te\u0301  \t花 👍🏽",good\n'))
    assert tables.by_id(splits)["data.csv:22"][0] == "  e\u0301te\u0301  \t花 👍🏽"


def test_one_text_with_two_labels_is_reported_with_both(tables):
    path = tables.good("same  text,good\nother,bad\nsame text,bad\nother,good\n")
    assert tables.refused(path) == [
        "the same text is in two classes (received: data.csv:22 as 'good' and data.csv:24 as 'bad'); "
        "keep the right one, or leave them all out with --skip-broken",
        "the same text is in two classes (received: data.csv:23 as 'bad' and data.csv:25 as 'good'); "
        "keep the right one, or leave them all out with --skip-broken",
    ]
    splits = read_texts(path, skip_broken=True)
    assert len(tables.by_id(splits)) == 20
    assert splits.skipped == (
        "data.csv:22: the same text is in two classes",
        "data.csv:24: the same text is in two classes",
        "data.csv:23: the same text is in two classes",
        "data.csv:25: the same text is in two classes",
    )


def test_float_labels_are_refused_with_the_reason(tables):
    assert tables.refused(tables.good("a text,3.0\nanother,1.5e0\n")) == [
        "line 22: the label is a number with a decimal point (received: 3.0); "
        f"write whole numbers or names{SKIP}",
        "line 23: the label is a number with a decimal point (received: 1.5e0); "
        f"write whole numbers or names{SKIP}",
    ]


def test_number_labels_are_in_the_order_of_numbers(tables):
    body = "".join(f"text {n},{n % 11}\n" for n in range(55))
    splits = read_texts(tables.csv("text,label\n" + body))
    assert splits.class_names == tuple(str(n) for n in range(11))
    assert all(text.split()[1] for text, _ in tables.by_id(splits).values())


def test_a_label_that_training_never_sees(tables):
    body = "".join(f"text {n},{'ab'[n % 2]},train\n" for n in range(20))
    path = tables.csv("text,label,split\n" + body + "odd,c,test\nodder,a,test\n")
    assert tables.refused(path) == [
        "a label is not among the training labels (received: 'c'); "
        "add rows of it with the split train, or remove it"
    ]
    with pytest.raises(Exception) as error:
        read_labelled_texts(path, ("a", "b"))
    assert str(error.value).startswith("a class is not in the saved class list (received: 'c'); remove or")


def test_one_class_is_not_enough(tables):
    path = tables.csv("text,label\nfirst,a\nsecond,a\n")
    assert tables.refused(path) == [
        "the data has only one class, 'a': at least two are needed "
        f"(received: {path}); check the column 'label'"
    ]


def test_a_megabyte_of_text_is_kept_and_noted(tables):
    csv.field_size_limit(131_072)  # Python's default
    long = "word " * 209_716  # 2**20 characters
    splits = read_texts(tables.good(f"{long},good\n"))
    assert tables.by_id(splits)["data.csv:22"][0] == long
    assert splits.notes == (
        "1 text of more than 100,000 characters (longest: data.csv:22, 1,048,580); "
        "a model reads only as many tokens as its sequence length",
    )
    assert csv.field_size_limit() == 131_072


def test_unknown_suffixes(tables):
    body = "text,label\n" + tables.rows()
    for name, step in (
        ("data.json", "write one object per line and name the file .jsonl"),
        ("data.xlsx", "save the table as CSV (UTF-8)"),
        ("data.csv.gz", "extract it first"),
        ("data.dat", "give a .csv, .tsv, .jsonl or .parquet file, or a folder of texts"),
    ):
        path = tables.csv(body, name)
        assert tables.refused(path) == [
            f"texts are not read from files of this kind (received: {path}); {step}"
        ]
    assert tables.refused(tables.folder / "nowhere.csv") == [
        f"the data does not exist (received: {tables.folder}/nowhere.csv); check the path in --data"
    ]


def test_a_comma_outside_quotation_marks(tables):
    assert tables.refused(tables.good("Hello, world,good\ntrailing,good,,\n")) == [
        "line 22: the row has 3 cells, and the header 2 (received: 'good'); "
        f"put what holds the separator into quotation marks{SKIP}"
    ]


def test_broken_quotation_marks(tables):
    path = tables.good('"well, quoted",good\n"open,good\nmore,bad\n')
    assert tables.refused(path) == [
        f"line 23: a quotation mark opens a cell that is not closed as it should be (received: {path}); "
        "check its quotation marks: one inside a quoted cell is written twice"
    ]


def test_all_kinds_of_bad_rows_are_listed_together_and_can_be_left_out(tables):
    body = "".join(f"text {n},{'ab'[n % 2]},\n" for n in range(20)).replace(",\n", ",train\n")
    more = ",a,train\nthing,b,trial\nthing,b,\nx, y,a,train\nlast,1.0,train\n"
    path = tables.csv("text,label,split\n" + body + more)
    lines = tables.refused(path)
    assert [line.split(";")[0] for line in lines] == [
        "line 22: the text is empty",
        "line 23: the split is unknown (received: 'trial')",
        "line 24: the split is empty",
        "line 25: the row has 4 cells, and the header 3 (received: 'train')",
        "line 26: the label is a number with a decimal point (received: 1.0)",
    ]
    splits = read_texts(path, skip_broken=True)
    assert len(tables.by_id(splits)) == 20
    assert splits.skipped[0] == "data.csv:22: the text is empty" and len(splits.skipped) == 5


def test_many_bad_rows_are_counted(tables):
    lines = tables.refused(tables.good(",good\n" * 50))
    assert len(lines) == 21 and lines[-1] == "and 30 more problems of this kind in the table"


def test_class_names_that_cannot_be_written_down(tables):
    (line,) = tables.refused(tables.good('one,"two\nlines"\n'))
    assert line.startswith("a class name holds a line break or control character")
    (line,) = tables.refused(tables.good("one,Good\n"))
    assert line.startswith("two classes differ only in upper and lower case")


def test_shares_and_class_names_are_checked_first(tables):
    lines = tables.refused(tables.folder / "nowhere.csv", test_share=0, class_names=("a", "a"))
    assert len(lines) == 2 and "test_share must be between 0 and 1" in lines[0]


@pytest.mark.parametrize("source", [None, "", "  "])
def test_no_data(tables, source):
    assert tables.refused(source) == [
        "no data was given; give a table, a folder of texts or tfds:NAME with --data"
    ]
