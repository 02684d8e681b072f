"""What a user gives a reader: data, and what is to be made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from kerasft.base.errors import InputError, Problem
from kerasft.data.own_splits import Data, given_sources

ARRAYS = "arrays"  # the name of a source in memory


@dataclass(frozen=True)
class Given:
    """Data, and what is known of it.

    Args:
        source: A folder whose folders are named as the answers (or of train/, validation/ and test/ with such folders),
            a table, "tfds:NAME", the name of sample data, or the examples themselves.
        labels: The answers, where `source` is the examples themselves.
        wanted: What the answers can be, where that is fixed: see `Targets.wanted`.
        data_dir: Of a table, the folder that its paths are relative to; of TFDS, the folder of data sets.
        validation_data: Another source that is the validation split.
        test_data: The same for the test split.
        download: Whether TFDS downloads a data set that is not there.
        skip_broken: Whether examples that can't be read, or have two answers, are left out and told, or refused.
    """

    source: Data
    labels: Iterable[object] | None = None
    wanted: object = None
    data_dir: str | Path | None = None
    validation_data: Data | None = None
    test_data: Data | None = None
    download: bool = False
    skip_broken: bool = False

    def named(self, what: str, flag: str) -> str:
        """Returns what messages call the source of examples whose answers lie beside them: its path, or "arrays".

        Args:
            what: What is to be read, for messages: "images with boxes".
            flag: The flag that holds the source.

        Raises:
            InputError: There is no source, or it is a path with answers beside it.
        """
        if self.source is not None and not isinstance(self.source, str | Path):
            return ARRAYS
        if self.source is None or not str(self.source).strip():
            raise InputError(Problem(f"{what} are read from a file or a folder", "", f"give one with {flag}"))
        if self.labels is not None:
            problem = "labels= goes with images in memory only: files have their own"
            raise InputError(Problem(problem, str(self.source), "leave labels out"))
        return str(Path(self.source).expanduser())

    def other(self, source: Data) -> Given:
        """Returns the same for another source, such as that of one split."""
        return replace(self, source=source, labels=None)

    @property
    def own(self) -> dict[str, Data]:
        """The sources of splits that have their own, by split name."""
        return given_sources(self.validation_data, self.test_data)

    def where(self, name_of: Callable[[Data], str]) -> dict[str, str]:
        """Returns the names of all sources, as a run's config.json has them."""
        return {"source": name_of(self.source)} | {
            f"{split}_data": name_of(each) for split, each in self.own.items()
        }
