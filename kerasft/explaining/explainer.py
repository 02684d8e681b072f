"""From an artifact and inputs to explanations."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasft.base.errors import InputError, Problem, did_you_mean, raise_problems
from kerasft.explaining.checking import check_gradients, check_options, check_request
from kerasft.inputs.images.explanation import ImageExplanation
from kerasft.inputs.texts.explanation import TextExplanation
from kerasft.predicting.opening import as_predictor
from kerasft.predicting.predict import unreadable

STEPS = 64

Explanation = ImageExplanation | TextExplanation


def explain(
    artifact: Any,
    inputs: str | Path | Iterable[str | Path],
    *,
    method: str = "auto",
    target: str | None = None,
    output: str | Path | None = None,
    pairs: str | Iterable[str] | None = None,
    steps: int | None = None,
    patch: int | None = None,
    trust: bool = False,
) -> list[Any]:
    """Explains what a model says about pictures or texts, in the order given.

    Args:
        artifact: A `Run`, a path (run folder, bundle, SavedModel folder, `.tflite` or `.onnx` file) or a predictor.
            Exported files can be explained by occlusion alone: they have no gradients.
        inputs: Picture files, or one; for an artifact that takes texts, the texts themselves.
        method: "grad-cam", "token-gradients", "integrated-gradients", "occlusion", or "auto": Grad-CAM for backbones
            with feature maps, token gradients for those with patch tokens, integrated gradients for texts, occlusion
            for exported files.
        target: The class to explain; default: of each input the most probable one.
        output: A folder to write into: a PNG for each picture, one HTML page for texts. None writes nothing.
        pairs: For an artifact that takes pairs, the second text of each; a single text goes with all of them.
        steps: Integrated gradients and token gradients: points on the way from the baseline; default: 64.
        patch: Occlusion of pictures: pixels to a side of the patch; default: a sixth of the picture's side.
        trust: Whether a SavedModel that was not exported here may run: it is a program.

    Returns:
        A `ImageExplanation` or `TextExplanation` for each input.

    Raises:
        InputError: An input can't be read, the class is unknown, the method can't explain this artifact, or a file
            in `output` is not one that kerasft wrote.
    """
    inputs = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    check_request(inputs, method, steps)
    predictor = as_predictor(artifact, trust)
    check_gradients(predictor, method, artifact)
    method = automatic_method(predictor) if method == "auto" else method
    is_text = _is_text(predictor)
    check_options(method, is_text, steps, patch)
    points = STEPS if steps is None else steps
    if target is not None and target not in predictor.class_names:
        hint = did_you_mean(target, predictor.class_names, f"use one of {_some(predictor.class_names)}")
        raise InputError(Problem("--target is no class of this model", target, hint))
    explanations: list[Any]
    if is_text:
        texts = [str(text) for text in inputs]
        seconds = [pairs] * len(texts) if isinstance(pairs, str) else pairs if pairs is None else list(pairs)
        found = explain_texts(predictor, texts, seconds, method=method, target=target, steps=points)
        explanations = list(found)
    else:
        if pairs is not None:
            what = "this model takes images, which have no second text"
            raise InputError(Problem(what, "pairs", "leave out the second texts (--text-pair)"))
        images, names = _read(inputs, predictor), [str(path) for path in inputs]
        options: dict[str, Any] = {"method": method, "target": target, "steps": points, "patch": patch}
        explanations = list(explain_arrays(predictor, images, names, **options))
    if output is not None:
        from kerasft.explaining.writing import write_all

        write_all(explanations, output)
    return explanations


def explain_arrays(
    predictor: Any,
    images: np.ndarray,
    names: Sequence[str],
    *,
    method: str = "auto",
    target: str | None = None,
    steps: int = STEPS,
    patch: int | None = None,
) -> list[ImageExplanation]:
    """Explains pictures that are in memory; see `explain`.

    Args:
        predictor: A predictor of pictures.
        images: uint8 (pictures, size, size, 3).
        names: What to call each.
        method: See `explain`.
        target: See `explain`.
        steps: See `explain`.
        patch: See `explain`.
    """
    from kerasft.inputs.images import explaining

    method = automatic_method(predictor) if method == "auto" else method
    probabilities = predictor.predict(images)
    targets = _targets(predictor, probabilities, target)
    if method == "grad-cam":
        found = explaining.grad_cam(predictor, images, targets)
    elif method == "token-gradients":
        found = explaining.token_gradients(predictor, images, targets, steps)
    elif method == "integrated-gradients":
        found = explaining.integrated_gradients(predictor, images, targets, steps)
    else:
        found = explaining.occlusion(predictor, images, targets, patch)
    return [
        ImageExplanation(
            names[i], method, *_said(predictor, probabilities[i], targets[i]),
            each.attribution, images[i], about=each.about, completeness=each.completeness,
        )
        for i, each in enumerate(found)
    ]  # fmt: skip


def explain_texts(
    predictor: Any,
    texts: Sequence[str],
    pairs: Sequence[str] | None = None,
    *,
    method: str = "auto",
    target: str | None = None,
    steps: int = STEPS,
) -> list[TextExplanation]:
    """Explains texts, or pairs of texts; see `explain`.

    Args:
        predictor: A predictor of texts.
        texts: The texts, or the first halves of pairs.
        pairs: The second halves.
        method: See `explain`.
        target: See `explain`.
        steps: See `explain`.
    """
    from kerasft.inputs.texts.explaining import TokenGradients, occlude_words

    method = automatic_method(predictor) if method == "auto" else method
    if method in ("grad-cam", "token-gradients"):
        hint = "use --method integrated-gradients or occlusion"
        raise InputError(Problem(f"{method} explains pictures, and this model takes texts", method, hint))
    column = predictor.task.inputs.gather(texts, predictor.encoder, pairs).column
    probabilities = predictor.predict(column)  # checks that there are as many pairs
    targets = _targets(predictor, probabilities, target)
    gradients = TokenGradients(predictor, steps) if method == "integrated-gradients" else None
    explanations = []
    for i, text in enumerate(texts):
        pair = None if pairs is None else pairs[i]
        if gradients is not None:
            found = gradients.explain(text, pair, int(targets[i]))
        else:
            found = occlude_words(predictor, text, pair, int(targets[i]))
        said = _said(predictor, probabilities[i], targets[i])
        explanations.append(
            TextExplanation(
                text,
                method,
                *said,
                found.attribution,
                found.words,
                pair,
                about=found.about,
                completeness=found.completeness,
            )
        )
    return explanations


def automatic_method(predictor: Any) -> str:
    """Returns the method that suits a predictor best."""
    if predictor.model is None:
        return "occlusion"
    if _is_text(predictor):
        return "integrated-gradients"
    from kerasft.networks.division import feature_map, patch_size_of, patch_tokens

    backbone = predictor.model.get_layer("backbone")
    if feature_map(backbone) is not None:
        return "grad-cam"
    patches = patch_tokens(backbone, predictor.encoder.image_size, patch_size_of(predictor.model.kerasft))
    return "token-gradients" if patches else "occlusion"


def _is_text(predictor: Any) -> bool:
    return predictor.task.name == "text_classification"


def _read(paths: list[str | Path], predictor: Any) -> np.ndarray:
    """Returns uint8 (pictures, size, size, 3), or raises with all that can't be read."""
    loaded = predictor.task.inputs.gather(paths, predictor.encoder)
    raise_problems(unreadable(predictor, paths, loaded))
    return loaded.column


def _targets(predictor: Any, probabilities: np.ndarray, target: str | None) -> np.ndarray:
    if target is None:
        return probabilities.argmax(axis=1)
    return np.full(len(probabilities), list(predictor.class_names).index(target))


def _said(predictor: Any, row: np.ndarray, target: int) -> tuple[str, float, str]:
    """Returns the explained class, its probability, and the most probable class."""
    names = predictor.class_names
    return names[int(target)], float(row[int(target)]), names[int(row.argmax())]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
