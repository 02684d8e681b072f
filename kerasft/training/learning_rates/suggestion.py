"""From the losses of a sweep to a learning rate. Plain numbers: no model is touched here."""

from __future__ import annotations

import numpy as np

from kerasft.training.learning_rates.results import LearningRates

WIDTH = 3.0  # steps, of the smoothing
LEAST_STEPS = 10
LEAST_FALL = 0.01  # of the loss at the start
LEAST_NATS = 0.005  # a loss that is nearly 0 has nowhere to fall
NOISE = 3.0  # standard errors of the smoothed curve that a fall must exceed
AS_GOOD = 0.05  # of the whole fall
MOST = 30.0  # how many times the phase's default, up or down, a suggestion may be


def suggest(
    phase: str, rates: np.ndarray, losses: np.ndarray, before: np.ndarray, default: float
) -> LearningRates:
    """Chooses a rate from a sweep.

    The suggestion is the rate at which the loss falls most steeply, but no lower than a tenth of the rate with the
    lowest loss (the first within 5 % of the whole fall), and no higher than a tenth of the rate from which on the
    loss is above that of the start. It is kept within a factor of 30 of the default, and is the default where the
    curve says nothing.

    Args:
        phase: The phase's name.
        rates: (steps,) rising.
        losses: (steps,) of each step's batch; the sweep ends at the first that is not finite.
        before: (steps,) of the same batches with the weights from before the sweep.
        default: Of the phase.
    """
    finite = np.isfinite(losses) & np.isfinite(before)
    count = len(losses) if finite.all() else int(finite.argmin())
    if count < LEAST_STEPS:
        why = (
            "the loss is not finite from the start"
            if count == 0
            else f"only {count} steps have a finite loss"
        )
        found = np.full(len(rates), np.nan)
        return LearningRates(phase, rates, losses, found, default, _fallback(why), False, {})
    start = float(np.mean(before[:count]))
    change = np.minimum(losses[:count] - before[:count], 2 * start + 1)  # a divergence must not spread
    smooth = _smooth(change)
    smoothed = np.full(len(rates), np.nan)
    smoothed[:count] = np.maximum(start + smooth, 0.0)
    # the first that is as good as the lowest: where all is learned the loss stays at 0, and noise has the lowest
    low = int(np.argmax(smooth <= (1 - AS_GOOD) * smooth.min())) if smooth.min() < 0 else 0
    error = np.std(change[: low + 1] - smooth[: low + 1]) / np.sqrt(2 * np.sqrt(np.pi) * WIDTH)
    if -smooth[low] < max(LEAST_FALL * start, LEAST_NATS, NOISE * error):
        why = f"the loss never falls clearly below the {start:.3g} of the start"
        return LearningRates(phase, rates, losses, smoothed, default, _fallback(why), False, {})
    marks = _marks(rates[:count], smooth, low, diverged=count < len(losses))
    # the middle of the three; of two (no divergence was seen) the higher, which is still at most the lowest loss's rate
    name = sorted(marks, key=lambda each: marks[each])[1]
    chosen = float(np.clip(marks[name], default / MOST, default * MOST))
    how = name if chosen == marks[name] else f"{name}, kept within {MOST:g} times the default {default:g}"
    return LearningRates(phase, rates, losses, smoothed, float(f"{chosen:.3g}"), how, True, marks)


def _fallback(why: str) -> str:
    return f"the default, since {why}"


def _marks(rates: np.ndarray, smooth: np.ndarray, low: int, diverged: bool) -> dict[str, float]:
    slopes = np.gradient(smooth, np.log10(rates))
    marks = {
        "steepest descent": float(rates[slopes[: low + 1].argmin()]),
        "a tenth of the lowest loss": float(rates[low] / 10),
    }
    above = np.flatnonzero(smooth[low:] > 0)
    if len(above) or diverged:
        edge = low + int(above[0]) if len(above) else len(rates) - 1
        marks["a tenth of the divergence"] = float(rates[edge] / 10)
    return marks


def _smooth(values: np.ndarray) -> np.ndarray:
    """Returns the weighted mean of each value's neighbours on both sides: a running mean of the past would lag."""
    steps = np.arange(len(values))
    weights = np.exp(-0.5 * ((steps[:, None] - steps) / WIDTH) ** 2)
    return weights @ values / weights.sum(axis=1)
