"""From an artifact and inputs to explanations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kerasft.base.errors import InputError, Problem, raise_problems
from kerasft.contract.explanation import Answered, Claim, Explainer, Explanation
from kerasft.data.objects import contents_of
from kerasft.explaining.checking import check_gradients, check_nth, check_options, check_request, check_target
from kerasft.explaining.writing import write_all
from kerasft.predicting.artifact import Artifact
from kerasft.predicting.opening import as_predictor
from kerasft.predicting.predict import name_of, seconds_of, unreadable
from kerasft.predicting.predictor import Predictor

STEPS = 64


def explain(
    artifact: Artifact,
    inputs: object,
    *,
    method: str = "auto",
    target: str | None = None,
    nth: int | None = None,
    output: str | Path | None = None,
    pairs: str | Iterable[str] | None = None,
    steps: int | None = None,
    patch: int | None = None,
    trust: bool = False,
) -> Sequence[Explanation]:
    """Explains what a model says about images or texts, in the order given.

    Args:
        artifact: A `Run`, a path (run folder, bundle, SavedModel folder, `.tflite` or `.onnx` file) or a predictor.
            Exported files can be explained by occlusion alone: they have no gradients.
        inputs: Images or texts, or one: all that `predict` takes.
        method: "grad-cam", "token-gradients", "integrated-gradients", "occlusion", or "auto": Grad-CAM for backbones
            with feature maps, token gradients for those with patch tokens, integrated gradients for texts, occlusion
            for exported files.
        target: The class, label or number to explain; default: of each input the most probable one, of several numbers
            the first, of boxes the best, of masks the class with the most pixels but for the commonest in training.
        nth: Of boxes, which one, from the best of the input or of `target`, 1, on; None: the best.
        output: A folder to write into: a PNG for each image, one HTML page for texts. None writes nothing.
        pairs: For an artifact that takes pairs, the second text of each; a single text goes with all of them.
        steps: Integrated gradients and token gradients: points on the way from the baseline; default: 64.
        patch: Occlusion of images: pixels to a side of the patch; default: a sixth of the image's side.
        trust: Whether a SavedModel that was not exported here may run: it is a program.

    Returns:
        An `Explanation` for each input: an `ImageExplanation` or a `TextExplanation`.

    Raises:
        InputError: An input can't be read, the class or label is unknown, the method can't explain this artifact, or a
            file in `output` is not one that kerasft wrote.
    """
    check_request(method, steps)
    predictor = as_predictor(artifact, trust)
    contents = contents_of(inputs, predictor.task.inputs.columns)
    if not contents:
        raise InputError(Problem("there is nothing to explain", "", "give one or more image files, or texts"))
    check_gradients(predictor, method)
    method = automatic_method(predictor) if method == "auto" else method
    explainer = explainer_of(predictor)
    check_options(explainer, method, steps, patch)
    check_target(predictor, target)
    check_nth(predictor, nth)
    loaded = predictor.task.inputs.gather(contents, predictor.encoder, seconds_of(pairs, len(contents)))
    names = [name_of(each, row) for row, each in enumerate(contents)]
    raise_problems(unreadable(predictor, names, loaded))
    explanations = explain_column(
        predictor,
        loaded.column,
        names,
        method=method,
        targets=[target] * len(names),
        nth=nth,
        steps=steps,
        patch=patch,
    )
    if output is not None:
        write_all(explainer, explanations, output)
    return explanations


def explain_column(
    predictor: Predictor,
    examples: object,
    names: Sequence[str],
    *,
    method: str = "auto",
    targets: Sequence[str | None] | None = None,
    nth: int | None = None,
    steps: int | None = None,
    patch: int | None = None,
) -> Sequence[Explanation]:
    """Explains answers to examples that are in memory; see `explain`.

    Args:
        predictor: A `Predictor`.
        examples: n of them, as `Predictor.predict` takes them.
        names: (n,) what to call each.
        method: See `explain`.
        targets: (n,) what is explained of each: see `target` of `explain`.
        nth: See `explain`.
        steps: See `explain`.
        patch: See `explain`.
    """
    method = automatic_method(predictor) if method == "auto" else method
    column = predictor.encoder.column(examples)
    wanted = [None] * len(names) if targets is None else targets
    asked = [
        Answered(name, _claimed(predictor, name, answer, target, nth))
        for name, answer, target in zip(names, predictor.predict(column), wanted, strict=True)
    ]
    points = STEPS if steps is None else steps
    found = explainer_of(predictor).explain(predictor, column, asked, method, points, patch)
    return [replace(each, evidence=predictor.task.inputs.showing.evidence) for each in found]


def _claimed(
    predictor: Predictor, name: str, answer: np.ndarray, target: str | None, nth: int | None
) -> Claim:
    targets = predictor.task.targets
    assert targets.claiming is not None, "explainer_of has looked"
    if nth is None or targets.claiming_nth is None:
        return targets.claiming(answer, predictor.schema, target)
    try:
        return targets.claiming_nth(answer, predictor.schema, target, nth)
    except InputError as error:
        problems = (replace(each, received=f"{name}: {each.received}") for each in error.problems)
        raise InputError(problems) from None


def automatic_method(predictor: Predictor) -> str:
    """Returns the method that suits a predictor best; files have no gradients."""
    return "occlusion" if predictor.model is None else explainer_of(predictor).automatic(predictor.model)


def explainer_of(predictor: Predictor) -> Explainer:
    """Returns the methods for the examples that a predictor takes.

    Raises:
        InputError: There are none.
    """
    task = predictor.task
    found = task.inputs.explainer()
    if found is None or task.targets.claiming is None:
        raise InputError(Problem("there is no way yet to explain the answers of this task", task.name))
    return found
