"""Vectors as a kind of input: the rows of a table, each a few numbers."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from markupsafe import Markup

from kerasft.base.errors import InputError, Problem
from kerasft.base.specs import Spec
from kerasft.contract.inputs import Inputs, Loaded
from kerasft.contract.serving import Endpoint, Kotlin, Serving
from kerasft.contract.showing import Showing
from kerasft.data.listing import Item


@dataclass(frozen=True)
class VectorReading:
    """Nothing about vectors can be chosen."""

    noun = "vector"
    about = ""
    columns = None


class Rows:
    """Vectors of a table with their numbers, in memory."""

    def __init__(self, items: list[Item]):
        self.items = items

    @property
    def keys(self) -> list[bytes]:
        return [item.source.tobytes() for item in self.items]

    @property
    def hashes(self) -> list[str]:
        return [hashlib.sha256(key).hexdigest() for key in self.keys]

    @property
    def column(self) -> np.ndarray:
        return np.stack([item.source for item in self.items])

    def keep(self, rows: list[int]) -> None:
        self.items = [self.items[row] for row in rows]


@dataclass(frozen=True)
class VectorEncoder:
    """Vectors (n, width) to float32."""

    width: int
    aliases: ClassVar[Mapping[str, str]] = {}

    @property
    def specs(self) -> dict[str, Spec]:
        return {"vector": Spec((self.width,), "float32")}

    def column(self, given: Any) -> np.ndarray:
        found = np.asarray(given, "float32")
        if found.ndim != 2 or found.shape[1] != self.width:
            raise InputError(Problem(f"this model takes vectors of {self.width}", str(found.shape)))
        return found

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        return {"vector": np.asarray(examples, "float32")}

    def sample(self) -> np.ndarray:
        return np.zeros((1, self.width), "float32")

    def describe(self) -> dict[str, Any]:
        return asdict(self)

    def files(self) -> dict[str, bytes]:
        return {}


class VectorServing(Serving[VectorEncoder, np.ndarray]):
    def endpoints(self, encoder: VectorEncoder) -> list[Endpoint]:
        return [Endpoint("serve", (encoder.specs,), lambda vector: {"vector": vector})]

    def golden(self, examples: np.ndarray, encoder: VectorEncoder, folder: Path) -> list[dict[str, Any]]:
        return [{"vector": row.tolist()} for row in examples]

    def goes_in(self, encoder: VectorEncoder) -> list[str]:
        return [f"{encoder.width} numbers."]

    def kotlin(self, encoder: VectorEncoder, io: str, output: str) -> Kotlin:
        return Kotlin(f"val input = arrayOf(FloatArray({encoder.width}))", "interpreter.run(input, output)")


class VectorShowing(Showing):
    layout, in_a_row, about, augmented = "texts", 3, "", False

    def example(self, split: Any, row: int) -> dict[str, Any]:
        return {"id": split.ids[row], "text": str(split.examples[row])}

    def evidence(self, explanation: Any) -> dict[str, Any]:
        return {}

    def legend(self, which: str, method: str) -> Markup:
        return Markup("")


class Vectors(Inputs):
    noun, showing, serving = "vector", VectorShowing(), VectorServing()

    def gather(self, contents: Any, encoder: VectorEncoder, seconds: Any = None) -> Loaded:
        """Takes a vector as text: "1,2,3"."""
        column, rows, broken = [], [], {}
        for row, content in enumerate(contents):
            try:
                (vector,) = encoder.column([[float(each) for each in str(content).split(",")]])
            except (ValueError, InputError) as error:
                broken[row] = str(error)
            else:
                column.append(vector)
                rows.append(row)
        return Loaded(np.array(column, "float32").reshape(-1, encoder.width), rows, broken)

    def encoder_of_model(self, model: Any, config: Any, data: Any = None) -> VectorEncoder:
        return VectorEncoder(config.width)

    def described(self, values: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(values.get("width"), int) or not 0 < values["width"] < 1000:
            raise ValueError(f"width is {values.get('width')!r}")
        return {"width": values["width"]}

    def encoder_of_file(self, values: Mapping[str, Any], files: Any, source: Path) -> VectorEncoder:
        return VectorEncoder(**values)


VECTORS = Vectors()
