"""What is refused before anything is explained."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.base.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.contract.explanation import METHODS, Explainer
from kerasft.predicting.predictor import Predictor

_MOST_STEPS = 4096


def check_options(explainer: Explainer, method: str, steps: int | None, patch: int | None) -> None:
    """Raises InputError if an option is given that the method does not take."""
    problems = []
    if steps is not None and method not in ("integrated-gradients", "token-gradients"):
        problems.append(Problem(f"{method} takes no steps", f"--steps {steps}", "leave out --steps"))
    if patch is not None and (method != "occlusion" or not explainer.takes_patch):
        what = "only occlusion of images has a patch"
        problems.append(Problem(what, f"--patch {patch}", "leave out --patch, or use --method occlusion"))
    raise_problems(problems)


def check_request(method: str, steps: int | None) -> None:
    """Raises InputError if method or steps can't be."""
    problems = []
    if method not in METHODS:
        hint = did_you_mean(method, METHODS, f"use one of {', '.join(METHODS)}")
        problems.append(Problem("--method is unknown", method, hint))
    if steps is not None and not 1 <= steps <= _MOST_STEPS:
        problems.append(Problem(f"--steps must be between 1 and {_MOST_STEPS}", str(steps), "use --steps 64"))
    raise_problems(problems)


def check_gradients(predictor: Predictor, method: str) -> None:
    """Raises InputError if a method needs gradients and the predictor is an exported file, which has none."""
    if method in ("auto", "occlusion") or predictor.model is not None:
        return
    what = f"{method} needs gradients, and an exported file has none"
    hint = "use --method occlusion, or give the run that it was exported from"
    raise InputError(Problem(what, predictor.kind, hint))


def check_target(predictor: Predictor, target: str | None) -> None:
    """Raises InputError if what is to be explained is nothing that the model answers with."""
    names = predictor.task.targets.answering.parts(predictor.schema)
    if target is None or target in names:
        return
    hint = did_you_mean(target, names, f"use one of {_some(names)}" if names else "leave it out")
    what = "class or label" if predictor.class_names or not names else "number"
    raise InputError(Problem(f"--target is no {what} of this model", target, hint))


def check_nth(predictor: Predictor, nth: int | None) -> None:
    """Raises InputError if one part of an answer is asked for, and answers have one part, or the number is none."""
    if nth is None:
        return
    if predictor.task.targets.claiming_nth is None:
        raise InputError(
            Problem("the answers of this model have one part", f"--nth {nth}", "leave --nth out")
        )
    if nth < 1:
        raise InputError(Problem("--nth counts from 1, the best", str(nth), "use --nth 1 or more"))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
