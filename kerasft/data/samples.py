"""The sample data that kerasft brings, and files of the user's that have its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base import files
from kerasft.base.csv_cells import csv_text
from kerasft.base.environment import kerasft_home
from kerasft.base.errors import InputError, Problem, UnavailableError
from kerasft.data.products import product_of
from kerasft.data.tfds import PREFIX as TFDS

if TYPE_CHECKING:
    import numpy as np

PREFIX = "sample:"


def sample_of(source: str, names: Iterable[str]) -> str:
    """Returns the name of the sample data that a source means; "" for all others.

    Args:
        source: As typed: "digits", or "sample:digits" where a folder has this name too.
        names: Of the sample data.

    Raises:
        InputError: Something of the user's has the name, and either could be meant. A run can't: it is never data.
    """
    name = source.removeprefix(PREFIX)
    if name not in tuple(names):
        return ""
    path = Path(name)
    if source == name and path.exists() and not product_of(path):
        what = f"{name!r} is sample data of kerasft, and something here has this name too"
        step = f"give ./{name} for what is here, or {PREFIX}{name} for the sample data"
        raise InputError(Problem(what, str(path.absolute()), step))
    return name


def write_sample(
    name: str, folder: str | Path | None, rows: Callable[[Path], Iterable[tuple[object, ...]]]
) -> Path:
    """Writes sample data, where it isn't there yet, and returns its table, `NAME.csv`.

    Args:
        name: Of the sample data.
        folder: Where; None is a folder of that name in `kerasft_home()`.
        rows: Writes what else belongs to it into the folder, and returns the table's rows, the header first. The table
            is written last: where it is, all is.

    Raises:
        UnavailableError: The folder can't be written.
    """
    folder = Path(folder) if folder is not None else kerasft_home() / name
    table = folder / f"{name}.csv"
    if table.is_file():
        return table
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return files.write_text(table, csv_text(rows(folder)))
    except OSError as error:
        raise UnavailableError(
            f"the sample data can't be written (received: {folder}: {error.strerror or error}); "
            "set KERASFT_HOME to a folder that can be written"
        ) from error


def dealt(total: int, counts: Mapping[str, int], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Returns rows, int (n,) of a permutation, by the name of the split that may use them: no row is in two.

    Args:
        total: How many rows there are.
        counts: Sizes of the splits; the rows are dealt in these proportions.
        rng: Of the permutation.
    """
    import numpy as np  # not for `--help`, which asks this file for names

    order, sizes = rng.permutation(total), list(counts.values())
    ends = np.cumsum([total * count // sum(sizes) for count in sizes])[:-1]
    return dict(zip(counts, np.split(order, ends), strict=True))


def name_of_source(source: object, samples: Iterable[str], in_memory: str) -> str:
    """Returns what a run's config.json calls a source.

    Args:
        source: As given.
        samples: The names of the sample data.
        in_memory: What examples are called that are neither files nor a data set.
    """
    if not isinstance(source, (str, Path)):
        return in_memory
    text = str(source)
    if text.startswith(TFDS):
        return text
    return sample_of(text, samples) or Path(text).expanduser().absolute().as_posix()
