"""Parquet files of some kilobytes whose rows would fill the memory: refused before they are rows."""

import numpy as np
import pytest

from kerasft.base.errors import InputError
from kerasft.data import parquet
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.texts import TextColumns

pa = pytest.importorskip("pyarrow")
from pyarrow import parquet as files  # noqa: E402


def repeated(value, rows):
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, "int32")), pa.array([value]))


def written(tmp_path, text, label, **options):
    path = tmp_path / "a.parquet"
    files.write_table(pa.table({"text": text, "label": label}), path, **options)
    assert path.stat().st_size < 1_000_000
    return path


def test_one_text_in_a_million_rows(tmp_path):
    path = written(tmp_path, repeated("x" * 1000, 1_000_000), repeated("a", 1_000_000), compression="zstd")
    with pytest.raises(InputError, match="unpacks to 1001000000 bytes, far more than it can mean"):
        read_table(path, TextColumns())


def test_thirty_million_rows(tmp_path):
    path = written(tmp_path, repeated("x", 30_000_000), repeated("a", 30_000_000), compression="zstd")
    with pytest.raises(InputError, match="unpacks to 30000000 rows"):
        read_table(path, TextColumns())


def test_texts_that_are_packed_too_well(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_SPARE", 1000)
    text = ["x" * 20_000] * 50
    path = written(tmp_path, text, ["a", "b"] * 25, compression="zstd", use_dictionary=False)
    with pytest.raises(InputError, match="unpacks to 1000"):
        read_table(path, TextColumns())


@pytest.mark.parametrize("label", [[1, 2, None], ["a", "b", None], [1.5, None, 2.0], [True, False, None]])
@pytest.mark.parametrize("encoded", [True, False])
def test_what_people_have_is_read_as_it_was(label, encoded, tmp_path):
    column = pa.array(label).dictionary_encode() if encoded and label[0] is not True else pa.array(label)
    path = written(tmp_path, ["é", b"b".decode(), None], column)
    rows = read_table(path, TextColumns()).rows
    assert [row.text for row in rows] == ["é", "b", None] and [row.label for row in rows] == label
