"""Several columns of numbers, with units; and cells that are no numbers, each named by its row with what to do."""

import csv
import json

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.contract.answers import UnreadableError
from kerasft.data.splits_file import write_splits
from kerasft.runs.model import task_of
from kerasft.targets.numbers.reading import NumberSpelling, names_of, number_of

HEADER = ("path", "text", "price", "area", "note")
ROWS = [(f"{n:03}.png", f"text {n}", 100 + 3 * n, n / 8 - 1, "x") for n in range(40)]


@pytest.fixture(params=["images", "texts"])
def kind(request):
    return request.param


@pytest.fixture
def write(make, tmp_path):
    for number in range(len(ROWS)):
        make.write(tmp_path, number, height=8, width=8)

    def table(rows=ROWS, name="data.csv", header=HEADER):
        path = tmp_path / name
        if path.suffix == ".jsonl":
            lines = (json.dumps(dict(zip(header, row, strict=True))) for row in rows)
            path.write_text("\n".join(lines), "utf-8")
        else:
            with open(path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([header, *rows])
        return path

    return table


def read(path, kind, **options):
    given = {"label": "price,area", **options}
    if kind == "images":
        return kerasft.read_images_with_numbers(path, 8, **given)
    return kerasft.read_texts_with_numbers(path, **given)


def changed(row, place, value):
    rows = [list(each) for each in ROWS]
    rows[row][place] = value
    return rows


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl"])
def test_columns_are_read_each_scaled_by_itself_and_restored(write, kind, name, tmp_path):
    splits = read(write(name=name), kind, label="Price, area", unit="EUR, m2")
    schema, train = splits.schema, splits.train.targets
    assert train.shape == (28, 2) and train.dtype == np.float64
    assert schema.units == ("EUR", "m2") and [each.lower() for each in schema.numbers] == ["price", "area"]
    assert schema.means == pytest.approx(train.mean(axis=0))
    assert schema.deviations == pytest.approx(train.std(axis=0))
    encoded = schema.encode(train)
    assert encoded.dtype == np.float32 and np.allclose(encoded.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(encoded.std(axis=0), 1, atol=1e-6)
    both = np.concatenate([each.targets for each in (splits.train, splits.validation, splits.test)])
    assert sorted(map(tuple, both)) == [(row[2], row[3]) for row in ROWS]
    assert "'area' in m2" in str(splits)

    path = write_splits(splits, tmp_path / "splits.csv")
    task = task_of(f"{kind[:-1]}_regression")
    fields = {key: vars(schema)[key] for key in ("numbers", "means", "deviations", "units")}
    config = task.Config(backbone="starter", **fields)
    reading = splits.reading.columns
    data = {"source": str(splits.source), "seed": 0, "data_dir": None, "columns": vars(reading)}
    if kind == "images":
        data |= {"image_size": 8, "resize": "stretch", "bit_depth": None}
        config = task.Config(backbone="starter", **fields, image_size=8)
    again = task.restore_splits(path, data, config)
    for one, other in ((splits.train, again.train), (splits.test, again.test)):
        assert one.ids == other.ids and one.targets.tobytes() == other.targets.tobytes()


def test_numbers_are_called_as_their_column_is(write, tmp_path):
    path = write([(row[0], row[2]) for row in ROWS], header=("path", "Price "))
    assert kerasft.read_images_with_numbers(path, 8).schema.numbers == ("Price",)
    assert kerasft.read_images_with_numbers(path, 8, label="price").schema.numbers == ("Price",)


def test_arrays_have_rows_of_numbers(make):
    pixels = np.stack([make.noise(number, 8, 8) for number in range(40)])
    numbers = np.array([row[2:4] for row in ROWS], np.float64)
    splits = kerasft.read_images_with_numbers(pixels, 8, labels=numbers, label="price,area", unit="EUR,m2")
    assert splits.schema.numbers == ("price", "area") and splits.train.targets.shape == (28, 2)
    listed = kerasft.read_texts_with_numbers([row[1] for row in ROWS], labels=numbers)
    assert listed.schema.numbers == ("number 1", "number 2") and listed.test.targets.shape == (6, 2)


def test_a_column_may_have_a_comma_in_its_name(write, kind):
    header = tuple("price, net" if name == "price" else name for name in HEADER)
    splits = read(write(header=header), kind, label="price, net")
    assert splits.schema.numbers == ("price, net",) and splits.train.targets.ndim == 1
    assert names_of("a,b", 3) == ("number 1", "number 2", "number 3")


def test_units_must_be_as_many_as_columns(write, kind):
    with pytest.raises(InputError, match="--unit must be 2 .received: EUR.; give one for each column"):
        read(write(), kind, unit="EUR")
    with pytest.raises(InputError, match="--unit must be 1 .received: EUR, m2.; give one unit"):
        read(write(), kind, label="price", unit="EUR,m2")


def test_a_column_that_is_not_there_is_told(write, kind):
    with pytest.raises(InputError, match="no column 'rooms'"):
        read(write(), kind, label="price,rooms")


def test_a_constant_column_is_named(write, kind):
    rows = [(*row[:3], 7, row[4]) for row in ROWS]
    with pytest.raises(
        InputError, match="all values of 'area' are the same .received: 7.0.; leave the column out"
    ):
        read(write(rows), kind)
    rows = [(*row[:2], 7, *row[3:]) for row in ROWS]
    with pytest.raises(InputError, match="all values are the same"):
        read(write(rows), kind, label="price")


@pytest.mark.parametrize(
    "cell, said, step",
    [
        ("", "is empty", "fill it in"),
        ("nan", r"is empty \(NaN\)", "fill it in"),
        ("inf", "is infinite", "correct it"),
        ("-Infinity", "is infinite", "correct it"),
        ("1e40", "is too large", "correct it"),
        ("1e999", "is infinite", "correct it"),
        ("twelve", "is not a number", "write it as 12.5"),
        ("12,5", "is not a number", "write it with a decimal point, as 12.5"),
        ("1.234,5", "is not a number", "as 1234.5"),
        ("1,234", "is not a number", r"as 1.234 \(or as 1234, if the comma marks thousands\)"),
        ("1,234.5", "is not a number", "without marks between thousands, as 1234.5"),
        ("1 234 567", "is not a number", "without marks between thousands, as 1234567"),
        ("1_000", "is not a number", "write it as"),
        ("12 kg", "is not a number", "write 12, and name the unit with --unit kg"),
        ("120m²", "is not a number", "write 120, and name the unit with --unit m²"),
        ("€ 99.50", "is not a number", "write 99.50, and name the unit with --unit €"),
        ("45%", "is not a number", "write 45, and name the unit with --unit %"),
        ("2024-01-05", "is not a number", "write it as 12.5"),
        ("1.2.3", "is not a number", "write it as 12.5"),
        ("true", "is not a number", "write it as 12.5"),
    ],
)
def test_what_is_no_number_is_named_by_row_and_column_with_what_to_do(write, kind, cell, said, step):
    path = write(changed(2, 3, cell))
    with pytest.raises(InputError, match=f"line 4: the value of 'area' {said}.*{step}"):
        read(path, kind)


@pytest.mark.parametrize("cell", ["-3", " 7.25 ", "+1e3", ".5", "5.", "007"])
def test_numbers_are_read_as_people_write_them(cell):
    assert number_of(cell) == float(cell)


@pytest.mark.parametrize("value", [True, None, [1], float("nan"), float("-inf"), "１２", 10**400])
def test_values_that_are_no_numbers_are_refused(value):
    with pytest.raises(UnreadableError):
        number_of(value)


def test_one_number_too_many_is_told():
    labels = [[1.0, 2.0], [3.0, 4.0, 5.0], *[[n, n + 1.0] for n in range(10)]]
    with pytest.raises(
        InputError, match="an example has 3 numbers, and 2 are meant .received: 3.0, 4.0, 5.0."
    ):
        kerasft.read_texts_with_numbers([f"text {n}" for n in range(12)], labels=labels)
    assert NumberSpelling().label_of([1, 2.5]) == "1.0|2.5"


def test_rows_that_cannot_be_used_may_be_left_out(write):
    splits = read(write(changed(2, 3, "12 kg")), "texts", skip_broken=True)
    (skipped,) = splits.skipped
    assert skipped == "data.csv:4: the value of 'area' is not a number"


def test_outliers_and_numbers_that_do_not_vary_in_training_are_noted(write, kind):
    splits = read(write(changed(2, 2, 10_000_000)), kind)
    noted = [note for note in splits.notes if "robust deviations" in note]
    assert noted == [] or noted[0].startswith("price: 1 training") and "1e+07" in noted[0]
    assert any("1e+07" in note or "beyond those of training" in note for note in splits.notes)
    rows = [(*row[:3], 5.0 if n < 30 else n, row[4]) for n, row in enumerate(ROWS)]
    header = (*HEADER, "split")
    given = [(*row, "train" if n < 30 else "test" if n < 35 else "validation") for n, row in enumerate(rows)]
    notes = read(write(given, header=header), kind).notes
    noun = kind[:-1]
    assert f"area: all training {noun}s have the number 5: nothing can be learned of that" in notes


def test_the_command_says_it_with_the_flag_as_typed(write, capsys):
    path = write(changed(2, 3, "12 kg"))
    assert main(["train", "image-regression", "--data", str(path), "--label", "price,area"]) == 2
    said = capsys.readouterr().err
    assert "line 4: the value of 'area' is not a number (received: '12 kg')" in said and "--unit kg" in said


def test_a_list_of_no_numbers_is_refused():
    with pytest.raises(UnreadableError, match="the value is empty"):
        NumberSpelling().label_of([])
