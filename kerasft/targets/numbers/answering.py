"""Numbers in exported files, and what the model card says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kerasft.base.json_values import JsonFields, JsonObject
from kerasft.base.wording import plural, shorten
from kerasft.contract import calibration as contract
from kerasft.contract.answering import Answering
from kerasft.contract.serving import Kotlin, Writer
from kerasft.targets.numbers.intervals import Intervals
from kerasft.targets.numbers.schema import Numbers, rows_of

AGREE = 0.05  # standard deviations


@dataclass(frozen=True)
class MeasuredIntervals:
    """What prediction intervals hold on a split that they were not fitted on.

    Args:
        intervals: They.
        shares: Of each number, the share of true ones within its interval; () without intervals.
        split: What it is measured on.
        count: How many examples that are.
    """

    intervals: Intervals
    shares: tuple[float, ...]
    split: str
    count: int

    def __str__(self) -> str:
        if not self.shares:
            return f"prediction intervals: none, since {self.intervals.missing}"
        widths = ", ".join(f"+-{width:.4g}" for width in self.intervals.half_widths)
        meant = f"meant to hold {self.intervals.coverage:g}"
        return f"prediction intervals {widths}: hold {self._held} of the true numbers, {meant}"

    @property
    def _held(self) -> str:
        return ", ".join(f"{share:.3f}" for share in self.shares)

    def as_dict(self) -> JsonObject:
        """Returns the numbers as a value for JSON."""
        return {"test_coverage": list(self.shares)}

    def card(self) -> str:
        """Returns sentences for the model card."""
        found = self.intervals
        if not self.shares:
            return f"There are no prediction intervals: {found.missing}."
        widths = ", ".join(f"{width:.4g}" for width in found.half_widths)
        return (
            f"An answer plus and minus {widths} (`half_widths` of `intervals` in `kerasft.json`) is an interval that "
            f"holds the true number in {100 * found.coverage:g} % of new examples, if these are like those of "
            f"training; by split conformal prediction on {plural(found.examples, 'validation example')}. On the "
            f"{self.split} split ({plural(self.count, 'example')}) the share was {self._held}."
        )


class NumberAnswering(Answering[Numbers, np.ndarray]):
    """The numbers, float32 (numbers,), in the units of the training data."""

    output = "number"

    def metadata(self, writer: Writer, schema: Numbers, described: JsonFields) -> list[int]:
        """Says what the numbers are."""
        return [writer.table(name=self.output, description=self.summary(schema))]

    def golden(self, schema: Numbers, targets: np.ndarray, answers: np.ndarray) -> list[JsonObject]:
        """Returns right numbers and those of a file: a number each, of several a list."""

        def plain(row: np.ndarray) -> float | list[float]:
            values = [float(f"{value:.7g}") for value in row]
            return values[0] if len(values) == 1 else values

        return [
            {"expected": plain(target), self.output: plain(answer)}
            for target, answer in zip(rows_of(targets), answers, strict=True)
        ]

    def confidence(
        self,
        calibration: contract.Calibration,
        plain: np.ndarray,
        answers: np.ndarray,
        targets: np.ndarray,
        split: str,
    ) -> MeasuredIntervals:
        """Returns how many true numbers the intervals around a file's answers hold."""
        assert isinstance(calibration, Intervals)
        shares: tuple[float, ...] = ()
        if calibration.half_widths:
            errors = np.abs(answers.astype("float64") - rows_of(targets))
            shares = tuple(map(float, (errors <= calibration.half_widths).mean(axis=0)))
        return MeasuredIntervals(calibration, shares, split, len(answers))

    def parts(self, schema: Numbers) -> tuple[str, ...]:
        """Returns the names of the numbers, where they are several."""
        return schema.numbers if len(schema.numbers) > 1 else ()

    def difference(self, answers: np.ndarray, expected: np.ndarray, schema: Numbers) -> str:
        """Returns the largest difference of each number, in its unit."""
        apart = np.abs(answers.astype("float64") - expected.astype("float64")).max(axis=0)
        return ", ".join(
            f"{name} {value:.3g}{schema.behind(place)}"
            for place, (name, value) in enumerate(zip(schema.numbers, apart, strict=True))
        )

    def summary(self, schema: Numbers) -> str:
        """Returns what the numbers are called, and what they were in training."""
        each = [self._in_training(schema, place) for place in range(len(schema.numbers))]
        if len(each) == 1:
            return f"Gives {schema.numbers[0]}, a number{schema.behind(0, ' in ')}: {each[0]} in training."
        told = "; ".join(f"{name} {one}" for name, one in zip(schema.numbers, each, strict=True))
        return f"Gives {len(each)} numbers, in this order; in training they were: {told}."

    def _in_training(self, schema: Numbers, place: int) -> str:
        return f"{schema.centres[place]:.4g} +- {schema.scales[place]:.4g}{schema.behind(place)}"

    def title(self, schema: Numbers, nouns: str) -> tuple[str, str]:
        """Returns what is given of which."""
        names = shorten(f"`{name}`" for name in schema.numbers)
        plain = shorten(schema.numbers)
        what = "a number" if len(schema.numbers) == 1 else f"{len(schema.numbers)} numbers"
        return f"{plain} of {nouns}", f"gives {names}, {what}, of {nouns}"

    def comes_out(self, schema: Numbers) -> list[str]:
        """Returns what the output is."""
        listed = [
            f"`{name}`{schema.behind(place, ' in ')} (mean {schema.centres[place]:.4g}, standard deviation "
            f"{schema.scales[place]:.4g} in training; {AGREE:g} of it are {AGREE * schema.scales[place]:.3g}"
            f"{schema.behind(place)})"
            for place, name in enumerate(schema.numbers)
        ]
        what = "one float32" if len(listed) == 1 else f"{len(listed)} float32, in this order,"
        return [
            f"Out comes {what} as `{self.output}`, in the unit of the training data: {'; '.join(listed)}.",
            f"Two answers count as the same decision within {AGREE:g} standard deviations; the largest difference is "
            "in standard deviations, too.",
        ]

    def limits(self, schema: Numbers, described: JsonFields) -> list[str]:
        """Says that there always is a number, and what an interval doesn't say."""
        limits = ["It always gives a number, also for what is like nothing in training."]
        if schema.intervals.half_widths:
            limits.append(
                "Its intervals are equally wide for all examples: they are right on average over all, not for each "
                "kind of example, and say nothing of data that is unlike that of training."
            )
        return limits

    def kotlin(self, schema: Numbers, io: str) -> Kotlin:
        """Returns the lines that print the numbers, with their intervals."""
        count, widths = len(schema.numbers), schema.intervals.half_widths
        lines = [f"val names = listOf({', '.join(map(_quoted, schema.numbers))})"]
        interval = ""
        if widths:
            lines.append(f"val halfWidths = floatArrayOf({', '.join(f'{width:.6g}f' for width in widths)})")
            interval = " +- ${halfWidths[i]}"
        units = "" if not any(schema.units) else " ${units[i]}"
        if units:
            lines.append(f"val units = listOf({', '.join(map(_quoted, schema.units))})")
        lines.append(f'for (i in names.indices) println("${{names[i]}} ${{output[0][i]}}{interval}{units}")')
        return Kotlin(f"val output = arrayOf(FloatArray({count}))", "\n".join(lines))


def _quoted(text: str) -> str:
    """Returns a text as Kotlin writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


ANSWERING = NumberAnswering()
